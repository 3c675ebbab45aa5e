# %% right="the normal equations after a rank check"
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k < 1 or o.size < 1:
        raise ValueError("the lengths fit no filter")
    A = np.array([s[i : i + k] for i in range(o.size)])
    if np.linalg.matrix_rank(A) < k:
        raise ValueError("no unique filter")
    f = np.linalg.solve(A.T @ A, A.T @ o)
    if np.max(np.abs(A @ f - o)) > 1e-6 * (1 + np.max(np.abs(o))):
        raise ValueError("no filter")
    return f

# %% right="pseudo-inverse, list result"
def recover_filter(signal, output):
    signal, output = list(map(float, signal)), list(map(float, output))
    n, m = len(signal), len(output)
    if m == 0 or m > n or n - m + 1 > m:
        raise ValueError("lengths")
    k = n - m + 1
    A = np.stack([signal[i : i + k] for i in range(m)])
    u, s, vt = np.linalg.svd(A, full_matrices=False)
    if s[-1] <= 1e-10 * max(s[0], 1e-300):
        raise ValueError("singular")
    f = vt.T @ ((u.T @ output) / s)
    if not np.allclose(A @ f, output):
        raise ValueError("inconsistent")
    return f.tolist()

# %% right="index arithmetic and QR"
def recover_filter(signal, output):
    signal, output = np.asarray(signal, float), np.asarray(output, float)
    m = len(output)
    k = len(signal) - m + 1
    if m < 1 or k < 1 or m < k:
        raise ValueError("lengths")
    A = signal[np.arange(m)[:, None] + np.arange(k)]
    q, r = np.linalg.qr(A)
    if np.abs(np.diag(r)).min() < 1e-9 * np.abs(A).max() or not A.any():
        raise ValueError("more than one filter")
    f = np.linalg.solve(r, q.T @ output)
    if np.abs(A @ f - output).max() > 1e-8 * (1 + np.abs(output).max()):
        raise ValueError("no filter")
    return f

# %% wrong="The filter is not flipped in cross-correlation."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k < 1 or o.size < 1:
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(o.size)])
    f, _, rank, _ = np.linalg.lstsq(A, o, rcond=None)
    if rank < k or not np.allclose(A @ f, o):
        raise ValueError("no filter")
    return f[::-1]

# %% wrong="Least squares always gives some filter, also when none gives this output exactly."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k < 1 or o.size < 1:
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(o.size)])
    f, _, rank, _ = np.linalg.lstsq(A, o, rcond=None)
    if rank < k:
        raise ValueError("more than one")
    return f

# %% wrong="Where many filters give this output, none of them is the answer."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k < 1 or o.size < 1:
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(o.size)])
    f = np.linalg.lstsq(A, o, rcond=None)[0]
    if not np.allclose(A @ f, o):
        raise ValueError("none")
    return f

# %% wrong="There may be more equations than taps: use them all."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k < 1 or len(o) < k:
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(k)])
    try:
        return np.linalg.solve(A, o[:k])
    except np.linalg.LinAlgError:
        raise ValueError("singular")

# %% wrong="There may be more equations than taps: the matrix need not be square."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size + 1
    if k != len(o):
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(k)])
    try:
        return np.linalg.solve(A, o)
    except np.linalg.LinAlgError:
        raise ValueError("singular")

# %% wrong="Lengths that fit no filter need a ValueError."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = len(s) - len(o) + 1
    if k < 1 or len(o) == 0:
        return np.array([])
    A = np.array([s[i : i + k] for i in range(len(o))])
    f, _, rank, _ = np.linalg.lstsq(A, o, rcond=None)
    if rank < k or not np.allclose(A @ f, o):
        raise ValueError("no filter")
    return f

# %% wrong="The length of the filter is off by one."
def recover_filter(signal, output):
    s, o = np.array(signal, dtype=float), np.array(output, dtype=float)
    k = s.size - o.size
    if k < 1 or o.size < 1:
        raise ValueError("lengths")
    A = np.array([s[i : i + k] for i in range(o.size)])
    f, _, rank, _ = np.linalg.lstsq(A, o, rcond=None)
    if rank < k or not np.allclose(A @ f, o):
        raise ValueError("no filter")
    return f

# %% wrong="An output can miss in both directions: look at the absolute differences."
def recover_filter(signal, output):
    signal, output = np.asarray(signal, dtype=float), np.asarray(output, dtype=float)
    taps = len(signal) - len(output) + 1
    if taps < 1 or len(output) == 0:
        raise ValueError("lengths")
    rows = np.array([signal[i : i + taps] for i in range(len(output))])
    found, _, rank, _ = np.linalg.lstsq(rows, output, rcond=None)
    if rank < taps or max(rows @ found - output) > 1e-8:
        raise ValueError("no filter, or several")
    return found
