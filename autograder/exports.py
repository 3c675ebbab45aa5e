"""Points as CSV files: each exercise, and what Canvas, Moodle and Gradescope read.

All totals are nbgrader's own. What stands in a text cell cannot be a formula.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin

from .course import ProblemSet
from .gradebook import Submission
from .pages import points

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of one


def write_exports(
    ps: ProblemSet, root: Path, found: list[Submission], failed: dict[str, list[str]]
) -> list[Path]:
    """Write the CSV files of the set; `failed` says what each student did not solve."""
    most = sum(grade.max_points for grade in found[0].grades) if found else 0
    written = []
    for name, rows in (
        ("points", _exercises(found)),
        ("canvas", _canvas(ps, found, most)),
        ("moodle", _moodle(found, most, failed)),
        ("gradescope", _gradescope(found, most)),
    ):
        path = root / f"{ps.name}_{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
        written.append(path)
    return written


def nbgrader_export(api: NbGraderAPI, ps: ProblemSet, root: Path) -> Path:
    """nbgrader's own export of the set."""
    path = root / f"{ps.name}_nbgrader.csv"
    plugin = CsvExportPlugin(to=str(path), assignment=[ps.name])
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        plugin.export(book)
    return path


def harmless(cell: str) -> str:
    """`cell` with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _exercises(found: list[Submission]) -> Iterable[Sequence[str]]:
    exercises = [grade.exercise for grade in found[0].grades] if found else []
    yield ["student", *exercises, "total"]
    for one in found:
        cells = ["" if g.points is None else points(g.points) for g in one.grades]
        yield [one.student, *cells, points(one.total)]


def _canvas(ps: ProblemSet, found: list[Submission], most: float) -> Iterable[Sequence[str]]:
    """Canvas finds students by ID (of the LMS), else by login; assignments by their title."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ps.name]
    yield ["    Points Possible", "", "", "", "", points(most)]
    for one in found:
        name = ", ".join(part for part in (one.last_name, one.first_name) if part)
        yield [name or one.student, one.lms_id, "", one.student, "", points(one.total)]


def _moodle(
    found: list[Submission], most: float, failed: dict[str, list[str]]
) -> Iterable[Sequence[str]]:
    """For Moodle's Grades → Import → CSV file, mapped by email address or identifier."""
    yield [
        "Identifier",
        "Full name",
        "Email address",
        "Grade",
        "Maximum Grade",
        "Feedback comments",
    ]
    for one in found:
        lost = failed.get(one.student, [])
        said = f"Not solved: {', '.join(lost)}" if lost else "All tested exercises are solved"
        name = f"{one.first_name} {one.last_name}".strip()
        yield [one.student, name, one.email, points(one.total), points(most), said]


def _gradescope(found: list[Submission], most: float) -> Iterable[Sequence[str]]:
    """The columns of Gradescope's own download of grades."""
    exercises = found[0].grades if found else []
    heads = [f"{grade.exercise} ({points(grade.max_points)} pts)" for grade in exercises]
    yield ["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Status", *heads]
    for one in found:
        cells = ["" if g.points is None else points(g.points) for g in one.grades]
        status = "Ungraded" if one.unread else "Graded"
        names = [one.first_name, one.last_name, one.student, one.email]
        yield [*names, points(one.total), points(most), status, *cells]
