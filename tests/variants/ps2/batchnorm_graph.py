# %% right="list of tuples"
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y')]

# %% right="tuple of lists, with the mean inside the variance"
def batchnorm_graph():
    return (['X', 'mu'], ['X', 'var'], ['X', 'Z'], ['mu', 'Z'], ['var', 'Z'], ['Z', 'Y'], ['gamma', 'Y'], ['beta', 'Y'], ['mu', 'var'])

# %% right="frozenset from a dict of parents"
def batchnorm_graph():
    parents = {"mu": ["X"], "var": ["X"], "Z": ["X", "mu", "var"], "Y": ["Z", "gamma", "beta"]}
    return frozenset((a, b) for b, froms in parents.items() for a in froms)

# %% right="list with an edge twice"
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('X', 'mu')]

# %% wrong="The normalized value uses the batch directly, not just its statistics."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y')]

# %% wrong="The variance is computed from the batch."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('mu', 'var')]

# %% wrong="The variance is used in the normalized value."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y')]

# %% wrong="The mean is used in the normalized value."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('mu', 'var')]

# %% wrong="An edge goes from what is used to what is computed."
def batchnorm_graph():
    return [('mu', 'X'), ('var', 'X'), ('Z', 'X'), ('Z', 'mu'), ('Z', 'var'), ('Y', 'Z'), ('Y', 'gamma'), ('Y', 'beta')]

# %% wrong="The scale and the shift act on the normalized value, not inside it."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Z'), ('beta', 'Z')]

# %% wrong="The output is computed from the normalized value alone, apart from scale and shift."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('X', 'Y')]

# %% wrong="In training the mean does not come from the variance."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('var', 'mu')]

# %% wrong="The shift is missing."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y')]

# %% wrong="The statistics act on the output by the normalized value only."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('Z', 'Y'), ('gamma', 'Y'), ('beta', 'Y'), ('mu', 'Y'), ('var', 'Y')]

# %% wrong="The names of the nodes are those of the table."
def batchnorm_graph():
    return [('x', 'mu'), ('x', 'var'), ('x', 'z'), ('mu', 'z'), ('var', 'z'), ('z', 'y'), ('gamma', 'y'), ('beta', 'y')]

# %% wrong="The last step is missing."
def batchnorm_graph():
    return [('X', 'mu'), ('X', 'var'), ('X', 'Z'), ('mu', 'Z'), ('var', 'Z'), ('gamma', 'Y'), ('beta', 'Y')]
