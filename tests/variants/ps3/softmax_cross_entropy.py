# %% right="log-sum-exp and a one-hot matrix"
def softmax_cross_entropy(logits, labels):
    logits = np.asarray(logits)
    if not np.issubdtype(logits.dtype, np.floating):
        logits = logits.astype(float)
    labels = np.array(labels)
    n, k = logits.shape
    if np.any((labels < 0) | (labels >= k)):
        raise ValueError("labels")
    one_hot = np.eye(k, dtype=logits.dtype)[labels]
    top = logits.max(1)
    lse = top + np.log(np.sum(np.exp(logits - top[:, None]), 1))
    loss = np.mean(lse - (one_hot * logits).sum(1))
    p = np.exp(logits - lse[:, None])
    return loss, (p - one_hot) / n


# %% right="loops over the batch"
def softmax_cross_entropy(logits, labels):
    logits = logits if logits.dtype.kind == "f" else logits.astype("float64")
    grad = np.empty_like(logits)
    loss = 0
    for i, y in enumerate(labels):
        if y not in range(logits.shape[1]):
            raise ValueError("labels out of range")
        row = logits[i] - np.max(logits[i])
        e = np.exp(row)
        loss += np.log(e.sum()) - row[y]
        grad[i] = e / e.sum()
        grad[i, y] -= 1
    return [loss / len(grad), grad / len(grad)]


# %% right="np.logaddexp.reduce, works in float64 and casts back"
def softmax_cross_entropy(logits, labels):
    z = np.asarray(logits, dtype=np.float64)
    y = np.asarray(labels, dtype=int)
    assert z.ndim == 2
    if len(set(y.tolist()) - set(range(z.shape[1]))):
        raise ValueError("labels must lie in range(K)")
    logp = z - np.logaddexp.reduce(z, axis=1)[:, np.newaxis]
    d = np.exp(logp)
    np.subtract.at(d, (np.arange(len(y)), y), 1.0)
    dtype = logits.dtype if logits.dtype.kind == "f" else np.float64
    return float(-logp[np.arange(len(y)), y].mean()), (d / len(y)).astype(dtype)


# %% wrong="exp overflows at large logits: subtract each row's maximum first."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits, dtype=None), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        loss = -np.log(p[np.arange(n), labels]).mean()
    p[np.arange(n), labels] -= 1
    return loss, p / n


# %% wrong="The logarithm of a probability that rounds to 0 is infinite; compute it from the logits."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    e = np.exp(logits - logits.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    with np.errstate(all="ignore"):
        loss = -np.log(p[np.arange(n), labels]).mean()
    p[np.arange(n), labels] -= 1
    return loss, p / n


# %% wrong="A small constant inside the logarithm hides large losses."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    e = np.exp(logits - logits.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    loss = -np.log(p[np.arange(n), labels] + 1e-12).mean()
    p[np.arange(n), labels] -= 1
    return loss, p / n


# %% wrong="The loss is a mean, so its gradient is divided by N as well."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d


# %% wrong="The loss is the mean over the batch, not the sum."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].sum(), d


# %% wrong="A negative label counts from the end in NumPy: refuse it."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d / n


# %% wrong="The whole batch shares one maximum: a row far below it underflows. Use each row's own."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max()
    with np.errstate(all="ignore"):
        logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d / n


# %% wrong="Your function subtracts the maximum in place and so changes the logits of its caller."
def softmax_cross_entropy(logits, labels):
    labels = np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    logits -= logits.max(1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d / n


# %% wrong="The softmax runs over the classes of one picture (axis 1), not over the batch."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    logits = logits if logits.dtype.kind == "f" else logits.astype(float)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max(0)
    logp = s - np.log(np.exp(s).sum(0))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d / n


# %% wrong="float32 in, float32 out."
def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    n, k = logits.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError("labels")
    s = logits - logits.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1
    return -logp[np.arange(n), labels].mean(), d / n


# %% wrong="This is NumPy's exercise: derive the gradient instead of letting torch find it."
def softmax_cross_entropy(logits, labels):
    z = torch.tensor(np.asarray(logits), requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(np.asarray(labels)))
    loss.backward()
    return loss.item(), z.grad.numpy()
