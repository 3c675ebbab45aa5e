# %% [markdown]
# # Problem set 3 · Regularization, optimizers and augmentation on MNIST
#
# {{colab}}
#
# A network that fits its training pictures is only half the work. In this set you start one well,
# train it with optimizers that you write yourself, hold its weights back, and stretch a small data
# set with pictures that you bend, move and blur. When you are done you can
#
# - predict the distribution of a new network's weights, and choose a scale that keeps signals alive
#   through many layers;
# - derive and program back-propagation through a multi-layer network;
# - write SGD, momentum, RMSProp, Adam and AdamW, and say when weight decay and an $L_2$ penalty are
#   the same thing and when they are not;
# - solve a penalised linear problem in closed form and read it through singular values;
# - augment pictures by the thousand without leaving memory, and without leaking validation data.
#
# **How this works.** You write code where a cell raises `NotImplementedError`, and text where a
# cell says *YOUR ANSWER HERE*. The cell below each function tests it on a small example and tells
# you what is wrong. When your work is graded, more tests are added to that cell; they look at
# everything the text and the docstring promise. 70 points are for code, 30 for written answers.
#
# Parts A to C are to be solved with NumPy: their functions may not use `torch`, `sklearn` or
# SciPy's statistics and signal modules. Part D uses `torch`. Your functions never modify their
# arguments, and a floating result has the dtype of the data: `float32` in, `float32` out; integers
# count as `float64`.

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% include="common/data.py"

# %% [markdown]
# ## Part A · Initialisation and back-propagation
#
# ### The weights of a new network
#
# `nn.Linear(fan_in, fan_out)` has `fan_in * fan_out` weights and `fan_out` biases. PyTorch draws
# all of them, biases included, from the same uniform distribution
#
# $$\mathcal U\!\left(-\frac{1}{\sqrt{\text{fan\_in}}},\; \frac{1}{\sqrt{\text{fan\_in}}}\right).$$
#
# Take a stack of such layers, throw all parameters of all layers into one urn and draw one. What is
# the density of the number you get?
#
# - What is the density of a parameter from layer $i$ alone, as a function of $x$? Outside its
#   interval it is zero, and inside it must integrate to one.
# - With what probability does the draw come from layer $i$? Count parameters, not layers.
# - Put the two together: the density of a mixture is the weighted sum of the densities.
#
# Write `init_pdf(x, layers)`, which returns that density at each point of `x` (an array or a list).
# `layers` is a list of pairs `(fan_in, fan_out)`. The density integrates to 1. It jumps at the
# edges of the intervals; points exactly on an edge are not tested.


# %% solution="init_pdf"
def init_pdf(x, layers):
    """Density of a parameter picked at random from freshly made `nn.Linear` layers with biases.

    Each parameter of the whole stack, weight or bias, is equally likely to be picked; the
    parameters of a layer are uniform on (-1/sqrt(fan_in), 1/sqrt(fan_in)).

    Args:
        x: points, float array (n,) or list.
        layers: list of pairs (fan_in, fan_out), one for each layer.

    Returns:
        The density at each point, an array of the shape of `x`. It integrates to 1.

    Source: the reset_parameters method of torch.nn.Linear.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x)
    density = np.zeros(x.shape, dtype=np.result_type(x.dtype, np.float32))
    counts = [(fan_in + 1) * fan_out for fan_in, fan_out in layers]
    for (fan_in, _), count in zip(layers, counts, strict=True):
        height = np.sqrt(fan_in) / 2
        density += count / sum(counts) * height * (np.abs(x) < 1 / np.sqrt(fan_in))
    return density
    ### END SOLUTION


# %% test="init_pdf" points=5
x = np.array([-0.6, -0.4, 0.0, 0.3, 0.45, 2.0])
pdf = init_pdf(x, [(4, 3)])
check_close(
    "the density of one layer with fan_in = 4",
    pdf,
    [0.0, 1.0, 1.0, 1.0, 1.0, 0.0],
    "All parameters lie in (-1/2, 1/2), so the density there is 1 / (width of the interval).",
)
pdf = init_pdf(x, [(4, 1), (16, 5)])
check_close(
    "the density of two layers",
    pdf,
    [0.0, 1 / 18, 1 / 18 + 17 / 9, 1 / 18, 1 / 18, 0.0],
    "Weight each layer by its number of parameters, biases included: here 5 and 85.",
)
check_numpy_only(init_pdf)
passed("init_pdf")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(31)

    def staircase(points, layers):
        """Brute force: the weight of the layers whose interval covers each point."""
        total = sum(a * b + b for a, b in layers)
        return [
            sum((a * b + b) / total * a**0.5 / 2 for a, b in layers if abs(point) < a**-0.5)
            for point in points
        ]

    for layers in (
        [(1, 1)],
        [(784, 256), (256, 128), (128, 10)],
        [(3, 7), (50, 2), (3, 1), (11, 40)],
        [(2, 1000), (1000, 2)],
        [(9, 4), (9, 4)],
    ):
        points = rng.uniform(-1.2, 1.2, 257)
        points = np.concatenate([points, points / 10, [0.0]])
        before = points.copy()
        check_close("the density", init_pdf(points, layers), staircase(points, layers))
        check_unchanged("x", points, before)
        view = points[::3]
        check_close("the density at a view", init_pdf(view, layers), staircase(view, layers))
        check_close("the density at a list", init_pdf(list(view), layers), staircase(view, layers))
        fine = (np.arange(400_000) + 0.5) / 200_000 - 1
        area = np.mean(as_array("the density", init_pdf(fine, layers))) * 2
        assert abs(area - 1) < 1e-3, f"the density integrates to {area:.4f}, not to 1"

    single = np.array([-0.4, 0.02, 0.21], dtype=np.float32)
    check_close(
        "the density for float32 points",
        init_pdf(single, [(4, 3), (20, 5)]),
        staircase(single, [(4, 3), (20, 5)]),
        rtol=1e-4,
    )
    check_close("the density at integers", init_pdf(np.array([0, 1, -2]), [(4, 2)]), [1.0, 0, 0])
    check_close("the density at one point", init_pdf(np.array([0.1]), [(4, 2), (9, 3)]), [1.375])
    layers = [(6, 4), (4, 2)]
    init_pdf([0.1], layers)
    assert layers == [(6, 4), (4, 2)], "your function changed its argument layers"

    torch.manual_seed(5)
    layers = [(30, 40), (40, 3), (3, 25)]
    drawn = torch.cat([p.detach().flatten() for s in layers for p in nn.Linear(*s).parameters()])
    for width in (0.1, 0.17, 0.4):
        grid = (np.arange(2000) + 0.5) / 1000 * width - width
        share = float((drawn.abs() < width).double().mean())
        mass = float(np.mean(as_array("the density", init_pdf(grid, layers)))) * 2 * width
        assert abs(share - mass) < 0.09, "the density disagrees with parameters drawn by nn.Linear"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Compare your density with a network that PyTorch has just made. **What to see:** the grey
# histogram follows your line, step for step, on a logarithmic scale.


# %% tags=["experiment"]
from itertools import pairwise


def plot_new_weights(sizes):
    """Histogram of a new network's parameters, with `init_pdf` on top."""
    torch.manual_seed(0)
    layers = list(pairwise(sizes))
    stack = nn.Sequential(*(nn.Linear(*layer) for layer in layers))
    parameters = torch.cat([p.detach().flatten() for p in stack.parameters()]).numpy()
    limit = 1.15 / np.sqrt(min(sizes[:-1]))
    points = np.linspace(-limit, limit, 1001)
    _, axes = plt.subplots(figsize=(7, 3.2))
    axes.hist(parameters, bins=120, density=True, color="0.75", label="new network")
    axes.plot(points, init_pdf(points, layers), color="C3", label="init_pdf")
    axes.set(
        xlabel="value of a parameter",
        ylabel="density",
        yscale="log",
        title=f"{len(parameters):,} parameters of a new {'–'.join(map(str, sizes))} network",
    )
    axes.legend(loc="upper right")
    plt.show()


plot_new_weights([784, 256, 128, 10])

# %% [markdown]
# **Question `width_and_std` (3 points).** (a) What is the standard deviation of one weight of a new
# `nn.Linear` layer with `fan_in` $= n$? Derive it from the uniform distribution. (b) You make the
# layer four times as wide, from 256 to 1,024 inputs. By what factor does the standard deviation of
# its weights change, and why must it change this way if sums over the inputs are to keep their
# size? (c) The figure is a staircase with three steps. Which layer makes which step, and why does
# the innermost one tower over the others?

# %% [markdown] answer="width_and_std" points=3
# (a) A variable uniform on $(-a, a)$ has variance $\frac1{2a}\int_{-a}^a x^2\,dx = a^2/3$. With
# $a = 1/\sqrt n$ the standard deviation is $1/\sqrt{3n}$.
#
# (b) It halves: $\sqrt{256/1024} = 1/2$ (0.0361 to 0.0180). A pre-activation is a sum of $n$
# independent terms $w_j x_j$, whose variance is $n\operatorname{Var}(w)\,E[x^2]$; it stays the same
# only if $\operatorname{Var}(w) \propto 1/n$, so the standard deviation goes with $1/\sqrt n$.
#
# (c) The layer with the largest fan-in has the narrowest interval: fan-in 784 reaches to 0.036, 256
# to 0.0625, 128 to 0.088. The innermost step belongs to the first layer, which has 785 · 256 =
# 200,960 of the 235,146 parameters (85 %) and also the narrowest interval, so both its weight in
# the mixture and its density are the largest. (The layers add up towards the middle.)
#
# - **1 point**: standard deviation $1/\sqrt{3n}$ with the integral or the known variance of a
#   uniform variable.
# - **1 point**: the factor 1/2, and the variance of a sum of $n$ terms as the reason.
# - **1 point**: each step matched to its layer by fan-in, and the parameter count (or narrow
#   interval) as the reason for the height.

# %% [markdown]
# ### A scale that survives depth
#
# PyTorch's default is not made for very deep ReLU networks. He et al. (2015) choose the scale so
# that signals neither die out nor blow up on their way through ReLU layers:
#
# $$\operatorname{std}(w) = \sqrt{\frac{2}{\text{fan\_in}}}.$$
#
# You derive this below. First program it: `kaiming_std(fan_in)` returns the standard deviation as a
# number and raises `ValueError` (with a message that names `fan_in`) when `fan_in` is below 1.


# %% solution="kaiming_std"
def kaiming_std(fan_in):
    """Standard deviation of a weight that keeps the size of signals in ReLU layers.

    Args:
        fan_in: number of inputs of the layer, at least 1.

    Returns:
        sqrt(2 / fan_in), a float.

    Raises:
        ValueError: `fan_in` is below 1.

    Source: He et al. 2015, "Delving deep into rectifiers", equation 10.
    """
    ### BEGIN SOLUTION
    if fan_in < 1:
        raise ValueError(f"fan_in must be at least 1, not {fan_in}")
    return float(np.sqrt(2 / fan_in))
    ### END SOLUTION


