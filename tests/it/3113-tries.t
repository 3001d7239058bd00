#!/usr/bin/python3
"""Each step that fails again and again is tried so often, where its owner reads why, and then takes its way out."""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import GDS, GATE, JOBS, TOOLS, Client, Gatekeeper, Grid, done, let_go, ok, payload, sh_job, until  # noqa: E402

RETRIES = 2
grid = Grid("alice")
gate = Gatekeeper(grid, [f"gatekeeper.retries={RETRIES}"])
alice = None


def start(call, place, *options):
    """A gatekeeper whose CALL on what is below PLACE fails with EIO, in its runner and helpers."""
    global alice
    gate.start(*options, env={"LD_PRELOAD": f"{TOOLS}/ioerror.so", "IOERROR_CALL": call, "IOERROR_DIR": place,
                    "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")})
    alice = Client(grid, grid.proxy("alice"), gate.url)


def stop():
    alice.close()
    gate.stop()


def tries(address):
    """How often the log says that a step of the job is tried again."""
    job = address.rsplit("/", 1)[1]
    return sum(" job.retry " in line and job in line for line in gate.text().splitlines())


def delegate():
    def call(op, inner=""):
        return payload(*alice.soap(f'<d:{op} xmlns:d="{GDS}">{inner}</d:{op}>'))
    new = {c.tag: c.text for c in call("getNewProxyReq")}
    proxy = subprocess.run([f"{TOOLS}/delegate", grid.proxy("alice")], input=new["proxyRequest"], text=True, stdout=subprocess.PIPE,
                           check=True).stdout
    call("putProxy", f"<delegationID>{new['delegationID']}</delegationID><proxy>{proxy}</proxy>")
    return f'<g:DelegationID xmlns:g="{JOBS}">{new["delegationID"]}</g:DelegationID>'


def fails(word):
    """A job fails after its tries, none of it has run, and both while it is tried and then its owner reads WORD."""
    mark = f"{grid.dir}/mark"
    a = alice.create(sh_job(f"touch {mark}"))
    seen = []

    def over():
        st = alice.status(a)
        seen.append(st.retry or "")
        return st.state in ("Finished", "Failed", "Cancelled")
    until("it is over", over)
    end = alice.status(a)
    return end.state == "Failed" and f"given up after {RETRIES + 1} tries" in end.fault and word in end.fault and \
        tries(a) == RETRIES and any(word in s for s in seen) and not os.path.exists(mark) or \
        print("#", vars(end), set(seen), tries(a))


def cancelled(word):
    """... and one that is terminated between its tries is tried no more."""
    a = alice.create(sh_job("exit 0"))
    until("its owner reads why", lambda: word in (alice.status(a).retry or ""))
    alice.each("TerminateActivities", a)
    return alice.wait(a).state == "Cancelled" or print("#", vars(alice.status(a)))


start("write", f"{grid.dir}/runner/registry")
ok("prepare: the registry cannot be written", lambda: fails("registry"))
ok("... terminated meanwhile", lambda: cancelled("registry"))
stop()
start("write", f"{grid.dir}/sessions")
ok("submit: the launch file cannot be written", lambda: fails("Input/output error"))
ok("... terminated meanwhile", lambda: cancelled("Input/output error"))
stop()
start("unlinkat", f"{grid.dir}/sessions")


def unclean():
    """What cannot be removed changes nothing of how the job ended, and its owner reads it."""
    a = alice.create(sh_job("exit 3"), beside=delegate())
    end = alice.wait(a)
    return end.state == "Finished" and end.exit == 3 and "not cleaned up" in (end.fault or "") and \
        ".gatehouse/proxy" in end.fault and tries(a) == RETRIES or print("#", vars(end), tries(a))


ok("clean: the credential cannot be removed", unclean)
stop()


def unreadable(*options):
    """A job that ended while no gatekeeper ran, and its record, which a new one cannot read."""
    global alice
    gate.start()
    alice = Client(grid, grid.proxy("alice"), gate.url)
    a = alice.create(sh_job(f"{GATE}; exit 3"))
    alice.wait(a, ("Running",))
    stop()
    session = grid.session("alice", a)
    let_go(session)
    until("its record is there", lambda: os.path.exists(f"{session}/.gatehouse/job/exit"))
    start("read", f"{session}/.gatehouse/job/exit", *options)
    until("its owner reads why", lambda: "Input/output error" in (alice.status(a).retry or alice.status(a).fault or ""))
    return a


def unwatched():
    """What a job does cannot be seen: it waits for the site, not for ever."""
    a = unreadable("gatekeeper.outage_wait=2")
    end = alice.wait(a)
    stop()
    return end.state == "Failed" and "Input/output error" in end.fault and "given up after" in end.fault or print("#", vars(end))


def unkilled():
    """... nor whether it was ended: who terminates it gets out, after as many tries."""
    a = unreadable()
    alice.each("TerminateActivities", a)
    end = alice.wait(a)
    abandoned = gate.logged("job.abandon")
    stop()
    return end.state == "Cancelled" and abandoned or print("#", vars(end), abandoned)


ok("watch: the exit record cannot be read", unwatched)
ok("kill: likewise", unkilled)
gate.start()
alice = Client(grid, grid.proxy("alice"), gate.url)


def taken_back(script):
    """The credential goes at the end, whatever rights SCRIPT took."""
    a = alice.create(sh_job(f"{script}; {GATE}; exit 4"), beside=delegate())
    proxy = f"{grid.session('alice', a)}/.gatehouse/proxy"
    alice.wait(a, ("Running",))
    there = os.path.exists(proxy)
    let_go(grid.session("alice", a))
    return there and alice.wait(a).exit == 4 and not os.path.exists(proxy) or print("#", there, os.path.exists(proxy))


for what in ("chmod 400 .gatehouse/proxy", "chmod 500 .gatehouse", "chmod 000 .gatehouse/proxy .gatehouse"):
    ok(f"after {what} the credential is taken back", lambda what=what: taken_back(what))
ok("the gatekeeper ends when it is told to", lambda: gate.stop() == 0)
done()
