"""Grade one class with stock nbgrader and with the engine, and say what each submission costs."""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from .course import ROOT, ProblemSet
from .demo import fill_in, reference_answers
from .grade import assign, grade, save
from .gradebook import autograde_converter, nbgrader_api, read_grades, students
from .preprocessors import known_cells
from .receipts import read_receipt
from .sandbox import Jail
from .variants import load_variants
from .workers import Job, Task, Workers

MIB = 2**20


def bench(ps: ProblemSet, submissions: int) -> Iterator[str]:
    """Lines of figures; the same class is graded three times, in one run, on this machine."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        roots = {name: Path(folder) / name for name in ("stock", "one", "two")}
        for root in roots.values():
            make_class(ps, root, submissions)
            assign(ps, root)  # the gradebook exists before either side starts
        yield f"{submissions} submissions of {ps.name}, {os.cpu_count()} cores"
        stock = _stock(ps, roots["stock"])
        yield f"stock nbgrader autograde:  {stock.told(submissions)}"
        one, receipts = _engine(ps, roots["one"], 1)
        yield f"engine, 1 worker:          {one.told(submissions)}"
        two, _ = _engine(ps, roots["two"], 2)
        yield f"engine, 2 workers:         {two.told(submissions)}"
        for name, engine in (("1 worker", one), ("2 workers", two)):
            clock, work = stock.clock / engine.clock, stock.processor / engine.processor
            steady = stock.clock / (engine.clock - engine.start)
            yield (
                f"ratio with {name}: {clock:.1f} by the clock, {steady:.1f} without the start-up of"
                f" {engine.start:.1f} s, {work:.1f} in processor time"
            )
        own = sum(receipt["own_seconds"] for receipt in receipts) / submissions
        over = (one.clock - one.start) / submissions - own
        yield f"own cells and tests: {own:.2f} s a submission; overhead beyond them: {over:.2f} s"
        points = [_points(ps, root) for root in roots.values()]
        same = points[0] == points[1] == points[2]
        yield f"points: {'the same in all three' if same else 'DIFFERENT'}"
    child, shared = memory()
    yield f"memory of a child beyond the warm parent: {child:.0f} MiB (shared: {shared:.0f} MiB)"


def bench_coordinator(ps: ProblemSet, submissions: int) -> Iterator[str]:
    """How many graded submissions a second the coordinator can write down, as their number grows.

    One submission is graded; its result is then handed in by as many students as wanted.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder)
        make_class(ps, root, 1)
        api = assign(ps, root)
        (student,) = students(ps, root)
        submitted = root / "submitted" / student
        url = api.coursedir.db_url
        task = Task(ps.name, ps.source.read_text(), known_cells(url, ps.notebook, ps.name))
        with Workers(1) as workers:
            job = Job(student, submitted / ps.name / ps.source.name)
            *_, graded = workers.run(task, [job, job])  # the first pays for the start
        took = graded.receipt["seconds"]
        converter = autograde_converter(root)
        yield f"grading one takes a worker {took:.2f} s; the coordinator then writes it down"
        with Gradebook(url, api.coursedir.course_id) as book:
            began = mark = time.monotonic()
            for number in range(1, submissions + 1):
                name = f"student{number:05}"
                shutil.copytree(submitted, submitted.with_name(name))
                save(book, converter, ps, root, replace(graded, student=name))
                if number % max(1, submissions // 10) == 0:
                    each = (time.monotonic() - mark) / max(1, submissions // 10)
                    mark = time.monotonic()
                    yield f"{number:6} submissions: {1000 * each:.0f} ms each"
        each = (time.monotonic() - began) / submissions
        yield f"{1 / each:.0f} a second: with more than {took / each:.0f} workers, they wait for it"


def make_class(ps: ProblemSet, root: Path, submissions: int) -> None:
    """Hand in the reference with one other answer each, right and wrong ones in turn."""
    release = nbformat.read(ps.release, as_version=4)
    answers = reference_answers(ps)
    variants = load_variants(ps)
    for number in range(submissions):
        changed = {}
        if variants and number:
            variant = variants[number * 7 % len(variants)]
            changed = {variant.exercise: variant.source}
        path = root / "submitted" / f"student{number:03}" / ps.name / ps.release.name
        path.parent.mkdir(parents=True)
        nbformat.write(fill_in(release, answers | changed), path)


@dataclass
class Cost:
    """Seconds of a run by the clock and of processor time; `start`: until the first is begun."""

    clock: float = 0.0
    processor: float = 0.0
    start: float = 0.0

    def told(self, submissions: int) -> str:
        """The figures as text."""
        return (
            f"{self.clock:6.1f} s, {self.clock / submissions:5.2f} s a submission"
            f" ({self.processor / submissions:5.2f} s of processor time)"
        )


@contextlib.contextmanager
def _measured() -> Iterator[Cost]:
    cost = Cost()
    began, worked = time.monotonic(), _processor()
    yield cost
    cost.clock, cost.processor = time.monotonic() - began, _processor() - worked


def _processor() -> float:
    """Processor time of this process and of all its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _stock(ps: ProblemSet, root: Path) -> Cost:
    with _measured() as cost:
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "autograde", ps.name],
            cwd=ROOT,
            env={**os.environ, "COURSE_ROOT": str(root), "COURSE_EXECUTION": "stock"},
            capture_output=True,
            check=True,
        )
    return cost


def _engine(ps: ProblemSet, root: Path, workers: int) -> tuple[Cost, list[dict]]:
    """The cost of a run, all start-up included, and its receipts."""
    with _measured() as cost:
        began = time.monotonic()
        for done in grade(ps, root, workers=workers):
            if done.error:
                raise RuntimeError(f"{done.student}: {done.error}")
            cost.start = cost.start or time.monotonic() - began - done.seconds
    folders = sorted((root / "autograded").glob(f"*/{ps.name}"))
    return cost, [read_receipt(folder) for folder in folders]


def _points(ps: ProblemSet, root: Path) -> dict:
    return read_grades(nbgrader_api(root), ps)


def memory() -> tuple[float, float]:
    """MiB that a child alone holds after some work, and that it shares with the parent."""
    source = """
import gc, json
from pathlib import Path
gc.collect()
x = np.random.default_rng(0).normal(size=(200, 200)); y = x @ x
lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
json.dumps({line.split(":")[0]: int(line.split()[1]) for line in lines})
"""
    with Jail() as jail, jail.session() as session:
        answer, _ = session.request(("cell", "import numpy as np\n" + source), 60)
        text = answer["outputs"][-1]["data"]["text/plain"]
    fields = json.loads(text.strip("'"))
    own = fields["Private_Dirty"] + fields["Private_Clean"]
    return own * 1024 / MIB, (fields["Rss"] - own) * 1024 / MIB
