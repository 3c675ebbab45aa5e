"""Grading on a Dask cluster: all of it, once, also when a worker is killed in the middle."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from test_grading import PS, hand_in, points, receipts

from autograder.course import ROOT, CourseError
from autograder.grade import grade


@contextmanager
def dask(*args: str) -> Iterator[subprocess.Popen]:
    """A `dask scheduler` or `dask worker` as somebody starts it by hand."""
    quiet = {"DASK_LOGGING__DISTRIBUTED": "critical"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *args], cwd=ROOT, env=os.environ | quiet
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def worker(address: str):
    return dask("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")


@pytest.fixture
def scheduler() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"):
        yield f"tcp://127.0.0.1:{port}"


def test_a_worker_killed_in_mid_run_costs_nothing(tmp_path, scheduler):
    due = hand_in(tmp_path, 6)
    with worker(scheduler) as first, worker(scheduler):
        graded = []
        for done in grade(PS, tmp_path, scheduler=scheduler):
            graded.append(done)
            if len(graded) == 1:
                first.kill()
    assert [done.error for done in graded] == [""] * 6
    assert sorted(done.student for done in graded) == sorted(due)
    assert points(tmp_path) == due
    assert {receipt["sandbox"] for receipt in receipts(tmp_path).values()} == {True}


def test_no_scheduler_and_no_workers_are_said(tmp_path, scheduler, monkeypatch):
    monkeypatch.setattr("autograder.cluster.START_SECONDS", 1.0)
    hand_in(tmp_path, 1)
    with pytest.raises(CourseError, match="no Dask scheduler at tcp:"):
        list(grade(PS, tmp_path, scheduler="tcp://127.0.0.1:1"))
    with pytest.raises(CourseError, match="has no workers"):
        list(grade(PS, tmp_path, scheduler=scheduler))
