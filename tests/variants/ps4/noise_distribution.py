# %% right="vectorised"
def noise_distribution(counts, power=0.75):
    w = counts.astype(float) ** power
    return w / w.sum()


# %% right="Python loop"
def noise_distribution(counts, power=0.75):
    weights = [float(c) ** power for c in counts]
    total = sum(weights)
    return np.array([w / total for w in weights])


# %% right="shares first, which cancels"
def noise_distribution(counts, power=0.75):
    p = np.power(counts / np.sum(counts), power)
    return np.divide(p, np.sum(p))


# %% wrong="The weights have to be normalised."
def noise_distribution(counts, power=0.75):
    return counts**power


# %% wrong="Raise to the power first, then normalise."
def noise_distribution(counts, power=0.75):
    return (counts / counts.sum()) ** power


# %% wrong="The power is an argument."
def noise_distribution(counts, power=0.75):
    w = counts**0.75
    return w / w.sum()


# %% wrong="The power is missing."
def noise_distribution(counts, power=0.75):
    return counts / counts.sum()


# %% wrong="Multiply or raise? counts ** power."
def noise_distribution(counts, power=0.75):
    w = counts * power
    return w / w.sum()


# %% wrong="A distribution sums to 1; divide by the sum, not by the largest."
def noise_distribution(counts, power=0.75):
    w = counts**power
    return w / w.max()


# %% wrong="This is a softmax; only the power and the sum are asked for."
def noise_distribution(counts, power=0.75):
    w = np.exp(power * (counts - counts.max()))
    return w / w.sum()


# %% wrong="No smoothing: a word that does not occur is never drawn."
def noise_distribution(counts, power=0.75):
    w = (counts + 1.0) ** power
    return w / w.sum()


# %% wrong="The default power is 0.75."
def noise_distribution(counts, power=0.5):
    w = counts**power
    return w / w.sum()
