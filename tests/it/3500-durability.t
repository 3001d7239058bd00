#!/usr/bin/python3
# No success leaves before it is on disk: with fsync blocked no answer comes,
# with fsync failing or the disk full a fault comes and nothing was accepted;
# when the disk is well again, so is the service, and what it held goes on.
import os
import select
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, GATE, GDS, ROOT, TOOLS, Client, Fault, Gatekeeper, Grid, done, fault, let_go,  # noqa: E402
                       message_id, ok, payload, sh_job, skip, until)

grid = Grid("alice")
disk = f"{grid.open_dir('disk')}/d"
runs = grid.open_dir("runs")
env = {"LD_PRELOAD": f"{TOOLS}/fdatasync.so", "GATEHOUSE_DISK": disk, "GATEHOUSE_DISK_PROGRAM": "gatekeeper",
       "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
# More workers than calls that wait for the disk: the others read.
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=8", "gatekeeper.workers=16"], env=env).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
count = 0


def be(what):
    for name in ("hit", what):
        if os.path.exists(f"{disk}.{name}"):
            os.unlink(f"{disk}.{name}")
    open(f"{disk}.{what}", "w").close()


def well(what):
    os.unlink(f"{disk}.{what}")


def was_hit():
    return until("the disk was met", lambda: os.path.exists(f"{disk}.hit"))


def job():
    """A job that says that it ran, and its name."""
    global count
    count += 1
    return sh_job(f"echo x >>{runs}/{count}"), count


def ran(n):
    try:
        return len(open(f"{runs}/{n}").read().split())
    except OSError:
        return 0


def total():
    r = payload(*alice.soap(f'<b:GetFactoryAttributesDocument xmlns:b="{BES}"/>'))
    return int(r.find(f".//{{{BES}}}TotalNumberOfActivities").text)


class Call(threading.Thread):
    """A call of its own connection, running meanwhile."""

    def __init__(self, fn):
        super().__init__(daemon=True)
        self.client, self.fn = Client(grid, grid.proxy("alice"), gate.url), fn
        self.answer = self.error = None
        self.start()

    def run(self):
        try:
            self.answer = self.fn(self.client)
        except Exception as e:
            self.error = e


def result(call):
    call.join(120)
    if call.error is not None:
        raise call.error
    return call.answer


first, n = job()
first = alice.create(first)
ok("with a disk that is well a job runs", lambda: alice.wait(first).exit == 0 and ran(1) == 1)
sleeper = alice.create(sh_job("sleep 1000"))
alice.wait(sleeper, ("Running",))

# ---- blocked ----
box = {}


def none_comes():
    be("block")
    box["jobs"] = [job() for _ in range(8)]
    box["calls"] = [Call(lambda c, j=j: c.create(j[0])) for j in box["jobs"]]
    box["end"] = Call(lambda c: c.each("TerminateActivities", sleeper))
    box["gds"] = Call(lambda c: payload(*c.soap(f'<d:getNewProxyReq xmlns:d="{GDS}"/>')))
    was_hit()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if any(c.answer is not None or c.error is not None for c in box["calls"] + [box["end"], box["gds"]]):
            return False
        time.sleep(0.02)
    return all(ran(j[1]) == 0 for j in box["jobs"])


ok("fdatasync blocked: of ten calls that change something none is answered, none has run", none_comes)
ok("... while reading goes on: status, the factory", lambda: alice.status(first).state == "Finished" and total() == 2)


def all_come():
    well("block")
    addresses = [result(c) for c in box["calls"]]
    result(box["end"])
    result(box["gds"])
    return len(set(addresses)) == 8 and all(alice.wait(a).exit == 0 for a in addresses) and \
        all(ran(j[1]) == 1 for j in box["jobs"]) and alice.wait(sleeper).state == "Cancelled"


ok("... and all are answered when it goes on, each job runs once", all_come)


def killed_while_blocked():
    be("block")
    j, n = job()
    m = message_id()
    call = Call(lambda c: c.create(j, m))
    was_hit()
    os.kill(gate.unprivileged(), signal.SIGKILL)
    gate.p.wait(120)
    well("block")
    call.join(120)
    gate.start()
    alice.close()
    a = alice.create(j, m)
    return call.answer is None and alice.wait(a).exit == 0 and ran(n) == 1


ok("killed while blocked: no answer had left; the same message id is one job, run once", killed_while_blocked)

# ---- failing ----


def fails(what):
    before = total()
    be(what)
    calls = [(job(), message_id()) for _ in range(4)]
    box["refused"] = calls
    threads = [Call(lambda c, j=j, m=m: c.create(j[0], m)) for j, m in calls]
    for t in threads:
        t.join(120)
    was_hit()
    good = all(isinstance(t.error, Fault) and t.error.code.endswith("Server") for t in threads)
    return good and total() == before or print("#", [(t.answer, str(t.error)) for t in threads], before, total())


def says(word):
    f = fault(alice.create, job()[0])
    return word in f.reason or print("#", f)


def still_ends():
    """A job that ends while nothing can be stored ends when it can."""
    box["running"] = alice.create(sh_job(f"{GATE}; exit 6"))
    alice.wait(box["running"], ("Running",))
    return True


def after(what):
    """The disk is well: nothing of the refused came in, nor does it after a crash."""
    os.unlink(f"{disk}.hit")
    let_go(grid.session("alice", box["running"]))
    was_hit()  # by its end; a log on a full disk would not tell
    state = alice.status(box["running"]).state
    well(what)
    done_ = alice.wait(box["running"])
    fresh = alice.create(job()[0])
    good = alice.wait(fresh).exit == 0 and done_.exit == 6 and state == "Running"
    before = total()
    os.kill(gate.unprivileged(), signal.SIGKILL)
    gate.p.wait(120)
    gate.start()
    alice.close()
    return good and total() == before and all(ran(j[1]) == 0 for j, _ in box["refused"]) or print("#", state, vars(done_))


def again():
    addresses = [alice.create(j[0], m) for j, m in box["refused"]]
    return all(alice.wait(a).exit == 0 for a in addresses) and all(ran(j[1]) == 1 for j, _ in box["refused"])


for what, title, word in (("fail", "fdatasync fails", "error"), ("full", "the disk is full", "full")):
    ok(f"{title}: a job is running", still_ends)
    ok(f"{title}: every submission is a fault of the server's, nothing is accepted", lambda: fails(what))
    ok(f"{title}: the fault says so", lambda: says(word))
    ok(f"{title}: when that is over the service works, the running job ends as it did, after kill -9 too", lambda: after(what))
    ok(f"{title}: the refused, submitted again under their message ids, run once", again)
gate.stop()

# ---- a disk that is really full ----


def mount(path, size):
    os.mkdir(path)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", path],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def fill(path):
    with open(f"{path}/ballast", "wb", buffering=0) as f:
        try:
            while f.write(b"\0" * 4096):
                pass
        except OSError:
            pass


def umount(*paths):
    for p in paths:
        subprocess.run(["umount", "-l", p], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


titles = ("a full file system of the state: a fault that says so, nothing accepted",
          "... and with room again all works", "a full file system of the sessions: the job waits, no room is not its fault",
          "... and with room again it runs, once")
state, sessions = f"{grid.dir}/small-state", f"{grid.dir}/small-sessions"
if not ROOT or not mount(state, "2m"):
    for t in titles:
        skip(t, "a file system can be mounted by root only")
    done()
if not mount(sessions, "4m"):
    umount(state)
    raise SystemExit("no second mount")
try:
    small = Gatekeeper(grid, [f"gatekeeper.state={state}/s", f"gatekeeper.sessions={sessions}/s",
                              f"gatekeeper.runner_state={grid.dir}/small-runner", "gatekeeper.disk_min=0"]).start()
    alice = Client(grid, grid.proxy("alice"), small.url)
    a = alice.create(job()[0])
    alice.wait(a)

    def full_state():
        before = total()
        fill(state)
        for _ in range(200):  # what room SQLite still has in its files
            try:
                alice.create(sh_job("true", posix='<p:Environment name="A">' + "x" * 8192 + "</p:Environment>"))
                before += 1
            except Fault as f:
                box["fault"] = f
                break
        return "full" in box["fault"].reason and box["fault"].code.endswith("Server") and total() == before or \
            print("#", box["fault"], total(), before)

    def room_again():
        os.unlink(f"{state}/ballast")
        j, n = job()
        return alice.wait(alice.create(j)).exit == 0 and ran(n) == 1
    ok(titles[0], full_state)
    ok(titles[1], room_again)

    def full_sessions():
        fill(sessions)
        box["job"] = job()
        box["waits"] = alice.create(box["job"][0])
        small.wait_log("job.retry")
        return alice.status(box["waits"]).state == "Pending" and ran(box["job"][1]) == 0

    def room_for_it():
        os.unlink(f"{sessions}/ballast")
        return alice.wait(box["waits"]).exit == 0 and ran(box["job"][1]) == 1
    ok(titles[2], full_sessions)
    ok(titles[3], room_for_it)
    small.stop()
finally:
    umount(state, sessions)
done()
