# %% [markdown]
# # Problem set 2 · Batch and layer normalization
#
# {{colab}}
#
# In this set you build two layers that made deep networks easy to train. You write them forwards,
# you derive their gradients with pen and paper, and you write those gradients in NumPy. At the end
# you train deep networks with your own layers and see what normalization buys, and what it costs.
#
# **How the points work.** There are 100 points: 72 for code and 28 for written answers. Under each
# code exercise stands a test cell. What you see of it checks shapes, dtypes and one small case, and
# tells you what probably went wrong. Hidden tests follow when your work is graded: other sizes (one
# row, one column), `float32`, other values of `gamma`, `beta` and `eps`, and inputs that must come out
# of your function unchanged. The points of an exercise are given for passing all of it.
#
# **The rules.** Solve every code exercise of this set with NumPy: `torch`, `sklearn` and
# `scipy.stats` are not allowed inside your answers. Put everything a function needs into its own
# cell. Written answers go where the text says `YOUR ANSWER HERE`; you may type formulas in LaTeX.

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% include="common/data.py"

# %% [markdown]
# ### Names and conventions
#
# | name | shape | meaning |
# |---|---|---|
# | `x` | `(N, D)` | a batch of `N` examples with `D` features; row = example |
# | `gamma`, `beta` | `(D,)` | the learned scale γ and shift β, one of each for a feature |
# | `y` | `(N, D)` | the output of the layer |
# | `dout` | `(N, D)` | the gradient of the loss with respect to the layer's output |
# | `dx`, `dgamma`, `dbeta` | as `x`, `gamma`, `beta` | gradients of the loss $\ell$ with respect to these |
# | `eps` | number | the small constant ε under the root |
#
# Three rules hold in every exercise:
#
# - A variance is **biased** (divide by the number of values, not by one less) unless the exercise says
#   otherwise.
# - A result has the floating dtype of the data: `float32` in, `float32` out. Integer data are treated
#   as `float64`.
# - A function never modifies its inputs.
#
# The next cell holds two helpers of the tests: they compare a wrong result with what well-known
# mistakes lead to, so that a failing test can name the mistake. You need not read it.

# %% tags=["setup"]
def which_mistake(actual, mistakes, otherwise=""):
    """Return the sentence of `mistakes` (a dict: sentence -> its wrong result) that fits `actual`."""
    for sentence, wrong in mistakes.items():
        try:
            if np.shape(actual) == np.shape(wrong) and np.allclose(
                actual, wrong, atol=1e-6, equal_nan=True
            ):
                return sentence
        except (TypeError, ValueError):
            pass
    return otherwise


def which_path_is_wrong(dx, x, gamma, dout, axis, eps):
    """Say which mistake leads to this wrong `dx`: x reaches y directly, by the mean, by the variance."""

    def wrong(paths, gamma=gamma, axis=axis, ddof=0):
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        uses = {p: leaf if p in paths else leaf.detach() for p in ("direct", "mean", "variance")}
        variance = uses["variance"].var(axis, correction=ddof, keepdim=True)
        centred = uses["direct"] - uses["mean"].mean(axis, keepdim=True)
        y = torch.tensor(gamma) * centred / (variance + eps).sqrt()
        y.backward(torch.tensor(dout))
        return leaf.grad.numpy()

    full = ("direct", "mean", "variance")
    mistakes = {
        "The path through the mean is missing.": wrong(("direct", "variance")),
        "The path through the variance is missing.": wrong(("direct", "mean")),
        "Mean and variance depend on x: here they are treated as constants.": wrong(("direct",)),
        "gamma is missing.": wrong(full, gamma=np.ones_like(gamma)),
        "gamma varies along the axis you average over: it cannot be pulled out of those sums.": gamma
        * wrong(full, gamma=np.ones_like(gamma)),
        "The statistics run over the other axis.": wrong(full, axis=1 - axis),
        "The variance is biased: it divides by the number of values.": wrong(full, ddof=1),
        "The sign is wrong.": -wrong(full),
    }
    general = "Compare your stages one by one with the scratch cell above."
    return which_mistake(dx, mistakes, otherwise=general)


# %% [markdown]
# # Part A. Batch normalization
#
# ## A1. Forward
#
# A layer's inputs drift while the layers below it learn. Batch normalization (Ioffe and Szegedy,
# 2015) fixes mean and variance of every feature: it measures both over the batch and rescales.
#
# For feature $j$, with the batch running over $i = 1, \dots, N$:
#
# $$
# \mu_j = \frac1N \sum_{i=1}^N x_{ij}, \qquad
# v_j = \frac1N \sum_{i=1}^N (x_{ij} - \mu_j)^2, \qquad
# \hat x_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{v_j + \varepsilon}}, \qquad
# y_{ij} = \gamma_j\, \hat x_{ij} + \beta_j .
# $$
#
# Write `batchnorm_forward`. It returns `y` and a `cache`: whatever you want your backward pass to get.
# Nobody but your `batchnorm_backward` looks into it, so derive the gradient first if you do not know
# yet what to keep. A batch of one example is allowed here; think about what `y` must be then.


# %% solution="batchnorm_forward"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Batch normalization in training: normalize each feature over the batch, scale and shift.

    x: (N, D) data, N >= 1; gamma, beta: (D,) of the dtype of x; eps: a number added to the variance.
    Returns (y, cache): y is (N, D) with the floating dtype of x (integers count as float64), cache
    is what batchnorm_backward needs. The variance is biased. No input is modified.
    Source: Ioffe and Szegedy (2015), algorithm 1.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)
    return gamma * centred * inv_std + beta, (centred, inv_std, gamma)
    ### END SOLUTION


