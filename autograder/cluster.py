"""Grade on the machines of a Dask cluster, when one is not enough.

Each Dask worker runs from a clone of this repository and has a jail of its own. Submissions travel
as plain data, so the machines need no common disk; only the coordinator writes the gradebook.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from distributed import Client, KilledWorker, as_completed

from .course import CourseError
from .sandbox import Jail
from .suite import read_suite
from .workers import Graded, Job, Submission, Task, failure, grader

START_SECONDS = 30.0
AHEAD = 4  # submissions that wait at the scheduler, for each thread of a worker


class Cluster:
    """The workers of the Dask scheduler at `address`, such as `tcp://10.0.0.1:8786`."""

    def __init__(self, address: str, sandbox: bool = True) -> None:
        self.sandbox = sandbox
        try:
            self.client = Client(address, timeout=START_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise CourseError(f"there is no Dask scheduler at {address}: {error}") from None

    def start(self, jobs: int) -> None:
        """Wait for a worker; see that all have the same packages as this machine."""
        try:
            self.client.wait_for_workers(1, timeout=START_SECONDS)
            self.client.get_versions(check=True)
        except TimeoutError:
            raise CourseError("the Dask cluster has no workers: start some") from None
        except ValueError as error:
            raise CourseError(f"the Dask workers' packages differ from these: {error}") from None

    def run(self, task: Task, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade jobs and yield what comes of them, as it comes.

        Dask repeats what a worker that is lost had not finished, and gives a submission up that
        some workers (its setting `allowed-failures`) died of.
        """
        left = iter(jobs)
        # The result of a call, unlike scattered data, is made again when its worker is lost.
        shared = self.client.submit(_same, task, pure=False)
        waiting: dict[Any, Job] = {}
        finished = as_completed(loop=self.client.loop)
        while True:
            most = AHEAD * max(1, sum(self.client.nthreads().values()))
            while len(waiting) < most and (job := next(left, None)):
                try:
                    handed_in = job.read()
                except OSError as error:
                    yield failure(job.student, error)
                    continue
                future = self.client.submit(_grade, shared, handed_in, self.sandbox, pure=False)
                waiting[future] = job
                finished.add(future)
            if not waiting:
                return
            future = next(finished)
            job, error = waiting.pop(future), future.exception()
            if isinstance(error, KilledWorker):
                yield Graded(job.student, error="the workers that graded it died")
            elif error is not None:
                yield failure(job.student, error)
            else:
                yield future.result()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: Any) -> None:
        self.client.close()


def _same(task: Task) -> Task:
    return task


_one = threading.Lock()  # grading changes the state of its process, such as its standard output
_ready: dict[str, Any] = {}


def _grade(task: Task, handed_in: Submission, sandbox: bool) -> Graded:
    """Grade a submission in this Dask worker; the jail stays for the next."""
    with _one:
        if _ready.get("for") != (task, sandbox):
            if _ready:
                _ready.pop("jail").stop()
            jail = Jail(sandbox, modules=read_suite(task.source).modules)
            _ready.update({"for": (task, sandbox), "jail": jail, "grade": grader(task, jail)})
        return _ready["grade"](handed_in)
