"""JupyterLab starts with nbgrader's extensions, in the course and in a folder of releases."""

import json
import shutil

from lab import jupyterlab

from autograder.course import ROOT, problem_sets


def test_the_instructors_view_has_the_formgrader(tmp_path):
    # A course of its own, so that no gradebook appears in the repository.
    shutil.copytree(ROOT / "source", tmp_path / "source")
    (tmp_path / "nbgrader_config.py").symlink_to(ROOT / "nbgrader_config.py")
    with jupyterlab(tmp_path, tmp_path) as server:
        assert '"@jupyter/nbgrader"' in server.get("lab")
        listed = json.loads(server.get("formgrader/api/assignments"))
    assert [assignment["name"] for assignment in listed] == list(problem_sets())


def test_the_students_view_opens_a_release(tmp_path):
    shutil.copytree(ROOT / "release", tmp_path / "work")
    with jupyterlab(tmp_path / "work", tmp_path) as server:
        assert '"@jupyter/nbgrader"' in server.get("lab")
        opened = json.loads(server.get("api/contents/ps1/dropout.ipynb"))
    assert opened["content"]["nbformat"] == 4
