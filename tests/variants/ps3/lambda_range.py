# %% right="odds, sorted ascending"
def lambda_range(singular_values, keep, at_least, at_most):
    s = sorted(float(v) for v in singular_values)
    k = len(s) - keep
    high = s[k] ** 2 * (1 / at_least - 1) if keep > 0 else float("inf")
    low = s[k - 1] ** 2 * (1 / at_most - 1) if k > 0 else 0
    if high < low:
        raise ValueError("there is no such lambda")
    return (low, high)


# %% right="every constraint by itself"
def lambda_range(singular_values, keep, at_least, at_most):
    low, high = 0.0, np.inf
    for rank, s in enumerate(sorted(list(singular_values), reverse=True)):
        if rank < keep:
            high = min(high, (s**2 - at_least * s**2) / at_least)
        else:
            low = max(low, (s**2 - at_most * s**2) / at_most)
    if low > high:
        raise ValueError("no lambda")
    return [low, high]


# %% right="np.partition-like with argsort, an array as result"
def lambda_range(singular_values, keep, at_least, at_most):
    values = np.array(singular_values, dtype=float)
    order = np.argsort(-values)
    top, rest = values[order[:keep]], values[order[keep:]]
    high = np.min(top**2, initial=np.inf) * (1 - at_least) / at_least
    low = np.max(rest**2, initial=0) * (1 - at_most) / at_most
    if low > high:
        raise ValueError("none")
    return np.array([low, high])


# %% wrong="The values come in any order: sort them, largest first."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.asarray(singular_values, dtype=float)
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="The strictest kept value is the smallest of them."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[0] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="The strictest of the others is the largest of them."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[-1] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="The singular values enter squared."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="A range of one point is a range."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low >= high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="A range without any lambda must raise a ValueError."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    return low, high


# %% wrong="The first bound is the smaller one: (low, high)."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return high, low


# %% wrong="Solve for lambda: the shrinkage a means lambda = sigma^2 (1 - a) / a."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * at_least / (1 - at_least) if keep > 0 else np.inf
    low = s[keep] ** 2 * at_most / (1 - at_most) if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="at_least belongs to the kept values, at_most to the others."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_most) / at_most if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_least) / at_least if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="When no value is kept there is no upper bound."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least 
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="When all values are kept the lower bound is 0."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="keep counts values: the last one kept has the index keep - 1."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[min(keep, len(s) - 1)] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        raise ValueError("no lambda")
    return low, high


# %% wrong="An impossible range is an error, not an empty pair."
def lambda_range(singular_values, keep, at_least, at_most):
    s = np.sort(np.asarray(singular_values, dtype=float))[::-1]
    high = s[keep - 1] ** 2 * (1 - at_least) / at_least if keep > 0 else np.inf
    low = s[keep] ** 2 * (1 - at_most) / at_most if keep < len(s) else 0.0
    if low > high:
        return np.nan, np.nan
    return low, high
