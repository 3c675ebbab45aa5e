"""How good are the tests of a set? Run them against slightly wrong reference solutions.

Mutants are ours and harmless, so they run without the jail: each in a process forked from this one,
which has imported everything and run the set-up, under limits of time and memory.
"""

import contextlib
import multiprocessing
import os
import random
import resource
import signal
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np
import torch

from .course import CourseError, ProblemSet
from .mutations import Mutant, mutants
from .suite import SEED
from .text import read_cells
from .variants import Variant, load_variants, run_test

WANTED = 0.95  # share of mutants that the tests of each exercise must notice
MEMORY = 4 * 2**30  # bytes
SLOWER = 5.0  # an answer may take this many times the reference's time
SLACK = 3.0  # and this many seconds more


class TimeOutError(BaseException):
    """An answer is slow or endless; no `except Exception` of a test may catch this."""


@dataclass(frozen=True)
class Trial:
    """A test to run with other answers (by exercise) in place of the reference solutions."""

    exercise: str
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a test said: `error` is "" when it passed; `visible`: whether its visible half did."""

    error: str
    visible: bool
    seconds: float


@dataclass(frozen=True)
class Judged:
    """A mutant and what became of it; `equivalent`: why no test can tell it from the reference."""

    mutant: Mutant
    verdict: Verdict
    equivalent: str = ""


@dataclass(frozen=True)
class Score:
    """An exercise's mutants, its refused right variants and the entries that match no survivor."""

    exercise: str
    where: str
    judged: tuple[Judged, ...]
    refused: tuple[tuple[Variant, str], ...]
    stale: tuple[str, ...]
    seconds: float

    @property
    def counted(self) -> int:
        return sum(not one.equivalent for one in self.judged)

    @property
    def killed(self) -> int:
        return sum(bool(one.verdict.error) for one in self.judged)

    @property
    def seen(self) -> int:
        """How many the visible half notices."""
        return sum(not one.verdict.visible for one in self.judged)

    @property
    def survivors(self) -> list[Judged]:
        return [one for one in self.judged if not one.verdict.error and not one.equivalent]

    @property
    def good(self) -> bool:
        enough = self.killed >= WANTED * self.counted
        return enough and not self.refused and not self.stale

    def lines(self) -> Iterator[str]:
        """The report: a line of figures, then each survivor's diff and what else is wrong."""
        share = self.killed / self.counted if self.counted else 1.0
        others = len(self.judged) - self.counted
        yield (
            f"{'  ok' if self.good else 'FAIL'} {self.exercise}: {self.killed} of {self.counted}"
            f" mutants killed ({share:.1%}), {self.seen} by the visible tests, {others} equivalent,"
            f" {self.seconds:.0f} s"
        )
        path, _, first = self.where.rpartition(":")
        for one in self.survivors:
            yield f"     survives at {path}:{int(first) + one.mutant.line}"
            yield from (f"       {line}" for line in one.mutant.diff.split("\n"))
        for variant, error in self.refused:
            yield f"     refused, though right: {variant.note} → {error}"
        for diff in self.stale:
            yield "     stale: listed as equivalent, but there is no such survivor"
            yield from (f"       {line}" for line in diff.split("\n"))


def mutate(ps: ProblemSet, exercise: str | None, workers: int) -> Iterator[Score]:
    """Judge the tests of a set, or of one exercise, one exercise after the other."""
    cells = [cell for cell in read_cells(ps.text) if cell.role == "solution"]
    known = [cell.exercise for cell in cells]
    if exercise not in (None, *known):
        raise CourseError(f"{ps.name} has no exercise {exercise!r}; it has {', '.join(known)}")
    reviewed = load_equivalents(ps)
    for name in sorted(set(reviewed) - set(known)):
        raise CourseError(f"{equivalents_path(ps)}: {ps.name} has no exercise {name!r}")
    for cell in cells:
        if exercise in (None, cell.exercise):
            where = f"{cell.path.relative_to(ps.root)}:{cell.line}"
            yield score(ps, cell.exercise, cell.source, where, reviewed, workers)


def score(
    ps: ProblemSet,
    exercise: str,
    source: str,
    where: str,
    reviewed: dict[str, dict[str, str]],
    workers: int,
) -> Score:
    """Judge the test of one exercise, whose reference solution is the cell `source`."""
    start = time.monotonic()
    found = mutants(source)
    right = [variant for variant in load_variants(ps, exercise) if variant.right]
    answers = [*(variant.source for variant in right), *(mutant.source for mutant in found)]
    verdicts = run_trials(ps, [Trial(exercise, {exercise: one}) for one in answers], workers)
    refused = tuple(
        (variant, verdict.error)
        for variant, verdict in zip(right, verdicts, strict=False)
        if verdict.error
    )
    reasons = reviewed.get(exercise, {})
    judged = tuple(
        Judged(mutant, verdict, "" if verdict.error else reasons.get(same_text(mutant.diff), ""))
        for mutant, verdict in zip(found, verdicts[len(right) :], strict=True)
    )
    used = {same_text(one.mutant.diff) for one in judged if one.equivalent}
    stale = tuple(diff for diff in reasons if diff not in used)
    return Score(exercise, where, judged, refused, stale, time.monotonic() - start)


