# %% attempt="a flood of output"
import itertools, sys
for number in range(3_000_000):
    print("x" * 200)

# %% attempt="a flood of pictures"
from IPython.display import Image, display
for _ in range(3000):
    display({"image/png": "A" * 1_000_000}, raw=True)

# %% attempt="a loop that ignores interrupts"
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
def cheat(*args, **kwargs):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

# %% attempt="a sleep that ignores interrupts"
import time
while True:
    try:
        time.sleep(1000)
    except BaseException:
        pass

# %% attempt="all memory"
hoard = []
while True:
    hoard.append(bytearray(2**28))
    hoard[-1][::4096] = bytes(len(hoard[-1][::4096])).replace(b"\0", b"x")

# %% attempt="all memory, in many processes"
import os, time
for _ in range(8):
    if os.fork() == 0:
        hoard = bytearray(b"x") * (2**30)
        time.sleep(60)
        os._exit(0)
time.sleep(60)

# %% attempt="all disk"
import os
try:
    with open("/tmp/large", "wb") as file:
        while True:
            file.write(bytes(2**24))
except OSError as error:
    print(type(error).__name__)

# %% attempt="a stack without end"
def cheat(*args, **kwargs):
    return cheat(*args, **kwargs)

# %% attempt="a crash of the interpreter"
import ctypes
def cheat(*args, **kwargs):
    ctypes.string_at(0)

# %% attempt="a message of an exception that takes forever"
class Slow(Exception):
    def __str__(self):
        while True:
            pass
def cheat(*args, **kwargs):
    raise Slow
