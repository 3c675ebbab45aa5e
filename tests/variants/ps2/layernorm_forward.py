# %% right="np.mean and np.var over the last axis"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% right="transposed batch statistics"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    t = x.T
    z = ((t - t.mean(0)) / np.sqrt(t.var(0) + eps)).T
    return z * gamma + beta, {"z": z}

# %% right="row by row"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    rows = []
    for row in x:
        c = row - np.mean(row)
        rows.append(gamma * c / np.sqrt(np.dot(c, c) / len(c) + eps) + beta)
    return np.stack(rows), x

# %% right="einsum with broadcasting by None"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    d = x.shape[-1]
    m = np.einsum("nd->n", x) / d
    m = m.astype(x.dtype) if x.dtype.kind == "f" else m
    c = x - m[:, None]
    r = 1 / np.sqrt(np.einsum("nd,nd->n", c, c) / d + eps)
    return [gamma[None] * c * r[:, None] + beta[None], (c, r)]

# %% wrong="The statistics belong to each row, not to each feature."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The variance is biased: it divides by D."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True, ddof=1)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="One mean and one variance for the whole batch mix the examples."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean()
    var = x.var()
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The small constant stands under the root, not beside it."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / (np.sqrt(var) + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="Without eps a constant row divides by zero."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="You divide by the variance; the standard deviation is needed."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / (var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The mean of the row is not subtracted."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = x / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The scale belongs to a feature, not to a row."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = (gamma[:len(x), None] if len(gamma) >= len(x) else 1) * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="Scale and shift do not reach the output."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = xhat
    return y, (xhat, gamma, var, eps)

# %% wrong="The shift is added after the scale, so it is not scaled itself."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * (xhat + beta)
    return y, (xhat, gamma, var, eps)

# %% wrong="Centring in place changes the data of the caller."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    if x.dtype.kind == "f":
        x -= mean
        mean = 0
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The result should keep the dtype float32 of the data."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    x = x.astype(np.float64)
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The default of eps is another one."
def layernorm_forward(x, gamma, beta, eps=1e-6):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="Statistics without their axis broadcast along the wrong one."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1)
    var = x.var(axis=1)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)
