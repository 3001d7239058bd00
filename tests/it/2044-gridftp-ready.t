#!/usr/bin/python3
"""Codecs that are forked ahead and wait for connections: each serves one, none has an older credential or log than the
daemon, and they count in no limit."""
import os
import re
import signal
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import Failure, read, until  # pylint: disable=wrong-import-position

READY = 3
w = ftpgrid.World()


def start(*options):
    return w.start("ours", "-o", f"gridftp.codecs_ready={READY}", "-o", "log.level=info", *options)


def full(server):
    until(f"{READY} codecs wait", lambda: len(server.waiting()) == READY)
    return set(server.waiting())


def session(server):
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates", timeout=ftpgrid.DEADLINE)


def opened(server):
    """Pids of the codecs that took a session, in order."""
    return [int(p) for p in re.findall(r" gridftp\[(\d+)\] ftp\.session\.open ", read(f"{server.log}.out").decode())]


def use(server, n=1):
    for _ in range(n):
        with session(server) as x:
            x.expect(2, "PWD")


def served():
    server = start()
    waiting = full(server)
    if ftpgrid.ROOT and any(os.stat(f"/proc/{p}").st_uid == 0 for p in waiting):
        raise Failure("who waits is root")
    use(server)
    if opened(server)[0] not in waiting:
        raise Failure(f"{opened(server)} did not wait before: {waiting}")
    use(server, 2 * READY)
    took = opened(server)
    if len(took) != 2 * READY + 1 or len(set(took)) != len(took):
        raise Failure(f"a codec served twice: {took}")
    full(server)
    server.stop()
    until("the end of those that wait", lambda: not server.waiting())


def limits():
    server = start("-o", "gridftp.sessions_max=1")
    full(server)
    with session(server) as x:
        x.expect(2, "PWD")
        full(server)
        try:
            session(server).close()
        except (OSError, EOFError, AssertionError, gsiftp.Refused) as e:
            print(f"# the second: {e}")
        else:
            raise Failure("a second session was let in")
    until("the session's end", lambda: not server.sessions())
    use(server)


def renewed():
    server = start()
    old = full(server)
    script = f'SCRATCH={w.dir}; cleanup() {{ :; }}; . "$SRC/tests/lib/grid.sh"; grid_fqdn=localhost; grid_host {w.pki} renewed'
    r = w.run(["sh", "-c", script], env={"SRC": ftpgrid.SRC, "GRID_KEY": "rsa:2048"})
    if r.code:
        raise Failure(r.text())
    use(server)
    if opened(server)[0] in old:
        raise Failure("a codec with the old certificate took the connection")
    until("the end of the old ones", lambda: not old & set(server.waiting()))
    full(server)


def hangup():
    server = start()
    old = full(server)
    server.p.send_signal(signal.SIGHUP)
    until("others in their place", lambda: not old & set(server.waiting()) and len(server.waiting()) == READY)
    use(server)


def killed():
    server = start()
    old = full(server)
    for p in old:
        os.kill(p, signal.SIGKILL)
    until("their end", lambda: not old & set(server.pids()))
    use(server, 2)
    full(server)


tap = ftpgrid.Tap(w)
tap.case("a connection is taken by a codec that waited, without privileges, and no codec takes two", served)
tap.case("those that wait count in no limit", limits)
tap.case("after a new host certificate none of the old ones takes a connection", renewed)
tap.case("SIGHUP replaces them: the log may be another file", hangup)
tap.case("those that are killed are replaced, and connections served meanwhile", killed)
tap.done()
