"""Broken notebooks earn what is in them: kinds of damage seen in classes, and random damage."""

import ast
import copy
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course import problem_set
from autograder.demo import fill_in, reference_answers
from autograder.grade import grade
from autograder.gradebook import nbgrader_api, read_grades
from autograder.healing import MAX_CELLS, Refused, heal, mend, read
from autograder.receipts import read_receipt
from autograder.text import read_cells

PS = problem_set("ps1")
RELEASE = nbformat.read(PS.release, as_version=4)
ANSWERS = reference_answers(PS)
CELLS = {cell.grade_id: cell for cell in read_cells(PS.text) if cell.role != "given"}
WORTH = {c.exercise: c.points for c in CELLS.values() if c.role == "test"}
WRITTEN = [cell.exercise for cell in CELLS.values() if cell.role == "answer"]
FULL = json.loads(nbformat.writes(fill_in(RELEASE, ANSWERS)))
BLANK = json.loads(nbformat.writes(RELEASE))
STUB = {c.metadata.nbgrader.grade_id: c.source for c in RELEASE.cells if "nbgrader" in c.metadata}


def definitions(source: str) -> dict[str, str]:
    try:
        body = ast.parse(source.replace("%matplotlib inline\n", "")).body
    except (SyntaxError, ValueError):
        return {}
    named = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return {node.name: ast.dump(node) for node in named}


RIGHT = {exercise: definitions(ANSWERS[exercise])[exercise] for exercise in WORTH}


def lost(notebook: nbformat.NotebookNode) -> set[str]:
    """Exercises in code whose test does not meet the reference solution when cells run in order."""
    latest, failed = {}, set(WORTH)
    for cell in notebook.cells:
        if cell.cell_type != "code" or "experiment" in cell.metadata.get("tags", []):
            continue
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        exercise = grade_id.removeprefix("test_")
        if grade_id.startswith("test_") and latest.get(exercise) == RIGHT[exercise]:
            failed.discard(exercise)
        elif not grade_id.startswith("test_"):
            latest |= definitions(cell.source)
    return failed


def by_grade(notebook: dict, grade_id: str) -> dict:
    found = (c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}) != {})
    return next(c for c in found if c["metadata"]["nbgrader"]["grade_id"] == grade_id)


def position(notebook: dict, grade_id: str) -> int:
    return next(n for n, c in enumerate(notebook["cells"]) if c is by_grade(notebook, grade_id))


def text(cell: dict) -> str:
    return "".join(cell["source"])


def code(source: str) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}


