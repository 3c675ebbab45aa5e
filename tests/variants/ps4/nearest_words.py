# %% right="sorted indices, the query put in front"
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% right="a loop over all words, lists as pairs"
def nearest_words(E, words, query, k):
    ids = {word: i for i, word in enumerate(words)}
    q = E[ids[query]].astype(float)
    scored = []
    for word in words:
        row = E[ids[word]].astype(float)
        size = np.sqrt(q @ q) * np.sqrt(row @ row)
        scored.append([word, float(q @ row / size) if size > 0 else 0.0])
    scored.sort(key=lambda pair: (pair[0] != query, -pair[1]))
    return scored[:k]


# %% right="torch cosine similarity and topk"
def nearest_words(E, words, query, k):
    if words.count(query) == 0:
        raise KeyError(f"{query!r} is not in the vocabulary")
    q = words.index(query)
    table = torch.from_numpy(np.ascontiguousarray(E)).double()
    norms = table.norm(dim=1, keepdim=True)
    unit = torch.where(norms > 0, table / norms, torch.zeros_like(table))
    cosine = unit @ unit[q]
    ranked = cosine.clone()
    ranked[q] = 2.0
    best = ranked.topk(min(k, len(words))).indices.tolist()
    return [(words[i], cosine[i].item()) for i in best]


# %% right="np.divide with where, a generator of tuples made a list"
def nearest_words(E, words, query, k):
    try:
        q = list(words).index(query)
    except ValueError:
        raise KeyError("unknown word: " + query)
    norms = np.linalg.norm(E, axis=1)
    products = norms * norms[q]
    cosine = np.divide(E @ E[q], products, out=np.zeros(len(E), dtype=E.dtype), where=products > 0)
    key = cosine.copy()
    key[q] = np.inf
    return list((words[i], cosine[i]) for i in np.argsort(key)[::-1][:k])


# %% wrong="Divide by the lengths: an inner product alone is not a cosine."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="Divide by both lengths, that of the query as well."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ E[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="The query itself comes first."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="The query comes first even when another row points the same way."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = list(np.argsort(-cosine, kind="stable"))
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="The query counts among the k entries."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[: k + 1]]


# %% wrong="The largest cosines come first."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="Similar means the same direction: the opposite one has cosine -1 and comes last."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-abs(cosine)) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="A row of zeros has cosine 0, not nan."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="An unknown word should raise KeyError; list.index raises ValueError."
def nearest_words(E, words, query, k):
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="The KeyError should name the word."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError("unknown word")
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="A word's cosine with itself is 1; only a row of zeros has 0."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], 1.0 if i == q else cosine[i]) for i in order[:k]]


# %% wrong="This is a Euclidean distance, not a cosine."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = -np.sqrt(((E - E[q]) ** 2).sum(1))
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="Where k is larger than the vocabulary, all words are returned."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    if k > len(words):
        return []
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="Return pairs of word and cosine, not of id and cosine."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(i, cosine[i]) for i in order[:k]]


# %% wrong="Return pairs of word and cosine in this order."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(cosine[i], words[i]) for i in order[:k]]


# %% wrong="Your function changes E in place."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    E /= norms[:, None]
    unit = E
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="Lengths are those of rows: sum over axis 1."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.resize(np.sqrt((E**2).sum(axis=0)), len(E))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="The length is the square root of the sum of squares."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = (E**2).sum(axis=1)
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q]
    return [(words[i], cosine[i]) for i in order[:k]]


# %% wrong="A row of zeros is an answer like any other: do not leave it out."
def nearest_words(E, words, query, k):
    if query not in words:
        raise KeyError(query)
    norms = np.sqrt((E**2).sum(axis=1))
    norms[norms == 0] = 1
    unit = E / norms[:, None]
    q = words.index(query)
    cosine = unit @ unit[q]
    order = [q] + [i for i in np.argsort(-cosine) if i != q and E[i].any()]
    return [(words[i], cosine[i]) for i in order[:k]]
