#!/usr/bin/python3
# The account of a job is judged at every use: gone, given to another uid, its uid given to another name, locked, expired,
# without a login shell where the site asks for one, and no longer that of the certificate's name.  What is refused says so to its owner, and nothing of it has run.
import os
import pwd
import subprocess
import sys
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import throwaway  # noqa: E402
from gatedrive import (BES, GATE, GDS, JOBS, ROOT, Accounts, Client, Fault, Gatekeeper, Grid, done, fault, let_go,  # noqa: E402
                       ok, payload, sh_job, until)

if not ROOT:
    print("1..0 # SKIP accounts can be changed by root alone")
    sys.exit(0)

USERS = ("gone", "reused", "moved", "locked", "expired", "shell", "unmapped", "remapped")
grid = Grid(*USERS)
gate_account = Accounts("gate").name["gate"]
gate = Gatekeeper(grid, [f"security.account={gate_account}", "gatekeeper.fork_slots=16", "gatekeeper.delegations_max_user=3"]).start()
who = {u: Client(grid, grid.proxy(u), gate.url) for u in USERS}
stranger = Client(grid, grid.proxy("locked", "stranger"), gate.url)
marks = grid.open_dir("marks")
NOT_AUTHORIZED = [f"{{{BES}}}NotAuthorizedFault"]
HOLD = f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'
made = []


def run(*argv):
    for _ in range(100):  # another test may hold the lock of the accounts
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode == 0 or "lock" not in p.stdout:
            break
        time.sleep(0.1)
    if p.returncode != 0:
        raise RuntimeError(f"{argv}: {p.stdout}")


def account(user):
    return grid.accounts[user]


def held(user):
    """A job that waits for its release, and would leave a mark."""
    a = who[user].create(sh_job(f"touch {marks}/{user}", description=HOLD))
    until("it is held", lambda: who[user].status(a).inner == "Held")
    return a


def release(user, address):
    body = f'<g:ActivityIdentifier><a:Address xmlns:a="http://www.w3.org/2005/08/addressing">{address}</a:Address></g:ActivityIdentifier>'
    payload(*who[user].soap(f'<g:ReleaseActivities xmlns:g="{JOBS}">{body}</g:ReleaseActivities>'))


def refused(user, address, *words):
    """Released, it fails with WORDS, and has not run."""
    release(user, address)
    st = who[user].wait(address)
    return st.state == "Failed" and all(w in (st.fault or "") for w in words) and not os.listdir(marks) or \
        print("#", st.state, st.fault, os.listdir(marks))


def denied(user, *words):
    """A new job of his, and a new credential, are refused."""
    f = fault(who[user].create, sh_job("true"))
    d = fault(call, who[user], "getNewProxyReq")
    return f.names == NOT_AUTHORIZED and all(w in f.reason and w in d.text for w in words) or \
        print("#", f.names, f.reason, d.text)


def runs(user):
    a = who[user].create(sh_job("true"))
    st = who[user].wait(a)
    return st.exit == 0 or print("#", st.state, st.fault)


def changed(user, *words):
    """He is denied, as soon as the second is over for which a name is known."""
    def now():
        try:
            return denied(user, *words)
        except AssertionError:
            return False
    return until(f"{user} is refused", now)


def attempt(user):
    """A job of his, or why not."""
    try:
        return who[user].wait(who[user].create(sh_job("true")))
    except Fault as f:
        return f


def call(client, op, inner=""):
    return payload(*client.soap(f'<d:{op} xmlns:d="{GDS}">{inner}</d:{op}>'))


def delegate(client, name=None):
    if name is None:
        new = {c.tag: c.text for c in call(client, "getNewProxyReq")}
        return new["delegationID"]
    call(client, "getProxyReq", f"<delegationID>{name}</delegationID>")
    return name


jobs = {u: held(u) for u in USERS}
live = {u: who[u].create(sh_job(f"{GATE}; touch {marks}/live-{u}")) for u in ("gone", "locked")}
for u, a in live.items():
    until("it runs", lambda u=u, a=a: who[u].status(a).inner == "Running")

# ---- the grid-mapfile ----


def change_map(user, to):
    """Take USER's line out of the map, or give him the account of TO."""
    path, mine = f"{grid.pki}/grid-mapfile", f'"{grid.dn(user)}"'
    with open(path) as f:
        lines = [li for li in f.read().splitlines() if not li.startswith(mine)]
    with open(path + ".new", "w") as f:
        f.write("\n".join(lines + ([f"{mine} {account(to)}"] if to else [])) + "\n")
    os.rename(path + ".new", path)


change_map("unmapped", None)
ok("a held job of a name that is not in the map any more is refused",
   lambda: refused("unmapped", jobs["unmapped"], grid.dn("unmapped"), "is not in the grid-mapfile"))
