"""Words per second of problem set 4 beside gensim: `python -m autograder.bench_word2vec`.

Runs the reference solutions of the set. Both sides train CBOW by negative sampling with the same
words, dimensions, window, negatives and epochs, one after the other in one run.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from .course import CourseError, problem_set
from .variants import reference_names

TRAINER = "train_with_negatives"


def gensim_word2vec() -> type:
    """gensim's Word2Vec; CourseError when gensim is missing."""
    try:
        from gensim.models import Word2Vec
    except ImportError:
        raise CourseError(
            f"the benchmark needs gensim: {sys.executable} -m pip install gensim"
        ) from None
    return Word2Vec


def best_of(repeats: int, run: Callable[[], None]) -> float:
    """The shortest of a few wall-clock times of `run`, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def benchmark(
    dim: Annotated[int, typer.Option(min=1, help="Dimensions of a vector.")] = 100,
    window: Annotated[int, typer.Option(min=1, help="Words on each side.")] = 2,
    negatives: Annotated[int, typer.Option(min=1, help="Negatives per word.")] = 10,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the text.")] = 3,
    workers: Annotated[int, typer.Option(min=1, help="gensim's threads.")] = os.cpu_count() or 1,
    repeats: Annotated[int, typer.Option(min=1, help="Runs; the fastest counts.")] = 2,
) -> None:
    """Train CBOW with the set's trainer and with gensim; print words per second and the ratio."""
    word2vec = gensim_word2vec()
    ours = reference_names(problem_set("ps4"), TRAINER)
    try:
        tokens, kind = ours["tokenize"](ours["load_text"]("full")), "tiny Shakespeare"
    except RuntimeError as error:
        print(f"{error}\nThe made-up language stands in.")
        tokens, kind = ours["tokenize"](ours["load_text"]("smoke")) * 30, "made-up language"
    word_to_id, counts = ours["build_vocab"](tokens, min_count=8)
    kept = [token for token in tokens if token in word_to_id]
    ids = ours["np"].array([word_to_id[token] for token in kept])
    lines = [kept[i : i + 10_000] for i in range(0, len(kept), 10_000)]  # gensim's longest sentence
    shape = {"window": window, "epochs": epochs, "seed": 0}

    def run_ours() -> None:
        ours[TRAINER](ids, counts, dim, negatives=negatives, batch_size=512, lr=2e-3, **shape)

    def run_softmax() -> None:
        ours["train_cbow"](ids, len(counts), dim, batch_size=512, lr=3e-3, **shape)

    def run_gensim() -> None:
        word2vec(
            lines,
            vector_size=dim,
            negative=negatives,
            min_count=1,
            sample=0,  # every word is read, as in ours
            shrink_windows=False,  # full windows, as in ours
            cbow_mean=1,
            sg=0,
            workers=workers,
            **shape,
        )

    words = epochs * len(kept)
    print(
        f"{kind}: {len(kept):,} words, {len(counts):,} different; {dim} dimensions, window"
        f" {window}, {negatives} negatives, {epochs} epochs; best of {repeats}"
    )
    rates = {
        "ours, negative sampling (NumPy)": words / best_of(repeats, run_ours),
        "ours, full softmax (torch)": words / best_of(1, run_softmax),
        f"gensim CBOW, {workers} threads": words / best_of(repeats, run_gensim),
    }
    for name, rate in rates.items():
        print(f"{name:32} {rate:12,.0f} words/s")
    sampled, _, reference = rates.values()
    print(f"ratio ours : gensim = {sampled / reference:.3f} (gensim is {reference / sampled:.1f}x)")


if __name__ == "__main__":
    try:
        typer.run(benchmark)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
