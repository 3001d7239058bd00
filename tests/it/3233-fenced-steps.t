#!/usr/bin/python3
# Of two gatekeepers one is stopped (SIGSTOP) at each step of a job, before and after the step is on disk.  Its lease ends, and
# the other takes the job over and brings it to its end.  Then the first one goes on, and believes that its lease still runs:
# what it does changes nothing and what it writes is refused, it says that it lost its lease, and the job was started once.
import os
import signal
import sqlite3
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import DEADLINE, GATE, Client, Gatekeeper, Grid, done, let_go, message_id, ok, sh_job, stopped, until  # noqa: E402

if "/release/" in os.environ["BIN"]:
    print("1..0 # SKIP a release build has no test points")
    sys.exit(0)
STEPS = ["gk.accept.after_commit", "gk.prepare", "gk.go.before", "gk.go.after", "gk.intent", "gk.submit", "gk.submitted.before",
         "gk.submitted.after", "gk.release", "gk.started.before", "gk.exit", "gk.exited.before",
         "gk.exited.after"]
grid = Grid("alice")
marks = grid.open_dir("marks")


def gatekeeper(name):
    # A lease that no load of the host can make run out.
    gate = Gatekeeper(grid, [f"gatekeeper.instance={name}", "gatekeeper.lease=3600", f"gatekeeper.runner_state={grid.dir}/r-{name}"])
    gate.n = 1000 * ord(name)
    return gate


def sql(text, *args):
    db = sqlite3.connect(f"{grid.dir}/state/jobs.db", timeout=DEADLINE)
    rows = db.execute(text, args).fetchall()
    db.commit()
    db.close()
    return rows


def starts(name):
    with open(f"{marks}/{name}") as f:
        return len(f.readlines())


def submit(key, name, gate):
    """To the one that stops: its answer may never come."""
    try:
        Client(grid, grid.proxy("alice"), a.url).create(sh_job(f"echo started >>{marks}/{name}; {gate}; exit 7"), key)
    except Exception:  # it was killed below
        pass


def ended(key):
    rows = sql("SELECT id, state FROM job WHERE client_key = ?", key)
    return rows[0][0] if rows and rows[0][1] in ("Done", "Failed", "Cancelled") else None


def journal(job):
    return sql("SELECT seq, to_state, event FROM journal JOIN job ON n = job WHERE id = ?", job)


def fenced(step, i):
    if a.p is not None and a.p.poll() is None:  # a step before failed
        a.p.kill()
        a.p.wait(DEADLINE)
    file, key, name = f"{marks}/stopped-{i}", message_id(), f"job{i}"
    a.start(env={"GATEHOUSE_TEST_POINT": f"{step}:stop {file}"})
    half = a.unprivileged()
    # Seen to run is only what does not end at once.
    waits = step == "gk.started.before"
    threading.Thread(target=submit, args=(key, name, GATE if waits else ":"), daemon=True).start()
    until(f"it stops at {step}", lambda: os.path.exists(file) and stopped(half))
    if waits:
        let_go(grid.session("alice", "/" + sql("SELECT id FROM job WHERE client_key = ?", key)[0][0]))
    sql("UPDATE instance SET until_ms = 0 WHERE name = 'a'")
    until("the job ends with the other", lambda: ended(key))
    job = ended(key)
    before, told = at_b.status(f"{b.url}/jobs/{job}"), journal(job)
    os.kill(half, signal.SIGCONT)
    until("it says that it lost its lease", lambda: a.logged("lease.lost"))
    os.kill(half, signal.SIGKILL)
    a.p.wait(DEADLINE)
    if before.exit != 7 or starts(name) != 1 or journal(job) != told:
        print("#", before.inner, before.exit, before.fault, starts(name), told, journal(job))
        return False
    return True


a, b = gatekeeper("a"), gatekeeper("b").start()
at_b = Client(grid, grid.proxy("alice"), b.url)
for i, step in enumerate(STEPS):
    ok(f"stopped at {step}", lambda: fenced(step, i))
ok("each job was started once, when all is over", lambda: [starts(f"job{i}") for i in range(len(STEPS))] == [1] * len(STEPS))
ok("all of them are done", lambda: sql("SELECT DISTINCT state FROM job") == [("Done",)])
done()
