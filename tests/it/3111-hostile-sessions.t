#!/usr/bin/python3
"""A program that takes the rights of its session, replaces it or what is in it, or deletes it, hinders its own job only:
each ends, with a reason where its exit code is lost, its processes end, and its slot is another's."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import GATE, ROOT, Client, Gatekeeper, Grid, alive, done, let_go, ok, sh_job, until  # noqa: E402

SLOTS = 2
grid = Grid("alice", "bob") if ROOT else Grid("alice")
gate = Gatekeeper(grid, [f"gatekeeper.fork_slots={SLOTS}", "gatekeeper.retries=1"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob" if ROOT else "alice"), gate.url)
pids = grid.open_dir("pids")
serial = 0
HERE = "S=$(pwd); cd /; "


def run(script, n=1):
    """N jobs of SCRIPT, which begins with noting its process."""
    global serial
    jobs = []
    for _ in range(n):
        serial += 1
        script_n = script.replace("@DID@", f"{pids}/{serial}.did")
        jobs.append((alice.create(sh_job(f"echo $$ $PPID >{pids}/{serial}; {script_n}")), serial))
    return jobs


def processes(n):
    return [int(p) for p in open(f"{pids}/{n}").read().split()]


def gone(n):
    return until("its processes end", lambda: not any(alive(p) for p in processes(n)))


def others_run():
    return bob.wait(bob.create(sh_job("exit 9"))).exit == 9


def exits(script, code):
    """As many as there are slots end with CODE all the same."""
    ends = [(alice.wait(a), n) for a, n in run(f"{script}; exit {code}", SLOTS)]
    return all(e.exit == code for e, _ in ends) and others_run() or print("#", [(e.state, e.exit, e.fault) for e, _ in ends])


def fails(script, *words):
    """As many as there are slots fail for a reason with WORDS in it; nothing of them goes on."""
    ends = [(alice.wait(a), n) for a, n in run(script, SLOTS)]
    return all(e.state == "Failed" and any(w in e.fault for w in words) and gone(n) for e, n in ends) and others_run() or \
        print("#", [(e.state, e.exit, e.fault) for e, _ in ends])


def cancelled(script, ends=("Cancelled",)):
    """... and can be terminated; it may have failed before."""
    jobs = run(script, SLOTS)
    for a, n in jobs:
        until("the job has done it", lambda a=a, n=n: os.path.exists(f"{pids}/{n}.did") or alice.status(a).state == "Failed")
        alice.each("TerminateActivities", a)
    return all(alice.wait(a).state in ends and gone(n) for a, n in jobs) and others_run()


DID = "touch @DID@"
for title, script in (
        ("its session closed", "chmod 000 ."),
        ("... and the directories of its supervisor", "chmod 000 .gatehouse/job .gatehouse; chmod 000 ."),
        ("... one of them read only", "chmod 500 .gatehouse/job"),
        ("the file that says who runs it", "chmod 000 .gatehouse/job/id")):
    ok(f"{title}: the exit code comes", lambda script=script: exits(script, 5))

LINGER = "sleep 1000"
AWAY = HERE + "mv $S $S.away; "
# What is looked at while it is replaced is gone for that moment.
GONE = ["cannot be trusted", "session directory is gone", "cannot open the session"]
LOST = GONE + ["gone from the session", "no launch file"]
for title, script, words in (
        ("replaced by a link", AWAY + f"ln -s /tmp $S; {LINGER}", GONE),
        ("replaced by a file", AWAY + f": >$S; {LINGER}", GONE),
        ("replaced by a FIFO", AWAY + f"mkfifo $S; {LINGER}", GONE),
        ("moved away", AWAY + LINGER, GONE),
        # What is in it goes before the directory itself.
        ("deleted", HERE + f"rm -rf $S; {LINGER}", LOST)):
    ok(f"a session {title}: the job fails, says why, and its processes end", lambda script=script, words=words: fails(script, *words))
for title, script, words in (
        ("a link", f"mv .gatehouse x; ln -s x .gatehouse; {LINGER}", LOST),
        ("a file", f"rm -rf .gatehouse; : >.gatehouse; {LINGER}", LOST),
        ("a FIFO", f"rm -rf .gatehouse; mkfifo .gatehouse; {LINGER}", LOST),
        ("nothing", f"rm -rf .gatehouse; {LINGER}", LOST)):
    ok(f".gatehouse replaced by {title}: likewise", lambda script=script, words=words: fails(script, *words))

ok("a closed session can be terminated", lambda: cancelled(f"chmod 000 .; {DID}; {LINGER}"))
ok("... and a replaced one", lambda: cancelled(AWAY + f"ln -s /tmp $S; {DID}; {LINGER}", ("Cancelled", "Failed")))
ok("... and one whose supervisor hangs in a FIFO",
   lambda: cancelled(f"trap '' TERM; mkfifo .gatehouse/job/stopped; {DID}; kill -TSTP $PPID; {LINGER}"))


def forged():
    """A record that the program wrote itself is none while its supervisor lives."""
    a = alice.create(sh_job("printf 'why=exited\\nexit=0\\nsignal=0\\nstart_ms=1\\nend_ms=2\\n' >.gatehouse/job/exit; "
                            f"touch {pids}/forged; {GATE}; exit 5"))
    until("it is forged", lambda: os.path.exists(f"{pids}/forged"))
    other = bob.wait(bob.create(sh_job("sleep 2; exit 9"))).exit == 9  # longer than from poll to poll
    before = alice.status(a).state
    let_go(grid.session("alice", a))
    return other and before == "Running" and alice.wait(a).exit == 5


ok("an exit record that the program forged ends nothing", forged)


def removed(script, wiped=True):
    """The end of the retention takes what is in the session's place, or gives up and says so."""
    (a, n), = run(script)
    alice.wait(a)
    place = grid.session("alice", a)
    if not wiped:
        os.mkdir(f"{place}/roots"), open(f"{place}/roots/file", "w").close()
    alice.request("DELETE", "/jobs/" + a.rsplit("/", 1)[1])
    if not wiped:
        gate.wait_log("job.wipe.fail")
    return until("the job is gone", lambda: alice.status(a).state is None) and os.path.lexists(place) != wiped