# %% test="kaiming_std" points=2
check_close("kaiming_std(8)", kaiming_std(8), 0.5, "It is the square root of 2 / fan_in.")
check_raises(ValueError, lambda: kaiming_std(0), "kaiming_std(0) should raise a ValueError.")
check_numpy_only(kaiming_std)
passed("kaiming_std")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for fan_in in (1, 2, 3, 50, 784, 10_000):
        check_close(f"kaiming_std({fan_in})", kaiming_std(fan_in), 2**0.5 * fan_in**-0.5)
    for fan_in in (0, -1, -784):
        check_raises(
            ValueError, lambda n=fan_in: kaiming_std(n), f"fan_in = {fan_in} should be refused."
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# The next cell sends pictures through 20 layers of 256 units and looks at the outputs of every
# layer, for three ways to draw the weights: all zero, Xavier
# ($\operatorname{std} = 1/\sqrt{\text{fan\_in}}$) and He (your function).
#
# **What to see:** a solid line is the variance of a layer's outputs over all units and pictures. A
# dashed line looks at one unit at a time and asks how much its output varies *from picture to
# picture*: that is the signal that a classifier needs. With ReLU, He's solid line stays within a
# small factor over all 20 layers while Xavier's about halves with each. With the sigmoid the solid
# lines look healthy, but the dashed ones fall off a cliff: every picture arrives as the same
# vector. Zero weights give a variance of exactly 0 from the first layer on, which a logarithmic
# axis cannot show.


# %% tags=["experiment"]
train_x, train_y, test_x, test_y = load_images(SCALE)
FULL = SCALE == "full"


def flat(images):
    """Pictures as rows of a NumPy float32 matrix, shifted and scaled to mean 0 and variance 1."""
    rows = images.flatten(1).numpy()
    return (rows - np.float32(0.1307)) / np.float32(0.3081)


def depth_profile(x, std, activation, depth, width):
    """Variance of the outputs of each layer: (over everything, from picture to picture)."""
    rng = np.random.default_rng(0)
    profile = []
    for _ in range(depth):
        x = activation(x @ (std(x.shape[1]) * rng.standard_normal((x.shape[1], width))))
        profile.append((x.var(), x.var(axis=0).mean()))
    return np.array(profile)


def plot_depth_profiles(depth=20, width=256):
    """One panel for each activation function, one colour for each way to draw the weights."""
    stds = {"zero": lambda n: 0.0, "Xavier": lambda n: n**-0.5, "He": kaiming_std}
    activations = {"ReLU": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}
    x = flat(train_x[:200]).astype(np.float64)
    _, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    for axes, (name, activation) in zip(panels, activations.items(), strict=True):
        for color, (label, std) in zip(("0.5", "C0", "C3"), stds.items(), strict=True):
            profile = depth_profile(x, std, activation, depth, width)
            print(f"{name:8} {label:7} variance of the last layer: {profile[-1, 0]:.2g}", end="")
            print(f", from picture to picture: {profile[-1, 1]:.2g}")
            if profile.max() > 0 and label != "zero":
                layers = np.arange(1, depth + 1)
                axes.plot(layers, profile[:, 0], color=color, label=label)
                axes.plot(layers, profile[:, 1], "--", color=color)
        axes.set(xlabel="layer", yscale="log", title=name, ylim=(1e-15, 10), xticks=range(0, 21, 5))
    panels[0].set_ylabel("variance of the outputs")
    panels[0].plot([], [], "k--", label="from picture to picture")
    panels[0].legend(loc="lower left")
    plt.show()


plot_depth_profiles()

# %% [markdown]
# **Question `kaiming_derivation` (5 points).** Derive He's rule. A layer computes
# $z_k = \sum_{j=1}^n w_{kj} a_j$ with $a_j = \max(z'_j, 0)$, where $z'$ are the pre-activations of
# the layer before. The weights are independent of each other and of $a$, with mean 0; biases are 0;
# each $z'_j$ is distributed symmetrically about 0. (a) Express $\operatorname{Var}(z_k)$ by $n$,
# $\operatorname{Var}(w)$ and $E[a^2]$, and say where you need which assumption. (b) Express
# $E[a^2]$ by $\operatorname{Var}(z')$. (c) Conclude which $\operatorname{Var}(w)$ keeps the
# variance of the pre-activations the same from layer to layer.

# %% [markdown] answer="kaiming_derivation" points=5
# (a) Since $w$ has mean 0 and is independent of $a$, $E[w_{kj}a_j] = E[w_{kj}]E[a_j] = 0$ and
# $\operatorname{Var}(w_{kj}a_j) = E[w_{kj}^2]E[a_j^2] = \operatorname{Var}(w)E[a^2]$. Two different
# terms are uncorrelated because $E[w_{kj}w_{ki}a_ja_i] = E[w_{kj}]E[w_{ki}]E[a_ja_i] = 0$ (the
# $a_j$ need not be independent of each other). So
# $\operatorname{Var}(z_k) = n\operatorname{Var}(w)E[a^2]$. It is the second moment, not the
# variance, of $a$: $a$ has no mean 0.
#
# (b) $z'$ is symmetric about 0, so its mean is 0 and the positive half carries half of the second
# moment: $E[a^2] = E[z'^2\,1_{z'>0}] = \tfrac12E[z'^2] = \tfrac12\operatorname{Var}(z')$.
#
# (c) $\operatorname{Var}(z) = \tfrac n2\operatorname{Var}(w)\operatorname{Var}(z')$, which equals
# $\operatorname{Var}(z')$ exactly if $\operatorname{Var}(w) = 2/n$, i.e.
# $\operatorname{std}(w) = \sqrt{2/n}$. Xavier's $1/n$ loses a factor 2 a layer.
#
# - **1 point**: the mean of each term is 0 and
#   $\operatorname{Var}(w a) = \operatorname{Var}(w)E[a^2]$ by independence and mean 0 of the
#   weights.
# - **1 point**: the terms are uncorrelated, so that variances add to $n\operatorname{Var}(w)E[a^2]$
#   (second moment, not variance of $a$).
# - **2 points**: $E[a^2] = \frac12\operatorname{Var}(z')$ with the symmetry argument (1 of 2
#   without the reason).
# - **1 point**: the conclusion $\operatorname{Var}(w) = 2/n$.

# %% [markdown]
# ### The loss and its gradient
#
# The network ends in $K$ logits for each of $N$ pictures. The loss is the mean over the batch of
# the cross-entropy of the softmax:
#
# $$L = -\frac1N\sum_{i=1}^N \log p_{i,y_i}, \qquad p_{ik} = \frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}}.$$
#
# - Write $\log p_{i,y_i}$ without a quotient. What happens to it when you subtract the same number
#   from all logits of a row? Choose that number so that no exponential can overflow, and never take
#   the logarithm of something that has rounded to 0.
# - Differentiate $L$ with respect to $z_{ik}$, first for $k \ne y_i$, then for $k = y_i$. Both
#   cases are one simple expression in $p_{ik}$ and a one-hot vector. Do not forget the mean.
#
# Write `softmax_cross_entropy(logits, labels)`. It returns the loss and its gradient `dlogits`.
# Logits as large as ±10,000 must give finite, correct results. Labels (an array or list of
# integers) outside $0, \dots, K-1$ raise `ValueError`; a negative label is out of range, too.


# %% solution="softmax_cross_entropy"
def softmax_cross_entropy(logits, labels):
    """Mean cross-entropy of the softmax, and its gradient.

    Args:
        logits: float array (N, K).
        labels: integers in 0..K-1, array (N,) or list.

    Returns:
        loss: the mean over the batch, a number.
        dlogits: gradient of `loss` with respect to `logits`, (N, K), dtype of `logits`.

    Raises:
        ValueError: a label lies outside 0..K-1.
    """
    ### BEGIN SOLUTION
    labels = np.asarray(labels)
    count, classes = logits.shape
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels must lie in 0..{classes - 1}")
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(count)
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -log_p[rows, labels].mean(), dlogits / count
    ### END SOLUTION


# %% test="softmax_cross_entropy" points=5
logits = np.log(np.array([[1.0, 1.0, 2.0], [6.0, 3.0, 1.0]]))
loss, dlogits = softmax_cross_entropy(logits, np.array([2, 1]))
check_close("dlogits.shape", np.shape(dlogits), (2, 3))
check_close(
    "loss",
    loss,
    (np.log(2) + np.log(10 / 3)) / 2,
    "Average over the batch, with natural logarithms.",
)
check_close(
    "dlogits",
    dlogits,
    np.array([[0.25, 0.25, -0.5], [0.6, -0.7, 0.1]]) / 2,
    "It is the softmax less a one-hot row, divided by the size of the batch.",
    dtype=np.float64,
)
loss, dlogits = softmax_cross_entropy(np.array([[800.0, 0.0]]), [1])
check_close("loss at huge logits", loss, 800.0, "Subtract each row's maximum; avoid log(0).")
check_raises(
    ValueError,
    lambda: softmax_cross_entropy(np.zeros((2, 3)), [0, 3]),
    "The label 3 with three classes should raise a ValueError.",
)
check_numpy_only(softmax_cross_entropy)
passed("softmax_cross_entropy")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(32)
    for count, classes in ((1, 1), (1, 4), (5, 2), (7, 10), (4, 3)):
        for kind in ("float64", "float32", "view", "list", "integer"):
            logits = 3 * rng.standard_normal((count, classes))
            if kind == "float32":
                logits = logits.astype(np.float32)
            elif kind == "view":
                logits = rng.standard_normal((classes, 2 * count)).T[::2]
            elif kind == "integer":
                logits = np.round(logits).astype(np.int64)
            labels = rng.integers(0, classes, count)
            z = torch.tensor(np.array(logits, dtype=np.float64), requires_grad=True)
            expected = nn.functional.cross_entropy(z, torch.tensor(labels))
            expected.backward()
            before, kept = logits.copy(), labels.copy()
            single = kind == "float32"
            loss, dlogits = softmax_cross_entropy(
                logits, labels.tolist() if kind == "list" else labels
            )
            check_close("loss", loss, expected.item(), rtol=1e-4 if single else None)
            check_close("dlogits", dlogits, z.grad, dtype=np.float32 if single else np.float64)
            check_unchanged("logits", logits, before)
            check_unchanged("labels", labels, kept)

    for size in (1e4, -1e4):
        logits = np.array([[size, 0.0, size], [0.0, size, 1.0], [size, size, size]])
        labels = np.array([1, 1, 0])
        z = torch.tensor(logits, requires_grad=True)
        expected = nn.functional.cross_entropy(z, torch.tensor(labels))
        expected.backward()
        loss, dlogits = softmax_cross_entropy(logits, labels)
        check_close("loss at huge logits", loss, expected.item())
        check_close("dlogits at huge logits", dlogits, z.grad, dtype=np.float64)
        loss, dlogits = softmax_cross_entropy(logits.astype(np.float32), labels)
        check_close("loss at huge logits in float32", loss, expected.item(), rtol=1e-4)
        check_close("dlogits at huge logits in float32", dlogits, z.grad, dtype=np.float32)

    # a confident right answer: the loss is tiny, but not rounded away by a constant inside the log
    loss, _ = softmax_cross_entropy(np.array([[20.0, 0.0]]), [0])
    check_close(
        "loss of a confident right answer", loss, np.log1p(np.exp(-20.0)), rtol=1e-5, atol=0
    )

    for labels in ([0, 4], [-1, 0], [7, 0], [0, -4], np.array([4, 4])):
        check_raises(
            ValueError,
            lambda bad=labels: softmax_cross_entropy(np.zeros((2, 4)), bad),
            f"labels {list(labels)} with four classes should raise a ValueError.",
        )
    softmax_cross_entropy(np.zeros((2, 4)), [0, 3])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Back-propagation
#
# A network with layers $0, \dots, L-1$ computes, in the convention where a picture is a *row*,
#
# $$z_i = a_i W_i + b_i, \qquad a_0 = x, \qquad a_{i+1} = \max(z_i, 0),$$
#
# and the logits are $z_{L-1}$, *without* ReLU. Let $\delta_i = \partial L/\partial z_i$, an array
# of shape $(N, D_{i+1})$. You have $\delta_{L-1}$ already.
#
# - Write $\partial L/\partial (W_i)_{jk}$ as a sum over the batch of products of an entry of $a_i$
#   and one of $\delta_i$. Which matrix product has these entries, and has the shape of $W_i$?
# - $b_i$ is added to every row. What does that mean for its gradient?
# - How does $a_i$ enter the loss? Write $\partial L/\partial a_i$ with $\delta_i$ and $W_i$, then
#   pass it through ReLU to get $\delta_{i-1}$. At exactly $z = 0$ take the derivative of ReLU to be
#   0, as PyTorch does.
#
# Write `mlp_backward(x, labels, weights, biases)`. It runs the network forward and backward and
# returns the loss (the same mean cross-entropy, just as stable) and two lists of gradients, in the
# order of `weights` and `biases`. A network with a single layer is allowed.


# %% solution="mlp_backward"
def mlp_backward(x, labels, weights, biases):
    """Loss of a multi-layer network and its gradients with respect to all parameters.

    ReLU stands between the layers, none after the last; its derivative at 0 is 0.

    Args:
        x: inputs, float array (N, D_0) or nested list.
        labels: integers in 0..K-1, array (N,) or list.
        weights: list of L float arrays; `weights[i]` is (D_i, D_{i+1}), used as x @ W + b; D_L = K.
        biases: list of L float arrays; `biases[i]` is (D_{i+1},).

    Returns:
        loss: mean softmax cross-entropy over the batch, a number.
        dweights: list of L arrays, the gradients in the order and shapes of `weights`.
        dbiases: list of L arrays, the gradients in the order and shapes of `biases`.
        The gradients have the dtype of the data.
    """
    ### BEGIN SOLUTION
    inputs = [np.asarray(x)]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ weight + bias, 0))
    logits = inputs[-1] @ weights[-1] + biases[-1]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(logits))
    loss, delta = -log_p[rows, labels].mean(), np.exp(log_p)
    delta[rows, labels] -= 1
    delta /= len(logits)
    dweights, dbiases = [], []
    for i in reversed(range(len(weights))):
        dweights.insert(0, inputs[i].T @ delta)
        dbiases.insert(0, delta.sum(axis=0))
        if i > 0:
            delta = (delta @ weights[i].T) * (inputs[i] > 0)
    return loss, dweights, dbiases
    ### END SOLUTION


