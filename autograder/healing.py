"""Mend what editors, merges and students do to a notebook, so that its answers are found.

`read` makes a notebook of any bytes that still hold one; `heal` finds the release's cells in it.
Nothing that decides a grade is taken from the student's copy: tests, points, order and marks are
the release's, and a cell that claims to be another can only lose by it. Each function says what it
mended, one plain sentence a mistake.
"""

import ast
import codecs
import copy
import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import nbformat
from nbformat.notebooknode import NotebookNode

from .course import CourseError
from .names import read_student, student_names
from .outputs import clean_attachments, clean_outputs
from .text import without_region

MAX_BYTES = 20_000_000
MAX_CELLS = 2_000
MAX_COMPARED = 4_000  # characters of a cell that likeness looks at
MAX_UNKNOWN = 200  # cells that likeness looks at
ALIKE = 0.7  # share of words in common from which two texts are taken for one
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NOT_PYTHON = {"r", "ir", "julia", "octave", "scala", "javascript", "bash", "c++", "sql", "ruby"}


class Refused(CourseError):
    """A file that is no notebook and cannot be made one."""


def mend(data: bytes, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The notebook in `data` with the release's cells in it, and what was mended."""
    notebook, said = read(data)
    healed, more = heal(notebook, release)
    return healed, said + more


# -- the file


def read(data: bytes) -> tuple[NotebookNode, list[str]]:
    """The notebook in a file's bytes, in nbformat 4.5, and what was mended; Refused when none is.

    Cells come with their type, text, id, claim to be graded, tags and clean outputs; everything
    else that a file may hold is left behind.
    """
    said: list[str] = []
    raw = _parse(_decode(data, said), said)
    cells = _cells(raw, said)
    if len(cells) > MAX_CELLS:
        raise Refused(f"more than {MAX_CELLS} cells")
    made = [_cell(cell) for cell in cells]
    kept = [cell for cell in made if cell is not None]
    if len(kept) < len(made):
        said.append(f"{len(made) - len(kept)} cells were no cells; they are left out.")
    conflicts = 0
    for cell in kept:
        sides = _sides(cell.source)
        if sides:
            cell.source = _resolve(sides, cell.cell_type)
            conflicts += 1
    if conflicts:
        said.append(f"Git conflict markers in {_count(conflicts, 'cell')} were resolved.")
    _name_cells(kept)
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    language = _language(metadata if isinstance(metadata, dict) else {})
    if language in NOT_PYTHON or language.startswith("julia"):
        said.append(f"The kernel was {language}; Python 3 runs it.")
    return nbformat.from_dict({**_blank(), "cells": kept}), said


def _blank() -> dict:
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": python}, "cells": []}


def _decode(data: bytes, said: list[str]) -> str:
    if len(data) > MAX_BYTES:
        raise Refused(f"larger than {MAX_BYTES // 1_000_000} MB")
    if not data.strip(b"\0 \t\r\n"):
        raise Refused("not a notebook: the file is empty")
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            encoding = name
            break
    else:
        nulls = data[:200].count(0) > len(data[:200]) // 3
        encoding = ("utf-16-le" if data[1:2] == b"\0" else "utf-16-be") if nulls else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith("utf-16"):
            raise Refused("not a notebook: the file is cut or not text") from None
        encoding, text = "latin-1", data.decode("latin-1")
    if not encoding.startswith("utf-8"):
        said.append(f"The file was not in UTF-8; it is read as {encoding.upper()}.")
    return text


def _parse(text: str, said: list[str]) -> object:
    try:
        return _load(text, said)
    except (ValueError, RecursionError) as error:
        for which, side in zip(("first", "second"), _sides(text) or (), strict=False):
            try:
                found = _load(side, said)
            except (ValueError, RecursionError):
                continue
            said.append(f"The file had git conflict markers; the {which} side is taken.")
            return found
        if isinstance(error, RecursionError):
            raise Refused("not a notebook: nested too deep") from None
        raise Refused("not a notebook: the file is cut or not JSON") from None


def _load(text: str, said: list[str]) -> object:
    odd: set[str] = set()

    def unknown(_: str) -> None:
        odd.add("Numbers that JSON does not know (NaN, Infinity) are left out.")

    def pairs(items: list[tuple[str, object]]) -> dict:
        found = dict(items)
        if len(found) < len(items):
            odd.add("Keys that were there twice count once, the last of them.")
        return found

    def number(digits: str) -> int:
        return int(digits) if len(digits) < 20 else 0

    decoder = json.JSONDecoder(
        strict=False, parse_constant=unknown, object_pairs_hook=pairs, parse_int=number
    )
    found, end = decoder.raw_decode(text.lstrip())
    if text.lstrip()[end:].strip("\0 \t\r\n"):
        if not isinstance(found, dict) or "cells" not in found:
            raise ValueError("more than one value")
        odd.add("What came after the end of the notebook is left out.")
    said += sorted(odd)
    return found


def _cells(raw: object, said: list[str]) -> list:
    """The cells of a notebook of any version, as they stand in the file."""
    if isinstance(raw, list) and raw and all(isinstance(c, dict) and "cell_type" in c for c in raw):
        said.append("The file held a bare list of cells.")
        return raw
    if not isinstance(raw, dict):
        raise Refused("not a notebook: the file holds other data")
    if isinstance(raw.get("cells"), list):
        return raw["cells"]
    sheets = raw.get("worksheets")
    if isinstance(sheets, list):
        said.append("The file was in the old format nbformat 3.")
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for cells in lists if isinstance(cells, list) for cell in cells]
    raise Refused("not a notebook: the file has no cells")


