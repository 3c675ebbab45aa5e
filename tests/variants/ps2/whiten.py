# %% right="singular value decomposition of the centred data, in float64"
def whiten(x, eps=1e-5):
    c = np.asarray(x, dtype=np.float64)
    c = c - c.mean(axis=0, keepdims=True)
    u, s, vt = np.linalg.svd(c, full_matrices=False)
    z = (u * (s / np.sqrt(s**2 / len(c) + eps))) @ vt
    return z.astype(np.float32) if x.dtype == np.float32 else z

# %% right="np.cov, solve with the square root instead of its inverse"
def whiten(x, eps=1e-5):
    D = x.shape[1]
    mu = x.mean(0)
    S = np.atleast_2d(np.cov(x, rowvar=False, bias=True)) + eps * np.eye(D)
    w, V = np.linalg.eigh(S)
    half = V @ np.diag(np.sqrt(w)) @ V.T
    return np.linalg.solve(half, (x - mu).T).T.astype(np.result_type(x.dtype, np.float32) if x.dtype == np.float32 else float)

# %% right="outer products summed in a loop, rows mapped one by one"
def whiten(x, eps=1e-5):
    n, d = x.shape
    mu = sum(x[i] for i in range(n)) / n
    cov = np.zeros((d, d))
    for i in range(n):
        cov += np.outer(x[i] - mu, x[i] - mu) / n
    w, v = np.linalg.eigh(cov)
    m = sum(np.outer(v[:, k], v[:, k]) / np.sqrt(w[k] + eps) for k in range(d))
    z = np.array([m @ (x[i] - mu) for i in range(n)])
    return z if x.dtype.kind != "f" else z.astype(x.dtype)

# %% right="scipy.linalg.sqrtm"
def whiten(x, eps=1e-5):
    import scipy.linalg
    c = x.astype(np.float64) - x.astype(np.float64).mean(0)
    sigma = c.T.dot(c) / c.shape[0]
    z = c.dot(np.linalg.inv(np.real(scipy.linalg.sqrtm(sigma + eps * np.identity(c.shape[1])))))
    return z.astype(x.dtype) if x.dtype == np.float32 else z

# %% right="eigh of the regularized covariance"
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The covariance is biased: it divides by N."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / max(N - 1, 1)
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The mean is not subtracted from the data."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return ((x @ root)).astype(c.dtype).astype(c.dtype)

# %% wrong="The second moment about 0 is not the covariance."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = x.T @ x / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="You stop in the coordinates of the eigenvectors: the symmetric root turns back."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam))
    return (c @ root).astype(c.dtype)

# %% wrong="A Cholesky factor whitens too, but it is not the symmetric root."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    L = np.linalg.cholesky(sigma + eps * np.eye(D))
    root = np.linalg.inv(L).T
    return (c @ root).astype(c.dtype)

# %% wrong="The exponent is -1/2: this is the inverse itself."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / lam) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The exponent has a minus."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The small constant is added to the eigenvalues before the root."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma)
    root = U @ np.diag(1 / (np.sqrt(np.maximum(lam, 0)) + eps)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="Without eps a singular covariance cannot be inverted."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + 1e-12 * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="Only the diagonal was used: the correlations stay."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(np.diag(np.diag(sigma)) + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="eps is added on the diagonal, not everywhere."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps)
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The eigenvectors stand in the columns of U."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U.T @ np.diag(1 / np.sqrt(lam)) @ U
    return (c @ root).astype(c.dtype)

# %% wrong="The covariance is between features, and it is summed over the examples."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The data are centred in place."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - 0 if x.dtype.kind != "f" else x
    c -= c.mean(axis=0).astype(c.dtype)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The default of eps is another one."
def whiten(x, eps=1e-6):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The root of each entry is not the root of the matrix."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    S = np.sqrt(np.abs(sigma + eps * np.eye(D)))
    root = np.linalg.pinv(S)
    return (c @ root).astype(c.dtype)

# %% wrong="One feature is a matrix of size 1 by 1, not a number."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=0)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(np.cov(x, rowvar=False, bias=True).astype(c.dtype))
    lam = lam + eps
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)

# %% wrong="The mean runs over the examples, for each feature."
def whiten(x, eps=1e-5):
    N, D = x.shape
    c = x - x.mean(axis=1, keepdims=True)
    sigma = c.T @ c / N
    lam, U = np.linalg.eigh(sigma + eps * np.eye(D))
    root = U @ np.diag(1 / np.sqrt(lam)) @ U.T
    return (c @ root).astype(c.dtype)