# %% test="mlp_backward" points=8
x = np.array([[1.0, 2.0]])
weights = [np.array([[1.0, -1.0, 0.5], [0.5, -1.0, 0.25]]), np.array([[1.0, 0], [2, 3], [0, 2]])]
biases = [np.array([0.0, 1.0, 1.0]), np.array([2.0, 0.0])]
loss, dweights, dbiases = mlp_backward(x, [0], weights, biases)
assert len(dweights) == len(dbiases) == 2, "Return one gradient for each weight and each bias."
check_close("loss", loss, np.log(2), "Here both logits are 4.")
check_close(
    "dbiases[1]", dbiases[1], [-0.5, 0.5], "The bias is added to each row.", dtype=np.float64
)
check_close(
    "dweights[1]",
    dweights[1],
    [[-1.0, 1.0], [0, 0], [-1, 1]],
    "It is the layer's input (after ReLU), transposed, times delta.",
    dtype=np.float64,
)
check_close(
    "dbiases[0]",
    dbiases[0],
    [-0.5, 0.0, 1.0],
    "Pass delta back through W and set it to 0 where ReLU's output is 0.",
    dtype=np.float64,
)
check_close(
    "dweights[0]",
    dweights[0],
    [[-0.5, 0.0, 1.0], [-1.0, 0.0, 2.0]],
    "It is the layer's input, transposed, times delta.",
    dtype=np.float64,
)
check_numpy_only(mlp_backward)
passed("mlp_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(33)

    def by_autograd(x, labels, weights, biases):
        """Loss and gradients from torch in float64."""

        def leaf(a):
            return torch.tensor(np.array(a, dtype=np.float64), requires_grad=True)

        ws, bs = [leaf(w) for w in weights], [leaf(b) for b in biases]
        a = torch.tensor(np.array(x, dtype=np.float64))
        for w, b in zip(ws[:-1], bs[:-1], strict=True):
            a = torch.relu(a @ w + b)
        loss = nn.functional.cross_entropy(a @ ws[-1] + bs[-1], torch.tensor(labels))
        loss.backward()
        return loss.item(), [w.grad for w in ws], [b.grad for b in bs]

    def compare(x, labels, weights, biases, dtype=np.float64):
        """Check loss, gradients and that nothing was modified."""
        before = [np.array(a) for a in (x, labels, *weights, *biases)]
        expected = by_autograd(x, np.array(labels), weights, biases)
        loss, dweights, dbiases = mlp_backward(x, labels, weights, biases)
        check_close("loss", loss, expected[0], rtol=None if dtype == np.float64 else 1e-4)
        assert len(dweights) == len(dbiases) == len(weights), "one gradient for each parameter"
        for i in range(len(weights)):
            check_close(f"dweights[{i}]", dweights[i], expected[1][i], dtype=dtype)
            check_close(f"dbiases[{i}]", dbiases[i], expected[2][i], dtype=dtype)
        for value, kept in zip((x, labels, *weights, *biases), before, strict=True):
            check_unchanged("(x, labels, a weight or a bias)", value, kept)

    for count, sizes in (
        (1, [3, 2]),
        (6, [1, 4]),
        (1, [5, 1, 3]),
        (8, [4, 7, 5]),
        (9, [3, 6, 6, 5, 2]),
        (2, [2, 3, 4, 5, 6, 7]),
    ):
        for dtype in (np.float64, np.float32):
            pairs = [(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)]
            weights = [rng.standard_normal(pair).astype(dtype) for pair in pairs]
            biases = [rng.standard_normal(b).astype(dtype) for _, b in pairs]
            x = rng.standard_normal((count, sizes[0])).astype(dtype)
            labels = rng.integers(0, sizes[-1], count)
            compare(x, labels, weights, biases, dtype)
        wide = rng.standard_normal((sizes[0], 2 * count))
        double = [[np.asfortranarray(a.astype(np.float64)) for a in b] for b in (weights, biases)]
        compare(wide.T[::2], labels.tolist(), *double)
        compare(wide.T[::2].tolist(), labels, *double)

    # pre-activations that are exactly 0 let nothing through
    weights = [np.zeros((3, 4)), rng.standard_normal((4, 3))]
    compare(
        rng.standard_normal((5, 3)), np.array([0, 1, 2, 1, 0]), weights, [np.zeros(4), np.ones(3)]
    )

    # logits of many thousands
    weights = [
        np.array([[100.0, -100.0], [100.0, 50.0]]),
        np.array([[100.0, -100.0], [-1.0, 100.0]]),
    ]
    x = np.array([[1.0, 0.5], [-1.0, 0.2], [0.3, 0.7]])
    compare(x, np.array([1, 0, 0]), weights, [np.zeros(2), np.zeros(2)])

    # integers in
    compare(
        np.array([[1, 2], [0, -3], [4, 1]]),
        np.array([2, 0, 1]),
        [rng.standard_normal((2, 4)), rng.standard_normal((4, 3))],
        [rng.standard_normal(4), rng.standard_normal(3)],
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Now your gradients train something. The next cell defines a plain training loop in NumPy that the
# rest of Parts A and B share. It then trains a *deep* ReLU network (20 hidden layers of 64 units)
# three times with plain SGD: the weights start at zero once, with Xavier's scale once and with He's
# scale once. The biases start at zero. The legend names the curves only A, B and C.
#
# **What to see:** one of the networks learns at once, one wastes its time first, and one never gets
# anywhere.


# %% tags=["experiment"]
val_count = 10_000 if FULL else 200
rows_x, rows_y = flat(train_x), train_y.numpy()
fit_x, fit_y = rows_x[:-val_count], rows_y[:-val_count]
val_x, val_y = rows_x[-val_count:], rows_y[-val_count:]


def initial_parameters(sizes, std, rng):
    """Weights drawn with the standard deviation std(fan_in), and biases of 0, in float32."""
    pairs = list(pairwise(sizes))
    weights = [(std(a) * rng.standard_normal((a, b))).astype(np.float32) for a, b in pairs]
    return weights, [np.zeros(b, dtype=np.float32) for _, b in pairs]


def accuracy_of(weights, biases, x, y):
    """Share of the rows of `x` that the network classifies correctly."""
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(x @ weight + bias, 0)
    return float(np.mean((x @ weights[-1] + biases[-1]).argmax(axis=1) == y))


def fit(weights, biases, step, steps, note, batch=128, every=None):
    """Train with `step(parameter, gradient, state, t) -> (parameter, state)`.

    Returns the parameters and, when `every` is given, a list of (step, validation accuracy).
    """
    parameters, depth = [*weights, *biases], len(weights)
    states, history = [None] * len(parameters), []
    rng = np.random.default_rng(1)
    order = np.zeros(0, dtype=np.int64)
    for t in tqdm(range(1, steps + 1), desc=note, disable=not FULL):
        if len(order) < batch:
            order = rng.permutation(len(fit_x))
        chosen, order = order[:batch], order[batch:]
        _, dweights, dbiases = mlp_backward(
            fit_x[chosen], fit_y[chosen], parameters[:depth], parameters[depth:]
        )
        for i, gradient in enumerate([*dweights, *dbiases]):
            parameters[i], states[i] = step(parameters[i], gradient, states[i], t)
        if every and t % every == 0:
            seen = accuracy_of(parameters[:depth], parameters[depth:], val_x[:2000], val_y[:2000])
            history.append((t, seen))
    return parameters[:depth], parameters[depth:], history


def plain_step(parameter, gradient, state, t):
    """Gradient descent with a learning rate of 0.02."""
    return parameter - 0.02 * gradient, None


def plot_three_starts():
    """Validation accuracy of a deep network for three initialisations, in shuffled order."""
    sizes = [784, *([64] * 20), 10] if FULL else [784, *([16] * 4), 10]
    starts = [lambda n: 0.0, lambda n: n**-0.5, kaiming_std]
    _, axes = plt.subplots(figsize=(6, 3.2))
    for name, start in zip("ABC", np.random.default_rng(5).permutation(3), strict=True):
        weights, biases = initial_parameters(sizes, starts[start], np.random.default_rng(0))
        steps, every = (1200, 30) if FULL else (20, 5)
        *_, history = fit(weights, biases, plain_step, steps, f"network {name}", every=every)
        axes.plot(*zip(*history, strict=True), label=name)
        print(f"network {name}: {history[-1][1]:.1%} after {steps} steps")
    axes.set(xlabel="training step", ylabel="validation accuracy", ylim=(0, 1))
    axes.set_title("One deep ReLU network, three initialisations")
    axes.legend(loc="center right")
    plt.show()


plot_three_starts()

# %% [markdown]
# **Question `which_init` (2 points).** Which curve belongs to zero, which to Xavier's and which to
# He's initialisation? Give the reason for each from what you derived and from the figure of
# variances: what reaches the last layer, and what comes back?

# %% [markdown] answer="which_init" points=2
# C is zero, A is Xavier, B is He. Measured at full scale (20 hidden layers of 64 ReLU units,
# batches of 128, SGD with learning rate 0.02, 1,200 steps, the first 2,000 of 10,000 validation
# pictures): A 25.9 %, B 94.1 %, C 10.2 %.
#
# Zero: all activations are 0, so every weight's gradient is 0 (a product with an activation or a
# weight that is 0); only the last bias learns, and the network says the most frequent digit for
# ever. Xavier: every ReLU layer halves the second moment, $2^{-20} \approx 10^{-6}$ after 20 layers
# (measured variance $2.4\cdot10^{-6}$), and gradients are halved on the way back likewise, so for
# hundreds of steps almost nothing moves. He keeps both of constant size, so all layers learn from
# the first step.
#
# - **1 point**: all three curves are named correctly.
# - **1 point**: reasons for each: no gradient at zero (only the last bias learns), signals and
#   gradients that shrink with each layer for Xavier with ReLU, constant size for He.

# %% [markdown]
# ## Part B · Regularization and optimizers
#
# From here on an optimizer is a function: the parameter and the state go in, the new parameter and
# the new state come out. Nothing is modified in place. One call is one step.
#
# ### SGD with two ways to hold weights back
#
# *Weight decay*, as PyTorch's `SGD` has it, adds `weight_decay` times the parameter to the
# gradient. An *$L_2$ penalty* adds $\lambda\lVert w\rVert^2$ to the loss (here `l2` $=\lambda$,
# with no factor ½). Differentiate the penalty, and write one step of SGD that knows both:
#
# `sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0)` returns the new `w`. `grad` is the gradient of
# the loss *without* the penalty.


# %% solution="sgd_step"
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    """One step of gradient descent with weight decay and an L2 penalty.

    Args:
        w: parameter, float array of any shape.
        grad: gradient of the loss without penalty, of the shape of `w`.
        lr: learning rate.
        weight_decay: as in torch.optim.SGD: this times `w` is added to the gradient.
        l2: factor of the penalty l2 * ||w||^2 in the loss.

    Returns:
        The new parameter, of the shape and dtype of `w`.
    """
    ### BEGIN SOLUTION
    return w - lr * (grad + weight_decay * w + 2 * l2 * w)
    ### END SOLUTION


# %% test="sgd_step" points=4
w, grad = np.array([1.0, -2.0]), np.array([0.5, 1.0])
check_close(
    "w after plain SGD", sgd_step(w, grad, 0.1), [0.95, -2.1], "w - lr * grad.", dtype=np.float64
)
check_close(
    "w with weight decay",
    sgd_step(w, grad, 0.1, weight_decay=0.5),
    [0.9, -2.0],
    "weight_decay * w joins the gradient, so it is multiplied by lr, too.",
)
check_close(
    "w with a penalty",
    sgd_step(w, grad, 0.1, l2=0.5),
    [0.85, -1.9],
    "The gradient of l2 * w**2 has a factor 2.",
)
check_numpy_only(sgd_step)
passed("sgd_step")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(41)
    for shape in ((1,), (7,), (3, 5), (2, 3, 4)):
        for dtype in (np.float64, np.float32):
            for lr, decay, l2 in (
                (0.3, 0.0, 0.0),
                (0.07, 0.2, 0.0),
                (0.5, 0.0, 0.3),
                (2.0, 0.1, 0.6),
            ):
                w = rng.standard_normal(shape).astype(dtype)
                grad = rng.standard_normal(shape).astype(dtype)
                leaf = torch.tensor(w.astype(np.float64), requires_grad=True)
                optimizer = torch.optim.SGD([leaf], lr=lr, weight_decay=decay)
                loss = (leaf * torch.tensor(grad.astype(np.float64))).sum() + l2 * (leaf**2).sum()
                loss.backward()
                optimizer.step()
                before, kept = w.copy(), grad.copy()
                new = sgd_step(w, grad, lr, weight_decay=decay, l2=l2)
                check_close("w", new, leaf.detach(), dtype=dtype)
                check_close("w (by position)", sgd_step(w, grad, lr, decay, l2), leaf.detach())
                check_unchanged("w", w, before)
                check_unchanged("grad", grad, kept)
    w, grad = np.arange(12.0).reshape(3, 4).T, np.arange(24.0).reshape(4, 6)[:, ::2]
    check_close("w from views", sgd_step(w, grad, 0.5, 0.1, 0.2), w - 0.5 * grad - 0.25 * w)
    check_close(
        "w from integers",
        sgd_step(np.array([3, -4]), np.array([1, 2]), 0.5, weight_decay=0.25),
        [2.125, -4.5],
        dtype=np.float64,
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### When are they the same?
#
# Compare the two updates of `sgd_step`. Which `l2` does exactly what a given `weight_decay` does?
# Write `equivalent_l2(weight_decay)`, which returns that number.


# %% solution="equivalent_l2"
def equivalent_l2(weight_decay):
    """The penalty factor that gives SGD the same updates as `weight_decay`.

    Args:
        weight_decay: factor as in torch.optim.SGD.

    Returns:
        The `l2` of the penalty l2 * ||w||^2, a float.
    """
    ### BEGIN SOLUTION
    return weight_decay / 2
    ### END SOLUTION


# %% test="equivalent_l2" points=2
check_close("equivalent_l2(0.5)", equivalent_l2(0.5), 0.25, "Mind the factor from the derivative.")
check_numpy_only(equivalent_l2)
passed("equivalent_l2")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for decay in (0.0, 1e-4, 0.01, 0.37, 1.0, 3.0, 5.0):
        check_close(f"equivalent_l2({decay})", equivalent_l2(decay), 0.5 * decay)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Some books write the same idea differently. The loss is
# $f(\theta) + \frac\lambda2\lVert\theta\rVert^2$, and weight decay is a factor *outside* the
# gradient:
#
# $$\theta \leftarrow (1-\gamma)\,\theta - \eta\,\nabla f(\theta).$$
#
# With the learning rate $\eta$ (`lr`), which $\gamma$ makes this one step of gradient descent on
# the penalised loss? Write `equivalent_gamma(lam, lr)`.


# %% solution="equivalent_gamma"
def equivalent_gamma(lam, lr):
    """The shrinkage that equals gradient descent on f + (lam / 2) * ||theta||^2.

    Args:
        lam: factor lambda of the penalty (lam / 2) * ||theta||^2.
        lr: learning rate eta.

    Returns:
        gamma of theta <- (1 - gamma) * theta - eta * grad f, a float.
    """
    ### BEGIN SOLUTION
    return lr * lam
    ### END SOLUTION


# %% test="equivalent_gamma" points=2
check_close("equivalent_gamma(0.5, 0.1)", equivalent_gamma(0.5, 0.1), 0.05, "Expand the step.")
check_numpy_only(equivalent_gamma)
passed("equivalent_gamma")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(42)
    for lam, lr in ((0.0, 0.1), (0.3, 0.02), (2.0, 0.4), (0.01, 1.5), (7.0, 3.0)):
        theta, grad = rng.standard_normal((2, 6))
        step = theta - lr * (grad + lam * theta)
        gamma = float(equivalent_gamma(lam, lr))
        check_close("the step with your gamma", (1 - gamma) * theta - lr * grad, step)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `decay_equals_l2` (4 points).** (a) Show that one step of SGD with `weight_decay` $=d$
# equals one step with penalty $\lambda\lVert w\rVert^2$ for a $\lambda$ that depends only on $d$,
# and that therefore whole training runs agree. (b) Show that
# $\theta \leftarrow (1-\gamma)\theta - \eta\nabla f(\theta)$ is a step of gradient descent on
# $f + \frac\lambda2\lVert\theta\rVert^2$ and find $\gamma$. Someone tuned $\gamma$ at $\eta = 0.1$
# and then halves the learning rate without touching $\gamma$. Which penalty are they using now?

# %% [markdown] answer="decay_equals_l2" points=4
# (a) The gradient of $\lambda\lVert w\rVert^2$ is $2\lambda w$. With decay the step is
# $w - \eta(g + dw)$, with the penalty it is $w - \eta(g + 2\lambda w)$. They are the same for every
# $w$, $g$ and $\eta$ exactly if $\lambda = d/2$. If two runs start at the same $w$ and see the same
# batches they compute the same $g$, so after one step they are at the same place again; by
# induction they agree at every step.
#
# (b) A step on the penalised loss is
# $\theta - \eta(\nabla f + \lambda\theta) = (1-\eta\lambda)\theta - \eta\nabla f$, so
# $\gamma = \eta\lambda$. The other way round $\lambda = \gamma/\eta$: with $\gamma$ fixed, halving
# $\eta$ doubles the penalty $\lambda$.
#
# For comparison, the figure below the question at full scale (784–128–64–10, 50,000 training
# pictures, batches of 128, SGD with learning rate 0.1, 2,400 steps, 10,000 validation pictures):
# SGD 97.44 %, standard deviation of the weights 0.0656; with decay 0.01 and with penalty 0.005
# alike 96.72 % and 0.0200, all weights equal to the last bit.
#
# - **1 point**: gradient $2\lambda w$ and $\lambda = d/2$.
# - **1 point**: the step is the same at every $w$ and $g$, hence by induction the runs.
# - **1 point**: $\gamma = \eta\lambda$ by expanding the step.
# - **1 point**: $\lambda = \gamma/\eta$, so the penalty doubles.

# %% [markdown]
# Seeing is believing. The next cell trains the same network three times: with SGD, with weight
# decay 0.01 and with the penalty that you call equivalent. Then it draws the histogram of all
# weights.
#
# **What to see:** decay pulls the weights of the network together around 0, and the last two
# histograms agree.


# %% tags=["experiment"]
SIZES = [784, 128, 64, 10] if FULL else [784, 16, 10]


def sgd_run(note, **options):
    """Train with `sgd_step` at learning rate 0.1; print the accuracy and return all weights."""

    def step(parameter, gradient, state, t):
        return sgd_step(parameter, gradient, 0.1, **options), None

    weights, biases = initial_parameters(SIZES, kaiming_std, np.random.default_rng(0))
    weights, biases, _ = fit(weights, biases, step, 2400 if FULL else 20, note)
    values = np.concatenate([w.ravel() for w in weights])
    seen = accuracy_of(weights, biases, val_x, val_y)
    print(f"{note:24} validation accuracy {seen:.2%}, std of the weights {values.std():.4f}")
    return values


def plot_weight_histograms():
    """Histograms of the weights after plain SGD, with decay, and with the equivalent penalty."""
    runs = {"SGD": {}, "SGD + decay 0.01": {"weight_decay": 0.01}}
    runs["SGD + equivalent penalty"] = {"l2": equivalent_l2(0.01)}
    values = {note: sgd_run(note, **options) for note, options in runs.items()}
    decayed, penalised = list(values.values())[1:]
    print(f"largest difference between the last two: {np.abs(decayed - penalised).max():.1e}")
    _, axes = plt.subplots(figsize=(7, 3.6))
    bins = np.linspace(-0.25, 0.25, 101)
    styles = ({"color": "0.6"}, {"color": "C0", "lw": 3}, {"color": "C1", "ls": "--"})
    for (note, weights), style in zip(values.items(), styles, strict=True):
        axes.hist(weights, bins, density=True, histtype="step", label=note, **style)
    axes.set(xlabel="value of a weight", ylabel="density", yscale="log")
    axes.set_title("Weights after training")
    axes.legend(loc="upper left", fontsize=8)
    plt.show()


plot_weight_histograms()

# %% [markdown]
# ### Momentum and RMSProp
#
# *Momentum* does not follow the last gradient but a moving average $v$ of the gradients:
#
# $$v \leftarrow \beta v + (1-\beta)\,g, \qquad w \leftarrow w - \eta\,v.$$
#
# Mind the factor $(1-\beta)$; `torch.optim.SGD` leaves it out by default. Write `momentum_step`,
# which returns the new `w` and the new `v`.


# %% solution="momentum_step"
def momentum_step(w, grad, v, lr, beta=0.9):
    """One step of gradient descent with momentum, as a moving average of gradients.

    Args:
        w: parameter, float array of any shape.
        grad: gradient, of the shape of `w`.
        v: moving average so far, of the shape of `w` (zeros at the start).
        lr: learning rate.
        beta: share of the old average that is kept.

    Returns:
        The new `w` and the new `v`, of the shape and dtype of `w`.
    """
    ### BEGIN SOLUTION
    v = beta * v + (1 - beta) * grad
    return w - lr * v, v
    ### END SOLUTION


# %% test="momentum_step" points=3
w, grad, v = np.array([1.0, -1.0]), np.array([2.0, 4.0]), np.array([1.0, 0.0])
new_w, new_v = momentum_step(w, grad, v, 0.1, beta=0.75)
check_close("v", new_v, [1.25, 1.0], "The gradient enters with 1 - beta.", dtype=np.float64)
check_close("w", new_w, [0.875, -1.1], "The step uses the new v.", dtype=np.float64)
check_numpy_only(momentum_step)
passed("momentum_step")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(43)
    for shape in ((1,), (6,), (4, 3), (2, 1, 5)):
        for dtype in (np.float64, np.float32):
            for lr, options in (
                (0.2, {}),
                (0.03, {"beta": 0.5}),
                (1.7, {"beta": 0.99}),
                (1, {"beta": 0}),
            ):
                beta = options.get("beta", 0.9)
                w0, v0 = rng.standard_normal((2, *shape)).astype(dtype)
                grads = rng.standard_normal((8, *shape)).astype(dtype)
                w, v = w0, v0
                path = w0.astype(np.float64)
                for t in range(1, 9):
                    before = [w.copy(), grads.copy(), v.copy()]
                    new_w, new_v = momentum_step(w, grads[t - 1], v, float(lr), **options)
                    for name, value, kept in zip("wgv", (w, grads, v), before, strict=True):
                        check_unchanged({"g": "grad"}.get(name, name), value, kept)
                    shares = (1 - beta) * float(beta) ** np.arange(t - 1, -1, -1)
                    average = np.tensordot(shares, grads[:t].astype(np.float64), 1) + beta**t * v0
                    path = path - lr * average
                    check_close("v", new_v, average, dtype=dtype)
                    check_close("w", new_w, path, dtype=dtype)
                    w, v = new_w, new_v
    w, grad, v = np.arange(6.0).reshape(2, 3).T, np.ones((3, 4))[:, ::2], np.full((3, 2), 2.0)
    new_w, new_v = momentum_step(w, grad, v, 0.5, 0.25)
    check_close("v from views", new_v, np.full((3, 2), 1.25))
    check_close("w from views", new_w, w - 0.625)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# *RMSProp* gives each parameter its own step size. It keeps a moving average $v$ of the *squared*
# gradients and divides by its root:
#
# $$v \leftarrow \beta v + (1-\beta)\,g^2, \qquad w \leftarrow w - \eta\,\frac{g}{\sqrt v + \varepsilon}.$$
#
# All operations are elementwise, and $\varepsilon$ stands *outside* the root. Write `rmsprop_step`.


# %% solution="rmsprop_step"
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    """One step of RMSProp.

    Args:
        w: parameter, float array of any shape.
        grad: gradient, of the shape of `w`.
        v: moving average of squared gradients so far, of the shape of `w` (zeros at the start).
        lr: learning rate.
        beta: share of the old average that is kept.
        eps: added to the root, against division by zero.

    Returns:
        The new `w` and the new `v`, of the shape and dtype of `w`.
    """
    ### BEGIN SOLUTION
    v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v
    ### END SOLUTION


# %% test="rmsprop_step" points=3
w, grad, v = np.array([1.0, -1.0]), np.array([2.0, -4.0]), np.array([4.0, 0.0])
new_w, new_v = rmsprop_step(w, grad, v, 0.1, beta=0.75, eps=0.5)
check_close("v", new_v, [4.0, 4.0], "The squared gradient enters with 1 - beta.", dtype=np.float64)
check_close("w", new_w, [0.92, -0.84], "Divide by sqrt(new v) + eps.", dtype=np.float64)
check_numpy_only(rmsprop_step)
passed("rmsprop_step")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(44)
    for shape in ((1,), (6,), (4, 3), (2, 1, 5)):
        for dtype in (np.float64, np.float32):
            for lr, options in (
                (0.02, {}),
                (0.3, {"beta": 0.5}),
                (0.1, {"beta": 0.9, "eps": 0.3}),
                (1.5, {"eps": 1e-3}),
            ):
                w = rng.standard_normal(shape).astype(dtype)
                v = np.zeros_like(w)
                leaf = torch.tensor(w.astype(np.float64), requires_grad=True)
                optimizer = torch.optim.RMSprop(
                    [leaf], lr=lr, alpha=options.get("beta", 0.99), eps=options.get("eps", 1e-8)
                )
                for _ in range(6):
                    grad = (10.0 ** rng.integers(-2, 2) * rng.standard_normal(shape)).astype(dtype)
                    leaf.grad = torch.tensor(grad.astype(np.float64))
                    optimizer.step()
                    before = [w.copy(), grad.copy(), v.copy()]
                    new_w, new_v = rmsprop_step(w, grad, v, lr, **options)
                    check_close("v", new_v, optimizer.state[leaf]["square_avg"], dtype=dtype)
                    check_close("w", new_w, leaf.detach(), dtype=dtype)
                    for name, value, kept in zip(
                        ("w", "grad", "v"), (w, grad, v), before, strict=True
                    ):
                        check_unchanged(name, value, kept)
                    w, v = new_w, new_v
    w, grad, v = np.arange(6.0).reshape(2, 3).T, np.ones((3, 4))[:, ::2], np.full((3, 2), 5.0)
    new_w, new_v = rmsprop_step(w, grad, v, 0.5, 0.75, 0.5)
    check_close("v from views", new_v, np.full((3, 2), 4.0))
    check_close("w from views", new_w, w - 0.2)
    new_w, _ = rmsprop_step(np.ones(2), np.zeros(2), np.zeros(2), 0.1)
    check_close("w at a gradient of zero", new_w, np.ones(2))


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Adam
#
# A moving average that starts at zero is too small at first. Unroll
# $m_t = \beta m_{t-1} + (1-\beta) g_t$ from $m_0 = 0$: what do the weights of $g_1, \dots, g_t$ add
# up to? Divide by that sum and the bias is gone. Write `bias_correction(beta, t)`, which returns
# the *factor* to multiply $m_t$ by,
#
# $$\frac1{1-\beta^t},$$
#
# for the step number $t = 1, 2, \dots$ It raises `ValueError` when `t` is below 1.


# %% solution="bias_correction"
def bias_correction(beta, t):
    """Factor that removes the bias of a moving average started at zero.

    Args:
        beta: share of the old average that is kept, in [0, 1).
        t: number of steps made, from 1.

    Returns:
        1 / (1 - beta**t), a float.

    Raises:
        ValueError: `t` is below 1.

    Source: Kingma and Ba 2015, "Adam", section 3.
    """
    ### BEGIN SOLUTION
    if t < 1:
        raise ValueError(f"t must be at least 1, not {t}")
    return 1 / (1 - beta**t)
    ### END SOLUTION


# %% test="bias_correction" points=2
check_close("bias_correction(0.5, 2)", bias_correction(0.5, 2), 4 / 3, "The power is t.")
check_raises(ValueError, lambda: bias_correction(0.5, 0), "t = 0 should raise a ValueError.")
check_numpy_only(bias_correction)
passed("bias_correction")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for beta in (0.0, 0.3, 0.9, 0.999):
        total = 0.0
        for t in range(1, 40):
            total = beta * total + (1 - beta)
            check_close(f"bias_correction({beta}, {t})", bias_correction(beta, t), 1 / total)
    check_close("bias_correction(0.9, 5000)", bias_correction(0.9, 5000), 1.0)
    for t in (0, -1, -10):
        check_raises(ValueError, lambda n=t: bias_correction(0.9, n), f"t = {t} should be refused.")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `adam_bias` (4 points).** (a) Write $m_t$ as a weighted sum of $g_1, \dots, g_t$,
# starting from $m_0 = 0$. (b) The gradients all have the same mean $E[g]$. Compute $E[m_t]$ and say
# which factor repairs it. (c) Suppose Adam did *not* correct its averages. With $\beta_1 = 0.9$,
# $\beta_2 = 0.999$ and negligible $\varepsilon$, how long is the very first step, in units of the
# learning rate? How long is it with the correction?

# %% [markdown] answer="adam_bias" points=4
# (a) $m_t = (1-\beta)\sum_{i=1}^t \beta^{t-i} g_i$ (insert the recursion into itself; the term
# $\beta^t m_0$ is 0).
#
# (b)
# $E[m_t] = (1-\beta)E[g]\sum_{i=1}^t\beta^{t-i} = (1-\beta)E[g]\,\frac{1-\beta^t}{1-\beta} = (1-\beta^t)E[g]$.
# It is too small by the factor $1-\beta^t$, so multiply by $1/(1-\beta^t)$, which tends to 1 as $t$
# grows.
#
# (c) Without: $m_1 = 0.1\,g$ and $v_1 = 0.001\,g^2$, so the step is
# $\eta\cdot0.1|g|/(\sqrt{0.001}|g|) = 3.16\,\eta$: too long, because $v$ is more biased than $m$.
# With the correction it is $\eta|g|/|g| = \eta$.
#
# - **1 point**: the weighted sum.
# - **2 points**: the geometric series and $E[m_t] = (1-\beta^t)E[g]$ (1), with the correcting
#   factor $1/(1-\beta^t)$ (1).
# - **1 point**: 3.16 learning rates without and 1 with the correction.

# %% [markdown]
# *Adam* joins momentum and RMSProp, each with its bias correction. With $g$ the gradient of step
# $t$,
#
# $$m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad
# \hat m = \frac{m}{1-\beta_1^t},\quad \hat v = \frac{v}{1-\beta_2^t},\quad
# w \leftarrow w - \eta\frac{\hat m}{\sqrt{\hat v} + \varepsilon}.$$
#
# Weight decay comes in two kinds.
#
# - `decoupled=False` is `torch.optim.Adam`: `weight_decay * w` is added to the gradient *before*
#   anything else, so it goes into $m$ and $v$.
# - `decoupled=True` is `torch.optim.AdamW`: $m$ and $v$ see the bare gradient, and the parameter
#   itself is first multiplied by `1 - lr * weight_decay`.
#
# Write `adam_step`. It returns the new `w`, `m` and `v`, where `m` and `v` are the averages
# *before* the correction. `t` is the number of this step, counted from 1. The default decay is 0
# for both kinds. Fifty steps of yours must agree with fifty of PyTorch's.


# %% solution="adam_step"
def adam_step(
    w,
    grad,
    m,
    v,
    t,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    decoupled=False,
):
    """One step of Adam, or of AdamW when `decoupled` is true.

    Args:
        w: parameter, float array of any shape.
        grad: gradient, of the shape of `w`.
        m: moving average of gradients so far, not corrected (zeros at the start).
        v: moving average of squared gradients so far, not corrected (zeros at the start).
        t: number of this step, from 1.
        lr: learning rate.
        betas: shares of the old averages that are kept, for `m` and for `v`.
        eps: added to the root of the corrected `v`.
        weight_decay: factor of the decay.
        decoupled: False: the decay is part of the gradient, as in torch.optim.Adam.
            True: the decay shrinks `w` directly, as in torch.optim.AdamW.

    Returns:
        The new `w`, `m` and `v`, of the shape and dtype of `w`.

    Source: Kingma and Ba 2015, "Adam"; Loshchilov and Hutter 2019, "Decoupled weight decay".
    """
    ### BEGIN SOLUTION
    if decoupled:
        w = w * (1 - lr * weight_decay)
    else:
        grad = grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    ### END SOLUTION


# %% test="adam_step" points=8
w, grad = np.array([1.0, -2.0]), np.array([0.5, -3.0])
zeros = np.zeros(2)
new_w, new_m, new_v = adam_step(w, grad, zeros, zeros, 1, lr=0.1, betas=(0.5, 0.75))
check_close("m", new_m, [0.25, -1.5], "Return m without the correction.", dtype=np.float64)
check_close("v", new_v, [0.0625, 2.25], "Return v without the correction.", dtype=np.float64)
check_close("w", new_w, [0.9, -1.9], "The first step is lr long: correct m and v.", rtol=1e-5)
new_w, new_m, _ = adam_step(w, grad, zeros, zeros, 1, 0.1, (0.5, 0.75), weight_decay=0.5)
check_close("m with decay", new_m, [0.5, -2.0], "Without `decoupled` the decay joins the gradient.")
new_w, new_m, _ = adam_step(w, grad, zeros, zeros, 1, 0.1, (0.5, 0.75), 1e-8, 0.5, True)
check_close("m with decoupled decay", new_m, [0.25, -1.5], "AdamW's m sees the bare gradient.")
check_close("w with decoupled decay", new_w, [0.85, -1.8], "First w * (1 - lr * weight_decay).")
check_numpy_only(adam_step)
passed("adam_step")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(45)

    def fifty_steps(shape, dtype, decoupled, options):
        """Compare fifty steps with torch; the gradient depends on the parameter."""
        w = rng.standard_normal(shape).astype(dtype)
        m, v = np.zeros_like(w), np.zeros_like(w)
        target = rng.standard_normal(shape)
        size = 10.0 ** rng.integers(-2, 2, shape)
        leaf = torch.tensor(w.astype(np.float64), requires_grad=True)
        maker = torch.optim.AdamW if decoupled else torch.optim.Adam
        optimizer = maker([leaf], **{"weight_decay": 0.0, **options})
        for t in range(1, 51):
            bent = size * (leaf.detach().numpy() - target) + 0.3 * rng.standard_normal(shape)
            grad = bent.astype(dtype)
            leaf.grad = torch.tensor(grad.astype(np.float64))
            optimizer.step()
            before = [w.copy(), grad.copy(), m.copy(), v.copy()]
            given = dict(options, decoupled=True) if decoupled else options
            new_w, new_m, new_v = adam_step(w, grad, m, v, t, **given)
            state = optimizer.state[leaf]
            check_close(f"m after step {t}", new_m, state["exp_avg"], dtype=dtype)
            check_close(f"v after step {t}", new_v, state["exp_avg_sq"], dtype=dtype)
            check_close(f"w after step {t}", new_w, leaf.detach(), dtype=dtype)
            for name, value, kept in zip(
                ("w", "grad", "m", "v"), (w, grad, m, v), before, strict=True
            ):
                check_unchanged(name, value, kept)
            w, m, v = new_w, new_m, new_v

    for decoupled in (False, True):
        for options in (
            {},
            {"weight_decay": 0.3, "lr": 0.05},
            {"lr": 0.2, "betas": (0.7, 0.9), "eps": 0.05, "weight_decay": 0.4},
            {"betas": (0.0, 0.5), "eps": 1e-3, "weight_decay": 1.0, "lr": 0.01},
        ):
            fifty_steps((3, 2), np.float64, decoupled, options)
        fifty_steps((1,), np.float64, decoupled, {"weight_decay": 0.1, "lr": 0.1})
        fifty_steps((2, 1, 3), np.float32, decoupled, {"weight_decay": 0.2, "lr": 0.01})

    # by position, from views, in the middle of a run
    w, grad = np.arange(6.0).reshape(2, 3).T, np.ones((3, 4))[:, ::2]
    m, v = np.full((3, 2), 2.0), np.full((3, 2), 3.0)
    new_w, new_m, new_v = adam_step(w, grad, m, v, 2, 0.5, (0.5, 0.5), 0.25, 0.0, False)
    check_close("m", new_m, np.full((3, 2), 1.5))
    check_close("v", new_v, np.full((3, 2), 2.0))
    check_close("w", new_w, w - 0.5 * 2.0 / (np.sqrt(2 / 0.75) + 0.25))
    new_w, _, _ = adam_step(np.ones(2), np.zeros(2), np.zeros(2), np.zeros(2), 1)
    check_close("w at a gradient of zero", new_w, np.ones(2))


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `l2_under_adaptive` (4 points).** Under SGD, decay and penalty were the same thing.
# Under Adam they are not. Two weights have the same value $w = 1$, but the gradients of the loss
# with respect to the first have had a typical size of 10, those with respect to the second 0.1.
# Take $\eta = 0.001$ and a decay of 0.01, and consider the average pull towards zero alone. (a) How
# far does one step of Adam with the decay in the gradient (`decoupled=False`) pull each weight
# towards zero, roughly? (b) How far does AdamW? (c) Which weights escape the penalty in (a), and
# why is AdamW's behaviour usually what you want? Why does this difference not exist under SGD?

# %% [markdown] answer="l2_under_adaptive" points=4
# (a) The decay adds $0.01\,w$ to the gradient, and $m$ passes it on (on average unchanged). The
# step divides it by $\sqrt{\hat v}$, which is about the typical size of the gradient:
# $0.001\cdot0.01/10 = 10^{-6}$ for the first weight and $0.001\cdot0.01/0.1 = 10^{-4}$ for the
# second, a hundred times as much.
#
# (b) $\eta\cdot0.01\cdot w = 10^{-5}$ for both: the factor $1-\eta d$ is the same for every weight.
#
# (c) Weights whose gradients are large escape: the very normalisation that gives every weight the
# same step length also divides their penalty. (And where gradients are tiny the penalty takes over
# $v$ and dictates the step.) The pull so depends on the history of the gradients instead of the
# weight. AdamW shrinks all weights at the same relative rate, so the decay means the same for all
# layers and can be tuned apart from the loss's scale. SGD multiplies all parts of the gradient by
# the same $\eta$, with no division by a per-weight quantity, so that it makes no difference where
# the term is added.
#
# - **1 point**: about $10^{-6}$ and $10^{-4}$ for Adam.
# - **1 point**: $10^{-5}$ for both with AdamW.
# - **1 point**: weights with large gradients are penalised less, because the penalty is divided by
#   $\sqrt{\hat v}$, too.
# - **1 point**: AdamW shrinks all at the same relative rate; SGD has no per-weight division, hence
#   no difference.

# %% [markdown]
# ### Five runs
#
# The next cell trains the same network from the same start on the same batches five times: Adam;
# Adam with the penalty $0.005\lVert w\rVert^2$; Adam with weight decay 0.01 (`decoupled=False`);
# AdamW with the penalty $0.005\lVert w\rVert^2$ and no decay; AdamW with decay 0.01. A penalty is
# part of the loss, so its gradient is added to `grad` before `adam_step` sees it.
#
# Before you run it: how many *different* networks will come out? **What to see:** validation
# accuracy and weights, one row for each run.


# %% tags=["experiment"]
def adam_run(note, penalty=0.0, **options):
    """Train with `adam_step`; return validation accuracy and all parameters."""

    def step(parameter, gradient, state, t):
        m, v = state or (np.zeros_like(parameter), np.zeros_like(parameter))
        gradient = gradient + 2 * penalty * parameter
        parameter, m, v = adam_step(parameter, gradient, m, v, t, lr=1e-3, **options)
        return parameter, (m, v)

    weights, biases = initial_parameters(SIZES, kaiming_std, np.random.default_rng(0))
    weights, biases, _ = fit(weights, biases, step, 2400 if FULL else 20, note)
    values = np.concatenate([p.ravel() for p in (*weights, *biases)])
    return accuracy_of(weights, biases, val_x, val_y), values


def show_accuracies(percents, title):
    """Draw one labelled dot for each entry of a dictionary of accuracies in percent."""
    _, axes = plt.subplots(figsize=(7, 2.6))
    axes.plot(list(percents.values()), list(percents), "o")
    for note, value in percents.items():
        axes.annotate(f"{value:.2f}", (value, note), xytext=(8, -4), textcoords="offset points")
    axes.set(xlabel="validation accuracy (%)", title=title)
    axes.margins(0.15, 0.2)
    axes.invert_yaxis()
    plt.show()


def five_runs():
    """Print a table of the five runs and draw their accuracies."""
    runs = {
        "Adam": {},
        "Adam + penalty 0.005": {"penalty": 0.005},
        "Adam + decay 0.01": {"weight_decay": 0.01},
        "AdamW + penalty 0.005": {"penalty": 0.005, "decoupled": True},
        "AdamW + decay 0.01": {"weight_decay": 0.01, "decoupled": True},
    }
    results = {note: adam_run(note, **options) for note, options in runs.items()}
    print(f"{'run':24}{'validation accuracy':>20}{'std of parameters':>20}")
    for note, (seen, values) in results.items():
        print(f"{note:24}{seen:>20.2%}{values.std():>20.4f}")
    show_accuracies(
        {note: 100 * seen for note, (seen, _) in results.items()}, "Five runs, one start"
    )


five_runs()

# %% [markdown]
# **Question `five_runs` (3 points).** (a) Which of the five runs make the same updates, and why?
# (If two of them differ in the last digit of your table, that is rounding.) (b) The decay of the
# last run has the same factor 0.01, yet its accuracy is close to that of plain Adam. How much does
# it shrink a weight over the whole run of 2,400 steps? (c) Explain the accuracy of the other
# regularised runs, with the weights' standard deviations.

# %% [markdown] answer="five_runs" points=3
# Measured at full scale (784–128–64–10, 50,000 training pictures, batches of 128, learning rate
# 0.001, 2,400 steps, 10,000 validation pictures): Adam 97.69 %, Adam + penalty 0.005 96.39 %,
# Adam + decay 0.01 96.39 %, AdamW + penalty 0.005 96.39 %, AdamW + decay 0.01 97.53 %. Standard
# deviation of the parameters: 0.0729, three times 0.0197, 0.0718.
#
# (a) Runs 2, 3 and 4. The penalty adds $2\cdot0.005\,w = 0.01\,w$ to the gradient, and the decay of
# Adam adds the same $0.01\,w$; AdamW without decay is Adam. So three names stand for one algorithm,
# and there are three different networks.
#
# (b) Each step multiplies by $1 - 0.001\cdot0.01 = 1 - 10^{-5}$; over 2,400 steps that is $0.976$:
# 2.4 % in all, and the gradients make up for most of it.
#
# (c) In the coupled runs the term $0.01\,w$ is divided by $\sqrt{\hat v}$. Most weights have
# gradients far below 0.01 in size late in training, so the penalty dominates $m$ and $v$ and moves
# a weight by up to a whole learning rate a step. Weights shrink to a standard deviation of 0.0197
# instead of 0.0729: the network is held back too much and loses 1.3 points.
#
# - **1 point**: the three equal runs with the reason $2\cdot0.005 = 0.01$ (both terms join the
#   gradient; `decoupled` without decay is plain Adam).
# - **1 point**: the factor $(1-10^{-5})^{2400} \approx 0.976$, hence next to no effect.
# - **1 point**: the coupled term is divided by $\sqrt{\hat v}$ and so is far stronger than its
#   factor suggests: small weights, a network that is held back too much.

# %% [markdown]
# ## Part C · Linear purification
#
# A linear map can clean noisy data. The columns of $X$ ($m \times n$) are $n$ points. Find the
# $m \times m$ matrix $W$ that reproduces them, at a price:
#
# $$\min_W\; \lVert X - WX\rVert_F^2 + \lambda\lVert W\rVert_F^2.$$
#
# - Set the derivative with respect to $W$ to zero. (Each row of $W$ is a ridge regression of its
#   own, if you prefer.)
# - Collect the terms with $W$ on one side. Which side of $W$ does the matrix stand on?
#
# The solution is
#
# $$W = XX^\top\,(XX^\top + \lambda I)^{-1}.$$
#
# Write `purifier(X, lam)`. A negative `lam` raises `ValueError`. `lam = 0` is only called with
# invertible $XX^\top$.


# %% solution="purifier"
def purifier(X, lam):
    """The matrix W that minimises ||X - W X||_F^2 + lam * ||W||_F^2.

    Args:
        X: float array (m, n), one column a point.
        lam: factor of the penalty, at least 0; 0 only where X X^T is invertible.

    Returns:
        W, (m, m), of the dtype of `X`.

    Raises:
        ValueError: `lam` is negative.
    """
    ### BEGIN SOLUTION
    if lam < 0:
        raise ValueError(f"lam must not be negative, but is {lam}")
    gram = X @ X.T
    # gram and its regularised inverse commute and are symmetric
    return np.linalg.solve(gram + lam * np.eye(len(X), dtype=gram.dtype), gram)
    ### END SOLUTION


# %% test="purifier" points=4
X = np.array([[1.0, 2.0, 2.0], [0.0, 1.0, -1.0]])
W = purifier(X, 3.0)
check_close("W.shape", np.shape(W), (2, 2))
check_close("W", W, [[0.75, 0.0], [0.0, 0.4]], "Here X X^T is diag(9, 2).", dtype=np.float64)
check_raises(ValueError, lambda: purifier(X, -0.1), "A negative lam should raise a ValueError.")
check_numpy_only(purifier)
passed("purifier")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(51)
    for m, n in ((1, 1), (1, 6), (5, 1), (4, 9), (6, 3), (3, 3)):
        for lam in (0.05, 1.0, 30.0):
            X = rng.standard_normal((m, n))
            u, s, _ = np.linalg.svd(X)
            s = np.concatenate([s, np.zeros(m)])[:m]
            expected = u @ np.diag(s**2 / (s**2 + lam)) @ u.T
            before = X.copy()
            check_close("W", purifier(X, lam), expected, dtype=np.float64)
            check_unchanged("X", X, before)
            wide = np.repeat(X.T, 2, axis=0)
            check_close("W of a view", purifier(wide[::2].T, lam), expected, dtype=np.float64)
            if lam >= 1:
                check_close("W", purifier(X.astype(np.float32), lam), expected, dtype=np.float32)

    X, lam = rng.standard_normal((3, 5)), 0.7
    best = as_array("W", purifier(X, lam)).astype(np.float64)
    slope = numeric_gradient(lambda W: ((X - W @ X) ** 2).sum() + lam * (W**2).sum(), best)
    check_close("the objective's gradient at W", slope, np.zeros((3, 3)), atol=1e-6)

    check_close("W at lam = 0", purifier(X, 0.0), np.eye(3), dtype=np.float64)
    check_close(
        "W of integers",
        purifier(np.array([[1, 2], [0, 1]]), 1.0),
        np.array([[5, 2], [2, 1]]) @ np.linalg.inv(np.array([[6.0, 2], [2, 2]])),
        dtype=np.float64,
    )
    for lam in (-1e-6, -1.0, -50.0):
        check_raises(ValueError, lambda n=lam: purifier(X, n), f"lam = {lam} should be refused.")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Write $X = U\Sigma V^\top$. Insert it into the formula: $W = U\,\operatorname{diag}(s_i)\,U^\top$
# with one factor $s_i$ for each singular value $\sigma_i$. A direction in which the data are strong
# passes, a weak one is shrunk. Find the factor
#
# $$s = \frac{\sigma^2}{\sigma^2 + \lambda}$$
#
# by hand, then write `shrinkage(sigma, lam)`, elementwise for a number, a list or an array.


# %% solution="shrinkage"
def shrinkage(sigma, lam):
    """Factor by which the purifier shrinks a direction of singular value `sigma`.

    Args:
        sigma: singular value(s), at least 0: a number, a list or an array of any shape.
        lam: factor of the penalty, at least 0 (`sigma` and `lam` are not both 0).

    Returns:
        sigma^2 / (sigma^2 + lam), elementwise, of the shape of `sigma`.
    """
    ### BEGIN SOLUTION
    squares = np.square(sigma)
    return squares / (squares + lam)
    ### END SOLUTION


# %% test="shrinkage" points=2
check_close("shrinkage(2.0, 4.0)", shrinkage(2.0, 4.0), 0.5, "Square sigma.")
check_close("shrinkage([1.0, 3.0], 1.0)", shrinkage([1.0, 3.0], 1.0), [0.5, 0.9], "Elementwise.")
check_numpy_only(shrinkage)
passed("shrinkage")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(52)
    for shape in ((1,), (7,), (3, 4)):
        for lam in (0.0, 1e-3, 0.8, 25.0):
            sigma = rng.uniform(0.01, 6, shape)
            before = sigma.copy()
            check_close("shrinkage", shrinkage(sigma, lam), 1 / (1 + lam / sigma**2))
            check_unchanged("sigma", sigma, before)
    check_close("shrinkage of a list", shrinkage([0.0, 0.5, 10], 2.0), [0.0, 1 / 9, 50 / 51])
    check_close("shrinkage at sigma = 0", shrinkage(0.0, 3.0), 0.0)
    check_close("shrinkage at lam = 0", shrinkage(0.2, 0.0), 1.0)
    check_close("shrinkage of integers", shrinkage(np.array([1, 2]), 3.0), [0.25, 4 / 7])
    check_close("shrinkage of a view", shrinkage(np.arange(1.0, 7)[::2], 9.0), [0.1, 0.5, 25 / 34])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Suppose that only the `keep` largest singular values carry signal. You want all of them to pass
# with a factor of at least `at_least`, and all others to be shrunk to at most `at_most`. Which
# $\lambda \ge 0$ do that?
#
# - Solve $s \ge$ `at_least` for $\lambda$. Which of the kept values is the strictest?
# - Solve $s \le$ `at_most` for $\lambda$. Which of the others is the strictest?
#
# Write `lambda_range(singular_values, keep, at_least, at_most)`, which returns the pair
# `(low, high)` of the smallest and the largest such $\lambda$. The singular values come in any
# order. If all values are kept, `low` is 0; if none is kept, `high` is `inf`. `low == high` is a
# range of one point. If there is no such $\lambda$, raise `ValueError`.


# %% solution="lambda_range"
def lambda_range(singular_values, keep, at_least, at_most):
    """All penalties that let the `keep` largest directions pass and shrink the others.

    Args:
        singular_values: positive numbers in any order, a list or an array (k,).
        keep: how many of the largest values are to pass, 0..k.
        at_least: smallest shrinkage factor allowed for those, in (0, 1).
        at_most: largest shrinkage factor allowed for the others, in (0, 1).

    Returns:
        (low, high): the smallest and the largest lambda >= 0 that satisfy both; low = 0 when all
        values are kept, high = inf when none is.

    Raises:
        ValueError: no lambda satisfies both.
    """
    ### BEGIN SOLUTION
    squares = np.sort(singular_values)[::-1] ** 2
    kept, others = squares[:keep], squares[keep:]
    high = kept[-1] * (1 - at_least) / at_least if len(kept) else np.inf
    low = others[0] * (1 - at_most) / at_most if len(others) else 0.0
    if low > high:
        raise ValueError("no lambda satisfies at_least and at_most")
    return low, high
    ### END SOLUTION


# %% test="lambda_range" points=3
found = lambda_range([10, 8, 4, 1, 0.5, 0.36, 0.16, 0.01], 3, 0.8, 0.5)
assert found is not None and len(found) == 2, "Return the pair (low, high)."
check_close("(low, high)", found, (1.0, 4.0), "The strictest are the value 4 and the value 1.")
check_raises(
    ValueError,
    lambda: lambda_range([3.0, 2.9], 1, 0.9, 0.1),
    "A range without any lambda should raise a ValueError.",
)
check_numpy_only(lambda_range)
passed("lambda_range")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(53)
    for count in (1, 2, 5, 9):
        for keep in range(count + 1):
            values = np.concatenate([rng.uniform(5, 9, keep), rng.uniform(0.05, 1.5, count - keep)])
            rng.shuffle(values)
            before = values.copy()
            for at_least, at_most in ((0.75, 0.4), (0.6, 0.3), (0.3, 0.85)):
                ordered = sorted(values.tolist(), reverse=True)
                high = min((s * s / at_least - s * s for s in ordered[:keep]), default=np.inf)
                low = max((s * s / at_most - s * s for s in ordered[keep:]), default=0.0)
                for given in (values, values.tolist()):
                    found = lambda_range(given, keep, at_least, at_most)
                    check_close("(low, high)", found, (low, high))
                check_unchanged("singular_values", values, before)
    check_close("one lambda alone", lambda_range([2.0, 2.0], 1, 0.5, 0.5), (4.0, 4.0))
    given = [0.5, 4, 1]
    check_close("integers among them", lambda_range(given, 1, 0.5, 0.5), (1.0, 16.0))
    assert given == [0.5, 4, 1], "your function changed its argument singular_values"
    check_close("an array of integers", lambda_range(np.array([1, 3]), 1, 0.5, 0.2), (4.0, 9.0))
    for values, keep, at_least, at_most in (
        ([2.0, 2.0], 1, 0.51, 0.5),
        ([2.0, 2.0], 1, 0.5, 0.49),
        ([1.0, 5.0, 4.9], 1, 0.8, 0.5),
        ([1.0, 3.0, 0.9], 2, 0.6, 0.5),
    ):
        check_raises(
            ValueError,
            lambda a=values, b=keep, c=at_least, d=at_most: lambda_range(a, b, c, d),
            f"lambda_range({values}, {keep}, {at_least}, {at_most}) should raise a ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# The next cell shows both functions at work (no points here). On the left, the shrinkage of the
# eight singular values of the test above: **what to see** is the shaded range, where the three red
# lines are above 0.8 and the others below 0.5. On the right, pictures with noise, purified by a $W$
# learned from clean pictures with a small, a middling and a large $\lambda$: too small lets the
# noise pass, too large takes the digit along with it.


# %% tags=["experiment"]
def plot_purification():
    """Shrinkage against lambda, and noisy digits after purification."""
    values = [10, 8, 4, 1, 0.5, 0.36, 0.16, 0.01]
    low, high = lambda_range(values, 3, 0.8, 0.5)
    lambdas = np.logspace(-3, 3, 200)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    for sigma in values:
        factors = [shrinkage(sigma, lam) for lam in lambdas]
        left.plot(lambdas, factors, color="C3" if sigma >= 4 else "0.5", label=f"σ = {sigma}")
    left.axvspan(low, high, color="C0", alpha=0.25)
    left.set(
        xscale="log",
        xlabel="λ",
        ylabel="shrinkage",
        title=f"every λ in [{low:g}, {high:g}] will do",
    )
    left.legend(fontsize=7, ncol=4, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    X = rows_clean(train_x[: 3000 if FULL else 300])
    clean = rows_clean(test_x[:8])
    noisy = clean + np.random.default_rng(0).normal(0, 0.4, clean.shape)
    rows = {"clean": clean, "noisy": noisy}
    for lam in (3e1, 3e3, 3e5) if FULL else (3e0, 3e2, 3e4):
        rows[f"λ = {lam:,.0f}"] = purifier(X, lam) @ noisy
    show_rows(right, {name: torch.tensor(x.T).view(-1, 1, 28, 28) for name, x in rows.items()})
    right.set_title("noisy digits, purified")
    figure.tight_layout()
    plt.show()


def rows_clean(images):
    """Pictures in [0, 1] as the columns of a matrix."""
    return images.flatten(1).numpy().T.astype(np.float64)


def show_rows(axes, rows):
    """Draw a dictionary of equally many pictures each as labelled rows of one image."""
    strips = [torch.cat(list(images[:, 0]), dim=1) for images in rows.values()]
    axes.imshow(torch.cat(strips).clamp(0, 1), cmap="gray_r")
    side = strips[0].shape[0]
    axes.set_yticks([side * (i + 0.5) for i in range(len(rows))], list(rows))
    axes.set_xticks([])
    axes.grid(False)


plot_purification()

# %% [markdown]
# ## Part D · Augmentation
#
# A picture of a 4 that is turned by ten degrees is still a picture of a 4. Augmentation makes new
# training examples out of such knowledge. The usual way takes one picture at a time from disk and
# transforms it in Python. Here all pictures stay in memory as one tensor of shape $(N, 1, H, W)$
# with values in $[0, 1]$, and a transform takes the whole batch at once: an augmented epoch then
# costs little more than a plain one.
#
# In this part you may use all of `torch` and `torchvision`.
#
# ### Turning, moving, scaling and shearing
#
# Write `affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0)`. Each argument after
# `images` is a number, or a tensor of length $N$ with one entry for each picture. The centre of the
# picture is the origin: half-way between the middle pixels where the size is even. The picture is,
# in this order,
#
# 1. *sheared* horizontally by `shear` degrees: a point at height $h$ above the centre moves to the
#    right by $h\tan(\text{shear})$, one below the centre to the left;
# 2. *scaled* by `scale`: 2 doubles lengths;
# 3. *rotated* by `degrees`: positive angles turn the picture counter-clockwise as you see it on the
#    screen (as `torchvision.transforms.functional.rotate` does);
# 4. *moved* by `dx` pixels to the right and `dy` pixels *down*.
#
# The output has the size of the input. The four maps are composed first and the picture is
# interpolated **once**, bilinearly; interpolating several times would blur it. Pixels outside the
# picture count as 0 in the interpolation.
#
# Some thoughts on the way there:
#
# - You need to know for each *output* pixel where in the *input* it comes from. So invert the
#   composed map: undo the four steps in reverse order.
# - Row numbers grow downwards. In coordinates $(x, y)$ with $y$ pointing down, a turn
#   counter-clockwise *on the screen* by $\theta$ takes $(x, y)$ to
#   $(x\cos\theta + y\sin\theta,\; -x\sin\theta + y\cos\theta)$. Check it with a point on the right
#   that must go to the top.
# - `torch.nn.functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=...)`
#   does the interpolation. `grid` is $(N, H, W, 2)$, the last axis $(x, y)$ in units where the
#   picture reaches from −1 to 1. With `align_corners=False` these are the outer *edges* of the
#   first and the last pixel, so that a pixel is $2/W$ wide; with `align_corners=True` they are the
#   *centres* of those pixels, so that a pixel is $2/(W-1)$ wide. Either works if your grid uses the
#   same convention.
#
# What must come out: the identity to within 1e-5; a turn by 90° of a square picture equals
# `torch.rot90(images, 1, (2, 3))`, one by −90° its inverse; a move by whole pixels is a shift that
# fills with zeros; `scale=2` doubles a centred square; tensors of arguments give the same as one
# call for each picture. Any `scale` (or entry of it) that is not positive raises `ValueError`.
# Pictures are compared to within 1e-4.


# %% solution="affine_images"
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    """Shear, then scale, then rotate, then move pictures about their centres, interpolating once.

    Each argument after `images` is a number, or a float tensor (N,) with one entry a picture.

    Args:
        images: float tensor (N, 1, H, W) in [0, 1].
        degrees: angle of rotation, positive is counter-clockwise as displayed.
        dx: move to the right, in pixels.
        dy: move down, in pixels.
        scale: factor, positive.
        shear: angle in degrees; a point h above the centre moves right by h * tan(shear).

    Returns:
        Float tensor (N, 1, H, W): bilinear interpolation, pixels outside the picture count as 0.

    Raises:
        ValueError: a `scale` is not positive.
    """
    ### BEGIN SOLUTION
    count, _, height, width = images.shape
    dtype = images.dtype

    def per_image(value):
        return torch.as_tensor(value, dtype=dtype).expand(count).view(count, 1)

    degrees, dx, dy, scale, shear = map(per_image, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    angle, slope = torch.deg2rad(degrees), torch.deg2rad(shear).tan()
    cos, sin = angle.cos() / scale, angle.sin() / scale
    # from the output pixel back to the input: undo the move, then rotation and scale, then shear
    x = torch.arange(width, dtype=dtype) - (width - 1) / 2 - dx
    y = torch.arange(height, dtype=dtype) - (height - 1) / 2 - dy
    # (x, y) of the grid as one complex number: a term for the column plus one for the row
    columns = torch.complex((cos + slope * sin) * x * (2 / width), sin * x * (2 / height))
    rows = torch.complex((slope * cos - sin) * y * (2 / width), cos * y * (2 / height))
    grid = torch.view_as_real(columns[:, None, :] + rows[:, :, None])
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    ### END SOLUTION


# %% test="affine_images" points=8
images = torch.zeros(2, 1, 5, 5)
images[:, 0, 2, 4] = 1.0  # in the middle of the right edge
images[:, 0, 1, 1] = 0.5
out = affine_images(images)
assert out is not None, "affine_images returns None."
check_close("the shape", tuple(out.shape), (2, 1, 5, 5))
check_close("the identity", out, images, "Check align_corners.", dtype=np.float32, atol=1e-5)
check_close(
    "a turn by 90 degrees",
    affine_images(images, degrees=90),
    torch.rot90(images, 1, (2, 3)),
    "Positive angles turn counter-clockwise as displayed, although rows count downwards.",
    atol=1e-4,
)
moved = torch.zeros(2, 1, 5, 5)
moved[:, 0, 3, 0] = 0.5
check_close(
    "a move by dx = -1 and dy = 2",
    affine_images(images, dx=-1, dy=2),
    moved + nn.functional.one_hot(torch.tensor(23), 25).view(5, 5),
    "dx > 0 moves right, dy > 0 moves down; pixels have width 2 / W in the grid.",
    atol=1e-4,
)
sheared = torch.zeros(2, 1, 5, 5)
sheared[:, 0, 2, 4] = 1.0
sheared[:, 0, 1, 2] = 0.5
check_close(
    "a shear by 45 degrees",
    affine_images(images, shear=45),
    sheared,
    "What is above the centre moves right.",
    atol=1e-4,
)
check_raises(ValueError, lambda: affine_images(images, scale=0), "scale = 0 should be refused.")
passed("affine_images")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(61)

    def forward_map(degrees, dx, dy, scale, shear):
        """The composed map of points (x right, y down) about the centre, as a 3 x 3 matrix."""
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        shears = np.array([[1, -np.tan(np.deg2rad(shear)), 0], [0, 1, 0], [0, 0, 1]])
        turns = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
        moves = np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]])
        return moves @ turns @ np.diag([scale, scale, 1]) @ shears

    def warp(picture, degrees=0, dx=0, dy=0, scale=1, shear=0):
        """One picture (H, W) by brute force in float64, with zeros outside."""
        height, width = picture.shape
        back = np.linalg.inv(forward_map(degrees, dx, dy, scale, shear))
        y, x = np.mgrid[:height, :width]
        middle = np.array([(width - 1) / 2, (height - 1) / 2, 0])[:, None]
        points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)]) - middle
        points = back @ points + middle
        left, top = np.floor(points[0]), np.floor(points[1])
        total = np.zeros(x.size)
        for i in (0, 1):
            for j in (0, 1):
                column, row = (left + j).astype(int), (top + i).astype(int)
                weight = (1 - abs(points[0] - column)) * (1 - abs(points[1] - row))
                inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
                value = picture[row.clip(0, height - 1), column.clip(0, width - 1)]
                total += np.where(inside, weight * value, 0)
        return total.reshape(height, width)

    def expected_of(images, arguments):
        """`warp` of each picture with its own arguments."""
        single = [
            {k: float(v[i]) if isinstance(v, torch.Tensor) else v for k, v in arguments.items()}
            for i in range(len(images))
        ]
        made = [warp(p[0].numpy().astype(float), **s) for p, s in zip(images, single, strict=True)]
        return np.array(made)[:, None]

    def pictures(*shape):
        """Random pictures in [0, 1]."""
        return torch.from_numpy(rng.random(shape, dtype=np.float32))

    def between(low, high, count):
        """A tensor of `count` random numbers."""
        return torch.from_numpy(rng.uniform(low, high, count).astype(np.float32))

    def compare(images, **arguments):
        """Check `affine_images` against brute force, and that it modified nothing."""
        before = images.clone()
        kept = {k: v.clone() for k, v in arguments.items() if isinstance(v, torch.Tensor)}
        out = affine_images(images, **arguments)
        note = f"affine_images with {', '.join(arguments) or 'no arguments'}"
        check_close(note, out, expected_of(images, arguments), dtype=np.float32, rtol=0, atol=1e-4)
        check_unchanged("images", images, before)
        for name, value in kept.items():
            check_unchanged(name, arguments[name], value)

    for shape in ((1, 1, 6, 6), (3, 1, 7, 7), (2, 1, 8, 11), (4, 1, 13, 6), (1, 1, 28, 28)):
        count = shape[0]
        images = pictures(*shape)
        check_close("the identity", affine_images(images), images, rtol=0, atol=1e-5)
        compare(images)
        for degrees in (37.0, -112.5, 10, 180, 300.0):
            compare(images, degrees=degrees)
        for name, values in (
            ("dx", (1.3, -2.75, 2)),
            ("dy", (0.4, -1.6, 3)),
            ("scale", (0.6, 1.7, 3)),
            ("shear", (25.0, -40.0, 10)),
        ):
            for value in values:
                compare(images, **{name: value})
        compare(images, degrees=25.0, shear=20.0)
        compare(images, scale=1.4, dx=1.5, dy=-0.7)
        compare(images, degrees=-70.0, dx=1.5, dy=-2.2, scale=0.8, shear=-15.0)
        compare(
            images,
            degrees=between(-180, 180, count),
            dx=between(-3, 3, count),
            dy=between(-3, 3, count),
            scale=between(0.5, 2, count),
            shear=between(-40, 40, count),
        )
        compare(images, degrees=between(-90, 90, count), dy=1.25, scale=0.9)
        compare(images, dx=between(-2, 2, count), dy=between(-2, 2, count), degrees=15)

    compare(pictures(6, 1, 9, 8)[::2], degrees=33.0, dx=0.5)
    compare(pictures(2, 1, 9, 8).transpose(2, 3), degrees=33.0, dx=0.5)

    for side in (4, 5, 12):
        images = pictures(3, 1, side, side)
        for turns in (1, -1, 2):
            check_close(
                f"a turn by {90 * turns} degrees",
                affine_images(images, degrees=90.0 * turns),
                torch.rot90(images, turns, (2, 3)),
                rtol=0,
                atol=1e-4,
            )

    images = pictures(2, 1, 9, 7)
    for dx, dy in ((1, 0), (0, 1), (-2, 3), (4, -1), (7, 0), (0, -9)):
        shifted = torch.zeros(2, 1, 9, 7)
        rows, columns = slice(max(dy, 0), 9 + min(dy, 0)), slice(max(dx, 0), 7 + min(dx, 0))
        from_rows, from_columns = (
            slice(max(-dy, 0), 9 + min(-dy, 0)),
            slice(max(-dx, 0), 7 + min(-dx, 0)),
        )
        shifted[:, :, rows, columns] = images[:, :, from_rows, from_columns]
        check_close(
            f"a move by ({dx}, {dy})", affine_images(images, dx=dx, dy=dy), shifted, atol=1e-4
        )

    square = torch.zeros(1, 1, 12, 12)
    square[:, :, 4:8, 4:8] = 1
    double = as_array("the doubled square", affine_images(square, scale=2))[0, 0]
    check_close("the inside of the doubled square", double[3:9, 3:9], np.ones((6, 6)), atol=1e-4)
    check_close("the outside of the doubled square", double[0], np.zeros(12), atol=1e-4)
    check_close("the area of the doubled square", double.sum(), 64.0, atol=1e-2)

    images = pictures(4, 1, 8, 8)
    together = {
        "degrees": between(-60, 60, 4),
        "dx": between(-2, 2, 4),
        "dy": between(-2, 2, 4),
        "scale": between(0.7, 1.5, 4),
        "shear": between(-20, 20, 4),
    }
    alone = [
        as_array(
            "out", affine_images(images[i : i + 1], **{k: float(v[i]) for k, v in together.items()})
        )
        for i in range(4)
    ]
    out = affine_images(images, **together)
    check_close(
        "pictures one at a time and together", out, np.concatenate(alone), rtol=0, atol=1e-4
    )
    check_close(
        "arguments by position",
        affine_images(images, 20.0, 1.0, -2.0, 1.2, 5.0),
        expected_of(images, {"degrees": 20.0, "dx": 1.0, "dy": -2.0, "scale": 1.2, "shear": 5.0}),
        atol=1e-4,
    )

    for scale in (
        0,
        -1,
        -0.5,
        torch.tensor([1.0, 2.0, 0.0, 1.0]),
        torch.tensor([1.0, -2.0, 3.0, 1.0]),
    ):
        check_raises(
            ValueError,
            lambda s=scale: affine_images(images, scale=s),
            "scale <= 0 should be refused.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Blur and noise
#
# A Gaussian blur replaces each pixel by a weighted mean of its neighbours, with weights
#
# $$k_{ij} \propto \exp\left(-\frac{i^2 + j^2}{2\sigma^2}\right), \qquad \sum_{ij} k_{ij} = 1.$$
#
# Write `blur_images(images, sigma)`. The kernel reaches at least $\lceil3\sigma\rceil$ pixels to
# each side, cut to $\min(H, W) - 1$ when the picture is smaller than that. At the borders the
# picture is *reflected* (without repeating the border pixel, as `torch.nn.functional.pad` does with
# `mode="reflect"`). `sigma = 0` returns the pictures as they are. `sigma` is one number for the
# whole batch. Your result must lie within 1e-2 of torchvision's `gaussian_blur` with `kernel_size`
# $= 2\lceil3\sigma\rceil + 1$, where that fits.
#
# The kernel is a product of a function of $i$ and a function of $j$. That can save you a lot of
# work.


# %% solution="blur_images"
def blur_images(images, sigma):
    """Gaussian blur with reflected borders.

    Args:
        images: float tensor (N, 1, H, W) in [0, 1].
        sigma: standard deviation of the kernel in pixels, at least 0; 0 changes nothing.

    Returns:
        Float tensor (N, 1, H, W). The kernel's radius is at least ceil(3 * sigma), cut to
        min(H, W) - 1.
    """
    ### BEGIN SOLUTION
    if sigma == 0:
        return images.clone()
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    offsets = torch.arange(-radius, radius + 1, dtype=images.dtype)
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, (radius,) * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))
    ### END SOLUTION


