# %% right="negative power"
def bias_correction(beta, t):
    if t < 1:
        raise ValueError("t")
    return (1 - beta**t) ** -1


# %% right="geometric series"
def bias_correction(beta, t):
    if not t > 0:
        raise ValueError("t must be positive")
    return 1 / ((1 - beta) * sum(beta**i for i in range(t)))


# %% right="np.power, a NumPy number"
def bias_correction(beta, t):
    if t <= 0:
        raise ValueError("t >= 1")
    return np.reciprocal(1.0 - np.power(float(beta), t))


# %% wrong="That is the sum of the weights; the factor divides by it."
def bias_correction(beta, t):
    if t < 1:
        raise ValueError("t")
    return 1 - beta**t


# %% wrong="The bias fades with the step number."
def bias_correction(beta, t):
    if t < 1:
        raise ValueError("t")
    return 1 / (1 - beta)


# %% wrong="The first step is number 1, so the power is t, not t + 1."
def bias_correction(beta, t):
    if t < 1:
        raise ValueError("t")
    return 1 / (1 - beta ** (t + 1))


# %% wrong="Step 0 does not exist: refuse it."
def bias_correction(beta, t):
    if t < 0:
        raise ValueError("t")
    return 1 / (1 - beta**t) if t else np.inf


# %% wrong="t = 1 is the first step and is allowed."
def bias_correction(beta, t):
    if t <= 1:
        raise ValueError("t")
    return 1 / (1 - beta**t)


# %% wrong="The power is t, not a product with t."
def bias_correction(beta, t):
    if t < 1:
        raise ValueError("t")
    return 1 / (1 - beta * t)


# %% wrong="A t below 1 is to raise a ValueError."
def bias_correction(beta, t):
    return 1 / (1 - beta ** max(t, 1))
