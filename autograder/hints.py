"""Recognise a known mistake: the wrong variant that does the same as a student's answer.

The requests and answers of a failed test are at hand as they crossed the boundary. Each is played
again with a variant in place of the student's answer; the sentence of the one variant that answers
all of them alike becomes the hint. The student's code is not run here.
"""

import contextlib
import io
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from .course import ProblemSet
from .jail import wire
from .names import defined_names
from .sandbox import Exchange
from .variants import load_variants, names_with


class _DifferentError(Exception):
    """A variant answers otherwise than the student's function did."""


def recognise(ps: ProblemSet, exercise: str, exchanges: Sequence[Exchange]) -> str:
    """The sentence of the one known mistake that gives the same answers, else ""."""
    state = wire.random_state()
    try:
        own, reference, wrong = _known(ps, exercise)
        if not exchanges or _agrees(reference, own, exchanges):  # it fails for another reason
            return ""
        found = {note for note, names in wrong if _agrees(names, own, exchanges)}
        return found.pop() if len(found) == 1 else ""
    finally:
        wire.set_random_state(state)


@cache
def _known(ps: ProblemSet, exercise: str) -> tuple[set[str], dict, list[tuple[str, dict]]]:
    """Names that answers to an exercise define; all names with the reference, with each mistake."""
    variants = [variant for variant in load_variants(ps, exercise) if not variant.right]
    wrong = [(variant.note, names_with(ps, variant)) for variant in variants]
    own = set().union(*(defined_names(variant.source) for variant in variants))
    return own, names_with(ps), wrong


def _agrees(names: dict, own: set[str], exchanges: Sequence[Exchange]) -> bool:
    """Whether answers to the exercise (those that define `own`) with `names` would be the same."""
    objects: dict[int, Any] = {}  # by the number that the student's process gave to its like
    ours: set[int] = set()  # numbers of those that answers to the exercise made

    def find(foreign: wire.Foreign) -> Any:
        return names[foreign.name] if foreign.name else objects[foreign.ref]

    try:
        for request, answer in exchanges:
            about = _first_foreign(request)
            mine = about.name in own or about.ref in ours
            pairs = _play(request, answer, find, compared=mine)
            objects.update(pairs)
            if mine:
                ours.update(pairs)
    except Exception:  # an answer may hold anything
        return False
    return True


def _play(request: bytes, answer: bytes, find: Any, compared: bool) -> dict[int, Any]:
    """Do what a request asked; return the objects that stand for those of the answer by number.

    Raises _DifferentError when the outcome is not the same.
    """
    (_, target, method, args, kwargs, news), table = wire.loads(request, None, find, limits=False)
    before = wire.fingerprints(table)
    wire.set_random_state(news)
    error, result = "", None
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
    ):
        try:
            result = (getattr(target, method) if method else target)(*args, **kwargs)
        except Exception as raised:
            error = wire.builtin_name(type(raised))
    copies = wire.loads(request, None, _itself, limits=False)[1]  # `table` may have been changed
    theirs, _ = wire.loads(answer, copies, _itself)
    pairs: dict[int, Any] = {}
    if compared:
        after = wire.fingerprints(table)
        changed = {n for n, state in enumerate(before) if state != after[n]}
        _same(changed == set(theirs["changed"]) and error == theirs.get("error", ("", ""))[1])
    elif error:
        raise _DifferentError
    _compare(theirs.get("result"), result, pairs, compared)
    return pairs


def _compare(theirs: Any, mine: Any, pairs: dict[int, Any], compared: bool) -> None:
    """See that two results are the same; note what stands for the student's objects."""
    if isinstance(theirs, wire.Foreign):
        pairs[theirs.ref] = mine
    elif isinstance(theirs, (list, tuple)):
        _same(isinstance(mine, (list, tuple)) and len(mine) == len(theirs))
        for one, other in zip(theirs, mine, strict=True):
            _compare(one, other, pairs, compared)
    elif isinstance(theirs, dict):
        _same(isinstance(mine, dict) and mine.keys() == theirs.keys())
        for key, one in theirs.items():
            _compare(one, mine[key], pairs, compared)
    elif compared:
        if isinstance(theirs, torch.Tensor) and isinstance(mine, torch.Tensor):
            theirs, mine = theirs.detach().numpy(), mine.detach().numpy()
        _same(type(theirs) is type(mine) or (np.isscalar(theirs) and np.isscalar(mine)))
        if isinstance(theirs, (np.ndarray, np.generic, int, float)):
            _same(_close(np.asarray(theirs), np.asarray(mine)))
        else:
            _same(bool(theirs == mine))


def _close(theirs: np.ndarray, mine: np.ndarray) -> bool:
    if theirs.shape != mine.shape or theirs.dtype.kind != mine.dtype.kind:
        return False
    if theirs.dtype.kind not in "fc":
        return np.array_equal(theirs, mine)
    tolerance = 1e-4 if theirs.dtype.itemsize < 8 else 1e-9
    return np.allclose(theirs, mine, rtol=tolerance, atol=tolerance, equal_nan=True)


def _same(condition: bool) -> None:
    if not condition:
        raise _DifferentError


def _itself(foreign: wire.Foreign) -> wire.Foreign:
    return foreign


def _first_foreign(request: bytes) -> wire.Foreign:
    """What a request wants to be called."""
    return wire.loads(request, None, _itself, limits=False)[0][1]
