# %% [markdown]
# # Problem set 4 · CBOW word2vec
#
# {{colab}}
#
# At the end of this set you can turn raw text into training examples, train word vectors on it, and
# say what such vectors know and what they do not. On the way you derive the gradients of the model
# by hand, first with a full softmax, then with negative sampling. The last part looks at what
# comes after word vectors: decoding with a beam, a linear recurrent network, and attention.
#
# Every exercise has a cell for your answer and, below it, a cell that tests it. What you see of the
# test checks shapes and a small worked case; hidden tests check the rest when your work is graded,
# and the points depend on both. Everything that is tested is said in the text or in the docstring.
#
# Three rules hold everywhere: a function never changes its inputs; where the docstring says
# *NumPy* you may use NumPy and plain Python but not torch, scikit-learn or SciPy's statistics and
# signal modules; loops are welcome unless a time limit is named.

# %% include="common/setup.py"

# %% include="common/checks.py"

# %% [markdown]
# The next cell provides the text. At full scale it is *tiny Shakespeare*, about a million letters
# of his plays. It is read from the folder that the environment variable `COURSE_DATA` names, or
# downloaded once into `data/shakespeare/`. At smoke scale a made-up language stands in, in which
# five classes of words follow each other in a fixed order: "my noble brother shall slay thy …".

# %% tags=["setup"]
import hashlib
import urllib.request
from pathlib import Path

SHAKESPEARE = "shakespeare/input.txt"
SHAKESPEARE_URL = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
)
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"

WORD_CLASSES = (
    ["my", "thy", "his", "her", "our", "their"],
    ["noble", "sweet", "good", "gentle", "poor", "old"],
    ["brother", "daughter", "people", "horse", "heart", "king", "night"],
    ["shall", "will", "may", "must", "should", "would"],
    ["slay", "love", "see", "find", "call", "hear"],
)


def is_shakespeare(data):
    """Whether the bytes `data` are the text this set was written for."""
    return hashlib.sha256(data).hexdigest() == SHAKESPEARE_SHA256


def load_shakespeare():
    """Tiny Shakespeare as a string: from COURSE_DATA, from data/, or downloaded into data/ once.

    Raises RuntimeError with one line that says what to do when none of these works.
    """
    local = Path("data") / SHAKESPEARE
    places = [local]
    if os.environ.get("COURSE_DATA"):
        places.insert(0, Path(os.environ["COURSE_DATA"]) / SHAKESPEARE)
    for path in places:
        if path.is_file():
            data = path.read_bytes()
            if is_shakespeare(data):
                return data.decode("utf-8")
            raise RuntimeError(f"{path} is not the expected text (its SHA-256 differs): remove it.")
    try:
        with urllib.request.urlopen(SHAKESPEARE_URL, timeout=30) as answer:
            data = answer.read()
        if not is_shakespeare(data):
            raise OSError("what arrived has another SHA-256")
        local.parent.mkdir(parents=True, exist_ok=True)
        part = local.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(data)
        part.replace(local)
    except OSError as error:
        raise RuntimeError(
            f"tiny Shakespeare could not be downloaded ({error}): set COURSE_DATA to a folder that"
            f' holds {SHAKESPEARE}, or use SCALE = "smoke".'
        ) from None
    return data.decode("utf-8")


