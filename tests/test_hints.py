"""Hints: an answer that makes a known mistake is recognised by what it answers, no other is."""

from dataclasses import replace
from functools import partial

import nbformat
import pytest

from autograder.course import problem_sets
from autograder.demo import fill_in
from autograder.engine import Result, grade_notebook
from autograder.hints import recognise
from autograder.sandbox import Jail
from autograder.suite import load_suite
from autograder.variants import load_variants

SETS = problem_sets()
OTHER = """
def batchnorm_step(*args, **kwargs):
    return [{0}]
"""


@pytest.fixture(scope="module")
def jail():
    with Jail() as jail:
        yield jail


def grade(ps, jail, exercise: str, source: str) -> Result:
    suite = load_suite(ps.source)
    test = f"test_{exercise}"
    notebook = fill_in(nbformat.read(ps.source, as_version=4), {exercise: source})
    only = replace(suite, tests={test: suite.tests[test]})
    run = grade_notebook(notebook, only, jail, recognise=partial(recognise, ps))
    return run.results[0]


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_known_mistakes_are_recognised(ps, jail):
    first = {}
    for variant in load_variants(ps):
        if not variant.right:
            first.setdefault(variant.exercise, variant)
    some = list(first.values())[::4]
    found = [(v.exercise, grade(ps, jail, v.exercise, v.source).hint) for v in some]
    hints = {hint for _, hint in found}
    assert sum(hint != "" for hint in hints) >= len(some) - 1, found  # some have a twin
    for variant, (_, hint) in zip(some, found, strict=True):
        assert hint in (variant.note, "")


@pytest.mark.parametrize("answer", ["0", "1, 2, 3", "'text'", "x := 5", "object()"])
def test_an_unknown_mistake_has_no_hint(jail, answer):
    result = grade(SETS["ps2"], jail, "batchnorm_step", OTHER.format(answer))
    assert (result.points, result.hint) == (0, "")


def test_a_right_answer_has_no_hint(jail):
    ps = SETS["ps2"]
    right = next(v for v in load_variants(ps, "batchnorm_step") if v.right)
    result = grade(ps, jail, "batchnorm_step", right.source)
    assert (result.reason, result.hint) == ("passed", "")
