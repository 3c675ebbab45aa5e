# %% [markdown]
# # Problem set 5 · Convolutional networks
#
# {{colab}}
#
# In this set you take a convolutional network apart and put it together again. You count its
# numbers, you write its layers with NumPy, forward and backward, you make one of them fast, and
# then you build and train the whole network in PyTorch. At the end you meet data that no
# convolution suits: sets of points.
#
# **How it works.** A cell that asks for code has a signature and a docstring. They say exactly what
# to write. The test cell below it has a visible part that you run yourself. When your work is
# graded, a hidden part runs as well, on other sizes and other numbers, so a function that only
# satisfies the visible example is not enough.
#
# **Points.** The set has 100: 80 for code, 20 for written answers. Questions on an experiment ask
# what *you* measured, so run the experiment first.
#
# **Conventions.** Pictures are `(N, C, H, W)`: number, channels, height, width. Your functions never
# change their inputs. A result has the floating dtype of the data (`float32` in, `float32` out),
# and integers are treated as `float64`.
#
# **A word on "convolution".** In deep learning it means *cross-correlation*: you lay the filter on
# the picture as it is and do not flip it. That is what this set does everywhere.

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% include="common/data.py"

# %% [markdown]
# One small helper for your own use.

# %% tags=["setup"]
def as_float(values):
    """`values` (array or nested list) as a floating array: integers become float64."""
    array = np.asarray(values)
    return array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)


# %% [markdown]
# ## Part A · Convolution arithmetic
#
# Everything in this part is solved with *NumPy* or plain Python, without torch or scipy's signal
# tools.
#
# ### A1. The size of the output
#
# Look at one axis. The picture has $H$ pixels, and padding adds $P$ zeros at *each* end. A kernel
# with $K$ taps and dilation $D$ leaves $D-1$ pixels free between neighbouring taps. First work out
# how many pixels the kernel spans from its first tap to its last. Then ask how far its first tap
# can move before its last tap leaves the padded picture. Each step of the output moves it by the
# stride $S$, and the position 0 counts as well.
#
# A kernel that spans more pixels than the padded picture has fits nowhere: that is a `ValueError`.


# %% solution="conv_output_shape"
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    """Shape of the output of a convolution layer.

    in_shape:     (N, C, H, W) of the input
    out_channels: number of filters
    kernel, stride, padding, dilation: an int, or a pair (for the height, for the width);
                  `padding` is what is added at each end
    Returns the tuple of ints (n, c, h, w).
    Raises ValueError when the kernel does not fit into the padded picture.
    """
    ### BEGIN SOLUTION
    sizes = []
    for axis in range(2):
        k, s, p, d = (
            value if np.isscalar(value) else value[axis]
            for value in (kernel, stride, padding, dilation)
        )
        room = in_shape[2 + axis] + 2 * p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError(f"kernel {kernel} does not fit into a picture of shape {in_shape}")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)
    ### END SOLUTION


# %% test="conv_output_shape" points=4
shape = conv_output_shape((10, 3, 32, 32), 64, 3, 1, 1)
assert shape is not None, "conv_output_shape returns None."
assert len(shape) == 4, "Return four numbers: (n, c, h, w)."
check_close("3 × 3, stride 1, padding 1", shape, (10, 64, 32, 32), "Padding counts at both ends.")
check_close(
    "4 × 4, stride 2, no padding",
    conv_output_shape((10, 3, 32, 32), 64, 4, stride=2),
    (10, 64, 15, 15),
    "The position 0 counts, so add 1 after dividing by the stride.",
)
check_raises(
    ValueError,
    lambda: conv_output_shape((1, 1, 3, 3), 1, 5),
    "A 5 × 5 kernel does not fit into 3 × 3 pixels: raise ValueError.",
)
check_numpy_only(conv_output_shape)
passed("conv_output_shape")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(11)

    def positions(size, k, s, p, d):
        return sum(start + d * (k - 1) < size + 2 * p for start in range(0, size + 2 * p, s))

    for _ in range(60):
        height, width = (int(v) for v in rng.integers(6, 20, 2))
        kernel = tuple(int(v) for v in rng.integers(1, 4, 2))
        stride = tuple(int(v) for v in rng.integers(1, 5, 2))
        padding = tuple(int(v) for v in rng.integers(0, 3, 2))
        dilation = tuple(int(v) for v in rng.integers(1, 3, 2))
        expected = (
            2,
            7,
            positions(height, kernel[0], stride[0], padding[0], dilation[0]),
            positions(width, kernel[1], stride[1], padding[1], dilation[1]),
        )
        got = conv_output_shape((2, 5, height, width), 7, kernel, stride, padding, dilation)
        check_close("conv_output_shape with pairs", got, expected)
        k, s, p, d = kernel[0], stride[0], padding[0], dilation[0]
        expected = (3, 1, positions(height, k, s, p, d), positions(width, k, s, p, d))
        got = conv_output_shape((3, 2, height, width), 1, k, s, p, d)
        check_close("conv_output_shape with ints", got, expected)
        got = conv_output_shape((3, 2, height, width), 1, k, stride, padding=p, dilation=d)
        expected = (
            3,
            1,
            positions(height, k, stride[0], p, d),
            positions(width, k, stride[1], p, d),
        )
        check_close("conv_output_shape with ints and a pair", got, expected)

    check_close("defaults", conv_output_shape((1, 1, 9, 7), 2, (3, 2)), (1, 2, 7, 6))
    check_close("exact fit", conv_output_shape((1, 3, 5, 9), 2, (5, 9), 3), (1, 2, 1, 1))
    check_close("exact fit, dilated", conv_output_shape((1, 3, 7, 7), 2, 3, 1, 1, 4), (1, 2, 1, 1))
    for arguments in [
        ((1, 1, 4, 9), 1, 5, 4),
        ((1, 1, 9, 4), 1, 5, 4),
        ((1, 1, 4, 9), 1, 5),
        ((1, 1, 9, 4), 1, 5),
        ((2, 3, 8, 8), 4, (3, 11), 1, 1),
        ((2, 3, 8, 8), 4, (11, 3), 2, 1),
        ((2, 3, 8, 8), 4, 3, 5, 0, 4),
        ((2, 3, 8, 8), 4, 3, 1, 0, (1, 4)),
    ]:
        check_raises(
            ValueError,
            lambda arguments=arguments: conv_output_shape(*arguments),
            f"conv_output_shape{arguments}: the kernel does not fit, so raise ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A2. Which filter was it?
#
# Someone slid an unknown filter $f$ of $k$ taps over a 1-D signal $s$, with stride 1 and without
# padding, and shows you the output
#
# $$o_i = \sum_{j=0}^{k-1} f_j\, s_{i+j} .$$
#
# The lengths of the signal and the output already tell you $k$. After that every $o_i$ is one
# *linear* equation in the $k$ unknown taps. Write the matrix of that system.
#
# Three things can go wrong, and each is a `ValueError`: no filter length fits the two lengths, no
# filter gives this output exactly, or more than one does. Floating-point noise at the last digits
# does not count as a difference.


# %% solution="recover_filter"
def recover_filter(signal, output):
    """The filter that turns a 1-D `signal` into `output` (stride 1, no padding, not flipped).

    signal: (n,) array or list; output: (m,) array or list
    Returns the filter, shape (k,).
    Raises ValueError when no filter length fits, and when the equations do not have exactly one
    exact solution.
    """
    ### BEGIN SOLUTION
    taps = len(signal) - len(output) + 1
    if not 1 <= taps <= len(signal):
        raise ValueError("output has a length that no filter gives on this signal")
    windows = np.lib.stride_tricks.sliding_window_view(signal, taps)
    found, _, rank, _ = np.linalg.lstsq(windows, output, rcond=None)
    if rank < taps:
        raise ValueError("signal and output leave more than one filter")
    if np.abs(windows @ found - output).max() > 1e-6 * np.abs(output).max():
        raise ValueError("output comes from no filter on this signal")
    return found
    ### END SOLUTION


# %% test="recover_filter" points=3
found = recover_filter([1, 4, 0, -2, 3], [-2, 2, 11])
check_close("filter", found, [2, -1, 3], "Cross-correlation does not flip the filter.")
check_raises(
    ValueError,
    lambda: recover_filter([1.0, 2.0], [1.0, 2.0, 3.0]),
    "An output longer than the signal fits no filter: raise ValueError.",
)
check_numpy_only(recover_filter)
passed("recover_filter")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(12)
    for n, k in [(1, 1), (5, 1), (5, 2), (5, 3), (9, 4), (9, 5), (12, 3), (40, 7)]:
        signal, taps = rng.normal(size=n), rng.normal(size=k)
        output = np.array([taps @ signal[i : i + k] for i in range(n - k + 1)])
        before = signal.copy(), output.copy()
        check_close("filter", recover_filter(signal, output), taps)
        check_close("filter from lists", recover_filter(signal.tolist(), output.tolist()), taps)
        check_unchanged("signal", signal, before[0])
        check_unchanged("output", output, before[1])
        if n - k + 1 > k:
            for place, change in ((0, 0.5), (-1, 0.5), (0, -0.01), (-1, 0.01)):
                output = before[1].copy()
                output[place] += change
                check_raises(
                    ValueError,
                    lambda signal=signal, output=output: recover_filter(signal, output),
                    "No filter gives this output exactly: raise ValueError.",
                )
    check_close("integers", recover_filter(np.array([2, 5, 1, 7]), np.array([1, -9, 5])), [-2, 1])
    check_close("filter of zeros", recover_filter([1, 2, 5, 1, 3], [0, 0, 0, 0]), [0, 0])
    signal, taps = np.where(np.arange(14) // 4 == 1, 0.0, rng.normal(size=14)), rng.normal(size=3)
    output = np.array([taps @ signal[i : i + 3] for i in range(12)])
    check_close("filter, where an output is 0", recover_filter(signal, output), taps)
    strided = np.array([1.0, 9, 4, 9, 0, 9, -2, 9, 3])[::2]
    check_close("filter of a view", recover_filter(strided, np.array([-2.0, 2, 11])), [2, -1, 3])
    for signal, output, why in [
        ([1, 2, 3, 4, 6], [1, 2], "Four unknown taps and two equations leave many filters"),
        ([1, 2, 4], [3], "Three unknown taps and one equation leave many filters"),
        ([1, 1, 1, 1, 1], [2, 2, 2], "A constant signal leaves many filters"),
        ([0, 0, 0], [0, 0, 0], "A signal of zeros leaves many filters"),
        ([1, -1, 1, -1, 1, -1], [0, 0, 0, 0], "An alternating signal leaves many filters"),
        ([0, 0, 0], [0, 1, 0], "A signal of zeros gives no such output"),
        ([1, 2, 3], [3, 6, 10], "One tap gives a multiple of the signal"),
        ([1, 2, 3], [], "An empty output fits no filter"),
        ([1, 2], [0, 0, 0], "An output longer than the signal fits no filter, also one of zeros"),
        ([1, -1], [3, -1], "One tap gives a multiple of the signal"),
        ([1, 2], [1, 2, 3, 4], "An output longer than the signal fits no filter"),
    ]:
        check_raises(
            ValueError,
            lambda signal=signal, output=output: recover_filter(signal, output),
            f"{why}: raise ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A3. Transposed convolution
#
# A convolution *gathers*: each output reads a window of the input. A transposed convolution
# *scatters*: each input pixel $x_{ij}$ puts a copy of the whole kernel, scaled by $x_{ij}$, into the
# output, with the copy's first corner at $(iS, jS)$. Where copies overlap they add up. It is the
# step that enlarges a picture inside a network, and it is also what carries a gradient back
# through a convolution.
#
# For an input of $2\times 2$ and a kernel of $2\times 2$ at stride 1, draw the four shifted copies
# and add them:
#
# $$\begin{bmatrix}-1&2\\3&1\end{bmatrix} \;\text{with}\; \begin{bmatrix}1&-1\\0&1\end{bmatrix}
# \;\longrightarrow\; \begin{bmatrix}-1&3&-2\\3&-3&1\\0&3&1\end{bmatrix}$$


# %% solution="conv_transpose2d"
def conv_transpose2d(x, k, stride=1):
    """Transposed convolution of one 2-D picture with one 2-D kernel, no padding.

    x: (H, W) array or nested list; k: (kh, kw) array or nested list; stride: int, at least 1
    Returns y, 2-D, just large enough for all the copies of the kernel.
    """
    ### BEGIN SOLUTION
    x, k = as_float(x), as_float(k)
    (height, width), (kh, kw) = x.shape, k.shape
    y = np.zeros(((height - 1) * stride + kh, (width - 1) * stride + kw), np.result_type(x, k))
    for i in range(height):
        for j in range(width):
            y[i * stride : i * stride + kh, j * stride : j * stride + kw] += x[i, j] * k
    return y
    ### END SOLUTION


# %% test="conv_transpose2d" points=5
y = conv_transpose2d([[-1, 2], [3, 1]], [[1, -1], [0, 1]])
check_close("y", y, [[-1, 3, -2], [3, -3, 1], [0, 3, 1]], "Overlapping copies add up.")
y = conv_transpose2d(np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]]), 2)
check_close("y at stride 2", y, [[1, 1, 2, 2]], "At stride 2 the copies start two pixels apart.")
check_numpy_only(conv_transpose2d)
passed("conv_transpose2d")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(13)
    for dtype in (np.float64, np.float32):
        for (h, w), (kh, kw), stride in [
            ((1, 1), (3, 2), 1),
            ((4, 6), (3, 3), 1),
            ((3, 5), (2, 4), 2),
            ((5, 2), (1, 3), 3),
            ((4, 3), (2, 2), 2),
            ((2, 7), (4, 1), 1),
            ((1, 4), (2, 3), 4),
        ]:
            x = rng.normal(size=(w, 2 * h)).astype(dtype).T[::2]
            k = rng.normal(size=(kh, 2 * kw)).astype(dtype)[:, ::-2]
            before = x.copy(), k.copy()
            expected = torch.nn.functional.conv_transpose2d(
                torch.tensor(x.copy(), dtype=torch.float64)[None, None],
                torch.tensor(k.copy(), dtype=torch.float64)[None, None],
                stride=stride,
            )[0, 0]
            check_close(
                f"y at stride {stride}", conv_transpose2d(x, k, stride), expected, dtype=dtype
            )
            check_unchanged("x", x, before[0])
            check_unchanged("k", k, before[1])
    x, k = rng.integers(-5, 6, (3, 4)), rng.integers(-5, 6, (2, 3))
    expected = torch.nn.functional.conv_transpose2d(
        torch.tensor(x).double()[None, None], torch.tensor(k).double()[None, None], stride=2
    )[0, 0]
    check_close("y of integers", conv_transpose2d(x, k, 2), expected, dtype=np.float64)
    check_close("y of lists", conv_transpose2d(x.tolist(), k.tolist(), stride=2), expected)
    check_close("y of fractions", conv_transpose2d([[2]], [[0.5, 0.25]]), [[1, 0.5]])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A4. Dilated convolution