ok("a session that is a link now can be destroyed", lambda: removed(AWAY + "ln -s /tmp $S"))
ok("... and one that is closed", lambda: removed("mkdir -p a/b; chmod 000 a/b a ."))
if ROOT:
    ok("... one that cannot be removed is told to the site, once", lambda: removed("exit 0", False))


def over_a_restart():
    jobs = run(f"{GATE}; " + AWAY + f"ln -s /tmp $S; {DID}; {LINGER}", SLOTS)
    for a, n in jobs:
        alice.wait(a, ("Running",))
    gate.p.kill(), gate.p.wait()
    for a, n in jobs:
        let_go(grid.session("alice", a))
        until("the session is replaced", lambda a=a: os.path.islink(grid.session("alice", a)))
    gate.start()
    alice.close(), bob.close()
    return all(alice.wait(a).state == "Failed" and gone(n) for a, n in jobs) and others_run()


ok("a session replaced while no gatekeeper runs: likewise", over_a_restart)
held = [a for a, n in run(f"{GATE}; exit 3", SLOTS)]
for a in held:
    alice.wait(a, ("Running",))
box = {}


def tried_and_told():
    """A start that fails again and again is told while it is tried, and ends."""
    address = box["broken"] = alice.create(sh_job("exit 0"))
    unit = f"{grid.session('alice', address)}/.gatehouse/job"
    until("it is prepared", lambda: os.path.exists(f"{unit}/launch"))
    os.mkdir(f"{unit}/lock")
    if ROOT:
        shutil.chown(f"{unit}/lock", grid.accounts["alice"])
    for a in held:
        let_go(grid.session("alice", a))
    seen = []

    def over():
        st = alice.status(address)
        seen.append(st.retry)
        return st.state == "Failed" and st
    until("it fails", lambda: box.update(end=over()) or box["end"])
    return any(r and "lock" in r for r in seen) and "lock" in box["end"].fault and others_run() or print("#", set(seen), vars(box["end"]))


ok("a start that fails is tried again where its owner reads why, not for ever", tried_and_told)
gate.stop()


def taken_again():
    """The rights are taken again at the moment at which they were given back."""
    point = f"{pids}/mended"
    gate.start(env={"GATEHOUSE_TEST_POINT": f"run.mended:stop {point}"})
    alice.close()
    (a, _), = run(f"chmod 000 .gatehouse/job .gatehouse .; exit 5")
    until("they are given back", lambda: os.path.exists(point) and open(point).read().endswith("\n"))
    for d in ("/.gatehouse/job", "/.gatehouse", ""):
        os.chmod(grid.session("alice", a) + d, 0)
    os.kill(int(open(point).read().split()[0]), signal.SIGCONT)
    end = alice.wait(a)
    gate.stop()
    return end.exit == 5 or print("#", vars(end))


if "/release/" not in os.environ["BIN"]:  # it has no test points
    ok("rights that are taken again while they are given back are given back again", taken_again)


def left():
    p = subprocess.run(["pgrep", "-u", grid.accounts["alice"]], stdout=subprocess.PIPE, check=False)
    return [pid for pid in p.stdout.decode().split() if alive(pid)]


if ROOT:
    ok("nothing of alice's is left running", lambda: until("her processes end", lambda: left() == []))
done()
