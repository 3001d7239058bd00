# tests/lib/longpath.py - a long network path for tests and benchmarks in Python: the script runs itself at the near end of
# tests/lib/longpath_tool.c, and starts servers at the far end.
import os
import socket
import subprocess
import sys

from ftpgrid import TOOLS, skip_all

NEAR, FAR = "10.9.0.1", "10.9.0.2"
NEAR_NAME, FAR_NAME = "near.longpath", "far.longpath"
# What a case begins with: no path at all.
CLEAR = {"delay": 0, "rate": 0, "queue": 0, "loss": 0, "hole": 0, "idle": 0, "down": 0, "seed": 1}


def begin():
    """Go on at the near end of a path, or skip the file; call it first.  The path."""
    if "LONGPATH_FD" not in os.environ:
        probe = subprocess.run([f"{TOOLS}/longpath", "true"], stderr=subprocess.PIPE, text=True, check=False)
        if probe.returncode:
            skip_all(probe.stderr.strip() or f"longpath ended with {probe.returncode}")
        os.environ["GRID_NAMES"] = f"DNS:{NEAR_NAME},DNS:{FAR_NAME}"  # for the host's certificate
        os.execv(f"{TOOLS}/longpath", ["longpath", sys.executable, *sys.argv])
    return LongPath()


def wrap():
    """What goes before a command so that it runs at the far end."""
    return ["nsenter", f"--net={os.environ['LONGPATH_FAR']}"]


class LongPath:
    def __init__(self):
        self.s = socket.socket(fileno=int(os.environ["LONGPATH_FD"]))
        os.set_inheritable(self.s.fileno(), False)
        # what one connection has learnt is not for the next one
        self.sysctl("tcp_no_metrics_save", "1")

    def tell(self, **keys):
        """Change the path; what it has counted, before a reset."""
        self.s.send(" ".join(f"{k}={v}" for k, v in keys.items()).encode() or b"-")
        return {k: float(v) for k, v in (word.split("=") for word in self.s.recv(1024).decode().split())}

    def become(self, **keys):
        """The path is as KEYS say from now on, and has counted nothing."""
        self.tell(reset=1, **{**CLEAR, **keys})

    @staticmethod
    def sysctl(name, value):
        """Set net.ipv4.NAME at both ends."""
        for at in ((), wrap()):
            subprocess.run([*at, "sh", "-c", f"echo {value} >/proc/sys/net/ipv4/{name}"], check=True)

    @staticmethod
    def start(world, kind, *options, near=False):
        """A server of WORLD at the far end, or the near one; its url() is for clients at either."""
        address, name = (NEAR, NEAR_NAME) if near else (FAR, FAR_NAME)
        s = world.start(kind, *options, wrap=() if near else wrap(), address=address)
        url = s.url
        s.url = lambda path="": url(path, host=name)
        return s
