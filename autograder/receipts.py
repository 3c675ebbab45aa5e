"""Receipts: what was graded, with which tests, in which environment, and what came of it."""

import hashlib
import json
import os
import platform
import sys
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from .sandbox import Jail
from .suite import SEED, Suite

if TYPE_CHECKING:
    from .engine import Run

NAME = "receipt.json"
MAX_FILES_BYTES = 20_000_000
OWN_FILES = {NAME, "timestamp.txt"}


def make_receipt(
    ps: str,
    student: str,
    submission: str,
    mended: list[str],
    suite: Suite,
    jail: Jail,
    run: "Run",
) -> dict:
    """The receipt of one graded submission; `submission` is `hash_of` what was handed in.

    `mended` says in sentences what was put right in the notebook before it was graded.
    """
    return {
        "set": ps,
        "student": student,
        "submission": submission,
        "mended": mended,
        "tests": suite.digest,
        "environment": environment_hash(),
        "python": platform.python_version(),
        "packages": {name: packages().get(name) for name in ("numpy", "torch", "nbgrader")},
        "scale": "smoke",
        "seed": SEED,
        "sandbox": jail.sandbox,
        "limits": asdict(jail.limits),
        "seconds": round(run.seconds, 3),
        "own_seconds": round(run.own_seconds, 3),
        "restarts": run.restarts - 1,
        "memory": run.memory,
        "exercises": [asdict(r) | {"seconds": round(r.seconds, 3)} for r in run.results],
    }


def write_receipt(folder: Path, receipt: dict) -> None:
    """Put the receipt into `folder` in one step."""
    write_whole(folder / NAME, json.dumps(receipt, indent=1) + "\n")


def read_receipt(folder: Path) -> dict | None:
    """The receipt in `folder`, or None when there is no whole one."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def exercise_results(receipt: dict | None) -> dict[str, dict]:
    """What a receipt says of each tested exercise."""
    found = receipt.get("exercises") if receipt else None
    found = found if isinstance(found, list) else []
    return {str(r["exercise"]): r for r in found if isinstance(r, dict) and "exercise" in r}


def write_whole(path: Path, content: str | bytes, modified: float | None = None) -> None:
    """Write a file so that it is there as a whole or not at all; `modified` becomes its time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    if modified is not None:
        os.utime(part, (modified, modified))
    part.replace(path)


def hash_of(folder: Path) -> str:
    """SHA-256 of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def other_files(folder: Path) -> dict[str, bytes]:
    """Files that were handed in next to the notebook, as far as they are small."""
    found, room = {}, MAX_FILES_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
            if path.name in OWN_FILES or path.stat().st_size > room:
                continue
            found[str(path.relative_to(folder))] = path.read_bytes()
            room -= path.stat().st_size
    return found


@cache
def packages() -> dict[str, str]:
    """Versions of all installed packages."""
    return {d.metadata["Name"]: d.version for d in metadata.distributions()}


@cache
def environment_hash() -> str:
    """SHA-256 of the interpreter and the versions of all packages."""
    facts = [sys.version, platform.machine(), *sorted(f"{n}=={v}" for n, v in packages().items())]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
