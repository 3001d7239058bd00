#!/usr/bin/python3
"""Buffers and congestion control of data connections over a long path: what -tcp-bs is granted is said, and who sends over a
path that loses packets goes on with BBR, where the kernel allows it to everybody."""
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
path.sysctl("tcp_congestion_control", "reno")
server = path.start(w, "ours")
CONTENT = ftpgrid.data(1500000)
for d in (w.srv, w.loc):
    ftpgrid.write(f"{d}/file", CONTENT)


def controls(*argv):
    """Which congestion controls the data connections had at both ends while gridcp ran."""
    seen = set()
    done = threading.Event()

    def watch():
        while not done.wait(0.1):
            for at in ((), longpath.wrap()):
                r = subprocess.run([*at, "ss", "-tinH", "state", "established"], capture_output=True, text=True, check=False)
                seen.update(word for line in r.stdout.splitlines() if "bytes_sent:" in line
                            for word in line.split()[:1] if int(line.split("bytes_sent:")[1].split()[0]) > 200000)
    t = threading.Thread(target=watch)
    t.start()
    try:
        r = w.run([f"{ftpgrid.BIN}/gridcp", "-p", "1", *argv])
    finally:
        done.set()
        t.join()
    if r.code:
        raise ftpgrid.Failure(r.text())
    return seen


def goes_on_with(want, argv, copied, loss):
    if "bbr" not in ftpgrid.read("/proc/sys/net/ipv4/tcp_allowed_congestion_control").decode().split():
        raise ftpgrid.Skip("this kernel allows no BBR")
    path.become(delay=10, rate=4, queue=4000, loss=loss)
    seen = controls(*argv)
    ftpgrid.same(copied, CONTENT)
    os.unlink(copied)
    if want not in seen or (want != "bbr" and "bbr" in seen):
        raise ftpgrid.Failure(f"seen {seen}, wanted {want}")


def is_said():
    path.become()
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-dbg", "-tcp-bs", "1g", server.url(f"{w.srv}/file"), f"{w.loc}/got"])
    os.unlink(f"{w.loc}/got")
    if r.code or "this host grants" not in r.text() or "bytes are granted" not in r.text():
        raise ftpgrid.Failure(r.text()[-1500:])


def is_told():
    """The size goes to the server, and what fits is not complained of."""
    path.become()
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-dbg", "-tcp-bs", "64k", server.url(f"{w.srv}/file"), f"{w.loc}/got"])
    os.unlink(f"{w.loc}/got")
    if r.code or "SBUF 65536" not in r.text() or "grant" in r.text():
        raise ftpgrid.Failure(r.text()[-1500:])


get = [server.url(f"{w.srv}/file"), f"{w.loc}/got"]
put = [f"{w.loc}/file", server.url(f"{w.srv}/put")]
tap = ftpgrid.Tap(w)
tap.run([("more than a host grants to -tcp-bs is said, by both", is_said), ("the server is told of -tcp-bs", is_told),
         ("a server that loses packets goes on with BBR", goes_on_with, "bbr", get, f"{w.loc}/got", 2),
         ("a client that does, too", goes_on_with, "bbr", put, f"{w.srv}/put", 2),
         ("who loses none stays with what the host has", goes_on_with, "reno", get, f"{w.loc}/got", 0)], workers=1)
tap.done()
