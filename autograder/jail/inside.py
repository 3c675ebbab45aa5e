"""The warm parent inside the jail and the children that run one submission each.

The parent imports the libraries once and forks a child for every submission. It is the first
process of its process namespace, so that no child can kill it, and that it can kill everything.
It speaks with the grader over standard input (a socket), its children over a socket of their own.

This file is handed to student code's process: it knows nothing of tests, points or the course.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import random
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # python -I looks nowhere by itself

import numpy as np
import torch
import wire

MAX_STREAM = 200_000  # characters of text that one cell may print
MAX_DISPLAY = 2_000_000  # characters of one picture or value
MAX_OUTPUTS = 200
MAX_WARNINGS = 20

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 36, 38
libc = ctypes.CDLL(None, use_errno=True)


# ---- the warm parent -----------------------------------------------------------------------------


def main() -> None:
    """Set up, report ready, then serve until the grader hangs up."""
    config = json.loads(sys.argv[1])
    control = socket.socket(fileno=os.dup(0))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    if config["uid"]:
        os.setgroups([])
        os.setresgid(*[config["uid"]] * 3)
        os.setresuid(*[config["uid"]] * 3)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if not config["jailed"]:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with contextlib.suppress(OSError):  # when memory runs out, the jail goes before the grader
        Path("/proc/self/oom_score_adj").write_text("500")
    shell = warm_shell(config["modules"])
    if config["jailed"]:
        filter_system_calls()
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    wipe(config)
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": os.getpid()}).encode())
    os.chdir("/")
    settings = scheduling()
    while serve_one(control, shell, config) and scheduling() == settings:
        pass


def scheduling() -> tuple:
    """What a child could have changed of this process for all that come after it."""
    return os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0), os.sched_getscheduler(0)


def serve_one(control: socket.socket, shell: Any, config: dict) -> bool:
    """Fork a child for one submission, clean up after it; False when this process should end."""
    message, sockets, _, _ = socket.recv_fds(control, 4096, 1)
    if not message:
        return False
    channel = socket.socket(fileno=sockets[0])
    limits = json.loads(message)
    child = os.fork()
    if child == 0:
        control.close()
        with contextlib.suppress(BaseException):
            run_child(channel, shell, config, limits)
        os._exit(0)
    channel.close()
    peak = watch(control, child, limits, config)
    if peak is None:
        return False
    kill_all(config)
    wipe(config)
    control.send(json.dumps({"clean": True, "memory": peak}).encode())
    return True


def watch(control: socket.socket, child: int, limits: dict, config: dict) -> int | None:
    """Report the child's death, mind the memory of all, return when the grader says so.

    Returns the most memory that was seen in use, in bytes; None when the grader has gone.
    """
    pidfd = os.pidfd_open(child)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(pidfd, select.POLLIN)
    alive = True
    peak = 0
    while True:
        for ready, _ in poll.poll(250):
            if ready == control.fileno():
                message = control.recv(4096)
                if message == b"cpu":
                    control.send(json.dumps({"cpu": processor_seconds(config)}).encode())
                    continue
                os.close(pidfd)
                return max(peak, memory_in_use(config)) if message else None
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            alive = report_death(control, poll, pidfd, status, "")
        peak = max(peak, memory_in_use(config) if alive else 0)
        if alive and peak > limits["memory_all"]:
            kill_all(config)
            alive = report_death(control, poll, pidfd, -signal.SIGKILL, "memory")


def report_death(
    control: socket.socket, poll: select.poll, pidfd: int, status: int, reason: str
) -> bool:
    poll.unregister(pidfd)
    control.send(json.dumps({"died": status, "reason": reason}).encode())
    return False


def others(config: dict) -> list[int]:
    """All other processes in the jail; without one, this process' descendants."""
    me = os.getpid()
    if config["jailed"]:
        return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and p.name != "1"]
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                text = (path / "stat").read_text()
                parents[int(path.name)] = int(text.rpartition(")")[2].split()[1])
    found, queue = [], [me]
    while queue:
        parent = queue.pop()
        children = [pid for pid, ppid in parents.items() if ppid == parent]
        found += children
        queue += children
    return found


