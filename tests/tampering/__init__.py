"""Attempts to earn points without answering, or to do harm, and what they earn: nothing.

The files in percent format hold attempts in code, one in each cell, run right after the set-up of
an otherwise blank `ps1`. Where a cell defines `cheat`, that stands for the answer to every
exercise. The functions in `notebooks.py` tamper with the notebook itself. `load_attempts` gives
all of them; `python -m tests.tampering` shows what they earn under stock nbgrader next to what
they earn here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course import problem_set
from autograder.demo import fill_in
from autograder.text import read_cells

from . import notebooks

HERE = Path(__file__).parent
THEMES = ("helpers", "ipython", "objects", "peeking", "processes", "floods", "reach")
PS = problem_set("ps1")


@dataclass(frozen=True)
class Attempt:
    """One attempt; `tamper` makes it of a blank notebook. None may earn a point."""

    theme: str
    name: str
    tamper: Callable[[NotebookNode], None]

    def notebook(self) -> NotebookNode:
        """The submission."""
        made = nbformat.read(PS.release, as_version=4)
        self.tamper(made)
        return made


def load_attempts() -> list[Attempt]:
    """All attempts of the corpus."""
    found = []
    for theme in THEMES:
        text = (HERE / f"{theme}.py").read_text(encoding="utf-8")
        for cell in jupytext.reads(text, fmt="py:percent").cells:
            name = cell.metadata["attempt"]
            found.append(Attempt(theme, name, _insert(cell.source)))
    for tamper in notebooks.ATTEMPTS:
        name = " ".join(tamper.__doc__.split()).rstrip(".")
        found.append(Attempt("notebooks", name, tamper))
    return found


def _insert(source: str) -> Callable[[NotebookNode], None]:
    exercises = [cell.exercise for cell in read_cells(PS.text) if cell.role == "solution"]

    def tamper(notebook: NotebookNode) -> None:
        if "cheat" in source:
            answers = {exercise: f"{exercise} = cheat" for exercise in exercises}
            notebook.cells = fill_in(notebook, answers).cells
        first = next(
            n
            for n, cell in enumerate(notebook.cells)
            if cell.metadata.get("nbgrader", {}).get("solution")
        )
        notebook.cells.insert(first, nbformat.v4.new_code_cell(source))

    return tamper
