#!/usr/bin/python3
"""Staging through gridcp: files, groups, fairness, restarts."""
import http.server
import os
import sys
import threading
import uuid

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *

ALICE, BOB = "/O=Grid/CN=alice", "/O=Grid/CN=bob"
box, store, gets, gate = {}, {}, [], threading.Event()


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if self.command == "GET":
            gets.append(self.path)
        if self.path.startswith("/hang"):
            gate.wait()
        body = store.get(self.path.replace("/hang", ""))
        self.answer(404 if body is None else 200, body or b"")

    do_HEAD = do_GET

    def do_PUT(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        store[self.path] = body
        self.answer(201)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):
        pass  # a killed client


def serve():
    peer = Server(("127.0.0.1", 0), Peer)
    peer.daemon_threads = True
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{peer.server_port}"


GOOD, DEAD = serve(), serve()
accounts = Accounts("a", "b", "g")
scratch = Scratch()
r = Runner(scratch.dir, [(ALICE, accounts.name["a"]), (BOB, accounts.name["b"])], accounts.name["g"],
           options=["gatekeeper.staging_slots=4", "gatekeeper.retries=1", "gatekeeper.kill_grace=1"], tool="sched")
where = {}


def job(*moves, dn=ALICE, clean=(), executable=None):
    j = str(uuid.uuid4())
    where[j] = value(r.cmd("register", j, dn), "path")
    describe(*moves, clean=clean, executable=executable)
    return j


def describe(*moves, clean=(), executable=None):
    r.cmd("job", "new")
    if executable:
        r.cmd("job", "executable", executable)
    for m in moves:
        r.cmd("move", *m)
    for c in clean:
        r.cmd("job", "clean", c)


def stage(j, step="in"):
    e = r.cmd("stage", j, step)
    return r.cmd("done", j, step) if e == "ok" else e


def read(j, name):
    with open(f"{where[j]}/{name}", "rb") as f:
        return f.read()


def good(line):
    return line.startswith("ok good=1")


def pid(j, step="in"):
    return int(value(r.cmd("unit", j, step), "pid"))


store["/a"], store["/b"] = b"file a\n", os.urandom(300000)
store["/run"] = b"#!/bin/sh\necho hi\n"


def stage_in():
    j = job(("in", "a", f"{GOOD}/a"), ("in", "deep/er/b b", f"{GOOD}/b"), ("in", "run", f"{GOOD}/run"),
            ("in", "pushed", ""), executable="run")
    e = stage(j)
    modes = [os.stat(f"{where[j]}/{f}").st_mode & 0o100 for f in ("a", "run")]
    return (good(e) and read(j, "a") == store["/a"] and read(j, "deep/er/b b") == store["/b"] and modes == [0, 0o100] and
            value(e, "files") == "3" and value(e, "bytes") == str(7 + 300000 + 18)), e


def never_starts():
    """A transfer that cannot be started fails after a few tries, and says why."""
    j = job(("in", "a", f"{GOOD}/a"))
    lock = f"{where[j]}/.gatehouse/stage-in/lock"
    os.makedirs(lock)
    for d in (lock, os.path.dirname(lock), f"{where[j]}/.gatehouse"):
        if ROOT:
            shutil.chown(d, accounts.name["a"])
    e = stage(j)
    return e.startswith("ok good=0") and "lock" in e, e


def replaced():
    """... and one whose place is a link fails at once."""
    j = job(("in", "a", f"{GOOD}/a"))
    os.symlink("/tmp", f"{where[j]}/.gatehouse")
    e = stage(j)
    return e.startswith("ok good=0") and "link" in e, e


def nothing_to_do():
    j = job()
    return all(good(stage(j, s)) for s in ("in", "out", "clean"))


def missing():
    j = job(("in", "a", f"{GOOD}/a"), ("in", "x", f"{GOOD}/nothere"))
    e = stage(j)
    return e.startswith("ok good=0") and "/nothere" in e, e


def stage_out():
    j = job(("out", "o", f"{GOOD}/out/o"), ("out", "p", f"{GOOD}/out/p"))
    for n in "op":
        with open(f"{where[j]}/{n}", "w") as f:
            f.write(f"result {n}")
        if ROOT:
            shutil.chown(f"{where[j]}/{n}", accounts.name["a"])
    e = stage(j, "out")
    return (good(e) and store["/out/o"] == b"result o" and store["/out/p"] == b"result p"), e


def output_missing():
    e = stage(job(("out", "never", f"{GOOD}/out/never")), "out")
    return e.startswith("ok good=0") and "never" in e, e


