"""Grading a class: runs that are killed go on, workers that die cost little, receipts say all."""

import json
import multiprocessing
import os
import random
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from autograder import engine, sandbox
from autograder.course import ROOT, CourseError, problem_set, problem_sets
from autograder.demo import fill_in, reference_answers
from autograder.grade import assign, grade
from autograder.gradebook import nbgrader_api, read_grades
from autograder.preprocessors import known_cells
from autograder.suite import load_suite
from autograder.text import read_cells
from autograder.variants import load_variants
from autograder.workers import Job, Task, Workers

PS = problem_set("ps1")
SETS = problem_sets()


def hand_in(root: Path, count: int) -> dict[str, float]:
    """A class in which student n answers the first n exercises; returns the points due."""
    release = nbformat.read(PS.release, as_version=4)
    answers = reference_answers(PS)
    tests = [cell for cell in read_cells(PS.text) if cell.role == "test"]
    due = {}
    for number in range(count):
        known = {cell.exercise for cell in tests[:number]}
        path = root / "submitted" / f"s{number}" / PS.name / PS.release.name
        path.parent.mkdir(parents=True)
        nbformat.write(fill_in(release, {e: a for e, a in answers.items() if e in known}), path)
        due[f"s{number}"] = sum(cell.points for cell in tests[:number])
    return due


def points(root: Path) -> dict[str, float]:
    grades = read_grades(nbgrader_api(root), PS)
    return {s: sum(g.points or 0 for g in row if not g.written) for s, row in grades.items()}


def receipts(root: Path) -> dict[str, dict]:
    paths = (root / "autograded").glob(f"*/{PS.name}/receipt.json")
    return {path.parent.parent.name: json.loads(path.read_text()) for path in paths}


def run(root: Path, *options: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "ps1", "--root", str(root), *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_run_that_is_killed_again_and_again_goes_on(tmp_path):
    due = hand_in(tmp_path, 8)
    chance = random.Random()
    stamps: dict[str, int] = {}
    for wanted in (1, 3, 6):
        process = run(tmp_path, "--workers", "2")
        while process.poll() is None and len(receipts(tmp_path)) < wanted:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for path in (tmp_path / "autograded").glob("*/ps1/receipt.json"):
            known = stamps.setdefault(str(path), path.stat().st_mtime_ns)
            assert path.stat().st_mtime_ns == known, "graded twice"
    process = run(tmp_path, "--workers", "2")
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert f"{8 - len(stamps)} graded, {len(stamps)} had been graded before, 0 failed" in said
    for path, known in stamps.items():
        assert Path(path).stat().st_mtime_ns == known, "graded twice"
    assert points(tmp_path) == due
    assert set(receipts(tmp_path)) == set(due)

    undisturbed = tmp_path / "undisturbed"
    hand_in(undisturbed, 8)
    assert [done.error for done in grade(PS, undisturbed, workers=2)] == [""] * 8
    assert points(undisturbed) == due
    again = [done.skipped for done in grade(PS, undisturbed, workers=2)]
    assert again == [True] * 8
    notebook = undisturbed / "submitted" / "s0" / "ps1" / PS.release.name
    notebook.write_bytes(notebook.read_bytes() + b"\n")
    changed = [done.student for done in grade(PS, undisturbed) if not done.skipped]
    assert changed == ["s0"]


def test_one_bad_submission_is_one_line(tmp_path):
    due = hand_in(tmp_path, 2)
    folder = tmp_path / "submitted" / "broken" / "ps1"
    folder.mkdir(parents=True)
    (folder / PS.release.name).write_text("{}")
    (tmp_path / "submitted" / "empty" / "ps1").mkdir(parents=True)
    errors = {done.student: done.error for done in grade(PS, tmp_path)}
    assert errors["s0"] == errors["s1"] == ""
    assert "no dropout.ipynb" in errors["empty"]
    assert errors["broken"]
    assert "\n" not in errors["broken"]
    assert {s: p for s, p in points(tmp_path).items() if s in due} == due


def test_receipts(tmp_path):
    hand_in(tmp_path, 2)
    (tmp_path / "submitted" / "s1" / "ps1" / "page.html").write_text("<script>alert(1)</script>")
    list(grade(PS, tmp_path))
    receipt = receipts(tmp_path)["s1"]
    assert receipt["sandbox"] is True
    assert 2**27 < receipt["memory"] < 2**31
    for name in ("submission", "tests", "environment"):
        assert len(receipt[name]) == 64
    assert receipt["tests"] == load_suite(PS.source).digest
    reasons = [exercise["reason"] for exercise in receipt["exercises"]]
    assert reasons == ["passed"] + ["missing"] * 14
    page = tmp_path / "autograded" / "s1" / "ps1"
    assert sorted(path.name for path in page.iterdir()) == [PS.release.name, "receipt.json"]
    assert nbgrader_api(tmp_path).generate_feedback("ps1")["success"]
    handed_out = tmp_path / "feedback" / "s1" / "ps1"
    assert [path.name for path in handed_out.iterdir()] == [f"{PS.notebook}.html"]


def test_a_worker_that_dies_is_replaced(tmp_path):
    hand_in(tmp_path, 3)
    url = assign(PS, tmp_path).coursedir.db_url
    task = Task("ps1", PS.source.read_text(), known_cells(url, PS.notebook, "ps1"))
    folders = [tmp_path / "submitted" / f"s{n}" / "ps1" / PS.release.name for n in range(3)]
    jobs = [Job(path.parent.parent.name, path) for path in folders]
    found = []
    with Workers(1) as workers:
        for graded in workers.run(task, jobs):
            found.append(graded)
            if len(found) == 1:
                (worker,) = multiprocessing.active_children()
                worker.kill()
                worker.join()
    assert [(graded.student, graded.error) for graded in found] == [
        ("s0", ""),
        ("s1", ""),
        ("s2", ""),
    ]
    assert multiprocessing.active_children() == []


def fake_bubblewrap(folder: Path, said: str) -> str:
    """A PATH on which bubblewrap refuses."""
    folder.mkdir()
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return f"{folder}:{os.environ['PATH']}"


def test_without_bubblewrap_it_says_what_is_missing(tmp_path, monkeypatch):
    hand_in(tmp_path, 1)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"bubblewrap is missing: install.*--no-sandbox"):
        list(grade(PS, tmp_path))
    assert "apt install bubblewrap" in sandbox.why_no_sandbox()


