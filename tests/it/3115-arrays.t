#!/usr/bin/python3
"""Arrays: a job of many tasks.  Each task runs once under its own number, as many at once as the job asks for; the job is
what its tasks are; and kill -9 of gatekeeper, runner and helper changes none of that.

With GATEHOUSE_FULL=1 50 arrays of 200 tasks, else 3 of 40."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

ARRAYS, TASKS = (50, 200) if FULL else (3, 40)
# Steps at which a process dies, each once; what comes after the start marker is another test's (3900).
POINTS = ["gk.accept.after_commit", "gk.prepare", "gk.go.after", "gk.intent", "gk.submit", "gk.submitted.before",
          "gk.submitted.after", "gk.commit", "gk.release", "gk.exit", "gk.exited.before",
          "gk.exited.after", "run.start", "run.started", "sup.tasks.entered", "sup.tasks.armed",
          "sup.tasks.leave", "sup.exit.after_record"]

grid = Grid("alice", "bob")
runs, points = grid.open_dir("runs"), grid.open_dir("points")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=8"])
alice = Client(grid, grid.proxy("alice"), gate.start().url)
bob = Client(grid, grid.proxy("bob"), gate.url)


def array(script, count, limit=None, posix=""):
    more = "" if limit is None else f' limit="{limit}"'
    return sh_job(script, posix=posix, description=f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="{count}"{more}/>'
                                                   "</g:Extension>")


def tasks(address, query=""):
    """What GET .../tasks says."""
    status, text = alice.request("GET", "/" + address.split("/", 3)[3] + "/tasks" + query)
    return json.loads(text) if status == 200 else {"status": status}


def text(address, name):
    with open(f"{grid.session('alice', address)}/{name}") as f:
        return f.read()


def each_runs():
    a = alice.create(array("echo t${GATEHOUSE_TASK}$VAR of $GATEHOUSE_TASKS; exit $((GATEHOUSE_TASK % 3))", 20, posix=(
        '<p:Environment name="VAR">v${GATEHOUSE_TASK}</p:Environment>')), message_id())
    end, page = alice.wait(a), tasks(a)
    return (end.state == "Finished" and page["counts"] == {"Done": 20} and page["total"] == 20
            and [t["exit"] for t in page["tasks"]] == [i % 3 for i in range(20)]
            and [text(a, f"stdout.{i}") for i in range(20)] == [f"t{i}v{i} of 20\n" for i in range(20)]
            and not os.path.exists(f"{grid.session('alice', a)}/stdout"))


def so_many_at_once():
    go = f"{runs}/go"
    a = alice.create(array(f"touch {runs}/begun.$GATEHOUSE_TASK; while [ ! -e {go} ]; do sleep 0.1; done", 20, limit=3),
                     message_id())
    until("three run", lambda: tasks(a).get("counts") == {"Pending": 17, "Running": 3})
    until("they say so", lambda: len(begun_as("begun.")) == 3)
    begun = begun_as("begun.")
    page = tasks(a, "?from=2&max=2")
    counted = [(e.get("state"), e.get("count")) for e in alice.each("GetActivityStatuses", a).iter(f"{{{JOBS}}}TaskCount")]
    running = alice.status(a).state
    with open(go, "w"):
        pass
    end = alice.wait(a)
    return (begun == ["begun.0", "begun.1", "begun.2"] and running == "Running"
            and [(t["task"], t["state"]) for t in page["tasks"]] == [(2, "Running"), (3, "Pending")] and page["more"]
            and counted == [("Pending", "17"), ("Running", "3")]
            and end.state == "Finished" and tasks(a)["counts"] == {"Done": 20})


def begun_as(prefix):
    return sorted(f for f in os.listdir(runs) if f.startswith(prefix))


def cancelled_half_way():
    a = alice.create(array(f"touch {runs}/mid.$GATEHOUSE_TASK; exec sleep 1000", 30, limit=2), message_id())
    until("two run", lambda: tasks(a).get("counts") == {"Pending": 28, "Running": 2} and len(begun_as("mid.")) == 2)
    alice.each("TerminateActivities", a)
    end = alice.wait(a)
    return (end.state == "Cancelled" and tasks(a)["counts"] == {"Cancelled": 30}
            and len(begun_as("mid.")) == 2)


def one_fails():
    a = alice.create(array("[ $GATEHOUSE_TASK != 3 ] || kill -9 $$", 6), message_id())
    end, page = alice.wait(a), tasks(a)
    return (end.state == "Failed" and end.fault.startswith("task 3: ended by signal 9")
            and page["counts"] == {"Done": 5, "Failed": 1} and page["tasks"][3]["signal"] == 9)


def processes(words):
    """Pids of those in our sessions whose command line begins with WORDS."""
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and is_ours(p, words)]


def is_ours(pid, words):
    try:
        with open(f"/proc/{pid}/cmdline") as f:
            return f.read().replace("\0", " ").startswith(words) and os.readlink(f"/proc/{pid}/cwd").startswith(grid.dir)
    except OSError:
        return False


def one_supervisor():
    go = f"{runs}/go-one"
    a = alice.create(array(f"touch {runs}/sup.$GATEHOUSE_TASK; while [ ! -e {go} ]; do sleep 0.1; done", 40, limit=6),
                     message_id())
    # their programs have begun: a child of the supervisor has its name until then
    until("six run", lambda: tasks(a).get("counts") == {"Pending": 34, "Running": 6} and len(begun_as("sup.")) == 6)
    supervisors = processes("gatekeeper-job")
    with open(go, "w"):
        pass
    alice.wait(a)
    files = sorted(os.listdir(f"{grid.session('alice', a)}/.gatehouse/job"))
    print(f"# supervisors {supervisors}, files {files}")
    return len(supervisors) == 1 and files == ["id", "launch", "lock", "news", "tasks"]


def supervisor_killed():
    go = f"{runs}/go-killed"
    a = alice.create(array(f"echo x >>{runs}/sk.$GATEHOUSE_TASK; setsid sleep 1234 & while [ ! -e {go} ]; do sleep 0.1; done",
                           30, limit=4), message_id())
    until("four run", lambda: tasks(a).get("counts") == {"Pending": 26, "Running": 4} and len(begun_as("sk.")) == 4)
    left = processes("sleep 1234")
    with open(f"{grid.session('alice', a)}/.gatehouse/job/id") as f:
        os.kill(int(f.read().split()[0]), 9)
    until("four are lost", lambda: tasks(a)["counts"].get("Failed") == 4)
    gone = [p for p in left if is_ours(p, "sleep 1234")]
    with open(go, "w"):
        pass
    end, page = alice.wait(a), tasks(a)
    ran = [len(open(f"{runs}/sk.{i}").read().split()) for i in range(30)]
    why = [t.get("fault") for t in page["tasks"] if t["state"] == "Failed"]
    print(f"# {page['counts']} {set(ran)} {why} {gone}")
    return (page["counts"] == {"Failed": 4, "Done": 26} and ran == [1] * 30 and end.state == "Failed" and not gone
            and all("supervisor was killed" in w for w in why))


def what_it_leaves_ends_with_it():
    """Task 0 goes on, with a daemon of its own; what task 1 leaves ends with task 1."""
    go = f"{runs}/go-left"
    mine = f"{runs}/left.$GATEHOUSE_TASK"
    script = (f"( setsid env -i sh -c 'echo $$ >\"$1\"; exec sleep 1234' x {mine} </dev/null >/dev/null 2>&1 & ); "
              f"while [ ! -s {mine} ]; do sleep 0.05; done; [ $GATEHOUSE_TASK = 1 ] || while [ ! -e {go} ]; do sleep 0.1; done")
    a = alice.create(array(script, 2, limit=2), message_id())
    until("one is over", lambda: tasks(a).get("counts") == {"Running": 1, "Done": 1})
    pids = [int(open(f"{runs}/left.{i}").read()) for i in (0, 1)]
    during = [os.path.exists(f"/proc/{p}") for p in pids]
    with open(go, "w"):
        pass
    end = alice.wait(a)
    after = [os.path.exists(f"/proc/{p}") for p in pids]
    print(f"# {end.state} {during} {after}")
    return end.state == "Finished" and during == [True, False] and after == [False, False]


def limits_are_each_tasks():
    a = alice.create(array("[ $GATEHOUSE_TASK = 0 ] && sleep 1000; exit 5", 3, posix="<p:WallTimeLimit>1</p:WallTimeLimit>"),
                     message_id())
    alice.wait(a)
    page = tasks(a)
    print(f"# {page['tasks']}")
    return (page["counts"] == {"Failed": 1, "Done": 2} and [t.get("exit") for t in page["tasks"][1:]] == [5, 5]
            and "wall time limit of 1 s exceeded" in page["tasks"][0]["fault"])


def each_change_is_told():
    a = alice.create(array("exit $((GATEHOUSE_TASK == 3))", 6), message_id())
    alice.wait(a)
    told = json.loads(alice.request("GET", "/" + a.split("/", 3)[3] + "?since=0")[1])["events"]
    ways = {i: ["Ready"] for i in range(6)}
    for e in told:
        for i in range(e.get("task", 0), e.get("lastTask", e.get("task", -1)) + 1):
            if e["from"] != ways[i][-1] or e["attempt"] != 1 or not e["reason"]:
                print(f"# {e}")
            ways[i].append(e["to"])
    print(f"# {ways}")
    return (all(w == ["Ready", "Submitting", "Pending", "Running", "Done"] for w in ways.values())
            and any(e.get("task") == 3 == e.get("lastTask", 3) and "exit code 1" in e["reason"] for e in told)
            and any(e.get("lastTask", 0) - e.get("task", 0) == 5 for e in told))


def do(address, what, by=None):
    """POST .../tasks."""
    status, text = (by or alice).request("POST", "/" + address.split("/", 3)[3] + "/tasks", json.dumps(what).encode())
    return json.loads(text).get("tasks") if status == 200 else (status, text)


def attempts(page):
    return [t["attempt"] for t in page["tasks"]]


def some_are_ended():
    go = f"{runs}/go-some"
    a = alice.create(array(f"touch {runs}/some.$GATEHOUSE_TASK; while [ ! -e {go} ]; do sleep 0.1; done", 8, limit=4),
                     message_id())
    until("four run", lambda: tasks(a).get("counts") == {"Pending": 4, "Running": 4})
    answers = do(a, {"cancel": "1,5-6"}), do(a, {"cancel": "8"}), do(a, {"cancel": "x"}), do(a, {"cancel": "1", "resubmit": "2"})
    until("they are ended", lambda: tasks(a).get("counts", {}).get("Cancelled") == 3)
    with open(go, "w"):
        pass
    end, page = alice.wait(a), tasks(a)
    print(f"# {answers} {end.state} {page['counts']} {begun_as('some.')}")
    return (answers[0] == 3 and [x[0] for x in answers[1:]] == [400] * 3 and "no task 8" in answers[1][1]
            and end.state == "Finished" and page["counts"] == {"Done": 5, "Cancelled": 3}
            and [t["state"] for t in page["tasks"]].count("Cancelled") == 3 and "some.5" not in begun_as("some."))


def the_failed_run_again():
    script = (f"echo x >>{runs}/f.$GATEHOUSE_TASK; echo attempt; case $GATEHOUSE_TASK in 2|7) test -e {runs}/mend || exit 3;; "
              f"4) test -e {runs}/mend || kill -9 $$;; esac")
    a = alice.create(array(script, 10), message_id())
    first = alice.wait(a)
    early = do(a, {"resubmit": "10"})
    with open(f"{runs}/mend", "w"):
        pass
    n = do(a, {"resubmit": "failed"})
    # Between the answer and the new end it is not over: the state that follows it is a new one.
    end = alice.wait(a)
    page = tasks(a)
    ran = [len(open(f"{runs}/f.{i}").read().split()) for i in range(10)]
    again = do(a, {"resubmit": "failed"})
    told = json.loads(alice.request("GET", "/" + a.split("/", 3)[3] + "?since=0")[1])["events"]
    print(f"# {first.state} {first.fault} {early} {n} {end.state} {end.fault} {attempts(page)} {ran} {again}")
    return (first.state == "Failed" and early[0] == 400 and n == 3 and end.state == "Finished" and not end.fault
            and attempts(page) == [1, 1, 2, 1, 2, 1, 1, 2, 1, 1] and ran == attempts(page) and page["counts"] == {"Done": 10}
            and [t["exit"] for t in page["tasks"]] == [0] * 10 and again == 0
            and all(t["hosts"] == os.uname().nodename for t in page["tasks"])
            and sum(e["event"] == "resubmit" and "task" in e for e in told) == 3)


def one_of_one_runs_again():
    a = alice.create(sh_job(f"echo x >>{runs}/one; test -e {runs}/one.mend"), message_id())
    first = alice.wait(a)
    with open(f"{runs}/one.mend", "w"):
        pass
    n = do(a, {"resubmit": "failed"})
    end = alice.wait(a)
    return (first.exit, n, end.state, end.exit) == (1, 1, "Finished", 0) and open(f"{runs}/one").read() == "x\nx\n"


def not_before_its_end():
    a = alice.create(array(f"while [ ! -e {runs}/go-late ]; do sleep 0.1; done; exit $GATEHOUSE_TASK", 2, limit=1), message_id())
    until("one runs", lambda: tasks(a).get("counts", {}).get("Running") == 1)
    running = do(a, {"resubmit": "0"})
    stranger = do(a, {"resubmit": "0"}, bob)
    with open(f"{runs}/go-late", "w"):
        pass
    alice.wait(a)
    return running[0] == 409 and "task 0 is Running" in running[1] and stranger[0] == 404


def refused():
    def says(document, *words):
        try:
            alice.create(document, message_id())
        except Fault as e:
            return all(w in str(e) for w in words)
        return False
    return (says(array("true", 10001), "10001", "10000") and says(array("true", 0), "count")
            and says(array("true", 5, posix="<p:Output>out</p:Output>"), "out", "${GATEHOUSE_TASK}"))


def strangers_see_nothing():
    a = alice.create(array("true", 2), message_id())
    alice.wait(a)
    return Client(grid, None, gate.url).request("GET", "/" + a.split("/", 3)[3] + "/tasks")[0] in (401, 403)


def again(rules):
    """Be the service manager."""
    if gate.p.poll() is None:
        return
    alice.close()
    try:
        gate.start(env={"GATEHOUSE_TEST_POINT": rules})
    except RuntimeError:  # it died at the next step
        if "Sanitizer" in gate.text():
            raise


def ask(rules, fn, *args):
    """An answer, however often the daemon dies."""
    box = []

    def answered():
        again(rules)
        try:
            box[:] = [fn(*args)]
        except (OSError, http.client.HTTPException, RuntimeError):
            alice.close()
        except Fault as e:
            if "cannot ask the runner" not in str(e):
                raise
        return box != []
    until(f"{fn.__name__} is answered", answered)
    return box[0]


def killed():
    rules = ";".join(f"{p} {points}/{p}" for p in POINTS)
    gate.stop()
    again(rules)
    keys = [message_id() for _ in range(ARRAYS)]
    made = [ask(rules, alice.create, array(f"echo x >>{runs}/k{n}.$GATEHOUSE_TASK", TASKS), key)
            for n, key in enumerate(keys)]
    good = True
    for n, a in enumerate(made):
        if gate.p.poll() is None and n % 2 == 0:  # and at a moment that nobody chose
            gate.p.kill()
            gate.p.wait()
        until(f"array {n} is over", lambda: ask(rules, alice.status, a).state in ("Finished", "Failed", "Cancelled"))
        page = ask(rules, tasks, a)
        ran = [len(open(f"{runs}/k{n}.{i}").read().split()) if os.path.exists(f"{runs}/k{n}.{i}") else 0
               for i in range(TASKS)]
        if page["counts"] != {"Done": TASKS} or ran != [1] * TASKS:
            print(f"# array {n}: {page['counts']}, not once: {[(i, r) for i, r in enumerate(ran) if r != 1]}")
            good = False
    died = sorted(os.listdir(points))
    print(f"# died at {died}")
    return good and died == sorted(POINTS)


ok("each task runs once, with its number, its output and its exit code", each_runs)
ok("as many run at once as the job asks for, and the job shows how many are where", so_many_at_once)
ok("a cancel ends what runs, and what waits never runs", cancelled_half_way)
ok("one task that fails fails the job, and is named; the others go on", one_fails)
ok("one supervisor runs all of its tasks, and writes what becomes of them into one file", one_supervisor)
ok("kill -9 of that: what ran is lost with all it started, and the others run once", supervisor_killed)
ok("what a task leaves behind ends with it, and not what another has", what_it_leaves_ends_with_it)
ok("a limit ends the task that reaches it", limits_are_each_tasks)
ok("every change of a task is an event, and one is told of neighbours that change alike", each_change_is_told)
ok("chosen tasks are ended, and the others go on", some_are_ended)
ok("the failed tasks run once more, and no others; the job is then what it came to", the_failed_run_again)
ok("a job of one task runs once more, too", one_of_one_runs_again)
ok("what is not over is not run once more, nor what is another's", not_before_its_end)
ok("what no array can be is refused by name", refused)
ok("nobody else sees its tasks", strangers_see_nothing)
if "/release/" not in os.environ["BIN"]:
    ok("killed at every step, each task ran exactly once and the counts are true", killed)
done()
