#!/usr/bin/python3
# Kill -9 without order: first every named place in the sources of gatekeeper,
# runner, supervisor and gridcp is armed at once while jobs of all kinds flow, so
# that deaths meet each other's recoveries; then any process dies at any time.
# Whatever happens: an accepted job ran exactly once, and came to its true end.
#
# GATEHOUSE_FULL=1: every place twenty times, and a longer storm.
import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, DEADLINE, FULL, GDS, JOBS, SRC, TOOLS, WSA, Client, Daemon, Gatekeeper, Grid, done,  # noqa: E402
                       message_id, ok, payload, sh_job, until)

if "/release/" in os.environ["BIN"]:
    print("1..0 # SKIP a release build has no test points")
    sys.exit(0)
GENERATIONS, STORM_S = (20, 120) if FULL else (1, 15)
# Of those in the folders below: not on the way of these jobs.
ELSEWHERE = {"run.tool", "batch.submit",  # a batch system's: 3610
             "gk.upload.piece", "gk.upload.complete", "run.uploaded",  # a client's: 5013
             "sup.tasks.entered", "sup.tasks.armed", "sup.tasks.leave",  # an array's: 3115
             "run.mended",  # a job that closes its session: 3111
             "accounting.written",  # where it is asked for: 3118
             "gridcp.noted"}  # files that take seconds
EDGES = [f"gk.{e}.{w}" for e in ("stage", "go", "hold", "release", "submitted", "exited", "killed", "cancel")
         for w in ("before", "after")]
CHOSEN = ["gk.stagein", "gk.stageout", "gk.stagein.done", "gk.stageout.done"]  # not written as one string
NOTED_S = 5  # the death of a supervisor is noted so much later at most

named = set()
for folder in ("gatekeeper", "http", "soap", "info", "clients"):
    for base, _, files in os.walk(f"{SRC}/{folder}"):
        for f in files:
            if f.endswith(".c"):
                named |= set(re.findall(r'test_point\("([^"]+)"\)', open(f"{base}/{f}").read()))
PLACES = sorted((named | set(EDGES) | set(CHOSEN)) - ELSEWHERE)

grid = Grid("alice")
runs, points = grid.open_dir("runs"), grid.open_dir("points")
files = grid.open_dir("files")
with open(f"{files}/in", "wb") as f:
    f.write(os.urandom(200000))
os.chmod(f"{files}/in", 0o644)
ftp = Daemon(grid, "gridftp").start()
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=8", "gatekeeper.workers=8", "log.level=notice"]).start()
lock, rules = threading.Lock(), ""
lost, jobs = [], []  # when supervisors died, each of which may have had the runs of many jobs; all jobs
hits = {}  # how often a process of a job died, by uuid
deaths, starts, count = {}, 0, 0


def keep_up():
    """Be the service manager."""
    global starts
    with lock:
        while gate.p.poll() is not None:
            try:
                gate.start(env={"GATEHOUSE_TEST_POINT": rules})
                starts += 1
            except RuntimeError:
                if "Sanitizer" in gate.text():
                    raise


def ask(c, fn, *args, **kw):
    """An answer, however often the daemon dies."""
    end = time.monotonic() + DEADLINE
    while True:
        keep_up()
        try:
            return fn(*args, **kw)
        except (OSError, http.client.HTTPException) as e:
            c.close()
            if time.monotonic() > end:
                raise TimeoutError(f"no answer any more: {e}") from e
            time.sleep(0.02)


