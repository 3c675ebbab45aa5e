"""Steps that this course adds to nbgrader's own, joined in `nbgrader_config.py`."""

import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from .text import without_region

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


class HideTests(NbGraderPreprocessor):
    """Take hidden tests out of the feedback: their source, and what an error shows of them.

    An error in the visible half keeps its message. One in the hidden half only says so, because
    its message may hold expected values.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if not utils.is_grade(cell) or cell.cell_type != "code":
            return cell, resources
        visible = without_region(cell.source, "HIDDEN TESTS")
        outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
        for output in outputs:
            if output.output_type == "error":
                hidden = _error_line(output) > len(visible.rstrip().split("\n"))
                said = "a hidden test failed" if hidden else output.evalue
                output.evalue = said
                output.traceback = [f"{output.ename}: {said}"]
        cell.source, cell.outputs = visible, outputs
        return cell, resources


def _error_line(output: NotebookNode) -> int:
    """Line of the test cell at which an error left it, from the traceback; 0 if unknown."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback))
    found = re.findall(r"^-+> (\d+) ", text, re.MULTILINE)
    return int(found[0]) if found else 0