def prose(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


@dataclass(frozen=True)
class Damage:
    """A kind of damage: `do` gets a full notebook as JSON and returns what was handed in.

    `says` is looked for in what is said of it, `lost` are the exercises that it costs, `written`
    the answers that no longer read as they were written.
    """

    name: str
    do: Callable
    says: str = ""
    lost: frozenset = frozenset()
    written: frozenset = frozenset()


KINDS: list[Damage] = []


def kind(says: str = "", lost: tuple = (), written: tuple = ()) -> Callable:
    def add(function: Callable) -> Callable:
        name = " ".join(function.__doc__.split()).rstrip(".")
        KINDS.append(Damage(name, function, says, frozenset(lost), frozenset(written)))
        return function

    return add


# -- metadata and ids


@kind("without grading metadata")
def no_metadata(nb):
    """Metadata stripped, ids kept."""
    for cell in nb["cells"]:
        cell["metadata"] = {}


@kind("without grading metadata")
def colab(nb):
    """Saved by Colab: nbformat 4.0, ids in the metadata."""
    nb["nbformat_minor"] = 0
    nb["metadata"]["colab"] = {"provenance": []}
    for cell in nb["cells"]:
        cell["metadata"] = {"id": cell.pop("id"), "colab": {"base_uri": "x"}}


@kind("without grading metadata")
def nothing_left(nb):
    """Neither metadata nor ids: a script that copies cells."""
    for cell in nb["cells"]:
        cell["metadata"] = {}
        del cell["id"]


@kind()
def vs_code(nb):
    """Saved by VS Code with its own metadata and new ids."""
    for number, cell in enumerate(nb["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}


@kind("without grading metadata")
def half_merged(nb):
    """A merge lost the metadata of every other cell, and its id."""
    for cell in nb["cells"][::2]:
        cell["metadata"] = {}
        cell.pop("id")


@kind("points and marks")
def points_changed(nb):
    """Points, locks and kinds of cells changed."""
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "solution": True}


@kind("without grading metadata")
def ids_are_numbers(nb):
    """Grade ids of another type."""
    for number, cell in enumerate(nb["cells"]):
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] = number


@kind()
def null_metadata(nb):
    """Metadata that is null or a list."""
    for cell in nb["cells"]:
        if "nbgrader" not in cell["metadata"]:
            cell["metadata"] = random.Random(0).choice([None, [], "x"])
    nb["metadata"] = None


@kind()
def same_id_everywhere(nb):
    """All cells have the same id."""
    for cell in nb["cells"]:
        cell["id"] = "a"


@kind("points and marks|another cell")
def grade_ids_swapped(nb):
    """Tests and answers have exchanged their grade ids."""
    for exercise in WORTH:
        one = by_grade(nb, exercise)["metadata"]["nbgrader"]
        two = by_grade(nb, f"test_{exercise}")["metadata"]["nbgrader"]
        one["grade_id"], two["grade_id"] = two["grade_id"], one["grade_id"]


# -- cells


@kind("copied")
def answer_twice(nb):
    """A wrong attempt and the right answer in copies of one cell."""
    place = position(nb, "dropout_ridge")
    attempt = copy.deepcopy(nb["cells"][place])
    attempt["source"] = "def dropout_ridge(X, y, p):\n    return None\n"
    nb["cells"].insert(place, attempt)


@kind("copied")
def stub_twice(nb):
    """A merge brought the untouched stub back, below the answer."""
    place = position(nb, "dropout_ridge")
    stub = copy.deepcopy(nb["cells"][place])
    stub["source"] = STUB["dropout_ridge"]
    nb["cells"].insert(place + 1, stub)


@kind("copied")
def everything_twice(nb):
    """The whole notebook pasted below itself."""
    nb["cells"] += copy.deepcopy(nb["cells"])


@kind("another cell")
def split_helper(nb):
    """A helper before the function, the cell split between them."""
    place = position(nb, "kept_units_pmf")
    answer = text(nb["cells"][place])
    nb["cells"][place]["source"] = "def helper(k):\n    return k\n"
    nb["cells"].insert(place + 1, code(answer))


@kind("halves")
def split_in_the_middle(nb):
    """A cell split in the middle of its function."""
    place = position(nb, "kept_units_pmf")
    lines = text(nb["cells"][place]).split("\n")
    nb["cells"][place]["source"] = "\n".join(lines[:-2])
    nb["cells"].insert(place + 1, code("\n".join(lines[-2:])))


@kind("of another exercise")
def merged_cells(nb):
    """Two answers and the cells between them merged into one."""
    first, last = position(nb, "expected_dropout_loss"), position(nb, "dropout_ridge")
    whole = "\n\n".join(text(c) for c in nb["cells"][first : last + 1] if c["cell_type"] == "code")
    nb["cells"][first]["source"] = whole
    del nb["cells"][first + 1 : last + 1]


@kind("of another exercise")
def all_in_one(nb):
    """All answers in the first cell, the other stubs left as they are."""
    whole = "\n\n".join(ANSWERS[exercise] for exercise in WORTH)
    for exercise in WORTH:
        by_grade(nb, exercise)["source"] = STUB[exercise]
    by_grade(nb, "dropout_forward")["source"] = whole


@kind("put back")
def no_tests(nb):
    """All test cells deleted."""
    graded = [by_grade(nb, f"test_{exercise}") for exercise in WORTH]
    nb["cells"] = [cell for cell in nb["cells"] if not any(cell is g for g in graded)]


@kind("put back")
def only_answers_left(nb):
    """Everything deleted but the answers."""
    kept = [by_grade(nb, name) for name in [*WORTH, *WRITTEN]]
    nb["cells"] = [cell for cell in nb["cells"] if any(cell is k for k in kept)]


@kind("had been changed")
def edited_tests(nb):
    """Test and set-up cells edited."""
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("locked"):
            cell["source"] = "pass"


@kind("out of order")
def shuffled(nb):
    """All cells shuffled."""
    random.Random(1).shuffle(nb["cells"])


@kind("out of order")
def shuffled_and_bare(nb):
    """All cells shuffled, without metadata and ids."""
    nothing_left(nb)
    for cell in nb["cells"]:  # without its place, nothing tells whose answer a text is
        if text(cell) in [ANSWERS[name] for name in WRITTEN]:
            cell["source"] = ""
    random.Random(2).shuffle(nb["cells"])


KINDS[-1] = Damage(KINDS[-1].name, shuffled_and_bare, KINDS[-1].says, written=frozenset(WRITTEN))


@kind("out of order")
def reversed_order(nb):
    """The last cell first."""
    nb["cells"].reverse()


@kind("out of order")
def answers_at_the_end(nb):
    """Answers moved below everything."""
    moved = [by_grade(nb, exercise) for exercise in WORTH]
    nb["cells"] = [c for c in nb["cells"] if not any(c is m for m in moved)] + moved


@kind("No answer was found", lost=("relu_moments",))
def answer_deleted(nb):
    """The cell of an answer deleted."""
    del nb["cells"][position(nb, "relu_moments")]


@kind(lost=("relu_moments",))
def answer_untouched(nb):
    """One stub left as it is."""
    by_grade(nb, "relu_moments")["source"] = STUB["relu_moments"]


@kind("another cell")
def answer_in_scratch(nb):
    """The answer in a cell of its own above the untouched stub."""
    place = position(nb, "masked_dataset")
    nb["cells"][place]["source"] = STUB["masked_dataset"]
    nb["cells"].insert(place, code(ANSWERS["masked_dataset"]))


@kind("another cell")
def answer_in_the_test(nb):
    """The answer typed into the cell of its test."""
    by_grade(nb, "masked_dataset")["source"] = STUB["masked_dataset"]
    test = by_grade(nb, "test_masked_dataset")
    test["source"] = ANSWERS["masked_dataset"] + "\n\n" + text(test)


@kind("another cell")
def answer_in_an_experiment(nb):
    """The answer typed into an experiment, which is not run again; its own cell deleted."""
    del nb["cells"][position(nb, "train_linear")]
    cell = next(c for c in nb["cells"] if "experiment" in c["metadata"].get("tags", []))
    cell["source"] = ANSWERS["train_linear"] + "\n\n" + text(cell)


@kind("another cell")
def answer_at_the_bottom(nb):
    """The answer below everything, the stub untouched."""
    by_grade(nb, "dropout_backward")["source"] = STUB["dropout_backward"]
    nb["cells"].append(code(ANSWERS["dropout_backward"]))


@kind("of another exercise", lost=("dropout_ridge",))
def stub_in_another(nb):
    """An untouched stub copied into another answer does not count as one."""
    del nb["cells"][position(nb, "dropout_ridge")]
    other = by_grade(nb, "dropout_backward")
    other["source"] = text(other) + "\n\n" + STUB["dropout_ridge"]


KINDS[-1] = Damage(KINDS[-1].name, stub_in_another, "No answer", frozenset({"dropout_ridge"}))


@kind()
def types_changed(nb):
    """Answers in code as Markdown or raw cells, written answers as code."""
    for number, exercise in enumerate(WORTH):
        by_grade(nb, exercise)["cell_type"] = ("markdown", "raw")[number % 2]
    for name in WRITTEN:
        by_grade(nb, name)["cell_type"] = "code"


@kind(lost=("dropout_forward",))
def syntax_error(nb):
    """An answer that Python cannot read costs only itself."""
    by_grade(nb, "dropout_forward")["source"] = "def dropout_forward(x, p, train, rng:\n  return ("


@kind("stood beside")
def written_below(nb):
    """A written answer in a new cell below its own, in two parts."""
    place = position(nb, "ridge_proof")
    nb["cells"][place]["source"] = "YOUR ANSWER HERE"
    halves = ANSWERS["ridge_proof"].split("\n\n", 1)
    nb["cells"][place + 1 : place + 1] = [prose(half) for half in halves]


@kind("stood beside")
def written_into_the_question(nb):
    """A written answer typed below the question, its own cell deleted."""
    place = position(nb, "why_rescale")
    question = nb["cells"][place - 1]
    question["source"] = text(question) + "\n\n" + ANSWERS["why_rescale"]
    del nb["cells"][place]


@kind("copied")
def written_twice(nb):
    """A written answer and its untouched cell, pasted below it."""
    place = position(nb, "why_rescale")
    twin = copy.deepcopy(nb["cells"][place])
    twin["source"] = "YOUR ANSWER HERE"
    nb["cells"].insert(place + 1, twin)


# -- the file


@kind("conflict markers; the first side")
def conflict_in_the_file(nb):
    """Git's conflict markers between the cells."""
    lines = json.dumps(nb, indent=1).split("\n")
    place = lines.index(' "metadata": {')
    theirs = [*lines[place:], "oops"]
    return "\n".join(
        [*lines[:place], "<<<<<<< HEAD", *lines[place:], "=======", *theirs, ">>>>>>> b"]
    )


@kind("conflict markers; the second side")
def conflict_where_ours_is_cut(nb):
    """A conflict of which only the second side can be read."""
    whole = json.dumps(nb, indent=1)
    return f"<<<<<<< HEAD\n{whole[:5000]}\n||||||| base\n{{}}\n=======\n{whole}\n>>>>>>> other\n"


@kind("conflict markers in 1 cell")
def conflict_in_a_cell(nb):
    """Git's conflict markers inside an answer, the first side being cut."""
    cell = by_grade(nb, "dropout_ridge")
    cell["source"] = (
        f"<<<<<<< HEAD\ndef dropout_ridge(\n=======\n{ANSWERS['dropout_ridge']}\n>>>>>>> x"
    )


@kind("nbformat 3")
def nbformat_3(nb):
    """nbformat 3: worksheets, input, headings."""
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["prompt_number"] = cell.pop("execution_count")
            cell["outputs"] = [{"output_type": "pyout", "text": ["1"], "png": "x"}]
    nb["cells"].insert(0, {"cell_type": "heading", "level": 1, "source": ["Title"]})
    return {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": nb["cells"]}]}


@kind()
def nbformat_44(nb):
    """nbformat 4.4, which has no ids."""
    nb["nbformat_minor"] = 4
    for cell in nb["cells"]:
        del cell["id"]


@kind()
def no_version(nb):
    """The version is missing or absurd."""
    nb.pop("nbformat")
    nb["nbformat_minor"] = "five"


@kind()
def no_kernel(nb):
    """No kernel, no language."""
    nb["metadata"] = {}


@kind("kernel was julia")
def julia(nb):
    """Another language's kernel."""
    nb["metadata"] = {"kernelspec": {"name": "julia-1.10", "language": "julia"}}


@kind()
def foreign_kernel(nb):
    """The kernel of an environment that only the student has."""
    nb["metadata"]["kernelspec"] = {"name": "my-env", "display_name": "x", "language": "python"}


@kind()
def byte_order_mark(nb):
    """A byte order mark."""
    return b"\xef\xbb\xbf" + json.dumps(nb).encode()


@kind("UTF-16")
def utf_16(nb):
    """UTF-16, as PowerShell writes it."""
    return json.dumps(nb, ensure_ascii=False).encode("utf-16")


@kind("UTF-16-LE")
def utf_16_bare(nb):
    """UTF-16 without its mark."""
    return json.dumps(nb).encode("utf-16-le")


@kind("LATIN-1")
def latin_1(nb):
    """Latin-1."""
    nb["cells"].append(prose("für später"))
    return json.dumps(nb, ensure_ascii=False).encode("latin-1", "replace")


KINDS[-1] = Damage(KINDS[-1].name, latin_1, "LATIN-1", written=frozenset(WRITTEN))


@kind()
def carriage_returns(nb):
    """Line ends of Windows, in the file and in the cells."""
    for cell in nb["cells"]:
        cell["source"] = text(cell).replace("\n", "\r\n")
    return json.dumps(nb, indent=1).replace("\n", "\r\n")


@kind("NaN")
def nan(nb):
    """NaN and Infinity in the metadata."""
    nb["metadata"]["loss"] = [float("nan"), float("inf")]


@kind("twice count once")
def keys_twice(nb):
    """Keys that are there twice."""
    return json.dumps(nb).replace('"metadata": {', '"metadata": 1, "metadata": {')


@kind("after the end")
def two_files_in_one(nb):
    """The file written twice into one."""
    return json.dumps(nb) * 2


@kind("bare list")
def bare_list(nb):
    """A list of cells instead of a notebook."""
    return nb["cells"]


@kind("were no cells")
def odd_cells(nb):
    """Cells that are none, sources of every type, unknown types of cells."""
    odd = [None, 3, "text", [], {}, {"cell_type": "code"}, {"cell_type": 7, "source": None}]
    nb["cells"] += [*odd, {"cell_type": "code", "source": 12.5, "outputs": None, "metadata": [1]}]
    nb["cells"].append({"cell_type": "raw", "source": ["a", 3, None], "metadata": {"nbgrader": 3}})


@kind()
def bad_outputs(nb):
    """Outputs missing, of wrong types, nested deep, and huge."""
    codes = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    deep: list = []
    for _ in range(300):
        deep = [deep]
    for number, cell in enumerate(codes):
        many = [{"output_type": "stream", "name": "stdout", "text": "x" * 1000}] * 300
        cell["outputs"] = ([None, 3, {"output_type": ["x"]}], {}, deep, many)[number % 4]
        cell["execution_count"] = "many"
    del codes[0]["outputs"]


@kind()
def half_a_character(nb):
    """Half of a surrogate pair and control characters in the texts."""
    nb["cells"].insert(3, prose("\ud83d \x00\x1b[31m"))
    nb["cells"].insert(3, code("x = '\ud83d'"))


@kind()
def raw_line_ends(nb):
    """Line ends that are not escaped inside JSON's texts."""
    nb["cells"].insert(0, prose("HERE"))
    return json.dumps(nb).replace("HERE", "a\tb\nc")


@kind()
def magic(nb):
    """IPython magic above an answer."""
    cell = by_grade(nb, "dropout_ridge")
    cell["source"] = "%matplotlib inline\n" + text(cell)


def handed_in(do: Callable) -> bytes:
    """A full submission after the damage."""
    notebook = copy.deepcopy(FULL)
    made = do(notebook)
    made = notebook if made is None else made
    if isinstance(made, (dict, list)):
        made = json.dumps(made)
    return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


def check(notebook: nbformat.NotebookNode) -> None:
    """What holds of every healed notebook: the release's cells are there once, as they were."""
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    graded = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [cell.metadata.nbgrader.grade_id for cell in graded]
    assert len(set(names)) == len(names)
    for cell in RELEASE.cells:
        facts = cell.metadata.get("nbgrader", {})
        if facts.get("locked") or facts.get("grade"):
            (mine,) = (c for c in graded if c.metadata.nbgrader.grade_id == facts.grade_id)
            assert mine.metadata.nbgrader == facts
            assert mine.cell_type == cell.cell_type
            assert mine.source == cell.source or not facts.locked
    nbformat.writes(notebook).encode()


def test_a_whole_notebook_stays_as_it_is():
    for notebook in (FULL, BLANK):
        data = json.dumps(notebook).encode()
        healed, said = mend(data, RELEASE)
        assert said == []
        before = nbformat.reads(data.decode(), as_version=4)
        assert [c.source for c in healed.cells] == [c.source for c in before.cells]
        assert [c.id for c in healed.cells] == [c.id for c in before.cells]
    assert lost(mend(json.dumps(FULL).encode(), RELEASE)[0]) == set()
    assert lost(mend(json.dumps(BLANK).encode(), RELEASE)[0]) == set(WORTH)


def test_there_are_at_least_thirty_kinds():
    assert len({damage.name for damage in KINDS}) == len(KINDS) >= 50


@pytest.mark.parametrize("damage", KINDS, ids=[damage.name for damage in KINDS])
def test_damage(damage):
    healed, said = mend(handed_in(damage.do), RELEASE)
    check(healed)
    assert lost(healed) == damage.lost
    told = " ".join(said)
    assert re.search(damage.says, told) if damage.says else not said or damage.written, told
    for name in WRITTEN:
        cell = next(c for c in healed.cells if c.id == name.replace("_", "-"))
        same = cell.source.split() == ANSWERS[name].split()
        assert same or name in damage.written, name
    assert heal(healed, RELEASE)[0] == healed


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "empty"),
        (json.dumps(FULL).encode()[:20_000], "cut"),
        (json.dumps(FULL).encode("utf-16")[:20_001], "cut"),
        (b"%PDF-1.7 \xff\xfe\x00", "cut"),
        (b"[1, 2]", "other data"),
        (b'"text"', "other data"),
        (b"{}", "no cells"),
        (b'{"cells": {}}', "no cells"),
        (b"[" * 200_000, "too deep"),
        (b'{"cells": [' + b"{}," * 3, "cut"),
        (b'{"cells": [' + b",".join([b"{}"] * (MAX_CELLS + 1)) + b"]}", "more than"),
        (b"x" * 20_000_001, "larger than"),
    ],
)
def test_what_is_no_notebook_is_refused(data, said):
    with pytest.raises(Refused, match=said):
        read(data)


