# %% right="np.divide with where"
def ridge_design(X, p):
    X = X if X.dtype.kind == "f" else X.astype(np.float64)
    norms = np.sqrt((X**2).sum(axis=0)) * (p / (1 - p)) ** 0.5
    return np.divide(X, norms, out=np.zeros_like(X), where=norms > 0)

# %% right="one column at a time"
def ridge_design(X, p):
    design = np.zeros(X.shape, dtype=X.dtype if X.dtype.kind == "f" else float)
    for j, gamma in enumerate(tikhonov_gamma(X, p)):
        if gamma:
            design[:, j] = X[:, j] / gamma
    return design

# %% right="matrix product with a pseudo-inverse, NaN removed"
def ridge_design(X, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / np.asarray(tikhonov_gamma(X, p))
    inverse[~np.isfinite(inverse)] = 0
    return X @ np.diag(inverse)

# %% wrong="A zero column is divided by zero."
def ridge_design(X, p):
    with np.errstate(all="ignore"):
        return X / tikhonov_gamma(X, p)

# %% wrong="A constant in the denominator spoils columns with small entries."
def ridge_design(X, p):
    gamma = tikhonov_gamma(X, p)
    return X / (gamma + gamma.dtype.type(1e-8))

# %% wrong="X is multiplied by Gamma: divide by it."
def ridge_design(X, p):
    return X * tikhonov_gamma(X, p)

# %% wrong="The rows are divided, not the columns."
def ridge_design(X, p):
    norms = np.linalg.norm(X, axis=1, keepdims=True) * (p / (1 - p)) ** 0.5
    return X / np.where(norms > 0, norms, norms.dtype.type(1))

# %% wrong="The columns have norm 1: the factor with p is missing."
def ridge_design(X, p):
    norms = np.linalg.norm(X, axis=0)
    return X / np.where(norms > 0, norms, norms.dtype.type(1))

# %% wrong="The factor with p is upside down."
def ridge_design(X, p):
    norms = np.linalg.norm(X, axis=0) * ((1 - p) / p) ** 0.5
    return X / np.where(norms > 0, norms, norms.dtype.type(1))

# %% wrong="The columns are centred first: X Gamma^-1 has no centring."
def ridge_design(X, p):
    Z = X - X.mean(axis=0, dtype=X.dtype if X.dtype.kind == "f" else float)
    norms = np.linalg.norm(Z, axis=0) * (p / (1 - p)) ** 0.5
    return Z / np.where(norms > 0, norms, norms.dtype.type(1))

# %% wrong="The input is changed in place."
def ridge_design(X, p):
    gamma = tikhonov_gamma(X, p)
    if X.dtype.kind != "f":
        X = X.astype(float)
    X /= np.where(gamma > 0, gamma, gamma.dtype.type(1))
    return X

# %% wrong="Small columns are taken for zero columns."
def ridge_design(X, p):
    gamma = tikhonov_gamma(X, p)
    good = gamma > 1e-2
    return (X * good) / np.where(good, gamma, gamma.dtype.type(1))
