"""Make the instructor notebooks in `source/` and, through nbgrader, the releases in `release/`."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from pprint import pformat

import nbformat
from nbformat import v4

from .course import ROOT, CourseError, ProblemSet, problem_set, problem_sets, settings
from .hygiene import check_release
from .names import check_test_names
from .text import Cell, read_cells

BADGES = ("<!-- badges -->", "<!-- end of badges -->")
COLAB = "https://colab.research.google.com"


def build(names: list[str] | None = None, check: bool = False) -> list[str]:
    """Build the sets called `names`, or all and the README's table of sets.

    Returns a line for each file that changed.
    With `check` nothing is written, and CourseError says what is stale.
    """
    sets = [problem_set(name) for name in names or problem_sets()]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        cells = {ps.name: read_cells(ps.text) for ps in sets}
        for ps in sets:
            check_test_names(cells[ps.name])
            fresh = replace(ps, root=root)
            fresh.source.parent.mkdir(parents=True)
            fresh.source.write_text(source_notebook(ps, cells[ps.name]), encoding="utf-8")
        _generate_releases(root, [ps.name for ps in sets])
        for ps in sets:
            check_release(replace(ps, root=root), cells[ps.name])
        files = [path.relative_to(ROOT) for ps in sets for path in (ps.source, ps.release)]
        if not names:
            (root / "README.md").write_text(readme_with_badges(), encoding="utf-8")
            files.append(Path("README.md"))
        stale = [file for file in files if not _same(root / file, ROOT / file)]
        stray = [
            other.relative_to(ROOT)
            for ps in sets
            for path in (ps.source, ps.release)
            for other in path.parent.glob("*")
            if other != path
        ]
        if check and stale + stray:
            listed = ", ".join(map(str, stale + stray))
            raise CourseError(f"stale: {listed} (run `python -m autograder build`)")
        for file in stale:
            (ROOT / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, ROOT / file)
    return [f"wrote {file}" for file in stale] or ["everything is up to date"]


def source_notebook(ps: ProblemSet, cells: list[Cell]) -> str:
    """The instructor notebook of a set as text, the same bytes for the same cells."""
    ids: set[str] = set()
    made = []
    for cell in cells:
        source = _fill(cell.source, ps, cells)
        make = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        node = make(source, id=_cell_id(cell, source, ids))
        if cell.tags:
            node.metadata["tags"] = list(cell.tags)
        grading = _nbgrader_metadata(cell, node.id)
        if grading:
            node.metadata["nbgrader"] = grading
        if cell.role == "test":  # so that `otter run` tests an exercise here, as nbgrader does
            node.metadata["otter"] = {"tests": [cell.exercise]}
        elif "experiment" in cell.tags:
            node.metadata["otter"] = {"ignore": True}
        made.append(node)
    notebook = v4.new_notebook(cells=made)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["language_info"] = {"name": "python"}
    return nbformat.writes(notebook) + "\n"


def colab_badge(ps: ProblemSet) -> str:
    """Markdown for a badge that opens the set's release in Colab."""
    course = settings()
    target = f"{course['repository']}/blob/{course['branch']}/release/{ps.name}/{ps.notebook}.ipynb"
    return f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({COLAB}/github/{target})"


def readme_with_badges() -> str:
    """README.md with its table of sets written anew from the texts."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BADGES[0])
    _, _, tail = rest.partition(BADGES[1])
    if not rest or not tail:
        raise CourseError(f"README.md: the lines {BADGES[0]} and {BADGES[1]} are missing")
    rows = ["| set | subject | points | open |", "|---|---|---|---|"]
    for ps in problem_sets().values():
        cells = read_cells(ps.text)
        title = cells[0].source.split("\n")[0].lstrip("# ").partition("·")[2].strip()
        points = sum(cell.points or 0 for cell in cells)
        rows.append(f"| `{ps.name}` | {title} | {points:g} | {colab_badge(ps)} |")
    return "\n".join([head + BADGES[0], *rows, BADGES[1] + tail])


def _fill(source: str, ps: ProblemSet, cells: list[Cell]) -> str:
    """Put the set's own facts in place of the {{words}} of a shared cell."""
    if "{{" not in source:
        return source
    kinds = {"test": "code", "answer": "written"}
    exercises = {c.exercise: (kinds[c.role], c.points) for c in cells if c.role in kinds}
    return (
        source.replace('"{{exercises}}"', pformat(exercises, sort_dicts=False))
        .replace("{{notebook}}", ps.notebook)
        .replace("{{set}}", ps.name)
        .replace("{{colab}}", colab_badge(ps))
    )


def _cell_id(cell: Cell, source: str, taken: set[str]) -> str:
    """An id that stays while the cell does: its grade id, or a digest of its text."""
    if cell.role != "given":
        wanted = cell.grade_id.replace("_", "-")
    else:
        wanted = hashlib.sha256(f"{cell.kind}\n{source}".encode()).hexdigest()[:10]
        if cell.tags:
            wanted = f"{cell.tags[0]}-{wanted}"
    if wanted in taken:
        raise cell.error("the same cell stands twice in this set")
    taken.add(wanted)
    return wanted


def _nbgrader_metadata(cell: Cell, cell_id: str) -> dict | None:
    if cell.role == "given" and "setup" not in cell.tags:
        return None
    grading = {
        "grade": cell.role in ("test", "answer"),
        "grade_id": cell.grade_id or cell_id,
        "locked": cell.role in ("test", "given"),
        "schema_version": 3,
        "solution": cell.role in ("solution", "answer"),
        "task": False,
    }
    if cell.points is not None:
        grading["points"] = cell.points
    return grading


def _generate_releases(root: Path, names: list[str]) -> None:
    """Run nbgrader's generate_assignment in `root`, without a gradebook."""
    for name in names:
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--no-db"]
        done = subprocess.run(
            [*command, "--force"],
            cwd=ROOT,
            env={**os.environ, "COURSE_ROOT": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            errors = [x for x in done.stderr.splitlines() if "ERROR" in x] or [done.stderr]
            raise CourseError(f"nbgrader refuses {name}: {errors[-1]}")


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