#
# With dilation $D$ the taps of the kernel stand $D$ pixels apart:
#
# $$y_{ij} = \sum_{p,q} k_{pq}\; x_{\,i+pD,\;j+qD} .$$
#
# Keep every position where all the taps lie inside the picture. On the numbers 1 to 9 in a
# $3\times 3$ square, a $2\times 2$ kernel of ones at dilation 2 touches only the four corners and
# gives the single value 20.


# %% solution="dilated_conv2d"
def dilated_conv2d(x, k, dilation):
    """Dilated convolution (not flipped) of one 2-D picture, stride 1, no padding.

    x: (H, W) array or nested list; k: (kh, kw) array or nested list, which fits into x
    dilation: int, at least 1; 1 is the ordinary convolution
    Returns y, (H - (kh-1)·dilation, W - (kw-1)·dilation).
    """
    ### BEGIN SOLUTION
    x, k = as_float(x), as_float(k)
    height = x.shape[0] - (k.shape[0] - 1) * dilation
    width = x.shape[1] - (k.shape[1] - 1) * dilation
    y = np.zeros((height, width), np.result_type(x, k))
    for p, q in np.ndindex(*k.shape):
        i, j = p * dilation, q * dilation
        y += k[p, q] * x[i : i + height, j : j + width]
    return y
    ### END SOLUTION


# %% test="dilated_conv2d" points=3
y = dilated_conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 1], [1, 1]], 2)
check_close("y", y, [[20]], "At dilation 2 one pixel stays free between neighbouring taps.")
check_numpy_only(dilated_conv2d)
passed("dilated_conv2d")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(14)
    for dtype in (np.float64, np.float32):
        for (h, w), (kh, kw), dilation in [
            ((1, 1), (1, 1), 3),
            ((6, 8), (3, 2), 1),
            ((7, 9), (3, 3), 2),
            ((10, 7), (4, 2), 3),
            ((9, 5), (1, 3), 2),
            ((5, 13), (2, 4), 4),
        ]:
            x = rng.normal(size=(w, 2 * h)).astype(dtype).T[::2]
            k = rng.normal(size=(kh, 2 * kw)).astype(dtype)[:, ::-2]
            before = x.copy(), k.copy()
            expected = torch.nn.functional.conv2d(
                torch.tensor(x.copy(), dtype=torch.float64)[None, None],
                torch.tensor(k.copy(), dtype=torch.float64)[None, None],
                dilation=dilation,
            )[0, 0]
            check_close(
                f"y at dilation {dilation}", dilated_conv2d(x, k, dilation), expected, dtype=dtype
            )
            check_unchanged("x", x, before[0])
            check_unchanged("k", k, before[1])
    x, k = rng.integers(-5, 6, (6, 7)), rng.integers(-5, 6, (2, 3))
    expected = torch.nn.functional.conv2d(
        torch.tensor(x).double()[None, None], torch.tensor(k).double()[None, None], dilation=2
    )[0, 0]
    check_close("y of integers", dilated_conv2d(x, k, 2), expected, dtype=np.float64)
    check_close("y of lists", dilated_conv2d(x.tolist(), k.tolist(), 2), expected)
    check_close("y of fractions", dilated_conv2d([[2, 4]], [[0.5, 0.125]], 1), [[1.5]])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A5. The receptive field
#
# Choose one value after the last layer and ask which input pixels can reach it. Along one axis they
# lie inside a window, and its length, counted from the first such pixel to the last with any holes
# included, is the receptive field.
#
# Walk from the picture upwards and keep two numbers: the field so far (at the start a value sees
# one pixel, itself) and the distance, in *input* pixels, between two neighbouring values of the
# current layer. Work out how a layer (kernel, stride, dilation) changes each of the two, and in
# which order.


# %% solution="receptive_field"
def receptive_field(layers):
    """Side of the square of input pixels that one value after the last layer depends on.

    layers: list of (kernel, stride, dilation), ints, first layer first, at least one
    Returns an int: pixels along one axis from the first to the last, holes included.
    """
    ### BEGIN SOLUTION
    field = step = 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field
    ### END SOLUTION


# %% test="receptive_field" points=3
check_close("one 3 × 3 layer", receptive_field([(3, 1, 1)]), 3)
check_close(
    "dilations 1 and 2",
    receptive_field([(3, 1, 1), (3, 1, 2)]),
    7,
    "The second layer reaches (3 - 1)·2 values further.",
)
check_numpy_only(receptive_field)
passed("receptive_field")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(15)

    def reached(layers):
        low = high = 0
        for kernel, stride, dilation in reversed(layers):
            low, high = low * stride, high * stride + (kernel - 1) * dilation
        return high - low + 1

    for layers, expected in [
        ([(1, 1, 1)], 1),
        ([(1, 3, 1), (2, 1, 1)], 4),
        ([(3, 2, 1), (3, 1, 1)], 7),
        ([(3, 1, 1), (3, 2, 1)], 5),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], 15),
        ([(7, 2, 1), (3, 2, 1), (3, 1, 1)], 19),
    ]:
        check_close(f"receptive_field({layers})", receptive_field(layers), expected)
    for depth in (1, 2, 3, 4, 5, 6) * 4:
        layers = [tuple(int(v) for v in rng.integers(1, 5, 3)) for _ in range(depth)]
        before = list(layers)
        check_close(f"receptive_field({layers})", receptive_field(layers), reached(layers))
        assert layers == before, "Your function changed its input layers: work on a copy instead."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# The next figure shows why dilation is worth the trouble. Three layers of $3\times 3$ kernels hold
# 27 weights however they are dilated, but the window that they see grows very differently.


# %% tags=["experiment"]
def paths_to_centre(dilations, side=15):
    """How many paths lead from each pixel of a (side, side) picture to the value at its centre."""
    paths = np.zeros((side, side))
    paths[side // 2, side // 2] = 1
    for dilation in dilations:
        padded = np.pad(paths, dilation)
        shifts = [(p * dilation, q * dilation) for p in range(3) for q in range(3)]
        paths = sum(padded[i : i + side, j : j + side] for i, j in shifts)
    return paths


def show_receptive_fields(rows):
    """One row of panels for each list of dilations, one panel for each layer of it."""
    figure, axes = plt.subplots(len(rows), 3, figsize=(9, 6.4), layout="constrained")
    for line, dilations in zip(axes, rows, strict=True):
        for depth, ax in enumerate(line, 1):
            paths = paths_to_centre(dilations[:depth])
            side = receptive_field([(3, 1, dilation) for dilation in dilations[:depth]])
            ax.imshow(np.where(paths > 0, paths, np.nan), cmap="viridis_r", extent=(-7.5, 7.5) * 2)
            ax.set_title(f"layer {depth}, dilation {dilations[depth - 1]}: {side} × {side}")
            ax.set(xlabel="column offset (pixels)", ylabel="row offset (pixels)")
            ax.set(xticks=range(-6, 7, 3), yticks=range(-6, 7, 3))
            ax.grid(False)
    figure.suptitle("Pixels that reach one value (darker: along more paths)")
    plt.show()


show_receptive_fields([[1, 1, 1], [1, 2, 4]])

# %% [markdown]
# *What to see.* Without dilation (top row) the side grows by 2 a layer. With dilations 1, 2, 4
# (bottom row) it doubles and adds one. No pixel inside the large window is skipped, because each
# layer's holes are filled by the layers below it.
#
# ### A6. Two filters by hand
#
# Before networks learned their filters, people wrote them down. Write two of size $3\times 3$.
#
# `edge` answers to *vertical* edges. On a picture of one brightness it gives 0. On a picture whose
# rows differ but where each row is constant (a horizontal edge) it gives 0 as well. On every window
# that holds a dark-to-bright step from left to right (the same step in all three rows) it gives at
# least 0, and for at least one place of the step inside the window more than 0. What do these
# demands say about the sum of each row, and about the sums of the columns?
#
# `blur` replaces a pixel by an average of its neighbourhood: all nine weights are positive and they
# sum to 1.


# %% solution="edge_and_blur"
def edge_and_blur():
    """Two filters, used without flipping: `edge` for vertical edges, `blur` for averaging.

    Returns (edge, blur), two 3 × 3 arrays.
    """
    ### BEGIN SOLUTION
    edge = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    blur = np.full((3, 3), 1 / 9)
    return edge, blur
    ### END SOLUTION


# %% test="edge_and_blur" points=3
filters = edge_and_blur()
assert filters is not None and len(filters) == 2, "Return two filters: (edge, blur)."
edge, blur = as_array("edge", filters[0]), as_array("blur", filters[1])
assert edge.shape == (3, 3), f"edge should be 3 × 3, not {edge.shape}."
assert blur.shape == (3, 3), f"blur should be 3 × 3, not {blur.shape}."
check_close("sum of edge", edge.sum(), 0, "A constant picture should give 0.", atol=1e-6)
check_close("sum of blur", blur.sum(), 1, "An average keeps the brightness.", atol=1e-6)
check_numpy_only(edge_and_blur)
passed("edge_and_blur")


### BEGIN HIDDEN TESTS
def hidden_tests():
    assert np.isfinite(edge).all() and np.isfinite(blur).all(), "The filters hold NaN or infinity."
    small = 1e-6 * float(np.abs(edge).max())
    for rows in ([0, 1, 1], [0, 0, 1], [1, 0, 0], [1, 1, 0], [0.2, 0.9, -0.4], [5, 5, 5]):
        answer = float((edge * np.array(rows, dtype=float)[:, None]).sum())
        assert abs(answer) <= 10 * small, (
            f"edge gives {answer:.3g} on a window whose rows are constant {rows}: it should give 0."
        )
    answers = [float((edge * np.array(row)).sum()) for row in ([0.0, 1, 1], [0.0, 0, 1])]
    assert min(answers) >= -small, (
        f"edge gives {min(answers):.3g} on a window with a dark-to-bright step: it should be ≥ 0."
    )
    assert max(answers) > small, "edge gives 0 on every dark-to-bright step from left to right."
    assert blur.min() > 0, "blur has a weight that is not positive."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Here are your two filters at work on a drawn picture.


# %% tags=["experiment"]
def drawn_picture(side=48):
    """A bright square with a dark disc in it, (side, side), with a little noise."""
    rows, columns = np.mgrid[:side, :side]
    square = (abs(rows - side / 2) < side / 3) & (abs(columns - side / 2) < side / 3)
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 6) ** 2
    noise = 0.05 * np.random.default_rng(0).normal(size=(side, side))
    return (square & ~disc) + noise


def show_filters_at_work():
    """The picture, its edges and its blurred version side by side."""
    picture = drawn_picture()
    edge, blur = (as_float(k) for k in edge_and_blur())
    edges, blurred = dilated_conv2d(picture, edge, 1), dilated_conv2d(picture, blur, 1)
    reach = np.abs(edges).max()
    panels = [
        ("picture", picture, {"cmap": "gray", "vmin": 0, "vmax": 1}),
        ("edge", edges, {"cmap": "RdBu_r", "vmin": -reach, "vmax": reach}),
        ("blur", blurred, {"cmap": "gray", "vmin": 0, "vmax": 1}),
    ]
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
    for ax, (title, values, style) in zip(axes, panels, strict=True):
        image = ax.imshow(values, **style)
        ax.set(title=title, xlabel="column (pixels)", ylabel="row (pixels)")
        ax.grid(False)
        figure.colorbar(image, ax=ax, shrink=0.8, label="value")
    plt.show()


show_filters_at_work()

# %% [markdown]
# *What to see.* The left side of the square (dark to bright) is red, its right side blue, and its
# upper and lower sides do not show. The blurred picture has less noise and softer outlines.
#
# ### A7. Counting weights
#
# A convolution layer has one filter for each output channel, and a filter spans *all* the input
# channels. With `bias=True` each output channel has one more number.


# %% solution="conv_parameters"
def conv_parameters(c_in, c_out, kernel, bias=False):
    """Number of learned values of a convolution layer.

    c_in, c_out: channels in and out; kernel: side of the square kernel, an int
    Returns an int.
    """
    ### BEGIN SOLUTION
    return c_out * (c_in * kernel * kernel + bias)
    ### END SOLUTION


# %% test="conv_parameters" points=2
check_close("3 → 4, 3 × 3", conv_parameters(3, 4, 3), 108, "Each filter spans all input channels.")
check_close("3 → 4 with bias", conv_parameters(3, 4, 3, bias=True), 112, "One bias per output.")
check_numpy_only(conv_parameters)
passed("conv_parameters")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for c_in, c_out, kernel in [(1, 1, 1), (5, 7, 1), (2, 9, 3), (8, 3, 5), (16, 32, 7), (1, 6, 2)]:
        for bias in (False, True):
            layer = torch.nn.Conv2d(c_in, c_out, kernel, bias=bias)
            expected = sum(values.numel() for values in layer.parameters())
            got = conv_parameters(c_in, c_out, kernel, bias)
            check_close(f"conv_parameters({c_in}, {c_out}, {kernel}, {bias})", got, expected)
        without = conv_parameters(c_in, c_out, kernel)
        check_close("no bias unless asked for", without, c_in * c_out * kernel**2)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# A *depthwise separable* convolution splits the work. The depthwise step gives each input channel
# its own $k\times k$ kernel and keeps the channels apart. The pointwise step then mixes the channels
# with $1\times 1$ filters. The figure draws one line for every small kernel.


# %% tags=["experiment"]
def draw_layer(ax, title, inputs, outputs, links, label):
    """Channels as boxes, kernels as lines. `links` are pairs (input, output)."""
    colors = plt.cm.tab10.colors
    for start, end in links:
        heights = [(inputs - 1) / 2 - start, (outputs - 1) / 2 - end]
        ax.plot([0, 3], heights, color=colors[start], linewidth=1.5, zorder=1)
    for x, count, palette in ((0, inputs, colors), (3, outputs, [(0.75, 0.75, 0.75)] * 9)):
        for channel in range(count):
            height = (count - 1) / 2 - channel
            face = palette[channel] if len(links) != inputs or x == 0 else colors[channel]
            box = plt.Rectangle((x - 0.35, height - 0.35), 0.7, 0.7, color=face, zorder=2)
            ax.add_patch(box)
    ax.set_title(title)
    ax.set(xlim=(-0.8, 3.8), ylim=(-2.6, 2.2), xticks=[0, 3], yticks=[])
    ax.set_xticklabels([f"{inputs} channels in", f"{outputs} channels out"])
    ax.text(1.5, -2.4, label, ha="center")
    ax.grid(False)


