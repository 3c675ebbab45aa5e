# %% right="sizes of two arrays"
def separable_parameters(c_in, c_out, kernel, bias=False):
    depthwise, pointwise = np.empty((c_in, 1, kernel, kernel)), np.empty((c_out, c_in, 1, 1))
    return int(depthwise.size + pointwise.size + c_out * bool(bias))

# %% right="if and power"
def separable_parameters(c_in, c_out, kernel, bias=False):
    count = c_in * (kernel**2 + c_out)
    if bias:
        count += c_out
    return count

# %% right="two steps"
def separable_parameters(c_in, c_out, kernel, bias=False):
    depth = sum(kernel * kernel for _ in range(c_in))
    point = sum(c_in + (1 if bias else 0) for _ in range(c_out))
    return depth + point

# %% wrong="The depthwise step has no biases."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * (kernel * kernel + bias) + c_out * (c_in + bias)

# %% wrong="The depthwise step has one kernel for each input channel, not for each output channel."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_out * kernel * kernel + c_out * (c_in + bias)

# %% wrong="The two steps' numbers add up, they do not multiply."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * kernel * kernel * c_out * (c_in + bias)

# %% wrong="The pointwise step is missing."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * kernel * kernel + bias * c_out

# %% wrong="The pointwise step has as many biases as outputs."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * kernel * kernel + c_out * c_in + bias * c_in

# %% wrong="The biases are left out."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * kernel * kernel + c_out * c_in

# %% wrong="This counts an ordinary convolution."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_out * (c_in * kernel * kernel + bias)

# %% wrong="The kernel has two sides."
def separable_parameters(c_in, c_out, kernel, bias=False):
    return c_in * kernel + c_out * (c_in + bias)
