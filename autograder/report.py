"""Say how a graded set came out: a table, CSV files and HTML feedback for the students."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from rich.table import Table

from .course import CourseError, ProblemSet
from .gradebook import Grade, nbgrader_api, read_grades


def report(ps: ProblemSet, root: Path) -> tuple[Table, list[str], list[Path]]:
    """Table of points per exercise, its legend, and the files written: CSVs and the feedback."""
    api = nbgrader_api(root)
    grades = read_grades(api, ps)
    feedback = api.generate_feedback(ps.name)
    if not feedback["success"]:
        raise CourseError(f"no feedback for {ps.name}: {feedback['error'] or feedback['log']}")
    files = [_write_points(ps, root, grades), _export(api, ps, root), root / "feedback"]
    return points_table(ps, grades), legend(grades), files


def points_table(ps: ProblemSet, grades: dict[str, list[Grade]]) -> Table:
    """One row a student, one column an autograded exercise (numbered as in the legend)."""
    table = Table(title=f"{ps.name}: points per autograded exercise", title_justify="left")
    table.add_column("student", no_wrap=True)
    for number, _ in enumerate(_automatic(next(iter(grades.values()), [])), 1):
        table.add_column(str(number), justify="right")
    table.add_column("points", justify="right")
    table.add_column("to read", justify="right")
    for student, row in grades.items():
        automatic = _automatic(row)
        unread = sum(grade.points is None for grade in row)
        marks = [f"{g.points or 0:g}" if g.points else "[red]·[/red]" for g in automatic]
        total = sum(grade.points or 0 for grade in automatic)
        table.add_row(student, *marks, f"{total:g}", str(unread))
    return table


def legend(grades: dict[str, list[Grade]]) -> list[str]:
    """What the numbers over the columns stand for, with the points an exercise is worth."""
    row = _automatic(next(iter(grades.values()), []))
    return [f"{n} {grade.exercise} ({grade.max_points:g})" for n, grade in enumerate(row, 1)]


def _automatic(row: list[Grade]) -> list[Grade]:
    return [grade for grade in row if not grade.written]


def _write_points(ps: ProblemSet, root: Path, grades: dict[str, list[Grade]]) -> Path:
    path = root / f"{ps.name}_points.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        exercises = [grade.exercise for grade in next(iter(grades.values()), [])]
        writer.writerow(["student", *exercises, "total"])
        for student, row in grades.items():
            points = ["" if grade.points is None else f"{grade.points:g}" for grade in row]
            writer.writerow([student, *points, f"{sum(g.points or 0 for g in row):g}"])
    return path


def _export(api: NbGraderAPI, ps: ProblemSet, root: Path) -> Path:
    """nbgrader's own export of the set."""
    path = root / f"{ps.name}_nbgrader.csv"
    plugin = CsvExportPlugin(to=str(path), assignment=[ps.name])
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        plugin.export(book)
    return path
