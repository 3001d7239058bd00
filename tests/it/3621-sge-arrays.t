#!/usr/bin/python3
"""Arrays at a real Grid Engine: they go as its own arrays, held, each task exactly once whatever qsub says or dies; tasks are ended and
run once more; a limit holds over several arrays."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import sgedrive  # noqa: E402
from arraydrive import Arrays  # noqa: E402

if not sgedrive.present():
    print("1..0 # SKIP no sge_qmaster here")
    sys.exit(0)
grid = Grid("alice", "bob")
sge = sgedrive.Sge(f"{grid.dir}/gridengine")
tools, REAL = sgedrive.open_tools(grid), sgedrive.REAL
LIES = sgedrive.lies("array") | {
    "answers garbage": f"{REAL} \"$@\" >/dev/null; echo 'Your job-array 17.1-8:1 (\"x\") has been submitted'",
    "answers another id": f"{REAL} \"$@\" >/dev/null; echo 4242.1-8:1",
    "names an array that does not exist, and submits none": "cat >/dev/null; echo 4242.1-8:1",
    "takes all for another number of tasks": f"sed s/x/x/ | {REAL} -terse -h -N \"$(echo \"$@\" | sed 's/.*-N \\([^ ]*\\).*/\\1/')\" "
    "-r n -cwd -S /bin/sh -j y -o .gatehouse/job/batch -notify -t 1-5",
}
drive = Arrays(grid, sge, tools, "qsub", REAL)
gate = sge.gatekeeper(grid, [f"gatekeeper.sge_path={tools}", "gatekeeper.scheduler_timeout=5"])
drive.serve(gate)
alice = drive.alice


def ranges():
    """The ranges of tasks that qsub was asked for."""
    lines = [line.split() for line in drive.called()]
    return [(w[w.index("-t") + 1], w[w.index("-tc") + 1] if "-tc" in w else None) for w in lines]


def goes_as_an_array():
    ranges()
    a, file = drive.submit(20, limit=3)
    good, page, asked = drive.each_once(a, file, 20), drive.tasks(a), ranges()
    print(f"# {asked} {page['tasks'][7]}")
    return (good and asked == [("1-20", "3")] and drive.texts(a, 20) == [f"t{i}\n" for i in range(20)]
            and page["tasks"][7]["schedulerID"].endswith(".8"))


def is_cut():
    """Of a system whose arrays have 20 tasks at most."""
    conf = sge.run("qconf", "-sconf")
    with open(f"{sge.dir}/global", "w") as f:
        f.write("\n".join("max_aj_tasks 20" if ln.startswith("max_aj_tasks") else ln for ln in conf.splitlines()) + "\n")
    sge.run("qconf", "-Mconf", f"{sge.dir}/global")
    gate.stop(), gate.start(), alice.close()  # it asks once
    ranges()
    a, file = drive.submit(24)
    good, asked = drive.each_once(a, file, 24), ranges()
    print(f"# {asked}")
    return good and asked == [("1-20", None), ("1-4", None)]


def limit_holds():
    """Over several arrays, too: each begins when the one before it is over."""
    ranges()
    good = drive.limited(24, 3)
    print(f"# {ranges()}")
    return good


def some_end_and_run_again():
    file = drive.marker()
    a = drive.create(f"echo x >>{file}.$GATEHOUSE_TASK; test -e {file}.go.$GATEHOUSE_TASK || exec sleep 1000", 6)
    until("four run", lambda: drive.tasks(a)["counts"].get("Running") == 4)
    n = drive.do(a, {"cancel": "0,5"})
    until("two are ended", lambda: drive.tasks(a)["counts"].get("Cancelled") == 2)
    for i in range(6):
        with open(f"{file}.go.{i}", "w"):
            pass
    one = [t["schedulerID"] for t in drive.tasks(a)["tasks"]]
    until("the others run", lambda: all(r == 1 for r in drive.ran(file, 5)[1:]))
    for i in (1, 2, 3, 4):  # behind our back
        sge.run("qdel", one[i], user=grid.accounts["alice"])
    first, counts = alice.wait(a), drive.tasks(a)["counts"]
    ranges()
    again = drive.do(a, {"resubmit": "0,2,4"})
    alice.wait(a)
    page, asked = drive.tasks(a), ranges()
    print(f"# {n} {first.state} {first.fault} {counts} {again} {page['counts']} {[t['attempt'] for t in page['tasks']]} {asked}")
    return (n == 2 and first.state == "Failed" and counts == {"Failed": 4, "Cancelled": 2}
        and again == 3 and asked == [("1", None), ("3", None), ("5", None)] and page["counts"] == {"Done": 3, "Failed": 2, "Cancelled": 1}
        and [t["attempt"] for t in page["tasks"]] == [2, 1, 2, 1, 2, 1] and drive.ran(file, 5) == [2, 1, 2, 1, 2] and drive.left(a) == [])


def crash():
    sge.do("crash")
    sge.do("again")


def forged():
    """Another user's array has the name of ours."""
    a = drive.create("exec sleep 1000", 2)
    until("both run", lambda: drive.tasks(a)["counts"].get("Running") == 2)
    name = next(n for n in sge.live() if n.endswith("-a1-0"))
    sge.run("qsub", "-h", "-t", "1-9", "-N", name, user=grid.accounts["bob"], input="#!/bin/sh\ntrue\n")
    n = drive.do(a, {"cancel": "0-1"})
    end = alice.wait(a)
    kept = [t for _, t, _ in sge.jobs()]
    sge.run("qdel", "-u", grid.accounts["bob"], user=grid.accounts["bob"])
    print(f"# {n} {end.state} {kept}")
    return end.state == "Cancelled" and kept == [name]


ok("a job of many tasks goes as one array, with its limit, and each task has its own end", goes_as_an_array)
for lie, script in LIES.items():
    ok(f"qsub {lie}: each task runs once", lambda: drive.lies(script))
ok("chosen tasks are ended, and chosen ones run once more, as arrays of these alone", some_end_and_run_again)
ok("the qmaster is killed after it took an array and while its tasks run: each runs once", lambda: drive.system_dies(crash))
if ROOT:
    ok("another user's array of the same name changes nothing", forged)
if "/release/" not in os.environ["BIN"]:
    ok("killed at every step, each task ran exactly once", drive.killed)
ok("one that is too big for an array is cut", is_cut)
ok("no more tasks run at once than the limit says, over several arrays", limit_holds)
done()
