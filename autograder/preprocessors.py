"""Steps that this course adds to nbgrader's own, joined in `nbgrader_config.py`."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

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
