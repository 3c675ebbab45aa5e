"""Steps that this course adds to nbgrader's own, joined in `nbgrader_config.py`."""

import atexit
import copy
import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from .course import ROOT, problem_set
from .outputs import clean_outputs
from .suite import load_suite

if TYPE_CHECKING:
    from .sandbox import Jail

_PYTHON = NotebookNode(display_name="Python 3", language="python", name="python3")
STUB = "raise NotImplementedError()"


class NameStubs(NbGraderPreprocessor):
    """Let the stub that ClearSolutions leaves say which exercise it is."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if utils.is_solution(cell) and cell.cell_type == "code":
            exercise = cell.metadata.nbgrader.grade_id
            named = f'raise NotImplementedError("{exercise} is not answered yet")'
            cell.source = cell.source.replace(STUB, named)
        return cell, resources


class RestoreCells(NbGraderPreprocessor):
    """Give graded cells the metadata, and locked ones the text, that the gradebook has for them.

    Does the work of nbgrader's DeduplicateIds, OverwriteKernelspec, OverwriteCells and
    CheckCellMetadata in one go, and also where those give up: metadata of cells that the course
    does not know is dropped, and graded or locked cells that are missing are put back. So a damaged
    or forged notebook is graded like any other.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        facts = resources["nbgrader"]
        known = resources.get("known_cells") or known_cells(
            facts["db_url"], facts["notebook"], facts["assignment"]
        )
        present = {}
        for cell in reversed(nb.cells):  # of cells with the same id the last one counts
            grading = cell.metadata.pop("nbgrader", None)
            grade_id = grading.get("grade_id") if isinstance(grading, dict) else None
            if isinstance(grade_id, str) and grade_id in known and grade_id not in present:
                present[grade_id] = _restore(cell, known[grade_id])
        before = None
        for grade_id, facts in known.items():
            if grade_id not in present and facts["locked" if facts["code"] else "grade"]:
                made = _restore(nbformat.v4.new_code_cell(), facts)
                made.source = facts["source"]
                where = next((n for n, cell in enumerate(nb.cells) if cell is before), -1)
                nb.cells.insert(where + 1, made)
                present[grade_id] = made
            before = present.get(grade_id, before)
        nb.metadata = NotebookNode(kernelspec=_PYTHON)
        return nb, resources


def _restore(cell: NotebookNode, facts: dict) -> NotebookNode:
    grading = copy.deepcopy(facts["metadata"])
    cell.metadata["nbgrader"] = grading
    if facts["code"] and cell.cell_type != "code":
        cell.pop("attachments", None)
        cell.update(cell_type="code", outputs=[], execution_count=None)
    elif not facts["code"] and cell.cell_type != "markdown":
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        cell.cell_type = "markdown"
    if facts["locked"]:
        cell.source = facts["source"]
    return cell


def known_cells(url: str, name: str, assignment: str) -> dict[str, dict]:
    """What the gradebook at `url` knows of the graded and locked cells of a notebook, by id."""
    with Gradebook(url) as book:
        notebook = book.find_notebook(name, assignment)
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        found = {}
        for cell in notebook.source_cells:
            metadata = {
                "grade": cell.name in points,
                "grade_id": cell.name,
                "locked": cell.locked,
                "schema_version": 3,
                "solution": cell.name in solutions,
                "task": False,
                "checksum": cell.checksum,
            }
            if cell.name in points:
                metadata["points"] = points[cell.name]
            found[cell.name] = {
                "metadata": NotebookNode(metadata),
                "code": cell.cell_type == "code",
                "locked": cell.locked,
                "grade": cell.name in points,
                "source": cell.source,
            }
    return found


class CleanOutputs(NbGraderPreprocessor):
    """Drop the outputs of graded cells; keep text and pictures of the others, within limits.

    Whoever reads the written answers looks at the figures that were handed in.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if cell.cell_type == "code":
            cell.outputs = [] if "nbgrader" in cell.metadata else clean_outputs(cell.outputs)
            cell.execution_count = None
        cell.pop("attachments", None)
        return cell, resources


class RunInJail(NbGraderPreprocessor):
    """Run a submission in the jail and the tests outside it, in place of nbgrader's Execute."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        # Here, not above: the engine imports torch, which no other nbgrader command needs.
        from .engine import grade_notebook
        from .hints import recognise
        from .receipts import hash_of, make_receipt, other_files, write_receipt

        folder = Path(resources["metadata"]["path"])
        suite, jail = load_suite(source_path(resources)), shared_jail()
        facts = resources["nbgrader"]
        known = partial(recognise, problem_set(facts["assignment"]))
        run = grade_notebook(nb, suite, jail, other_files(folder), recognise=known)
        submitted = course_root() / "submitted" / facts["student"] / facts["assignment"]
        named = facts["assignment"], facts["student"], hash_of(submitted)
        receipt = make_receipt(*named, suite, jail, run)
        write_receipt(folder, receipt)
        for result in run.results:
            self.log.info("%s: %s %s", result.exercise, result.reason, result.message)
        return nb, resources


def course_root() -> Path:
    """The course that nbgrader works on; `nbgrader_config.py` reads the same variable."""
    return Path(os.environ.get("COURSE_ROOT", ROOT))


def source_path(resources: ResourcesDict) -> Path:
    """The instructor notebook that belongs to the notebook at hand."""
    facts = resources["nbgrader"]
    return course_root() / "source" / facts["assignment"] / f"{facts['notebook']}.ipynb"


@cache
def shared_jail() -> "Jail":
    """One jail for all the notebooks that this process grades."""
    from .sandbox import Jail

    jail = Jail(sandbox=os.environ.get("COURSE_SANDBOX") != "off")
    atexit.register(jail.stop)
    return jail
