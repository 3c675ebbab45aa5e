# %% right="five axes"
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% right="loops over examples and groups"
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups not in [g for g in range(1, C + 1) if C % g == 0]:
        raise ValueError("groups must be a positive divisor of C")
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    k = C // groups
    for n in range(len(x)):
        for start in range(0, C, k):
            block = x[n, start:start + k]
            y[n, start:start + k] = (block - block.mean()) / (block.var() + eps) ** 0.5
    return y

# %% right="split and concatenate"
def group_norm(x, groups, eps=1e-5):
    if groups < 1:
        raise ValueError("groups must be positive")
    if x.shape[1] % groups != 0:
        raise ValueError("groups must divide the number of channels")
    done = []
    for part in np.split(x, groups, axis=1):
        m = part.mean(axis=(1, 2, 3), keepdims=True)
        done.append((part - m) / np.sqrt(((part - m) ** 2).mean(axis=(1, 2, 3), keepdims=True) + eps))
    return np.concatenate(done, axis=1)

# %% right="rows of a matrix"
def group_norm(x, groups, eps=1e-5):
    if groups <= 0 or x.shape[1] % groups > 0:
        raise ValueError(f"groups={groups}")
    rows = np.ascontiguousarray(x).reshape(x.shape[0] * groups, -1)
    rows = rows - rows.mean(1)[:, None]
    rows = rows / np.sqrt(np.square(rows).mean(1) + eps)[:, None]
    return rows.reshape(x.shape)

# %% wrong="A group is made of neighbouring channels, not of every so many."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, C // groups, groups, H, W).transpose(0, 2, 1, 3, 4)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.transpose(0, 2, 1, 3, 4).reshape(N, C, H, W)

# %% wrong="You use as many channels in a group as there should be groups."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, C // groups, groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The variance is biased."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True, ddof=1 if C * H * W > groups else 0)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="Height and width belong to the statistics."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=2, keepdims=True)
    var = parts.var(axis=2, keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The channels of a group share their statistics."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(3, 4), keepdims=True)
    var = parts.var(axis=(3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The examples do not share statistics."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(0, 2, 3, 4), keepdims=True)
    var = parts.var(axis=(0, 2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The small constant stands under the root."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / (np.sqrt(var) + eps)
    return y.reshape(N, C, H, W)

# %% wrong="No groups at all have to be refused with a ValueError."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups < 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="A bad number of groups raises ValueError."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        return x
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="More groups than channels are not possible."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or (C % groups and groups < C):
        raise ValueError("groups")
    groups = min(groups, C)
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The mean is not subtracted."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = parts / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The root is missing."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / (var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The default of eps is another one."
def group_norm(x, groups, eps=1e-6):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="The result keeps the shape of the input."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    y = (parts - mean) / np.sqrt(var + eps)
    return y

# %% wrong="The function changes x in place."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    if x.dtype.kind == "f" and x.flags.c_contiguous:
        parts -= mean
        mean = 0
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% wrong="float32 goes in, float32 comes out."
def group_norm(x, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups")
    parts = x.reshape(N, groups, C // groups, H, W)
    mean = parts.mean(axis=(2, 3, 4), keepdims=True)
    var = parts.var(axis=(2, 3, 4), keepdims=True)
    parts = parts.astype(float)
    y = (parts - mean) / np.sqrt(var + eps)
    return y.reshape(N, C, H, W)

# %% right="loop over groups"
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups <= 0 or C % groups != 0:
        raise ValueError("groups")
    k = C // groups
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    for start in range(0, C, k):
        part = x[:, start : start + k]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, start : start + k] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y

# %% wrong="A negative number of groups has to be refused."
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups == 0 or C % groups != 0:
        raise ValueError("groups")
    k = C // groups
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    for start in range(0, C, k):
        part = x[:, start : start + k]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, start : start + k] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y

# %% wrong="The number of groups has to divide that of the channels."
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups <= 0 or groups > C:
        raise ValueError("groups")
    k = C // groups
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    for start in range(0, C, k):
        part = x[:, start : start + k]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, start : start + k] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y

# %% wrong="One group is allowed, and so are as many groups as channels."
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups <= 0 or groups == C or C % groups != 0:
        raise ValueError("groups")
    k = C // groups
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    for start in range(0, C, k):
        part = x[:, start : start + k]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, start : start + k] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y

# %% wrong="One group is allowed: that is layer normalization."
def group_norm(x, groups, eps=1e-5):
    C = x.shape[1]
    if groups <= 1 or C % groups != 0:
        raise ValueError("groups")
    k = C // groups
    y = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else float)
    for start in range(0, C, k):
        part = x[:, start : start + k]
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        y[:, start : start + k] = (part - mean) / np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
    return y
