# %% right="np.var with ddof=1"
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% right="early return, copies updated in place, list"
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    rm, rv = running_mean.copy(), running_var.copy()
    if not train:
        return [(x - rm) * (gamma / np.sqrt(rv + eps)) + beta, rm, rv]
    n = len(x)
    if n < 2:
        raise ValueError("x must have at least two rows in training")
    m = x.sum(0) / n
    c = x - m
    ss = (c * c).sum(0)
    rm += momentum * (m - rm)
    rv += momentum * (ss / (n - 1) - rv)
    return [c / np.sqrt(ss / n + eps) * gamma + beta, rm, rv]

# %% right="loop over features"
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N, D = x.shape
    if train and N <= 1:
        raise ValueError("x: one example has no variance")
    out_type = np.float32 if x.dtype == np.float32 else np.float64
    y = np.empty((N, D), out_type)
    new_mean = np.array(running_mean, out_type)
    new_var = np.array(running_var, out_type)
    for j in range(D):
        col = np.asarray(x[:, j], np.float64)
        if train:
            m = col.mean()
            v = ((col - m) ** 2).mean()
            new_mean[j] = (1 - momentum) * running_mean[j] + momentum * m
            new_var[j] = (1 - momentum) * running_var[j] + momentum * v * N / (N - 1)
        else:
            m, v = running_mean[j], running_var[j]
        y[:, j] = gamma[j] * (col - m) / np.sqrt(v + eps) + beta[j]
    return y, new_mean, new_var

# %% wrong="Here momentum is the weight of the new value, not of the old one."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The running variance takes the unbiased variance of the batch."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The batch is normalized with its biased variance."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0, ddof=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The two variances changed places: biased normalizes, unbiased runs."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0, ddof=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=0)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="In training the batch is normalized with its own statistics, not with the running ones."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    mean, var = running_mean, running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="In evaluation the running statistics are used, not those of the batch."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = x.mean(axis=0)
        var = x.var(axis=0)
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="Evaluation must not move the running values."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
        running_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="Training with one example has to be refused."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 0:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1 if N > 1 else 0)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="One example is refused in training only; evaluation allows it."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if N == 1:
        raise ValueError("x has one row")
    if train:
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The running arrays of the caller are changed in place."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean *= 1 - momentum
        running_mean += momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The running variance of the caller is changed in place."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var[:] = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="eps is missing in evaluation."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + (eps if train else 0)) + beta
    return y, running_mean, running_var

# %% wrong="The small constant belongs under the root."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / (np.sqrt(var) + eps) + beta
    return y, running_mean, running_var

# %% wrong="The default of momentum is another one."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.9, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The running variance averages variances, not standard deviations."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.std(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The old value counts less when the new one comes in."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = running_mean + momentum * mean
        running_var = running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The results come in the order mean, variance."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_var, running_mean

# %% wrong="The bad batch calls for a ValueError."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise RuntimeError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var

# %% wrong="The function has to return the new running values."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N == 1:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y

# %% wrong="Two examples are enough for a variance."
def batchnorm_step(x, gamma, beta, running_mean, running_var, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        if N <= 2:
            raise ValueError("x has one row: no variance")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    else:
        mean = running_mean
        var = running_var
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var