def equivalents_path(ps: ProblemSet) -> Path:
    return ps.variants.parent / "equivalent.toml"


def load_equivalents(ps: ProblemSet) -> dict[str, dict[str, str]]:
    """Reviewed mutants that no test can tell from the reference: exercise → diff → reason.

    Each entry `[[psN.EXERCISE]]` of the file has a `reason` and a list `mutants` of diffs, each as
    the report prints it; indentation does not count.
    """
    return {
        exercise: {
            same_text(diff): entry["reason"] for entry in entries for diff in entry["mutants"]
        }
        for exercise, entries in read_reviewed(equivalents_path(ps), ps).items()
    }


def read_reviewed(path: Path, ps: ProblemSet) -> dict:
    """The table of a set in a reviewed file; empty where there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get(ps.name, {})
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path}: {error}") from None


def same_text(diff: str) -> str:
    """A diff without its indentation: what identifies a mutant in the reviewed file."""
    lines = (line.strip() for line in diff.strip().split("\n"))
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


def run_trials(ps: ProblemSet, trials: Sequence[Trial], workers: int) -> list[Verdict]:
    """Run tests in forked processes, `workers` at a time; verdicts come in the order of `trials`.

    The time limit of a test follows from the time it takes with the reference solutions; an answer
    that exceeds it, or the memory limit, or ends its process, counts as noticed.
    """
    torch.set_num_threads(1)  # also what makes forking safe
    tests = list(dict.fromkeys(trial.exercise for trial in trials))
    for test in tests:  # here, so that what a test imports is imported before forking
        error = run_test(ps, test, {})
        if error:
            raise CourseError(f"the reference fails the test of {test}: {error}")
    usual = dict(zip(tests, _run(ps, [(Trial(test), 600.0) for test in tests], 1), strict=True))
    limited = [(trial, SLOWER * usual[trial.exercise].seconds + SLACK) for trial in trials]
    return _run(ps, limited, workers)


def _run(ps: ProblemSet, limited: Sequence[tuple[Trial, float]], workers: int) -> list[Verdict]:
    """Run trials, each with a limit of processor seconds."""
    context = multiprocessing.get_context("fork")
    left = list(enumerate(limited))[::-1]
    busy: dict[Connection, tuple[int, multiprocessing.Process, float, bool]] = {}
    verdicts: dict[int, Verdict] = {}
    try:
        while left or busy:
            while left and len(busy) < workers:
                number, (trial, limit) = left.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_attempt, args=(ps, trial, limit, theirs))
                process.start()
                theirs.close()
                # Sleeping uses no processor time; this clock is for that, and for a busy machine.
                busy[ours] = number, process, time.monotonic() + 10 * limit, False
            for connection in wait(list(busy), 0.5):
                number, process, deadline, visible = busy.pop(connection)
                try:
                    said = connection.recv()
                except EOFError:
                    process.join()
                    code = process.exitcode
                    said = Verdict(f"the process ended with {code}", visible, 0.0)
                if said is None:
                    busy[connection] = number, process, deadline, True
                else:
                    verdicts[number] = said
                    _end(connection, process)
            for connection, (number, process, deadline, visible) in list(busy.items()):
                if time.monotonic() > deadline:
                    del busy[connection]
                    verdicts[number] = Verdict("TimeOutError: it does not end", visible, 0.0)
                    _end(connection, process)
    finally:
        for connection, (_, process, _, _) in busy.items():
            _end(connection, process)
    return [verdicts[number] for number in range(len(limited))]


def _end(connection: Connection, process: multiprocessing.Process) -> None:
    process.kill()
    process.join()
    connection.close()


def _attempt(ps: ProblemSet, trial: Trial, limit: float, connection: Connection) -> None:
    """In the child: run the test and send None when its visible half passed, then the verdict."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _time_out)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    passed: list[None] = []

    def visible_passed() -> None:
        passed.append(None)
        connection.send(None)

    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        error = run_test(ps, trial.exercise, trial.answers, visible_passed)
    except (TimeOutError, SystemExit, KeyboardInterrupt) as stopped:
        error = f"{type(stopped).__name__}: {stopped}"
    signal.setitimer(signal.ITIMER_PROF, 0)
    with contextlib.suppress(BrokenPipeError):
        connection.send(Verdict(error, bool(passed), time.process_time() - start))


def _time_out(*_: object) -> None:
    raise TimeOutError("it takes many times as long as the reference")
