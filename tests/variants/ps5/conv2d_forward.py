# %% right="six plain loops"
def conv2d_forward(x, w, b, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    h, wd = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    y = np.zeros((N, F, h, wd), dtype)
    for n in range(N):
        for f in range(F):
            for i in range(h):
                for j in range(wd):
                    total = float(b[f])
                    for p in range(kh):
                        for q in range(kw):
                            u, v = i * stride + p - padding, j * stride + q - padding
                            if 0 <= u < H and 0 <= v < W:
                                total += float(np.dot(x[n, :, u, v].astype(float), w[f, :, p, q]))
                    y[n, f, i, j] = total
    return y, (x, w, b, stride, padding)


def conv2d_backward(dout, cache):
    return None

# %% right="strided windows and einsum, cache as a dict"
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding), x.dtype)
    xp[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.einsum("nchwpq,fcpq->nfhw", v, w) + b.reshape(1, -1, 1, 1)
    return y.astype(x.dtype), {"x": x, "w": w, "stride": stride, "padding": padding}

# %% right="im2col with fancy indices, list result"
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    h, wd = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    rows = stride * np.arange(h)[:, None, None, None] + np.arange(kh)[None, None, :, None]
    columns = stride * np.arange(wd)[None, :, None, None] + np.arange(kw)[None, None, None, :]
    cols = xp[:, :, rows, columns].transpose(0, 2, 3, 1, 4, 5).reshape(N * h * wd, -1)
    y = (cols @ w.reshape(F, -1).T + b).reshape(N, h, wd, F)
    return [np.moveaxis(y, 3, 1), lambda dout: dout]

# %% right="a sum over the taps of the kernel"
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    h, wd = (xp.shape[2] - w.shape[2]) // stride + 1, (xp.shape[3] - w.shape[3]) // stride + 1
    y = np.zeros((x.shape[0], w.shape[0], h, wd), x.dtype) + b.astype(x.dtype)[:, None, None]
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            part = xp[:, :, p : p + (h - 1) * stride + 1 : stride, q : q + (wd - 1) * stride + 1 : stride]
            y = y + np.einsum("nchw,fc->nfhw", part, w[:, :, p, q].astype(x.dtype))
    return y, None

# %% wrong="The filter is not flipped."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w[:, :, ::-1, ::-1]) + b[:, None, None], None

# %% wrong="The bias is forgotten."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w), None

# %% wrong="The padding is made of zeros, not of copies of the border."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2), mode="edge")
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None], None

# %% wrong="The stride is ignored when the windows are placed."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    h, wd = (xp.shape[2] - w.shape[2]) // stride + 1, (xp.shape[3] - w.shape[3]) // stride + 1
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, :h, :wd]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None], None

# %% wrong="Height and width of the output are exchanged."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfwh", v, w) + b[:, None, None], None

# %% wrong="Kernels need not be square."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    k = w.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    h, wd = (xp.shape[2] - k) // stride + 1, (xp.shape[3] - k) // stride + 1
    y = np.zeros((len(x), len(w), h, wd), x.dtype)
    for i in range(h):
        for j in range(wd):
            window = xp[:, None, :, i * stride : i * stride + k, j * stride : j * stride + k]
            y[:, :, i, j] = (window * w).sum(axis=(2, 3, 4)) + b
    return y, None

# %% wrong="The last row and column of windows are missing."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, :-1:stride, :-1:stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None], None

# %% wrong="The output should have the dtype of x."
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = x.astype(np.float64)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None], None

# %% wrong="Integers must count as float64."
def conv2d_forward(x, w, b, stride=1, padding=0):
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return (np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None]).astype(x.dtype), None

# %% wrong="PyTorch does the work here."
def conv2d_forward(x, w, b, stride=1, padding=0):
    import torch.nn.functional as F

    y = F.conv2d(*(torch.from_numpy(np.array(as_float(a))) for a in (x, w, b)), stride=stride, padding=padding)
    return y.numpy(), None

# %% wrong="Changing w in place hits the caller's array."
def conv2d_forward(x, w, b, stride=1, padding=0):
    w *= 1.5
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w / 1.5) + b[:, None, None], None
