# %% right="im2col by fancy indices and one matrix product"
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    h, wd = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    rows = stride * np.arange(h)[:, None, None, None] + np.arange(kh)[None, None, :, None]
    columns = stride * np.arange(wd)[None, :, None, None] + np.arange(kw)[None, None, None, :]
    cols = xp[:, :, rows, columns].transpose(0, 2, 3, 1, 4, 5).reshape(N * h * wd, -1)
    y = (cols @ w.reshape(F, -1).T + b).reshape(N, h, wd, F)
    return np.moveaxis(y, 3, 1)

# %% right="as_strided and einsum with optimize"
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.ascontiguousarray(np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)]))
    N, C, H, W = xp.shape
    F, _, kh, kw = w.shape
    h, wd = (H - kh) // stride + 1, (W - kw) // stride + 1
    a, c, r, s = xp.strides
    v = np.lib.stride_tricks.as_strided(xp, (N, C, h, wd, kh, kw), (a, c, r * stride, s * stride, r, s), writeable=False)
    return np.einsum("nchwpq,fcpq->nfhw", v, w, optimize=True) + b.reshape(-1, 1, 1)

# %% right="a loop over the taps of the kernel"
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    h, wd = (xp.shape[2] - w.shape[2]) // stride + 1, (xp.shape[3] - w.shape[3]) // stride + 1
    y = np.zeros((w.shape[0], x.shape[0], h, wd), x.dtype)
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            part = xp[:, :, p : p + (h - 1) * stride + 1 : stride, q : q + (wd - 1) * stride + 1 : stride]
            y += np.tensordot(w[:, :, p, q], part, axes=(1, 1))
    return y.swapaxes(0, 1) + b[:, None, None]

# %% right="one einsum, not optimized"
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None]

# %% wrong="Python loops over the pixels are what should go."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    kh, kw = w.shape[2:]
    y = np.zeros((len(x), len(w), (xp.shape[2] - kh) // stride + 1, (xp.shape[3] - kw) // stride + 1), x.dtype)
    for n, f, i, j in np.ndindex(*y.shape):
        y[n, f, i, j] = np.sum(xp[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw] * w[f]) + b[f]
    return y

# %% wrong="Moving the loops into a comprehension does not make them fast."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.array([[[[np.vdot(v[n, :, i, j], w[f]) + b[f] for j in range(v.shape[3])] for i in range(v.shape[2])] for f in range(len(w))] for n in range(len(x))], dtype=x.dtype)

# %% wrong="The filter is not flipped."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return (np.tensordot(v, w[:, :, ::-1, ::-1], axes=([1, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)

# %% wrong="The filters' axis belongs in second place."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b

# %% wrong="reshape does not move an axis: the filters' axis must be transposed into place."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b
    return y.reshape(y.shape[0], y.shape[3], y.shape[1], y.shape[2])

# %% wrong="The stride is ignored."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    return (np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)

# %% wrong="The padding is ignored."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return (np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)

# %% wrong="The bias is forgotten."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)

# %% wrong="PyTorch does the work here."
def fast_conv2d(x, w, b, stride=1, padding=0):
    x, w, b = (torch.from_numpy(np.array(as_float(a))) for a in (x, w, b))
    return torch.conv2d(x, w, b, stride=stride, padding=padding).numpy()

# %% wrong="The result should have the dtype of x."
def fast_conv2d(x, w, b, stride=1, padding=0):
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return (np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)
