# %% right="log-sum-exp, vectorised"
def cbow_loss(contexts, targets, E, U):
    h = E[contexts].mean(1)
    z = h @ U.T
    m = z.max(1)
    return np.mean(m + np.log(np.exp(z - m[:, None]).sum(1)) - z[np.arange(len(z)), targets])


# %% right="loops over the batch and the context"
def cbow_loss(contexts, targets, E, U):
    total = 0.0
    for context, target in zip(contexts, targets):
        h = np.zeros(E.shape[1])
        for word in context:
            h = h + E[word]
        h = h / len(context)
        z = np.array([np.dot(h, u) for u in U])
        top = z.max()
        total += top + np.log(np.sum(np.exp(z - top))) - z[target]
    return total / len(targets)


# %% right="np.logaddexp.reduce and einsum"
def cbow_loss(contexts, targets, E, U):
    z = np.einsum("bcd,vd->bv", E[contexts], U) / contexts.shape[1]
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.take_along_axis(log_p, targets[:, None], axis=1).mean()


# %% right="a matrix that counts the words of each context"
def cbow_loss(contexts, targets, E, U):
    B, C = contexts.shape
    counts = np.zeros((B, len(E)))
    np.add.at(counts, (np.arange(B)[:, None], contexts), 1.0 / C)
    z = counts @ E @ U.T
    z = z - np.max(z, axis=-1, keepdims=True)
    onehot = np.eye(len(E))[targets]
    return np.float64(-(onehot * (z - np.log(np.exp(z).sum(-1, keepdims=True)))).sum() / B)


# %% wrong="Large scores overflow: subtract each row's maximum before exponentiating."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return -np.log(p[np.arange(len(z)), targets]).mean()


# %% wrong="The softmax underflows to 0 and its logarithm is cut off: stay with logarithms throughout."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max(1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return -np.log(p[np.arange(len(z)), targets] + 1e-12).mean()


# %% wrong="The context vector is the mean of its rows, not their sum."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].sum(1) @ U.T
    z = z - z.max(1, keepdims=True)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="The loss is the mean over the batch, not the sum."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max(1, keepdims=True)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).sum()


# %% wrong="E is for the context and U for the words to guess; yours are swapped."
def cbow_loss(contexts, targets, E, U):
    z = U[contexts].mean(1) @ E.T
    z = z - z.max(1, keepdims=True)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="The scores use the output embeddings U; yours use E twice."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ E.T
    z = z - z.max(1, keepdims=True)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="A word that stands twice in a context counts twice in the mean."
def cbow_loss(contexts, targets, E, U):
    h = np.stack([E[np.unique(c)].mean(0) for c in contexts])
    z = h @ U.T
    z = z - z.max(1, keepdims=True)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="The sign: the loss is minus the log-probability."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max(1, keepdims=True)
    return (z[np.arange(len(z)), targets] - np.log(np.exp(z).sum(1))).mean()


# %% wrong="Subtract the largest score of each row, not of the whole batch: a row far below it underflows."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max()
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="The softmax runs over the vocabulary, not over the batch."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max(0)
    return (np.log(np.exp(z).sum(0))[targets] - z[np.arange(len(z)), targets]).mean()


# %% wrong="Your function changes E in place."
def cbow_loss(contexts, targets, E, U):
    z = E[contexts].mean(1) @ U.T
    z = z - z.max(1, keepdims=True)
    E /= np.maximum(1, np.abs(E).max() + 1)
    return (np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), targets]).mean()


# %% wrong="This exercise is to be solved with NumPy."
def cbow_loss(contexts, targets, E, U):
    h = torch.tensor(E)[torch.tensor(contexts)].mean(1)
    return nn.functional.cross_entropy(h @ torch.tensor(U).T, torch.tensor(targets)).item()