def memory_in_use(config: dict) -> int:
    """Bytes of memory that are not shared with files, of all processes but this one."""
    total = 0
    for pid in others(config):
        with contextlib.suppress(OSError, ValueError):
            pages = Path(f"/proc/{pid}/statm").read_text().split()
            total += (int(pages[1]) - int(pages[2])) * resource.getpagesize()
    return total


def processor_seconds(config: dict) -> float:
    """Processor time that all processes but this one have taken."""
    total = 0
    for pid in others(config):
        with contextlib.suppress(OSError, ValueError):
            times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
            total += sum(map(int, times))
    return total / os.sysconf("SC_CLK_TCK")


def kill_all(config: dict) -> None:
    """Kill whatever the submission left running and wait until it is gone."""
    for _ in range(1000):
        if config["jailed"]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
        else:
            for pid in others(config):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)
    sys.exit("a process does not die")


def wipe(config: dict) -> None:
    """Empty every place that a submission can write to. What cannot be emptied ends the jail."""
    for folder in config["folders"]:
        for path in Path(folder).iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    if config["jailed"]:
        for kind, call in (("shm", libc.shmctl), ("sem", libc.semctl), ("msg", libc.msgctl)):
            table = Path(f"/proc/sysvipc/{kind}")
            for line in table.read_text().splitlines()[1:] if table.exists() else ():
                call(int(line.split()[1]), 0, 0)  # IPC_RMID


# Names of system calls that student code has no use for and that reach out of the jail or stay
# behind in the kernel, with their numbers on x86-64 and on 64-bit ARM.
REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "pidfd_getfd": (438, 438),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
}
CLONE3, CLONE, SOCKET = (435, 435), (56, 220), (41, 198)
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
NAMESPACES = 0x7E020000  # CLONE_NEW… of mount, cgroup, uts, ipc, user, pid, net
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def filter_system_calls() -> None:
    """Have the kernel refuse the calls above, new namespaces and unusual sockets (seccomp)."""
    known = ARCHITECTURES.get(os.uname().machine)
    if known is None:
        return
    column, architecture = known
    load, equal, bits, above, give = 0x20, 0x15, 0x45, 0x35, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    refuse, absent = 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS

    def op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("<HBBI", code, yes, no, value)

    steps = [op(load, 4), op(equal, architecture, 1, 0), op(give, kill), op(load, 0)]
    steps += [op(above, 0x40000000, 0, 1), op(give, refuse)]  # the x32 numbers
    for numbers in REFUSED.values():
        steps += [op(equal, numbers[column], 0, 1), op(give, refuse)]
    steps += [op(equal, CLONE3[column], 0, 1), op(give, absent)]  # glibc then takes clone
    steps += [op(equal, CLONE[column], 0, 4), op(load, 16), op(bits, NAMESPACES, 0, 1)]
    steps += [op(give, refuse), op(give, allow)]
    families = [op(equal, family, len(FAMILIES) - n, 0) for n, family in enumerate(FAMILIES)]
    steps += [op(equal, SOCKET[column], 0, len(families) + 3), op(load, 16), *families]
    steps += [op(give, refuse), op(give, allow), op(give, allow)]
    program = ctypes.create_string_buffer(b"".join(steps))
    header = struct.pack("HP", len(steps), ctypes.addressof(program))
    if libc.prctl(22, 2, ctypes.c_char_p(header), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        sys.exit("the kernel refuses the filter of system calls")


# ---- IPython -------------------------------------------------------------------------------------


def warm_shell(modules: list[str]) -> Any:
    """An IPython shell whose outputs are collected; `modules` and what it needs are imported."""
    for path in Path("/fonts").glob("fontlist-*.json"):  # saves matplotlib a search of seconds
        folder = Path(os.environ["MPLCONFIGDIR"])
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder)
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.display_pub_class = "IPython.core.displaypub.DisplayPublisher"
    shell = InteractiveShell.instance(config=config)
    shell.enable_gui = lambda gui=None: None  # or `%matplotlib inline` fails, and its cell with it
    for name in ("matplotlib.pyplot", "tqdm.auto", *modules):
        with contextlib.suppress(ImportError):  # also of what is no module but a name in one
            importlib.import_module(name)
    with contextlib.suppress(Exception):
        shell.enable_matplotlib("inline")
    importlib.import_module("torch.fx.experimental.symbolic_shapes")  # as the first backward() does
    if "torch.optim" in modules:  # the first optimizer imports torch's compiler
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    with collecting(shell):  # the first error and the first figure import a good deal more
        shell.run_cell("1 + 1", store_history=False)
        shell.run_cell("def f():\n    return 1 / 0\nf()", store_history=False)
        shell.run_cell("import matplotlib.pyplot as p; p.plot([1]); p.show()", store_history=False)
    shell.reset(new_session=True)
    return shell


