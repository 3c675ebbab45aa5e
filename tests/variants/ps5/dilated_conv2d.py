# %% right="a kernel with zeros between its taps"
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    wide = np.zeros(((k.shape[0] - 1) * dilation + 1, (k.shape[1] - 1) * dilation + 1), k.dtype)
    wide[::dilation, ::dilation] = k
    windows = np.lib.stride_tricks.sliding_window_view(x, wide.shape)
    return (windows * wide).sum(axis=(2, 3))

# %% right="strided windows and einsum"
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    span = tuple((side - 1) * dilation + 1 for side in k.shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:, :, ::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k)

# %% right="four loops over nested lists"
def dilated_conv2d(x, k, dilation):
    single = getattr(x, "dtype", None) == np.float32
    kh, kw = len(k), len(k[0])
    h, w = len(x) - (kh - 1) * dilation, len(x[0]) - (kw - 1) * dilation
    y = [[0.0] * w for _ in range(h)]
    for i in range(h):
        for j in range(w):
            for p in range(kh):
                for q in range(kw):
                    y[i][j] += float(k[p][q]) * float(x[i + p * dilation][j + q * dilation])
    return np.array(y, dtype=np.float32 if single else np.float64)

# %% wrong="Dilation is not stride: every position counts, the taps stand apart."
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)[::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k)

# %% wrong="At dilation 2 one pixel stays free between neighbouring taps, not two."
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    d = dilation + 1
    h, w = x.shape[0] - (k.shape[0] - 1) * d, x.shape[1] - (k.shape[1] - 1) * d
    return np.array([[sum(k[p, q] * x[i + p * d, j + q * d] for p in range(k.shape[0]) for q in range(k.shape[1])) for j in range(max(w, 0))] for i in range(max(h, 0))])

# %% wrong="The filter is not flipped in cross-correlation."
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)[::-1, ::-1]
    span = tuple((side - 1) * dilation + 1 for side in k.shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:, :, ::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k)

# %% wrong="The last position is missing."
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    h, w = x.shape[0] - k.shape[0] * dilation + 1, x.shape[1] - k.shape[1] * dilation + 1
    y = np.zeros((max(h, 1), max(w, 1)), x.dtype)
    for p, q in np.ndindex(*k.shape):
        y += k[p, q] * x[p * dilation : p * dilation + y.shape[0], q * dilation : q * dilation + y.shape[1]]
    return y

# %% wrong="Integer data must count as float64, and lists hold numbers of any kind."
def dilated_conv2d(x, k, dilation):
    x, k = np.asarray(x), np.asarray(k)
    span = tuple((side - 1) * dilation + 1 for side in k.shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:, :, ::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k)

# %% wrong="Nested lists are accepted as well."
def dilated_conv2d(x, k, dilation):
    span = tuple((side - 1) * dilation + 1 for side in k.shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:, :, ::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k).astype(np.result_type(x, np.float32))

# %% wrong="Height and width of a kernel may differ."
def dilated_conv2d(x, k, dilation):
    x, k = as_float(x), as_float(k)
    span = ((k.shape[0] - 1) * dilation + 1,) * 2
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:, :, ::dilation, ::dilation]
    return np.einsum("ijpq,pq->ij", windows, k)
