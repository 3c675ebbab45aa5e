# %% right="a helper for each axis"
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    def pair(v):
        return (v, v) if isinstance(v, (int, np.integer)) else tuple(v)

    def one(size, k, s, p, d):
        span = d * (k - 1) + 1
        if span > size + 2 * p:
            raise ValueError("kernel is larger than the padded picture")
        return (size + 2 * p - span) // s + 1

    n, _, h, w = in_shape
    ks, ss, ps, ds = map(pair, (kernel, stride, padding, dilation))
    return n, out_channels, one(h, ks[0], ss[0], ps[0], ds[0]), one(w, ks[1], ss[1], ps[1], ds[1])

# %% right="counting the positions"
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    result = [in_shape[0], out_channels]
    for axis in (0, 1):
        k, s, p, d = [v[axis] if isinstance(v, (tuple, list)) else v for v in (kernel, stride, padding, dilation)]
        count, start = 0, -p
        while start + d * (k - 1) <= in_shape[axis + 2] + p - 1:
            count += 1
            start += s
        if count == 0:
            raise ValueError("kernel does not fit")
        result.append(count)
    return result

# %% right="NumPy arrays and floor"
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    k, s, p, d = (np.broadcast_to(np.asarray(v), (2,)) for v in (kernel, stride, padding, dilation))
    size = np.floor((np.array(in_shape[2:]) + 2 * p - d * (k - 1) - 1) / s + 1).astype(int)
    if np.any(size < 1):
        raise ValueError("kernel")
    return np.array([in_shape[0], out_channels, *size])

# %% wrong="Padding is added at both ends of an axis, so it counts twice."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="The dilated kernel does not span dilation times kernel pixels."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + 2 * p - d * k
        if room < 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="Dilation is left out."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding)]
        room = in_shape[2 + axis] + 2 * p - k
        if room < 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="Rounding up invents a window that leaves the picture."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + 2 * p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError("kernel")
        sizes.append(-(-room // s) + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="A kernel that does not fit goes unnoticed when the stride is large."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        size = int((in_shape[2 + axis] + 2 * p - d * (k - 1) - 1) / s) + 1
        if size < 1:
            raise ValueError("kernel")
        sizes.append(size)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="Nothing is raised when the kernel does not fit."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        sizes.append(max(0, (in_shape[2 + axis] + 2 * p - d * (k - 1) - 1) // s + 1))
    return (in_shape[0], out_channels, *sizes)

# %% wrong="A kernel that fits exactly is allowed: it has one position."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + 2 * p - (d * (k - 1) + 1)
        if room <= 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="Pairs are not understood."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    n, c, h, w = in_shape
    span = dilation * (kernel - 1) + 1
    if span > min(h, w) + 2 * padding:
        raise ValueError("kernel")
    return (n, out_channels, (h + 2 * padding - span) // stride + 1, (w + 2 * padding - span) // stride + 1)

# %% wrong="The pair is (height, width), not (width, height)."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[1 - axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + 2 * p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], out_channels, *sizes)

# %% wrong="The number of pictures stays, and the channels become out_channels."
def conv_output_shape(in_shape, out_channels, kernel, stride=1, padding=0, dilation=1):
    sizes = []
    for axis in range(2):
        k, s, p, d = [v[axis] if isinstance(v, tuple) else v for v in (kernel, stride, padding, dilation)]
        room = in_shape[2 + axis] + 2 * p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError("kernel")
        sizes.append(room // s + 1)
    return (in_shape[0], in_shape[1] * out_channels, *sizes)
