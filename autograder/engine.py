"""Grade one notebook: student cells in the jail, test cells here, plain data between them."""

import contextlib
import io
import os
import re
import signal
import threading
import time
import unittest.mock
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
import torch
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from .course import CourseError
from .names import defined_names, loaded_names, plain_python
from .outputs import clean_outputs
from .proxies import Link, Proxy
from .sandbox import Exchange, Jail, JailBroken, JailStopped, Limits, Session
from .suite import SEED, Suite, Test, is_experiment

MAX_PRINTED = 200_000
MAX_MESSAGE = 2_000
HINT_SECONDS = 5.0
DEFINITION = r"(?m)^(?:def|class) (\w+)"


@dataclass
class Result:
    """What became of one exercise.

    `reason` is passed, wrong, error, timeout, memory, crashed, missing or forbidden; `hidden` says
    that a hidden test failed, whose message is not for the student.
    """

    exercise: str
    points: float
    max_points: float
    reason: str
    message: str = ""
    hidden: bool = False
    seconds: float = 0.0
    hint: str = ""  # the known mistake that gives the same answers, in words


@dataclass
class Run:
    """The results of a notebook and what the run was like."""

    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    own_seconds: float = 0.0  # in student cells and tests
    restarts: int = 0
    memory: int = 0  # bytes, the most that was seen in use in the jail


def grade_notebook(
    notebook: NotebookNode,
    suite: Suite,
    jail: Jail,
    files: dict[str, bytes] | None = None,
    rerun_experiments: bool = False,
    recognise: Callable[[str, list[Exchange]], str] = lambda *_: "",
) -> Run:
    """Run a submission in the jail and the suite's tests against it; outputs go into `notebook`.

    `recognise` says what known mistake the answers of a failed exercise show, or "".

    Its test cells are those with a grade id that the suite knows: their text is not looked at.
    Cells after the last test cannot change a result and are left as they were handed in.
    """
    began = time.monotonic()
    runner = _Runner(suite, jail, files, recognise)
    try:
        with _fresh_state():
            runner.go(notebook, rerun_experiments)
    finally:
        runner.end_session()
    runner.run.seconds = time.monotonic() - began
    return runner.run


