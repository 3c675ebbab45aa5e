"""A notebook that was worked on in Colab is graded like any other."""

import nbformat
import pytest
from colab import through_colab

from autograder.collect import collect
from autograder.course import problem_sets
from autograder.demo import fill_in, reference_answers
from autograder.grade import grade
from autograder.gradebook import nbgrader_api, read_grades
from autograder.healing import mend
from autograder.text import read_cells

SETS = problem_sets()


@pytest.mark.parametrize("ps", SETS.values(), ids=SETS)
def test_a_file_from_colab_is_made_whole(ps):
    release = nbformat.read(ps.release, as_version=4)
    saved = through_colab(fill_in(release, reference_answers(ps)))
    healed, _ = mend(nbformat.writes(saved).encode(), release)
    for before, after in zip(release.cells, healed.cells, strict=True):
        assert after.metadata.get("nbgrader") == before.metadata.get("nbgrader")
        assert after.metadata.get("tags") == before.metadata.get("tags")


def test_a_round_trip_through_colab_changes_no_points(tmp_path):
    ps = SETS["ps1"]
    tests = [cell for cell in read_cells(ps.text) if cell.role == "test"]
    answers = reference_answers(ps)
    answered = {cell.exercise for cell in tests[: len(tests) // 2]}
    notebook = fill_in(nbformat.read(ps.release, as_version=4), {e: answers[e] for e in answered})
    inbox = tmp_path / "inbox" / "ada"
    inbox.mkdir(parents=True)
    nbformat.write(through_colab(notebook), inbox / "dropout.ipynb")
    list(collect(ps, [tmp_path / "inbox"], tmp_path))
    (graded,) = grade(ps, tmp_path)
    assert not graded.error
    api = nbgrader_api(tmp_path)
    points = {g.exercise: g.points for g in read_grades(api, ps)["ada"] if not g.written}
    assert points == {c.exercise: c.points if c.exercise in answered else 0 for c in tests}
    assert api.generate_feedback(ps.name)["success"]