def show_separable(c_in=3, c_out=4):
    """An ordinary convolution beside the two steps of a separable one."""
    everything = [(i, o) for i in range(c_in) for o in range(c_out)]
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    draw_layer(axes[0], "ordinary", c_in, c_out, everything, "each line: a 3 × 3 kernel")
    alone = [(i, i) for i in range(c_in)]
    draw_layer(axes[1], "depthwise", c_in, c_in, alone, "each line: a 3 × 3 kernel")
    draw_layer(axes[2], "pointwise", c_in, c_out, everything, "each line: one weight (1 × 1)")
    figure.suptitle("An ordinary convolution, and the two steps of a separable one")
    plt.show()


show_separable()

# %% [markdown]
# *What to see.* The ordinary layer needs a $3\times 3$ kernel on every line. The separable one needs
# $3\times 3$ kernels only on the few lines of its depthwise step, and single weights on the rest.


# %% solution="separable_parameters"
def separable_parameters(c_in, c_out, kernel, bias=False):
    """Number of learned values of a depthwise step followed by a pointwise step.

    c_in, c_out: channels in and out; kernel: side of the depthwise kernels, an int
    bias: whether the pointwise step has biases (the depthwise step never has)
    Returns an int.
    """
    ### BEGIN SOLUTION
    return c_in * kernel * kernel + c_out * (c_in + bias)
    ### END SOLUTION


# %% test="separable_parameters" points=2
check_close(
    "3 → 4, 3 × 3",
    separable_parameters(3, 4, 3),
    39,
    "Add the depthwise kernels and the 1 × 1 filters.",
)
check_close(
    "3 → 4 with bias",
    separable_parameters(3, 4, 3, bias=True),
    43,
    "Only the pointwise step has biases.",
)
check_numpy_only(separable_parameters)
passed("separable_parameters")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for c_in, c_out, kernel in [(1, 1, 1), (5, 7, 1), (2, 9, 3), (8, 3, 5), (16, 32, 7), (6, 1, 2)]:
        for bias in (False, True):
            depthwise = torch.nn.Conv2d(c_in, c_in, kernel, groups=c_in, bias=False)
            pointwise = torch.nn.Conv2d(c_in, c_out, 1, bias=bias)
            layers = torch.nn.Sequential(depthwise, pointwise)
            expected = sum(values.numel() for values in layers.parameters())
            got = separable_parameters(c_in, c_out, kernel, bias)
            check_close(f"separable_parameters({c_in}, {c_out}, {kernel}, {bias})", got, expected)
        without = separable_parameters(c_in, c_out, kernel)
        check_close("no bias unless asked for", without, c_in * kernel**2 + c_in * c_out)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A8. Written: why convolution? (3 points)
#
# A layer turns pictures of shape (3, 32, 32) into feature maps of shape (64, 32, 32).
#
# 1. How many weights (no biases) has a fully connected layer that does this, and how many a
#    $3\times 3$ convolution?
# 2. The convolution makes two assumptions about pictures. Name both, and say which of the weights
#    of the fully connected layer each one removes or ties together.
# 3. Describe one kind of data, or one task, where one of the two assumptions is wrong, and say
#    which one and why.

# %% [markdown] answer="why_convolution" points=3
# 1. Fully connected: (3·32·32)·(64·32·32) = 3,072 · 65,536 = 201,326,592 weights. Convolution:
#    64·3·3·3 = 1,728, about 116,500 times fewer.
# 2. *Locality*: a value depends only on a small neighbourhood, so every weight between an output and
#    an input pixel outside its 3 × 3 window is set to zero (27 of 3,072 inputs per output remain).
#    *The same everywhere* (weight sharing, translation equivariance): a pattern means the same
#    wherever it stands, so the outputs of one channel at all 1,024 positions use the same 27
#    weights. A shifted picture then gives shifted feature maps, up to the border.
# 3. For example a table of patients whose columns are age, weight and blood values: neighbouring
#    columns are not more related than distant ones and no shift makes sense, so both fail. Or
#    passport photographs that are all aligned: an eye always stands in the same place, so sharing
#    gives away knowledge of the place. Or a task that needs far-apart pixels at once, such as
#    whether two ends of a long curve are joined: one local layer cannot see it.
#
# - **1 point**: both counts right (a formula with the right numbers is enough).
# - **1 point**: locality and sharing both named, each with the weights it zeroes or ties.
# - **1 point**: a fitting example with the assumption that fails and the reason.

# %% [markdown]
# ### A9. Written: which normalization is which? (2 points)
#
# Each block of the figure stands for activations of shape (N, C, H, W), with H and W joined into one
# axis. All the shaded blocks together share *one* mean and *one* variance.


# %% tags=["experiment"]
def draw_blocks(ax, title, shaded, side=4):
    """A cube of side³ blocks seen from the front right; `shaded(n, c, s)` says which to fill."""
    lean = np.array([0.5, 0.4])  # where one step along N leads on the page

    def face(origin, along, up, filled):
        corners = [origin, origin + along, origin + along + up, origin + up]
        color = "tab:orange" if filled else "whitesmoke"
        ax.add_patch(plt.Polygon(corners, facecolor=color, edgecolor="0.35", linewidth=0.8))

    right, up = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for a in range(side):
        for b in range(side):
            face(a * right + b * up, right, up, shaded(0, a, b))
            face(side * right + a * lean + b * up, lean, up, shaded(a, side - 1, b))
            face(side * up + a * right + b * lean, right, lean, shaded(b, a, side - 1))
    ax.text(side / 2, -0.6, "C (channels)", ha="center", va="center")
    ax.text(-0.5, side / 2, "H·W (pixels)", ha="center", va="center", rotation=90)
    ax.text(side + 1.5, 0.3, "N (pictures)", ha="center", va="center", rotation=39)
    ax.set(xlim=(-1, side + 2.3), ylim=(-1.1, side + 1.8), aspect="equal", title=title)
    ax.axis("off")


figure, axes = plt.subplots(1, 3, figsize=(10, 3.7), layout="constrained")
draw_blocks(axes[0], "A", lambda n, c, s: n == 0)
draw_blocks(axes[1], "B", lambda n, c, s: n == 0 and c == 3)
draw_blocks(axes[2], "C", lambda n, c, s: c == 3)
figure.suptitle("Shaded: the values that one mean and one variance are taken over")
plt.show()

# %% [markdown]
# *What to see.* The shaded region is a slice of the cube in A and C and a single column in B. The
# cubes show N = C = 4.
#
# Say for each of the pictures A, B and C whether it is batch normalization (the spatial one, for
# convolutional layers), layer normalization (over everything that belongs to one picture) or
# instance normalization. Then say for each how many means there are in all for activations of shape
# (N, C, H, W), and over how many values each is taken.

# %% [markdown] answer="which_norm" points=2
# A is layer normalization: N means, each over C·H·W values. B is instance normalization: N·C means,
# each over H·W values. C is batch normalization: C means, each over N·H·W values. (Batch
# normalization is the only one of the three that mixes pictures.)
#
# - **1 point**: all three named rightly.
# - **1 point**: the number of means and the number of values in each, right for all three.

# %% [markdown]
# ## Part B · The layers by hand
#
# Now you write the layers of a convolutional network with *NumPy*, forward and backward. `x` is
# (N, C, H, W), the filters `w` are (F, C, kh, kw), the biases `b` are (F,). Here stride, padding and
# size are plain ints.
#
# Each forward function returns its result and a `cache`: whatever your own backward function needs
# later. Nobody else looks inside it, so put in what you like.
#
# ### B1. Convolution, forward
#
# Let $\tilde x$ be $x$ with `padding` zeros added at all four sides. Then
#
# $$y_{nfij} = b_f + \sum_{c,p,q} w_{fcpq}\;\tilde x_{\,n,\,c,\,iS+p,\,jS+q} .$$
#
# Loops are fine here. Clear code is the aim, because it is the specification of the fast version
# further down. When the stride does not divide evenly, the last rows and columns of the picture are
# simply not reached by any window.


