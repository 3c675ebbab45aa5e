"""The engine on a small set: what tests see of the jail, why exercises fail, what survives."""

import copy
from pathlib import Path

import nbformat
import pytest

from autograder import engine
from autograder.build import source_notebook
from autograder.course import ProblemSet, problem_set
from autograder.demo import fill_in
from autograder.sandbox import Jail, Limits
from autograder.suite import load_suite
from autograder.text import read_cells

TEXT = """\
# %% [markdown]
# # Problem set 9 · Small

# %% tags=["setup"]
import time
import warnings

import numpy as np
import torch


class ForbiddenError(AssertionError):
    pass


def check_source(function):
    if "torch" in function.cell_source:
        raise ForbiddenError("torch is not allowed")


def passed(exercise):
    print(exercise, "passed")


# %% solution="double"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% test="double" points=2
check_source(double)
assert double(2) == 4, "double(2) is 4"
passed("double")
### BEGIN HIDDEN TESTS
assert double(3) == 6, "double(3) is 6"
x = np.arange(6.0).reshape(2, 3)
before = x.copy()
assert np.array_equal(double(x[:, ::2]), 2 * before[:, ::2])
assert np.array_equal(x, before), "x was changed"
### END HIDDEN TESTS

# %% tags=["experiment"]
print("experiment", double(21))


# %% solution="draw"
def draw(rng):
    ### BEGIN SOLUTION
    return rng.random(3)
    ### END SOLUTION


# %% test="draw" points=3
rng, same = np.random.default_rng(1), np.random.default_rng(1)
assert draw(rng).tolist() == same.random(3).tolist()
assert rng.random() == same.random(), "the generator went on"
passed("draw")
### BEGIN HIDDEN TESTS
torch.manual_seed(5)
state = torch.get_rng_state()
draw(rng)
assert torch.equal(torch.get_rng_state(), state), "torch's random state was changed"
with warnings.catch_warnings():
    warnings.simplefilter("error")
    processor = time.process_time()
    draw(rng)
    assert time.process_time() - processor < 0.4, "draw computes for long"
### END HIDDEN TESTS


# %% solution="Counter"
class Counter:
    ### BEGIN SOLUTION
    def __init__(self, start):
        self.total = start

    def add(self, number):
        self.total += number
        return self.total

    def __call__(self):
        return self.total
    ### END SOLUTION


# %% test="Counter" points=4
counter = Counter(3)
assert counter.add(4) == 7
assert counter() == 7
passed("Counter")
### BEGIN HIDDEN TESTS
assert counter.add(-1) == 6
### END HIDDEN TESTS
"""
LIMITS = Limits(call_seconds=1, test_seconds=20, submission_seconds=30)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The small set: its suite of tests, its release, and a right submission."""
    folder = tmp_path_factory.mktemp("small")
    ps = ProblemSet("ps9", "small", folder)
    ps.text.parent.mkdir()
    ps.text.write_text(TEXT, encoding="utf-8")
    cells = read_cells(ps.text)
    ps.source.parent.mkdir(parents=True)
    ps.source.write_text(source_notebook(ps, cells), encoding="utf-8")
    full = nbformat.read(ps.source, as_version=4)
    return load_suite(ps.source), full


@pytest.fixture(scope="module")
def jail():
    with Jail(limits=LIMITS) as jail:
        yield jail


@pytest.fixture
def grade(made, jail):
    suite, full = made

    def run(answers=None, extra=(), **options):
        notebook = fill_in(copy.deepcopy(full), answers or {})
        for at, source in extra:
            notebook.cells.insert(at, nbformat.v4.new_code_cell(source))
        found = engine.grade_notebook(notebook, suite, jail, **options)
        return {r.exercise: r for r in found.results}, notebook, found

    return run


def test_right_answers_pass(grade):
    results, notebook, _ = grade()
    assert {e: (r.reason, r.points) for e, r in results.items()} == {
        "double": ("passed", 2),
        "draw": ("passed", 3),
        "Counter": ("passed", 4),
    }
    assert [o.text for c in notebook.cells if c.id == "test-double" for o in c.outputs] == [
        "double passed\n"
    ]


REASONS = {
    "wrong": "def double(x):\n    return 3 * x",
    "error": "def double(x):\n    return 1 / 0",
    "timeout": "def double(x):\n    while True:\n        pass",
    "memory": "def double(x):\n    return np.ones(2**33)",
    "crashed": "def double(x):\n    import os\n    os.abort()",
    "missing": "def double(x):\n    raise NotImplementedError('double')",
    "forbidden": "def double(x):\n    return (torch.tensor(x) * 2).numpy()",
}


@pytest.mark.parametrize("reason", REASONS)
def test_reasons_and_the_other_exercises_keep_their_points(grade, reason):
    results, notebook, _ = grade({"double": REASONS[reason]})
    assert results["double"].reason == reason
    assert results["double"].points == 0
    assert results["double"].message
    assert not results["double"].hidden
    assert results["draw"].reason == results["Counter"].reason == "passed"
    (cell,) = (c for c in notebook.cells if c.id == "test-double")
    assert cell.outputs[-1].output_type == "error"


@pytest.mark.parametrize("text", ["", "def double(x:", "del double", "raise ValueError"])
def test_no_function_is_missing(grade, text):
    results, _, _ = grade({"double": text})
    assert results["double"].reason == "missing"
    assert results["draw"].reason == "passed"


def test_a_hidden_failure_says_so(grade):
    results, notebook, _ = grade({"double": "double = lambda x: x + 2"})
    assert results["double"].hidden
    assert results["double"].message == "double(3) is 6"
    (cell,) = (c for c in notebook.cells if c.id == "test-double")
    shown = "\n".join(cell.outputs[-1].traceback)
    assert '----> 5 assert double(3) == 6, "double(3) is 6"' in shown


def test_a_changed_input_is_noticed(grade):
    results, _, _ = grade({"double": "def double(x):\n    x *= 2\n    return x"})
    assert results["double"].message == "x was changed"


def test_a_result_that_is_an_argument_is_that_argument(grade):
    results, _, _ = grade({"draw": "def draw(rng):\n    rng.x = rng\n    return rng"})
    assert results["draw"].reason == "error"


def test_global_random_state_and_warnings_come_across(grade):
    changed = "def draw(rng):\n    torch.rand(1)\n    return rng.random(3)"
    assert grade({"draw": changed})[0]["draw"].message == "torch's random state was changed"
    warned = "def draw(rng):\n    warnings.warn('odd', UserWarning)\n    return rng.random(3)"
    assert "UserWarning: odd" in grade({"draw": warned})[0]["draw"].message


def test_processor_time_of_the_jail_counts_in_a_test(grade):
    spins = "    end = time.process_time() + 0.6\n    while time.process_time() < end: pass\n"
    answer = f"def draw(rng):\n{spins}    return rng.random(3)"
    assert grade({"draw": answer})[0]["draw"].message == "draw computes for long"


def test_a_cell_that_kills_is_left_out_when_the_others_run_again(grade):
    results, notebook, run = grade(extra=[(3, "count = 1"), (4, "import os; os._exit(1)")])
    assert {r.reason for r in results.values()} == {"passed"}
    assert run.restarts == 2
    killers = [c for c in notebook.cells if "os._exit" in c.source]
    assert killers[0].outputs[0].ename == "crashed"


def test_a_failed_cell_does_not_stop_the_others(grade):
    results, _, run = grade(extra=[(3, "1 / 0"), (3, "import sys; sys.exit(1)")])
    assert {r.reason for r in results.values()} == {"passed"}
    assert run.restarts == 1


def test_what_a_cell_defines_later_counts(grade):
    later = "double = lambda x: torch.tensor(0)"
    assert grade(extra=[(3, later)])[0]["double"].reason == "forbidden"
    hidden = "%matplotlib inline\ndouble = lambda x: torch.tensor(0)"
    assert grade(extra=[(3, hidden)])[0]["double"].reason == "forbidden"


def test_what_a_cell_uses_of_others_counts(grade):
    helper = "def twice(x):\n    return torch.tensor(2 * x)"
    lent = "def double(x):\n    return twice(x).numpy()"
    assert grade(extra=[(3, helper), (4, lent)])[0]["double"].reason == "forbidden"
    broken = "def double(x:\n    return x"
    assert grade(extra=[(3, broken)])[0]["double"].reason == "passed"
    assert grade({"double": broken})[0]["double"].reason == "missing"


def test_the_jail_has_loaded_what_answers_need():
    """Or each submission pays for it; whatever no answer needs would only slow the start."""
    needed = load_suite(problem_set("ps1").source).modules
    assert {"numpy", "scipy.special", "torch.optim"} <= set(needed)
    assert "torch.optim" not in load_suite(problem_set("ps2").source).modules
    loaded = "import sys; print([m in sys.modules for m in ('modulefinder', 'zipapp')])"
    with Jail(modules=("modulefinder",)) as jail, jail.session() as session:
        answer, _ = session.request(("cell", loaded), 10)
    assert answer["outputs"][0]["text"] == "[True, False]\n"


def test_the_time_of_a_submission_ends(made):
    suite, full = made
    limits = Limits(call_seconds=5, test_seconds=5, submission_seconds=3)
    notebook = copy.deepcopy(full)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("while True: pass"))
    with Jail(limits=limits) as jail:
        run = engine.grade_notebook(notebook, suite, jail)
    assert {r.reason for r in run.results} == {"timeout"}


HANDED_IN = nbformat.v4.new_output(
    "display_data",
    data={
        "image/png": "iVBORw0KGgo=",
        "text/html": "<script>alert(1)</script>",
        "text/plain": "<Figure>",
    },
)


def test_experiments_keep_what_was_handed_in(grade, made):
    cell = next(c for c in made[1].cells if c.source.startswith('print("experiment"'))
    cell.outputs = [HANDED_IN]
    try:
        _, notebook, _ = grade()
        _, rerun, _ = grade(rerun_experiments=True)
    finally:
        cell.outputs = []
    (kept,) = (c for c in notebook.cells if c.id == cell.id)
    assert kept.outputs[0].data == {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}
    (again,) = (c for c in rerun.cells if c.id == cell.id)
    assert again.outputs[0].text == "experiment 42\n"


@pytest.mark.parametrize(
    "use",
    [
        "counter == counter",
        "counter != 1",
        "counter < 1",
        "bool(counter)",
        "len(counter)",
        "list(counter)",
        "float(counter)",
        "counter + 1",
        "counter[0]",
        "counter in [1]",
        "{counter}",
        "np.asarray(counter)",
        "np.array_equal(np.zeros(1), counter)",
        "torch.tensor(counter)",
        "f'{counter}'",
        "counter.total > 1",
        "copy.copy(counter)",
        "[Counter(1)] == [Counter(1)]",
    ],
)
def test_handles_stand_for_nothing(made, jail, tmp_path, use):
    suite, full = made
    notebook = copy.deepcopy(full)
    test = next(c for c in notebook.cells if c.id == "test-Counter")
    test.source = f"import copy\ncounter = Counter(3)\ntry:\n    {use}\n" + (
        "except (TypeError, AttributeError):\n    pass\nelse:\n    raise AssertionError('usable')"
    )
    path = Path(tmp_path / "small.ipynb")
    nbformat.write(notebook, path)
    suite = load_suite(path)
    run = engine.grade_notebook(copy.deepcopy(full), suite, jail)
    (result,) = (r for r in run.results if r.exercise == "Counter")
    assert result.reason == "passed", result.message