# %% test="blur_images" points=2
images = torch.zeros(2, 1, 9, 9)
images[:, 0, 4, 4] = 1.0
out = blur_images(images, 1.0)
assert out is not None, "blur_images returns None."
check_close("the shape", tuple(out.shape), (2, 1, 9, 9))
check_close(
    "the middle row of a blurred point",
    out[0, 0, 4],
    [0.0001, 0.0018, 0.0215, 0.0965, 0.1592, 0.0965, 0.0215, 0.0018, 0.0001],
    "The weights fall off as exp(-i**2 / (2 sigma**2)) and add up to 1.",
    dtype=np.float32,
    atol=1e-2,
)
check_close("sigma = 0", blur_images(images, 0), images, "It changes nothing.", atol=1e-6)
white = torch.ones(1, 1, 9, 9)
check_close("a white picture", blur_images(white, 2.0), white, "Reflect the borders.", atol=1e-3)
passed("blur_images")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(62)

    def slow_blur(picture, sigma):
        """Brute force on one picture (H, W), borders reflected."""
        height, width = picture.shape
        radius = min(int(np.ceil(3 * sigma)), height - 1, width - 1)
        offsets = np.arange(-radius, radius + 1)
        kernel = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * sigma**2))
        kernel /= kernel.sum()
        padded = np.pad(picture, radius, mode="reflect")
        total = np.zeros(picture.shape)
        for i in range(2 * radius + 1):
            for j in range(2 * radius + 1):
                total += kernel[i, j] * padded[i : i + height, j : j + width]
        return total

    for shape in ((1, 1, 28, 28), (3, 1, 10, 14), (2, 1, 15, 9)):
        for sigma in (0.3, 0.8, 1.0, 1.6, 2.5):
            if np.ceil(3 * sigma) >= min(shape[2:]):
                continue
            images = torch.from_numpy((rng.random(shape) < 0.5).astype(np.float32))
            images[:, :, :4, :3] = 1
            before = images.clone()
            out = blur_images(images, sigma)
            expected = np.array([slow_blur(p[0].numpy(), sigma) for p in images])[:, None]
            check_close(f"a blur with {sigma}", out, expected, dtype=np.float32, rtol=0, atol=1e-2)
            check_unchanged("images", images, before)

    # a black square in a white picture: the far reach of the kernel shows in the middle
    images = torch.ones(1, 1, 29, 29)
    images[:, :, 9:20, 9:20] = 0
    expected = slow_blur(images[0, 0].numpy(), 2.0)
    check_close("a blur with 2.0", blur_images(images, 2.0)[0, 0], expected, rtol=0, atol=1e-2)
    images = torch.ones(1, 1, 29, 29)
    images[:, :, 10:19, 10:19] = 0
    expected = slow_blur(images[0, 0].numpy(), 1.7)
    check_close("a blur with 1.7", blur_images(images, 1.7)[0, 0], expected, rtol=0, atol=1e-2)

    # a kernel that is only just too large
    for shape in ((3, 3), (3, 6), (5, 3)):
        picture = torch.zeros(shape)
        picture[0, 0] = picture[-1, 1] = 1
        out = blur_images(picture[None, None], 1.0)[0, 0]
        check_close("a cut blur", out, slow_blur(picture.numpy(), 1.0), rtol=0, atol=3e-2)

    # a kernel larger than the picture
    for shape in ((2, 1, 5, 5), (1, 1, 4, 9), (1, 1, 9, 3)):
        out = blur_images(torch.full(shape, 0.7), 3.0)
        check_close("a grey picture under a large kernel", out, torch.full(shape, 0.7), atol=1e-3)
        images = torch.from_numpy(rng.random(shape, dtype=np.float32))
        out = as_array("a blur of a small picture", blur_images(images, 3.0))
        assert out.shape == shape and np.isfinite(out).all(), "a small picture under a large kernel"
        low, high = float(images.min()), float(images.max())
        assert out.min() >= low - 1e-4 and out.max() <= high + 1e-4, "a blur is a weighted mean"

    view = torch.from_numpy(rng.random((4, 1, 12, 10), dtype=np.float32))[::2].transpose(2, 3)
    expected = np.array([slow_blur(p[0].numpy(), 1.2) for p in view])[:, None]
    check_close("a blur of a view", blur_images(view, 1.2), expected, rtol=0, atol=1e-2)
    check_close("sigma = 0", blur_images(view, 0), view, rtol=0, atol=1e-6)
    check_close("sigma = 0.0", blur_images(view, 0.0), view, rtol=0, atol=1e-6)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Write `noise_images(images, std, rng)`. It adds to every pixel its own draw from a Gaussian with