def _cell(raw: object) -> dict | None:
    """One cell with what counts of it, or None when there is nothing to read."""
    if not isinstance(raw, dict):
        return None
    kind = raw.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        runs = {"outputs", "execution_count", "prompt_number", "input"} & set(raw)
        kind = "code" if runs and kind != "heading" else "markdown"
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kept: dict = {}
    grading = metadata.get("nbgrader")
    if isinstance(grading, dict):
        scalar = (str, int, float, bool)
        kept["nbgrader"] = {k: v for k, v in grading.items() if isinstance(v, scalar)}
    ids = (raw.get("id"), metadata.get("id"))  # Colab keeps it in the metadata
    names = [i for i in ids if isinstance(i, str) and CELL_ID.fullmatch(i)]
    cell = {
        "cell_type": kind,
        "id": names[0] if names else "",
        "metadata": kept,
        "source": _text(raw.get("source", raw.get("input"))),
    }
    attached = clean_attachments(raw.get("attachments"))
    if attached and kind == "markdown":
        cell["attachments"] = attached
    if kind == "code":
        cell["execution_count"] = None
        cell["outputs"] = clean_outputs(_outputs(raw.get("outputs")))
    return NotebookNode(cell)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    elif isinstance(value, (int, float)):
        value = str(value)
    elif not isinstance(value, str):
        value = ""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written


def _outputs(outputs: object) -> object:
    """Outputs of nbformat 3 under the names of nbformat 4."""
    if not isinstance(outputs, list):
        return []
    renamed = {"pyout": "execute_result", "pyerr": "error"}
    found = []
    for output in outputs:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind in ("pyout", "display_data") and "data" not in output:
            data = {"text/plain": output.get("text", ""), "image/png": output.get("png")}
            output = {**output, "data": data}
        found.append(
            {**output, "output_type": renamed.get(kind, kind) if isinstance(kind, str) else ""}
        )
    return found


def _name_cells(cells: list[NotebookNode]) -> None:
    """Give each cell an id of its own; of cells with the same id, the first keeps it."""
    taken: set[str] = set()
    number = 0
    for cell in cells:
        if not cell.id or cell.id in taken:
            while not cell.id or cell.id in taken:
                number += 1
                cell.id = f"cell-{number}"
        taken.add(cell.id)


def _sides(text: str) -> tuple[str, str] | None:
    """Both sides of a text with git's conflict markers, or None when it has none."""
    if "<<<<<<<" not in text:
        return None
    ours: list[str] = []
    theirs: list[str] = []
    inside, found = "", False
    for line in text.split("\n"):
        if not inside and line.startswith("<<<<<<<"):
            inside, found = "ours", True
        elif inside in ("ours", "base") and line.rstrip() == "=======":
            inside = "theirs"
        elif inside == "ours" and line.startswith("|||||||"):
            inside = "base"
        elif inside == "theirs" and line.startswith(">>>>>>>"):
            inside = ""
        else:
            if inside in ("", "ours"):
                ours.append(line)
            if inside in ("", "theirs"):
                theirs.append(line)
    return ("\n".join(ours), "\n".join(theirs)) if found and not inside else None


