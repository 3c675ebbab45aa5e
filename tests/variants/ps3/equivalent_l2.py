# %% right="multiplication by a half"
def equivalent_l2(weight_decay):
    return 0.5 * weight_decay


# %% right="a 0-d array"
def equivalent_l2(weight_decay):
    return np.divide(weight_decay, 2)


# %% right="float of a fraction"
def equivalent_l2(weight_decay):
    gradient_factor = 2
    return float(weight_decay) / gradient_factor


# %% wrong="The penalty has no factor one half: its gradient is twice as large."
def equivalent_l2(weight_decay):
    return weight_decay


# %% wrong="It is the other way round: the penalty is the smaller of the two."
def equivalent_l2(weight_decay):
    return 2 * weight_decay


# %% wrong="Both updates are linear in their factors."
def equivalent_l2(weight_decay):
    return weight_decay**2


# %% wrong="A half is not rounded to whole numbers."
def equivalent_l2(weight_decay):
    return weight_decay // 2


# %% wrong="A penalty that pulls towards zero is positive, like the decay."
def equivalent_l2(weight_decay):
    return -weight_decay / 2
