# %% right="self-contained, keeps pre-activations, lists filled by index"
def mlp_backward(x, labels, weights, biases):
    x, labels = np.asarray(x), np.asarray(labels)
    L = len(weights)
    acts, pres = [x], []
    for i in range(L):
        z = acts[i] @ weights[i] + biases[i]
        pres.append(z)
        acts.append(z * (z > 0) if i < L - 1 else z)
    z = acts.pop()
    n = len(labels)
    m = z.max(axis=-1, keepdims=True)
    lse = m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))
    loss = (lse[:, 0] - z[np.arange(n), labels]).mean()
    d = np.exp(z - lse)
    d[np.arange(n), labels] -= 1
    d /= n
    dW, db = [None] * L, [None] * L
    for i in range(L - 1, -1, -1):
        dW[i] = acts[i].T.dot(d)
        db[i] = d.sum(0)
        if i:
            d = d.dot(weights[i].T)
            d[pres[i - 1] <= 0] = 0
    return loss, dW, db


# %% right="recursive"
def mlp_backward(x, labels, weights, biases):
    x = np.array(x)

    def run(a, i):
        z = np.einsum("nd,dk->nk", a, weights[i]) + biases[i]
        if i == len(weights) - 1:
            loss, d = softmax_cross_entropy(z, labels)
            dws, dbs = (), ()
        else:
            loss, da, dws, dbs = run(np.where(z > 0, z, 0), i + 1)
            d = np.where(z > 0, da, 0)
        w = np.einsum("nd,nk->dk", a, d)
        return loss, np.einsum("nk,dk->nd", d, weights[i]), (w, *dws), (np.add.reduce(d), *dbs)

    loss, _, dws, dbs = run(x, 0)
    return loss, dws, dbs


# %% right="reversed lists, one example at a time"
def mlp_backward(x, labels, weights, biases):
    n = len(labels)
    loss = 0.0
    dws = [np.zeros_like(w) for w in weights]
    dbs = [np.zeros_like(b) for b in biases]
    for row, y in zip(x, labels):
        acts = [np.asarray(row)[None]]
        for w, b in list(zip(weights, biases))[:-1]:
            acts.append(np.maximum(0, acts[-1] @ w + b))
        one, d = softmax_cross_entropy(acts[-1] @ weights[-1] + biases[-1], [y])
        loss += one / n
        d = d / n
        for i in reversed(range(len(weights))):
            dws[i] += acts[i].T @ d
            dbs[i] += d[0]
            d = d @ weights[i].T * (acts[i] > 0)
    return loss, dws, dbs


# %% wrong="There is no ReLU after the last layer: the logits may be negative."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights, biases):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        d = d * (inputs[i + 1] > 0)
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        d = d @ weights[i].T
    return loss, dws, dbs


# %% wrong="The gradient must pass through ReLU, which blocks it where the unit was off."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        d = d @ weights[i].T
    return loss, dws, dbs


# %% wrong="ReLU's derivative at exactly 0 is 0."
def mlp_backward(x, labels, weights, biases):
    inputs, pre = [np.asarray(x)], []
    for w, b in zip(weights[:-1], biases[:-1]):
        pre.append(inputs[-1] @ w + b)
        inputs.append(np.maximum(pre[-1], 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        if i:
            d = (d @ weights[i].T) * (pre[i - 1] >= 0)
    return loss, dws, dbs


# %% wrong="The bias is added to each row, so its gradient is a sum over the batch, not a mean."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.mean(0))
        if i:
            d = (d @ weights[i].T) * (inputs[i] > 0)
    return loss, dws, dbs


# %% wrong="The gradients are returned from the last layer to the first: turn the lists round."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.append(inputs[i].T @ d)
        dbs.append(d.sum(0))
        if i:
            d = (d @ weights[i].T) * (inputs[i] > 0)
    return loss, dws, dbs


# %% wrong="The biases take part in the forward pass."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w in weights[:-1]:
        inputs.append(np.maximum(inputs[-1] @ w, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        if i:
            d = (d @ weights[i].T) * (inputs[i] > 0)
    return loss, dws, dbs


# %% wrong="The mask of ReLU belongs to the units of the layer that delta passes back to, not to the weights' sign."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        if i:
            d = np.maximum(d @ weights[i].T, 0)
    return loss, dws, dbs


# %% wrong="A stable loss takes the softmax of shifted logits; yours overflows."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    z = inputs[-1] @ weights[-1] + biases[-1]
    n = len(z)
    with np.errstate(all="ignore"):
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        loss = -np.log(p[np.arange(n), labels]).mean()
    d = p
    d[np.arange(n), labels] -= 1
    d = d / n
    dws, dbs = [], []
    for i in reversed(range(len(weights))):
        dws.insert(0, inputs[i].T @ d)
        dbs.insert(0, d.sum(0))
        if i:
            d = (d @ weights[i].T) * (inputs[i] > 0)
    return loss, dws, dbs


# %% wrong="list.reverse() turns the caller's list of weights round."
def mlp_backward(x, labels, weights, biases):
    inputs = [np.asarray(x)]
    for w, b in zip(weights[:-1], biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    loss, d = softmax_cross_entropy(inputs[-1] @ weights[-1] + biases[-1], labels)
    dws, dbs = [], []
    weights.reverse()
    inputs.reverse()
    for a, w in zip(inputs, weights):
        dws.append(a.T @ d)
        dbs.append(d.sum(0))
        d = (d @ w.T) * (a > 0)
    return loss, dws[::-1], dbs[::-1]


# %% wrong="x may be a nested list: make an array of it before you transpose it."
def mlp_backward(x, labels, weights, biases):
    labels = np.asarray(labels)
    L = len(weights)
    acts, pres = [x], []
    for i in range(L):
        z = acts[i] @ weights[i] + biases[i]
        pres.append(z)
        acts.append(z * (z > 0) if i < L - 1 else z)
    z = acts.pop()
    n = len(labels)
    m = z.max(axis=-1, keepdims=True)
    lse = m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))
    loss = (lse[:, 0] - z[np.arange(n), labels]).mean()
    d = np.exp(z - lse)
    d[np.arange(n), labels] -= 1
    d /= n
    dW, db = [None] * L, [None] * L
    for i in range(L - 1, -1, -1):
        dW[i] = acts[i].T.dot(d)
        db[i] = d.sum(0)
        if i:
            d = d.dot(weights[i].T)
            d[pres[i - 1] <= 0] = 0
    return loss, dW, db
