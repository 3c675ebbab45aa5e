"""Mistakes in a text are one line with file and line number."""

from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.names import check_test_names
from autograder.text import read_cells, without_region

GOOD = '''\
# %% [markdown]
# # Problem set 9 · Doubling

# %% tags=["setup"]
import numpy as np


def passed(exercise):
    print(exercise)


# %% solution="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% test="double" points=2
assert double(1) == 2
passed("double")


### BEGIN HIDDEN TESTS
def hidden_tests():
    assert double(3) == 6


hidden_tests()
### END HIDDEN TESTS

# %% [markdown] answer="why_double" points=1
# Because it is more.
#
# - **1 point**: says so
'''


def read(folder: Path, text: str) -> list:
    path = folder / "ps9_doubling.py"
    path.write_text(text, encoding="utf-8")
    cells = read_cells(path)
    check_test_names(cells)
    return cells


def test_a_good_text_is_read(tmp_path):
    cells = read(tmp_path, GOOD)
    assert [cell.role for cell in cells] == ["given", "given", "solution", "test", "answer"]
    assert [cell.grade_id for cell in cells[2:]] == ["double", "test_double", "why_double"]
    assert [cell.points for cell in cells] == [None, None, None, 2, 1]
    assert cells[1].tags == ("setup",)


MISTAKES = {
    "duplicate id": (
        '# %% [markdown] answer="why_double"',
        '# %% [markdown] answer="double"',
        33,
        "duplicate id 'double'",
    ),
    "test without solution": ('test="double"', 'test="triple"', 20, "no solution before it"),
    "solution without test": ('solution="double"', 'solution="triple"', 20, "no solution"),
    "missing end marker": ("    ### END SOLUTION\n", "", 15, "### END SOLUTION is missing"),
    "no end of hidden tests": ("### END HIDDEN TESTS\n", "", 25, "END HIDDEN TESTS is missing"),
    "end without begin": ("    ### BEGIN SOLUTION\n", "", 16, "END SOLUTION without its BEGIN"),
    "no hidden tests": (
        GOOD[GOOD.index("### BEGIN HIDDEN") : GOOD.index("# %% [markdown] answer")],
        "",
        20,
        "has no ### BEGIN HIDDEN TESTS",
    ),
    "hidden tests in a given cell": (
        "import numpy as np\n",
        "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n",
        5,
        "in a cell that is no test",
    ),
    "unknown key": ("points=2", "marks=2", 20, "unknown key 'marks'"),
    "unknown tag": ('tags=["setup"]', 'tags=["set-up"]', 4, "unknown tag 'set-up'"),
    "points on a given cell": ('# %% tags=["setup"]', "# %% points=3", 4, "not graded"),
    "points on a solution": ('solution="double"', 'solution="double" points=2', 12, "not graded"),
    "no points": (' points=2', "", 20, "needs points=NUMBER"),
    "text points": ("points=2", 'points="2"', 20, "needs points=NUMBER"),
    "two roles": ('test="double"', 'test="double" solution="x"', 20, "not both"),
    "code answer": ("# %% [markdown] answer", "# %% answer", 33, "belongs in a markdown cell"),
    "bad id": ('solution="double"', 'solution="double it"', 12, "is not an exercise id"),
    "rubric": ("**1 point**", "**2 points**", 33, "adds up to 2 points, not 1"),
    "not announced": ('passed("double")\n', "", 20, 'passed("double")'),
    "foreign name": ("assert double(1) == 2", "assert treble(1) == 2", 21, "uses 'treble'"),
    "name in the way": ("def hidden_tests():\n", "y = 1\n\ndef hidden_tests():\n", 26, "bind 'y'"),
    "last value": ("\nhidden_tests()\n", "\nhidden_tests(), 1\n", 20, "does not end"),
    "syntax": ("assert double(1) == 2", "assert double(1 == 2", 20, "never closed"),
    "other function": ("def double(x)", "def twice(x)", 12, "does not define 'double'"),
    "missing include": ('# %% tags=["setup"]\n', '# %% include="no.py"\n', 4, "stands alone"),
    "text before the first cell": ("# %% [markdown]\n# # P", "x = 1\n# %%\n# # P", 1, "must begin"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_name_file_and_line(tmp_path, old, new, line, message):
    assert old in GOOD
    with pytest.raises(CourseError) as raised:
        read(tmp_path, GOOD.replace(old, new, 1))
    said = str(raised.value)
    assert message in said
    assert said.startswith(f"{tmp_path / 'ps9_doubling.py'}:{line}: ")
    assert "\n" not in said


def test_includes_stand_in_their_place_and_keep_their_lines(tmp_path):
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "more.py").write_text("# %%\nx = 1\n\n# %% colour=1\n", encoding="utf-8")
    text = GOOD.replace("# %% solution", '# %% include="common/more.py"\n\n# %% solution')
    with pytest.raises(CourseError, match=r"more\.py:4: unknown key 'colour'"):
        read(tmp_path, text)
    (tmp_path / "common" / "more.py").write_text("# %%\nx = 1\n", encoding="utf-8")
    assert read(tmp_path, text)[2].source == "x = 1"
    with pytest.raises(CourseError, match=r":12: include: there is no file 'common/less.py'"):
        read(tmp_path, text.replace("more.py", "less.py"))


def test_without_region_keeps_the_rest():
    source = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    assert without_region(source, "HIDDEN TESTS") == "a\nc"
