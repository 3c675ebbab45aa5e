"""Processes that grade one submission after another; one that dies costs a single submission."""

import contextlib
import ctypes
import importlib
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .course import ROOT, CourseError, problem_set
from .receipts import hash_of, other_files
from .sandbox import Jail

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, and the notebook in the folder that was handed in."""

    student: str
    notebook: Path

    def read(self) -> "Submission":
        """All of it that grading looks at."""
        folder = self.notebook.parent
        files = other_files(folder)
        return Submission(self.student, self.notebook.read_bytes(), files, hash_of(folder))


@dataclass(frozen=True)
class Submission:
    """What was handed in, as plain data: it can be graded on any machine."""

    student: str
    notebook: bytes
    files: dict[str, bytes]
    digest: str


@dataclass(frozen=True)
class Graded:
    """What a worker made of a job: the notebook's text and receipt, or an error."""

    student: str
    notebook: str = ""
    receipt: dict | None = None
    error: str = ""


def failure(student: str, error: BaseException) -> Graded:
    """What is said of a submission that could not be graded, in one line."""
    kind = "" if isinstance(error, CourseError) else f"{type(error).__name__}: "
    return Graded(student, error=f"{kind}{error}".split("\n")[0])


@dataclass(frozen=True)
class Task:
    """What all jobs of a run have in common: plain data, as the jobs themselves.

    `source` is the text of the instructor notebook, `known` what `known_cells` says of it.
    """

    ps: str
    source: str
    known: dict[str, dict]
    rerun_experiments: bool = False


class Workers:
    """Up to `count` processes that grade, each with a jail of its own."""

    def __init__(self, count: int, sandbox: bool = True, modules: tuple[str, ...] = ()) -> None:
        self.count = count
        self.jail = {"sandbox": sandbox, "modules": modules}
        self.context = multiprocessing.get_context("spawn")
        self.live: dict[Connection, Any] = {}

    def start(self, jobs: int) -> None:
        """Start as many as so many jobs keep busy; they load what they need while you go on."""
        while len(self.live) < min(self.count, jobs):
            self._start()

    def run(self, task: Task, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade jobs and yield what comes of them, as it comes.

        A worker that dies is replaced; its submission is tried once more and then given up.
        """
        left = list(jobs)[::-1]
        tries: dict[str, int] = {}
        busy: dict[Connection, Job] = {}

        def give(connection: Connection, *messages: Any) -> None:
            if left:
                busy[connection] = job = left.pop()
                with contextlib.suppress(OSError):  # it is dead, which the next wait shows
                    for message in (*messages, job):
                        connection.send(message)

        self.start(len(left))
        for connection in self.live:
            give(connection, task)
        while busy:
            for connection in wait(list(busy)):
                job = busy.pop(connection)
                try:
                    graded = connection.recv()
                except (EOFError, OSError):
                    code = self._stop(connection)
                    tries[job.student] = tries.get(job.student, 0) + 1
                    if tries[job.student] < 2:
                        left.append(job)
                    else:
                        yield Graded(job.student, error=f"the worker died (exit status {code})")
                    if left:
                        give(self._start(), task)
                else:
                    give(connection)  # first, so that it works while what it made is written down
                    yield graded

    def _start(self) -> Connection:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(self.jail, theirs), daemon=True)
        process.start()
        theirs.close()
        self.live[ours] = process
        return ours

    def _stop(self, connection: Connection) -> int | None:
        process = self.live.pop(connection)
        connection.close()  # at which it ends by itself
        process.join(STOP_SECONDS)
        process.kill()
        process.join()
        return process.exitcode

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: Any) -> None:
        for connection in self.live:
            connection.close()
        for connection in list(self.live):
            self._stop(connection)


def _work(jailed: dict[str, Any], connection: Connection) -> None:
    """Grade what comes until nothing comes any more."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # do not outlive the coordinator
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Jail(**jailed) as jail, contextlib.suppress(EOFError, OSError):
        jail.launch()  # it starts while this process imports what it needs
        importlib.import_module("autograder.engine")
        grade = grader(connection.recv(), jail)
        while True:
            job = connection.recv()
            try:
                connection.send(grade(job.read()))
            except Exception as error:
                connection.send(failure(job.student, error))


def grader(task: Task, jail: Jail) -> Callable[[Submission], Graded]:
    """A function that grades one submission in this process and in `jail`.

    Imports late, because what it needs takes seconds to load.
    """
    import nbformat
    from nbgrader.preprocessors import SaveAutoGrades

    from . import hints
    from .engine import grade_notebook
    from .gradebook import autograde_converter
    from .healing import mend
    from .preprocessors import RestoreCells, RunInJail, template
    from .receipts import make_receipt
    from .suite import read_suite

    converter = autograde_converter(ROOT)  # for its steps; it asks no gradebook
    suite = read_suite(task.source)
    recognise = partial(hints.recognise, problem_set(task.ps))
    kinds = converter.autograde_preprocessors
    at = kinds.index(RunInJail)
    release = template(task.source, task.known)  # what RestoreCells works with, made once
    sanitize = [kind for kind in converter.sanitize_preprocessors if kind is not RestoreCells]
    before = [kind(parent=converter) for kind in sanitize]
    after = [kind(parent=converter) for kind in kinds[at + 1 : kinds.index(SaveAutoGrades)]]

    def grade(handed_in: Submission) -> Graded:
        resources = {"nbgrader": {}}
        notebook, mended = mend(handed_in.notebook, release)
        for step in before:
            notebook, resources = step(notebook, resources)
        run = grade_notebook(
            notebook, suite, jail, handed_in.files, task.rerun_experiments, recognise
        )
        for step in after:
            notebook, resources = step(notebook, resources)
        named = task.ps, handed_in.student, handed_in.digest
        receipt = make_receipt(*named, mended, suite, jail, run)
        return Graded(handed_in.student, nbformat.writes(notebook), receipt)

    return grade
