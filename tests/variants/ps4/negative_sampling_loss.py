# %% right="logaddexp and einsum"
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% right="loops with math"
import math


def stable(s):
    if s >= 0:
        return 1 / (1 + math.exp(-s)), math.log1p(math.exp(-s))
    return math.exp(s) / (1 + math.exp(s)), -s + math.log1p(math.exp(s))


def negative_sampling_loss(contexts, targets, negatives, E, U):
    dE, dU = np.zeros(E.shape, E.dtype), np.zeros(U.shape, U.dtype)
    loss, B = 0.0, len(targets)
    for context, target, noise in zip(contexts, targets, negatives):
        h = E[context].mean(axis=0)
        dh = np.zeros(E.shape[1])
        for word, sign in [(target, 1)] + [(k, -1) for k in noise]:
            p, cost = stable(sign * float(h @ U[word]))
            loss += cost / B
            slope = sign * (p - 1) / B
            dU[word] += slope * h
            dh = dh + slope * U[word]
        for word in context:
            dE[word] += dh / len(context)
    return loss, dE, dU


# %% right="tanh for the sigmoid, one-hot matrices"
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, V = len(targets), len(E)
    weights = np.eye(V)[contexts].mean(axis=1)
    h = weights @ E
    rows = np.hstack([targets[:, None], negatives])
    label = np.zeros(rows.shape)
    label[:, 0] = 1
    s = (U[rows] * h[:, None]).sum(-1)
    loss = (np.maximum(s, 0) - s * label + np.log1p(np.exp(-np.abs(s)))).sum() / B
    g = (0.5 * (1 + np.tanh(s / 2)) - label) / B
    dz = np.zeros((B, V))
    np.add.at(dz, (np.arange(B)[:, None], rows), g)
    return loss, (weights.T @ (dz @ U)).astype(E.dtype), (dz.T @ h).astype(U.dtype)


# %% right="clip only in the exponent of the sigmoid"
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].sum(1) / C
    words = np.concatenate((targets.reshape(-1, 1), negatives), 1)
    sign = np.ones(words.shape, dtype=E.dtype)
    sign[:, 1:] = -1
    s = sign * (U[words] @ h[:, :, None])[:, :, 0]
    loss = np.where(s > 0, np.log1p(np.exp(-np.abs(s))), -s + np.log1p(np.exp(-np.abs(s))))
    g = -sign / (1 + np.exp(np.clip(s, -700 if s.dtype == np.float64 else -80, 80))) / B
    dE, dU = np.zeros_like(E), np.zeros_like(U)
    np.add.at(dU, words.ravel(), (g[..., None] * h[:, None]).reshape(-1, h.shape[1]))
    np.add.at(dE, contexts.ravel(), np.repeat((g[:, None] @ U[words])[:, 0] / C, C, axis=0))
    return loss.sum() / B, dE, dU


# %% wrong="The sigmoid underflows before the logarithm: large scores give an infinite loss."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = -(np.log(1 / (1 + np.exp(-real))).sum() + np.log(1 / (1 + np.exp(fake))).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="A cut-off inside the logarithm makes the loss of large scores wrong."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = -(np.log(1 / (1 + np.exp(-real)) + 1e-10).sum() + np.log(1 / (1 + np.exp(fake)) + 1e-10).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="Clipping the scores changes the loss of large ones."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    real, fake = np.clip(real, -30, 30), np.clip(fake, -30, 30)
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The negatives of an example are summed, not averaged."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).mean(1).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B / fake.shape[1]
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The loss is a mean over the batch; your gradients are those of the sum."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real))
    dfake = np.exp(-np.logaddexp(0, -fake))
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="Loss and gradients are means over the batch, not sums."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum())
    dreal = -np.exp(-np.logaddexp(0, real))
    dfake = np.exp(-np.logaddexp(0, -fake))
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The sign of the negatives' scores: they should be pushed away."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, -fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = -np.exp(-np.logaddexp(0, fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="A negative drawn twice counts twice: += on an index writes once."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    dU[negatives] += dfake[:, :, None] * h[:, None, :]
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="A target that occurs twice in the batch gets both gradients."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    dU[targets] += dreal[:, None] * h
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="A word that stands in a context twice gets the gradient twice."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    dE[contexts] += dh[:, None, :] / C
    return loss, dE, dU


# %% wrong="Each word of the context contributed 1/C of its row: that factor is missing from dE."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :])
    return loss, dE, dU


# %% wrong="A negative that equals the target counts like any other."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    fake = np.where(negatives == targets[:, None], -1e9, fake)
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The negatives contribute to the gradient of h too."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets]
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The rows of the negatives in U get gradients too."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The derivative of -log sigmoid(s) is sigmoid(s) - 1, not sigmoid(s)."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = np.exp(-np.logaddexp(0, -real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="Return the loss, dE and dU in this order."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dU, dE


# %% wrong="The context vector is the mean of its rows."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].sum(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="Negatives have rows in U, the output embeddings, not in E."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, E[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="The gradients keep the dtype of E and U."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros(U.shape)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros(E.shape)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    return loss, dE, dU


# %% wrong="Your function updates E in place; it should only return the gradients."
def negative_sampling_loss(contexts, targets, negatives, E, U):
    B, C = contexts.shape
    h = E[contexts].mean(1)
    real = np.einsum("bd,bd->b", h, U[targets])
    fake = np.einsum("bd,bkd->bk", h, U[negatives])
    loss = (np.logaddexp(0, -real).sum() + np.logaddexp(0, fake).sum()) / B
    dreal = -np.exp(-np.logaddexp(0, real)) / B
    dfake = np.exp(-np.logaddexp(0, -fake)) / B
    dU = np.zeros_like(U)
    np.add.at(dU, targets, dreal[:, None] * h)
    np.add.at(dU, negatives, dfake[:, :, None] * h[:, None, :])
    dh = dreal[:, None] * U[targets] + np.einsum("bk,bkd->bd", dfake, U[negatives])
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, dh[:, None, :] / C)
    E -= 0.1 * dE
    return loss, dE, dU
