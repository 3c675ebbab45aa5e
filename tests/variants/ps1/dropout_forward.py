# %% right="np.where on uniform numbers"
def dropout_forward(x, p, train, rng):
    if p < 0 or p > 1:
        raise ValueError("p must be between 0 and 1")
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    if not train:
        return x.copy(), None
    if p == 1:
        mask = np.zeros(x.shape, dtype)
    else:
        mask = np.where(rng.uniform(size=x.shape) < p, 0.0, 1.0 / (1.0 - p)).astype(dtype)
    return (x * mask).astype(dtype), mask

# %% right="one entry at a time"
def dropout_forward(x, p, train, rng):
    if not (p >= 0 and p <= 1):
        raise ValueError(f"p = {p}")
    if not train:
        return np.array(x), None
    dtype = np.float32 if x.dtype == np.float32 else np.float64
    mask = np.zeros(x.shape, dtype=dtype)
    for index in np.ndindex(x.shape):
        if rng.random() >= p:
            mask[index] = 1 / (1 - p)
    return x * mask, mask

# %% right="binomial draws, returned as a list"
def keep(shape, p, rng):
    return rng.binomial(1, 1 - p, size=shape)

def dropout_forward(x, p, train, rng):
    if p > 1 or p < 0:
        raise ValueError("p is the probability of dropping: 0 <= p <= 1")
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(float)
    if not train:
        return [x, None]
    mask = keep(x.shape, p, rng).astype(x.dtype)
    if p < 1:
        mask /= 1 - p
    return [x * mask, mask]

# %% right="choice between two values"
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    data = x.astype(np.result_type(x.dtype, np.float32) if x.dtype.kind == "f" else np.float64)
    if not train:
        return data, None
    scale = 0.0 if p == 1 else 1 / (1 - p)
    mask = rng.choice(np.array([0.0, scale]), size=x.shape, p=[p, 1 - p]).astype(data.dtype)
    return np.multiply(data, mask), mask

# %% wrong="You keep a unit with probability p; p is the probability of dropping it."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = (rng.random(x.shape) < p).astype(dtype)
    if p > 0:
        mask /= p
    return x * mask, mask

# %% wrong="The entries that are kept are not divided by 1 - p."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    mask = (rng.random(x.shape) >= p).astype(x.dtype if x.dtype.kind == "f" else np.float64)
    return x * mask, mask

# %% wrong="You rescale at test time, as in the original paper, not in training."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x * (1 - p), None
    mask = (rng.random(x.shape) >= p).astype(x.dtype if x.dtype.kind == "f" else np.float64)
    return x * mask, mask

# %% wrong="The mask is divided by p where it should be divided by 1 - p."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = (rng.random(x.shape) >= p).astype(dtype)
    if p > 0:
        mask = (mask / p).astype(dtype)
    return x * mask, mask

# %% wrong="At p = 1 your mask divides by zero and holds NaN."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = ((rng.random(x.shape) >= p) / np.float64(1 - p)).astype(dtype)
    return x * mask, mask

# %% wrong="The mask is the same for all rows: draw one number for each entry."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = np.broadcast_to((rng.random(x.shape[-1]) >= p) * scale, x.shape).astype(dtype)
    return x * mask, mask

# %% wrong="Exactly the share p of the entries is dropped in every call: the entries are not independent."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    keep = np.ones(x.size)
    keep[: round(p * x.size)] = 0
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = (rng.permutation(keep) * scale).reshape(x.shape).astype(dtype)
    return x * mask, mask

# %% wrong="p is only checked in training: a bad p in evaluation goes unnoticed."
def dropout_forward(x, p, train, rng):
    if not train:
        return x, None
    if not 0 <= p <= 1:
        raise ValueError("p")
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = ((rng.random(x.shape) >= p) * scale).astype(dtype)
    return x * mask, mask

# %% wrong="p = 1 is allowed: everything is dropped."
def dropout_forward(x, p, train, rng):
    if not 0 <= p < 1:
        raise ValueError("p")
    if not train:
        return x, None
    mask = ((rng.random(x.shape) >= p) / (1 - p)).astype(x.dtype if x.dtype.kind == "f" else float)
    return x * mask, mask

# %% wrong="float32 data come back as float64."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    mask = (rng.random(x.shape) >= p) * (1 / (1 - p) if p < 1 else 0.0)
    return x * mask, mask

# %% wrong="The input is changed in place."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = ((rng.random(x.shape) >= p) * (1 / (1 - p) if p < 1 else 0.0)).astype(dtype)
    if x.dtype.kind == "f":
        x *= mask
        return x, mask
    return x * mask, mask

# %% wrong="The random numbers come from np.random and not from rng: the same seed gives other masks."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = ((np.random.rand(*x.shape) >= p) * (1 / (1 - p) if p < 1 else 0.0)).astype(dtype)
    return x * mask, mask

# %% wrong="A generator of your own with a fixed seed gives the same mask in every call."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = ((np.random.default_rng(0).random(x.shape) >= p) * scale).astype(dtype)
    return x * mask, mask

# %% wrong="torch's dropout does the work: this exercise is to be solved with NumPy."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not train:
        return x, None
    torch.manual_seed(int(rng.integers(2**31)))
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    mask = nn.functional.dropout(torch.ones(x.shape, dtype=torch.float64), p).numpy().astype(dtype)
    return x * mask, mask

# %% wrong="A drop probability that is no probability raises no ValueError."
def dropout_forward(x, p, train, rng):
    if not train:
        return x, None
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = ((rng.random(x.shape) >= p) * scale).astype(dtype)
    return x * mask, mask

# %% wrong="The mask in evaluation should be None, not an array of ones."
def dropout_forward(x, p, train, rng):
    if not 0 <= p <= 1:
        raise ValueError("p")
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    if not train:
        return x, np.ones(x.shape, dtype)
    scale = 1 / (1 - p) if p < 1 else 0.0
    mask = ((rng.random(x.shape) >= p) * scale).astype(dtype)
    return x * mask, mask
