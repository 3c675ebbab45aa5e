# %% right="vectorised by broadcasting over layers"
def init_pdf(x, layers):
    x = np.asarray(x, dtype=float)
    fan_in = np.array([a for a, b in layers], dtype=float)
    n = np.array([a * b + b for a, b in layers], dtype=float)
    bound = 1 / np.sqrt(fan_in)
    inside = np.abs(x)[..., None] <= bound
    return (inside * (n / n.sum() / (2 * bound))).sum(-1)


# %% right="plain Python loops, a list of floats"
import math


def init_pdf(x, layers):
    total = 0
    for i, o in layers:
        total += i * o + o
    result = []
    for value in x:
        p = 0.0
        for i, o in layers:
            k = 1 / math.sqrt(i)
            if -k < value < k:
                p += (i * o + o) / total / (2 * k)
        result.append(p)
    return np.array(result)


# %% right="np.where with a running sum of parameters"
def init_pdf(x, layers):
    points, total, params = np.array(x), 0, 0
    for fan_in, fan_out in layers:
        k = fan_in**-0.5
        count = (fan_in + 1) * fan_out
        total = total + count * np.where((points >= -k) & (points <= k), 0.5 / k, 0.0)
        params += count
    return total / params


# %% wrong="Each layer counts with its number of parameters, not equally."
def init_pdf(x, layers):
    x = np.asarray(x)
    return sum((np.abs(x) < a**-0.5) * a**0.5 / 2 for a, b in layers) / len(layers)


# %% wrong="The biases are drawn from the same distribution and belong into the urn, too."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b for a, b in layers)
    return sum(a * b / total * (np.abs(x) < a**-0.5) * a**0.5 / 2 for a, b in layers)


# %% wrong="The interval reaches to both sides of zero: it is twice as long as its bound."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b + b for a, b in layers)
    return sum((a * b + b) / total * (np.abs(x) < a**-0.5) * a**0.5 for a, b in layers)


# %% wrong="The bound depends on fan_in, not on fan_out."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b + b for a, b in layers)
    return sum((a * b + b) / total * (np.abs(x) < b**-0.5) * b**0.5 / 2 for a, b in layers)


# %% wrong="The bound is one over the root of fan_in, not one over fan_in."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b + b for a, b in layers)
    return sum((a * b + b) / total * (np.abs(x) < 1 / a) * a / 2 for a, b in layers)


# %% wrong="The parameters are uniform, not normal."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b + b for a, b in layers)
    density = 0
    for a, b in layers:
        s = (1 / (3 * a)) ** 0.5
        density = density + (a * b + b) / total * np.exp(-(x**2) / 2 / s**2) / s / (2 * np.pi) ** 0.5
    return density


# %% wrong="There is one bias for each output of a layer, not one for each input."
def init_pdf(x, layers):
    x = np.asarray(x)
    total = sum(a * b + a for a, b in layers)
    return sum((a * b + a) / total * (np.abs(x) < a**-0.5) * a**0.5 / 2 for a, b in layers)


# %% wrong="A density integrates to one: divide by the number of all parameters."
def init_pdf(x, layers):
    x = np.asarray(x)
    return sum((a * b + b) * (np.abs(x) < a**-0.5) * a**0.5 / 2 for a, b in layers)
