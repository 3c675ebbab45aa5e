# %% [markdown]
# ## Before you hand in
#
# Choose **Restart and run all**, wait for the last cell, and read what it prints: it lists what is
# done and what is missing. (Colab stops at the first test that fails: there, run the last cell by
# itself.) Then save the notebook and hand in the `.ipynb` file under its own name,
# `{{notebook}}.ipynb`.

# %%
import json
from pathlib import Path

EXERCISES = "{{exercises}}"


def saved_cells():
    """Cells of this notebook as last saved (Colab, JupyterLab, VS Code), or None if unknown."""
    try:
        from google.colab import _message

        return _message.blocking_request("get_ipynb", timeout_sec=10)["ipynb"]["cells"]
    except Exception:  # not on Colab, or Colab does not answer
        pass
    name = globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(name), Path(Path(name).name), Path("{{notebook}}.ipynb")):
        if path.suffix == ".ipynb" and path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))["cells"]
    return None


def written_answers():
    """Text of each written answer by exercise, or None where the notebook cannot be read."""
    cells = saved_cells()
    if cells is None:
        return None
    answers = {}
    for cell in cells:
        exercise = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        if exercise in EXERCISES:
            answers[exercise] = "".join(cell["source"]).strip()
    return answers


def status(exercise, answers):
    """One word or two on how far `exercise` is."""
    if EXERCISES[exercise][0] == "code":
        if exercise in PASSED:
            return "visible tests pass"
        unanswered = "raise NotImplementedError" in cell_source(globals().get(exercise))
        return "NOT ANSWERED" if unanswered else "VISIBLE TESTS FAIL (or were not run)"
    if answers is None:
        return "look at it yourself"
    if answers.get(exercise) is None:
        return "CELL IS MISSING"
    return "NOT ANSWERED" if answers[exercise] in ("", "YOUR ANSWER HERE") else "answered"


def hand_in_check():
    """Print the state of every exercise and the points that are still open."""
    answers = written_answers()
    states = {exercise: status(exercise, answers) for exercise in EXERCISES}
    for exercise, (kind, points) in EXERCISES.items():
        print(f"{exercise:28} {kind:8} {points:4g} points   {states[exercise]}")
    missing = [exercise for exercise, state in states.items() if state != state.lower()]
    open_points = sum(EXERCISES[exercise][1] for exercise in missing)
    print()
    if answers is None:
        print("This program cannot read your written answers: check those cells by eye.")
    else:
        print("Written answers are read from the saved file: save first, then run this cell.")
    if missing:
        print(f"Still open: {len(missing)} exercises, {open_points:g} points.")
    else:
        print("Everything is there. Save the notebook and hand it in.")


hand_in_check()
