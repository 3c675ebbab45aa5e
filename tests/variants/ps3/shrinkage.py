# %% right="reciprocal form"
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float) ** 2
    return np.divide(s, s + lam)


# %% right="one minus the lost share"
def shrinkage(sigma, lam):
    s = np.array(sigma, dtype=np.float64)
    return 1 - lam / (s * s + lam)


# %% right="loop over the entries"
def shrinkage(sigma, lam):
    if np.ndim(sigma) == 0:
        return sigma**2 / (sigma**2 + lam)
    return np.array([shrinkage(s, lam) for s in sigma])


# %% wrong="The singular value enters squared."
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float)
    return s / (s + lam)


# %% wrong="This is ridge regression's factor for the coefficients, not the purifier's."
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float)
    return s / (s**2 + lam)


# %% wrong="lam is not squared."
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float)
    return s**2 / (s**2 + lam**2)


# %% wrong="Strong directions pass; yours are the ones that are shrunk."
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float)
    return lam / (s**2 + lam)


# %% wrong="Each value has its own factor: do not divide by the sum over all."
def shrinkage(sigma, lam):
    s = np.asarray(sigma, dtype=float)
    return s**2 / ((s**2).sum() + lam)


# %% wrong="A list must be accepted, too, elementwise."
def shrinkage(sigma, lam):
    return sigma**2 / (sigma**2 + lam)


# %% wrong="The input is squared in place."
def shrinkage(sigma, lam):
    s = np.asarray(sigma)
    if s.dtype.kind == "f" and s.ndim:
        s **= 2
        return s / (s + lam)
    return s**2 / (s**2 + lam)