def test_experiments_are_known_without_metadata_and_when_edited():
    """They would be run again, and take long, if they passed for cells of the student."""
    notebook = copy.deepcopy(FULL)
    nothing_left(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = text(cell).replace("0.5", "0.25") + "\n# my change"
    healed, _ = mend(json.dumps(notebook).encode(), RELEASE)
    due = [c.id for c in RELEASE.cells if c.metadata.get("tags") == ["experiment"]]
    assert [c.id for c in healed.cells if c.metadata.get("tags") == ["experiment"]] == due
    assert len(healed.cells) == len(RELEASE.cells)
    nothing_left(unchanged := copy.deepcopy(FULL))
    healed, _ = mend(json.dumps(unchanged).encode(), RELEASE)
    assert [cell.id for cell in healed.cells] == [cell.id for cell in RELEASE.cells]


def test_a_merged_answer_gets_a_cell_of_its_own():
    """Tests look at whole cells: PyTorch next to NumPy's answers would count against them."""
    healed, _ = mend(handed_in(all_in_one), RELEASE)
    for exercise in WORTH:
        (cell,) = [c for c in healed.cells if c.id == exercise.replace("_", "-")]
        assert set(definitions(cell.source)) == {exercise}


def test_an_empty_notebook_has_everything_missing():
    healed, said = mend(b'{"cells": []}', RELEASE)
    check(healed)
    assert lost(healed) == set(WORTH)
    assert "put back" in " ".join(said)


# -- random damage

HARMLESS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "copy", "move", "strip", "no id", "claim", "junk"]),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    ),
    max_size=25,
)
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def knock(cells: list[dict], what: str, one: int, two: int) -> None:
    """One blow to a notebook that leaves every answer in code somewhere."""
    if not cells:
        return
    place, other = one % len(cells), two % len(cells)
    cell = cells[place]
    answer = bool(set(definitions(text(cell))) & set(WORTH))
    metadata = cell.setdefault("metadata", {})
    if what == "delete" and not answer:
        del cells[place]
    elif what == "copy":
        cells.insert(other, copy.deepcopy(cell))
    elif what == "move":
        cells.insert(other, cells.pop(place))
    elif what == "strip":
        cell["metadata"] = {}
    elif what == "no id":
        cell.pop("id", None)
    elif what == "claim" and not answer:
        metadata["nbgrader"] = {"grade_id": list(STUB)[two % len(STUB)], "points": two}
    elif what == "junk":
        metadata[f"x{two}"] = [None, {}, two]


