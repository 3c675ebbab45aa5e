# %% right="channels last, as a table"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    N, C, H, W = x.shape
    table = x.transpose(0, 2, 3, 1).reshape(-1, C)
    y = (table - table.mean(0)) / np.sqrt(table.var(0) + eps) * gamma + beta
    return y.reshape(N, H, W, C).transpose(0, 3, 1, 2), {"table": table}

# %% right="a loop over the channels"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    y = np.zeros(x.shape, x.dtype if x.dtype.kind == "f" else float)
    for c in range(x.shape[1]):
        values = x[:, c]
        y[:, c] = gamma[c] * (values - values.mean()) * (values.var() + eps) ** -0.5 + beta[c]
    return y, None

# %% right="sums with einsum, list result"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    M = x.shape[0] * x.shape[2] * x.shape[3]
    mean = np.einsum("nchw->c", x) / M
    centred = x - mean[None, :, None, None]
    variance = np.einsum("nchw,nchw->c", centred, centred) / M
    scale = gamma / np.sqrt(variance + eps)
    return [(centred * scale[None, :, None, None] + beta[None, :, None, None]).astype(x.dtype), (x, gamma)]

# %% wrong="The statistics are those of a channel over the whole batch, not of one picture."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean((2, 3), keepdims=True)) / np.sqrt(x.var((2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="Each channel has its own statistics: this normalizes each picture as a whole."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean((1, 2, 3), keepdims=True)) / np.sqrt(x.var((1, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="All pixels of a channel share their statistics."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean(0)) / np.sqrt(x.var(0) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="The variance is the biased one."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    ddof = 1 if x.shape[0] * x.shape[2] * x.shape[3] > 1 else 0
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True, ddof=ddof) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="eps belongs under the root."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / (x.std((0, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="gamma and beta belong to channels, not to columns."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps)
    return gamma * normal + beta, None

# %% wrong="gamma and beta are left out."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    return (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps), None

# %% wrong="The root is missing: divide by the standard deviation."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / (x.var((0, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="The input is changed: centre a copy instead."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x -= x.mean((0, 2, 3), keepdims=True)
    normal = x / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="The default of eps is 1e-5."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-3):
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None

# %% wrong="float32 in, float32 out."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = x.astype(float)
    normal = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps)
    return gamma[:, None, None] * normal + beta[:, None, None], None
