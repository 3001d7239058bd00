#!/usr/bin/python3
# Two gatekeepers, "a" and "b", on one state: each has its own jobs and its own settings, answers for the other's too, and
# takes them over when the other was killed, was stopped for longer than its lease, or has ended.  Each job is started
# exactly once.  One that goes on after its lease ran out writes nothing, says so, and ends.
import os
import signal
import sqlite3
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, DEADLINE, GATE, JOBS, MGMT, WSA, Client, Gatekeeper, Grid, done, fault, let_go,  # noqa: E402
                       message_id, ok, payload, sh_job, stopped, until)

LEASE = 8  # seconds, of the one that is killed and stopped
HOLD = f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'
grid = Grid("alice")
marks = grid.open_dir("marks")


def gatekeeper(name, lease):
    gate = Gatekeeper(grid, [f"gatekeeper.instance={name}", f"gatekeeper.lease={lease}", "gatekeeper.fork_slots=1",
                             f"gatekeeper.runner_state={grid.dir}/runner-{name}"])
    gate.n = 100 * ord(name)  # logs of their own
    return gate.start()


def client(gate):
    return Client(grid, grid.proxy("alice"), gate.url)


def sql(text, *args):
    db = sqlite3.connect(f"{grid.dir}/state/jobs.db", timeout=DEADLINE)
    rows = db.execute(text, args).fetchall()
    db.commit()
    db.close()
    return rows


def job(at, name, gated=True, **kw):
    """A job that writes a line to marks/NAME each time it is started, and then waits."""
    return at.create(sh_job(f"echo started >>{marks}/{name}; {GATE if gated else ':'}", **kw), message_id())


def starts(name):
    try:
        with open(f"{marks}/{name}") as f:
            return len(f.readlines())
    except FileNotFoundError:
        return 0


def there(address, gate):
    """ADDRESS at the other GATE."""
    return f"{gate.url}/jobs/{address.rsplit('/', 1)[1]}"


def get(at, address, what):
    return at.request("GET", f"/jobs/{address.rsplit('/', 1)[1]}{what}")


def told(at, op, address, ns=BES):
    node = payload(*at.soap(f'<b:{op} xmlns:b="{ns}"><b:ActivityIdentifier><a:Address xmlns:a="{WSA}">{address}</a:Address>'
                            f"</b:ActivityIdentifier></b:{op}>"))
    return "".join(node.itertext())


def ends(at, address):
    let_go(grid.session("alice", address))
    return at.wait(address)


def names_a(text):
    return "belongs to gatekeeper 'a'" in text or print("#", text)


a, b = gatekeeper("a", LEASE), gatekeeper("b", 3600)
at_a, at_b = client(a), client(b)

# ---- both at once ----
running = job(at_a, "running")
until("it runs", lambda: at_a.status(running).inner == "Running")
waiting = job(at_a, "waiting")
until("it waits for a slot", lambda: at_a.status(waiting).inner == "Pending")
held = job(at_a, "held", gated=False, description=HOLD)
until("it is held", lambda: at_a.status(held).inner == "Held")
own = job(at_b, "own", gated=False)
ok("one gatekeeper tells the state of the other's job, with its history", lambda: [
    at_b.status(there(j, b)).inner for j in (running, waiting, held)] == ["Running", "Pending", "Held"] and
   [w for w, _ in at_b.status(there(running, b)).times] == [w for w, _ in at_a.status(running).times])
ok("... its events", lambda: get(at_b, running, "?since=0")[1].count('"event"') >= 5)
ok("... and lists the jobs of both", lambda: sorted(
    e.text.rsplit("/", 1)[1] for e in payload(*at_b.soap(f'<g:ListActivities xmlns:g="{JOBS}"/>')).iter(f"{{{WSA}}}Address")) ==
   sorted(j.rsplit("/", 1)[1] for j in (running, waiting, held, own)))
ok("what it cannot do for the other's job it refuses, and says whose it is: ending it", lambda: names_a(
    told(at_b, "TerminateActivities", there(running, b))))
ok("... releasing it", lambda: names_a(told(at_b, "ReleaseActivities", there(held, b), JOBS)))
ok("... its output", lambda: names_a(get(at_b, running, "/stdout")[1]))
ok("... its tasks, one by one", lambda: names_a(at_b.request("POST", f"/jobs/{running.rsplit('/', 1)[1]}/tasks", '{"cancel":"0"}',
                                                             {"Content-Type": "application/json"})[1]))
key = message_id()
both = []
pair = [threading.Thread(target=lambda c=c: both.append(c.create(sh_job(f"echo started >>{marks}/both"), key).rsplit("/", 1)[1]))
        for c in (client(a), client(b))]
for t in pair:
    t.start()
for t in pair:
    t.join()
ok("the same request to both at once is one job", lambda: len(both) == 2 and both[0] == both[1])
host = f"{grid.dir}/host.pem"
with open(host, "w") as out:
    os.chmod(host, 0o600)
    for name in ("hostcert.pem", "hostkey.pem"):
        with open(f"{grid.pki}/{name}") as part:
            out.write(part.read())
