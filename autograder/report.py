"""Say how a graded set came out: a table, one HTML page, CSV files and the students' feedback."""

import json
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from rich.table import Table

from .course import CourseError, ProblemSet
from .exports import nbgrader_export, write_exports
from .gradebook import Grade, Submission, nbgrader_api, read_submissions, students
from .markup import plain
from .pages import points, read_template, render, script_hash
from .receipts import exercise_results, read_receipt, write_whole
from .similarity import Pair, alike_pairs

REASONS = ("passed", "wrong", "error", "timeout", "memory", "crashed", "forbidden", "missing")
MARKS = dict(zip(REASONS, " wetmcf–", strict=True))  # in the table; who passed has the points there
STOPPED = {
    "timeout": "Ran out of time",
    "memory": "Ran out of memory",
    "crashed": "Brought Python down",
    "forbidden": "Used what is forbidden",
}
BINS = 10
MOST_FAILURES = 15
MOST_PAIRS = 30
MAX_SHOWN = 200  # characters of a message


@dataclass(frozen=True)
class Row:
    """One student: what the gradebook and the receipt know, and how each exercise ended."""

    student: str
    submission: Submission | None = None  # None while it is not graded
    receipt: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        one = self.submission
        names = [one.last_name, one.first_name] if one else []
        return ", ".join(name for name in names if name)

    @property
    def seconds(self) -> float:
        return _number(self.receipt.get("seconds"))

    @property
    def results(self) -> dict[str, dict]:
        """What the receipt says of each tested exercise."""
        return exercise_results(self.receipt)

    def reason(self, grade: Grade) -> str:
        """Why an exercise got its points: a reason code, or read or unread."""
        if grade.points is None:
            return "unread"
        if grade.written:
            return "read"
        said = self.results.get(grade.exercise, {}).get("reason")
        if said in REASONS:
            return said
        return "passed" if grade.points == grade.max_points else "wrong"


@dataclass(frozen=True)
class Report:
    """What `report` made: for the terminal, and the files."""

    table: Table
    legend: list[str]
    notes: list[str]
    files: list[Path]


def report(ps: ProblemSet, root: Path) -> Report:
    """Write the page, the CSV files and the feedback of a graded set."""
    api = nbgrader_api(root)
    found = read_submissions(api, ps)
    feedback = api.generate_feedback(ps.name)
    if not feedback["success"]:
        raise CourseError(f"no feedback for {ps.name}: {feedback['error'] or feedback['log']}")
    rows = read_rows(ps, root, found)
    page = root / "reports" / f"{ps.name}.html"
    write_whole(page, report_page(ps, rows, read_answers(ps, root, rows), read_stubs(ps)))
    failed = {
        row.student: [e for e, r in row.results.items() if r.get("reason") != "passed"]
        for row in rows
    }
    files = [page, *write_exports(ps, root, found, failed), nbgrader_export(api, ps, root)]
    grades = {one.student: one.grades for one in found}
    unread = sum(one.unread for one in found)
    notes = (
        [f"{unread} written answers are not read yet: points are without them"] if unread else []
    )
    return Report(points_table(ps, grades), legend(grades), notes, [*files, root / "feedback"])


def points_table(ps: ProblemSet, grades: dict[str, list[Grade]]) -> Table:
    """One row a student, one column an autograded exercise (numbered as in the legend)."""
    table = Table(title=f"{ps.name}: points per autograded exercise", title_justify="left")
    table.add_column("student", no_wrap=True)
    for number, _ in enumerate(_automatic(next(iter(grades.values()), [])), 1):
        table.add_column(str(number), justify="right")
    table.add_column("points", justify="right")
    table.add_column("to read", justify="right")
    for student, row in grades.items():
        automatic = _automatic(row)
        unread = sum(grade.points is None for grade in row)
        marks = [f"{g.points or 0:g}" if g.points else "[red]·[/red]" for g in automatic]
        total = sum(grade.points or 0 for grade in automatic)
        table.add_row(student, *marks, f"{total:g}", str(unread))
    return table


def legend(grades: dict[str, list[Grade]]) -> list[str]:
    """What the numbers over the columns stand for, with the points an exercise is worth."""
    row = _automatic(next(iter(grades.values()), []))
    return [f"{n} {grade.exercise} ({grade.max_points:g})" for n, grade in enumerate(row, 1)]


def _automatic(row: list[Grade]) -> list[Grade]:
    return [grade for grade in row if not grade.written]


