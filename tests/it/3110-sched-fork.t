#!/usr/bin/python3
"""The fork scheduler: slots, order, restarts, nothing twice."""
import os
import signal
import sys
import uuid

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *

ALICE, BOB = "/O=Grid/CN=alice", "/O=Grid/CN=bob"
accounts = Accounts("a", "b", "g")
scratch = Scratch()
r = Runner(scratch.dir, [(ALICE, accounts.name["a"]), (BOB, accounts.name["b"])], accounts.name["g"],
           options=["gatekeeper.fork_slots=2"], tool="sched")
where = {}


def submit(script, dn=ALICE, release=True, **more):
    j = str(uuid.uuid4())
    where[j] = value(r.cmd("register", j, dn), "path")
    r.cmd("job", "new")
    for k, v in (("executable", "/bin/sh"), ("arg", "-c"), ("arg", script)) + tuple(more.items()):
        r.cmd("job", k, v)
    good = r.cmd("submit", j)
    if good != f"ok id={j}":
        raise RuntimeError(good)
    if release:
        r.cmd("release", j)
    return j


def text(j, name="stdout"):
    with open(f"{where[j]}/{name}") as f:
        return f.read()


def shape():
    return {k: int(value(r.cmd("describe"), k)) for k in ("slots", "free", "running", "waiting")}


def state(j):
    return value(r.cmd("poll", j), "state")


HELD = f"echo ran >>lines; {GATE}; exit 3"


def runs_one():
    j = submit("echo hello; exit 42")
    e = r.cmd("wait", j, "ended")
    return value(e, "exit") == "42" and text(j) == "hello\n"


def not_before_release():
    j = submit("echo ran >>lines", release=False)
    before = state(j) == "pending" and r.cmd("find", j) == "ok" and not os.path.exists(f"{where[j]}/lines")
    again = r.cmd("submit", j) == f"ok id={j}"
    r.cmd("release", j), r.cmd("release", j), r.cmd("wait", j, "ended"), r.cmd("release", j)
    return before and again and text(j, "lines") == "ran\n"


def slots_and_order():
    """The next slot is that account's which has the fewest; within an account the order stays."""
    jobs = [submit(HELD, dn=(ALICE, BOB)[i % 2]) for i in range(5)]
    for j in jobs[:2]:
        r.cmd("wait", j, "running")
    full = shape() == {"slots": 2, "free": 0, "running": 2, "waiting": 3}
    order = [state(j) for j in jobs] == ["running", "running", "pending", "pending", "pending"]
    let_go(where[jobs[1]])
    r.cmd("wait", jobs[1], "ended"), r.cmd("wait", jobs[3], "running")
    turn = [state(j) for j in (jobs[2], jobs[4])] == ["pending", "pending"]
    let_go(where[jobs[0]])
    r.cmd("wait", jobs[0], "ended"), r.cmd("wait", jobs[2], "running")
    turn = turn and state(jobs[4]) == "pending"
    for j in jobs:
        let_go(where[j])
    ended = all(value(r.cmd("wait", j, "ended"), "exit") == "3" for j in jobs[2:])
    return full and order and turn and ended and shape()["free"] == 2


def cancel_waiting():
    jobs = [submit(HELD) for _ in range(3)]
    r.cmd("wait", jobs[1], "running")
    r.cmd("cancel", jobs[2])
    e = r.cmd("wait", jobs[2], "ended")
    for j in jobs[:2]:
        r.cmd("cancel", j), r.cmd("wait", j, "ended")
    return "cancelled" in value(e, "fault") + e and not os.path.exists(f"{where[jobs[2]]}/lines") and shape()["running"] == 0


def restart_keeps_all():
    jobs = [submit(HELD) for _ in range(4)]
    r.cmd("wait", jobs[1], "running")
    r.p.kill(), r.p.wait()
    let_go(where[jobs[0]])  # ends while nobody looks
    r.start()
    for j in jobs:
        r.cmd("release", j)
    first = r.cmd("wait", jobs[0], "ended")
    r.cmd("wait", jobs[2], "running")
    busy = shape()["running"] == 2 and state(jobs[3]) == "pending"
    for j in jobs:
        let_go(where[j])
    ended = all(value(r.cmd("wait", j, "ended"), "exit") == "3" for j in jobs[1:])
    return value(first, "exit") == "3" and busy and ended and all(text(j, "lines") == "ran\n" for j in jobs)


