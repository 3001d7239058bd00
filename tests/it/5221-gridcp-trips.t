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
SMALL, MANY = ftpgrid.data(4096), 240
servers = {"ours": path.start(w, "ours")}
if ftpgrid.have("globus-gridftp-server"):
    servers["real"] = path.start(w, "real")
for d in (w.srv, w.loc):
    ftpgrid.write(f"{d}/small", SMALL)
    os.mkdir(f"{d}/few")
    os.mkdir(f"{d}/many")
    for i in range(5):
        ftpgrid.write(f"{d}/few/{i}", SMALL)
    for i in range(MANY):
        ftpgrid.write(f"{d}/many/{i}", SMALL)


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


def get_tree(url):
    trips = gridcp("-r", url(f"{w.srv}/few/"), f"{w.loc}/tree/")
    ftpgrid.same(f"{w.loc}/tree/4", SMALL)
    return trips


def put_tree(url):
    trips = gridcp("-r", f"{w.loc}/few/", url(f"{w.srv}/tree/"))
    ftpgrid.same(f"{w.srv}/tree/4", SMALL)
    ftpgrid.shutil.rmtree(f"{w.srv}/tree")
    return trips


def put_many(url):
    """Each file costs its session a round trip: there are more sessions where that is long."""
    trips = gridcp("-r", f"{w.loc}/many/", url(f"{w.srv}/tree/"))
    ftpgrid.same(f"{w.srv}/tree/{MANY - 1}", SMALL)
    ftpgrid.shutil.rmtree(f"{w.srv}/tree")
    return trips


def third_many(source, target):
    trips = gridcp("-r", source(f"{w.srv}/many/"), target(f"{w.srv}/tree/"))
    ftpgrid.same(f"{w.srv}/tree/{MANY - 1}", SMALL)
    ftpgrid.shutil.rmtree(f"{w.srv}/tree")
    return trips


def costs(most, what, *args):
    got = what(*args)
    print(f"# {what.__name__}: {got} round trips", flush=True)
    if got > most:
        raise ftpgrid.Failure(f"{got} round trips, wanted {most} at most")


def overlapping(most, what, *args):
    """Trips of several sessions count once where they fall together."""
    if "/asan/" in ftpgrid.BIN or "/tsan/" in ftpgrid.BIN:
        raise ftpgrid.Skip("a sanitizer's build is as slow as the path: what several sessions do does not fall together")
    costs(most, what, *args)


tap = ftpgrid.Tap(w)
for kind, (one, wide, tree, back) in {"ours": (11, 18, 21, 15), "real": (15, 20, 24, 18)}.items():
    if kind not in servers:
        continue
    url = servers[kind].url
    tap.run([(f"{kind}: a small get", costs, one, get, url), (f"{kind}: a small put", costs, one, put, url),
             (f"{kind}: over sixteen streams", costs, wide, get, url, "-p", "16"),
             (f"{kind}: a put over sixteen", costs, wide, put, url, "-p", "16"),
             (f"{kind}: a listing", costs, one, listing, url),
             (f"{kind}: a directory: its files go over the connection that listed it", costs, back, get_tree, url),
             (f"{kind}: a directory there", costs, tree, put_tree, url)], workers=1)
near = path.start(w, "ours", near=True).url
far = servers["ours"].url
tap.run([("many small files there", overlapping, 75, put_many, far),
         ("many between a near server and a far one", overlapping, 75, third_many, near, far)], workers=1)
tap.done()
