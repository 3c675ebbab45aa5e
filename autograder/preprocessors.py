"""Steps that this course adds to nbgrader's own, joined in `nbgrader_config.py`."""

import atexit
import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from . import healing
from .course import ROOT, problem_set
from .outputs import clean_attachments, clean_outputs
from .suite import load_suite

if TYPE_CHECKING:
    from .sandbox import Jail

STUB = "raise NotImplementedError()"


class ForStudents(NbGraderPreprocessor):
    """Let the stub that ClearSolutions leaves say which exercise it is, and a run go on past it."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if cell.cell_type != "code":
            return cell, resources
        if utils.is_solution(cell):
            exercise = cell.metadata.nbgrader.grade_id
            named = f'raise NotImplementedError("{exercise} is not answered yet")'
            cell.source = cell.source.replace(STUB, named)
        tags = cell.metadata.get("tags", [])
        if utils.is_grade(cell) or "experiment" in tags:
            cell.metadata["tags"] = [*tags, "raises-exception"]  # JupyterLab then runs the others
        return cell, resources


class SubmissionExporter(NotebookExporter):
    """Reads what was handed in, also where nbformat gives up."""

    def from_filename(
        self, filename: str, resources: ResourcesDict | None = None, **kw: Any
    ) -> tuple[str, ResourcesDict]:
        resources = ResourcesDict() if resources is None else resources
        path = Path(filename)
        resources["metadata"] = ResourcesDict()
        resources["metadata"].update(name=path.stem, path=str(path.parent))
        notebook, _ = healing.read(path.read_bytes())
        return self.from_notebook_node(notebook, resources=resources, **kw)


class RestoreCells(NbGraderPreprocessor):
    """Put the course's cells back into a submission, with the text and the marks that they have.

    Does the work of nbgrader's DeduplicateIds, OverwriteKernelspec, OverwriteCells and
    CheckCellMetadata in one go, and also where those give up: see `healing`. So a damaged or forged
    notebook is graded like any other.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        healed, _ = healing.heal(nb, _template(resources))
        return healed, resources


def template(source: str, known: dict[str, dict]) -> NotebookNode:
    """The instructor notebook in `source` with what the gradebook knows of its cells in it."""
    notebook = nbformat.reads(source, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in known:
            cell.source = known[grade_id]["source"]
            cell.metadata["nbgrader"] = known[grade_id]["metadata"]
    return notebook


def _template(resources: ResourcesDict) -> NotebookNode:
    facts = resources["nbgrader"]
    known = known_cells(facts["db_url"], facts["notebook"], facts["assignment"])
    return template(source_path(resources).read_text(encoding="utf-8"), known)


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
            found[cell.name] = {"metadata": NotebookNode(metadata), "source": cell.source}
    return found


class CleanOutputs(NbGraderPreprocessor):
    """Drop the outputs of graded cells; keep text and pictures of the others, within limits.

    Whoever reads the written answers looks at the figures and pictures that were handed in.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if cell.cell_type == "code":
            cell.outputs = [] if "nbgrader" in cell.metadata else clean_outputs(cell.outputs)
            cell.execution_count = None
        attached = clean_attachments(cell.pop("attachments", None))
        if attached and cell.cell_type == "markdown":
            cell.attachments = attached
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
        suite = load_suite(source_path(resources))
        jail = shared_jail(suite.modules)
        facts = resources["nbgrader"]
        known = partial(recognise, problem_set(facts["assignment"]))
        run = grade_notebook(nb, suite, jail, other_files(folder), recognise=known)
        submitted = course_root() / "submitted" / facts["student"] / facts["assignment"]
        handed_in = (submitted / f"{facts['notebook']}.ipynb").read_bytes()
        _, mended = healing.mend(handed_in, _template(resources))
        named = facts["assignment"], facts["student"], hash_of(submitted)
        receipt = make_receipt(*named, mended, suite, jail, run)
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
def shared_jail(modules: tuple[str, ...]) -> "Jail":
    """One jail for all the notebooks that this process grades."""
    from .sandbox import Jail

    jail = Jail(sandbox=os.environ.get("COURSE_SANDBOX") != "off", modules=modules)
    atexit.register(jail.stop)
    return jail
