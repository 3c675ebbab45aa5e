"""Every right answer earns full points, every wrong one none."""

from dataclasses import replace

import pytest

from autograder.course import problem_sets
from autograder.text import read_cells
from autograder.variants import Variant, load_variants, run_test, run_variant

SETS = problem_sets()
VARIANTS = [(ps, variant) for ps in SETS.values() for variant in load_variants(ps)]
EXERCISES = [
    (ps, cell.exercise)
    for ps in SETS.values()
    for cell in read_cells(ps.text)
    if cell.role == "test"
]


def name(ps, variant: Variant) -> str:
    return f"{ps.name}-{variant.exercise}-{'right' if variant.right else 'wrong'}-{variant.note}"


@pytest.mark.parametrize(("ps", "variant"), VARIANTS, ids=[name(*pair) for pair in VARIANTS])
def test_variant_is_judged_rightly(ps, variant):
    error = run_variant(ps, variant).error
    if variant.right:
        assert not error
    else:
        assert error, "this wrong answer earns full points"


@pytest.mark.parametrize(("ps", "exercise"), EXERCISES, ids=[f"{p.name}-{e}" for p, e in EXERCISES])
def test_reference_passes_and_a_stub_does_not(ps, exercise):
    assert run_test(ps, exercise, {}) == ""
    stub = f'def {exercise}(*args, **kwargs):\n    raise NotImplementedError("{exercise}")'
    assert run_test(ps, exercise, {exercise: stub}) == f"NotImplementedError: {exercise}"


@pytest.mark.parametrize(("ps", "exercise"), EXERCISES, ids=[f"{p.name}-{e}" for p, e in EXERCISES])
def test_every_exercise_has_variants(ps, exercise):
    variants = load_variants(ps, exercise)
    assert sum(variant.right for variant in variants) >= 3
    assert sum(not variant.right for variant in variants) >= 2


def test_variants_belong_to_exercises():
    known = {(ps.name, exercise) for ps, exercise in EXERCISES}
    assert {(ps.name, variant.exercise) for ps, variant in VARIANTS} <= known


def test_a_misjudged_variant_is_noticed():
    ps, variant = VARIANTS[0]
    assert not run_variant(ps, replace(variant, right=not variant.right)).expected
