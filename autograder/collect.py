"""Take handed-in notebooks from a folder to `submitted/STUDENT/psN/NAME.ipynb`."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from .course import CourseError, ProblemSet

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Collected:
    """One notebook that was taken, or why it was not (`problem`), and what was mended."""

    student: str
    file: Path
    mended: tuple[str, ...] = ()
    problem: str = ""


def collect(ps: ProblemSet, inbox: Path, root: Path) -> Iterable[Collected]:
    """Take `inbox/STUDENT/*.ipynb`, the latest file of each student; safe to run again."""
    if not inbox.is_dir():
        raise CourseError(f"{inbox}: there is no such folder")
    release = nbformat.read(ps.release, as_version=4)
    for folder in sorted(path for path in inbox.iterdir() if path.is_dir()):
        files = [f for f in folder.rglob("*.ipynb") if f.is_file() and not f.is_symlink()]
        if not files:
            yield Collected(folder.name, folder, problem="no notebook")
            continue
        latest = max(files, key=lambda file: (file.stat().st_mtime, file.name))
        yield _take(ps, release, folder.name, latest, root)


def _take(
    ps: ProblemSet, release: nbformat.NotebookNode, student: str, file: Path, root: Path
) -> Collected:
    if not re.fullmatch(r"[\w.@-]+", student):
        return Collected(student, file, problem="the folder's name is not a student id")
    if file.stat().st_size > MAX_BYTES:
        return Collected(student, file, problem=f"larger than {MAX_BYTES // 1_000_000} MB")
    try:
        notebook = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except (UnicodeDecodeError, json.JSONDecodeError, nbformat.reader.NotJSONError):
        return Collected(student, file, problem="not a notebook: the file is cut or not JSON")
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        return Collected(student, file, problem=f"not a valid notebook: {str(error)[:80]}")
    mended = []
    if file.name != f"{ps.notebook}.ipynb":
        mended.append(f"renamed from {file.name}")
    restored = restore_metadata(notebook, release)
    if restored:
        mended.append(f"grading metadata put back on {restored} cells")
    target = root / "submitted" / student / ps.name / f"{ps.notebook}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return Collected(student, file, tuple(mended))


def restore_metadata(notebook: nbformat.NotebookNode, release: nbformat.NotebookNode) -> int:
    """Give cells their nbgrader metadata back by cell id; return how many lacked it.

    Other editors strip the metadata but keep the ids of the cells.
    """
    known = {
        cell.id: cell.metadata.nbgrader for cell in release.cells if "nbgrader" in cell.metadata
    }
    present = {
        cell.metadata.nbgrader.get("grade_id")
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    restored = 0
    for cell in notebook.cells:
        if "nbgrader" not in cell.metadata and cell.get("id") in known:
            metadata = known[cell.id]
            if metadata.grade_id not in present:
                cell.metadata["nbgrader"] = metadata
                restored += 1
    return restored
