#!/usr/bin/python3
# tests/interop/8210-cuts.t - transfers of gridcp, and of globus-url-copy from the
# real server to ours, cut at random points: client or session killed, control or
# data connection reset.  Afterwards the file is whole, nothing else is left, and
# what had arrived is not sent again.
#
# TRIALS=N cases (62; with GATEHOUSE_FULL=1 480), SEED=N repeats a run.
import datetime
import itertools
import json
import os
import queue
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
# pylint: disable=wrong-import-position
from cutproxy import CutProxy, DataProxy
from ftpgrid import BIN, DEADLINE, FULL, ROOT, TOOLS, Failure, Skip, Tap, World, have, skip_all, until

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
TRIALS = int(os.environ.get("TRIALS", "480" if FULL else "62"))
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
WORKERS = min(TRIALS, 8)
MB = 1 << 20
GET_RATE, PUT_RATE, THIRD_RATE = 12 * MB, 6 * MB, 4 * MB  # bytes a second
# what may come twice: the journal's steps (1 MiB, 250 ms), the markers' (1 s), buffers and blocks on their way
SLACK = {"get": MB + GET_RATE // 3 + 3 * MB, "put": PUT_RATE * 3 // 2 + 3 * MB, "third": THIRD_RATE * 2 + 5 * MB,
         "guc": THIRD_RATE * 2 + 5 * MB}
ORDERED = 1 * MB  # one stream to a server: its part file tells, no marker is needed
CUTS = ("kill client", "kill session", "reset control", "reset data")
w = World()
tap = Tap(w)
total = {"cuts": 0, "late": 0, "size": 0, "again": 0}


class Site:
    """A server with proxies before its control and data channels."""

    def __init__(self, i):
        self.data = DataProxy()
        self.server = w.start("ours", "-o", f"gridftp.public_address={self.data.host}", "-o",
                              f"gridftp.port_range={self.data.low},{self.data.high}", "-o", "gridftp.markers_interval=1",
                              "-o", "gridftp.restart_interval=1")
        self.control = CutProxy(("127.0.0.1", self.server.port))
        self.base = set(self.server.sessions())
        self.i = i

    def url(self, path):
        return f"gsiftp://localhost:{self.control.port}{path}"

    def kill_session(self, rng):
        """One process of the sessions there are; whether there was one."""
        new = [p for p in self.server.sessions() if p not in self.base]
        if not new:
            return False
        try:
            os.kill(rng.choice(new), signal.SIGKILL)
        except OSError:
            return False
        return True

    def transfers(self, path):
        """(code, bytes, when it began in seconds UTC) of the transfers of PATH that ended."""
        with open(self.server.log + ".out", errors="replace") as f:
            return [(int(m.group(4)), int(m.group(2)), stamp(m.group(1)) - int(m.group(3)) / 1000) for m in
                    re.finditer(rf"^(\S+) .*ftp\.transfer\.end .*path={re.escape(path)} bytes=(\d+) ms=(\d+) .*code=(\d+)",
                                f.read(), re.M)]


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def allocated(*paths):
    for p in paths:
        try:
            return os.stat(p).st_blocks * 512
        except OSError:
            pass
    return 0


def reset_direct(pid):
    """Reset the data connections of PID, those that no proxy carries (MODE E get)."""
    inodes, n = set(), 0
    for f in os.listdir(f"/proc/{pid}/fd"):
        try:
            m = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{f}"))
        except OSError:
            continue
        inodes |= {m.group(1)} if m else set()
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            c = line.split()
            if c[9] in inodes and c[3] == "01":
                ends = [int(e.split(":")[1], 16) for e in c[1:3]]
                if ends[1] not in [s.control.port for s in sites]:
                    n += subprocess.run(["ss", "-K", "-tn", f"( sport = :{ends[0]} and dport = :{ends[1]} )"],
                                        capture_output=True, check=False).stdout.count(b"ESTAB")
    return n


def cut(how, site, p, op, mode, rng):
    """Do it; whether there was anything to cut."""
    if how == "kill client":
        p.kill()
        return True
    if how == "kill session":
        return site.kill_session(rng)
    if how == "reset control":
        return site.control.reset() > 0
    if op == "get" and mode != "S":
        return reset_direct(p.pid) > 0
    return site.data.reset() > 0


