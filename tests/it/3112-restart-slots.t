#!/usr/bin/python3
"""A restarted gatekeeper starts nothing before it knows what runs: no time stands in for having looked."""
import glob
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, GATE, Client, Gatekeeper, Grid, done, let_go, ok, sh_job, skip, stopped, until  # noqa: E402

SLOTS = 2
grid = Grid("alice")
gate = Gatekeeper(grid, [f"gatekeeper.fork_slots={SLOTS}"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
jobs = [alice.create(sh_job(f"{GATE}; exit 3")) for _ in range(SLOTS * 4)]
for j in jobs[:SLOTS]:
    alice.wait(j, ("Running",))


def begun():
    return len(glob.glob(f"{grid.dir}/sessions/*/*/.gatehouse/job/started"))


def restart(point, delay):
    """Begin again; the engine is stopped for DELAY seconds when it is about to look at the first job."""
    gate.p.kill(), gate.p.wait()
    alice.close()
    mark = f"{grid.open_dir(point)}/mark"

    def go_on():
        until("the engine stops", lambda: os.path.exists(mark) and open(mark).read().split())
        pid = int(open(mark).read().split()[0])
        until("it is stopped", lambda: stopped(pid))
        time.sleep(delay)
        os.kill(pid, signal.SIGCONT)
    t = threading.Thread(target=go_on)
    t.start()
    gate.start(env={"GATEHOUSE_TEST_POINT": f"gk.commit:stop {mark}"})
    t.join()
    # All have been asked about when one that waits is cancelled.
    last = jobs.pop()
    alice.each("TerminateActivities", last)
    return alice.wait(last).state == "Cancelled" and begun() == SLOTS or print("#", begun())


title = "a restart that looks at what runs late starts no job more"
if "/release/" in BIN:
    skip(title, "a release build has no test points"), skip("... nor does the next", "likewise")
else:
    ok(title, lambda: restart("one", 1))
    ok("... nor does the next", lambda: restart("two", 1))


def rest():
    for j in jobs:
        let_go(grid.session("alice", j))
    return all(alice.wait(j).exit == 3 for j in jobs)


ok("all of them run in the end", rest)
done()
