"""A JupyterLab server for tests."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Server:
    """A running JupyterLab; `url` ends with a slash."""

    url: str
    token: str

    def address(self, page: str) -> str:
        """Where a browser finds a page."""
        return f"{self.url}{page}?token={self.token}"

    def get(self, page: str) -> str:
        """The text of a page."""
        with urllib.request.urlopen(self.address(page), timeout=PATIENCE) as reply:
            return reply.read().decode()


@contextmanager
def jupyterlab(folder: Path, runtime: Path) -> Iterator[Server]:
    """Start JupyterLab in `folder` as `make lab` does, for the course in `runtime`."""
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
        yield Server(server["url"], server["token"])
    finally:
        process.terminate()
        process.wait(PATIENCE)
