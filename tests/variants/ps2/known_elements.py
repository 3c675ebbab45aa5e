# %% right="if and power"
def known_elements(n, affine_known):
    if affine_known:
        return n**2
    return n

# %% right="counted by experiment"
def known_elements(n, affine_known):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(n, n))
    x = a + a.T
    g, b = (np.ones(n), np.zeros(n)) if affine_known else rng.normal(size=(2, n))
    y = g * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) + b
    z = g * (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) + b
    return int(np.sum(np.abs(z - y.T) < 1e-10))

# %% right="sum over pairs, 0-d array"
def known_elements(n, affine_known):
    count = sum(1 for i in range(n) for j in range(n) if affine_known or i == j)
    return np.array(count)

# %% wrong="Equal statistics are not enough when scale and shift are unknown."
def known_elements(n, affine_known):
    return n * n

# %% wrong="When scale and shift are known, more than the diagonal is certain."
def known_elements(n, affine_known):
    return n

# %% wrong="The two games changed places."
def known_elements(n, affine_known):
    return n if affine_known else n * n

# %% wrong="The diagonal has the same scale and shift in both outputs."
def known_elements(n, affine_known):
    return n * n if affine_known else 0

# %% wrong="Symmetry helps with both triangles, not with one of them."
def known_elements(n, affine_known):
    return n * (n + 1) // 2 if affine_known else n

# %% wrong="The entries off the diagonal carry different parameters."
def known_elements(n, affine_known):
    return n * n if affine_known else n * (n + 1) // 2

# %% wrong="Certain are the entries on the diagonal, not the others."
def known_elements(n, affine_known):
    return n * n if affine_known else n * n - n

# %% wrong="With known parameters the diagonal counts as well."
def known_elements(n, affine_known):
    return n * n - n if affine_known else n

# %% wrong="Every entry of the diagonal counts, not one alone."
def known_elements(n, affine_known):
    return n * n if affine_known else 1
