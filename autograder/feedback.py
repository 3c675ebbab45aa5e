"""The page that a student gets back: points, reasons, comments and their own notebook.

Nothing in it comes from a hidden test. Student code saw the arguments of hidden tests and could
have kept them, so nothing that was printed or shown while grading is in the page: outputs are those
that were handed in, and a message is shown as far as it is made of words that students have.
"""

import builtins
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from . import healing
from .gradebook import Grade, Submission, submissions_in
from .markup import code_html, code_styles, markdown_html, outputs_html, plain
from .pages import read_template, render
from .receipts import exercise_results, read_receipt
from .text import without_region

REASONS = {
    "passed": ("right", "All tests pass."),
    "wrong": ("wrong", "A test found a wrong result."),
    "error": ("error", "Your code stopped with an error."),
    "timeout": ("timed out", "Your code took too long and was stopped."),
    "memory": ("out of memory", "Your code wanted more memory than there is."),
    "crashed": ("crashed", "Your code brought Python down."),
    "missing": ("missing", "There is no answer that could be tested."),
    "forbidden": ("forbidden", "The answer uses what this exercise does not allow."),
}
IN_HIDDEN = "The visible tests pass, but a hidden test does not: look at cases that they leave out."
IDENTIFIER = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"\d[\w.]*")
TOKEN = re.compile(rf"{IDENTIFIER.pattern}|{NUMBER.pattern}|[^\w\s]{{4,}}|[^\x00-\x7f]")
MAX_NUMBERS = 6  # of a message that students do not have in their notebook
MAX_DIGITS = 10
MAX_SHOWN = 400  # characters of a message
N = r"\d{1,4}"
# Messages of Python, NumPy and PyTorch that carry nothing but names and small numbers.
KNOWN_ERRORS = [
    r"name '(\w+)' is not defined",
    r"cannot access local variable '(\w+)' where it is not associated with a value",
    r"local variable '(\w+)' referenced before assignment",
    r"'(\w+)' object has no attribute '(\w+)'",
    r"module '(\w+)' has no attribute '(\w+)'",
    r"No module named '(\w+)'",
    r"'(\w+)' object is not (?:callable|iterable|subscriptable)",
    r"cannot unpack non-iterable (\w+) object",
    r"unsupported operand type\(s\) for [-+*/@%&|^<>=]{1,3}: '(\w+)' and '(\w+)'",
    rf"(\w+)\(\) missing {N} required positional arguments?: '(\w+)'",
    rf"(\w+)\(\) takes {N} positional arguments? but {N} (?:was|were) given",
    r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
    rf"not enough values to unpack \(expected {N}, got {N}\)",
    rf"too many values to unpack \(expected {N}(?:, got {N})?\)",
    r"(?:float )?division by zero",
    r"(?:list|tuple) index out of range",
    rf"index {N} is out of bounds for axis {N} with size {N}",
    rf"operands could not be broadcast together with shapes (?:\((?:{N},? ?){{0,4}}\) ?){{2,3}}",
    rf"matmul: Input operand {N} has a mismatch in its core dimension {N}, with gufunc signature"
    rf" \(n\?,k\),\(k,m\?\)->\(n\?,m\?\) \(size {N} is different from {N}\)",
    rf"mat1 and mat2 shapes cannot be multiplied \({N}x{N} and {N}x{N}\)",
]


@dataclass(frozen=True)
class Outcome:
    """What a student is told of one exercise."""

    exercise: str
    points: float | None  # None while nobody has read the answer
    max_points: float
    state: str  # a class of the style sheet
    label: str
    said: str = ""
    message: str = ""
    hint: str = ""
    comment: Markup | None = None


@dataclass(frozen=True)
class Part:
    """A cell of the notebook, ready to be shown. `kind`: heading, code, answer, own or test."""

    kind: str
    body: Markup | None = None
    outputs: Markup | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Course:
    """What a student has of a set: its given cells and the words in them."""

    ids: dict[str, str]  # grade id by cell id
    given: dict[str, bool]  # text of each given cell: whether it is an experiment
    words: frozenset[str]


