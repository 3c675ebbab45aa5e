# %% right="the product"
def equivalent_gamma(lam, lr):
    return lam * lr


# %% right="by expanding a step"
def equivalent_gamma(lam, lr):
    theta = 1.0
    stepped = theta - lr * lam * theta
    return theta - stepped


# %% right="np.multiply"
def equivalent_gamma(lam, lr):
    return np.multiply(lam, lr)


# %% wrong="The penalty has the factor one half here, which cancels the two of the derivative."
def equivalent_gamma(lam, lr):
    return 2 * lam * lr


# %% wrong="The derivative of (lam / 2) * theta**2 has no factor one half left."
def equivalent_gamma(lam, lr):
    return lam * lr / 2


# %% wrong="gamma stands outside the gradient, so the learning rate must be in it."
def equivalent_gamma(lam, lr):
    return lam


# %% wrong="Multiply by the learning rate."
def equivalent_gamma(lam, lr):
    return lam / lr


# %% wrong="gamma is what is taken away, not what is left."
def equivalent_gamma(lam, lr):
    return 1 - lam * lr


# %% wrong="The two numbers are multiplied, not divided."
def equivalent_gamma(lam, lr):
    return lr / (lam or 1)
