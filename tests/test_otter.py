"""otter's notebooks and the Gradescope zip: the same exercises, the same points, no surprises."""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import nbformat
import pytest
import yaml
from colab import through_colab

from autograder.course import ROOT, CourseError, problem_sets
from autograder.demo import fill_in, reference_answers
from autograder.gradescope import assign, master_notebook, pinned_requirements
from autograder.parity import compare
from autograder.text import read_cells

SETS = problem_sets()
PS = SETS["ps1"]
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
# https://gradescope-autograders.readthedocs.io/en/latest/specs/
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["score", "max_score", "name"],
                "properties": {
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number", "minimum": 0},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> Path:
    """What `python -m autograder otter ps1` writes, without otter's own check."""
    folder = tmp_path_factory.mktemp("otter")
    assign(PS, folder, check=False)
    return folder


@pytest.fixture
def archive(output) -> Path:
    return output / "autograder" / "ps1-gradescope.zip"


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_every_set_has_its_exercises_and_points(ps):
    cells = master_notebook(ps).cells
    config = [yaml.safe_load(c.source) for c in cells if c.source.startswith("# BEGIN QUESTION")]
    graded = [cell for cell in read_cells(ps.text) if cell.role in ("test", "answer")]
    assert [question["name"] for question in config] == [cell.exercise for cell in graded]
    assert [question["points"] for question in config] == [cell.points for cell in graded]
    for question, cell in zip(config, graded, strict=True):
        assert question.get("manual", False) == (cell.role == "answer")
        assert question.get("all_or_nothing", False) == (cell.role == "test")
    tests = [cell.source for cell in cells if "def test_" in cell.source.partition("(")[0]]
    assert len(tests) == 2 * sum(cell.role == "test" for cell in graded)
    for visible, hidden in zip(tests[::2], tests[1::2], strict=True):
        assert visible.startswith("def test_visible(")
        assert hidden.startswith("# HIDDEN\ndef test_hidden(")
        assert len(ast.dump(ast.parse(visible))) < len(ast.dump(ast.parse(hidden)))


def test_student_notebook_is_the_release(output):
    release = nbformat.read(PS.release, as_version=4)
    student = nbformat.read(output / "student" / "dropout.ipynb", as_version=4)
    by_id = {cell.id: cell for cell in student.cells}
    for cell in release.cells:
        made = by_id.pop(cell.id)
        if cell.metadata.get("nbgrader"):
            assert made.source == cell.source
            assert made.metadata.nbgrader == cell.metadata.nbgrader
        else:  # otter wraps written questions in comments
            assert cell.source in made.source
    assert {cell.source for cell in by_id.values()} <= {"<!-- END QUESTION -->\n"}
    assert all(cell_id.startswith("otter-") for cell_id in by_id)


def test_hidden_tests_and_solutions_stay_with_the_instructor(output, archive):
    cells = read_cells(PS.text)
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (output / "student").rglob("*")
        if path.is_file()
    )
    assert "hidden=True" not in text
    assert "test_hidden" not in text
    for word in ("BEGIN SOLUTION", "BEGIN PROMPT"):
        assert word not in text
    instructor = nbformat.read(output / "autograder" / "dropout.ipynb", as_version=4)
    kept = {cell.source for cell in instructor.cells}
    for reference in (cell.source for cell in cells if cell.role == "answer"):
        assert reference in kept
        assert json.dumps(reference.split("\n")[0]) not in text
    exercises = {f"tests/{cell.exercise}.py" for cell in cells if cell.role == "test"}
    with zipfile.ZipFile(archive) as made:
        assert {name for name in made.namelist() if name.startswith("tests/")} == exercises
        assert all(b"hidden=True" in made.read(name) for name in exercises)


def test_environment_is_the_pinned_one(archive):
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    with zipfile.ZipFile(archive) as made:
        environment = yaml.safe_load(made.read("environment.yml"))
        setup = made.read("setup.sh").decode()
        config = json.loads(made.read("otter_config.json"))
    conda, pip = environment["dependencies"][:-1], environment["dependencies"][-1]["pip"]
    assert "python=3.11" in conda
    assert set(pip) <= set(pins)
    assert set(pip) == set(pinned_requirements())
    names = {line.partition("==")[0] for line in pip}
    assert names >= {"numpy", "torch", "torchvision", "matplotlib", "scikit-learn", "otter-grader"}
    assert not names & {"jupyterlab", "nbgrader", "pytest"}
    for tool in ("texlive", "pandoc", "chromium"):
        assert tool not in setup
    assert "mamba env create" in setup
    assert not config["pdf"]
    assert not {"token", "course_id", "assignment_id"} & set(config)


def test_a_folder_with_files_is_left_alone(tmp_path):
    (tmp_path / "autograder").mkdir()
    with pytest.raises(CourseError, match="is not empty"):
        assign(PS, tmp_path)
    assert (tmp_path / "autograder").exists()


def test_a_stale_release_is_one_line(tmp_path):
    shutil.copytree(ROOT / "assignments", tmp_path / "assignments")
    with pytest.raises(CourseError, match=r"is missing: run `python -m autograder build ps1`"):
        master_notebook(problem_sets(tmp_path)["ps1"])