class _Runner:
    """One submission on its way through the jail."""

    def __init__(
        self,
        suite: Suite,
        jail: Jail,
        files: dict[str, bytes] | None,
        recognise: Callable[[str, list[Exchange]], str],
    ) -> None:
        self.recognise = recognise
        self.suite = suite
        self.jail = jail
        self.limits: Limits = jail.limits
        self.files = files
        self.session: Session | None = None
        self.deadline = time.monotonic() + self.limits.submission_seconds
        self.done: list[str] = []  # texts of the cells that ran and did not kill the child
        self.sources: list[str] = []  # texts of all student cells so far
        self.failed: set[str] = set()  # those that ended in an error
        self.run = Run()
        self.setup: dict[str, Any] = {}

    def go(self, notebook: NotebookNode, rerun_experiments: bool) -> None:
        self.setup = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()):
            for code in self.suite.setup:
                exec(code, self.setup)
        codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
        tests = {id(cell): test for cell in codes if (test := self._test_of(cell))}
        left = set(self.suite.tests)
        last = max((n for n, cell in enumerate(codes) if id(cell) in tests), default=-1)
        for number, cell in enumerate(codes):
            test = tests.get(id(cell))
            if test is not None and test.grade_id in left:
                left.discard(test.grade_id)
                self.run_test(cell, test)
            elif test is not None:
                cell.outputs = []
            elif is_experiment(cell, self.suite) and not rerun_experiments:
                cell.outputs = clean_outputs(cell.outputs)
            elif number <= last or rerun_experiments:
                self.run_cell(cell)
            else:
                cell.outputs = clean_outputs(cell.outputs)
        for grade_id in sorted(left):
            test = self.suite.tests[grade_id]
            message = "the test cell is not in the notebook"
            self.run.results.append(Result(test.exercise, 0, test.points, "missing", message))
        order = [test.exercise for test in self.suite.tests.values()]
        self.run.results.sort(key=lambda result: order.index(result.exercise))

    def _test_of(self, cell: NotebookNode) -> Test | None:
        grading = cell.metadata.get("nbgrader")
        grade_id = grading.get("grade_id") if isinstance(grading, dict) else None
        return self.suite.tests.get(grade_id) if isinstance(grade_id, str) else None

    # -- student cells

    def run_cell(self, cell: NotebookNode) -> None:
        """Run a student's cell; one that brings the child down is not run again."""
        source = cell.source
        self.sources.append(source)
        began = time.monotonic()
        try:
            answer = self._ask_cell(self.live_session(), source)
        except JailStopped as stopped:
            self.end_session()
            said = new_output("error", ename=stopped.reason, evalue=str(stopped), traceback=[])
            cell.outputs = [said]
        else:
            self.done.append(source)
            if answer.get("failed"):
                self.failed.add(source)
            made = clean_outputs(answer.get("outputs"))
            if not (answer.get("failed") and cell.outputs and "nbgrader" not in cell.metadata):
                cell.outputs = made
            else:  # a figure that needs data or time which there is not here
                cell.outputs = clean_outputs(cell.outputs)
        self.run.own_seconds += time.monotonic() - began

    def _ask_cell(self, session: Session, source: str) -> dict:
        return session.request(("cell", source), self.seconds())[0]

    def seconds(self) -> float:
        """Time for the next request."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise JailStopped("timeout", "the time for this submission is used up")
        return min(self.limits.call_seconds, left)

    def live_session(self) -> Session:
        """A child in which all earlier cells have run, but for those that brought one down."""
        while self.session is None or self.session.over:
            self.seconds()
            self.end_session()
            if self.run.restarts > self.limits.restarts:
                raise JailStopped("crashed", "too many cells and calls brought the process down")
            self.run.restarts += 1
            try:
                self.session = self.jail.open_session(self.files)
            except JailBroken as error:
                raise CourseError(f"the jail does not work: {error}") from None
            survivors = list(self.done)
            for source in survivors:
                try:
                    self._ask_cell(self.session, source)
                except JailStopped:
                    self.done.remove(source)
                    break
        return self.session

    def end_session(self) -> None:
        """Kill the child and all it left."""
        if self.session is not None:
            self.run.memory = max(self.run.memory, self.session.close())
            self.session = None

    # -- tests

    def run_test(self, cell: NotebookNode, test: Test) -> None:
        """Run a test against the student's names; put what nbgrader looks at into the cell."""
        began = time.monotonic()
        printed = _Printed()
        cell.outputs = []
        cell.execution_count = None
        link, failure = None, None
        try:
            link = Link(self.live_session(), self.seconds)
            namespace = dict(self.setup)
            for name in test.names:
                namespace[name] = Proxy(link, name, self.source_of)
            seconds = min(self.limits.test_seconds, self.deadline - began)
            with (
                _alarm(seconds),
                _process_time(link.session),
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(io.StringIO()),  # never scored
            ):
                exec(test.code, namespace)
        except (Exception, JailStopped) as error:
            failure = error
        if isinstance(failure, JailStopped):
            self.end_session()
        if printed.text():
            cell.outputs.append(new_output("stream", name="stdout", text=printed.text()))
        result = Result(test.exercise, test.points, test.points, "passed")
        if failure is not None:
            missing = link.missing if link is not None else ""
            result = _failed(test, failure, missing)
            cell.outputs.append(_error_output(test, failure, result))
        result.seconds = time.monotonic() - began
        self.run.own_seconds += result.seconds
        if result.reason in ("wrong", "error"):
            result.hint = self.hint(test.exercise, link)
        self.run.results.append(result)

    def hint(self, exercise: str, link: Link) -> str:
        """The known mistake that a wrong answer is, if it is one."""
        try:
            with _alarm(HINT_SECONDS):
                return self.recognise(exercise, link.exchanges)
        except JailStopped:  # the alarm's
            return ""

    def source_of(self, name: str) -> str:
        """Text of the latest student cell that defines `name`, and of those whose names it uses."""
        found: list[str] = []
        wanted, seen = [name], set(self.setup)
        while wanted:
            name = wanted.pop()
            if name not in seen:
                seen.add(name)
                text = self._definition_of(name)
                if text and text not in found:
                    found.append(text)
                    wanted += _names_in(text, loaded_names) or ()
        return "\n".join(found)

    def _definition_of(self, name: str) -> str:
        for source in reversed(self.sources):
            if name in source:
                text = plain_python(source)
                defined = _names_in(text, defined_names)
                if defined is None and source not in self.failed:  # IPython made something of it
                    defined = set(re.findall(DEFINITION, text))
                if defined and name in defined:
                    return text
        return ""