def class_corpus(num_classes, words_per_class, length, seed):
    """A corpus whose words fall into classes that follow each other in a cycle.

    Returns word ids (length,) int64 and the class of each of the num_classes * words_per_class
    ids. Within a class all words are equally likely: only the class shows in a word's contexts.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(num_classes), words_per_class))
    members = np.argsort(labels, kind="stable").reshape(num_classes, words_per_class)
    chosen = rng.integers(words_per_class, size=length)
    return members[np.arange(length) % num_classes, chosen], labels


def load_text(scale):
    """Shakespeare at full scale; at smoke scale 6,000 words of a language with WORD_CLASSES."""
    if scale == "full":
        return load_shakespeare()
    rng = np.random.default_rng(0)
    kinds = [WORD_CLASSES[i % len(WORD_CLASSES)] for i in range(6000)]
    return " ".join(kind[rng.integers(len(kind))] for kind in kinds)


# %% [markdown]
# ## Part A. From text to examples
#
# ### Words
#
# A model of words needs to know what a word is. Here a word is a run of letters a–z, after
# everything is made lower case. An apostrophe belongs to the word only when it stands *between*
# two letters, as in `o'ertake` or `if't`: in `'tis` and `the dogs' bones` it is dropped. Everything
# else separates words: white space, digits, punctuation, hyphens, and two apostrophes in a row.
#
# **Exercise `tokenize` (4 points).** Return the list of words of a text, in order. An empty text
# gives an empty list. Only ASCII text is tested.


# %% solution="tokenize"
def tokenize(text):
    """Split a text into lower-case words. NumPy / plain Python.

    text: str.
    Returns a list of str: letters a-z with single apostrophes inside ("o'ertake"); anything else
    (outer or doubled apostrophes, digits, underscores, punctuation, hyphens) separates words.
    """
    ### BEGIN SOLUTION
    import re

    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())
    ### END SOLUTION


# %% test="tokenize" points=4
check_numpy_only(tokenize)
found = tokenize("To be, or not to be: that's it!")
assert isinstance(found, list), f"tokenize should return a list, not a {type(found).__name__}."
assert found == ["to", "be", "or", "not", "to", "be", "that's", "it"], (
    f"got {found}: lower case, no punctuation, and the apostrophe of that's stays."
)
assert tokenize("'Tis well-known") == ["tis", "well", "known"], (
    "'Tis well-known: the apostrophe in front goes, and the hyphen separates."
)
passed("tokenize")


### BEGIN HIDDEN TESTS
def hidden_tests():
    cases = {
        "": [],
        " \n\t ": [],
        "'": [],
        "''''": [],
        "O'ertake him, IF'T please you; 'gainst th' wind": [
            "o'ertake",
            "him",
            "if't",
            "please",
            "you",
            "gainst",
            "th",
            "wind",
        ],
        "dogs' dogs 'dogs'": ["dogs", "dogs", "dogs"],
        "rock''n''roll rock'n'roll": ["rock", "n", "roll", "rock'n'roll"],
        "a1b2 c'3'd 4e'f5'g": ["a", "b", "c", "d", "e'f", "g"],
        "snake_case_ and-so--on...x": ["snake", "case", "and", "so", "on", "x"],
        "first\nsecond\r\nthird\tfourth": ["first", "second", "third", "fourth"],
        "ACT I. Scene 2: [Enter `GHOST`]": ["act", "i", "scene", "enter", "ghost"],
        'he said "don\'t" (twice)': ["he", "said", "don't", "twice"],
        "a' 'b ' c' 'd": ["a", "b", "c", "d"],
        "Zz az AZ @[`{ zA": ["zz", "az", "az", "za"],
        "x'y'z x-'y end'": ["x'y'z", "x", "y", "end"],
        "w\\v|u~t^s": ["w", "v", "u", "t", "s"],
    }
    for text, expected in cases.items():
        words = tokenize(text)
        assert list(words) == expected, f"tokenize({text!r}) gives {words}, not {expected}."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Vocabulary
#
# The model knows words by number. Number them from 0 in the order of how often they occur, the
# most frequent first; words that occur equally often come in alphabetical order. Rare words
# have too few examples to learn from, so words seen fewer than `min_count` times are left out.
#
# **Exercise `build_vocab` (5 points).** Return the dictionary from word to id and an integer array
# `counts`, where `counts[i]` says how often the word with id `i` occurs.


# %% solution="build_vocab"
def build_vocab(tokens, min_count=1):
    """Number the words of a text by falling frequency. NumPy / plain Python.

    tokens: list of str; min_count: int, words seen fewer than min_count times are left out.
    Returns (word_to_id, counts): a dict from word to int, ids 0, 1, 2, … by falling count and
    alphabetical where counts are equal; and an integer array (V,), the counts by id.
    No words left: ({}, an empty integer array).
    """
    ### BEGIN SOLUTION
    from collections import Counter

    found = Counter(tokens)
    words = sorted((w for w in found if found[w] >= min_count), key=lambda w: (-found[w], w))
    counts = np.array([found[w] for w in words], dtype=np.int64)
    return {word: i for i, word in enumerate(words)}, counts
    ### END SOLUTION


# %% test="build_vocab" points=5
check_numpy_only(build_vocab)
small_ids, small_counts = build_vocab(["the", "king", "and", "the", "queen", "and", "the"])
assert isinstance(small_ids, dict), "The first result should be a dictionary from word to id."
assert isinstance(small_counts, np.ndarray) and small_counts.dtype.kind in "iu", (
    "The second result, counts, should be an array of integers."
)
check_close("counts", small_counts, [3, 2, 1, 1], "The most frequent word comes first.")
assert small_ids == {"the": 0, "and": 1, "king": 2, "queen": 3}, (
    f"word_to_id is {small_ids}: ids from 0 by falling count, equal counts in alphabetical order."
)
passed("build_vocab")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def expected_vocab(tokens, min_count):
        distinct = sorted(set(tokens))
        order = sorted(distinct, key=tokens.count, reverse=True)  # stable: ties stay alphabetical
        kept = [word for word in order if tokens.count(word) >= min_count]
        return {word: i for i, word in enumerate(kept)}, [tokens.count(word) for word in kept]

    rng = np.random.default_rng(3)
    for size, kinds in ((1, 1), (40, 6), (60, 30), (200, 12)):
        tokens = [f"w{i}" for i in rng.integers(kinds, size=size)]
        for min_count in (1, 2, 3, 5, 200):
            before = list(tokens)
            word_to_id, counts = build_vocab(tokens, min_count)
            ids, numbers = expected_vocab(tokens, min_count)
            assert dict(word_to_id) == ids, f"word_to_id is wrong for min_count={min_count}."
            assert np.asarray(counts).dtype.kind in "iu", (
                "counts should hold integers, even when empty."
            )
            check_close("counts", counts, np.array(numbers, dtype=np.int64))
            assert tokens == before, "Your function changed its input tokens."
    word_to_id, counts = build_vocab(["b", "a", "b", "a", "c"], min_count=2)
    assert dict(word_to_id) == {"a": 0, "b": 1}, "A word seen exactly min_count times stays."
    check_close("counts", counts, [2, 2])
    word_to_id, counts = build_vocab(["z", "y", "x", "z"])
    assert dict(word_to_id) == {"z": 0, "x": 1, "y": 2}, "min_count is 1 when it is not given."
    word_to_id, counts = build_vocab([])
    assert dict(word_to_id) == {}, "No tokens give an empty dictionary."
    assert np.asarray(counts).shape == (0,), "No tokens give an array of shape (0,)."
    assert np.asarray(counts).dtype.kind in "iu", "counts should hold integers, even when empty."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Frequent words
#
# The commonest words are everywhere, so they say little about their neighbours. Word2vec therefore
# drops each occurrence of a word at random. Let $f_i$ be the share of word $i$ among all tokens and
# $t$ a small threshold. An occurrence of the word is *kept* with probability
#
# $$k_i = \min\left(1, \sqrt{t / f_i}\right).$$
#
# **Exercise `keep_probability` (4 points).** Compute $k_i$ for every word from its count.


# %% solution="keep_probability"
def keep_probability(counts, t=1e-3):
    """Probability of keeping an occurrence of each word. NumPy.

    counts: integer array (V,), all positive; t: float, the share up to which all are kept.
    Returns a float64 array (V,): min(1, sqrt(t / f)), f the word's share of all tokens
    (Mikolov et al. 2013, "Distributed representations of words and phrases", section 2.3).
    """
    ### BEGIN SOLUTION
    return np.minimum(1.0, np.sqrt(t * counts.sum() / counts))
    ### END SOLUTION


# %% test="keep_probability" points=4
check_numpy_only(keep_probability)
kept = keep_probability(np.array([64, 32, 4]), t=0.04)
check_close(
    "keep_probability",
    kept,
    [0.25, 0.125**0.5, 1.0],
    "f is the share of the word among all tokens: its count over the sum of the counts.",
    dtype=np.float64,
)
passed("keep_probability")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(5)
    for size in (1, 2, 7, 300):
        for t in (1e-5, 1e-3, 0.02, 0.5, 1.0, 3.0):
            counts = rng.integers(1, 5000, size=size)
            before = counts.copy()
            total = sum(counts.tolist())
            expected = [min(1.0, (t / (c / total)) ** 0.5) for c in counts.tolist()]
            check_close("keep_probability", keep_probability(counts, t), expected, dtype=np.float64)
            check_close("with t by name", keep_probability(counts, t=t), expected)
            check_unchanged("counts", counts, before)
    counts = np.array([100000, 10, 1, 700])
    total = 100711
    check_close(
        "with the default t",
        keep_probability(counts),
        [min(1.0, (1e-3 / (c / total)) ** 0.5) for c in counts.tolist()],
        "t is 0.001 when it is not given.",
    )
    check_close(
        "a view with steps",
        keep_probability(np.array([900, 1, 90, 1, 10, 1])[::2], 0.01),
        [(0.01 / 0.9) ** 0.5, (0.01 / 0.09) ** 0.5, 1.0],
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Examples
#
# CBOW (continuous bag of words) guesses a word from its neighbours. With window $w$ the context of
# position $i$ is the $w$ words on its left and the $w$ words on its right, without the word itself:
#
# $$\text{context}_i = (x_{i-w}, \dots, x_{i-1}, x_{i+1}, \dots, x_{i+w}), \qquad \text{target}_i = x_i.$$
#
# Only positions with a full window count, so $n$ tokens make $n - 2w$ examples. A text that is too
# short makes none: the arrays then have 0 rows, and the contexts still have $2w$ columns.
#
# **Exercise `cbow_examples` (6 points).** Build all examples at once. Our text has 200,000 tokens;
# the hidden test hands you a million and waits 4 seconds, which is ample for whole-array operations
# (about 0.1 s) and not for a slow loop over tokens.


# %% solution="cbow_examples"
def cbow_examples(ids, window):
    """Contexts and targets of every position with a full window. NumPy.

    ids: integer array (n,), the text as word ids; window: int, words on each side.
    Returns (contexts, targets): integer arrays (n - 2 window, 2 window), left to right without
    the target, and (n - 2 window,). Where n < 2 window + 1: shapes (0, 2 window) and (0,).
    Raises ValueError when window < 1.
    """
    ### BEGIN SOLUTION
    if window < 1:
        raise ValueError(f"window must be at least 1, not {window}")
    offsets = np.delete(np.arange(2 * window + 1), window)
    starts = np.arange(len(ids) - 2 * window)  # none where the text is too short
    return ids[starts[:, None] + offsets], ids[starts + window]
    ### END SOLUTION


# %% test="cbow_examples" points=6
check_numpy_only(cbow_examples)
contexts, targets = cbow_examples(np.array([3, 1, 4, 1, 5]), 1)
assert np.asarray(contexts).shape == (3, 2), (
    f"contexts has shape {np.asarray(contexts).shape}, expected (n - 2w, 2w) = (3, 2)."
)
assert np.asarray(contexts).dtype.kind in "iu", "contexts should hold integers: they are word ids."
check_close("contexts", contexts, [[3, 4], [1, 1], [4, 5]], "The target itself is left out.")
check_close("targets", targets, [1, 4, 1], "The target is the word in the middle.")
check_raises(
    ValueError, lambda: cbow_examples(np.arange(9), 0), "window=0 should raise ValueError."
)
passed("cbow_examples")


### BEGIN HIDDEN TESTS
def hidden_tests():
    import time

    rng = np.random.default_rng(7)
    for size, window in ((5, 2), (6, 2), (30, 1), (31, 3), (25, 5), (3, 1), (11, 5)):
        ids = rng.integers(100, size=size)
        before = ids.copy()
        contexts, targets = cbow_examples(ids, window)
        centres = range(window, size - window)
        around = [[ids[i + j] for j in range(-window, window + 1) if j] for i in centres]
        for name, array in (("contexts", contexts), ("targets", targets)):
            assert np.asarray(array).dtype.kind in "iu", f"{name} should hold integers."
        check_close(f"contexts for window {window}", contexts, around)
        check_close(f"targets for window {window}", targets, [ids[i] for i in centres])
        check_unchanged("ids", ids, before)
    for size, window in ((0, 1), (1, 1), (2, 1), (4, 2), (3, 4), (1, 3)):
        contexts, targets = cbow_examples(np.arange(size), window)
        shapes = np.asarray(contexts).shape, np.asarray(targets).shape
        assert shapes == ((0, 2 * window), (0,)), (
            f"{size} tokens and window {window}: the shapes are {shapes},"
            f" expected {((0, 2 * window), (0,))}."
        )
        for name, array in (("contexts", contexts), ("targets", targets)):
            assert np.asarray(array).dtype.kind in "iu", (
                f"{name} should hold integers, even if empty."
            )
    for window in (0, -1, -3):
        check_raises(
            ValueError,
            lambda window=window: cbow_examples(np.arange(20), window),
            f"window={window} should raise ValueError.",
        )
    contexts, targets = cbow_examples(np.arange(40)[::3], 2)
    check_close("contexts of a view", contexts[4], [12, 15, 21, 24])
    ids = rng.integers(1000, size=1_000_000)
    start = time.process_time()  # not the clock's seconds: the machine may be busy
    contexts, targets = cbow_examples(ids, 2)
    seconds = time.process_time() - start
    assert seconds < 4, (
        f"A million tokens took {seconds:.1f} s, more than 4 s: work on whole arrays."
    )
    check_close("targets of a million tokens", targets, ids[2:-2])
    for column, offset in enumerate((0, 1, 3, 4)):
        check_close(
            "contexts of a million tokens",
            np.asarray(contexts)[:, column],
            ids[offset:][: len(ids) - 4],
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### The text, once through
#
# Your functions now read the whole text. The figure shows that a few words make up most of it, and
# which of them subsampling would thin out.


# %% tags=["experiment"]
def plot_frequencies(counts, thresholds):
    """Share of the text by rank, and the probability of keeping a word for each threshold."""
    rank = np.arange(1, len(counts) + 1)
    _, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.loglog(rank, counts, lw=2)
    left.set(
        xlabel="rank of the word", ylabel="count (occurrences)", title="A few words do the work"
    )
    for t in thresholds:
        right.semilogx(rank, keep_probability(counts, t), lw=2, label=f"t = {t:g}")
    right.set(
        xlabel="rank of the word",
        ylabel="probability of keeping it",
        title="Subsampling thins out only these few",
        ylim=(0, 1.05),
    )
    right.legend()
    plt.show()


tokens = tokenize(load_text(SCALE))
word_to_id, counts = build_vocab(tokens, min_count={"full": 8, "smoke": 1}[SCALE])
words = sorted(word_to_id, key=word_to_id.get)
ids = np.array([word_to_id[word] for word in tokens if word in word_to_id])
contexts, targets = cbow_examples(ids, 2)

print(f"{len(tokens):,} tokens, {len(set(tokens)):,} different words")
print(
    f"{len(words):,} words are frequent enough; they cover {len(ids) / len(tokens):.1%} of the text"
)
print(
    "the commonest:",
    ", ".join(f"{word} {count:,}" for word, count in zip(words[:8], counts[:8], strict=True)),
)
for row in range(3):
    around = [words[i] for i in contexts[row]]
    print("example:", *around[:2], "[", words[targets[row]], "]", *around[2:])
plot_frequencies(counts, {"full": (1e-2, 1e-3, 1e-4), "smoke": (3e-2, 1e-2, 3e-3)}[SCALE])

# %% [markdown]
# ## Part B. The model by hand
#
# ### Loss
#
# Each word has two vectors: a row of $E$ $(V, D)$ for when it stands in a context, and a row of $U$
# $(V, D)$ for when it is the word to guess. A context $c_1, \dots, c_C$ is summed up by the mean of its
# rows, and each word of the vocabulary gets a score by an inner product:
#
# $$h = \frac{1}{C} \sum_{j=1}^{C} E_{c_j}, \qquad z = U h, \qquad
#   p_v = \frac{e^{z_v}}{\sum_{v'} e^{z_{v'}}}.$$
#
# With $B$ contexts as rows, $h$ is $(B, D)$ and the scores are $h U^\top$, a $(B, V)$ matrix. The loss is
# the mean over the batch of
#
# $$\ell = -\log p_{t} = \log \sum_v e^{z_v} - z_t,$$
#
# with $t$ the target. A score of 1000 is legal: $e^{1000}$ is not a number your computer knows, so take
# care that the loss is right all the same. A word that occurs twice in a context counts twice in the
# mean.
#
# **Exercise `cbow_loss` (6 points).**


# %% solution="cbow_loss"
def cbow_loss(contexts, targets, E, U):
    """Mean cross-entropy of the full softmax, stable for scores of any size. NumPy.

    contexts: int array (B, C) of word ids; targets: int array (B,);
    E, U: float arrays (V, D), input and output embeddings.
    Returns a float: the mean over the batch of -log p(target | context)
    (Mikolov et al. 2013, "Efficient estimation of word representations", section 3.1).
    """
    ### BEGIN SOLUTION
    logits = E[contexts].mean(axis=1) @ U.T
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(targets)), targets]
    return (np.log(np.exp(logits).sum(axis=1)) - chosen).mean()
    ### END SOLUTION


# %% test="cbow_loss" points=6
check_numpy_only(cbow_loss)
E = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
U = np.array([[1.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
loss = cbow_loss(np.array([[0, 1]]), np.array([2]), E, U)
check_close(
    "cbow_loss",
    loss,
    np.log(2 * np.e + 1),
    "h is the mean of the context's rows of E, the logits are h @ U.T.",
)
loss = cbow_loss(np.array([[0, 1], [0, 1]]), np.array([2, 0]), E, U)
check_close(
    "cbow_loss of two examples", loss, np.log(2 * np.e + 1) - 0.5, "Average over the batch."
)
loss = cbow_loss(np.array([[2, 2]]), np.array([2]), 1000 * E, U)
check_close(
    "cbow_loss with huge scores", loss, 4000 + np.log(2), "Subtract each row's largest score."
)
passed("cbow_loss")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def torch_loss(contexts, targets, E, U):
        h = torch.as_tensor(np.asarray(E, dtype=np.float64))[torch.as_tensor(contexts)].mean(1)
        logits = h @ torch.as_tensor(np.asarray(U, dtype=np.float64)).T
        return nn.functional.cross_entropy(logits, torch.as_tensor(targets)).item()

    rng = np.random.default_rng(11)
    for B, C, V, D in (
        (1, 1, 2, 1),
        (1, 4, 9, 3),
        (6, 2, 5, 4),
        (17, 6, 30, 8),
        (4, 4, 3, 1),
        (5, 2, 1, 3),
    ):
        for scale in (0.1, 1.0, 40.0):
            contexts, targets = rng.integers(V, size=(B, C)), rng.integers(V, size=B)
            E, U = scale * rng.normal(size=(V, D)), scale * rng.normal(size=(V, D))
            given = [a.copy() for a in (contexts, targets, E, U)]
            check_close(
                "cbow_loss", cbow_loss(contexts, targets, E, U), torch_loss(contexts, targets, E, U)
            )
            for name, array, before in zip(
                ("contexts", "targets", "E", "U"), (contexts, targets, E, U), given, strict=True
            ):
                check_unchanged(name, array, before)
    contexts, targets = rng.integers(8, size=(5, 4)), rng.integers(8, size=5)
    E, U = rng.normal(size=(8, 6)).astype(np.float32), rng.normal(size=(8, 6)).astype(np.float32)
    check_close(
        "cbow_loss in float32",
        cbow_loss(contexts, targets, E, U),
        torch_loss(contexts, targets, E, U),
        rtol=1e-4,
        atol=1e-4,
    )
    E, U = rng.normal(size=(6, 8)).T[::2], rng.normal(size=(4, 12))[:, ::2]
    contexts, targets = rng.integers(4, size=(8, 6))[::2, ::3], rng.integers(4, size=8)[::2]
    check_close(
        "cbow_loss of views",
        cbow_loss(contexts, targets, E, U),
        torch_loss(contexts.copy(), targets.copy(), E.copy(), U.copy()),
    )
    for size in (1e3, -1e3, 1e6):
        E, U = np.array([[size], [0.5 * size]]), np.array([[1.0], [0.0], [-1.0]])
        contexts, targets = np.array([[0, 0], [1, 0], [1, 1]]), np.array([0, 1, 2])
        E3 = np.vstack([E, [[0.0]]])
        check_close(
            "cbow_loss with huge scores",
            cbow_loss(contexts, targets, E3, U),
            torch_loss(contexts, targets, E3, U),
        )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Gradients
#
# Work from the loss backwards, one example at a time, and put the batch together at the end.
#
# 1. Show that $\partial \ell / \partial z_v = p_v - [v = t]$: differentiate the logarithm of the sum first,
#    then the target's own score. With the mean over the batch each row carries a factor $1/B$.
# 2. The scores are $z = U h$. Which matrix product turns the rows of $\partial \ell / \partial z$ and of $h$
#    into $\partial \ell / \partial U$? Its shape tells you: $(V, D)$ out of $(B, V)$ and $(B, D)$.
# 3. The same scores, seen as a function of $h$: what is $\partial \ell / \partial h$, a $(B, D)$ matrix?
# 4. Each word of the context contributed $1/C$ of its row to $h$, so this is the share of the gradient
#    that its row receives. A word that occurs twice in a context, or in several contexts of the batch,
#    receives the *sum*. Beware: `dE[contexts] += …` writes each row once and loses the repeats.
#
# **Exercise `cbow_gradients` (10 points).** Return the gradients as dense arrays, zero for words that
# had no part.


# %% solution="cbow_gradients"
def cbow_gradients(contexts, targets, E, U):
    """Gradients of `cbow_loss` with respect to both embeddings. NumPy.

    contexts: int array (B, C); targets: int array (B,); E, U: float arrays (V, D).
    Returns (dE, dU), each (V, D) of the dtype of E and U. A word that occurs several times, in a
    context or over the batch, gets the sum of its gradients. Stable as `cbow_loss`.
    """
    ### BEGIN SOLUTION
    batch, width = contexts.shape
    h = E[contexts].mean(axis=1)
    logits = h @ U.T
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(batch), targets] -= 1
    p /= batch
    dE = np.zeros_like(E)
    np.add.at(dE, contexts, (p @ U / width)[:, None])
    return dE, p.T @ h
    ### END SOLUTION


# %% test="cbow_gradients" points=10
check_numpy_only(cbow_gradients)
E = np.array([[0.2, -0.1], [0.4, 0.3], [-0.5, 0.6]])
U = np.array([[0.3, 0.1], [-0.2, 0.5], [0.7, -0.4]])
contexts, targets = np.array([[0, 0], [1, 0]]), np.array([2, 1])


def small_loss(E, U):
    """The loss of the worked case, one example after the other, in plain NumPy."""
    total = 0.0
    for context, target in zip(contexts, targets, strict=True):
        z = U @ ((E[context[0]] + E[context[1]]) / 2)
        total += np.log(np.exp(z).sum()) - z[target]
    return total / 2


dE, dU = cbow_gradients(contexts, targets, E, U)
check_close(
    "dU",
    dU,
    numeric_gradient(lambda changed: small_loss(E, changed), U),
    "Compared with central differences.",
    dtype=np.float64,
    atol=1e-8,
)
check_close(
    "dE",
    dE,
    numeric_gradient(lambda changed: small_loss(changed, U), E),
    "Compared with central differences. Word 0 occurs three times: its gradients add up.",
    dtype=np.float64,
    atol=1e-8,
)
passed("cbow_gradients")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def torch_gradients(contexts, targets, E, U):
        E, U = (torch.tensor(np.array(a, dtype=np.float64), requires_grad=True) for a in (E, U))
        logits = E[torch.as_tensor(contexts.copy())].mean(1) @ U.T
        nn.functional.cross_entropy(logits, torch.as_tensor(targets.copy())).backward()
        return E.grad.numpy(), U.grad.numpy()

    rng = np.random.default_rng(13)
    sizes = (
        (1, 1, 2, 1),
        (1, 4, 9, 3),
        (6, 2, 5, 4),
        (20, 6, 30, 8),
        (12, 4, 3, 1),
        (3, 2, 1, 2),
        (5, 1, 4, 7),
    )
    for B, C, V, D in sizes:
        for scale, dtype in ((0.3, np.float64), (3.0, np.float64), (0.5, np.float32)):
            contexts, targets = rng.integers(V, size=(B, C)), rng.integers(V, size=B)
            E = (scale * rng.normal(size=(V, D))).astype(dtype)
            U = (scale * rng.normal(size=(V, D))).astype(dtype)
            given = [a.copy() for a in (contexts, targets, E, U)]
            dE, dU = cbow_gradients(contexts, targets, E, U)
            right_dE, right_dU = torch_gradients(contexts, targets, E, U)
            tight = {} if dtype == np.float64 else {"atol": 1e-5}
            check_close("dE", dE, right_dE, f"B={B}, C={C}, V={V}, D={D}.", dtype=dtype, **tight)
            check_close("dU", dU, right_dU, f"B={B}, C={C}, V={V}, D={D}.", dtype=dtype, **tight)
            for name, array, before in zip(
                ("contexts", "targets", "E", "U"), (contexts, targets, E, U), given, strict=True
            ):
                check_unchanged(name, array, before)
    E, U = rng.normal(size=(6, 8)).T[::2], rng.normal(size=(4, 12))[:, ::2]
    contexts, targets = rng.integers(4, size=(8, 6))[::2, ::3], rng.integers(4, size=8)[::2]
    for name, mine, right in zip(
        ("dE", "dU"),
        cbow_gradients(contexts, targets, E, U),
        torch_gradients(contexts, targets, E, U),
        strict=True,
    ):
        check_close(f"{name} of views", mine, right)
    E, U = 1e3 * rng.normal(size=(5, 3)), 10 * rng.normal(size=(5, 3))
    contexts, targets = rng.integers(5, size=(9, 2)), rng.integers(5, size=9)
    for name, mine, right in zip(
        ("dE", "dU"),
        cbow_gradients(contexts, targets, E, U),
        torch_gradients(contexts, targets, E, U),
        strict=True,
    ):
        check_close(f"{name} with huge scores", mine, right, "Subtract each row's largest score.")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Noise
#
# The full softmax computes a score for every word of the vocabulary just to guess one. *Negative
# sampling* asks an easier question: is this word the real target, or was it drawn at random? The random
# words, the *negatives*, come from a noise distribution that lies between the words' frequencies and the
# uniform distribution:
#
# $$q_v = \frac{n_v^{a}}{\sum_{v'} n_{v'}^{a}}, \qquad a = 0.75,$$
#
# with $n_v$ the count of word $v$.
#
# **Exercise `noise_distribution` (3 points).**


# %% solution="noise_distribution"
def noise_distribution(counts, power=0.75):
    """Distribution from which negatives are drawn. NumPy.

    counts: integer array (V,); power: float.
    Returns a float64 array (V,), proportional to counts ** power, that sums to 1
    (Mikolov et al. 2013, "Distributed representations of words and phrases", section 2.2).
    """
    ### BEGIN SOLUTION
    weights = counts**power
    return weights / weights.sum()
    ### END SOLUTION


# %% test="noise_distribution" points=3
check_numpy_only(noise_distribution)
noise = noise_distribution(np.array([81, 16, 1]))
check_close(
    "noise_distribution",
    noise,
    np.array([27, 8, 1]) / 36,
    "Raise the counts to the power first, then normalise.",
    dtype=np.float64,
)
passed("noise_distribution")


### BEGIN HIDDEN TESTS
def hidden_tests():
    rng = np.random.default_rng(17)
    for size in (1, 2, 9, 500):
        for power in (0.0, 0.5, 0.75, 1.0, 2.0):
            counts = rng.integers(1, 4000, size=size)
            before = counts.copy()
            weights = [float(c) ** power for c in counts.tolist()]
            expected = np.array(weights) / sum(weights)
            check_close(
                "noise_distribution", noise_distribution(counts, power), expected, dtype=np.float64
            )
            check_close("with power by name", noise_distribution(counts, power=power), expected)
            check_unchanged("counts", counts, before)
    counts = np.array([10000, 0, 256, 625])
    check_close(
        "noise_distribution with a word that does not occur",
        noise_distribution(counts),
        np.array([1000, 0, 64, 125]) / 1189,
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Negative sampling
#
# Write $\sigma(s) = 1 / (1 + e^{-s})$ for the probability that a score $s$ means "real". With the negatives
# $k_1, \dots, k_K$ of an example its loss is
#
# $$\ell = -\log \sigma(h \cdot u_t) - \sum_{j=1}^{K} \log \sigma(-h \cdot u_{k_j}),$$
#
# where $u_v$ is row $v$ of $U$, and the loss of a batch is the mean over its examples. The negatives are
# given; a negative that happens to equal the target is treated like any other.
#
# 1. Show that the derivative of $-\log \sigma(s)$ is $\sigma(s) - 1$. What is that of $-\log \sigma(-s)$?
# 2. So each of the $1 + K$ scores of an example has a derivative that is a probability minus its label
#    (1 for the target, 0 for a negative). Collect them in a $(B, 1 + K)$ array.
# 3. From there on it is as before: the rows of $U$ that took part receive that number times $h$, and $h$
#    receives the sum of that number times those rows. Repeats add up, now in $U$ as well.
# 4. Scores of $\pm 1000$ must give the right, finite loss. For large $s$, $-\log \sigma(-s)$ is nearly $s$, while
#    $\sigma(-s)$ itself is rounded to 0. Look for a form in which no large positive number is ever exponentiated.
#
# **Exercise `negative_sampling_loss` (8 points).**


# %% solution="negative_sampling_loss"
def negative_sampling_loss(contexts, targets, negatives, E, U):
    """CBOW loss with given negatives, and its gradients; stable for scores of +-1e3. NumPy.

    contexts: int array (B, C); targets: int array (B,); negatives: int array (B, K), word ids,
    any of which may equal the target or each other; E, U: float arrays (V, D).
    Returns (loss, dE, dU): a float, the mean over the batch, and two (V, D) arrays of the dtype of
    E and U; gradients of a word that occurs several times add up
    (Mikolov et al. 2013, "Distributed representations of words and phrases", equation 4).
    """
    ### BEGIN SOLUTION
    batch, width = contexts.shape
    h = E[contexts].mean(axis=1)
    rows = np.concatenate([targets[:, None], negatives], axis=1)
    scores = np.einsum("bd,bkd->bk", h, U[rows])
    scores[:, 0] *= -1  # now each term of the loss is log(1 + exp(score))
    loss = np.logaddexp(0, scores).sum() / batch
    slope = np.exp(-np.logaddexp(0, -scores)) / batch
    slope[:, 0] *= -1
    dE, dU = np.zeros_like(E), np.zeros_like(U)
    np.add.at(dU, rows, slope[:, :, None] * h[:, None])
    np.add.at(dE, contexts, np.einsum("bk,bkd->bd", slope, U[rows])[:, None] / width)
    return loss, dE, dU
    ### END SOLUTION


# %% test="negative_sampling_loss" points=8
check_numpy_only(negative_sampling_loss)
E = np.array([[0.2, -0.1], [0.4, 0.3], [-0.5, 0.6]])
U = np.array([[0.3, 0.1], [-0.2, 0.5], [0.7, -0.4]])
contexts, targets = np.array([[0, 0], [1, 0]]), np.array([2, 1])
negatives = np.array([[0, 0, 1], [2, 0, 1]])


def small_loss(E, U):
    """The loss of the worked case, one example after the other, in plain NumPy."""
    total = 0.0
    for context, target, noise in zip(contexts, targets, negatives, strict=True):
        h = (E[context[0]] + E[context[1]]) / 2
        total += np.log(1 + np.exp(-h @ U[target]))
        total += sum(np.log(1 + np.exp(h @ U[k])) for k in noise)
    return total / 2


loss, dE, dU = negative_sampling_loss(contexts, targets, negatives, E, U)
check_close("loss", loss, small_loss(E, U), "Sum over the negatives, average over the batch.")
check_close(
    "dU",
    dU,
    numeric_gradient(lambda changed: small_loss(E, changed), U),
    "Compared with central differences. Word 0 is a negative three times: its gradients add up.",
    dtype=np.float64,
    atol=1e-8,
)
check_close(
    "dE",
    dE,
    numeric_gradient(lambda changed: small_loss(changed, U), E),
    "Compared with central differences.",
    dtype=np.float64,
    atol=1e-8,
)
passed("negative_sampling_loss")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def torch_negative(contexts, targets, negatives, E, U):
        E, U = (torch.tensor(np.array(a, dtype=np.float64), requires_grad=True) for a in (E, U))
        h = E[torch.as_tensor(contexts.copy())].mean(1)
        real = (h * U[torch.as_tensor(targets.copy())]).sum(1)
        noise = (h[:, None] * U[torch.as_tensor(negatives.copy())]).sum(2)
        log_sigmoid = nn.functional.logsigmoid
        loss = -(log_sigmoid(real).sum() + log_sigmoid(-noise).sum()) / len(real)
        loss.backward()
        return loss.item(), E.grad.numpy(), U.grad.numpy()

    rng = np.random.default_rng(19)
    sizes = (
        (1, 1, 1, 2, 1),
        (1, 4, 5, 9, 3),
        (6, 2, 3, 5, 4),
        (20, 6, 10, 30, 8),
        (12, 4, 1, 3, 1),
        (3, 2, 4, 1, 2),
    )
    for B, C, K, V, D in sizes:
        for scale, dtype in ((0.3, np.float64), (3.0, np.float64), (0.5, np.float32)):
            contexts, targets = rng.integers(V, size=(B, C)), rng.integers(V, size=B)
            negatives = rng.integers(V, size=(B, K))
            E = (scale * rng.normal(size=(V, D))).astype(dtype)
            U = (scale * rng.normal(size=(V, D))).astype(dtype)
            given = [a.copy() for a in (contexts, targets, negatives, E, U)]
            loss, dE, dU = negative_sampling_loss(contexts, targets, negatives, E, U)
            right_loss, right_dE, right_dU = torch_negative(contexts, targets, negatives, E, U)
            where = f"B={B}, C={C}, K={K}, V={V}, D={D}."
            loose = {} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-4}
            check_close("loss", loss, right_loss, where, **loose)
            tight = {} if dtype == np.float64 else {"atol": 1e-5}
            check_close("dE", dE, right_dE, where, dtype=dtype, **tight)
            check_close("dU", dU, right_dU, where, dtype=dtype, **tight)
            names = ("contexts", "targets", "negatives", "E", "U")
            for name, array, before in zip(
                names, (contexts, targets, negatives, E, U), given, strict=True
            ):
                check_unchanged(name, array, before)
    contexts, targets = np.array([[0, 1], [1, 2]]), np.array([2, 2])
    for size in (1e3, -1e3):
        E = np.array([[size, 0.0], [size, 0.0], [size, 0.0]])
        U = np.array([[1.0, 0.5], [-1.0, 0.2], [1.0, -0.3]])
        for negatives in (np.array([[0, 1], [2, 2]]), np.array([[1], [1]]), np.array([[2], [2]])):
            loss, dE, dU = negative_sampling_loss(contexts, targets, negatives, E, U)
            right_loss, right_dE, right_dU = torch_negative(contexts, targets, negatives, E, U)
            check_close("loss with scores of 1e3", loss, right_loss)
            check_close("dE with scores of 1e3", dE, right_dE)
            check_close("dU with scores of 1e3", dU, right_dU)
    E, U = rng.normal(size=(6, 8)).T[::2], rng.normal(size=(4, 12))[:, ::2]
    contexts, targets = rng.integers(4, size=(8, 6))[::2, ::3], rng.integers(4, size=8)[::2]
    negatives = rng.integers(4, size=(8, 6))[::2, ::2]
    results = negative_sampling_loss(contexts, targets, negatives, E, U)
    oracle = torch_negative(contexts, targets, negatives, E, U)
    for name, mine, right in zip(("loss", "dE", "dU"), results, oracle, strict=True):
        check_close(f"{name} of views", mine, right)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### What a step costs
#
# The next cell times one gradient step of both losses, with your NumPy functions, on vocabularies of
# growing size. Both axes are logarithmic: a line that climbs by one decade per decade means cost in
# proportion to the vocabulary.


# %% tags=["experiment"]
import time
from functools import partial


def seconds_per_step(step, repeats):
    """Shortest time in seconds of a few calls of `step`."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)