class Stream(io.TextIOBase):
    """Standard output or error of a cell: text goes to the list of outputs, up to a limit."""

    def __init__(self, name: str, outputs: list[dict]) -> None:
        self.name = name
        self.outputs = outputs
        self.room = MAX_STREAM

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        kept = text[: self.room]
        if kept and self.room:
            self.room -= len(kept)
            if not self.room:
                kept += "\n… the rest of the output is cut\n"
            last = self.outputs[-1] if self.outputs else {}
            if last.get("output_type") == "stream" and last["name"] == self.name:
                last["parts"].append(kept)
            elif len(self.outputs) < MAX_OUTPUTS:
                self.outputs.append({"output_type": "stream", "name": self.name, "parts": [kept]})
        return len(text)


@contextlib.contextmanager
def collecting(shell: Any) -> Any:
    """Collect streams, displayed values and errors while a cell or call runs; yields the list."""
    outputs: list[dict] = []

    def add(output: dict) -> None:
        if len(outputs) < MAX_OUTPUTS:
            outputs.append(output)

    def publish(data: dict, metadata: Any = None, **_: Any) -> None:
        add({"output_type": "display_data", "data": small(data)})

    def show(result: Any = None) -> None:
        if result is not None and not shell.displayhook.quiet():
            data, _ = shell.display_formatter.format(result)
            shell.displayhook.update_user_ns(result)
            add({"output_type": "execute_result", "data": small(data)})

    def fail(etype: type, evalue: Any, lines: list[str]) -> None:
        add(
            {
                "output_type": "error",
                "ename": etype.__name__[:200],
                "evalue": describe(evalue),
                "traceback": [str(line)[:5000] for line in lines[:100]],
            }
        )

    shell.display_pub.publish = publish
    shell._showtraceback = fail
    streams = sys.stdout, sys.stderr
    hook = shell.display_trap.hook
    shell.display_trap.hook = show
    sys.stdout, sys.stderr = Stream("stdout", outputs), Stream("stderr", outputs)
    try:
        yield outputs
    finally:
        sys.stdout, sys.stderr = streams
        shell.display_trap.hook = hook
        for output in outputs:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))


def small(data: dict) -> dict:
    """The text and the picture of a displayed value, if they are not too large."""
    kept = {}
    for kind in ("text/plain", "image/png"):
        value = data.get(kind)
        if isinstance(value, bytes):
            import base64

            value = base64.b64encode(value).decode()
        if isinstance(value, str):
            kept[kind] = value if len(value) <= MAX_DISPLAY else "(too large)"
    if kept.get("image/png") == "(too large)":
        del kept["image/png"]
    return kept


def describe(error: BaseException) -> str:
    """The message of an exception, however it is made."""
    try:
        return str(error)[:5000]
    except BaseException as other:
        return f"({type(other).__name__} while the message was made)"


# ---- the child -----------------------------------------------------------------------------------


