# %% right="binomial draws"
def spatial_dropout(x, p, train, rng):
    if p < 0 or p > 1:
        raise ValueError("p must be a probability")
    x = as_float(x)
    if not train:
        return x.copy(), None
    if p == 1:
        mask = np.zeros((*x.shape[:2], 1, 1), x.dtype)
    else:
        mask = (rng.binomial(1, 1 - p, (x.shape[0], x.shape[1], 1, 1)) / (1 - p)).astype(x.dtype)
    return x * mask, mask

# %% right="loops over pictures and channels, list result"
def spatial_dropout(x, p, train, rng):
    if not (0.0 <= p <= 1.0):
        raise ValueError(f"p = {p}")
    if train is False:
        return [as_float(x), None]
    x = as_float(x)
    mask = np.zeros((x.shape[0], x.shape[1], 1, 1), dtype=x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            if rng.uniform() < 1 - p:
                mask[n, c] = 1 / (1 - p)
    return [mask * x, mask]

# %% right="np.where on uniform draws"
def spatial_dropout(x, p, train, rng):
    if p > 1 or p < 0:
        raise ValueError("p")
    if not train:
        return as_float(x), None
    x = as_float(x)
    u = rng.random(x.shape[:2]).reshape(*x.shape[:2], 1, 1)
    mask = np.where(u < p, 0, 1 / max(1 - p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="p is the probability of dropping, not of keeping."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random((*x.shape[:2], 1, 1)) < p) / max(p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="Whole channels are dropped, not single pixels."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random(x.shape) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="Each picture drops its own channels."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random((1, x.shape[1], 1, 1)) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    mask = np.repeat(mask, len(x), axis=0)
    return x * mask, mask

# %% wrong="Channels are dropped one by one, not whole pictures."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random((len(x), 1, 1, 1)) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    mask = np.repeat(mask, x.shape[1], axis=1)
    return x * mask, mask

# %% wrong="What is kept must be multiplied by 1/(1-p)."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = (rng.random((*x.shape[:2], 1, 1)) >= p).astype(x.dtype)
    return x * mask, mask

# %% wrong="With p = 1 the factor 1/(1-p) divides by zero."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    with np.errstate(all="ignore"):
        mask = ((rng.random((*x.shape[:2], 1, 1)) >= p) / np.float64(1 - p)).astype(x.dtype)
    return x * mask, mask

# %% wrong="An impossible p is an error in evaluation too."
def spatial_dropout(x, p, train, rng):
    if not train:
        return x, None
    if not 0 <= p <= 1:
        raise ValueError("p")
    x = as_float(x)
    mask = ((rng.random((*x.shape[:2], 1, 1)) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="In evaluation nothing is scaled: inverted dropout did that in training."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x * (1 - p), None
    x = as_float(x)
    mask = ((rng.random((*x.shape[:2], 1, 1)) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="p = 1 is allowed."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p < 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random((*x.shape[:2], 1, 1)) >= p) / (1 - p)).astype(x.dtype)
    return x * mask, mask

# %% wrong="The random numbers come from rng."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((np.random.rand(*x.shape[:2], 1, 1) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    return x * mask, mask

# %% wrong="The mask should have the floating dtype of x."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    mask = (rng.random((*x.shape[:2], 1, 1)) >= p) / max(1 - p, 1e-12)
    return x * mask, mask

# %% wrong="Channels are dropped independently, not a fixed number of them."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    order = np.argsort(rng.random(x.shape[:2]), axis=1).argsort(axis=1)
    keep = order >= round(p * x.shape[1])
    mask = (keep / max(1 - p, 1e-12)).astype(x.dtype)[:, :, None, None]
    return x * mask, mask

# %% wrong="The mask has shape (N, C, 1, 1)."
def spatial_dropout(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    x = as_float(x)
    mask = ((rng.random((*x.shape[:2], 1, 1)) >= p) / max(1 - p, 1e-12)).astype(x.dtype)
    mask = np.broadcast_to(mask, x.shape).copy()
    return x * mask, mask