def _resolve(sides: tuple[str, str], kind: str) -> str:
    """One text of both: of code the first side that Python can read, of prose both."""
    if kind != "code":
        return sides[0] if sides[0] == sides[1] else f"{sides[0]}\n\n{sides[1]}"
    return next((side for side in sides if _tree(side) is not None), sides[0])


def _language(metadata: dict) -> str:
    for key, name in (
        ("kernelspec", "language"),
        ("language_info", "name"),
        ("kernelspec", "name"),
    ):
        value = metadata.get(key)
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, str) and found:
            return found.lower()[:20]
    return ""


# -- the cells


@dataclass(eq=False)
class _Slot:
    """A cell of the release, and the student's cell that stands for it."""

    number: int
    cell: NotebookNode
    role: str  # setup, test, solution, answer or given
    name: str  # the exercise, or "" for given cells
    names: frozenset[str] = frozenset()  # that an answer in code defines
    owner: NotebookNode | None = None
    provider: NotebookNode | None = None  # where the answer stands, if not in its own cell

    @property
    def visible(self) -> str:
        """The text as students have it."""
        return without_region(self.cell.source, "HIDDEN TESTS")

    @property
    def locked(self) -> bool:
        return self.role in ("setup", "test")


@dataclass
class _Patient:
    """A submission on its way: the student's cells in order, the release's, and what was said."""

    cells: list[NotebookNode]
    slots: list[_Slot]
    said: list[str] = field(default_factory=list)
    owned: dict[int, _Slot] = field(default_factory=dict)  # by id() of the student's cell

    def free(self) -> Iterator[NotebookNode]:
        """Cells that stand for none of the release."""
        return (cell for cell in self.cells if id(cell) not in self.owned)

    def own(self, slot: _Slot, cell: NotebookNode) -> None:
        slot.owner = cell
        self.owned[id(cell)] = slot

    def release(self, slot: _Slot) -> None:
        """Let go of the slot's cell; an untouched one goes, or it would undo the answer."""
        cell, slot.owner = slot.owner, None
        if cell is not None:
            del self.owned[id(cell)]
            if _untouched(cell, slot):
                self.drop(cell)

    def drop(self, cell: NotebookNode) -> None:
        self.cells = [other for other in self.cells if other is not cell]

    def position(self, cell: NotebookNode) -> int:
        return next(n for n, other in enumerate(self.cells) if other is cell)


