# %% right="straight from the formulas"
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% right="np.where for the mask, closed form for y, dict()"
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    n = len(y)
    centred = y - np.mean(y, 0)
    inv = (np.mean(centred * centred, 0) + eps) ** -0.5
    z = centred * inv
    g = np.where(gamma * z + beta > 0, dH, 0).astype(dH.dtype)
    db, dg = g.sum(0), np.einsum("nd,nd->d", g, z)
    out = dict(beta=db, gamma=dg, mean=-gamma * inv * db, var=-gamma * dg * inv**2 / 2)
    out["y"] = gamma * inv * (g - db / n - z * dg / n)
    return out

# %% right="loop over features"
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N, D = dH.shape
    dtype = dH.dtype
    out = {k: np.zeros(D, dtype=dtype) for k in ["gamma", "beta", "mean", "var"]}
    out["y"] = np.zeros((N, D), dtype=dtype)
    for j in range(D):
        col = y[:, j].astype(np.float64)
        mu, var = col.mean(), col.var()
        std = (var + eps) ** 0.5
        g = np.array([dH[i, j] if gamma[j] * (col[i] - mu) / std + beta[j] > 0 else 0.0 for i in range(N)])
        out["beta"][j] = g.sum()
        out["gamma"][j] = g @ (col - mu) / std
        out["mean"][j] = -gamma[j] * g.sum() / std
        out["var"][j] = -gamma[j] * (g @ (col - mu)) / (2 * std**3)
        out["y"][:, j] = gamma[j] * g / std + out["mean"][j] / N + out["var"][j] * 2 * (col - mu) / N
    return out

# %% right="H is computed and its sign used, mask in place on a copy"
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    mean, var = y.mean(0), y.var(0)
    H = np.maximum(gamma * (y - mean) / np.sqrt(var + eps) + beta, 0)
    g = np.array(dH, copy=True)
    g[H == 0] = 0
    dz = g * gamma
    dvar = np.sum(dz * (y - mean) * -0.5 * (var + eps) ** (-3 / 2), 0)
    dmean = np.sum(dz * -1 / np.sqrt(var + eps), 0)
    total_mean = dmean + dvar * np.mean(-2 * (y - mean), 0)
    return {
        "y": dz / np.sqrt(var + eps) + dvar * 2 * (y - mean) / len(y) + total_mean / len(y),
        "var": dvar, "mean": dmean,
        "gamma": np.sum(g * (y - mean) / np.sqrt(var + eps), 0), "beta": np.sum(g, 0),
    }

# %% wrong="The gradient passes the ReLU only where its input is above 0."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The input of the ReLU is the output of the normalization, not y itself."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (y > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The mask needs the shift by beta."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (gamma * yhat > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The mask needs the scale by gamma, whose sign matters."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (yhat + beta > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="At exactly 0 the ReLU lets no gradient pass."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted >= 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The path through the mean is missing from y."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The path through the variance is missing from y."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The direct path is not the only one from y to the output."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="Scale is missing from the gradient of the mean."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -1 / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The mean is subtracted, so the sign is the other one."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s - dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The exponent in the gradient of the variance is -3/2."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar / s**2 * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The factor 1/2 is missing from the gradient of the variance."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The variance is biased: it divides by N."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0, ddof=1 if N > 1 else 0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The small constant belongs under the root."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = (np.sqrt(v) + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The gradient of gamma takes the normalized value, before scale and shift."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * shifted).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The gradients of mean and variance have one entry for each feature."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = (-gamma / s * g.sum(axis=0))[None]
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The gradient of the mean is asked for through the normalized value alone, and not divided by N."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean / N, "var": dvar, "y": dy}

# %% wrong="The function changes dH in place."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=0)
    v = y.var(axis=0)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    dH[shifted <= 0] = 0
    g = dH
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}

# %% wrong="The statistics run over the batch."
def batchnorm_relu_backward(dH, y, gamma, beta, eps=1e-5):
    N = y.shape[0]
    mu = y.mean(axis=1, keepdims=True)
    v = y.var(axis=1, keepdims=True)
    s = np.sqrt(v + eps)
    yhat = (y - mu) / s
    shifted = gamma * yhat + beta
    g = dH * (shifted > 0)
    dbeta = g.sum(axis=0)
    dgamma = (g * yhat).sum(axis=0)
    dmean = -gamma / s * g.sum(axis=0)
    dvar = -0.5 * gamma / s**3 * (g * (y - mu)).sum(axis=0)
    dy = g * gamma / s + dmean / N + dvar * 2 * (y - mu) / N
    return {"gamma": dgamma, "beta": dbeta, "mean": dmean, "var": dvar, "y": dy}
