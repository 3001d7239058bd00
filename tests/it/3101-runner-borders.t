#!/usr/bin/python3
"""What the runner lets nobody do: accounts, paths, requests."""
import os
import subprocess
import sys
import uuid

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *

ALICE, BOB, EVE, ROOTY = (f"/O=Grid/CN={n}" for n in ("alice", "bob", "eve", "rooty"))
accounts = Accounts("a", "b", "g")
A, B = accounts.name["a"], accounts.name["b"]
scratch = Scratch()
MAP = [(ALICE, A), (BOB, f"{B},{A}" if ROOT else B), (ROOTY, "root" if ROOT else "daemon")]
r = Runner(scratch.dir, MAP, accounts.name["g"],
           options=[f"security.host_cert={scratch.dir}/cert", f"security.host_key={scratch.dir}/key"])
for n in ("cert", "key"):
    with open(f"{scratch.dir}/{n}", "w") as f:
        f.write("x")
os.chmod(f"{scratch.dir}/key", 0o600)
os.mkdir(f"{scratch.dir}/home")
os.chmod(f"{scratch.dir}/home", 0o777)
job = r.job(ALICE, *sh("echo mine; exit 5"))
r.cmd("release", job), r.cmd("wait", job, "ended")
S = f"{scratch.dir}/sessions/{A}/{job}"


def denied(*cmd):
    return r.cmd(*cmd).startswith("err")