@QUICK
@given(HARMLESS)
def test_blows_that_leave_the_answers_cost_nothing(blows):
    notebook = copy.deepcopy(FULL)
    for what, one, two in blows:
        knock(notebook["cells"], what, one, two)
    healed, _ = mend(json.dumps(notebook).encode(), RELEASE)
    check(healed)
    assert lost(healed) == set()
    assert heal(healed, RELEASE)[0] == healed


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@QUICK
@given(st.data())
def test_junk_anywhere_never_breaks_the_mending(data):
    notebook = copy.deepcopy(FULL)
    for _ in range(data.draw(st.integers(1, 6))):
        cell = data.draw(st.sampled_from(notebook["cells"]))
        if not isinstance(cell, dict):
            continue
        keys = ["cell_type", "source", "metadata", "outputs", "id", "nbgrader"]
        key, value = data.draw(st.sampled_from(keys)), data.draw(JUNK)
        if key == "nbgrader" and isinstance(cell.get("metadata"), dict):
            cell["metadata"]["nbgrader"] = value
        elif data.draw(st.booleans()):
            cell[key] = value
        else:
            cell.pop(key, None)
    healed, _ = mend(json.dumps(notebook).encode("utf-8", "surrogatepass"), RELEASE)
    check(healed)


@QUICK
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.binary(max_size=20))
def test_damaged_bytes_are_mended_or_refused(start, length, put):
    whole = json.dumps(FULL).encode()
    start %= len(whole)
    data = whole[:start] + put + whole[start + length % 200 :]
    try:
        healed, _ = mend(data, RELEASE)
    except Refused:
        return
    check(healed)