def keep_what_is_there():
    j = job(("in", "a", f"{GOOD}/a", "keep"), ("in", "b", f"{GOOD}/b", "keep"))
    with open(f"{where[j]}/a", "w") as f:
        f.write("mine")
    e = stage(j)
    return (good(e) and read(j, "a") == b"mine" and read(j, "b") == store["/b"]), e


def policy():
    answers = []
    for url, own in (("file:///etc/passwd", ()), ("ldap://x/", ()), ("gsiftp://h/a", ("", "second")), ("gsiftp://h/a", ())):
        job(("in", "a", url) + own)
        answers.append(r.cmd("check"))
    job(("in", "a", f"{GOOD}/a", "append"))
    answers.append(r.cmd("check"))
    return [a.startswith("err") for a in answers] == [True, True, False, True, True], answers


def own_credentials():
    j = job(("in", "a", f"{GOOD}/a"), ("in", "b", f"{GOOD}/b", "", "second"))
    e = stage(j)
    left = os.path.exists(f"{where[j]}/.gatehouse/stage-proxy")
    k = job(("in", "a", f"{GOOD}/a", "", "none"))
    f = stage(k)
    return (good(e) and read(j, "a") == store["/a"] and read(j, "b") == store["/b"] and not left and
            f.startswith("ok good=0") and "none" in f), e + f


def dead_peer():
    gate.clear()
    dead = [job(("in", "a", f"{DEAD}/hang/a"), dn=(ALICE, BOB)[i % 2]) for i in range(6)]
    for i, j in enumerate(dead):
        describe(("in", "a", f"{DEAD}/hang/a"))
        value(r.cmd("register", j, (ALICE, BOB)[i % 2]), "path")
        r.cmd("stage", j, "in")
    until("they hang", lambda: gets.count("/hang/a") >= 3)
    others = [stage(job(("in", "a", f"{GOOD}/a"))) for _ in range(6)]
    waits = [r.cmd("done", j, "in", "now") for j in dead]
    gate.set()
    ends = [r.cmd("done", j, "in") for j in dead]
    return all(map(good, others)) and waits == ["ok not yet"] * 6 and all(map(good, ends)), (others, waits, ends)


def cancel():
    gate.clear()
    j = job(("in", "a", f"{DEAD}/hang/a"))
    r.cmd("stage", j, "in")
    until("it runs", lambda: pid(j) > 0)
    p = pid(j)
    r.cmd("stagecancel", j, "in")
    until("it is gone", lambda: not alive(p))
    gate.set()
    return r.cmd("done", j, "in", "now") == "ok not yet" and r.cmd("load") == "ok queued=0 running=0"


def restart_adopts():
    gate.clear()
    store["/slow"] = b"x" * 1000
    j = job(("in", "s", f"{DEAD}/hang/slow"))
    r.cmd("stage", j, "in")
    until("it asks", lambda: "/hang/slow" in gets)
    before = pid(j)
    r.p.kill(), r.p.wait()
    r.start()
    r.cmd("register", j, ALICE)
    describe(("in", "s", f"{DEAD}/hang/slow"))
    r.cmd("stage", j, "in"), r.cmd("stage", j, "in")
    same = pid(j) == before
    gate.set()
    e = r.cmd("done", j, "in")
    return good(e) and same and gets.count("/hang/slow") == 1 and read(j, "s") == store["/slow"], (same, e)


def ended_meanwhile():
    gate.clear()
    store["/while"] = b"y" * 1000
    j = job(("in", "s", f"{DEAD}/hang/while"))
    r.cmd("stage", j, "in")
    until("it asks", lambda: "/hang/while" in gets)
    p = pid(j)
    r.p.kill(), r.p.wait()
    gate.set()
    until("it ends alone", lambda: not alive(p))
    r.start()
    r.cmd("register", j, ALICE)
    describe(("in", "s", f"{DEAD}/hang/while"))
    e = stage(j)
    return good(e) and gets.count("/hang/while") == 1, e


def killed(victim):
    gate.clear()
    name = uuid.uuid4().hex
    store[f"/{name}"] = b"z" * 1000
    j = job(("in", "s", f"{DEAD}/hang/{name}"))
    r.cmd("stage", j, "in")
    until("it asks", lambda: f"/hang/{name}" in gets)
    p = pid(j)
    os.kill(p if victim == "supervisor" else int(open(f"/proc/{p}/task/{p}/children").read().split()[0]), signal.SIGKILL)
    until("it asks again", lambda: gets.count(f"/hang/{name}") == 2)
    gate.set()
    e = r.cmd("done", j, "in")
    return good(e) and read(j, "s") == b"z" * 1000, e


def freeze(j):
    """Stop the supervisor of J's stage-in and all that it runs, as its user may."""
    p = pid(j)
    os.kill(p, signal.SIGSTOP)
    for child in open(f"/proc/{p}/task/{p}/children").read().split():
        os.kill(int(child), signal.SIGSTOP)
    return p


