# %% right="written out"
def thinned_poisson_pmf(k, lam, p):
    k = np.asarray(k)
    rate = (1 - p) * lam
    j = np.where(k < 0, 0, k)
    return np.where(k < 0, 0.0, np.exp(special.xlogy(j, rate) - special.gammaln(j + 1.0) - rate))

# %% right="a loop over the entries"
import math

def one(k, rate):
    if k < 0 or (rate == 0 and k > 0):
        return 0.0
    return math.exp((k * math.log(rate) if k else 0.0) - rate - math.lgamma(k + 1))

def thinned_poisson_pmf(k, lam, p):
    flat = [one(i, lam - lam * p) for i in np.ravel(k).tolist()]
    return np.reshape(flat, np.shape(k))

# %% right="the limit of B4 with another mean"
def thinned_poisson_pmf(k, lam, p):
    return poisson_kept_pmf(k, lam=lam * (1.0 - p))

# %% wrong="The mean of what is left is lam (1 - p), not lam p: p is the probability of dropping."
def thinned_poisson_pmf(k, lam, p):
    return poisson_kept_pmf(k, lam * p)

# %% wrong="Dropout changes the distribution: p is not used."
def thinned_poisson_pmf(k, lam, p):
    return poisson_kept_pmf(k, lam)

# %% wrong="Dropped units are removed, not rescaled: the mean is not lam / (1 - p)."
def thinned_poisson_pmf(k, lam, p):
    return poisson_kept_pmf(k, lam / (1 - p) if p < 1 else 0.0)

# %% wrong="M is random: a binomial distribution with M = lam units is not enough."
def thinned_poisson_pmf(k, lam, p):
    return kept_units_pmf(k, int(lam), p)

# %% wrong="The factor for the dropped units is exp(-lam (1 - p)), not exp(-lam)."
def thinned_poisson_pmf(k, lam, p):
    k = np.asarray(k)
    j = np.maximum(k, 0)
    return np.where(k >= 0, np.exp(special.xlogy(j, lam * (1 - p)) - lam - special.gammaln(j + 1)), 0.0)

# %% wrong="The series is cut off too early: large lam comes out wrong."
def thinned_poisson_pmf(k, lam, p):
    k = np.asarray(k)
    return sum(poisson_kept_pmf(np.full(k.shape, M), lam) * kept_units_pmf(k, M, p) for M in range(60))

# %% wrong="At p = 1 or lam = 0 a logarithm of zero makes NaN."
def thinned_poisson_pmf(k, lam, p):
    k = np.asarray(k)
    rate = np.float64(lam * (1 - p))
    j = np.maximum(k, 0)
    with np.errstate(all="ignore"):
        return np.where(k >= 0, np.exp(j * np.log(rate) - rate - special.gammaln(j + 1)), 0.0)

# %% wrong="A negative number of kept units has probability 0."
def thinned_poisson_pmf(k, lam, p):
    return poisson_kept_pmf(np.abs(k), lam * (1 - p))
