"""What this machine needs for grading, one finding for each thing, with a remedy where it lacks."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from .course import ROOT, problem_sets
from .sandbox import INSTALL, Jail, why_no_sandbox

MEMORY_OF_A_WORKER = 3 * 2**30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    what: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at interpreter, packages, kernel, jail, memory and data."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info >= (3, 11), f"Python {version}", _unless_new_enough())
    yield _packages()
    yield _kernel()
    yield from _jail()
    yield _memory()
    yield _data()
    yield _built()


def _unless_new_enough() -> str:
    return "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"


def _packages() -> Finding:
    wrong = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            wanted = Requirement(line)
            try:
                if metadata.version(wanted.name) not in wanted.specifier:
                    wrong.append(f"{wanted} (found {metadata.version(wanted.name)})")
            except metadata.PackageNotFoundError:
                wrong.append(str(wanted))
    remedy = "pip install -r requirements.txt -c constraints.txt (make setup does it)"
    if wrong:
        return Finding(False, f"packages: {', '.join(wrong)}", remedy)
    return Finding(True, "packages of requirements.txt")


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        remedy = "python -m ipykernel install --sys-prefix"
        return Finding(False, "Jupyter kernel python3 (for nbgrader validate)", remedy)
    return Finding(True, "Jupyter kernel python3")


def _jail() -> Iterator[Finding]:
    program = shutil.which("bwrap")
    if program is None:
        yield Finding(False, "bubblewrap", f"{INSTALL}, or grade with --no-sandbox")
        return
    yield Finding(True, f"bubblewrap ({program})")
    problem = why_no_sandbox()
    if problem:
        yield Finding(False, "the jail", f"{problem}; or grade with --no-sandbox")
        return
    with Jail() as jail, jail.session() as session:
        answer, _ = session.request(("cell", "import torch"), 30)
    yield Finding(not answer["failed"], "the jail runs a cell")


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    workers = max(int(total // MEMORY_OF_A_WORKER), 0)
    what = f"memory: {total / 2**30:.0f} GiB, enough for {workers} workers (--workers)"
    return Finding(workers >= 1, what, "" if workers else "3 GiB are needed for each worker")


def _data() -> Finding:
    folder = Path(os.environ.get("COURSE_DATA", "data"))
    what = f"data for full scale in {folder}" if folder.is_dir() else "no data for full scale"
    return Finding(True, f"{what} (grading needs none)")


def _built() -> Finding:
    lacking = [ps.name for ps in problem_sets().values() if not ps.source.is_file()]
    if lacking:
        return Finding(False, f"source/ of {', '.join(lacking)}", "python -m autograder build")
    return Finding(True, "source/ of all problem sets")
