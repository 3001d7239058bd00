#!/usr/bin/python3
"""A server that stops answering, or answers byte by byte for ever: gridcp waits -st, tries as often as it was told, and
says so."""
import itertools
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from ftpgrid import BIN, Failure, Tap, World, have, skip_all  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridcp"):
    skip_all("gridcp is not built")
w = World()
REPLIES = {b"USER": b"331 x", b"PASS": b"230 x", b"FEAT": b"211 end", b"EPSV": b"500 no", b"SIZE": b"213 10"}


class Odd:
    """A plain FTP server whose answer to PASV is made by ODDLY."""

    def __init__(self, oddly):
        self.oddly, self.sessions = oddly, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            c, _ = self.listener.accept()
            self.sessions += 1
            threading.Thread(target=self.talk, args=(c,), daemon=True).start()

    def talk(self, c):
        try:
            c.sendall(b"220 hello\r\n")
            for line in c.makefile("rb"):
                if line.startswith(b"PASV"):
                    self.oddly(c)
                else:
                    c.sendall(REPLIES.get(line[:4], b"200 ok") + b"\r\n")
        except OSError:
            pass


def drip(c):
    for i in itertools.count():
        c.sendall(b"2" if i % 3 else b"-")
        time.sleep(0.3)


def gives_up(oddly):
    server = Odd(oddly)
    url = f"ftp://localhost:{server.listener.getsockname()[1]}/f"
    r = w.run([f"{BIN}/gridcp", "-st", "1", "-rst-retries", "1", url, f"file://{w.loc}/f"])
    if r.code != 75 or "/f" not in r.text() or "no answer" not in r.text() or server.sessions != 2:
        raise Failure(f"{r.code}, {server.sessions} sessions: {r.text()}")
    if os.listdir(w.loc):
        raise Failure(f"left: {os.listdir(w.loc)}")


tap = Tap(w)
tap.case("no answer to PASV", gives_up, lambda c: None)
tap.case("an answer that never ends", gives_up, drip)
tap.done()
