"""The grader's end of the jail: start it, hand it submissions, notice when something dies there."""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

from .course import CourseError

INSIDE = Path(__file__).parent / "jail"
START_SECONDS = 120.0
CLEAN_SECONDS = 5.0
STOP_SECONDS = 2.0
BUSY_FACTOR = 3  # a limit in seconds of processor time may take this often as long on the clock
GIB = 2**30
UNUSED_UID = 1_900_000_000  # plus a process id; far from what systems hand out
INSTALL = (
    "install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
)
Exchange = tuple[bytes, bytes]  # a request and its answer, as they crossed the boundary


@dataclass(frozen=True)
class Limits:
    """What one submission may take."""

    call_seconds: float = 10.0  # processor time of one student cell or call of a function
    test_seconds: float = 90.0  # one test cell with all its calls
    submission_seconds: float = 300.0  # cells, tests, and what is run again after a crash
    memory: int = 3 * GIB  # of one process
    memory_all: int = 4 * GIB  # of all processes of the submission
    processes: int = 64
    file_bytes: int = 64 * 2**20
    open_files: int = 256
    restarts: int = 30

    def resources(self, jailed: bool) -> dict[str, int]:
        """Resource limits by name, as jail/inside.py sets them in the child."""
        found = {
            "DATA": self.memory,
            "FSIZE": self.file_bytes,
            "CPU": int(self.submission_seconds) + 5,
            "NOFILE": self.open_files,
            "CORE": 0,
            "memory_all": self.memory_all,
        }
        if jailed:  # outside, the limit would count the user's other processes too
            found["NPROC"] = self.processes
        return found


class JailStopped(BaseException):
    """The child is gone: `reason` is timeout, memory or crashed.

    Not an Exception, so that no `except Exception` in a test can pass over it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class JailBroken(Exception):
    """The warm parent is gone or does not answer; the jail has to be started anew."""


class Session:
    """One child in the jail: requests go in, answers come out, each within a time limit."""

    def __init__(self, jail: "Jail", channel: socket.socket) -> None:
        self.jail = jail
        self.channel = channel
        self.over = False
        self.processor = 0.0  # seconds that the child says it had taken at its last answer
        self.seconds = self.deadline = self.last_deadline = 0.0
        self.exchange: Exchange = b"", b""  # the last one

    def request(
        self,
        message: tuple,
        seconds: float,
        to_foreign: Callable | None = None,
        from_foreign: Callable | None = None,
    ) -> tuple[dict, list]:
        """Send a request; return the answer and the table of objects that both sides number.

        Raises WireError when the message cannot be sent, JailStopped when no proper answer comes.
        """
        from .jail import wire  # imports torch, which takes seconds that the jail can use to start

        data, table = wire.dumps(message, foreign=to_foreign)
        if len(data) > wire.MAX_BYTES:
            raise wire.WireError("the arguments are too large")
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.last_deadline = self.deadline + (BUSY_FACTOR - 1) * seconds
        try:
            self._send(struct.pack(">Q", len(data)) + data)
            size, processor = struct.unpack(">Qd", self._receive(16))
            if size > wire.MAX_BYTES:
                raise JailStopped("crashed", "the answer is larger than 64 MiB")
            received = self._receive(size)
            answer, _ = wire.loads(received, table, from_foreign)
            if type(answer) is not dict:
                raise wire.WireError("the answer is no dict")
            self.processor = processor if 0 <= processor < 1e9 else 0.0
            self.exchange = data, received
        except TimeoutError:
            self.over = True
            raise JailStopped("timeout", f"no answer within {seconds:.3g} s") from None
        except wire.WireError as error:
            self.over = True
            raise JailStopped("crashed", f"the answer is not well-formed: {error}") from None
        except JailStopped:
            self.over = True
            raise
        return answer, table

    def close(self) -> int:
        """Kill everything that the submission left; return the most memory it used, in bytes."""
        self.over = True
        self.channel.close()
        return self.jail.clean()

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(selectors.EVENT_WRITE)
            try:
                view = view[self.channel.send(view) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._death() from None

    def _receive(self, size: int) -> bytearray:
        found = bytearray()
        while len(found) < size:
            self._wait(selectors.EVENT_READ)
            try:
                piece = self.channel.recv(min(size - len(found), 2**20))
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            if not piece:
                raise self._death()
            found += piece
        return found

    def _wait(self, event: int) -> None:
        """Wait until the child can be written to or read from, or the jail reports its death."""
        while True:
            left = self.deadline - time.monotonic()
            if left > 0:
                with selectors.DefaultSelector() as selector:
                    selector.register(self.channel, event)
                    selector.register(self.jail.control, selectors.EVENT_READ)
                    ready = {key.fileobj for key, _ in selector.select(left)}
                if self.channel in ready:
                    return
                if ready:
                    raise self._death()
            self._extend()

    def _extend(self) -> None:
        """Give a child more time that did not get its share of a busy machine."""
        now = time.monotonic()
        if now >= self.last_deadline:
            raise TimeoutError
        left = self.seconds - (self.processor_seconds() - self.processor)
        if left <= 0.05:
            raise TimeoutError
        self.deadline = min(now + left, self.last_deadline)

    def processor_seconds(self) -> float:
        """Processor time that the submission's processes have taken, as the warm parent sees it."""
        try:
            self.jail.control.send(b"cpu")
            taken = self.jail.hear(CLEAN_SECONDS)
        except (OSError, JailBroken):
            raise JailStopped("crashed", "the jail was brought down") from None
        if "died" in taken:
            raise _stopped(taken)
        return taken["cpu"]

    def _death(self) -> JailStopped:
        """What the jail says of the child's end."""
        try:
            return _stopped(self.jail.hear(CLEAN_SECONDS))
        except JailBroken:
            return JailStopped("crashed", "the jail was brought down")