ok("... as is a new one, and a credential", lambda: changed("unmapped", "is not in the grid-mapfile"))
change_map("remapped", "shell")
ok("a held job of a name that the map gives another account is refused",
   lambda: refused("remapped", jobs["remapped"], "the grid-mapfile does not let", account("remapped")))
ok("... and a new one runs there", lambda: runs("remapped"))

# ---- gone, and its uid another's ----
uid = {u: pwd.getpwnam(account(u)).pw_uid for u in USERS}
ended = gate.text().count("runner.helper.end")
run("userdel", "-f", account("reused"))
made.append(throwaway.make(account("reused") + "x", "-o", "-u", str(uid["reused"])))
ok("a held job of an account that is gone is refused, though its uid is another's now",
   lambda: refused("reused", jobs["reused"], "no local account", account("reused")))
ok("... and the helper of that account has ended", lambda: until("its end", lambda: gate.text().count("runner.helper.end") > ended))
run("userdel", "-f", account("gone"))
ok("a held job of one that is gone is refused", lambda: refused("gone", jobs["gone"], "no local account", account("gone")))
ok("... as is a new one, and a credential", lambda: changed("gone", "no local account"))


def ends_though_gone():
    """What runs there can be ended, and its session wiped: no slot is held for ever."""
    session = grid.session("gone", live["gone"])
    who["gone"].each("TerminateActivities", live["gone"])
    st = who["gone"].wait(live["gone"])
    code = who["gone"].request("DELETE", "/jobs/" + live["gone"].rsplit("/", 1)[1])[0]
    return st.state == "Cancelled" and code == 202 and until("the session is gone", lambda: not os.path.exists(session)) and \
        not os.listdir(marks)


ok("what runs of it can be ended by its owner, and is wiped", ends_though_gone)

# ---- the name with another uid ----
run("userdel", "-f", account("moved"))
run("useradd", "-u", str(uid["moved"] + 7), "-o", account("moved"))
ok("a job of a name that has another uid now is refused", lambda: refused("moved", jobs["moved"], str(uid["moved"]), "had uid"))

# ---- locked ----
run("usermod", "-p", "$6$abc$def", account("locked"))
run("usermod", "-L", account("locked"))
ok("a held job of a locked account is refused", lambda: refused("locked", jobs["locked"], "is locked"))
ok("... as is a new one, and a credential", lambda: changed("locked", "is locked"))
ok("... and its files", lambda: who["locked"].request("GET", f"/jobs/{live['locked'].rsplit('/', 1)[1]}/stdout")[0] == 403)
ok("its running job is watched to the end", lambda: [let_go(grid.session("locked", live["locked"])),
                                                     who["locked"].wait(live["locked"]).exit][1] == 0)
os.unlink(f"{marks}/live-locked")
run("usermod", "-U", account("locked"))
ok("unlocked, it runs jobs again", lambda: until("it is known", lambda: not isinstance(attempt("locked"), Exception)) and runs("locked"))
for state in ("!", "*", "!*", "!!"):
    def no_password(state=state):
        run("usermod", "-p", state, account("locked"))
        return runs("locked")
    ok(f"a password field of '{state}' is not a lock", no_password)

# ---- expired ----
run("chage", "-E", "1", account("expired"))
ok("a held job of an expired account is refused", lambda: refused("expired", jobs["expired"], "has expired"))
ok("... as is a new one, and a credential", lambda: changed("expired", "has expired"))
run("chage", "-E", time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * 86400)), account("expired"))
ok("one that expires later runs jobs", lambda: until("it is known", lambda: not isinstance(attempt("expired"), Exception)) and
   runs("expired"))

# ---- login shell ----
run("usermod", "-s", "/usr/sbin/nologin", account("shell"))
ok("an account without a login shell runs jobs", lambda: runs("shell"))
gate.stop()
gate.start("security.login_shell=yes")
who = {u: Client(grid, grid.proxy(u), gate.url) for u in USERS}
ok("... except where the site asks for one", lambda: refused("shell", jobs["shell"], "no login shell"))
ok("... nor new ones, nor a credential", lambda: denied("shell", "no login shell"))

# ---- delegated credentials ----
stranger.close()
stranger = Client(grid, grid.proxy("locked", "stranger"), gate.url)
ok("a name that is not mapped gets no key", lambda: "not in the grid-mapfile" in fault(delegate, stranger).text)


def limited():
    names = [delegate(who["expired"]) for _ in range(3)]
    f = fault(delegate, who["expired"])
    delegate(who["expired"], names[0])  # its renewal
    call(who["expired"], "destroy", f"<delegationID>{names[1]}</delegationID>")
    return "the limit" in f.text and delegate(who["expired"])


ok("a user has so many, and no more; renewing one is no new one", limited)
gate.stop()
for name in made:
    throwaway.remove(name)
done()
