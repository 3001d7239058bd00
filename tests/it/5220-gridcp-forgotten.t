#!/usr/bin/python3
"""A middlebox that forgets silent connections, between gridcp and its servers: keepalive probes of either end prevent it, and
where they do not, the reply that is missing to data that is all here is not waited for as long as data is."""
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
# At 2 Mbit/s the file takes much longer than a silent connection is remembered.  The window fits into the queue: a reply that
# the queue drops would be sent again and again, and the connection would not be silent.
SLOW = {"rate": 2, "queue": 256, "idle": 4500}
WINDOW = ["-tcp-bs", "65536"]
plain, probing = path.start(w, "ours"), path.start(w, "ours", "-o", "gridftp.keepalive=1")
near = path.start(w, "ours", near=True)
NEVER = ["-keepalive", "0"]
ftpgrid.write(f"{w.srv}/file", ftpgrid.data(2000000))
ftpgrid.write(f"{w.loc}/file", ftpgrid.data(2000000))


def copy(source, target, copied, *options):
    """Copies and compares; what the path has counted."""
    path.become(**SLOW)
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-p", "1", *WINDOW, *options, source, target])
    count = path.tell()
    if r.code:
        raise ftpgrid.Failure(r.text())
    ftpgrid.same(copied, ftpgrid.data(2000000))
    os.unlink(copied)
    return count


def get(server, *options):
    return copy(server.url(f"{w.srv}/file"), f"{w.loc}/got", f"{w.loc}/got", *options)


def is_remembered(how, *args):
    count = how(*args)
    if count["idle"] > 0:
        raise ftpgrid.Failure(f"forgotten: {count}")


def is_had_in_spite(*options):
    """Both ends are silent: the reply is lost; a second session needs no data."""
    count = get(plain, *NEVER, "-reply-timeout", "1", *options)
    if count["idle"] < 1:
        raise ftpgrid.Failure(f"nothing was forgotten: {count}")


def third(source, target, *options):
    return copy(source.url(f"{w.srv}/file"), target.url(f"{w.srv}/copy"), f"{w.srv}/copy", *options)


def third_in_spite():
    count = third(plain, near, *NEVER, "-reply-timeout", "1")
    if count["idle"] < 1:
        raise ftpgrid.Failure(f"nothing was forgotten: {count}")


tap = ftpgrid.Tap(w)
tap.run([("the client's probes keep a get's control connection", is_remembered, get, plain, "-keepalive", "1"),
         ("in MODE E as well", is_remembered, get, plain, "-keepalive", "1", "-fast"),
         ("so do the server's", is_remembered, get, probing, *NEVER),
         ("those to the source of a third party transfer too", is_remembered, third, plain, near, "-keepalive", "1"),
         ("a reply that is missing to all data is not waited for long", is_had_in_spite),
         ("nor in MODE E", is_had_in_spite, "-fast"),
         ("nor by a third party", third_in_spite)], workers=1)
tap.done()
