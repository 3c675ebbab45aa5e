# %% right="math functions"
import math

def relu_moments():
    return 1 / math.sqrt(2 * math.pi), 0.5 - 1 / (2 * math.pi)

# %% right="a NumPy array"
def relu_moments():
    return np.array([(2 * np.pi) ** -0.5, (np.pi - 1) / (2 * np.pi)])

# %% right="numerical integration"
def relu_moments():
    z = np.linspace(0, 14, 2_000_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    step = z[1]
    first = np.sum(z * density) * step
    second = np.sum(z**2 * density) * step
    return [first, second - first**2]

# %% wrong="The second number is the mean of h squared: subtract the square of the mean."
def relu_moments():
    return 1 / np.sqrt(2 * np.pi), 0.5

# %% wrong="This is the standard deviation, not the variance."
def relu_moments():
    return 1 / np.sqrt(2 * np.pi), np.sqrt(0.5 - 1 / (2 * np.pi))

# %% wrong="These are the moments of |z|: half of the probability sits at zero."
def relu_moments():
    return np.sqrt(2 / np.pi), 1 - 2 / np.pi

# %% wrong="The density is divided by 2 pi instead of its square root."
def relu_moments():
    return 1 / (2 * np.pi), 0.5 - 1 / (2 * np.pi) ** 2

# %% wrong="A simulation is not exact."
def relu_moments():
    h = np.maximum(np.random.default_rng(5).normal(size=1_000_000), 0)
    return h.mean(), h.var()

# %% wrong="Mean and variance are swapped."
def relu_moments():
    return 0.5 - 1 / (2 * np.pi), 1 / np.sqrt(2 * np.pi)

# %% wrong="The sign of the mean squared is wrong: subtract it."
def relu_moments():
    return 1 / np.sqrt(2 * np.pi), 0.5 + 1 / (2 * np.pi)
