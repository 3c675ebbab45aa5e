# %% right="weighted least squares over all masks"
def dropout_least_squares(x, y, p):
    X, prob = masked_dataset(x, p)
    root = np.sqrt(prob)
    w = np.linalg.lstsq(root[:, None] * X, root * y, rcond=None)[0]
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% right="closed form"
def dropout_least_squares(x, y, p):
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    w = np.zeros(len(x))
    there = x != 0
    if p == 0:
        if there.any():
            w = x * y / float(x @ x)
    else:
        w[there] = y / (x[there] * (there.sum() + p / (1 - p)))
    return w.astype(dtype)

# %% right="pseudo-inverse of the normal equations"
def dropout_least_squares(x, y, p):
    a = x.astype(float)
    A = np.outer(a, a) + p / (1 - p) * np.diag(a**2)
    w = np.linalg.pinv(A) @ (y * a)
    return w if x.dtype.kind != "f" else w.astype(x.dtype)

# %% right="weighted normal equations over all masks"
def dropout_least_squares(x, y, p):
    X, prob = masked_dataset(x.astype(float), p)
    A = sum(q * np.outer(row, row) for row, q in zip(X, prob))
    b = sum(q * y * row for row, q in zip(X, prob))
    w = np.linalg.lstsq(A, b, rcond=1e-13)[0]
    return w.astype(np.float32) if x.dtype == np.float32 else w

# %% wrong="These are the weights without rescaling; inverted dropout divides the features by 1 - p."
def dropout_least_squares(x, y, p):
    return dropout_ridge(x[None], np.array([y], dtype=np.float64), p)

# %% wrong="Each row counts with its probability: multiply rows and targets by its square root."
def dropout_least_squares(x, y, p):
    X, prob = masked_dataset(x, p)
    w = np.linalg.lstsq(X, np.full(len(X), y), rcond=None)[0]
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="Rows and targets are multiplied by the probability: use its square root."
def dropout_least_squares(x, y, p):
    X, prob = masked_dataset(x, p)
    w = np.linalg.lstsq(prob[:, None] * X, prob * y, rcond=None)[0]
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="Only the rows are weighted, the targets are not."
def dropout_least_squares(x, y, p):
    X, prob = masked_dataset(x, p)
    w = np.linalg.lstsq(np.sqrt(prob)[:, None] * X, np.full(len(X), y), rcond=None)[0]
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="np.linalg.solve fails where the minimiser is not unique: p = 0 or a zero feature."
def dropout_least_squares(x, y, p):
    a = x.astype(float)
    w = np.linalg.solve(np.outer(a, a) + p / (1 - p) * np.diag(a**2), y * a)
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="The limit for p to 0 is not the minimum-norm solution at p = 0."
def dropout_least_squares(x, y, p):
    w = np.zeros(len(x))
    there = x != 0
    w[there] = y / (x[there] * (max(there.sum(), 1) + p / (1 - p)))
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="Dropout is ignored: this is the minimum-norm fit."
def dropout_least_squares(x, y, p):
    norm = float(x @ x)
    return (x * y / (norm if norm else 1.0)).astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="The penalty of inverted dropout is p / (1 - p), not p (1 - p)."
def dropout_least_squares(x, y, p):
    a = x.astype(float)
    w = np.linalg.pinv(np.outer(a, a) + p * (1 - p) * np.diag(a**2)) @ (y * a)
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)

# %% wrong="A feature that is zero is divided by zero."
def dropout_least_squares(x, y, p):
    with np.errstate(all="ignore"):
        w = x * y / float(x @ x) if p == 0 else y / (x * (len(x) + p / (1 - p)))
    return w.astype(x.dtype if x.dtype.kind == "f" else np.float64)