# %% test="batchnorm_forward" points=7
check_numpy_only(batchnorm_forward)
x = np.array([[2.0, 2.0], [6.0, 2.0]])
gamma, beta = np.array([6.0, 5.0]), np.array([10.0, -1.0])
y, _ = batchnorm_forward(x, gamma, beta, eps=5.0)
mistakes = {
    "The variance is biased: divide by N.": [[10 - 12 / 13**0.5, -1], [10 + 12 / 13**0.5, -1]],
    "eps belongs under the root, next to the variance.": [[10 - 12 / 7, -1], [10 + 12 / 7, -1]],
    "The root of v + eps is missing.": [[10 - 12 / 9, -1], [10 + 12 / 9, -1]],
    "eps is missing: the constant column divides by 0.": [[4, np.nan], [16, np.nan]],
    "Mean and variance run over the batch (axis 0).": [[10, -1], [14, -1 - 10 / 3]],
    "gamma and beta are missing.": [[-2 / 3, 0], [2 / 3, 0]],
    "gamma is missing.": [[10 - 2 / 3, -1], [10 + 2 / 3, -1]],
    "beta is missing.": [[-4, 0], [4, 0]],
}
expected = np.array([[6.0, -1.0], [14.0, -1.0]])
hint = "y = gamma * (x - mean) / sqrt(variance + eps) + beta, with statistics of each column."
check_close("y", y, expected, which_mistake(y, mistakes, hint), dtype=np.float64)
single = [values.astype(np.float32) for values in (x, gamma, beta)]
y, _ = batchnorm_forward(*single, eps=5.0)
check_close("y (float32 data)", y, expected, dtype=np.float32)
y, _ = batchnorm_forward(x[:1], gamma, beta)
check_close("y (N = 1)", y, np.array([[10.0, -1.0]]), "With one example x - mean is 0.")
passed("batchnorm_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def forward_oracle(x, gamma, beta, eps):
        y = np.empty(x.shape)
        for j in range(x.shape[1]):
            column = [float(value) for value in x[:, j]]
            mean = sum(column) / len(column)
            variance = sum((value - mean) ** 2 for value in column) / len(column)
            for i, value in enumerate(column):
                y[i, j] = gamma[j] * (value - mean) / (variance + eps) ** 0.5 + beta[j]
        return y

    rng = np.random.default_rng(20)
    for n, d, eps in [
        (7, 3, 1e-5),
        (1, 4, 1e-5),
        (5, 1, 0.3),
        (1, 1, 0.1),
        (2, 6, 1e-2),
        (4, 4, 0.5),
    ]:
        x = 2 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta = rng.normal(size=d) - 2, rng.normal(size=d) + 1
        before = x.copy(), gamma.copy(), beta.copy()
        y, _ = batchnorm_forward(x, gamma, beta, eps)
        for name, actual, copy in zip(
            ("x", "gamma", "beta"), (x, gamma, beta), before, strict=True
        ):
            check_unchanged(name, actual, copy)
        check_close(
            f"y (N = {n}, D = {d})", y, forward_oracle(x, gamma, beta, eps), dtype=np.float64
        )

    gamma, beta = np.array([1.5, -2.0, 0.5]), np.array([0.0, 3.0, -1.0])
    tiny = 1e-3 * rng.normal(size=(6, 3))
    y, _ = batchnorm_forward(tiny, gamma, beta)
    check_close(
        "y (tiny x)", y, forward_oracle(tiny, gamma, beta, 1e-5), "The default of eps is 1e-5."
    )
    wide = rng.normal(size=(8, 6))
    y, _ = batchnorm_forward(wide[::2, ::2], gamma, beta, eps=0.1)
    check_close(
        "y (every other row and column)", y, forward_oracle(wide[::2, ::2], gamma, beta, 0.1)
    )
    square = rng.normal(size=(3, 3)).T
    y, _ = batchnorm_forward(square, gamma, beta, eps=0.1)
    check_close("y (transposed x)", y, forward_oracle(square, gamma, beta, 0.1))
    whole = np.array([[1, 0, 5], [2, 0, 9], [4, 0, -3], [9, 0, 0]])
    y, _ = batchnorm_forward(whole, gamma, beta, eps=0.1)
    check_close("y (integers)", y, forward_oracle(whole, gamma, beta, 0.1), dtype=np.float64)
    single = (3 * rng.normal(size=(9, 3)) + 2).astype(np.float32)
    y, _ = batchnorm_forward(single, gamma.astype(np.float32), beta.astype(np.float32))
    check_close("y (float32)", y, forward_oracle(single, gamma, beta, 1e-5), dtype=np.float32)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A2. What the output looks like
#
# Before you turn to gradients, look at what the layer promises. Take $\varepsilon = 0$ and a feature
# that is not constant over the batch. Whatever its distribution was, its mean and its variance over
# the batch are now fixed by two numbers that the network learns.
#
# Write `batchnorm_moments`, which returns both, one value for each feature.


# %% solution="batchnorm_moments"
def batchnorm_moments(gamma, beta):
    """Mean and variance over the batch of batch normalization's output when eps = 0.

    gamma, beta: (D,). Returns (mean, variance), each (D,), for features that are not constant over
    the batch. The variance is biased. No input is modified.
    """
    ### BEGIN SOLUTION
    return beta, gamma**2
    ### END SOLUTION


# %% test="batchnorm_moments" points=3
check_numpy_only(batchnorm_moments)
mean, variance = batchnorm_moments(np.array([3.0, -2.0]), np.array([5.0, 7.0]))
hint = "What does adding a constant to every value, or multiplying it by one, do to the mean?"
check_close("mean", mean, np.array([5.0, 7.0]), hint)
hint = which_mistake(
    variance,
    {
        "This is the standard deviation; the variance is asked for.": [3.0, 2.0],
        "A variance is never negative.": [3.0, -2.0],
        "The normalized value has variance 1; what does the scale do to it?": [1.0, 1.0],
    },
    "How does a variance change when all values are multiplied by one number?",
)
check_close("variance", variance, np.array([9.0, 4.0]), hint)
passed("batchnorm_moments")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(21)
    for d in (1, 2, 5):
        gamma, beta = 2 * rng.normal(size=d) - 1, 3 * rng.normal(size=d)
        before = gamma.copy(), beta.copy()
        mean, variance = batchnorm_moments(gamma, beta)
        check_unchanged("gamma", gamma, before[0])
        check_unchanged("beta", beta, before[1])
        x = rng.gamma(2.0, size=(50, d))
        y = gamma * (x - x.mean(axis=0)) / x.std(axis=0) + beta
        check_close(f"mean (D = {d})", mean, y.mean(axis=0), dtype=np.float64)
        check_close(f"variance (D = {d})", variance, y.var(axis=0), dtype=np.float64)
    mean, variance = batchnorm_moments(np.array([0.0, -0.5, 1.0]), np.array([-4.0, 0.0, 1.0]))
    check_close("mean (gamma = 0)", mean, np.array([-4.0, 0.0, 1.0]))
    check_close("variance (gamma = 0)", variance, np.array([0.0, 0.25, 1.0]))
    mean, variance = batchnorm_moments(np.float32([0.5, -3.0]), np.float32([1.5, -1.0]))
    check_close("mean (float32)", mean, np.array([1.5, -1.0]), dtype=np.float32)
    check_close("variance (float32)", variance, np.array([0.25, 9.0]), dtype=np.float32)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `why_eps` (2 points).** Why does $\varepsilon$ stand under the root? Say what would happen
# without it to a feature that has the same value in the whole batch, in the forward *and* in the
# backward pass. Then give the exact variance of $\hat x_j$ when $\varepsilon > 0$, in terms of $v_j$ and
# $\varepsilon$, and say for which features it is far from 1.

# %% [markdown] answer="why_eps" points=2
# For a constant feature $x_{ij} - \mu_j = 0$ and $v_j = 0$. Without $\varepsilon$ the forward pass is
# $0/0$ (not a number), and the backward pass multiplies by $1/\sqrt{v_j}$, which is infinite; for a
# nearly constant feature both blow rounding noise up to full size. With $\varepsilon$ the gain is at
# most $1/\sqrt{\varepsilon}$ and the output of a constant feature is $\beta_j$.
#
# The variance of $\hat x_j$ is $\frac1N\sum_i \frac{(x_{ij}-\mu_j)^2}{v_j+\varepsilon} = \frac{v_j}{v_j + \varepsilon}$. It is close to 1 when $v_j \gg \varepsilon$ and far below 1 when $v_j$ is
# of the size of $\varepsilon$ or smaller.
#
# - **1 point**: division by zero for a constant (or nearly constant) feature, forwards and backwards;
#   half of it when only one of the two passes is mentioned.
# - **1 point**: $v/(v+\varepsilon)$ and that it is far from 1 when $v$ is not large against $\varepsilon$.

# %% [markdown]
# ## A3. The graph
#
# A backward pass is a walk through a graph, so draw the graph first. An edge goes from `a` to `b` when
# `b` is computed from `a` *directly*. The nodes of batch normalization in training are
#
# | node | meaning |
# |---|---|
# | `X` | the batch |
# | `mu`, `var` | mean and variance of each feature |
# | `Z` | the normalized values $\hat x$ |
# | `gamma`, `beta` | the parameters |
# | `Y` | the output |
#
# Write `batchnorm_graph`, which returns all edges as pairs of these names, for example
# `("X", "mu")`. The pairs may come in a list, a tuple or a set, in any order. The variance is
# computed from the batch itself (whether you also draw that its formula contains the mean is up to you:
# both are accepted).


# %% solution="batchnorm_graph"
def batchnorm_graph():
    """Edges of batch normalization's computational graph in training.

    Returns a collection (list, tuple or set) of pairs (from, to) of the node names "X", "mu", "var",
    "Z", "Y", "gamma" and "beta".
    """
    ### BEGIN SOLUTION
    return {
        ("X", "mu"),
        ("X", "var"),
        ("X", "Z"),
        ("mu", "Z"),
        ("var", "Z"),
        ("Z", "Y"),
        ("gamma", "Y"),
        ("beta", "Y"),
    }
    ### END SOLUTION


# %% test="batchnorm_graph" points=3
check_numpy_only(batchnorm_graph)
edges = [tuple(str(name) for name in edge) for edge in batchnorm_graph()]
nodes = {"X", "mu", "var", "Z", "Y", "gamma", "beta"}
assert edges, "The collection of edges is empty."
for edge in edges:
    assert len(edge) == 2, f"Every edge is a pair (from, to), but this is one of yours: {edge}."
    for name in edge:
        assert name in nodes, f"{name!r} is not one of the nodes {sorted(nodes)}."
    assert edge[0] != edge[1], f"Nothing is computed from itself: {edge}."
    assert edge[1] not in ("X", "gamma", "beta"), (
        f"{edge[1]} is an input of the graph: no edge ends there. An edge goes from a value to what"
        " is computed from it, not the other way round."
    )
    assert edge[0] != "Y", "Y is the output: no edge begins there."
lonely = nodes - {name for edge in edges for name in edge}
assert not lonely, f"These nodes have no edge: {sorted(lonely)}."
passed("batchnorm_graph")


### BEGIN HIDDEN TESTS
def hidden_tests():
    needed = {("X", "mu"), ("X", "var"), ("X", "Z"), ("mu", "Z"), ("var", "Z"), ("Z", "Y")}
    needed |= {("gamma", "Y"), ("beta", "Y")}
    missing = needed - set(edges)
    assert not missing, f"{len(missing)} of the edges are missing: what is each node computed from?"
    extra = set(edges) - needed - {("mu", "var")}
    assert not extra, f"{len(extra)} of your edges do not belong: an edge is a direct use."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A4. Backward, on paper
#
# Now the gradient. You are given $g_{ij} = \partial \ell / \partial y_{ij}$ (`dout`) and look for the
# gradients of the same loss with respect to $\gamma$, $\beta$ and $x$. Features do not mix, so drop
# the index $j$ and write $x_i, g_i, \hat x_i$ for one feature.
#
# Go backwards through the graph, one node at a time. At a node that several edges leave, the
# contributions **add up**. These are the steps:
#
# 1. $\beta$ and $\gamma$ enter *every* $y_i$ of the feature. Which sum over the batch does that make?
# 2. $\hat x_i$ enters $y_i$ alone. What is $\partial \ell / \partial \hat x_i$?
# 3. Write $c_i = x_i - \mu$ and $s = (v + \varepsilon)^{-1/2}$, so that $\hat x_i = c_i\, s$. The number $s$
#    serves all $i$: its gradient is a sum. Go on from $s$ to $v$.
# 4. $c_i$ is used twice: in $\hat x_i$ and in $v = \frac1N \sum_i c_i^2$. Add the two contributions.
# 5. $\mu$ is used by every $c_i$. The variance contributes nothing to $\partial \ell/\partial \mu$: what is
#    $\sum_i c_i$?
# 6. $x_i$ is used twice: in $c_i$ and in $\mu = \frac1N \sum_i x_i$. Add again, and you have
#    $\partial \ell / \partial x_i$.
#
# Programming these steps one after the other gives the *staged* backward pass. Putting them into one
# another and collecting terms gives a *closed form* with just two sums over the batch in it.
#
# **Question `batchnorm_derivation` (8 points).** Derive $\partial \ell/\partial \beta$,
# $\partial \ell/\partial \gamma$ and $\partial \ell/\partial x_i$ along these steps, for any $\varepsilon \ge 0$. Show the intermediate
# gradients ($\hat x_i$, $s$ or $v$, $c_i$, $\mu$). Bring $\partial \ell / \partial x_i$ into a closed form that
# contains only $\gamma, v, \varepsilon, N, g_i, \hat x_i, \sum_k g_k$ and $\sum_k g_k \hat x_k$. Finish with a check:
# show that $\sum_i \partial \ell / \partial x_i = 0$ and say why that had to be so.

# %% [markdown] answer="batchnorm_derivation" points=8
# With $y_i = \gamma \hat x_i + \beta$, $\hat x_i = c_i s$, $s = (v+\varepsilon)^{-1/2}$,
# $v = \frac1N\sum_i c_i^2$, $c_i = x_i - \mu$:
#
# $$
# \frac{\partial\ell}{\partial\beta} = \sum_i g_i, \qquad
# \frac{\partial\ell}{\partial\gamma} = \sum_i g_i \hat x_i, \qquad
# \frac{\partial\ell}{\partial\hat x_i} = \gamma g_i .
# $$
#
# The scale $s$ is shared, and $ds/dv = -\tfrac12 (v+\varepsilon)^{-3/2} = -\tfrac12 s^3$:
#
# $$
# \frac{\partial\ell}{\partial s} = \gamma\sum_k g_k c_k, \qquad
# \frac{\partial\ell}{\partial v} = -\tfrac12 s^3 \gamma \sum_k g_k c_k
#   = -\tfrac12 s^2\gamma \sum_k g_k \hat x_k .
# $$
#
# $c_i$ has two uses, with $\partial v/\partial c_i = 2c_i/N$:
#
# $$
# \frac{\partial\ell}{\partial c_i} = \gamma s\, g_i + \frac{2 c_i}{N}\frac{\partial\ell}{\partial v}
#  = \gamma s \Bigl( g_i - \frac{\hat x_i}{N} \sum_k g_k\hat x_k \Bigr).
# $$
#
# The mean enters every $c_i$ with $-1$. Because $\sum_i c_i = 0$, the second term drops out:
#
# $$
# \frac{\partial\ell}{\partial\mu} = -\sum_i \frac{\partial\ell}{\partial c_i} = -\gamma s\sum_k g_k .
# $$
#
# Finally $x_i$ enters $c_i$ (with 1) and $\mu$ (with $1/N$):
#
# $$
# \frac{\partial\ell}{\partial x_i} = \frac{\partial\ell}{\partial c_i} + \frac1N\frac{\partial\ell}{\partial\mu}
#  = \frac{\gamma}{N\sqrt{v+\varepsilon}} \Bigl( N g_i - \sum_k g_k - \hat x_i \sum_k g_k \hat x_k \Bigr).
# $$
#
# No step used $\varepsilon = 0$. Check: summed over $i$ the bracket gives $N\sum g - N\sum g - 0 = 0$. It
# must, because adding one constant to all $x_i$ changes no output, so the loss does not change along
# $(1, \dots, 1)$.
#
# - **1 point**: $\partial\ell/\partial\beta$ and $\partial\ell/\partial\gamma$ as sums over the batch.
# - **1 point**: $\partial\ell/\partial\hat x_i = \gamma g_i$.
# - **2 points**: the gradient of $s$ or $v$, with the sum over the batch and the power $-3/2$ (one each).
# - **1 point**: both contributions to $\partial\ell/\partial c_i$ (or to $x_i$ through $v$).
# - **1 point**: $\partial\ell/\partial\mu$, with the reason why the variance adds nothing.
# - **1 point**: the closed form, right for $\varepsilon > 0$ as well.
# - **1 point**: the sum is zero, and the reason (shifting the whole feature changes nothing).

# %% [markdown]
# ## A5. Backward, in code
#
# Check your stages before you put them together. The next cell fixes a small example and lets PyTorch
# compute the gradient at every node of your derivation. Fill `mine` with your own NumPy results, for
# instance `mine["dxhat"] = ...`, and run the cell again: it prints the largest difference for each.
# The names are those of the derivation: `dxhat`, `ds`, `dv`, `dc`, `dmu`, `dx`.
#
# (With `axis=1` the same cell serves layer normalization in Part B.)


# %%
def stage_example(axis):
    """A fixed example and PyTorch's gradient at each stage; statistics run over `axis`."""
    rng = np.random.default_rng(7)
    given = {name: rng.normal(size=(5, 3)) for name in ("x", "dout")}
    given |= {"gamma": np.array([1.5, -2.0, 0.7]), "beta": np.array([0.3, 0.0, -1.0]), "eps": 0.1}
    x, gamma, beta = (torch.tensor(given[name]) for name in ("x", "gamma", "beta"))
    mu = x.requires_grad_().mean(axis, keepdim=True)
    c = x - mu
    v = (c**2).mean(axis, keepdim=True)
    s = (v + given["eps"]) ** -0.5
    xhat = c * s
    stages = {"dxhat": xhat, "ds": s, "dv": v, "dc": c, "dmu": mu, "dx": x}
    for node in stages.values():
        node.retain_grad()
    (gamma * xhat + beta).backward(torch.tensor(given["dout"]))
    return given, {name: node.grad.numpy() for name, node in stages.items()}


def compare_stages(mine, theirs):
    """Print the largest difference between your gradient and PyTorch's at each stage."""
    for name, gradient in theirs.items():
        if name not in mine:
            print(f"{name:6} shape {gradient.shape!s:7} not in `mine` yet")
        elif np.size(mine[name]) != gradient.size:
            print(f"{name:6} shape {gradient.shape!s:7} yours has shape {np.shape(mine[name])}")
        else:
            difference = np.abs(np.reshape(mine[name], gradient.shape) - gradient).max()
            verdict = "agrees" if difference < 1e-9 else "DIFFERS"
            print(f"{name:6} largest difference {difference:.1e}   {verdict}")


given, theirs = stage_example(axis=0)  # given holds x, gamma, beta, eps and dout
mine = {}
compare_stages(mine, theirs)

# %% [markdown]
# Write `batchnorm_backward`, staged or in closed form. It must work for a batch of one example too:
# then the output does not depend on `x` at all, so `dx` is 0.
#
# The visible test looks at `dbeta`, `dgamma` and `dx` in turn. When `dx` is wrong it tries out which
# path from `x` to `y` your result leaves out.


# %% solution="batchnorm_backward"
def batchnorm_backward(dout, cache):
    """Gradients of batch normalization in training.

    dout: (N, D), gradient of the loss with respect to y; cache: what batchnorm_forward returned.
    Returns (dx, dgamma, dbeta) of shapes (N, D), (D,), (D,), with the floating dtype of the data. No
    input is modified, the cache neither: calling twice gives the same twice.
    Source: your derivation in A4.
    """
    ### BEGIN SOLUTION
    c, s, gamma = cache
    N = len(dout)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * c * s).sum(axis=0)
    dxhat = dout * gamma
    ds = (dxhat * c).sum(axis=0)
    dv = -0.5 * s**3 * ds
    dc = dxhat * s + dv * 2 * c / N
    dmu = -dc.sum(axis=0)
    dx = dc + dmu / N
    return dx, dgamma, dbeta
    ### END SOLUTION


# %% test="batchnorm_backward" points=10
check_numpy_only(batchnorm_backward)
x = np.array([[1.0, 7.0], [3.0, 1.0], [5.0, 5.0], [7.0, 3.0]])
gamma, beta = np.array([3.0, -3.0]), np.array([0.5, 2.0])
dout = np.array([[1.0, 2.0], [2.0, 0.0], [5.0, 1.0], [6.0, 1.0]])
_, cache = batchnorm_forward(x, gamma, beta, eps=4.0)
dx, dgamma, dbeta = batchnorm_backward(dout, cache)
hint = "beta_j is added to the whole column j, so its gradient sums over the batch."
check_close("dbeta", dbeta, np.array([14.0, 4.0]), hint, dtype=np.float64)
hint = which_mistake(
    dgamma,
    {
        "gamma multiplies the normalized value: multiply dout by that, not by x.": [76.0, 22.0],
        "gamma multiplies the normalized value: divide by sqrt(v + eps) as well.": [18.0, 6.0],
        "This is the gradient of beta.": [14.0, 4.0],
    },
    "gamma_j multiplies the normalized column j: sum dout times that over the batch.",
)
check_close("dgamma", dgamma, np.array([6.0, 2.0]), hint, dtype=np.float64)
expected = np.array([[-1.0, -0.5], [-1.0, 0.5], [1.0, 1 / 6], [1.0, -1 / 6]])
hint = which_path_is_wrong(dx, x, gamma, dout, 0, 4.0)
check_close("dx", dx, expected, hint, dtype=np.float64)
single = [values.astype(np.float32) for values in (x, gamma, beta, dout)]
_, cache = batchnorm_forward(*single[:3], eps=4.0)
for name, actual, wanted in zip(
    ("dx", "dgamma", "dbeta"),
    batchnorm_backward(single[3], cache),
    (expected, np.array([6.0, 2.0]), np.array([14.0, 4.0])),
    strict=True,
):
    check_close(f"{name} (float32 data)", actual, wanted, dtype=np.float32)
