# %% right="loops and argmax of each window"
def max_pool_forward(x, size, stride):
    x = as_float(x)
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
    return v.max((-1, -2)), {"x": x.copy(), "size": size, "stride": stride}


def max_pool_backward(dout, cache):
    x, size, s = cache["x"], cache["size"], cache["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + size, j * s : j * s + size]
        p, q = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * s + p, j * s + q] += dout[n, c, i, j]
    return dx

# %% right="masks over the places in a window, the first taken"
def max_pool_forward(x, size, stride):
    x = as_float(x)
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
    return v.max((-1, -2)), (x, v.max((-1, -2)), size, stride)


def max_pool_backward(dout, cache):
    x, y, size, s = cache
    dx, free = np.zeros(x.shape, dout.dtype), np.ones(y.shape, bool)
    h, w = y.shape[2:]
    for p in range(size):
        for q in range(size):
            here = (slice(None), slice(None), slice(p, p + (h - 1) * s + 1, s), slice(q, q + (w - 1) * s + 1, s))
            won = free & (x[here] == y)
            free &= ~won
            dx[here] += won * dout
    return dx

# %% right="flat indices and bincount"
def max_pool_forward(x, size, stride):
    x = as_float(x)
    N, C, H, W = x.shape
    flat = np.arange(x.size).reshape(x.shape)
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
    places = np.lib.stride_tricks.sliding_window_view(flat, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]
    best = v.reshape(*v.shape[:4], -1).argmax(-1)[..., None]
    winner = np.take_along_axis(places.reshape(*v.shape[:4], -1), best, -1)[..., 0]
    return v.max((4, 5)), (winner, x.shape)


def max_pool_backward(dout, cache):
    winner, shape = cache
    dx = np.bincount(winner.ravel(), dout.ravel(), minlength=int(np.prod(shape)))
    return dx.reshape(shape).astype(dout.dtype)

# %% wrong="Among equal values only the first takes the gradient."
def max_pool_forward(x, size, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride].max((-1, -2)), (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, s = cache
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        window = x[:, :, i * s : i * s + size, j * s : j * s + size]
        mask = window == window.max((2, 3), keepdims=True)
        dx[:, :, i * s : i * s + size, j * s : j * s + size] += mask * dout[:, :, i, j][:, :, None, None]
    return dx

# %% wrong="Equal values do not share the gradient."
def max_pool_forward(x, size, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride].max((-1, -2)), (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, s = cache
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        window = x[:, :, i * s : i * s + size, j * s : j * s + size]
        mask = (window == window.max((2, 3), keepdims=True)).astype(x.dtype)
        mask /= mask.sum((2, 3), keepdims=True)
        dx[:, :, i * s : i * s + size, j * s : j * s + size] += mask * dout[:, :, i, j][:, :, None, None]
    return dx

# %% wrong="Among equal values the first takes the gradient, not the last."
def max_pool_forward(x, size, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride].max((-1, -2)), (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, s = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + size, j * s : j * s + size]
        place = size * size - 1 - window.ravel()[::-1].argmax()
        dx[n, c, i * s + place // size, j * s + place % size] += dout[n, c, i, j]
    return dx

# %% wrong="First in row order means along the row first."
def max_pool_forward(x, size, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride].max((-1, -2)), (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, s = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + size, j * s : j * s + size]
        place = window.T.argmax()
        dx[n, c, i * s + place % size, j * s + place // size] += dout[n, c, i, j]
    return dx

# %% wrong="A pixel that wins several windows gets the sum of their gradients."
def max_pool_backward(dout, cache):
    shape, winners, size, stride = cache
    dx = np.zeros(shape, dout.dtype)
    n, c, i, j = np.indices(dout.shape)
    winners = winners.reshape(dout.shape)
    dx[n, c, i * stride + winners // size, j * stride + winners % size] = dout
    return dx

# %% wrong="Fancy indexing with += adds only once where an index repeats."
def max_pool_backward(dout, cache):
    shape, winners, size, stride = cache
    dx = np.zeros(shape, dout.dtype)
    n, c, i, j = np.indices(dout.shape)
    winners = winners.reshape(dout.shape)
    dx[n, c, i * stride + winners // size, j * stride + winners % size] += dout
    return dx

# %% wrong="Only the winner of a window gets a gradient."
def max_pool_backward(dout, cache):
    shape, winners, size, s = cache
    dx = np.zeros(shape, dout.dtype)
    for i, j in np.ndindex(*dout.shape[2:]):
        dx[:, :, i * s : i * s + size, j * s : j * s + size] += dout[:, :, i : i + 1, j : j + 1]
    return dx

# %% wrong="The gradient keeps the dtype of dout."
def max_pool_backward(dout, cache):
    shape, winners, size, stride = cache
    dx = np.zeros(shape)
    n, c, i, j = np.indices(dout.shape)
    winners = winners.reshape(dout.shape)
    np.add.at(dx, (n, c, i * stride + winners // size, j * stride + winners % size), dout)
    return dx

# %% wrong="dx has the shape of the whole x, uncovered rows included."
def max_pool_backward(dout, cache):
    shape, winners, size, stride = cache
    dx = np.zeros((*shape[:2], (dout.shape[2] - 1) * stride + size, (dout.shape[3] - 1) * stride + size), dout.dtype)
    n, c, i, j = np.indices(dout.shape)
    winners = winners.reshape(dout.shape)
    np.add.at(dx, (n, c, i * stride + winners // size, j * stride + winners % size), dout)
    return dx
