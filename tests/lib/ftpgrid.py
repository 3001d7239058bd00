# tests/lib/ftpgrid.py - a throwaway grid for GridFTP tests in Python: CA and
# credentials (tests/lib/grid.sh makes them), an account, ours and the real
# server on free ports of the loopback, clients, cases that run in parallel, TAP.
import atexit
import concurrent.futures
import hashlib
import itertools
import os
import pwd
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import throwaway

SRC, BIN = os.environ["SRC"], os.environ["BIN"]
TOOLS = os.environ.get("TOOLS", "")
VERBOSE = bool(os.environ.get("V"))
FULL = bool(os.environ.get("GATEHOUSE_FULL"))
ROOT = os.geteuid() == 0
DEADLINE = int(os.environ.get("GRID_DEADLINE", "120"))
KINDS = ("full two limited independent expired untrusted forged revoked selfsigned badpolicy legacy "
         "full-below-limited language stranger").split()
_blob = random.Random(20261123).randbytes(1 << 20)


class Failure(Exception):
    """What a case says when it fails."""


class Skip(Exception):
    """Why a case cannot run here."""


def have(*programs):
    return all(shutil.which(p) or os.access(p, os.X_OK) for p in programs)


def data(size, salt=0):
    """SIZE bytes without a pattern, others for another SALT."""
    head = b"%d:%d\n" % (size, salt)
    at = salt * 7919 % (1 << 19)
    body = _blob[at:] + _blob[:at]
    return ((head + body) * (size // len(body) + 1))[:size]


def write(path, content, mode=0o644):
    with open(path, "wb") as f:
        f.write(content)
    os.chmod(path, mode)
    return content


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise Failure(f"{path}: {e.strerror}") from None


def same(path, content):
    got = read(path)
    if got != content:
        at = next((i for i, (a, b) in enumerate(zip(got, content)) if a != b), min(len(got), len(content)))
        raise Failure(f"{path}: {len(got)} bytes, wanted {len(content)}; first difference at {at}")


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def comm(pid):
    """The name of a process, None when it has ended."""
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
    except OSError:
        return None


def until(what, test):
    end = time.monotonic() + DEADLINE
    while not test():
        if time.monotonic() > end:
            raise Failure(f"waited {DEADLINE} s in vain: {what}")
        time.sleep(0.02)


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def text(self):
        return (self.out + self.err).decode("utf-8", "replace")


class World:
    """Scratch directory, credentials, account; .srv belongs to the account, .loc to us."""

    def __init__(self, users=("alice",), kinds=(), where=None):
        self.dir = tempfile.mkdtemp(prefix="it.", dir=where)
        self.failed, self.servers, self.numbers = False, [], itertools.count()
        self.owner = os.getpid()
        atexit.register(self.end)
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, lambda *_: sys.exit(130))
        os.chmod(self.dir, 0o755)
        self.pki, self.srv, self.loc = (f"{self.dir}/{d}" for d in ("pki", "srv", "loc"))
        os.mkdir(self.srv)
        os.mkdir(self.loc)
        self.account = self._account()
        if ROOT:
            shutil.chown(self.srv, self.account, pwd.getpwnam(self.account).pw_gid)
        self._credentials(users, kinds)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("X509_", "GRIDMAP", "GLOBUS_"))}
        # no home: nothing of this machine's user gets into the tests
        self.env.update(X509_CERT_DIR=f"{self.pki}/certificates", X509_USER_PROXY=self.proxy("alice"),
                        HOME=self.loc, LC_ALL="C.UTF-8")

    def _account(self):
        if not ROOT:
            return pwd.getpwuid(os.geteuid()).pw_name
        self.made = throwaway.make(f"gh{os.getpid() % 1000000}f", "-M", "-d", self.srv)
        return self.made

    def _credentials(self, users, kinds):
        script = [f'SCRATCH={shlex.quote(self.dir)}; cleanup() {{ :; }}; . "$SRC/tests/lib/grid.sh"; D={self.pki}',
                  "grid_ca $D"]
        for u in users:
            script += [f"grid_user $D {u} 'Test {u.title()}'", f"grid_map $D {u} {self.account}"]
        script += [f"grid_proxy $D alice {k}" for k in kinds] + ["grid_conf $D"]
        done = subprocess.run(["sh", "-c", " &&\n".join(script)], capture_output=True, check=False,
                              env=dict(os.environ, SRC=SRC, GRID_KEY="rsa:2048"))
        if done.returncode:
            raise Failure("credentials: " + (done.stdout + done.stderr).decode() + self.tail(f"{self.pki}/keys/log"))

    def proxy(self, name):
        return f"{self.pki}/proxy/{name}.pem"

    def tail(self, path, lines=12):
        try:
            with open(path, errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""

    def run(self, argv, env=None, stdin=None, timeout=DEADLINE, **more):
        """Run ARGV to its end; a hang is a failure."""
        env = {k: v for k, v in dict(self.env, **(env or {})).items() if v is not None}
        p = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE if stdin is not None
                             else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True, cwd=self.loc, **more)
        try:
            out, err = p.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
            raise Failure(f"hung for {timeout} s: {shlex.join(argv)}\n{err[-2000:].decode(errors='replace')}") from None
        return Result(p.returncode, out, err)

    def start(self, kind, *options, **more):
        s = (Ours if kind == "ours" else Real)(self, options, **more)
        self.servers.append(s)
        return s

    def end(self):
        if os.getpid() != self.owner:
            return
        for s in self.servers:
            s.stop()
        if getattr(self, "made", None):
            throwaway.remove(self.made)
        if self.failed:
            print(f"# kept {self.dir}", flush=True)
        else:
            subprocess.run(["chmod", "-R", "u+rwX", self.dir], capture_output=True, check=False)
            shutil.rmtree(self.dir, ignore_errors=True)


