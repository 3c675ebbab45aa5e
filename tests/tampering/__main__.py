"""Print the table of docs/tampering.md: `python -m tests.tampering [THEME]…`.

Stock nbgrader runs in a container of its own (bubblewrap), because nothing else keeps the attempts
from doing their harm; those that only do harm are left out. It takes minutes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from autograder.course import ROOT
from autograder.grade import assign, grade
from autograder.gradebook import nbgrader_api, read_grades

from . import PS, Attempt, load_attempts

HARM_ALONE = ("processes", "floods", "reach")


def main() -> None:
    """Grade every attempt twice and print the table."""
    themes = set(sys.argv[1:]) or {attempt.theme for attempt in load_attempts()}
    attempts = [a for a in load_attempts() if a.theme in themes - set(HARM_ALONE)]
    with tempfile.TemporaryDirectory(prefix="tampering-") as folder:
        empty, engine = Path(folder) / "empty", Path(folder) / "engine"
        assign(PS, empty)
        there = {}
        for number, attempt in enumerate(attempts):
            student = f"s{number:02}"
            hand_in(engine, student, attempt)
            # A course of its own: some rewrite the points and the notebooks of everybody else.
            stock = Path(folder) / student
            shutil.copytree(empty, stock)
            hand_in(stock, student, attempt)
            run_stock(stock, student)
            there[student] = points(stock).get(student, "not graded")
        list(grade(PS, engine, workers=os.cpu_count() or 1))
        here = points(engine)
    print("| theme | attempt | nbgrader's own execution | here |\n|---|---|---:|---:|")
    for number, attempt in enumerate(attempts):
        student = f"s{number:02}"
        earned = f"{there[student]} | {here.get(student, 'not graded')}"
        print(f"| {attempt.theme} | {attempt.name} | {earned} |")


def hand_in(root: Path, student: str, attempt: Attempt) -> None:
    path = root / "submitted" / student / PS.name / PS.source.name
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(attempt.notebook()), encoding="utf-8")


def run_stock(root: Path, student: str) -> None:
    """`nbgrader autograde` for one student, able to change nothing but the course in `root`."""
    container = [
        shutil.which("bwrap"),
        *("--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-net"),
        *("--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *("--tmpfs", "/tmp", "--tmpfs", "/var/tmp"),
        *("--ro-bind", str(ROOT), str(ROOT), "--bind", str(root), str(root)),
        *("--setenv", "HOME", "/tmp", "--chdir", str(ROOT)),
    ]
    command = [sys.executable, "-m", "nbgrader", "autograde", PS.name, "--student", student]
    environment = {**os.environ, "COURSE_ROOT": str(root), "COURSE_EXECUTION": "stock"}
    with_limit = [*container, "timeout", "120", *command]
    subprocess.run(with_limit, env=environment, capture_output=True, check=False)


def points(root: Path) -> dict[str, str]:
    """Points of the automatic exercises by student."""
    grades = read_grades(nbgrader_api(root), PS)
    return {s: f"{sum(g.points or 0 for g in row if not g.written):g}" for s, row in grades.items()}


if __name__ == "__main__":
    main()