# mean 0 and standard deviation `std`, then clamps the result to $[0, 1]$. The randomness comes from
# the NumPy generator `rng`: the same generator state gives the same pictures, another seed gives
# others.


# %% solution="noise_images"
def noise_images(images, std, rng):
    """Add Gaussian noise to every pixel and clamp to [0, 1].

    Args:
        images: float tensor (N, 1, H, W) in [0, 1].
        std: standard deviation of the noise, at least 0.
        rng: np.random.Generator.

    Returns:
        Float tensor (N, 1, H, W) in [0, 1].
    """
    ### BEGIN SOLUTION
    noise = torch.from_numpy(rng.standard_normal(images.shape)).to(images.dtype)
    return (images + std * noise).clamp(0, 1)
    ### END SOLUTION


# %% test="noise_images" points=2
grey = torch.full((2, 1, 30, 30), 0.5)
out = noise_images(grey, 0.05, np.random.default_rng(3))
assert out is not None, "noise_images returns None."
check_close("the shape", tuple(out.shape), (2, 1, 30, 30))
noise = as_array("the result", out) - 0.5
assert noise.dtype == np.float32, "float32 in, float32 out: NumPy draws float64."
assert abs(noise.std() - 0.05) < 0.006, f"the noise has a std of {noise.std():.3f}, not of 0.05"
assert abs(noise.mean()) < 0.008, f"the noise has a mean of {noise.mean():.3f}, not of 0"
same = noise_images(grey, 0.05, np.random.default_rng(3))
check_close("the result with the same seed", same, out, "Take all randomness from rng.")
passed("noise_images")