class FeedbackExporter(Exporter):
    """Makes the page of an autograded notebook; nbgrader's `generate_feedback` uses it."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, **kwargs: Any
    ) -> tuple[str, ResourcesDict]:
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        facts = resources["nbgrader"]
        folder = Path(resources["metadata"]["path"])
        with Gradebook(facts["db_url"]) as book:
            found = submissions_in(book, facts["assignment"], facts["notebook"], facts["student"])
        name = f"{facts['notebook']}.ipynb"
        root = folder.parents[2]
        handed_in = root / "submitted" / facts["student"] / facts["assignment"] / name
        course = read_course(root / "source" / facts["assignment"] / name)
        release = root / "release" / facts["assignment"] / name
        notebook = _healed(handed_in, release) or _without_outputs(nb)
        return feedback_page(
            facts["assignment"], found[0], notebook, read_receipt(folder), course
        ), resources


def feedback_page(
    assignment: str,
    submission: Submission,
    notebook: NotebookNode,
    receipt: dict | None,
    course: Course,
) -> str:
    """The page as HTML; `notebook` is what was handed in."""
    own = frozenset(IDENTIFIER.findall("\n".join(_source(cell) for cell in notebook.cells)))
    results = exercise_results(receipt)
    outcomes = {
        grade.exercise: _outcome(grade, results.get(grade.exercise), submission, course, own)
        for grade in submission.grades
    }
    return render(
        "feedback.html.j2",
        assignment=assignment,
        student=submission.student,
        outcomes=list(outcomes.values()),
        told_of=[o for o in outcomes.values() if o.comment or (o.said and o.state != "passed")],
        total=submission.total,
        most=sum(grade.max_points for grade in submission.grades),
        unread=submission.unread,
        penalty=submission.penalty,
        mended=_mended(receipt),
        parts=_parts(notebook, outcomes, course),
        styles=read_template("page.css") + Markup(code_styles()),
    )


@cache
def read_course(source: Path) -> Course:
    """What the instructor notebook at `source` shows to students."""
    notebook = _read(source)
    ids, given, words = {}, {}, set(dir(builtins))
    for cell in notebook.cells:
        grading = cell.metadata.get("nbgrader", {})
        text = cell.source
        for region in ("SOLUTION", "HIDDEN TESTS"):
            text = without_region(text, region)
        if grading.get("grade") or grading.get("solution"):
            ids[cell.get("id", "")] = grading["grade_id"]
        else:
            given[text.strip()] = "experiment" in cell.metadata.get("tags", [])
        if not (cell.cell_type == "markdown" and grading.get("solution")):
            words.update(IDENTIFIER.findall(text))
            words.update(NUMBER.findall(text))
    return Course(ids, given, frozenset(words))


def visible_message(result: dict, course: Course, own: frozenset[str]) -> str:
    """As much of a result's message as cannot carry what a hidden test gave to the student's code.

    An error of Python's own is shown when it names nothing but what is in the notebook; a failed
    check is shown with the words that the notebook has and at most six other numbers.
    """
    said = plain(str(result.get("message") or "")).split("\n")[0]
    reason = result.get("reason")
    if result.get("hidden") or reason not in ("wrong", "error", "forbidden", "missing"):
        return ""
    if reason in ("wrong", "forbidden"):
        return _public_part(said[:MAX_SHOWN], course.words)
    kind, _, rest = said.partition(": ") if reason == "error" else ("", "", said)
    known = own | course.words
    for pattern in KNOWN_ERRORS:
        match = re.fullmatch(pattern, rest)
        if match and known.issuperset(match.groups()):
            return said
    found = getattr(builtins, kind, None)
    if isinstance(found, type) and issubclass(found, Exception):
        return f"{kind}. The visible test says more when you run it."
    return ""


def _public_part(message: str, words: frozenset[str]) -> str:
    numbers = 0

    def shown(match: re.Match) -> str:
        nonlocal numbers
        token = match[0]
        if token in words or token in "–…×·":
            return token
        if re.fullmatch(r"\d[\d.e]*", token) and len(token) <= MAX_DIGITS:
            numbers += 1
            return token if numbers <= MAX_NUMBERS else "…"
        return "…"

    return TOKEN.sub(shown, message)


def _mended(receipt: dict | None) -> list[str]:
    found = receipt.get("mended") if receipt else None
    return [plain(str(said)) for said in found] if isinstance(found, list) else []


def _outcome(
    grade: Grade, result: dict | None, submission: Submission, course: Course, own: frozenset[str]
) -> Outcome:
    comment = submission.comments.get(grade.exercise)
    facts = {"comment": markdown_html(comment) if comment else None}
    basics = (grade.exercise, grade.points, grade.max_points)
    if grade.written:
        if grade.points is None:
            return Outcome(*basics, "unread", "not read yet", **facts)
        return Outcome(*basics, "read", "read", **facts)
    if result is None or result.get("reason") not in REASONS:
        full = grade.points == grade.max_points
        return Outcome(*basics, *(("passed", "right") if full else ("wrong", "not right")), **facts)
    if grade.points != result.get("points"):
        return Outcome(*basics, "read", "points set by a person", **facts)
    reason = result["reason"]
    label, said = REASONS[reason]
    if reason != "passed":
        if result.get("hidden"):
            said = f"{said} {IN_HIDDEN}"
        facts |= {"message": visible_message(result, course, own)}
        facts |= {"hint": plain(result["hint"]) if isinstance(result.get("hint"), str) else ""}
    return Outcome(*basics, reason, label, said, **facts)


def _parts(notebook: NotebookNode, outcomes: dict[str, Outcome], course: Course) -> list[Part]:
    """What the student wrote, with the headings, the figures and the outcomes between it."""
    parts: list[Part] = []
    for cell in notebook.cells:
        part = _part(cell, outcomes, course)
        if part is not None:
            parts.append(part)
    kept = [  # a heading under which the student did nothing says nothing
        part
        for number, part in enumerate(parts)
        if part.kind != "heading"
        or (number + 1 < len(parts) and parts[number + 1].kind != "heading")
    ]
    return kept


def _part(cell: NotebookNode, outcomes: dict[str, Outcome], course: Course) -> Part | None:
    source = _source(cell)
    grading = cell.metadata.get("nbgrader") if isinstance(cell.metadata, dict) else None
    grade_id = grading.get("grade_id") if isinstance(grading, dict) else None
    if not isinstance(grade_id, str):
        grade_id = course.ids.get(cell.get("id", ""), "")
    if cell.cell_type == "code":
        if grade_id in course.ids.values() and grade_id.startswith("test_"):
            outcome = outcomes.get(grade_id.removeprefix("test_"))
            return Part("test", outcome=outcome) if outcome else None
        outputs = outputs_html(cell.get("outputs")) or None
        experiment = course.given.get(source.strip())
        if experiment is None:
            return Part("code", code_html(source), outputs) if source.strip() else None
        return Part("figure", outputs=outputs) if experiment and outputs else None
    if cell.cell_type != "markdown":
        return None
    if grade_id in outcomes:
        body = markdown_html(source, cell.get("attachments"))
        return Part("answer", body, outcome=outcomes[grade_id])
    if source.strip() in course.given:
        headings = re.findall(r"^#{1,6} +(.+)$", source, re.MULTILINE)
        return Part("heading", markdown_html(f"### {headings[-1]}")) if headings else None
    return Part("own", markdown_html(source, cell.get("attachments"))) if source.strip() else None


def _source(cell: NotebookNode) -> str:
    source = cell.get("source")
    return source if isinstance(source, str) else ""


def _healed(handed_in: Path, release: Path) -> NotebookNode | None:
    """What was handed in, put right as for grading; None when it is no notebook."""
    try:
        return healing.mend(handed_in.read_bytes(), _read(release))[0]
    except (OSError, healing.Refused):
        return None


@cache
def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _without_outputs(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.pop("outputs", None)
    return notebook
