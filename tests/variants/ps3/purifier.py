# %% right="explicit inverse"
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam must be >= 0")
    X = X if X.dtype.kind == "f" else X.astype(float)
    S = X @ X.T
    return S @ np.linalg.inv(S + lam * np.identity(X.shape[0], dtype=S.dtype))


# %% right="through the singular value decomposition"
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    A = np.asarray(X, dtype=np.float64)
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    W = (U * (s**2 / (s**2 + lam))) @ U.T
    return W.astype(X.dtype) if X.dtype == np.float32 else W


# %% right="dual form: an n by n system (with lam = 0 apart)"
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam must not be negative")
    dtype = X.dtype if np.issubdtype(X.dtype, np.floating) else float
    X = np.array(X, dtype=np.float64)
    if lam == 0:
        return np.eye(len(X), dtype=dtype)
    return (X @ np.linalg.inv(X.T @ X + lam * np.eye(X.shape[1])) @ X.T).astype(dtype)


# %% right="identity less lam times the inverse"
def purifier(X, lam):
    if not lam >= 0:
        raise ValueError("lam")
    A = X.astype(float)
    m = len(A)
    W = np.eye(m) - lam * np.linalg.inv(np.einsum("ik,jk->ij", A, A) + lam * np.eye(m))
    return W.astype(np.result_type(X.dtype, np.float32)) if X.dtype.kind == "f" else W


# %% wrong="Each column is a point, so the matrix is X X^T, not X^T X."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X.T @ X
    return S @ np.linalg.inv(S + lam * np.eye(len(S), dtype=S.dtype))


# %% wrong="Put lam on the diagonal only: lam times the identity, not lam everywhere."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T
    return S @ np.linalg.inv(S + lam)


# %% wrong="The inverse alone is not the solution."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T
    return np.linalg.inv(S + lam * np.eye(len(S), dtype=S.dtype))


# %% wrong="The penalty is not divided by the number of points."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T / X.shape[1]
    return S @ np.linalg.inv(S + lam * np.eye(len(S), dtype=S.dtype))


# %% wrong="lam = 0 is allowed."
def purifier(X, lam):
    if lam <= 0:
        raise ValueError("lam")
    S = X @ X.T
    return S @ np.linalg.inv(S + lam * np.eye(len(S), dtype=S.dtype))


# %% wrong="A negative lam must raise a ValueError."
def purifier(X, lam):
    S = X @ X.T
    return S @ np.linalg.inv(S + abs(lam) * np.eye(len(S), dtype=S.dtype))


# %% wrong="The points are not centred first."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    X = X - X.mean(axis=1, keepdims=True)
    S = X @ X.T
    return S @ np.linalg.pinv(S + lam * np.eye(len(S), dtype=S.dtype))


# %% wrong="The factor of the penalty is lam: the twos of both derivatives cancel."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T
    return S @ np.linalg.inv(S + lam / 2 * np.eye(len(S), dtype=S.dtype))


# %% wrong="lam enters as it is, not squared."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T
    return S @ np.linalg.inv(S + lam**2 * np.eye(len(S), dtype=S.dtype))


# %% wrong="float32 in, float32 out: np.eye is float64."
def purifier(X, lam):
    if lam < 0:
        raise ValueError("lam")
    S = X @ X.T
    return S @ np.linalg.inv(S + lam * np.eye(len(S)))