def compare_steps(sizes, batch=128, width=4, dim=50, negatives=10, repeats=5):
    """Milliseconds per step of (full softmax, negative sampling) for each vocabulary size."""
    rng = np.random.default_rng(0)
    rows = []
    for V in sizes:
        E, U = rng.normal(size=(2, V, dim)) / dim
        contexts, targets = rng.integers(V, size=(batch, width)), rng.integers(V, size=batch)
        noise = rng.integers(V, size=(batch, negatives))
        full = seconds_per_step(partial(cbow_gradients, contexts, targets, E, U), repeats)
        sampled = seconds_per_step(
            partial(negative_sampling_loss, contexts, targets, noise, E, U), repeats
        )
        rows.append((1e3 * full, 1e3 * sampled))
    return np.array(rows)


sizes = {"full": (500, 1000, 2000, 4000, 8000, 16000), "smoke": (100, 400)}[SCALE]
cost = compare_steps(sizes)
figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
axes.loglog(sizes, cost[:, 0], "o-", label="full softmax")
axes.loglog(sizes, cost[:, 1], "s-", label="10 negatives")
axes.set(
    xlabel="vocabulary V (words)",
    ylabel="time of a step (ms)",
    title="The softmax pays for every word it does not choose",
)
axes.legend()
plt.show()
for V, (full, sampled) in zip(sizes, cost, strict=True):
    print(f"V = {V:6,}: full softmax {full:7.2f} ms, negative sampling {sampled:7.2f} ms")