# -- through the jail


def test_broken_notebooks_in_a_batch_cost_nobody_else_a_point(tmp_path):
    """Some kinds through the real engine, next to whole, blank and unreadable submissions."""
    chosen = (
        *(nothing_left, all_in_one, shuffled, no_tests, types_changed, utf_16),
        *(answer_in_the_test, conflict_in_a_cell, nbformat_3, magic),
    )
    submitted = {do.__name__: handed_in(do) for do in chosen}
    submitted |= {"whole": handed_in(lambda nb: nb), "blank": json.dumps(BLANK).encode()}
    submitted["cut"] = handed_in(lambda nb: nb)[:9_000]
    for student, data in submitted.items():
        path = tmp_path / "submitted" / student / "ps1" / PS.release.name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    finished = list(grade(PS, tmp_path, workers=2))
    failed = [(done.student, done.error) for done in finished if done.error]
    assert failed == [("cut", "not a notebook: the file is cut or not JSON")]
    grades = read_grades(nbgrader_api(tmp_path), PS)
    short = {
        student: {g.exercise for g in row if not g.written and g.points < WORTH[g.exercise]}
        for student, row in grades.items()
        if student != "cut"
    }
    assert short.pop("blank") == set(WORTH)
    assert short == {student: set() for student in set(submitted) - {"blank", "cut"}}
    for student in short:
        receipt = read_receipt(tmp_path / "autograded" / student / "ps1")
        assert bool(receipt["mended"]) == (student not in ("whole", "types_changed", "magic")), (
            student
        )
