#!/usr/bin/python3
"""FIFOs and character devices at our server: /dev/zero is read as long as the client wants, /dev/null and what a reader has open
are written, by gridcp and by globus-url-copy, over one connection and over several.  Nothing waits for ever."""
import itertools
import os
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
# pylint: disable=wrong-import-position
import gsiftp
from ftpgrid import BIN, Failure, Tap, World, data, have, read, same, skip_all, until, write

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
names = itertools.count()
SIZE = 5 << 20
CONTENT = data(SIZE)
write(f"{w.loc}/content", CONTENT)
ours = w.start("ours")
hasty = w.start("ours", "-o", "gridftp.data_timeout=1")
strict = w.start("ours", "-o", f"gridftp.allow={w.srv}")
GRIDCP = [f"{BIN}/gridcp", "-rst-retries", "1", "-rst-interval", "1"]
CLIENTS = [GRIDCP, [*GRIDCP, "-p", "1"], [*GRIDCP, "-p", "4"], [*GRIDCP, "-dcpriv"]]
if have("globus-url-copy"):
    CLIENTS += [["globus-url-copy"], ["globus-url-copy", "-p", "4"], ["globus-url-copy", "-dcpriv"]]


def fifo():
    path = f"{w.srv}/fifo{next(names)}"
    os.mkfifo(path, 0o666)
    os.chmod(path, 0o666)
    return path


def must(r):
    if r.code:
        raise Failure(r.text())


def from_fifo(client):
    path, got = fifo(), f"{w.loc}/got{next(names)}"
    t = threading.Thread(target=write, args=(path, CONTENT, 0o666))
    t.start()
    must(w.run([*client, ours.url(path), f"file://{got}"]))
    t.join()
    same(got, CONTENT)


def to_fifo(client):
    path = fifo()
    got = []
    first = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # there is a reader before the client begins
    t = threading.Thread(target=lambda: got.append(read(path)))
    t.start()
    try:
        r = w.run([*client, f"file://{w.loc}/content", ours.url(path)])
    finally:
        os.close(os.open(path, os.O_WRONLY))  # a reader that no writer came to goes on
        os.close(first)
        t.join()
    must(r)
    if got[0] != CONTENT:
        raise Failure(f"{len(got[0])} bytes of {SIZE} came")


def to_null(client):
    must(w.run([*client, f"file://{w.loc}/content", ours.url("/dev/null")]))


def from_zero(client):
    got = f"{w.loc}/got{next(names)}"
    must(w.run([*client, "-len", str(SIZE), ours.url("/dev/zero"), f"file://{got}"]))
    same(got, bytes(SIZE))


def until_the_end(client):
    """The client ends, and the session with it."""
    server = w.start("ours")
    p = subprocess.Popen([*client, server.url("/dev/zero"), "file:///dev/null"], env=w.env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=w.loc)
    try:
        pid = until_reads_zero(server, p)
    finally:
        p.send_signal(signal.SIGKILL)
        p.wait()
    until("the transfer ends", lambda: re.search(r"ftp\.transfer\.end .*path=/dev/zero", read(server.log + ".out").decode()))
    until("its session ends", lambda: pid not in server.pids())


def until_reads_zero(server, p):
    """The session that has /dev/zero open, and reads it."""
    found = []

    def look():
        for pid in server.sessions():
            try:
                if any(os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/zero" for fd in os.listdir(f"/proc/{pid}/fd")):
                    found.append(pid)
            except OSError:
                pass
        return found or p.poll() is not None
    until("a session reads /dev/zero", look)
    if not found:
        raise Failure(f"the client ended with {p.returncode}")
    return found[0]


def timed_out(mode):
    """A FIFO that nobody writes: the session goes on after gridftp.data_timeout."""
    path = fifo()
    with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        try:
            (x.retr_stream if mode == "S" else x.retr_blocks)(path)
        except (OSError, ValueError, EOFError, gsiftp.struct.error):
            x.last = x.reply()
        except gsiftp.Refused as e:
            x.last = (e.code, str(e))
        if x.last[0] != 451:
            raise Failure(f"{x.last}")
        x.expect(257, "PWD")


def full(mode):
    """A FIFO whose reader reads nothing."""
    path = fifo()
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
            blocks = [(o, CONTENT[o:o + 65536]) for o in range(0, SIZE, 65536)]
            code, text = x.stor_stream(path, CONTENT) if mode == "S" else x.stor_blocks(path, blocks)
            if code != 451:
                raise Failure(f"{code} {text}")
            x.expect(257, "PWD")
    finally:
        os.close(reader)


def unread(client):
    """A FIFO that nobody reads is told of at once."""
    r = w.run([*client, f"file://{w.loc}/content", ours.url(fifo())])
    if r.code == 0 or b"No process reads this FIFO" not in r.out + r.err:
        raise Failure(r.text())


def forbidden(client):
    r = w.run([*client, "-len", "10", strict.url("/dev/zero"), "file:///dev/null"])
    if r.code == 0 or not re.search("ermission denied", r.text()):
        raise Failure(r.text())


cases = [(f"{what}: {' '.join(c).replace(BIN + '/', '').replace(' -rst-retries 1 -rst-interval 1', '')}", f, c) for c in CLIENTS for what, f in
         (("from a FIFO", from_fifo), ("into a FIFO", to_fifo), ("into /dev/null", to_null), ("from /dev/zero", from_zero))]
cases += [(f"{what}: {os.path.basename(c[0])}", f, c) for c in CLIENTS[::4] for what, f in
          (("/dev/zero until the client ends", until_the_end), ("a FIFO that nobody reads", unread),
           ("/dev/zero where the rules do not allow it", forbidden))]
cases += [(f"{what} in mode {m}", f, m) for m in "SE" for what, f in
          (("a FIFO that nobody writes", timed_out), ("a FIFO whose reader stands still", full))]
tap.run(cases, 3)
tap.done()
