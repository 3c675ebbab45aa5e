"""Take handed-in notebooks to `submitted/STUDENT/psN/NAME.ipynb`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from .course import ProblemSet, problem_sets
from .healing import Refused, heal, read
from .intake import Problem, Upload, latest_first, printable, uploads
from .names import student_names
from .receipts import write_whole
from .roster import Student, find, read_roster, slug

TIMESTAMP = "timestamp.txt"
STATES = {
    "taken": "taken",
    "replaced": "taken, it replaces an older version",
    "regrade": "taken, it replaces the version that was graded: grade again",
    "unchanged": "unchanged",
    "kept": "not taken",
    "absent": "nothing handed in",
    "refused": "refused",
}


@dataclass(frozen=True)
class Collected:
    """What became of one student's files, or of one file (`student` is empty).

    `state` is one of STATES; `problem` says why it was not taken, `mended` what grading will put
    right, `passed` which files do not count.
    """

    student: str
    file: str
    state: str
    problem: str = ""
    mended: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    late: bool = False

    def __str__(self) -> str:
        who = self.student or self.file
        return f"{who}: {self.said}"

    @property
    def said(self) -> str:
        """What became of it, in one line."""
        text = STATES[self.state]
        if self.problem:
            text += f": {self.problem}" + (f" ({self.file})" if self.student and self.file else "")
        late = ["marked late"] if self.late else []
        passed = [f"passed over {', '.join(self.passed)}"] if self.passed else []
        mended = [said.rstrip(".") for said in self.mended]
        return "; ".join([text, *late, *passed, *mended] if self.state != "unchanged" else [text])


def collect(
    ps: ProblemSet, inboxes: Sequence[Path], root: Path, roster: Path | None = None
) -> Iterator[Collected]:
    """Take what is in `inboxes`, the latest version of each student; safe to run again.

    With a `roster` (CSV) only its students are taken, and those without a file are listed. Files
    are taken byte for byte: what is broken in them is mended when they are graded.
    """
    students = read_roster(roster) if roster else None
    release = nbformat.read(ps.release, as_version=4)
    marks = _marks(ps)
    found: dict[str, list[Upload]] = {}
    unknown: list[Collected] = []
    for inbox in inboxes:
        for upload in uploads(ps, inbox):
            if isinstance(upload, Problem):
                unknown.append(_refused(upload.where, upload.message))
                continue
            student = _whose(upload, students)
            if isinstance(student, Collected):
                unknown.append(student)
            else:
                found.setdefault(student, []).append(upload)
    for student, files in sorted(_apart(found).items() if students is None else found.items()):
        yield _take(ps, release, marks, student, latest_first(files), root)
    yield from unknown
    for student in students or ():
        if student.id not in found and not (root / "submitted" / student.id / ps.name).exists():
            yield Collected(student.id, "", "absent")


def _refused(where: str, problem: str, student: str = "") -> Collected:
    return Collected(student, where, "refused", problem)


def _whose(upload: Upload, students: list[Student] | None) -> str | Collected:
    """The student id of an upload, or the line that says why it has none."""
    where = upload.entry.where
    if students is not None:
        found = find(upload.hints, students)
        return found.id if isinstance(found, Student) else _refused(where, found)
    for hint in upload.hints:
        texts = (hint.name, hint.email, *hint.ids)
        said = next((text for text in texts if text), "")
        if name := slug(said):
            return name
        if said:
            return _refused(where, f"{printable(said)[:60]} cannot be a student id")
    return _refused(where, "nothing in its path says who handed it in")


def _apart(found: dict[str, list[Upload]]) -> dict[str, list[Upload]]:
    """The same, students of one name told apart by the number that the download has for them."""
    apart: dict[str, list[Upload]] = {}
    for student, files in found.items():
        numbers = {upload.hints[0].ids[:1] for upload in files if upload.hints[0].ids}
        for upload in files:
            number = "".join(upload.hints[0].ids[:1])
            same = len(numbers) < 2 or not number or slug(number) == student
            apart.setdefault(student if same else f"{student}-{slug(number)}", []).append(upload)
    return apart


def _take(
    ps: ProblemSet,
    release: NotebookNode,
    marks: dict[str, frozenset[str]],
    student: str,
    files: list[Upload],
    root: Path,
) -> Collected:
    """Take the latest file that is a notebook of the set; say what is wrong with later ones."""
    refused: list[str] = []
    others: list[str] = []
    for number, upload in enumerate(files):
        where = upload.entry.where
        try:
            data = upload.entry.read()
            notebook, said = read(data)
        except Refused as error:
            refused.append(f"{error} ({where})")
            continue
        belongs = _set_of(ps, notebook, upload.entry.parts, marks)
        if belongs != ps.name:
            of = f"a notebook of {belongs}" if belongs else f"nothing in it is of {ps.name}"
            others.append(f"{of} ({where})")
            continue
        name = upload.entry.parts[-1]
        if name != f"{ps.notebook}.ipynb":
            said = [f"renamed from {printable(name)}", *said]
        mended = (*said, *heal(notebook, release)[1])
        older = dict.fromkeys(u.entry.where for u in files[number + 1 :])
        passed = (*refused, *older)
        state, problem = _put(ps, root / "submitted" / student / ps.name, data, upload)
        if state == "replaced" and (root / "autograded" / student / ps.name).exists():
            state = "regrade"
        return Collected(student, where, state, problem, mended, passed, upload.late)
    return Collected(student, "", "refused", (refused + others)[0])


def _put(ps: ProblemSet, folder: Path, data: bytes, upload: Upload) -> tuple[str, str]:
    """Write a notebook and its time; returns the state and why it is kept, if it is.

    The file gets the time of the version, so that a later run sees which of the two is newer.
    """
    target, stamp = folder / f"{ps.notebook}.ipynb", folder / TIMESTAMP
    time = upload.time or upload.entry.modified
    text = ""
    if upload.submitted:
        text = upload.submitted.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC\n")
    state = "taken"
    if target.is_file():
        there = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
        if target.read_bytes() == data and (not text or text == there):
            return "unchanged", ""
        if target.read_bytes() != data:
            if time < target.stat().st_mtime:
                return "kept", "the version that is there is newer"
            state = "replaced"
            stamp.unlink(missing_ok=True)
    write_whole(target, data, time)
    if text:
        write_whole(stamp, text, time)
    return state, ""


# -- which set a notebook belongs to


def _marks(ps: ProblemSet) -> dict[str, frozenset[str]]:
    """For each set, the ids and functions that only it has."""
    sets = {**problem_sets(ps.root), ps.name: ps}
    found = {
        name: frozenset(_signs(nbformat.read(other.release, as_version=4), graded=True))
        for name, other in sets.items()
        if other.release.is_file()
    }
    often = Counter(sign for signs in found.values() for sign in signs)
    return {name: frozenset(s for s in signs if often[s] == 1) for name, signs in found.items()}


def _signs(notebook: NotebookNode, graded: bool = False) -> Iterable[str]:
    """Grade ids, cell ids and names of functions; of a release only those of graded cells."""
    for cell in notebook.cells:
        grading = cell.metadata.get("nbgrader") or {}
        if isinstance(grading.get("grade_id"), str):
            yield f"grade {grading['grade_id']}"
        elif graded:
            continue
        yield f"cell {cell.id}"
        if cell.cell_type == "code":
            yield from (f"name {name}" for name in student_names(cell.source))


def _set_of(
    ps: ProblemSet,
    notebook: NotebookNode,
    parts: tuple[str, ...],
    marks: dict[str, frozenset[str]],
) -> str:
    """The set that a notebook belongs to by its content, else by its name; or an empty text."""
    signs = set(_signs(notebook))
    scores = {name: len(signs & own) for name, own in marks.items()}
    best = max(scores, key=lambda name: (scores[name], name == ps.name))
    if scores[best]:
        return best
    file = parts[-1].lower()
    return ps.name if ps.notebook.lower() in file or ps.name in file else ""
