# %% right="kron-like scattering with strided slices over the kernel"
def conv_transpose2d(x, k, stride=1):
    x, k = np.array(x), np.array(k)
    dtype = np.float32 if x.dtype == np.float32 and k.dtype == np.float32 else np.float64
    h, w = x.shape
    y = np.zeros((stride * (h - 1) + k.shape[0], stride * (w - 1) + k.shape[1]), dtype)
    for p in range(k.shape[0]):
        for q in range(k.shape[1]):
            y[p : p + stride * (h - 1) + 1 : stride, q : q + stride * (w - 1) + 1 : stride] += k[p, q] * x
    return y

# %% right="zeros between the pixels, then a full convolution with the flipped kernel"
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    wide = np.zeros(((x.shape[0] - 1) * stride + 1, (x.shape[1] - 1) * stride + 1), x.dtype)
    wide[::stride, ::stride] = x
    kh, kw = k.shape
    wide = np.pad(wide, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (kh, kw))
    return np.einsum("ijpq,pq->ij", windows, k[::-1, ::-1])

# %% right="outer product and np.add.at"
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    copies = np.einsum("ij,pq->ijpq", x, k)
    i, j, p, q = np.indices(copies.shape)
    y = np.zeros(((x.shape[0] - 1) * stride + k.shape[0], (x.shape[1] - 1) * stride + k.shape[1]), copies.dtype)
    np.add.at(y, (i * stride + p, j * stride + q), copies)
    return y

# %% wrong="Overlapping copies add up, they do not overwrite each other."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    y = np.zeros(((x.shape[0] - 1) * stride + k.shape[0], (x.shape[1] - 1) * stride + k.shape[1]), x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] = x[i, j] * k
    return y

# %% wrong="The kernel is not flipped."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)[::-1, ::-1]
    y = np.zeros(((x.shape[0] - 1) * stride + k.shape[0], (x.shape[1] - 1) * stride + k.shape[1]), x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] += x[i, j] * k
    return y

# %% wrong="The stride is ignored."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    y = np.zeros((x.shape[0] - 1 + k.shape[0], x.shape[1] - 1 + k.shape[1]), x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i : i + k.shape[0], j : j + k.shape[1]] += x[i, j] * k
    return y

# %% wrong="The output is too large: the last copy ends where the picture ends."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    y = np.zeros((x.shape[0] * stride + k.shape[0] - 1, x.shape[1] * stride + k.shape[1] - 1), x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] += x[i, j] * k
    return y

# %% wrong="Integer data must count as float64."
def conv_transpose2d(x, k, stride=1):
    x, k = np.asarray(x), np.asarray(k)
    y = np.zeros(((x.shape[0] - 1) * stride + k.shape[0], (x.shape[1] - 1) * stride + k.shape[1]), np.result_type(x, k))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] += x[i, j] * k
    return y

# %% wrong="float32 pictures should give float32 results."
def conv_transpose2d(x, k, stride=1):
    x, k = np.asarray(x, float), np.asarray(k, float)
    y = np.zeros(((x.shape[0] - 1) * stride + k.shape[0], (x.shape[1] - 1) * stride + k.shape[1]))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] += x[i, j] * k
    return y

# %% wrong="This is the ordinary convolution; the transposed one enlarges the picture."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    kh, kw = k.shape
    return np.array([[np.sum(x[i : i + kh, j : j + kw] * k) for j in range(0, x.shape[1] - kw + 1, stride)] for i in range(0, x.shape[0] - kh + 1, stride)])

# %% wrong="Height and width of a kernel may differ."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    s = k.shape[0]
    y = np.zeros(((x.shape[0] - 1) * stride + s, (x.shape[1] - 1) * stride + s), x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i * stride : i * stride + s, j * stride : j * stride + s] += x[i, j] * k
    return y

# %% wrong="PyTorch does the work here."
def conv_transpose2d(x, k, stride=1):
    x, k = as_float(x), as_float(k)
    return nn.functional.conv_transpose2d(torch.tensor(x.copy())[None, None], torch.tensor(k.copy())[None, None], stride=stride)[0, 0].numpy()
