#!/usr/bin/python3
"""The disk of the log is full: each daemon goes on with its work, says so once on stderr, and counts what it lost in the log
(log.lost) as soon as there is room again."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, ROOT, Client, Daemon, Gatekeeper, Grid, done, ok, sh_job, skip, until  # noqa: E402

NAMES = ("gatekeeper", "gridftp", "mds")
TITLES = ("goes on while its log cannot be written", "says so on stderr, and not again for each connection",
          "counts what it lost in the log once there is room", "ends when it is told to, without another word")
if not ROOT:
    for name in NAMES:
        for t in TITLES:
            skip(f"{name} {t}", "a file system can be mounted by root only")
    done()
grid = Grid("alice")
disk = f"{grid.dir}/disk"
os.mkdir(disk)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", disk], check=True)


def fill():
    with open(f"{disk}/ballast", "ab", buffering=0) as f:
        try:
            while f.write(b"\0" * 4096):
                pass
        except OSError:
            pass


def stderr(d):
    return type(d).__mro__[1].text(d)


def with_log_file(base):
    """A daemon whose events are in a file of the small disk."""
    class Logging(base):
        def text(self):
            try:
                with open(f"{disk}/{self.name}.log", errors="replace") as f:
                    return f.read()
            except OSError:
                return ""
    return Logging


def job():
    alice = Client(grid, grid.proxy("alice"), gate.url)
    try:
        return bool(alice.wait(alice.create(sh_job("true"))))
    finally:
        alice.close()


def copy():
    env = dict(os.environ, X509_CERT_DIR=f"{grid.pki}/certificates", X509_USER_PROXY=grid.proxy("alice"))
    got = f"{grid.dir}/got"
    p = subprocess.run([f"{BIN}/gridcp", f"gsiftp://localhost:{ftp.port}/etc/passwd", got], env=env, capture_output=True, text=True)
    return p.returncode == 0 or print("#", p.stderr)


def query():
    """A stranger's registration, which is refused and logged, and an answer."""
    who = Client(grid, grid.proxy("alice"), mds.url)
    try:
        who.soap('<g:Add xmlns:g="http://docs.oasis-open.org/wsrf/sg-2"/>', path="/wsrf/services/DefaultIndexService")
        return who.request("GET", "/health")[0] == 200
    finally:
        who.close()


def said_once(d, work):
    """The first of its processes to notice says so, and those that are forked later do not say it again."""
    work()
    said = stderr(d)
    for _ in range(3):
        work()
    return re.fullmatch(rf"([a-z-]+: cannot write to the log '{disk}/{d.name}.log': No space left .*\n)+", said) and stderr(d) == said


def counted(d, work):
    """log.lost, on a line of its own: what was cut off before it is ended.  Of several processes each knows of its own lines."""
    until("the log says so", lambda: work() and d.logged("log.lost"))
    lines = [ln for ln in d.text().splitlines() if " log.lost " in ln]
    return d.name != "mds" or all(re.match(r"\S{24} error mds\[\d+\] log.lost count=", ln) for ln in lines) or print("#", lines)


def ended(d):
    said = stderr(d)
    return d.stop() == 0 and "daemon.end" in d.text() and stderr(d) == said


def tested(d, work):
    lost = lambda: "events are lost" in stderr(d)  # noqa: E731
    work()
    fill()
    for title, test in zip(TITLES, (lambda: until("a line is lost", lambda: not work() or lost()) and lost() and work(),
                                    lambda: said_once(d, work),
                                    lambda: os.unlink(f"{disk}/ballast") or counted(d, work),
                                    lambda: ended(d))):
        ok(f"{d.name} {title}", lambda test=test: test() or print("#", stderr(d)[-1000:]))


def options(name):
    return [f"log.file={disk}/{name}.log", "log.level=debug"]


try:
    gate = with_log_file(Gatekeeper)(grid, options("gatekeeper")).start()
    tested(gate, job)
    ftp = with_log_file(Daemon)(grid, "gridftp", ["gridftp.codecs_ready=0"] + options("gridftp")).start()
    tested(ftp, copy)
    mds = with_log_file(Daemon)(grid, "mds", [f"mds.state={grid.dir}/mds"] + options("mds")).start()
    tested(mds, query)
finally:
    subprocess.run(["umount", "-l", disk], check=False)
done()
