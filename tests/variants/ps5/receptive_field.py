# %% right="from the last layer down"
def receptive_field(layers):
    side = 1
    for kernel, stride, dilation in layers[::-1]:
        side = (side - 1) * stride + (kernel - 1) * dilation + 1
    return side

# %% right="sum with a product of strides"
def receptive_field(layers):
    steps = np.cumprod([1] + [stride for _, stride, _ in layers])
    return int(1 + sum((k - 1) * d * int(s) for (k, _, d), s in zip(layers, steps)))

# %% right="recursion"
def receptive_field(layers):
    if not layers:
        return 1
    kernel, stride, dilation = layers[0]
    return (receptive_field(layers[1:]) - 1) * stride + dilation * (kernel - 1) + 1

# %% wrong="Strides of the layers below stretch what a layer sees."
def receptive_field(layers):
    return 1 + sum((k - 1) * d for k, s, d in layers)

# %% wrong="Dilation is left out."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in layers:
        field += (k - 1) * step
        step *= s
    return field

# %% wrong="A layer's own stride does not widen what one of its values sees."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in layers:
        step *= s
        field += (k - 1) * d * step
    return field

# %% wrong="A dilated kernel of k taps does not span k times d values."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in layers:
        field += (k * d - 1) * step
        step *= s
    return field

# %% wrong="The layers come first layer first."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in reversed(layers):
        field += (k - 1) * d * step
        step *= s
    return field

# %% wrong="Dilations do not accumulate from layer to layer, strides do."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in layers:
        field += (k - 1) * d * step
        step *= s * d
    return field

# %% wrong="Strides multiply, they do not add."
def receptive_field(layers):
    field, step = 1, 1
    for k, s, d in layers:
        field += (k - 1) * d * step
        step += s - 1
    return field

# %% wrong="Holes inside the window count as part of it."
def receptive_field(layers):
    seen = {0}
    for k, s, d in reversed(layers):
        seen = {i * s + p * d for i in seen for p in range(k)}
    return len(seen)

# %% wrong="The field before the first layer is one pixel."
def receptive_field(layers):
    field, step = 0, 1
    for k, s, d in layers:
        field += (k - 1) * d * step
        step *= s
    return field
