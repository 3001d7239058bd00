#!/usr/bin/python3
"""Jobs of many tasks at the commands of PBS: each task is a job of its own and runs exactly once, whatever qsub says or dies; a limit holds."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import pbsdrive  # noqa: E402
import slurmdrive  # noqa: E402
from arraydrive import Arrays  # noqa: E402

grid = Grid("alice")
bin = pbsdrive.unpack(f"{grid.dir}/torque") if slurmdrive.present() else None
if bin is None:
    print("1..0 # SKIP no slurmctld or no slurm-wlm-torque here")
    sys.exit(0)
slurm = slurmdrive.Slurm(f"{grid.dir}/slurm")
tools = grid.open_dir("tools")
for name in pbsdrive.COMMANDS[1:]:
    os.symlink(f"{bin}/{name}", f"{tools}/{name}")
REAL = f"{bin}/qsub"
LIES = {
    "answers after long": f"{REAL} \"$@\" >/dev/null; sleep 1000",
    "fails after the job was taken": f"{REAL} \"$@\" >/dev/null; echo 'sbatch: error: Unspecified error' >&2; exit 1",
    "answers garbage": f"{REAL} \"$@\" >/dev/null; echo 'Your job 17 has been submitted'",
    "names a job that does not exist, and submits none": "cat >/dev/null; echo 4242",
    "fails before anything": "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
}
drive = Arrays(grid, slurm, tools, "qsub", REAL)
drive.serve(Gatekeeper(grid, ["gatekeeper.schedulers=pbs", f"gatekeeper.pbs_path={tools}", f"gatekeeper.slurm_conf={slurm.conf}",
                              "gatekeeper.record_grace=5", "gatekeeper.scheduler_timeout=5"]))


def goes_as_jobs():
    drive.called()
    a, file = drive.submit(6)
    good, page, asked = drive.each_once(a, file, 6), drive.tasks(a), drive.called()
    print(f"# {len(asked)} calls, {page['tasks'][3]}")
    return good and len(asked) == 6 and drive.texts(a, 6) == [f"t{i}\n" for i in range(6)]


def limit_holds():
    return drive.limited(8, 2)


def some_end_and_run_again():
    file = drive.marker()
    a = drive.create(f"echo x >>{file}.$GATEHOUSE_TASK; test -e {file}.go || exec sleep 1000", 4)
    until("all run", lambda: drive.tasks(a)["counts"].get("Running") == 4)
    n = drive.do(a, {"cancel": "0-3"})
    first = drive.alice.wait(a)
    open(f"{file}.go", "w").close()
    again = drive.do(a, {"resubmit": "1,3"})
    drive.alice.wait(a)
    page = drive.tasks(a)
    print(f"# {n} {first.state} {again} {page['counts']} {[t['attempt'] for t in page['tasks']]}")
    return (n == 4 and first.state == "Cancelled" and again == 2 and page["counts"] == {"Done": 2, "Cancelled": 2}
            and [t["attempt"] for t in page["tasks"]] == [1, 2, 1, 2] and drive.ran(file, 4) == [1, 2, 1, 2] and drive.left(a) == [])


ok("a job of many tasks goes as many jobs, and each task has its own end", goes_as_jobs)
ok("no more tasks run at once than the limit says", limit_holds)
for lie, script in LIES.items():
    ok(f"qsub {lie}: each task runs once", lambda: drive.lies(script, 4))
ok("tasks are ended, and chosen ones run once more", some_end_and_run_again)
if "/release/" not in os.environ["BIN"]:
    ok("killed at every step, each task ran exactly once", lambda: drive.killed(4))
done()
