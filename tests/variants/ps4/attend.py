# %% right="softmax with the largest score subtracted"
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% right="loop over positions"
def attend(query, keys, values, hard=False):
    scores = [float((query.astype(float) * k).sum()) for k in keys]
    top = max(scores)
    if hard:
        return values[scores.index(top)].copy()
    out, total = 0, 0.0
    for s, v in zip(scores, values):
        w = np.exp(s - top)
        out = out + w * v.astype(float)
        total += w
    return (out / total).astype(values.dtype)


# %% right="weights for both kinds, logaddexp"
def attend(query, keys, values, hard=False):
    s = np.einsum("nd,d->n", keys, query)
    if hard:
        weights = (np.arange(len(s)) == s.argmax()).astype(values.dtype)
    else:
        weights = np.exp(s - np.logaddexp.reduce(s))
    return np.einsum("n,nm->m", weights, values)


# %% wrong="No factor 1/sqrt(d) here."
def attend(query, keys, values, hard=False):
    s = keys @ query / np.sqrt(len(query))
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max()).astype(values.dtype)
    return (w / w.sum()) @ values


# %% wrong="Large scores overflow: subtract the largest first."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s)
    return (w / w.sum()) @ values


# %% wrong="On ties hard attention takes the first position."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[len(s) - 1 - np.argmax(s[::-1])]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="On ties hard attention takes the first position; do not average."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[s == s.max()].mean(0, dtype=values.dtype)
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="Hard attention returns a value, not a key."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return keys[np.argmax(s)]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="The weights average the values, not the keys."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ keys


# %% wrong="Hard attention is asked for with hard=True; yours is always soft."
def attend(query, keys, values, hard=False):
    s = keys @ query
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="Soft attention is the default."
def attend(query, keys, values, hard=True):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="The weights have to sum to one."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    return np.exp(s - s.max()) @ values


# %% wrong="Scores are inner products, not cosines."
def attend(query, keys, values, hard=False):
    s = keys @ query / np.linalg.norm(keys, axis=1) / np.linalg.norm(query)
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="The weights are a softmax of the scores, not the scores themselves."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    return (s / s.sum()) @ values


# %% wrong="The largest score, not the largest in absolute value."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(np.abs(s))]
    w = np.exp(s - s.max())
    return (w / w.sum()) @ values


# %% wrong="Your function normalises the values in place."
def attend(query, keys, values, hard=False):
    s = keys @ query
    if hard:
        return values[np.argmax(s)]
    w = np.exp(s - s.max())
    values *= (w / w.sum())[:, None]
    return values.sum(0)
