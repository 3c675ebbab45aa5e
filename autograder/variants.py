"""Run an exercise's test cell against other answers to it, those in `tests/variants/`."""

import contextlib
import io
import linecache
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType

import jupytext
import matplotlib

from .course import CourseError, ProblemSet
from .text import Cell, read_cells

NAMES = ("right", "wrong")


@dataclass(frozen=True)
class Variant:
    """One answer to an exercise. `note`: its style when right, the mistake in words when wrong."""

    exercise: str
    right: bool
    note: str
    source: str
    path: Path


@dataclass(frozen=True)
class Outcome:
    """What the test cell said of a variant: `error` is empty when it passed."""

    variant: Variant
    error: str

    @property
    def expected(self) -> bool:
        """Whether a right answer passed or a wrong one failed."""
        return self.variant.right == (not self.error)


def load_variants(ps: ProblemSet, exercise: str | None = None) -> list[Variant]:
    """The variants of a set, from files such as `tests/variants/ps1/dropout_forward.py`.

    A file is in percent format; each cell begins with `# %% right="style"` or
    `# %% wrong="What the student got wrong."` and holds a whole answer.
    """
    found = []
    for path in sorted(ps.variants.glob("*.py")):
        if exercise not in (None, path.stem):
            continue
        for cell in jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells:
            keys = [name for name in NAMES if name in cell.metadata]
            if len(keys) != 1:
                raise CourseError(f'{path}: a cell needs right="…" or wrong="…"')
            note = cell.metadata[keys[0]]
            found.append(Variant(path.stem, keys[0] == "right", note, cell.source, path))
    return found


def run_variant(ps: ProblemSet, variant: Variant) -> Outcome:
    """Run the exercise's test cell with the variant in place of the reference solution."""
    return Outcome(variant, run_test(ps, variant.exercise, {variant.exercise: variant.source}))


def run_test(
    ps: ProblemSet,
    exercise: str,
    answers: dict[str, str],
    visible_passed: Callable[[], None] = lambda: None,
) -> str:
    """Run one test cell over the reference solutions with `answers` (by exercise) in their place.

    Calls `visible_passed` between the two halves of the cell. Returns "" when it passes, else the
    type and the message of the error.
    """
    namespace = dict(_setup(ps))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in _cells(ps):
                if cell.role == "solution":
                    source = answers.get(cell.exercise, cell.source)
                    _execute(source, f"<{ps.name} {cell.exercise}>", namespace)
                elif cell.role == "test" and cell.exercise == exercise:
                    visible, hidden = _halves(cell.source)
                    _execute(visible, f"<{ps.name} {cell.grade_id}>", namespace)
                    visible_passed()
                    _execute(hidden, f"<{ps.name} {cell.grade_id} hidden>", namespace)
                    return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    raise CourseError(f"{ps.text}: there is no test of {exercise!r}")


def reference_names(ps: ProblemSet, *extra: str) -> dict:
    """Names that the set's setup cells and reference solutions define, at smoke scale.

    `extra` names functions of other given cells (such as an experiment's) that are wanted too.
    """
    names = dict(_setup(ps))
    for number, cell in enumerate(_cells(ps)):
        if cell.role == "solution" or any(f"def {name}(" in cell.source for name in extra):
            _execute(cell.source, f"<{ps.name} cell {number}>", names)
    return names


def _halves(source: str) -> tuple[str, str]:
    """The visible and the hidden half of a test cell, each line at its own number."""
    lines = source.split("\n")
    at = next(i for i, line in enumerate(lines) if "BEGIN HIDDEN TESTS" in line)
    return "\n".join(lines[:at]), "\n" * at + "\n".join(lines[at:])


def names_with(ps: ProblemSet, variant: Variant | None = None) -> dict:
    """Names of the setup cells and the reference solutions, with a variant in place of its own."""
    names = dict(_references(ps))
    if variant is not None:
        _execute(variant.source, f"<{ps.name} {variant.exercise}>", names)
    return names


@cache
def _references(ps: ProblemSet) -> dict:
    return reference_names(ps)


@cache
def _cells(ps: ProblemSet) -> list[Cell]:
    return read_cells(ps.text)


@cache
def _setup(ps: ProblemSet) -> dict:
    """The names that the set's setup cells define, at smoke scale and without a window."""
    matplotlib.use("Agg")
    os.environ["COURSE_SCALE"] = "smoke"
    namespace = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in _cells(ps):
            if "setup" in cell.tags:
                _execute(cell.source, f"<{ps.name} setup {cell.line}>", namespace)
    return namespace


def _execute(source: str, filename: str, namespace: dict) -> None:
    """Run `source` so that its text can be looked up as a notebook's cell can."""
    lines = [line + "\n" for line in re.split("\n", source)]
    linecache.cache[filename] = (len(source), None, lines, filename)
    exec(_compiled(source, filename), namespace)


@cache
def _compiled(source: str, filename: str) -> CodeType:
    return compile(source, filename, "exec")
