"""A made class for the report: students, grades and receipts without grading anybody."""

import random

from autograder.course import problem_set
from autograder.demo import reference_answers
from autograder.gradebook import Grade, Submission
from autograder.report import Row
from autograder.text import read_cells
from autograder.variants import load_variants

PS = problem_set("ps1")
GRADED = [cell for cell in read_cells(PS.text) if cell.role in ("test", "answer")]
TROUBLE = ("error", "timeout", "memory", "crashed", "forbidden")


def made_rows(count: int, seed: int = 0) -> list[Row]:
    """Rows of a class in which every reason occurs; the first student has everything right."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        skill = 1.0 if number == 0 else chance.betavariate(5, 2)
        grades, exercises = [], []
        for cell in GRADED:
            if cell.role == "answer":
                read = chance.random() < 0.3
                worth = round(chance.random() * cell.points * 2) / 2 if read else None
                grades.append(Grade(cell.exercise, worth, cell.points, True, worth or 0.0))
                continue
            reason = "passed" if chance.random() < skill else "wrong"
            if reason == "wrong" and chance.random() < 0.5:
                reason = chance.choice((*TROUBLE, "missing", "missing", "missing"))
            worth = cell.points if reason == "passed" else 0.0
            grades.append(Grade(cell.exercise, worth, cell.points, False, worth))
            said = f"{cell.exercise}: expected {chance.randint(1, 9)}, got 0"
            exercises.append(
                {
                    "exercise": cell.exercise,
                    "points": worth,
                    "max_points": cell.points,
                    "reason": reason,
                    "message": "" if reason == "passed" else said,
                    "hidden": False,
                    "seconds": round(chance.expovariate(5), 3),
                }
            )
        receipt = {"exercises": exercises, "sandbox": True, "restarts": 0, "seconds": 5 * skill}
        receipt["memory"] = chance.randint(300, 600) * 2**20
        student = f"student{number:03}"
        rows.append(Row(student, Submission(student, grades, {}), receipt))
    return rows


def made_answers(rows: list[Row], seed: int = 0) -> dict[str, dict[str, str]]:
    """Answers to go with the rows: the reference or a variant, with some lines of their own."""
    chance = random.Random(seed)
    texts: dict[str, list[str]] = {}
    for variant in load_variants(PS):
        texts.setdefault(variant.exercise, []).append(variant.source)
    reference = reference_answers(PS)
    found: dict[str, dict[str, str]] = {}
    for cell in GRADED:
        if cell.role == "test":
            kinds = [reference[cell.exercise]] * 4 + texts.get(cell.exercise, [])
            found[cell.exercise] = {
                row.student: f"{chance.choice(kinds)}\n{_own_lines(chance)}" for row in rows
            }
    return found


def _own_lines(chance: random.Random) -> str:
    lines = []
    for number in range(chance.randint(0, 6)):
        name, other = chance.choice("abcdefgh"), chance.choice("abcdefgh")
        lines.append(
            chance.choice(
                [
                    f"{name}{number} = [{other} for {other} in range({chance.randint(2, 99)})]",
                    f"{name}{number} = {chance.random():.3f} * {chance.randint(1, 9)} ** 2",
                    f"if {chance.random():.2f} > 0.5:\n    {name} = {chance.randint(1, 9)}",
                    f"def {name}{other}(x, y):\n    return x - y * {chance.randint(2, 9)}",
                ]
            )
        )
    return "\n".join(lines)