### BEGIN HIDDEN TESTS
def hidden_tests():
    grey = torch.full((4, 1, 60, 50), 0.45)
    for std in (0.02, 0.09):
        before = grey.clone()
        out = as_array("the result", noise_images(grey, std, np.random.default_rng(17)))
        check_unchanged("images", grey, before)
        assert out.shape == (4, 1, 60, 50) and out.dtype == np.float32
        z = (out.astype(np.float64) - 0.45) / std
        size = z.size
        assert abs(z.mean()) < 6 / size**0.5, "the noise has not mean 0"
        assert abs(z.std() - 1) < 6 / (2 * size) ** 0.5, (
            "the noise has not the standard deviation std"
        )
        assert abs((z**4).mean() - 3) < 6 * (96 / size) ** 0.5, "the noise is not Gaussian"
        for one, other in (
            (z[0], z[1]),
            (z[2], z[3]),
            (z[:, :, 1:], z[:, :, :-1]),
            (z[..., 1:], z[..., :-1]),
        ):
            product = (one * other).mean()
            assert abs(product) < 7 / one.size**0.5, "each pixel of each picture needs its own draw"
    again = noise_images(grey, 0.09, np.random.default_rng(17))
    check_close("the result with the same seed", again, out, rtol=0, atol=1e-6)
    other = as_array("the result", noise_images(grey, 0.09, np.random.default_rng(18)))
    assert np.abs(other - out).max() > 0.01, "another seed gives other noise"

    ends = torch.cat([torch.zeros(1, 1, 40, 40), torch.ones(1, 1, 40, 40)])
    out = as_array("the result", noise_images(ends, 0.3, np.random.default_rng(19)))
    assert out.min() >= 0 and out.max() <= 1, "clamp the result to [0, 1]"
    for share in ((out[0] == 0).mean(), (out[1] == 1).mean()):
        assert abs(share - 0.5) < 6 * 0.5 / 40, (
            "half of the noise on black or white is clamped away"
        )
    assert abs(out[0].mean() - 0.3 * 0.3989) < 0.03, "clamp the noisy picture, not the noise"

    images = torch.from_numpy(np.random.default_rng(20).random((6, 1, 9, 7), dtype=np.float32))
    check_close("std = 0", noise_images(images, 0.0, np.random.default_rng(0)), images, atol=1e-6)
    view = images[::3].transpose(2, 3)
    out = noise_images(view, 0.01, np.random.default_rng(0))
    check_close("faint noise on a view", out, view, rtol=0, atol=0.08)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Here is each transform at work on one example of each digit. **What to see:** the rows are what
