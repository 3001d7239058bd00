#!/usr/bin/python3
"""gatekeeperctl: everybody's jobs, drain, ban and the rest, over the socket in the state directory and over the network; who may; the audit."""
import json
import os
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, GATE, ROOT, Client, Gatekeeper, Grid, done, fault, let_go, ok, sh_job, skip, until  # noqa: E402

grid = Grid("alice", "bob", "carol")
ban, admins = f"{grid.dir}/ban", f"{grid.dir}/admins"
with open(ban, "w") as f:
    f.write("# nobody yet")  # a last line without its end
with open(admins, "w") as f:
    f.write(grid.dn("carol") + "\n")
OPTIONS = [f"security.ban={ban}", f"gatekeeper.admins={admins}", "gatekeeper.fork_slots=8"]
gate = Gatekeeper(grid, OPTIONS).start()
alice, bob = (Client(grid, grid.proxy(u), gate.url) for u in ("alice", "bob"))
STATE = next(o for o in gate.options if o.startswith("gatekeeper.state="))


def ctl(*words, user=None, prefix=()):
    env = dict(os.environ, X509_CERT_DIR=f"{grid.pki}/certificates", HOME=grid.dir)
    where = ["-c", f"{grid.pki}/gatehouse.conf", "-o", STATE]
    if user:
        env["X509_USER_PROXY"] = grid.proxy(*user.split("-", 1))
        where = ["-F", f"localhost:{gate.port}"]
    p = subprocess.run([*prefix, f"{BIN}/gatekeeperctl", *where, *words], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stdout, p.stderr


def audited(op, *words):
    return [ln for ln in gate.text().splitlines() if f" audit " in ln and f"op=admin.{op} " in ln and all(w in ln for w in words)]


def ident(address):
    return address.rsplit("/", 1)[1]


def running(client):
    address = client.create(sh_job(f"{GATE}; exit 0"))
    client.wait(address, ("Running",))
    return address


box = {}


def jobs():
    box["a"], box["b"] = running(alice), running(bob)
    rc, out, err = ctl("jobs")
    lines = {ln.split()[0]: ln for ln in out.splitlines()}
    return (rc == 0 and len(lines) == 2 and "CN=Alice" in lines[ident(box["a"])] and "CN=Bob" in lines[ident(box["b"])] and
            all("Running" in ln for ln in lines.values())) or print("#", out, err)


def filtered(*words):
    return {j["id"] for j in json.loads(ctl("-json", *words, "jobs")[1])["jobs"]}


def shown():
    rc, out, _ = ctl("job", ident(box["a"]))
    return rc == 0 and f"owner: {grid.dn('alice')}" in out and re.search(r"Z Running: ", out) and f"account: {grid.accounts['alice']}" in out or print("#", out)


def cancelled():
    rc, out, _ = ctl("cancel", f"uuid:{ident(box['b'])}")
    st = bob.wait(box["b"])
    return rc == 0 and st.state == "Cancelled" and "administrator" in st.fault and len(audited(
        "cancel", "dn=\"uid=", f"job={ident(box['b'])}", "from=local", "decision=allow")) == 1 or print("#", out, vars(st))


def drained():
    first = ctl("drain")
    refused = fault(alice.create, sh_job("exit 0"))
    second = ctl("status")
    third = ctl("undrain")
    return (first[:2] == (0, "new jobs are refused\n") and "takes no new jobs" in refused.reason and "accepting: no" in second[1] and
            "jobs Running: 1" in second[1] and third[1] == "new jobs are taken\n" and len(audited("drain")) == 1 == len(audited("undrain")) and
            alice.wait(alice.create(sh_job("exit 0"))).exit == 0) or print("#", first, second, third)


def connected():
    alice.request("GET", f"/jobs/{ident(box['a'])}")
    rc, out, _ = ctl("connections")
    return rc == 0 and any("CN=Alice" in ln and f"GET /jobs/{ident(box['a'])}" in ln and "127.0.0.1:" in ln for ln in out.splitlines()) and any(
        ln.startswith("local ") for ln in out.splitlines()) or print("#", out)


def quotas():
    answer = json.loads(ctl("-json", "quotas")[1])
    mine = next(o for o in answer["owners"] if o["owner"] == grid.dn("alice"))
    return mine["unfinished"] == 1 and mine["jobs"] == 2 and answer["limit"] == 100000 and "unfinished: 1 of 20000" in ctl("quotas")[1]


def backup():
    rc, out, err = ctl("backup")
    path = out.strip()
    mode = os.stat(path).st_mode & 0o777
    ids = {r[0] for r in sqlite3.connect(path).execute("SELECT id FROM job")}
    return rc == 0 and mode == 0o600 and ids >= {ident(box["a"]), ident(box["b"])} or print("#", out, err, oct(mode), ids)


def banned():
    dn = grid.dn("bob")
    rc, out, err = ctl("ban", dn)
    status = bob.request("GET", f"/jobs/{ident(box['b'])}")[0]
    with open(ban) as f:
        text = f.read()
    again = ctl("ban", dn)
    with open(ban) as f:
        same = f.read()
    return rc == 0 and status == 403 and again[0] == 0 and text == same == f'# nobody yet\n"{dn}"\n' and len(audited("ban")) == 2 or print(
        "#", rc, out, err, status, repr(text))


def misused():
    bad = {w: ctl("ban", w) for w in ("Bob", "/O=Grid/*", '/O=Grid/CN=a"b', "/O=Grid\n/CN=x")}
    with open(ban) as f:
        text = f.read()
    return all(r[0] != 0 for r in bad.values()) and text.count("\n") == 2 and "by hand" in bad["/O=Grid/*"][2] or print("#", bad, text)


def strangers():
    refused = [ctl("status", user=u) for u in ("alice", "carol-limited")]
    nobody = Client(grid, None, gate.url).request("GET", "/admin/status")
    return (all(r[0] == 77 for r in refused) and "not an administrator here" in refused[0][2] and "limited proxy" in refused[1][2] and nobody[0] == 403 and
            len(audited("status", "decision=deny", "CN=Alice")) == 1 and len(audited("status", "decision=deny", "CN=Carol")) == 1 and
            len(audited("status", "decision=deny", "dn=-")) == 1) or print("#", refused, nobody, audited("status"))


def remote():
    rc, out, err = ctl("jobs", user="carol")
    return rc == 0 and ident(box["a"]) in out and ctl("drain", user="carol")[0] == 0 and ctl("undrain", user="carol")[0] == 0 and len(audited(
        "drain", "CN=Carol", "from=127.0.0.1:", "decision=allow")) == 1 or print("#", out, err)


def usage():
    bad = [ctl(*w) for w in (["frob"], [], ["cancel"], ["status", "x"], ["job", "x"], ["jobs", "-state", "Frob"], ["jobs", "-limit", "0"])]
    return all(r[0] in (64, 69) and r[2].startswith("gatekeeperctl: ") and r[2].count("\n") == 1 for r in bad) or print("#", bad)


def gone():
    rc, out, err = ctl("job", "00000000-0000-4000-8000-000000000000")
    return rc != 0 and "00000000" in err or print("#", rc, out, err)


def down():
    let_go(grid.session("alice", box["a"]))
    alice.wait(box["a"])
    gate.stop()
    first = ctl("status")
    gate.start()
    return first[0] == 68 and "does not answer" in first[2] and ctl("status")[0] == 0 or print("#", first)


ok("jobs of all users are listed", jobs)
ok("... of one owner, account, state, or so many", lambda: filtered("-owner", grid.dn("alice")) == {ident(box["a"])} and
   (not ROOT or filtered("-account", grid.accounts["bob"]) == {ident(box["b"])}) and filtered("-state", "done") == set() and
   filtered("-state", "running") == {ident(box["a"]), ident(box["b"])} and len(filtered("-limit", "1")) == 1)
ok("one is shown with its history", shown)
ok("one is ended, and its owner reads by whom", cancelled)
ok("new jobs are refused, and taken again", drained)
ok("who is connected is told, with the last request", connected)
ok("what each owner has is told, with the limits", quotas)
ok("the store is looked over while it is in use", lambda: ctl("check") == (0, "the store has no faults\n", "") or print("#", ctl("check")))
ok("... and copied, for the daemon's account alone", backup)
ok("a name is banned at once, and once", banned)
ok("what is no name, or would be another line, is not written", misused)
ok("a stranger, a limited proxy and nobody are refused over the network, a line of audit each", strangers)
ok("who is listed in gatekeeper.admins may all of it", remote)
if ROOT:
    ok("another account gets to the socket in no way", lambda: ctl("status", prefix=("runuser", "-u", grid.accounts["alice"], "--"))[0] == 77)
    ok("... not even if it is let at it", lambda: [
        os.chmod(STATE.split("=")[1], 0o711), os.chmod(f"{STATE.split('=')[1]}/control.gatekeeper", 0o666)] and
       ctl("status", prefix=("runuser", "-u", grid.accounts["alice"], "--"))[0] == 77 and len(audited("status", "decision=deny", "from=local")) == 1 or
       print("#", ctl("status", prefix=("runuser", "-u", grid.accounts["alice"], "--"))))
else:
    skip("another account gets to the socket in no way", "only root has other accounts")
    skip("... not even if it is let at it", "only root has other accounts")
ok("mistakes on the command line are one sentence", usage)
ok("a job that is not there is named", gone)
ok("without a gatekeeper the sentence says so; after a restart the socket is there again", down)
gate.stop()
done()
