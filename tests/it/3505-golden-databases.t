#!/usr/bin/python3
# What every version that landed has written on disk is opened, brought forward and run by this one: jobs in each
# state, the runner's registry, an index's entries (tests/data/record-states made them).  A database of a later version,
# a state or a record that this build does not know are refused with a sentence that names them.
import glob
import os
import pwd
import shutil
import sqlite3
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import JOBS, ROOT, SRC, WSA, Client, Daemon, Gatekeeper, Grid, done, ok, payload  # noqa: E402

DATA = f"{SRC}/tests/data"
VERSIONS = sorted(int(p.rsplit("-", 1)[1][:-4]) for p in glob.glob(f"{DATA}/jobs-*.sql"))
grid = Grid("alice")
gate = Gatekeeper(grid)
state, runner, sessions = f"{grid.dir}/state", f"{grid.dir}/runner", f"{grid.dir}/sessions"


def golden(name):
    with open(f"{DATA}/{name}") as f:
        return f.read().replace("@DIR@", grid.dir).replace("@ACCOUNT@", grid.accounts["alice"]).replace(
            "@UID@", str(pwd.getpwnam(grid.accounts["alice"]).pw_uid))


def give(path):
    """PATH is the job's user's."""
    if ROOT:
        shutil.chown(path, user=grid.accounts["alice"])


def fill(path, name):
    """The database PATH as NAME was written down; who owns it stays."""
    sql = sqlite3.connect(path)
    sql.executescript("PRAGMA writable_schema = 1; DELETE FROM sqlite_master; PRAGMA writable_schema = 0; VACUUM;")
    sql.executescript(golden(name))
    sql.close()


def lay(version):
    """A gatekeeper's state as VERSION left it when it was killed."""
    for d in (state, runner, sessions):
        shutil.rmtree(d, ignore_errors=True)
    gate.start()  # makes the directories and whose they are
    gate.stop()
    fill(f"{state}/jobs.db", f"jobs-{version}.sql")
    registry = golden(f"registry-{version}.txt")
    with open(f"{runner}/registry", "w") as f:
        f.write(registry)
    account = f"{sessions}/{grid.accounts['alice']}"
    os.makedirs(account, exist_ok=True)
    give(account)
    os.chmod(account, 0o700)
    for job in [line.split()[1] for line in registry.splitlines() if line.startswith("+ ")]:
        path = f"{account}/{job}"
        os.mkdir(path, 0o700)
        give(path)


def addresses():
    sql = sqlite3.connect(f"file:{state}/jobs.db?mode=ro", uri=True)
    found = [f"{gate.url}/jobs/{i}" for (i,) in sql.execute("SELECT id FROM job ORDER BY n")]
    sql.close()
    return found


def runs_on(version):
    lay(version)
    gate.start()
    alice = Client(grid, grid.proxy("alice"), gate.url)
    good, seven, failed, held, ended, lost, waited = addresses()
    now = alice.statuses([good, seven, failed, held, ended])
    words = [s.state for s in now]
    print(f"# {words}")
    if words != ["Finished", "Finished", "Failed", "Pending", "Cancelled"] or [s.exit for s in now[:2]] != [0, 7]:
        return False
    if "/no/such/program" not in now[2].fault or [w for w, _ in now[0].times][-1] != "Done":
        return False
    payload(*alice.soap(f'<g:ReleaseActivities xmlns:g="{JOBS}"><g:ActivityIdentifier><a:Address xmlns:a="{WSA}">{held}'
                        "</a:Address></g:ActivityIdentifier></g:ReleaseActivities>"))
    released = alice.wait(held)
    # Of these two there is nothing any more, neither a process nor a file: that is said.
    ends = [alice.wait(a) for a in (lost, waited)]
    return released.state == "Finished" and all(e.state == "Failed" and e.fault for e in ends)


def index_opens(version):
    path = f"{grid.dir}/mds-{version}"
    mds = Daemon(grid, "mds", [f"mds.state={path}"]).start()
    mds.stop()
    fill(f"{path}/entries.db", f"entries-{version}.sql")
    sql = sqlite3.connect(f"{path}/entries.db")
    sql.execute("UPDATE life SET expires_ms = 4102444800000")
    sql.commit()
    sql.close()
    mds.start()
    opened = "entries=1" in mds.text()
    mds.stop()
    return opened


def refuses(change, *words):
    """With CHANGE made to the database, the gatekeeper does not start and its sentence has WORDS."""
    lay(VERSIONS[-1])
    gate.start()
    gate.stop()
    sql = sqlite3.connect(f"{state}/jobs.db")
    sql.execute(change)
    sql.commit()
    sql.close()
    try:
        gate.start()
    except RuntimeError as e:
        said = str(e)
        print("# " + said.strip().splitlines()[-1])
        return gate.p.wait(60) != 0 and all(w in said for w in words)
    gate.stop()
    return False


for v in VERSIONS:
    ok(f"the jobs of version {v} are what they were, and go on", lambda: runs_on(v))
    gate.stop()
    ok(f"the entries of version {v} are there", lambda: index_opens(v))
ok("a database of a later version is refused, with both numbers", lambda: refuses("PRAGMA user_version = 99", "99", "newer"))
ok("a state that this build does not know is named, and nothing starts",
   lambda: refuses("UPDATE job SET state = 'Levitating' WHERE n = 4", "Levitating"))
ok("a state of a task, too", lambda: refuses("UPDATE task SET state = 'Flying' WHERE job = 6", "Flying"))
ok("a task that its job does not have, too", lambda: refuses("UPDATE task SET idx = 3 WHERE job = 6", "has 1 tasks"))
ok("an outcome that it does not know, too", lambda: refuses("UPDATE job SET outcome = 'Perhaps' WHERE n = 4", "Perhaps"))
ok("a state of the journal, too",
   lambda: refuses("UPDATE journal SET to_state = 'Dreaming' WHERE job = 1 AND event = 'go'", "Dreaming"))
done()
