#!/usr/bin/python3
# Two accounts, one name that no map holds, and the service's own account: what
# one of them has is closed to the others - sessions, outputs, files, credentials,
# processes - on disk and over the wire, while a job runs and after its end.
import os
import pwd
import stat
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, GATE, GDS, JOBS, ROOT, TOOLS, Accounts, Client, Gatekeeper, Grid, alive, done,  # noqa: E402
                       fault, let_go, ok, payload, sh_job, until)

if not ROOT:
    print("1..0 # SKIP more than one account needs root")
    sys.exit(0)

grid = Grid("alice", "bob")
gate_account = Accounts("gate").name["gate"]  # the gatekeeper's own
secret = "the-secret-of-alice"
gate = Gatekeeper(grid, [f"security.account={gate_account}", "gatekeeper.fork_slots=16"]).start()
alice, bob, stranger = (Client(grid, c, gate.url) for c in
                        (grid.proxy("alice"), grid.proxy("bob"), grid.proxy("alice", "stranger")))
a_account, b_account = grid.accounts["alice"], grid.accounts["bob"]
others = {"bob": b_account, "the gatekeeper's account": gate_account, "nobody": "nobody"}


def as_user(account, *argv):
    """Run ARGV as ACCOUNT with none of our groups; its status and output."""
    pw = pwd.getpwnam(account)
    p = subprocess.run(["setpriv", f"--reuid={pw.pw_uid}", f"--regid={pw.pw_gid}", "--clear-groups", "--inh-caps=-all",
                        "--bounding-set=-all", "--no-new-privs", *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, cwd="/")
    return p.returncode, p.stdout


def call(who, op, inner=""):
    return payload(*who.soap(f'<d:{op} xmlns:d="{GDS}">{inner}</d:{op}>'))


def delegate(who, name):
    new = {c.tag: c.text for c in call(who, "getNewProxyReq")}
    proxy = subprocess.run([f"{TOOLS}/delegate", grid.proxy(name)], input=new["proxyRequest"], text=True, stdout=subprocess.PIPE,
                           check=True).stdout
    call(who, "putProxy", f"<delegationID>{new['delegationID']}</delegationID><proxy>{proxy}</proxy>")
    return new["delegationID"]


def path(address):
    return address.split(f":{gate.port}", 1)[1]


def tree(top):
    """Every path below TOP, itself too."""
    yield top
    for base, dirs, files in os.walk(top):
        for n in dirs + files:
            yield f"{base}/{n}"


mine = delegate(alice, "alice")
beside = f'<g:DelegationID xmlns:g="{JOBS}">{mine}</g:DelegationID>'
job = alice.create(sh_job(f"umask 0; echo {secret} >secret; mkdir open; chmod 777 open; echo {secret} >open/secret; echo {secret}; "
                          'echo ids:$(id -u):$(id -g):$(id -G); echo env:$(env | cut -d= -f1); echo fds:$(ls /proc/$$/fd); '
                          f"touch ready; {GATE}"), beside=beside)
session = grid.session("alice", job)
until("the job is ready", lambda: os.path.exists(f"{session}/ready"))
out = dict(line.split(":", 1) for line in open(f"{session}/stdout").read().splitlines() if ":" in line)
pw = pwd.getpwnam(a_account)
ok("the job is its user's: uid, gid and groups, none of ours",
   lambda: out["ids"] == f"{pw.pw_uid}:{pw.pw_gid}:" + " ".join(map(str, os.getgrouplist(a_account, pw.pw_gid))) or out["ids"])
ok("its environment is built from scratch", lambda: set(out["env"].split()) <= {
    "HOME", "LOGNAME", "USER", "SHELL", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "X509_USER_PROXY", "X509_CERT_DIR"} |
   {w for w in out["env"].split() if w.startswith("GATEHOUSE_") or w.startswith("GLOBUS_")} or print("#", out["env"]))
# 3 is the pipe by which the shell reads what ls says
ok("it has its three streams and no descriptor of ours", lambda: set(out["fds"].split()) <= {"0", "1", "2", "3"} or print("#", out["fds"]))
ok("sessions: root's above, ACCOUNT 0700 and the account's own", lambda: [
    (os.stat(p).st_uid, stat.S_IMODE(os.stat(p).st_mode)) for p in
    (f"{grid.dir}/sessions", f"{grid.dir}/sessions/{a_account}")] == [(0, 0o755), (pw.pw_uid, 0o700)])


def nothing_to_see(account, when):
    """ACCOUNT can list and read none of Alice's session, though she opened it to all."""
    for p in tree(session):
        code, text = as_user(account, "cat" if os.path.isfile(p) else "ls", p)
        if code == 0 or secret in text:
            return print("#", account, p, text)
    code, text = as_user(account, "sh", "-c", f"cd {session} || touch {session}/x || ln {session}/secret /tmp/x.$$")
    return code != 0 and not os.path.exists(f"{session}/x")


for name, account in others.items():
    ok(f"{name} sees nothing of a session while its job runs", lambda: nothing_to_see(account, "running"))


def credential():
    p = os.stat(f"{session}/.gatehouse/proxy")
    return (p.st_uid, stat.S_IMODE(p.st_mode)) == (pw.pw_uid, 0o600)


ok("the job's credential is 0600 and the user's", credential)


def masters():
    """The master copies: the service's own, 0600, to be read by no mapped account."""
    gate_uid = pwd.getpwnam(gate_account).pw_uid
    files = [p for p in tree(f"{grid.dir}/state") if os.path.isfile(p)]
    good = files and all(os.stat(p).st_uid == gate_uid and stat.S_IMODE(os.stat(p).st_mode) & 0o077 == 0 for p in files)
    return good and all(as_user(a, "cat", p)[0] != 0 for p in files for a in (a_account, b_account, "nobody")) or \
        print("#", [(p, oct(os.stat(p).st_mode), os.stat(p).st_uid) for p in files])


ok("the store with the master credentials is 0600, the service's own, closed to users", masters)


def registry():
    files = [p for p in tree(f"{grid.dir}/runner") if os.path.isfile(p)]
    return files and all(os.stat(p).st_uid == 0 and as_user(a, "cat", p)[0] != 0 and
                         as_user(a, "sh", "-c", f": >>{p}")[0] != 0 for p in files for a in (gate_account, a_account)) or \
        print("#", files)


ok("the runner's registry is root's: the gatekeeper's account neither reads nor writes it", registry)


def untouchable(account):
    """ACCOUNT cannot signal, trace or read the memory of anything that is not its own."""
    ours = [gate.p.pid, gate.unprivileged()] + gate.children()
    bad = []
    for pid in set(ours):
        if account == gate_account and pid == gate.unprivileged():
            continue
        for argv in (["kill", "-0", str(pid)], ["cat", f"/proc/{pid}/environ"], ["ls", f"/proc/{pid}/fd/"],
                     ["head", "-c", "1", f"/proc/{pid}/mem"]):
            owner = os.stat(f"/proc/{pid}").st_uid
            if as_user(account, *argv)[0] == 0 and owner != pwd.getpwnam(account).pw_uid:
                bad.append((pid, argv))
    return not bad or print("#", bad)


for account in (a_account, gate_account):
    ok(f"processes of others are closed to {'a user' if account == a_account else 'the gatekeeper account'}",
       lambda: untouchable(account))


# ---- over the wire ----
def statuses(who):
    return [who.request("GET", path(job) + p)[0] for p in ("", "/stdout", "/files/secret", "/files/open/secret", "/files/")]


ok("the owner reads his files", lambda: statuses(alice)[1:4] == [200, 200, 200] and
   alice.request("GET", path(job) + "/files/secret")[1] == secret + "\n")
ok("another user is told that there are none", lambda: set(statuses(bob)) == {404} or statuses(bob))
ok("a name that is not mapped too", lambda: set(statuses(stranger)) <= {403, 404} or statuses(stranger))
ok("a name that is not mapped gets no job", lambda: fault(stranger.create, sh_job("true")).names == [f"{{{BES}}}NotAuthorizedFault"])
ok("another's delegation cannot be used for a job", lambda: "DelegationID" in fault(bob.create, sh_job("true"), beside=beside).text)


def spy():
    """Bob's job looks, links and asks for the link."""
    a = bob.create(sh_job(f"ls {session}; cat {session}/secret; cat {grid.dir}/state/*; ln -s {session}/secret link; "
                          f"ln -s {session} dir; ln {session}/secret hard; kill {gate.p.pid}; exit 0"))
    st = bob.wait(a)
    text = bob.request("GET", path(a) + "/stdout")[1]
    return secret not in text and [bob.request("GET", path(a) + p)[0] for p in ("/files/link", "/files/dir/secret", "/files/hard")] \
        == [403, 403, 404] and st.state == "Finished" or print("#", st.state, text)


def rampage():
    """Bob ends all that is his: his jobs, his supervisors, his helper."""
    other = bob.create(sh_job("sleep 1000"))
    bob.wait(other, ("Running",))
    a = bob.create(sh_job("kill -9 -1; exit 0"))
    return bob.wait(a).state == "Failed" and bob.wait(other).state == "Failed" and \
        bob.wait(bob.create(sh_job("true"))).state == "Finished"


ok("another user's job gets at nothing, and no link of his leads there", spy)
ok("a job that kills all it can ends its user's own, with a reason; the next one runs", rampage)
ok("... nor did it end anybody else's processes", lambda: gate.p.poll() is None and alice.status(job).state == "Running")

# ---- whom a map may name ----


def mapped_to(account):
    grid.user("mallory")
    with open(f"{grid.pki}/grid-mapfile", "a") as f:
        f.write(f'"{grid.dn("mallory")}" {account}\n')
    c = Client(grid, grid.proxy("mallory"), gate.url)

    def denied():
        f = fault(c.create, sh_job("true"))
        return f.names == [f"{{{BES}}}NotAuthorizedFault"]
    good = denied()
    lines = open(f"{grid.pki}/grid-mapfile").read().splitlines()[:-1]
    with open(f"{grid.pki}/grid-mapfile.new", "w") as f:
        f.write("\n".join(lines) + "\n")
    os.rename(f"{grid.pki}/grid-mapfile.new", f"{grid.pki}/grid-mapfile")
    return good


for account in ("root", "daemon", "no-such-account"):
    ok(f"a map that names '{account}' lets nobody in", lambda: mapped_to(account))


def second_account():
    """Of several accounts the user may choose one, and no other."""
    lines = open(f"{grid.pki}/grid-mapfile").read().replace(a_account, f"{a_account},{b_account}")
    with open(f"{grid.pki}/grid-mapfile.new", "w") as f:
        f.write(lines)
    os.rename(f"{grid.pki}/grid-mapfile.new", f"{grid.pki}/grid-mapfile")

    def ran_as(name):
        def there():
            try:
                a = alice.create(sh_job("id -un", posix=f"<p:UserName>{name}</p:UserName>"))
            except Exception:
                return False  # the new map is not read yet
            alice.wait(a)
            return alice.request("GET", path(a) + "/stdout")[1] == name + "\n"
        return until(f"a job as {name}", there)
    return ran_as(b_account) and ran_as(a_account) and \
        fault(alice.create, sh_job("true", posix=f"<p:UserName>{gate_account}</p:UserName>")).names == [f"{{{BES}}}NotAuthorizedFault"]


ok("a user with two accounts takes either, and no third", second_account)

# ---- after its end ----
let_go(session)
ok("the job ends", lambda: alice.wait(job).exit == 0)
ok("its credential is gone from the session", lambda: not os.path.exists(f"{session}/.gatehouse/proxy"))
for name, account in others.items():
    ok(f"{name} sees nothing of a session after the end", lambda: nothing_to_see(account, "ended"))
wiped = alice.request("DELETE", path(job))
ok("a job wiped leaves no session", lambda: wiped[0] == 202 and until("the session is gone", lambda: not os.path.exists(session)) and
   until("the job is gone", lambda: alice.request("GET", path(job))[0] == 404), wiped)
gate.stop()
ok("nothing of ours is left running", lambda: until("the end of the helpers", lambda: not alive(gate.p.pid)))
done()
