# %% right="np.square and in-place on fresh arrays"
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    s = np.square(grad)
    s *= 1 - beta
    s += beta * v
    step = lr * grad
    step /= np.sqrt(s) + eps
    return w - step, s


# %% right="element by element"
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    new_w, new_v = w.copy(), v.copy()
    for i in np.ndindex(w.shape):
        new_v[i] = v[i] * beta + grad[i] * grad[i] * (1 - beta)
        new_w[i] -= lr / (new_v[i] ** 0.5 + eps) * grad[i]
    return new_w, new_v


# %% right="per-element learning rates"
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    new_v = v - (1 - beta) * (v - grad * grad)
    rates = lr * (new_v**0.5 + eps) ** -1
    return (w - rates * grad), new_v


# %% wrong="eps is added to the root, not under it."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / np.sqrt(v + eps), v


# %% wrong="Divide by the root of v, not by v."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / (v + eps), v


# %% wrong="v averages squared gradients."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * np.abs(grad)
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="The factor 1 - beta belongs to the squared gradient."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="beta is the share of the old average."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = (1 - beta) * v + beta * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="Each parameter has its own average: the squares are not summed up."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * (grad**2).mean()
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="Divide by the new average, not by the old one."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    new_v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), new_v


# %% wrong="RMSProp makes no bias correction."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / (np.sqrt(v / (1 - beta)) + eps), v


# %% wrong="v is changed in place."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v *= beta
    v += (1 - beta) * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="The default of beta is 0.99."
def rmsprop_step(w, grad, v, lr, beta=0.9, eps=1e-8):
    v = beta * v + (1 - beta) * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v


# %% wrong="Without eps a gradient of zero divides by zero."
def rmsprop_step(w, grad, v, lr, beta=0.99, eps=1e-8):
    v = beta * v + (1 - beta) * grad**2
    with np.errstate(all="ignore"):
        return w - lr * grad / np.sqrt(v), v
