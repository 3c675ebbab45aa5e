# %% right="self-contained, PyTorch's own arrangement of the corrections"
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    b1, b2 = betas
    g = grad if decoupled else grad + weight_decay * w
    new_m = b1 * m + (1 - b1) * g
    new_v = b2 * v + (1 - b2) * g * g
    denominator = np.sqrt(new_v) / (1 - b2**t) ** 0.5 + eps
    start = w - lr * weight_decay * w if decoupled else w
    return start - lr / (1 - b1**t) * new_m / denominator, new_m, new_v


# %% right="copies updated in place, results in a list"
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    w, g, m, v = w.copy(), grad.copy(), m.copy(), v.copy()
    if weight_decay:
        if decoupled:
            w *= 1 - lr * weight_decay
        else:
            g += weight_decay * w
    m += (1 - betas[0]) * (g - m)
    v += (1 - betas[1]) * (np.square(g) - v)
    w -= lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return [w, m, v]


# %% right="element by element"
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    out = [np.empty_like(w) for _ in range(3)]
    for i in np.ndindex(w.shape):
        g = grad[i] + (0 if decoupled else weight_decay * w[i])
        a = betas[0] * m[i] + (1 - betas[0]) * g
        b = betas[1] * v[i] + (1 - betas[1]) * g**2
        x = w[i] * (1 - lr * weight_decay) if decoupled else w[i]
        x = x - lr * a / (1 - betas[0] ** t) / (np.sqrt(b / (1 - betas[1] ** t)) + eps)
        out[0][i], out[1][i], out[2][i] = x, a, b
    return tuple(out)


# %% right="decoupled decay as part of the step"
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    beta1, beta2 = betas
    if not decoupled:
        grad = grad + weight_decay * w
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    step = m * bias_correction(beta1, t) / (np.sqrt(v * bias_correction(beta2, t)) + eps)
    if decoupled:
        step = step + weight_decay * w
    return w - lr * step, m, v


# %% wrong="Without the bias correction the first steps have the wrong length."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m
    v_hat = v
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="v needs its bias correction as well."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="m needs its bias correction as well."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="Return m and v as they are, not corrected: they are averaged further in the next step."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m_hat, v_hat


# %% wrong="eps is added to the root, not under it."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / np.sqrt(v_hat + eps), m, v


# %% wrong="eps is added to the root of the corrected v."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / ((np.sqrt(v) + eps) / np.sqrt(1 - betas[1] ** t)), m, v


# %% wrong="v averages squared gradients."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * np.abs(grad)
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="With `decoupled` the decay does not touch the gradient."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    start, grad = (w * (1 - lr * weight_decay) if decoupled else w), grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="Without `decoupled` the decay is part of the gradient."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start = w * (1 - lr * weight_decay)
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="AdamW's decay is multiplied by the learning rate."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="The two kinds of decay are exchanged."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if not decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="The decay enters as PyTorch's: weight_decay * w, without a factor 2."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + 2 * weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="In Adam v sees the gradient with the decay, too."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start = w
    m = betas[0] * m + (1 - betas[0]) * (grad if decoupled else grad + weight_decay * w)
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="The first of the betas belongs to m, the second to v."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    betas = betas[::-1]
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="t is the number of this step already; do not count on."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    t = t + 1
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="The correction is a power of beta, not a product."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] * t)
    v_hat = v / (1 - betas[1] * t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="The default weight decay is 0 in both modes."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="m and v are changed in place."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m *= betas[0]
    m += (1 - betas[0]) * grad
    v *= betas[1]
    v += (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# %% wrong="AdamW shrinks the old w, not the one after the step."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return ((1 - lr * weight_decay) * (w - lr * m_hat / (np.sqrt(v_hat) + eps)) if decoupled else w - lr * m_hat / (np.sqrt(v_hat) + eps)), m, v


# %% wrong="The step follows m, not the last gradient."
def adam_step(w, grad, m, v, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    if decoupled:
        start = w * (1 - lr * weight_decay)
    else:
        start, grad = w, grad + weight_decay * w
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    return start - lr * grad / (np.sqrt(v_hat) + eps), m, v
