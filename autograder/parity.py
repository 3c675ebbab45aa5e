"""Grade the same submissions with nbgrader and with otter, and compare the points."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from .course import CourseError, ProblemSet
from .demo import fill_in, reference_answers
from .grade import grade
from .gradebook import nbgrader_api, read_grades
from .gradescope import ENVIRONMENT, assign
from .variants import load_variants

OTTER_SECONDS = 600


@dataclass(frozen=True)
class Pair:
    """The points of one exercise of one submission from both graders; None: no grade at all."""

    submission: str
    exercise: str
    nbgrader: float | None
    otter: float | None


def compare(
    ps: ProblemSet, folder: Path, only: Collection[str] | None = None
) -> Iterator[list[Pair]]:
    """Grade submissions of a set twice, all or `only` those named, and yield the pairs of each.

    `folder` is filled with otter's output and with a course for nbgrader.
    """
    archive = assign(ps, folder / "otter", check=False)
    student = nbformat.read(folder / "otter" / "student" / ps.release.name, as_version=4)
    root = folder / "nbgrader"
    paths = {}
    for name, notebook in submissions(ps, student).items():
        if only is not None and name not in only:
            continue
        paths[name] = root / "submitted" / name / ps.name / ps.release.name
        paths[name].parent.mkdir(parents=True)
        nbformat.write(notebook, paths[name])
    for graded in grade(ps, root, workers=os.cpu_count() or 1):
        if graded.error:
            raise CourseError(f"nbgrader could not grade {graded.student}: {graded.error}")
    grades = read_grades(nbgrader_api(root), ps)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each runs a process of its own
        points = pool.map(partial(otter_points, archive), paths.values())
        for name, other in zip(paths, points, strict=True):
            one = {g.exercise: g.points for g in grades[name] if not g.written}
            yield [Pair(name, e, one.get(e), other.get(e)) for e in sorted(one | other)]


def submissions(ps: ProblemSet, student: NotebookNode) -> dict[str, NotebookNode]:
    """Made submissions by name: reference, blank, otter's own notebook filled in, variants.

    Each of the variants' submissions holds one variant of every exercise, right and wrong ones
    mixed; together they hold all.
    """
    release = nbformat.read(ps.release, as_version=4)
    answers = reference_answers(ps)
    found = {
        "reference": fill_in(release, answers),
        "blank": release,
        "otter_notebook": fill_in(student, answers),
    }
    variants: dict[str, list[str]] = {}
    for variant in load_variants(ps):
        if variant.exercise in answers:
            variants.setdefault(variant.exercise, []).append(variant.source)
    most = max(map(len, variants.values()), default=0)
    for number in range(most):
        chosen = {
            exercise: sources[(number + shift) % len(sources)]
            for shift, (exercise, sources) in enumerate(variants.items())
        }
        found[f"variants_{number + 1:02}"] = fill_in(release, answers | chosen)
    return found


def otter_points(archive: Path, submitted: Path) -> dict[str, float]:
    """Points by exercise that `otter run` gives a notebook."""
    folder = submitted.parent / "otter"
    folder.mkdir(exist_ok=True)
    notebook = shutil.copy(submitted, folder)
    done = subprocess.run(
        [sys.executable, "-m", "otter", "run", notebook, "-a", archive, "-o", folder, "--no-logo"],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=OTTER_SECONDS,
    )
    results = folder / "results.json"
    if done.returncode or not results.is_file():
        said = done.stderr.strip().splitlines()
        raise CourseError(f"otter run fails on {notebook}: {said[-1] if said else 'no message'}")
    tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return {test["name"]: test["score"] for test in tests if "max_score" in test}
