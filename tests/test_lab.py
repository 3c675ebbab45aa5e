"""JupyterLab starts with nbgrader's extensions, in the course and in a folder of releases."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from autograder.course import ROOT, problem_sets

PATIENCE = 120  # seconds


@contextmanager
def jupyterlab(folder: Path, runtime: Path):
    """Start JupyterLab in `folder` as `make lab` does; yield a function that gets a page."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--port=0"],
        cwd=folder,
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "COURSE_ROOT": str(runtime)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + PATIENCE
        while not (files := list(runtime.glob("jpserver-*.json"))):
            assert process.poll() is None, "JupyterLab ended at once"
            assert time.monotonic() < until, "JupyterLab did not start"
            time.sleep(0.2)
        server = json.loads(files[0].read_text(encoding="utf-8"))

        def get(page: str) -> str:
            address = f"{server['url']}{page}?token={server['token']}"
            with urllib.request.urlopen(address, timeout=PATIENCE) as reply:
                return reply.read().decode()

        yield get
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_the_instructors_view_has_the_formgrader(tmp_path):
    # A course of its own, so that no gradebook appears in the repository.
    shutil.copytree(ROOT / "source", tmp_path / "source")
    (tmp_path / "nbgrader_config.py").symlink_to(ROOT / "nbgrader_config.py")
    with jupyterlab(tmp_path, tmp_path) as get:
        assert '"@jupyter/nbgrader"' in get("lab")
        listed = json.loads(get("formgrader/api/assignments"))
    assert [assignment["name"] for assignment in listed] == list(problem_sets())


def test_the_students_view_opens_a_release(tmp_path):
    shutil.copytree(ROOT / "release", tmp_path / "work")
    with jupyterlab(tmp_path / "work", tmp_path) as get:
        assert '"@jupyter/nbgrader"' in get("lab")
        opened = json.loads(get("api/contents/ps1/dropout.ipynb"))
    assert opened["content"]["nbformat"] == 4
