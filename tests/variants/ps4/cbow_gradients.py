# %% right="np.add.at"
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    z = z - z.max(1, keepdims=True)
    p = np.exp(z)
    p = p / p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p = p / B
    dh = p @ U
    dE = np.zeros(E.shape, dtype=E.dtype)
    np.add.at(dE, contexts.ravel(), np.repeat(dh / C, C, axis=0))
    return dE, p.T @ h


# %% right="one-hot matrices"
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    V = E.shape[0]
    count = np.eye(V)[contexts].mean(axis=1)
    h = count @ E
    z = h @ U.T
    p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]) - np.eye(V)[targets]
    dU = np.einsum("bv,bd->vd", p, h) / B
    dE = np.einsum("bv,bw,wd->vd", count, p, U) / B
    return dE.astype(E.dtype), dU.astype(U.dtype)


# %% right="loops over examples and context words"
def cbow_gradients(contexts, targets, E, U):
    dE, dU = np.zeros_like(E), np.zeros_like(U)
    B = len(targets)
    for context, target in zip(contexts, targets):
        h = sum(E[w] for w in context) / len(context)
        z = U @ h
        p = np.exp(z - max(z))
        p /= sum(p)
        p[target] -= 1
        dU += np.outer(p, h) / B
        for w in context:
            dE[w] += U.T @ p / (B * len(context))
    return dE, dU


# %% right="column by column, in a list"
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].sum(1) / C
    z = h @ U.T
    e = np.exp(z - z.max(-1)[:, None])
    d = e / e.sum(-1)[:, None]
    d[range(B), targets] -= 1.0
    dh = (d @ U) / (B * C)
    dE = np.zeros_like(E)
    for j in range(C):
        np.add.at(dE, contexts[:, j], dh)
    return [dE, d.T @ h / B]


# %% wrong="A word that occurs several times receives the sum of its gradients; += on an index writes once."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    dE[contexts] += (p @ U / C)[:, None]
    return dE, p.T @ h


# %% wrong="Within one context a repeated word also counts each time."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    for c, g in zip(contexts, p @ U / C):
        dE[c] += g
    return dE, p.T @ h


# %% wrong="Each word of the context contributed 1/C of its row: the gradient carries that factor."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U)[:, None])
    return dE, p.T @ h


# %% wrong="The loss is a mean over the batch, so the gradients carry a factor 1/B."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h


# %% wrong="The target's score has its own derivative: subtract 1 at the target."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True) * B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h


# %% wrong="The sign is turned round: the derivative of the loss is p minus one-hot."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= -p.sum(1, keepdims=True)
    p[np.arange(B), targets] += 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h


# %% wrong="The gradient of h goes through U, not through E."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ E / C)[:, None])
    return dE, p.T @ h


# %% wrong="The result is in the order (dE, dU)."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return p.T @ h, dE


# %% wrong="Large scores overflow: subtract each row's maximum before exponentiating."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    p = np.exp(h @ U.T)
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h


# %% wrong="The result keeps the dtype of E and U."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros(E.shape)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h


# %% wrong="dU uses the mean vector h of the context, not the sum of its rows."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ E[contexts].sum(1)


# %% wrong="Only the target's row of U gets a gradient here; with the full softmax every row does."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(B), targets] -= 1
    p /= B
    dE, dU = np.zeros_like(E), np.zeros_like(U)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    np.add.at(dU, targets, p[np.arange(B), targets][:, None] * h)
    return dE, dU


# %% wrong="The softmax's sum runs over the vocabulary of each example."
def cbow_gradients(contexts, targets, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    z = h @ U.T
    p = np.exp(z - z.max())
    p /= p.sum()
    p[np.arange(B), targets] -= 1
    p /= B
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / C)[:, None])
    return dE, p.T @ h
