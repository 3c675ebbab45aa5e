"""A made class: submissions that go wrong the way real ones do, through the whole pipeline."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from .course import ProblemSet
from .text import read_cells
from .variants import Variant, load_variants


def fill_in(release: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """A copy of the release with `answers` (by exercise) in the cells of its solutions."""
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        grading = cell.metadata.get("nbgrader", {})
        if grading.get("solution") and grading.get("grade_id") in answers:
            cell.source = answers[grading.grade_id]
    return notebook


def reference_answers(ps: ProblemSet) -> dict[str, str]:
    """The reference solutions and written answers of a set by exercise."""
    return {c.exercise: c.source for c in read_cells(ps.text) if c.role in ("solution", "answer")}


def make_class(ps: ProblemSet, inbox: Path) -> dict[str, str]:
    """Write a class of submissions to `inbox/STUDENT/`; return what is the matter with each."""
    release = nbformat.read(ps.release, as_version=4)
    notes = {}
    for student, (note, name, text) in _submissions(ps, release).items():
        path = inbox / student / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        notes[student] = note
    _older_attempt(inbox / "ada", nbformat.writes(release))
    return notes


def _submissions(ps: ProblemSet, release: NotebookNode) -> dict[str, tuple[str, str, str]]:
    """For each student: what is the matter, the file's name, the file's text."""
    full = reference_answers(ps)
    code = [c.exercise for c in read_cells(ps.text) if c.role == "solution"]
    half = {exercise: full[exercise] for exercise in code[: len(code) // 2]}
    name = f"{ps.notebook}.ipynb"

    def made(answers: dict[str, str]) -> str:
        return nbformat.writes(fill_in(release, answers))

    def broken(exercise: str, line: str) -> str:
        head = full[exercise].split("### BEGIN SOLUTION")[0]
        return made(full | {exercise: f"{head}{line}\n"})

    found = {
        "ada": ("everything right", name, made(full)),
        "ben": ("handed in untouched", name, made({})),
        "cleo": ("only the first half", name, made(half)),
    }
    for student, mistakes in zip(("dan", "eva", "finn", "gus"), _mistakes(ps), strict=False):
        note = "common mistakes in " + ", ".join(mistakes)
        answers = {exercise: variant.source for exercise, variant in mistakes.items()}
        found[student] = (note, name, made(full | answers))
    stripped = fill_in(release, full)
    for cell in stripped.cells:
        cell.metadata = {}
    return found | {
        "hana": ("renamed file", f"{ps.notebook.title()} Hana (1).ipynb", made(full)),
        "ivo": (f"run-time error in {code[1]}", name, broken(code[1], "return undefined_name")),
        "jana": (f"endless loop in {code[2]}", name, broken(code[2], "while True: pass")),
        "kim": (f"syntax error in {code[3]}", name, broken(code[3], "return (")),
        "lars": ("another editor stripped the metadata", name, nbformat.writes(stripped)),
        "mia": ("the upload was cut", name, made(full)[:20_000]),
    }


def _mistakes(ps: ProblemSet) -> Iterator[dict[str, Variant]]:
    """Four sets of wrong answers, a different wrong variant of some exercises each."""
    wrong: dict[str, list[Variant]] = {}
    for variant in load_variants(ps):
        if not variant.right:
            wrong.setdefault(variant.exercise, []).append(variant)
    exercises = list(wrong)
    for number in range(4):
        yield {e: wrong[e][number % len(wrong[e])] for e in exercises[number::4]}


def _older_attempt(folder: Path, text: str) -> None:
    """An earlier version in the same folder: only the latest counts."""
    path = folder / "old version.ipynb"
    path.write_text(text, encoding="utf-8")
    os.utime(path, (0, 0))
