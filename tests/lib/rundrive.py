# tests/lib/rundrive.py - starts the runner with a stand-in for the gatekeeper
# (tests/lib/runner_tool.c) and drives it; throwaway accounts when root; TAP.
import atexit
import os
import pwd
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

import throwaway

BIN, TOOLS = os.environ["BIN"], os.environ["TOOLS"]
ROOT = os.geteuid() == 0
DEADLINE = 120  # for a machine that hangs
count = failed = 0


def ok(title, good, note=""):
    """One test: GOOD is a value, or a function that may raise."""
    global count, failed
    count += 1
    try:
        good = good() if callable(good) else good
    except Exception as e:
        good, note = False, f"{type(e).__name__}: {e}"
    if not good:
        failed += 1
    print(f"{'ok' if good else 'not ok'} {count} - {title}", flush=True)
    if not good and note:
        print("# " + str(note).replace("\n", "\n# "), flush=True)


def skip(title, reason):
    global count
    count += 1
    print(f"ok {count} - {title} # SKIP {reason}", flush=True)


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


def until(what, test):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.02)
    raise TimeoutError(what)


def free_port():
    """A port of the loopback that stays ours over a restart: none of those that the kernel gives to whoever connects."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low = int(f.read().split()[0])
    while True:
        port = random.randrange(low // 3, low)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def stopped(pid):
    """Whether it has stopped itself at a test point; the point's file says so a moment earlier."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


# What a job says to wait, without looking again and again, for let_go() of DIRECTORY/go, which may come first.
GATE = "mkfifo .go; exec 3<>.go; if ln .go go 2>/dev/null; then read go <&3; fi"


def let_go(directory):
    try:
        open(f"{directory}/go", "x").close()
    except FileExistsError:
        fd = os.open(f"{directory}/go", os.O_RDWR)  # waits for no reader
        os.write(fd, b"\n")
        os.close(fd)


class Accounts:
    """Throwaway accounts; as an ordinary user, that user alone."""

    def __init__(self, *names):
        self.made, self.name = [], {}
        for n in names:
            if ROOT:
                real = throwaway.make(f"gh{os.getpid() % 100000}{n}", "-m")
                self.made.append(real)
                atexit.register(self.remove)
            else:
                real = pwd.getpwuid(os.geteuid()).pw_name
            self.name[n] = real

    def remove(self):
        for n in self.made:
            throwaway.remove(n, "-r")
        self.made = []


class Scratch:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="it.")
        os.chmod(self.dir, 0o755)
        atexit.register(self.remove)

    def remove(self):
        if not failed:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print(f"# kept {self.dir}")


class Runner:
    """One runner; cmd() asks it through the stand-in, one line each way."""

    def __init__(self, dir, gridmap, account=None, options=(), env=None, start=True, tool="runner"):
        self.dir, self.account, self.options = dir, account, list(options)
        self.env = dict(os.environ, **(env or {}))
        self.bin = f"{dir}/bin"
        if not os.path.isdir(self.bin):
            os.mkdir(self.bin)
            for p in ("gatekeeper-runner", "gatekeeper-job", "gridcp"):
                if os.path.exists(f"{BIN}/{p}"):
                    shutil.copy(f"{BIN}/{p}", f"{self.bin}/{p}")
            shutil.copy(f"{TOOLS}/{tool}", f"{self.bin}/gatekeeper")
        self.map(gridmap)
        if start:
            self.start()

    def map(self, lines):
        with open(f"{self.dir}/grid-mapfile.new", "w") as f:
            for dn, accounts in lines:
                f.write(f'"{dn}" {accounts}\n')
        os.rename(f"{self.dir}/grid-mapfile.new", f"{self.dir}/grid-mapfile")

    def start(self):
        name = uuid.uuid4().hex[:8]
        self.fifo, self.log = f"{self.dir}/script.{name}", f"{self.dir}/log.{name}"
        os.mkfifo(self.fifo, 0o644)
        os.chmod(self.fifo, 0o644)
        conf = ["-F", "-c", "/dev/null", "-o", "log.level=info"]
        for k, v in (("security.gridmap", f"{self.dir}/grid-mapfile"), ("gatekeeper.state", f"{self.dir}/state"),
                     ("gatekeeper.sessions", f"{self.dir}/sessions"), ("security.certificates", f"{self.dir}/certs"),
                     ("gatekeeper.runner_state", f"{self.dir}/runner"), ("gatekeeper.kill_grace", "1")):
            conf += ["-o", f"{k}={v}"]
        if self.account:
            conf += ["-o", f"security.account={self.account}"]
        for o in self.options:
            conf += ["-o", o]
        self.p = subprocess.Popen([f"{self.bin}/gatekeeper-runner"] + conf, env=dict(self.env, RUNNER_SCRIPT=self.fifo),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(self.log, "w"), text=True)
        atexit.register(self.stop)
        fd = None
        end = time.monotonic() + DEADLINE
        while fd is None and self.p.poll() is None and time.monotonic() < end:
            try:  # the stand-in has to have it open
                fd = os.open(self.fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.01)
        if fd is None:
            raise RuntimeError("the runner did not start: " + open(self.log).read())
        os.set_blocking(fd, True)
        self.script = os.fdopen(fd, "w")

    def send(self, *fields):
        self.script.write("\t".join(str(f).replace("\n", "\x1f") for f in fields) + "\n")
        self.script.flush()

    def cmd(self, *fields):
        """The answer to FIELDS.  After a TimeoutError the stand-in is out of step: stop() and start() again."""
        self.send(*fields)
        if not select.select([self.p.stdout], [], [], DEADLINE)[0]:
            raise TimeoutError(f"no answer to {' '.join(map(str, fields))}")
        line = self.p.stdout.readline()
        if line == "":
            raise RuntimeError("the runner is gone: " + open(self.log).read())
        return line.rstrip("\n")

    def job(self, dn, *spec, id=None, start=True):
        """Register and start a job held; its id."""
        id = id or str(uuid.uuid4())
        r = self.cmd("register", id, dn)
        if not r.startswith("ok"):
            raise RuntimeError(r)
        if start:
            for k, v in spec:
                self.cmd("spec", k, v)
            r = self.cmd("prepare", id)
            r = self.cmd("start", id) if r == "ok" else r
            if not r.startswith("ok"):
                raise RuntimeError(r)
        return id

    def stop(self, sig=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(sig)
        self.p.wait(DEADLINE)
        return self.p.returncode

    def gatekeeper(self):
        kids = open(f"/proc/{self.p.pid}/task/{self.p.pid}/children").read().split()
        return int(kids[0])


def value(line, key):
    """The value of KEY in 'ok key=value ...'; text= goes to the end."""
    for part in line.split(" "):
        if part.startswith(key + "="):
            return line.split(key + "=", 1)[1] if key == "text" else part[len(key) + 1:]
    return None


def sh(script):
    return (("program", "sh"), ("arg", "-c"), ("arg", script))
