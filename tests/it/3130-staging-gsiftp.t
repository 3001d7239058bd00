#!/usr/bin/python3
"""Staging over GridFTP with the delegated credential: from gridrun's command
line to files that belong to nobody else, and back."""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, ROOT, Daemon, Gatekeeper, Grid, done, jsdl, ok, sh_job, shutil, skip  # noqa: E402

if not os.path.exists(f"{BIN}/gridftp"):
    print("1..0 # SKIP gridftp is not built")
    sys.exit(0)
grid = Grid("alice", "bob")
data = Daemon(grid, "gridftp").start()
gate = Gatekeeper(grid).start()
G = f"gsiftp://localhost:{data.port}"


def place(user, name, text=None):
    """A directory, or a file, of USER's own."""
    path = f"{grid.dir}/{user}{name}"
    if text is None:
        os.makedirs(path, exist_ok=True)
        os.chmod(path, 0o700)
    else:
        with open(path, "wb") as f:
            f.write(text)
        os.chmod(path, 0o600)
    if ROOT:
        shutil.chown(path, grid.accounts[user], grid.accounts[user])
    return path


def staging(name, url, how, flag="overwrite"):
    end = "Source" if how == "in" else "Target"
    return (f"<j:DataStaging><j:FileName>{name}</j:FileName><j:CreationFlag>{flag}</j:CreationFlag>"
            f"<j:{end}><j:URI>{url}</j:URI></j:{end}></j:DataStaging>")


def run(user, script, *moves, program=None, flag="overwrite"):
    with open(f"{grid.dir}/{user}.jsdl", "w") as f:
        words = "".join(staging(*m, flag) for m in moves)
        f.write(jsdl(program, description=words) if program else sh_job(script, description=words))
    return gridrun(user, f"{grid.dir}/{user}.jsdl")


def gridrun(user, description):
    env = dict(os.environ, X509_CERT_DIR=f"{grid.pki}/certificates", X509_USER_PROXY=grid.proxy(user), HOME=grid.dir)
    p = subprocess.run([f"{BIN}/gridrun", "-submit", "-streaming", "-F", f"{gate.url}/bes", "-f", description],
                       env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stdout, p.stderr


for u in ("alice", "bob"):
    place(u, "")
secret = os.urandom(3 << 20)
place("alice", "/in", secret)
place("alice", "/program", b"#!/bin/sh\nwc -c <big\n")


def there_and_back():
    code, out, err = run("alice", "sh ./program; cat big big >twice; exit 3", ("big", f"{G}{grid.dir}/alice/in", "in"),
                         ("program", f"{G}{grid.dir}/alice/program", "in"), ("twice", f"{G}{grid.dir}/alice/out", "out"))
    good = code == 3 and out.strip().endswith(str(3 << 20))
    with open(f"{grid.dir}/alice/out", "rb") as f:
        good = good and f.read() == secret * 2
    return good and os.stat(f"{grid.dir}/alice/out").st_uid == os.stat(f"{grid.dir}/alice").st_uid, out + err


def staged_program():
    moves = (("big", f"{G}{grid.dir}/alice/in", "in"), ("bin", f"{G}{grid.dir}/alice/program", "in"))
    results = [run("alice", "", *moves, program=p) for p in ("bin", "./bin")]
    return all(code == 0 and out.strip().endswith(str(3 << 20)) for code, out, _ in results), results


def staged_anywhere():
    """A GT4 job whose program is staged in under an absolute path: into the session, by either name, and into the user's own place."""
    results = []
    scratch, home = "${GLOBUS_SCRATCH_DIR}", place("alice", "/home")
    for program, to in ((f"{scratch}/p", f"/{scratch}/p"), ("p", f"/{scratch}//p"), (f"{scratch}/./p", f"/{scratch}/p"),
                        (f"{home}/p", home + "/p")):
        with open(f"{grid.dir}/anywhere.xml", "w") as f:
            f.write(f"<job><executable>{program}</executable><directory>{scratch}</directory><fileStageIn>" + "".join(
                f"<transfer><sourceUrl>{G}{grid.dir}/alice/{name}</sourceUrl><destinationUrl>file://{path}</destinationUrl></transfer>"
                for name, path in (("program", to), ("in", f"/{scratch}/big"))) + "</fileStageIn></job>")
        results.append(gridrun("alice", f"{grid.dir}/anywhere.xml"))
    return all(code == 0 and out.strip().endswith(str(3 << 20)) for code, out, _ in results) and \
        os.stat(f"{home}/p").st_uid == os.stat(f"{grid.dir}/alice").st_uid, results


def kept_anywhere():
    """dontOverwrite under an absolute path."""
    kept = place("alice", "/kept", b"mine")
    code, out, err = run("alice", f"cat {kept}", (kept, f"{G}{grid.dir}/alice/program", "in"), flag="dontOverwrite")
    return code == 0 and out.strip().endswith("mine"), out + err


def not_executable():
    code, out, err = run("alice", "test -x p && echo runs || echo does not", ("p", f"{G}{grid.dir}/alice/program", "in"))
    return code == 0 and "does not" in out, out + err


def not_there():
    code, out, err = run("alice", "echo ran", ("x", f"{G}{grid.dir}/alice/nothere", "in"))
    return code == 255 and "nothere" in err and "ran" not in out, out + err


def not_his():
    code, out, err = run("bob", "echo ran; cat x", ("x", f"{G}{grid.dir}/alice/in", "in"))
    return code == 255 and "ran" not in out and "alice/in" in err, out + err


def out_not_his():
    code, out, err = run("bob", "echo x >x", ("x", f"{G}{grid.dir}/alice/stolen", "out"))
    return code == 255 and not os.path.exists(f"{grid.dir}/alice/stolen") and "stolen" in err, out + err


def nothing_left():
    left = subprocess.run(["find", f"{grid.dir}/sessions", "-name", "*proxy*"], stdout=subprocess.PIPE, text=True).stdout
    return left == "", left


for title, test, root in (
        ("files come with the delegated credential, are worked on, and go back", there_and_back, False),
        ("a program that was staged in runs", staged_program, False),
        ("... also under an absolute path", staged_anywhere, False),
        ("a file that is there under an absolute path is kept where the job says so", kept_anywhere, False),
        ("a file that is only data does not become a program", not_executable, False),
        ("what is not there is named, and nothing runs", not_there, False),
        ("another user's file does not come", not_his, True),
        ("nothing is written into another user's directory", out_not_his, True),
        ("no credential is left in the sessions", nothing_left, False)):
    if root and not ROOT:
        skip(title, "needs two accounts")
        continue
    try:
        result = test()
    except Exception as e:
        result = False, f"{type(e).__name__}: {e}"
    ok(title, *result)
gate.stop(), data.stop()
done()
