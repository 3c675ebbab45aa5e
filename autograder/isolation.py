"""Does a wrong answer to one question cost points in another?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .course import CourseError, ProblemSet
from .mutate import Trial, read_reviewed, run_trials
from .names import defined_names, loaded_names
from .text import Cell, read_cells
from .variants import load_variants


@dataclass(frozen=True)
class Effect:
    """The exercises beyond a broken one that lose points by it, each with a reason.

    `ways` counts the wrong answers that were tried, `times` those that cost each other exercise.
    """

    broken: str
    ways: int
    times: dict[str, int]
    lost: dict[str, str]
    stale: tuple[str, ...]

    @property
    def good(self) -> bool:
        return all(self.lost.values()) and not self.stale

    def lines(self) -> Iterator[str]:
        """What the table says of it."""
        mark = "  ok" if self.good else "FAIL"
        alone = "" if self.lost else ": this one alone"
        yield f"{mark} {self.broken}, broken in {self.ways} ways{alone}"
        for exercise, reason in self.lost.items():
            times = f"{self.times[exercise]} of {self.ways}"
            yield f"       costs {exercise} in {times}: {reason or 'NO REASON GIVEN'}"
        for exercise in self.stale:
            yield f"       stale: a reason is given for {exercise}, which loses nothing"


def isolation(ps: ProblemSet, workers: int) -> list[Effect]:
    """Put a stub and each wrong variant in an answer's place; see whose tests then fail besides it.

    Only tests whose names lead to the broken answer, by way of references and given functions, are
    run: nothing else ties the tests of a set together.
    """
    cells = [cell for cell in read_cells(ps.text) if cell.kind == "code"]
    exercises = [cell.exercise for cell in cells if cell.role == "test"]
    reaches = {test: reached(cells, test) for test in exercises}
    wrong = {
        broken: [stub(broken), *(v.source for v in load_variants(ps, broken) if not v.right)]
        for broken in exercises
    }
    trials = [
        (broken, Trial(test, {broken: source}))
        for broken in exercises
        for source in wrong[broken]
        for test in exercises
        if test != broken and broken in reaches[test]
    ]
    verdicts = run_trials(ps, [trial for _, trial in trials], workers)
    times = Counter(
        (broken, trial.exercise)
        for (broken, trial), verdict in zip(trials, verdicts, strict=True)
        if verdict.error
    )
    reasons = load_reasons(ps)
    for name in sorted({*reasons, *(key for keys in reasons.values() for key in keys)}):
        if name not in exercises:
            raise CourseError(f"{reasons_path(ps)}: {ps.name} has no exercise {name!r}")
    effects = []
    for broken in exercises:
        given = reasons.get(broken, {})
        here = {test: times[broken, test] for test in exercises if times[broken, test]}
        lost = {test: given.get(test, "") for test in here}
        stale = tuple(name for name in given if name not in here)
        effects.append(Effect(broken, len(wrong[broken]), here, lost, stale))
    return effects


def stub(exercise: str) -> str:
    """An answer that was not begun."""
    raising = f"raise NotImplementedError({exercise!r})"
    return f"def {exercise}(*args, **kwargs):\n    {raising}"


def reached(cells: list[Cell], exercise: str) -> set[str]:
    """Solutions that the test of `exercise` uses, itself or by way of what it uses."""
    makers = [cell for cell in cells if cell.role == "solution" or "setup" in cell.tags]
    found: set[str] = set()
    wanted = set().union(
        *(loaded_names(c.source) for c in cells if (c.role, c.exercise) == ("test", exercise))
    )
    while makers:
        used = [cell for cell in makers if defined_names(cell.source) & wanted]
        if not used:
            break
        makers = [cell for cell in makers if cell not in used]
        found |= {cell.exercise for cell in used if cell.exercise}
        wanted = wanted.union(*(loaded_names(cell.source) for cell in used))
    return found


def reasons_path(ps: ProblemSet) -> Path:
    return ps.variants.parent / "dependent.toml"


def load_reasons(ps: ProblemSet) -> dict[str, dict[str, str]]:
    """Why a wrong answer costs another exercise: a table `[psN.BROKEN]` with OTHER = "reason"."""
    return read_reviewed(reasons_path(ps), ps)
