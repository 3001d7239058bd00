#!/usr/bin/python3
"""Arrays at a real Slurm: they go as Slurm's own arrays, held, each task exactly once whatever sbatch says or dies; what is
too big for one is cut; tasks are ended and run once more.  And a render farm: 240 frames, three of which are killed and
a node taken out meanwhile."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import slurmdrive  # noqa: E402

if not slurmdrive.present():
    print("1..0 # SKIP no slurmctld here")
    sys.exit(0)
FRAMES = 240
grid = Grid("alice")
slurm = slurmdrive.Slurm(f"{grid.dir}/slurm", "MaxArraySize=101")
runs, points, tools = grid.open_dir("runs"), grid.open_dir("points"), grid.open_dir("tools")
os.chmod(tools, 0o777)  # the lie is taken away by who is told it
for name in ("squeue", "scancel", "scontrol", "sinfo", "sacct", "srun"):
    os.symlink(f"/usr/bin/{name}", f"{tools}/{name}")
# What sbatch does is in the file "lie", once; how it was called, in the file "called".
LIES = {
    "fails after the array was taken": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'sbatch: error: Unspecified error' >&2; exit 1",
    "answers garbage": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'Submitted batch job 17'",
    "cannot reach the controller, which took the array": "/usr/bin/sbatch \"$@\" >/dev/null; "
    "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1",
    "fails before anything": "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
}
POINTS = ["gk.intent", "batch.submit", "gk.submit", "gk.submitted.before", "gk.submitted.after", "gk.commit", "gk.release", "gk.exit"]
with open(f"{tools}/sbatch", "w") as f:
    f.write(f'#!/bin/sh\necho "$@" >>{tools}/called\n'
            f'if mv {tools}/lie {tools}/told.$$ 2>/dev/null; then . {tools}/told.$$; else exec /usr/bin/sbatch "$@"; fi\n')
os.chmod(f"{tools}/sbatch", 0o755)
gate = slurm.gatekeeper(grid, [f"gatekeeper.slurm_path={tools}", "gatekeeper.scheduler_timeout=5"])
alice = Client(grid, grid.proxy("alice"), gate.start().url)
made = 0


def array(script, count, limit=None):
    more = "" if limit is None else f' limit="{limit}"'
    return sh_job(script, description=f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="{count}"{more}/></g:Extension>')


def path(address):
    return "/" + address.split("/", 3)[3]


def tasks(address):
    found = None
    while found is None or found["more"]:
        at = 0 if found is None else len(found["tasks"])
        status, text = alice.request("GET", f"{path(address)}/tasks?from={at}")
        page = json.loads(text) if status == 200 else {"status": status, "tasks": [], "more": False, "counts": {}}
        page["tasks"] = (found["tasks"] if found else []) + page["tasks"]
        found = page
    return found


def do(address, what):
    status, text = alice.request("POST", f"{path(address)}/tasks", json.dumps(what).encode())
    return json.loads(text).get("tasks") if status == 200 else (status, text)


def called():
    """The arrays that sbatch was asked for since it was asked before."""
    try:
        with open(f"{tools}/called") as f:
            lines = f.read().splitlines()
        os.unlink(f"{tools}/called")
    except FileNotFoundError:
        return []
    return [w.split("=", 1)[1] for line in lines for w in line.split() if w.startswith("--array=")]


def marker():
    global made
    made += 1
    return f"{runs}/{made}"


def ran(file, n):
    """How often each task wrote its line."""
    return [len(open(f"{file}.{i}").read().split()) if os.path.exists(f"{file}.{i}") else 0 for i in range(n)]


def left(address):
    hex = address.rsplit("/", 1)[1].replace("-", "")
    return [j for j in slurm.jobs("PENDING", "RUNNING", "SUSPENDED") if hex in j[1]]


def each_once(address, file, n):
    end, page = alice.wait(address), tasks(address)
    good = (end.state == "Finished" and page["counts"] == {"Done": n} and ran(file, n) == [1] * n and left(address) == []
            and [t["exit"] for t in page["tasks"]] == [i % 3 for i in range(n)])
    if not good:
        print(f"# {end.state} {end.fault} {page['counts']} {ran(file, n)} {left(address)}")
    return good


def submit(n, limit=None, name=None):
    file = name or marker()
    return alice.create(array(f"echo x >>{file}.$GATEHOUSE_TASK; echo t$GATEHOUSE_TASK; exit $((GATEHOUSE_TASK % 3))", n, limit)), file


def goes_as_an_array():
    called()
    a, file = submit(20, limit=3)
    good, page = each_once(a, file, 20), tasks(a)
    texts = [open(f"{grid.session('alice', a)}/stdout.{i}").read() for i in range(20)]
    asked = called()
    print(f"# sbatch --array={asked} {page['tasks'][7]}")
    return (good and asked == ["0-19%3"] and texts == [f"t{i}\n" for i in range(20)]
            and all(t["hosts"] in ("n1", "n2") for t in page["tasks"]) and page["tasks"][7]["schedulerID"].endswith("_7"))


def sweep_goes_as_an_array():
    called()
    file = marker()
    words = "".join(f"<f:Value>{w}</f:Value>" for w in ("a  b", "$HOME", "'\\"))
    document = jsdl("/bin/sh", "-c", f'echo x >>{file}.$GATEHOUSE_TASK; printf %s "$1"', "sh", "none").replace("</j:JobDefinition>", (
        '<s:Sweep xmlns:s="http://schemas.ogf.org/jsdl/2009/03/sweep" xmlns:f="http://schemas.ogf.org/jsdl/2009/03/sweep/functions">'
        f"<s:Assignment><s:DocumentNode><s:Match>//p:Argument[4]</s:Match></s:DocumentNode><f:Values>{words}</f:Values></s:Assignment></s:Sweep>"
        "</j:JobDefinition>"))
    a = alice.create(document)
    end, page, asked = alice.wait(a), tasks(a), called()
    texts = [open(f"{grid.session('alice', a)}/stdout.{i}").read() for i in range(3)]
    print(f"# {end.state} {end.fault}, sbatch --array={asked}, {texts}")
    return (asked == ["0-2"] and texts == ["a  b", "$HOME", "'\\"] and ran(file, 3) == [1] * 3
            and [t["parameters"][0]["value"] for t in page["tasks"]] == texts)


def is_cut():
    called()
    a, file = submit(110)
    good, asked = each_once(a, file, 110), called()
    print(f"# sbatch --array={asked}")
    return good and asked == ["0-100", "0-8"]


def lies(lie):
    with open(f"{tools}/lie", "w") as f:
        f.write(LIES[lie])
    a, file = submit(8)
    return each_once(a, file, 8)


def some_end_and_run_again():
    file = marker()
    a = alice.create(array(f"echo x >>{file}.$GATEHOUSE_TASK; test -e {file}.go.$GATEHOUSE_TASK || exec sleep 1000", 6))
    until("four run", lambda: tasks(a)["counts"].get("Running") == 4)
    n = do(a, {"cancel": "0,5"})
    until("two are ended", lambda: tasks(a)["counts"].get("Cancelled") == 2)
    for i in range(6):
        with open(f"{file}.go.{i}", "w"):
            pass
    # Killed behind our back, and cancelled at Slurm: both are failures.
    one = [t["schedulerID"] for t in tasks(a)["tasks"]]
    until("the others run", lambda: all(r == 1 for r in ran(file, 5)[1:]))
    for i in (1, 2, 3, 4):
        slurm.run("scancel", one[i], user=grid.accounts["alice"])
    first = alice.wait(a)
    counts = tasks(a)["counts"]
    called()
    again = do(a, {"resubmit": "0,2,4"})
    alice.wait(a)
    page = tasks(a)
    print(f"# {n} {first.state} {first.fault} {counts} {again} {page['counts']} {[t['attempt'] for t in page['tasks']]}")
    return (n == 2 and first.state == "Failed" and counts == {"Failed": 4, "Cancelled": 2} and again == 3 and called() == ["0,2,4"]
            and page["counts"] == {"Done": 3, "Failed": 2, "Cancelled": 1} and [t["attempt"] for t in page["tasks"]] == [2, 1, 2, 1, 2, 1]
            and ran(file, 5) == [2, 1, 2, 1, 2] and left(a) == [])


def killed():
    """kill -9 of the gatekeeper at each step; the service manager starts it again."""
    rules = ";".join(f"{p} {points}/{p}" for p in POINTS)
    file = marker()

    def again():
        while gate.p.poll() is not None:
            alice.close()
            try:
                gate.start(env={"GATEHOUSE_TEST_POINT": rules})
            except RuntimeError:
                pass

    def ask(fn, *args):
        box = []

        def answered():
            again()
            try:
                box[:] = [fn(*args)]
            except (OSError, http.client.HTTPException, RuntimeError):
                alice.close()
            return box != []
        until(f"{fn.__name__} is answered", answered)
        return box[0]
    gate.stop()
    again()
    key = message_id()
    script = f"echo x >>{file}.$GATEHOUSE_TASK; exit $((GATEHOUSE_TASK % 3))"
    a = ask(alice.create, array(script, 12), key)
    until("it is over", lambda: ask(alice.status, a).state in ("Finished", "Failed", "Cancelled"))
    died = sorted(os.listdir(points))
    print(f"# died at {died}")
    good = ask(each_once, a, file, 12)
    gate.stop()
    alice.close()
    gate.start()
    return good and died == sorted(POINTS)


def render_farm():
    """Three frames are killed and a node is taken out; only what did not end well runs again."""
    file = marker()
    frame = (f"echo x >>{file}.$GATEHOUSE_TASK; if mkdir {file}.hang.$GATEHOUSE_TASK 2>/dev/null; then case $GATEHOUSE_TASK in "
             "7|100|239) exec sleep 1000;; esac; fi; echo frame $GATEHOUSE_TASK of $GATEHOUSE_TASKS")
    a = alice.create(array(frame, FRAMES))
    for i in (7, 100, 239):
        until(f"frame {i} runs", lambda: os.path.exists(f"{file}.{i}"))
        slurm.run("scancel", tasks(a)["tasks"][i]["schedulerID"], user=grid.accounts["alice"])
        if i == 7:  # what runs there is lost with it, and the rest goes on elsewhere
            slurm.run("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=out")
        if i == 100:
            slurm.run("scontrol", "update", "NodeName=n2", "State=RESUME")
    first = alice.wait(a)
    before = tasks(a)
    bad = [t["task"] for t in before["tasks"] if t["state"] != "Done"]
    n = do(a, {"resubmit": "failed"})
    end = alice.wait(a)
    page = tasks(a)
    texts = [open(f"{grid.session('alice', a)}/stdout.{i}").read() for i in range(FRAMES)]
    count = ran(file, FRAMES)
    print(f"# {first.state}: {before['counts']}, not well: {bad}; again {n}; {end.state}: {page['counts']}")
    return (first.state == "Failed" and {7, 100, 239} <= set(bad) and n == len(bad) <= 3 + 4 and end.state == "Finished"
            and page["counts"] == {"Done": FRAMES} and texts == [f"frame {i} of {FRAMES}\n" for i in range(FRAMES)]
            and [t["attempt"] for t in page["tasks"]] == [2 if i in bad else 1 for i in range(FRAMES)]
            and all(c <= (2 if i in bad else 1) for i, c in enumerate(count)) and left(a) == [])


ok("a job of many tasks goes as one array, with its limit, and each task has its own end", goes_as_an_array)
ok("a parameter sweep goes as one array, and each task has its own value", sweep_goes_as_an_array)
ok("one that is too big for an array is cut", is_cut)
for lie in LIES:
    ok(f"sbatch {lie}: each task runs once", lambda: lies(lie))
ok("chosen tasks are ended, and chosen ones run once more, as an array of their own", some_end_and_run_again)
ok("a render farm: three frames killed, a node taken out and brought back, only those run again", render_farm)
if "/release/" not in os.environ["BIN"]:
    ok("killed at every step, each task ran exactly once", killed)
done()