passed("batchnorm_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def backward_oracle(x, gamma, beta, dout, eps):
        leaves = [
            torch.tensor(np.asarray(a, np.float64), requires_grad=True) for a in (x, gamma, beta)
        ]
        centred = leaves[0] - leaves[0].mean(0)
        y = leaves[1] * centred / (centred.pow(2).mean(0) + eps).sqrt() + leaves[2]
        y.backward(torch.tensor(np.asarray(dout, np.float64)))
        return [leaf.grad.numpy() for leaf in leaves]

    def check_backward(label, x, gamma, beta, dout, eps=1e-5, dtype=np.float64):
        before = [values.copy() for values in (x, gamma, beta, dout)]
        _, cache = batchnorm_forward(x, gamma, beta, eps)
        gradients = batchnorm_backward(dout, cache)
        again = batchnorm_backward(dout, cache)
        for name, actual, copy in zip(
            ("x", "gamma", "beta", "dout"), (x, gamma, beta, dout), before, strict=True
        ):
            check_unchanged(name, actual, copy)
        expected = backward_oracle(x, gamma, beta, dout, eps)
        for name, one, two, wanted in zip(
            ("dx", "dgamma", "dbeta"), gradients, again, expected, strict=True
        ):
            check_close(f"{name} ({label})", one, wanted, dtype=dtype)
            hint = "The first call must leave the cache as it was."
            check_close(f"{name} ({label}, second call)", two, wanted, hint, dtype=dtype)

    rng = np.random.default_rng(22)
    for n, d, eps in [
        (7, 3, 1e-5),
        (1, 4, 1e-5),
        (5, 1, 0.3),
        (1, 1, 0.1),
        (2, 6, 1e-2),
        (4, 4, 0.5),
    ]:
        x = 2 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta = rng.normal(size=d) - 2, rng.normal(size=d) + 1
        check_backward(f"N = {n}, D = {d}", x, gamma, beta, rng.normal(size=(n, d)) + 0.5, eps)

    gamma, beta = np.array([1.5, -2.0, 0.5]), np.array([0.0, 3.0, -1.0])
    wide = rng.normal(size=(2, 8, 6))
    check_backward("views", wide[0, ::2, ::2], gamma, beta, wide[1, 1::2, 1::2], 0.1)
    turned = rng.normal(size=(2, 3, 5))
    check_backward("transposed", turned[0].T, gamma, beta, turned[1].T, 0.1)
    whole = np.array([[1, 0, 5], [2, 0, 9], [4, 0, -3], [9, 0, 0]])
    check_backward("integers", whole, gamma, beta, whole[::-1] - 2.5, 0.1)
    single = rng.normal(size=(2, 12, 3)).astype(np.float32)
    gamma32, beta32 = gamma.astype(np.float32), beta.astype(np.float32)
    check_backward("float32", single[0], gamma32, beta32, single[1], dtype=np.float32)

    x, dout = rng.normal(size=(2, 4, 3))

    def loss(values):
        centred = values - values.mean(axis=0)
        return (dout * (gamma * centred / np.sqrt((centred**2).mean(axis=0) + 0.2) + beta)).sum()

    _, cache = batchnorm_forward(x, gamma, beta, 0.2)
    dx, _, _ = batchnorm_backward(dout, cache)
    check_close("dx (central differences)", dx, numeric_gradient(loss, x), rtol=1e-5, atol=1e-7)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A6. A smaller relative: subtract the mean only
#
# Much of the formula comes from the mean alone. To see it bare, take a layer for one scalar feature that
# only centres its batch and scales it:
#
# $$ y_i = \gamma\,(x_i - \mu), \qquad \mu = \frac1n \sum_{k=1}^n x_k . $$
#
# Every output depends on every input. Find $\partial y_k / \partial x_i$ for $k = i$ and for $k \ne i$, then
# sum $\partial\ell/\partial y_k \cdot \partial y_k/\partial x_i$ over $k$.
#
# Write `demean_backward`. `dout` has shape `(N,)` here and `gamma` is a number.


# %% solution="demean_backward"
def demean_backward(dout, gamma):
    """Gradient with respect to x of y = gamma * (x - mean(x)) for one scalar feature.

    dout: (N,) with N >= 1, gradient of the loss with respect to y; gamma: a number.
    Returns dx: (N,) with the floating dtype of dout (integers count as float64). No input is modified.
    """
    ### BEGIN SOLUTION
    return gamma * (dout - dout.mean())
    ### END SOLUTION


# %% test="demean_backward" points=5
check_numpy_only(demean_backward)
dx = demean_backward(np.array([1.0, 2.0, 6.0]), 2.0)
hint = which_mistake(
    dx,
    {
        "The mean depends on x too: its path is missing.": [2.0, 4.0, 12.0],
        "gamma is missing.": [-2.0, -1.0, 3.0],
        "gamma multiplies both paths, also the one through the mean.": [-1.0, 1.0, 9.0],
        "The mean is subtracted, so its path counts with a minus.": [8.0, 10.0, 18.0],
        "Each x_i has weight 1/n in the mean: that factor is missing.": [-16.0, -14.0, -6.0],
    },
    "y_k depends on x_i by the mean for every k, not for k = i alone.",
)
check_close("dx", dx, np.array([-4.0, -2.0, 6.0]), hint, dtype=np.float64)
dx = demean_backward(np.float32([1.0, 2.0, 6.0]), 2.0)
check_close("dx (float32 data)", dx, np.array([-4.0, -2.0, 6.0]), dtype=np.float32)
passed("demean_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(23)
    for n, gamma in [(1, 3.0), (2, -1.5), (5, 0.25), (40, 1.0), (7, 0.0)]:
        dout = 2 * rng.normal(size=n) + 1
        before = dout.copy()
        dx = demean_backward(dout, gamma)
        check_unchanged("dout", dout, before)
        jacobian = gamma * (np.eye(n) - 1 / n)
        check_close(f"dx (N = {n}, gamma = {gamma})", dx, jacobian.T @ dout, dtype=np.float64)
    leaf = torch.tensor(rng.normal(size=6), requires_grad=True)
    dout = rng.normal(size=12)[::2]
    (-2.5 * (leaf - leaf.mean())).backward(torch.tensor(dout.copy()))
    check_close("dx (every other value)", demean_backward(dout, -2.5), leaf.grad.numpy())
    whole = np.array([3, -1, 2, 6])
    dx = demean_backward(whole, 0.5)
    check_close("dx (integers)", dx, 0.5 * (whole - 2.5), dtype=np.float64)
    single = rng.normal(size=9).astype(np.float32)
    wanted = -1.5 * (single.astype(float) - single.astype(float).mean())
    check_close("dx (float32)", demean_backward(single, -1.5), wanted, dtype=np.float32)
    check_close("dx (N = 1)", demean_backward(np.array([4.0]), 7.0), np.zeros(1), dtype=np.float64)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `demean_limits` (3 points).** Give $\partial\ell/\partial x_i$ of the layer above as a formula in
# $\gamma$, $n$ and the $\partial\ell/\partial y_k$. What does it become for $n = 1$, and why? What does it
# become for $n \to \infty$ when the examples are drawn independently from one distribution? Say what
# happens to each single derivative $\partial y_k/\partial x_i$ with $k \ne i$, and why the term that they
# make together need not vanish.

# %% [markdown] answer="demean_limits" points=3
# $\partial y_k/\partial x_i = \gamma(\mathbb 1[k=i] - \tfrac1n)$, hence
#
# $$
# \frac{\partial\ell}{\partial x_i} = \gamma\Bigl(\frac{\partial\ell}{\partial y_i}
#   - \frac1n\sum_{k=1}^n\frac{\partial\ell}{\partial y_k}\Bigr).
# $$
#
# For $n = 1$ this is 0: the batch is its own mean, $y = 0$ whatever $x$ is, and nothing can be learned.
#
# For $n\to\infty$ the average goes to its expectation (law of large numbers):
# $\gamma\,(\partial\ell/\partial y_i - \mathbb E[\partial\ell/\partial y])$. Each cross-derivative
# $-\gamma/n$ vanishes, so no single other example matters for $x_i$; but there are $n - 1$ of them, and
# together they still subtract the mean gradient. The layer then acts as if $\mu$ were a constant, apart
# from taking away the part of the gradient that would shift all examples alike.
#
# - **1 point**: the formula, and 0 for $n = 1$ because the output does not depend on the input.
# - **1 point**: the limit $\gamma(\partial\ell/\partial y_i - \mathbb E[\partial\ell/\partial y])$.
# - **1 point**: each cross-derivative $-\gamma/n$ vanishes, yet there are about $n$ of them.

# %% [markdown]
# ## A7. Through a ReLU
#
# In a network the layer seldom stands alone. Take
#
# $$ H = \mathrm{ReLU}(\hat Y), \qquad \hat Y = \gamma\,\frac{y - \mu}{\sqrt{v + \varepsilon}} + \beta, $$
#
# where `y`, of shape `(N, D)`, is now the *input* of the normalization (it is the output of a linear
# layer) and the statistics are those of `y` over the batch. Given `dH` $= \partial\ell/\partial H$, return
# a dictionary with five gradients:
#
# | key | shape | what |
# |---|---|---|
# | `"gamma"`, `"beta"` | `(D,)` | $\partial\ell/\partial\gamma$, $\partial\ell/\partial\beta$ |
# | `"mean"` | `(D,)` | $\partial\ell/\partial\mu$ through the normalized value **alone** (treat $v$ as a separate variable) |
# | `"var"` | `(D,)` | $\partial\ell/\partial v$ |
# | `"y"` | `(N, D)` | the total $\partial\ell/\partial y$: direct, through $\mu$ and through $v$ |
#
# The ReLU lets a gradient pass where its input is above 0, and at exactly 0 it does not.


# %% solution="batchnorm_relu_backward"
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    """Gradients of H = ReLU(BN(y)), where BN uses the batch's own statistics (biased variance).

    dH: (N, D), gradient of the loss with respect to H; y: (N, D), input of the normalization, N >= 1;
    gamma, beta: (D,); eps: a number. Everything has one dtype, and so have the results.
    Returns a dict: "gamma", "beta", "mean", "var" of shape (D,) and "y" of shape (N, D). "mean" is the
    partial derivative through the normalized value alone, "y" is the total derivative. The ReLU has
    slope 0 at 0. No input is modified.
    """
    ### BEGIN SOLUTION
    N = len(y)
    centred = y - y.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)
    xhat = centred * inv_std
    g = dH * (gamma * xhat + beta > 0)
    dmean = -gamma * inv_std * g.sum(axis=0)
    dvar = -0.5 * gamma * inv_std**3 * (g * centred).sum(axis=0)
    return {
        "gamma": (g * xhat).sum(axis=0),
        "beta": g.sum(axis=0),
        "mean": dmean,
        "var": dvar,
        "y": g * gamma * inv_std + dvar * 2 * centred / N + dmean / N,
    }
    ### END SOLUTION


# %% test="batchnorm_relu_backward" points=8
check_numpy_only(batchnorm_relu_backward)
y = np.array([[1.0, 6.0], [3.0, 6.0], [5.0, 6.0], [7.0, 6.0]])
dH = np.array([[1.0, 1.0], [2.0, -1.0], [3.0, 2.0], [5.0, 0.0]])
gamma, beta = np.array([3.0, 2.0]), np.array([0.5, 1.0])
gradients = batchnorm_relu_backward(dH, y, gamma, beta, eps=4.0)
expected = {
    "beta": np.array([8.0, 2.0]),
    "gamma": np.array([6.0, 0.0]),
    "mean": np.array([-8.0, -2.0]),
    "var": np.array([-1.0, 0.0]),
    "y": np.array([[-0.5, 0.5], [-1.5, -1.5], [0.5, 1.5], [1.5, -0.5]]),
}
assert set(expected) == set(gradients), f"The keys should be {sorted(expected)}."
unmasked = "The ReLU is missing: no gradient passes where its input is not above 0."
mistakes = {
    "beta": {
        unmasked: [11.0, 2.0],
        "The ReLU's input is the normalized and shifted value, not centred or raw y.": [8.0, 0.0],
    },
    "gamma": {
        unmasked: [20 / 3, 0.0],
        "Multiply by the normalized value: the division by the root is missing.": [18.0, 0.0],
    },
    "mean": {
        unmasked: [-11.0, -2.0],
        "The mean is subtracted: its gradient has the other sign.": [8.0, 2.0],
        "gamma is missing.": [-8 / 3, -1.0],
        "This is not divided by the number of examples: that factor belongs to y.": [-2.0, -0.5],
    },
    "var": {
        unmasked: [-10 / 9, 0.0],
        "The power of (v + eps) is -3/2.": [-9.0, 0.0],
        "gamma is missing.": [-1 / 3, 0.0],
        "The derivative of a power brings its exponent down: the factor 1/2 is missing.": [-2.0, 0],
    },
    "y": {
        "The paths through mean and variance are missing.": [[0, 1], [0, -1], [3, 2], [5, 0]],
        "The path through the variance is missing.": [[-2, 0.5], [-2, -1.5], [1, 1.5], [3, -0.5]],
        "The path through the mean is missing.": [[1.5, 1], [0.5, -1], [2.5, 2], [3.5, 0]],
    },
}
for key, wanted in expected.items():
    hint = which_mistake(gradients[key], mistakes[key], "Go through the graph once more.")
    check_close(f'gradient "{key}"', gradients[key], wanted, hint, dtype=np.float64)
single = [values.astype(np.float32) for values in (dH, y, gamma, beta)]
gradients = batchnorm_relu_backward(*single, eps=4.0)
for key, wanted in expected.items():
    check_close(f'gradient "{key}" (float32 data)', gradients[key], wanted, dtype=np.float32)
passed("batchnorm_relu_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def relu_oracle(dH, y, gamma, beta, eps):
        leaves = [
            torch.tensor(np.asarray(a, np.float64)).requires_grad_() for a in (y, gamma, beta)
        ]
        mean = leaves[0].mean(0)
        variance = leaves[0].var(0, correction=0)
        mean.retain_grad()
        variance.retain_grad()
        shifted = leaves[1] * (leaves[0] - mean) * (variance + eps) ** -0.5 + leaves[2]
        torch.relu(shifted).backward(torch.tensor(np.asarray(dH, np.float64)))
        nodes = {
            "y": leaves[0],
            "gamma": leaves[1],
            "beta": leaves[2],
            "mean": mean,
            "var": variance,
        }
        return {key: node.grad.numpy() for key, node in nodes.items()}

    def check_relu(label, dH, y, gamma, beta, eps=1e-5, dtype=np.float64):
        before = [values.copy() for values in (dH, y, gamma, beta)]
        gradients = batchnorm_relu_backward(dH, y, gamma, beta, eps)
        for name, actual, copy in zip(
            ("dH", "y", "gamma", "beta"), (dH, y, gamma, beta), before, strict=True
        ):
            check_unchanged(name, actual, copy)
        for key, wanted in relu_oracle(dH, y, gamma, beta, eps).items():
            check_close(f'gradient "{key}" ({label})', gradients[key], wanted, dtype=dtype)

    rng = np.random.default_rng(24)
    for n, d, eps in [(9, 3, 1e-5), (1, 4, 1e-2), (6, 1, 0.3), (2, 5, 0.1), (4, 4, 0.5)]:
        y = 2 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta = 1.5 * rng.normal(size=d), 0.7 * rng.normal(size=d)
        check_relu(f"N = {n}, D = {d}", rng.normal(size=(n, d)) + 0.5, y, gamma, beta, eps)

    gamma, beta = np.array([1.5, -2.0, 0.5]), np.array([0.0, 0.5, -0.2])
    tiny = 1e-3 * rng.normal(size=(6, 3))
    dH = rng.normal(size=(6, 3))
    gradients = batchnorm_relu_backward(dH, tiny, gamma, beta)
    for key, wanted in relu_oracle(dH, tiny, gamma, beta, 1e-5).items():
        check_close(
            f'gradient "{key}" (tiny y)', gradients[key], wanted, "The default of eps is 1e-5."
        )
    wide = rng.normal(size=(2, 10, 6))
    check_relu("views", wide[0, ::2, ::2], wide[1, 1::2, 1::2], gamma, beta, 0.1)
    edge = np.array([[-1.0, -2.0, 3.0], [0.0, 2.0, 3.0], [1.0, 0.0, 3.0]])
    check_relu("a ReLU at exactly 0", edge + 2, edge, gamma, np.array([0.0, 0.0, 0.0]), 0.5)
    check_relu("dead ReLUs", edge + 2, edge, gamma, np.array([-9.0, -9.0, 9.0]), 0.5)
    whole = np.array([[1, 0, 5], [2, 0, 9], [4, 0, -3], [9, 0, 0]])
    check_relu("integers", whole[::-1] - 2.5, whole, gamma, beta, 0.1)
    single = np.linspace(-2, 3, 36).reshape(12, 3)
    single = (single + np.sin(7 * single)).astype(np.float32)
    shifted = gamma * (single - single.mean(0)) / single.std(0) + beta
    assert np.abs(shifted).min() > 1e-3, "no value near the ReLU's edge"
    gamma32, beta32 = gamma.astype(np.float32), beta.astype(np.float32)
    check_relu("float32", single[::-1] + 1, single, gamma32, beta32, dtype=np.float32)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A8. Training and evaluation
#
# When a network is *used*, its answer for one picture should not depend on the other pictures in the
# batch. So batch normalization has two modes. In training it normalizes with the batch's statistics and
# keeps a running average of them. In evaluation it normalizes with the running average.
#
# Write `batchnorm_step` with PyTorch's conventions, which differ from some textbooks in two places:
#
# - `momentum` is the weight of the **new** value:
#
# $$ \text{running} \leftarrow (1 - \text{momentum})\cdot\text{running} + \text{momentum}\cdot\text{batch} . $$
#
# - The variance that goes into the **running** average is *unbiased* (divide by $N-1$), while the batch
#   itself is normalized with the *biased* one.
#
# The function returns `(y, running_mean, running_var)`. In evaluation the running values come back
# unchanged. In training the new ones come back, and the arrays that were passed in stay as they were. A
# batch of one has no unbiased variance: training with `N = 1` raises `ValueError`. Evaluating one
# example is fine.


# %% solution="batchnorm_step"
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    """One call of batch normalization with running statistics, as PyTorch's BatchNorm1d does it.

    x: (N, D); gamma, beta, running_mean, running_var: (D,) of the dtype of x; train: bool.
    train=True: normalize with the batch's mean and biased variance; each running value becomes
    (1 - momentum) * old + momentum * batch, the running variance from the unbiased batch variance.
    train=False: normalize with the running values, which are returned unchanged.
    Returns (y, running_mean, running_var). No input is modified.
    Raises ValueError when x has a single row in training.
    """
    ### BEGIN SOLUTION
    if train:
        N = len(x)
        if N == 1:
            raise ValueError("x: training needs more than one example, there is no variance of one")
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var * N / (N - 1)
    else:
        mean, var = running_mean, running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var
    ### END SOLUTION


# %% test="batchnorm_step" points=7
check_numpy_only(batchnorm_step)
x = np.array([[1.0, 7.0], [3.0, 1.0], [5.0, 5.0], [7.0, 3.0]])
state = np.array([8.0, 0.0]), np.array([1.0, 12.0])
for dtype in (np.float64, np.float32):
    arguments = [a.astype(dtype) for a in (x, np.array([3.0, -6.0]), np.array([1.0, 0.0]), *state)]
    kind = "float32 data" if dtype == np.float32 else "training"
    y, mean, var = batchnorm_step(*arguments, True, momentum=0.25, eps=4.0)
    expected = np.array([[-2.0, -6.0], [0.0, 6.0], [2.0, -2.0], [4.0, 2.0]])
    hint = "In training the batch is normalized with its own mean and its biased variance."
    check_close(f"y ({kind})", y, expected, hint, dtype=dtype)
    hint = which_mistake(
        mean,
        {
            "momentum is the weight of the new value here.": [5.0, 3.0],
            "The running mean keeps (1 - momentum) of the old value.": [4.0, 4.0],
            "In training the running mean moves towards the batch's.": state[0],
        },
        "new = (1 - momentum) * old + momentum * batch.",
    )
    check_close(f"running_mean ({kind})", mean, np.array([7.0, 1.0]), hint, dtype=dtype)
    hint = which_mistake(
        var,
        {
            "The running variance takes the unbiased variance of the batch.": [2.0, 10.25],
            "momentum is the weight of the new value here.": [5.25, 8.0],
        },
        "new = (1 - momentum) * old + momentum * unbiased variance of the batch.",
    )
    wanted = np.array([0.75 + 5 / 3, 9 + 5 / 3])
    check_close(f"running_var ({kind})", var, wanted, hint, dtype=dtype)
y, mean, var = batchnorm_step(
    x[:1], np.array([3.0, 8.0]), np.array([1.0, 0.0]), *state, False, momentum=0.25, eps=4.0
)
expected = np.array([[1 - 21 / 5**0.5, 14.0]])
check_close("y (evaluation)", y, expected, "Evaluation normalizes with the running values.")
check_close("running_mean (evaluation)", mean, state[0], "Evaluation leaves the running values.")
check_close("running_var (evaluation)", var, state[1], "Evaluation leaves the running values.")
passed("batchnorm_step")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def step_oracle(x, gamma, beta, mean, var, train, momentum, eps):
        x, gamma, beta, mean, var = (
            torch.tensor(np.asarray(a, np.float64)) for a in (x, gamma, beta, mean, var)
        )
        y = nn.functional.batch_norm(x, mean, var, gamma, beta, train, momentum, eps)
        return y.numpy(), mean.numpy(), var.numpy()

    def check_step(label, arguments, train, momentum=0.1, eps=1e-5, dtype=np.float64):
        before = [values.copy() for values in arguments]
        results = batchnorm_step(*arguments, train, momentum=momentum, eps=eps)
        names = ("x", "gamma", "beta", "running_mean", "running_var")
        for name, actual, copy in zip(names, arguments, before, strict=True):
            check_unchanged(name, actual, copy)
        wanted = step_oracle(*arguments, train, momentum, eps)
        for name, one, two in zip(
            ("y", "running_mean", "running_var"), results, wanted, strict=True
        ):
            check_close(f"{name} ({label})", one, two, dtype=dtype)

    def random_arguments(rng, n, d):
        x = 3 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta, mean = rng.normal(size=(3, d)) + np.array([[-2.0], [1.0], [0.5]])
        return [x, gamma, beta, mean, 0.2 + rng.random(d)]

    rng = np.random.default_rng(25)
    for n, d, momentum, eps in [
        (5, 3, 0.1, 1e-5),
        (2, 4, 0.7, 0.3),
        (8, 1, 1.0, 0.1),
        (3, 3, 0.0, 0.5),
    ]:
        arguments = random_arguments(rng, n, d)
        check_step(
            f"training, N = {n}, D = {d}, momentum = {momentum}", arguments, True, momentum, eps
        )
    for n, d, momentum, eps in [
        (5, 3, 0.1, 1e-5),
        (1, 4, 0.7, 0.3),
        (1, 1, 0.2, 0.1),
        (4, 4, 1.0, 0.5),
    ]:
        arguments = random_arguments(rng, n, d)
        check_step(f"evaluation, N = {n}, D = {d}", arguments, False, momentum, eps)

    arguments = random_arguments(rng, 6, 3)
    arguments[0] *= 1e-3
    arguments[4] *= 1e-5
    for train in (True, False):
        results = batchnorm_step(*arguments, train)
        wanted = step_oracle(*arguments, train, 0.1, 1e-5)
        for name, one, two in zip(
            ("y", "running_mean", "running_var"), results, wanted, strict=True
        ):
            check_close(
                f"{name} (defaults, train = {train})", one, two, "momentum=0.1 and eps=1e-5."
            )

    arguments = random_arguments(rng, 6, 3)
    mean, var = theirs = arguments[3:]
    for _ in range(4):
        x = rng.normal(size=(6, 3)) + 2
        _, mean, var = batchnorm_step(x, *arguments[1:3], mean, var, True)
        _, *theirs = step_oracle(x, *arguments[1:3], *theirs, True, 0.1, 1e-5)
    check_close("running_mean after four steps", mean, theirs[0])
    check_close("running_var after four steps", var, theirs[1])

    wide = random_arguments(rng, 10, 6)
    views = [wide[0][::2, ::2], *(values[::2] for values in wide[1:])]
    whole = [
        np.array([[1, 0, 5], [2, 0, 9], [4, 0, -3], [9, 0, 0]]),
        *random_arguments(rng, 4, 3)[1:],
    ]
    single = [values.astype(np.float32) for values in random_arguments(rng, 12, 3)]
    for train in (True, False):
        check_step(f"views, train = {train}", views, train, eps=0.2)
        check_step(f"integers, train = {train}", whole, train, eps=0.2)
        check_step(f"float32, train = {train}", single, train, dtype=np.float32)
    for d in (1, 3):
        arguments = random_arguments(rng, 1, d)
        check_raises(
            ValueError,
            lambda arguments=arguments: batchnorm_step(*arguments, True),
            "Training with a batch of one example should raise ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A9. Whitening
#
# Batch normalization treats every feature by itself. **Whitening** goes all the way: with the batch's
# covariance matrix
#
# $$ \Sigma = \frac1N \sum_{i=1}^N (x_i - \mu)(x_i - \mu)^\top $$
#
# it maps each example (written as a row) to
#
# $$ z = (x - \mu)\,(\Sigma + \varepsilon I)^{-1/2} . $$
#
# The exponent $-\tfrac12$ means the **symmetric** inverse square root: if $\Sigma = U \Lambda U^\top$ with
# orthonormal eigenvectors in the columns of $U$, what are the eigenvalues and eigenvectors of
# $\Sigma + \varepsilon I$, and of a power of it? The covariance of `z` is
# $\Sigma(\Sigma + \varepsilon I)^{-1}$: nearly the identity when every eigenvalue of $\Sigma$ is much
# larger than $\varepsilon$. That needs more examples than features. The function has to follow the
# formula in all cases, though, also for `N = 1`, for `D = 1` and for fewer examples than features.


# %% solution="whiten"
def whiten(x, eps=1e-5):
    """Whiten a batch: z = (x - mean) (Sigma + eps I)^(-1/2), with the symmetric root.

    x: (N, D), N >= 1, D >= 1; eps: a positive number. Sigma is the biased (D, D) covariance.
    Returns z: (N, D) with the floating dtype of x (integers count as float64). No input is modified.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    return centred @ (vectors / np.sqrt(values + eps)) @ vectors.T
    ### END SOLUTION


# %% test="whiten" points=5
check_numpy_only(whiten)
x = np.array([[8.0, 9.0], [-6.0, -5.0], [2.0, 1.0], [0.0, 3.0]])


def scaled(along, across):
    return np.array([[along, along], [-along, -along], [across, -across], [-across, across]])


z = whiten(x, eps=15.0)
mistakes = {
    "Sigma is biased: divide by N.": scaled(7 / (196 / 3 + 15) ** 0.5, 1 / (4 / 3 + 15) ** 0.5),
    "This scales each feature alone: they are still correlated.": scaled(7 / 40**0.5, 1 / 40**0.5),
    "eps is missing.": scaled(1.0, 1.0),
    "eps is added to Sigma, before the root.": scaled(7 / 22, 1 / 16),
    "The root is missing: the exponent is -1/2.": scaled(7 / 64, 1 / 16),
    "The exponent is -1/2, with a minus.": scaled(56.0, 4.0),
    "The mean is not subtracted.": scaled(7 / 8, 1 / 4) + np.array([1 / 16, 5 / 16]),
}
hint = "Divide along each eigenvector by the root, then turn back into the old coordinates."
expected = scaled(7 / 8, 1 / 4)
check_close("z", z, expected, which_mistake(z, mistakes, hint), dtype=np.float64)
points = np.random.default_rng(1).normal(size=(40, 2)) @ np.array([[2.0, 1.0], [0.0, 1.0]])
z = whiten(points)
hint = "After whitening with a small eps the covariance is the identity."
check_close("covariance of z", z.T @ z / 40, np.eye(2), hint, atol=1e-3)
z = whiten(x.astype(np.float32), eps=15.0)
check_close("z (float32 data)", z, expected, dtype=np.float32)
passed("whiten")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def whiten_oracle(x, eps):
        x = torch.tensor(np.asarray(x, np.float64))
        centred = x - x.mean(0)
        covariance = centred.T @ centred / len(x) + eps * torch.eye(x.shape[1], dtype=x.dtype)
        values, vectors = torch.linalg.eigh(covariance)
        return (centred @ vectors @ torch.diag(values**-0.5) @ vectors.T).numpy()

    rng = np.random.default_rng(26)
    for n, d, eps in [
        (12, 3, 1e-5),
        (1, 3, 0.1),
        (6, 1, 0.2),
        (1, 1, 0.5),
        (4, 6, 1e-2),
        (5, 5, 0.3),
    ]:
        x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d)
        before = x.copy()
        z = whiten(x, eps)
        check_unchanged("x", x, before)
        check_close(f"z (N = {n}, D = {d})", z, whiten_oracle(x, eps), dtype=np.float64)

    x = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
    covariance = np.cov(x.T, bias=True)
    z = whiten(x, eps=0.05)
    wanted = covariance @ np.linalg.inv(covariance + 0.05 * np.eye(4))
    check_close("covariance of z", np.cov(z.T, bias=True), wanted)
    check_close("mean of z", z.mean(axis=0), np.zeros(4))
    tiny = 2e-3 * rng.normal(size=(20, 3))
    check_close(
        "z (tiny x)", whiten(tiny), whiten_oracle(tiny, 1e-5), "The default of eps is 1e-5."
    )
    wide = rng.normal(size=(16, 6)) + 1
    check_close("z (views)", whiten(wide[::2, ::2], 0.1), whiten_oracle(wide[::2, ::2], 0.1))
    turned = rng.normal(size=(3, 9)).T
    check_close("z (transposed)", whiten(turned, 0.1), whiten_oracle(turned, 0.1))
    whole = np.array([[1, 0, 5], [2, 1, 9], [4, 0, -3], [9, 2, 0], [3, 3, 3]])
    check_close("z (integers)", whiten(whole, 0.1), whiten_oracle(whole, 0.1), dtype=np.float64)
    single = (rng.normal(size=(60, 3)) @ np.array([[2, 0.5, 0], [0, 1, 0.5], [0, 0, 1]])) + 1
    single = single.astype(np.float32)
    check_close("z (float32)", whiten(single), whiten_oracle(single, 1e-5), dtype=np.float32)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## A10. See it
#
# Your functions now draw the two pictures below. Before you run the cell, answer for yourself: where
# will the histogram be, and what shape will it have? Which tilt will the cloud of points have?


# %% tags=["experiment"]
def show_distributions(n):
    """Histogram of one feature, and a correlated cloud of points, before and after normalizing."""
    rng = np.random.default_rng(3)
    feature = 1.5 + 0.4 * rng.normal(size=(n, 1))
    mixing = np.array([[2.0, 0.0], [1.2, 0.5]])
    cloud = rng.normal(size=(n, 2)) @ mixing.T + np.array([3.0, -1.0])
    one, two = np.ones(1), np.ones(2)
    clouds = {
        "before": cloud,
        "after BatchNorm": batchnorm_forward(cloud, two, 0 * two)[0],
        "after whitening": whiten(cloud),
    }
    _, axes = plt.subplots(1, 4, figsize=(15, 3.9), layout="constrained")
    bins = np.linspace(-4, 4, 41)
    normalized = batchnorm_forward(feature, one, 0 * one)[0]
    for name, values in {"before": feature, "after BatchNorm": normalized}.items():
        label = f"{name}: mean {values.mean():.2f}, variance {values.var():.2f}"
        axes[0].hist(
            values[:, 0], bins, histtype="stepfilled", alpha=0.7, density=True, label=label
        )
    axes[0].set(xlabel="value of the feature", ylabel="density (area 1)", ylim=(0, 1.45))
    axes[0].set_title("one feature")
    axes[0].legend(loc="upper left", fontsize=8)
    for axis, (name, points) in zip(axes[1:], clouds.items(), strict=True):
        axis.scatter(*points.T, s=4, alpha=0.5)
        correlation = np.corrcoef(points.T)[0, 1]
        axis.set(xlim=(-7, 9), ylim=(-8, 8), aspect="equal")
        axis.set(xlabel="feature 1", ylabel="feature 2")
        axis.set_title(f"two features, {name}\ncorrelation {correlation:.2f}")
    plt.show()


show_distributions(1500 if SCALE == "full" else 300)

# %% [markdown]
# **What to see.** On the left, the histogram moves and widens but stays a bell. In the clouds,
# watch the tilt: which of the two methods removes it?
#
# **Question `batchnorm_distribution` (3 points).** (a) A feature is normally distributed with mean 1.5 and
# variance 0.16. Describe or sketch its distribution after batch normalization with $\gamma = 1$,
# $\beta = 0$ and a large batch. (b) Do the same for a 2-D Gaussian whose two features are positively
# correlated: give the mean, the two variances and what happens to the correlation coefficient. (c) Which
# properties of the inputs' distribution does batch normalization leave in place? Name two.

# %% [markdown] answer="batchnorm_distribution" points=3
# (a) Each value is mapped by $x \mapsto (x - 1.5)/0.4$: a standard normal distribution, mean 0,
# variance 1. The map is a shift and a stretch (by 2.5), so the bell stays a bell; the axis alone changes.
#
# (b) Both means become 0 and both variances 1. The features are rescaled separately, so the correlation
# coefficient $\rho$ stays exactly what it was; the covariance matrix becomes
# $\begin{pmatrix}1&\rho\\ \rho&1\end{pmatrix}$. The ellipse is centred and, for $\rho > 0$, its long axis
# points along the diagonal $(1, 1)$. (In the figure the correlation is 0.93 before and after
# BatchNorm, and 0.00 after whitening.)
#
# (c) Correlations (every dependence between features), and the shape of each marginal distribution:
# skewness, several modes, heavy tails. BatchNorm fixes two numbers of each feature and nothing else.
#
# - **1 point**: (a) standard normal: mean 0, variance 1, still Gaussian.
# - **1 point**: (b) centred, both variances 1, correlation unchanged (ellipse along the diagonal).
# - **1 point**: (c) two of: correlation/dependence between features, skewness, modes, tails (shape).

# %% [markdown]
# **Question `whitening_tradeoffs` (2 points).** Whitening removes more than batch normalization does. Why
# is it seldom used inside networks? Give one advantage that it has over batch normalization, and two
# costs or dangers, with the size of the computation in terms of $N$ and $D$.

# %% [markdown] answer="whitening_tradeoffs" points=2
# Advantage: the features come out uncorrelated with equal variance, so the next layer's loss surface is
# better conditioned in all directions, not merely along the axes.
#
# Costs and dangers:
#
# - The covariance takes $O(ND^2)$ and its root $O(D^3)$ operations in every layer and step, and $D^2$
#   numbers to keep; BatchNorm takes $O(ND)$ and $D$ numbers. The backward pass through the
#   root is expensive, and unstable when eigenvalues are close to one another.
# - With few examples (up to $N \approx D$) the estimate of $\Sigma$ is noisy or singular: directions
#   with almost no variance are blown up by up to $1/\sqrt\varepsilon$, noise included.
# - The transform mixes features, so a feature's meaning depends on the batch; the root is not unique
#   (any rotation of $z$ is as white), and the running estimate of a whole matrix is noisy at evaluation.
#
# - **1 point**: the advantage: decorrelated features, better conditioned problem.
# - **1 point**: two costs or dangers, one of them the computation, $O(ND^2 + D^3)$ against $O(ND)$; half
#   a point if only one is given or the sizes are missing.

# %% [markdown]
# # Part B. Layer normalization and relatives
#
# ## B1. Forward
#
# Batch normalization ties the examples of a batch together. With a batch of one there is nothing to
# normalize, and evaluation differs from training. Layer normalization (Ba, Kiros and Hinton, 2016)
# turns the table by 90 degrees: each **row** supplies its own statistics, over its `D` features.
#
# $$
# \mu_i = \frac1D \sum_{j=1}^D x_{ij}, \qquad
# v_i = \frac1D \sum_{j=1}^D (x_{ij} - \mu_i)^2, \qquad
# y_{ij} = \gamma_j\, \frac{x_{ij} - \mu_i}{\sqrt{v_i + \varepsilon}} + \beta_j .
# $$
#
# Look at the indices: the statistics carry $i$, but $\gamma$ and $\beta$ still carry $j$. Write
# `layernorm_forward`. A single feature (`D = 1`) is allowed.


# %% solution="layernorm_forward"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Layer normalization: normalize each row over its features, then scale and shift each feature.

    x: (N, D) data, D >= 1; gamma, beta: (D,) of the dtype of x; eps: a number added to the variance.
    Returns (y, cache): y is (N, D) with the floating dtype of x (integers count as float64), cache
    is what layernorm_backward needs. The variance is biased. No input is modified.
    Source: Ba, Kiros and Hinton (2016), equations 3 and 4.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred * inv_std
    return gamma * xhat + beta, (xhat, inv_std, gamma)
    ### END SOLUTION


# %% test="layernorm_forward" points=6
check_numpy_only(layernorm_forward)
x = np.array([[2.0, 6.0], [2.0, 2.0], [9.0, 5.0]])
gamma, beta = np.array([6.0, 3.0]), np.array([10.0, -1.0])
y, _ = layernorm_forward(x, gamma, beta, eps=5.0)
sides = np.array([[-1.0, 1.0], [0.0, 0.0], [1.0, -1.0]])
columns = gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 5) + beta
mistakes = {
    "The variance is biased: divide by D.": gamma * sides * 2 / 13**0.5 + beta,
    "eps belongs under the root, next to the variance.": gamma * sides * 2 / 7 + beta,
    "The root of v + eps is missing.": gamma * sides * 2 / 9 + beta,
    "eps is missing: the constant row divides by 0.": np.array([[4, 2], [np.nan] * 2, [16, -4]]),
    "Mean and variance run over the features of one row (axis 1).": columns,
    "gamma and beta are missing.": sides * 2 / 3,
    "gamma is missing.": sides * 2 / 3 + beta,
    "beta is missing.": gamma * sides * 2 / 3,
}
expected = np.array([[6.0, 1.0], [10.0, -1.0], [14.0, -3.0]])
hint = "y = gamma * (x - mean) / sqrt(variance + eps) + beta, with statistics of each row."
check_close("y", y, expected, which_mistake(y, mistakes, hint), dtype=np.float64)
single = [values.astype(np.float32) for values in (x, gamma, beta)]
y, _ = layernorm_forward(*single, eps=5.0)
check_close("y (float32 data)", y, expected, dtype=np.float32)
y, _ = layernorm_forward(x[:, :1], gamma[:1], beta[:1])
check_close("y (D = 1)", y, np.full((3, 1), 10.0), "With one feature x - mean is 0.")
passed("layernorm_forward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def layer_oracle(x, gamma, beta, eps):
        y = np.empty(x.shape)
        for i in range(x.shape[0]):
            row = [float(value) for value in x[i]]
            mean = sum(row) / len(row)
            variance = sum((value - mean) ** 2 for value in row) / len(row)
            for j, value in enumerate(row):
                y[i, j] = gamma[j] * (value - mean) / (variance + eps) ** 0.5 + beta[j]
        return y

    rng = np.random.default_rng(27)
    for n, d, eps in [
        (7, 3, 1e-5),
        (1, 4, 1e-5),
        (5, 1, 0.3),
        (1, 1, 0.1),
        (2, 6, 1e-2),
        (4, 4, 0.5),
    ]:
        x = 2 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta = rng.normal(size=d) - 2, rng.normal(size=d) + 1
        before = x.copy(), gamma.copy(), beta.copy()
        y, _ = layernorm_forward(x, gamma, beta, eps)
        for name, actual, copy in zip(
            ("x", "gamma", "beta"), (x, gamma, beta), before, strict=True
        ):
            check_unchanged(name, actual, copy)
        check_close(f"y (N = {n}, D = {d})", y, layer_oracle(x, gamma, beta, eps), dtype=np.float64)

    gamma, beta = np.array([1.5, -2.0, 0.5]), np.array([0.0, 3.0, -1.0])
    tiny = 1e-3 * rng.normal(size=(6, 3))
    y, _ = layernorm_forward(tiny, gamma, beta)
    check_close(
        "y (tiny x)", y, layer_oracle(tiny, gamma, beta, 1e-5), "The default of eps is 1e-5."
    )
    wide = rng.normal(size=(8, 6))
    y, _ = layernorm_forward(wide[::2, ::2], gamma, beta, eps=0.1)
    check_close("y (every other row and column)", y, layer_oracle(wide[::2, ::2], gamma, beta, 0.1))
    square = rng.normal(size=(3, 3)).T
    y, _ = layernorm_forward(square, gamma, beta, eps=0.1)
    check_close("y (transposed x)", y, layer_oracle(square, gamma, beta, 0.1))
    whole = np.array([[1, 0, 5], [2, 0, 9], [4, 4, 4], [9, 0, 0]])
    y, _ = layernorm_forward(whole, gamma, beta, eps=0.1)
    check_close("y (integers)", y, layer_oracle(whole, gamma, beta, 0.1), dtype=np.float64)
    single = (3 * rng.normal(size=(4, 9)) + 2).astype(np.float32)
    gamma, beta = np.linspace(-2, 1, 9), np.linspace(1, 3, 9)
    y, _ = layernorm_forward(single, gamma.astype(np.float32), beta.astype(np.float32))
    check_close("y (float32)", y, layer_oracle(single, gamma, beta, 1e-5), dtype=np.float32)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## B2. Backward, on paper
#
# It is tempting to transpose your batch normalization and be done. In the forward pass that works
# with the normalized values. In the backward pass one thing changes, and it is the mistake
# most often made here. Go through the steps of A4 again for one row $i$, with
# $g_j = \partial\ell/\partial y_{ij}$ and $\hat x_j$, and watch $\gamma$:
#
# 1. $\gamma_j$ and $\beta_j$ are shared by all rows. Over which index do their gradients sum now?
# 2. Write $h_j = \partial\ell/\partial\hat x_{ij}$. It contains $\gamma_j$.
# 3. The sums that come from the mean and the variance run over $j$. Is $\gamma_j$ a constant in them?
#
# **Question `layernorm_derivation` (6 points).** Derive $\partial\ell/\partial\gamma_j$,
# $\partial\ell/\partial\beta_j$ and $\partial\ell/\partial x_{ij}$ in closed form, with $\varepsilon$. Say precisely
# which step breaks when somebody takes the formula of batch normalization, exchanges rows and columns and
# leaves $\gamma$ in front, and for which $\gamma$ nothing breaks. What is $\partial\ell/\partial x$ for
# $D = 1$?

# %% [markdown] answer="layernorm_derivation" points=6
# $\gamma_j$ and $\beta_j$ act on column $j$ in every row:
#
# $$
# \frac{\partial\ell}{\partial\beta_j} = \sum_{i=1}^N g_{ij}, \qquad
# \frac{\partial\ell}{\partial\gamma_j} = \sum_{i=1}^N g_{ij}\,\hat x_{ij} .
# $$
#
# In row $i$ let $h_j = \gamma_j g_{ij}$, $s = (v_i+\varepsilon)^{-1/2}$ and $c_j = x_{ij} - \mu_i$ with
# $\hat x_j = c_j s$. As in A4, with $N$ replaced by $D$ and $\gamma g$ by $h$:
#
# $$
# \frac{\partial\ell}{\partial v_i} = -\tfrac12 s^2 \sum_k h_k \hat x_k, \qquad
# \frac{\partial\ell}{\partial c_j} = s\Bigl(h_j - \frac{\hat x_j}{D} \sum_k h_k\hat x_k\Bigr), \qquad
# \frac{\partial\ell}{\partial\mu_i} = -s\sum_k h_k ,
# $$
#
# $$
# \frac{\partial\ell}{\partial x_{ij}} = \frac{1}{D\sqrt{v_i+\varepsilon}}
#   \Bigl( D\,\gamma_j g_{ij} - \sum_k \gamma_k g_{ik} - \hat x_{ij}\sum_k \gamma_k g_{ik}\hat x_{ik} \Bigr).
# $$
#
# In batch normalization the sums run over the batch, where $\gamma_j$ is the same number in every term,
# so $\sum_k\gamma g_k = \gamma\sum_k g_k$. Here the sums run over the features, each with a $\gamma_k$ of
# its own, and that step is not allowed. It does no harm only when all $\gamma_k$ are equal (as at
# initialisation, where $\gamma = 1$: a test with $\gamma = 1$ finds nothing). For $D = 1$ the bracket is
# $\gamma g - \gamma g - 0 = 0$: the output is $\beta$ whatever $x$ is.
#
# - **1 point**: $\partial\ell/\partial\gamma_j$ and $\partial\ell/\partial\beta_j$ sum over the rows.
# - **2 points**: the steps through variance and mean, with sums over the features.
# - **1 point**: the closed form, $\gamma_k$ inside both sums, right for $\varepsilon > 0$.
# - **1 point**: why $\gamma$ cannot be pulled out, and that equal $\gamma_k$ hide the mistake.
# - **1 point**: 0 for $D = 1$, with the reason.

# %% [markdown]
# ## B3. Backward, in code
#
# Here is the scratch cell once more, for statistics over each row. If you wrote the staged backward
# pass in A5, try the closed form now (or the other way round): the cell after the exercise compares the
# two.

# %%
given, theirs = stage_example(axis=1)
mine = {}
compare_stages(mine, theirs)


# %% solution="layernorm_backward"
def layernorm_backward(dout, cache):
    """Gradients of layer normalization.

    dout: (N, D), gradient of the loss with respect to y; cache: what layernorm_forward returned.
    Returns (dx, dgamma, dbeta) of shapes (N, D), (D,), (D,), with the floating dtype of the data. No
    input is modified, the cache neither: calling twice gives the same twice.
    Source: your derivation in B2.
    """
    ### BEGIN SOLUTION
    xhat, inv_std, gamma = cache
    dxhat = dout * gamma
    mean = dxhat.mean(axis=1, keepdims=True)
    projection = (dxhat * xhat).mean(axis=1, keepdims=True)
    dx = inv_std * (dxhat - mean - xhat * projection)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %% test="layernorm_backward" points=8
check_numpy_only(layernorm_backward)
x = np.array([[1.0, 3.0, 5.0, 7.0], [4.0, 4.0, 4.0, 4.0]])
gamma, beta = np.array([3.0, 6.0, 3.0, -3.0]), np.array([0.5, 2.0, 0.0, 1.0])
dout = np.array([[1.0, 1.0, 2.0, -5.0], [2.0, 1.0, 0.0, 0.0]])
_, cache = layernorm_forward(x, gamma, beta, eps=4.0)
dx, dgamma, dbeta = layernorm_backward(dout, cache)
hint = "beta_j is added in every row, so its gradient sums over the rows."
check_close("dbeta", dbeta, np.array([3.0, 2.0, 2.0, -5.0]), hint, dtype=np.float64)
hint = "gamma_j multiplies the normalized column j: sum dout times that over the rows."
check_close("dgamma", dgamma, np.array([-1.0, -1 / 3, 2 / 3, -5.0]), hint, dtype=np.float64)
expected = np.array([[-0.5, -1 / 6, -5 / 6, 1.5], [1.5, 1.5, -1.5, -1.5]])
hint = which_path_is_wrong(dx, x, gamma, dout, 1, 4.0)
check_close("dx", dx, expected, hint, dtype=np.float64)
single = [values.astype(np.float32) for values in (x, gamma, beta, dout)]
_, cache = layernorm_forward(*single[:3], eps=4.0)
for name, actual, wanted in zip(
    ("dx", "dgamma", "dbeta"),
    layernorm_backward(single[3], cache),
    (expected, dgamma, dbeta),
    strict=True,
):
    check_close(f"{name} (float32 data)", actual, wanted, dtype=np.float32)
passed("layernorm_backward")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def layer_backward_oracle(x, gamma, beta, dout, eps):
        leaves = [
            torch.tensor(np.asarray(a, np.float64), requires_grad=True) for a in (x, gamma, beta)
        ]
        nn.functional.layer_norm(leaves[0], x.shape[1:], leaves[1], leaves[2], eps).backward(
            torch.tensor(np.asarray(dout, np.float64))
        )
        return [leaf.grad.numpy() for leaf in leaves]

    def check_layer(label, x, gamma, beta, dout, eps=1e-5, dtype=np.float64):
        before = [values.copy() for values in (x, gamma, beta, dout)]
        _, cache = layernorm_forward(x, gamma, beta, eps)
        gradients = layernorm_backward(dout, cache)
        again = layernorm_backward(dout, cache)
        for name, actual, copy in zip(
            ("x", "gamma", "beta", "dout"), (x, gamma, beta, dout), before, strict=True
        ):
            check_unchanged(name, actual, copy)
        expected = layer_backward_oracle(x, gamma, beta, dout, eps)
        for name, one, two, wanted in zip(
            ("dx", "dgamma", "dbeta"), gradients, again, expected, strict=True
        ):
            check_close(f"{name} ({label})", one, wanted, dtype=dtype)
            hint = "The first call must leave the cache as it was."
            check_close(f"{name} ({label}, second call)", two, wanted, hint, dtype=dtype)

    rng = np.random.default_rng(28)
    for n, d, eps in [
        (7, 3, 1e-5),
        (1, 4, 1e-5),
        (5, 1, 0.3),
        (1, 1, 0.1),
        (6, 2, 1e-2),
        (4, 4, 0.5),
    ]:
        x = 2 * rng.normal(size=(n, d)) + rng.normal(size=d)
        gamma, beta = rng.normal(size=d) - 0.5, rng.normal(size=d) + 1
        check_layer(f"N = {n}, D = {d}", x, gamma, beta, rng.normal(size=(n, d)) + 0.5, eps)

    gamma, beta = np.array([1.5, -2.0, 0.5]), np.array([0.0, 3.0, -1.0])
    wide = rng.normal(size=(2, 8, 6))
    check_layer("views", wide[0, ::2, ::2], gamma, beta, wide[1, 1::2, 1::2], 0.1)
    turned = rng.normal(size=(2, 3, 5))
    check_layer("transposed", turned[0].T, gamma, beta, turned[1].T, 0.1)
    whole = np.array([[1, 0, 5], [2, 0, 9], [4, 4, 4], [9, 0, 0]])
    check_layer("integers", whole, gamma, beta, whole[::-1] - 2.5, 0.1)
    single = rng.normal(size=(2, 3, 12)).astype(np.float32)
    gamma32, beta32 = (
        np.linspace(-2, 1, 12, dtype=np.float32),
        np.linspace(1, 3, 12, dtype=np.float32),
    )
    check_layer("float32", single[0], gamma32, beta32, single[1], dtype=np.float32)

    x, dout = rng.normal(size=(2, 4, 3))

    def loss(values):
        centred = values - values.mean(axis=1, keepdims=True)
        root = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 0.2)
        return (dout * (gamma * centred / root + beta)).sum()

    _, cache = layernorm_forward(x, gamma, beta, 0.2)
    dx, _, _ = layernorm_backward(dout, cache)
    check_close("dx (central differences)", dx, numeric_gradient(loss, x), rtol=1e-5, atol=1e-7)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Two derivations, one gradient
#
# Layer normalization of $X$ with $\gamma = 1$ is batch normalization of $X^\top$, transposed back. A
# $\gamma$ that differs by feature is then just a factor on `dout`. So your two backward passes check each
# other, even if one is staged and the other in closed form.


# %% tags=["experiment"]
def compare_backward_passes(sizes):
    """Print how far layernorm_backward is from a transposed batchnorm_backward for random data."""
    rng = np.random.default_rng(11)
    print("   N    D   largest difference in dx")
    for n, d in sizes:
        x, dout = rng.normal(size=(2, n, d))
        gamma = rng.normal(size=d)
        _, cache = layernorm_forward(x, gamma, np.zeros(d))
        by_layer = layernorm_backward(dout, cache)[0]
        _, cache = batchnorm_forward(x.T, np.ones(n), np.zeros(n))
        by_batch = batchnorm_backward((dout * gamma).T, cache)[0].T
        print(f"{n:4} {d:4}   {np.abs(by_layer - by_batch).max():.1e}")


compare_backward_passes([(1, 5), (5, 1), (8, 3), (64, 100)])

# %% [markdown]
# **What to see.** Differences of rounding size, below $10^{-12}$.
#
# ## B4. The whole family
#
# Pictures inside a convolutional network have four axes: `(N, C, H, W)`, that is example, channel,
# height, width. The relatives of batch normalization differ in the axes that one mean runs over:
#
# - **batch** normalization keeps one mean for each channel;
# - **layer** normalization keeps one for each example;
# - **instance** normalization keeps one for each channel of each example.
#
# Write `norm_axes`: for `"batch"`, `"layer"` or `"instance"` it returns the axes that are averaged, as
# a tuple (or list) of non-negative numbers in increasing order, ready for `x.mean(axis=...)`. Capital
# letters matter; anything that is not one of the three strings raises `ValueError`.


# %% solution="norm_axes"
def norm_axes(kind):
    """Axes of an (N, C, H, W) array over which a normalization takes its mean and variance.

    kind: "batch", "layer" or "instance" (case-sensitive). Returns a tuple of non-negative, increasing
    integers. Raises ValueError for any other kind.
    """
    ### BEGIN SOLUTION
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError(f"kind must be one of {', '.join(axes)}, not {kind!r}")
    return axes[kind]
    ### END SOLUTION


# %% test="norm_axes" points=4
check_numpy_only(norm_axes)
for kind, kept in {"batch": (3,), "layer": (2,), "instance": (2, 3)}.items():
    axes = norm_axes(kind)
    assert isinstance(axes, (tuple, list)), f"{kind}: the axes come as a tuple or a list."
    assert all(0 <= axis <= 3 for axis in axes), f"{kind}: an axis is one of 0, 1, 2, 3."
    assert list(axes) == sorted(set(axes)), f"{kind}: the axes should increase."
    shape = np.zeros((2, 3, 4, 5)).mean(axis=tuple(int(axis) for axis in axes)).shape
    assert len(shape) == len(kept), (
        f"{kind}: the mean of an (N, C, H, W) array over your axes {tuple(axes)} has"
        f" {len(shape)} axes left, but it should keep {len(kept)}. Which means does it keep?"
    )
check_raises(ValueError, lambda: norm_axes("Batch"), 'norm_axes("Batch") should raise ValueError.')
passed("norm_axes")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for kind, expected in {"batch": [0, 2, 3], "layer": [1, 2, 3], "instance": [2, 3]}.items():
        axes = norm_axes(kind)
        assert isinstance(axes, (tuple, list)), f"{kind}: the axes come as a tuple or a list."
        assert list(axes) == expected, f"{kind}: think again about which means it keeps."
    for kind in ("LAYER", "Instance", "group", "", "bat", "batchnorm", " layer", "instances", None):
        check_raises(
            ValueError,
            lambda kind=kind: norm_axes(kind),
            f"norm_axes({kind!r}) should raise ValueError: it is none of the three kinds.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# Group normalization (Wu and He, 2018) stands between layer and instance normalization: it splits the
# channels into `groups` groups of *neighbouring* channels, all of one size, and gives each group of each
# example its own mean and variance. One group is layer normalization, `C` groups are instance
# normalization.
#
# Write `group_norm`, without γ and β. `groups` has to be a positive divisor of `C`; if it is not, raise
# `ValueError`.


# %% solution="group_norm"
def group_norm(x, groups, eps=1e-5):
    """Group normalization without scale and shift.

    x: (N, C, H, W); groups: an int, a positive divisor of C; eps: a number added to the variance.
    Channels 0 to C/groups - 1 make the first group, and so on. The variance is biased.
    Returns y: (N, C, H, W) with the floating dtype of x (integers count as float64). x is not modified.
    Raises ValueError when groups is not a positive divisor of C.
    Source: Wu and He (2018), section 3.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    if groups < 1 or C % groups != 0:
        raise ValueError(f"groups must be a positive divisor of {C}, not {groups}")
    grouped = x.reshape(N, groups, -1)
    centred = grouped - grouped.mean(axis=2, keepdims=True)
    variance = (centred**2).mean(axis=2, keepdims=True)
    return (centred / np.sqrt(variance + eps)).reshape(N, C, H, W)
    ### END SOLUTION


# %% test="group_norm" points=3
check_numpy_only(group_norm)
x = np.array([1.0, 3.0, 5.0, 7.0, 2.0, 2.0, 9.0, 1.0]).reshape(1, 4, 1, 2)
y = group_norm(x, 2, eps=4.0)
expected = np.array([-1, -1 / 3, 1 / 3, 1, -1.5, -1.5, 5.5, -2.5]).reshape(1, 4, 1, 2)
expected[:, 2:] /= (10.25 + 4) ** 0.5
strided = np.empty(x.shape)
for first in (0, 1):
    part = x[:, first::2]
    strided[:, first::2] = (part - part.mean()) / (part.var() + 4) ** 0.5
mistakes = {
    "A group is made of neighbouring channels, not of every second one.": strided,
    "These are the statistics of each channel, not of a group.": (x - x.mean(3, keepdims=True))
    / np.sqrt(x.var(3, keepdims=True) + 4),
    "These are the statistics of the whole example, not of a group.": (x - x.mean())
    / (x.var() + 4) ** 0.5,
}
hint = "Each group of each example has one mean and one biased variance; eps is under the root."
check_close("y", y, expected, which_mistake(y, mistakes, hint), dtype=np.float64)
y = group_norm(x.astype(np.float32), 2, eps=4.0)
check_close("y (float32 data)", y, expected, dtype=np.float32)
check_raises(ValueError, lambda: group_norm(x, 3), "3 groups of 4 channels: raise ValueError.")
passed("group_norm")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def group_oracle(x, groups, eps):
        y = np.empty(x.shape)
        size = x.shape[1] // groups
        for n in range(x.shape[0]):
            for g in range(groups):
                part = x[n, g * size : (g + 1) * size].astype(np.float64)
                mean = part.sum() / part.size
                variance = ((part - mean) ** 2).sum() / part.size
                y[n, g * size : (g + 1) * size] = (part - mean) / (variance + eps) ** 0.5
        return y

    rng = np.random.default_rng(29)
    for shape, groups, eps in [
        ((2, 6, 3, 4), 3, 1e-5),
        ((2, 6, 3, 4), 2, 0.3),
        ((3, 4, 2, 2), 1, 0.1),
        ((3, 4, 2, 5), 4, 0.1),
        ((1, 1, 3, 2), 1, 0.2),
        ((2, 6, 1, 1), 2, 0.5),
        ((1, 3, 1, 1), 3, 0.1),
    ]:
        x = 2 * rng.normal(size=shape) + rng.normal(size=(shape[1], 1, 1))
        before = x.copy()
        y = group_norm(x, groups, eps)
        check_unchanged("x", x, before)
        check_close(
            f"y ({shape}, groups = {groups})", y, group_oracle(x, groups, eps), dtype=np.float64
        )
    x = rng.normal(size=(2, 4, 3, 3)) + 1
    theirs = nn.functional.group_norm(torch.tensor(x), 2, eps=0.05).numpy()
    check_close("y (PyTorch)", group_norm(x, 2, eps=0.05), theirs)
    tiny = 1e-3 * rng.normal(size=(2, 4, 2, 3))
    check_close("y (tiny x)", group_norm(tiny, 2), group_oracle(tiny, 2, 1e-5), "eps is 1e-5.")
    last = rng.normal(size=(2, 3, 5, 4)).transpose(0, 3, 1, 2)
    check_close("y (channels last)", group_norm(last, 2, 0.1), group_oracle(last, 2, 0.1))
    view = rng.normal(size=(4, 8, 6, 4))[::2, ::2, ::3, 1:]
    check_close("y (view)", group_norm(view, 2, 0.1), group_oracle(view, 2, 0.1))
    whole = np.arange(24).reshape(1, 4, 2, 3) ** 2
    check_close(
        "y (integers)", group_norm(whole, 2), group_oracle(whole, 2, 1e-5), dtype=np.float64
    )
    single = (rng.normal(size=(2, 4, 3, 3)) + 2).astype(np.float32)
    y = group_norm(single, 2)
    check_close("y (float32)", y, group_oracle(single, 2, 1e-5), dtype=np.float32)
    for channels, groups in [(4, 3), (4, 0), (4, -1), (4, -2), (4, 8), (6, 4), (6, 5), (1, 2)]:
        check_raises(
            ValueError,
            lambda channels=channels, groups=groups: group_norm(
                np.ones((2, channels, 3, 3)), groups
            ),
            f"groups = {groups} with {channels} channels should raise ValueError.",
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## B5. A puzzle
#
# Alice has a **symmetric** matrix $X$ of size $n \times n$ that Bob does not know. She computes
#
# $$ Y = \mathrm{BatchNorm}(X), \qquad Z = \mathrm{LayerNorm}(X) $$
#
# with the **same** $\gamma, \beta \in \mathbb R^n$ and the same $\varepsilon > 0$ for both. Bob gets to see $Y$.
# He calls an entry $Z_{ij}$ *certain* when it equals the same entry of $Y^\top$, that is
# $Z_{ij} = Y_{ji}$, **for every** symmetric $X$ and every $\gamma, \beta$ that are in play.
#
# There are two versions of the game. In one, everybody knows that $\gamma = (1, \dots, 1)$ and
# $\beta = 0$; nothing else is in play. In the other, $\gamma$ and $\beta$ are arbitrary and
# unknown to Bob.
#
# Write `known_elements(n, affine_known)`: how many of the $n^2$ entries of $Z$ are certain?
# `affine_known=True` is the first game. (Try it out with your own functions on a random symmetric matrix
# before you decide.)


# %% solution="known_elements"
def known_elements(n, affine_known):
    """How many entries of Z = LayerNorm(X) equal those of Y.T, Y = BatchNorm(X), for all symmetric X.

    n: size of X, at least 1; affine_known: True when gamma = 1 and beta = 0 are known, False when
    gamma and beta are arbitrary and unknown. Both layers share gamma, beta and eps > 0.
    Returns an int.
    """
    ### BEGIN SOLUTION
    return n * n if affine_known else n
    ### END SOLUTION


# %% test="known_elements" points=3
check_numpy_only(known_elements)
for affine_known in (True, False):
    count = known_elements(1, affine_known)
    check_close("entries, n = 1", count, 1, "With n = 1 both outputs are beta.")
    count = as_array("entries, n = 4", known_elements(4, affine_known))
    assert count.shape == (), "Return one number."
    assert 0 <= count <= 16, "A 4 x 4 matrix has 16 entries."
    assert count == round(float(count)), "The number of entries is whole."
passed("known_elements")


### BEGIN HIDDEN TESTS
def hidden_tests():
    for n in (1, 2, 3, 5, 8, 100):
        rng = np.random.default_rng(n)
        x = rng.normal(size=(n, n))
        x, scale, shift = x + x.T, rng.normal(size=n), rng.normal(size=n)
        for affine_known in (True, False):
            gamma, beta = (np.ones(n), np.zeros(n)) if affine_known else (scale, shift)
            by_batch = gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 0.1) + beta
            by_layer = gamma * (x - x.mean(0)[:, None]) / np.sqrt(x.var(0)[:, None] + 0.1) + beta
            certain = int(np.isclose(by_layer, by_batch.T, rtol=0, atol=1e-12).sum())
            label = f"entries, n = {n}, affine_known = {affine_known}"
            check_close(label, known_elements(n, affine_known), certain)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# **Question `puzzle_argument` (4 points).** Prove your two numbers. For each game write $Z_{ij}$ and
# $Y_{ji}$ in terms of $X$ and compare; where entries are not certain, say why a counterexample exists.
# Then name one thing that Bob *can* still work out about $\gamma$ or $\beta$ from $Y$ in the second game.

# %% [markdown] answer="puzzle_argument" points=4
# Let $m_i, v_i$ be mean and variance of row $i$ of $X$. As $X$ is symmetric, column $i$ has the same ones.
# Put $a_{ij} = (X_{ij} - m_i)/\sqrt{v_i+\varepsilon}$. LayerNorm uses the statistics of row $i$ and the
# parameters of column $j$: $Z_{ij} = \gamma_j a_{ij} + \beta_j$. BatchNorm uses the statistics
# *and* the parameters of the column:
# $Y_{ji} = \gamma_i (X_{ji} - m_i)/\sqrt{v_i + \varepsilon} + \beta_i = \gamma_i a_{ij} + \beta_i$.
#
# *First game.* With $\gamma = 1, \beta = 0$ both are $a_{ij}$: $Z = Y^\top$, all $n^2$ entries.
#
# *Second game.* $Z_{ij} - Y_{ji} = (\gamma_j - \gamma_i)\,a_{ij} + (\beta_j - \beta_i)$. This is 0 for
# $i = j$, always. For $i \ne j$ choose $\beta_i \ne \beta_j$ and $\gamma_i = \gamma_j$: the difference is not 0.
# So exactly the $n$ entries of the diagonal are certain.
#
# *What Bob still learns.* The columns of $\hat x$ have mean 0, so the mean of column $j$ of $Y$ is
# $\beta_j$, exactly. The variance of that column is $\gamma_j^2 v_j/(v_j+\varepsilon) \le \gamma_j^2$: a
# lower bound for $|\gamma_j|$, and $|\gamma_j|$ itself when $\varepsilon$ is negligible; the sign stays open.
#
# *For the grader.* With $\varepsilon = 0$, all $\gamma_j \ne 0$ and $n \ge 4$ the remaining entries can
# in fact be rebuilt from $Y$ (for generic $X$), though they are not equal to those of $Y^\top$: $Y$ gives
# $u_{ij} = (Y_{ij}-\beta_j)/|\gamma_j| = \pm (X_{ij} - m_j)/\sqrt{v_j}$, and the symmetry $X_{ij} = X_{ji}$
# makes $n(n-1)/2$ linear equations $a_j u_{ij} + m_j = a_i u_{ji} + m_i$ for the $2n$ unknown
# $a_j = \pm\sqrt{v_j}$ and $m_j$, which are determined up to scale and shift as soon as
# $n(n-1)/2 \ge 2n - 2$, that is $n \ge 4$. The signs of the $a_j$ then give those of
# $\gamma_j/\gamma_i$, all that $Z_{ij} = \gamma_j (Y_{ji}-\beta_i)/\gamma_i + \beta_j$ needs. A student who
# finds this gets full points for the second game if it is also clear which entries *equal* those of
# $Y^\top$.
#
# - **1 point**: symmetry makes the row's statistics equal to the column's.
# - **1 point**: first game, $Z = Y^\top$, $n^2$ entries.
# - **1 point**: second game: the diagonal is certain, and a counterexample for $i \ne j$.
# - **1 point**: something Bob can work out, with the reason: $\beta_j$ as a column's mean (or $|\gamma_j|$ for
#   negligible $\varepsilon$, or a lower bound for it).

# %% [markdown]
# # Part C. Does it help?
#
# Nothing in this part is graded, but it runs on your functions. You train perceptrons with 8 layers, each
# hidden one being *linear → normalization → ReLU*, by plain stochastic gradient descent. The
# backward pass below calls your `batchnorm_backward` and `layernorm_backward`.
#
# (Loops over single numbers make your functions slow here: if the bar hardly moves, set
# `SCALE = "smoke"`.)

# %% tags=["experiment"]
DEPTH, WIDTH = 8, 64


def new_network(rng, inputs=784, classes=10):
    """List of DEPTH layers with He initialisation, each a dict of its float32 parameters."""
    fan_ins, fan_outs = [inputs] + [WIDTH] * (DEPTH - 1), [WIDTH] * (DEPTH - 1) + [classes]
    layers = []
    for fan_in, fan_out in zip(fan_ins, fan_outs, strict=True):
        weight = rng.normal(0, (2 / fan_in) ** 0.5, size=(fan_in, fan_out))
        layer = {"weight": weight, "beta": np.zeros(fan_out), "gamma": np.ones(fan_out)}
        layer |= {"bias": np.zeros(fan_out), "mean": np.zeros(fan_out), "var": np.ones(fan_out)}
        layers.append({name: value.astype(np.float32) for name, value in layer.items()})
    return layers


def normalize(layer, h, norm, mode):
    """Normalize pre-activations: (y, cache). mode: "learn" (updates running values), "batch", "eval"."""
    affine = layer["gamma"], layer["beta"]
    if norm == "none":
        return h, None
    if norm == "layer":
        return layernorm_forward(h, *affine)
    if mode == "eval":
        return batchnorm_step(h, *affine, layer["mean"], layer["var"], False)[0], None
    if mode == "learn":
        _, layer["mean"], layer["var"] = batchnorm_step(
            h, *affine, layer["mean"], layer["var"], True
        )
    return batchnorm_forward(h, *affine)


def run_network(layers, x, norm, mode):
    """Logits for the batch x, and what the backward pass needs of each layer."""
    trace = []
    for layer in layers[:-1]:
        h = x @ layer["weight"] + layer["bias"]
        y, cache = normalize(layer, h, norm, mode)
        trace.append((x, h, y, cache))
        x = np.maximum(y, 0)
    return x @ layers[-1]["weight"] + layers[-1]["bias"], [*trace, (x, None, None, None)]


def update(layers, x, labels, norm, lr):
    """One step of gradient descent on the mean cross-entropy, in place."""
    logits, trace = run_network(layers, x, norm, "learn")
    delta = np.exp(logits - logits.max(axis=1, keepdims=True))
    delta /= delta.sum(axis=1, keepdims=True)
    delta[np.arange(len(x)), labels] -= 1
    delta /= len(x)
    for layer, (inputs, _, y, cache) in zip(reversed(layers), reversed(trace), strict=True):
        gradients = {}
        if y is not None:
            delta = delta * (y > 0)
            if norm != "none":
                backward = batchnorm_backward if norm == "batch" else layernorm_backward
                delta, gradients["gamma"], gradients["beta"] = backward(delta, cache)
        gradients |= {"weight": inputs.T @ delta, "bias": delta.sum(axis=0)}
        delta = delta @ layer["weight"].T
        for name, gradient in gradients.items():
            layer[name] -= lr * gradient


def minibatches(n, size, rng):
    """Endless indices of shuffled batches; a last batch of one is dropped unless all are of one."""
    while True:
        order = rng.permutation(n)
        for start in range(0, n, size):
            batch = order[start : start + size]
            if len(batch) > 1 or size == 1:
                yield batch


def train(data, norm, lr, size, steps, seed=0):
    """Train a new network for some steps of gradient descent and return its layers."""
    rng = np.random.default_rng(seed)
    layers = new_network(rng)
    batches = minibatches(len(data[0]), size, rng)
    with np.errstate(all="ignore"):  # a run that diverges overflows: that is a result here
        for _ in range(steps):
            batch = next(batches)
            update(layers, data[0][batch], data[1][batch], norm, lr)
    return layers


def accuracy(layers, x, labels, norm, mode="eval"):
    """Share of correct answers."""
    with np.errstate(all="ignore"):
        logits, _ = run_network(layers, x, norm, mode)
    return np.mean(np.nan_to_num(logits, nan=-np.inf).argmax(axis=1) == labels)


def network_data():
    """Training and test pictures as rows of 784 centred float32 numbers, labels as NumPy arrays."""
    train_x, train_y, test_x, test_y = load_images(SCALE)
    flat, flat_test = train_x.flatten(1).numpy(), test_x.flatten(1).numpy()
    average = flat.mean()
    return flat - average, train_y.numpy(), flat_test - average, test_y.numpy()


network_images = network_data()
print(f"{len(network_images[0])} pictures for training, {len(network_images[2])} for testing")

# %% [markdown]
# ### C1. What goes through a deep network
#
# First, no training at all: how are the pre-activations (the outputs of the linear maps, before the
# ReLU) of layers 1, 4 and 7 distributed? The weights are drawn a little too small (0.6 times the recommended size), as happens easily.


# %% tags=["experiment"]
def show_activations(data, shown=(1, 4, 7), shrink=0.6):
    """Histograms of pre-activations by layer: without normalization, and before and after BatchNorm."""
    layers = new_network(np.random.default_rng(5))
    for layer in layers:
        layer["weight"] *= np.float32(shrink)
    _, plain = run_network(layers, data[0][:256], "none", "learn")
    _, normed = run_network(layers, data[0][:256], "batch", "learn")
    bins = np.linspace(-3, 3, 61)
    _, axes = plt.subplots(1, len(shown), figsize=(13, 4.3), sharey=True, layout="constrained")
    for axis, number in zip(axes, shown, strict=True):
        series = {
            "BatchNorm net, before BatchNorm": (normed[number - 1][1], "-"),
            "BatchNorm net, after BatchNorm": (normed[number - 1][2], "-"),
            "net without normalization": (plain[number - 1][1], "--"),
        }
        for name, (values, dashes) in series.items():
            label = f"{name} (std {values.std():.2f})"
            style = {"histtype": "step", "linewidth": 1.8, "linestyle": dashes}
            axis.hist(values.ravel(), bins, density=True, label=label, **style)
        axis.set(title=f"layer {number}", xlabel="pre-activation", ylim=(0, 3.2))
        axis.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.16))
    axes[0].set_ylabel("density (area 1; cut at 3.2)")
    plt.show()


show_activations(network_images)

# %% [markdown]
# **What to see.** Without normalization (dashed) the values shrink from layer to layer, until all
# pictures look alike to the last layers. With it, every ReLU gets a spread of 1, whatever came before;
# in layer 1 the two networks still agree before BatchNorm, so the dashed line lies on the other.

# %% [markdown]
# ### C2. Which network survives which learning rate and batch size?
#
# Each cell of the tables below is one training run with the same number of steps. Batch
# normalization in training is undefined for a batch of one example, so those runs do not exist.

# %% tags=["experiment"]
NORMS = {"none": "no normalization", "batch": "BatchNorm", "layer": "LayerNorm"}
SWEEP = {
    "full": {"rates": (0.001, 0.01, 0.1, 0.5, 2.0), "sizes": (1, 4, 64), "steps": 1000},
    "smoke": {"rates": (0.01, 0.5), "sizes": (1, 4, 64), "steps": 15},
}[SCALE]


def sweep(data, rates, sizes, steps):
    """Test accuracy for each (norm, rate, size), without BatchNorm at size 1."""
    runs = [(n, r, s) for s in sizes for n in NORMS for r in rates if (n, s) != ("batch", 1)]
    results = {}
    for norm, rate, size in tqdm(runs, desc="training runs", disable=SCALE == "smoke"):
        layers = train(data, norm, rate, size, steps)
        results[norm, rate, size] = accuracy(layers, *data[2:], norm)
    return results


def show_sweep(results, rates, sizes, steps):
    """A table of accuracies for each batch size: normalization against learning rate."""
    _, axes = plt.subplots(1, len(sizes), figsize=(14, 3.2), sharey=True, layout="constrained")
    colours = plt.get_cmap("viridis").with_extremes(bad="0.85")
    for axis, size in zip(axes, sizes, strict=True):
        table = np.array([[results.get((n, r, size), np.nan) for r in rates] for n in NORMS])
        image = axis.imshow(table, vmin=0, vmax=1, cmap=colours, aspect="auto")
        for (row, column), value in np.ndenumerate(table):
            text = "undefined" if np.isnan(value) else f"{value:.2f}"
            colour = "black" if not value < 0.6 else "white"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
        axis.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
        axis.set_yticks(range(len(NORMS)), list(NORMS.values()))
        axis.set(xlabel="learning rate", title=f"batch size {size}, {steps} steps")
        axis.grid(False)
    plt.colorbar(image, ax=axes, label="test accuracy (share correct)")
    plt.show()


sweep_results = sweep(network_images, **SWEEP)
show_sweep(sweep_results, **SWEEP)

# %% [markdown]
# **What to see.** An accuracy near 0.10 is guessing: the run diverged or has not begun to learn. Compare
# how wide the bright part of each row is. At batch size 64 you should find BatchNorm alive at a learning
# rate that kills the other two, and both normalizations ahead at the smallest rate. At batch
# size 4 the order turns around: at the small rates, where the others learn well, BatchNorm is now the
# worst, because four examples make noisy statistics.
# At batch size 1 LayerNorm is the only normalization left.
#
# Each entry is a single run, so do not read much into differences of a few hundredths. And 1000 steps at
# batch size 64 see 64 times as many pictures as at batch size 1: compare rows within a table,
# not one table with the next.
#
# **Think about it (no points).** Multiply a weight matrix that is followed by BatchNorm by 10. What happens
# to the layer's output, and what to the gradient with respect to that matrix? What does this say about
# large steps?

# %% [markdown]
# ### C3. Training and evaluation disagree
#
# A network that was trained with batch normalization can be asked in three ways: with the running values
# (evaluation mode), with the statistics of a mixed batch (training mode), or, unkindly, with the
# statistics of a batch in which all pictures show the same digit.

# %% tags=["experiment"]
MISMATCH = {
    "full": {"sizes": (2, 4, 8, 16, 64), "steps": 1500, "seeds": 3, "pictures": 5000},
    "smoke": {"sizes": (2, 16), "steps": 15, "seeds": 1, "pictures": 128},
}[SCALE]


def batch_mode_accuracy(layers, x, labels, size):
    """Accuracy with the statistics of consecutive batches; a last batch of one is dropped."""
    starts = [start for start in range(0, len(x), size) if len(x) - start > 1]
    right = [
        accuracy(layers, x[s : s + size], labels[s : s + size], "batch", "batch")
        * len(labels[s : s + size])
        for s in starts
    ]
    return sum(right) / len(x)


def mismatch(data, sizes, steps, seeds, pictures):
    """Accuracies by mode: each an array (batch sizes, seeds)."""
    x, labels = data[2][:pictures], data[3][:pictures]
    by_class = np.argsort(labels, kind="stable")
    results = {
        name: np.zeros((len(sizes), seeds))
        for name in ("running values", "mixed batch", "one digit in a batch")
    }
    runs = [(row, seed) for row in range(len(sizes)) for seed in range(seeds)]
    for row, seed in tqdm(runs, desc="training runs", disable=SCALE == "smoke"):
        size = sizes[row]
        layers = train(data, "batch", 0.05, size, steps, seed)
        found = (
            accuracy(layers, x, labels, "batch"),
            batch_mode_accuracy(layers, x, labels, size),
            batch_mode_accuracy(layers, x[by_class], labels[by_class], size),
        )
        for table, value in zip(results.values(), found, strict=True):
            table[row, seed] = value
    return results


def show_mismatch(results, sizes):
    """Accuracy against the batch size for each way of asking, mean and range over the seeds."""
    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for (name, table), marker in zip(results.items(), "osv", strict=True):
        mean = table.mean(axis=1)
        spread = np.abs(np.stack([table.min(axis=1), table.max(axis=1)]) - mean)
        axis.errorbar(sizes, mean, yerr=spread, marker=marker, capsize=3, label=name)
    axis.set_xscale("log", base=2)
    axis.set_xticks(sizes, sizes)
    axis.set(xlabel="batch size (examples)", ylabel="test accuracy (share correct)", ylim=(0, 1))
    axis.set_title("one BatchNorm network, asked in three ways")
    axis.legend(title="statistics come from")
    plt.show()


mismatch_results = mismatch(network_images, **MISMATCH)
show_mismatch(mismatch_results, MISMATCH["sizes"])

# %% [markdown]
# **What to see.** The points are means over the seeds and the bars reach from the worst to the best. For
# small batches the running values do better than the statistics of a batch, although training knew
# nothing but batches: an average over many batches is far less noisy than one of them. With batches of
# one digit the answers collapse to a little above guessing at any size: what these pictures have in
# common is exactly what the normalization subtracts.
#
# **Think about it (no points).** A network that was trained on batches of two does not learn at all. Take
# $N = 2$ in the formula of A1 with a negligible $\varepsilon$: which values can $\hat x$ have, and what
# is left of the input?

# %% include="common/closing.py"
