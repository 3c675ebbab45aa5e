# %% right="pseudo-inverse of the normal equations"
def dropout_ridge(X, y, p):
    X = X if X.dtype.kind == "f" else X.astype(np.float64)
    gram = X.T @ X
    return np.linalg.pinv((1 - p) * gram + p * np.diag(np.diag(gram))) @ (X.T @ y).astype(X.dtype)

# %% right="lstsq on the normal equations"
def dropout_ridge(X, y, p):
    dtype = X.dtype if np.issubdtype(X.dtype, np.floating) else np.float64
    A = X.astype(np.float64)
    gram = A.T @ A
    w, *_ = np.linalg.lstsq((1 - p) * gram + p * gram * np.eye(gram.shape[0]), A.T @ y, rcond=None)
    return w.astype(dtype)

# %% right="singular values of the stacked problem"
def dropout_ridge(X, y, p):
    A = np.concatenate([(1 - p) * X, np.diag(np.sqrt(p * (1 - p) * np.sum(X**2.0, axis=0)))])
    U, s, Vt = np.linalg.svd(A.astype(float), full_matrices=False)
    inverse = np.array([1 / value if value > 1e-10 * s[0] else 0.0 for value in s])
    w = Vt.T @ (inverse * (U.T @ np.append(y, np.zeros(X.shape[1]))))
    return w.astype(X.dtype if X.dtype.kind == "f" else np.float64)

# %% right="eigenvectors of the normal equations"
def dropout_ridge(X, y, p):
    A = np.asarray(X, dtype=float)
    gram = A.T @ A
    values, vectors = np.linalg.eigh((1 - p) * gram + p * np.diag(np.diag(gram)))
    good = values > 1e-10 * max(values.max(), 1e-300)
    w = vectors[:, good] @ ((vectors[:, good].T @ (A.T @ y)) / values[good])
    return w.astype(X.dtype) if X.dtype == np.float32 else w

# %% wrong="Divide the equations by 1 - p consistently: the right-hand side lost its factor."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = (1 - p) ** 2 * gram + p * (1 - p) * np.diag(np.diag(gram))
    return np.linalg.lstsq(A, X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="The penalty is p times the squared norms here, not p / (1 - p)."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = (1 - p) * gram + p / (1 - p) * np.diag(np.diag(gram))
    return np.linalg.lstsq(A, X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="These are the weights of inverted dropout, which divides the features by 1 - p."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = gram + p / (1 - p) * np.diag(np.diag(gram))
    return np.linalg.lstsq(A, X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="p and 1 - p are swapped: p is the probability of dropping."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = p * gram + (1 - p) * np.diag(np.diag(gram))
    return np.linalg.lstsq(A, X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="np.linalg.solve fails where the minimiser is not unique: a zero column, or p = 0."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    return np.linalg.solve((1 - p) * gram + p * np.diag(np.diag(gram)), X.T @ y).astype(dtype)

# %% wrong="A ridge added to make the matrix invertible changes the answer."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = (1 - p) * gram + p * np.diag(np.diag(gram)) + 1e-3 * np.eye(len(gram))
    return np.linalg.solve(A, X.T @ y).astype(dtype)

# %% wrong="The penalty of a weight depends on the norm of its column: this is ordinary ridge regression."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    return np.linalg.lstsq((1 - p) * gram + p * np.eye(len(gram)), X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="The norms of the columns are to be squared in the normal equations."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = (1 - p) * gram + p * np.diag(np.sqrt(np.diag(gram)))
    return np.linalg.lstsq(A, X.T @ y, rcond=None)[0].astype(dtype)

# %% wrong="Where the minimiser is not unique, return the one of smallest norm."
def dropout_ridge(X, y, p):
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    gram = X.T @ X
    A = (1 - p) * gram + p * np.diag(np.diag(gram))
    w = np.linalg.lstsq(A, X.T @ y, rcond=None)[0]
    w[np.diag(gram) == 0] = 1.0
    return w.astype(dtype)

# %% wrong="float32 data give float64 weights."
def dropout_ridge(X, y, p):
    X = X.astype(np.float64)
    gram = X.T @ X
    return np.linalg.lstsq((1 - p) * gram + p * np.diag(np.diag(gram)), X.T @ y, rcond=None)[0]
