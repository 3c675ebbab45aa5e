"""Answers that are nearly the same although they need not be: which students share how many.

The approach is that of MOSS: answers become streams of tokens without comments, layout and chosen
names; fingerprints by winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003) find candidates, and
what many students share is left out, because it is the obvious way to write an answer.
"""

import io
import keyword
import tokenize
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from rapidfuzz.distance import Indel

GRAM = 6  # tokens in a fingerprint
WINDOW = 4  # of so many neighbouring fingerprints one is kept
SHORTEST = 30  # tokens: what is shorter looks alike by chance
ALIKE = 0.9  # of the tokens, in order
MANY = 0.05  # of the class: what more than this share is nobody's own
FEWEST = 3  # exercises alike, for a pair to be named
SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
LAYOUT = {tokenize.NEWLINE: "\n", tokenize.INDENT: ">", tokenize.DEDENT: "<"}


@dataclass
class Pair:
    """Two students and the exercises in which their answers are nearly the same."""

    first: str
    second: str
    compared: int = 0  # exercises that both answered at some length
    alike: dict[str, float] = field(default_factory=dict)  # part of the tokens, by exercise


def alike_pairs(answers: Mapping[str, Mapping[str, str]], given: Mapping[str, str]) -> list[Pair]:
    """Pairs of students with at least three answers nearly the same, the most alike first.

    `answers` holds Python text by exercise and student, `given` what the release has in that cell.
    """
    pairs: dict[tuple[str, str], Pair] = {}
    long: dict[str, set[str]] = {}
    for exercise, texts in answers.items():
        stub = given.get(exercise, "")
        known = frozenset(_names(stub))
        common = set(_grams(tokens(stub, known)))
        streams = {student: tokens(text, known) for student, text in texts.items()}
        streams = {
            student: stream
            for student, stream in streams.items()
            if len(stream) - len(common) >= SHORTEST
        }
        long[exercise] = set(streams)
        for first, second in _candidates(streams, common):
            part = Indel.normalized_similarity(streams[first], streams[second], score_cutoff=ALIKE)
            if part >= ALIKE:
                pair = pairs.setdefault((first, second), Pair(first, second))
                pair.alike[exercise] = part
    found = [pair for pair in pairs.values() if len(pair.alike) >= FEWEST]
    for pair in found:
        pair.compared = sum({pair.first, pair.second} <= students for students in long.values())
    return sorted(found, key=lambda p: (-len(p.alike), -sum(p.alike.values()), p.first, p.second))


def tokens(source: str, known: frozenset[str] = frozenset()) -> list[str]:
    """Python text as tokens without comments, docstrings and layout.

    Names other than those in `known`, attributes and keywords are all the same. Text that is not
    Python gives the tokens before the mistake.
    """
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in SKIPPED:
                continue
            if token.type in LAYOUT:
                text = LAYOUT[token.type]
            elif token.type == tokenize.NAME:
                kept = keyword.iskeyword(token.string) or token.string in known
                text = token.string if kept or found[-1:] == ["."] else "name"
            elif token.type == tokenize.STRING:
                text = "text"
            else:
                text = token.string
            if text == "\n" and found[-1:] == ["text"] and found[-2:-1] in ([], ["\n"], [">"]):
                found.pop()  # a docstring
            else:
                found.append(text)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return found


def _names(source: str) -> Iterable[str]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME:
                yield token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _grams(stream: list[str]) -> list[int]:
    marks = ["\0".join(stream[i : i + GRAM]) for i in range(len(stream) - GRAM + 1)]
    return [zlib.crc32(mark.encode("utf-8", "replace")) for mark in marks]


def _fingerprints(stream: list[str]) -> set[int]:
    """By winnowing: the smallest hash of each window of neighbours."""
    grams = _grams(stream)
    windows = range(max(1, len(grams) - WINDOW + 1)) if grams else ()
    return {min(grams[i : i + WINDOW]) for i in windows}


def _candidates(streams: dict[str, list[str]], common: set[int]) -> set[tuple[str, str]]:
    """Pairs that share fingerprints which few others have."""
    most = max(FEWEST, int(MANY * len(streams)))
    holders: dict[int, list[str]] = defaultdict(list)
    for student in sorted(streams):
        for mark in _fingerprints(streams[student]) - common:
            holders[mark].append(student)
    shared: Counter[tuple[str, str]] = Counter()
    for students in holders.values():
        if 2 <= len(students) <= most:
            shared.update(combinations(students, 2))
    return {pair for pair, times in shared.items() if times >= 2}