def delegate():
    c = Client(grid, grid.proxy("alice"), gate.url)
    new = {e.tag: e.text for e in payload(*c.soap(f'<d:getNewProxyReq xmlns:d="{GDS}"/>'))}
    proxy = subprocess.run([f"{TOOLS}/delegate", grid.proxy("alice")], input=new["proxyRequest"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    payload(*c.soap(f'<d:putProxy xmlns:d="{GDS}"><delegationID>{new["delegationID"]}</delegationID><proxy>{proxy}</proxy>'
                    "</d:putProxy>"))
    c.close()
    return f'<g:DelegationID xmlns:g="{JOBS}">{new["delegationID"]}</g:DelegationID>'


credential = delegate()


def staging(name, way, url):
    return (f"<j:DataStaging><j:FileName>{name}</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
            f"<j:{way}><j:URI>gsiftp://localhost:{ftp.port}{url}</j:URI></j:{way}></j:DataStaging>")


class Job:
    """One job from its submission to its end, and what must be true of it."""

    def __init__(self, c, kind):
        global count
        with lock:
            count += 1
            self.n = count
        self.kind, self.code, self.id, self.bad = kind, self.n % 120, message_id(), None
        self.begin = time.monotonic()
        script = f"echo ran >>{runs}/{self.n}; sleep 0.{self.n % 4}; "
        more, beside = "", ""
        if kind == "staged":
            script += "cat in in >out; "
            more = staging("in", "Source", f"{files}/in") + staging("out", "Target", f"{files}/out.{self.n}")
            beside = credential
        if kind == "held":
            more = f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'
        if kind == "cancelled":
            script += "sleep 1000; "
        self.document = sh_job(script + f"exit {self.code}", description=more)
        self.address = ask(c, c.create, self.document, self.id, beside)
        self.stopped = None
        if kind == "held":
            self.release(c)
        if kind == "cancelled":
            self.cancel(c)
        self.st = self.wait(c)
        self.end = time.monotonic()
        self.again = ask(c, c.create, self.document, self.id, beside)

    def op(self, c, name, ns):
        return payload(*c.soap(f'<b:{name} xmlns:b="{ns}"><b:ActivityIdentifier><a:Address xmlns:a="{WSA}">{self.address}'
                               f"</a:Address></b:ActivityIdentifier></b:{name}>"))

    def wait(self, c, *states):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            st = ask(c, c.status, self.address)
            if st.state in ("Finished", "Failed", "Cancelled") + states or st.inner in states:
                return st
            time.sleep(0.03)
        raise TimeoutError(f"{self.address} is {st.state}/{st.inner}")

    def release(self, c):
        self.wait(c, "Held")
        ask(c, self.op, c, "ReleaseActivities", JOBS)

    def cancel(self, c):
        if self.n % 2:
            self.wait(c, "Running")
        answer = ask(c, self.op, c, "TerminateActivities", BES)
        self.stopped = answer.findtext(f".//{{{BES}}}Terminated") == "true"

    def ran(self):
        try:
            with open(f"{runs}/{self.n}") as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def staged_well(self):
        with open(f"{files}/in", "rb") as a, open(f"{files}/out.{self.n}", "rb") as b:
            return a.read() * 2 == b.read()

    def true(self):
        """What is wrong, or None."""
        st, ran = self.st, self.ran()
        if self.again != self.address:
            return "another job under the same message id"
        if self.kind == "cancelled":
            good = st.state == "Cancelled" and len(ran) <= 1
        else:
            good = st.state == "Finished" and st.exit == self.code and ran == ["ran"]
            good = good and "Running" in dict(st.times)
            good = good and (self.kind != "staged" or self.staged_well())
        if not good and st.state == "Failed" and any(self.begin <= t <= self.end + NOTED_S for t in lost):
            good = "supervisor was killed" in (st.fault or "") and len(ran) <= 1
        if not good and hits.get(self.address.rsplit("/", 1)[1], 0) >= 3:  # as is promised
            good = st.state == "Failed" and len(ran) <= 1 and "the transfer was killed repeatedly" in (st.fault or "")
        return None if good else f"{self.kind} {self.address}: {st.state}/{st.inner} {st.times} exit={st.exit} wanted={self.code} " \
                                 f"ran={ran} fault={st.fault} stopped={self.stopped}"


def flow(stop):
    """Jobs of all kinds, one after the other, until STOP."""
    c = Client(grid, grid.proxy("alice"), gate.url)
    kinds = ["plain", "staged", "held", "cancelled"]
    while not stop.is_set():
        try:
            job = Job(c, kinds[random.randrange(4)])
        except Exception as e:
            job = f"{type(e).__name__}: {e}"
        with lock:
            jobs.append(job)
    c.close()


def flowing(body):
    """BODY while jobs flow; what was wrong with them."""
    stop = threading.Event()
    first = len(jobs)
    threads = [threading.Thread(target=flow, args=(stop,)) for _ in range(5)]
    for t in threads:
        t.start()
    try:
        problem = body()
    finally:
        stop.set()
        for t in threads:
            t.join()
    wrong = [w for w in (j if isinstance(j, str) else j.true() for j in jobs[first:]) if w is not None]
    return not wrong and not problem, "\n".join(([problem] if problem else []) + wrong)


def note_deaths(armed):
    """Count those of ARMED that have died; whose run was lost."""
    for place, file in armed.items():
        if place not in met and os.path.exists(file):
            met.add(place)
            deaths[place] = deaths.get(place, 0) + 1
            if place.startswith(("sup.", "gridcp.")):
                until("the file says who", lambda: open(file).read().endswith("\n"))
                whose = open(file).read().split("/")[-1].strip()
                hits[whose] = hits.get(whose, 0) + 1
                if place.startswith("sup."):
                    lost.append(time.monotonic())


def generation(g):
    """Every place armed once; done when each was met."""
    global rules
    armed = {p: f"{points}/{g}.{p}" for p in PLACES}
    rules = ";".join(f"{p} {f}" for p, f in armed.items())
    met.clear()
    gate.stop()
    keep_up()

    def body():
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and len(met) < len(armed):
            note_deaths(armed)
            keep_up()
            time.sleep(0.02)
        missed = sorted(set(armed) - met)
        return f"never reached: {missed}" if missed else None
    try:
        return flowing(body)
    finally:
        note_deaths(armed)


met = set()
for g in range(GENERATIONS):
    ok(f"{len(PLACES)} places armed at once, generation {g + 1}", *generation(g))


# ---- any process at any time ----
def program(pid):
    """What PID was started as."""
    with open(f"/proc/{pid}/cmdline") as f:
        return f.read().split("\0")[0]


def parent(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[1]


def kind_of(pid):
    """What PID is to a job; None.  Between fork and exec the supervisor's child has the supervisor's name: it is told
    by its parent, and when that has died the run is lost anyhow."""
    name = program(pid)
    if name == "gatekeeper-job" and program(parent(pid)) == name:
        return None
    return {"gatekeeper-job": "supervisor", "gridcp": "gridcp"}.get(name)


def processes():
    """The living by kind: pid and directory."""
    found = {"gatekeeper": [(gate.unprivileged(), "")], "runner": [(gate.p.pid, "")]}
    found["helper"] = [(p, "") for p in gate.children() if (p, "") not in found["gatekeeper"]]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            cwd = os.readlink(f"/proc/{pid}/cwd")
            if cwd.startswith(grid.dir + "/sessions/"):
                kind = kind_of(pid)
                if kind is not None:
                    found.setdefault(kind, []).append((int(pid), cwd))
        except OSError:
            pass
    return {k: v for k, v in found.items() if v}


KINDS = ("gatekeeper", "runner", "helper", "supervisor", "gridcp")


def storm():
    begin = time.monotonic()
    unhit = set(KINDS)
    while time.monotonic() < begin + STORM_S or (unhit and time.monotonic() < begin + DEADLINE):
        time.sleep(random.uniform(0.05, 0.5))
        keep_up()
        try:
            kind, alive = random.choice(KINDS), {}
            for _ in range(50):  # some live for moments only
                alive = processes()
                if kind in alive:
                    break
            pid, cwd = random.choice(alive[kind])
            whose = cwd.rsplit("/", 1)[-1]
            if "-" in whose and hits.get(whose, 0) >= 2:  # a job's own, which is given up after three
                continue
            hits[whose] = hits.get(whose, 0) + 1
            if kind == "supervisor":
                lost.append(time.monotonic())
            os.kill(pid, signal.SIGKILL)
            deaths[kind + ", any time"] = deaths.get(kind + ", any time", 0) + 1
            unhit.discard(kind)
        except (OSError, RuntimeError, KeyError):
            pass


rules = ""
gate.stop()
keep_up()
ok(f"{STORM_S} seconds of deaths of any process at any time", *flowing(storm))
ok("all kinds of process were hit", lambda: {k for k in deaths if k.endswith("time")} >= {
    f"{k}, any time" for k in KINDS}, deaths)


ok("nothing is left running", lambda: until("all is at rest", lambda: not set(processes()) & {"supervisor", "gridcp"}))
good = [j for j in jobs if isinstance(j, Job)]
ends = {}
for j in good:
    ends[f"{j.kind} {j.st.state}"] = ends.get(f"{j.kind} {j.st.state}", 0) + 1
print(f"# {sum(deaths.values())} kills, {starts} restarts, {len(good)} jobs")
for k in sorted(deaths):
    print(f"#   {k}: {deaths[k]}")
for k in sorted(ends):
    print(f"# ended {k}: {ends[k]}")
gate.stop()
ftp.stop()
done()
