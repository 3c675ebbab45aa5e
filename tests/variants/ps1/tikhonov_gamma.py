# %% right="root of the penalty"
def tikhonov_gamma(X, p):
    X = X if X.dtype.kind == "f" else X.astype(float)
    return np.sqrt(p / (1 - p) * np.sum(X * X, axis=0))

# %% right="diagonal of the Gram matrix"
def tikhonov_gamma(X, p):
    gamma = np.sqrt(np.diag(X.T @ X)) * np.sqrt(p) / np.sqrt(1 - p)
    return gamma.astype(X.dtype if np.issubdtype(X.dtype, np.floating) else np.float64)

# %% right="one column at a time, returned as an array"
import math

def tikhonov_gamma(X, p):
    norms = [math.hypot(*map(float, X[:, j])) for j in range(X.shape[1])]
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return np.array([math.sqrt(p / (1 - p)) * norm for norm in norms], dtype=dtype)

# %% wrong="The squared norms of the columns are used: take the root."
def tikhonov_gamma(X, p):
    X = X if X.dtype.kind == "f" else X.astype(float)
    return p / (1 - p) * np.sum(X**2, axis=0)

# %% wrong="With w / (1 - p) in the penalty its factor becomes p / (1 - p), not p (1 - p)."
def tikhonov_gamma(X, p):
    return (p * (1 - p)) ** 0.5 * np.linalg.norm(X, axis=0)

# %% wrong="p and 1 - p are swapped: more dropout means more penalty."
def tikhonov_gamma(X, p):
    return ((1 - p) / p) ** 0.5 * np.linalg.norm(X, axis=0) if p else 0 * X[0]

# %% wrong="The root of p / (1 - p) is missing."
def tikhonov_gamma(X, p):
    return p / (1 - p) * np.linalg.norm(X, axis=0)

# %% wrong="These are the norms of the rows."
def tikhonov_gamma(X, p):
    return (p / (1 - p)) ** 0.5 * np.linalg.norm(X, axis=1)

# %% wrong="The diagonal is asked for, not the matrix."
def tikhonov_gamma(X, p):
    return (p / (1 - p)) ** 0.5 * np.diag(np.linalg.norm(X, axis=0))

# %% wrong="The norms are averages over the examples: use sums."
def tikhonov_gamma(X, p):
    X = X if X.dtype.kind == "f" else X.astype(float)
    return (p / (1 - p) * np.mean(X**2, axis=0)) ** 0.5

# %% wrong="float32 data give a float64 result: np.sqrt of a Python number is a float64."
def tikhonov_gamma(X, p):
    return np.sqrt(p / (1 - p)) * np.linalg.norm(X, axis=0).astype(np.float64)

# %% wrong="The columns are centred: norms are about zero."
def tikhonov_gamma(X, p):
    X = X if X.dtype.kind == "f" else X.astype(float)
    return (p / (1 - p) * len(X)) ** 0.5 * X.std(axis=0)
