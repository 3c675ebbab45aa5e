# %% right="one shrinking factor"
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    shrink = 1 - lr * (weight_decay + 2 * l2)
    return shrink * w - lr * grad


# %% right="a copy, updated in place"
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    new = w.copy() if w.dtype.kind == "f" else w.astype(float)
    total = np.array(grad, dtype=new.dtype)
    if weight_decay != 0:
        total += weight_decay * w
    if l2 != 0:
        total += l2 * 2 * w
    new -= lr * total
    return new


# %% right="element by element"
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    out = np.zeros(w.shape, dtype=w.dtype if np.issubdtype(w.dtype, np.floating) else np.float64)
    for i in np.ndindex(w.shape):
        out[i] = w[i] - lr * grad[i] - lr * weight_decay * w[i] - 2 * lr * l2 * w[i]
    return out


# %% wrong="The derivative of l2 * w**2 is 2 * l2 * w."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return w - lr * (grad + weight_decay * w + l2 * w)


# %% wrong="PyTorch's SGD multiplies the decay by the learning rate, too."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return (1 - weight_decay) * w - lr * (grad + 2 * l2 * w)


# %% wrong="The penalty enters by its gradient, not by its value."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return w - lr * (grad + weight_decay * w + l2 * (w**2).sum())


# %% wrong="A penalty pulls towards zero; yours pushes away from it."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return w - lr * (grad - weight_decay * w - 2 * l2 * w)


# %% wrong="The step goes downhill, against the gradient."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return w + lr * (grad + weight_decay * w + 2 * l2 * w)


# %% wrong="Your function changes w in place."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    if w.dtype.kind != "f":
        w = w.astype(float)
    w -= lr * (grad + weight_decay * w + 2 * l2 * w)
    return w


# %% wrong="Your function changes grad in place."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    if grad.dtype.kind == "f":
        grad += weight_decay * w + 2 * l2 * w
        return w - lr * grad
    return w - lr * (grad + weight_decay * w + 2 * l2 * w)


# %% wrong="The decay belongs to the old w, not to the w after the step."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    w = w - lr * grad
    return w - lr * (weight_decay + 2 * l2) * w


# %% wrong="float32 in, float32 out."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return np.asarray(w, dtype=float) - lr * (grad + weight_decay * w + 2 * l2 * w)


# %% wrong="An L2 penalty shrinks in proportion to w, not by its sign."
def sgd_step(w, grad, lr, weight_decay=0.0, l2=0.0):
    return w - lr * (grad + weight_decay * w + 2 * l2 * np.sign(w))
