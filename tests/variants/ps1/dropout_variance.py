# %% right="moments put together"
def dropout_variance(p):
    if np.any(np.less(p, 0)) or np.any(np.greater_equal(p, 1)):
        raise ValueError("p must lie in [0, 1)")
    return 0.5 / (1 - p) - 1 / (2 * np.pi)

# %% right="from relu_moments"
def dropout_variance(p):
    p = np.asarray(p, dtype=float)
    if (p < 0).any() or (p >= 1).any():
        raise ValueError("p")
    mean, variance = relu_moments()
    return variance + p / (1 - p) * (variance + mean**2)

# %% right="one entry at a time"
import math

def dropout_variance(p):
    values = np.array(p, dtype=float)
    flat = []
    for q in values.ravel().tolist():
        if not 0 <= q < 1:
            raise ValueError(f"p = {q}")
        flat.append((math.pi - 1 + q) / (2 * math.pi * (1 - q)))
    return np.array(flat).reshape(values.shape)

# %% wrong="The square of the mean does not depend on p."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return (np.pi - 1 + p * (2 - np.pi)) / (2 * np.pi * (1 - p))

# %% wrong="The variance of h is only divided by 1 - p: the mask adds variance to the mean as well."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return (0.5 - 1 / (2 * np.pi)) / (1 - p)

# %% wrong="Var(h) times Var(m) is not the variance of the product."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return (0.5 - 1 / (2 * np.pi)) * p / (1 - p)

# %% wrong="The factor 1 / (1 - p) is missing: these units are not rescaled."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return 0.5 * (1 - p) - (1 - p) ** 2 / (2 * np.pi)

# %% wrong="p and 1 - p are swapped: p is the probability of dropping."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return 0.5 / np.where(np.asarray(p) > 0, p, 1) - 1 / (2 * np.pi)

# %% wrong="This is the second moment: subtract the square of the mean."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return 0.5 / (1 - p)

# %% wrong="p = 1 should raise a ValueError."
def dropout_variance(p):
    if not np.all((0 <= np.asarray(p)) & (np.asarray(p) <= 1)):
        raise ValueError("p")
    return 0.5 / (1 - np.float64(p)) - 1 / (2 * np.pi)

# %% wrong="Only a single p is checked and computed: p may be an array."
def dropout_variance(p):
    if not 0 <= p < 1:
        raise ValueError("p")
    return 0.5 / (1 - p) - 1 / (2 * np.pi)

# %% wrong="An array with one bad p should raise a ValueError, even if the others are fine."
def dropout_variance(p):
    if not np.any((0 <= np.asarray(p)) & (np.asarray(p) < 1)):
        raise ValueError("p")
    return 0.5 / (1 - p) - 1 / (2 * np.pi)
