# %% right="np.mean and np.var, dict as cache"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, 0)
    var = np.var(x, 0)
    z = np.divide(x - mu, np.sqrt(var + eps))
    return z * gamma + beta, {"z": z, "var": var, "gamma": gamma, "eps": eps}

# %% right="double loop over features and examples"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    y = np.zeros((N, D), dtype=dtype)
    xhat = np.zeros((N, D), dtype=dtype)
    for j in range(D):
        mean = 0.0
        for i in range(N):
            mean += float(x[i, j]) / N
        var = 0.0
        for i in range(N):
            var += (float(x[i, j]) - mean) ** 2 / N
        for i in range(N):
            xhat[i, j] = (float(x[i, j]) - mean) / (var + eps) ** 0.5
            y[i, j] = gamma[j] * xhat[i, j] + beta[j]
    return y, xhat

# %% right="einsum on a float64 copy, cast back"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    work = np.array(x, dtype=np.float64)
    n = work.shape[0]
    work -= np.einsum("nd->d", work) / n
    var = np.einsum("nd,nd->d", work, work) / n
    y = np.einsum("nd,d->nd", work, gamma / np.sqrt(var + eps)) + beta
    out = np.float32 if x.dtype == np.float32 else np.float64
    return [y.astype(out), (work, var)]

# %% right="scale and shift folded into one affine map"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    def moments(values):
        m = values.sum(axis=0) / len(values)
        return m, np.square(values - m).sum(axis=0) / len(values)

    m, v = moments(x)
    scale = gamma * (v + eps) ** -0.5
    return (x * scale + (beta - m * scale)), None

# %% wrong="The variance of the batch is biased here: it divides by N, not by N - 1."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0, ddof=1)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The statistics belong to each feature: they run over the batch, not over a row."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="One mean and one variance for the whole array mix the features."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean()
    var = x.var()
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The small constant stands under the root, not beside it."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / (np.sqrt(var) + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="Without eps a constant feature divides by zero."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="You divide by the variance; the standard deviation is needed."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / (var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The mean is not subtracted before scaling."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = x / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The scale gamma does not reach the output."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The shift beta does not reach the output."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat
    return y, (xhat, gamma, var, eps)

# %% wrong="The shift is added after the scale, so it is not scaled itself."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * (xhat + beta)
    return y, (xhat, gamma, var, eps)

# %% wrong="Centring in place changes the batch of the caller."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    if x.dtype != int:
        x -= mean
        mean = 0
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The default of eps is another one."
def batchnorm_forward(x, gamma, beta, eps=1e-8):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="The result should keep the dtype float32 of the data."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = x.astype(np.float64)
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="A batch of one example is allowed in this function."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    if len(x) < 2:
        raise ValueError("x needs two rows")
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    return y, (xhat, gamma, var, eps)

# %% wrong="Whole numbers in, whole numbers out loses the fractions."
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mean) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    y = y.astype(x.dtype)
    return y, (xhat, gamma, var, eps)