def start(argv, rate):
    return subprocess.Popen(argv, env=dict(w.env, LD_PRELOAD=f"{TOOLS}/pace.so", PACE_RATE=str(rate),
                                           ASAN_OPTIONS="verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            cwd=w.loc, start_new_session=True)


def end_of(p):
    try:
        out = p.communicate(timeout=DEADLINE)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        raise Failure("hung:\n" + p.communicate()[0].decode(errors="replace")) from None
    return p.returncode, out


def run_cut(argv, rate, arrived, point, cutter, how):
    """Run ARGV, cut once when POINT bytes have arrived, run again where the client was killed.
    How much had arrived when it was cut (None when it was over before), when that was, what was said."""
    p = start(argv, rate)
    while arrived() < point and p.poll() is None:
        time.sleep(0.001)
    before, when = arrived(), time.time()
    hit = p.poll() is None and cutter(p)
    code, out = end_of(p)
    if how == "kill client" and hit and code == -signal.SIGKILL:
        code, again = end_of(start(argv, rate))
        out += "--- again:\n" + again
    if code != 0:
        raise Failure(f"{' '.join(argv)}\nended with {code}\n{out}")
    if "--json" in argv and '"retry"' not in out and "again:" not in out:
        hit = False  # all was there already
    return (before if hit else None), when, out


def trial(n, op, mode, prot, how):
    rng = random.Random(f"{SEED}/{n}")
    site = pool.get()
    other = pool.get() if op == "third" else real
    try:
        if how == "reset data" and op == "get" and mode != "S" and not ROOT:
            raise Skip("a connection without a proxy is reset by root only")
        size = rng.randrange(8 * MB, 20 * MB)
        content, at = rng.randbytes(size), rng.randrange(size // 8, size)
        there, here = f"{w.srv}/t{n}", f"{w.loc}/t{n}"
        for d in (there, here):
            os.mkdir(d)
            os.chmod(d, 0o777)
        site.data.pace(THIRD_RATE / int(mode[1:]) if op in ("third", "guc") else 0)
        options = [] if mode == "S" else ["-p", mode[1:]]
        options += ["-dcpriv"] if prot == "P" else []
        if op == "get":
            src, dst, ends = f"{there}/f", f"{here}/f", (site.url(f"{there}/f"), f"file://{here}/f")
            partial = f"{here}/.f.part"
        elif op == "put":
            src, dst, ends = f"{here}/f", f"{there}/f", (f"file://{here}/f", site.url(f"{there}/f"))
            partial = f"{there}/.f.part-gridftp"
        else:
            os.mkdir(f"{there}/to")
            os.chmod(f"{there}/to", 0o777)
            src, dst, ends = f"{there}/f", f"{there}/to/f", (other.url(f"{there}/f"), site.url(f"{there}/to/f"))
            partial = f"{there}/to/.f.part-gridftp"
        with open(src, "wb") as f:
            f.write(content)
        argv = [f"{BIN}/gridcp", "--json", "-state", f"{here}/state", *options, *ends]
        if op == "guc":
            argv = ["globus-url-copy", "-rst", "-rst-interval", "1", *options, *ends]
        before, when, out = run_cut(argv, GET_RATE if op == "get" else PUT_RATE, lambda: allocated(partial, dst), at,
                                    lambda p: cut(how, site, p, op, mode, rng), how)
        check(op, mode, site, content, src, dst, before, when, out)
    finally:
        pool.put(site)
        if op == "third":
            pool.put(other)


def check(op, mode, site, content, src, dst, before, when, out):
    with open(dst, "rb") as f:
        if f.read() != content:
            raise Failure("the file is not the same")
    left = [n for n in os.listdir(os.path.dirname(dst)) if "part" in n]
    if left:
        raise Failure(f"left behind: {left}")
    remote = src if op == "get" else dst
    until("the transfer's line in the log", lambda: any(t[0] == 226 for t in site.transfers(remote)))
    total["size"] += len(content)
    # globus-url-copy does not look whether the file it lost sight of is complete.
    if before is None or (op == "guc" and before >= len(content)):
        total["late"] += 1
        return
    total["cuts"] += 1
    sent = sum(t[1] for t in site.transfers(remote) if t[2] > when)
    again = max(0, sent - max(0, len(content) - before))
    total["again"] += again
    if again > (ORDERED if (op, mode) in (("put", "E1"), ("third", "E1")) else SLACK[op]):
        raise Failure(f"{before} of {len(content)} bytes had arrived, yet {sent} were sent after the cut\n{out}")


def quiet(s):
    """Sessions end with their clients."""
    until("the sessions' end", lambda: set(s.server.sessions()) <= s.base)


pool = queue.Queue()
sites = [Site(i) for i in range(WORKERS + 2)]
for s in sites:
    pool.put(s)
kinds = list(itertools.product((("get", "S"), ("get", "E1"), ("get", "E4"), ("put", "E1"), ("put", "E3"), ("put", "E4")), CUTS))
kinds += [(("third", m), c) for m, c in (("E1", "kill client"), ("E1", "reset data"), ("E2", "reset control"), ("E2", "kill session"))]
real = None
if have("globus-url-copy", "globus-gridftp-server"):
    real = w.start("real")
    kinds += [(("guc", m), c) for m, c in (("E1", "reset control"), ("E2", "reset data"), ("E2", "kill session"))]
cases = []
for number in range(TRIALS):
    (o, m), h = kinds[number % len(kinds)]
    pr = "P" if number // len(kinds) % 3 == 1 else "C"
    cases.append((f"{o} {m} prot {pr}: {h} ({number})", trial, number, o, m, pr, h))
print(f"# SEED={SEED}", flush=True)
tap.run(cases, WORKERS)
for s in sites:
    tap.case(f"server {s.i} is left with no session", quiet, s)
    s.control.close()
    s.data.close()
print(f"# {total['cuts']} cuts, {total['late']} came too late; of {total['size'] / MB:.0f} MiB "
      f"{total['again'] / MB:.1f} were sent twice")
tap.done()
