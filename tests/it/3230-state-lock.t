#!/usr/bin/python3
# Whose state it is: a second gatekeeper, or a second index, over the same directory does not start, and changes nothing
# for the first.  Where locks do not reach (they are taken away here), the one that was replaced ends, and says so.
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BIN, DEADLINE, GATE, Client, Daemon, Fault, Gatekeeper, Grid, done, fault, let_go, ok,  # noqa: E402
                       sh_job, until)

grid = Grid("alice")
gate = Gatekeeper(grid).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
job = alice.create(sh_job(GATE))
session = grid.session("alice", job)
until("the job waits", lambda: alice.status(job).inner == "Running")


def words(program, *options):
    """What PROGRAM says, started beside the first, and its status."""
    argv = [f"{BIN}/{program}", "-F", "-c", f"{grid.pki}/gatehouse.conf"]
    for o in options:
        argv += o if isinstance(o, list) else ["-o", o]
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       timeout=DEADLINE)
    return p.returncode, p.stdout


OTHERS = ["gatekeeper.listen=127.0.0.1:0", f"gatekeeper.sessions={grid.dir}/sessions2",
          f"gatekeeper.runner_state={grid.dir}/runner2"]
STATE = f"gatekeeper.state={grid.dir}/state"


def refused():
    code, text = words("gatekeeper", *OTHERS, STATE)
    return code != 0 and "another gatekeeper uses it" in text and f"{grid.dir}/state" in text and \
        f"process {gate.unprivileged()}" in text or print("#", code, text)


def same_runner_state():
    code, text = words("gatekeeper", *gate.options, "gatekeeper.listen=127.0.0.1:0")
    return code != 0 and "another runner uses it" in text or print("#", code, text)


ok("a second gatekeeper over the same state does not start, and says why", refused)
ok("... nor over the same state of the runner", same_runner_state)
ok("the first one's job runs on", lambda: alice.status(job).inner == "Running")
ok("-t checks a configuration beside the daemon that uses it", lambda: words("gatekeeper", *gate.options, ["-t"])[0] == 0)


def killed():
    """kill -9 leaves nothing that keeps the next one out."""
    gate.p.kill()
    gate.p.wait()
    gate.start()
    return alice.status(job).inner == "Running"


ok("one that was killed is followed by the next", killed)

# ---- where locks do not reach ----
for d in ("state", "runner"):
    os.unlink(f"{grid.dir}/{d}/lock")
second = Gatekeeper(grid).start()


def replaced():
    """It takes nothing more from here on, whether it has ended yet or not."""
    try:
        f = fault(alice.create, sh_job("true"))
        return "taken over" in f.reason or f.reason
    except OSError:
        return True


ok("one whose state was taken over accepts nothing", replaced)
ok("... ends by itself, with a status that says so", lambda: gate.p.wait(DEADLINE) == 75 or gate.p.returncode)
ok("... and a sentence", lambda: "another gatekeeper has taken over" in gate.text() or print(gate.text()))
alice.close()
alice = Client(grid, grid.proxy("alice"), second.url)
address = job.replace(gate.url, second.url)
let_go(session)
ok("the job comes to its end with the other", lambda: alice.wait(address).exit == 0)
ok("... which is not fenced by the end of the first", lambda: second.p.poll() is None and
   alice.wait(alice.create(sh_job("exit 3"))).exit == 3)

# ---- the index ----
index = Daemon(grid, "mds", [f"mds.state={grid.dir}/index"]).start()


def second_index(*more):
    return words("mds", "mds.listen=127.0.0.1:0", f"mds.state={grid.dir}/index", *more)


def index_refused():
    code, text = second_index()
    return code != 0 and "another mds uses it" in text or print("#", code, text)


ok("a second index over the same state does not start, and says why", index_refused)
ok("... and -t checks beside the first", lambda: second_index(["-t"])[0] == 0)
ok("... which serves on", lambda: index.p.poll() is None)
done()
