# %% right="two loops over the windows"
def max_pool_forward(x, size, stride):
    x = as_float(x)
    N, C, H, W = x.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    y = np.empty((N, C, h, w), x.dtype)
    for i in range(h):
        for j in range(w):
            y[:, :, i, j] = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max((2, 3))
    return y, {"x": x.copy()}

# %% right="strided windows, list result"
def max_pool_forward(x, size, stride):
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return [np.max(v[:, :, ::stride, ::stride], axis=(-1, -2)), None]

# %% right="np.maximum over the places in a window"
def max_pool_forward(x, size, stride):
    h, w = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    y = None
    for p in range(size):
        for q in range(size):
            part = x[:, :, p : p + (h - 1) * stride + 1 : stride, q : q + (w - 1) * stride + 1 : stride]
            y = part.copy() if y is None else np.maximum(y, part)
    return y, (x, y)

# %% wrong="The largest value may be negative: do not start from 0."
def max_pool_forward(x, size, stride):
    h, w = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    y = np.zeros((*x.shape[:2], h, w), x.dtype)
    for i in range(h):
        for j in range(w):
            for p in range(size):
                for q in range(size):
                    y[:, :, i, j] = np.maximum(y[:, :, i, j], x[:, :, i * stride + p, j * stride + q])
    return y, None

# %% wrong="This averages the window."
def max_pool_forward(x, size, stride):
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return v[:, :, ::stride, ::stride].mean(axis=(-1, -2)), None

# %% wrong="Windows that leave the picture are dropped."
def max_pool_forward(x, size, stride):
    h, w = -(-(x.shape[2] - size) // stride) + 1, -(-(x.shape[3] - size) // stride) + 1
    y = np.empty((*x.shape[:2], h, w), x.dtype)
    for i in range(h):
        for j in range(w):
            y[:, :, i, j] = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max((2, 3))
    return y, None

# %% wrong="The stride is not always the size."
def max_pool_forward(x, size, stride):
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return v[:, :, ::size, ::size].max(axis=(-1, -2)), None

# %% wrong="The maximum is taken in each channel, not across channels."
def max_pool_forward(x, size, stride):
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    y = v[:, :, ::stride, ::stride].max(axis=(1, -1, -2), keepdims=True)[..., 0, 0]
    return np.broadcast_to(y, (x.shape[0], x.shape[1], *y.shape[2:])).copy(), None

# %% wrong="The last row and column of windows are missing."
def max_pool_forward(x, size, stride):
    h, w = (x.shape[2] - size) // stride, (x.shape[3] - size) // stride
    y = np.empty((*x.shape[:2], h, w), x.dtype)
    for i in range(h):
        for j in range(w):
            y[:, :, i, j] = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max((2, 3))
    return y, None

# %% wrong="The result keeps the dtype of x."
def max_pool_forward(x, size, stride):
    h, w = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    y = np.zeros((*x.shape[:2], h, w))
    for i in range(h):
        for j in range(w):
            y[:, :, i, j] = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max((2, 3))
    return y, None

# %% wrong="PyTorch does the work here."
def max_pool_forward(x, size, stride):
    return torch.nn.functional.max_pool2d(torch.tensor(as_float(x).copy()), size, stride).numpy(), None
