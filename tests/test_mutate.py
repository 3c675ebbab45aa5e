"""Mutation testing of the hidden tests, and whether one answer costs another's points."""

import pytest

from autograder import mutate
from autograder.course import CourseError, ProblemSet, problem_set
from autograder.isolation import isolation
from autograder.mutate import Trial, load_equivalents, run_trials
from autograder.mutations import mutants

TEXT = '''# %% [markdown]
# # Problem set 1 · Counting

# %% tags=["setup"]
def passed(exercise):
    """Say that the visible tests pass."""

# %% solution="count_up"
def count_up(n, start=0):
    """Count from start to n, one by one."""
    ### BEGIN SOLUTION
    while start < n:
        start += 1
    return start
    ### END SOLUTION

# %% test="count_up" points=5
assert count_up(0) == 0
passed("count_up")
### BEGIN HIDDEN TESTS
def hidden_tests():
    assert count_up(3) >= 3


hidden_tests()
### END HIDDEN TESTS

# %% solution="double"
def double(n):
    """Twice n."""
    ### BEGIN SOLUTION
    if n < 0:
        raise ValueError("n is negative")
    return n + n
    ### END SOLUTION

# %% test="double" points=5
assert double(2) == 4
passed("double")
### BEGIN HIDDEN TESTS
def hidden_tests():
    assert double(count_up(3)) == 6


hidden_tests()
### END HIDDEN TESTS
'''
VARIANTS = {
    "count_up": '# %% right="max"\ndef count_up(n, start=0):\n    return max(n, start)\n'
    '\n# %% wrong="It counts one too many."\ndef count_up(n, start=0):\n    return n + 1\n',
    "double": '# %% right="product"\ndef double(n):\n    return 2 * n\n'
    '\n# %% right="a product that is refused"\ndef double(n):\n    return 3 * n\n',
}


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A set whose hidden tests are weak: they accept a count that is too high, and a negative n."""
    monkeypatch.setattr(mutate, "SLACK", 0.3)
    ps = ProblemSet("ps1", "counting", tmp_path)
    ps.variants.mkdir(parents=True)
    ps.text.parent.mkdir()
    ps.text.write_text(TEXT, encoding="utf-8")
    for name, text in VARIANTS.items():
        (ps.variants / f"{name}.py").write_text(text, encoding="utf-8")
    return ps


def scores(ps, exercise, workers=2):
    (score,) = mutate.mutate(ps, exercise, workers)
    return score


def cell(*body):
    lines = "\n".join(f"    {line}" for line in body)
    return f"def f(x, p, rng, seed):\n    ### BEGIN SOLUTION\n{lines}\n    ### END SOLUTION\n"


def changes(*body):
    """What the lines of `body` become, one string a mutant."""
    return {
        "\n".join(line[1:].strip() for line in mutant.diff.split("\n") if line[0] == "+")
        for mutant in mutants(cell(*body))
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return x < p", {"return x <= p", "return x > p"}),
        ("return x - p", {"return x + p", "return p - x", "return x", "x -= p; return x"}),
        ("return -x.T", {"return +x.T", "return -x"}),
        ("c = x - p", {"x -= p; c = x"}),
        ("x = x - p", {"x -= p", "pass"}),
        ("return x.mean(axis=1, keepdims=True)", {"return x.mean(axis=0, keepdims=True)"}),
        ("return x.mean(axis=1, keepdims=True)", {"return x.mean(axis=1, keepdims=False)"}),
        ("return x.mean(axis=1, keepdims=True)", {"return x.mean(axis=1, )"}),
        ("return x.sum(axis=(0, 2))", {"return x.mean(axis=(0, 2))", "return x.sum(axis=(0,))"}),
        ("return x.var(axis=0)", {"return x.var(axis=0, ddof=1)"}),
        ("return x.copy()", {"return x"}),
        ("return np.maximum(x, 0)", {"return np.minimum(x, 0)", "return x"}),
        ("return np.where(x, p, 0)", {"return np.where(p, x, 0)", "return np.where(x, 0, p)"}),
        ("return np.exp(x)", {"return np.log(x)", "return x"}),
        ("return np.zeros(p, dtype=np.float64)", {"return np.zeros(p, dtype=np.float32)"}),
        ("return x.astype(np.float32)", {"return x", "return x.astype(np.float64)"}),
        ("return x + 1e-5", {"return x + 0.0", "return x + 0.0001"}),
        ("return x[1:p]", {"return x[1:]", "return x[:p]", "return x[1:p - 1]", "return x[0:p]"}),
        ("return x / len(p)", {"return x / (len(p) - 1)", "return len(p) / x", "return x"}),
        ("return x[::-1]", {"return x[:]"}),
        ("return range(p)", {"return range(p - 1)", "return range(p + 1)"}),
        ("return 0 <= x <= p", {"return 0 <= x", "return x <= p", "return 0 < x <= p"}),
        ("return x and p", {"return x or p", "return x", "return p"}),
        ("x.eval()", {"pass", "x.train()"}),
        ("return rng.random(x)", {"return np.random.default_rng(0).random(x)"}),
        ("torch.manual_seed(seed)", {"torch.manual_seed(0)", "pass"}),
        ("return rng.permutation(x)", {"return np.arange(x)"}),
        ("return rng.choice(x, replace=False)", {"return rng.choice(x, replace=True)"}),
        ("np.add.at(x, p, 1)", {"x[p] += 1"}),
        ("return x, p", {"return p, x"}),
        ('return {"mean", "var"}', {'return {"mean"}', 'return {"var"}'}),
        ("return x if p else rng", {"return x if (p) and False else rng"}),
    ],
)
def test_operators(line, expected):
    assert expected <= changes(line)


def test_blocks_change_too():
    assert "if False:" in changes("if p < 0:", '    raise ValueError("p")', "return x")
    assert "if True:" in changes("with torch.no_grad():", "    return x")
    assert {"if True:", "if False:"} <= changes("if p:", "    x = 1", "return x")


def test_only_what_students_write_changes():
    source = 'def f(x, eps=1e-5):\n    """Add 1."""\n    y = 1\n' + cell(
        'raise ValueError("p must be 1")', 'raise KeyError(f"p is {p + 1}")'
    )
    assert mutants(source) == []


def test_mutants_are_distinct_and_in_order():
    found = mutants(cell("y = x + 1", "return (y + 1) * y + 1"))
    assert len({mutant.source for mutant in found}) == len(found)
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    assert found == mutants(cell("y = x + 1", "return (y + 1) * y + 1"))


def test_a_survivor_is_shown(toy):
    score = scores(toy, "count_up")
    survivors = [one.mutant.diff for one in score.survivors]
    assert "-    while start < n:\n+    while start <= n:" not in survivors  # count_up(0) is 1
    assert "-        start += 1\n+        start += 2" in survivors
    assert not score.good
    report = "\n".join(score.lines())
    assert "FAIL count_up" in report
    assert "assignments/ps1_counting.py:13\n" in report
    assert "-        start += 1\n       +        start += 2" in report


def test_an_endless_mutant_ends_and_counts(toy):
    score = scores(toy, "count_up")
    (endless,) = [one for one in score.judged if one.mutant.diff.endswith("start -= 1")]
    assert endless.verdict.error.startswith("TimeOutError")
    assert endless.verdict.visible
    (seen,) = [one for one in score.judged if one.mutant.diff.endswith("start <= n:")]
    assert not seen.verdict.visible


def test_a_process_that_dies_is_noticed(toy):
    body = "def double(n):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)"
    (dead, fine) = run_trials(toy, [Trial("double", {"double": body}), Trial("double")], 2)
    assert dead.error == "the process ended with -9"
    assert fine.error == ""


def test_a_refused_right_answer_is_a_failure(toy):
    score = scores(toy, "double")
    assert [variant.note for variant, _ in score.refused] == ["a product that is refused"]
    assert "refused, though right: a product that is refused" in "\n".join(score.lines())
    assert not score.good


ENTRY = """[[ps1.double]]
reason = "No test of this toy looks at negative numbers."
mutants = ['''
- if n < 0:
+ if False:
''', '''
- if n < 0:
+ if n <= 0:
''']
"""


def test_equivalents_are_listed_and_stale_ones_reported(toy):
    before = scores(toy, "double")
    mutate.equivalents_path(toy).write_text(ENTRY, encoding="utf-8")
    score = scores(toy, "double")
    assert score.counted == before.counted - 2
    assert score.killed == before.killed
    assert {one.equivalent for one in score.judged} == {
        "",
        *load_equivalents(toy)["double"].values(),
    }
    assert not score.stale
    mutate.equivalents_path(toy).write_text(ENTRY.replace("n <= 0", "n < 7"), encoding="utf-8")
    score = scores(toy, "double")
    assert score.stale == ("- if n < 0:\n+ if n < 7:",)
    assert "stale: " in "\n".join(score.lines())
    assert not score.good


def test_entries_for_unknown_exercises_are_reported(toy):
    mutate.equivalents_path(toy).write_text(ENTRY.replace("double", "treble"), encoding="utf-8")
    with pytest.raises(CourseError, match="no exercise 'treble'"):
        list(mutate.mutate(toy, None, 1))
    with pytest.raises(CourseError, match="no exercise 'half'"):
        list(mutate.mutate(toy, "half", 1))


def test_isolation_wants_a_reason(toy):
    effect, alone = isolation(toy, 2)
    assert (effect.broken, effect.ways, effect.lost) == ("count_up", 2, {"double": ""})
    assert (alone.broken, alone.lost, alone.good) == ("double", {}, True)
    assert not effect.good
    assert "costs double in 2 of 2: NO REASON GIVEN" in "\n".join(effect.lines())
    reasons = toy.variants.parent / "dependent.toml"
    reasons.write_text('[ps1.count_up]\ndouble = "It doubles a count."\n', encoding="utf-8")
    assert isolation(toy, 2)[0].good
    reasons.write_text('[ps1.double]\ncount_up = "It does not."\n', encoding="utf-8")
    _, effect = isolation(toy, 2)
    assert effect.stale == ("count_up",)
    assert not effect.good


@pytest.mark.parametrize(
    ("name", "exercise"),
    [
        ("ps1", "masked_dataset"),
        ("ps2", "layernorm_backward"),
        ("ps3", "softmax_cross_entropy"),
        ("ps4", "negative_sampling_loss"),
        ("ps5", "max_pool_backward"),
    ],
)
def test_tests_of_the_course_are_good(name, exercise):
    score = scores(problem_set(name), exercise)
    assert score.good, "\n".join(score.lines())
