"""Grade a set: run every submission through nbgrader and put the points into the gradebook."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .course import CourseError, ProblemSet
from .gradebook import nbgrader_api, students


@dataclass(frozen=True)
class Graded:
    """What became of one submission; `error` is empty when it was graded."""

    student: str
    error: str


def grade(ps: ProblemSet, root: Path, force: bool = False) -> Iterator[Graded]:
    """Grade everybody who handed in the set in the course at `root`, one after the other.

    A submission that was graded before is left alone unless `force` is set or a newer one came in.
    A submission that cannot be graded yields an error and does not stop the others.
    """
    everybody = students(ps, root)
    if not everybody:
        raise CourseError(
            f"nobody has handed in {ps.name}: there is no {root}/submitted/*/{ps.name}"
        )
    if root != ps.root:
        target = root / "source" / ps.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ps.source, target / ps.source.name)
    api = nbgrader_api(root)
    assigned = api.generate_assignment(ps.name)
    if not assigned["success"]:
        raise CourseError(f"nbgrader refuses {ps.name}: {_last_error(assigned)}")
    for student in everybody:
        done = api.autograde(ps.name, student, force=force)
        yield Graded(student, "" if done["success"] else _last_error(done))


def _last_error(result: dict) -> str:
    """The cause in one line: the exception that nbgrader's log ends its first traceback with."""
    log = result["log"] or result["error"] or ""
    causes = re.findall(r"^ *((?:\w+\.)*\w*(?:Error|Exception|Entry)\b.*)$", log, re.MULTILINE)
    errors = re.findall(r"^\[ERROR\] (.*)$", log, re.MULTILINE)
    return next(iter(causes + errors), "nbgrader did not say why")
