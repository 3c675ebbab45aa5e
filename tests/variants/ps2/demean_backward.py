# %% right="np.mean"
def demean_backward(dout, gamma):
    return gamma * dout - gamma * np.mean(dout)

# %% right="Jacobian matrix"
def demean_backward(dout, gamma):
    n = dout.shape[0]
    jacobian = gamma * (np.eye(n) - np.ones((n, n)) / n)
    dx = jacobian.T @ dout
    return dx.astype(np.float32) if dout.dtype == np.float32 else dx

# %% right="double loop"
def demean_backward(dout, gamma):
    n = len(dout)
    dtype = dout.dtype if dout.dtype.kind == "f" else float
    dx = np.zeros(n, dtype=dtype)
    for i in range(n):
        for k in range(n):
            dx[i] += dout[k] * gamma * ((1.0 if i == k else 0.0) - 1.0 / n)
    return dx

# %% wrong="The mean depends on x as well: its path is missing."
def demean_backward(dout, gamma):
    dx = gamma * dout
    return dx

# %% wrong="The scale is missing."
def demean_backward(dout, gamma):
    dx = (dout - dout.mean())
    return dx

# %% wrong="The scale multiplies the path through the mean too."
def demean_backward(dout, gamma):
    dx = gamma * dout - dout.mean()
    return dx

# %% wrong="Each x has weight 1/n in the mean."
def demean_backward(dout, gamma):
    dx = gamma * (dout - dout.sum())
    return dx

# %% wrong="The mean is subtracted, so its contribution is negative."
def demean_backward(dout, gamma):
    dx = gamma * (dout + dout.mean())
    return dx

# %% wrong="Only the example itself was counted in the path through the mean."
def demean_backward(dout, gamma):
    dx = gamma * (dout - dout / len(dout))
    return dx

# %% wrong="There is no variance in this layer."
def demean_backward(dout, gamma):
    dx = gamma * (dout - dout.mean()) / np.sqrt(dout.var() + 1e-5)
    return dx

# %% wrong="A mean divides by n, not by n - 1."
def demean_backward(dout, gamma):
    dx = gamma * (dout - dout.sum() / max(len(dout) - 1, 1))
    return dx

# %% wrong="Your function changes dout."
def demean_backward(dout, gamma):
    dx = dout
    if dout.dtype.kind == "f":
        dx *= gamma
        dx -= dx.mean()
    else:
        dx = gamma * (dout - dout.mean())
    return dx

# %% wrong="The derivative of one output by another input is left out of the average over n."
def demean_backward(dout, gamma):
    dx = gamma * (dout - (dout.sum() - dout) / len(dout))
    return dx

# %% wrong="Filling an array of whole numbers loses the fractions."
def demean_backward(dout, gamma):
    dx = gamma * (dout - dout.mean())
    return dx.astype(dout.dtype)
