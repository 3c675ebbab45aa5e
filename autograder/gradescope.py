"""Turn a set into otter's format and run `otter assign`: notebooks, tests, a zip for Gradescope.

The student notebook is the release with otter's marks in the metadata, so nbgrader takes it too.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import yaml
from nbformat import v4
from nbformat.notebooknode import NotebookNode
from packaging.requirements import Requirement

from .course import ROOT, CourseError, ProblemSet
from .names import defined_names, loaded_names
from .text import Cell, read_cells, without_region

# What a submission and its tests need; everything that these require in turn is pinned as well.
PACKAGES = (
    "otter-grader",
    "ipykernel",
    "numpy",
    "torch",
    "torchvision",
    "matplotlib",
    "scikit-learn",
    "scipy",
    "tqdm",
)
INSTALLERS = {"pip", "setuptools", "wheel"}  # which `pip freeze` leaves out
PYTHON = "3.11"
SECONDS = 60  # for a test; Gradescope's machines are slow
ENVIRONMENT = {"COURSE_SCALE": "smoke", "OMP_NUM_THREADS": "1"}  # many threads slow small data
RUNNER = Path(__file__).with_name("gradescope_runner.py")
STUB = ("# YOUR CODE HERE", 'raise NotImplementedError("{exercise} is not answered yet")')

# otter takes a test case as the source of one function, whose arguments it fills by name from the
# student's notebook (None where there is no such name). The names of the test must not meet ours.
TEST = '''
def {name}({names}):
    """{title}"""
    import signal as _signal

    def _stop(signum, frame):
        raise TimeoutError("The tests took longer than {seconds} seconds.")

    assert {exercise} is not None, "{exercise} is not defined in this notebook."
    _before = _signal.signal(_signal.SIGALRM, _stop)
    _signal.alarm({seconds})
    try:
        ...
    except (KeyboardInterrupt, SystemExit) as _error:
        raise RuntimeError("The code ended the program: " + type(_error).__name__) from None
    finally:
        _signal.alarm(0)
        _signal.signal(_signal.SIGALRM, _before)
'''


def assign(ps: ProblemSet, folder: Path, check: bool = True) -> Path:
    """Write `student/` and `autograder/` of a set to an empty `folder`; return the Gradescope zip.

    With `check`, otter runs its tests on the reference solutions and must give full points.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(f"{folder} is not empty: name a new folder")
    notebook = master_notebook(ps)
    with tempfile.TemporaryDirectory() as temporary:
        master = Path(temporary) / f"{ps.notebook}.ipynb"
        nbformat.write(notebook, master)
        command = [sys.executable, "-m", "otter", "assign", master, folder.resolve(), "--no-pdfs"]
        done = subprocess.run(
            command if check else [*command, "--no-run-tests"],
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CourseError(f"otter assign refuses {ps.name}: {said[-1] if said else 'no message'}")
    for view in ("student", "autograder"):
        _number_new_cells(folder / view / master.name, {cell.id for cell in notebook.cells})
    (made,) = (folder / "autograder").glob("*.zip")
    target = folder / "autograder" / f"{ps.name}-gradescope.zip"
    _finish_zip(made, target, ps)
    made.unlink()
    return target


def master_notebook(ps: ProblemSet) -> NotebookNode:
    """The set as one notebook in otter assign's format."""
    for path in (ps.source, ps.release):
        if not path.is_file():
            raise CourseError(f"{path} is missing: run `python -m autograder build {ps.name}`")
    cells = read_cells(ps.text)
    source, release = (nbformat.read(path, as_version=4) for path in (ps.source, ps.release))
    if not len(cells) == len(source.cells) == len(release.cells):
        raise CourseError(f"{ps.name} is stale: run `python -m autograder build {ps.name}`")
    outside = {
        name
        for cell in cells
        if cell.role == "solution" or "setup" in cell.tags
        for name in defined_names(cell.source)
    }
    made: list[NotebookNode] = [_config(ps)]
    question = None
    for number, (cell, full, given) in enumerate(
        zip(cells, source.cells, release.cells, strict=True)
    ):
        following = cells[number + 1] if number + 1 < len(cells) else None
        if question is None and _begins(cell, following):
            question = cell if cell.role != "given" else following
            made.append(_begin_question(question, cells))
        if cell.role == "solution":
            made += _block("SOLUTION", cell, [_with(given, _otter_solution(cell))])
        elif cell.role == "answer":
            reference = v4.new_markdown_cell(full.source, id=f"{given.id}-reference")
            made += _block("PROMPT", cell, [given])
            made += _block("SOLUTION", cell, [reference])
        elif cell.role == "test":
            made.append(given)
            made += _block("TESTS", cell, _test_cells(cell, outside))
        else:
            made.append(given)
        if cell.role in ("test", "answer"):
            made.append(_raw("# END QUESTION", f"end-{given.id}"))
            question = None
    notebook = v4.new_notebook(cells=made, metadata=release.metadata)
    nbformat.validate(notebook)
    return notebook


def pinned_requirements() -> list[str]:
    """Exact versions, from constraints.txt, of PACKAGES and of all that they require."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {
        _plain(Requirement(line).name): line for line in lines if line and not line.startswith("#")
    }
    seen: set[tuple[str, frozenset]] = set()
    queue = [Requirement(name) for name in PACKAGES]
    while queue:
        wanted = queue.pop()
        name, extras = _plain(wanted.name), frozenset(wanted.extras)
        if name in INSTALLERS or (name, extras) in seen:
            continue
        if name not in pins:
            raise CourseError(f"constraints.txt does not pin {name}: run `make constraints`")
        seen.add((name, extras))
        for line in metadata.requires(name) or ():
            needed = Requirement(line)
            if _applies(needed, extras):
                queue.append(needed)
    return sorted({pins[name] for name, _ in seen}, key=str.lower)


def _applies(needed: Requirement, extras: frozenset[str]) -> bool:
    """Whether a requirement holds here, for a package taken with `extras`."""
    marker = needed.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def _config(ps: ProblemSet) -> NotebookNode:
    config = {
        # Students' notebooks carry their visible tests as cells: they need no otter, on Colab too.
        "init_cell": False,
        "check_all_cell": False,
        "export_cell": False,
        "tests": {"files": True, "ok_format": False},
        "solutions_pdf": False,
        "template_pdf": False,
        "generate": {"pdf": False, "show_hidden": False, "show_stdout": False},
        "python_version": PYTHON,
        "requirements": pinned_requirements(),
        "overwrite_requirements": True,
    }
    return _raw("# ASSIGNMENT CONFIG\n" + yaml.safe_dump(config, sort_keys=False), "config")


def _begins(cell: Cell, following: Cell | None) -> bool:
    """Whether a question begins here: at its text, the cell before it, or else at its answer."""
    if cell.role in ("solution", "answer"):
        return True
    text = cell.role == "given" and cell.kind == "markdown"
    return text and following is not None and following.role in ("solution", "answer")


def _begin_question(cell: Cell, cells: list[Cell]) -> NotebookNode:
    (points,) = (c.points for c in cells if c.exercise == cell.exercise and c.points is not None)
    config = {"name": cell.exercise, "points": points}
    if cell.role == "answer":
        config["manual"] = True
    else:
        config |= {"all_or_nothing": True, "check_cell": False}
    text = "# BEGIN QUESTION\n" + yaml.safe_dump(config, sort_keys=False)
    return _raw(text, f"begin-{cell.grade_id}")


def _block(kind: str, cell: Cell, content: list[NotebookNode]) -> list[NotebookNode]:
    name = f"{kind.lower()}-{cell.grade_id}"
    return [
        _raw(f"# BEGIN {kind}", f"begin-{name}"),
        *content,
        _raw(f"# END {kind}", f"end-{name}"),
    ]


def _raw(text: str, cell_id: str) -> NotebookNode:
    return v4.new_raw_cell(text, id=cell_id.replace("_", "-")[:64])


def _with(cell: NotebookNode, source: str) -> NotebookNode:
    return NotebookNode(cell, source=source)


def _otter_solution(cell: Cell) -> str:
    """A solution with otter's marks, which leave the same stub behind as nbgrader's."""
    lines = []
    for line in cell.source.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        if "BEGIN SOLUTION" in line:
            lines.append(f"{indent}# BEGIN SOLUTION NO PROMPT")
        elif "END SOLUTION" in line:
            prompt = ["# END SOLUTION", '""" # BEGIN PROMPT', *STUB, '""" # END PROMPT']
            lines += [indent + text.format(exercise=cell.exercise) for text in prompt]
        else:
            lines.append(line)
    return "\n".join(lines)


def _test_cells(cell: Cell, outside: set[str]) -> list[NotebookNode]:
    """Two test cases: the visible half, and the whole cell with its hidden half."""
    visible = _test_function(cell, "visible", without_region(cell.source, "HIDDEN TESTS"), outside)
    hidden = _test_function(cell, "hidden", cell.source, outside)
    return [v4.new_code_cell(visible), v4.new_code_cell(f"# HIDDEN\n{hidden}")]


def _test_function(cell: Cell, kind: str, source: str, outside: set[str]) -> str:
    """`source` as the body of a function of those names `outside` the cell that it uses."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global) or (
            isinstance(node, ast.Name) and node.id in ("globals", "locals", "env")
        ):
            raise cell.error("otter's tests are functions: no `global`, `globals()`, `env`")
    names = sorted(outside & {*loaded_names(source), cell.exercise})
    shell = ast.parse(
        TEST.format(
            name=f"test_{kind}",
            names=", ".join(names),
            title=f"The {kind} tests of {cell.exercise}.",
            exercise=cell.exercise,
            seconds=SECONDS,
        )
    )
    (guard,) = (node for node in ast.walk(shell) if isinstance(node, ast.Try))
    guard.body = tree.body
    return ast.unparse(shell)


def _number_new_cells(path: Path, known: set[str]) -> None:
    """Give the cells that otter adds the same ids each time."""
    notebook = nbformat.read(path, as_version=4)
    new = [cell for cell in notebook.cells if cell.id not in known]
    for number, cell in enumerate(new, 1):
        cell.id = f"otter-{number}"
    nbformat.write(notebook, path)


def _finish_zip(made: Path, target: Path, ps: ProblemSet) -> None:
    """Copy otter's zip with our runner in it and no PDF tools, the same bytes each time."""
    with zipfile.ZipFile(made) as old:
        files = {name: old.read(name).decode() for name in old.namelist()}
    files["run_otter.py"] = RUNNER.read_text(encoding="utf-8")
    files["course.json"] = _facts(ps)
    files["setup.sh"] = _without_pdf_tools(files["setup.sh"])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)  # dated 1980
            info.compress_type = zipfile.ZIP_DEFLATED
            executable = name.endswith(".sh") or name == "run_autograder"
            info.external_attr = (0o755 if executable else 0o644) << 16
            new.writestr(info, files[name])


def _facts(ps: ProblemSet) -> str:
    """What the runner needs to know of the set, as JSON."""
    points = {cell.exercise: cell.points for cell in read_cells(ps.text) if cell.role == "test"}
    return json.dumps({"set": ps.name, "notebook": ps.notebook, "points": points}, indent=2) + "\n"


def _without_pdf_tools(setup: str) -> str:
    """otter's setup.sh without LaTeX, pandoc and a browser: nothing here makes a PDF."""
    setup = re.sub(r"# install PDF generation.*?\nfi\n+", "", setup, flags=re.DOTALL)
    return "".join(line for line in setup.splitlines(keepends=True) if "playwright" not in line)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
