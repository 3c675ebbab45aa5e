# %% right="step by step through the graph"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    normal = (x - mean) / np.sqrt(var + eps)
    y = gamma[:, None, None] * normal + beta[:, None, None]
    return y, (x, mean, var, eps, gamma)


def spatial_batchnorm_backward(dout, cache):
    x, mean, var, eps, gamma = cache
    axes, M = (0, 2, 3), x.shape[0] * x.shape[2] * x.shape[3]
    inv = 1 / np.sqrt(var + eps)
    centred = x - mean
    g = dout * gamma[:, None, None]
    dvar = (g * centred).sum(axes, keepdims=True) * -0.5 * inv**3
    dmean = -(g * inv).sum(axes, keepdims=True) - 2 * dvar * centred.mean(axes, keepdims=True)
    dx = g * inv + dvar * 2 * centred / M + dmean / M
    return dx, (dout * centred * inv).sum(axes), dout.sum(axes)

# %% right="a loop over channels"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        y[:, c] = gamma[c] * (x[:, c] - mean[c]) / np.sqrt(var[c] + eps) + beta[c]
    return y, {"x": x, "mean": mean, "std": np.sqrt(var + eps).astype(x.dtype), "gamma": gamma}


def spatial_batchnorm_backward(dout, cache):
    x, mean, std, gamma = (cache[key] for key in ("x", "mean", "std", "gamma"))
    dx, dgamma, dbeta = np.empty_like(dout), np.empty_like(gamma), np.empty_like(gamma)
    for c in range(x.shape[1]):
        z, g = (x[:, c] - mean[c]) / std[c], dout[:, c]
        dgamma[c], dbeta[c] = (g * z).sum(), g.sum()
        dx[:, c] = gamma[c] / std[c] * (g - g.mean() - z * (g * z).mean())
    return [dx, dgamma, dbeta]

# %% right="as a table with the Jacobian written out"
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    N, C, H, W = x.shape
    table = x.transpose(1, 0, 2, 3).reshape(C, -1)
    inv = 1 / np.sqrt(table.var(1, keepdims=True) + eps)
    z = (table - table.mean(1, keepdims=True)) * inv
    y = (gamma[:, None] * z + beta[:, None]).reshape(C, N, H, W).transpose(1, 0, 2, 3)
    return y, (z, inv, gamma)


def spatial_batchnorm_backward(dout, cache):
    z, inv, gamma = cache
    N, C, H, W = dout.shape
    g = dout.transpose(1, 0, 2, 3).reshape(C, -1)
    M = g.shape[1]
    dx = np.empty_like(g)
    for c in range(C):
        J = inv[c, 0] * (np.eye(M) - 1 / M - np.outer(z[c], z[c]) / M)
        dx[c] = gamma[c] * (J @ g[c])
    return dx.reshape(C, N, H, W).transpose(1, 0, 2, 3), (g * z).sum(1), g.sum(1)

# %% wrong="The mean and the variance depend on x as well."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    dx = dout * gamma[:, None, None] * inverse
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="The variance depends on x as well."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True))
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="The mean depends on x as well."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="gamma scales the gradient that reaches x."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="The averages run over pictures and pixels, not over pictures alone."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean(0) - normal * (g * normal).mean(0))
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="M is the number of values of a channel, N·H·W."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g, M = dout * gamma[:, None, None], len(dout)
    dx = inverse * (g - g.sum((0, 2, 3), keepdims=True) / M - normal * (g * normal).sum((0, 2, 3), keepdims=True) / M)
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="dgamma and dbeta are sums, not means."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, (dout * normal).mean((0, 2, 3)), dout.mean((0, 2, 3))

# %% wrong="The order is dx, dgamma, dbeta."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, dout.sum((0, 2, 3)), (dout * normal).sum((0, 2, 3))

# %% wrong="dgamma multiplies dout by the normalized x, before gamma and beta."
def spatial_batchnorm_backward(dout, cache):
    normal, inverse, gamma = cache
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, (g * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))

# %% wrong="The same eps as in the forward pass belongs into the backward pass."
def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    x = as_float(x)
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None], (x, gamma)


def spatial_batchnorm_backward(dout, cache):
    x, gamma = cache
    inverse = 1 / np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5)
    normal = (x - x.mean((0, 2, 3), keepdims=True)) * inverse
    g = dout * gamma[:, None, None]
    dx = inverse * (g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True))
    return dx, (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
