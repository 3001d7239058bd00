#!/usr/bin/python3
"""The id that gridrun prints names the job everywhere: for -status, in the logs of gatekeeper, runner and data daemon, and in the name at the
scheduler.  Each decision is one line of audit, also when the request never came to a handler."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, ROOT, Client, Daemon, Gatekeeper, Grid, done, jsdl, ok, sh_job, skip, until  # noqa: E402

grid = Grid("alice", "bob")
ban = f"{grid.dir}/ban"
with open(ban, "w"):
    pass
gate = Gatekeeper(grid, ["log.level=info", f"security.ban={ban}"]).start()
data = Daemon(grid, "gridftp", ["log.level=info"]).start() if os.path.exists(f"{BIN}/gridftp") else None
home = f"{grid.dir}/alice"
os.mkdir(home)
with open(f"{home}/in", "w") as f:
    f.write("in\n")
if ROOT:
    shutil.chown(home, grid.accounts["alice"])


def gridrun(*words):
    env = dict(os.environ, X509_CERT_DIR=f"{grid.pki}/certificates", X509_USER_PROXY=grid.proxy("alice"), HOME=grid.dir)
    p = subprocess.run([f"{BIN}/gridrun", *words], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if p.returncode != 0:
        raise RuntimeError(f"gridrun {words}: {p.stderr}")
    return p.stdout, p.stderr


def lines(daemon, event, *words):
    return [ln for ln in daemon.text().splitlines() if f" {event} " in ln and all(w in ln for w in words)]


def move(name, end):
    url = f"gsiftp://localhost:{data.port}{home}/{name}"
    return (f"<j:DataStaging><j:FileName>{name}</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
            f"<j:{end}><j:URI>{url}</j:URI></j:{end}></j:DataStaging>")


def submitted():
    moves = move("in", "Source") + move("out", "Target") if data else ""
    inner = f"{BIN}/gridcp -q file://$PWD/in gsiftp://localhost:{data.port}{home}/inner && " if data else ""
    with open(f"{grid.dir}/job.jsdl", "w") as f:
        f.write(sh_job(f"{inner}cp in out || :", description=moves))
    err = gridrun("-submit", "-batch", "-F", f"{gate.url}/bes", "-f", f"{grid.dir}/job.jsdl")[1]
    box["printed"] = re.search(r"^Job ID: (\S+)$", err, re.M).group(1)
    box["id"] = box["printed"].removeprefix("uuid:")
    return len(box["id"]) == 36


def over(name):
    return "Current job state: Done" in gridrun("-status", "-F", f"{gate.url}/bes", name)[0]


def in_daemon(path, op):
    found = lines(data, "ftp.transfer.end", f"op={op}", f"/{path} ")
    return found and all(f"job={box['id']}" in ln and "code=226" in ln for ln in found) or print("#", data.text())


box = {}
ok("a job with files is submitted, and its id is printed", submitted)
ok("-status takes what was printed, and the id alone", lambda: [until("the job is done", lambda: over(box["printed"]))] and over(box["id"]))
ok("the audit line of its submission has the id", lambda: len(lines(gate, "audit", "op=CreateActivity", "decision=allow", f"job={box['id']}")) == 1)
ok("the runner's log has it", lambda: any("gatekeeper-runner[" in ln for ln in lines(gate, "runner.register", f"job={box['id']}")))
ok("the log says under which name and id the scheduler lists it", lambda: any(
    f"name=gk{box['id'].replace('-', '')} " in ln + " " and re.search(r" scheduler=fork id=\S+ ", ln)
    for ln in lines(gate, "job.submit", f"job={box['id']}")) or print("#", gate.text()))
for title, path, op in (("the data daemon's log has it with what was staged in", "in", "RETR"),
                        ("... with what was staged out", "out", "STOR"),
                        ("... and with what the job itself moved", "inner", "STOR")):
    if data:
        ok(title, lambda path=path, op=op: in_daemon(path, op))
    else:
        skip(title, "gridftp is not built")

alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob"), gate.url)
limited = Client(grid, grid.proxy("alice", "limited"), gate.url)
nobody = Client(grid, None, gate.url)


def denied(daemon, act, *words):
    """What ACT adds to the lines of audit: one, a refusal with WORDS."""
    before = len(lines(daemon, "audit"))
    act()
    new = lines(daemon, "audit")[before:]
    return len(new) == 1 and "decision=deny" in new[0] and all(w in new[0] for w in words) or print("#", new)


def refused(act):
    try:
        return act()
    except Exception as e:  # the fault is the answer; what is logged counts
        return e


JOB = jsdl("/bin/true")
get = lambda who: lambda: who.request("GET", f"/jobs/{box['id']}")  # noqa: E731
create = lambda who: lambda: refused(lambda: who.create(JOB))  # noqa: E731
ok("a request for a job without a certificate is one line", lambda: denied(gate, get(nobody), "dn=-", f"/jobs/{box['id']}", "from=127.0.0.1:"))
ok("... and so is a submission without one", lambda: denied(gate, create(nobody), "dn=-", "certificate"))
ok("a submission with a limited proxy is one line, with the operation", lambda: denied(gate, create(limited), "CN=Alice", "op=CreateActivity", "limited"))
ok("another's job is one line", lambda: denied(gate, get(bob), "CN=Bob", f"job={box['id']}"))


def banned():
    create(bob)()
    with open(ban, "w") as f:
        f.write(grid.dn("bob") + "\n")
    until("the ban holds", lambda: bob.request("GET", f"/jobs/{box['id']}")[0] == 403 and lines(gate, "audit", "CN=Bob", "banned"))
    return denied(gate, get(bob), "CN=Bob", "banned", "from=127.0.0.1:") and denied(gate, create(bob), "CN=Bob", "banned", "op=\"POST /bes\"")


ok("what a banned user asks for is one line each, by GET and by SOAP", banned)


def index():
    os.mkdir(f"{grid.dir}/mds", 0o777)
    os.chmod(f"{grid.dir}/mds", 0o777)
    mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds/state", f"security.ban={ban}"]).start()
    caller = Client(grid, grid.proxy("bob"), f"https://localhost:{mds.port}")
    good = denied(mds, lambda: refused(lambda: caller.soap("<x/>", path="/wsrf/services/DefaultIndexService")), "CN=Bob", "banned")
    mds.stop()
    return good


ok("the index writes such a line as well", index)
gate.stop()
done()
