#!/usr/bin/python3
"""A path that is down when gridcp logs in: it says that nobody answers while it waits, and ends with a sentence."""
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
server = path.start(w, "ours")
ftpgrid.write(f"{w.srv}/file", b"x")


def copy(*options):
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-connect-timeout", "6", "-rst-retries", "1", *options, server.url(f"{w.srv}/file"),
               f"{w.loc}/got"])
    if r.code != 75:
        raise ftpgrid.Failure(f"ended with {r.code}: {r.text()}")
    return r.text()


def said(*options):
    path.become(down=1)
    text = copy(*options)
    if "no answer from" not in text or "cannot connect" not in text:
        raise ftpgrid.Failure(text)


def quiet():
    path.become(down=1)
    text = copy("-q")
    if "no answer from" in text or "cannot connect" not in text:
        raise ftpgrid.Failure(text)


def in_the_login():
    """Connected, but what is longer than a SYN vanishes."""
    path.become(hole=60)
    text = copy()
    if "for 5 s" not in text or "no answer from 'far.longpath' for 6 seconds" not in text:
        raise ftpgrid.Failure(text)


tap = ftpgrid.Tap(w)
tap.run([("a path that is down is said while it is waited for, and at the end", said),
         ("with -q at the end only", quiet), ("silence in the login is said as well", in_the_login)], workers=1)
tap.done()