# %% [markdown]
# **Exercise `why_negative_sampling` (4 points, written).** Answer in a few sentences each.
#
# 1. About how many multiplications do the scores of *one* example cost with the full softmax, and how
#    many with $K$ negatives? Give both in terms of $V$, $D$ and $K$, and the ratio for $V = 10{,}000$, $K = 10$.
# 2. Suppose you leave the negatives out ($K = 0$) and minimise only $-\log \sigma(h \cdot u_t)$. What solution
#    does training run to, and why are its vectors useless?
# 3. Why are negatives drawn from $n_v^{0.75}$ rather than uniformly, and rather than from $n_v$ itself?
# 4. What does a model trained with the full softmax give you that this one does not?

# %% [markdown] answer="why_negative_sampling" points=4
# 1. The full softmax needs $V$ inner products of length $D$: $VD$ multiplications. Negative sampling
#    needs $(1 + K) D$. For $V = 10{,}000$ and $K = 10$ that is a ratio of $10{,}000 / 11 \approx 900$. (The
#    backward pass has the same ratio; a dense update of the whole table still touches $VD$ numbers per batch,
#    but not per example, which is one reason why the measured gain is smaller: 88 ms against 1.6 ms a step at
#    $V = 16{,}000$ in our run, and 1.0 against 1.3 ms at $V = 500$.)
# 2. The loss falls to 0 when every score $h \cdot u_t$ goes to infinity: all vectors turn into one direction
#    and grow. Every word then fits every context, so nothing tells words apart. Negatives push wrong pairs away.
# 3. Drawn from $n_v$, nearly all negatives would be the few commonest words (*and*, *the*), and most words
#    would hardly ever be pushed away. Drawn uniformly, most would be rare words that are easy to reject, and
#    common words would be too rarely corrected. The power 0.75 lies between: it flattens the frequencies.
# 4. Normalised probabilities of the next word: $\sigma(h \cdot u_v)$ do not add up to one over the vocabulary and
#    their level depends on the noise, so the model gives vectors, not a likelihood or a perplexity.
#
# - **1 point**: both counts ($VD$ and $(1 + K)D$, or in proportion) and a ratio of about 900
# - **1 point**: the scores grow without bound and all words become alike; nothing separates them
# - **1 point**: something wrong with each of the two extremes
# - **1 point**: normalised probabilities over the vocabulary (or likelihood, perplexity, sampling)

# %% [markdown]
# **Exercise `two_matrices` (3 points, written).** The model keeps two vectors for each word. Suppose we
# set $U = E$ to save half of the memory. Think of the context "the the the the" and of the score of the word
# *the*. What would go wrong, and which property of real text does it contradict? Say also which of the
# two matrices you would use to look for similar words, and what it means there that two words are close.

