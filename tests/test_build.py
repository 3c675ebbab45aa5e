"""What is committed is what the texts say, and the build makes the same bytes again."""

import shutil
from dataclasses import replace

import nbformat
import pytest

from autograder import build as builder
from autograder.course import ROOT, CourseError, problem_sets, settings
from autograder.hygiene import check_release
from autograder.text import read_cells

SETS = problem_sets()


def test_nothing_is_stale():
    assert builder.build(check=True) == ["everything is up to date"]


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_catalogue_points(ps):
    assert sum(cell.points or 0 for cell in read_cells(ps.text)) == 100


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_source_is_the_same_text_twice(ps):
    cells = read_cells(ps.text)
    assert builder.source_notebook(ps, cells) == builder.source_notebook(ps, read_cells(ps.text))
    assert builder.source_notebook(ps, cells) == ps.source.read_text(encoding="utf-8")


def test_a_stale_release_is_noticed(tmp_path, monkeypatch):
    for folder in ("assignments", "source", "release"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("README.md", "nbgrader_config.py", "pyproject.toml"):
        shutil.copyfile(ROOT / file, tmp_path / file)
    (tmp_path / "autograder").symlink_to(ROOT / "autograder")
    ps = replace(SETS["ps1"], root=tmp_path)
    monkeypatch.setattr(builder, "problem_set", lambda name: ps)
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    text = ps.text.read_text(encoding="utf-8")
    ps.text.write_text(text.replace("# # Problem set 1", "# # A problem set"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"stale: source/ps1/\w+.ipynb, release/ps1/\w+.ipynb"):
        builder.build(["ps1"], check=True)
    assert builder.build(["ps1"]) == [
        "wrote source/ps1/dropout.ipynb",
        "wrote release/ps1/dropout.ipynb",
    ]
    (ps.release.parent / "notes.txt").write_text("to myself")
    with pytest.raises(CourseError, match=r"stale: release/ps1/notes.txt"):
        builder.build(["ps1"], check=True)


def test_repository_address_is_set_in_one_place():
    address = settings()["repository"]
    assert f"github/{address}/blob" in (ROOT / "README.md").read_text(encoding="utf-8")
    for path in [*(ROOT / "assignments").rglob("*.py"), *(ROOT / "autograder").rglob("*.py")]:
        assert address not in path.read_text(encoding="utf-8"), path


def add_output(notebook):
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="42\n")]


def add_execution_count(notebook):
    next(cell for cell in notebook.cells if cell.cell_type == "code").execution_count = 1


def add_execution_time(notebook):
    notebook.cells[0].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


def add_author(notebook):
    notebook.metadata["authors"] = [{"name": "Somebody"}]


def add_solution(notebook):
    reference = next(c for c in read_cells(SETS["ps1"].text) if c.role == "solution")
    notebook.cells[0].source += "\n" + reference.source


def add_a_line_of_hidden_tests(notebook):
    test = next(c for c in read_cells(SETS["ps1"].text) if c.role == "test")
    hidden = test.source.split("### BEGIN HIDDEN TESTS\n")[1].split("\n### END")[0]
    line = max((x for x in hidden.split("\n") if "check_numpy_only" not in x), key=len)
    notebook.cells[0].source += "\n" + line.strip()


def drop_a_test(notebook):
    notebook.cells = [c for c in notebook.cells if c.id != "test-dropout-forward"]


def change_points(notebook):
    next(c for c in notebook.cells if c.id == "test-dropout-forward").metadata.nbgrader.points = 7


@pytest.mark.parametrize(
    "spoil",
    [
        add_output,
        add_execution_count,
        add_execution_time,
        add_author,
        add_solution,
        add_a_line_of_hidden_tests,
        drop_a_test,
        change_points,
    ],
)
def test_unclean_releases_are_refused(tmp_path, spoil):
    ps = replace(SETS["ps1"], root=tmp_path)
    ps.release.parent.mkdir(parents=True)
    notebook = nbformat.read(SETS["ps1"].release, as_version=4)
    nbformat.write(notebook, ps.release)
    cells = read_cells(SETS["ps1"].text)
    check_release(ps, cells)
    spoil(notebook)
    nbformat.write(notebook, ps.release)
    with pytest.raises(CourseError):
        check_release(ps, cells)


@pytest.mark.parametrize("stray", ["dropout.pyc", ".ipynb_checkpoints/dropout-checkpoint.ipynb"])
def test_stray_files_are_refused(tmp_path, stray):
    ps = replace(SETS["ps1"], root=tmp_path)
    (ps.release.parent / stray).parent.mkdir(parents=True)
    shutil.copyfile(SETS["ps1"].release, ps.release)
    (ps.release.parent / stray).write_bytes(b"")
    with pytest.raises(CourseError, match="does not belong in a release"):
        check_release(ps, read_cells(SETS["ps1"].text))


def test_personal_names_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.hygiene.personal_names", lambda: {"Problem set"})
    with pytest.raises(CourseError, match="the personal name 'Problem set'"):
        check_release(SETS["ps1"], read_cells(SETS["ps1"].text))