def test_both_graders_give_the_same_points_and_assign_the_same_bytes(output, tmp_path):
    """A sample; `python -m autograder parity` compares everything."""
    worth = {c.exercise: c.points for c in read_cells(PS.text) if c.role == "test"}
    only = {"blank", "otter_notebook", "variants_01"}
    found = {pairs[0].submission: pairs for pairs in compare(PS, tmp_path, only)}
    assert set(found) == only
    for pairs in found.values():
        assert {pair.exercise for pair in pairs} == set(worth)
        assert [pair for pair in pairs if pair.nbgrader != pair.otter] == []
    assert {pair.exercise: pair.otter for pair in found["otter_notebook"]} == worth
    assert {pair.otter for pair in found["blank"]} == {0}
    assert len({pair.otter > 0 for pair in found["variants_01"]}) == 2, "right and wrong answers"
    assert digests(tmp_path / "otter") == digests(output)


def digests(folder: Path) -> dict[Path, str]:
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def gradescope(archive, tmp_path):
    """Grade files as Gradescope does: unpack the zip, set up, run, read results.json."""

    def run(files: dict[str, str], seconds: int = 120) -> dict:
        for folder in ("source", "submission", "results", "bin"):
            (tmp_path / folder).mkdir()
        with zipfile.ZipFile(archive) as made:
            made.extractall(tmp_path / "source")
        for name, text in files.items():
            (tmp_path / "submission" / name).parent.mkdir(exist_ok=True)
            (tmp_path / "submission" / name).write_text(text, encoding="utf-8")
        mamba = tmp_path / "bin" / "mamba"  # the set-up is this environment: nothing to activate
        mamba.write_text("#!/bin/sh\nexit 0\n")
        mamba.chmod(0o755)
        script = (tmp_path / "source" / "run_autograder").read_text()
        assert script.count("/autograder/") == 1
        done = subprocess.run(
            ["bash", "-c", script.replace("/autograder/", f"{tmp_path}/")],
            cwd=tmp_path,
            env={
                "PATH": f"{Path(sys.executable).parent}:{tmp_path}/bin:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "COURSE_TOTAL_SECONDS": str(seconds),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
        jsonschema.validate(results, GRADESCOPE)
        return results

    return run


def release_with(answers: dict[str, str]) -> nbformat.NotebookNode:
    return fill_in(nbformat.read(PS.release, as_version=4), answers)


def points(results: dict) -> dict[str, float]:
    return {test["name"]: test["score"] for test in results["tests"] if test["max_score"]}


def test_gradescope_grades_a_file_from_colab(gradescope):
    worth = {c.exercise: c.points for c in read_cells(PS.text) if c.role == "test"}
    answers = reference_answers(PS)
    shortcut = (
        "def relu_moments():\n    return torch.tensor(0.39894228), torch.tensor(0.34084506)\n"
    )
    answers["relu_moments"] = shortcut
    answers["dropout_backward"] = "def dropout_backward(dout, mask):\n    raise SystemExit\n"
    answers["train_linear"] += "\n\n\ndef dropout_forward(*redefined):\n    return None\n"
    results = gradescope(
        {"Dropout (1).ipynb": nbformat.writes(through_colab(release_with(answers)))}
    )
    assert points(results) == worth | {"relu_moments": 0, "dropout_backward": 0}
    tests = {test["name"]: test for test in results["tests"]}
    assert "your cell uses torch" in tests["relu_moments"]["output"]
    assert tests["dropout_forward"]["status"] == "passed"
    shown = [test["name"] for test in results["tests"] if test["visibility"] == "visible"]
    assert shown == ["Visible tests"]
    assert "hidden" not in tests["Visible tests"]["output"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no notebook. Hand in dropout.ipynb."),
        ({"answers.pdf": "%PDF"}, "holds no notebook"),
        ({"a.ipynb": "{}", "b.ipynb": "{}"}, "several notebooks (a.ipynb, b.ipynb)"),
        (
            {"dropout.ipynb": PS.release.read_text(encoding="utf-8")[:9000]},
            "not a complete notebook",
        ),
        ({"dropout.ipynb": "[]"}, "not a complete notebook"),
        (
            {"x.ipynb": SETS["ps2"].release.read_text(encoding="utf-8")},
            "holds no exercise of ps1. Is it another set's notebook?",
        ),
    ],
    ids=["nothing", "no notebook", "several", "cut", "no cells", "another set"],
)
def test_gradescope_says_what_is_wrong_with_a_file(gradescope, files, said):
    results = gradescope(files)
    assert said in results["output"]
    assert set(points(results).values()) == {0}


@pytest.mark.parametrize(
    ("line", "seconds", "said"),
    [
        ("import os; os._exit(3)", 120, "Python ended"),
        (
            "import time\nwhile True:\n    try:\n        time.sleep(1)\n"
            "    except BaseException:\n        pass",
            10,
            "ran for more than 10 seconds",
        ),
    ],
    ids=["crash", "time-out"],
)
def test_gradescope_survives(gradescope, line, seconds, said):
    notebook = release_with({"dropout_forward": line})
    results = gradescope({"dropout.ipynb": nbformat.writes(notebook)}, seconds)
    assert said in results["output"]
    assert set(points(results).values()) == {0}
