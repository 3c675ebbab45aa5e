"""The gradebook on a PostgreSQL server: several graders at once, the same grades as in SQLite."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.course import ROOT, CourseError, ProblemSet, problem_set
from autograder.demo import fill_in, reference_answers
from autograder.gradebook import check_database, nbgrader_api, read_grades
from autograder.variants import load_variants

SETS = [problem_set("ps1"), problem_set("ps2")]


def program(name: str) -> str | None:
    """A PostgreSQL program; Debian keeps them off the PATH."""
    places = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))


@pytest.fixture
def server() -> Iterator[str]:
    """The URL of an empty database on a server of its own, reached through a local socket."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]

    def run(name: str, *args: str) -> None:
        command = [*user, program(name), *args]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust")
    run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
    yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder)


def hand_in(root: Path, ps: ProblemSet, count: int) -> None:
    """The same students hand in each set, with a different wrong answer each."""
    release = nbformat.read(ps.release, as_version=4)
    wrong = [variant for variant in load_variants(ps) if not variant.right]
    for number in range(count):
        variant = wrong[number * 11 % len(wrong)]
        path = root / "submitted" / f"s{number}" / ps.name / ps.release.name
        path.parent.mkdir(parents=True)
        answers = reference_answers(ps) | {variant.exercise: variant.source}
        nbformat.write(fill_in(release, answers), path)


def grade_at_once(root: Path, *options: str) -> None:
    """Two graders, a set each, at the same time."""
    command = [sys.executable, "-m", "autograder", "grade", "--root", str(root), *options]
    command += ["--workers", "1"]
    running = [
        subprocess.Popen(
            [*command, ps.name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for ps in SETS
    ]
    for process in running:
        said, _ = process.communicate()
        assert process.returncode == 0, said


def test_two_graders_at_once_on_one_server(tmp_path, server, monkeypatch):
    for ps in SETS:
        hand_in(tmp_path, ps, 3)
    grade_at_once(tmp_path, "--db", server)
    assert not (tmp_path / "gradebook.db").exists()
    monkeypatch.setenv("COURSE_DB", server)
    shared = [read_grades(nbgrader_api(tmp_path), ps) for ps in SETS]
    monkeypatch.delenv("COURSE_DB")
    shutil.rmtree(tmp_path / "autograded")
    grade_at_once(tmp_path)
    assert (tmp_path / "gradebook.db").exists()
    own = [read_grades(nbgrader_api(tmp_path), ps) for ps in SETS]
    assert shared == own
    assert all(len(grades) == 3 for grades in own)
    assert {grade.points for row in own[0].values() for grade in row} > {0.0, None}


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://postgres@127.0.0.1:1/x"])
def test_a_gradebook_that_is_not_there_is_said(url):
    with pytest.raises(CourseError, match="no gradebook at that address"):
        check_database(url)
