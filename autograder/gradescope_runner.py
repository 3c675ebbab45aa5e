"""Runs otter on Gradescope and always leaves a results.json that a student can read.

It stands in the zip as run_otter.py, apart from the rest of the package. otter alone leaves no
results when the file is no notebook, when the kernel dies and when a loop never ends.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent  # /autograder/source
CELL_SECONDS = 30  # as under nbgrader
TOTAL_SECONDS = int(os.environ.get("COURSE_TOTAL_SECONDS", "540"))  # Gradescope stops after 600


class BadSubmission(Exception):
    """What is wrong with what was handed in, said to the student."""


def main() -> None:
    """Grade what is in /autograder/submission and write /autograder/results/results.json."""
    if sys.argv[1:] == ["--grade"]:
        grade()
        return
    course = json.loads((HERE / "course.json").read_text(encoding="utf-8"))
    start = time.monotonic()
    try:
        prepare(HERE.parent / "submission", course)
        results = run()
    except BadSubmission as problem:
        results = {
            "score": 0,
            "output": f"Your submission could not be graded: {problem}",
            "tests": [
                {"name": name, "score": 0, "max_score": points, "status": "failed"}
                for name, points in course["points"].items()
            ],
        }
    results |= {"output_format": "text", "stdout_visibility": "hidden"}
    results["execution_time"] = round(time.monotonic() - start)
    folder = HERE.parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=2), encoding="utf-8")


def prepare(folder: Path, course: dict) -> None:
    """Leave one notebook of this set in `folder`, marked for otter, or raise BadSubmission."""
    found = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not {".ipynb_checkpoints", "__MACOSX"} & set(path.relative_to(folder).parts)
    ]
    name = f"{course['notebook']}.ipynb"
    if len(found) > 1:
        found = [path for path in found if path.name == name] or found
    if not found:
        raise BadSubmission(f"it holds no notebook. Hand in {name}.")
    if len(found) > 1:
        listed = ", ".join(str(path.relative_to(folder)) for path in found)
        raise BadSubmission(f"it holds several notebooks ({listed}). Hand in {name} alone.")
    try:
        notebook = json.loads(found[0].read_text(encoding="utf-8"))
        text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
        mark(notebook)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadSubmission(
            f"{found[0].name} is not a complete notebook. Save it and hand it in again."
        ) from None
    if not re.search(rf"^(def|class) ({'|'.join(course['points'])})\b", text, re.MULTILINE):
        raise BadSubmission(
            f"{found[0].name} holds no exercise of {course['set']}. Is it another set's notebook?"
        )
    for path in folder.rglob("*.ipynb"):
        path.unlink()
    (folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def mark(notebook: dict) -> None:
    """Let otter run the tests of an exercise at its test cell, and leave the experiments out.

    Releases come with these marks, but other editors may drop them. The student's cells are
    limited in time; those that otter adds are not, because each test has its own limit and an
    interrupt between two tests would lose the results.
    """
    for cell in notebook["cells"]:
        metadata = cell.setdefault("metadata", {})
        metadata["limited"] = True
        grading = metadata.get("nbgrader", {})
        if cell["cell_type"] == "code" and grading.get("grade"):
            metadata["otter"] = {"tests": [grading["grade_id"].removeprefix("test_")]}
        elif "experiment" in metadata.get("tags", []):
            metadata["otter"] = {"ignore": True}


def run() -> dict:
    """Grade in a process of its own, with a time limit; return the results for Gradescope."""
    pickled = HERE.parent / "results" / "results.pkl"
    pickled.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, __file__, "--grade"],
        cwd=HERE.parent,
        env={**os.environ, "COURSE_SCALE": "smoke", "OMP_NUM_THREADS": "1"},
    )
    try:
        status = process.wait(TOTAL_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # so that the notebook's kernel is ended as well
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise BadSubmission(
            f"it ran for more than {TOTAL_SECONDS} seconds. Look for a loop that never ends."
        ) from None
    if status or not pickled.is_file():
        raise BadSubmission(
            "Python ended while it ran your notebook. Does it need too much memory, or does it"
            " call exit()? Choose Restart and run all before you hand in."
        )
    return gradescope_results(pickled)


def grade() -> None:
    """Run otter with a time limit for each cell, which otter does not offer."""
    import nbconvert.preprocessors
    from otter.run.run_autograder import main as otter

    class LimitedExecute(nbconvert.preprocessors.ExecutePreprocessor):
        def __init__(self, **options: object) -> None:
            super().__init__(timeout_func=seconds, interrupt_on_timeout=True, **options)

    def seconds(cell: dict) -> int | None:
        return CELL_SECONDS if cell["metadata"].get("limited") else None

    nbconvert.preprocessors.ExecutePreprocessor = LimitedExecute
    otter(str(HERE.parent), logo=False)


def gradescope_results(pickled: Path) -> dict:
    """otter's results in Gradescope's fields.

    What the visible tests say is shown at once; points come with the grades, and of the hidden
    tests only whether they passed, because their messages may hold expected values.
    """
    import dill

    with pickled.open("rb") as file:
        graded = dill.load(file)
    if graded.has_catastrophic_failure():
        raise BadSubmission("Python ended before the tests were done. Does a cell call exit()?")
    tests = [
        {
            "name": "Visible tests",
            "score": 0,
            "max_score": 0,
            "status": "passed" if graded.passed_all_public else "failed",
            "output": graded.summary(public_only=True),
            "visibility": "visible",
        }
    ]
    for exercise in graded.results.values():
        said = exercise.summary(public_only=True)
        if exercise.passed_all_public and not exercise.passed_all:
            said = f"{exercise.name}: the visible tests pass, a hidden test failed."
        tests.append(
            {
                "name": exercise.name,
                "score": exercise.score,
                "max_score": exercise.possible,
                "status": "passed" if exercise.passed_all else "failed",
                "output": said,
                "visibility": "after_published",
            }
        )
    return {"tests": tests}


if __name__ == "__main__":
    main()
