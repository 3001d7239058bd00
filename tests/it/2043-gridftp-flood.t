#!/usr/bin/python3
"""Who never logs in has no more than gridftp.login_timeout, however busy he looks; who reads no reply has
gridftp.idle_timeout."""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import BIN, DEADLINE, Failure, Tap, World, have, skip_all, until  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
w = World()
server = w.start("ours", "-o", "gridftp.login_timeout=1")
mute = w.start("ours", "-o", "gridftp.idle_timeout=2")


def drain(s):
    try:
        while s.recv(1 << 20):
            pass
    except OSError:
        pass


def floods(what):
    """Commands without a pause, every reply read."""
    s = socket.create_connection(("127.0.0.1", server.port), DEADLINE)
    reader = threading.Thread(target=drain, args=(s,))
    reader.start()
    end = time.monotonic() + DEADLINE
    try:
        while time.monotonic() < end:
            s.sendall(what)
    except OSError:
        pass  # it was ended
    finally:
        s.close()
        reader.join()
    if time.monotonic() >= end:
        raise Failure(f"still served after {DEADLINE} s")
    until("the end of its process", lambda: not server.sessions())


def reads_nothing():
    """Logged in, commands without a pause, no reply read."""
    x = gsiftp.Session(mute.port, w.proxy("alice"), f"{w.pki}/certificates", timeout=DEADLINE)
    try:
        while True:
            x.send("HELP")
    except OSError as e:
        if isinstance(e, TimeoutError):
            raise Failure(f"still served after {DEADLINE} s") from e
    finally:
        x.sock.close()
    until("the end of its processes", lambda: not mute.sessions())


tap = Tap(w)
tap.case("NOOP for ever", floods, b"NOOP\r\n" * 200)
tap.case("HELP for ever", floods, b"HELP\r\n" * 20)
tap.case("nonsense for ever", floods, b"x\r\n" * 200)
tap.case("HELP for ever, no reply read", reads_nothing)
tap.done()
