"""A course of its own for each test that grades: source and release copied, nothing handed in."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from autograder.course import ROOT, ProblemSet, problem_sets


@dataclass
class Course:
    """An nbgrader course in a temporary folder that uses the committed configuration."""

    root: Path

    def nbgrader(self, *args: str) -> subprocess.CompletedProcess:
        """Run a stock nbgrader command; raise AssertionError with its output when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *args],
            cwd=ROOT,
            env={**os.environ, "COURSE_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    def submit(self, ps: ProblemSet, student: str, notebook: nbformat.NotebookNode) -> Path:
        """Put a notebook where nbgrader looks for what a student handed in."""
        path = self.root / "submitted" / student / ps.name / ps.release.name
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        return path


@pytest.fixture
def course(tmp_path):
    for ps in problem_sets().values():
        for path in (ps.source, ps.release):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True)
            shutil.copyfile(path, target)
    return Course(tmp_path)
