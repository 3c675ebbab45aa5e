"""Stock nbgrader commands work in this course and give the points that are due."""

import csv

import nbformat
import pytest

from autograder.course import problem_sets
from autograder.demo import fill_in, reference_answers
from autograder.gradebook import nbgrader_api, read_grades
from autograder.text import read_cells

SETS = problem_sets()


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_reference_blank_and_half(course, ps):
    release = nbformat.read(ps.release, as_version=4)
    answers = reference_answers(ps)
    tests = [cell for cell in read_cells(ps.text) if cell.role == "test"]
    worth = {cell.exercise: cell.points for cell in tests}
    first = {cell.exercise for cell in tests[: len(tests) // 2]}
    course.submit(ps, "reference", fill_in(release, answers))
    course.submit(ps, "blank", release)
    course.submit(ps, "half", fill_in(release, {e: answers[e] for e in first}))

    course.nbgrader("generate_assignment", ps.name, "--force")
    made = course.root / "release" / ps.name / ps.release.name
    assert made.read_bytes() == ps.release.read_bytes()
    course.nbgrader("autograde", ps.name)

    grades = read_grades(nbgrader_api(course.root), ps)
    automatic = {
        s: {g.exercise: g.points for g in row if not g.written} for s, row in grades.items()
    }
    assert automatic["reference"] == worth
    assert automatic["blank"] == dict.fromkeys(worth, 0)
    assert automatic["half"] == {e: worth[e] if e in first else 0 for e in worth}
    written = {s: [g.points for g in row if g.written] for s, row in grades.items()}
    assert set(written["blank"]) == {0}, "an untouched written answer needs no reader"
    assert set(written["reference"]) == {None}, "a written answer waits for a person"
    executed = nbformat.read(
        course.root / "autograded" / "reference" / ps.name / ps.release.name, as_version=4
    )
    errors = [
        (cell.id, output.evalue)
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert errors == []

    course.nbgrader("generate_feedback", ps.name)
    for student in grades:
        page = course.root / "feedback" / student / ps.name / f"{ps.notebook}.html"
        html = page.read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in html
        assert "of 100 points" in html
    csv_file = course.root / "grades.csv"
    course.nbgrader("export", "--to", str(csv_file))
    with csv_file.open(encoding="utf-8") as file:
        rows = {r["student_id"]: r for r in csv.DictReader(file) if r["assignment"] == ps.name}
    assert float(rows["reference"]["raw_score"]) == sum(worth.values())
    assert float(rows["blank"]["raw_score"]) == 0
    assert float(rows["reference"]["max_score"]) == 100


def test_validate_tells_right_from_wrong(course, tmp_path):
    ps = SETS["ps1"]
    full = fill_in(nbformat.read(ps.release, as_version=4), reference_answers(ps))
    right, wrong = tmp_path / "right.ipynb", tmp_path / "wrong.ipynb"
    nbformat.write(full, right)
    nbformat.write(fill_in(full, {"dropout_backward": "dropout_backward = None"}), wrong)
    assert "Success! Your notebook passes all the tests." in said(course, right)
    assert "The following cell failed" in said(course, wrong)


def said(course, path) -> str:
    done = course.nbgrader("validate", str(path))
    return done.stdout + done.stderr
