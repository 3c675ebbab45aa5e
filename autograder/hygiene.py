"""What must not be in a release: the checks that the build makes before it hands one out."""

import getpass
import re
import subprocess
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from .course import ROOT, CourseError, ProblemSet
from .text import REGIONS, Cell, without_region

NOTEBOOK_KEYS = {"kernelspec", "language_info"}
CELL_KEYS = {"nbgrader", "otter", "tags", "deletable", "editable"}
LEFTOVERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "Rubric")
SHORT = 20  # characters: a shorter line may well stand in an exercise and in its solution
STRAY = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}


def check_release(release: ProblemSet, cells: list[Cell]) -> None:
    """Raise CourseError when the release of a set carries what students must not get.

    `cells` are the cells of the set's text; `release.release` is the file to look at.
    """
    path = release.release
    for other in path.parent.rglob("*"):
        if other.name in STRAY or other.suffix in (".pyc", ".pyo"):
            raise CourseError(f"{path.parent}: {other.name} does not belong in a release")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    _check_metadata(path, notebook)
    _check_sources(path, notebook, cells)
    present = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    for cell in cells:
        if cell.role != "given" and cell.grade_id not in present:
            raise CourseError(f"{path}: the cell {cell.grade_id!r} is missing")
        if cell.points and present[cell.grade_id].metadata.nbgrader.get("points") != cell.points:
            raise CourseError(f"{path}: {cell.grade_id!r} does not carry {cell.points:g} points")


def personal_names(root: Path = ROOT) -> set[str]:
    """Names of the people and accounts that worked here: login, home folder, git authors."""
    names = {getpass.getuser(), str(Path.home())}
    for command in (["git", "log", "--format=%an%n%ae"], ["git", "config", "user.name"]):
        found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        names |= set(found.stdout.splitlines())
    return {name for name in names if len(name) > 4}


def _check_metadata(path: Path, notebook: NotebookNode) -> None:
    for key in set(notebook.metadata) - NOTEBOOK_KEYS:
        raise CourseError(f"{path}: notebook metadata {key!r}")
    for number, cell in enumerate(notebook.cells, 1):
        for key in set(cell.metadata) - CELL_KEYS:
            raise CourseError(f"{path}: cell {number} has metadata {key!r}")
        if cell.get("outputs") or cell.get("execution_count"):
            raise CourseError(f"{path}: cell {number} has an output or an execution count")


def _check_sources(path: Path, notebook: NotebookNode, cells: list[Cell]) -> None:
    text = "\n".join(cell.source for cell in notebook.cells)
    for leftover in LEFTOVERS:
        if leftover in text:
            raise CourseError(f"{path}: {leftover!r} is left in the release")
    for name in personal_names():
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            raise CourseError(f"{path}: the personal name {name!r}")
    released = {line.strip() for line in text.split("\n")}
    given = {line.strip() for cell in cells for line in public_part(cell).split("\n")}
    for cell in cells:
        for line in map(str.strip, cell.source.split("\n")):
            if len(line) > SHORT and line in released - given:
                raise cell.error(f"this line is in the release: {line[:60]!r}", line)


def public_part(cell: Cell) -> str:
    """What students may see of a cell: no solution, hidden test or reference answer."""
    if cell.role == "answer":
        return ""
    source = cell.source
    for region in REGIONS:
        source = without_region(source, region)
    return source
