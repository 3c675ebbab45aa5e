# %% right="sliding windows with the middle deleted"
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window must be at least 1")
    if len(ids) < 2 * window + 1:
        return np.zeros((0, 2 * window), dtype=int), np.zeros(0, dtype=int)
    views = np.lib.stride_tricks.sliding_window_view(ids, 2 * window + 1)
    return np.delete(views, window, axis=1), views[:, window].copy()


# %% right="one slice for each column"
def cbow_examples(ids, window):
    if window <= 0:
        raise ValueError(f"bad window {window}")
    n = max(0, len(ids) - 2 * window)
    contexts = np.empty((n, 2 * window), dtype=np.int64)
    for column, offset in enumerate([*range(window), *range(window + 1, 2 * window + 1)]):
        contexts[:, column] = ids[offset : offset + n]
    return contexts, ids[window : window + n]


# %% right="stack of shifted copies"
def cbow_examples(ids, window):
    if not window >= 1:
        raise ValueError("window")
    n = len(ids)
    rows = n - 2 * window
    if rows <= 0:
        return np.empty((0, 2 * window), np.int32), np.empty((0,), np.int32)
    left = [ids[i : i + rows] for i in range(window)]
    right = [ids[window + 1 + i : window + 1 + i + rows] for i in range(window)]
    return np.stack(left + right, axis=1), ids[window : n - window]


# %% right="index arithmetic"
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window is too small")
    centres = np.arange(window, max(window, len(ids) - window))
    offsets = np.r_[-window:0, 1 : window + 1]
    return np.take(ids, centres[:, None] + offsets[None, :]), np.take(ids, centres)


# %% wrong="A window below 1 should raise ValueError."
def cbow_examples(ids, window):
    n = max(0, len(ids) - 2 * window)
    if n == 0:
        return np.zeros((0, 2 * window), dtype=int), np.zeros(0, dtype=int)
    views = np.lib.stride_tricks.sliding_window_view(ids, 2 * window + 1)
    return np.delete(views, window, axis=1), views[:, window].copy()


# %% wrong="The target itself does not belong to its context."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window)
    if n == 0:
        return np.zeros((0, 2 * window), dtype=int), np.zeros(0, dtype=int)
    views = np.lib.stride_tricks.sliding_window_view(ids, 2 * window + 1)
    return views[:, : 2 * window].copy(), views[:, window].copy()


# %% wrong="The context runs from left to right, words before the target first."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window)
    columns = []
    for j in range(1, window + 1):
        columns += [ids[window - j : window - j + n], ids[window + j : window + j + n]]
    return np.stack(columns, axis=1), ids[window : window + n]


# %% wrong="The last full window is missing."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window - 1)
    offsets = np.delete(np.arange(2 * window + 1), window)
    return ids[np.arange(n)[:, None] + offsets], ids[np.arange(n) + window]


# %% wrong="Only positions with a full window count; do not wrap around the ends of the text."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    offsets = [o for o in range(-window, window + 1) if o]
    return np.stack([np.roll(ids, -o) for o in offsets], axis=1), ids.copy()


# %% wrong="A text that is too short gives arrays with 0 rows, and the contexts still have 2 * window columns."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    contexts = [
        [ids[i + j] for j in range(-window, window + 1) if j] for i in range(window, len(ids) - window)
    ]
    return np.array(contexts), np.array([ids[i] for i in range(window, len(ids) - window)])


# %% wrong="CBOW guesses the word from the words on both sides, not from those on the left alone."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window)
    offsets = np.arange(2 * window)
    return ids[np.arange(n)[:, None] + offsets], ids[np.arange(n) + 2 * window]


# %% wrong="Appending to an array copies it each time: too slow for a million tokens."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window)
    contexts = np.zeros((0, 2 * window), dtype=int)
    for i in range(n):
        row = np.concatenate([ids[i : i + window], ids[i + window + 1 : i + 2 * window + 1]])
        if i > 60_000:
            raise TimeoutError("still at it after minutes")
        contexts = np.vstack([contexts, row])
    return contexts, ids[window : window + n].copy()


# %% wrong="The result should hold integers, also for a text that is too short."
def cbow_examples(ids, window):
    if window < 1:
        raise ValueError("window")
    n = len(ids) - 2 * window
    if n < 1:
        return np.zeros((0, 2 * window)), np.zeros(0)
    offsets = np.delete(np.arange(2 * window + 1), window)
    return ids[np.arange(n)[:, None] + offsets], ids[np.arange(n) + window]


# %% wrong="A window of 0 should raise ValueError, not only a negative one."
def cbow_examples(ids, window):
    if window < 0:
        raise ValueError("window")
    n = max(0, len(ids) - 2 * window)
    offsets = np.delete(np.arange(2 * window + 1), window)
    return ids[np.arange(n)[:, None] + offsets], ids[np.arange(n) + window]