# %% [markdown] answer="two_matrices" points=3
# With $U = E$ the score of a word in a context that contains it includes $E_w \cdot E_w / C = \|E_w\|^2 / C$, which is
# never negative: for the context "the the the the" the score of *the* is $\|E_{the}\|^2$, as large as any
# score with a vector of that length can be. The model would have to expect a word beside itself, and more so the
# longer its vector. In real text a word seldom stands next to itself ("the the" hardly occurs). With two matrices
# $E_w \cdot U_w$ may be negative: what a word predicts and what predicts the word are two roles.
#
# For similar words we use $E$, the input embeddings (the rows of $U$ work as well). Two rows of $E$ are close when
# the two words, put into a context, lead to nearly the same guesses for the word in the gap: they can stand
# in for each other there. It does not mean that they occur together.
#
# - **1 point**: the score of a word with itself is a squared length, never negative and growing with it
# - **1 point**: words rarely occur beside themselves (or: predicting and being predicted are different roles)
# - **1 point**: names a matrix and says closeness means the same predictions or contexts, not occurring together

# %% [markdown]
# ## Part C. Training
#
# ### The model in torch
#
# Now torch takes over the gradients. The model is the one of Part B: two separate $(V, D)$ tables, no bias,
# the mean over the context, and the scores as output (no softmax; the loss adds it).
#
# How you initialise the tables is up to you and not tested. A hint: `nn.Embedding` starts with standard
# deviation 1, so that the random start drowns what a small text has to teach. A standard deviation
# of 0.1 for the input embeddings gives far better neighbours on Shakespeare.
#
# **Exercise `CBOW` (6 points).** Fill in the three methods.


# %% solution="CBOW"
class CBOW(nn.Module):
    """Continuous bag of words with input and output embeddings of shape (vocab_size, dim)."""

    def __init__(self, vocab_size, dim):
        """Make both tables, separate and trainable, and no bias."""
        ### BEGIN SOLUTION
        super().__init__()
        self.inputs = nn.Embedding(vocab_size, dim)
        self.outputs = nn.Linear(dim, vocab_size, bias=False)
        nn.init.normal_(self.inputs.weight, std=0.1)
        ### END SOLUTION

    def forward(self, contexts):
        """Scores of all words: int64 tensor (B, C) to float tensor (B, vocab_size), before softmax."""
        ### BEGIN SOLUTION
        return self.outputs(self.inputs(contexts).mean(dim=1))
        ### END SOLUTION

    def embeddings(self):
        """The input embeddings as a tensor (vocab_size, dim), detached from the graph."""
        ### BEGIN SOLUTION
        return self.inputs.weight.detach()
        ### END SOLUTION


# %% test="CBOW" points=6
model = CBOW(7, 3)
logits = model(torch.tensor([[0, 1, 2, 3], [6, 6, 0, 1]]))
check_close("the shape of the logits", np.array(logits.shape), [2, 7], "One score for each word.")
table = model.embeddings()
assert isinstance(table, torch.Tensor), "embeddings() should return a torch tensor."
check_close("the shape of embeddings()", np.array(table.shape), [7, 3])
assert not table.requires_grad, "embeddings() should be detached from the graph."
one, other, both = (model(torch.tensor([c])).detach() for c in ([1, 1], [4, 4], [1, 4]))
check_close(
    "the logits of the context (1, 4)",
    both,
    (one + other) / 2,
    "They are the mean of those of (1, 1) and of (4, 4): the model averages the context.",
    rtol=1e-4,
    atol=1e-5,
)
passed("CBOW")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def random_state(model, generator):
        """The model's state with every number drawn anew."""
        return {
            key: torch.randn(value.shape, generator=generator, dtype=value.dtype)
            for key, value in model.state_dict().items()
        }

    generator = torch.Generator().manual_seed(23)
    for V, D, C in ((12, 4, 4), (30, 7, 2), (9, 1, 6), (5, 2, 1)):
        model = CBOW(V, D)
        fresh = random_state(model, generator)
        model.load_state_dict(fresh)  # whatever the first values were, a bias cannot be zero now
        E = model.embeddings()
        assert not E.requires_grad, "embeddings() should be detached from the graph."
        assert any(value.shape in ((V, D), (D, V)) for value in fresh.values()), (
            "The embeddings should be parameters of the model, (vocab_size, dim) each."
        )
        every_word = torch.arange(V)[:, None]
        scores = as_array("logits", model(every_word)).astype(np.float64)
        E = as_array("embeddings", E).astype(np.float64)
        assert E.shape == (V, D), f"embeddings() has shape {E.shape}, expected {(V, D)}."
        assert scores.shape == (V, V), f"The logits have shape {scores.shape}, expected {(V, V)}."
        U = np.linalg.lstsq(E, scores, rcond=None)[0].T
        check_close(
            "the logits",
            scores,
            E @ U.T,
            "They should be E U^T for the *input* embeddings E, with no bias and nothing in between.",
            rtol=1e-3,
            atol=1e-3,
        )
        assert any(
            np.abs(as_array("a table", value) - E).max() < 1e-6
            for value in fresh.values()
            if value.shape == (V, D)
        ) or any(
            np.abs(as_array("a table", value).T - E).max() < 1e-6
            for value in fresh.values()
            if value.shape == (D, V)
        ), "embeddings() should give the table as it is now."
        assert np.abs(U - E).max() > 1e-2, (
            "Input and output embeddings should be two separate tables."
        )
        contexts = torch.randint(V, (6, C), generator=generator)
        contexts[0] = contexts[0, 0]
        before = contexts.clone()
        expected = E[contexts.numpy()].mean(axis=1) @ U.T
        check_close("the logits", model(contexts).detach(), expected, rtol=1e-3, atol=1e-3)
        check_unchanged("contexts", contexts, before)


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Training
#
# Training goes over the text several times. In each epoch: shuffle the examples, take them in batches of
# `batch_size` (the last batch may be smaller), and let Adam with learning rate `lr` and torch's other
# defaults take one step on the mean cross-entropy of each batch.
#
# The loss of an epoch is the mean over its *examples* of the loss as training saw it, each batch before
# its own step. A last batch of 3 examples counts as 3 examples, not as a whole batch.
#
# The result depends on `seed` and on nothing else: the same seed gives the same result, another one another.
# It also leaves the random state of the rest of the program alone: `torch.random.fork_rng()` or a
# `torch.Generator` of your own help. Show a progress bar with `tqdm`; it is not tested, but you will like it.
#
# **Exercise `train_cbow` (8 points).** Use your `cbow_examples` and `CBOW`. The hidden test makes a text
# from classes of words that follow each other in a fixed cycle. At least 90 % of the words must have their
# nearest neighbour, by cosine, in their own class.


# %% solution="train_cbow"
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    """Train CBOW with the full softmax and Adam.

    ids: int array (n,), the text as word ids below vocab_size; dim, window, epochs, batch_size,
    seed: ints; lr: float, Adam's learning rate.
    Returns (E, losses): the input embeddings as a float NumPy array (vocab_size, dim), and a list
    of `epochs` floats, each the mean over that epoch's examples of the loss seen in training.
    The same seed gives the same result; the global random state is left as it was.
    """
    ### BEGIN SOLUTION
    contexts, targets = (torch.from_numpy(part).long() for part in cbow_examples(ids, window))
    losses = []
    total = epochs * len(targets)
    with (
        torch.random.fork_rng(devices=[]),
        tqdm(total=total, desc="training", unit=" words", delay=1) as progress,
    ):
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for _ in range(epochs):
            seen = 0.0
            for batch in torch.randperm(len(targets)).split(batch_size):
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                seen += loss.item() * len(batch)
                progress.update(len(batch))
            losses.append(seen / len(targets))
            progress.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
    return model.embeddings().numpy(), losses
    ### END SOLUTION


# %% test="train_cbow" points=8
small_ids = np.random.default_rng(0).integers(6, size=50)
E, losses = train_cbow(small_ids, 6, 4, 2, 3, 16, 0.01, 0)
assert isinstance(E, np.ndarray), (
    "The embeddings should be a NumPy array: tensor.numpy() makes one."
)
check_close("the shape of E", np.array(E.shape), [6, 4])
check_close("the number of losses", len(losses), 3, "One loss for each epoch.")
again, _ = train_cbow(small_ids, 6, 4, 2, 3, 16, 0.01, 0)
check_close("E trained again", again, E, "The same seed should give the same result.", rtol=1e-4)
alternating = np.arange(200) % 2
_, losses = train_cbow(alternating, 2, 4, 1, 20, 32, 0.05, 0)
assert losses[-1] < 0.1, (
    f"In a text that alternates between two words the loss should fall to almost 0; it ends at"
    f" {losses[-1]:.3f}."
)
passed("train_cbow")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def share_in_class(E, labels):
        """Share of words whose nearest neighbour by cosine is of their own class."""
        rows = as_array("E", E).astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        cosine = rows @ rows.T
        np.fill_diagonal(cosine, -2)
        return float((labels[cosine.argmax(axis=1)] == labels).mean())

    for num_classes, seed in ((5, 1), (7, 2)):
        ids, labels = class_corpus(num_classes, 6, 2000, seed)
        before = ids.copy()
        V = len(labels)
        E, losses = train_cbow(ids, V, 8, 2, 12, 100, 0.05, seed)
        assert np.asarray(E).shape == (V, 8), f"E has shape {np.asarray(E).shape}, not {(V, 8)}."
        assert np.asarray(E).dtype.kind == "f", "E should hold floating numbers."
        check_unchanged("ids", ids, before)
        share = share_in_class(E, labels)
        assert share >= 0.9, (
            f"Only {share:.0%} of the words have their nearest neighbour in their own class."
        )
        assert len(losses) == 12, f"There are {len(losses)} losses for 12 epochs."
        # the best loss is log 6: the class of the next word is certain, the word within it is not
        assert np.log(6) - 0.4 < losses[-1] < np.log(6) + 0.35, (
            f"The last loss is {losses[-1]:.3f}; about log 6 = 1.79 is right for classes of six words."
        )
        assert losses[0] > losses[-1], "The losses should fall."

    # A step so small that nothing moves shows the start, the loss there and how it is averaged.
    ids = np.random.default_rng(29).integers(20, size=41)
    start, still = train_cbow(ids, 20, 5, 2, 3, 36, 1e-12, 4)
    for other in (36, 5, 100):
        _, losses = train_cbow(ids, 20, 5, 2, 3, other, 1e-12, 4)
        check_close(
            "the losses while nothing moves",
            losses,
            [still[0]] * 3,
            "Every example counts once and equally, also those in a smaller last batch.",
            rtol=2e-5,
        )
    assert len(train_cbow(ids, 20, 5, 2, 1, 36, 1e-12, 4)[1]) == 1, "One epoch gives one loss."
    _, losses = train_cbow(np.zeros(9, dtype=np.int64), 1, 3, 1, 2, 4, 0.01, 0)
    check_close(
        "the losses with a single word", losses, [0.0, 0.0], "It is always right.", atol=1e-6
    )
    # One batch per epoch: the first loss is that of the start, whatever the learning rate.
    moved, losses = train_cbow(ids, 20, 5, 2, 2, 37, 0.05, 4)
    check_close(
        "the first loss of one large batch",
        losses[0],
        still[0],
        "The loss is the one seen in training, before the step.",
        rtol=2e-5,
    )
    # Two steps of Adam move each number by no more than lr each, and the largest by nearly as much.
    step = np.abs(as_array("E", moved).astype(float) - as_array("E", start).astype(float)).max()
    assert 0.5 * 0.05 < step < 2.05 * 0.05, (
        f"After two steps with lr=0.05 the largest change is {step:.4f}: is it Adam, with this lr?"
    )
    again, losses_again = train_cbow(ids, 20, 5, 2, 2, 37, 0.05, 4)
    check_close("E with the same seed", again, moved, rtol=1e-4, atol=1e-5)
    check_close("losses with the same seed", losses_again, losses, rtol=1e-4)
    other, _ = train_cbow(ids, 20, 5, 2, 2, 37, 0.05, 5)
    assert np.abs(as_array("E", other) - as_array("E", moved)).max() > 1e-3, (
        "Another seed should give another result."
    )
    # The window decides which words take part: here the one in the middle is only ever a target.
    ids = np.arange(7)
    for window, untouched in ((3, [3, 7, 8]), (1, [7, 8]), (2, [7, 8])):
        start, _ = train_cbow(ids, 9, 4, window, 3, 8, 1e-12, 6)
        moved, _ = train_cbow(ids, 9, 4, window, 3, 8, 0.05, 6)
        change = np.abs(as_array("E", moved) - as_array("E", start)).max(axis=1)
        still = [int(i) for i in np.flatnonzero(change < 1e-4)]
        assert still == untouched, (
            f"With window {window} the rows {still} of E did not move; those of words that are in no"
            f" context are {untouched}."
        )
    # The rest of the program goes on with the random numbers it would have had.
    torch.manual_seed(31)
    np.random.seed(31)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    train_cbow(np.arange(12) % 4, 4, 2, 1, 1, 4, 0.01, 0)
    assert torch.equal(torch.get_rng_state(), torch_state) and np.array_equal(
        np.random.get_state()[1], numpy_state
    ), "train_cbow changed the global random state: use torch.random.fork_rng() or a generator."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### Neighbours
