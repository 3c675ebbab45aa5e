# %% right="a power"
def kaiming_std(fan_in):
    if fan_in <= 0:
        raise ValueError("fan_in must be positive")
    return (2 / fan_in) ** 0.5


# %% right="math.sqrt of the quotient of roots"
import math


def kaiming_std(fan_in):
    if not fan_in >= 1:
        raise ValueError(f"bad fan_in {fan_in}")
    return math.sqrt(2) / math.sqrt(fan_in)


# %% right="a 0-d array"
def kaiming_std(fan_in):
    if fan_in < 1:
        raise ValueError("fan_in")
    return np.sqrt(np.array(2.0) / fan_in)


# %% wrong="That is the variance; the standard deviation is its root."
def kaiming_std(fan_in):
    if fan_in < 1:
        raise ValueError("fan_in")
    return 2 / fan_in


# %% wrong="That is Xavier's scale; ReLU throws half of the second moment away."
def kaiming_std(fan_in):
    if fan_in < 1:
        raise ValueError("fan_in")
    return np.sqrt(1 / fan_in)


# %% wrong="A fan_in below 1 must be refused."
def kaiming_std(fan_in):
    return np.sqrt(2 / abs(fan_in or 1))


# %% wrong="A fan_in of 1 is allowed."
def kaiming_std(fan_in):
    if fan_in <= 1:
        raise ValueError("fan_in")
    return np.sqrt(2 / fan_in)


# %% wrong="fan_in = 0 must be refused, too."
def kaiming_std(fan_in):
    if fan_in < 0:
        raise ValueError("fan_in")
    with np.errstate(all="ignore"):
        return np.sqrt(np.float64(2) / fan_in)


# %% wrong="That is the bound of a uniform distribution; the standard deviation is asked for."
def kaiming_std(fan_in):
    if fan_in < 1:
        raise ValueError("fan_in")
    return np.sqrt(6 / fan_in)
