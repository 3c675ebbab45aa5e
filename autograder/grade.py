"""Grade a set: submissions go through worker processes, their points into the gradebook."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, InvalidEntry, SubmittedNotebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import find_all_files

from .course import CourseError, ProblemSet
from .gradebook import (
    autograde_converter,
    create_gradebook,
    graded_students,
    nbgrader_api,
    students,
)
from .preprocessors import known_cells
from .receipts import hash_of, read_receipt, write_receipt, write_whole
from .sandbox import why_no_sandbox
from .suite import read_suite
from .workers import Graded, Job, Task, Workers, failure

if TYPE_CHECKING:
    from .cluster import Cluster


@dataclass
class Progress:
    """One submission is done: `error` says why it could not be graded, `skipped` that it was."""

    student: str
    error: str = ""
    skipped: bool = False
    seconds: float = 0.0
    reasons: dict[str, str] = field(default_factory=dict)


def grade(
    ps: ProblemSet,
    root: Path,
    force: bool = False,
    workers: int = 1,
    sandbox: bool = True,
    rerun_experiments: bool = False,
    scheduler: str = "",
) -> Iterator[Progress]:
    """Grade everybody who handed in the set in the course at `root`, `workers` at a time.

    With the address of a Dask `scheduler`, the workers of that cluster grade instead.

    A submission whose receipt says that it was graded with the present tests is skipped unless
    `force` is set. One that cannot be graded yields an error and does not stop the others. A run
    that is killed at any moment goes on where it was: a submission's points are written first, its
    receipt last, and without a receipt it is graded anew, which writes the same points.
    """
    everybody = students(ps, root)
    if not everybody:
        raise CourseError(
            f"nobody has handed in {ps.name}: there is no {root}/submitted/*/{ps.name}"
        )
    source = ps.source.read_text(encoding="utf-8")
    suite = read_suite(source)
    with _workers(scheduler, workers, sandbox, suite.modules) as pool:
        receipts = {s: _valid_receipt(ps, root, s, suite.digest) for s in everybody}
        pool.start(len(everybody) if force else sum(not valid for valid in receipts.values()))
        api = assign(ps, root)
        graded = set() if force else graded_students(api, ps)
        jobs = []
        for student, valid in receipts.items():
            job = Job(student, root / "submitted" / student / ps.name / ps.source.name)
            if valid and student in graded:
                yield Progress(student, skipped=True)
            elif not job.notebook.is_file():
                said = f"there is no {ps.source.name} in {job.notebook.parent}"
                yield Progress(student, error=said)
            else:
                jobs.append(job)
        converter = autograde_converter(root)
        url = api.coursedir.db_url
        task = Task(ps.name, source, known_cells(url, ps.notebook, ps.name), rerun_experiments)
        with Gradebook(url, api.coursedir.course_id) as book:
            for found in pool.run(task, jobs):
                if not found.error:
                    try:
                        save(book, converter, ps, root, found)
                    except Exception as error:  # one bad submission is one line, not the end
                        book.db.rollback()
                        found = failure(found.student, error)
                yield _progress(found)


def _workers(
    scheduler: str, workers: int, sandbox: bool, modules: tuple[str, ...]
) -> "Workers | Cluster":
    """Who grades: processes of this machine, or those of the Dask cluster at `scheduler`."""
    if scheduler:
        from .cluster import Cluster

        return Cluster(scheduler, sandbox)
    problem = why_no_sandbox() if sandbox else ""
    if problem:
        raise CourseError(f"{problem}; or grade with --no-sandbox, which protects nothing")
    return Workers(workers, sandbox, modules)


def _valid_receipt(ps: ProblemSet, root: Path, student: str, tests: str) -> bool:
    """Whether what the student handed in has a receipt for these tests."""
    receipt = read_receipt(root / "autograded" / student / ps.name)
    if receipt is None or receipt.get("tests") != tests:
        return False
    return receipt.get("submission") == hash_of(root / "submitted" / student / ps.name)


def assign(ps: ProblemSet, root: Path) -> NbGraderAPI:
    """Have nbgrader know the set in the course at `root`: its cells and their points."""
    if root != ps.root:
        target = root / "source" / ps.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ps.source, target / ps.source.name)
    api = nbgrader_api(root)
    create_gradebook(api)
    assigned = api.generate_assignment(ps.name)
    if not assigned["success"]:
        raise CourseError(f"nbgrader refuses {ps.name}: {last_error(assigned)}")
    return api


def save(book: Gradebook, converter: Autograde, ps: ProblemSet, root: Path, found: Graded) -> None:
    """Write a graded submission: gradebook, notebook, and as the last the receipt that says so."""
    submitted = root / "submitted" / found.student / ps.name
    folder = root / "autograded" / found.student / ps.name
    shutil.rmtree(folder, ignore_errors=True)
    record(book, converter, ps, found, converter.coursedir.get_existing_timestamp(str(submitted)))
    for path in find_all_files(str(submitted), [*converter.coursedir.ignore, "*.ipynb"]):
        target = folder / Path(path).relative_to(submitted)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    write_whole(folder / ps.source.name, found.notebook)
    write_receipt(folder, found.receipt)


def record(
    book: Gradebook,
    converter: Autograde,
    ps: ProblemSet,
    found: Graded,
    timestamp: datetime | None,
) -> None:
    """Put the points of a graded notebook into the gradebook.

    Has the effect of nbgrader's own steps (Autograde.init_assignment, SaveAutoGrades,
    AssignLatePenalties), whose code decides what a cell is worth, but asks the database once for
    the whole notebook where they ask for every cell.
    """
    handed_in = {"timestamp": timestamp} if timestamp else {}
    with contextlib.suppress(InvalidEntry):  # who grades another set is adding the student too
        book.update_or_create_student(found.student)
    submission = book.update_or_create_submission(ps.name, found.student, **handed_in)
    (row,) = (row for row in submission.notebooks if row.name == ps.notebook)
    saver = SaveAutoGrades(parent=converter)
    saver.gradebook = _Rows(row)
    saver.notebook_id = saver.assignment_id = saver.student_id = ""  # there is one of each
    for number, cell in enumerate(nbformat.v4.reads(found.notebook).cells):
        saver.preprocess_cell(cell, {}, number)
    book.db.commit()
    if submission.total_seconds_late > 0 or row.late_submission_penalty:
        facts = {"notebook": ps.notebook, "assignment": ps.name, "student": found.student}
        resources = {"nbgrader": facts | {"db_url": converter.coursedir.db_url}}
        AssignLatePenalties(parent=converter)(NotebookNode(cells=[]), resources)
        book.db.expire_all()


class _Rows:
    """The grades and comments of one notebook, asked for as SaveAutoGrades asks a gradebook."""

    def __init__(self, row: SubmittedNotebook) -> None:
        book = row.notebook
        cells = [*book.grade_cells, *book.solution_cells, *book.task_cells]
        self.names = {cell.id: cell.name for cell in cells}
        self.grades = {self.names[grade.cell_id]: grade for grade in row.grades}
        self.comments = {self.names[comment.cell_id]: comment for comment in row.comments}
        self.db = self

    def find_grade(self, name: str, *_: str) -> Grade:
        return self.grades[name]

    def find_comment(self, name: str, *_: str) -> Comment:
        return self.comments[name]

    def commit(self) -> None:
        """Nothing yet: all cells are written together."""


def _progress(found: Graded) -> Progress:
    receipt = found.receipt or {"seconds": 0.0, "exercises": []}
    reasons = {e["exercise"]: e["reason"] for e in receipt["exercises"]}
    return Progress(found.student, found.error, seconds=receipt["seconds"], reasons=reasons)


def last_error(result: dict) -> str:
    """The cause in one line: the exception that nbgrader's log ends its first traceback with."""
    log = result["log"] or result["error"] or ""
    causes = re.findall(r"^ *((?:\w+\.)*\w*(?:Error|Exception|Entry)\b.*)$", log, re.MULTILINE)
    errors = re.findall(r"^\[ERROR\] (.*)$", log, re.MULTILINE)
    return next(iter(causes + errors), "nbgrader did not say why")