#
# Two words are similar when their vectors point the same way. The cosine of the angle between rows $a$ and $b$ is
#
# $$\cos(a, b) = \frac{a \cdot b}{\|a\| \, \|b\|},$$
#
# and 0 where one of them is a row of zeros.
#
# **Exercise `nearest_words` (5 points).** Return `k` pairs (word, cosine). The query always comes first,
# with its own cosine: 1, or 0 when its row is zero. The others follow by falling cosine. There are `k`
# entries in all, the query included, or as many as there are words when `k` is larger.


# %% solution="nearest_words"
def nearest_words(E, words, query, k):
    """The `k` words nearest to `query` by cosine, the query itself first.

    E: float array (V, D); words: list of V str, words[i] names row i; query: str; k: int >= 1.
    Returns a list of min(k, V) pairs (word, cosine): the query with its own cosine (1.0, or 0.0 for
    a row of zeros), then the others by falling cosine, equal ones in any order. A row of zeros has
    cosine 0 with everything. Raises KeyError that names the query when it is not among the words.
    """
    ### BEGIN SOLUTION
    if query not in words:
        raise KeyError(query)
    norms = np.linalg.norm(E, axis=1, keepdims=True)
    unit = E / np.where(norms == 0, 1, norms)
    place = words.index(query)
    cosine = unit @ unit[place]
    others = [i for i in np.argsort(-cosine, kind="stable") if i != place]
    return [(words[i], float(cosine[i])) for i in [place, *others][:k]]
    ### END SOLUTION


