#!/usr/bin/python3
"""Arrays at a real Slurm: they go as Slurm's own arrays, held, each task exactly once whatever sbatch says or dies; what is
too big for one is cut; tasks are ended and run once more.  And a render farm: 240 frames, three of which are killed and
a node taken out meanwhile."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import slurmdrive  # noqa: E402
from arraydrive import Arrays  # noqa: E402

if not slurmdrive.present():
    print("1..0 # SKIP no slurmctld here")
    sys.exit(0)
FRAMES = 240
grid = Grid("alice")
slurm = slurmdrive.Slurm(f"{grid.dir}/slurm", "MaxArraySize=101")
tools = grid.open_dir("tools")
for name in ("squeue", "scancel", "scontrol", "sinfo", "sacct", "srun"):
    os.symlink(f"/usr/bin/{name}", f"{tools}/{name}")
LIES = {
    "fails after the array was taken": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'sbatch: error: Unspecified error' >&2; exit 1",
    "answers garbage": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'Submitted batch job 17'",
    "cannot reach the controller, which took the array": "/usr/bin/sbatch \"$@\" >/dev/null; "
    "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1",
    "fails before anything": "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
}
drive = Arrays(grid, slurm, tools, "sbatch", "/usr/bin/sbatch")
drive.serve(slurm.gatekeeper(grid, [f"gatekeeper.slurm_path={tools}", "gatekeeper.scheduler_timeout=5"]))
alice, tasks, do, submit, each_once, marker, ran, left = (
    drive.alice, drive.tasks, drive.do, drive.submit, drive.each_once, drive.marker, drive.ran, drive.left)


def called():
    """The arrays that sbatch was asked for since it was asked before."""
    return [w.split("=", 1)[1] for line in drive.called() for w in line.split() if w.startswith("--array=")]


def goes_as_an_array():
    called()
    a, file = submit(20, limit=3)
    good, page = each_once(a, file, 20), tasks(a)
    texts, asked = drive.texts(a, 20), called()
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


def some_end_and_run_again():
    file = marker()
    a = drive.create(f"echo x >>{file}.$GATEHOUSE_TASK; test -e {file}.go.$GATEHOUSE_TASK || exec sleep 1000", 6)
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


def render_farm():
    """Three frames are killed and a node is taken out; only what did not end well runs again."""
    file = marker()
    frame = (f"echo x >>{file}.$GATEHOUSE_TASK; if mkdir {file}.hang.$GATEHOUSE_TASK 2>/dev/null; then case $GATEHOUSE_TASK in "
             "7|100|239) exec sleep 1000;; esac; fi; echo frame $GATEHOUSE_TASK of $GATEHOUSE_TASKS")
    a = drive.create(frame, FRAMES)
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
    texts = drive.texts(a, FRAMES)
    count = ran(file, FRAMES)
    print(f"# {first.state}: {before['counts']}, not well: {bad}; again {n}; {end.state}: {page['counts']}")
    return (first.state == "Failed" and {7, 100, 239} <= set(bad) and n == len(bad) <= 3 + 4 and end.state == "Finished"
            and page["counts"] == {"Done": FRAMES} and texts == [f"frame {i} of {FRAMES}\n" for i in range(FRAMES)]
            and [t["attempt"] for t in page["tasks"]] == [2 if i in bad else 1 for i in range(FRAMES)]
            and all(c <= (2 if i in bad else 1) for i, c in enumerate(count)) and left(a) == [])


ok("a job of many tasks goes as one array, with its limit, and each task has its own end", goes_as_an_array)
ok("a parameter sweep goes as one array, and each task has its own value", sweep_goes_as_an_array)
ok("one that is too big for an array is cut", is_cut)
for lie, script in LIES.items():
    ok(f"sbatch {lie}: each task runs once", lambda: drive.lies(script))
ok("chosen tasks are ended, and chosen ones run once more, as an array of their own", some_end_and_run_again)
ok("a render farm: three frames killed, a node taken out and brought back, only those run again", render_farm)
if "/release/" not in os.environ["BIN"]:
    ok("killed at every step, each task ran exactly once", drive.killed)
done()
