#!/usr/bin/python3
"""Jobs at a real Grid Engine run exactly once and come to their true end: qsub lies, the gatekeeper dies in each step, the qmaster dies.

Once each; with GATEHOUSE_FULL=1 twenty times."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402
import sgedrive  # noqa: E402
from oncedrive import Once, claim  # noqa: E402

if not sgedrive.present():
    print("1..0 # SKIP no sge_qmaster here")
    sys.exit(0)
grid = Grid("alice", "bob")
sge = sgedrive.Sge(f"{grid.dir}/gridengine")
tools, REAL = sgedrive.open_tools(grid), sgedrive.REAL
LIES = sgedrive.lies("job") | {
    "answers garbage": f"{REAL} \"$@\" >/dev/null; echo 'Your job 17 (\"x\") has been submitted'",
    "answers nothing": f"{REAL} \"$@\" >/dev/null",
    "dies": f"{REAL} \"$@\" >/dev/null; kill -9 $$",
    "names a job that does not exist, and submits none": "cat >/dev/null; echo 4242",
}
campaign = Once(grid, sge, tools, "qsub", REAL)
gate = sge.gatekeeper(grid, [f"gatekeeper.sge_path={tools}", "gatekeeper.scheduler_timeout=3"]).start()
campaign.serve(gate)
client, submit, once, rounds = campaign.client, campaign.submit, campaign.once, campaign.rounds


def qmaster_dies():
    """Killed as soon as it has acknowledged the job."""
    address, mark = submit()
    campaign.waits(address)
    sge.do("crash")
    sge.do("again")
    return once(address, mark)


def health():
    """What GET /health says of schedulers."""
    return [c["reason"] for c in json.loads(client.request("GET", "/health")[1])["checks"] if c["name"] == "scheduler"]


def qmaster_down():
    """A job that is accepted meanwhile waits, and its owner reads since when; so does who asks for /health."""
    sge.do("crash")
    address, mark = submit()
    said = lambda: client.status(address).retry or ""
    until("its owner reads why", lambda: "Grid Engine cannot be asked since 2" in said())
    st, warned = client.status(address), health()
    sge.do("again")
    good = st.inner == "Submitting" and once(address, mark)
    return good and len(warned) == 1 and warned[0].startswith("Grid Engine cannot be asked since 2") and health() == []


def id_of(address):
    return next(j[0] for j in sge.jobs() if j[1] == campaign.name(address))


def ended_outside():
    """A user who deletes the job at Grid Engine reads that; nothing of it is left."""
    address, _ = campaign.running("sleep 1000")
    sge.run("qdel", id_of(address), user=grid.accounts["alice"])
    end = client.wait(address)
    return end.state == "Failed" and "cancelled" in end.fault and sge.live() == [], vars(end)


def ends_by_signal():
    """Its program has the grace between SIGTERM and SIGKILL."""
    address, _ = campaign.running("trap 'echo asked >asked; exit 7' TERM; echo ready >ready; sleep 1000 & wait")
    session = grid.session("alice", address)
    until("it is ready", lambda: os.path.exists(f"{session}/ready"))
    client.each("TerminateActivities", address)
    end = client.wait(address)
    return end.state == "Cancelled" and os.path.exists(f"{session}/asked"), vars(end)


def cannot_start():
    """The reason of Eqw, in Grid Engine's words; then it is cancelled."""
    full = [campaign.running(GATE)[0] for _ in range(4)]
    address, _ = submit()
    campaign.waits(address)
    shutil.rmtree(f"{grid.session('alice', address)}/.gatehouse/job")
    for other in full:
        campaign.let_go(other)
        client.wait(other)
    said = lambda: client.status(address).retry or ""
    until("it says why", lambda: "can't open output file" in said())
    text = said()
    client.each("TerminateActivities", address)
    return client.wait(address).state == "Cancelled" and text.startswith("waits at Grid Engine: error: "), text


def forged():
    """Another user's jobs have the name of ours."""
    address, mark = campaign.running(GATE)
    sge.run("qsub", "-h", "-N", campaign.name(address), user=grid.accounts["bob"], input="#!/bin/sh\ntrue\n")
    gate.stop()  # so that all is asked anew
    gate.start()
    client.close()
    same = client.status(address).inner == "Running"
    campaign.let_go(address)
    end = client.wait(address)
    kept = sge.live()
    sge.run("qdel", "-u", grid.accounts["bob"], user=grid.accounts["bob"])
    return same and end.exit == 7 and kept == [campaign.name(address)], (same, vars(end), kept)


def checked():
    status, text = campaign.check()
    return status == 0 and "configuration ok" in text, text


def checked_without_environment():
    status, text = campaign.check("gatekeeper.sge_pe=nope")
    return status != 0 and "gatekeeper.sge_pe: Grid Engine has no parallel environment 'nope'" in text, text


def checked_without_qmaster():
    sge.do("crash")
    status, text = campaign.check()
    sge.do("again")
    return status != 0 and "Grid Engine cannot be asked" in text and "qmaster" in text, text


claim("-t asks Grid Engine", checked)
claim("-t names a parallel environment that is not there", checked_without_environment)
claim("-t says that the qmaster does not answer", checked_without_qmaster)
campaign.steps(LIES)
ok("the qmaster is killed after it took the job: no job twice, none lost", lambda: rounds(qmaster_dies))
ok("while the qmaster is down a job waits, and its owner and /health say since when", lambda: rounds(qmaster_down))
claim("a program that is cancelled is asked before it is killed", ends_by_signal)
claim("deleted at Grid Engine by its user, who reads that", ended_outside)
claim("a job that cannot start waits with Grid Engine's reason", cannot_start)
if ROOT:
    claim("another user's job of the same name changes nothing", forged)
done()