def running():
    return int(value(r.cmd("load"), "running"))


def ends(j):
    """How J's stage-in ended; one that never does fails the test."""
    until(f"{j} is staged", lambda: (box.update(e=r.cmd("done", j, "in", "now")), box["e"] != "ok not yet")[1])
    return box["e"]


def frozen_user():
    """Who freezes his transfers, at many endpoints, has no more than there are slots, and another's go on: here and there."""
    r.stop()
    r.options.append("gatekeeper.staging_stall=1")
    r.start()
    gate.clear()
    hosts = [GOOD, DEAD] + [serve() for _ in range(4)]
    mine = [job(("in", "a", f"{h}/hang/a")) for h in hosts * 3]
    for i, j in enumerate(mine):
        describe(("in", "a", f"{(hosts * 3)[i]}/hang/a"))
        r.cmd("register", j, ALICE)
        r.cmd("stage", j, "in")
    held, counts = {}, []

    def all_held():
        for j in mine:
            if j not in held and pid(j) > 0:
                held[j] = freeze(j)
        counts.append(running())
        return len(held) >= 4

    until("as many as there are slots are frozen", all_held)
    others = []
    for h in hosts:  # one after the other, so longer than a stall
        other = job(("in", "a", f"{h}/a"), dn=BOB)
        r.cmd("stage", other, "in")
        others.append(ends(other))
        all_held()
    queued = [r.cmd("done", j, "in", "now") for j in mine]
    for j in mine:
        r.cmd("stagecancel", j, "in")
    until("what was frozen ends", lambda: not any(map(alive, held.values())))
    gate.set()
    return (all(map(good, others)) and queued == ["ok not yet"] * len(mine) and len(held) == 4 and max(counts) <= 4,
            (others, len(held), counts))


def frozen_deadline():
    """... and a deadline is kept, whoever stopped the supervisor that should keep it; nothing of it is left."""
    gate.clear()
    j = job(("in", "a", f"{DEAD}/hang/a"))
    r.cmd("stage", j, "in")
    until("it runs", lambda: pid(j) > 0)
    p = freeze(j)
    e = ends(j)
    gate.set()
    return e.startswith("ok good=0") and "within 1 s" in e and not alive(p), e


def deadline():
    r.stop()
    r.options.append("gatekeeper.staging_deadline=1")
    r.start()
    gate.clear()
    j = job(("in", "a", f"{DEAD}/hang/a"))
    e = stage(j)
    gate.set()
    return e.startswith("ok good=0") and "within 1 s" in e, e


def clean():
    j = job(("in", "a", f"{GOOD}/a", "", "", "delete"), ("in", "b", f"{GOOD}/b"),
            clean=["d", f"file://{scratch.dir}/away/sub"])
    os.mkdir(f"{scratch.dir}/away")
    os.makedirs(f"{scratch.dir}/away/sub/x")
    if ROOT:
        for d in ("away", "away/sub", "away/sub/x"):
            shutil.chown(f"{scratch.dir}/{d}", accounts.name["a"])
    stage(j)
    e = stage(j, "clean")
    return (good(e) and not os.path.exists(f"{where[j]}/a") and os.path.exists(f"{where[j]}/b") and
            os.listdir(f"{scratch.dir}/away") == []), e


for title, test in (
        ("files come in, where they belong, and a program can be run", stage_in),
        ("a step with nothing to do is done", nothing_to_do),
        ("a file that is not there is named", missing),
        ("a transfer that cannot be started fails after a few tries", never_starts),
        ("... and at once where a link is in its place", replaced),
        ("files go out", stage_out),
        ("an output that was never written is named", output_missing),
        ("what must not be overwritten is not", keep_what_is_there),
        ("the site says which schemes and ways", policy),
        ("a transfer has a credential of its own", own_credentials),
        ("a dead peer delays its own jobs only", dead_peer),
        ("cancel ends the transfer, and nothing is said of it", cancel),
        ("a restart adopts the transfer that runs", restart_adopts),
        ("one that ended meanwhile is not done again", ended_meanwhile),
        ("gridcp killed: it goes on", lambda: killed("gridcp")),
        ("its supervisor killed: it goes on", lambda: killed("supervisor")),
        ("marked files and the clean-up list go", clean),
        ("who freezes his transfers hinders only himself", frozen_user),
        ("the deadline ends a transfer", deadline),
        ("... and one whose supervisor is frozen", frozen_deadline)):
    try:
        result = test()
    except Exception as e:
        result = False, f"{type(e).__name__}: {e}"
    ok(title, *(result if isinstance(result, tuple) else (result,)))
done()
