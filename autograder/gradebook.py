"""nbgrader's course seen from Python: its API and its gradebook, under the committed config."""

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, SAWarning, SQLAlchemyError

from .course import ROOT, CourseError, ProblemSet


@dataclass(frozen=True)
class Grade:
    """Points of one student in one graded cell; `points` is None while nobody has graded it.

    `counted` is what nbgrader adds up: also the points of a grade that waits to be looked at again.
    """

    exercise: str
    points: float | None
    max_points: float
    written: bool
    counted: float = 0.0


@dataclass(frozen=True)
class Submission:
    """What the gradebook knows of one student's work on a set; grades in notebook order."""

    student: str
    grades: list[Grade]
    comments: dict[str, str]  # by exercise, what a person wrote to an answer
    penalty: float = 0.0  # points taken off because it came late
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def total(self) -> float:
        """Points so far, as nbgrader exports them."""
        return max(0.0, sum(grade.counted for grade in self.grades) - self.penalty)

    @property
    def unread(self) -> int:
        """How many answers wait for a person."""
        return sum(grade.points is None for grade in self.grades)


@contextmanager
def course_root(root: Path) -> Iterator[None]:
    """Let nbgrader work on the course in `root` (submissions, gradebook, feedback)."""
    before = os.environ.get("COURSE_ROOT")
    os.environ["COURSE_ROOT"] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COURSE_ROOT"]
        else:
            os.environ["COURSE_ROOT"] = before


def nbgrader_api(root: Path) -> NbGraderAPI:
    """nbgrader's own API with `nbgrader_config.py` loaded, for the course in `root`."""
    # nbgrader adds a submission to its gradebook before it links it: harmless, but said each time.
    warnings.filterwarnings("ignore", ".*not in session", SAWarning)
    with course_root(root), chdir(ROOT):
        app = NbGrader()
        app.load_config_file()
        return NbGraderAPI(CourseDirectory(config=app.config), config=app.config)


def check_database(url: str) -> None:
    """CourseError when there is no database at `url`, such as postgresql+psycopg://HOST/NAME."""
    try:
        create_engine(url).connect().close()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        said = str(getattr(error, "orig", error)).strip().split("\n")[0]
        raise CourseError(f"there is no gradebook at that address: {said}") from None


def create_gradebook(api: NbGraderAPI) -> None:
    """Make the tables of a new gradebook; graders who begin at the same time do not collide."""
    course = api.coursedir
    for last in (False, True):
        try:
            Gradebook(course.db_url, course.course_id).close()
            return
        except DBAPIError:  # the tables appeared between nbgrader's look and its attempt
            if last:
                raise
            time.sleep(2)


def autograde_converter(root: Path) -> Autograde:
    """nbgrader's own autograding converter for the course in `root`, as the config has it."""
    api = nbgrader_api(root)
    return Autograde(coursedir=api.coursedir, config=api.coursedir.config)


def graded_students(api: NbGraderAPI, ps: ProblemSet) -> set[str]:
    """Whose submission of the set the gradebook has with all automatic points."""
    course = api.coursedir
    with Gradebook(course.db_url, course.course_id) as book:
        found = set()
        for submission in book.assignment_submissions(ps.name):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            if all(g.auto_score is not None or g.needs_manual_grade for g in grades):
                found.add(submission.student.id)
        return found


def students(ps: ProblemSet, root: Path) -> list[str]:
    """Everybody who handed in the set, in order."""
    return sorted(path.parent.name for path in (root / "submitted").glob(f"*/{ps.name}"))


def read_grades(api: NbGraderAPI, ps: ProblemSet) -> dict[str, list[Grade]]:
    """Grades of the set by student, each list in the order of the notebook."""
    return {found.student: found.grades for found in read_submissions(api, ps)}


def read_submissions(
    api: NbGraderAPI, ps: ProblemSet, student: str | None = None
) -> list[Submission]:
    """Everybody's submission of the set (or that of one student), by student."""
    course = api.coursedir
    with Gradebook(course.db_url, course.course_id) as book:
        return submissions_in(book, ps.name, ps.notebook, student)


def submissions_in(
    book: Gradebook, assignment: str, notebook: str, student: str | None = None
) -> list[Submission]:
    """As `read_submissions`, from an open gradebook."""
    try:
        cells = book.find_notebook(notebook, assignment).grade_cells
    except MissingEntry:
        raise CourseError(f"{assignment} is not in the gradebook: grade it first") from None
    order = [cell.name for cell in cells]
    if student is None:
        rows = book.assignment_submissions(assignment)
    else:
        rows = [book.find_submission(assignment, student)]
    return sorted((_submission(row, order) for row in rows), key=lambda found: found.student)


def _submission(row: SubmittedAssignment, order: list[str]) -> Submission:
    grades, comments = {}, {}
    for notebook in row.notebooks:
        for grade in notebook.grades:
            grades[grade.name] = Grade(
                grade.name.removeprefix("test_"),
                None if grade.needs_manual_grade else grade.score,
                grade.max_score,
                grade.cell.cell_type == "markdown",
                grade.score or 0.0,
            )
        comments |= {c.name: c.comment for c in notebook.comments if c.comment}
    person = row.student
    return Submission(
        person.id,
        [grades[name] for name in order if name in grades],
        comments,
        row.late_submission_penalty or 0.0,
        person.first_name or "",
        person.last_name or "",
        person.email or "",
        person.lms_user_id or "",
    )
