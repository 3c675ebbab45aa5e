# %% right="closed form"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% right="staged"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    c = x - x.mean(1, keepdims=True)
    v = (c**2).mean(1, keepdims=True)
    s = (v + eps) ** -0.5
    return gamma * c * s + beta, dict(c=c, s=s, gamma=gamma)

def layernorm_backward(dout, cache):
    c, s, gamma = cache["c"], cache["s"], cache["gamma"]
    D = c.shape[1]
    dxhat = dout * gamma
    ds = (dxhat * c).sum(1, keepdims=True)
    dv = -0.5 * s**3 * ds
    dc = dxhat * s + 2 * c * dv / D
    dmu = -dc.sum(1, keepdims=True)
    return dc + dmu / D, (dout * c * s).sum(0), dout.sum(0)

# %% right="transposed batch formula with gamma moved into dout"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    def transposed(g, z, v):
        n = g.shape[0]
        return (n * g - g.sum(0) - z * (g * z).sum(0)) / (n * np.sqrt(v + eps))
    dx = transposed((gamma * dout).T, xhat.T, var.T).T
    return [dx, np.einsum("ij,ij->j", dout, xhat), np.einsum("ij->j", dout)]

# %% right="Jacobian of each row"
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    N, D = dout.shape
    dx = np.zeros(xhat.shape, xhat.dtype)
    dgamma = np.zeros(D, xhat.dtype)
    dbeta = np.zeros(D, xhat.dtype)
    for i in range(N):
        z = xhat[i]
        jac = (np.eye(D) - np.ones((D, D)) / D - np.outer(z, z) / D) / np.sqrt(var[i, 0] + eps)
        dx[i] = jac @ (gamma * dout[i])
        dgamma += dout[i] * z
        dbeta += dout[i]
    return dx, dgamma, dbeta

# %% wrong="The scale differs along the axis you sum over, so it cannot stand in front of the sums."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = gamma * (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The scale is missing inside one of the sums."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = dout.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The scale is missing inside the sum that comes from the variance."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (dout * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The path from y back to x passes gamma."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The mean depends on every entry of the row: its path is missing."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The variance depends on every entry of the row: its path is missing."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="Mean and variance are not constants: two paths are missing."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="Scale and shift are shared by the rows: their gradients sum over the rows."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=1)
    dgamma = (dout * xhat).sum(axis=1)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The sums of this layer run over the features of a row."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=0)
    along = (h * xhat).sum(axis=0)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The sums divide by the number of features, not by that of the examples."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The gradient of gamma needs the normalized value."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = dbeta
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The scale does not belong to its own gradient."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * gamma * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The small constant belongs under the root in the backward pass too."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * (np.sqrt(var) + eps))
    return dx, dgamma, dbeta

# %% wrong="The backward pass forgot eps."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + 1e-12))
    return dx, dgamma, dbeta

# %% wrong="The variance is biased: its gradient divides by D."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along * D / max(D - 1, 1)) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The results come in the order of the signature."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dbeta, dgamma

# %% wrong="Your gradient changes dout in place."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout
    h *= gamma
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The cache has to stay as it is."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    gamma *= 1.5
    total = h.sum(axis=1, keepdims=True)
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta

# %% wrong="The sums of a row need their axis to broadcast."
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

def layernorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    h = dout * gamma
    total = h.sum()
    along = (h * xhat).sum(axis=1, keepdims=True)
    dx = (D * h - total - xhat * along) / (D * np.sqrt(var + eps))
    return dx, dgamma, dbeta
