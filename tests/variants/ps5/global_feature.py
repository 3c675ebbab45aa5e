# %% right="np.where and a sum"
def global_feature(X, W):
    hidden = as_float(np.einsum("nd,df->nf", X, W))
    return (np.where(hidden > 0, hidden, 0).sum(axis=0) / len(X)).astype(hidden.dtype)

# %% right="a loop over points"
def global_feature(X, W):
    X = as_float(X)
    total = np.zeros(W.shape[1], X.dtype)
    for point in X:
        z = point @ W
        total += (z * (z > 0)).astype(X.dtype)
    return total / np.asarray(len(X), X.dtype)

# %% right="clip and np.mean"
def global_feature(X, W):
    return np.mean(np.clip(np.dot(as_float(X), W), 0, None), 0)

# %% wrong="The ReLU comes before the mean."
def global_feature(X, W):
    return np.maximum((as_float(X) @ W).mean(axis=0), 0)

# %% wrong="The feature is a mean, not a maximum."
def global_feature(X, W):
    return np.maximum(as_float(X) @ W, 0).max(axis=0)

# %% wrong="The feature is a mean, not a sum."
def global_feature(X, W):
    return np.maximum(as_float(X) @ W, 0).sum(axis=0)

# %% wrong="The mean runs over the points, not over the features."
def global_feature(X, W):
    return np.maximum(as_float(X) @ W, 0).mean(axis=1)

# %% wrong="The ReLU is missing."
def global_feature(X, W):
    return (as_float(X) @ W).mean(axis=0)

# %% wrong="This takes the absolute value."
def global_feature(X, W):
    return np.abs(as_float(X) @ W).mean(axis=0)

# %% wrong="The mean counts all points, also those whose feature is 0."
def global_feature(X, W):
    h = np.maximum(as_float(X) @ W, 0)
    return h.sum(0) / np.maximum((h > 0).sum(0), 1)

# %% wrong="The order of the points must not matter."
def global_feature(X, W):
    h = np.maximum(as_float(X) @ W, 0)
    weights = np.arange(1, len(h) + 1, dtype=h.dtype)
    return (weights @ h) / weights.sum()

# %% wrong="The result has the dtype of X."
def global_feature(X, W):
    return np.maximum(X.astype(float) @ W, 0).mean(axis=0)

# %% wrong="The input is changed: X is centred in place."
def global_feature(X, W):
    h = np.maximum(as_float(X) @ W, 0).mean(axis=0)
    X -= X.mean(axis=0).astype(X.dtype)
    return h