def _failed(test: Test, error: BaseException, missing: str) -> Result:
    message = str(error) if not isinstance(error, KeyError) else f"KeyError: {error}"
    kinds = type(error).__mro__
    if isinstance(error, JailStopped):
        reason = error.reason
    elif missing or isinstance(error, NotImplementedError):
        reason = "missing"
    elif any(kind.__name__ == "ForbiddenError" for kind in kinds):
        reason = "forbidden"
    elif isinstance(error, AssertionError):
        reason = "wrong"
    elif isinstance(error, MemoryError) or "can't allocate memory" in message:
        reason = "memory"
    else:
        reason, message = "error", f"{type(error).__name__}: {message}"
    hidden = _line(test, error) > test.visible_lines
    return Result(test.exercise, 0, test.points, reason, message[:MAX_MESSAGE], hidden)


def _line(test: Test, error: BaseException) -> int:
    """The line of the test cell that was running."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<{test.grade_id}>":
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


def _error_output(test: Test, error: BaseException, result: Result) -> NotebookNode:
    """An error as IPython shows it, with the line of the test at which it left it."""
    name = type(error).__name__
    if isinstance(error, JailStopped):
        name = {"timeout": "TimeoutError", "memory": "MemoryError"}.get(error.reason, "Crashed")
    line = _line(test, error)
    lines = [f"{name}: the test stopped here"]
    if line:
        lines.append(f"----> {line} {test.source.split(chr(10))[line - 1]}")
    lines.append(f"{name}: {result.message}")
    return new_output("error", ename=name, evalue=result.message, traceback=lines)


class _Printed(io.TextIOBase):
    """What a test prints, up to a limit."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.room = MAX_PRINTED

    def write(self, text: str) -> int:
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return len(text)

    def text(self) -> str:
        return "".join(self.parts)


def _names_in(text: str, look: Callable[[str], set[str]]) -> set[str] | None:
    """What `look` finds in a cell, or None where Python cannot read it."""
    try:
        return look(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Stop a test after `seconds`, whatever it waits for (only the main thread can do this)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise JailStopped("timeout", f"the test took longer than {seconds:.3g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _process_time(session: Session) -> Iterator[None]:
    """Have `time.process_time` count the jail's processor time too, as it does in one kernel."""
    own = time.process_time

    def both() -> float:
        return own() + session.processor_seconds()

    with unittest.mock.patch.object(time, "process_time", both):
        yield


@contextlib.contextmanager
def _fresh_state() -> Iterator[None]:
    """Give the tests of a submission a state of their own: scale, seeds, warnings, no figures."""
    scale = os.environ.get("COURSE_SCALE")
    os.environ["COURSE_SCALE"] = "smoke"
    before = torch.get_rng_state(), np.random.get_state(), torch.get_num_threads()
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    torch.set_num_threads(1)  # as in the jail; more only get in each other's way on small arrays
    try:
        with matplotlib.rc_context():
            matplotlib.use("Agg")
            yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        torch.set_num_threads(before[2])
        if scale is None:
            del os.environ["COURSE_SCALE"]
        else:
            os.environ["COURSE_SCALE"] = scale