def _stopped(report: dict) -> JailStopped:
    status = report.get("died")
    if report.get("reason") == "memory" or status == -signal.SIGKILL:
        return JailStopped("memory", "the processes took too much memory")
    if status == -signal.SIGXCPU:
        return JailStopped("timeout", "too much processor time")
    if isinstance(status, int) and status < 0:
        return JailStopped("crashed", f"the process died of signal {-status}")
    return JailStopped("crashed", "the process ended by itself")


class Jail:
    """A warm parent, inside bubblewrap unless `sandbox` is off; started when it is first needed."""

    def __init__(
        self, sandbox: bool = True, limits: Limits | None = None, modules: tuple[str, ...] = ()
    ) -> None:
        self.sandbox = sandbox
        self.limits = limits or Limits()
        self.modules = modules  # imported once, for all submissions
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None
        self.home: tempfile.TemporaryDirectory | None = None
        self.starts = 0
        self.ready = False

    @contextlib.contextmanager
    def session(self, files: dict[str, bytes] | None = None) -> Iterator[Session]:
        """A fresh child whose working folder holds `files`; everything it leaves is removed."""
        session = self.open_session(files)
        try:
            yield session
        finally:
            session.close()

    def open_session(self, files: dict[str, bytes] | None = None) -> Session:
        """Like `session`; the caller closes it."""
        for attempt in (1, 2):
            self.launch()
            self._await_ready()
            ours, theirs = socket.socketpair()
            message = json.dumps(self.limits.resources(self.sandbox)).encode()
            try:
                socket.send_fds(self.control, [message], [theirs.fileno()])
            except OSError:  # it died while it waited
                ours.close()
                self.stop()
                if attempt == 2:
                    raise JailBroken("the jail dies as soon as it is started") from None
                continue
            finally:
                theirs.close()
            ours.setblocking(False)
            session = Session(self, ours)
            try:
                if files:
                    session.request(("files", files), self.limits.call_seconds)
            except BaseException:
                session.close()
                raise
            return session
        raise AssertionError("unreachable")

    def clean(self) -> int:
        """Have the parent remove what the submission left; a parent that cannot is replaced.

        Returns the most memory that the parent saw in use, in bytes; 0 when it does not say.
        """
        if self.process is None:
            return 0
        try:
            self.control.send(b"clean")
            deadline = time.monotonic() + CLEAN_SECONDS
            while "clean" not in (said := self.hear(deadline - time.monotonic())):
                pass
            return said["memory"]
        except (OSError, JailBroken):
            self.stop()
            return 0

    def hear(self, seconds: float) -> dict:
        """The parent's next report."""
        self.control.settimeout(max(seconds, 0.001))
        try:
            message = self.control.recv(65536)
        except OSError as error:
            raise JailBroken(f"no word from the jail: {error}") from None
        if not message:
            raise JailBroken("the jail has ended")
        return json.loads(message)

    def stop(self) -> None:
        """End the jail and everything in it."""
        if self.process is not None:
            self.control.close()  # it ends by itself when the grader hangs up
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stderr.close()
            self.process = None
        if self.home is not None:
            shutil.rmtree(self.home.name, ignore_errors=True)
            self.home = None

    def __enter__(self) -> "Jail":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def launch(self) -> None:
        """Start the parent, if it does not run, without waiting until it is ready."""
        if self.process is not None:
            return
        self.ready = False
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {"uid": 0, "jailed": self.sandbox, "home": "/submission"}
        config["modules"] = self.modules
        config["folders"] = ["/submission", "/tmp", "/dev/shm"]
        environment = environment_inside()
        if self.sandbox:
            as_root = os.geteuid() == 0 and not _user_namespace_forced()
            if as_root:
                config["uid"] = UNUSED_UID + os.getpid()
            command = [*bubblewrap(as_root), *python_inside()]
        else:
            self.home = tempfile.TemporaryDirectory(prefix="submission-")
            config |= {"home": self.home.name, "folders": [self.home.name]}
            command = [sys.executable, "-I", str(INSIDE / "inside.py")]
            environment |= {
                "HOME": self.home.name,
                "MPLCONFIGDIR": matplotlib.get_cachedir(),
                "PATH": os.environ.get("PATH", ""),
            }
        self.process = subprocess.Popen(
            [*command, json.dumps(config)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        self.control = ours
        self.starts += 1

    def _await_ready(self) -> None:
        if self.ready:
            return
        try:
            self.hear(START_SECONDS)
        except JailBroken:
            self.process.kill()
            said = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            self.stop()
            reason = said[-1] if said else "it ends without a word"
            raise CourseError(f"the jail does not start: {reason}") from None
        self.ready = True


def environment_inside() -> dict[str, str]:
    """The whole environment of student code."""
    return {
        "COURSE_SCALE": "smoke",
        "HOME": "/submission",
        "LANG": "C.UTF-8",
        "LOGNAME": "student",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "USER": "student",
    }


def python_inside() -> list[str]:
    """The command that runs jail/inside.py with this interpreter, as seen in the jail."""
    prefix = Path("/venv") if sys.prefix != sys.base_prefix else Path(sys.prefix)
    executable = prefix / Path(sys.executable).relative_to(sys.prefix)
    return [str(executable), "-I", "/jail/inside.py"]


def bubblewrap(as_root: bool) -> list[str]:
    """The bubblewrap command up to the program to run: only the interpreter, and no way out.

    Root sets up without a user namespace, because the limit on the number of processes does not
    bind root; the warm parent then takes on an unused user id and has no capability left.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise CourseError(f"bubblewrap is missing: {INSTALL}, or grade with --no-sandbox")
    command = [program, "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
    if as_root:
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--hostname", "jail"]
    for name in ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"):
        path = Path(name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            command += ["--ro-bind", name, name]
    bound = ["/usr"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.base_exec_prefix)):
        if not Path(prefix).resolve().is_relative_to("/usr"):
            bound.append(prefix)
    for name in bound:
        for parent in reversed(
            Path(name).parents[:-1]
        ):  # else bubblewrap makes them for root alone
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind", name, name]
    if sys.prefix != sys.base_prefix:
        command += ["--ro-bind", str(Path(sys.prefix).resolve()), "/venv"]
    for name in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/sys/devices/system/cpu"):
        command += ["--ro-bind-try", name, name]
    command += ["--ro-bind-try", matplotlib.get_cachedir(), "/fonts"]
    command += ["--ro-bind", str(INSIDE), "/jail", "--proc", "/proc", "--dev", "/dev"]
    for name, megabytes in (("/tmp", 256), ("/dev/shm", 256), ("/submission", 128)):
        command += ["--perms", "1777", "--size", str(megabytes * 2**20), "--tmpfs", name]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv"]
    for name, value in environment_inside().items():
        command += ["--setenv", name, value]
    return command


def why_no_sandbox() -> str:
    """Why a jail cannot be made here and what to do about it; empty when it can."""
    program = shutil.which("bwrap")
    if program is None:
        return f"bubblewrap is missing: {INSTALL}"
    as_root = os.geteuid() == 0 and not _user_namespace_forced()
    command = [*bubblewrap(as_root), *python_inside()[:1], "-I", "-c", "pass"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    said = (done.stderr.strip().splitlines() or ["no word"])[-1]
    if "namespace" in said or "Operation not permitted" in said or "mount" in said:
        return (
            f"bubblewrap may not make namespaces here ({said}): on the machine itself, allow them"
            " (sysctl kernel.unprivileged_userns_clone=1 on Debian, kernel.apparmor_restrict"
            "_unprivileged_userns=0 on Ubuntu); in Docker or Podman, start the container with"
            " --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
            " (and --cap-add SYS_ADMIN when it runs as root)"
        )
    return f"the jail does not start: {said}"


def _user_namespace_forced() -> bool:
    return os.environ.get("COURSE_USER_NAMESPACE") == "1"
