# %% attempt="sys.exit in a function"
import sys
def cheat(*args, **kwargs):
    sys.exit(0)

# %% attempt="os._exit in a function"
import os
def cheat(*args, **kwargs):
    os._exit(0)

# %% attempt="quit"
quit()
exit(0)
raise SystemExit(0)

# %% attempt="signals to everybody"
import os, signal
for pid in range(1, 200):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        if pid != os.getpid():
            try:
                os.kill(pid, number)
            except OSError:
                pass
def cheat(*args, **kwargs):
    os.kill(1, signal.SIGINT)
    os.kill(-1, signal.SIGKILL)
    os.kill(os.getppid(), signal.SIGSEGV)
    os.kill(os.getpid(), signal.SIGKILL)

# %% attempt="a signal that comes later"
import signal
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.setitimer(signal.ITIMER_REAL, 0.05)
while True:
    pass

# %% attempt="a fork that answers twice"
import os
def cheat(*args, **kwargs):
    os.fork()
    return 0.0

# %% attempt="a fork bomb"
import os, time
end = time.time() + 3
while time.time() < end:
    try:
        os.fork()
    except OSError:
        pass
os._exit(0)

# %% attempt="processes that stay behind"
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            try:
                open("/tmp/lingering", "w").write("here")
            except OSError:
                pass
    os._exit(0)

# %% attempt="files that stay behind"
import os, pathlib
for folder in ("/tmp", "/dev/shm", "/submission", os.path.expanduser("~"), "/var/tmp"):
    try:
        pathlib.Path(folder, "left behind").write_text("for the next")
        pathlib.Path(folder, "deep", "er").mkdir(parents=True)
        os.chmod(pathlib.Path(folder, "deep"), 0)
    except OSError:
        pass

# %% attempt="memory that stays behind"
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmget(4242, 4096, 0o1666)
libc.semget(4242, 1, 0o1666)
libc.msgget(4242, 0o1666)
libc.syscall(248, b"user", b"left", b"behind", 6, -4)

# %% attempt="the warm parent slowed down"
import os
for pid in (1, os.getppid()):
    try:
        os.setpriority(os.PRIO_PROCESS, pid, 19)
        os.sched_setaffinity(pid, {0})
    except OSError:
        pass

# %% attempt="forged answers on every socket"
import os, socket, struct
def cheat(*args, **kwargs):
    for number in range(3, 64):
        try:
            channel = socket.socket(fileno=os.dup(number))
            body = b"M*" + struct.pack(">Q", 0) + b"*" + struct.pack(">Q", 0)
            for _ in range(50):
                channel.send(struct.pack(">Qd", len(body), 0.0) + body)
            channel.send(b'{"died": 0, "clean": true, "cpu": 0}')
        except OSError:
            pass
    return 0.0

# %% attempt="every descriptor closed"
import os
os.closerange(0, 256)

# %% attempt="nonsense on the socket"
import os
def cheat(*args, **kwargs):
    for number in range(3, 64):
        try:
            os.write(number, b"\xff" * 100_000)
        except OSError:
            pass
