#!/usr/bin/python3
"""State that is lost or damaged is told, and rebuilt from what else is known, or refused: not knowing ends no job."""
import os
import shutil
import sqlite3
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import GATE, Client, Gatekeeper, Grid, done, let_go, ok, sh_job, until  # noqa: E402

grid = Grid("alice")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=1"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
registry, store = f"{grid.dir}/runner/registry", f"{grid.dir}/state/jobs.db"
gridmap = f"{grid.pki}/grid-mapfile"


def kill():
    gate.p.kill(), gate.p.wait()
    alice.close()


def go(address):
    let_go(grid.session("alice", address))


def damaged(harm, *events):
    """One that runs, one that waits and one that is over outlive HARM to what the runner knows; EVENTS tell of it."""
    over = alice.create(sh_job("exit 2"))
    alice.wait(over)
    runs, waits = alice.create(sh_job(f"{GATE}; exit 3")), alice.create(sh_job("exit 4"))
    alice.wait(runs, ("Running",))
    kill()
    harm()
    gate.start()
    states = [alice.status(a).state for a in (over, runs, waits)]
    told = all(gate.logged(e) for e in events)
    go(runs)
    ends = [alice.wait(a).exit for a in (over, runs, waits)]
    return told and states == ["Finished", "Running", "Pending"] and ends == [2, 3, 4] or print("#", told, states, ends)


def write(data, at=0):
    with open(registry, "r+b") as f:
        f.seek(at)
        f.write(data)


TOLD = ("runner.registry.damaged", "life.rebuild")
ok("the runner's registry emptied: told, and all jobs go on", lambda: damaged(lambda: os.truncate(registry, 0), *TOLD))
ok("... removed", lambda: damaged(lambda: os.unlink(registry), "life.rebuild"))
ok("... garbled", lambda: damaged(lambda: write(os.urandom(4096) + b"\n"), *TOLD))
ok("... what was damaged is kept", lambda: os.path.getsize(f"{registry}.damaged") >= 4096)


def unmapped():
    """What the map does not give any more is not known, and so does not end."""
    a = alice.create(sh_job(f"{GATE}; exit 5"))
    alice.wait(a, ("Running",))
    kill()
    os.unlink(registry)
    os.rename(gridmap, f"{gridmap}.away")
    open(gridmap, "w").close()
    os.chmod(gridmap, 0o644)
    gate.start()
    told = gate.logged("job.rebuild.fail")
    kill()
    os.rename(f"{gridmap}.away", gridmap)
    gate.start()
    go(a)
    return told and alice.wait(a).exit == 5


ok("with its owner out of the map meanwhile a job is not ended by that", unmapped)


def refused(harm, *words):
    """A store that was lost is not an empty one: no start, and what to do."""
    a = alice.create(sh_job(f"{GATE}; exit 6"))
    alice.wait(a, ("Running",))
    kill()
    files = [f for f in os.listdir(f"{grid.dir}/state") if f.startswith("jobs.db")]
    for f in files:
        shutil.copy2(f"{grid.dir}/state/{f}", f"{grid.dir}/{f}.backup")
    harm()
    try:
        gate.start()
        said = "it started"
    except RuntimeError as e:
        said = str(e)
    gate.stop()
    for f in os.listdir(f"{grid.dir}/state"):
        if f.startswith("jobs.db") and f not in files:
            os.unlink(f"{grid.dir}/state/{f}")
    for f in files:
        path = f"{grid.dir}/state/{f}"
        st = os.stat(f"{grid.dir}/{f}.backup")
        owner = os.stat(f"{grid.dir}/state")
        shutil.move(f"{grid.dir}/{f}.backup", path)
        os.chown(path, owner.st_uid, owner.st_gid), os.chmod(path, st.st_mode & 0o777)
    gate.start()
    go(a)
    return all(w in said for w in words) and alice.wait(a).exit == 6 or print("#", said)


def remove_store():
    for f in os.listdir(f"{grid.dir}/state"):
        if f.startswith("jobs.db"):
            os.unlink(f"{grid.dir}/state/{f}")


def garble():
    """What its log still has of every page would repair it: the log is emptied before."""
    db = sqlite3.connect(store)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with open(store, "wb") as f:
        f.write(os.urandom(8192))


def garble_all():
    for f in (store, f"{store}-wal"):
        open(f, "r+b").write(os.urandom(os.path.getsize(f)))


ok("a job store of zero bytes is refused, and with the backup back the job is there",
   lambda: refused(lambda: os.truncate(store, 0), "jobs.db' is empty", "Restore it"))
ok("... one that is gone but for its log", lambda: refused(lambda: os.unlink(store), "jobs.db' is gone", "Restore it"))
ok("... one that is gone altogether", lambda: refused(remove_store, "the store was lost", "remove 'registry'"))
ok("... one that is garbled", lambda: refused(garble, "gatekeeper.state", "jobs.db"))
ok("... one whose log is garbled as well", lambda: refused(garble_all, "gatekeeper.state", "jobs.db"))
ok("the gatekeeper ends when it is told to", lambda: gate.stop() == 0)
done()
