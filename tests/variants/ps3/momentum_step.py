# %% right="interpolation form"
def momentum_step(w, grad, v, lr, beta=0.9):
    v = v + (1 - beta) * (grad - v)
    return w - lr * v, v


# %% right="new arrays filled with out arguments, returned as a list"
def momentum_step(w, grad, v, lr, beta=0.9):
    new_v = np.multiply(v, beta)
    new_v += grad * (1 - beta)
    new_w = np.subtract(w, lr * new_v)
    return [new_w, new_v]


# %% right="element by element"
def momentum_step(w, grad, v, lr, beta=0.9):
    new_w, new_v = np.empty_like(w), np.empty_like(w)
    for i in np.ndindex(*w.shape):
        new_v[i] = beta * v[i] + (1 - beta) * grad[i]
        new_w[i] = w[i] - lr * new_v[i]
    return new_w, new_v


# %% wrong="This is a moving average: the gradient enters with 1 - beta."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = beta * v + grad
    return w - lr * v, v


# %% wrong="beta is the share of the old average, not of the new gradient."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = (1 - beta) * v + beta * grad
    return w - lr * v, v


# %% wrong="The step uses the new average."
def momentum_step(w, grad, v, lr, beta=0.9):
    new_v = beta * v + (1 - beta) * grad
    return w - lr * v, new_v


# %% wrong="The learning rate belongs to the step, not into the average."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = beta * v + (1 - beta) * lr * grad
    return w - v, v


# %% wrong="The step follows the average, not the last gradient."
def momentum_step(w, grad, v, lr, beta=0.9):
    return w - lr * grad, beta * v + (1 - beta) * grad


# %% wrong="The step goes downhill."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = beta * v + (1 - beta) * grad
    return w + lr * v, v


# %% wrong="The state v is changed in place."
def momentum_step(w, grad, v, lr, beta=0.9):
    v *= beta
    v += (1 - beta) * grad
    return w - lr * v, v


# %% wrong="w comes first in the result."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = beta * v + (1 - beta) * grad
    return v, w - lr * v


# %% wrong="Momentum makes no use of a Nesterov look-ahead here."
def momentum_step(w, grad, v, lr, beta=0.9):
    v = beta * v + (1 - beta) * grad
    return w - lr * (beta * v + (1 - beta) * grad), v


# %% wrong="Return the new average, not the old one."
def momentum_step(w, grad, v, lr, beta=0.9):
    new_v = beta * v + (1 - beta) * grad
    return w - lr * new_v, v