def read_rows(ps: ProblemSet, root: Path, found: list[Submission]) -> list[Row]:
    """Everybody who handed in or has points, by student."""
    known = {one.student: one for one in found}
    rows = []
    for student in sorted({*known, *students(ps, root)}):
        receipt = read_receipt(root / "autograded" / student / ps.name) or {}
        rows.append(Row(student, known.get(student), receipt))
    return rows


def read_answers(ps: ProblemSet, root: Path, rows: list[Row]) -> dict[str, dict[str, str]]:
    """Python text of the solution cells, by exercise and student."""
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        path = root / "autograded" / row.student / ps.name / ps.source.name
        for exercise, text in _solutions(path).items():
            answers[exercise][row.student] = text
    return answers


def read_stubs(ps: ProblemSet) -> dict[str, str]:
    """What the release has in the solution cells, by exercise."""
    return _solutions(ps.release)


def _solutions(path: Path) -> dict[str, str]:
    try:  # not nbformat.read, whose validation takes most of the time
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    found = {}
    for cell in cells:
        grading = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and grading.get("solution"):
            source = cell["source"]
            found[grading["grade_id"]] = source if isinstance(source, str) else "".join(source)
    return found


def report_page(
    ps: ProblemSet, rows: list[Row], answers: dict[str, dict[str, str]], stubs: dict[str, str]
) -> str:
    """The page as HTML that needs nothing else; see templates/report.html.j2."""
    graded = [row.submission for row in rows if row.submission]
    unread = sum(one.unread for one in graded)
    totals, most, of_what = _totals(graded, unread)
    pairs = alike_pairs(answers, stubs)
    script = read_template("report.js")
    concerns = _concerns(rows)
    troubled = {student for concern in concerns for student, _ in concern["students"]}
    return render(
        "report.html.j2",
        ps=ps,
        made=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        handed_in=len(rows),
        graded=len(graded),
        unread=unread,
        readers=sum(bool(one.unread) for one in graded),
        totals=totals,
        mean=statistics.mean(totals) if totals else None,
        median=statistics.median(totals) if totals else None,
        most=most,
        of_what=of_what,
        bars=_bars(totals, most),
        exercises=_exercises(rows),
        failures=_failures(rows),
        concerns=concerns,
        troubled=troubled,
        memory=sorted(
            (_number(row.receipt.get("memory")) / 2**20, row.student)
            for row in rows
            if row.receipt.get("memory")
        ),
        seconds=sorted((row.seconds, row.student) for row in rows if row.receipt),
        pairs=pairs[:MOST_PAIRS],
        more_pairs=max(0, len(pairs) - MOST_PAIRS),
        same_mistakes=_same_mistakes(pairs, rows),
        columns=graded[0].grades if graded else [],
        table=[_table_row(ps, row, row.student in troubled) for row in rows],
        reasons=REASONS,
        marks=MARKS,
        styles=read_template("page.css") + read_template("report.css"),
        script=script,
        script_hash=script_hash(script),
    )


def _totals(graded: list[Submission], unread: int) -> tuple[list[float], float, str]:
    """Points of everybody, the most there are, and what they are points of."""
    if not graded:
        return [], 0.0, "all points"
    if not unread:
        return (
            [one.total for one in graded],
            sum(grade.max_points for grade in graded[0].grades),
            "all points",
        )
    totals = [sum(grade.counted for grade in _automatic(one.grades)) for one in graded]
    return totals, sum(g.max_points for g in _automatic(graded[0].grades)), "tested exercises alone"


def _bars(totals: list[float], most: float) -> list[dict]:
    """The distribution as bars, heights in percent; the last one has full points too."""
    counts = Counter(min(BINS - 1, max(0, int(BINS * total / most))) for total in totals if most)
    highest = max(counts.values(), default=1)
    return [
        {
            "count": counts[number],
            "height": 85 * counts[number] / highest,
            "from": points(number * most / BINS),
            "to": points((number + 1) * most / BINS),
        }
        for number in range(BINS)
    ]


