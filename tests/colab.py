"""What Google Colab does to a notebook, for tests."""

import copy

from nbformat import v4
from nbformat.notebooknode import NotebookNode

WIDGETS = "application/vnd.jupyter.widget-state+json"


def through_colab(notebook: NotebookNode) -> NotebookNode:
    """A copy as Colab saves it after a run.

    Colab writes format 4.0: cells have no id, or one of its own in their metadata. It adds its own
    keys, keeps the others, and leaves outputs and the state of widgets (without the key `state`
    that Jupyter expects).
    """
    saved = copy.deepcopy(notebook)
    saved.nbformat_minor = 0
    saved.metadata.update(
        {
            "accelerator": "GPU",
            "colab": {"provenance": [{"file_id": "1aB", "timestamp": 1}], "toc_visible": True},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "widgets": {
                WIDGETS: {
                    "5d0c": {
                        "model_module": "@jupyter-widgets/controls",
                        "model_module_version": "1.5.0",
                        "model_name": "HBoxModel",
                        "state": {"_view_name": "HBoxView"},
                    }
                }
            },
        }
    )
    for number, cell in enumerate(saved.cells):
        del cell["id"]
        cell.metadata["id"] = f"Zx{number:010}"
        if cell.cell_type == "code":
            cell.metadata["outputId"] = f"3c1f-{number}"
            cell.metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 34}
            cell.metadata["executionInfo"] = {
                "status": "ok",
                "timestamp": 1_700_000_000_000 + number,
                "user_tz": -60,
                "elapsed": 12,
                "user": {"displayName": "A Student", "userId": "0123456789"},
            }
            cell.execution_count = number + 1
            cell.outputs = [v4.new_output("stream", name="stdout", text="printed in Colab\n")]
    return saved
