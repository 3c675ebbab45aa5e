# %% right="size of an array of weights"
def conv_parameters(c_in, c_out, kernel, bias=False):
    weights = np.empty((c_out, c_in, kernel, kernel))
    return weights.size + (c_out if bias else 0)

# %% right="if and power"
def conv_parameters(c_in, c_out, kernel, bias=False):
    count = c_in * c_out * kernel**2
    if bias:
        count += c_out
    return count

# %% right="a sum over filters"
def conv_parameters(c_in, c_out, kernel, bias=False):
    return sum(sum(kernel * kernel for _ in range(c_in)) + int(bias) for _ in range(c_out))

# %% wrong="A filter spans all input channels."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_out * (kernel * kernel + bias)

# %% wrong="There is one bias for each output channel, not one in all."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_out * c_in * kernel * kernel + bias

# %% wrong="There is one bias for each output channel, not for each input channel."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_out * c_in * kernel * kernel + bias * c_in

# %% wrong="The kernel has two sides."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_out * (c_in * kernel + bias)

# %% wrong="Biases are counted although there are none."
def conv_parameters(c_in, c_out, kernel, bias=True):
    return c_out * (c_in * kernel * kernel + bias)

# %% wrong="Biases are left out."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_out * c_in * kernel * kernel

# %% wrong="A filter has one bias, not one for every kernel in it."
def conv_parameters(c_in, c_out, kernel, bias=False):
    return c_in * c_out * (kernel * kernel + bias)
