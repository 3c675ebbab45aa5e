"""The made class goes through the whole pipeline and comes out with the points it is due."""

import csv
import os
import re
import subprocess
import sys

from autograder.course import ROOT, problem_set
from autograder.demo import reference_answers
from autograder.names import loaded_names
from autograder.text import read_cells


def test_demo(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "demo", "ps1", "--root", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "130"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tests = [cell for cell in read_cells(problem_set("ps1").text) if cell.role == "test"]
    worth = {cell.exercise: cell.points for cell in tests}
    answers = reference_answers(problem_set("ps1"))
    with (tmp_path / "ps1_points.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    points = {s: {e: float(row[e] or 0) for e in worth} for s, row in rows.items()}
    exercises = list(worth)

    assert points["ada"] == worth
    assert sum(points["ben"].values()) == 0
    half = exercises[: len(exercises) // 2]
    assert points["cleo"] == {e: worth[e] if e in half else 0 for e in worth}
    assert points["hana"] == worth
    assert points["lars"] == worth
    for student, broken in (("ivo", 1), ("jana", 2), ("kim", 3)):
        lost = {e for e in worth if points[student][e] == 0}
        assert lost == {exercises[broken]}, student
    for student in ("dan", "eva", "finn", "gus"):
        said = re.search(rf"{student}: common mistakes in (.*) → taken", done.stdout)
        mistakes = set(said[1].split(", "))
        lost = {e for e in worth if points[student][e] == 0}
        assert mistakes <= lost, student
        for exercise in lost - mistakes:  # right, but it calls a wrong answer
            assert loaded_names(answers[exercise]) & mistakes, (student, exercise)
    assert "mia: the upload was cut → refused: not a notebook" in done.stdout
    assert "mia" not in rows
    for student in rows:
        assert (tmp_path / "feedback" / student / "ps1" / "dropout.html").is_file()
