#!/usr/bin/python3
"""A job's owner changes its wall time limit while it is held, waits or runs: it counts from the start of each run, for every task,
and its history tells of it; what cannot be changed is refused, and nothing changes."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

LIMIT = "<p:WallTimeLimit>{}</p:WallTimeLimit>"

grid = Grid("alice", "bob")
runs = grid.open_dir("runs")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=4"])
alice = Client(grid, grid.proxy("alice"), gate.start().url)
bob = Client(grid, grid.proxy("bob"), gate.url)


def path(address):
    return "/" + address.split("/", 3)[3]


def limits(address, what, by=None):
    """POST to the job: its status, and what it says."""
    return (by or alice).request("POST", path(address), (what if isinstance(what, str) else json.dumps(what)).encode())


def wall(address, time, by=None):
    return limits(address, {"limits": {"wall_time": time}}, by)


def told(address):
    events = json.loads(alice.request("GET", path(address) + "?since=0")[1])["events"]
    return [(e["from"], e["to"], e["reason"]) for e in events if e["event"] == "limits"]


def create(script, limit=None, count=None, key=None):
    tasks = "" if count is None else f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="{count}"/></g:Extension>'
    return alice.create(sh_job(script, posix="" if limit is None else LIMIT.format(limit), description=tasks), key or message_id())


def running(address):
    until("it runs", lambda: alice.status(address).state == "Running")


def shorter_while_it_runs():
    a = create("sleep 1000", 600)
    running(a)
    status, text = wall(a, 1)
    end = alice.wait(a)
    print(f"# {status} {text} {end.state} {end.fault} {told(a)}")
    return (status == 200 and json.loads(text)["limits"] == {"wall_time": 1} and end.state == "Failed"
            and end.fault == "wall time limit of 1 s exceeded"
            and told(a) == [("Running", "Running", "its owner changed its wall time limit from 600 s to 1 s")])


def one_where_there_was_none():
    a = create("sleep 1000")
    running(a)
    status, _ = wall(a, "1s")
    end = alice.wait(a)
    return (status == 200 and end.fault == "wall time limit of 1 s exceeded"
            and told(a)[0][2] == "its owner changed its wall time limit from none to 1 s")


def longer_while_it_runs():
    """The supervisor learns it before its old limit, which is long enough for a slow host to be told in time."""
    a = create(f"touch {runs}/longer; sleep 17; exit 7", 16)
    running(a)
    status, _ = wall(a, "1h30m")
    end = alice.wait(a)
    return (status, end.state, end.exit) == (200, "Finished", 7)


def while_it_waits():
    go = f"{runs}/go"
    first = [create(f"while [ ! -e {go} ]; do sleep 0.1; done") for _ in range(4)]
    for a in first:
        running(a)
    a = create("sleep 2; exit 7", 1)
    until("it waits", lambda: json.loads(alice.request("GET", path(a) + "/tasks")[1])["counts"] == {"Pending": 1})
    status, _ = wall(a, 600)
    with open(go, "w"):
        pass
    ends = [alice.wait(x) for x in first]
    end = alice.wait(a)
    print(f"# {end.exit} {end.fault} {told(a)}")
    return (status == 200 and end.exit == 7 and all(e.state == "Finished" for e in ends)
            and told(a)[0][:2] == ("Pending", "Pending"))


def each_task():
    a = create("sleep 1000", 600, count=3)
    running(a)
    status, _ = wall(a, 1)
    end = alice.wait(a)
    tasks = json.loads(alice.request("GET", path(a) + "/tasks")[1])
    print(f"# {status} {end.state} {tasks}")
    return (status == 200 and end.state == "Failed" and tasks["counts"] == {"Failed": 3}
            and all(t["fault"] == "wall time limit of 1 s exceeded" for t in tasks["tasks"]))


def a_later_run_has_it():
    """What runs once more has the limit of today, and so has a gatekeeper that was killed meanwhile."""
    a = create(f"test -e {runs}/mend && sleep 2", 600)
    running_or_over = alice.wait(a)
    over, _ = wall(a, 1)
    b = create(f"while [ ! -e {runs}/end ]; do sleep 0.1; done; test -e {runs}/mend && sleep 1000", 600)
    running(b)
    status, _ = wall(b, 1)
    first = alice.wait(b)
    with open(f"{runs}/mend", "w"), open(f"{runs}/end", "w"):
        pass
    gate.stop(signal.SIGKILL)
    gate.start()
    n = alice.request("POST", path(b) + "/tasks", json.dumps({"resubmit": "failed"}).encode())[0]
    end = alice.wait(b)
    print(f"# {running_or_over.state} {over} {status} {first.fault} {n} {end.fault}")
    return (over == 409 and status == 200 and first.fault == "wall time limit of 1 s exceeded" and n == 200
            and end.fault == "wall time limit of 1 s exceeded")


def the_same_job_still():
    """A repeat of the submission is recognised whatever was changed since."""
    key = message_id()
    a = create("sleep 1000", 600, key=key)
    running(a)
    wall(a, 700)
    b = create("sleep 1000", 600, key=key)
    wall(a, 1)
    alice.wait(a)
    return a == b and len(told(a)) == 2 and told(a)[1][2].endswith("from 700 s to 1 s")


def refused():
    a = create(f"while [ ! -e {runs}/refused ]; do sleep 0.1; done", 600)
    running(a)
    got = [wall(a, t)[0] for t in (0, -1, "", "2x", "1h30", 1.5, None, "99999999999d")]
    other = limits(a, {"limits": {"memory": 1}})
    form = [limits(a, x)[0] for x in ({}, {"limits": {}}, {"limits": {"wall_time": 5}, "x": 1}, "{", "[]", '{"limits":5}')]
    stranger = wall(a, 5, bob)[0]
    with open(f"{runs}/refused", "w"):
        pass
    end = alice.wait(a)
    over = wall(a, 5)
    print(f"# {got} {other} {form} {stranger} {over}")
    return (got == [400] * 4 + [200] + [400] * 3 and other[0] == 501 and "'memory' of a job cannot be changed" in other[1]
            and form == [400] * 6 and stranger == 404 and end.state == "Finished" and over[0] == 409 and "is Done" in over[1])


def at_the_prompt():
    env = dict(os.environ, X509_USER_PROXY=grid.proxy("alice"), X509_CERT_DIR=f"{grid.pki}/certificates")
    gridrun = lambda *words: subprocess.run([f"{BIN}/gridrun", *words], env=env, text=True, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    a = create("sleep 1000", 600)
    running(a)
    wrong = gridrun("-limits", "memory=5", a), gridrun("-limits", "2h", a)
    right = gridrun("-limits", "wall_time=1s", a)
    end = alice.wait(a)
    said = gridrun("-status", "-v", a)
    print(f"# {wrong} {right} {end.fault} {said.stdout}")
    return (wrong[0].returncode != 0 and "cannot be changed" in wrong[0].stdout and "wall_time=2h" in wrong[1].stdout
            and right.returncode == 0 and end.fault == "wall time limit of 1 s exceeded"
            and "Running: its owner changed its wall time limit from 600 s to 1 s" in said.stdout)


ok("a running job's limit is made shorter", shorter_while_it_runs)
ok("a job that had no limit is given one", one_where_there_was_none)
ok("a running job's limit is made longer", longer_while_it_runs)
ok("so is that of one that waits", while_it_waits)
ok("it is that of every task of an array", each_task)
ok("what runs once more has it, and one that is over is refused", a_later_run_has_it)
ok("the job is the same for who submits it again", the_same_job_still)
ok("what is not a limit that can be changed is refused, and strangers are", refused)
ok("gridrun -limits", at_the_prompt)
done()
