#!/usr/bin/python3
"""Jobs at a real Slurm run exactly once and come to their true end: sbatch lies, the gatekeeper dies in each step, the controller dies and forgets.

Once each; with GATEHOUSE_FULL=1 twenty times."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import slurmdrive  # noqa: E402
from oncedrive import Once, claim  # noqa: E402

if not slurmdrive.present():
    print("1..0 # SKIP no slurmctld here")
    sys.exit(0)
grid = Grid("alice", "bob")
slurm = slurmdrive.Slurm(f"{grid.dir}/slurm", "NodeName=far NodeHostname=far.example.org NodeAddr=127.0.0.1 CPUs=2 State=DOWN",
                         "PartitionName=far Nodes=far")
tools = grid.open_dir("tools")
for name in ("squeue", "scancel", "scontrol", "sinfo", "sacct", "srun"):
    os.symlink(f"/usr/bin/{name}", f"{tools}/{name}")
LIES = {
    "answers after long": "/usr/bin/sbatch \"$@\" >/dev/null; sleep 1000",
    "fails after the job was taken": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'sbatch: error: Unspecified error' >&2; exit 1",
    "cannot reach the controller, which took the job": "/usr/bin/sbatch \"$@\" >/dev/null; "
    "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1",
    "answers garbage": "/usr/bin/sbatch \"$@\" >/dev/null; echo 'Submitted batch job 17'",
    "answers nothing": "/usr/bin/sbatch \"$@\" >/dev/null",
    "dies": "/usr/bin/sbatch \"$@\" >/dev/null; kill -9 $$",
    "names a job that does not exist, and submits none": "cat >/dev/null; echo 4242",
    "fails before anything": "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1",
}
campaign = Once(grid, slurm, tools, "sbatch", "/usr/bin/sbatch")
gate = slurm.gatekeeper(grid, [f"gatekeeper.slurm_path={tools}", "gatekeeper.scheduler_timeout=3"]).start()
campaign.serve(gate)
client, submit, once, waits, rounds = campaign.client, campaign.submit, campaign.once, campaign.waits, campaign.rounds


def controller_forgets():
    """Killed as soon as it has acknowledged the job, which it then does not know any more, or knows as held."""
    address, mark = submit()
    waits(address)
    slurm.do("crash")
    slurm.do("again")
    return once(address, mark)


def controller_loses_all():
    """It comes back without its state, while the job waits behind another."""
    # No output: its user cannot write where the test began.
    slurm.run("sbatch", "--nodes=2", "--ntasks=4", "--chdir=/", "--output=/dev/null", user=grid.accounts["bob"],
              input="#!/bin/sh\nsleep 1000\n")
    until("the nodes are full", lambda: len(slurm.jobs("RUNNING")) == 1)
    address, mark = submit()
    waits(address)
    slurm.do("crash")
    for name in os.listdir(f"{slurm.dir}/state"):
        if name.startswith(("job_state", "last_")):
            os.remove(f"{slurm.dir}/state/{name}")
    slurm.do("again")
    return once(address, mark) and f"job={address.rsplit('/', 1)[1]} event=forgotten" in gate.text()


def controller_down():
    """A job that is accepted meanwhile waits, and its owner reads since when."""
    slurm.do("crash")
    address, mark = submit()
    said = lambda: client.status(address).retry or ""
    until("its owner reads why", lambda: "Slurm cannot be asked since 2" in said())
    if '"name":"scheduler","status":"warn","reason":"Slurm cannot be asked since 2' not in client.request("GET", "/health")[1]:
        raise RuntimeError(client.request("GET", "/health")[1])
    st = client.status(address)
    slurm.do("again")
    return st.inner == "Submitting" and once(address, mark)


def running(script=GATE):
    address, mark = campaign.running(script)
    name = campaign.name(address)
    return address, mark, name, next(j[0] for j in slurm.jobs("RUNNING") if j[1] == name)


def ended_outside():
    """A user who cancels the job at Slurm reads Slurm's word for it."""
    address, _, _, id = running("sleep 1000")
    slurm.run("scancel", id, user=grid.accounts["alice"])
    end = client.wait(address)
    return end.state == "Failed" and "Slurm says CANCELLED" in end.fault, end.fault


def node_fails():
    address, _, _, id = running("sleep 1000")
    node = slurm.run("squeue", "-h", "-j", id, "-o", "%N").strip()
    slurm.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    end = client.wait(address)
    slurm.run("scontrol", "update", f"nodename={node}", "state=resume")
    return end.state == "Failed" and "Slurm says NODE_FAIL: a node failed" in end.fault, end.fault


def forged():
    """Another user's jobs have the name of ours, and names that look like squeue's lines."""
    address, mark, name, id = running()
    for n in (name, f"x\n{id}=CANCELLED=={grid.accounts['alice']}={name}=None"):
        slurm.run("sbatch", "--hold", "-J", n, user=grid.accounts["bob"], input="#!/bin/sh\ntrue\n")
    gate.stop()  # so that all is asked anew
    gate.start()
    client.close()
    slurm_lines = len(slurm.jobs("PENDING"))
    asked = gate.text().count("sched.poll.fail")
    same = client.status(address).inner == "Running" and asked == 0
    campaign.let_go(address)
    good = same and client.wait(address).exit == 7
    kept = len([j for j in slurm.jobs("PENDING")])
    slurm.run("scancel", "-u", grid.accounts["bob"], user=grid.accounts["bob"])
    return good and kept == slurm_lines, (same, kept, slurm_lines)


def cancelled():
    address, _, _, id = running("sleep 1000")
    client.each("TerminateActivities", address)
    end = client.wait(address)
    return end.state == "Cancelled" and until("it is gone", lambda: slurm.jobs("RUNNING", "COMPLETING") == []), vars(end)


def checked():
    status, text = campaign.check()
    return status == 0 and "configuration ok" in text and "slurm.sessions" in text and "node=far" in text, text


def checked_without_commands():
    status, text = campaign.check("gatekeeper.slurm_path=/nowhere")
    return status != 0 and "cannot execute '/nowhere/sbatch'" in text and "gatekeeper.slurm_path" in text, text


def checked_without_controller():
    slurm.do("crash")
    status, text = campaign.check("gatekeeper.scheduler_timeout=30")
    slurm.do("again")
    return status != 0 and "Slurm's controller does not answer" in text, text


claim("-t asks Slurm, and says that its nodes are other hosts than the sessions' disk", checked)
claim("-t names a command that is not there", checked_without_commands)
claim("-t says that the controller does not answer", checked_without_controller)
campaign.steps(LIES)
ok("the controller is killed after it took the job: no job twice, none lost", lambda: rounds(controller_forgets))
ok("the controller comes back without its state: the job that had not begun is submitted again", lambda: rounds(controller_loses_all))
ok("while the controller is down a job waits, and its owner reads since when", lambda: rounds(controller_down))
claim("cancelled by its owner's request", cancelled)
claim("ended at Slurm by its user, who reads that", ended_outside)
claim("a node fails, and the owner reads that", node_fails)
if ROOT:
    claim("other users' job names change nothing", forged)
done()
