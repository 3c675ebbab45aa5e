"""Processes that grade one submission after another; one that dies costs a single submission."""

import contextlib
import ctypes
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .course import ROOT
from .receipts import hash_of, other_files
from .sandbox import Jail, Limits

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Job:
    """One submission to grade: whose, and the notebook in the folder that was handed in."""

    student: str
    notebook: Path

    def read(self) -> "Submission":
        """All of it that grading looks at."""
        folder = self.notebook.parent
        text = self.notebook.read_text(encoding="utf-8")
        return Submission(self.student, text, other_files(folder), hash_of(folder))


@dataclass(frozen=True)
class Submission:
    """What was handed in, as plain data: it can be graded on any machine."""

    student: str
    notebook: str
    files: dict[str, bytes]
    digest: str


@dataclass(frozen=True)
class Graded:
    """What a worker made of a job: the notebook's text and receipt, or an error."""

    student: str
    notebook: str = ""
    receipt: dict | None = None
    error: str = ""


@dataclass(frozen=True)
class Task:
    """What all jobs of a run have in common: plain data, as the jobs themselves.

    `source` is the text of the instructor notebook, `known` what `known_cells` says of it.
    """

    ps: str
    source: str
    known: dict[str, dict]
    sandbox: bool = True
    rerun_experiments: bool = False
    limits: Limits = field(default_factory=Limits)


def run_jobs(task: Task, jobs: Iterable[Job], workers: int) -> Iterator[Graded]:
    """Grade jobs in `workers` processes and yield what comes of them, as it comes.

    A worker that dies is replaced; its submission is tried once more and then given up.
    """
    left = list(jobs)[::-1]
    tries: dict[str, int] = {}
    context = multiprocessing.get_context("spawn")
    busy: dict[Connection, tuple[Any, Job]] = {}

    def start() -> tuple[Any, Connection]:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(task, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def give(process: Any, connection: Connection) -> None:
        if not left:
            connection.close()
            process.join()
            return
        job = left.pop()
        busy[connection] = process, job
        with contextlib.suppress(OSError):  # it is dead, which the next wait shows
            connection.send(job)

    try:
        for _ in range(min(workers, len(left))):
            give(*start())
        while busy:
            for connection in wait(list(busy)):
                process, job = busy.pop(connection)
                try:
                    graded = connection.recv()
                except (EOFError, OSError):
                    process.join()
                    tries[job.student] = tries.get(job.student, 0) + 1
                    if tries[job.student] < 2:
                        left.append(job)
                    else:
                        code = process.exitcode
                        yield Graded(job.student, error=f"the worker died (exit status {code})")
                    process, connection = start() if left else (None, None)
                else:
                    yield graded
                if process is not None:
                    give(process, connection)
    finally:
        for connection, (process, _) in busy.items():
            connection.close()
            process.kill()
            process.join()


def _work(task: Task, connection: Connection) -> None:
    """Grade what comes until nothing comes any more."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # do not outlive the coordinator
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with grader(task) as grade:
        while True:
            try:
                job = connection.recv()
            except EOFError:
                return
            try:
                connection.send(grade(job.read()))
            except Exception as error:
                said = f"{type(error).__name__}: {error}".split("\n")[0]
                connection.send(Graded(job.student, error=said))


@contextlib.contextmanager
def grader(task: Task) -> Iterator[Callable[[Submission], Graded]]:
    """A function that grades one submission in this process, with a jail of its own."""
    with Jail(task.sandbox, task.limits) as jail:
        jail.launch()  # it starts while this process imports what it needs
        yield _grader(task, jail)


def _grader(task: Task, jail: Jail) -> Callable[[Submission], Graded]:
    """What a worker does with a job; imported late, what it needs takes seconds to load."""
    import nbformat
    from nbgrader.preprocessors import SaveAutoGrades

    from .engine import grade_notebook
    from .gradebook import autograde_converter
    from .preprocessors import RunInJail
    from .receipts import make_receipt
    from .suite import read_suite

    converter = autograde_converter(ROOT)  # for its steps; it asks no gradebook
    suite = read_suite(task.source)
    kinds = converter.autograde_preprocessors
    at = kinds.index(RunInJail)
    before = [kind(parent=converter) for kind in converter.sanitize_preprocessors]
    after = [kind(parent=converter) for kind in kinds[at + 1 : kinds.index(SaveAutoGrades)]]

    def grade(handed_in: Submission) -> Graded:
        resources = {"nbgrader": {}, "known_cells": task.known}
        notebook = nbformat.reads(handed_in.notebook, as_version=4)
        for step in before:
            notebook, resources = step(notebook, resources)
        run = grade_notebook(notebook, suite, jail, handed_in.files, task.rerun_experiments)
        for step in after:
            notebook, resources = step(notebook, resources)
        named = task.ps, handed_in.student, handed_in.digest
        receipt = make_receipt(*named, suite, jail, run)
        return Graded(handed_in.student, nbformat.writes(notebook), receipt)

    return grade
