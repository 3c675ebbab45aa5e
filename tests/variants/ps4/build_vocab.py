# %% right="Counter and a sort key"
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    items = sorted(((w, n) for w, n in c.items() if n >= min_count), key=lambda p: (-p[1], p[0]))
    return {w: i for i, (w, n) in enumerate(items)}, np.array([n for w, n in items], dtype=int)


# %% right="numpy unique and lexsort"
def build_vocab(tokens, min_count=1):
    if len(tokens) == 0:
        return {}, np.zeros(0, dtype=np.int32)
    words, counts = np.unique(np.array(tokens), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] >= min_count]
    return {str(words[i]): int(k) for k, i in enumerate(order)}, counts[order].astype(np.int32)


# %% right="plain dictionaries and two stable sorts"
def build_vocab(tokens, min_count=1):
    number = {}
    for t in tokens:
        number[t] = number.get(t, 0) + 1
    words = sorted(number)
    words.sort(key=number.get, reverse=True)
    word_to_id = {}
    counts = []
    for w in words:
        if number[w] < min_count:
            break
        word_to_id[w] = len(word_to_id)
        counts.append(number[w])
    return word_to_id, np.asarray(counts, dtype="int64")


# %% wrong="Words that occur equally often come in alphabetical order."
from collections import Counter


def build_vocab(tokens, min_count=1):
    items = [(w, n) for w, n in Counter(tokens).most_common() if n >= min_count]
    return {w: i for i, (w, n) in enumerate(items)}, np.array([n for w, n in items], dtype=int)


# %% wrong="A word seen exactly min_count times stays in."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted((w for w in c if c[w] > min_count or min_count == 1), key=lambda w: (-c[w], w))
    return {w: i for i, w in enumerate(words)}, np.array([c[w] for w in words], dtype=int)


# %% wrong="min_count is ignored."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted(c, key=lambda w: (-c[w], w))
    return {w: i for i, w in enumerate(words)}, np.array([c[w] for w in words], dtype=int)


# %% wrong="Ids go by frequency, the most frequent word first, not by the alphabet."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted(w for w in c if c[w] >= min_count)
    return {w: i for i, w in enumerate(words)}, np.array([c[w] for w in words], dtype=int)


# %% wrong="Ids begin at 0."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted((w for w in c if c[w] >= min_count), key=lambda w: (-c[w], w))
    return {w: i + 1 for i, w in enumerate(words)}, np.array([c[w] for w in words], dtype=int)


# %% wrong="With no words left the counts should still be an array of integers."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted((w for w in c if c[w] >= min_count), key=lambda w: (-c[w], w))
    return {w: i for i, w in enumerate(words)}, np.array([c[w] for w in words])


# %% wrong="Equally frequent words come in rising alphabetical order; reversing the sort turns both keys."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted((w for w in c if c[w] >= min_count), key=lambda w: (c[w], w), reverse=True)
    return {w: i for i, w in enumerate(words)}, np.array([c[w] for w in words], dtype=int)


# %% wrong="The numbering must have no gaps: number the words after the rare ones are left out."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted(c, key=lambda w: (c[w], w))
    ids = {w: i for i, w in enumerate(words) if c[w] >= min_count}
    return ids, np.array([c[w] for w in ids], dtype=int)


# %% wrong="The counts are how often each word occurs, not its share of the text."
from collections import Counter


def build_vocab(tokens, min_count=1):
    c = Counter(tokens)
    words = sorted((w for w in c if c[w] >= min_count), key=lambda w: (-c[w], w))
    return {w: i for i, w in enumerate(words)}, np.array([c[w] / len(tokens) for w in words])


# %% wrong="The list of tokens is the caller's: sort a copy."
def build_vocab(tokens, min_count=1):
    tokens.sort()
    number = {}
    for t in tokens:
        number[t] = number.get(t, 0) + 1
    words = sorted((w for w in number if number[w] >= min_count), key=lambda w: (-number[w], w))
    return {w: i for i, w in enumerate(words)}, np.array([number[w] for w in words], dtype=int)
