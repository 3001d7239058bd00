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
server = path.start(w, "ours")
ftpgrid.write(f"{w.loc}/file", ftpgrid.data(300000))
HINT = "a router"
SURE = "small packets pass and large ones do not"


def begin(*argv):
    return subprocess.Popen([f"{ftpgrid.BIN}/gridcp", "-connect-timeout", "6", "-rst-retries", "1", *argv],
                            env=w.env, stderr=subprocess.PIPE, text=True)


def put():
    return begin(f"{w.loc}/file", server.url(f"{w.srv}/file"))


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
         ("one that is down is not", down)], workers=1)
tap.done()