# their labels say. Check the directions: counter-clockwise, to the right, downwards, top to the
# right.


# %% tags=["experiment"]
def plot_gallery():
    """Every transform (rows) on one example of each digit (columns)."""
    firsts = [int((train_y == digit).nonzero()[0]) for digit in range(10)]
    digits = train_x[firsts]
    rng = np.random.default_rng(0)
    rows = {
        "original": digits,
        "degrees = 30": affine_images(digits, degrees=30),
        "dx = 4": affine_images(digits, dx=4),
        "dy = 4": affine_images(digits, dy=4),
        "scale = 0.7": affine_images(digits, scale=0.7),
        "scale = 1.3": affine_images(digits, scale=1.3),
        "shear = 25": affine_images(digits, shear=25),
        "blur σ = 1.2": blur_images(digits, 1.2),
        "noise 0.25": noise_images(digits, 0.25, rng),
    }
    _, axes = plt.subplots(figsize=(6.5, 6))
    show_rows(axes, rows)
    axes.set_title("Every transform on one example of each digit")
    plt.show()


plot_gallery()

# %% [markdown]
# ### A larger data set from a small one
#
# The next cell holds what the remaining exercises share: `random_strengths` draws mild random
# arguments for `affine_images`, one for each picture, and `train_network` trains a torch network,
# with a transform for each batch if you like.


# %% tags=["setup"]
def random_strengths(count, rng):
    """Mild random arguments for `affine_images`: a dictionary of float32 tensors (count,)."""
    limits = {
        "degrees": (-15, 15),
        "dx": (-2, 2),
        "dy": (-2, 2),
        "scale": (0.9, 1.1),
        "shear": (-10, 10),
    }
    return {
        name: torch.from_numpy(rng.uniform(low, high, count).astype(np.float32))
        for name, (low, high) in limits.items()
    }


def make_network(widths=(192, 64)):
    """A network for 28 × 28 pictures and ten classes, always with the same first weights."""
    torch.manual_seed(0)
    layers, fan_in = [nn.Flatten()], 784
    for width in widths:
        layers += [nn.Linear(fan_in, width), nn.ReLU()]
        fan_in = width
    return nn.Sequential(*layers, nn.Linear(fan_in, 10))


def train_network(model, images, labels, epochs, rng, transform=None, note="epochs", batch=256):
    """Train `model` in place with Adam; `transform(images) -> images` changes each batch first.

    The progress bar is called `note`; None means no bar. Returns the model.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in tqdm(range(epochs), desc=note, disable=SCALE != "full" or note is None):
        for chosen in torch.from_numpy(rng.permutation(len(images))).split(batch):
            pictures = images[chosen] if transform is None else transform(images[chosen])
            loss = nn.functional.cross_entropy(model(pictures), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def accuracy(model, images, labels):
    """Share of `images` that `model` classifies correctly."""
    with torch.no_grad():
        return float((model(images).argmax(dim=1) == labels).float().mean())


# %% [markdown]
# Write `augment_dataset(images, labels, total, rng)`. It returns `total` pictures and labels. The
# first $N$ are the originals, unchanged and in order. Picture number $N + k$ is a copy of original
# number $k \bmod N$ with a random transform *of its own*: two copies, of the same or of different
# originals, do not share one draw. Its label is that of its original.
#
# Which transform is up to you, as long as it is mild enough that a digit stays what it is:
# `affine_images` with `random_strengths` will do. `labels` is a torch tensor of integers and keeps
# its dtype. `total` below $N$ raises `ValueError`.


# %% solution="augment_dataset"
def augment_dataset(images, labels, total, rng):
    """Enlarge a data set with randomly transformed copies.

    Args:
        images: float tensor (N, 1, H, W) in [0, 1].
        labels: integer tensor (N,).
        total: size of the result, at least N.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        images: float tensor (total, 1, H, W): the originals in order, then at place N + k a copy of
            original k mod N with its own random transform.
        labels: integer tensor (total,), of the dtype of `labels`.

    Raises:
        ValueError: `total` is below N.
    """
    ### BEGIN SOLUTION
    count = len(images)
    if total < count:
        raise ValueError(f"total must be at least {count}, not {total}")
    origin = torch.arange(total - count) % count
    copies = [
        affine_images(images[part], **random_strengths(len(part), rng))
        for part in origin.split(1000)
        if len(part)
    ]
    return torch.cat([images, *copies]), torch.cat([labels, labels[origin]])
    ### END SOLUTION


# %% test="augment_dataset" points=3
images = torch.zeros(2, 1, 28, 28)
images[0, 0, 8:20, 8:20] = 1.0
images[1, 0, 8:20, 8:20] = 0.3
out, out_labels = augment_dataset(images, torch.tensor([7, 2]), 7, np.random.default_rng(0))
check_close("the shape of the images", tuple(out.shape), (7, 1, 28, 28))
check_close("the labels", out_labels, [7, 2, 7, 2, 7, 2, 7], "Copy k is of original k mod N.")
check_close("the first two images", out[:2], images, "The originals come first, unchanged.")
assert not np.allclose(as_array("image 2", out[2]), as_array("image 0", images[0])), (
    "Image number 2 should be a transformed copy of image 0, not image 0 itself."
)
check_raises(
    ValueError,
    lambda: augment_dataset(images, torch.tensor([7, 2]), 1, np.random.default_rng(0)),
    "total = 1 with two images should raise a ValueError.",
)
passed("augment_dataset")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def disc(level):
        """A picture of a disc of brightness `level` in the middle, with a brighter wedge of it."""
        y, x = np.mgrid[:28, :28] - 13.5
        picture = level * (x**2 + 1.3 * y**2 < 64)
        return torch.from_numpy(picture.astype(np.float32))[None]

    def centre(picture):
        """Mean brightness in the very middle."""
        return float(as_array("a picture", picture)[..., 12:16, 12:16].mean())

    levels = [1.0, 0.15, 0.45]
    images = torch.stack([disc(level) for level in levels])
    for dtype in (torch.int64, torch.int32, torch.uint8):
        labels = torch.tensor([4, 9, 0], dtype=dtype)
        for total in (3, 4, 11):
            before, kept = images.clone(), labels.clone()
            out, out_labels = augment_dataset(images, labels, total, np.random.default_rng(total))
            check_unchanged("images", images, before)
            check_unchanged("labels", labels, kept)
            check_close("the first images", out[:3], images, dtype=np.float32, rtol=0, atol=1e-6)
            assert tuple(out.shape) == (total, 1, 28, 28), "there should be `total` images"
            assert out_labels.dtype == dtype, f"labels of {dtype} became {out_labels.dtype}"
            expected = [[4, 9, 0][k % 3] for k in range(total)]
            check_close("the labels", out_labels, expected)
            for k in range(3, total):
                nearest = min(range(3), key=lambda i: abs(levels[i] - centre(out[k])))
                assert nearest == k % 3, f"image {k} is not a copy of original {k % 3}"

    # every copy has a transform of its own: identical originals do not give identical copies
    images = torch.stack([disc(0.8)] * 8)
    labels = torch.arange(8)
    out, _ = augment_dataset(images, labels, 24, np.random.default_rng(5))
    out = as_array("the images", out)
    for part in (out[8:16], out[16:24], out[[8, 16]], out[[9, 17]], out[8::8]):
        distinct = {np.round(picture, 4).tobytes() for picture in part}
        assert len(distinct) >= min(len(part), 3), "the copies share a transform"
    changed = [np.abs(picture - out[0]).max() > 1e-3 for picture in out[8:]]
    assert np.mean(changed) > 0.6, "copies should be transformed, not repeated"
    again = as_array("the images", augment_dataset(images, labels, 24, np.random.default_rng(5))[0])
    check_close("the images with the same seed", again, out, rtol=0, atol=1e-6)
    other = as_array("the images", augment_dataset(images, labels, 24, np.random.default_rng(6))[0])
    assert np.abs(other - out).max() > 1e-3, "another seed gives other copies"

    one, its_label = augment_dataset(
        disc(0.9)[None], torch.tensor([3]), 5, np.random.default_rng(1)
    )
    check_close("the labels", its_label, [3, 3, 3, 3, 3])
    assert len({np.round(p, 4).tobytes() for p in as_array("images", one)}) >= 3, (
        "copies are the same"
    )
    for total in (7, 0, -1):
        check_raises(
            ValueError,
            lambda n=total: augment_dataset(images, labels, n, np.random.default_rng(0)),
            f"total = {total} with eight images should raise a ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Split first
#
# To judge a network you need pictures that it has not seen, in any guise. Write
# `split_then_augment(images, labels, val_fraction, total, rng)`:
#
# 1. draw `round(val_fraction * N)` of the examples at random, without replacement, with `rng`; they
#    are the validation set, unchanged;
# 2. augment the other examples alone to `total` training examples.
#
# It returns `train_x, train_y, val_x, val_y`. All the examples that were not drawn are in the
# training set, unchanged, and everything else in it is a transformed copy of one of them. A `total`
# smaller than the number of examples left for training raises `ValueError`.


# %% solution="split_then_augment"
def split_then_augment(images, labels, val_fraction, total, rng):
    """Set validation examples aside, then augment the others: the order that does not leak.

    Args:
        images: float tensor (N, 1, H, W) in [0, 1].
        labels: integer tensor (N,).
        val_fraction: share of the examples for validation; N * val_fraction is whole.
        total: size of the training set after augmentation.
        rng: np.random.Generator, the only source of randomness.

    Returns:
        train_x, train_y: `total` training examples, the originals among them.
        val_x, val_y: round(val_fraction * N) examples drawn without replacement, unchanged.

    Raises:
        ValueError: `total` is below the number of training originals.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(images))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]
    ### END SOLUTION