# %% solution="conv2d_forward"
def conv2d_forward(x, w, b, stride=1, padding=0):
    """Convolution layer (not flipped).

    x: (N, C, H, W); w: (F, C, kh, kw); b: (F,)
    stride, padding: ints; `padding` zeros are added at every side
    Returns (y, cache): y is (N, F, H', W') with the floating dtype of x (integers: float64),
    H' = (H + 2·padding - kh) // stride + 1 and W' likewise; cache is for conv2d_backward.
    """
    ### BEGIN SOLUTION
    x, w, b = as_float(x), as_float(w), as_float(b)
    edges = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), edges, edges))
    kh, kw = w.shape[2:]
    height = (padded.shape[2] - kh) // stride + 1
    width = (padded.shape[3] - kw) // stride + 1
    y = np.empty((len(x), len(w), height, width), x.dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + kh, left : left + kw]
            y[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return y, (padded, w, stride, padding)
    ### END SOLUTION


# %% test="conv2d_forward" points=7
x = np.arange(16.0).reshape(1, 1, 4, 4)
w = np.array([[[[1.0, 0.0], [0.0, 2.0]]]])
y, cache = conv2d_forward(x, w, np.array([0.5]))
expected = [[[[10.5, 13.5, 16.5], [22.5, 25.5, 28.5], [34.5, 37.5, 40.5]]]]
check_close("y", y, expected, "Do not flip the filter, and add b.", dtype=np.float64)
y, cache = conv2d_forward(x, w, np.array([0.0]), stride=2, padding=1)
expected = [[[[0.0, 4.0, 0.0], [16.0, 25.0, 7.0], [0.0, 13.0, 15.0]]]]
check_close("y at stride 2, padding 1", y, expected, "Pad with zeros, then step by the stride.")
check_numpy_only(conv2d_forward)
passed("conv2d_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(21)
    for n, c, f, (h, wd), (kh, kw), stride, padding in [
        (1, 1, 1, (1, 1), (1, 1), 1, 0),
        (2, 3, 4, (5, 7), (3, 3), 1, 1),
        (3, 2, 5, (6, 9), (3, 2), 2, 0),
        (1, 4, 2, (8, 5), (2, 4), 3, 1),
        (2, 1, 3, (7, 7), (5, 5), 2, 2),
        (2, 2, 1, (3, 4), (1, 3), 1, 2),
        (1, 3, 2, (4, 4), (4, 4), 1, 0),
    ]:
        for dtype in (np.float64, np.float32):
            x = rng.normal(size=(n, 2 * c, wd, h)).astype(dtype)[:, ::2].transpose(0, 1, 3, 2)
            w = rng.normal(size=(c, f, kh, kw)).astype(dtype).swapaxes(0, 1)
            b = rng.normal(size=2 * f).astype(dtype)[::-2]
            before = x.copy(), w.copy(), b.copy()
            expected = torch.nn.functional.conv2d(
                *(torch.tensor(a.astype(np.float64)) for a in before),
                stride=stride,
                padding=padding,
            )
            y, _ = conv2d_forward(x, w, b, stride, padding)
            what = f"y at stride {stride}, padding {padding}, kernel {kh} × {kw}"
            check_close(what, y, expected, dtype=dtype)
            check_unchanged("x", x, before[0])
            check_unchanged("w", w, before[1])
            check_unchanged("b", b, before[2])
    x, w, b = rng.integers(-9, 9, (2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    for dtype in (np.float64, np.int64):
        inputs = x, (9 * w).astype(dtype), (9 * b).astype(dtype)
        expected = torch.nn.functional.conv2d(*(torch.tensor(a.astype(float)) for a in inputs))
        y, _ = conv2d_forward(*inputs)
        check_close("y of integers", y, expected, "Integers count as float64.", dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B2. Convolution, backward
#
# A loss $L$ depends on $y$, and you are given $\partial L/\partial y$ as `dout`. Three gradients
# follow from the formula above by one rule: look where a number is used, and add up what every use
# contributes.
#
# 1. $b_f$ is added to every $y_{nfij}$ of its filter. Which axes of `dout` do you sum over?
# 2. $w_{fcpq}$ is multiplied by $\tilde x_{n,c,iS+p,jS+q}$ to make $y_{nfij}$. So
#    $\partial L/\partial w_{fcpq}$ is a sum over $n, i, j$ of a product. Of which two numbers?
# 3. $\tilde x_{ncuv}$ takes part in several windows and in all filters. Rather than search for those
#    windows, go through the outputs: each $y_{nfij}$ sends `dout[n, f, i, j]` times its filter back
#    to the window that it read. That is the scattering of exercise A3.
# 4. The padding was no part of $x$, so its gradient is cut off at the end. Pixels that no window
#    reached get 0.


# %% solution="conv2d_backward"
def conv2d_backward(dout, cache):
    """Gradients of a convolution layer.

    dout: (N, F, H', W'), the gradient of the loss with respect to y
    cache: from conv2d_forward
    Returns (dx, dw, db) with the shapes of x, w, b and the dtype of dout.
    """
    ### BEGIN SOLUTION
    padded, w, stride, padding = cache
    kh, kw = w.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(i * stride, i * stride + kh)
            columns = slice(j * stride, j * stride + kw)
            here = dout[:, :, i, j]
            dw += np.tensordot(here, padded[:, :, rows, columns], axes=(0, 0))
            dpadded[:, :, rows, columns] += np.tensordot(here, w, axes=(1, 0))
    height, width = padded.shape[2] - 2 * padding, padded.shape[3] - 2 * padding
    dx = dpadded[:, :, padding : padding + height, padding : padding + width]
    return dx, dw, dout.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% test="conv2d_backward" points=10
x = np.arange(9.0).reshape(1, 1, 3, 3)
w = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
y, cache = conv2d_forward(x, w, np.array([0.0]))
dx, dw, db = conv2d_backward(np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), cache)
check_close(
    "dx",
    dx,
    [[[[1, 2, 0], [3, 3, -2], [0, -3, -4]]]],
    "Each output sends its gradient, times the filter, back to its window.",
    dtype=np.float64,
)
check_close("dw", dw, [[[[-4, -4], [-4, -4]]]], "Sum dout times the window over n, i, j.")
check_close("db", db, [0.0], "Sum dout over pictures and pixels.")
check_numpy_only(conv2d_backward)
passed("conv2d_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(22)
    for n, c, f, (h, wd), (kh, kw), stride, padding in [
        (1, 1, 1, (1, 1), (1, 1), 1, 0),
        (2, 3, 4, (5, 7), (3, 3), 1, 1),
        (3, 2, 5, (6, 9), (3, 2), 2, 0),
        (1, 4, 2, (8, 5), (2, 4), 3, 1),
        (2, 1, 3, (7, 7), (5, 5), 2, 2),
        (2, 2, 1, (3, 4), (1, 3), 1, 2),
        (1, 3, 2, (4, 4), (4, 4), 1, 0),
        (2, 2, 3, (5, 6), (1, 1), 2, 0),
    ]:
        for dtype in (np.float64, np.float32):
            x = rng.normal(size=(n, 2 * c, wd, h)).astype(dtype)[:, ::2].transpose(0, 1, 3, 2)
            w = rng.normal(size=(c, f, kh, kw)).astype(dtype).swapaxes(0, 1)
            b = rng.normal(size=f).astype(dtype)
            tensors = [torch.tensor(a.astype(np.float64), requires_grad=True) for a in (x, w, b)]
            y = torch.nn.functional.conv2d(*tensors, stride=stride, padding=padding)
            dout = rng.normal(size=(*y.shape[:3], 2 * y.shape[3])).astype(dtype)[..., ::-2]
            before = dout.copy(), x.copy(), w.copy(), b.copy()
            y.backward(torch.tensor(dout.astype(np.float64)))
            _, cache = conv2d_forward(x, w, b, stride, padding)
            dx, dw, db = conv2d_backward(dout, cache)
            what = f"at stride {stride}, padding {padding}, kernel {kh} × {kw}"
            check_close(f"dx {what}", dx, tensors[0].grad, dtype=dtype)
            check_close(f"dw {what}", dw, tensors[1].grad, dtype=dtype)
            check_close(f"db {what}", db, tensors[2].grad, dtype=dtype)
            check_unchanged("dout", dout, before[0])
            check_unchanged("x", x, before[1])
            check_unchanged("w", w, before[2])
            check_unchanged("b", b, before[3])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B3. Max pooling
#
# Each channel of each picture is cut into `size` × `size` windows, `stride` pixels apart, and each
# window keeps its largest value. There is no padding. Rows and columns at the end that no whole
# window covers are dropped. With `stride < size` the windows overlap.


# %% solution="max_pool_forward"
def max_pool_forward(x, size, stride):
    """Max pooling over size × size windows, no padding.

    x: (N, C, H, W); size, stride: ints
    Returns (y, cache): y is (N, C, (H - size) // stride + 1, (W - size) // stride + 1) with the
    floating dtype of x; cache is for max_pool_backward.
    """
    ### BEGIN SOLUTION
    x = as_float(x)
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].reshape(*x.shape[:2], -1, size * size)
    shape = (*x.shape[:2], (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1)
    return windows.max(axis=3).reshape(shape), (x.shape, windows.argmax(axis=3), size, stride)
    ### END SOLUTION


# %% test="max_pool_forward" points=3
x = np.array([[[[1.0, 5.0, 2.0], [3.0, -4.0, 0.0], [-1.0, 6.0, 7.0]]]])
y, cache = max_pool_forward(x, 2, 1)
check_close("y", y, [[[[5, 5], [6, 7]]]], "At stride 1 the windows overlap.", dtype=np.float64)
y, cache = max_pool_forward(x, 2, 2)
check_close("y at stride 2", y, [[[[5]]]], "The last row and column fill no window: drop them.")
check_numpy_only(max_pool_forward)
passed("max_pool_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(23)
    for n, c, h, w, size, stride in [
        (1, 1, 1, 1, 1, 1),
        (2, 3, 6, 8, 2, 2),
        (3, 2, 7, 5, 2, 2),
        (1, 4, 7, 9, 3, 2),
        (2, 2, 8, 6, 3, 1),
        (2, 1, 9, 11, 2, 3),
        (1, 2, 10, 7, 4, 3),
    ]:
        for dtype in (np.float64, np.float32):
            x = rng.normal(size=(c, n, w, 2 * h)).astype(dtype)[..., ::2].transpose(1, 0, 3, 2) - 2
            before = x.copy()
            expected = torch.nn.functional.max_pool2d(torch.tensor(before), size, stride)
            y, _ = max_pool_forward(x, size, stride)
            check_close(f"y at size {size}, stride {stride}", y, expected, dtype=dtype)
            check_unchanged("x", x, before)
    x = rng.integers(-9, -1, (2, 2, 5, 4))
    expected = torch.nn.functional.max_pool2d(torch.tensor(x).double(), 2, 2)
    check_close("y of integers", max_pool_forward(x, 2, 2)[0], expected)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# In the backward pass only the winner of a window had any influence, so it takes the whole gradient
# of that window. Three details decide between nearly right and right:
#
# 1. A pixel may win several overlapping windows. What happens to their gradients?
# 2. When the largest value occurs twice in a window, the *first* one in row order takes the
#    gradient, as in PyTorch.
# 3. A pixel that no window covers has no influence at all.


# %% solution="max_pool_backward"
def max_pool_backward(dout, cache):
    """Gradient of max pooling.

    dout: (N, C, H', W'), the gradient of the loss with respect to y
    cache: from max_pool_forward
    Returns dx with the shape of x and the dtype of dout.
    """
    ### BEGIN SOLUTION
    shape, winners, size, stride = cache
    dx = np.zeros(shape, dout.dtype)
    winners = winners.reshape(dout.shape)
    n, c, i, j = np.indices(dout.shape)
    rows, columns = i * stride + winners // size, j * stride + winners % size
    np.add.at(dx, (n, c, rows, columns), dout)
    return dx
    ### END SOLUTION


# %% test="max_pool_backward" points=4
x = np.array([[[[1.0, 5.0, 2.0], [3.0, -4.0, 0.0], [-1.0, 6.0, 7.0]]]])
y, cache = max_pool_forward(x, 2, 1)
dx = max_pool_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
check_close(
    "dx",
    dx,
    [[[[0, 3, 0], [0, 0, 0], [0, 3, 4]]]],
    "A pixel that wins two windows gets the sum of both gradients.",
    dtype=np.float64,
)
check_numpy_only(max_pool_backward)
passed("max_pool_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(24)
    for n, c, h, w, size, stride in [
        (1, 1, 1, 1, 1, 1),
        (2, 3, 6, 8, 2, 2),
        (3, 2, 7, 5, 2, 2),
        (1, 4, 7, 9, 3, 2),
        (2, 2, 8, 6, 3, 1),
        (2, 1, 9, 11, 2, 3),
        (1, 2, 10, 7, 4, 3),
    ]:
        for dtype in (np.float64, np.float32):
            for ties in (False, True):
                x = rng.normal(size=(c, n, w, 2 * h)).astype(dtype)[..., ::2].transpose(1, 0, 3, 2)
                x = np.round(x) if ties else x - 3
                tensor = torch.tensor(x.astype(np.float64), requires_grad=True)
                y = torch.nn.functional.max_pool2d(tensor, size, stride)
                dout = rng.normal(size=(*y.shape[:3], 2 * y.shape[3])).astype(dtype)[..., ::-2]
                before = x.copy(), dout.copy()
                y.backward(torch.tensor(dout.astype(np.float64)))
                _, cache = max_pool_forward(x, size, stride)
                what = f"dx at size {size}, stride {stride}" + ", with ties" * ties
                check_close(what, max_pool_backward(dout, cache), tensor.grad, dtype=dtype)
                check_unchanged("x", x, before[0])
                check_unchanged("dout", dout, before[1])
    _, cache = max_pool_forward(np.zeros((1, 2, 5, 5)), 2, 2)
    expected = np.zeros((1, 2, 5, 5))
    expected[:, :, :4:2, :4:2] = 1
    dx = max_pool_backward(np.ones((1, 2, 2, 2)), cache)
    check_close("dx of a constant picture", dx, expected, "The first maximum takes the gradient.")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B4. Spatial batch normalization
#
# In a convolutional layer all pixels of a channel share one filter, so they share their statistics
# too. For every channel $c$ there is one mean and one (biased) variance over pictures and pixels,
# $M = N\cdot H\cdot W$ values:
#
# $$\mu_c = \frac1M\sum_{n,i,j} x_{ncij},\qquad
# \sigma_c^2 = \frac1M\sum_{n,i,j} (x_{ncij}-\mu_c)^2,\qquad
# \hat x_{ncij} = \frac{x_{ncij}-\mu_c}{\sqrt{\sigma_c^2+\varepsilon}},\qquad
# y_{ncij} = \gamma_c\,\hat x_{ncij} + \beta_c .$$
#
# This is the training pass. Running averages for evaluation are not asked for here.


# %% solution="spatial_batchnorm_forward"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Batch normalization per channel, training pass.

    x: (N, C, H, W); gamma, beta: (C,); eps: float, added to the variance
    Returns (y, cache): y has the shape and the floating dtype of x; cache is for
    spatial_batchnorm_backward.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=(0, 2, 3), keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=(0, 2, 3), keepdims=True) + eps)
    normal = centred * inverse
    y = gamma[:, None, None] * normal + beta[:, None, None]
    return y, (normal, inverse, gamma)
    ### END SOLUTION


# %% test="spatial_batchnorm_forward" points=4
x = np.array([[[[1.0, 3.0]], [[0.0, 0.0]]], [[[5.0, 7.0]], [[4.0, 4.0]]]])
y, cache = spatial_batchnorm_forward(x, np.array([1.0, 2.0]), np.array([0.0, 10.0]), 0.0)
root = np.sqrt(5)
expected = [[[[-3 / root, -1 / root]], [[8, 8]]], [[[1 / root, 3 / root]], [[12, 12]]]]
check_close("y", y, expected, "One mean and variance per channel.", dtype=np.float64)
check_numpy_only(spatial_batchnorm_forward)
passed("spatial_batchnorm_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(25)
    for n, c, h, w in [
        (2, 3, 4, 5),
        (1, 4, 3, 2),
        (5, 1, 1, 1),
        (1, 3, 1, 1),
        (4, 4, 4, 4),
        (3, 2, 1, 6),
    ]:
        for dtype in (np.float64, np.float32):
            for eps in (None, 0.3):
                x = (
                    rng.normal(2, 3, size=(c, 2 * n, w, h))
                    .astype(dtype)[:, ::2]
                    .transpose(1, 0, 3, 2)
                )
                gamma = rng.normal(1, 1, 2 * c).astype(dtype)[::2]
                beta = rng.normal(1, 1, 2 * c).astype(dtype)[::-2]
                before = x.copy(), gamma.copy(), beta.copy()
                exact = x.astype(np.float64)
                mean, variance = exact.mean((0, 2, 3)), exact.var((0, 2, 3))
                scale = gamma / np.sqrt(variance + (1e-5 if eps is None else eps))
                expected = (exact - mean[:, None, None]) * scale[:, None, None] + beta[
                    :, None, None
                ]
                extra = () if eps is None else (eps,)
                y, _ = spatial_batchnorm_forward(x, gamma, beta, *extra)
                check_close(f"y for shape {x.shape}, eps {eps}", y, expected, dtype=dtype)
                check_unchanged("x", x, before[0])
                check_unchanged("gamma", gamma, before[1])
                check_unchanged("beta", beta, before[2])
    gamma, beta = np.array([2.0, -1.0]), np.array([0.5, 3.0])
    y, _ = spatial_batchnorm_forward(np.full((3, 2, 2, 2), 7.0), gamma, beta)
    check_close("y of a constant", y, np.broadcast_to(beta[:, None, None], (3, 2, 2, 2)))
    x = rng.integers(0, 256, (2, 2, 3, 4))
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(
        x.var((0, 2, 3), keepdims=True) + 1e-5
    )
    y, _ = spatial_batchnorm_forward(x, gamma, beta)
    expected = gamma[:, None, None] * normal + beta[:, None, None]
    check_close("y of integers", y, expected, dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# For the backward pass treat one channel at a time, with $M$ values in a row.
#
# 1. $\beta_c$ and $\gamma_c$ are used in all $M$ places of their channel. So two sums give their
#    gradients.
# 2. Let $g = \gamma_c\,\partial L/\partial y$ be the gradient that reaches $\hat x$.
# 3. $x$ influences $\hat x$ on three ways: directly, through $\mu_c$ and through $\sigma_c^2$. Write
#    the three contributions down and simplify. The last two turn into averages over the channel,
#    one of $g$ and one of $g\,\hat x$.
# 4. Check your result in your head: adding a constant to the channel changes nothing, so the
#    gradients of a channel must sum to 0. With $M = 1$ the gradient is 0.


# %% solution="spatial_batchnorm_backward"
def spatial_batchnorm_backward(dout, cache):
    """Gradients of spatial batch normalization.

    dout: (N, C, H, W), the gradient of the loss with respect to y
    cache: from spatial_batchnorm_forward
    Returns (dx, dgamma, dbeta) with shapes (N, C, H, W), (C,), (C,) and the dtype of dout.
    """
    ### BEGIN SOLUTION
    normal, inverse, gamma = cache
    per_channel = (0, 2, 3)
    dnormal = dout * gamma[:, None, None]
    plain = dnormal.mean(axis=per_channel, keepdims=True)
    along = (dnormal * normal).mean(axis=per_channel, keepdims=True)
    dx = inverse * (dnormal - plain - normal * along)
    return dx, (dout * normal).sum(axis=per_channel), dout.sum(axis=per_channel)
    ### END SOLUTION


# %% test="spatial_batchnorm_backward" points=5
x = np.array([[[[1.0, 3.0]], [[0.0, 0.0]]], [[[5.0, 7.0]], [[4.0, 4.0]]]])
gamma, beta = np.array([1.0, 2.0]), np.array([0.0, 10.0])
y, cache = spatial_batchnorm_forward(x, gamma, beta, 1.0)
dout = np.array([[[[1.0, 0.0]], [[2.0, 0.0]]], [[[0.0, 0.0]], [[0.0, -1.0]]]])
dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
check_close("dbeta", dbeta, [1, 1], "Sum dout over pictures and pixels.", dtype=np.float64)
root = np.sqrt([6.0, 5.0])
check_close("dgamma", dgamma, [-3, -6] / root, "Sum dout times the normalized x.")
check_close("sum of dx per channel", dx.sum((0, 2, 3)), [0, 0], "The mean depends on x as well.")
expected = [[[[0.375, -0.375]], [[2.3, -1.7]]], [[[-0.125, 0.125]], [[0.7, -1.3]]]]
check_close("dx", dx, np.array(expected) / root[:, None, None], "So does the variance.")
check_numpy_only(spatial_batchnorm_backward)
passed("spatial_batchnorm_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(26)
    for n, c, h, w in [
        (2, 3, 4, 5),
        (1, 4, 3, 2),
        (5, 1, 1, 1),
        (1, 3, 1, 1),
        (4, 4, 4, 4),
        (3, 2, 1, 6),
    ]:
        for dtype in (np.float64, np.float32):
            for eps in (None, 0.3):
                x = (
                    rng.normal(2, 3, size=(c, 2 * n, w, h))
                    .astype(dtype)[:, ::2]
                    .transpose(1, 0, 3, 2)
                )
                gamma = rng.normal(1, 1, 2 * c).astype(dtype)[::2]
                beta = rng.normal(1, 1, 2 * c).astype(dtype)[::-2]
                dout = rng.normal(1, 2, size=(n, c, h, 2 * w)).astype(dtype)[..., ::-2]
                before = x.copy(), gamma.copy(), beta.copy(), dout.copy()
                tensors = [
                    torch.tensor(a.astype(np.float64), requires_grad=True) for a in (x, gamma, beta)
                ]
                centred = tensors[0] - tensors[0].mean((0, 2, 3), keepdim=True)
                variance = (centred**2).mean((0, 2, 3), keepdim=True)
                normal = centred / torch.sqrt(variance + (1e-5 if eps is None else eps))
                y = tensors[1][:, None, None] * normal + tensors[2][:, None, None]
                y.backward(torch.tensor(dout.astype(np.float64)))
                extra = () if eps is None else (eps,)
                _, cache = spatial_batchnorm_forward(x, gamma, beta, *extra)
                dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
                what = f"for shape {x.shape}, eps {eps}"
                if n * h * w == 1:
                    check_close(f"dx {what}", dx, np.zeros(x.shape), dtype=dtype)
                else:
                    check_close(f"dx {what}", dx, tensors[0].grad, dtype=dtype)
                check_close(f"dgamma {what}", dgamma, tensors[1].grad, dtype=dtype)
                check_close(f"dbeta {what}", dbeta, tensors[2].grad, dtype=dtype)
                check_unchanged("x", x, before[0])
                check_unchanged("gamma", gamma, before[1])
                check_unchanged("beta", beta, before[2])
                check_unchanged("dout", dout, before[3])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B5. Spatial dropout
#
# Neighbouring pixels of a feature map say nearly the same. Dropping single pixels therefore hides
# little. Spatial dropout drops *whole channels*: each channel of each picture on its own, with
# probability `p`.
#
# As in PyTorch, $p$ is the probability of **dropping**. (Some textbooks call the probability of
# keeping it $p$.) What is kept is multiplied by $1/(1-p)$ during training, so that its expectation
# stays as it was and nothing has to be done in evaluation.


# %% solution="spatial_dropout"
def spatial_dropout(x, p, train, rng):
    """Inverted dropout of whole channels.

    x: (N, C, H, W); p: probability of dropping a channel, 0 ≤ p ≤ 1; train: bool
    rng: np.random.Generator; the same one gives the same result
    Returns (out, mask). In training, mask is (N, C, 1, 1) with the floating dtype of x and holds 0
    or 1/(1-p), drawn independently for each channel of each picture, and out = x * mask. p = 0
    leaves x as it is (mask of ones), p = 1 gives zeros (and no NaN).
    In evaluation (train=False) out equals x and mask is None.
    Raises ValueError when p is outside [0, 1], in both modes.
    """
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in [0, 1], but is {p}")
    x = as_float(x)
    if not train:
        return x, None
    kept = rng.random((*x.shape[:2], 1, 1)) >= p
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = (kept * scale).astype(x.dtype)
    return x * mask, mask
    ### END SOLUTION


# %% test="spatial_dropout" points=3
x = np.arange(1.0, 49.0).reshape(2, 6, 2, 2)
out, mask = spatial_dropout(x, 0.5, True, np.random.default_rng(0))
assert mask is not None, "In training return the mask as well."
check_close("shape of mask", mask.shape, (2, 6, 1, 1), "One number per channel of each picture.")
assert set(np.unique(mask)) <= {0.0, 2.0}, "At p = 0.5 the mask should hold 0 and 1/(1-p) = 2."
check_close("out", out, x * mask, "out should be x * mask.", dtype=np.float64)
out, mask = spatial_dropout(x, 0.5, False, np.random.default_rng(0))
check_close("out in evaluation", out, x)
assert mask is None, "In evaluation the mask is None."
check_numpy_only(spatial_dropout)
passed("spatial_dropout")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(27)
    for dtype in (np.float64, np.float32):
        for p in (0.3, 0.8):
            n, c = 300, 40
            x = rng.normal(3, 1, size=(c, n, 1, 2)).astype(dtype).swapaxes(0, 1)
            before = x.copy()
            out, mask = spatial_dropout(x, p, True, np.random.default_rng(5))
            mask = as_array("mask", mask)
            check_close("shape of mask", mask.shape, (n, c, 1, 1))
            kept = mask[:, :, 0, 0] > 0
            expected = np.where(kept, 1 / (1 - p), 0.0)[:, :, None, None]
            check_close("mask", mask, expected, "It holds 0 or 1/(1-p).", dtype=dtype)
            check_close("out", out, before * expected, dtype=dtype)
            check_unchanged("x", x, before)
            share, error = kept.mean(), np.sqrt(p * (1 - p) / (n * c))
            assert abs(share - (1 - p)) < 6 * error, (
                f"At p = {p} a share of {share:.3f} is kept; p is the probability of dropping."
            )
            spread = p * (1 - p)
            for axis, size, what in ((1, c, "channels of a picture"), (0, n, "pictures")):
                ratio = kept.sum(axis).var() / (size * spread)
                count = kept.shape[1 - axis]
                assert abs(ratio - 1) < 8 * np.sqrt(2 / count), (
                    f"The {what} are not dropped independently of each other."
                )
            again, _ = spatial_dropout(x, p, True, np.random.default_rng(5))
            other, _ = spatial_dropout(x, p, True, np.random.default_rng(6))
            assert np.array_equal(as_array("out", again), as_array("out", out)), (
                "The same rng should give the same result."
            )
            assert not np.array_equal(as_array("out", other), as_array("out", out)), (
                "Another rng should give another result."
            )
        x = rng.normal(size=(3, 4, 5, 2)).astype(dtype)[..., ::-1]
        before = x.copy()
        out, mask = spatial_dropout(x, 0.0, True, np.random.default_rng(1))
        check_close("out at p = 0", out, x, dtype=dtype)
        check_close("mask at p = 0", mask, np.ones((3, 4, 1, 1)), dtype=dtype)
        out, mask = spatial_dropout(x, 1.0, True, np.random.default_rng(1))
        check_close("out at p = 1", out, np.zeros(x.shape), dtype=dtype)
        check_close("mask at p = 1", mask, np.zeros((3, 4, 1, 1)), dtype=dtype)
        for p in (0.0, 0.4, 1.0):
            out, mask = spatial_dropout(x, p, False, np.random.default_rng(1))
            check_close("out in evaluation", out, x, dtype=dtype)
            assert mask is None, "In evaluation the mask is None."
        check_unchanged("x", x, before)
    whole = np.arange(1, 25).reshape(2, 3, 2, 2)
    out, mask = spatial_dropout(whole, 0.5, True, np.random.default_rng(4))
    check_close("out of integers", out, whole * as_array("mask", mask), dtype=np.float64)
    assert set(np.unique(mask)) <= {0.0, 2.0}, "At p = 0.5 the mask should hold 0 and 2."
    for p in (-0.1, 1.5):
        for train in (True, False):
            check_raises(
                ValueError,
                lambda p=p, train=train: spatial_dropout(
                    np.ones((1, 2, 2, 2)), p, train, np.random.default_rng(0)
                ),
                f"p = {p} is no probability: raise ValueError when train is {train}.",
            )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B6. A fast convolution
#
# Your first convolution is clear but slow: Python itself steps from pixel to pixel. NumPy is fast
# when it gets one large operation instead of many small ones. Two well-known ways to get there:
#
# - *im2col*: copy all windows into one matrix with a row for each output pixel, and multiply it by
#   the filters, flattened to a matrix as well.
# - *strided windows*: `np.lib.stride_tricks.sliding_window_view` shows all windows without copying
#   them. Then sum over three axes at once (`np.tensordot`, `np.einsum` with `optimize=True`).
#
# Write the same function as `conv2d_forward`, without the cache, and with no Python loop over
# pixels. The test times it on a (16, 16, 32, 32) batch with 32 filters of $3\times 3$, beside plain
# loops over $n, f, i, j$ measured in the same moment. Yours should be at least 8 times as fast. Good
# solutions reach 50 to 350 times.


# %% solution="fast_conv2d"
def fast_conv2d(x, w, b, stride=1, padding=0):
    """Convolution layer (not flipped), vectorised.

    x: (N, C, H, W); w: (F, C, kh, kw); b: (F,); stride, padding: ints
    Returns y, (N, F, H', W'), as conv2d_forward does (same values, same dtype).
    """
    ### BEGIN SOLUTION
    x = as_float(x)
    edges = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), edges, edges))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    y = np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])) + b
    return y.transpose(0, 3, 1, 2)
    ### END SOLUTION


# %% test="fast_conv2d" points=5
import time

x = np.arange(16.0).reshape(1, 1, 4, 4)
w = np.array([[[[1.0, 0.0], [0.0, 2.0]]]])
y = fast_conv2d(x, w, np.array([0.5]))
expected = [[[[10.5, 13.5, 16.5], [22.5, 25.5, 28.5], [34.5, 37.5, 40.5]]]]
check_close("y", y, expected, "It should equal conv2d_forward.", dtype=np.float64)


def slow_conv2d(x, w, b):
    """Four plain loops, the yardstick."""
    kh, kw = w.shape[2:]
    y = np.zeros((len(x), len(w), x.shape[2] - kh + 1, x.shape[3] - kw + 1))
    for n in range(y.shape[0]):
        for f in range(y.shape[1]):
            for i in range(y.shape[2]):
                for j in range(y.shape[3]):
                    y[n, f, i, j] = np.sum(x[n, :, i : i + kh, j : j + kw] * w[f]) + b[f]
    return y


rng = np.random.default_rng(0)
w, b = rng.normal(size=(32, 16, 3, 3)), rng.normal(size=32)
best = 0.0
for _ in range(5):
    x = rng.normal(size=(16, 16, 32, 32))
    # A busy machine stretches seconds on the clock, and idle threads those of the processor: the
    # smaller counts for you. Clocks of processor time may tick only every 0.01 s.
    clock, processor = time.perf_counter(), time.process_time()
    y = fast_conv2d(x, w, b)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    fast = min(clock, max(processor, 0.01))
    processor = time.process_time()
    part = slow_conv2d(x[:2], w[:8], b[:8])  # 2 of 16 pictures, 8 of 32 filters: 1/32 of the work
    slow = 32 * (time.process_time() - processor)
    if slow / fast > best:
        best = slow / fast
        told = f"loops {slow:.2f} s, yours {fast:.4f} s: {best:.1f} times as fast"
    if best >= 8 or best < 2:  # clear enough
        break
check_close("y of the large batch", as_array("y", y)[:2, :8], part, "It should equal the loops.")
print(told)
assert best >= 8, (
    f"fast_conv2d should be at least 8 times as fast as plain loops. Measured: {told}."
)
check_numpy_only(fast_conv2d)
passed("fast_conv2d")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(28)
    for n, c, f, (h, wd), (kh, kw), stride, padding in [
        (1, 1, 1, (1, 1), (1, 1), 1, 0),
        (2, 3, 4, (5, 7), (3, 3), 1, 1),
        (3, 2, 5, (6, 9), (3, 2), 2, 0),
        (1, 4, 2, (8, 5), (2, 4), 3, 1),
        (2, 1, 3, (7, 7), (5, 5), 2, 2),
        (2, 2, 1, (3, 4), (1, 3), 1, 2),
        (1, 3, 2, (4, 4), (4, 4), 1, 0),
    ]:
        for dtype in (np.float64, np.float32):
            x = rng.normal(size=(n, 2 * c, wd, h)).astype(dtype)[:, ::2].transpose(0, 1, 3, 2)
            w = rng.normal(size=(c, f, kh, kw)).astype(dtype).swapaxes(0, 1)
            b = rng.normal(size=2 * f).astype(dtype)[::-2]
            before = x.copy(), w.copy(), b.copy()
            expected = torch.nn.functional.conv2d(
                *(torch.tensor(a.astype(np.float64)) for a in before),
                stride=stride,
                padding=padding,
            )
            what = f"y at stride {stride}, padding {padding}, kernel {kh} × {kw}"
            check_close(what, fast_conv2d(x, w, b, stride, padding), expected, dtype=dtype)
            check_unchanged("x", x, before[0])
            check_unchanged("w", w, before[1])
            check_unchanged("b", b, before[2])
    x, w, b = rng.integers(-9, 9, (2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    for dtype in (np.float64, np.int64):
        inputs = x, (9 * w).astype(dtype), (9 * b).astype(dtype)
        expected = torch.nn.functional.conv2d(*(torch.tensor(a.astype(float)) for a in inputs))
        y = fast_conv2d(*inputs)
        check_close("y of integers", y, expected, "Integers count as float64.", dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# How do the three compare on your machine? The next cell times your two convolutions and PyTorch's
# on growing pictures.

# %% tags=["experiment"]
import time


def best_time(call, repeats=3):
    """Shortest of a few runs of `call`, in milliseconds."""
    spans = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spans.append(time.perf_counter() - start)
    return 1000 * min(spans)


def show_speed(sides):
    """Time of one convolution layer against the side of the picture."""
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(16, 8, 3, 3)), np.zeros(16)
    ways = {
        "conv2d_forward": lambda x: conv2d_forward(x, w, b),
        "fast_conv2d": lambda x: fast_conv2d(x, w, b),
        "PyTorch": lambda x: nn.functional.conv2d(*map(torch.from_numpy, (x, w, b))),
    }
    pictures = [rng.normal(size=(4, 8, side, side)) for side in sides]
    _, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for name, way in ways.items():
        spans = [best_time(lambda way=way, x=x: way(x)) for x in pictures]
        ax.plot(sides, spans, "o-", label=name)
    ax.set(xscale="log", yscale="log", xlabel="side of the picture (pixels)", ylabel="time (ms)")
    ax.set_xticks(sides, [str(side) for side in sides])
    ax.minorticks_off()
    ax.set_title("4 pictures, 8 channels, 16 filters of 3 × 3")
    ax.legend()
    plt.show()


show_speed([8, 16, 32, 64, 96] if SCALE == "full" else [8, 16])

# %% [markdown]
# *What to see.* All three do the same arithmetic. On small pictures most of the time goes into
# starting each operation, on large ones into the arithmetic itself.
#
# ## Part C · A network in PyTorch
#
# ### C1. The network
#
# Now PyTorch does the backward passes, and you design. Write a small convolutional classifier. A
# plan that works: a few blocks of convolution, (batch normalization,) ReLU and pooling, with more
# channels in each block, then a layer that brings feature maps of any size to a fixed one
# (`nn.AdaptiveMaxPool2d`, `nn.AdaptiveAvgPool2d`), (dropout) and a linear layer.
#
# What it must do:
#
# - It takes pictures with `in_channels` channels and *any* height and width from 8 up, and returns
#   logits (N, classes): real numbers of either sign, no softmax.
# - It has convolution layers (with kernels larger than $1\times 1$).
# - With `dropout > 0` two passes over the same batch in training mode differ. With `dropout = 0`
#   they agree. (`dropout` is the probability of dropping.)
# - With `batchnorm=True` the logits of a picture in training mode depend on the other pictures of
#   its batch. With `batchnorm=False` (and no dropout) they do not.
# - In evaluation mode the result is deterministic, and each picture's logits are its own, whatever
#   stands beside it in the batch.
# - It learns: `train_classifier` below must bring it to 95 % on unseen small digits in five epochs
#   (batches of 32, rate 2e-3; the test halves the digits to 14 × 14).


# %% solution="ConvNet"
class ConvNet(nn.Module):
    """A convolutional classifier for pictures of any size from 8 × 8 up.

    in_channels: channels of the pictures; classes: number of classes
    dropout: probability of dropping, 0 for none; batchnorm: whether to use batch normalization
    """

    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        """Make the layers."""
        super().__init__()
        ### BEGIN SOLUTION
        layers, width = [], in_channels
        for channels in (16, 32, 64):
            layers.append(nn.Conv2d(width, channels, 3, padding=1))
            if batchnorm:
                layers.append(nn.BatchNorm2d(channels))
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            width = channels
        layers += [nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(4 * width, classes))
        ### END SOLUTION

    def forward(self, x):
        """Logits (N, classes), float32, of pictures x (N, in_channels, H, W), float32."""
        ### BEGIN SOLUTION
        return self.layers(x)
        ### END SOLUTION


# %% test="ConvNet" points=5
model = ConvNet(1, 10)
model.eval()
pictures = torch.rand((4, 1, 28, 28), generator=torch.Generator().manual_seed(0))
logits = as_array("logits", model(pictures))
check_close("shape of the logits", logits.shape, (4, 10), "One row of logits for each picture.")
alone = as_array("logits", model(pictures[:1]))
check_close(
    "logits of the first picture alone",
    alone,
    logits[:1],
    "In evaluation mode the other pictures of the batch must not matter.",
    rtol=1e-3,
    atol=1e-4,
)
passed("ConvNet")


### BEGIN HIDDEN TESTS
def hidden_tests():
    generator = torch.Generator().manual_seed(31)

    def some_pictures(*shape):
        return torch.randn(shape, generator=generator)

    def shaken(*arguments, **settings):
        """A network with random changes to its weights, so that no zero weight hides a layer."""
        model = ConvNet(*arguments, **settings)
        model.eval()
        model(some_pictures(2, arguments[0], 16, 16))
        state = {
            name: value + 0.05 * some_pictures(*value.shape)
            if value.is_floating_point() and value.ndim >= 2
            else value.clone()
            for name, value in model.state_dict().items()
        }
        model.load_state_dict(state)
        return model

    def far_apart(a, b):
        """Largest difference between two results, relative to their size."""
        a, b = as_array("logits", a).astype(float), as_array("logits", b).astype(float)
        assert np.isfinite(a).all() and np.isfinite(b).all(), "The logits hold NaN or infinity."
        return np.abs(a - b).max() / (1e-12 + np.abs(a).max())

    for in_channels, classes, height, width in [
        (1, 10, 8, 8),
        (3, 5, 32, 32),
        (2, 3, 9, 21),
        (4, 2, 40, 8),
        (1, 7, 8, 15),
        (1, 4, 14, 11),
    ]:
        model = ConvNet(in_channels, classes)
        model.eval()
        for count in (3, 1):
            logits = as_array("logits", model(some_pictures(count, in_channels, height, width)))
            check_close(f"logits for {height} × {width}", logits.shape, (count, classes))
            assert logits.dtype == np.float32, "float32 pictures should give float32 logits."
        model.train()
        logits = as_array("logits", model(some_pictures(2, in_channels, height, width)))
        check_close(f"logits in training for {height} × {width}", logits.shape, (2, classes))

    shapes = [tuple(value.shape) for value in model.state_dict().values()]
    assert any(len(shape) == 4 and max(shape[2:]) > 1 for shape in shapes), (
        "There is no convolution layer with a kernel larger than 1 × 1."
    )

    lowest, sums = 0.0, []
    for dropout in (0.0, 0.2, 0.6):
        for batchnorm in (False, True):
            what = f"dropout={dropout}, batchnorm={batchnorm}"
            if dropout == 0 and batchnorm:
                model = shaken(2, 6)
            else:
                model = shaken(2, 6, dropout=dropout, batchnorm=batchnorm)
            x = some_pictures(8, 2, 12, 17)
            model.train()
            one, two = as_array("logits", model(x)), as_array("logits", model(x))
            if dropout == 0:
                assert far_apart(one, two) < 1e-3, f"{what}: two training passes should agree."
                others = torch.cat([x[:1], 3 * some_pictures(7, 2, 12, 17) + 1])
                moved = far_apart(one[:1], as_array("logits", model(others))[:1])
                if batchnorm:
                    assert moved > 1e-4, (
                        f"{what}: in training a picture's companions should matter."
                    )
                else:
                    assert moved < 1e-3, f"{what}: a picture's companions should not matter."
                assert far_apart(one[:1], one[1:2]) > 1e-6, f"{what}: all pictures get one answer."
            else:
                assert far_apart(one, two) > 1e-5, f"{what}: two training passes should differ."
            model.eval()
            logits = as_array("logits", model(x))
            assert far_apart(logits, model(x)) < 1e-3, (
                f"{what}: evaluation should be deterministic."
            )
            for i in (0, 5):
                apart = far_apart(logits[i : i + 1], model(x[i : i + 1]))
                assert apart < 1e-3, f"{what}: in evaluation a picture's companions matter."
            assert far_apart(logits[:1], logits[1:2]) > 1e-6, (
                f"{what}: all pictures get one answer."
            )
            lowest = min(lowest, logits.min())
            sums.append(np.abs(logits.sum(1) - 1).max())
    assert lowest < 0, "Logits are real numbers of either sign: end with a linear layer."
    assert max(sums) > 1e-3, "Every row sums to 1: return logits, not probabilities."
    model = shaken(2, 6, 0.5, False)
    model.train()
    assert far_apart(model(x), model(x)) > 1e-5, "The third argument is the dropout probability."
    model = shaken(2, 6, 0.0, False)
    model.train()
    others = torch.cat([x[:1], 3 * some_pictures(7, 2, 12, 17) + 1])
    moved = far_apart(as_array("logits", model(x))[:1], as_array("logits", model(others))[:1])
    assert moved < 1e-3, "The fourth argument switches batch normalization off."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C2. Training
#
# Write the training loop. For each epoch: visit the pictures in a *fresh* random order, in batches
# of `batch_size`, the last short batch included. For each batch: logits, mean cross-entropy,
# gradients, one step of Adam with rate `lr` (everything else at PyTorch's defaults).
#
# `losses[e]` is the mean of the cross-entropy over all the *pictures* of epoch `e`, as they were
# seen in training, each with the weights of its own moment. Mind that a short batch counts less
# than a full one.
#
# **Reproducible, and tidy.** The same weights and the same `seed` must give the same losses, even
# with dropout, which draws from torch's global random numbers. So seed them, but inside
# `with torch.random.fork_rng():`, which puts the global state back as it was. At the end leave the
# model in evaluation mode.


# %% solution="train_classifier"
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    """Train `model` in place with Adam and cross-entropy.

    model: an nn.Module that maps (n, C, H, W) to logits (n, classes); left in evaluation mode
    images: float32 tensor (N, C, H, W); labels: int64 tensor (N,); both stay as they are
    epochs, batch_size: ints; lr: float; seed: int, fixes the order of the pictures and dropout
    Returns the list of `epochs` floats: mean training loss per picture in each epoch.
    Torch's global random state is as before afterwards.
    """
    ### BEGIN SOLUTION
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(epochs):
            total = 0.0
            for batch in torch.randperm(len(images)).split(batch_size):
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses
    ### END SOLUTION


# %% test="train_classifier" points=5
images = torch.rand((12, 1, 8, 8), generator=torch.Generator().manual_seed(1))
labels = torch.arange(12) % 3
model = ConvNet(1, 3)
model.train()
with torch.no_grad():
    expected = nn.functional.cross_entropy(model(images), labels).item()
losses = train_classifier(model, images, labels, 12, 12, 3e-3, 0)
assert losses is not None, "train_classifier returns None: return the losses."
check_close("number of losses", len(losses), 12, "One loss for each epoch.")
check_close(
    "the first loss of one full batch",
    as_array("losses", losses)[0],
    expected,
    "Average the loss over the pictures, in training mode, before the step.",
    rtol=1e-3,
)
assert losses[-1] < losses[0], "The loss does not fall: does every batch take a step?"
passed("train_classifier")


### BEGIN HIDDEN TESTS
def hidden_tests():
    generator = torch.Generator().manual_seed(32)

    def network(*arguments, **settings):
        """A ConvNet that has seen two pictures, so that lazy layers have their weights."""
        model = ConvNet(*arguments, **settings)
        model.eval()
        model(torch.zeros(2, arguments[0], 14, 14))
        return model

    def parameters_of(model):
        """A copy of the state of a network."""
        return {name: value.clone() for name, value in model.state_dict().items()}

    def furthest(model, start):
        """Largest change of a weight since `start`."""
        now = model.state_dict()
        floats = [name for name, value in start.items() if value.is_floating_point()]
        return max((now[name] - start[name]).abs().max().item() for name in floats)

    def stretched(model, factor):
        """`model` with every weight tensor multiplied by `factor`."""
        state = {
            name: value * factor if value.is_floating_point() and value.ndim >= 2 else value.clone()
            for name, value in model.state_dict().items()
        }
        model.load_state_dict(state)
        return model

    def mean_loss(model, images, labels):
        """Cross-entropy per picture in training mode."""
        model.train()
        logits = torch.tensor(as_array("logits", model(images)))
        return nn.functional.cross_entropy(logits, labels).item()

    # The bundled digits, at half size to save time; a second try guards against an unlucky start.
    digits_x, digits_y, unseen_x, unseen_y = load_images("smoke")
    digits_x = nn.functional.avg_pool2d(digits_x, 2)
    unseen_x = nn.functional.avg_pool2d(unseen_x, 2)
    before = digits_x.clone(), digits_y.clone()
    best = 0.0
    for seed in (0, 1):
        model = network(1, 10)
        state = torch.random.get_rng_state()
        losses = train_classifier(model, digits_x, digits_y, 5, 32, 2e-3, seed)
        assert torch.equal(state, torch.random.get_rng_state()), (
            "torch's global random state has changed: use torch.random.fork_rng()."
        )
        losses = as_array("losses", losses)
        check_close("number of losses", losses.shape, (5,))
        assert np.isfinite(losses).all(), "The losses hold NaN or infinity."
        assert losses[-1] < losses[1] < losses[0] and losses[-1] < losses[0] / 2, (
            f"The losses on the digits should fall to less than half, not {np.round(losses, 3)}."
        )
        logits = as_array("logits", model(unseen_x))
        best = max(best, float((logits.argmax(1) == unseen_y.numpy()).mean()))
        if best >= 0.95:
            break
    assert best >= 0.95, f"After 5 epochs {best:.1%} of unseen digits are right, not 95 %."
    check_unchanged("images", digits_x, before[0])
    check_unchanged("labels", digits_y, before[1])

    # Losses are means over pictures, short last batch included, whatever the order.
    for seed in range(3):
        images = 2 * torch.randn((9, 2, 8, 10), generator=generator)
        labels = torch.randint(0, 4, (9,), generator=generator)
        model = stretched(network(2, 4, batchnorm=False), 3)
        expected = mean_loss(model, images, labels)
        model.eval()
        losses = train_classifier(model, images, labels, 2, 4, 1e-12, seed)
        check_close("losses of a model that stands still", losses, [expected] * 2, rtol=1e-3)

    # Training mode, a fresh order in every epoch, another order for another seed.
    images = torch.randn((14, 1, 8, 8), generator=generator)
    labels = torch.randint(0, 5, (14,), generator=generator)
    model = network(1, 5)
    expected = mean_loss(model, images, labels)
    model.eval()
    losses = train_classifier(model, images, labels, 1, 14, 1e-12, 0)
    check_close("loss of one batch in training mode", losses, [expected], rtol=1e-3)
    losses = as_array("losses", train_classifier(model, images, labels, 4, 4, 1e-12, 0))
    assert np.ptp(losses) > 1e-5, "Every epoch has the same batches: shuffle in each epoch."
    again = as_array("losses", train_classifier(model, images, labels, 4, 4, 1e-12, 0))
    check_close("losses with the same seed", again, losses, rtol=1e-3)
    other = as_array("losses", train_classifier(model, images, labels, 4, 4, 1e-12, 1))
    assert np.abs(other - losses).max() > 1e-5, "Another seed should give another order."

    # One step of Adam moves a weight by the rate; identical pictures let the steps add up.
    for lr in (1e-3, 3e-3):
        model = stretched(network(1, 5, batchnorm=False), 4)
        start = parameters_of(model)
        train_classifier(model, images, labels, 1, 16, lr, 0)
        size = furthest(model, start) / lr
        assert 0.99 < size < 1.004, f"One step moves a weight by up to {size:.3f} lr; Adam: 1."
    model = network(1, 5, batchnorm=False)
    start = parameters_of(model)
    train_classifier(model, images[:1].repeat(10, 1, 1, 1), labels[:1].repeat(10), 2, 4, 1e-4, 0)
    size = furthest(model, start) / 1e-4
    assert 5.5 < size < 6.4, (
        f"Two epochs of 10 equal pictures in batches of 4 are 6 steps of Adam, but a weight moved by"
        f" {size:.2f} lr: is the last short batch kept, and is it Adam?"
    )

    # The same weights and seed give the same losses, whatever was done in between.
    model = network(1, 5, dropout=0.5)
    start = parameters_of(model)
    first = as_array("losses", train_classifier(model, images, labels, 4, 5, 3e-3, 7))
    logits = as_array("logits", model(images))
    check_close(
        "logits after training", model(images), logits, "Leave it in evaluation mode.", rtol=1e-3
    )
    check_close("logits of one picture", model(images[:1]), logits[:1], rtol=1e-3, atol=1e-4)
    one = parameters_of(network(1, 5))
    model.load_state_dict(start)
    train_classifier(model, images.flip(0) * 3, labels, 2, 7, 3e-3, 8)
    model.load_state_dict(start)
    second = as_array("losses", train_classifier(model, images, labels, 4, 5, 3e-3, 7))
    check_close(
        "losses of the same weights and seed",
        second,
        first,
        "Seed dropout too, and let no gradient of an earlier call be left.",
        rtol=1e-3,
    )
    two = parameters_of(network(1, 5))
    same = all(torch.equal(one[name], two[name]) for name in one)
    assert not same, "torch's global random state is left seeded: use torch.random.fork_rng()."
    model.load_state_dict(start)
    third = as_array("losses", train_classifier(model, images, labels, 4, 5, 3e-3, 9))
    assert np.abs(third - first).max() > 1e-4, "Another seed should give other losses."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C3. Experiments
#
# Now train for real. `DATASET` in the next cell chooses the pictures. MNIST is fine on a CPU: to 99 %
# on the test set in a minute or two. Where a GPU is at hand (on Colab: *Runtime → Change runtime
# type*), set it to `"cifar10"` for small colour photographs, which are far harder.

# %% tags=["experiment"]
import time

DATASET = "mnist"  # or "cifar10", where a GPU is at hand

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DIGITS = [str(digit) for digit in range(10)]
CIFAR_CLASSES = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
# few: training pictures in the comparisons; checkpoints: epochs after which accuracy is measured;
# held_out: pictures for validation; phases: (epochs, lr) of the long run, one after the other.
SIZES = {
    "smoke": {"few": 100, "checkpoints": (1, 2), "held_out": 200, "phases": [(1, 3e-3)]},
    "mnist": {
        "few": 1000,
        "checkpoints": (1, 2, 4, 8, 16),
        "held_out": 5000,
        "phases": [(2, 2e-3), (1, 4e-4)],
    },
    "cifar10": {
        "few": 10000,
        "checkpoints": (1, 2, 4, 8, 16, 32),
        "held_out": 5000,
        "phases": [(15, 2e-3), (5, 4e-4)],
    },
}
SIZE = SIZES[DATASET if SCALE == "full" else "smoke"]


def load_cifar10(train):
    """CIFAR-10: images (N, 3, 32, 32) float32 in [0, 1], labels (N,) int64; N = 50,000 or 10,000.

    Raises RuntimeError when the files are neither in COURSE_DATA nor to be downloaded.
    """
    from torchvision.datasets import CIFAR10

    folder = os.environ.get("COURSE_DATA", "data")
    try:
        data = CIFAR10(folder, train=train, download=True)
    except Exception as error:
        raise RuntimeError(
            f"CIFAR-10 is not in {folder!r} and could not be downloaded ({error}). Set COURSE_DATA"
            ' to a folder that holds cifar-10-batches-py, or set DATASET = "mnist".'
        ) from None
    images = torch.from_numpy(data.data).permute(0, 3, 1, 2).float() / 255
    return images.contiguous(), torch.tensor(data.targets)


def load_pictures():
    """Pictures and labels on DEVICE: training, validation and test, and the names of the classes."""
    if SCALE == "full" and DATASET == "cifar10":
        data, names = (*load_cifar10(True), *load_cifar10(False)), CIFAR_CLASSES
        if DEVICE.type == "cpu":
            print("CIFAR-10 without a GPU takes half an hour or more.")
    else:
        data, names = load_images(SCALE), DIGITS
    x, y, test_x, test_y = (part.to(DEVICE) for part in data)
    if SCALE == "smoke":  # half the size, to save time
        x, test_x = nn.functional.avg_pool2d(x, 2), nn.functional.avg_pool2d(test_x, 2)
    held_out = SIZE["held_out"]
    training, validation = (x[:-held_out], y[:-held_out]), (x[-held_out:], y[-held_out:])
    return training, validation, (test_x, test_y), names


training, validation, testing, class_names = load_pictures()
print(f"Device: {DEVICE}. Pictures of shape {tuple(training[0].shape[1:])}.")
print(f"{len(training[0]):,} to train on, {len(validation[0]):,} for validation, ", end="")
print(f"{len(testing[0]):,} to test on.")

# %% [markdown]
# **Dropout and batch normalization.** Four networks, with and without each, learn from few training
# pictures, so that there is something to overfit. The next cell measures how many of the training
# pictures and of the validation pictures each gets right after 1, 2, 4, … epochs, in evaluation
# mode. It trains from the same first weights each time. Since your `train_classifier` repeats
# itself for the same weights and seed, a run of 8 epochs is the run of 4 epochs, continued.


# %% tags=["experiment"]
def predict(model, images):
    """Most likely class of each picture; the model should be in evaluation mode."""
    with torch.no_grad():
        return torch.cat([model(batch).argmax(1) for batch in images.split(1000)])


def accuracy(model, images, labels):
    """Share of pictures that the model gets right."""
    return (predict(model, images) == labels).float().mean().item()


def new_network(seed=0, **settings):
    """Your ConvNet for the pictures at hand, from fixed random weights."""
    set_seed(seed)
    return ConvNet(training[0].shape[1], len(class_names), **settings).to(DEVICE)


def training_curves(model, name, lr=1e-3, checkpoints=SIZE["checkpoints"]):
    """Train on few pictures; the loss of each epoch, and two accuracies at the checkpoints."""
    images, labels = training[0][: SIZE["few"]], training[1][: SIZE["few"]]
    start = {key: value.clone() for key, value in model.state_dict().items()}
    curves = {"loss": [], "training": [], "validation": []}
    for epochs in tqdm(checkpoints, desc=name, leave=False):
        model.load_state_dict(start)
        curves["loss"] = list(train_classifier(model, images, labels, epochs, 32, lr, 0))
        curves["training"].append(accuracy(model, images, labels))
        curves["validation"].append(accuracy(model, *validation))
    return curves


def show_curves(runs, checkpoints=SIZE["checkpoints"]):
    """Loss, and both accuracies, against the epoch, one colour a network."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    for name, curves in runs.items():
        axes[0].plot(range(1, checkpoints[-1] + 1), curves["loss"], "o-", ms=3)
        axes[1].plot(checkpoints, [100 * share for share in curves["training"]], "o-", ms=4)
        shares = [100 * share for share in curves["validation"]]
        axes[2].plot(checkpoints, shares, "o-", ms=4, label=name)
    labels = ["training loss, as seen (nats)", "training accuracy (%)", "validation accuracy (%)"]
    for ax, label in zip(axes, labels, strict=True):
        ax.set(xlabel="epoch", ylabel=label, xscale="log")
        ax.set_xticks(checkpoints, [str(epoch) for epoch in checkpoints])
        ax.minorticks_off()
    low = 100 * min(min(c["training"][1:] + c["validation"][1:]) for c in runs.values())
    for ax in axes[1:]:
        ax.set_ylim(low - 1, 100.5)
    axes[2].legend()
    figure.suptitle(f"Four networks on {SIZE['few']:,} training pictures")
    plt.show()


runs = {}
for dropout in (0.0, 0.5):
    for batchnorm in (False, True):
        name = f"dropout {dropout:g}, {'with' if batchnorm else 'no'} BN"
        network = new_network(dropout=dropout, batchnorm=batchnorm)
        runs[name] = training_curves(network, name)
show_curves(runs)
print(f"{'last epoch':24}{'loss':>8}{'training':>12}{'validation':>12}{'gap':>8}")
for name, curves in runs.items():
    loss, seen, unseen = (curves[key][-1] for key in ("loss", "training", "validation"))
    print(f"{name:24}{loss:8.4f}{seen:12.2%}{unseen:12.2%}{seen - unseen:8.2%}")

# %% [markdown]
# *What to see.* Compare networks in pairs that differ in one thing only. The loss on the left is
# measured *during* training, with dropout at work. The accuracies are measured afterwards, without
# it. (The epochs are on a logarithmic axis, and the accuracy axes begin at the worst value after
# the second epoch.)
#
# ### C4. Written: what dropout does (3 points)
#
# Look at the pairs with and without dropout in your figure and table.
#
# 1. Which of the two has the higher training loss, and why is that no sign of a worse network?
# 2. What happens to the gap between training and validation accuracy? Quote your numbers, and say
#    whether the difference is larger than what chance explains. (An accuracy $a$ measured on $n$
#    pictures has a standard error of about $\sqrt{a(1-a)/n}$.)
# 3. What does batch normalization change, and when in training do you see it?

# %% [markdown] answer="dropout_effect" points=3
# Measured with the reference network on 1,000 MNIST pictures after 16 epochs (loss; training and
# validation accuracy): no dropout, no BN 0.024; 99.9 %, 95.5 %. No dropout, BN 0.008; 100 %, 96.7 %.
# Dropout ½, no BN 0.172; 98.7 %, 94.6 %. Dropout ½, BN 0.126; 99.6 %, 95.1 %.
#
# 1. The networks with dropout have the higher training loss (0.172 against 0.024 and 0.126 against
#    0.008). It is measured while half the features are missing, that is, for a thinned network. The
#    whole network, which is used afterwards, is much better: 98.7 % and 99.6 % of the same pictures
#    are right.
# 2. The gap: 4.4 and 3.3 points without dropout, 4.1 and 4.5 points with it. The standard error of a
#    validation accuracy of 95 % on 5,000 pictures is 0.3 points. So without BN the gap has not
#    changed measurably. With BN validation is 1.7 points lower with dropout, which is more than the
#    validation pictures explain, but it is one run each and the curves move by a point or two from
#    one checkpoint to the next. In this experiment dropout does not help: the network is small, and
#    with dropout it learns more slowly and is not finished after 16 epochs.
# 3. Batch normalization speeds up the beginning: after 2 epochs 90 % against 63 % of the validation
#    pictures are right (no dropout). At the end the difference is about one point.
#
# (Other networks give other numbers. An answer that finds that dropout helps is as good where the
# student's own numbers say so.)
#
# - **1 point**: higher loss with dropout, because it is measured with units missing.
# - **1 point**: the gap, with the student's own numbers, weighed against the standard error.
# - **1 point**: batch normalization speeds up the beginning (or whatever the student's curves
#   show), with the epoch or the number that shows it.

# %% [markdown]
# **All the data.** One longer run on all training pictures, with a smaller rate at the end. The test
# pictures are used once, at the end.


# %% tags=["experiment"]
def long_run():
    """A ConvNet trained on all training pictures, and the seconds that took."""
    model = new_network(dropout=0.25)
    start = time.perf_counter()
    for epochs, lr in SIZE["phases"]:
        for epoch in tqdm(range(epochs), desc=f"lr {lr:g}", leave=False):
            [loss] = train_classifier(model, *training, 1, 64, lr, epoch)
            right = accuracy(model, *validation)
            print(f"lr {lr:g}, epoch {epoch + 1}: loss {loss:.4f}, validation {right:.2%}")
    return model, time.perf_counter() - start


best_model, duration = long_run()
print(f"Test accuracy {accuracy(best_model, *testing):.2%} after {duration:.0f} s of training.")


def show_confusion(model, images, labels):
    """Counts of true class against predicted class; mistakes are coloured by how often they occur."""
    counts = np.zeros((len(class_names),) * 2, dtype=int)
    np.add.at(counts, (labels.cpu().numpy(), predict(model, images).cpu().numpy()), 1)
    mistakes = counts - np.diag(np.diag(counts))
    figure, ax = plt.subplots(figsize=(6.2, 5.4), layout="constrained")
    image = ax.imshow(mistakes, cmap="Oranges")
    for true, guess in np.ndindex(*counts.shape):
        if counts[true, guess]:
            weight = "bold" if true == guess else "normal"
            dark = mistakes[true, guess] > 0.7 * max(1, mistakes.max())
            color = "white" if dark else "black"
            text = str(counts[true, guess])
            ax.text(guess, true, text, ha="center", va="center", color=color, weight=weight, size=8)
    ax.set(xlabel="predicted class", ylabel="true class", title="Confusion matrix, test pictures")
    ax.set_xticks(range(len(class_names)), class_names, rotation=45 * (class_names != DIGITS))
    ax.set_yticks(range(len(class_names)), class_names)
    ax.grid(False)
    figure.colorbar(image, ax=ax, shrink=0.8, label="mistakes (pictures)")
    plt.show()


show_confusion(best_model, *testing)

# %% [markdown]
# *What to see.* Right answers stand on the diagonal in bold, left white. The colour shows the mistakes
# only, so the classes that get confused stand out.
#
# What did the network learn in its first layer? The next figure shows those filters and what they
# answer on one test picture. Your `fast_conv2d` computes the answers.


# %% tags=["experiment"]
def show_learned_filters(model, picture, count=7):
    """The first filters of the first layer (top) and their answers on one picture (bottom)."""
    weights = next(v for v in model.state_dict().values() if v.ndim == 4).cpu().numpy()[:count]
    answers = fast_conv2d(picture[None].cpu().numpy(), weights, np.zeros(len(weights), np.float32))
    figure, axes = plt.subplots(2, len(weights) + 1, figsize=(11, 3.1))
    figure.subplots_adjust(0.01, 0.02, 0.97, 0.84, wspace=0.12, hspace=0.06)
    axes[0, 0].imshow(picture.cpu().permute(1, 2, 0), cmap="gray")
    axes[0, 0].set_title("picture")
    axes[1, 0].axis("off")
    for number, (weight, answer) in enumerate(zip(weights, answers[0], strict=True), 1):
        top, bottom = axes[:, number]
        reach = np.abs(weight).max()
        if weight.shape[0] == 3:
            top.imshow(0.5 + weight.transpose(1, 2, 0) / (2 * reach))
        else:
            top.imshow(weight[0], cmap="RdBu_r", vmin=-reach, vmax=reach)
        reach = np.abs(answer).max()
        bottom.imshow(answer, cmap="RdBu_r", vmin=-reach, vmax=reach)
        top.set_title(f"filter {number}")
    for ax, label in zip(axes[:, -1], ("weights", "answers"), strict=True):
        ax.yaxis.set_label_position("right")
        ax.set_ylabel(label)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
    figure.suptitle("Learned filters of the first layer (red: positive, blue: negative)")
    plt.show()


show_learned_filters(best_model, testing[0][0])

# %% [markdown]
# *What to see.* Compare with your own `edge` and `blur`: some filters answer to strokes in one
# direction or to one side of a stroke, others to brightness as a whole. (On colour pictures the
# filters are shown as small colour patches.) Each panel has its own colour range.
#
# ### C5. Your own design
#
# Now it is your turn to be the researcher. The next cell compares designs on the same few pictures
# and the same epochs. It starts with `ConvNet` and one other network, made of two plain layers.
# Change the cell as you like: add at least two designs of your own. Ideas: wider or deeper, another
# kernel size, strided convolution in place of pooling, depthwise separable layers, a residual
# connection, shifted training pictures, another rate or dropout. A design may be a network, or one
# of these with other settings for training.


# %% tags=["experiment"]
def two_layers(in_channels, classes):
    """A first try: two convolutions that halve the picture, and a linear layer."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(256, classes),
    )


# Each design: a function (in_channels, classes) -> network, and settings for training_curves.
DESIGNS = {
    "two layers": (two_layers, {"lr": 1e-3}),
    "ConvNet": (ConvNet, {"lr": 1e-3}),
}


def compare_designs(designs):
    """Train every design on the same pictures; print a table; return the trained networks."""
    trained, last = {}, {"checkpoints": SIZE["checkpoints"][-1:]}
    print(f"{'design':24}{'parameters':>12}{'seconds':>9}{'training':>10}{'validation':>12}")
    for name, (make, settings) in designs.items():
        set_seed(0)
        network = make(training[0].shape[1], len(class_names)).to(DEVICE)
        start = time.perf_counter()
        curves = training_curves(network, name, **last, **settings)
        seconds = time.perf_counter() - start
        size = sum(values.numel() for values in network.parameters())
        seen, unseen = curves["training"][-1], curves["validation"][-1]
        print(f"{name:24}{size:12,}{seconds:9.1f}{seen:10.2%}{unseen:12.2%}")
        trained[name] = network
    return trained


trained = compare_designs(DESIGNS)

# %% [markdown]
# When you have decided, and only then, look at the test set once.

# %% tags=["experiment"]
CHOSEN = "ConvNet"
print(f"{CHOSEN}: test accuracy {accuracy(trained[CHOSEN], *testing):.2%}")

# %% [markdown]
# *What to see.* Each line of the table above is one design, trained on the same pictures for the
# same number of epochs. Only the last number uses the test set.
#
# ### Written: your own design (7 points)
#
# Report on your comparison in at most a page, so that a fellow student could repeat it:
#
# 1. *Question.* What did you want to find out, and what did you expect before you ran it?
# 2. *Designs.* Describe each network (layers, channels, kernels, strides, number of parameters) and
#    how it was trained (pictures, epochs, batch size, rate). Include a baseline. At least two
#    designs are your own.
# 3. *Results.* One table with training and validation accuracy. Change one thing at a time, or say
#    why you could not.
# 4. *Choice.* Which one did you choose on the validation set, and what does it reach on the test
#    set?
# 5. *Conclusion.* What did you learn, how sure are you (run-to-run differences, standard error), and
#    what would you try next?

# %% [markdown] answer="own_design" points=7
# An example with figures that were measured with the given cell (1,000 MNIST pictures, 16 epochs,
# batches of 32, Adam with rate 1e-3, seed 0):
#
# *Question.* Does the reference `ConvNet` (three blocks of 3 × 3 convolution with 16, 32, 64
# channels, BN, ReLU, 2 × 2 max pooling; adaptive max pooling to 2 × 2; linear) gain more from larger
# kernels or from more channels? Expected: from more channels.
#
# | design | parameters | training | validation |
# |---|---|---|---|
# | two strided layers (given) | 3,818 | 82.0 % | 82.5 % |
# | ConvNet, 3 × 3, 16-32-64 (baseline) | 26,090 | 100.0 % | 96.7 % |
# | the same with 5 × 5 kernels | 67,306 | 100.0 % | 97.3 % |
# | the same with 32-64-128 channels | 98,250 | 100.0 % | 97.3 % |
#
# *Choice.* Twice as wide, by a hair (97.34 % against 97.32 %); test accuracy 96.9 %.
# *Conclusion.* Each of the two changes brings 0.6 points over the baseline. The standard error of one
# accuracy is 0.25 points, that of a difference about 0.35, and other seeds would move it too, so the
# gain is likely but not certain, and between the two designs there is no telling. The larger
# kernels train in half the time of the wider network. Next: three seeds each, and shifted pictures,
# since training accuracy is 100 % and data are what is missing.
#
# - **1 point**: a question and an expectation that was stated before the result.
# - **2 points**: baseline and at least two own designs, each described so that it can be repeated
#   (1 if a part of layers, sizes or training settings is missing).
# - **2 points**: a table with training and validation accuracy of all designs under equal
#   conditions, one change at a time (1 if the comparison mixes several changes without a word).
# - **1 point**: the choice is made on validation, and one test accuracy is reported for it.
# - **1 point**: a conclusion that the numbers carry, with a word on their uncertainty.

# %% [markdown]
# ## Part D · Sets of points
#
# A laser scanner does not return a picture. It returns a *set* of points in space, in no particular
# order, and the same object in another order is the same object. Convolution has nothing to hold
# on to here. What is needed are functions that do not care about the order.
#
# ### D1. A feature of the whole set
#
# The simplest recipe is to treat every point alike and then average. With points $X$ (N, d), one in
# each row, and weights $W$ (d, f):
#
# $$g = \frac1N \sum_{i=1}^{N} \mathrm{ReLU}(x_i W) .$$
#
# Both D1 and D2 are *NumPy* exercises.


# %% solution="global_feature"
def global_feature(X, W):
    """Mean over the points of ReLU(X W).

    X: (N, d), one point in each row; W: (d, f)
    Returns (f,), with the floating dtype of X; the order of the points does not matter.
    """
    ### BEGIN SOLUTION
    return np.maximum(X @ W, 0).mean(axis=0)
    ### END SOLUTION


# %% test="global_feature" points=2
feature = global_feature(np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[1.0, -3.0], [1.0, -1.0]]))
check_close("feature", feature, [0.5, 1.0], "ReLU each point, then average.", dtype=np.float64)
check_numpy_only(global_feature)
passed("global_feature")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(41)
    for n, d, f in [(1, 1, 1), (7, 3, 5), (4, 1, 6), (1, 5, 2), (50, 2, 1)]:
        for dtype in (np.float64, np.float32):
            X = rng.normal(size=(n, 2 * d)).astype(dtype)[:, ::-2]
            W = rng.normal(size=(f, d)).astype(dtype).T
            before = X.copy(), W.copy()
            points, weights = X.astype(np.float64), W.astype(np.float64)
            expected = np.zeros(f)
            for point in points:
                expected += np.where(point @ weights > 0, point @ weights, 0.0) / n
            feature = global_feature(X, W)
            check_close("feature", feature, expected, dtype=dtype)
            shuffled = global_feature(X[rng.permutation(n)], W)
            check_close("feature of the points in another order", shuffled, expected, dtype=dtype)
            check_unchanged("X", X, before[0])
            check_unchanged("W", W, before[1])
    X, W = rng.integers(-4, 5, (6, 3)), rng.integers(-4, 5, (3, 4))
    expected = np.where(X @ W > 0, X @ W, 0).sum(0) / 6
    check_close("feature of integers", global_feature(X, W), expected, dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### D2. Farthest-point sampling
#
# Large sets are thinned out first. *Farthest-point sampling* begins with one given point. Then,
# again and again, it takes the point whose distance to the *nearest* point taken so far is largest.
# You need not compute all distances anew in each round: keep, for every point, the distance to the
# nearest chosen one, and update it with the newest.
#
# Two details. Of several equally far points the one with the lowest index is taken. And an index
# is never taken twice, even when several points stand in the same place, which is when every
# remaining distance may be 0.


# %% solution="farthest_points"
def farthest_points(X, count, start=0):
    """Farthest-point sampling with Euclidean distance.

    X: (N, d), one point in each row; count: how many to take, 1 ≤ count ≤ N; start: first index
    Returns `count` distinct indices (array or list of ints) in the order taken, `start` first; of
    equally far points the lowest index comes first.
    Raises ValueError when count is larger than N.
    """
    ### BEGIN SOLUTION
    X = as_float(X)
    if count > len(X):
        raise ValueError(f"count is {count}, but there are only {len(X)} points")
    nearest = np.full(len(X), np.inf)
    chosen = [start]
    while len(chosen) < count:
        nearest = np.minimum(nearest, ((X - X[chosen[-1]]) ** 2).sum(axis=1))
        nearest[chosen] = -1
        chosen.append(int(np.argmax(nearest)))
    return chosen
    ### END SOLUTION


# %% test="farthest_points" points=2
X = np.array([[0.0], [1.0], [2.0], [8.0], [10.0]])
taken = farthest_points(X, 3)
check_close("indices", taken, [0, 4, 2], "Look at the distance to the nearest chosen point.")
check_raises(ValueError, lambda: farthest_points(X, 6), "There are only 5 points: ValueError.")
check_numpy_only(farthest_points)
passed("farthest_points")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(42)

    def greedy(points, count, start):
        chosen = [start]
        while len(chosen) < count:
            best, distance = None, -1.0
            for i in range(len(points)):
                if i not in chosen:
                    nearest = min(
                        sum((a - b) ** 2 for a, b in zip(points[i], points[j], strict=True))
                        for j in chosen
                    )
                    if nearest > distance:
                        best, distance = i, nearest
            chosen.append(best)
        return chosen

    for n, d, count, start in [
        (1, 1, 1, 0),
        (9, 2, 9, 4),
        (25, 3, 8, 24),
        (30, 1, 6, 7),
        (12, 5, 1, 3),
    ]:
        X = rng.normal(size=(n, 2 * d))[:, ::-2]
        before = X.copy()
        taken = as_array("indices", farthest_points(X, count, start))
        assert taken.dtype.kind in "iu", "The indices should be integers."
        check_close("indices", taken, greedy(X.tolist(), count, start))
        check_unchanged("X", X, before)
        check_close("start=0", farthest_points(X, count), greedy(X.tolist(), count, 0))
        for more in (n + 1, n + 5):
            check_raises(
                ValueError,
                lambda X=X, more=more: farthest_points(X, more),
                f"{more} of {n} points are too many: raise ValueError.",
            )
    grid = np.array([[a, b] for a in range(4) for b in range(3)])
    for start in range(12):
        taken = farthest_points(grid, 12, start)
        check_close(
            "indices with ties", taken, greedy(grid.tolist(), 12, start), "Lowest index first."
        )
    twins = np.repeat(np.array([[0.0, 0.0], [3.0, 4.0], [-1.0, 2.0]]), 3, axis=0)
    for start in (0, 5, 8):
        taken = farthest_points(twins, 9, start)
        check_close(
            "indices of twins", taken, greedy(twins.tolist(), 9, start), "Distinct indices."
        )
    check_close("equal points", farthest_points(np.ones((4, 2)), 4, 2), [2, 0, 1, 3])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# The figure compares farthest-point sampling with picking points at random.


# %% tags=["experiment"]
def point_cloud():
    """A dense cluster, a thin ring and one lone point, (461, 2)."""
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, 2 * np.pi, 60)
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([rng.normal(0, 0.25, (400, 2)), ring, [[3.5, 1.5]]])


def show_samples(count=16):
    """The same points with `count` of them chosen in two ways."""
    points = point_cloud()
    at_random = np.random.default_rng(0).choice(len(points), count, replace=False)
    ways = {"at random": at_random, "farthest-point": np.asarray(farthest_points(points, count))}
    _, axes = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
    for ax, (name, chosen) in zip(axes, ways.items(), strict=True):
        ax.scatter(*points.T, s=6, color="0.7", label="all points")
        ax.scatter(*points[chosen].T, s=40, color="tab:red", label="chosen")
        ax.set(title=f"{count} points, {name}", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    for order, index in enumerate(ways["farthest-point"][:6], 1):
        axes[1].annotate(str(order), points[index], xytext=(5, 5), textcoords="offset points")
    axes[1].legend(loc="lower right")
    plt.show()


show_samples()

# %% [markdown]
# *What to see.* The numbers give the order of the first six farthest points. Count how many of the 16
# fall into the dense cluster in each picture, and look for the lone point on the right.
#
# ### D3. Written: sampling and pooling (2 points)
#
# Two ways to thin out a set of points: drawing points uniformly at random, and farthest-point
# sampling. One of them is to sets what *max* pooling is to feature maps, the other what *average*
# pooling is. Which is which, and why? Say for each what happens when 1,000 more points are added
# to a place that is already crowded, and when one lone point is added far away.

# %% [markdown] answer="pooling_and_sampling" points=2
# Farthest-point sampling is like max pooling. It keeps what stands out: a lone point far away is
# taken at once, as a single large value decides a maximum, and 1,000 more points in a crowded place
# change next to nothing, as repeating a value does not change a maximum. (Both are therefore
# sensitive to outliers.) Random sampling is like average pooling. Each point counts in proportion to
# how many there are of its kind: the crowded place takes an even larger share of the sample, as it
# would of a mean, and the lone point is nearly always missed, as one value hardly moves a mean.
#
# - **1 point**: farthest-point sampling goes with max pooling and random sampling with average
#   pooling.
# - **1 point**: the reason, with the effect of the crowd and of the lone point in both.

# %% [markdown]
# ### D4. Written: grouping points (3 points)
#
# A larger network first splits the N points into groups, takes the maximum of the features over each
# group, passes every result through the same small network, and averages over the groups. Four
# rules for the grouping are proposed. No two points are equal, no two coordinates are equal, and no
# two distances are equal.
#
# 1. Points 1 to 8 of the list form the first group, points 9 to 16 the second, and so on.
# 2. Space is cut into cubes of side 1, fixed in advance. The points in each cube form a group.
# 3. Farthest-point sampling from the first point of the list gives centres. Each centre's group are
#    the points within distance 1 of it.
# 4. As rule 3, but the sampling starts from the point that is farthest from the mean of all points.
#
# With which rules is the output of the network unchanged by *every* reordering of the points, and
# with which not? Give the criterion that decides and the reason for each rule.

# %% [markdown] answer="point_grouping" points=3
# The maximum within a group and the mean over groups do not depend on any order. So the output is
# invariant when the *collection of groups*, as sets of points, depends on the set of points only and
# not on their indices.
#
# Rule 1: not invariant, since the groups are made from positions in the list. Exchanging the 8th and
# the 9th point changes two groups. Rule 2: invariant, a point's cube depends on its coordinates
# alone. Rule 3: not invariant, another first point starts the sampling elsewhere, and in general
# other centres and other groups come out. Rule 4: invariant, since the mean and the distances to it
# depend on the set only, so the start is the same point in every order, and without ties so are all
# the later centres. Relabelling them does not matter, since the mean over groups forgets their order.
#
# - **1 point**: the criterion: groups as sets must not depend on the indices, and what follows
#   (maximum, shared network, mean) is symmetric.
# - **1 point**: rules 1 and 3 are not invariant, with the reason.
# - **1 point**: rules 2 and 4 are invariant, with the reason.

# %% include="common/closing.py"
