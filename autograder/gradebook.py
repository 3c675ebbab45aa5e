"""nbgrader's course seen from Python: its API and its gradebook, under the committed config."""

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, SAWarning, SQLAlchemyError

from .course import ROOT, CourseError, ProblemSet


@dataclass(frozen=True)
class Grade:
    """Points of one student in one graded cell; `points` is None while nobody has graded it."""

    exercise: str
    points: float | None
    max_points: float
    written: bool


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
    course = api.coursedir
    with Gradebook(course.db_url, course.course_id) as book:
        try:
            cells = book.find_notebook(ps.notebook, ps.name).grade_cells
        except MissingEntry:
            raise CourseError(f"{ps.name} is not in the gradebook: grade it first") from None
        order = [cell.name for cell in cells]
        found = {}
        for submission in book.assignment_submissions(ps.name):
            grades = {
                grade.name: Grade(
                    grade.name.removeprefix("test_"),
                    None if grade.needs_manual_grade else grade.score,
                    grade.max_score,
                    grade.cell.cell_type == "markdown",
                )
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            found[submission.student.id] = [grades[name] for name in order if name in grades]
    return found
