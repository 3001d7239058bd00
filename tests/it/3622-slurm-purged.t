#!/usr/bin/python3
"""A job that was cancelled in Slurm's queue while no gatekeeper looked, and that Slurm has forgotten since, is over: it is not
submitted once more, since the controller that accepted it is there still and cannot have lost it."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import slurmdrive  # noqa: E402

if not slurmdrive.present():
    print("1..0 # SKIP no slurmctld here")
    sys.exit(0)
grid = Grid("alice")
slurm = slurmdrive.Slurm(f"{grid.dir}/slurm", "MinJobAge=2",
                         "NodeName=far NodeHostname=far.example.org NodeAddr=127.0.0.1 CPUs=2 State=DOWN", "PartitionName=far Nodes=far")
runs = grid.open_dir("runs")
gate = slurm.gatekeeper(grid, ["gatekeeper.record_grace=1"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
FAR = f'<g:Extension xmlns:g="{JOBS}"><g:Queue>far</g:Queue></g:Extension>'


def boot():
    line = next(w for w in slurm.run("scontrol", "show", "config").splitlines() if w.startswith("BOOT_TIME"))
    return time.mktime(time.strptime(line.split("=")[1].strip(), "%Y-%m-%dT%H:%M:%S"))


def named(address):
    name = "gk" + address.rsplit("/", 1)[1].replace("-", "")
    return [j for j in slurm.jobs() if j[1] == name]


def purged():
    # A controller that began at about the time of the submission may have lost it.
    until("the controller is older than that", lambda: time.time() > boot() + 12)
    job = alice.create(sh_job(f"touch {runs}/ran", description=FAR), message_id())
    until("it is in the queue", lambda: [j[2] for j in named(job)] == ["PENDING"] and "event=submitted" in gate.text())
    until("it was released", lambda: "JobHeldUser" not in slurm.run("squeue", "-h", "-a", "-o", "%r"))
    gate.stop()
    alice.close()
    slurm.run("scancel", named(job)[0][0], user=grid.accounts["alice"])
    until("Slurm has forgotten it", lambda: named(job) == [])
    gate.start()
    end = alice.wait(job)
    print(f"# {end.state}: {end.fault}")
    return end.state == "Failed" and "was cancelled there" in end.fault and named(job) == [] and not os.path.exists(f"{runs}/ran")


ok("a job that Slurm was told to cancel and has forgotten is over", purged)
done()
