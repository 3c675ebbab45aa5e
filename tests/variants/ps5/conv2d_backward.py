# %% right="plain loops over n, f, i, j with a cache of its own"
def conv2d_forward(x, w, b, stride=1, padding=0):
    y = fast_conv2d_here(as_float(x), w, b, stride, padding)
    return y, {"x": as_float(x), "w": w, "s": stride, "p": padding}


def fast_conv2d_here(x, w, b, stride, padding):
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None]


def conv2d_backward(dout, cache):
    x, w, s, p = cache["x"], cache["w"], cache["s"], cache["p"]
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros(F, w.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    g = dout[n, f, i, j]
                    db[f] += g
                    dw[f] += g * xp[n, :, i * s : i * s + kh, j * s : j * s + kw]
                    dxp[n, :, i * s : i * s + kh, j * s : j * s + kw] += g * w[f]
    return dxp[:, :, p : H + p, p : W + p], dw, db

# %% right="a loop over the taps, on the reference's forward pass replaced"
def conv2d_forward(x, w, b, stride=1, padding=0):
    x = as_float(x)
    xp = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwpq,fcpq->nfhw", v, w) + b[:, None, None], (x, w, b, stride, padding)


def conv2d_backward(dout, cache):
    x, w, b, s, pad = cache
    xp = np.pad(x, ((0, 0), (0, 0), (pad,) * 2, (pad,) * 2))
    h, wd = dout.shape[2:]
    dxp, dw = np.zeros_like(xp), np.empty_like(w)
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            here = (slice(None), slice(None), slice(p, p + (h - 1) * s + 1, s), slice(q, q + (wd - 1) * s + 1, s))
            dw[:, :, p, q] = np.einsum("nfij,ncij->fc", dout, xp[here])
            dxp[here] += np.einsum("nfij,fc->ncij", dout, w[:, :, p, q])
    return [dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]].copy(), dw, np.einsum("nfij->f", dout)]

# %% right="im2col and np.add.at"
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
    return np.moveaxis(y, 3, 1), (cols, rows, columns, xp.shape, w, padding)


def conv2d_backward(dout, cache):
    cols, rows, columns, shape, w, padding = cache
    N, F, h, wd = dout.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (flat.T @ cols).reshape(w.shape)
    dcols = (flat @ w.reshape(F, -1)).reshape(N, h, wd, *w.shape[1:]).transpose(0, 3, 1, 2, 4, 5)
    dxp = np.zeros(shape, dout.dtype)
    np.add.at(dxp, (slice(None), slice(None), rows, columns), dcols)
    end = (-padding) or None
    return dxp[:, :, padding:end, padding:end], dw, flat.sum(0)

# %% wrong="The padding must be cut off in dx, at its own width."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp, dw, dout.sum((0, 2, 3))

# %% wrong="Overlapping windows add up in dx."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] = np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout.sum((0, 2, 3))

# %% wrong="The gradients are sums over the pictures, not means."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here]) / len(dout)
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout.mean(0).sum((1, 2))

# %% wrong="The bias is used at every pixel."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout[:, :, 0, 0].sum(0)

# %% wrong="In dx each output goes back through the filter as it stands, not flipped."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w[:, :, ::-1, ::-1])
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout.sum((0, 2, 3))

# %% wrong="The stride also moves the windows of the backward pass."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i, i + w.shape[2]), slice(j, j + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout.sum((0, 2, 3))

# %% wrong="With padding 0 the slice [0:-0] is empty."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad:-pad, pad:-pad], dw, dout.sum((0, 2, 3))

# %% wrong="The gradients are returned in the order dx, dw, db."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dw, dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dout.sum((0, 2, 3))

# %% wrong="float32 gradients should stay float32."
def conv2d_backward(dout, cache):
    xp, w, s, pad = cache
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i, j in np.ndindex(*dout.shape[2:]):
        here = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
        dw += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], xp[here])
        dxp[here] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], w)
    return dxp[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad], dw, dout.sum((0, 2, 3))
