"""What the grader knows of a set, read from its instructor notebook."""

import ast
import builtins
import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import nbformat
from nbformat.notebooknode import NotebookNode

from .names import defined_names, loaded_names
from .text import without_region

SEED = 0  # of the random states that tests and student code begin with


@dataclass(frozen=True)
class Test:
    """A test cell of the instructor notebook."""

    exercise: str
    grade_id: str
    points: float
    source: str
    code: CodeType
    names: frozenset[str]  # of solution cells, that it takes from the student

    @property
    def visible_lines(self) -> int:
        """How many lines of it students see."""
        return len(without_region(self.source, "HIDDEN TESTS").rstrip().split("\n"))


@dataclass(frozen=True)
class Suite:
    """What the grader knows of a set: its setup cells, its tests, which cells are experiments."""

    setup: tuple[CodeType, ...]
    tests: dict[str, Test]
    experiments: frozenset[str]
    modules: tuple[str, ...]  # that answers are likely to need
    digest: str


def load_suite(path: Path) -> Suite:
    """Read the instructor notebook at `path`."""
    return read_suite(path.read_text(encoding="utf-8"))


def read_suite(text: str) -> Suite:
    """Like `load_suite`, from the notebook's text."""
    notebook = nbformat.reads(text, as_version=4)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    setup = [c for c in codes if "setup" in c.metadata.get("tags", [])]
    graded = [c for c in codes if c.metadata.get("nbgrader", {}).get("grade")]
    solutions = [
        c for c in codes if c.metadata.get("nbgrader", {}).get("solution") and c not in graded
    ]
    trusted = set(dir(builtins)).union(*(defined_names(cell.source) for cell in setup))
    students = set().union(*(defined_names(cell.source) for cell in solutions)) - trusted
    tests = {}
    digest = hashlib.sha256()
    for cell in setup:
        digest.update(cell.source.encode() + b"\0")
    for cell in graded:
        grade_id = cell.metadata.nbgrader.grade_id
        digest.update(f"{grade_id}\0{cell.metadata.nbgrader.points}\0{cell.source}\0".encode())
        tests[grade_id] = Test(
            grade_id.removeprefix("test_"),
            grade_id,
            cell.metadata.nbgrader.points,
            cell.source,
            compile(cell.source, f"<{grade_id}>", "exec"),
            frozenset(loaded_names(cell.source) & students),
        )
    return Suite(
        tuple(compile(cell.source, f"<{cell.id}>", "exec") for cell in setup),
        tests,
        frozenset(c.id for c in codes if "experiment" in c.metadata.get("tags", [])),
        _modules([cell.source for cell in setup], [cell.source for cell in solutions]),
        digest.hexdigest(),
    )


def _modules(setup: list[str], solutions: list[str]) -> tuple[str, ...]:
    """What the setup cells import as they run, and the solutions in any way."""
    nodes = [node for source in setup for node in ast.parse(source).body]
    nodes += [node for source in solutions for node in ast.walk(ast.parse(source))]
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update((node.module, *(f"{node.module}.{name.name}" for name in node.names)))
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.optim":
            found.add("torch.optim")
    return tuple(sorted(found))


def is_experiment(cell: NotebookNode, suite: Suite) -> bool:
    """Whether a code cell of a submission is an experiment, whose outputs are kept as handed in."""
    if cell.cell_type != "code" or "nbgrader" in cell.metadata:
        return False
    return "experiment" in cell.metadata.get("tags", []) or cell.get("id") in suite.experiments
