"""Read a problem set's text: jupytext percent cells with the course's keys, each checked."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

from .course import CourseError

REGIONS = ("SOLUTION", "HIDDEN TESTS")
KEYS = {"solution", "test", "answer", "points", "include", "tags"}
TAGS = {"setup", "experiment"}
MARKER = re.compile(r"# %%(?!%)(.*)")
RUBRIC = re.compile(r"^- \*\*(\d+(?:\.\d+)?) points?\*\*", re.MULTILINE)


@dataclass
class Cell:
    """One cell as the author wrote it. `role`: given, solution, test or answer."""

    kind: str
    source: str
    path: Path
    line: int
    role: str = "given"
    exercise: str = ""
    points: float | None = None
    tags: tuple[str, ...] = field(default_factory=tuple)

    @property
    def grade_id(self) -> str:
        """nbgrader's id of a cell that is graded or answered."""
        return f"test_{self.exercise}" if self.role == "test" else self.exercise

    def error(self, message: str, needle: str = "") -> CourseError:
        """A one-line error at the line of this cell that holds `needle` (or at its marker)."""
        lines = self.source.split("\n")
        offset = next((i + 1 for i, text in enumerate(lines) if needle and needle in text), 0)
        return CourseError(f"{self.path}:{self.line + offset}: {message}")


def read_cells(path: Path) -> list[Cell]:
    """Cells of the text at `path`, its includes in place, every rule checked.

    Raises CourseError with file and line for the first mistake.
    """
    cells = _load(path)
    _check_exercises(cells)
    return cells


def without_region(source: str, region: str) -> str:
    """`source` less the lines from `BEGIN region` to `END region`."""
    kept, inside = [], False
    for line in source.split("\n"):
        if f"BEGIN {region}" in line:
            inside = True
        elif f"END {region}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def _load(path: Path, base: Path | None = None) -> list[Cell]:
    base = base or path.parent
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    lines = text.split("\n")
    markers = [number for number, line in enumerate(lines, 1) if MARKER.fullmatch(line)]
    if not markers or any(line.strip() for line in lines[: markers[0] - 1]):
        raise CourseError(f"{path}:1: the text must begin with a cell marker (# %%)")
    notebook = jupytext.reads(text, fmt="py:percent")
    if len(notebook.cells) != len(markers):
        raise CourseError(f"{path}: jupytext sees other cells than the lines that begin with # %%")
    cells = []
    for line, raw in zip(markers, notebook.cells, strict=True):
        cell = Cell(raw.cell_type, raw.source, path, line)
        keys = {k: v for k, v in raw.metadata.items() if k != "lines_to_next_cell"}
        _apply_keys(cell, keys)
        if "include" in keys:
            if cell.source.strip() or len(keys) > 1:
                raise cell.error("an include stands alone in its cell")
            target = base / keys["include"]
            if not target.is_file():
                raise cell.error(f"include: there is no file {keys['include']!r} in {base}")
            cells += _load(target, base)
        else:
            _check_regions(cell)
            cells.append(cell)
    return cells


def _apply_keys(cell: Cell, keys: dict) -> None:
    for key in keys:
        if key not in KEYS:
            raise cell.error(f"unknown key {key!r}; known: {', '.join(sorted(KEYS))}")
    roles = [role for role in ("solution", "test", "answer") if role in keys]
    if len(roles) > 1:
        raise cell.error(f"a cell is one of {' and '.join(roles)}, not both")
    if roles:
        cell.role, cell.exercise = roles[0], keys[roles[0]]
        if not isinstance(cell.exercise, str) or not re.fullmatch(r"[A-Za-z]\w*", cell.exercise):
            raise cell.error(f"{cell.exercise!r} is not an exercise id")
    wanted = "markdown" if cell.role == "answer" else "code"
    if cell.role != "given" and cell.kind != wanted:
        raise cell.error(f"the {cell.role} {cell.exercise!r} belongs in a {wanted} cell")
    if cell.role in ("test", "answer"):
        points = keys.get("points")
        if isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0:
            raise cell.error(f"{cell.role} {cell.exercise!r} needs points=NUMBER above 0")
        cell.points = points
    elif "points" in keys:
        raise cell.error("points on a cell that is not graded")
    cell.tags = tuple(keys.get("tags", ()))
    for tag in cell.tags:
        if tag not in TAGS:
            raise cell.error(f"unknown tag {tag!r}; known: {', '.join(sorted(TAGS))}")
    if cell.tags and (cell.role != "given" or cell.kind != "code"):
        raise cell.error("tags are for given code cells")


def _check_regions(cell: Cell) -> None:
    home = {"SOLUTION": "solution", "HIDDEN TESTS": "test"}
    for region in REGIONS:
        inside = found = False
        for line in cell.source.split("\n"):
            if f"BEGIN {region}" in line:
                if inside:
                    raise cell.error(f"BEGIN {region} inside BEGIN {region}", line)
                inside = found = True
            elif f"END {region}" in line:
                if not inside:
                    raise cell.error(f"END {region} without its BEGIN", line)
                inside = False
        if inside:
            raise cell.error(f"### END {region} is missing", f"BEGIN {region}")
        if found and cell.role != home[region]:
            raise cell.error(f"{region} region in a cell that is no {home[region]}", region)
        if not found and cell.role == home[region]:
            raise cell.error(f"{cell.role} {cell.exercise!r} has no ### BEGIN {region}")


def _check_exercises(cells: list[Cell]) -> None:
    seen: dict[str, Cell] = {}
    for cell in (c for c in cells if c.role != "given"):
        other = seen.get(cell.grade_id)
        if other:
            raise cell.error(f"duplicate id {cell.grade_id!r}, first at {other.path}:{other.line}")
        seen[cell.grade_id] = cell
        if cell.role == "test" and cell.exercise not in seen:
            raise cell.error(f"test {cell.exercise!r} has no solution before it")
        if cell.role == "test" and f'passed("{cell.exercise}")' not in without_region(
            cell.source, "HIDDEN TESTS"
        ):
            raise cell.error(f'the visible half does not end with passed("{cell.exercise}")')
        if cell.role == "answer":
            total = sum(float(points) for points in RUBRIC.findall(cell.source))
            if total != cell.points:
                raise cell.error(
                    f"the rubric of {cell.exercise!r} adds up to {total:g} points, not"
                    f" {cell.points:g} (rubric lines begin with - **N points**)"
                )
    for cell in cells:
        if cell.role == "solution" and f"test_{cell.exercise}" not in seen:
            raise cell.error(f"solution {cell.exercise!r} has no test")
