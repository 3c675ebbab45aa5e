# %% [markdown]
# # Problem set 1 · Dropout
#
# {{colab}}
#
# Dropout sets a random part of a network's activations to zero while it trains. You will write it,
# find out what it does to the statistics of a layer, prove that for a linear model it *is* ridge
# regression, and watch it change what gradient descent finds.
#
# When you are done you can
#
# - implement dropout so that a network needs no change at test time;
# - compute means, variances and distributions of layers under dropout;
# - say exactly which penalty dropout adds to least squares;
# - predict where a model trained with dropout ends up, and check the prediction.
#
# **Points.** 70 points are graded by tests, 30 by a person who reads your written answers. Below
# each function stands a test cell. What you see of it checks the shape, the dtype and a small
# worked case; hidden tests follow when your work is graded, with other sizes and values. Passing
# the visible half is necessary, not sufficient: read what the exercise says.
#
# **Conventions**, good for the whole course:
#
# - `p` is always the probability of **dropping** a unit, as in PyTorch. The paper of Srivastava et
#   al. (2014) and some textbooks call the probability of *keeping* it $p$. Mind this when you read.
# - Inputs are never modified.
# - A result has the floating dtype of the data: `float32` in, `float32` out. Integers count as
#   `float64`. A Python number never changes the dtype of an array, but a NumPy scalar such as
#   `np.sqrt(p)` is a `float64` and turns `float32` arrays into `float64`; `p**0.5` does not.
# - Exercises marked *NumPy* may not call `torch`, `sklearn` or `scipy.stats`.

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% include="common/data.py"

# %% [markdown]
# ## Part A. Mechanics
#
# ### A1 · `dropout_forward` (6 points, *NumPy*)
#
# Each entry of $x$ is dropped (set to zero) with probability $p$, independently of all the others.
# The entries that survive are divided by $1-p$. With one random number $m_i$ per entry,
#
# $$
# \text{out} = x \circ \text{mask}, \qquad
# \text{mask}_i = \frac{m_i}{1-p}, \qquad
# m_i = \begin{cases} 0 & \text{with probability } p,\\ 1 & \text{with probability } 1-p. \end{cases}
# $$
#
# This is *inverted* dropout: the correction by $1-p$ happens during training, so that evaluation
# needs none. The original paper did it the other way round.
#
# What the function must do:
#
# - `train=True`: return `out` and `mask`, both with the shape and the floating dtype of `x`
#   (integers count as `float64`). `x` has any number of dimensions. `mask` holds only $0$ and
#   $1/(1-p)$.
# - `train=False`: nothing is dropped; `out` equals `x` and `mask` is `None`.
# - `p = 0` gives a mask of ones. `p = 1` gives a mask of zeros and zeros in `out`: no NaN, no
#   warning.
# - `p` outside $[0, 1]$ raises a `ValueError` in both modes.
# - All randomness comes from `rng`. A generator with the same seed gives the same mask.
#
# *Hint.* If $u$ is uniform on $[0, 1)$, what is the probability of $u < p$?


# %% solution="dropout_forward"
def dropout_forward(x, p, train, rng):
    """Inverted dropout. Source: Srivastava et al. (2014), sections 4 and 10.

    Arguments:
        x: array of any shape, float32, float64 or integers (treated as float64). Not modified.
        p: float, probability of dropping an entry, 0 <= p <= 1.
        train: bool, True while training, False while evaluating.
        rng: np.random.Generator, the source of all randomness.

    Returns (out, mask):
        out: array, shape and floating dtype of x. x * mask in training, equal to x in evaluation.
        mask: array like out that holds 0 and 1 / (1 - p); None in evaluation.

    Raises ValueError when p lies outside [0, 1], in both modes.
    """
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability between 0 and 1, not {p}")
    if not train:
        return x, None
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = ((rng.random(x.shape) >= p) * scale).astype(dtype)
    return x * mask, mask
    ### END SOLUTION


# %% test="dropout_forward" points=6
check_numpy_only(dropout_forward)
x = np.arange(-5.0, 7.0).reshape(3, 4)
out, mask = dropout_forward(x, 0.5, True, np.random.default_rng(0))
assert mask is not None, "mask is None although train=True: return (out, mask)."
assert as_array("mask", mask).shape == (3, 4), "mask needs one entry for each entry of x."
assert as_array("mask", mask).dtype == np.float64, "mask should have the floating dtype of x."
mask_values = np.unique(np.round(as_array("mask", mask), 6)).tolist()
assert set(mask_values) <= {0.0, 2.0}, (
    f"With p = 0.5 the mask should hold only 0 and 1 / (1 - p) = 2, yours holds {mask_values}."
    " Do you divide the entries that are kept by 1 - p?"
)
check_close("out", out, x * mask, "out should be x * mask.", dtype=np.float64)
check_unchanged("x", x, np.arange(-5.0, 7.0).reshape(3, 4))

out, mask = dropout_forward(np.ones((100, 100), np.float32), 0.2, True, np.random.default_rng(1))
assert as_array("out", out).dtype == np.float32, "x is float32, so out should be float32 too."
assert as_array("mask", mask).dtype == np.float32, "x is float32, so mask should be float32 too."
share_dropped = np.mean(as_array("mask", mask) == 0)
assert share_dropped < 0.5, "p is the probability of dropping an entry: you seem to keep it with p."
assert abs(share_dropped - 0.2) < 0.03, f"With p = 0.2 you drop {share_dropped:.0%} of the entries."

