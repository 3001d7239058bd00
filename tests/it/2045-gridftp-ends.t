#!/usr/bin/python3
"""SIGTERM ends the daemon at once, whatever its clients do.  Sessions go on to their own end, and none is without one: half
logins, idle sessions and transfers that do not move are told so in their time, and then no process is left."""
import os
import socket
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import Failure, until  # pylint: disable=wrong-import-position

w = ftpgrid.World()
TIMES = [word for name in ("login", "idle", "data") for word in ("-o", f"gridftp.{name}_timeout=4")]
ftpgrid.write(f"{w.srv}/large", ftpgrid.data(64 << 20))
server = w.start("ours", "-o", "gridftp.codecs_ready=2", *TIMES)


def connection():
    """One that has been greeted."""
    s = socket.create_connection(("127.0.0.1", server.port), ftpgrid.DEADLINE)
    f = s.makefile("rb")
    if not f.readline().startswith(b"220"):
        raise Failure("no greeting")
    return s, f


def mute():
    _, f = connection()
    return f.read


def half():
    """Its handshake has begun."""
    s, f = connection()
    s.sendall(b"AUTH GSSAPI\r\n")
    if not f.readline().startswith(b"334"):
        raise Failure("no GSSAPI")
    return f.read


def session():
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates", timeout=ftpgrid.DEADLINE)


def rest(s):
    """Reads replies to the end of the session."""
    def read():
        said = []
        try:
            while True:
                said.append("%d %s" % s.reply())
        except (EOFError, OSError, ValueError, IndexError, gsiftp.Refused):
            return "\n".join(said).encode()
    return read


def idle():
    return rest(session())


def transfer(line, data=b""):
    """It has begun, and then the client does nothing more."""
    s = session()
    c = s.connect()
    s.expect(1, line)
    if data:
        c.sendall(data)
    s.kept = c
    return rest(s)


def lonely():
    """Nobody connects to where the server listens."""
    s = session()
    s.pasv()
    s.expect(1, f"STOR {w.srv}/lonely")
    return rest(s)


CLIENTS = {"a client that says nothing": (mute, b"421"), "one in the middle of its login": (half, b"421"),
           "an idle session": (idle, b"421"), "a put whose data has stopped": (lambda: transfer(f"STOR {w.srv}/put", b"some"), b"426"),
           "a get that nobody reads": (lambda: transfer(f"RETR {w.srv}/large"), b"426"),
           "a put without a data connection": (lonely, b"425")}
tap = ftpgrid.Tap(w)
readers = {name: begin() for name, (begin, _) in CLIENTS.items()}
family = server.pids()


def ends():
    server.p.terminate()
    if server.p.wait(ftpgrid.DEADLINE) != 0:
        raise Failure(f"it ended with {server.p.returncode}")


def told(name):
    said = readers[name]()
    if CLIENTS[name][1] not in said:
        raise Failure(f"it was told {said}, not {CLIENTS[name][1]}")


def alive():
    """Those that are no zombies of whoever has to reap them here."""
    found = []
    for pid in family:
        try:
            with open(f"/proc/{pid}/stat") as f:
                if f.read().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(pid)
        except OSError:
            pass
    return found


tap.case("the daemon ends", ends)
for title in CLIENTS:
    tap.case(f"{title} is told", told, title)
tap.case("and no process is left", until, "the end of every process", lambda: not alive())
tap.done()
