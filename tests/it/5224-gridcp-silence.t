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


def once():
    """A directory: its reader and the first worker log in at the same time."""
    path.become(down=1)
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-connect-timeout", "6", "-rst-retries", "1", "-r", server.url(f"{w.srv}/"), f"{w.loc}/tree/"])
    if r.code != 75 or r.text().count("no answer from") != 2:  # one for each try of the reader
        raise ftpgrid.Failure(f"ended with {r.code}: {r.text()}")


def not_waited_for():
    """The source is wrong, so that nobody needs the destination, which does not answer."""
    path.become(down=1)
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-connect-timeout", "3600", "-rst-retries", "1", "-r", f"{w.loc}/nosuch/", server.url(f"{w.srv}/")])
    if "No such file" not in r.text():
        raise ftpgrid.Failure(f"ended with {r.code}: {r.text()}")


tap = ftpgrid.Tap(w)
tap.run([("a path that is down is said while it is waited for, and at the end", said),
         ("once, however many wait for the server", once),
         ("a destination that does not answer keeps nobody when the source is wrong", not_waited_for),
         ("with -q at the end only", quiet), ("silence in the login is said as well", in_the_login)], workers=1)
tap.done()