def run_child(channel: socket.socket, shell: Any, config: dict, limits: dict) -> None:
    """Serve the requests of one submission until the grader hangs up."""
    os.setsid()
    for name in ("DATA", "NPROC", "FSIZE", "CPU", "NOFILE", "CORE"):
        if name in limits:
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            wanted = limits[name] if hard < 0 else min(limits[name], hard)
            resource.setrlimit(kind, (wanted, wanted))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(config["home"])
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    objects: list[Any] = []

    def keep(value: Any) -> wire.Foreign:
        objects.append(value)
        return wire.Foreign(ref=len(objects) - 1)

    def find(name: wire.Foreign) -> Any:
        return shell.user_ns[name.name] if name.name else objects[name.ref]

    while True:
        header = read_exactly(channel, 8)
        request = read_exactly(channel, struct.unpack(">Q", header)[0])
        try:
            answer = handle(request, shell, find, keep)
        except MemoryError:
            answer, _ = wire.dumps({"error": error_facts(MemoryError("out of memory"))})
        except BaseException as error:
            answer, _ = wire.dumps({"error": error_facts(error)})
        header = struct.pack(">Qd", len(answer), time.process_time())
        channel.sendall(header + answer)


def handle(request: bytes, shell: Any, find: Any, keep: Any) -> bytes:
    """Do what one request asks and return the encoded answer."""
    try:
        (kind, *rest), table = wire.loads(request, foreign=find, limits=False)
    except KeyError as missing:
        return wire.dumps({"undefined": str(missing.args[0])})[0]
    if kind == "files":
        for name, data in rest[0].items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return wire.dumps({})[0]
    if kind == "cell":
        with collecting(shell) as outputs:
            result = shell.run_cell(rest[0], store_history=True)
            if result.error_before_exec and not any(o["output_type"] == "error" for o in outputs):
                shell.showtraceback()
        error = result.error_before_exec or result.error_in_exec
        answer = {"outputs": outputs, "failed": bool(error)}
        if error:
            answer["error"] = error_facts(error)
        return wire.dumps(answer)[0]
    target, method, args, kwargs, news = rest
    wire.set_random_state(news)
    return call(shell, keep, (target, method, args, kwargs), table)


def call(shell: Any, keep: Any, what: tuple, table: list) -> bytes:
    """Call a function or a method; answer with its result and what it did to its arguments."""
    target, method, args, kwargs = what
    before, random_before = wire.fingerprints(table), wire.random_state()
    answer: dict[str, Any] = {}
    with collecting(shell) as outputs, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            function = getattr(target, method) if method else target
            answer["result"] = function(*args, **kwargs)
        except BaseException as error:
            answer["error"] = error_facts(error)
    changed = {}
    for number, (old, new) in enumerate(zip(before, wire.fingerprints(table), strict=True)):
        if old != new:
            changed[number] = snapshot(table[number])
    answer["changed"] = changed
    answer["outputs"] = outputs
    answer["warnings"] = [
        (wire.builtin_name(warning.category, Warning), describe(warning.message))
        for warning in warned[:MAX_WARNINGS]
    ]
    answer["random"] = {
        name: state
        for name, state in wire.random_state().items()
        if wire.dumps(state)[0] != wire.dumps(random_before[name])[0]
    }
    try:
        return wire.dumps(answer, table, keep)[0]
    except wire.WireError as error:
        return wire.dumps({"error": error_facts(TypeError(f"the result is {error}"))})[0]


def snapshot(value: Any) -> Any:
    """A copy of a numbered object that does not carry its number."""
    if isinstance(value, np.ndarray):
        return np.array(value, subok=False)
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.random.Generator):
        bits = type(value.bit_generator)(0)
        bits.state = value.bit_generator.state
        return np.random.Generator(bits)
    if isinstance(value, dict):
        return tuple(value.keys()), tuple(value.values())
    return tuple(value)


def error_facts(error: BaseException) -> tuple[str, str, tuple, str]:
    """An exception as plain data: its class, the nearest built-in one, its arguments, message."""
    args = []
    for value in error.args[:10] if isinstance(error.args, tuple) else ():
        try:
            wire.dumps(value)
        except wire.WireError:
            value = str(type(value).__name__)
        args.append(value)
    return type(error).__name__[:200], wire.builtin_name(type(error)), tuple(args), describe(error)


def read_exactly(channel: socket.socket, size: int) -> bytearray:
    """Read `size` bytes; end this process when the grader hangs up."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = channel.recv_into(view)
        if not count:
            os._exit(0)
        view = view[count:]
    return data


if __name__ == "__main__":
    main()