# %% test="split_then_augment" points=2
images = torch.rand(10, 1, 28, 28, generator=torch.Generator().manual_seed(0))
labels = torch.arange(10)
made = split_then_augment(images, labels, 0.3, 21, np.random.default_rng(0))
assert made is not None and len(made) == 4, "Return train_x, train_y, val_x, val_y."
made_x, made_y, kept_x, kept_y = made
check_close("the shape of train_x", tuple(made_x.shape), (21, 1, 28, 28))
check_close("the shape of val_x", tuple(kept_x.shape), (3, 1, 28, 28))
chosen = [int(label) for label in as_array("val_y", kept_y)]
check_close(
    "val_x", kept_x, images[chosen], "Validation pictures stay unchanged, with their labels."
)
assert not set(chosen) & set(as_array("train_y", made_y).tolist()), (
    "A validation example, or a copy of one, is in the training set: split first, then augment."
)
check_raises(
    ValueError,
    lambda: split_then_augment(images, labels, 0.3, 6, np.random.default_rng(0)),
    "total = 6 with seven training originals should raise a ValueError.",
)
passed("split_then_augment")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def discs(count):
        """Pictures of a disc, bright for even numbers, dim for odd ones, no two the same."""
        y, x = np.mgrid[:28, :28] - 13.5
        shape = (x**2 + 1.3 * y**2 < 64)[None, None]
        level = np.where(np.arange(count) % 2, 0.3, 0.9) - 0.1 * np.arange(count) / count
        return torch.from_numpy((level[:, None, None, None] * shape).astype(np.float32))

    def check_split(count, val_fraction, total, seed, dtype=torch.int64):
        """Check one split in every respect; return the numbers of the validation examples."""
        images, labels = discs(count), torch.arange(count).to(dtype)
        before, kept = images.clone(), labels.clone()
        train_x, train_y, val_x, val_y = split_then_augment(
            images, labels, val_fraction, total, np.random.default_rng(seed)
        )
        check_unchanged("images", images, before)
        check_unchanged("labels", labels, kept)
        assert train_y.dtype == val_y.dtype == dtype, "labels keep their dtype"
        val, train = as_array("val_y", val_y).astype(int), as_array("train_y", train_y).astype(int)
        size = round(val_fraction * count)
        assert len(val) == len(set(val.tolist())) == size, f"{size} different validation examples"
        check_close(
            "val_x", val_x, images[val.tolist()], "Unchanged, in the order of val_y.", atol=1e-6
        )
        assert tuple(train_x.shape) == (total, 1, 28, 28) and len(train) == total, (
            "`total` examples"
        )
        assert set(train.tolist()) == set(range(count)) - set(val.tolist()), (
            "the others are for training"
        )
        pictures = as_array("train_x", train_x)
        unchanged = {
            int(label)
            for picture, label in zip(pictures, train, strict=True)
            if np.abs(picture - images[int(label)].numpy()).max() < 1e-6
        }
        assert unchanged == set(train.tolist()), "every training original stays in the training set"
        for picture, label in zip(pictures, train, strict=True):
            bright = picture[0, 12:16, 12:16].mean() > 0.5
            assert bright == (label % 2 == 0), "a training picture does not fit its label"
        copies, rest = np.bincount(train, minlength=count), count - size
        assert copies[copies > 0].min() >= total // rest, (
            "the copies go round all training originals"
        )
        changed = sum(
            np.abs(picture - images[int(label)].numpy()).max() > 1e-3
            for picture, label in zip(pictures, train, strict=True)
        )
        assert total == rest or changed > 0.4 * (total - rest), "the copies should be transformed"
        return val.tolist()

    check_split(10, 0.2, 8, 1)
    check_split(10, 0.5, 33, 2, torch.int32)
    check_split(2, 0.5, 4, 3)
    check_split(30, 0.1, 50, 4, torch.uint8)
    check_split(100, 0.29, 71, 5)
    check_split(50, 0.58, 40, 6)

    images, labels = discs(10), torch.arange(10)
    times = np.zeros(10)
    for seed in range(60):
        split = split_then_augment(images, labels, 0.4, 6, np.random.default_rng(seed))
        times[as_array("val_y", split[3]).astype(int)] += 1
    bound = 6 * (60 * 0.4 * 0.6) ** 0.5
    assert np.abs(times - 24).max() < bound, "every example should be drawn equally often"
    one = split_then_augment(images, labels, 0.4, 20, np.random.default_rng(7))
    two = split_then_augment(images, labels, 0.4, 20, np.random.default_rng(7))
    for name, first, second in zip(("train_x", "train_y", "val_x", "val_y"), one, two, strict=True):
        check_close(f"{name} with the same seed", second, first, rtol=0, atol=1e-6)
    # With pictures all alike the seeds can only differ in the copies.
    alike, labels_alike = discs(1).repeat(6, 1, 1, 1), torch.zeros(6, dtype=torch.int64)
    one, two = (
        split_then_augment(alike, labels_alike, 0.5, 20, np.random.default_rng(seed))[0]
        for seed in (8, 9)
    )
    assert np.abs(as_array("train_x", one) - as_array("train_x", two)).max() > 1e-3, (
        "the random transforms of the copies come from rng too"
    )
    for total in (5, 1, 0):
        check_raises(
            ValueError,
            lambda n=total: split_then_augment(images, labels, 0.4, n, np.random.default_rng(0)),
            f"total = {total} with six training originals should raise a ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Why the fuss about the order? The next cell takes 200 pictures and does it both ways. Once it
# augments them to 8,000 and *then* sets half of those aside for validation. Once it uses your
# function: half of the 200 are set aside, and the others are augmented to 4,000. It trains the same
# network on both, and measures the accuracy also on 10,000 fresh pictures that neither has touched.
# Accuracies on 100 pictures are noisy, so it does all of this with eight different sets of 200 and
# prints means.
#
# **What to see:** each validation accuracy next to the accuracy on fresh pictures that it should
# predict.


# %% tags=["experiment"]
def both_orders(images, labels, total, rng):
    """The two ways to make training and validation sets: (train_x, train_y, val_x, val_y) each."""
    all_x, all_y = augment_dataset(images, labels, total, rng)
    val, train = torch.from_numpy(rng.permutation(total)).split(total // 2)
    return {
        "augment, then split": (all_x[train], all_y[train], all_x[val], all_y[val]),
        "split, then augment": split_then_augment(images, labels, 0.5, total // 2, rng),
    }


def leak_table():
    """Print validation accuracy and accuracy on fresh pictures for both orders."""
    repeats, total, epochs = (8, 8000, 20) if FULL else (1, 400, 1)
    fresh = slice(-10_000, None) if FULL else slice(-200, None)
    rows = {}
    for repeat in tqdm(range(repeats), desc="sets of 200", disable=not FULL):
        rng = np.random.default_rng(repeat)
        chosen = torch.from_numpy(rng.choice(len(train_x) * 4 // 5, 200, replace=False))
        for note, split in both_orders(train_x[chosen], train_y[chosen], total, rng).items():
            fit_images, fit_labels, val_images, val_labels = split
            model = train_network(make_network(), fit_images, fit_labels, epochs, rng, note=None)
            seen = accuracy(model, val_images, val_labels)
            rows.setdefault(note, []).append(
                (seen, accuracy(model, train_x[fresh], train_y[fresh]))
            )
    print(f"{'order':24}{'validation accuracy':>20}{'fresh pictures':>18}")
    for note, values in rows.items():
        seen, real = np.mean(values, axis=0)
        print(f"{note:24}{seen:>20.1%}{real:>18.1%}")


leak_table()

# %% [markdown]
# **Question `leak` (3 points).** Someone augments all pictures first and splits afterwards. (a)
# What exactly ends up in both sets? (b) Which of the numbers in your table is wrong, in which
# direction, and why does the network look better than it is? (c) Name a decision that one would get
# wrong because of it, and say how `split_then_augment` prevents it.

# %% [markdown] answer="leak" points=3
# (a) Copies of one and the same original, turned and moved a little differently, lie in the
# training set and in the validation set. (Originals too, with their copies on the other side.)
# Nearly every validation picture has close relatives in training.
#
# (b) Measured at full scale (means over 8 sets of 200 pictures, 4,000 training pictures, 20 epochs,
# 784–192–64–10, Adam at 0.001, batches of 256; 10,000 fresh pictures): augment, then split: 90.7 %
# on validation but 87.8 % on fresh pictures; split, then augment: 83.5 % against 83.0 %. The 90.7 %
# is wrong, 2.9 points too high: a network that has memorised an original recognises its copies,
# which says nothing about people whose writing it has not seen. In the right order both numbers
# agree within their noise (about 1.3 points with 800 validation pictures). That the fresh
# accuracies differ from row to row is no effect of the order: the leaky network has seen copies of
# all 200 originals, the other of 100 only.
#
# (c) For instance: one keeps the larger network, or trains far too long, or prefers more copies,
# because memorising looks like success. `split_then_augment` takes the validation originals away
# before the first copy is made, so that no copy of them can get into training, and it validates on
# unchanged pictures.
#
# - **1 point**: copies of the same original lie on both sides of the split, so validation pictures
#   are near-duplicates of training pictures.
# - **1 point**: the validation accuracy is too high (quoting the table), because remembering
#   originals is rewarded.
# - **1 point**: a consequence, such as choosing a too large or too long-trained model, or the wrong
#   strength; and that originals are separated before any copy is made.

# %% [markdown]
# ### How strong is too strong?
#
# A transform should be strong enough to add something and mild enough to leave the digit legible.
# One way to measure: train a network on plain pictures and look at how much accuracy it loses on
# *transformed* validation pictures. The next cell does so for rising strengths (angles, moves and
# shears with a random sign for each picture) and sorts them into three bands: mild costs at most 1
# percentage point, medium 1 to 3, strong 3 or more.
#
# **What to see:** each panel is a transform; the green, yellow and red bands are the three classes
# of strength. The table below the figure gives the borders.


# %% tags=["experiment"]
part_x, part_y, kept_x, kept_y = split_then_augment(
    train_x, train_y, 1 / 6 if FULL else 0.25, 50_000 if FULL else 1050, np.random.default_rng(0)
)
plain = train_network(
    make_network(),
    part_x,
    part_y,
    10 if FULL else 2,
    np.random.default_rng(0),
    note="plain network",
)


def strength_curves():
    """Loss of accuracy in percentage points by transform and strength."""
    rng = np.random.default_rng(0)
    sign = torch.from_numpy(rng.choice([-1.0, 1.0], len(kept_x)).astype(np.float32))
    transforms = {
        "rotation (degrees)": (lambda s: affine_images(kept_x, degrees=s * sign), 30),
        "move right or left (pixels)": (lambda s: affine_images(kept_x, dx=s * sign), 3),
        "enlarging (factor − 1)": (lambda s: affine_images(kept_x, scale=1 + s), 0.3),
        "shear (degrees)": (lambda s: affine_images(kept_x, shear=s * sign), 40),
        "blur (σ in pixels)": (lambda s: blur_images(kept_x, s), 2.5),
        "noise (std)": (lambda s: noise_images(kept_x, s, np.random.default_rng(1)), 0.3),
    }
    base = accuracy(plain, kept_x, kept_y)
    print(f"validation accuracy on plain pictures: {base:.2%}")
    curves = {}
    bar = tqdm(transforms.items(), desc="transforms", disable=not FULL)
    for name, (transform, limit) in bar:
        strengths = np.linspace(0, limit, 21 if FULL else 4)[1:]
        lost = [100 * (base - accuracy(plain, transform(float(s)), kept_y)) for s in strengths]
        curves[name] = (np.r_[0, strengths], np.r_[0, lost])
    return curves


def first_reach(strengths, lost, level):
    """The strength at which the loss first reaches `level`, by linear interpolation."""
    above = np.flatnonzero(lost >= level)
    if not len(above):
        return np.inf
    i = above[0]
    share = (level - lost[i - 1]) / (lost[i] - lost[i - 1])
    return strengths[i - 1] + share * (strengths[i] - strengths[i - 1])


def plot_bands(curves):
    """Six panels of loss against strength with the three bands, and their table."""
    figure, panels = plt.subplots(2, 3, figsize=(9, 4.6), sharey=True)
    print(f"{'transform':30}{'mild up to':>12}{'strong from':>14}")
    for axes, (name, (strengths, lost)) in zip(panels.flat, curves.items(), strict=True):
        one, three = (first_reach(strengths, lost, level) for level in (1, 3))
        print(f"{name:30}{one:>12.3g}{three:>14.3g}")
        ends = np.minimum([0, one, three, np.inf], strengths[-1])
        for start, end, color in zip(ends, ends[1:], ("C2", "gold", "C3"), strict=False):
            axes.axvspan(start, end, color=color, alpha=0.3, lw=0)
        axes.plot(strengths, lost, "k.-", ms=3, lw=1)
        axes.set(xlabel=name, ylim=(-0.5, 12), xlim=(0, strengths[-1]))
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy lost (points)")
    figure.suptitle("Loss of accuracy by strength: mild (green), medium (yellow), strong (red)")
    figure.tight_layout()
    plt.show()


plot_bands(strength_curves())

# %% [markdown]
# ### Any angle at all
#
# What if you train on pictures turned by *any* angle between −180° and 180°? The next cell gives
# every picture of every batch a new random angle while it trains, and then tests the network on
# turned validation pictures.
#
# **What to see:** the confusion matrix counts, for each true digit (row), which digits the network
# says (column), in percent of the row. Look for large numbers off the diagonal.


# %% tags=["experiment"]
def any_angle(images, rng):
    """Turn each picture by its own angle in (-180, 180) degrees."""
    angles = torch.from_numpy(rng.uniform(-180, 180, len(images)).astype(np.float32))
    return affine_images(images, degrees=angles)


def confusions(model, images, labels):
    """Percent of each true digit (row) that `model` takes for each digit (column)."""
    with torch.no_grad():
        said = model(images).argmax(dim=1)
    counts = torch.bincount(labels * 10 + said, minlength=100).view(10, 10).double()
    return (100 * counts / counts.sum(dim=1, keepdim=True)).numpy()


def plot_confusions(upright, turned):
    """Draw `turned`; print its largest confusions next to those of `upright`, and 6 against 9."""
    off = turned - np.diag(np.diag(turned))
    places = [divmod(int(place), 10) for place in np.argsort(-off, axis=None)[:6]]
    print(f"{'true digit → said':20}{'upright':>10}{'turned':>10}")
    for true, other in (*places, (6, 9), (9, 6)):
        shares = f"{upright[true, other]:>8.1f} %{turned[true, other]:>8.1f} %"
        print(f"{f'{true} → {other}':20}{shares}")
    _, axes = plt.subplots(figsize=(5.4, 4.8))
    shown = axes.imshow(off, cmap="Reds")
    for true, other in np.ndindex(10, 10):
        if turned[true, other] >= 0.5:
            note = f"{turned[true, other]:.0f}"
            axes.text(other, true, note, ha="center", va="center", fontsize=8)
    axes.set(xlabel="digit said", ylabel="true digit", xticks=range(10), yticks=range(10))
    axes.set_title("Turned by any angle: % of each row")
    axes.grid(False)
    plt.colorbar(shown, ax=axes, label="confused (%)", shrink=0.8)
    plt.show()


def rotation_experiment():
    """Train with random angles and show what is confused with what."""
    rng = np.random.default_rng(0)
    model = train_network(
        make_network(),
        part_x,
        part_y,
        15 if FULL else 1,
        rng,
        transform=lambda images: any_angle(images, rng),
        note="any angle",
    )
    turned = any_angle(kept_x, rng)
    print(f"trained upright, tested upright: {accuracy(plain, kept_x, kept_y):.2%}")
    print(f"trained upright, tested turned:  {accuracy(plain, turned, kept_y):.2%}")
    print(f"trained turned,  tested upright: {accuracy(model, kept_x, kept_y):.2%}")
    print(f"trained turned,  tested turned:  {accuracy(model, turned, kept_y):.2%}")
    plot_confusions(confusions(plain, kept_x, kept_y), confusions(model, turned, kept_y))


rotation_experiment()

# %% [markdown]
# **Question `rotation_confusions` (2 points).** (a) Which confusions became much more frequent once
# pictures may be turned by any angle? Name two pairs and say for each why the *shapes* explain it.
# (b) A 6 turned by 180° is "a 9": before the experiment most people bet on that pair. What does the
# table say about it, how can a network tell a turned handwritten 6 from a 9 at all, and what is the
# lesson for choosing the range of an augmentation?

# %% [markdown] answer="rotation_confusions" points=2
# Measured at full scale (784–192–64–10, 50,000 pictures, a new angle in (−180°, 180°) for each
# picture and epoch, 15 epochs, Adam at 0.001, batches of 256; 10,000 validation pictures): 91.1 %
# on turned pictures (33.7 % for the network trained upright), 91.1 % on upright ones (97.3 %).
#
# (a) 8 → 3 rises from 1.1 % to 6.1 % and 5 → 6 from 0.4 % to 3.4 %; also 4 → 2 (0.5 to 3.1), 7 → 2
# (0.6 to 3.0) and 3 → 5 (0.5 to 3.0). An 8 and a 3, a 5 and a 6 differ in whether a short stretch
# of the stroke closes a loop, and the upright network knows at which place to look for it; after
# any turn the place says nothing. A 7 and a 2 share a bar and a slanted line, told apart by which
# end of the slant they are at, and a turn exchanges the ends.
#
# (b) 6 → 9 rises only from 0.0 % to 0.6 % and 9 → 6 from 0.0 % to 1.0 %. Handwritten digits are no
# printed ones: the stem of a 9 is mostly straight and joins its loop at an angle, that of a 6 is a
# long curve, so a turned 6 still carries hints. Where a writer's 9 *is* a turned 6 no network can
# help: the picture alone does not determine the label any more. The lesson: use only the range of a
# transform that leaves the label as it is and that occurs in the pictures the network will see.
# Here ±15° costs nothing, ±180° costs 6 points on upright pictures.
#
# For comparison, the other tables of this part at full scale (same network, optimizer and batches;
# 10 epochs; 10,000 validation pictures). Four training sets: 5,000 originals 91.78 %, the same ten
# times 93.16 %, augmented to 50,000 96.58 %, 50,000 originals 97.32 %. Strengths for the plain
# network (97.25 %), mild up to / strong from: rotation 7.7° / 12.1°, move 0.70 / 1.09 pixels,
# enlarging 0.056 / 0.099, shear 11.1° / 17.6°, blur 1.10 / 1.41 pixels, noise 0.079 / 0.113.
#
# - **1 point**: two pairs from the table with a reason from the shapes.
# - **1 point**: 6 and 9 rise only a little (numbers), since handwriting leaves hints beyond the
#   angle; the lesson that the range must leave the label unchanged.

# %% [markdown]
# ### What is augmentation worth?
#
# Last, four training sets: 5,000 pictures; the same 5,000 repeated ten times (the same number of
# training steps as the next two, but nothing new to see); the 5,000 augmented to 50,000 by your
# function; and 50,000 original pictures. Network, number of epochs and validation pictures are the
# same for all.
#
# **What to see:** how much of the distance between 5,000 and 50,000 originals augmentation makes up
# for, and that repetition is not what does it.


# %% tags=["experiment"]
def four_sizes():
    """Print and draw the validation accuracy after training on each of the four sets."""
    small = 5000 if FULL else 100
    total, epochs = len(part_x), 10 if FULL else 1
    few_x, few_y = part_x[:small], part_y[:small]
    times = total // small
    grown_x, grown_y = augment_dataset(few_x, few_y, times * small, np.random.default_rng(0))
    sets = {
        f"{small:,} originals": (few_x, few_y),
        f"{small:,} originals × {times}": (few_x.repeat(times, 1, 1, 1), few_y.repeat(times)),
        f"augmented to {times * small:,}": (grown_x, grown_y),
        f"{total:,} originals": (part_x, part_y),
    }
    results = {}
    for note, (images, labels) in sets.items():
        model = train_network(
            make_network(), images, labels, epochs, np.random.default_rng(1), note=note
        )
        results[note] = 100 * accuracy(model, kept_x, kept_y)
        print(f"{note:24}{results[note]:8.2f} %")
    show_accuracies(results, "Four training sets")


four_sizes()

# %% include="common/closing.py"