out, mask = dropout_forward(x, 0.5, False, np.random.default_rng(0))
assert mask is None, "In evaluation (train=False) the mask should be None."
check_close("out", out, x, "In evaluation nothing is dropped and nothing is rescaled.")
out, mask = dropout_forward(x, 1.0, True, np.random.default_rng(0))
check_close("mask at p = 1", mask, np.zeros((3, 4)), "1 / (1 - p) is infinite there: take care.")
check_close("out at p = 1", out, np.zeros((3, 4)), "Everything is dropped.")
check_raises(
    ValueError,
    lambda: dropout_forward(x, 1.5, True, np.random.default_rng(0)),
    "p = 1.5 is no probability: raise a ValueError.",
)
passed("dropout_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    import warnings

    def drop(x, p, seed, train=True):
        before = x.copy()
        out, mask = dropout_forward(x, p, train, np.random.default_rng(seed))
        check_unchanged("x", x, before)
        return out, mask

    def check_drop(x, p, seed):
        """Everything that holds for each single call in training; returns the entries kept."""
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
        out, mask = drop(x, p, seed)
        mask = as_array("mask", mask)
        kept = mask != 0
        check_close("mask", mask, np.where(kept, 1 / (1 - p) if p < 1 else 0.0, 0.0), dtype=dtype)
        check_close("out", out, x * mask, dtype=dtype)
        return kept

    base = np.random.default_rng(10).normal(size=(6, 8, 5, 3))
    base[0, 0] = 0.0
    for data in (
        base,
        base[0, :, :, 0],
        base[::2, ::-1].transpose(3, 1, 0, 2),
        base[1, 1, 1, :1],
        base[1, 1, 1],
        base[0, :, 0].astype(np.float32),
        base[..., 1].astype(np.float32).T,
        np.arange(-10, 14).reshape(4, 6),
        np.arange(7, dtype=np.int32),
    ):
        for p in (0.0, 0.15, 0.6, 0.9, 1.0):
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                kept = check_drop(data, p, 3)
            if p in (0.0, 1.0):
                assert kept.all() if p == 0 else not kept.any(), f"p = {p}: a wrong mask"
            out, mask = drop(data, p, 3, train=False)
            assert mask is None, "evaluation: the mask is None"
            check_close("out in evaluation", out, data)
            if data.dtype.kind == "f":
                check_close("out in evaluation", out, data, dtype=data.dtype)

    # Each entry is dropped with probability p, whatever its value and its neighbours.
    for p, data in (
        (0.3, np.zeros((6, 8, 20, 25))),
        (0.85, base[:, :, :1, :1] * np.ones((1, 1, 20, 25))),
    ):
        kept = check_drop(data, p, 4) - (1 - p)
        variance = p * (1 - p)
        assert abs(kept.mean()) < 6 * np.sqrt(variance / kept.size), "the share of kept entries"
        for axis in range(4):
            one, other = (np.take(kept, range(i, kept.shape[axis] + i - 1), axis) for i in (0, 1))
            covariance = np.mean(one * other)
            assert abs(covariance) < 6 * variance / np.sqrt(one.size), "entries are not independent"
    rows = check_drop(np.ones((4000, 10)), 0.3, 5).sum(axis=1)
    assert abs(rows.var() / 2.1 - 1) < 6 * np.sqrt(2 / 4000), "as many entries dropped in each row"
    counts = np.array([check_drop(np.ones(30), 0.3, seed).sum() for seed in range(200)])
    assert abs(counts.var() / 6.3 - 1) < 6 * np.sqrt(2 / 199), (
        "as many entries dropped in each call"
    )

    # All randomness comes from rng.
    one, same, other = (check_drop(np.ones((20, 30)), 0.5, seed) for seed in (6, 6, 7))
    assert (one == same).all(), "generators with the same seed give the same mask"
    assert (one != other).any(), "generators with different seeds give different masks"

    for p in (-0.1, 1.1, 2.0, -1.0):
        for train in (True, False):
            check_raises(
                ValueError,
                lambda p=p, train=train: drop(base, p, 0, train),
                f"p = {p}, train = {train}: no ValueError",
            )
    for p in (0.0, 1.0):
        drop(base, p, 0, False)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A2 · `dropout_backward` (4 points, *NumPy*)
#
# Once the mask is drawn, dropout is a product with constants. Given `dout`, the gradient of the
# loss with respect to `out`, return `dx`, the gradient with respect to `x`.
#
# In evaluation `dropout_forward` returned `mask = None` and changed nothing. What does that make of
# the gradient? The result has the shape and the dtype of `dout`.


# %% solution="dropout_backward"
def dropout_backward(dout, mask):
    """Backward pass of inverted dropout. Source: the chain rule.

    Arguments:
        dout: array of any shape, gradient of the loss with respect to out. Not modified.
        mask: array like dout as dropout_forward returned it, or None (evaluation). Not modified.

    Returns dx: array, shape and dtype of dout, gradient of the loss with respect to x.
    """
    ### BEGIN SOLUTION
    if mask is None:
        return dout
    return dout * mask
    ### END SOLUTION


# %% test="dropout_backward" points=4
check_numpy_only(dropout_backward)
dout = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
mask = np.array([[2.0, 0.0, 2.0], [0.0, 0.0, 2.0]])
check_close(
    "dx",
    dropout_backward(dout, mask),
    [[2.0, 0.0, 6.0], [0.0, 0.0, -12.0]],
    "The derivative of x * mask with respect to x is the mask, with its factor 1 / (1 - p).",
    dtype=np.float64,
)
check_close(
    "dx in evaluation",
    dropout_backward(dout, None),
    [[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]],
    "With mask = None the layer is the identity.",
)
passed("dropout_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for shape in ((1,), (7,), (1, 1), (5, 3), (2, 3, 4), (2, 3, 4, 5)):
        for p in (0.0, 0.2, 0.75, 1.0):
            for dtype in (np.float64, np.float32):
                rng = np.random.default_rng([len(shape), int(100 * p)])
                dout = rng.normal(size=shape).astype(dtype)
                mask = rng.choice([0.0, 1.0], p=[p, 1 - p], size=shape) * (
                    1 / (1 - p) if p < 1 else 0
                )
                mask = mask.astype(dtype)
                before = dout.copy(), mask.copy()
                check_close("dx", dropout_backward(dout, mask), dout * mask, dtype=dtype)
                check_close("dx in evaluation", dropout_backward(dout, None), dout, dtype=dtype)
                check_unchanged("dout", dout, before[0])
                check_unchanged("mask", mask, before[1])

    # A strided view, and a central difference through a fixed mask.
    rng = np.random.default_rng(0)
    mask = rng.choice([0.0, 1 / 0.7], size=(4, 6))
    weights, x = rng.normal(size=(6, 4)).T, rng.normal(size=(4, 6))
    expected = numeric_gradient(lambda x: np.sum(weights * np.tanh(x * mask)), x)
    dout = (weights * (1 - np.tanh(x * mask) ** 2)).T[::-1].T
    dx = dropout_backward(dout, mask[:, ::-1])
    check_close("dx", dx, expected[:, ::-1], atol=1e-7)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part B. Statistics
#
# What does dropout do to the numbers that flow through a layer? In this part the hidden units are
#
# $$
# h = \operatorname{ReLU}(z) = \max(z, 0), \qquad z \sim \mathcal N(0, 1),
# $$
#
# the usual situation just after initialisation. `scipy.special` is allowed and imported here as
# `special`.

# %% tags=["setup"]
from scipy import special

# %% [markdown]
# ### B1 · `relu_moments` (3 points, *NumPy*)
#
# Return the mean and the variance of $h$.
#
# 1. Half of the probability sits at $h = 0$. On the other half $h = z$, so that
#    $\mathbb E[h] = \int_0^\infty z\,\varphi(z)\,dz$ with the density
#    $\varphi(z) = e^{-z^2/2}/\sqrt{2\pi}$. Note that $\varphi'(z) = -z\,\varphi(z)$.
# 2. $\mathbb E[h^2]$ needs no integral: compare it with $\mathbb E[z^2]$.
# 3. The variance is $\mathbb E[h^2] - \mathbb E[h]^2$.


# %% solution="relu_moments"
def relu_moments():
    """Mean and variance of h = max(z, 0) for a standard normal z. Source: derivation above.

    Returns (mean, variance): two floats.
    """
    ### BEGIN SOLUTION
    mean = 1 / np.sqrt(2 * np.pi)
    return mean, 1 / 2 - mean**2
    ### END SOLUTION


# %% test="relu_moments" points=3
check_numpy_only(relu_moments)
h_mean, h_variance = relu_moments()
simulated_h = np.maximum(np.random.default_rng(0).normal(size=100_000), 0)
assert abs(h_mean - simulated_h.mean()) < 0.02, (
    f"The mean of 100,000 simulated h is {simulated_h.mean():.3f}, yours is {h_mean:.3f}."
    " Half of the units are 0."
)
assert abs(h_variance - 0.5) > 1e-3, "1/2 is the mean of h squared; the variance is smaller."
assert abs(h_variance - simulated_h.var()) < 0.02, (
    f"The variance of 100,000 simulated h is {simulated_h.var():.3f}, yours is {h_variance:.3f}."
)
passed("relu_moments")


### BEGIN HIDDEN TESTS
def hidden_tests():
    # Gauss-Legendre quadrature of the two moments over 0 < z < 12.
    node, weight = np.polynomial.legendre.leggauss(120)
    node, weight = 6 * (node + 1), 6 * weight * np.exp(-18 * (node + 1) ** 2) / np.sqrt(2 * np.pi)
    first, second = weight @ node, weight @ node**2
    mean, variance = relu_moments()
    check_close("mean", mean, first)
    check_close("variance", variance, second - first**2)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B2 · `dropout_variance` (5 points, *NumPy*)
#
# Now drop the units and rescale them. Return, as a function of $p$, the variance of
#
# $$
# \tilde h = \frac{h\,m}{1-p}, \qquad m \sim \text{Bernoulli}(1-p), \text{ independent of } h .
# $$
#
# 1. The mean of $\tilde h$ does not depend on $p$. Why?
# 2. $m^2 = m$. Use it for $\mathbb E[\tilde h^2]$.
# 3. Mind that $\operatorname{Var}(hm)$ is not $\operatorname{Var}(h)\operatorname{Var}(m)$, nor
#    $\operatorname{Var}(h)\,\mathbb E[m]$: the product of independent variables has more terms.
#
# `p` is a float or an array of any shape; the result has its shape. If any `p` lies outside
# $[0, 1)$, raise a `ValueError`.


# %% solution="dropout_variance"
def dropout_variance(p):
    """Variance of an inverted-dropout ReLU unit, h * m / (1 - p). Source: derivation above.

    Arguments:
        p: float or float array of any shape, probability of dropping, 0 <= p < 1. Not modified.

    Returns: float or array of the shape of p.
    Raises ValueError when any p lies outside [0, 1).
    """
    ### BEGIN SOLUTION
    if not np.all((np.asarray(p) >= 0) & (np.asarray(p) < 1)):
        raise ValueError(f"p must lie in [0, 1), not {p}")
    return (np.pi - 1 + p) / (2 * np.pi * (1 - p))
    ### END SOLUTION


# %% test="dropout_variance" points=5
check_numpy_only(dropout_variance)
assert np.shape(dropout_variance(0.3)) == (), "For a float p the result is a single number."
assert abs(dropout_variance(0.3) - 0.409054) > 1e-4, (
    "0.409 at p = 0.3 is a well-known mistake: the square of the mean does not depend on p."
)
check_close(
    "dropout_variance(0.3)",
    dropout_variance(0.3),
    0.555131,
    "Start from E[(h m / (1 - p))^2] and subtract the square of the mean.",
    atol=2e-6,
)
check_close(
    "dropout_variance of an array",
    dropout_variance(np.array([0.0, 0.3])),
    [0.340845, 0.555131],
    "p may be an array: work entry by entry.",
    atol=2e-6,
)
check_raises(
    ValueError,
    lambda: dropout_variance(1.0),
    "At p = 1 the factor 1 / (1 - p) is infinite: raise a ValueError.",
)
passed("dropout_variance")


### BEGIN HIDDEN TESTS
def hidden_tests():
    # Moments by quadrature: E[h^2] / (1 - p) - E[h]^2.
    node, weight = np.polynomial.legendre.leggauss(120)
    node, weight = 6 * (node + 1), 6 * weight * np.exp(-18 * (node + 1) ** 2) / np.sqrt(2 * np.pi)
    first, second = weight @ node, weight @ node**2
    for p in (0.0, 1e-9, 0.01, 0.25, 0.5, 2 / 3, 0.9, 0.99, 0.999999):
        check_close(f"dropout_variance({p})", dropout_variance(p), second / (1 - p) - first**2)
    rng = np.random.default_rng(0)
    for p in (rng.random(7), rng.random((3, 4)), rng.random((4, 2, 3))[::2, ::-1].T, np.zeros(1)):
        before = p.copy()
        check_close("dropout_variance", dropout_variance(p), second / (1 - p) - first**2)
        check_unchanged("p", p, before)
    for p in (-0.1, 1.0, 1.2, [0.1, 0.2, 1.0], [-0.5, 0.2], [[0.3, 0.4], [0.5, 1.5]]):
        bad = p if isinstance(p, float) else np.array(p)
        check_raises(ValueError, lambda bad=bad: dropout_variance(bad), f"p = {p}: no ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Formula against simulation.** The next cell draws units with your `dropout_forward` and compares
# their mean and variance with your two formulas.


# %% tags=["experiment"]
def plot_unit_statistics(units, rng):
    """Mean and variance of simulated units over p, next to relu_moments and dropout_variance."""
    rates = np.arange(0, 0.95, 0.1)
    h = np.maximum(rng.normal(size=units), 0)
    simulated = np.array([dropout_forward(h, p, True, rng)[0] for p in rates])
    fine = np.linspace(0, 0.92, 200)
    mean, variance = relu_moments()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    left.axhline(mean, label="relu_moments: mean")
    left.plot(rates, simulated.mean(axis=1), "o", color="C1", label="simulation")
    left.set(ylim=(0, 2 * mean), ylabel="mean of the units", title="The mean stays ...")
    right.plot(fine, dropout_variance(fine), label="dropout_variance(p)")
    right.plot(rates, simulated.var(axis=1), "o", color="C1", label="simulation")
    right.axhline(variance, color="gray", ls="--", label="relu_moments: variance")
    right.set(yscale="log", ylabel="variance of the units", title="... while the variance grows")
    for axes in (left, right):
        axes.set_xlabel("dropout rate p")
        axes.legend()
    figure.tight_layout()
    plt.show()


plot_unit_statistics({"full": 1_000_000, "smoke": 20_000}[SCALE], np.random.default_rng(0))

# %% [markdown]
# *What to see.* The dots lie on the lines. Dropout leaves the mean of a unit alone and pays for it
# with variance: the curve starts at the variance of $h$ itself and grows without bound as
# $p \to 1$.
#
# **Written, `why_rescale` (3 points).** Take a unit of the next layer, $a = \sum_j w_j \tilde h_j$.
# Explain (a) what the factor $1/(1-p)$ does to the mean of $a$, with one line of algebra, (b) what
# would go wrong at test time if you left the factor out and changed nothing else, and (c) why
# people prefer to divide during training rather than to multiply by $1-p$ at test time.

# %% [markdown] answer="why_rescale" points=3
# **Reference answer.** (a) With the factor, $\mathbb E[\tilde h_j] = h_j\,\mathbb E[m_j]/(1-p) =
# h_j$, hence $\mathbb E_m[a] = \sum_j w_j h_j$: the average pre-activation in training is the one
# that evaluation computes. (b) Without it training sees $\mathbb E_m[a] = (1-p)\sum_j w_j h_j$,
# evaluation keeps all units and sees $\sum_j w_j h_j$, larger by $1/(1-p)$ (twice as large at
# $p = 1/2$). The next layers never saw such inputs: biases no longer fit, activations saturate,
# softmax outputs are too confident, and the error multiplies from layer to layer. (c) Evaluation
# code then does not know about dropout at all: it is the plain network, with no cost and nothing to
# forget, and $p$ may change from run to run (or during training) without touching a stored model.
#
# - **1 point**: the algebra: with the factor the expected value is the same as without dropout.
# - **1 point**: without it the scale at test time differs by $1/(1-p)$ from that in training (or
#   the next layer's inputs are shifted in this way).
# - **1 point**: the test-time network stays untouched (no dependence on $p$, no cost, no extra
#   step).

# %% [markdown]
# ### B3 · `kept_units_pmf` (5 points, *NumPy*)
#
# A layer has $M$ units. Return the probability that dropout keeps exactly $k$ of them.
#
# 1. How likely is one particular set of $k$ kept and $M-k$ dropped units?
# 2. How many such sets are there?
#
# What the function must do:
#
# - `k` is an integer or an array or list of integers; the result has the shape of `k`.
# - Outside $0 \le k \le M$ the probability is 0.
# - It is exact at `p = 0` and `p = 1`, where one outcome is certain.
# - It works for $M = 10\,000$. The number of sets is then far beyond the largest float, and the
#   other factor far below the smallest: combine them as logarithms. `special.gammaln` is
#   $\log\Gamma$, with $\Gamma(n+1) = n!$, and `special.xlogy(a, b)` is $a\log b$, with
#   $0 \log 0 = 0$.


# %% solution="kept_units_pmf"
def kept_units_pmf(k, M, p):
    """Probability that exactly k of M units are kept. Source: derivation above.

    Arguments:
        k: integer, or array or list of integers of any sign, number of kept units. Not modified.
        M: int, number of units, M >= 0 (at least up to 10,000).
        p: float, probability of dropping a unit, 0 <= p <= 1.

    Returns: float64, shape of k; 0 where k < 0 or k > M.
    """
    ### BEGIN SOLUTION
    k = np.asarray(k)
    inside = (k >= 0) & (k <= M)
    kept = np.where(inside, k, 0)
    dropped = M - kept
    log_sets = special.gammaln(M + 1) - special.gammaln(kept + 1) - special.gammaln(dropped + 1)
    log_one = special.xlogy(kept, 1 - p) + special.xlogy(dropped, p)
    return np.where(inside, np.exp(log_sets + log_one), 0.0)
    ### END SOLUTION


# %% test="kept_units_pmf" points=5
check_numpy_only(kept_units_pmf)
check_close(
    "kept_units_pmf(3, 4, 0.25)",
    kept_units_pmf(3, 4, 0.25),
    0.421875,
    "k counts the units that are kept; each is kept with probability 1 - p. There are 4 ways.",
)
check_close(
    "kept_units_pmf(k, 2, 0.25) for a list k",
    kept_units_pmf([-1, 0, 1, 2, 3], 2, 0.25),
    [0.0, 0.0625, 0.375, 0.5625, 0.0],
    "Fewer than 0 or more than M kept units have probability 0.",
)
check_close(
    "kept_units_pmf at p = 0",
    kept_units_pmf(np.array([0, 1, 2]), 2, 0.0),
    [0.0, 0.0, 1.0],
    "At p = 0 all units are kept, for sure. Does a log(0) spoil it?",
)
check_close(
    "kept_units_pmf(5000, 10000, 0.5)",
    kept_units_pmf(5000, 10_000, 0.5),
    0.00797864610982,
    "Factorials overflow and powers underflow here: add logarithms instead.",
)
passed("kept_units_pmf")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from math import comb

    def exact_pmf(k, M, eighths):
        """The probability for p = eighths / 8 in whole numbers, rounded once."""
        if not 0 <= k <= M:
            return 0.0
        return comb(M, k) * (8 - eighths) ** k * eighths ** (M - k) / 8**M

    for M in (0, 1, 2, 5, 17, 60):
        for eighths in range(9):
            k = np.arange(-3, M + 4)
            before = k.copy()
            expected = [exact_pmf(int(i), M, eighths) for i in k]
            label = f"kept_units_pmf(k, {M}, {eighths / 8})"
            pmf = kept_units_pmf(k, M, eighths / 8)
            check_close(label, pmf, expected)
            check_close(label + " for a list", kept_units_pmf(k.tolist(), M, eighths / 8), expected)
            check_unchanged("k", k, before)
            assert abs(np.sum(as_array("pmf", pmf)) - 1) < 1e-9, "the probabilities add up to 1"
    for k in (-1, 0, 1, 6, 7, 8):
        check_close(
            f"kept_units_pmf({k}, 7, 0.375)", kept_units_pmf(k, 7, 0.375), exact_pmf(k, 7, 3)
        )
    for M, eighths, where in (
        (10_000, 1, [0, 8600, 8749, 8750, 8751, 8800, 9999, 10_000, 10_001]),
        (10_000, 4, [-5, 0, 1, 4800, 5000, 5017, 5100, 10_000]),
        (10_000, 7, [0, 1, 1180, 1250, 1251, 1300, 10_000, 20_000]),
        (9_999, 0, [0, 5000, 9_998, 9_999, 10_000]),
        (9_999, 8, [-1, 0, 1, 5000, 9_999]),
        (1_001, 3, [0, 600, 625, 626, 650, 1_001]),
    ):
        expected = [exact_pmf(k, M, eighths) for k in where]
        label = f"kept_units_pmf(k, {M}, {eighths / 8})"
        check_close(label, kept_units_pmf(where, M, eighths / 8), expected)
    grid = np.arange(12, dtype=np.int32).reshape(3, 4).T[::-1]
    expected = [[exact_pmf(int(k), 9, 2) for k in row] for row in grid]
    check_close("kept_units_pmf of a matrix", kept_units_pmf(grid, 9, 0.25), expected)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B4 · `poisson_kept_pmf` (3 points, *NumPy*)
#
# Let the layer grow and drop ever more of it: $M \to \infty$ with the expected number of kept units
# $\lambda = M(1-p)$ held fixed. Return the limit of the probability of exactly $k$ kept units.
#
# 1. Write $1-p = \lambda/M$ in the result of B3.
# 2. For fixed $k$, $\binom Mk M^{-k} \to 1/k!$.
# 3. $(1 - \lambda/M)^{M-k}$ has a famous limit.
#
# `k` is an integer or an array of integers, the result has its shape. It must be accurate up to
# $k = 1000$ (use logarithms again), 0 at negative `k`, and right at $\lambda = 0$, where $k = 0$ is
# certain.


# %% solution="poisson_kept_pmf"
def poisson_kept_pmf(k, lam):
    """Limit of kept_units_pmf as M grows with M (1 - p) = lam fixed. Source: derivation above.

    Arguments:
        k: integer or array of integers of any sign, number of kept units. Not modified.
        lam: float, expected number of kept units, lam >= 0.

    Returns: float64, shape of k; 0 where k < 0.
    """
    ### BEGIN SOLUTION
    k = np.asarray(k)
    kept = np.maximum(k, 0)
    log_pmf = special.xlogy(kept, lam) - lam - special.gammaln(kept + 1)
    return np.where(k >= 0, np.exp(log_pmf), 0.0)
    ### END SOLUTION


# %% test="poisson_kept_pmf" points=3
check_numpy_only(poisson_kept_pmf)
check_close(
    "poisson_kept_pmf(2, 3.0)",
    poisson_kept_pmf(2, 3.0),
    0.22404180765538775,
    "Let M go to infinity in B3 with 1 - p = lam / M.",
)
check_close(
    "poisson_kept_pmf(k, 0.5) for an array k",
    poisson_kept_pmf(np.array([-1, 0, 1]), 0.5),
    [0.0, 0.6065306597126334, 0.3032653298563167],
    "A negative number of kept units has probability 0.",
)
check_close(
    "poisson_kept_pmf(k, 0.0)",
    poisson_kept_pmf(np.array([-1, 0, 1]), 0.0),
    [0.0, 1.0, 0.0],
    "With lam = 0 nothing is kept, for sure. Does a log(0) spoil it?",
)
check_close(
    "poisson_kept_pmf(400, 400.0)",
    poisson_kept_pmf(400, 400.0),
    0.0199429547061,
    "Powers and factorials overflow here: add logarithms instead.",
)
passed("poisson_kept_pmf")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from math import exp, fsum, log

    def slow_pmf(k, lam):
        """The limit, term by term in logarithms."""
        if k < 0 or (lam == 0 and k > 0):
            return 0.0
        return exp(fsum([-lam] + [log(lam) - log(i) for i in range(1, k + 1)]))

    for lam in (0.0, 1e-6, 0.3, 1.0, 7.5, 42.0):
        k = np.arange(-4, 90)
        before = k.copy()
        expected = [slow_pmf(int(i), lam) for i in k]
        pmf = poisson_kept_pmf(k, lam)
        check_close(f"poisson_kept_pmf(k, {lam})", pmf, expected)
        check_unchanged("k", k, before)
        assert abs(np.sum(as_array("pmf", pmf)) - 1) < 1e-9, "the probabilities add up to 1"
        for one in (-2, 0, 1, 5):
            label = f"poisson_kept_pmf({one}, {lam})"
            check_close(label, poisson_kept_pmf(one, lam), slow_pmf(one, lam))
    for lam in (0.0, 0.5, 500.0, 730.0, 990.0, 1000.0):
        k = np.array([[-1000, 0, 1, 170], [171, 480, 500, 700], [750, 980, 999, 1000]])
        expected = [[slow_pmf(int(i), lam) for i in row] for row in k]
        label = f"poisson_kept_pmf up to k = 1000, lam = {lam}"
        check_close(label, poisson_kept_pmf(k, lam), expected)
        check_close(label, poisson_kept_pmf(k.T[::-1], lam), np.transpose(expected)[::-1])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### B5 · `thinned_poisson_pmf` (4 points, *NumPy*)
#
# Now the number of active units is itself random, $M \sim \text{Poisson}(\lambda)$, and dropout
# removes each of them with probability $p$. Return the probability that exactly $k$ are left.
#
# 1. Condition on $M$: $P(k) = \sum_{M \ge k} P(M)\,P(k \mid M)$, where the second factor is B3.
# 2. Put the factors that do not depend on $M$ in front, and call $n = M - k$.
# 3. What is left is the series of an exponential function. Read off the distribution.
#
# Do not sum the series in code: a closed form exists. `k` as in B4; `p = 1` and $\lambda = 0$ leave
# $k = 0$ as the only outcome.


# %% solution="thinned_poisson_pmf"
def thinned_poisson_pmf(k, lam, p):
    """Probability that k units are kept when their number is Poisson(lam). Source: see above.

    Arguments:
        k: integer or array of integers of any sign, number of kept units. Not modified.
        lam: float, expected number of units before dropout, lam >= 0.
        p: float, probability of dropping a unit, 0 <= p <= 1.

    Returns: float64, shape of k; 0 where k < 0.
    """
    ### BEGIN SOLUTION
    k, rate = np.asarray(k), lam * (1 - p)
    kept = np.maximum(k, 0)
    log_pmf = special.xlogy(kept, rate) - rate - special.gammaln(kept + 1)
    return np.where(k >= 0, np.exp(log_pmf), 0.0)
    ### END SOLUTION


# %% test="thinned_poisson_pmf" points=4
check_numpy_only(thinned_poisson_pmf)
check_close(
    "thinned_poisson_pmf(1, 2.0, 0.75)",
    thinned_poisson_pmf(1, 2.0, 0.75),
    0.3032653298563167,
    "On average lam (1 - p) = 0.5 units are left.",
)
check_close(
    "thinned_poisson_pmf(k, 2.0, 1.0) for an array k",
    thinned_poisson_pmf(np.array([-1, 0, 1]), 2.0, 1.0),
    [0.0, 1.0, 0.0],
    "At p = 1 nothing is left, for sure.",
)
passed("thinned_poisson_pmf")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from math import comb, exp, fsum, log

    def slow_pmf(k, lam):
        if k < 0 or (lam == 0 and k > 0):
            return 0.0
        return exp(fsum([-lam] + [log(lam) - log(i) for i in range(1, k + 1)]))

    def mixture_pmf(k, units, p):
        """The sum over M, term by term; units[M] is the probability of M units before dropout."""
        if k < 0:
            return 0.0
        several = range(k, len(units))
        return fsum((1 - p) ** k * p ** (M - k) * comb(M, k) * units[M] for M in several)

    for lam in (0.0, 0.4, 3.0, 11.0):
        units = [slow_pmf(M, lam) for M in range(90)]
        for p in (0.0, 0.1, 0.35, 0.8, 1.0):
            k = np.arange(-3, 30)
            before = k.copy()
            expected = [mixture_pmf(int(i), units, p) for i in k]
            label = f"thinned_poisson_pmf(k, {lam}, {p})"
            check_close(label, thinned_poisson_pmf(k, lam, p), expected)
            check_unchanged("k", k, before)
            for one in (-1, 0, 2):
                check_close(label, thinned_poisson_pmf(one, lam, p), mixture_pmf(one, units, p))
    for lam, p in ((1250.0, 0.2), (2000.0, 0.5), (900.0, 0.0), (4000.0, 1.0), (0.0, 0.5)):
        k = np.array([[-1, 0, 1, 700], [899, 950, 999, 1000]])
        expected = [[slow_pmf(int(i), lam * (1 - p)) for i in row] for row in k]
        label = f"thinned_poisson_pmf up to k = 1000, lam = {lam}, p = {p}"
        check_close(label, thinned_poisson_pmf(k, lam, p), expected)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Formula against simulation.** The next cell counts the units that your `dropout_forward` keeps.
# In the middle picture $M$ grows while $M(1-p) = 4$ stays; in the right one $M$ is drawn anew for
# each trial.


# %% tags=["experiment"]
def count_kept(trials, M, p, rng):
    """Number of kept units in each of `trials` layers of M units."""
    return (dropout_forward(np.ones((trials, M)), p, True, rng)[1] > 0).sum(axis=1)


def bars(axes, k, counts, label):
    """Draw the relative frequency of each k among `counts`."""
    share = [np.mean(counts == value) for value in k]
    axes.bar(k, share, color="C1", alpha=0.5, label=label)


def plot_kept_counts(trials, rng):
    """Three histograms of kept units next to the three formulas."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.8), sharey=True)
    k = np.arange(0, 16)
    bars(left, k, count_kept(trials, 12, 0.4, rng), "simulation, M = 12, p = 0.4")
    left.plot(k, kept_units_pmf(k, 12, 0.4), "ko", ms=5, label="kept_units_pmf")
    left.set_title("Fixed M")
    bars(middle, k, count_kept(trials, 400, 0.99, rng), "simulation, M = 400, p = 0.99")
    for M, marker in ((8, "^"), (40, "s")):
        label = f"kept_units_pmf, M = {M}, p = {1 - 4 / M:.2f}"
        middle.plot(k, kept_units_pmf(k, M, 1 - 4 / M), marker, ms=5, mfc="none", label=label)
    middle.plot(k, poisson_kept_pmf(k, 4.0), "ko", ms=5, label="poisson_kept_pmf, λ = 4")
    middle.set_title("M grows, M (1 − p) = 4")
    M = rng.poisson(10.0, size=trials)
    units = (np.arange(M.max()) < M[:, None]).astype(float)
    kept = (dropout_forward(units, 0.4, True, rng)[0] > 0).sum(axis=1)
    bars(right, k, kept, "simulation, λ = 10, p = 0.4")
    right.plot(k, thinned_poisson_pmf(k, 10.0, 0.4), "ko", ms=5, label="thinned_poisson_pmf")
    right.set_title("M is Poisson(λ)")
    left.set_ylabel("probability")
    for axes in (left, middle, right):
        axes.set_xlabel("number of kept units k")
        axes.set_ylim(0, 0.36)
        axes.legend(fontsize=8)
    figure.tight_layout()
    plt.show()


plot_kept_counts({"full": 20_000, "smoke": 2_000}[SCALE], np.random.default_rng(1))

# %% [markdown]
# *What to see.* The black dots sit on top of the bars. In the middle the binomial distribution
# approaches the Poisson distribution as $M$ grows. On the right a Poisson number of units stays
# Poisson after dropout, only with a smaller mean.

# %% [markdown]
# ## Part C. Dropout is ridge regression
#
# For a linear model the average over all masks can be done by hand. Take least squares with data
# $X$ of shape $(N, D)$ and targets $y$ of shape $(N,)$, and drop *features* of each example
# **without rescaling**. The expected loss is
#
# $$
# L(w) = \mathbb E_R \left\| y - (R \circ X)\,w \right\|^2, \qquad
# R_{ij} \sim \text{Bernoulli}(1-p) \text{ independently,}
# $$
#
# a sum over the examples (not a mean). In this part work with whole arrays; do not draw random
# numbers.
#
# ### C1 · `expected_dropout_loss` (6 points, *NumPy*)
#
# Return $L(w)$ as a number, computed exactly.
#
# 1. For a random number $a$, $\mathbb E[a^2] = (\mathbb E[a])^2 + \operatorname{Var}(a)$. Apply it to
#    the residual $a = y_i - \sum_j R_{ij} X_{ij} w_j$ of one example.
# 2. The mean of the residual needs $\mathbb E[R_{ij}]$; its variance is a sum over $j$, because the
#    $R_{ij}$ are independent.
# 3. Sum over $i$. The second part becomes $\sum_j w_j^2\,\|X_j\|^2$ times a function of $p$, where
#    $X_j$ is column $j$ of $X$. With the diagonal matrix
#    $\Gamma_0 = \operatorname{diag}(X^\top X)^{1/2}$, which holds the norms of the columns, that sum
#    is $\|\Gamma_0 w\|^2$.


# %% solution="expected_dropout_loss"
def expected_dropout_loss(X, y, w, p):
    """Expected squared error of a linear model whose features are dropped, without rescaling.

    Source: derivation above; compare Srivastava et al. (2014), section 9.1.

    Arguments:
        X: (N, D) array, one example a row. Not modified.
        y: (N,) array, targets. Not modified.
        w: (D,) array, weights. Not modified.
        p: float, probability of dropping a feature of an example, 0 <= p <= 1.

    Returns: float, the expectation over R of ||y - (R * X) w||^2, summed over the N examples.
    """
    ### BEGIN SOLUTION
    fit = np.sum((y - (1 - p) * (X @ w)) ** 2)
    spread = np.sum(X**2, axis=0) @ w**2
    return float(fit + p * (1 - p) * spread)
    ### END SOLUTION


# %% test="expected_dropout_loss" points=6
check_numpy_only(expected_dropout_loss)
X, y, w = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([3.0, 1.0]), np.array([1.0, -1.0])
check_close(
    "the loss at p = 0",
    expected_dropout_loss(X, y, w, 0.0),
    20.0,
    "Nothing is dropped: it is ||y - X w||^2, a sum over the examples.",
)
loss_value = expected_dropout_loss(X, y, w, 0.25)
check_close("the loss", loss_value, float(loss_value), "The result is one number.")
assert abs(loss_value - 15.625) > 1e-6, (
    "This is the square of the mean residual alone: add the variance of the residual."
)
check_close(
    "the loss at p = 0.25",
    loss_value,
    18.25,
    "Here (1 - p) X w = (0.75, -2.25) and the variance of each R is p (1 - p).",
)
passed("expected_dropout_loss")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from itertools import product

    def enumerated_loss(X, y, w, p):
        """Sum over all 2^D masks of each example."""
        total = 0.0
        for row, target in zip(X.astype(np.float64), y, strict=True):
            for kept in product((0, 1), repeat=len(row)):
                share = np.prod([1 - p if one else p for one in kept])
                total += share * (target - np.sum(row * kept * w)) ** 2
        return total

    for N, D in ((1, 1), (1, 4), (5, 1), (4, 4), (3, 6), (7, 2)):
        for p in (0.0, 0.1, 0.5, 0.85):
            rng = np.random.default_rng([N, D])
            X, y, w = 3 * rng.normal(size=(N, D)), rng.normal(size=N), 2 * rng.normal(size=D)
            before = X.copy(), y.copy(), w.copy()
            loss = expected_dropout_loss(X, y, w, p)
            check_close(f"the loss at N = {N}, D = {D}, p = {p}", loss, enumerated_loss(X, y, w, p))
            for name, array, copy in zip("Xyw", (X, y, w), before, strict=True):
                check_unchanged(name, array, copy)
    rng = np.random.default_rng(0)
    X, y, w = rng.normal(size=(10, 8))[::2, ::2], rng.normal(size=10)[::-2], rng.normal(size=8)[::2]
    check_close(
        "the loss of views", expected_dropout_loss(X, y, w, 0.3), enumerated_loss(X, y, w, 0.3)
    )
    X, y, w = (array.astype(np.float32) for array in (X, y, w))
    loss, expected = expected_dropout_loss(X, y, w, 0.3), enumerated_loss(X, y, w, 0.3)
    check_close("the loss of float32", loss, expected, rtol=1e-4, atol=1e-4 * (1 + expected))
    X, y, w = rng.integers(-3, 4, (4, 3)), rng.integers(-3, 4, 4), rng.integers(-3, 4, 3)
    loss = expected_dropout_loss(X, y, w, 0.4)
    check_close("the loss of integers", loss, enumerated_loss(X, y, w, 0.4))


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C2 · `dropout_ridge` (6 points, *NumPy*)
#
# Return the weights $w$ that minimise $L(w)$, for $0 \le p < 1$.
#
# 1. Set the gradient of your formula from C1 to zero. You get linear equations for $w$.
# 2. They need not have one solution. A column of zeros in $X$ leaves its weight free; at $p = 0$ any
#    dependence between the columns does. Of all minimisers return the one with the smallest norm
#    $\|w\|$, so that a zero column gets the weight 0. `np.linalg.solve` and `np.linalg.inv` fail
#    there; look for something in `np.linalg` that does not.
#
# Check: for the single example $x = (10, 1)$, $y = 11$ and $p = 1/2$ the answer is
# $(11/15,\ 22/3)$. The weights have the dtype of `X`.


# %% solution="dropout_ridge"
def dropout_ridge(X, y, p):
    """Weights that minimise expected_dropout_loss, of minimum norm. Source: its normal equations.

    Arguments:
        X: (N, D) array, one example a row. Not modified.
        y: (N,) array, targets. Not modified.
        p: float, probability of dropping a feature of an example, 0 <= p < 1.

    Returns w: (D,) array, floating dtype of X.
    """
    ### BEGIN SOLUTION
    dtype = X.dtype if np.issubdtype(X.dtype, np.floating) else np.float64
    norms = np.linalg.norm(X, axis=0)
    # ||A w - b||^2 is the expected loss: better conditioned than the normal equations.
    A = np.vstack([(1 - p) * X, (p * (1 - p)) ** 0.5 * np.diag(norms)])
    b = np.concatenate([y, np.zeros(X.shape[1])])
    return np.linalg.lstsq(A, b, rcond=None)[0].astype(dtype)
    ### END SOLUTION


# %% test="dropout_ridge" points=6
check_numpy_only(dropout_ridge)
X, y = np.array([[10.0, 1.0]]), np.array([11.0])
w = dropout_ridge(X, y, 0.5)
check_close(
    "w",
    w,
    [11 / 15, 22 / 3],
    "Set the gradient of the expected loss to zero; there is no rescaling by 1 / (1 - p) here.",
    dtype=np.float64,
)
check_close(
    "w at p = 0",
    dropout_ridge(X, y, 0.0),
    [110 / 101, 11 / 101],
    "One equation, two unknowns: return the solution with the smallest norm.",
)
check_close(
    "w with a zero column",
    dropout_ridge(np.array([[10.0, 0.0, 1.0]]), y, 0.5),
    [11 / 15, 0.0, 22 / 3],
    "The weight of a column of zeros should be 0.",
)
w = dropout_ridge(X.astype(np.float32), y.astype(np.float32), 0.5)
check_close("w", w, [11 / 15, 22 / 3], "Mind float32.", dtype=np.float32)
passed("dropout_ridge")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from itertools import product

    def enumerated_ridge(X, y, p):
        """Minimum-norm least squares over all 2^D masks of each example, weighted by probability."""
        kept = np.array(list(product((0, 1), repeat=X.shape[1])))
        root = np.sqrt(np.prod(np.where(kept == 1, 1 - p, p), axis=1))
        rows = np.concatenate([root[:, None] * kept * row for row in X.astype(np.float64)])
        targets = np.concatenate([root * target for target in y])
        return np.linalg.lstsq(rows, targets, rcond=1e-12)[0]

    for N, D in ((1, 1), (6, 1), (5, 3), (9, 4), (4, 4), (2, 3), (1, 5)):
        for p in (0.0, 0.05, 0.5, 0.8):
            if p == 0 and D >= N > 1:
                continue  # badly conditioned or not unique: see below
            rng = np.random.default_rng([N, D])
            X, y = rng.normal(size=(N, D)) + 0.5, 3 * rng.normal(size=N)
            before = X.copy(), y.copy()
            w, expected = dropout_ridge(X, y, p), enumerated_ridge(X, y, p)
            check_close(f"w at N = {N}, D = {D}, p = {p}", w, expected, dtype=np.float64)
            check_unchanged("X", X, before[0])
            check_unchanged("y", y, before[1])

    # Not unique: zero columns at any p, dependent columns at p = 0; the latter are unique at p > 0.
    for rows in (
        [[1, 0, 2], [3, 0, 1], [0, 0, 1], [1, 0, 1]],
        [[0, 4], [0, 1]],
        [[0, 0]],
        [[3, 4]],
        [[1, 2], [2, 4], [3, 6]],
        [[1, 1], [2, 2]],
        [[1, 0, 1], [0, 1, 1]],
        [[2, -1, 2]],
    ):
        for p in (0.0, 0.1, 0.7):
            for dtype in (np.float64, np.int64):
                X = np.array(rows, dtype=dtype)
                y = np.arange(1, len(X) + 1).astype(dtype)
                w = dropout_ridge(X, y, p)
                check_close(
                    f"w of X = {rows}, p = {p}", w, enumerated_ridge(X, y, p), dtype=np.float64
                )
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 16))[::2, ::-4].T, rng.normal(size=8)[::-2]
    check_close(
        "w of views", dropout_ridge(X, y, 0.3), enumerated_ridge(X, y, 0.3), dtype=np.float64
    )
    X = rng.normal(size=(12, 4))
    X[:, 2] = 0
    X, y = X.astype(np.float32), rng.normal(size=12).astype(np.float32)
    check_close(
        "w of float32", dropout_ridge(X, y, 0.3), enumerated_ridge(X, y, 0.3), dtype=np.float32
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C3 · `tikhonov_gamma` (4 points, *NumPy*)
#
# Which ridge regression is this? At test time a model without rescaling uses
# $\tilde w = (1-p)\,w$. Put $w = \tilde w/(1-p)$ into $L$ and you find the classical form
#
# $$
# \left\| y - X\tilde w \right\|^2 + \left\| \Gamma \tilde w \right\|^2
# $$
#
# (Tikhonov regularization) with a diagonal $\Gamma \succeq 0$. Return its diagonal, shape $(D,)$,
# for $0 \le p < 1$. The result has the dtype of `X`.


# %% solution="tikhonov_gamma"
def tikhonov_gamma(X, p):
    """Diagonal of the Tikhonov matrix that feature dropout amounts to. Source: see above.

    (1 - p) * dropout_ridge(X, y, p) minimises ||y - X w||^2 + ||Gamma w||^2 over w.

    Arguments:
        X: (N, D) array, one example a row. Not modified.
        p: float, probability of dropping a feature of an example, 0 <= p < 1.

    Returns: (D,) array of numbers >= 0, floating dtype of X.
    """
    ### BEGIN SOLUTION
    return (p / (1 - p)) ** 0.5 * np.linalg.norm(X, axis=0)
    ### END SOLUTION


# %% test="tikhonov_gamma" points=4
check_numpy_only(tikhonov_gamma)
X = np.array([[3.0, 0.0, 1.0], [4.0, 0.0, -1.0]])
gamma = tikhonov_gamma(X, 0.5)
assert np.shape(gamma) == (3,), "Return the diagonal of Gamma, one number a feature."
check_close(
    "gamma at p = 0.5", gamma, [5.0, 0.0, 2**0.5], "Norms of the columns, not their squares."
)
check_close(
    "gamma at p = 0.2",
    tikhonov_gamma(X, 0.2),
    [2.5, 0.0, 0.5**0.5],
    "Did you divide the penalty by (1 - p)^2 when you put in w / (1 - p), and take the root?",
    dtype=np.float64,
)
gamma = tikhonov_gamma(X.astype(np.float32), 0.5)
check_close("gamma", gamma, [5.0, 0.0, 2**0.5], "Mind float32.", dtype=np.float32)
passed("tikhonov_gamma")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for N, D in ((1, 1), (1, 4), (5, 1), (4, 4), (3, 6), (8, 2)):
        for p in (0.0, 0.1, 1 / 3, 0.9):
            for dtype in (np.float64, np.float32):
                X = (5 * np.random.default_rng([N, D]).normal(size=(N, D))).astype(dtype)
                X[:, D // 2] *= 0 if D > 2 else 1
                before = X.copy()
                expected = [
                    (p * sum(float(a) ** 2 for a in X[:, j]) / (1 - p)) ** 0.5 for j in range(D)
                ]
                check_close(f"gamma at p = {p}", tikhonov_gamma(X, p), expected, dtype=dtype)
                check_unchanged("X", X, before)

    # The definition: w = (1 - p) argmin L has gradient zero in the ridge loss (p = 0.4, no zero column).
    rng = np.random.default_rng(2)
    X, y, p = rng.normal(size=(8, 7))[:, ::-3].copy(), rng.normal(size=8), 0.4
    A = (1 - p) ** 2 * X.T @ X + p * (1 - p) * np.diag(np.diag(X.T @ X))
    w = (1 - p) * np.linalg.solve(A, (1 - p) * X.T @ y)
    gamma = as_array("gamma", tikhonov_gamma(X, p))
    check_close("the gradient of the ridge loss", X.T @ (X @ w - y) + gamma**2 * w, np.zeros(3))
    X = rng.integers(-4, 5, (6, 8))[::2, ::2].T
    expected = (0.25 / 0.75 * np.diag(X.T @ X)) ** 0.5
    check_close("gamma of integers", tikhonov_gamma(X, 0.25), expected, dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C4 · `ridge_design` (4 points, *NumPy*)
#
# Textbook ridge regression has one penalty for all weights, $\|v\|^2$. With $v = \Gamma\tilde w$ the
# loss of C3 takes that form:
#
# $$
# \left\| y - X\,\Gamma^{-1} v \right\|^2 + \left\| v \right\|^2 .
# $$
#
# Return the design matrix $X\,\Gamma^{-1}$ for $0 < p < 1$, with the shape and the dtype of `X`. A
# column of zeros stays zero; no NaN may appear. Every other column comes out right however small
# its entries are, so add no constant to a denominator.
#
# Before you run the test: what are the norms of the new columns?


# %% solution="ridge_design"
def ridge_design(X, p):
    """Design matrix of the classical ridge regression that feature dropout amounts to: X / Gamma.

    Source: substitution v = Gamma w in the loss of tikhonov_gamma.

    Arguments:
        X: (N, D) array, one example a row. Not modified.
        p: float, probability of dropping a feature of an example, 0 < p < 1.

    Returns: (N, D) array, floating dtype of X; a zero column stays zero.
    """
    ### BEGIN SOLUTION
    norms = np.linalg.norm(X, axis=0)
    return X / np.where(norms > 0, norms, norms.dtype.type(1)) * ((1 - p) / p) ** 0.5
    ### END SOLUTION


# %% test="ridge_design" points=4
check_numpy_only(ridge_design)
X = np.array([[3.0, 0.0, 1.0], [4.0, 0.0, -1.0]])
design = ridge_design(X, 0.2)
assert np.shape(design) == (2, 3), "The design matrix has the shape of X."
assert np.isfinite(as_array("design", design)).all(), (
    "A column of zeros has norm 0: do not divide by it, the column stays zero."
)
check_close(
    "design",
    design,
    [[1.2, 0.0, 2**0.5], [1.6, 0.0, -(2**0.5)]],
    "Divide each column (not each row) by its entry of Gamma.",
    dtype=np.float64,
)
design = ridge_design(X.astype(np.float32), 0.2)
check_close(
    "design", design, [[1.2, 0, 2**0.5], [1.6, 0, -(2**0.5)]], "Mind float32.", dtype=np.float32
)
passed("ridge_design")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for N, D in ((1, 1), (1, 4), (5, 1), (4, 4), (3, 6), (8, 2)):
        for p in (0.1, 0.5, 0.9):
            for dtype in (np.float64, np.float32):
                X = (5 * np.random.default_rng([N, D]).normal(size=(N, D))).astype(dtype)
                X[:, 0] *= 1e-4
                X[:, D // 2] *= 0 if D > 2 else 1
                before = X.copy()
                norms = np.sqrt(np.sum(X.astype(np.float64) ** 2, axis=0))
                expected = X / np.where(norms == 0, 1, norms) * ((1 - p) / p) ** 0.5
                design = ridge_design(X, p)
                check_close(f"design at N = {N}, D = {D}, p = {p}", design, expected, dtype=dtype)
                check_unchanged("X", X, before)
    X = np.array([[0, 3, 1], [0, -4, 2], [0, 0, 2]])
    expected = np.array([[0, 0.6, 1 / 3], [0, -0.8, 2 / 3], [0, 0, 2 / 3]]) * 3**0.5
    check_close("design of integers", ridge_design(X, 0.25), expected, dtype=np.float64)
    X = np.array([[0.0, 3.0, 1.0, 9.0], [0.0, 9.0, 9.0, 9.0], [0.0, -4.0, 0.0, 9.0]])[::2, 2::-1]
    expected = np.array([[1, 0.6, 0], [0, -0.8, 0]]) * 3**0.5
    check_close("design of a view", ridge_design(X, 0.25), expected, dtype=np.float64)
    check_close("design without data", ridge_design(np.zeros((2, 3)), 0.5), np.zeros((2, 3)))


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### C5 · `multiplicative_noise_loss` (4 points, *NumPy*)
#
# Nothing so far needed zeros. Multiply the features by Gaussian noise instead,
# $R_{ij} \sim \mathcal N(\mu, \sigma^2)$ independently, and return
# $\mathbb E_R\|y - (R\circ X)\,w\|^2$ as a number, computed exactly. ($\sigma$ is the standard
# deviation.)
#
# Which two numbers of the distribution of $R_{ij}$ did your derivation of C1 use?


# %% solution="multiplicative_noise_loss"
def multiplicative_noise_loss(X, y, w, mu, sigma):
    """Expected squared error of a linear model whose features are multiplied by Gaussian noise.

    Source: derivation of expected_dropout_loss with another R.

    Arguments:
        X: (N, D) array, one example a row. Not modified.
        y: (N,) array, targets. Not modified.
        w: (D,) array, weights. Not modified.
        mu: float, mean of the noise, of any sign.
        sigma: float, standard deviation of the noise, sigma >= 0.

    Returns: float, the expectation over R of ||y - (R * X) w||^2, summed over the N examples.
    """
    ### BEGIN SOLUTION
    fit = np.sum((y - mu * (X @ w)) ** 2)
    return float(fit + sigma**2 * np.sum((X**2) @ (w**2)))
    ### END SOLUTION


# %% test="multiplicative_noise_loss" points=4
check_numpy_only(multiplicative_noise_loss)
X, y, w = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([3.0, 1.0]), np.array([1.0, -1.0])
check_close(
    "the loss without noise",
    multiplicative_noise_loss(X, y, w, 1.0, 0.0),
    20.0,
    "With mu = 1 and sigma = 0 it is ||y - X w||^2, a sum over the examples.",
)
check_close(
    "the loss with mu = 2, sigma = 0.5",
    multiplicative_noise_loss(X, y, w, 2.0, 0.5),
    53.5,
    "The variance of the noise is sigma squared; its mean scales X w.",
)
passed("multiplicative_noise_loss")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from itertools import product

    def enumerated_loss(X, y, w, mu, sigma):
        """Only mean and variance matter: noise that is mu - sigma or mu + sigma, all cases summed."""
        total = 0.0
        for row, target in zip(X.astype(np.float64), y, strict=True):
            for sign in product((-1, 1), repeat=len(row)):
                total += (target - np.sum(row * (mu + sigma * np.array(sign)) * w)) ** 2 / 2 ** len(
                    row
                )
        return total

    for N, D in ((1, 1), (1, 4), (5, 1), (4, 4), (3, 6), (7, 2)):
        for mu, sigma in ((1.0, 0.3), (0.5, 2.0), (-1.5, 0.7), (0.0, 1.0), (3.0, 0.0)):
            rng = np.random.default_rng([N, D])
            X, y, w = 3 * rng.normal(size=(N, D)), rng.normal(size=N), 2 * rng.normal(size=D)
            before = X.copy(), y.copy(), w.copy()
            loss = multiplicative_noise_loss(X, y, w, mu, sigma)
            expected = enumerated_loss(X, y, w, mu, sigma)
            check_close(f"the loss at N = {N}, D = {D}, mu = {mu}, sigma = {sigma}", loss, expected)
            for name, array, copy in zip("Xyw", (X, y, w), before, strict=True):
                check_unchanged(name, array, copy)
    rng = np.random.default_rng(0)
    X, y, w = rng.normal(size=(10, 8))[::2, ::2], rng.normal(size=10)[::-2], rng.normal(size=8)[::2]
    expected = enumerated_loss(X, y, w, 0.8, 0.6)
    check_close("the loss of views", multiplicative_noise_loss(X, y, w, 0.8, 0.6), expected)
    X, y, w = (array.astype(np.float32) for array in (X, y, w))
    loss = multiplicative_noise_loss(X, y, w, 0.8, 0.6)
    check_close("the loss of float32", loss, expected, rtol=1e-4, atol=1e-4 * (1 + expected))
    X, y, w = rng.integers(-3, 4, (4, 3)), rng.integers(-3, 4, 4), rng.integers(-3, 4, 3)
    expected = enumerated_loss(X, y, w, 0.8, 0.6)
    check_close("the loss of integers", multiplicative_noise_loss(X, y, w, 0.8, 0.6), expected)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Formula against simulation.** Twelve examples with three features of very different scale. On
# the left the dots are averages over random noise, on the right the weights of `dropout_ridge`
# times $1-p$, the model that is used at test time.


# %% tags=["experiment"]
def simulated_loss(X, y, w, draws):
    """Average over draws of R, shape (draws, N, D), of the squared error."""
    return np.mean(np.sum((y - (draws * X) @ w) ** 2, axis=1))


def plot_expected_loss(draws, rng):
    """Expected losses over p and sigma with simulations; weights over p."""
    X = rng.normal(size=(12, 3)) * [3.0, 1.0, 0.3]
    w = np.array([0.5, -1.0, 3.0])
    y = X @ w + 0.3 * rng.normal(size=12)
    size = (draws, *X.shape)
    rates = np.linspace(0, 0.9, 10)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    dropped = [simulated_loss(X, y, w, rng.random(size) >= p) for p in rates]
    noisy = [simulated_loss(X, y, w, rng.normal(1, s, size)) for s in rates]
    left.plot(rates, [expected_dropout_loss(X, y, w, p) for p in rates], label="dropout")
    left.plot(rates, dropped, "o", color="C0", label="dropout, simulated")
    formula = [multiplicative_noise_loss(X, y, w, 1.0, s) for s in rates]
    left.plot(rates, formula, color="C1", label="Gaussian noise, μ = 1")
    left.plot(rates, noisy, "s", color="C1", label="Gaussian noise, simulated")
    left.set(xlabel="dropout rate p, or noise σ", ylabel="expected loss L(w)", title="Fixed w")
    fine = np.linspace(0, 0.98, 100)
    weights = np.array([(1 - p) * dropout_ridge(X, y, p) for p in fine])
    for j, scale in enumerate(np.linalg.norm(X, axis=0)):
        label = f"feature {j + 1}, column norm {scale:.1f}"
        right.plot(fine, weights[:, j] * scale, color=f"C{j}", label=label)
    right.set(
        xlabel="dropout rate p",
        ylabel="(1 − p) w times column norm",
        title="Minimiser: dropout shrinks weights",
    )
    for axes in (left, right):
        axes.legend(fontsize=8)
    figure.tight_layout()
    plt.show()


plot_expected_loss({"full": 20_000, "smoke": 2_000}[SCALE], np.random.default_rng(2))

# %% [markdown]
# *What to see.* Left: the dots lie on the lines, for dropout as for Gaussian noise. Right: the
# larger $p$, the smaller the weights, as in ridge regression; a feature is not punished for the
# units in which it was measured.
#
# **Written, `ridge_proof` (10 points).** Derive the closed form. Show, with reasons for each step,
#
# 1. the closed form of $L(w) = \mathbb E_R\|y - (R\circ X)w\|^2$ that you coded in C1;
# 2. the linear equations that its minimisers solve, and when the minimiser is unique for
#    $0 < p < 1$;
# 3. that $\tilde w = (1-p)w$ minimises a Tikhonov loss, with its $\Gamma$;
# 4. the change of variables to the classical ridge problem, and the norms of the columns of its
#    design matrix.

# %% [markdown] answer="ridge_proof" points=10
# **Reference answer.** *1.* Let $q = 1-p$ and $r_i = y_i - \sum_j R_{ij}X_{ij}w_j$. By linearity
# $\mathbb E[r_i] = y_i - q\,(Xw)_i$. The $R_{ij}$ are independent with variance $pq$ (as
# $R^2 = R$, $\operatorname{Var} R = q - q^2$), constants add no variance, so
# $\operatorname{Var}(r_i) = pq\sum_j X_{ij}^2 w_j^2$. With
# $\mathbb E[r_i^2] = \mathbb E[r_i]^2 + \operatorname{Var}(r_i)$ and the sum over $i$,
#
# $$
# L(w) = \|y - qXw\|^2 + pq \sum_j \Big(\sum_i X_{ij}^2\Big) w_j^2
#      = \|y - qXw\|^2 + pq\,\|\Gamma_0 w\|^2, \qquad \Gamma_0^2 = \operatorname{diag}(X^\top X).
# $$
#
# *2.* $\nabla L = -2qX^\top(y - qXw) + 2pq\,\Gamma_0^2 w = 0$; $L$ is convex, so this is necessary
# and sufficient. Division by $2q > 0$ gives $(qX^\top X + p\,\Gamma_0^2)\,w = X^\top y$. For
# $0 < p < 1$ the matrix is a sum of a positive semidefinite matrix and a diagonal one with entries
# $p\|X_j\|^2$: it is positive definite, and the minimiser unique, exactly when no column of $X$ is
# zero. (A zero column has a zero row in the matrix: its weight is free.)
#
# *3.* With $w = \tilde w/q$: $L = \|y - X\tilde w\|^2 + \frac pq\|\Gamma_0\tilde w\|^2$, that is
# $\Gamma = \sqrt{p/(1-p)}\;\Gamma_0$. As $w \mapsto qw$ is one to one, minimisers go to minimisers.
#
# *4.* If no column is zero, $\Gamma$ is invertible. Put $v = \Gamma\tilde w$:
# $\|y - X\Gamma^{-1}v\|^2 + \|v\|^2$, ridge regression with penalty 1 on the design $X\Gamma^{-1}$.
# Its column $j$ is $X_j\big/\big(\sqrt{p/(1-p)}\,\|X_j\|\big)$, of norm $\sqrt{(1-p)/p}$ for all $j$.
#
# - **4 points**: part 1: mean of the residual (1), variance with independence and $p(1-p)$ (2), sum
#   over the examples to $\Gamma_0$ (1).
# - **3 points**: part 2: gradient and linear equations (2), uniqueness exactly when no column is
#   zero (1; half of it for "when the matrix is invertible" without the reason).
# - **2 points**: part 3: substitution and $\Gamma = \sqrt{p/(1-p)}\,\Gamma_0$.
# - **1 point**: part 4: design $X\Gamma^{-1}$ and equal norms $\sqrt{(1-p)/p}$.

# %% [markdown]
# **Written, `dropout_and_batchnorm` (4 points).** All non-zero columns of the ridge design have the
# same norm, whatever the columns of $X$ were. What does that suggest about the relation between
# dropout and batch normalization, which brings each feature to mean 0 and variance 1 over a batch?
# Say (a) what happens to the fit and to the predictions of the minimiser when one feature is
# measured in other units (its column is multiplied by $c \neq 0$), with dropout and with an
# ordinary penalty $\lambda\|w\|^2$; (b) what the two methods share; (c) one thing in which they
# differ.

# %% [markdown] answer="dropout_and_batchnorm" points=4
# **Reference answer.** (a) Under dropout the column $cX_j$ has $\Gamma_j$ multiplied by $|c|$; the
# design column $X_j/\Gamma_j$ keeps its direction up to the sign of $c$. The problem in $v$ is the
# same (up to a sign), so the weight becomes $w_j/c$ and the predictions do not change at all. An
# ordinary penalty is not invariant: a feature with large numbers needs a small weight and is hardly
# punished, one with small numbers is shrunk heavily, so predictions depend on the units. (b)
# Dropout therefore acts like "normalise each feature to the same scale, then use plain weight
# decay": the scale is taken out of the features implicitly. Batch normalization does the same
# explicitly by dividing by the standard deviation of each feature; with centred features the column
# norm is $\sqrt N$ times the standard deviation, so the two scalings agree up to a constant. Weight
# decay after batch normalization, like dropout, treats features alike. (c) Differences, one is
# enough: batch normalization also subtracts the mean, dropout's norm is about zero; dropout brings
# a penalty that grows with $p$, batch normalization alone has no penalty and then learns a new scale
# and shift; batch normalization changes the optimization (conditioning) and depends on the other
# examples of the batch, dropout's effect appears only in expectation; the result here is exact only
# for a linear model with squared error.
#
# - **2 points**: (a) invariance under dropout with $\Gamma_j$ (or the design column) as the reason
#   (1), no invariance with an ordinary penalty (1).
# - **1 point**: (b) both put features on a common scale, so that one penalty fits all.
# - **1 point**: (c) a correct difference.

# %% [markdown]
# ## Part D. Watching it train
#
# The smallest data set there is: one example $x = (10, 1)$ with the target $y = 11$, a linear
# model without bias, $\hat y = w^\top x$, and now *inverted* dropout on the features, as networks
# use it. Infinitely many $w$ fit the example. Which one training finds depends on the optimizer and
# on dropout.
#
# ### D1 · `masked_dataset` (5 points, *NumPy*)
#
# With $D$ features there are $2^D$ masks $m \in \{0,1\}^D$. Dropout on one example is the same as
# drawing from a data set of $2^D$ weighted examples. Return it:
#
# - `X`, shape $(2^D, D)$: the rows $x \circ m/(1-p)$, in any order. The dtype is the floating dtype
#   of `x`.
# - `prob`, shape $(2^D,)$: the probability of each row (`float64` is fine). The sum is 1.
#
# `x` is an array or a list of $D$ numbers, and $0 \le p < 1$. There are always $2^D$ rows, also
# where some have probability 0 or look alike.


# %% solution="masked_dataset"
def masked_dataset(x, p):
    """All inverted-dropout masks of one example, with their probabilities. Source: see above.

    Arguments:
        x: (D,) array or list, one example. Not modified.
        p: float, probability of dropping a feature, 0 <= p < 1.

    Returns (X, prob):
        X: (2^D, D) array, floating dtype of x, rows x * m / (1 - p) in any order.
        prob: (2^D,) array, probabilities of the rows; they sum to 1.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x)
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    D = len(x)
    m = np.arange(2**D)[:, None] >> np.arange(D) & 1
    kept = m.sum(axis=1)
    return (x * m / (1 - p)).astype(dtype), (1 - p) ** kept * p ** (D - kept)
    ### END SOLUTION


# %% test="masked_dataset" points=5
check_numpy_only(masked_dataset)
X, prob = masked_dataset([10.0, 1.0], 0.5)
assert np.shape(X) == (4, 2), "Two features have 2^2 = 4 masks: X has shape (4, 2)."
assert np.shape(prob) == (4,), "prob has one entry a row."
sorted_rows = sorted(tuple(row) for row in np.round(as_array("X", X), 6).tolist())
assert sorted_rows != [(0, 0), (0, 1), (10, 0), (10, 1)], (
    "Divide the features that are kept by 1 - p."
)
check_close("X (sorted)", sorted_rows, [[0, 0], [0, 2], [20, 0], [20, 2]], "One row for each mask.")
check_close("prob", prob, [0.25] * 4, "At p = 1/2 all masks are equally likely.")
X, prob = masked_dataset(np.array([2.0], np.float32), 0.2)
assert as_array("X", X).dtype == np.float32, "x is float32, so X should be float32 too."
is_kept = as_array("X", X)[:, 0] != 0
check_close(
    "prob", prob, np.where(is_kept, 0.8, 0.2), "p is the probability of dropping.", rtol=1e-4
)
passed("masked_dataset")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from itertools import product

    def in_order(X, prob):
        """Rows in an order that does not depend on how they were made: by pattern, then by prob."""
        pattern = (X != 0) @ 2 ** np.arange(X.shape[1])
        order = np.lexsort((prob, pattern))
        return X[order], prob[order]

    def check_masks(x, p):
        dtype = x.dtype if getattr(x, "dtype", None) == np.float32 else np.float64
        before = list(x)
        X, prob = masked_dataset(x, p)
        check_unchanged("x", list(x), before)
        numbers = np.array(x, dtype=np.float64)
        D = len(numbers)
        assert np.shape(X) == (2**D, D), f"X has shape {np.shape(X)} for D = {D}, p = {p}"
        assert np.shape(prob) == (2**D,), f"prob has shape {np.shape(prob)} for D = {D}, p = {p}"
        X, prob = as_array("X", X), as_array("prob", prob)
        assert X.dtype == dtype, f"X is {X.dtype} for an x of {dtype}"
        masks = np.array(list(product((1, 0), repeat=D)))
        shares = np.array([np.prod([1 - p if one else p for one in mask]) for mask in masks])
        X, prob = in_order(X, prob)
        expected_X, expected_prob = in_order(numbers * masks / (1 - p), shares)
        check_close(f"X for x = {before}, p = {p}", X, expected_X, dtype=dtype)
        rtol, atol = (1e-6, 1e-9) if dtype == np.float64 else (1e-4, 1e-6)
        check_close(f"prob for x = {before}, p = {p}", prob, expected_prob, rtol=rtol, atol=atol)
        assert abs(prob.sum() - 1) < 1e-5, "the probabilities add up to 1"

    rng = np.random.default_rng(0)
    for D in (1, 2, 3, 6):
        for p in (0.0, 0.1, 0.5, 0.75, 0.9):
            x = rng.normal(size=D) + 3 * rng.choice([-1, 1], size=D)
            check_masks(x, p)
            check_masks(x.astype(np.float32), p)
            check_masks(x.tolist(), p)
    for p in (0.0, 0.3):
        check_masks(np.array([0.0, 2.0, 0.0, -1.0]), p)
        check_masks(np.zeros(2), p)
        check_masks(np.array([3, -2, 1]), p)
        check_masks([3, -2], p)
        check_masks(np.arange(1.0, 9.0)[::-2], p)
    check_masks(np.linspace(-2, 2, 10), 0.4)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### D2 · `dropout_least_squares` (5 points, *NumPy*)
#
# Return the weights that minimise the expected loss over those masks,
#
# $$
# \mathbb E_m \left( y - w^\top \frac{x \circ m}{1-p} \right)^2 ,
# $$
#
# for one example `x` (an array of shape $(D,)$), a number `y` and $0 \le p < 1$; where there are
# several, the ones of minimum norm.
#
# There are (at least) two ways: weighted least squares on the data set of D1 (multiply each row and
# its target by the square root of its probability), or mean and variance as in C1, now with the
# factor $1/(1-p)$. The second needs no $2^D$ rows.
#
# Check: $x = (10, 1)$, $y = 11$ give $(11/30,\ 11/3)$ at $p = 1/2$ and $(110/101,\ 11/101)$ at
# $p = 0$.


# %% solution="dropout_least_squares"
def dropout_least_squares(x, y, p):
    """Minimum-norm minimiser of the expected inverted-dropout squared error of one example.

    Source: C1 and C2 with X = x / (1 - p), or weighted least squares on masked_dataset.

    Arguments:
        x: (D,) array, one example. Not modified.
        y: float, its target.
        p: float, probability of dropping a feature, 0 <= p < 1.

    Returns w: (D,) array, floating dtype of x.
    """
    ### BEGIN SOLUTION
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    # ||A w - b||^2 is the expected loss: the first row its mean, the others the spread by the masks.
    A = np.vstack([x, (p / (1 - p)) ** 0.5 * np.diag(x)])
    b = np.append(y, np.zeros(len(x)))
    return np.linalg.lstsq(A, b, rcond=None)[0].astype(dtype)
    ### END SOLUTION


# %% test="dropout_least_squares" points=5
check_numpy_only(dropout_least_squares)
x = np.array([10.0, 1.0])
w = dropout_least_squares(x, 11.0, 0.5)
assert np.shape(w) == (2,), "One weight a feature: w has shape (2,)."
assert not np.allclose(as_array("w", w), [11 / 15, 22 / 3]), (
    "These are the weights without rescaling; inverted dropout divides the features by 1 - p."
)
check_close("w at p = 1/2", w, [11 / 30, 11 / 3], "Did you weight each mask?", dtype=np.float64)
check_close(
    "w at p = 0",
    dropout_least_squares(x, 11.0, 0.0),
    [110 / 101, 11 / 101],
    "Without dropout many weights fit: return those of minimum norm.",
)
w = dropout_least_squares(x.astype(np.float32), 11.0, 0.5)
check_close("w", w, [11 / 30, 11 / 3], "Mind float32.", dtype=np.float32)
passed("dropout_least_squares")


### BEGIN HIDDEN TESTS
def hidden_tests():
    from itertools import product

    def enumerated_weights(x, y, p):
        """Minimum-norm least squares over all masks, weighted by probability."""
        kept = np.array(list(product((0, 1), repeat=len(x))))
        root = np.sqrt(np.prod(np.where(kept == 1, 1 - p, p), axis=1))
        rows = root[:, None] * kept * x.astype(np.float64) / (1 - p)
        return np.linalg.lstsq(rows, root * y, rcond=1e-12)[0]

    for numbers in (
        [2.0],
        [-3.0],
        [10.0, 1.0],
        [3.0, 4.0],
        [2.0, -1.0, 2.0],
        [1.0, 2.0, 3.0, -4.0, 0.5],
    ):
        for p in (0.0, 0.001, 0.1, 0.3, 0.5, 0.9):
            for y in (11.0, -2.3, 0.0):
                x = np.array(numbers)
                w = dropout_least_squares(x, y, p)
                label = f"w for x = {numbers}, y = {y}, p = {p}"
                check_close(label, w, enumerated_weights(x, y, p), dtype=np.float64)
                check_unchanged("x", x, np.array(numbers))
    for numbers in ([0.0, 2.0, 1.0], [0.0, 0.0], [5.0, 0.0], [0.0]):
        for p in (0.0, 0.25, 0.8):
            x = np.array(numbers)
            expected = enumerated_weights(x, 3.0, p)
            check_close(f"w for x = {numbers}, p = {p}", dropout_least_squares(x, 3.0, p), expected)
    for p in (0.3, 0.6):
        x = np.array([1.5, -2.0, 0.5, 0.0], np.float32)
        expected = enumerated_weights(x, 4.0, p)
        check_close("w of float32", dropout_least_squares(x, 4.0, p), expected, dtype=np.float32)
        x = np.array([1, -2, 4])
        expected = enumerated_weights(x, 4.0, p)
        check_close("w of integers", dropout_least_squares(x, 4.0, p), expected, dtype=np.float64)
        x = np.arange(1.0, 9.0)[::-3]
        expected = enumerated_weights(x, 4.0, p)
        check_close("w of a view", dropout_least_squares(x, 4.0, p), expected, dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### D3 · `train_linear` (6 points)
#
# Now let an optimizer look for the weights. Train a linear model without bias in PyTorch:
#
# - The weights start at zero.
# - Each step draws `batch_size` fresh inverted-dropout masks of the one example `x`, every entry
#   independently, and takes the **mean** of $(\hat y - y)^2$ over the batch as its loss.
# - `optimizer` is `"sgd"` (plain: no momentum, no weight decay) or `"adam"` (PyTorch's default
#   settings), with learning rate `lr`. Any other name raises a `ValueError`.
# - `losses[t]` is the loss of the batch of step `t`, *before* the weights are updated, for `steps`
#   steps. As the weights start at zero, `losses[0]` is $y^2$.
# - The same `seed` gives the same result, another seed draws other masks.
#
# `x` may be an array, a list or a tensor; `y` is a float. Return `w` of shape $(D,)$, detached from
# the graph, and `losses` of length `steps`, both as arrays or tensors (or, for `losses`, a list of
# floats). Three thousand steps with a batch of 1024 should take a second or two: draw all masks of
# a batch at once.


# %% solution="train_linear"
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    """Train a linear model without bias on one example under inverted dropout (PyTorch).

    Arguments:
        x: (D,) array, list or tensor of floats, the example. Not modified.
        y: float, its target.
        p: float, probability of dropping a feature, 0 <= p < 1.
        batch_size: int, number of masks drawn in each step.
        steps: int, number of updates.
        lr: float, learning rate.
        optimizer: str, "sgd" (plain) or "adam" (PyTorch's default settings).
        seed: int, seed of the masks.

    Returns (w, losses):
        w: (D,) array or tensor, detached, the weights after the last update.
        losses: (steps,) array, tensor or list; losses[t] is the batch loss before update t.

    Raises ValueError when optimizer is neither "sgd" nor "adam".
    """
    ### BEGIN SOLUTION
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f'optimizer must be "sgd" or "adam", not {optimizer!r}')
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = torch.rand(batch_size, len(x), generator=generator) >= p
        prediction = (keep * (x / (1 - p))) @ w
        loss = ((prediction - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), np.array(losses)
    ### END SOLUTION


# %% test="train_linear" points=6
w, losses = train_linear([10.0, 1.0], 11.0, 0.0, 2, 100, 1e-3, "sgd", 0)
assert np.shape(as_array("w", w)) == (2,), "w has one entry a feature: shape (2,), not (1, 2)."
assert not getattr(w, "requires_grad", False), "Detach w from the graph before you return it."
assert np.shape(as_array("losses", losses)) == (100,), "losses has one entry a step."
check_close(
    "losses[0]",
    losses[0],
    121.0,
    "The weights start at zero and losses[0] comes before the first update: it is y^2.",
    rtol=1e-4,
)
check_close(
    "w without dropout", w, [1.08911, 0.10891], "Plain SGD, no bias, no momentum.", atol=1e-3
)
w, losses = train_linear(np.array([10.0, 1.0]), 11.0, 0.5, 2000, 1, 1e-3, "sgd", 0)
check_close(
    "w after one step with p = 0.5",
    w,
    [0.22, 0.022],
    "On average the first update is 2 lr y x: take the mean over the batch, divide by 1 - p.",
    rtol=0.15,
)
w, losses = train_linear(torch.tensor([10.0, 1.0]), 11.0, 0.0, 1, 300, 1e-2, "adam", 0)
check_close("w with Adam", w, [1.0, 1.0], "Adam moves both weights alike.", atol=0.05)
check_raises(
    ValueError,
    lambda: train_linear([10.0, 1.0], 11.0, 0.5, 1, 1, 1e-3, "rmsprop", 0),
    'optimizer = "rmsprop" should raise a ValueError.',
)
passed("train_linear")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def run(x, y, p, batch_size, steps, lr, optimizer="sgd", seed=0):
        """w and losses as float64 arrays, shapes checked."""
        w, losses = train_linear(x, y, p, batch_size, steps, lr, optimizer, seed)
        assert not getattr(w, "requires_grad", False), "w is not detached"
        w, losses = as_array("w", w), as_array("losses", losses)
        assert w.dtype.kind == "f", f"w is of dtype {w.dtype}"
        assert w.shape == (len(x),), f"w has shape {w.shape} for D = {len(x)}"
        assert losses.shape == (steps,), f"losses has shape {losses.shape} for {steps} steps"
        check_close("losses[0]", losses[0], y**2, rtol=1e-4)
        return w.astype(np.float64), losses.astype(np.float64)

    # Without dropout training is deterministic: compare each loss and the weights with PyTorch's own.
    for optimizer, lr, steps in (
        ("sgd", 0.03, 12),
        ("adam", 0.1, 12),
        ("sgd", 0.01, 1),
        ("adam", 0.02, 1),
    ):
        x, y = np.array([1.5, -0.5, 2.0]), -2.5
        weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        oracle = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]([weight], lr=lr)
        history = []
        for _ in range(steps):
            oracle.zero_grad()
            error = (torch.from_numpy(x) @ weight - y) ** 2
            error.backward()
            oracle.step()
            history.append(error.item())
        expected = weight.detach().numpy()
        for given in (
            x,
            x.tolist(),
            x.astype(np.float32),
            torch.tensor(x),
            torch.tensor(x).float(),
        ):
            w, losses = run(given, y, 0.0, 3, steps, lr, optimizer)
            check_close(f"losses of {optimizer}", losses, history, rtol=1e-4, atol=1e-4)
            check_close(f"w of {optimizer}", w, expected, rtol=1e-4, atol=1e-5)
            check_unchanged("x", given, [1.5, -0.5, 2.0])

    # One feature, batches of one: the losses tell the masks, and these tell every weight.
    p, lr, y = 0.4, 0.05, 1.5
    w, losses = run([2.0], y, p, 1, 300, lr, seed=1)
    kept = ~np.isclose(losses, y**2, rtol=1e-5)
    assert abs(kept.mean() - (1 - p)) < 6 * np.sqrt(p * (1 - p) / 300), "the share of kept features"
    assert abs(np.mean(kept[1:] & kept[:-1]) - (1 - p) ** 2) < 0.2, "each step draws fresh masks"
    feature = 2.0 / (1 - p)
    weight = 2 * lr * feature * y  # after the first step that kept the feature, which shows no loss
    for step in np.flatnonzero(kept):
        error = feature * weight - y
        check_close(f"losses[{step}]", losses[step], error**2, rtol=1e-3, atol=1e-5)
        weight -= 2 * lr * feature * error
    check_close("w", w, [weight], rtol=1e-3, atol=1e-5)

    # One step with a batch of one: each weight is 0 or 2 lr y x / (1 - p), independently.
    firsts = np.array([run([2.0, -3.0], 4.0, 0.5, 1, 1, 0.1, seed=s)[0] for s in range(60)])
    firsts /= np.array([3.2, -4.8])
    assert np.isclose(firsts, np.round(firsts), atol=1e-4).all(), (
        "kept features are divided by 1 - p"
    )
    patterns = {tuple(row) for row in (np.abs(np.round(firsts)) + 0.0).tolist()}
    assert patterns == {(0, 0), (0, 1), (1, 0), (1, 1)}, "each feature is dropped on its own"
    assert (np.round(firsts) >= 0).all(), "the first update goes along y x"

    # One step with a large batch: the mean over independent masks.
    x, p, B = np.array([2.0, -3.0, 1.0]), 0.25, 8000
    w, _ = run(x, 4.0, p, B, 1, 0.01, seed=2)
    share = w / (2 * 0.01 * 4.0 * x)
    assert (np.abs(share - 1) < 6 * np.sqrt(p / (1 - p) / B)).all(), "the mean of the first update"

    # A few steps with large batches follow the gradient of the expected loss.
    mean = np.zeros(3)
    for _ in range(40):
        mean -= (
            0.02 * 2 * (np.outer(x, x) + p / (1 - p) * np.diag(x**2)) @ mean - 0.02 * 2 * 4.0 * x
        )
    w, losses = run(x, 4.0, p, 2000, 40, 0.02, seed=3)
    assert (np.abs(w - mean) < 0.04).all(), f"expected about {mean} after 40 steps, got {w}"

    # Seeds.
    one, same, other = (run([10.0, 1.0], 11.0, 0.5, 2, 20, 1e-3, seed=s)[1] for s in (4, 4, 5))
    assert np.array_equal(one, same), "the same seed gives the same result"
    assert not np.allclose(one, other), "another seed draws other masks"

    # The two ends of the story, and a name that is no optimizer.
    w, losses = run([10.0, 1.0], 11.0, 0.5, 1024, 1000, 2e-3, seed=6)
    check_close("w at p = 1/2", w, [11 / 30, 11 / 3], rtol=0, atol=0.05)
    check_close("the late losses", losses[600:].mean(), 121 / 3, rtol=0.02)
    for name in ("momentum", "adamw"):
        check_raises(
            ValueError,
            lambda name=name: run([10.0, 1.0], 11.0, 0.0, 1, 1, 1e-3, name),
            f"optimizer = {name!r}: no ValueError",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Experiment: the loss curve
#
# The same training at $p = 1/2$, with a batch of 1 and of 1024 masks. The dashed line is the smallest
# expected loss, from your D1 and D2.


# %% tags=["experiment"]
EXAMPLE, TARGET = np.array([10.0, 1.0]), 11.0
STEPS = {"full": 3000, "smoke": 60}[SCALE]


def expected_loss(w, p):
    """Expected inverted-dropout loss of the weights w on the example."""
    X, prob = masked_dataset(EXAMPLE, p)
    return prob @ (TARGET - X @ w) ** 2


def plot_loss_curves():
    """Loss over steps for two batch sizes, with the smallest expected loss."""
    best = expected_loss(dropout_least_squares(EXAMPLE, TARGET, 0.5), 0.5)
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
    for axes, batch_size in zip(panels, tqdm((1, 1024), desc="batch sizes"), strict=True):
        w, losses = train_linear(EXAMPLE, TARGET, 0.5, batch_size, STEPS, 1e-3, "sgd", 0)
        axes.plot(losses, ".", ms=3, alpha=0.6, label="loss of the batch")
        axes.axhline(best, color="k", ls="--", label=f"smallest expected loss, {best:.1f}")
        axes.set(xlabel="step", title=f"batch of {batch_size}")
        axes.legend(loc="upper right")
        late = losses[len(losses) // 2 :]
        print(
            f"batch of {batch_size:4}: w = ({w[0]:.3f}, {w[1]:.3f}), second half of the run:"
            f" mean loss {np.mean(late):.1f}, from {np.min(late):.1f} to {np.max(late):.1f}"
        )
    panels[0].set(ylabel="squared error", ylim=(0, 180))
    figure.tight_layout()
    plt.show()


plot_loss_curves()

# %% [markdown]
# *What to see.* Neither curve goes to zero. The large batch settles in a narrow band around the
# dashed line. The small one jumps between separate bands for ever (one for each of the four masks),
# and the bands drift because the weights keep wandering.
#
# **Written, `loss_curve_shape` (3 points).** (a) Exactly at the minimiser the dropout loss takes only
# two values, although there are four masks. Compute both, with their probabilities, and show that
# their mean is the dashed line. (b) Why does the curve for a batch of 1 not calm down however long
# you train, and what does a batch of 1024 change? (c) Is a training loss that stays at 40 a sign
# that the model cannot fit the example?

# %% [markdown] answer="loss_curve_shape" points=3
# **Reference answer.** (a) At $w = (11/30, 11/3)$ each feature contributes $w_j x_j = 11/3$, and
# $22/3$ when kept and rescaled. Both kept: $\hat y = 44/3$, loss $(11 - 44/3)^2 = 121/9 \approx
# 13.4$. One kept: $\hat y = 22/3$, loss also $121/9$. None kept: $\hat y = 0$, loss $121$. So the
# loss is $121/9$ with probability $3/4$ and $121$ with probability $1/4$; the mean is
# $121/12 + 121/4 = 121/3 \approx 40.3$. (b) The noise is in the masks, not in the weights: even at the
# best $w$ a batch of one shows 13.4 or 121. (The constant step size also keeps $w$ moving around the
# minimiser, so that the three masks with loss 13.4 split into bands; measured in the second half:
# from 0.0 to 121.0, mean 44.4.) An average over 1024 masks has a standard deviation smaller by
# $\sqrt{1024} = 32$ (46.6 for one mask, about 1.5 for the batch), so the curve settles in a narrow
# band around 40.3 (measured: mean 40.3, from 35.5 to 45.0). (c) No. It is the loss *under dropout*:
# no $w$ does better on average over the masks. Without dropout a linear model fits the example
# exactly. To judge the fit, switch dropout off. (Then these weights predict $22/3$, not 11: the
# penalty shrinks the prediction, which is regularization, not a lack of capacity.)
#
# - **1 point**: (a) the values 121/9 and 121 with probabilities 3/4 and 1/4, mean 121/3.
# - **1 point**: (b) the masks keep the loss random at fixed weights; averaging over the batch shrinks
#   the fluctuation (by about 32).
# - **1 point**: (c) the floor belongs to the noisy loss (or the penalty), not to the model's
#   capacity; look at the loss with dropout off.

# %% [markdown]
# ### Experiment: SGD against Adam
#
# The plane of the two weights. The line marks all weights that fit the example exactly. Each path
# starts at zero; its points are the weights after 1, 3, 10, ... steps.


# %% tags=["experiment"]
def weight_path(p, optimizer, lr, bar):
    """Weights after growing numbers of steps, from zero, shape (points, 2)."""
    path = [np.zeros(2)]
    for steps in (1, 3, 10, 30, 100, 300, 1000, 3000):
        if steps <= STEPS:
            w, _ = train_linear(EXAMPLE, TARGET, p, 256, steps, lr, optimizer, 0)
            path.append(np.asarray(w))
        bar.update()
    return np.array(path)


def plot_paths():
    """Paths of SGD and Adam over the contours of the expected loss, without and with dropout."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.2))
    first, second = np.meshgrid(np.linspace(-0.1, 1.25, 120), np.linspace(-0.4, 4.6, 120))
    bar = tqdm(total=32, desc="SGD against Adam")
    for axes, p in zip(panels, (0.0, 0.5), strict=True):
        X, prob = masked_dataset(EXAMPLE, p)
        errors = (TARGET - X[:, 0, None, None] * first - X[:, 1, None, None] * second) ** 2
        levels = [2, 10, 30, 45, 60, 90, 120]
        drawn = axes.contour(
            first, second, np.tensordot(prob, errors, 1), levels, cmap="Greys_r", linewidths=0.8
        )
        axes.clabel(drawn, fontsize=7)
        fit = np.array([0.64, 1.14])
        axes.plot(fit, (TARGET - 10 * fit) / 1, "k:", label="exact fit with dropout off")
        for optimizer, lr, color in (("sgd", 1e-3, "C0"), ("adam", 1e-2, "C1")):
            path = weight_path(p, optimizer, lr, bar)
            end = f"({path[-1, 0]:.3f}, {path[-1, 1]:.3f})"
            axes.plot(*path.T, ".-", color=color, label=f"{optimizer}, ends at {end}")
            axes.plot(*path[-1], "*", ms=13, color=color)
        best = dropout_least_squares(EXAMPLE, TARGET, p)
        axes.plot(*best, "kx", ms=9, label="dropout_least_squares")
        axes.set(xlabel="$w_1$ (feature 10)", ylabel="$w_2$ (feature 1)", title=f"p = {p}")
        axes.set(xlim=(-0.1, 1.25), ylim=(-0.4, 4.6))
        axes.legend(fontsize=8, loc="upper right" if p == 0 else "lower right")
    bar.close()
    figure.tight_layout()
    plt.show()


plot_paths()

# %% [markdown]
# *What to see.* Without dropout each optimizer settles where it meets the dotted line, and they meet
# it in different places. With $p = 1/2$ both end at the same point, which is *not* on the line.
#
# **Written, `weights_under_dropout` (4 points).** Call $u_j = w_j x_j$ the contribution of feature $j$
# to the prediction. (a) Give the contributions at the end of training for SGD with $p = 0$, Adam with
# $p = 0$ and either one with $p = 1/2$. (b) Why does SGD at $p = 0$ end at weights proportional to
# $x$, and Adam at nearly equal weights? (c) Why does dropout give both features the same contribution
# although one is ten times the other? (d) Why does the optimizer not matter for the end point with
# dropout?

# %% [markdown] answer="weights_under_dropout" points=4
# **Reference answer.** (a) SGD, $p = 0$: $w = (1.089, 0.109)$, $u = (10.89, 0.11)$. Adam, $p = 0$:
# $w \approx (1, 1)$, $u \approx (10, 1)$. Dropout: $w = (0.367, 3.667)$, $u = (3.67, 3.67)$
# (measured ends, still noisy: SGD $(0.381, 3.659)$, Adam $(0.366, 3.649)$). (b) Each
# gradient is $2(\hat y - y)\,x$, a multiple of $x$; SGD from zero never leaves the line spanned by
# $x$ and stops where it meets $w^\top x = y$, the solution of minimum norm. Adam divides each
# coordinate by the running size of its own gradient; the factor 10 between the two gradients cancels,
# both weights move by the same steps and meet the line at $(1, 1)$. (c) The expected loss is
# $(y - \sum_j u_j)^2 + \frac{p}{1-p}\sum_j u_j^2$: it depends on $x$ only through the contributions
# and treats them alike, so they come out equal ($u_j = y/(D + \frac p{1-p})$). Intuitively the model
# must not rely on one feature that may be missing, so it spreads the prediction; the small feature
# needs a weight ten times as large. (d) With $p > 0$ the expected loss is strictly convex (no feature
# is zero): there is one minimiser and any optimizer that converges goes there. At $p = 0$ a whole
# line is optimal and the path decides.
#
# - **1 point**: (a) the three pairs of contributions.
# - **1 point**: (b) SGD stays in the span of $x$; Adam normalises each coordinate's gradient.
# - **1 point**: (c) the penalty $\frac{p}{1-p}\sum_j u_j^2$, or the argument that a feature may be
#   missing, applied to contributions and not to weights.
# - **1 point**: (d) strictly convex, one minimiser, against a line of minimisers at $p = 0$.

# %% [markdown]
# ### Experiment: a sweep over p
#
# The minimiser as a function of $p$ (lines), and what SGD finds in the same number of steps for each
# $p$ (crosses). The learning rate is $2(1-p)/1000$, because the gradients grow with $1/(1-p)$.


# %% tags=["experiment"]
def plot_sweep():
    """Both weights over p: closed form, its limit at 0, the value at 0, and trained weights."""
    fine = np.linspace(1e-6, 0.95, 200)
    lines = np.array([dropout_least_squares(EXAMPLE, TARGET, p) for p in fine])
    at_zero = dropout_least_squares(EXAMPLE, TARGET, 0.0)
    rates = (0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
    trained = np.array(
        [
            train_linear(EXAMPLE, TARGET, p, 256, STEPS, 2e-3 * (1 - p), "sgd", 0)[0]
            for p in tqdm(rates, desc="sweep over p")
        ]
    )
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.8))
    for j, axes in enumerate(panels):
        axes.plot(fine, lines[:, j], label="dropout_least_squares, p > 0")
        axes.plot(0, lines[0, j], "o", color="C0", mfc="white", label="its limit for p → 0")
        axes.plot(0, at_zero[j], "o", color="C0", label="dropout_least_squares, p = 0")
        axes.plot(rates, trained[:, j], "x", color="C1", label=f"SGD, {STEPS} steps")
        axes.set(xlabel="dropout rate p", ylabel=f"$w_{j + 1}$")
        axes.set_title(f"weight of feature {EXAMPLE[j]:g}")
        axes.set_ylim(0, None)
    panels[0].legend()
    figure.tight_layout()
    plt.show()
    for p, w in zip(rates, trained, strict=True):
        print(f"p = {p:4}: SGD finds ({w[0]:.3f}, {w[1]:.3f})")


plot_sweep()

# %% [markdown]
# *What to see.* The line does not reach the filled dot at $p = 0$: the minimiser jumps. The crosses
# of small $p$ lie between the two.
#
# **Written, `jump_at_zero` (3 points).** (a) Compute the limit of the minimiser for $p \to 0$ from the
# formula and compare it with the minimiser at $p = 0$. (b) The expected loss is continuous in $p$. How
# can its minimiser jump? (c) Why do the crosses at small $p$ not lie on the line, and what would
# bring them there?

# %% [markdown] answer="jump_at_zero" points=3
# **Reference answer.** (a) With $u_j = w_j x_j$, $u_j = y/(2 + \frac p{1-p}) \to y/2$, hence
# $w \to (0.55, 5.5)$; at $p = 0$ the minimum-norm solution is $(110/101, 11/101) \approx (1.089,
# 0.109)$. (b) At $p = 0$ the minimisers are the whole line $10w_1 + w_2 = 11$; the minimum is not
# unique. Any $p > 0$, however small, adds the penalty $\frac p{1-p}\sum_j x_j^2 w_j^2$, which selects
# one point of (nearly) that line: the one where $\sum_j x_j^2w_j^2$ is smallest. At $p = 0$ the
# penalty is gone and another rule selects, the smallest $\sum_j w_j^2$ (which is also what SGD from
# zero finds). All points of the line have nearly the same loss for small $p$, so the values are
# continuous and the location is not. (c) Along the line the expected loss has a curvature
# proportional to $p$ (about $4p$, against about 200 across). Gradient descent first runs to the line, near the
# minimum-norm point, and then drifts along it at a rate of about $2\,\text{lr}\cdot 2p$ a step: with
# lr = 0.002 and $p = 0.01$ this is $8\cdot 10^{-5}$ a step, so 3,000 steps cover a fifth of the way
# (measured: $w_2 = 1.24$ on the way from $0.11$ to $5.5$). More steps (time grows like $1/p$), or an optimizer that rescales
# directions, bring the crosses to the line.
#
# - **1 point**: (a) the limit (0.55, 5.5) against (1.089, 0.109).
# - **1 point**: (b) the minimiser at $p = 0$ is not unique; the smallest penalty breaks the tie in
#   another way than the minimum norm.
# - **1 point**: (c) small curvature along the line, slow convergence in proportion to $p$; more steps.

# %% [markdown]
# ### Experiment: loss vs. dropout rate
#
# Now a real network. The next cell wraps *your* forward and backward pass as a PyTorch function and
# puts it behind each hidden layer of an MLP, and behind the input if asked.


# %% tags=["experiment"]
class YourDropout(torch.autograd.Function):
    """dropout_forward and dropout_backward as one differentiable PyTorch operation."""

    @staticmethod
    def forward(ctx, x, p, train, rng):
        out, ctx.mask = dropout_forward(x.detach().numpy(), p, train, rng)
        return torch.from_numpy(np.array(out))

    @staticmethod
    def backward(ctx, dout):
        dx = dropout_backward(dout.numpy(), ctx.mask)
        return torch.from_numpy(np.array(dx)), None, None, None


class MLP(nn.Module):
    """784 - 256 - 256 - 10 with dropout: p after the hidden layers, p_input on the pixels."""

    def __init__(self, p, p_input, seed):
        super().__init__()
        self.rng = set_seed(seed)
        self.rates = (p_input, p, p)
        self.layers = nn.ModuleList([nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 10)])

    def forward(self, images):
        h = images.flatten(1)
        for layer, p in zip(self.layers, self.rates, strict=True):
            if layer is not self.layers[0]:
                h = torch.relu(h)
            if p > 0:
                h = YourDropout.apply(h, p, self.training, self.rng)
            h = layer(h)
        return h


def fit(images, labels, p, p_input, epochs, seed):
    """An MLP trained with Adam on batches of 100."""
    model = MLP(p, p_input, seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(100):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model.eval()


def score(model, images, labels):
    """Mean cross-entropy and accuracy, with dropout off."""
    with torch.no_grad():
        logits = model(images)
    accuracy = (logits.argmax(dim=1) == labels).float().mean().item()
    return nn.functional.cross_entropy(logits, labels).item(), accuracy


train_x, train_y, test_x, test_y = load_images(SCALE)
examples = {"full": 2000, "smoke": 300}[SCALE]
few_x, few_y = train_x[:examples], train_y[:examples]
print(f"{examples} images to train with, {len(test_x)} to test with")

# %% [markdown]
# A small training set makes overfitting easy to see. For each dropout rate the next cell trains
# networks from several seeds and measures the loss on both sets, with dropout off.


# %% tags=["experiment"]
def sweep_dropout_rate(rates, seeds, epochs):
    """Training loss, test loss and test accuracy, shape (rates, seeds, 3)."""
    results = np.zeros((len(rates), len(seeds), 3))
    for i, j in tqdm(list(np.ndindex(len(rates), len(seeds))), desc="networks"):
        model = fit(few_x, few_y, rates[i], 0.0, epochs, seeds[j])
        train_loss, _ = score(model, few_x, few_y)
        results[i, j] = train_loss, *score(model, test_x, test_y)
    return results


def plot_dropout_rate(rates, results):
    """Mean over the seeds as lines, each network as a dot; and a table."""
    mean = results.mean(axis=1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    for column, label in enumerate(("training images", "test images")):
        color = f"C{column}"
        left.plot(rates, mean[:, column], color=color, label=label)
        left.plot(rates, results[:, :, column], ".", color=color)
    left.set(ylabel="cross-entropy (nats)", title="Loss vs. Dropout Rate")
    left.legend()
    right.plot(rates, 100 * mean[:, 2], color="C1")
    right.plot(rates, 100 * results[:, :, 2], ".", color="C1")
    right.set(ylabel="test accuracy (%)", title="Accuracy vs. Dropout Rate")
    for axes in (left, right):
        axes.set_xlabel("dropout rate p of the hidden layers")
    figure.tight_layout()
    plt.show()
    print("   p   training loss   test loss   test accuracy")
    for p, row in zip(rates, mean, strict=True):
        print(f"{p:4.1f}   {row[0]:13.4f}   {row[1]:9.3f}   {row[2]:13.1%}")


RATES = {"full": np.arange(10) / 10, "smoke": np.array([0.0, 0.5, 0.9])}[SCALE]
plot_dropout_rate(
    RATES,
    sweep_dropout_rate(
        RATES,
        seeds={"full": (0, 1, 2), "smoke": (0,)}[SCALE],
        epochs={"full": 30, "smoke": 1}[SCALE],
    ),
)

# %% [markdown]
# *What to see.* The training loss grows with $p$. The test loss falls first, is flat around its
# minimum near $p = 0.6$, and rises when so much is dropped that the network can no longer learn. The
# gap between the two curves, a sign of overfitting, closes from left to right.
#
# ### Experiment: the cheating feature
#
# The last experiment plants a leak. In each training image one pixel of the top row is "hot", twenty
# times as bright as white, and its column tells the label. A network can read the answer there and
# need not look at the digit. Then two tests: one on images with the leak, one on images without it,
# as in real life when whatever gave the answer away is not there any more. Networks whose training
# images have no leak are the honest comparison.


# %% tags=["experiment"]
def with_leak(images, labels):
    """A copy of the images with one hot pixel in row 0, column 4 + 2 * label."""
    leaked = images.clone()
    leaked[torch.arange(len(images)), 0, 0, 4 + 2 * labels] = 20.0
    return leaked


def cheat(variants, seeds, epochs):
    """Test accuracy with and without the leak for each variant, shape (variants, seeds, 2)."""
    results = np.zeros((len(variants), len(seeds), 2))
    leaked_test = with_leak(test_x, test_y)
    for i, j in tqdm(list(np.ndindex(len(variants), len(seeds))), desc="networks"):
        _, p, p_input, leak = variants[i]
        images = with_leak(few_x, few_y) if leak else few_x
        model = fit(images, few_y, p, p_input, epochs, seeds[j])
        results[i, j] = score(model, leaked_test, test_y)[1], score(model, test_x, test_y)[1]
    return results


def plot_cheating(variants, results):
    """Pictures with the leak, bars of the accuracies, and a table."""
    figure = plt.figure(figsize=(12, 4))
    grid = figure.add_gridspec(2, 7)
    for place, picture in enumerate(with_leak(few_x[:4], few_y[:4])[:, 0]):
        axes = figure.add_subplot(grid[place // 2, place % 2])
        axes.imshow(picture.clamp(max=1), cmap="gray", interpolation="nearest")
        axes.set_title(f"label {few_y[place]}", fontsize=9)
        axes.axis("off")
    axes = figure.add_subplot(grid[:, 2:])
    mean = 100 * results.mean(axis=1)
    place = np.arange(len(variants))
    for column, label in enumerate(("leak present in the test", "leak removed")):
        drawn = axes.bar(place + 0.4 * column - 0.2, mean[:, column], 0.38, label=label)
        axes.bar_label(drawn, fmt="%.1f", fontsize=8)
    axes.set_xticks(place, [name.replace(", ", ",\n") for name, *_ in variants], fontsize=8)
    axes.set(ylabel="test accuracy (%)", ylim=(0, 118))
    axes.legend(ncols=2, loc="upper center", fontsize=8)
    figure.tight_layout()
    plt.show()
    print(f"{'test accuracy':36}   leak present   leak removed")
    for (name, *_), row in zip(variants, mean, strict=True):
        print(f"{name:36}   {row[0]:11.1f}%   {row[1]:11.1f}%")


VARIANTS = (
    ("leak, no dropout", 0.0, 0.0, True),
    ("leak, dropout on hidden layers", 0.5, 0.0, True),
    ("leak, dropout on pixels too", 0.5, 0.5, True),
    ("no leak, no dropout", 0.0, 0.0, False),
    ("no leak, dropout on pixels too", 0.5, 0.5, False),
)
plot_cheating(
    VARIANTS,
    cheat(
        VARIANTS,
        seeds={"full": (0, 1, 2), "smoke": (0,)}[SCALE],
        epochs={"full": 20, "smoke": 1}[SCALE],
    ),
)

# %% [markdown]
# *What to see.* The networks that were trained with the leak are nearly perfect while it is there.
# When it is removed, two of them fall far below the honest networks, and one does not.
#
# **Written, `cheating_feature` (3 points).** Use your numbers. (a) What happens to each network when
# the leak is removed, compared with the honest networks? (b) Why does dropout with $p = 1/2$ on the
# pixels help, and dropout on the hidden layers alone not? Argue with the probability that a training
# step sees the leak. (c) Name a leak against which dropout on the pixels would not protect the
# network, and say why.

# %% [markdown] answer="cheating_feature" points=3
# **Reference answer.** (a) Measured (mean of three seeds, leak present → removed): no dropout 100.0 %
# → 77.3 %; dropout on the hidden layers 100.0 % → 78.9 %; dropout on the pixels too 99.9 % → 89.7 %;
# the honest networks have 90.4 % and 91.0 % without the leak. So the first two lose about 13 points
# against the honest ones, the third about 1. (b) Without dropout on the pixels every training step
# shows the leak. The network soon reads the label from it, the loss is almost zero, so is the
# gradient, and little is learned from the digit. With $p = 1/2$ on the pixels the leak is missing for
# each image in half of the steps; then only the digit can lower the loss, so the digit goes on
# teaching. Dropout on hidden units never removes the leak: the hot pixel feeds all 256 units of the
# first layer, about half of them stay in each step and still carry it. (c) A leak that is spread over
# many pixels (a tint of the background, a watermark, ten hot pixels in place of one): with $n$ copies
# all of them are dropped only with probability $p^n$, about 0.001 for $n = 10$ and $p = 1/2$, so nearly
# each step sees it. (Also right: a leak that is present at test time as well, since nothing
# shows it; or labels that are wrong together with the leak. "A small $p$" earns the point with the
# argument that the leak is then seen nearly always.)
#
# - **1 point**: (a) with the numbers: large loss without dropout on the pixels, small loss with it,
#   compared with the honest networks.
# - **1 point**: (b) the leak is missing in a share $p$ of the steps, and then the digit must be used;
#   hidden dropout does not hide it.
# - **1 point**: (c) a leak in many features (or another sound case) with its reason.

# %% include="common/closing.py"
