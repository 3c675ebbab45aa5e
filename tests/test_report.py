"""The report: what its page and CSV files say, and what hostile text cannot do to them."""

import csv
import html
import random
import re
from dataclasses import replace

import pytest
from classes import GRADED, PS, made_answers, made_rows
from nbgrader.api import Gradebook

from autograder.exports import harmless, nbgrader_export, write_exports
from autograder.gradebook import nbgrader_api, read_submissions
from autograder.pages import script_hash
from autograder.report import Row, read_stubs, report_page
from autograder.similarity import alike_pairs, tokens

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def rows():
    return made_rows(200)


@pytest.fixture(scope="module")
def page(rows):
    return report_page(PS, rows, made_answers(rows), read_stubs(PS))


def text_of(page: str) -> str:
    page = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_stands_alone_and_is_small(page):
    assert len(page.encode()) < 200_000
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:|//)", page)
    assert not re.search(r"@import|url\(", page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert f"script-src '{script_hash(script)}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.split("script-src")[1]


def test_the_numbers_are_those_of_the_class(page, rows):
    said = text_of(page)
    totals = [sum(g.counted for g in row.submission.grades if not g.written) for row in rows]
    assert f"mean {round(sum(totals) / len(totals), 2):g} of 70" in said
    assert f"answers to read {sum(row.submission.unread for row in rows)}" in said
    for cell in GRADED:
        if cell.role == "test":
            reasons = [row.results[cell.exercise]["reason"] for row in rows]
            passed = f"{reasons.count('passed')} passed"
            assert re.search(rf"{cell.exercise} {passed}", said.replace("_ ", "_")), cell.exercise
    memory = max(row.receipt["memory"] for row in rows) / 2**20
    assert f"at most {memory:.0f} MiB" in said
    bars = [int(count or 0) for count in re.findall(r"<div><span>(\d*)</span>", page)]
    assert sum(bars) == 200


def test_the_commonest_failure_comes_first_with_its_count(rows):
    failing = [r for r in rows if r.results["dropout_forward"]["reason"] == "wrong"]
    for number, row in enumerate(rows):
        said = f"the mask holds {number} values"
        for result in row.results.values():
            if row not in failing or result["exercise"] != "dropout_forward":
                result["reason"] = "passed"
            else:
                result["message"] = said
    said = text_of(report_page(PS, rows, {}, {}))
    assert f"{len(failing)} × dropout_ forward wrong the mask holds" in said
    assert len(failing) > 10


def test_who_needs_a_person_is_named():
    rows = made_rows(6)
    for row in rows:
        for result in row.results.values():
            result["reason"] = "passed"
    rows[1].results["train_linear"]["reason"] = "timeout"
    rows[2].receipt["restarts"] = 2
    rows[3].receipt["sandbox"] = False
    rows[4].receipt["mended"] = ["a merge conflict was taken out"]
    rows.append(Row("late", None))
    said = text_of(report_page(PS, rows, {}, {}))
    for line in (
        "Ran out of time (1) student001: train_linear",
        "The jail had to start again (1) student002: 2 times",
        "Graded without a jail (1) student003",
        "The notebook was mended (1) student004: a merge conflict was taken out",
        "Handed in, but not graded (1) late",
        "to look at 5",
    ):
        assert line in said
    assert "handed in 7 graded 6" in said


def test_hostile_text_is_text():
    rows = made_rows(3)
    one = replace(rows[0].submission, student=HOSTILE, last_name=HOSTILE)
    rows[0] = replace(rows[0], student=HOSTILE, submission=one)
    rows[0].results["train_linear"].update(
        reason="error", message=HOSTILE, hint=HOSTILE, exercise="train_linear"
    )
    rows[0].receipt["mended"] = [HOSTILE]
    page = report_page(PS, rows, {}, {})
    assert page.count("<script") == 1
    assert "<img" not in page
    assert text_of(page).count(HOSTILE) >= 5


def test_odd_receipts_do_not_stop_the_report():
    rows = made_rows(3)
    for receipt in ({}, {"exercises": None}, {"exercises": ["x", {}], "seconds": "x"}):
        odd = [replace(rows[0], receipt=receipt), *rows[1:]]
        assert "All students" in report_page(PS, odd, {}, {})
    assert "All students" in report_page(PS, [], {}, {})


# -- answers that are nearly the same

COPIED = """
def solve(x, n):
    '''What it does.'''
    total = 0.0
    for index in range(n):
        if x[index] > total and index % 3 != 1:
            total = total * 0.5 + x[index] ** 2 - index / (1 + n)
    return total - sum(x[::2]) / n
"""
RENAMED = """
def solve(x, n):
    acc = 0.0  # running value
    for i in range(n):

        if x[i] > acc and i % 3 != 1:
            acc = acc * 0.5 + x[i] ** 2 - i / (1 + n)
    return acc - sum(x[::2]) / n
"""
STUB = "def solve(x, n):\n    raise NotImplementedError()\n"


def own_answer(number: int) -> str:
    """Thirty steps of one's own."""
    chance = random.Random(number)
    steps = chance.choices(
        ["n += 1", "x = x[::2]", "n = len(x)", "del x[n]", "x = sorted(x)", "n = n % 7", "n *= n"],
        k=30,
    )
    return "def solve(x, n):\n" + "\n".join(f"    {step}" for step in steps) + "\n"


def test_a_renamed_copy_is_found_and_a_coincidence_is_not():
    assert tokens(COPIED, frozenset("xn")) == tokens(RENAMED, frozenset("xn"))
    students = [f"s{n}" for n in range(12)]
    answers = {
        f"e{e}": {s: own_answer(20 * n + e) for n, s in enumerate(students)} for e in range(5)
    }
    for exercise in ("e0", "e1", "e2"):
        answers[exercise] |= {"s3": COPIED, "s7": RENAMED}
    answers["e4"] |= {"s1": COPIED, "s2": RENAMED}
    given = dict.fromkeys(answers, STUB)
    (pair,) = alike_pairs(answers, given)
    assert (pair.first, pair.second) == ("s3", "s7")
    assert set(pair.alike) == {"e0", "e1", "e2"}
    assert pair.compared == 5


def test_short_answers_and_what_all_share_accuse_nobody():
    students = [f"s{n}" for n in range(40)]
    short = dict.fromkeys(students, "def solve(x, n):\n    return x ** 2 / n\n")
    shared = dict.fromkeys(students, COPIED)
    given = dict.fromkeys("abcd", STUB)
    assert alike_pairs(dict.fromkeys("abcd", short), given) == []
    assert alike_pairs(dict.fromkeys("abcd", shared), given) == []


def test_what_is_not_python_is_compared_too():
    for source in ("def f(:\n  '''", "\0", "x = (", "  y\n x"):
        assert isinstance(tokens(source), list)
    assert alike_pairs({"a": {"s": "def f(:"}}, {}) == []


# -- CSV files


@pytest.fixture(scope="module")
def course_with_grades(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    api = nbgrader_api(root)
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        book.add_assignment(PS.name)
        book.add_notebook(PS.notebook, PS.name)
        for name, kind in (("test_a", "code"), ("b", "markdown")):
            book.add_grade_cell(name, PS.notebook, PS.name, max_score=5, cell_type=kind)
        book.add_solution_cell("b", PS.notebook, PS.name)
        people = {
            "=cmd": {"first_name": "+Ann", "last_name": "@Lee", "email": "-a@b.c"},
            "bo": {"lms_user_id": "77"},
            "cy": {},
        }
        for student, facts in people.items():
            book.add_student(student, **facts)
            submission = book.add_submission(PS.name, student)
            (notebook,) = submission.notebooks
            tested = book.find_grade("test_a", PS.notebook, PS.name, student)
            written = book.find_grade("b", PS.notebook, PS.name, student)
            tested.auto_score, tested.needs_manual_grade = 5, False
            if student == "bo":
                written.manual_score, written.needs_manual_grade = 3.5, False
                written.extra_credit = 0.25
            if student == "cy":
                tested.auto_score = 0
                notebook.late_submission_penalty = 2
                written.manual_score, written.needs_manual_grade = 4, True
        book.db.commit()
    return api, root


def table(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_files_have_the_totals_of_nbgrader(course_with_grades):
    api, root = course_with_grades
    found = read_submissions(api, PS)
    write_exports(PS, root, found, {"bo": ["a"]})
    official = {
        row["student_id"]: float(row["score"]) for row in table(nbgrader_export(api, PS, root))
    }
    assert official == {"=cmd": 5.0, "bo": 8.75, "cy": 2.0}
    for name, key, column in (
        ("points", "student", "total"),
        ("canvas", "SIS Login ID", "ps1"),
        ("moodle", "Identifier", "Grade"),
        ("gradescope", "SID", "Total Score"),
    ):
        rows = [row for row in table(root / f"ps1_{name}.csv") if row[key]]
        assert {r[key].removeprefix("'"): float(r[column]) for r in rows} == official, name


def test_canvas_gets_what_its_importer_asks_for(course_with_grades):
    api, root = course_with_grades
    write_exports(PS, root, read_submissions(api, PS), {})
    with (root / "ps1_canvas.csv").open(encoding="utf-8", newline="") as file:
        head, possible, *rows = list(csv.reader(file))
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert "Points Possible" in possible[0]
    assert possible[5] == "10"
    assert ["bo", "77", "", "bo", "", "8.75"] in rows


def test_no_cell_is_a_formula(course_with_grades):
    api, root = course_with_grades
    for path in write_exports(PS, root, read_submissions(api, PS), {"bo": ["=x"]}):
        with path.open(encoding="utf-8", newline="") as file:
            for cell in (cell for row in csv.reader(file) for cell in row):
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (path, cell)
    assert "'=cmd" in (root / "ps1_points.csv").read_text()
    assert harmless(" =1") == "' =1"
    assert harmless("ann") == "ann"
