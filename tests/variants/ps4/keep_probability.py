# %% right="vectorised with np.minimum"
def keep_probability(counts, t=1e-3):
    f = counts / counts.sum()
    return np.minimum(1, np.sqrt(t / f))


# %% right="a loop over Python numbers"
import math


def keep_probability(counts, t=1e-3):
    total = int(counts.sum())
    return np.array([min(1.0, math.sqrt(t * total / int(c))) for c in counts])


# %% right="np.where and a power"
def keep_probability(counts, t=1e-3):
    share = np.asarray(counts, dtype=float) / np.sum(counts)
    return np.where(share <= t, 1.0, (t / np.maximum(share, t)) ** 0.5)


# %% right="clip"
def keep_probability(counts, t=1e-3):
    return np.clip((counts / counts.sum() / t) ** -0.5, 0, 1)


# %% wrong="This is the probability of dropping the word; the function returns that of keeping it."
def keep_probability(counts, t=1e-3):
    return 1 - np.minimum(1, np.sqrt(t / (counts / counts.sum())))


# %% wrong="f is the word's share of the text, not its count."
def keep_probability(counts, t=1e-3):
    return np.minimum(1, np.sqrt(t / counts))


# %% wrong="The square root is missing."
def keep_probability(counts, t=1e-3):
    return np.minimum(1, t * counts.sum() / counts)


# %% wrong="A probability cannot be larger than 1."
def keep_probability(counts, t=1e-3):
    return np.sqrt(t * counts.sum() / counts)


# %% wrong="t / f, not f / t: frequent words are the ones to thin out."
def keep_probability(counts, t=1e-3):
    return np.minimum(1, np.sqrt(counts / counts.sum() / t))


# %% wrong="That is the formula of the word2vec program; the exercise asks for sqrt(t / f)."
def keep_probability(counts, t=1e-3):
    f = counts / counts.sum()
    return np.minimum(1, np.sqrt(t / f) + t / f)


# %% wrong="The threshold is an argument: do not fix it."
def keep_probability(counts, t=1e-3):
    return np.minimum(1, np.sqrt(1e-3 * counts.sum() / counts))


# %% wrong="The share is of all tokens, not of the count of the commonest word."
def keep_probability(counts, t=1e-3):
    return np.minimum(1, np.sqrt(t * counts.max() / counts))


# %% wrong="Shares are fractions: integer division turns them into 0."
def keep_probability(counts, t=1e-3):
    f = counts // counts.sum()
    return np.minimum(1, np.sqrt(t / np.maximum(f, 1e-9)))


# %% wrong="The default of t is 0.001."
def keep_probability(counts, t=1e-5):
    return np.minimum(1, np.sqrt(t * counts.sum() / counts))
