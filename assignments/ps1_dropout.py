# %% [markdown]
# # Problem set 1 · Dropout
#
# {{colab}}

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% solution="dropout_forward"
def dropout_forward(x, p, train, rng):
    """Inverted dropout."""
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError("p must lie in [0, 1]")
    if not train:
        return x, None
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    keep = rng.random(x.shape) >= p
    scale = 0.0 if p == 1 else 1 / (1 - p)
    mask = (keep * scale).astype(dtype)
    return x * mask, mask
    ### END SOLUTION


# %% test="dropout_forward" points=6
out, mask = dropout_forward(np.ones((3, 4)), 0.0, True, np.random.default_rng(0))
check_close("out", out, np.ones((3, 4)), dtype=np.float64)
passed("dropout_forward")
### BEGIN HIDDEN TESTS
check_numpy_only(dropout_forward)
### END HIDDEN TESTS

# %% [markdown] answer="why_rescale" points=3
# Because.
#
# - **3 points** because.

# %% include="common/closing.py"
