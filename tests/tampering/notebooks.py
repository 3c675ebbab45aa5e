"""Attempts that tamper with the notebook file. The docstring says what each one does."""

import copy

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    """The test cells."""
    found = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade"))
    return [cell for cell in found if cell.cell_type == "code"]


def solutions(notebook: NotebookNode) -> list[NotebookNode]:
    found = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution"))
    return [cell for cell in found if cell.cell_type == "code"]


def edit_tests(notebook):
    """Test cells replaced by pass."""
    for cell in graded(notebook):
        cell.source = "pass"


def delete_tests(notebook):
    """Test cells deleted."""
    cells = graded(notebook)
    notebook.cells = [cell for cell in notebook.cells if not any(cell is c for c in cells)]


def delete_everything(notebook):
    """All cells deleted."""
    notebook.cells = []


def duplicate_tests(notebook):
    """Every test cell there twice, the later one empty."""
    for cell in graded(notebook):
        twin = copy.deepcopy(cell)
        twin.source, twin.id = "pass", twin.id + "-2"
        notebook.cells.append(twin)


def change_points(notebook):
    """A thousand points for every test, in its metadata."""
    for cell in graded(notebook):
        cell.metadata.nbgrader.points = 1000


def negative_and_odd_points(notebook):
    """Points that are no numbers."""
    for cell, points in zip(graded(notebook), ("inf", None, [1], float("nan")), strict=False):
        cell.metadata.nbgrader.points = points


def change_kernelspec(notebook):
    """A kernelspec that runs another program."""
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "x", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "bash"}


def tests_are_manual(notebook):
    """Test cells marked as solutions that a person grades."""
    for cell in graded(notebook):
        cell.metadata.nbgrader.solution = True


def tests_are_not_graded(notebook):
    """Test cells that are no longer marked as graded."""
    for cell in graded(notebook):
        cell.metadata.nbgrader.grade = False
        cell.metadata.nbgrader.locked = False


def tests_are_markdown(notebook):
    """Test cells turned into text."""
    for cell in graded(notebook):
        cell.cell_type = "markdown"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def swap_ids(notebook):
    """The ids of test cells exchanged with those of solution cells."""
    for test, solution in zip(graded(notebook), solutions(notebook), strict=False):
        one, other = test.metadata.nbgrader, solution.metadata.nbgrader
        one.grade_id, other.grade_id = other.grade_id, one.grade_id


def foreign_ids(notebook):
    """Graded cells that the course does not have."""
    for number in range(3):
        cell = new_code_cell("pass")
        cell.metadata["nbgrader"] = dict(graded(notebook)[0].metadata.nbgrader)
        cell.metadata["nbgrader"]["grade_id"] = f"test_extra_{number}"
        cell.metadata["nbgrader"]["points"] = 1000
        notebook.cells.append(cell)


def odd_metadata(notebook):
    """Grading metadata of the wrong types."""
    for cell, odd in zip(notebook.cells, ("text", [1], {"grade_id": ["x"]}, 3, {}), strict=False):
        cell.metadata["nbgrader"] = odd


def forged_outputs(notebook):
    """Test cells that come with outputs worth points."""
    for cell in graded(notebook):
        data = {"text/plain": "1000"}
        cell.outputs = [new_output("execute_result", data=data, execution_count=1)]


def edit_setup(notebook):
    """Helpers of the tests disarmed in the locked set-up cells."""
    for cell in notebook.cells:
        if "def check_close" in cell.source:
            cell.source += "\ncheck_close = check_unchanged = check_raises = lambda *a, **k: None"


def helpers_disarmed_last(notebook):
    """Test cells moved to the end, behind a cell that disarms their helpers."""
    cells = graded(notebook)
    notebook.cells = [cell for cell in notebook.cells if not any(cell is c for c in cells)]
    source = "check_close = check_unchanged = check_numpy_only = check_raises = print"
    notebook.cells += [new_code_cell(source), *cells]


def tests_first(notebook):
    """Test cells moved to the front."""
    cells = graded(notebook)
    rest = [cell for cell in notebook.cells if not any(cell is c for c in cells)]
    notebook.cells = [*cells, *rest]


def answers_are_experiments(notebook):
    """Everything tagged as set-up and experiment."""
    for cell in notebook.cells:
        cell.metadata["tags"] = ["experiment", "setup"]


def hostile_outputs(notebook):
    """Outputs, attachments and widget state with scripts in them."""
    script = "<script>alert(1)</script>"
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": script}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            data = {"text/html": script, "image/svg+xml": script, "text/plain": script}
            data["application/javascript"] = data["image/png"] = data["text/latex"] = script
            cell.outputs = [new_output("display_data", data=data, metadata={"x": script})]
        else:
            cell["attachments"] = {"x.svg": {"image/svg+xml": script}}


def magics(notebook):
    """Cell magics that swallow what follows."""
    for cell in solutions(notebook):
        cell.source = "%%capture\n%%script false\n" + cell.source
    notebook.cells.insert(
        0, new_code_cell("%alias_magic t time\n%load_ext autoreload\n!kill -9 -1")
    )


ATTEMPTS = (
    edit_tests,
    delete_tests,
    delete_everything,
    duplicate_tests,
    change_points,
    negative_and_odd_points,
    change_kernelspec,
    tests_are_manual,
    tests_are_not_graded,
    tests_are_markdown,
    swap_ids,
    foreign_ids,
    odd_metadata,
    forged_outputs,
    edit_setup,
    helpers_disarmed_last,
    tests_first,
    answers_are_experiments,
    hostile_outputs,
    magics,
)