def unseen_has_a_slot():
    jobs = [submit(HELD) for _ in range(4)]
    r.cmd("wait", jobs[1], "running")
    r.p.kill(), r.p.wait()
    r.start()
    for j in jobs:
        r.cmd("expect", j)
    for j in jobs[2:]:  # those that wait are asked about first
        r.cmd("release", j)
    full = shape() == {"slots": 2, "free": 0, "running": 2, "waiting": 2}
    for j in jobs[:2]:
        r.cmd("release", j)
    busy = shape()["running"] == 2 and [state(j) for j in jobs] == ["running"] * 2 + ["pending"] * 2
    for j in jobs:
        let_go(where[j])
    ended = all(value(r.cmd("wait", j, "ended"), "exit") == "3" for j in jobs)
    return full and busy and ended and shape()["free"] == 2 and all(text(j, "lines") == "ran\n" for j in jobs)


def cancelled_over_a_restart():
    jobs = [submit(HELD) for _ in range(3)]
    r.cmd("wait", jobs[1], "running")
    r.p.kill(), r.p.wait()
    r.start()
    for j in jobs:
        r.cmd("expect", j), r.cmd("cancel", j)
    ends = [r.cmd("wait", j, "ended") for j in jobs]
    return "cancelled before it began" in ends[2] and not os.path.exists(f"{where[jobs[2]]}/lines") and shape()["free"] == 2


def killed_before_the_marker():
    point = f"{where['dir']}/point"
    r.stop()
    r.env["GATEHOUSE_TEST_POINT"] = f"sup.held {point}"
    r.start()
    j = submit("echo ran >>lines; exit 6")
    e = r.cmd("wait", j, "ended")
    return os.path.exists(point) and value(e, "exit") == "6" and text(j, "lines") == "ran\n"


def killed_after_the_marker():
    point = f"{where['dir']}/point2"
    r.stop()
    r.env["GATEHOUSE_TEST_POINT"] = f"sup.exec {point}"
    r.start()
    j = submit("echo ran >>lines; sleep 1000")
    e = r.cmd("wait", j, "lost")
    return os.path.exists(point) and "supervisor was killed" in e and r.cmd("submit", j).startswith("err") and \
        shape()["running"] == 0


def suspend():
    j = submit(HELD)
    r.cmd("wait", j, "running"), r.cmd("suspend", j, "stop"), r.cmd("wait", j, "suspended")
    let_go(where[j])
    r.cmd("suspend", j, "go")
    return value(r.cmd("wait", j, "ended"), "exit") == "3"


def refusals():
    good = []
    for key, v, word in (("queue", "fast", "queue 'fast'"), ("mpi", "1", "mpi"), ("count", "2000", "count 2000")):
        r.cmd("job", "new")
        r.cmd("job", "executable", "x"), r.cmd("job", key, v)
        e = r.cmd("check")
        good.append(e.startswith("err") and word in e)
    return all(good)


def copies_and_wall():
    j = submit("echo copy", count="3")
    k = submit("sleep 1000", wall="1")
    a, b = r.cmd("wait", j, "ended"), r.cmd("wait", k, "ended")
    return value(a, "exit") == "0" and text(j) == "copy\n" * 3 and "wall time limit of 1 s exceeded" in b


def session_gone():
    j = submit(HELD)
    r.cmd("wait", j, "running")
    supervisor = int(text(j, ".gatehouse/job/id").split()[0])
    while os.path.exists(where[j]):
        shutil.rmtree(where[j], ignore_errors=True)  # the job writes meanwhile
    e = r.cmd("wait", j, "lost")
    return "session directory is gone" in e and until("its processes ended", lambda: not alive(supervisor))


def tampered():
    j = submit(HELD)
    r.cmd("wait", j, "running")
    os.rename(f"{where[j]}/.gatehouse/job", f"{where[j]}/.gatehouse/away")
    os.symlink("away", f"{where[j]}/.gatehouse/job")
    e = r.cmd("wait", j, "lost")
    let_go(where[j])
    return "cannot be trusted" in e


