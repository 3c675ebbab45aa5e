# %% right="product, copies"
def batchnorm_moments(gamma, beta):
    return beta.copy(), gamma * gamma

# %% right="list of two, np.square"
def batchnorm_moments(gamma, beta):
    mean = np.zeros_like(gamma) + beta
    variance = np.square(gamma)
    return [mean, variance]

# %% right="loop"
def batchnorm_moments(gamma, beta):
    mean, var = np.empty(len(beta), beta.dtype), np.empty(len(gamma), gamma.dtype)
    for j, (g, b) in enumerate(zip(gamma, beta)):
        mean[j], var[j] = b, g * g
    return mean, var

# %% wrong="You return the standard deviation where the variance is asked for."
def batchnorm_moments(gamma, beta):
    return beta, np.abs(gamma)

# %% wrong="A scale multiplies the standard deviation; think of what it does to the variance."
def batchnorm_moments(gamma, beta):
    return beta, gamma

# %% wrong="These are the moments before scale and shift."
def batchnorm_moments(gamma, beta):
    return np.zeros_like(beta), np.ones_like(gamma)

# %% wrong="The two results are in the wrong order."
def batchnorm_moments(gamma, beta):
    return gamma**2, beta

# %% wrong="The shift is added last, so the scale does not multiply it."
def batchnorm_moments(gamma, beta):
    return gamma * beta, gamma**2

# %% wrong="Adding a constant does not change a variance."
def batchnorm_moments(gamma, beta):
    return beta, gamma**2 + beta

# %% wrong="One value is wanted for each feature."
def batchnorm_moments(gamma, beta):
    return beta.mean(), (gamma**2).mean()

# %% wrong="The scale changes the variance: it is no longer 1."
def batchnorm_moments(gamma, beta):
    return beta, np.ones_like(gamma)
