"""Tampering earns nothing, reaches nothing and leaves nothing behind."""

import shutil
from pathlib import Path

import nbformat
import pytest
from tampering import PS, load_attempts

from autograder.grade import assign
from autograder.preprocessors import known_cells
from autograder.sandbox import Jail, Limits
from autograder.workers import Job, Submission, Task, grader

ATTEMPTS = load_attempts()
TELLTALES = ("PEEKED", "REACHED", "CHANGED", "HIDDEN TESTS FOUND")
# What a submission sees of the one before it; everything in the lists has a reason to be there.
CANARY = """
import os
from pathlib import Path
for folder in ("/tmp", "/dev/shm", "/submission"):
    assert os.listdir(folder) == [], (folder, os.listdir(folder))
running = sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
assert running == [1, os.getpid()], running
for kind in ("shm", "sem", "msg"):
    assert len(Path("/proc/sysvipc", kind).read_text().splitlines()) == 1
assert os.getpriority(os.PRIO_PROCESS, 0) == os.getpriority(os.PRIO_PROCESS, 1)
assert os.environ.get("COURSE_SANDBOX") is None
keys = Path("/proc/keys").read_text() if Path("/proc/keys").exists() else ""
assert "left" not in keys
"""


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    """Grades in the jail, with limits that a test can wait for."""
    url = assign(PS, tmp_path_factory.mktemp("course")).coursedir.db_url
    task = Task(PS.name, PS.source.read_text(), known_cells(url, PS.notebook, PS.name))
    with Jail(limits=Limits(call_seconds=1, test_seconds=5, submission_seconds=8)) as jail:
        yield grader(task, jail)


def submit(folder: Path, notebook: nbformat.NotebookNode) -> Submission:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / PS.source.name
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return Job("mallory", path).read()


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[f"{a.theme}: {a.name}" for a in ATTEMPTS])
def test_attempt_earns_nothing(grade, tmp_path, attempt):
    graded = grade(submit(tmp_path / "handed in", attempt.notebook()))
    points = {e["exercise"]: e["points"] for e in graded.receipt["exercises"]}
    assert len(points) == 15
    assert sum(points.values()) == 0, points
    assert not any(word in _printed(graded.notebook) for word in TELLTALES)
    _check_outputs(graded.notebook)
    canary = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CANARY)])
    after = nbformat.reads(grade(submit(tmp_path / "next", canary)).notebook, as_version=4)
    seen = next(cell for cell in after.cells if cell.source == CANARY)
    assert seen.outputs == []


def test_there_are_at_least_forty():
    assert len(ATTEMPTS) >= 40
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)


def _printed(text: str) -> str:
    notebook = nbformat.reads(text, as_version=4)
    return str([cell.get("outputs") for cell in notebook.cells])


def _check_outputs(text: str) -> None:
    notebook = nbformat.reads(text, as_version=4)
    assert len(text) < 20_000_000
    assert set(notebook.metadata) <= {"kernelspec"}
    for cell in notebook.cells:
        assert "attachments" not in cell
        for output in cell.get("outputs", []):
            assert output.output_type in ("stream", "display_data", "error")
            assert set(output.get("data", {})) <= {"text/plain", "image/png"}
            assert output.get("metadata", {}) == {}