def _exercises(rows: list[Row]) -> list[dict]:
    graded = [row for row in rows if row.submission]
    found = []
    for number, first in enumerate(graded[0].submission.grades if graded else ()):
        grades = [(row, row.submission.grades[number]) for row in graded]
        counts = Counter(row.reason(grade) for row, grade in grades)
        seconds = [
            _number(row.results[first.exercise].get("seconds"))
            for row in graded
            if first.exercise in row.results
        ]
        known = [grade.points for _, grade in grades if grade.points is not None]
        found.append(
            {
                "name": first.exercise,
                "most": first.max_points,
                "written": first.written,
                "counts": {r: counts[r] for r in (*REASONS, "read", "unread") if counts[r]},
                "mean": statistics.mean(known) if known else None,
                "median": statistics.median(seconds) if seconds else None,
                "slowest": max(seconds, default=None),
            }
        )
    return found


def _failures(rows: list[Row]) -> list[dict]:
    """The commonest failures; messages that differ in their numbers alone count as one.

    An untouched stub is not among them: the bars have how many are missing.
    """
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        for exercise, result in row.results.items():
            reason = result.get("reason")
            untouched = str(result.get("message")) == f"{exercise} is not answered yet"
            if reason in REASONS and reason != "passed" and not untouched:
                said = plain(str(result.get("message", ""))).split("\n")[0][:MAX_SHOWN]
                key = re.sub(r"-?\d[\d.e+-]*", "#", said)
                found[exercise, reason, key].append((row.student, said))
    common = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "exercise": exercise,
            "reason": reason,
            "message": Counter(said for _, said in who).most_common(1)[0][0],
            "students": [student for student, _ in who],
            "hint": _hint(rows, exercise, who[0][0]),
        }
        for (exercise, reason, _), who in common[:MOST_FAILURES]
    ]


def _hint(rows: list[Row], exercise: str, student: str) -> str:
    row = next(row for row in rows if row.student == student)
    hint = row.results[exercise].get("hint")
    return hint[:MAX_SHOWN] if isinstance(hint, str) else ""


def _concerns(rows: list[Row]) -> list[dict]:
    """What a person should look at: a title and who, with what to look at."""
    kinds: dict[str, list[tuple[str, str]]] = {}

    def add(title: str, student: str, detail: str = "") -> None:
        kinds.setdefault(title, []).append((student, detail))

    for row in rows:
        if row.submission is None:
            add("Handed in, but not graded", row.student)
        elif not row.receipt:
            add("In the gradebook, but without a receipt", row.student)
    for reason, title in STOPPED.items():
        for row in rows:
            names = [e for e, r in row.results.items() if r.get("reason") == reason]
            if names:
                add(title, row.student, ", ".join(names))
    for row in rows:
        if _number(row.receipt.get("restarts")) > 0:
            add("The jail had to start again", row.student, f"{row.receipt['restarts']} times")
        if row.receipt and row.receipt.get("sandbox") is not True:
            add("Graded without a jail", row.student)
    for row in rows:
        mended = row.receipt.get("mended")
        if isinstance(mended, list) and mended:
            add("The notebook was mended", row.student, "; ".join(map(str, mended))[:MAX_SHOWN])
    return [{"title": title, "students": who} for title, who in kinds.items()]


def _same_mistakes(pairs: list[Pair], rows: list[Row]) -> list[int]:
    """For each pair, how many of the answers alike are wrong for both."""
    wrong = {
        row.student: {e for e, r in row.results.items() if r.get("reason") != "passed"}
        for row in rows
    }
    return [len(wrong[p.first] & wrong[p.second] & set(p.alike)) for p in pairs[:MOST_PAIRS]]


def _table_row(ps: ProblemSet, row: Row, troubled: bool) -> dict:
    one = row.submission
    cells: Iterable[tuple[str, str]] = ()
    if one:
        reasons = [row.reason(grade) for grade in one.grades]
        cells = [
            (reason, _mark(reason, grade))
            for reason, grade in zip(reasons, one.grades, strict=True)
        ]
    where = f"{quote(row.student)}/{ps.name}/{quote(ps.notebook)}"
    return {
        "student": row.student,
        "name": row.name,
        "notebook": f"../autograded/{where}.ipynb" if one else "",
        "feedback": f"../feedback/{where}.html" if one else "",
        "total": points(one.total) if one else "",
        "unread": one.unread if one else "",
        "seconds": f"{row.seconds:.1f}" if row.receipt else "",
        "memory": f"{_number(row.receipt.get('memory')) / 2**20:.0f}" if row.receipt else "",
        "cells": cells,
        "troubled": troubled,
    }


def _mark(reason: str, grade: Grade) -> str:
    if reason == "unread":
        return "?"
    return points(grade.points) if reason in ("passed", "read") or grade.points else MARKS[reason]


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