# %% test="nearest_words" points=5
E = np.array([[3.0, 0.0], [10.0, 10.0], [0.0, 2.0], [1.0, 0.1], [-1.0, 0.0]])
five_words = ["king", "prince", "apple", "queen", "never"]
found = nearest_words(E, five_words, "king", 3)
assert len(found) == 3, f"k=3 should give 3 entries, the query included; got {len(found)}."
assert [word for word, _ in found] == ["king", "queen", "prince"], (
    f"the words are {[word for word, _ in found]}: the query first, then by falling cosine. An inner"
    " product alone is not a cosine: divide by both lengths."
)
check_close("the cosines", [c for _, c in found], [1.0, 1 / 1.01**0.5, 0.5**0.5])
error = check_raises(
    KeyError,
    lambda: nearest_words(E, five_words, "juliet", 2),
    "An unknown query should raise KeyError.",
)
assert "juliet" in str(error), "The KeyError should name the word that is not known."
passed("nearest_words")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def check_neighbours(E, words, query, k):
        before, names = E.copy(), list(words)
        found = nearest_words(E, words, query, k)
        check_unchanged("E", E, before)
        assert list(words) == names, "Your function changed its input words."
        rows = [[float(x) for x in row] for row in E]

        def cosine(a, b):
            lengths = sum(x * x for x in a) ** 0.5 * sum(x * x for x in b) ** 0.5
            return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0

        place = words.index(query)
        right = {word: cosine(row, rows[place]) for word, row in zip(words, rows, strict=True)}
        count = min(k, len(words))
        assert len(found) == count, (
            f"k={k} of {len(words)} words: {len(found)} entries, not {count}."
        )
        assert found[0][0] == query, f"The query {query!r} should come first, not {found[0][0]!r}."
        names = [word for word, _ in found]
        assert len(set(names)) == count, "A word stands twice in the result."
        single = E.dtype == np.float32
        tolerance = {"rtol": 1e-4, "atol": 1e-4} if single else {"rtol": 1e-6, "atol": 1e-9}
        check_close("the cosines", [c for _, c in found], [right[w] for w in names], **tolerance)
        best = sorted((right[w] for w in words if w != query), reverse=True)[: count - 1]
        check_close(
            "the cosines in order",
            [c for _, c in found[1:]],
            np.array(best),
            "They should fall.",
            **tolerance,
        )

    rng = np.random.default_rng(37)
    for V, D in ((1, 1), (2, 3), (8, 1), (30, 5), (12, 40)):
        for dtype in (np.float64, np.float32):
            E = (rng.normal(size=(V, D)) * 10.0 ** rng.integers(-2, 3, size=(V, 1))).astype(dtype)
            words = [f"word{i}" for i in rng.permutation(V)]
            for k in (1, 2, V, V + 5):
                for query in {words[0], words[V // 2], words[-1]}:
                    check_neighbours(E, words, query, k)
    E = np.array(
        [[1.0, 2.0], [0.0, 0.0], [2.0, 4.0], [-1.0, 0.5], [-1.0, -2.0], [0.0, 0.0], [0.5, 1.0]]
    )
    words = ["a", "zero", "double", "across", "against", "nought", "half"]
    for query in words:
        for k in (1, 3, 7, 9):
            check_neighbours(E, words, query, k)
    check_neighbours(np.zeros((3, 2)), ["x", "y", "z"], "y", 3)
    wide = rng.normal(size=(4, 20))
    check_neighbours(wide.T[::2], [f"v{i}" for i in range(10)], "v7", 4)
    for name in ("romeo", "", "v"):
        error = check_raises(
            KeyError,
            lambda name=name: nearest_words(wide, ["p", "q", "r", "s"], name, 2),
            "An unknown query should raise KeyError.",
        )
        assert name in str(error), "The KeyError should name the word that is not known."


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### What CBOW learns from Shakespeare
#
# The next cell trains on the whole text with your functions. Every word is kept here: a text this
# small has none to spare, and frequent words such as *the* or *to* beside a gap say which part of speech it
# holds. At full scale it takes about a minute on two cores.
#
# Look at the left end of the curve too: a model that knows nothing starts near $\log V$, and one that
# knows only how often each word occurs would reach the dashed line.

# %% tags=["experiment"]
SETTINGS = {
    "full": {"dim": 100, "window": 2, "epochs": 5, "batch_size": 512, "lr": 3e-3, "seed": 0},
    "smoke": {"dim": 16, "window": 2, "epochs": 4, "batch_size": 64, "lr": 1e-2, "seed": 0},
}[SCALE]

tokens = tokenize(load_text(SCALE))
word_to_id, counts = build_vocab(tokens, min_count={"full": 8, "smoke": 1}[SCALE])
words = sorted(word_to_id, key=word_to_id.get)
ids = np.array([word_to_id[word] for word in tokens if word in word_to_id])

start = time.perf_counter()
embeddings, losses = train_cbow(ids, len(words), **SETTINGS)
seconds = time.perf_counter() - start
rate = len(ids) * SETTINGS["epochs"] / seconds
print(f"{len(words):,} words, {len(ids):,} tokens: {seconds:.0f} s, {rate:,.0f} words per second")

share = counts / counts.sum()
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
axes.plot(np.arange(1, len(losses) + 1), losses, "o-", label="CBOW, as seen in training")
axes.axhline(np.log(len(words)), color="0.4", ls=":", label="log V: no knowledge")
axes.axhline(-(share * np.log(share)).sum(), color="0.4", ls="--", label="word frequencies only")
axes.set(
    xlabel="epoch",
    ylabel="cross-entropy (nats per word)",
    title="Four neighbours say something about a word",
)
axes.set_xticks(np.arange(1, len(losses) + 1))
axes.legend()
plt.show()

# %% [markdown]
# Now ask for neighbours. Read each line and ask: would a person accept most of these as related, and
# in what sense? Numbers are cosines.

# %% tags=["experiment"]
QUERIES = [
    "brother",
    "slay",
    "shall",
    "people",
    "horse",
    "king",
    "daughter",
    "heart",
    "night",
    "my",
]


def print_neighbours(embeddings, words, queries, k=7):
    """One line for each query: its nearest words with their cosines."""
    for query in queries:
        found = nearest_words(embeddings, words, query, k + 1)[1:]
        print(f"{query:>9}: " + ", ".join(f"{word} {cosine:.2f}" for word, cosine in found))


print_neighbours(embeddings, words, QUERIES)

# %% [markdown]
# The same words once more, trained with *your* `negative_sampling_loss` and an Adam step written in NumPy. The
# line above the table says how many words it reads per second; compare it with the full softmax above.
# Are these neighbours better or worse? Both models saw the same text; this one saw it more often.


# %% tags=["experiment"]
def train_with_negatives(ids, counts, dim, window, negatives, epochs, batch_size, lr, seed):
    """CBOW by negative sampling with Adam in NumPy; the input embeddings (V, D) in float32."""
    rng = np.random.default_rng(seed)
    contexts, targets = cbow_examples(ids, window)
    noise = np.cumsum(noise_distribution(counts))
    tables = [rng.normal(scale=0.1, size=(len(counts), dim)).astype(np.float32) for _ in "EU"]
    means, squares = ([np.zeros_like(table) for table in tables] for _ in "mv")
    step = 0
    with tqdm(total=epochs * len(targets), desc="negatives", unit=" words", delay=1) as progress:
        for _ in range(epochs):
            order = rng.permutation(len(targets))
            for first in range(0, len(order), batch_size):
                batch = order[first : first + batch_size]
                drawn = np.searchsorted(noise, noise[-1] * rng.random((len(batch), negatives)))
                _, *gradients = negative_sampling_loss(
                    contexts[batch], targets[batch], drawn, *tables
                )
                step += 1
                rate = lr * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
                for table, m, v, g in zip(tables, means, squares, gradients, strict=True):
                    m += 0.1 * (g - m)
                    v += 0.001 * (g * g - v)
                    table -= rate * m / (np.sqrt(v) + 1e-8)
                progress.update(len(batch))
    return tables[0]


# %% tags=["experiment"]
SAMPLED = {
    "full": {"dim": 100, "window": 2, "negatives": 10, "epochs": 10, "batch_size": 512, "lr": 2e-3},
    "smoke": {"dim": 16, "window": 2, "negatives": 5, "epochs": 2, "batch_size": 64, "lr": 1e-2},
}[SCALE]

start = time.perf_counter()
sampled_embeddings = train_with_negatives(ids, counts, seed=0, **SAMPLED)
seconds = time.perf_counter() - start
sampled_rate = len(ids) * SAMPLED["epochs"] / seconds
print(
    f"{seconds:.0f} s: {sampled_rate:,.0f} words per second, {sampled_rate / rate:.1f} times as many"
)
print_neighbours(sampled_embeddings, words, QUERIES)

# %% [markdown]
# k-means puts the words into groups of similar direction. The next cell prints the groups that hold the
# most frequent words, then draws a map: t-SNE lays the vectors out in two dimensions so that near words
# stay near. Distances across the map, and the axes, mean nothing. A dot's colour is its k-means group (20
# colours, so distant groups share one). See how grammar, family, body and plays each have their own corner.


# %% tags=["experiment"]
def cluster_words(embeddings, num_clusters):
    """Number of the k-means cluster of each row, by direction only (rows of length 1)."""
    from sklearn.cluster import KMeans

    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return KMeans(num_clusters, n_init=3, random_state=0).fit_predict(unit)


def plot_map(embeddings, words, clusters, title):
    """Label every word at its place in a t-SNE map; the colour of its dot is its cluster."""
    from sklearn.manifold import TSNE

    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    tsne = TSNE(perplexity=min(15, len(words) // 4), init="pca", random_state=0, max_iter=500)
    place = tsne.fit_transform(unit.astype(np.float64))
    _, axes = plt.subplots(figsize=(11, 8), layout="constrained")
    axes.scatter(*place.T, c=plt.get_cmap("tab20")(clusters % 20), s=30)
    for word, spot in zip(words, place, strict=True):
        axes.annotate(word, spot, fontsize=9, xytext=(3, 3), textcoords="offset points")
    axes.set(xlabel="t-SNE axis 1 (no unit)", ylabel="t-SNE axis 2 (no unit)", title=title)
    plt.show()


frequent = {"full": 800, "smoke": 30}[SCALE]
num_clusters = {"full": 50, "smoke": 5}[SCALE]
clusters = cluster_words(embeddings[:frequent], num_clusters)
for cluster in range(num_clusters):
    members = [words[i] for i in np.flatnonzero(clusters == cluster)[:14]]
    if len(members) > 2:
        print(f"{cluster:2}: " + " ".join(members))

# %% tags=["experiment"]
shown = {"full": slice(20, 170), "smoke": slice(0, 30)}[SCALE]
plot_map(
    embeddings[shown],
    words[shown],
    clusters[shown],
    "Words that can stand in for each other lie together",
)

# %% [markdown]
# **Exercise `clusters` (15 points, written).** Use the tables and the map above, and more queries of your own
# (add cells as you like).
#
# 1. Name at least five clusters of related words that your model found. Give each a name and at least four of
#    its words, quoted from your own output. They must differ in kind: five lists of first names are one cluster.
# 2. Which kind of similarity does CBOW catch? Take two of your clusters and explain from the way the model
#    is trained (the context, the mean, the target in the gap) why those words came together.
# 3. Give one example from your output where words are close that a person would call *opposites* or unrelated,
#    and say why the model cannot know better.

# %% [markdown] answer="clusters" points=15
# These lists come from a full run of this notebook; yours differ in detail with the random start.
#
# 1. Clusters, with words as printed by k-means:
#    - *what a sentence's verb phrase begins with* (modal verbs): will, shall, would, may, must, should, can, could,
#      might, dare. The query *shall* gives may 0.75, will 0.74, should 0.73, might 0.66, must 0.65.
#    - *family and rank*: lord, father, lady, son, brother, wife, mother, daughter, cousin, husband. The query *brother*
#      gives son 0.70, uncle 0.68, daughter 0.67, husband 0.67, friend 0.67.
#    - *whose* (possessives): my, your, his, thy, her, our, their, mine, whose, thine.
#    - *body and self*: life, heart, blood, hand, head, face, tongue, mind, eye, body. The query *heart* gives soul
#      0.79, breast 0.72, tongue 0.69.
#    - *verbs that go with thou*: art, hast, dost, wilt, shalt, canst, didst, hadst, wert.
#    - *Rome's public*: the query *people* gives gods, senate, capitol, volsces, commons, nobles: the words of
#      *Coriolanus*.
#    - *motion*: go, away, hence, forth, back, straight, along, thither; *conjunctions*: if, when, though, till, ere,
#      while, lest, unless; *speakers of the Roman plays*: coriolanus, menenius, sicinius, cominius, aufidius.
# 2. CBOW sees only which words stand around a gap, and a word's row of $E$ is moved so that it predicts what stands
#    in gaps beside it. Words that occur in the same surroundings receive the same gradients and end in the same
#    direction: they are *interchangeable*, which is not the same as occurring together. *shall* and *will* both stand
#    between a pronoun and a plain verb ("I … not", "he … be"). *art, hast, dost, wilt* all stand beside *thou*. The mean
#    over two words on each side keeps little more than the part of speech and the nearest partners, so grammar
#    comes first and meaning second; topics appear where a play has its own vocabulary (Rome).
# 3. *daughter* is near *husband* (0.71), *brother* and *son*: a person would separate man and woman, or parent and child,
#    but all of them follow *my*, *his*, *thy* and nothing in two words on each side says more. *horse* is near *cap*, *body*,
#    *sail*, *letter*: it is too rare, and shares with these only that it is a thing one has. *wife* and *husband*, or
#    *never* and *nothing* beside *still*, show the same: opposites fit the same gap.
#
# - **5 points**: five named clusters, each with at least four words quoted from the student's own output (1 point each)
# - **2 points**: the clusters differ in kind (not five lists of names) and their names fit the words
# - **2 points**: says that CBOW catches words that can stand in for each other (same contexts), not words that
#   occur together
# - **4 points**: two clusters explained from the training: what their contexts share, why this gives similar rows of E
# - **1 point**: an example of close opposites or unrelated words from the output
# - **1 point**: why the model cannot know better (same contexts, small window, too few occurrences)

# %% [markdown]
# ## Part D. Decoding and attention
#
# ### Beam search
#
# A model that gives the next word a probability still has to write a sentence. Greedy decoding takes the
# best word at each step and cannot take it back. *Beam search* keeps several partial sentences, the beam:
#
# 1. Start with the empty sentence, of log-probability 0.
# 2. Extend every sentence of the beam by every possible next token; log-probabilities add up.
# 3. Keep the best of all these candidates, as many as the beam is wide.
# 4. A kept candidate that ends in `eos` is complete. It leaves the beam, and the beam is narrower by one from
#    then on. The others are extended in the next round.
# 5. Stop when the beam is empty.
#
# The model is given as a `tree`: a dictionary from each prefix (a tuple of tokens) to a dictionary from next
# token to its log-probability. A sentence whose prefix has no entry cannot be extended: it is a dead
# end and is dropped when its turn comes to be extended, and the beam stays as wide as it was.
#
# Where log-probabilities are equal, the smaller tuple of tokens (compared as strings, as Python
# compares tuples) goes first, both when the beam is cut and in the result.
#
# **Exercise `beam_search` (6 points).** Return all complete sentences as pairs (tokens, log-probability),
# the best first. `eos` is part of the tokens.


# %% solution="beam_search"
def beam_search(tree, beam_size, eos="<EOS>"):
    """Complete sentences that beam search finds. NumPy / plain Python.

    tree: dict from prefix (tuple of str) to a dict of next token (str) to log-probability (float);
    beam_size: int >= 1; eos: str, the token that completes a sentence.
    Returns a list of (tokens, log_prob): a tuple of str that ends in eos, and the sum of its
    log-probabilities, best first; equal ones by the smaller tuple.
    """
    ### BEGIN SOLUTION

    def best_first(hypothesis):
        return -hypothesis[1], hypothesis[0]

    beam, complete = [((), 0.0)], []
    while beam and len(complete) < beam_size:
        candidates = [
            ((*prefix, token), score + step)
            for prefix, score in beam
            for token, step in tree.get(prefix, {}).items()
        ]
        kept = sorted(candidates, key=best_first)[: beam_size - len(complete)]
        complete += [hypothesis for hypothesis in kept if hypothesis[0][-1] == eos]
        beam = [hypothesis for hypothesis in kept if hypothesis[0][-1] != eos]
    return sorted(complete, key=best_first)
    ### END SOLUTION


# %% test="beam_search" points=6
check_numpy_only(beam_search)
tree = {
    (): {"deep": -0.60, "learn": -0.80},
    ("deep",): {"deep": -0.05, "<EOS>": -2.99},
    ("learn",): {"deep": -3.10, "learn": -0.11},
    ("deep", "deep"): {"<EOS>": -0.22, "learn": -1.61},
    ("learn", "learn"): {"<EOS>": -2.30, "deep": -0.12},
    ("learn", "learn", "deep"): {"<EOS>": -0.28, "learn": -1.38},
    ("learn", "learn", "deep", "learn"): {"<EOS>": -0.10},
}
found = beam_search(tree, 2)
assert len(found) == 2, (
    f"{len(found)} sentences, expected 2: a complete sentence leaves the beam narrower by one."
)
assert [tuple(tokens) for tokens, _ in found] == [
    ("deep", "deep", "<EOS>"),
    ("learn", "learn", "deep", "<EOS>"),
], f"the sentences are {[tokens for tokens, _ in found]}."
check_close("the log-probabilities", [score for _, score in found], [-0.87, -1.31])
passed("beam_search")


### BEGIN HIDDEN TESTS
def hidden_tests():
    import itertools

    def expected_beam(tree, beam_size, eos):
        """(result, clear): a slow oracle; not clear where it matters when a dead end is dropped."""
        results = []
        for early in (False, True):
            width, beam, complete = beam_size, {(): 0.0}, {}
            while beam and width:
                grown = {}
                for prefix, score in beam.items():
                    for token in tree.get(prefix, {}):
                        longer = (*prefix, token)
                        if not early or token == eos or tree.get(longer):
                            grown[longer] = score + tree[prefix][token]
                beam = {}
                for _ in range(width):
                    if grown:
                        top = max(grown.values())
                        pick = min(p for p in grown if grown[p] == top)
                        (complete if pick[-1] == eos else beam)[pick] = grown.pop(pick)
                width = beam_size - len(complete)
            results.append(sorted(complete.items(), key=lambda item: item[0]))
            results[-1].sort(key=lambda item: item[1], reverse=True)
        return results[0], results[0] == results[1]

    def check_beam(tree, beam_size, eos="<EOS>"):
        expected, clear = expected_beam(tree, beam_size, eos)
        if not clear:
            return
        before = {prefix: dict(nexts) for prefix, nexts in tree.items()}
        found = beam_search(tree, beam_size, eos)
        assert tree == before, "Your function changed its input tree."
        names, right = [tuple(t) for t, _ in found], [t for t, _ in expected]
        assert names == right, (
            f"beam_size={beam_size}: the sentences are {names}, expected {right}."
        )
        check_close(
            "the log-probabilities", [s for _, s in found], np.array([s for _, s in expected])
        )

    for beam_size in (1, 2, 3, 4, 9):
        check_beam(
            {
                prefix: {t.replace("EOS", "end"): s for t, s in nexts.items()}
                for prefix, nexts in tree.items()
            },
            beam_size,
            "<end>",
        )
        check_beam(tree, beam_size)

    rng = np.random.default_rng(41)
    for trial in range(150):
        vocabulary = ["a", "b", "c", "B", "<EOS>", "zz"][: 2 + trial % 5]
        if "<EOS>" not in vocabulary:
            vocabulary[-1] = "<EOS>"
        tied = trial % 2  # quarters add up without rounding, so equal sums are equal
        random_tree = {}
        for length in range(4):
            for prefix in itertools.product(vocabulary, repeat=length):
                if "<EOS>" in prefix or rng.random() < 0.12 * (length > 0):
                    continue
                nexts = [token for token in vocabulary if rng.random() < 0.8]
                if length == 3:
                    nexts = ["<EOS>"] * (rng.random() < 0.8)
                random_tree[prefix] = {
                    token: -float(rng.integers(1, 5)) / 4 if tied else float(-rng.exponential())
                    for token in (nexts[i] for i in rng.permutation(len(nexts)))
                }
        for beam_size in (1, 2, 3, 5):
            check_beam(random_tree, beam_size)

    # a dead end drops out, and the beam stays as wide as it was
    dead = {
        (): {"x": -0.1, "y": -0.5},
        ("y",): {"p": -0.2, "q": -0.3},
        ("y", "p"): {"<EOS>": -0.4},
        ("y", "q"): {"<EOS>": -0.1},
    }
    found = beam_search(dead, 2)
    assert [tuple(t) for t, _ in found] == [("y", "q", "<EOS>"), ("y", "p", "<EOS>")], (
        "A dead end is dropped without narrowing the beam."
    )
    check_close("the log-probabilities", [s for _, s in found], [-0.9, -1.1])
    assert len(beam_search({(): {"x": -0.1}}, 3)) == 0, "Only dead ends: there is no sentence."
    assert len(beam_search({}, 2)) == 0, "An empty tree has no sentence."
    assert [tuple(t) for t, _ in beam_search({(): {"<EOS>": -1.0, "a": -0.5}}, 1)] == [], (
        "With a beam of one the best first token is followed, here into a dead end."
    )
    # equal sums: the smaller tuple, although a token of it comes later in the dictionary
    equal = {
        (): {"b": -0.5, "a": -0.5, "c": -0.5},
        ("a",): {"<EOS>": -0.25},
        ("b",): {"<EOS>": -0.25},
        ("c",): {"<EOS>": -0.25},
    }
    found = beam_search(equal, 2)
    assert [tuple(t) for t, _ in found] == [("a", "<EOS>"), ("b", "<EOS>")], (
        "Equal log-probabilities: the smaller tuple goes first, in the beam and in the result."
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ### A linear recurrent network
#
# CBOW throws the order of the words away: a mean does not know who came first. A recurrent network reads the
# inputs one after the other and keeps a state. The simplest one has no nonlinearity:
#
# $$h_t = W_h h_{t-1} + W_u u_t, \qquad t = 1, \dots, T.$$
#
# The inputs $u_t$ are either scalars, with $W_u$ a vector of length $d$, or vectors of length $k$, with $W_u$ a
# $(d, k)$ matrix.
#
# **Exercise `linear_rnn` (3 points).** Return $h_1, \dots, h_T$ as the rows of a $(T, d)$ array; $h_0$ is given and
# not part of it.


# %% solution="linear_rnn"
def linear_rnn(W_h, W_u, inputs, h0):
    """States of a linear recurrent network. NumPy.

    W_h: float array (d, d); W_u: (d,) with inputs (T,), or (d, k) with inputs (T, k); h0: (d,);
    T >= 1. Returns the states h_1 … h_T, an array (T, d) of the dtype of the data.
    """
    ### BEGIN SOLUTION
    states, h = [], h0
    for u in inputs:
        h = W_h @ h + np.dot(W_u, u)
        states.append(h)
    return np.array(states)
    ### END SOLUTION


# %% test="linear_rnn" points=3
check_numpy_only(linear_rnn)
W_h, W_u = np.array([[0.0, 2.0], [1.0, 0.0]]), np.array([1.0, -1.0])
states = linear_rnn(W_h, W_u, np.array([1.0, 0.0, 3.0]), np.array([1.0, 2.0]))
check_close(
    "the states",
    states,
    [[5.0, 0.0], [0.0, 5.0], [13.0, -3.0]],
    "Row t is h_t = W_h h_(t-1) + W_u u_t; h_0 itself is not among the rows.",
    dtype=np.float64,
)
passed("linear_rnn")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def check_states(W_h, W_u, inputs, h0):
        given = [a.copy() for a in (W_h, W_u, inputs, h0)]
        states = linear_rnn(W_h, W_u, inputs, h0)
        for name, array, before in zip(
            ("W_h", "W_u", "inputs", "h0"), (W_h, W_u, inputs, h0), given, strict=True
        ):
            check_unchanged(name, array, before)
        exact_h, exact_u, steps, start = (a.astype(np.float64) for a in given)
        expected = []  # the closed form: every past input, carried on by a power of W_h
        for t in range(1, len(steps) + 1):
            h = np.linalg.matrix_power(exact_h, t) @ start
            for s in range(t):
                carried = np.linalg.matrix_power(exact_h, t - 1 - s)
                h = h + carried @ (exact_u * steps[s] if exact_u.ndim == 1 else exact_u @ steps[s])
            expected.append(h)
        check_close("the states", states, np.array(expected), dtype=W_h.dtype)

    rng = np.random.default_rng(43)
    for T, d, k in (
        (1, 1, None),
        (1, 1, 1),
        (4, 3, None),
        (6, 2, 5),
        (5, 4, 1),
        (3, 1, 3),
        (2, 2, 2),
        (7, 3, 3),
    ):
        for dtype in (np.float64, np.float32):
            W_h = 0.7 * rng.normal(size=(d, d))
            W_u = rng.normal(size=d if k is None else (d, k))
            inputs = rng.normal(size=T if k is None else (T, k))
            check_states(
                *(np.asarray(a, dtype=dtype) for a in (W_h, W_u, inputs, rng.normal(size=d)))
            )
    check_states(
        rng.normal(size=(4, 4))[::2, ::2],
        rng.normal(size=(6, 2)).T[:, ::3],
        rng.normal(size=(2, 8)).T[::2],
        rng.normal(size=4)[::2],
    )


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# How long does such a network remember? Feed a single 1 and then zeros: what is left of it after $n$ steps is
# $W_h^n W_u$, which shrinks or grows with the size of the eigenvalues of $W_h$. The figure shows it for a rotation
# that is scaled by a factor $r$.


# %% tags=["experiment"]
def impulse_response(scale, steps=40, angle=0.4):
    """Length of the state after a single input of 1 at step 1."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inputs = np.zeros(steps)
    inputs[0] = 1.0
    states = linear_rnn(scale * turn, np.array([1.0, 0.0]), inputs, np.zeros(2))
    return np.linalg.norm(states, axis=1)


figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for scale in (0.8, 0.95, 1.0, 1.05):
    axes.semilogy(np.arange(40), impulse_response(scale), lw=2, label=f"r = {scale}")
axes.set(
    xlabel="steps since the input",
    ylabel="length of the state (no unit)",
    title="A linear state forgets, or explodes, at a fixed rate",
)
axes.legend()
plt.show()

# %% [markdown]
# ### Attention
#
# Attention does not squeeze the past into one state. It keeps a key and a value for each position and lets a
# *query* choose. The score of position $i$ is the plain inner product $s_i = q \cdot k_i$; we leave out the usual
# factor $1 / \sqrt{d}$ here. The output is
#
# $$\sum_i a_i v_i, \qquad a_i = \frac{e^{s_i}}{\sum_j e^{s_j}}.$$
#
# *Hard* attention does not mix: it returns the value whose score is the largest, the first of them on ties.
#
# **Exercise `attend` (4 points).** Scores of 1000 must work here too.


# %% solution="attend"
def attend(query, keys, values, hard=False):
    """Attention of one query over n positions, with plain inner products. NumPy.

    query: float array (d,); keys: (n, d); values: (n, m); hard: bool.
    Returns an array (m,): the values averaged with softmax(keys @ query) as weights, stable for
    scores of any size; with hard=True the value of the largest score, the first one on ties.
    """
    ### BEGIN SOLUTION
    scores = keys @ query
    if hard:
        return values[np.argmax(scores)].copy()
    weights = np.exp(scores - scores.max())
    return weights @ values / weights.sum()
    ### END SOLUTION


# %% test="attend" points=4
check_numpy_only(attend)
query = np.array([2.0, 4.0])
keys = np.array([[-1.0, 1.0], [1.0, 1.0], [6.0, -2.0]])
values = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, -2.0]])
check_close(
    "hard attention",
    attend(query, keys, values, hard=True),
    [2.0, 1.0],
    "The scores are 2, 6 and 4: the second value is chosen.",
    dtype=np.float64,
)
weights = np.exp([-4.0, 0.0, -2.0])
check_close(
    "soft attention",
    attend(query, keys, values),
    weights @ values / weights.sum(),
    "The weights are softmax of (2, 6, 4), without a factor 1/sqrt(d).",
    dtype=np.float64,
)
passed("attend")


### BEGIN HIDDEN TESTS
def hidden_tests():
    def check_attend(query, keys, values, **tolerance):
        given = [a.copy() for a in (query, keys, values)]
        exact = [torch.tensor(a.astype(np.float64)) for a in given]
        scores = exact[1] @ exact[0]
        soft = (torch.softmax(scores, 0)[:, None] * exact[2]).sum(0)
        check_close(
            "soft attention", attend(query, keys, values), soft, dtype=query.dtype, **tolerance
        )
        check_close(
            "hard=False", attend(query, keys, values, False), soft, dtype=query.dtype, **tolerance
        )
        first = scores.tolist().index(max(scores.tolist()))
        hard = exact[2][first]
        check_close(
            "hard attention", attend(query, keys, values, hard=True), hard, dtype=query.dtype
        )
        check_close("hard attention", attend(query, keys, values, True), hard, dtype=query.dtype)
        for name, array, before in zip(
            ("query", "keys", "values"), (query, keys, values), given, strict=True
        ):
            check_unchanged(name, array, before)

    rng = np.random.default_rng(47)
    for n, d, m in ((1, 1, 1), (1, 3, 2), (5, 1, 4), (7, 4, 1), (3, 6, 6), (20, 9, 5)):
        for dtype in (np.float64, np.float32):
            arrays = (rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=(n, m)))
            check_attend(*(np.asarray(a, dtype=dtype) for a in arrays))
    # whole numbers have exact scores, so ties are ties and huge scores are exact
    for size in (1.0, 1e3, -1e3):
        query = size * np.array([1.0, 2.0])
        keys = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 1.0], [-2.0, 1.0], [2.0, -2.0], [-2.0, 1.0]])
        check_attend(query, keys, rng.normal(size=(6, 3)))
    check_attend(np.array([1e3]), np.array([[1.0], [1.001], [0.0]]), rng.normal(size=(3, 2)))
    check_attend(
        rng.normal(size=8)[::2], rng.normal(size=(4, 10)).T[::2], rng.normal(size=(10, 6))[::2, ::3]
    )


hidden_tests()
### END HIDDEN TESTS

# %% include="common/closing.py"
