"""A release runs with Colab's packages and nothing of ours, up to the first unanswered exercise."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autograder.course import problem_sets

SETS = problem_sets()
PACKAGES = ["numpy", "torch", "torchvision", "matplotlib", "scikit-learn", "tqdm", "ipython"]

# Runs the code cells of a notebook in a bare shell, as a kernel would, until one raises.
RUN = """
import json, sys
sys.path[:] = [p for p in sys.path if "site-packages" not in p] + [sys.argv[1]]
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(open(sys.argv[2]))["cells"]:
    if cell["cell_type"] == "code":
        result = shell.run_cell("".join(cell["source"]))
        error = result.error_before_exec or result.error_in_exec
        if error:
            print("STOPPED", cell["id"], type(error).__name__, error)
            break
else:
    print("FINISHED")
"""

# Colab keeps the notebook in the browser: a program asks for it, there is no file.
GOOGLE_COLAB = """
import json, sys

def blocking_request(request, timeout_sec=None):
    assert request == "get_ipynb" and timeout_sec
    return {"ipynb": json.load(open(sys.argv[2]))}
"""


def closure(names: list[str]) -> set[str]:
    """The packages in `names` and all that they require here."""
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if distribution.name.lower() in found:
            continue
        found.add(distribution.name.lower())
        for text in distribution.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
    return found


@pytest.fixture(scope="session")
def colab(tmp_path_factory) -> Path:
    """A site-packages folder with Colab's packages and what they need, and no others."""
    folder = tmp_path_factory.mktemp("colab")
    for name in closure(PACKAGES):
        distribution = metadata.distribution(name)
        for file in distribution.files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).is_symlink():
                (folder / top).symlink_to(Path(distribution.locate_file(top)))
    assert not (folder / "nbgrader").exists()
    (folder / "google" / "colab").mkdir(parents=True)
    (folder / "google" / "colab" / "__init__.py").touch()
    (folder / "google" / "colab" / "_message.py").write_text(GOOGLE_COLAB, encoding="utf-8")
    return folder


def run(notebook: Path, colab: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN, str(colab), str(notebook)],
        cwd=folder,
        env={"COURSE_SCALE": "smoke", "MPLBACKEND": "agg", "HOME": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_release_runs_to_the_first_unanswered_exercise(ps, colab, tmp_path):
    first = next(
        cell["metadata"]["nbgrader"]["grade_id"]
        for cell in json.loads(ps.release.read_text(encoding="utf-8"))["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    )
    last = run(ps.release, colab, tmp_path).splitlines()[-1]
    stub = f"NotImplementedError {first} is not answered yet"
    assert last == f"STOPPED test-{first.replace('_', '-')} {stub}"


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_reference_runs_to_the_end_and_says_so(ps, colab, tmp_path):
    printed = run(ps.source, colab, tmp_path)
    assert printed.endswith("FINISHED\n")
    assert "visible tests pass" in printed
    assert "NOT ANSWERED" not in printed
    assert "FAIL" not in printed
    assert "Everything is there." in printed