def test_where_namespaces_are_forbidden_it_says_how_to_allow_them(tmp_path, monkeypatch):
    said = "bwrap: No permissions to create new namespace"
    monkeypatch.setenv("PATH", fake_bubblewrap(tmp_path / "bin", said))
    problem = sandbox.why_no_sandbox()
    assert said in problem
    assert "unprivileged_userns" in problem
    assert "--security-opt seccomp=unconfined" in problem


def test_no_sandbox_is_loud_and_marked(tmp_path):
    due = hand_in(tmp_path, 2)
    process = run(tmp_path, "--no-sandbox", "--workers", "1", PATH="/nonexistent")
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "WARNING" in said
    assert {receipt["sandbox"] for receipt in receipts(tmp_path).values()} == {False}
    assert points(tmp_path) == due


def test_every_variant_is_judged_as_in_one_kernel():
    """Right answers pass through the jail, wrong ones do not (test_variants.py: in one kernel)."""
    misjudged = []
    with sandbox.Jail() as jail:
        for ps in SETS.values():
            suite = load_suite(ps.source)
            source = nbformat.read(ps.source, as_version=4)
            for variant in load_variants(ps):
                test = f"test_{variant.exercise}"
                only = replace(suite, tests={test: suite.tests[test]})
                notebook = fill_in(source, {variant.exercise: variant.source})
                notebook.cells = [c for c in notebook.cells if _needed(c, test)]
                run = engine.grade_notebook(notebook, only, jail)
                if (run.results[0].reason == "passed") != variant.right:
                    misjudged.append((ps.name, variant.exercise, variant.note, run.results[0]))
    assert misjudged == []


def _needed(cell: nbformat.NotebookNode, test: str) -> bool:
    grading = cell.metadata.get("nbgrader", {})
    solution = grading.get("solution") and cell.cell_type == "code"
    return solution or "setup" in cell.metadata.get("tags", []) or grading.get("grade_id") == test