class Server:
    """One server process and what its children use."""

    def __init__(self, world, options, env=None, wrap=(), address="127.0.0.1"):
        self.world, self.address = world, address
        self.log = f"{world.dir}/{self.kind}{next(world.numbers)}.log"  # cases start servers in parallel
        self.out = open(f"{self.log}.out", "wb")  # pylint: disable=consider-using-with
        self.p = subprocess.Popen([*wrap, *self.argv(options)], env=dict(self.environ(), **(env or {})), stdout=self.out,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.p.pid
        until(f"{self.kind} listens", lambda: self.ready() or self.p.poll() is not None)
        if self.p.poll() is not None:
            raise Failure(f"{self.kind} server did not start:\n" + world.tail(f"{self.log}.out") + world.tail(self.log))

    def ready(self):
        m = re.search(self.READY, self.world.tail(f"{self.log}.out", 50))
        self.port = int(m.group(1)) if m else 0
        return m

    def url(self, path="", host="localhost"):
        return f"gsiftp://{host}:{self.port}{path}"

    def pids(self):
        """The process and all below."""
        children = {}
        for p in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{p}/stat") as f:
                    children.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(p))
            except OSError:
                pass
        tree, todo = [], [self.pid]
        while todo:
            tree.append(todo.pop())
            todo += children.get(tree[-1], [])
        return tree

    def waiting(self):
        """Codecs that wait for a connection."""
        return [p for p in self.pids()[1:] if comm(p) == "gridftp-ready"]

    def sessions(self):
        return [p for p in self.pids()[1:] if comm(p) != "gridftp-ready"]

    def stop(self):
        if self.p.poll() is None:
            below = self.pids()[1:]
            self.p.terminate()
            try:
                self.p.wait(10)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
            for pid in below:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        self.out.close()


class Real(Server):
    kind = "real"
    READY = r"(?m)^Server listening at .*:(\d+)"

    def argv(self, options):
        return ["globus-gridftp-server", "-s", "-c", "none", "-p", "0", "-control-interface", self.address,
                "-data-interface", self.address, "-l", self.log, "-d", "error,warn,info", *options]

    def environ(self):
        w = self.world
        return {"PATH": os.environ["PATH"], "HOME": w.srv, "X509_CERT_DIR": f"{w.pki}/certificates",
                "GRIDMAP": f"{w.pki}/grid-mapfile", "X509_USER_CERT": f"{w.pki}/hostcert.pem",
                "X509_USER_KEY": f"{w.pki}/hostkey.pem", "GLOBUS_HOSTNAME": "localhost"}


class Ours(Server):
    kind = "ours"
    READY = r' daemon\.ready .*listen="?[^" ]*:(\d+)'

    def argv(self, options):
        return [f"{BIN}/gridftp", "-F", "-c", f"{self.world.pki}/gatehouse.conf", "-o",
                f"gridftp.listen={self.address}:0", *options]

    def environ(self):
        return {k: v for k, v in os.environ.items() if not k.startswith(("X509_", "GRIDMAP", "GLOBUS_"))}


def crashes(servers):
    """How many processes of the real servers have died of a signal, as their parents log it."""
    return sum(read(s.log).count(b" ended with rc = 11") for s in servers if s.kind == "real" and os.path.exists(s.log))


def run_real(w, servers, argv):
    """A client's success.  The real server's sender of stripes dies of SIGSEGV now and then, whoever receives, or loses its
    way among several addresses (to four nodes of its own a third of the smaller files): then the copy is tried again."""
    for _ in range(20):
        before = crashes(servers)
        r = w.run(argv, timeout=DEADLINE)
        if r.code == 0:
            return r
        lost = servers[0].kind == "real" and "eof has already been registered" in r.text()
        end = time.monotonic() + 5  # the parent's line comes after the client's end
        while not lost and crashes(servers) == before:
            if time.monotonic() > end:
                raise Failure(r.text()[-3000:])
            time.sleep(0.05)
        print(f"# the real server's {'sender lost its way' if lost else 'process died, which its log says'}; again", flush=True)
    raise Failure(r.text()[-3000:])


class Tap:
    """Cases in parallel, answered in the order in which they end."""

    def __init__(self, world):
        self.world, self.n, self.failed, self.lock = world, 0, 0, threading.Lock()
        self.only = re.compile(os.environ.get("ONLY", ""))

    def case(self, title, function, *args):
        """True when it passed."""
        if not self.only.search(title):
            return True
        began, problem, skip = time.monotonic(), None, ""
        try:
            function(*args)
        except Skip as e:
            skip = f" # SKIP {e}"
        except Failure as e:
            problem = str(e)
        except Exception as e:  # pylint: disable=broad-except
            problem = f"{type(e).__name__}: {e} (line {e.__traceback__.tb_next.tb_lineno})"
        with self.lock:
            self.n += 1
            print(f"{'not ok' if problem else 'ok'} {self.n} - {title}{skip}", flush=True)
            if VERBOSE:
                print(f"# {time.monotonic() - began:.2f} s")
            if problem:
                self.failed += 1
                self.world.failed = True
                print("".join(f"# {line}\n" for line in problem.splitlines()[-40:]), end="", flush=True)
        return not problem

    def run(self, cases, workers=4):
        """CASES are tuples (title, function, args..)."""
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for f in [pool.submit(self.case, *c) for c in cases]:
                f.result()

    def done(self):
        print(f"1..{self.n}", flush=True)
        sys.exit(1 if self.failed or not self.n else 0)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)