def supervisor_of(j):
    return int(text(j, ".gatehouse/job/id").split()[0])


def one_for_all():
    """Two jobs of an account have one supervisor; a signal to one run is no other's; another account has its own."""
    a, b = submit(HELD), submit(HELD)
    r.cmd("wait", a, "running"), r.cmd("wait", b, "running")
    one = supervisor_of(a) == supervisor_of(b)
    r.cmd("suspend", a, "stop"), r.cmd("wait", a, "suspended")
    alone = state(b) == "running"
    r.cmd("suspend", a, "go"), r.cmd("cancel", a)
    end = r.cmd("wait", a, "ended")
    c = submit(HELD, BOB)
    r.cmd("wait", c, "running")
    own = supervisor_of(c) != supervisor_of(b)
    let_go(where[b]), let_go(where[c])
    return one and alone and own and "cancelled" in end and all(value(r.cmd("wait", j, "ended"), "exit") == "3" for j in (b, c))


def killed_with_all_of_it():
    """Those that it had begun are lost, each with the reason; one of another account runs on."""
    r.stop()
    r.options = ["gatekeeper.fork_slots=4"]
    r.start()
    a, b, c = submit(HELD), submit(HELD), submit(HELD, BOB)
    for j in (a, b, c):
        r.cmd("wait", j, "running")
    os.kill(supervisor_of(a), signal.SIGKILL)
    lost = [r.cmd("wait", j, "lost") for j in (a, b)]
    again = submit("exit 4")
    good = value(r.cmd("wait", again, "ended"), "exit") == "4"
    let_go(where[c])
    return good and all("supervisor was killed" in e for e in lost) and value(r.cmd("wait", c, "ended"), "exit") == "3"


def outlives_its_helper():
    """Without the helper that gave it its runs it goes on with them: they are signalled, and their ends are read."""
    a, b = submit(HELD), submit(HELD)
    r.cmd("wait", a, "running"), r.cmd("wait", b, "running")
    pid = supervisor_of(a)
    os.kill(int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
    until("somebody is told", lambda: r.cmd("cancel", a) == "ok")  # the dead helper's socket may still take the request
    let_go(where[b])
    ends = r.cmd("wait", a, "ended"), r.cmd("wait", b, "ended")
    return "cancelled" in ends[0] and value(ends[1], "exit") == "3" and until("it has ended", lambda: not alive(pid))


def stopped_by_its_user():
    """One that its user stops again and again hinders no cancellation."""
    a = submit(HELD)
    r.cmd("wait", a, "running")
    pid = supervisor_of(a)
    os.kill(pid, signal.SIGSTOP)
    until("it is stopped", lambda: stopped(pid))
    r.cmd("cancel", a)
    return "cancelled" in r.cmd("wait", a, "ended")


where["dir"] = f"{scratch.dir}/points"
os.mkdir(where["dir"])
os.chmod(where["dir"], 0o777)
ok("a job runs and its exit code comes back", runs_one)
ok("nothing runs before the release, and submitting twice is once", not_before_release)
ok("two slots: accounts take turns, and the jobs of one keep their order", slots_and_order)
ok("one that waits is cancelled without having run", cancel_waiting)
ok("a restart keeps the queue, adopts what runs, and starts nothing twice", restart_keeps_all)
ok("after a restart what may run has its slot until it was asked about", unseen_has_a_slot)
ok("what is cancelled before it was asked about ends, and gives its slot back", cancelled_over_a_restart)
ok("stop and continue", suspend)
ok("what it cannot honour it refuses by name", refusals)
ok("copies, and the wall-time limit", copies_and_wall)
ok("a session that vanished is told", session_gone)
ok("a session that was tampered with is told", tampered)
ok("the jobs of an account share a supervisor, and none of its signals", one_for_all)
ok("... which outlives the helper that started it", outlives_its_helper)
ok("... which may be stopped", stopped_by_its_user)
ok("... with which what it had begun is lost, and nobody else's", killed_with_all_of_it)
if os.environ.get("BIN", "").find("/release/") < 0:
    ok("a supervisor killed before its marker is started again", killed_before_the_marker)
    ok("one killed after it is lost, once and for all", killed_after_the_marker)
done()
