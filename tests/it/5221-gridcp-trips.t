#!/usr/bin/python3
"""How many round trips gridcp waits for, counted in packets over a long path (tests/lib/longpath_tool.c): no clock is asked.
Each case names what it may cost with our server, and with the real one where that is there."""
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
SMALL = ftpgrid.data(4096)
servers = {"ours": path.start(w, "ours")}
if ftpgrid.have("globus-gridftp-server"):
    servers["real"] = path.start(w, "real")
for d in (w.srv, w.loc):
    ftpgrid.write(f"{d}/small", SMALL)
    os.mkdir(f"{d}/few")
    for i in range(5):
        ftpgrid.write(f"{d}/few/{i}", SMALL)


def gridcp(*argv):
    """Runs it; what the path has counted."""
    path.become(delay=20)
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-q", *argv])
    count = path.tell()
    if r.code:
        raise ftpgrid.Failure(r.text())
    return count["trips"]


def get(url, *options):
    trips = gridcp(*options, url(f"{w.srv}/small"), f"{w.loc}/got")
    ftpgrid.same(f"{w.loc}/got", SMALL)
    return trips


def put(url, *options):
    trips = gridcp(*options, f"{w.loc}/small", url(f"{w.srv}/put"))
    ftpgrid.same(f"{w.srv}/put", SMALL)
    os.unlink(f"{w.srv}/put")
    return trips


def listing(url):
    return gridcp("-list", url(f"{w.srv}/few/"))


def costs(most, what, *args):
    got = what(*args)
    print(f"# {what.__name__} {args[1:]}: {got} round trips", flush=True)
    if got > most:
        raise ftpgrid.Failure(f"{got} round trips, wanted {most} at most")


tap = ftpgrid.Tap(w)
for kind, (one, wide) in {"ours": (11, 14), "real": (15, 17)}.items():
    if kind not in servers:
        continue
    url = servers[kind].url
    tap.run([(f"{kind}: a small get", costs, one, get, url), (f"{kind}: a small put", costs, one, put, url),
             (f"{kind}: over sixteen streams", costs, wide, get, url, "-p", "16"),
             (f"{kind}: a put over sixteen", costs, wide, put, url, "-p", "16"),
             (f"{kind}: a listing", costs, one, listing, url)], workers=1)
tap.done()
