# %% right="itertools.product"
from itertools import product

def masked_dataset(x, p):
    x = np.array(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    rows, prob = [], []
    for m in product([0, 1], repeat=len(x)):
        rows.append(x * np.array(m) / (1 - p))
        prob.append(np.prod([1 - p if one else p for one in m]))
    return np.array(rows, dtype=x.dtype), prob

# %% right="doubling the data set feature by feature"
def masked_dataset(x, p):
    dtype = getattr(x, "dtype", np.dtype(float))
    dtype = dtype if dtype.kind == "f" else np.dtype(float)
    X, prob = np.zeros((1, 0)), np.ones(1)
    for value in x:
        kept = np.hstack([X, np.full((len(X), 1), value / (1 - p))])
        dropped = np.hstack([X, np.zeros((len(X), 1))])
        X, prob = np.vstack([kept, dropped]), np.concatenate([(1 - p) * prob, p * prob])
    return X.astype(dtype), prob

# %% right="np.indices"
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    masks = np.indices((2,) * x.size).reshape(x.size, -1).T.astype(x.dtype)
    prob = np.prod(np.where(masks == 1, 1 - p, p), axis=1).astype(x.dtype)
    return [masks * x / (1 - p), prob]

# %% wrong="The kept features are not divided by 1 - p."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return (x * m).astype(x.dtype), (1 - p) ** kept * p ** (len(x) - kept)

# %% wrong="The probabilities are those of keeping with probability p."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return (x * m / (1 - p)).astype(x.dtype), p**kept * (1 - p) ** (len(x) - kept)

# %% wrong="The masks are equally likely only at p = 1/2."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    return (x * m / (1 - p)).astype(x.dtype), np.full(len(m), 1 / len(m))

# %% wrong="Rows of probability 0 are left out: there are always 2^D rows."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    prob = (1 - p) ** kept * p ** (len(x) - kept)
    return (x * m / (1 - p)).astype(x.dtype)[prob > 0], prob[prob > 0]

# %% wrong="Equal rows are merged: there are always 2^D rows."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    X, where = np.unique((x * m / (1 - p)).astype(x.dtype), axis=0, return_inverse=True)
    return X, np.bincount(where.ravel(), (1 - p) ** kept * p ** (len(x) - kept))

# %% wrong="The mask in which everything is dropped is missing."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(1, 2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return (x * m / (1 - p)).astype(x.dtype), (1 - p) ** kept * p ** (len(x) - kept)

# %% wrong="x may be a list."
def masked_dataset(x, p):
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return (x * m / (1 - p)).astype(dtype), (1 - p) ** kept * p ** (len(x) - kept)

# %% wrong="float32 data come back as float64."
def masked_dataset(x, p):
    x = np.asarray(x, dtype=float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return x * m / (1 - p), (1 - p) ** kept * p ** (len(x) - kept)

# %% wrong="Random masks are drawn instead of listing all of them."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    n = 2 ** len(x)
    m = np.random.default_rng(0).random((n, len(x))) >= p
    return (x * m / (1 - p)).astype(x.dtype), np.full(n, 1 / n)

# %% wrong="The order of prob is not that of the rows of X."
def masked_dataset(x, p):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(float)
    m = np.arange(2 ** len(x))[:, None] >> np.arange(len(x)) & 1
    kept = m.sum(axis=1)
    return (x * m / (1 - p)).astype(x.dtype), ((1 - p) ** kept * p ** (len(x) - kept))[::-1]