admin = Client(grid, host, a.url)
payload(*admin.soap(f'<m:StopAcceptingNewActivities xmlns:m="{MGMT}"/>'))
ok("settings are of one gatekeeper: while one accepts no jobs the other does", lambda: f"{{{BES}}}NotAcceptingNewActivitiesFault" in
   fault(at_a.create, sh_job("true")).names and at_b.wait(at_b.create(sh_job("exit 3"))).exit == 3)
payload(*admin.soap(f'<m:StartAcceptingNewActivities xmlns:m="{MGMT}"/>'))



def leases(at):
    return [ln.split('"')[1] for ln in at.request("GET", "/metrics")[1].splitlines() if ln.startswith("gatekeeper_lease_seconds{")]


ok("the metrics tell the leases of both", lambda: leases(at_a) == leases(at_b) == ["a", "b"] or print("#", leases(at_a)))

# ---- one is killed ----
for pid in (a.unprivileged(), a.p.pid):
    os.kill(pid, signal.SIGKILL)
a.p.wait(DEADLINE)
until("its jobs are taken over", lambda: "lease.claim from=a" in b.text() and not sql("SELECT 1 FROM instance WHERE name = 'a'"))
ok("a job that ran when its gatekeeper was killed comes to its end with the other", lambda: ends(
    at_b, there(running, b)).exit == 0 and starts("running") == 1)
ok("... one that waited for its slot runs there", lambda: ends(at_b, there(waiting, b)).exit == 0 and starts("waiting") == 1)
ok("... one that was held is released there", lambda: "true" in told(at_b, "ReleaseActivities", there(held, b), JOBS) and
   at_b.wait(there(held, b)).exit == 0 and starts("held") == 1)
ok("... and has no lease any more", lambda: leases(at_b) == ["b"])
ok("... and its output is there", lambda: get(at_b, running, "/stdout")[0] == 200)

# ---- one is stopped for longer than its lease ----
a.start()
at_a = client(a)
ok("one that comes back answers for what is the other's by now", lambda: at_a.status(there(running, a)).exit == 0)
stays = job(at_a, "stays")
until("it runs", lambda: at_a.status(stays).inner == "Running")
queued = [job(at_a, f"queued{i}", gated=False) for i in range(3)]
until("they wait", lambda: all(at_a.status(j).inner == "Pending" for j in queued))
half = a.unprivileged()


def stop_between_writes():
    """Stop it; not in the midst of a transaction, for which SQLite makes all others wait."""
    db = sqlite3.connect(f"{grid.dir}/state/jobs.db", timeout=1, isolation_level=None)
    while True:
        os.kill(half, signal.SIGSTOP)
        until("it has stopped", lambda: stopped(half))
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
            db.close()
            return
        except sqlite3.OperationalError:
            os.kill(half, signal.SIGCONT)


stop_between_writes()
late = []
# Asked while it is stopped, and so answered after its lease ran out.
ask = threading.Thread(target=lambda: late.append(told(at_a, "TerminateActivities", stays)))
ask.start()
until("its jobs are taken over", lambda: b.text().count("lease.claim from=a") > 1 and
      not sql("SELECT 1 FROM instance WHERE name = 'a'"))
ok("a job of one that was stopped comes to its end with the other", lambda: ends(at_b, there(stays, b)).exit == 0)
ok("... and those that waited run there", lambda: [at_b.wait(there(j, b)).exit for j in queued] == [0, 0, 0])
rows = "SELECT id, epoch, state, outcome, cancel FROM job ORDER BY n"
before, last = sql(rows), sql("SELECT MAX(seq) FROM journal")
os.kill(half, signal.SIGCONT)
ok("one that goes on after its lease ran out says so in its log", lambda: a.wait_log("lease.lost") is None)
ok("... to GET /health", lambda: (lambda s, t: s == 503 and "lease" in t or print("#", s, t))(
    *client(a).request("GET", "/health")))
ok("... to who asks for a new job", lambda: "lease of gatekeeper 'a' ran out" in str(vars(fault(client(a).create, sh_job("true")))))
ask.join(DEADLINE)
ok("... and to who had asked before", lambda: len(late) == 1 and ("ran out" in late[0] or "belongs to gatekeeper 'b'" in late[0])
   or print("#", late))
ok("it ends by itself, with a status that has it started again", lambda: a.p.wait(DEADLINE) == 69 or print("#", a.p.returncode))
ok("it has written nothing", lambda: sql(rows) == before and sql("SELECT MAX(seq) FROM journal") == last)
ok("each job was started exactly once", lambda: [starts(n) for n in ("stays", "queued0", "queued1", "queued2", "both")] == [1] * 5)

# ---- one ends ----
a.start()
at_a = client(a)
left = job(at_b, "left")
until("it runs", lambda: at_b.status(left).inner == "Running")
ok("one ends cleanly", lambda: b.stop() == 0)
until("its jobs are taken over", lambda: "lease.claim from=b" in a.text())
ok("what it left the other takes over, and brings to its end", lambda: ends(at_a, there(left, a)).exit == 0 and starts("left") == 1)
ok("... ended jobs as well", lambda: get(at_a, stays, "/stdout")[0] == 200)
ok("the last one ends cleanly", lambda: a.stop() == 0)
done()