def as_user(name, *argv):
    return subprocess.run(argv, user=name, group=name, extra_groups=[], cwd="/", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def ldd():
    out = subprocess.run(["ldd", f"{BIN}/gatekeeper-runner"], capture_output=True, text=True).stdout
    return not any(lib in out for lib in ("libxml2", "libgsoap", "libssl", "libcrypto", "libsqlite3", "libcurl",
                                          "libjansson")), out


def static_supervisor():
    return "/asan/" in BIN or "statically linked" in subprocess.run(["file", "-L", f"{BIN}/gatekeeper-job"], capture_output=True,
                                                  text=True).stdout


def unmapped():
    return denied("map", EVE) and denied("register", uuid.uuid4(), EVE) and denied("map", ROOTY) and \
        denied("register", uuid.uuid4(), ROOTY) and denied("map", ALICE, "root")


def choice():
    return value(r.cmd("map", BOB), "account") == B and value(r.cmd("map", BOB, A), "account") == A and \
        denied("map", ALICE, B)


def bound():
    j = str(uuid.uuid4())
    first = r.cmd("register", j, ALICE)
    return first == r.cmd("register", j, ALICE) and value(first, "path") == f"{scratch.dir}/sessions/{A}/{j}" and \
        denied("register", j, BOB, B) and denied("register", j, EVE)


def map_changes():
    j = str(uuid.uuid4())
    r.cmd("register", j, ALICE)
    r.map([m for m in MAP if m[0] != ALICE])
    gone = denied("register", j, ALICE) and denied("map", ALICE)
    r.map(MAP)
    return gone and r.cmd("register", j, ALICE).startswith("ok")


def map_judged():
    """What was registered is not begun when the map no longer lets its name use the account. It can still be ended."""
    waits, held = (r.job(ALICE, *sh("sleep 1000"), start=s) for s in (False, True))
    for k, v in sh("sleep 1000"):
        r.cmd("spec", k, v)
    r.cmd("prepare", waits)
    for lines in ([m for m in MAP if m[0] != ALICE], [(m[0], "somebody" if m[0] == ALICE else m[1]) for m in MAP]):
        r.map(lines)
        said = [r.cmd(*c) for c in (("start", waits), ("release", held), ("prepare", waits), ("open", job, "stdout"))]
        if not all("grid-mapfile" in s for s in said) or value(r.cmd("status", held), "state") != "held":
            return False, str(said)
    os.rename(f"{scratch.dir}/grid-mapfile", f"{scratch.dir}/grid-mapfile.away")
    said = r.cmd("start", waits)
    if "cannot be read" not in said:
        return False, said
    ended = [r.cmd("status", held), r.cmd("signal", held, "KILL")]
    r.map(MAP)
    begun = [r.cmd("start", waits), r.cmd("signal", waits, "KILL")]
    return all(s.startswith("ok") for s in ended + begun), str(ended + begun)


def modes():
    stat = {p: os.stat(p) for p in (f"{scratch.dir}/sessions", f"{scratch.dir}/sessions/{A}", S, f"{scratch.dir}/runner")}
    mode = [s.st_mode & 0o777 for s in stat.values()]
    uid = [s.st_uid for s in stat.values()]
    me, a = os.geteuid(), pwd.getpwnam(A).pw_uid
    return mode == [0o755, 0o700, 0o700, 0o700] and uid == [me, a, a, me]


def closed_to_others():
    for other in (B, accounts.name["g"]):
        for path in (f"{S}/stdout", S, f"{scratch.dir}/sessions/{A}", f"{scratch.dir}/runner/registry"):
            if as_user(other, "cat" if path.endswith(("stdout", "registry")) else "ls", path).returncode == 0:
                return False
    return as_user(A, "cat", f"{S}/stdout").stdout == "mine\n"


def no_entry_for_gatekeeper():
    return denied("peek", f"{S}/stdout") and denied("peek", f"{scratch.dir}/key") and r.cmd("open", job, "stdout") == \
        "ok mine" and r.p.stdout.readline() == "\n"


def ids_of_processes():
    j = r.job(ALICE, *sh("cat /proc/self/status; id -G; id; cat /proc/$PPID/status"))
    r.cmd("release", j), r.cmd("wait", j, "ended")
    text = open(f"{scratch.dir}/sessions/{A}/{j}/stdout").read()
    uid = str(pwd.getpwnam(A).pw_uid)
    lines = [l.split()[1:] for l in text.splitlines() if l.startswith("Uid:")]
    caps = [l.split()[1] for l in text.splitlines() if l.startswith("CapEff:")]
    return len(lines) == 2 and all(l == [uid] * 4 for l in lines) and (not ROOT or all(int(c, 16) == 0 for c in caps))


def paths():
    bad = ["/etc/passwd", "../x", "a/../../x", ".", "a//b", "a/", "", "a/./b"]
    return all(denied("open", job, p) for p in bad)


def links():
    os.symlink("/etc/passwd", f"{S}/link")
    os.symlink("/etc", f"{S}/dir")
    os.symlink("stdout", f"{S}/near")
    os.mkfifo(f"{S}/fifo")
    os.mkdir(f"{S}/folder")
    os.chmod(f"{S}/folder", 0o755)
    return all(denied("open", job, p) for p in ("link", "dir/passwd", "near", "fifo", "folder")) and \
        denied("chmod", job, "link") and denied("stat", job, "dir/passwd")


def streams():
    j = r.job(ALICE, *sh("echo out; echo err >&2"), ("output", f"{scratch.dir}/home/o"), ("error", "e"))
    early = r.cmd("stream", j)
    r.cmd("release", j), r.cmd("wait", j, "ended")
    ends = r.cmd("stream", j) == "ok out" and r.cmd("stream", j, "stderr") == "ok err"
    os.rename(f"{scratch.dir}/home/o", f"{scratch.dir}/home/p")
    os.symlink("p", f"{scratch.dir}/home/o")
    return early.startswith("err 3") and ends and denied("stream", j), early


def remove_through_link():
    os.mkdir(f"{scratch.dir}/keep")
    open(f"{scratch.dir}/keep/file", "w").close()
    os.symlink(f"{scratch.dir}/keep", f"{S}/out")
    first = r.cmd("remove", job, "out/file")
    second = r.cmd("remove", job, "out")
    return first.startswith("err") and second == "ok" and os.path.exists(f"{scratch.dir}/keep/file") and \
        not os.path.lexists(f"{S}/out")


def remove_others():
    if not ROOT:
        return True
    r.cmd("remove", job, f"{scratch.dir}/cert")
    return os.path.exists(f"{scratch.dir}/cert")


def credential():
    with open(f"{scratch.dir}/pem", "w") as f:
        f.write("secret")
    if r.cmd("install", job, f"{scratch.dir}/pem") != "ok":
        return False
    st = os.stat(f"{S}/.gatehouse/proxy")
    return st.st_mode & 0o777 == 0o600 and st.st_uid == pwd.getpwnam(A).pw_uid and \
        denied("open", job, ".gatehouse/proxy") and open(f"{S}/.gatehouse/proxy").read() == "secret"


def host_credential():
    return r.cmd("host") == "ok cert=1 key=1"


def tools():
    return r.cmd("tool", job, "true").startswith("ok status=0") and denied("tool", job, "sh") and \
        denied("tool", job, "true", "x")


def wipe():
    j = r.job(ALICE, *sh("sleep 1000"))
    r.cmd("release", j), r.cmd("wait", j, "running")
    if not denied("wipe", j):
        return False
    r.cmd("signal", j, "KILL"), r.cmd("wait", j, "ended")
    path = f"{scratch.dir}/sessions/{A}/{j}"
    os.makedirs(f"{path}/deep/er")
    if ROOT:
        shutil.chown(f"{path}/deep", A), shutil.chown(f"{path}/deep/er", A)
    return r.cmd("wipe", j) == "ok" and not os.path.exists(path) and denied("status", j) and r.cmd("wipe", j) == "ok"


def registry_survives():
    j = str(uuid.uuid4())
    r.cmd("register", j, ALICE)
    with open(f"{scratch.dir}/runner/registry", "a") as f:
        f.write("+ 00000000-0000-4000-8000-0000000000")  # cut off by a crash
    r.p.kill(), r.p.wait()
    r.start()
    return value(r.cmd("status", j), "state") == "none" and r.cmd("open", job, "stdout") == "ok mine" and \
        r.p.stdout.readline() == "\n"


def one_runner():
    try:
        Runner(scratch.dir, MAP, accounts.name["g"])
        return False
    except RuntimeError as e:
        return "another runner uses it" in str(e), str(e)


def foreign_state():
    if not ROOT:
        return True
    d = f"{scratch.dir}/other"
    os.mkdir(d)
    os.chmod(d, 0o755)
    os.mkdir(f"{d}/sessions")
    shutil.chown(f"{d}/sessions", B)
    try:
        Runner(d, MAP, accounts.name["g"])
        return False
    except RuntimeError as e:
        return "belongs to uid 0" in str(e), str(e)


def bad_requests():
    for what in ("size", "magic", "op", "job", "unit", "zeros", "path", "fds"):
        gatekeeper = r.gatekeeper()
        r.send("bad", what)
        r.p.wait(DEADLINE)
        log = open(r.log).read()
        if alive(gatekeeper) or r.p.returncode != 70 or "runner.request.bad" not in log:
            return False, what + log
        r.start()
    return True


def good(test):
    result = test()
    return result if isinstance(result, tuple) else (result, "")


for title, test, root in (
        ("the runner links nothing that parses or speaks TLS", ldd, False),
        ("the supervisor is static", static_supervisor, False),
        ("unmapped names, root and system accounts get nothing", unmapped, False),
        ("a name chooses among its accounts only", choice, True),
        ("a job is bound to its account for good", bound, True),
        ("the map is read as it is now", map_changes, False),
        ("the map is asked before each use, not only when a job is registered", map_judged, False),
        ("directories have their owners and modes", modes, False),
        ("sessions are closed to other accounts and to the gatekeeper's", closed_to_others, True),
        ("the gatekeeper sees outputs only through the runner", no_entry_for_gatekeeper, True),
        ("everything of a run is the user's alone", ids_of_processes, False),
        ("paths that leave the session are refused", paths, False),
        ("symbolic links, pipes and folders are not opened", links, False),
        ("outputs are opened where the job writes them, as the user", streams, False),
        ("nothing is removed through a link", remove_through_link, False),
        ("what the user may not remove stays", remove_others, False),
        ("a credential is the user's alone and not handed out", credential, False),
        ("the host's credential is opened for the gatekeeper", host_credential, False),
        ("only tools of the table are run", tools, False),
        ("a session is wiped when nothing runs in it", wipe, False),
        ("the registry survives kill -9 and a line cut off", registry_survives, False),
        ("one runner at a time", one_runner, False),
        ("session directories of somebody else are refused", foreign_state, False),
        ("a bad request ends both ends", bad_requests, False)):
    if root and not ROOT:
        skip(title, "needs root")
        continue
    try:
        result, note = good(test)
    except Exception as e:
        result, note = False, f"{type(e).__name__}: {e}"
    ok(title, result, note)
done()