def heal(notebook: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy of `notebook` in which the release's cells are themselves again, and what was mended.

    Cells are matched by grade id, then by cell id, by their text, by the function that they define
    and by likeness. Tests, set-up and written answers that are missing are put back; other cells of
    the student stay where they are. A notebook that `heal` made comes out as it went in.
    """
    cells = [copy.deepcopy(cell) for cell in notebook.cells]
    patient = _Patient(cells, [_slot(n, cell) for n, cell in enumerate(release.cells)])
    claims = _claim(patient)
    _match_texts(patient)
    _find_functions(patient)
    _match_alike(patient)
    _find_written(patient)
    _report_claims(patient, claims)
    edited = [
        s.name
        for s in patient.slots
        if s.locked and s.owner is not None and not _same(s.owner.source, s.visible, s.cell.source)
    ]
    _say(patient, edited, "The release's text is back in {} that had been changed: {}.")
    _say_unanswered(patient)
    _put_in_place(patient)
    _dress(patient)
    return nbformat.from_dict({**_blank(), "cells": patient.cells}), patient.said


def _slot(number: int, cell: NotebookNode) -> _Slot:
    grading = cell.metadata.get("nbgrader") or {}
    name = grading.get("grade_id", "")
    code = cell.cell_type == "code"
    if grading.get("locked") and code:
        role = "test" if grading.get("grade") else "setup"
    elif grading.get("solution"):
        role = "answer" if grading.get("grade") else "solution"
    else:
        role = "given"
    names = student_names(cell.source) if role == "solution" and code else frozenset()
    return _Slot(number, cell, role, name, names)


# Matching


def _claim(patient: _Patient) -> dict[int, NotebookNode]:
    """Match cells by the grade id that they claim, else by their id.

    Returns the grading metadata that cells came with, by id() of the cell.
    """
    claims, by_grade, by_id = {}, {}, {}
    known = {slot.name for slot in patient.slots if slot.name}
    for cell in patient.cells:
        grading = cell.metadata.pop("nbgrader", None)
        name = grading.get("grade_id") if isinstance(grading, dict) else None
        if isinstance(name, str) and name in known:
            claims[id(cell)] = grading
            by_grade.setdefault(name, []).append(cell)
        else:
            by_id.setdefault(cell.id, []).append(cell)
    twice = []
    for slot in patient.slots:
        rivals = by_grade.get(slot.name) or by_id.get(slot.cell.id) or []
        rivals = [cell for cell in rivals if id(cell) not in patient.owned]
        if not rivals:
            continue
        best = max(enumerate(rivals), key=lambda pair: (_fits(pair[1], slot), pair[0]))[1]
        patient.own(slot, best)
        for rival in rivals:
            if rival is not best and _untouched(rival, slot):
                patient.drop(rival)
        if len(rivals) > 1:
            twice.append(slot.name)
    _say(patient, twice, "Of {} that had been copied, the last answer counts: {}.")
    return claims


def _fits(cell: NotebookNode, slot: _Slot) -> int:
    """How well a cell stands for a slot that it claims."""
    if slot.role == "solution":
        return 2 if _answers(cell, slot) else int(not _untouched(cell, slot))
    if slot.role == "answer":
        return int(not _untouched(cell, slot))
    return int(_same(cell.source, slot.visible, slot.cell.source))


def _answers(cell: NotebookNode, slot: _Slot) -> bool:
    """Whether a cell answers an exercise in code: it defines its names, and is not the stub."""
    return bool(slot.names & student_names(cell.source)) and not _untouched(cell, slot)


def _untouched(cell: NotebookNode, slot: _Slot) -> bool:
    """Whether a cell holds what the release has there, or nothing."""
    if not cell.source.strip() or _same(cell.source, slot.cell.source):
        return True
    if slot.role != "solution":
        return False
    ours, theirs = _tree(slot.cell.source), _tree(cell.source)
    return None not in (ours, theirs) and _dump(ours) == _dump(theirs)


def _same(text: str, *others: str) -> bool:
    words = text.split()
    return any(words == other.split() for other in others)


def _match_texts(patient: _Patient) -> None:
    """Match cells that hold a text of the release word for word."""
    texts: dict[str, list[NotebookNode]] = {}
    for cell in patient.free():
        texts.setdefault(" ".join(cell.source.split()), []).append(cell)
    for slot in patient.slots:
        if slot.owner is None and slot.role != "answer":
            found = texts.get(" ".join(slot.visible.split()))
            if found:
                patient.own(slot, found.pop(0))


def _find_functions(patient: _Patient) -> None:
    """Find answers in code that are not in their own cell, by the functions that they define."""
    elsewhere, within = [], []
    for slot in patient.slots:
        _join(patient, slot)
        if slot.role != "solution" or (slot.owner is not None and _answers(slot.owner, slot)):
            continue
        cell = _last(patient.free(), lambda cell, s=slot: _answers(cell, s) and _is_code(cell))
        if cell is not None:
            if slot.owner is not None:
                elsewhere.append(slot.name)
                patient.release(slot)
            patient.own(slot, cell)
            continue
        others = [
            other.owner
            for other in patient.slots
            if other.role == "solution" and other is not slot and other.owner is not None
        ]
        cell = _last(others, lambda cell, s=slot: bool(s.names & student_names(cell.source)))
        if cell is not None and _defines_answer(cell, slot):
            patient.release(slot)
            slot.provider = cell
            _move_out(patient, slot)
            within.append(slot.name)
            continue
        if _rescue(patient, slot):
            elsewhere.append(slot.name)
        elif slot.owner is None:
            codes = [cell for cell in patient.free() if cell.cell_type == "code"]
            cell = _last(codes, lambda cell, s=slot: bool(s.names & student_names(cell.source)))
            if cell is not None:
                patient.own(slot, cell)
    _say(patient, elsewhere, "{} were found in another cell than their own: {}.", "Answers")
    _say(patient, within, "{} were found in the cell of another exercise: {}.", "Answers")


def _join(patient: _Patient, slot: _Slot) -> None:
    """Join a function that was split in the middle: the second half means nothing alone."""
    if slot.role != "solution" or slot.owner is None:
        return
    following = patient.cells[patient.position(slot.owner) + 1 :][:1]
    for cell in following:
        alone = cell.cell_type == "code" and cell.source.strip() and _tree(cell.source) is None
        whole = f"{slot.owner.source}\n{cell.source}"
        if alone and id(cell) not in patient.owned and _tree(whole) is not None:
            slot.owner.source = whole
            patient.drop(cell)
            patient.said.append(f"The two halves of {slot.name} are one cell again.")


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" or _tree(cell.source) is not None


def _defines_answer(cell: NotebookNode, slot: _Slot) -> bool:
    """Whether a cell holds more of an exercise than its stub."""
    ours, theirs = _tree(slot.cell.source), _tree(cell.source)
    if None in (ours, theirs):
        return True
    stub = {_dump(node) for node in ours.body}
    defining = [node for node in theirs.body if slot.names & _bound(node)]
    return bool(defining) and _dump(defining[-1]) not in stub


def _move_out(patient: _Patient, slot: _Slot) -> None:
    """Give a function that stands in another exercise's cell a cell of its own.

    Tests look at the whole cell of a function, and what is allowed in one exercise may not be in
    the other.
    """
    cell = slot.provider
    tree = _tree(cell.source)
    nodes = tree.body if tree else []
    found = [node for node in nodes if slot.names & _bound(node)]
    if not found or not isinstance(found[-1], (ast.FunctionDef, ast.ClassDef)):
        return
    first, last = _lines(found[-1])
    others = [_lines(node) for node in nodes if node is not found[-1]]
    if any(begin <= last and first <= end for begin, end in others):
        return
    lines = cell.source.split("\n")
    made = nbformat.v4.new_code_cell("\n".join(lines[first - 1 : last]), id=slot.cell.id)
    cell.source = "\n".join(lines[: first - 1] + lines[last:]).strip("\n")
    patient.cells.insert(patient.position(cell) + 1, made)
    slot.provider = None
    patient.own(slot, made)


def _lines(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement with its decorators."""
    decorators = [d.lineno for d in getattr(node, "decorator_list", ())]
    return min([node.lineno, *decorators]), node.end_lineno


def _rescue(patient: _Patient, slot: _Slot) -> bool:
    """Take an answer out of a cell that is not run or gets its text back: a test, an experiment."""
    for other in reversed(patient.slots):
        if other.owner is None or other.role not in ("test", "setup", "given"):
            continue
        text = _additions(other.owner.source, other.cell.source, slot.names)
        if not text:
            continue
        made = nbformat.v4.new_code_cell(text, id=slot.cell.id)
        if not _answers(made, slot):
            continue
        patient.release(slot)
        patient.cells.insert(patient.position(other.owner), made)
        patient.own(slot, made)
        return True
    return False


def _additions(text: str, given: str, names: frozenset[str]) -> str:
    """Imports and definitions that a student put into a given cell, if they bind one of `names`."""
    if not names & student_names(text):
        return ""
    tree, ours = _tree(text), _tree(given)
    if tree is None:
        return ""
    known = {_dump(node) for node in ours.body} if ours else set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    lines, kept = text.split("\n"), []
    for node in tree.body:
        if _dump(node) in known or not (isinstance(node, kinds) or names & _bound(node)):
            continue
        first, last = _lines(node)
        kept.append("\n".join(lines[first - 1 : last]))
    found = "\n\n".join(kept)
    return found if names & student_names(found) else ""


def _dump(node: ast.AST) -> str:
    """A syntax tree as text, for comparing; one that is too deep is like no other."""
    try:
        return ast.dump(node)
    except RecursionError:
        return f"deep {id(node)}"


def _bound(node: ast.stmt) -> set[str]:
    """Names that a statement binds at the top level."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _match_alike(patient: _Patient) -> None:
    """Match what is left by the likeness of the texts, the likest first."""
    left = [
        s for s in patient.slots if s.owner is None and s.provider is None and s.role != "answer"
    ]
    cells = [cell for cell in patient.free() if cell.source.strip()][:MAX_UNKNOWN]
    texts = [(cell, cell.source[:MAX_COMPARED].split()) for cell in cells]
    matcher = difflib.SequenceMatcher(autojunk=False)
    pairs = []
    for slot in left:
        matcher.set_seq2(slot.visible[:MAX_COMPARED].split())
        for cell, words in texts:
            if (cell.cell_type == "code") == (slot.cell.cell_type == "code"):
                matcher.set_seq1(words)
                alike = matcher.quick_ratio()  # of all words, in any order: linear in their number
                if alike >= ALIKE:
                    pairs.append((alike, slot, cell))
    for _, slot, cell in sorted(pairs, key=lambda pair: (-pair[0], pair[1].number)):
        if slot.owner is None and id(cell) not in patient.owned:
            patient.own(slot, cell)


def _find_written(patient: _Patient) -> None:
    """Find written answers that are not in their own cell: below it, or in that of the question."""
    moved = []
    for slot in patient.slots:
        if slot.role != "answer" or (slot.owner is not None and not _untouched(slot.owner, slot)):
            continue
        question = patient.slots[slot.number - 1] if slot.number else None
        anchor = slot.owner
        if anchor is None:
            before = [s.owner for s in patient.slots[: slot.number] if s.owner is not None]
            anchor = before[-1] if before else None
        beside = list(_prose_after(patient, anchor))
        written = [cell for cell in beside if not _untouched(cell, slot)]
        if slot.owner is None and beside:
            home = (written or beside)[0]
            patient.own(slot, home)
            for cell in beside:
                if cell is not home:
                    patient.drop(cell)
            if written:
                home.source = "\n\n".join(cell.source for cell in written)
            continue
        tail = _tail(question)
        if written:
            slot.owner.source = "\n\n".join(cell.source for cell in written)
            for cell in written:
                patient.drop(cell)
            moved.append(slot.name)
        elif tail and not _same(tail, slot.cell.source):
            if slot.owner is None:
                made = nbformat.v4.new_markdown_cell(tail, id=slot.cell.id)
                patient.cells.insert(patient.position(question.owner) + 1, made)
                patient.own(slot, made)
            slot.owner.source = tail
            question.owner.source = question.cell.source
            moved.append(slot.name)
    _say(patient, moved, "{} stood beside their cells: {}.", "Written answers")


def _prose_after(patient: _Patient, anchor: NotebookNode | None) -> Iterator[NotebookNode]:
    """Cells of prose between a cell and the next that the release knows."""
    start = 0 if anchor is None else patient.position(anchor) + 1
    for cell in patient.cells[start:]:
        if id(cell) in patient.owned:
            return
        if cell.cell_type != "code" or (cell.source.strip() and _tree(cell.source) is None):
            yield cell


def _tail(question: _Slot | None) -> str:
    """What a student wrote into the cell of the question, behind its text."""
    if question is None or question.role != "given" or question.owner is None:
        return ""
    text, given = question.owner.source.strip(), question.cell.source.strip()
    if question.cell.cell_type == "code" or not text.startswith(given):
        return ""
    return text[len(given) :].strip()


def _tree(source: str) -> ast.Module | None:
    """The syntax tree of a cell, line for line, or None when Python cannot read it."""
    return read_student(source, ast.parse)


def _last(
    cells: Iterator[NotebookNode] | list[NotebookNode], wanted: Callable[[NotebookNode], bool]
) -> NotebookNode | None:
    return next((cell for cell in reversed(list(cells)) if wanted(cell)), None)


# Saying


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _say(patient: _Patient, names: list[str], sentence: str, what: str = "") -> None:
    """Say a sentence of the cells called `names`, of which given ones have no name."""
    if names:
        shown = [name or "a given cell" for name in names[:5]]
        more = [f"{len(names) - 5} more"] if len(names) > 5 else []
        patient.said.append(
            sentence.format(what or _count(len(names), "cell"), ", ".join(shown + more))
        )


def _report_claims(patient: _Patient, claims: dict[int, NotebookNode]) -> None:
    bare, changed = [], []
    for slot in patient.slots:
        if not slot.name or slot.owner is None:
            continue
        claim = claims.get(id(slot.owner))
        if claim is None:
            bare.append(slot.name)
            continue
        facts = slot.cell.metadata.nbgrader
        keys = ("grade_id", "grade", "solution", "locked", "points")
        if any(key in claim and claim[key] != facts.get(key) for key in keys):
            changed.append(slot.name)
    _say(patient, bare, "{} without grading metadata were recognised: {}.")
    _say(patient, changed, "The release's points and marks are back on {}: {}.")


def _say_unanswered(patient: _Patient) -> None:
    gone = [
        slot.name
        for slot in patient.slots
        if slot.role == "solution" and slot.owner is None and slot.provider is None
    ]
    _say(patient, gone, "No answer was found to {}: {}.", _count(len(gone), "exercise"))


# Order


def _put_in_place(patient: _Patient) -> None:
    """Put missing cells back, and tests behind the answers they test; nothing else moves."""
    missing = [s for s in patient.slots if s.owner is None and (s.locked or s.role == "answer")]
    _say(patient, [slot.name for slot in missing], "{} that were missing are put back: {}.")
    if not _in_order(patient):
        patient.said.append("The cells were out of order: each test runs after its answer.")
        for slot in patient.slots:
            if slot.locked and slot.owner is not None:
                patient.drop(slot.owner)
        front = _insert(patient, [s for s in patient.slots if s.role == "setup"], lambda _: 0)
        _insert(
            patient,
            [s for s in patient.slots if s.role == "test"],
            lambda s: _behind(patient, s, front),
        )
    _insert(
        patient,
        [slot for slot in missing if slot.owner is None],
        lambda slot: max(_after(patient, slot), _behind(patient, slot, 0)),
    )


def _in_order(patient: _Patient) -> bool:
    """Whether set-up, answers and tests stand in the order of the release."""
    places = {id(cell): n for n, cell in enumerate(patient.cells)}
    highest = -1
    for slot in patient.slots:
        if slot.role not in ("setup", "solution", "test"):
            continue
        cell = slot.provider if slot.owner is None else slot.owner
        if cell is None:
            continue
        place = places[id(cell)]
        if slot.owner is not None and place < highest:
            return False
        highest = max(highest, place)
    return True


def _insert(patient: _Patient, slots: list[_Slot], place: Callable[[_Slot], int]) -> int:
    """Put cells of the release in, each where `place` says and none before the last one."""
    least = 0
    for slot in slots:
        least = max(least, place(slot))
        if slot.owner is None:
            patient.own(slot, copy.deepcopy(slot.cell))
        patient.cells.insert(least, slot.owner)
        least += 1
    return least


def _after(patient: _Patient, slot: _Slot) -> int:
    """The place behind the nearest cell of the release before this one."""
    places = {id(cell): n for n, cell in enumerate(patient.cells)}
    before = [s.owner for s in patient.slots[: slot.number] if s.owner is not None]
    known = [places[id(cell)] for cell in before if id(cell) in places]
    return known[-1] + 1 if known else 0


def _behind(patient: _Patient, slot: _Slot, least: int) -> int:
    """The first place behind all answers in code that come before a test in the release."""
    if slot.role != "test":
        return least
    places = {id(cell): n for n, cell in enumerate(patient.cells)}
    solutions = [s for s in patient.slots[: slot.number] if s.role == "solution"]
    cells = [s.provider if s.owner is None else s.owner for s in solutions]
    return max([least, *(places[id(cell)] + 1 for cell in cells if cell is not None)])


def _dress(patient: _Patient) -> None:
    """Give cells the type, id, marks and (locked ones) text that the release has for them."""
    taken = {slot.cell.id for slot in patient.slots}
    number = 0
    for cell in patient.cells:
        slot = patient.owned.get(id(cell))
        if slot is None:
            cell.metadata = NotebookNode()
            while cell.id in taken:
                number += 1
                cell.id = f"cell-{number}"
            taken.add(cell.id)
            continue
        if slot.role != "given" or cell.cell_type == "raw":
            _retype(cell, slot.cell.cell_type)
        kept = {k: v for k, v in slot.cell.metadata.items() if k in ("nbgrader", "tags")}
        cell.metadata, cell.id = copy.deepcopy(NotebookNode(kept)), slot.cell.id
        if slot.locked:
            cell.source = slot.cell.source


def _retype(cell: NotebookNode, kind: str) -> None:
    if kind == "code" and cell.cell_type != "code":
        cell.pop("attachments", None)
        cell.update(outputs=[], execution_count=None)
    elif kind != "code":
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    cell.cell_type = kind
