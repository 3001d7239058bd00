#!/usr/bin/python3
"""A path that drops large packets without a word (an MTU black hole): the message names it, and what to do; a path that is
down is not taken for one."""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
server, hasty = path.start(w, "ours"), path.start(w, "ours", "-o", "gridftp.data_timeout=6")
for d in (w.loc, w.srv):
    ftpgrid.write(f"{d}/file", ftpgrid.data(8000000))
HINT = "a router"
SURE = "small packets pass and large ones do not"


def begin(*argv):
    return subprocess.Popen([f"{ftpgrid.BIN}/gridcp", "-v", "-connect-timeout", "6", "-rst-retries", "1", *argv],
                            env=w.env, stderr=subprocess.PIPE, text=True)


def put(*options):
    return begin(*options, f"{w.loc}/file", server.url(f"{w.srv}/put"))


def ended(p):
    text = p.communicate(timeout=ftpgrid.DEADLINE)[1]
    if p.returncode != 75:
        raise ftpgrid.Failure(f"ended with {p.returncode}: {text}")
    return text


def in_the_login(size, *words):
    path.become(hole=size)
    text = ended(put())
    if not all(word in text for word in (HINT, "tcp_mtu_probing", *words)):
        raise ftpgrid.Failure(text)


def in_the_data(copy, *words):
    """The login passes, and the hole opens while data flows; what the first try ended with is told before the second."""
    path.become(rate=8, queue=100)
    p = copy()
    ftpgrid.until("data flows", lambda: path.tell()["packets"] > 1000)
    path.tell(hole=600)
    text = ended(p)
    if not any(all(word in line for word in ("tcp_mtu_probing", *words)) for line in text.splitlines()):
        raise ftpgrid.Failure(text)


def client_stalls():
    return put("-stall-timeout", "6")


def server_stalls():
    return begin(hasty.url(f"{w.srv}/file"), f"{w.loc}/got")


def down():
    """It stops where a hole would stop it, but nothing passes."""
    path.become(hole=600)
    p = put()
    ftpgrid.until("a large packet is lost", lambda: path.tell()["hole"] > 0)
    path.tell(down=1)
    text = ended(p)
    if HINT in text or "no answer from" not in text:
        raise ftpgrid.Failure(text)


tap = ftpgrid.Tap(w)
tap.run([("a path of which nothing large comes is named", in_the_login, 600),
         ("one that takes 1400, by what comes out of order", in_the_login, 1400, SURE),
         ("one that becomes so while data is put, too", in_the_data, client_stalls, "no data moved", SURE),
         ("by a server that sends, too", in_the_data, server_stalls, "what was sent does not arrive"),
             ("one that is down is not", down)], workers=1)
tap.done()
