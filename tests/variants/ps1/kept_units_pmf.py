# %% right="math.lgamma in a loop, returned as a list"
import math

def one_pmf(k, M, p):
    if k < 0 or k > M:
        return 0.0
    if p == 0:
        return float(k == M)
    if p == 1:
        return float(k == 0)
    ways = math.lgamma(M + 1) - math.lgamma(k + 1) - math.lgamma(M - k + 1)
    return math.exp(ways + k * math.log(1 - p) + (M - k) * math.log(p))

def kept_units_pmf(k, M, p):
    if np.ndim(k) == 0:
        return one_pmf(int(k), M, p)
    return [kept_units_pmf(one, M, p) for one in k]

# %% right="exact fractions"
from fractions import Fraction
from math import comb

def kept_units_pmf(k, M, p):
    drop = Fraction(p)
    keep = 1 - drop
    flat = [
        float(comb(M, i) * keep**i * drop ** (M - i)) if 0 <= i <= M else 0.0
        for i in np.ravel(k).tolist()
    ]
    return np.reshape(np.array(flat), np.shape(k))

# %% right="betaln and clipping"
from scipy.special import betaln, xlogy

def kept_units_pmf(k, M, p):
    k = np.array(k)
    j = np.clip(k, 0, M)
    log_pmf = -betaln(1 + M - j, 1 + j) - np.log(M + 1) + xlogy(j, 1 - p) + xlogy(M - j, p)
    return np.exp(log_pmf) * (k == j)

# %% right="sums of logarithms"
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    result = np.zeros(k.shape)
    inside = (k >= 0) & (k <= M)
    if p == 0.0 or p == 1.0:
        result[k == (M if p == 0.0 else 0)] = 1.0
        return result
    table = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, M + 1)))])
    j = k[inside]
    logs = table[M] - table[j] - table[M - j] + j * np.log1p(-p) + (M - j) * np.log(p)
    result[inside] = np.exp(logs)
    return result

# %% wrong="These are the dropped units: a unit is kept with probability 1 - p."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    j = np.clip(k, 0, M)
    ways = special.gammaln(M + 1) - special.gammaln(j + 1) - special.gammaln(M - j + 1)
    return np.where(k == j, np.exp(ways + special.xlogy(j, p) + special.xlogy(M - j, 1 - p)), 0.0)

# %% wrong="The number of ways to choose the kept units is missing."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    j = np.clip(k, 0, M)
    return np.where(k == j, np.exp(special.xlogy(j, 1 - p) + special.xlogy(M - j, p)), 0.0)

# %% wrong="The binomial coefficient overflows for large M: use logarithms."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    j = np.clip(k, 0, M)
    return np.where(k == j, special.comb(M, j) * (1 - p) ** j * p ** (M - j), 0.0)

# %% wrong="Python's exact binomial coefficient is too large for a float at M = 10,000."
from math import comb

def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    flat = [comb(M, i) * (1 - p) ** i * p ** (M - i) if 0 <= i <= M else 0.0 for i in k.ravel().tolist()]
    return np.array(flat).reshape(k.shape)

# %% wrong="At p = 0 and p = 1 a logarithm of zero makes NaN."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    j = np.clip(k, 0, M)
    ways = special.gammaln(M + 1) - special.gammaln(j + 1) - special.gammaln(M - j + 1)
    logs = ways + j * np.log(np.float64(1 - p)) + (M - j) * np.log(np.float64(p))
    return np.where(k == j, np.exp(logs), 0.0)

# %% wrong="A small number inside the logarithm makes p = 0 and p = 1 inexact."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    j = np.clip(k, 0, M)
    ways = special.gammaln(M + 1) - special.gammaln(j + 1) - special.gammaln(M - j + 1)
    logs = ways + j * np.log(1 - p + 1e-8) + (M - j) * np.log(p + 1e-8)
    return np.where(k == j, np.exp(logs), 0.0)

# %% wrong="Fewer than 0 or more than M kept units have probability 0."
def kept_units_pmf(k, M, p):
    k = np.clip(np.asarray(k), 0, M)
    ways = special.gammaln(M + 1) - special.gammaln(k + 1) - special.gammaln(M - k + 1)
    return np.exp(ways + special.xlogy(k, 1 - p) + special.xlogy(M - k, p))

# %% wrong="k may be a list or an array."
import math

def kept_units_pmf(k, M, p):
    if k < 0 or k > M:
        return 0.0
    ways = special.gammaln(M + 1) - special.gammaln(k + 1) - special.gammaln(M - k + 1)
    return math.exp(ways + special.xlogy(k, 1 - p) + special.xlogy(M - k, p))

# %% wrong="Your answer is the normal approximation, which is not exact."
def kept_units_pmf(k, M, p):
    k = np.asarray(k)
    if p in (0.0, 1.0) or M == 0:
        return np.where(k == (M if p == 0 else 0), 1.0, 0.0)
    mean, variance = M * (1 - p), M * p * (1 - p)
    pmf = np.exp(-((k - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    return np.where((k >= 0) & (k <= M), pmf, 0.0)

# %% wrong="scipy.stats is not allowed here."
from scipy.stats import binom

def kept_units_pmf(k, M, p):
    return binom.pmf(k, M, 1 - p)

# %% wrong="This is the probability of at most k kept units, not of exactly k."
def kept_units_pmf(k, M, p):
    return special.bdtr(np.clip(np.asarray(k), 0, M), M, 1 - p) * (np.asarray(k) >= 0)
