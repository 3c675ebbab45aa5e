# %% right="math.lgamma in a loop, returned as a list"
import math

def poisson_kept_pmf(k, lam):
    if np.ndim(k) > 0:
        return [poisson_kept_pmf(one, lam) for one in k]
    if k < 0:
        return 0.0
    if lam == 0:
        return 1.0 if k == 0 else 0.0
    return math.exp(k * math.log(lam) - lam - math.lgamma(k + 1))

# %% right="a table of sums of logarithms"
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    if lam == 0:
        return (k == 0).astype(float)
    j = np.maximum(k, 0)
    table = np.concatenate([[0.0], np.cumsum(np.log(lam / np.arange(1, j.max() + 1)))])
    return np.exp(table[j] - lam) * (k >= 0)

# %% right="difference of cumulative probabilities"
def poisson_kept_pmf(k, lam):
    k = np.atleast_1d(k) if np.ndim(k) else k
    with np.errstate(divide="ignore", invalid="ignore"):
        j = np.where(np.asarray(k) < 0, 0, k).astype(float)
        return np.where(np.asarray(k) < 0, 0.0, np.exp(special.xlogy(j, lam) - special.gammaln(j + 1)  - lam))

# %% wrong="Powers and factorials overflow at large k: use logarithms."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    j = np.maximum(k, 0).astype(float)
    with np.errstate(all="ignore"):
        return np.where(k >= 0, lam**j * np.exp(-lam) / special.gamma(j + 1), 0.0)

# %% wrong="The factor exp(-lam) is missing: the probabilities do not add up to 1."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    j = np.maximum(k, 0)
    return np.where(k >= 0, np.exp(special.xlogy(j, lam) - special.gammaln(j + 1)), 0.0)

# %% wrong="The factorial of k is missing."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    j = np.maximum(k, 0)
    return np.where(k >= 0, np.exp(special.xlogy(j, lam) - lam), 0.0)

# %% wrong="gammaln(k) is the logarithm of (k - 1)!, not of k!."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    j = np.maximum(k, 0)
    return np.where(k >= 0, np.exp(special.xlogy(j, lam) - lam - special.gammaln(np.maximum(j, 1))), 0.0)

# %% wrong="At lam = 0 a logarithm of zero makes NaN."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    j = np.maximum(k, 0)
    with np.errstate(all="ignore"):
        return np.where(k >= 0, np.exp(j * np.log(np.float64(lam)) - lam - special.gammaln(j + 1)), 0.0)

# %% wrong="A negative number of kept units has probability 0, also at lam = 0."
def poisson_kept_pmf(k, lam):
    k = np.asarray(k)
    if lam == 0:
        return (k <= 0).astype(float)
    j = np.maximum(k, 0)
    return np.where(k >= 0, np.exp(j * np.log(lam) - lam - special.gammaln(j + 1)), 0.0)

# %% wrong="Negative k is treated as 0."
def poisson_kept_pmf(k, lam):
    j = np.maximum(np.asarray(k), 0)
    return np.exp(special.xlogy(j, lam) - lam - special.gammaln(j + 1))

# %% wrong="A binomial distribution with a large M is close to the limit but not the limit."
def poisson_kept_pmf(k, lam):
    return kept_units_pmf(k, 100_000, 1 - lam / 100_000)

# %% wrong="scipy.stats is not allowed here."
import scipy.stats as st

def poisson_kept_pmf(k, lam):
    return st.poisson.pmf(k, lam)

# %% wrong="k may be an array."
def poisson_kept_pmf(k, lam):
    if k < 0:
        return 0.0
    return float(np.exp(special.xlogy(k, lam) - lam - special.gammaln(k + 1)))
