#!/usr/bin/python3
"""A tree of many directories far away: they are asked for, and made, many at a time.  How many round trips that takes is
counted in packets; a directory that fails fails alone, and a server that cannot connect to us is read in MODE S."""
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import cutproxy  # pylint: disable=wrong-import-position
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position
from ftpgrid import Failure  # pylint: disable=wrong-import-position

path = longpath.begin()
w = ftpgrid.World()
DIRS, LOCKED = 40, 17
servers = {"ours": path.start(w, "ours")}
if ftpgrid.have("globus-gridftp-server"):
    servers["real"] = path.start(w, "real")
near = path.start(w, "ours", near=True)
NAMES = [f"{i % 4}/{i}" for i in range(DIRS)]
for d in (w.srv, w.loc):
    for i, name in enumerate(NAMES):
        os.makedirs(f"{d}/tree/{name}")
        ftpgrid.write(f"{d}/tree/{name}/file", ftpgrid.data(100, i))
os.mkdir(f"{w.srv}/some")
for i in range(DIRS):
    os.mkdir(f"{w.srv}/some/{i}", 0o700 if i == LOCKED and ftpgrid.ROOT else 0o755)
    ftpgrid.write(f"{w.srv}/some/{i}/file", b"x")


def complete(copy):
    """COPY is all of the tree; it is removed."""
    for i, name in enumerate(NAMES):
        ftpgrid.same(f"{copy}/{name}/file", ftpgrid.data(100, i))
    ftpgrid.shutil.rmtree(copy)


def gridcp(*argv, code=0, **env):
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-r", "-cd", *argv], env=env)
    if r.code != code:
        raise Failure(f"ended with {r.code}: {r.text()[-3000:]}")
    return r.text()


def costs(most, source, target, copy):
    path.become(delay=20)
    gridcp(source, target)
    trips = path.tell()["trips"]
    path.become()
    complete(copy)
    print(f"# {trips} round trips")
    if trips > most:
        raise Failure(f"{trips} round trips, wanted {most} at most")


def unreachable():
    """What it is told to connect to is itself."""
    path.become()
    text = gridcp("-dbg", servers["ours"].url(f"{w.srv}/tree/"), f"{w.loc}/got/", GLOBUS_FTP_CLIENT_DATA_IP="127.0.0.1")
    complete(f"{w.loc}/got")
    if "PORT 127,0,0,1" not in text or text.count("MLSD") < DIRS:
        raise Failure(text[-3000:])


def cut(after):
    """Every connection ends when so many bytes have gone over them."""
    path.become()
    proxy = cutproxy.CutProxy((longpath.NEAR, near.port), after=after)
    gridcp("-rst-interval", "1", near.url(f"{w.srv}/tree/").replace(f":{near.port}", f":{proxy.port}").replace(longpath.NEAR_NAME, "localhost"),
           f"{w.loc}/got/")
    complete(f"{w.loc}/got")
    if proxy.after is not None:
        raise Failure(f"nothing was cut of {proxy.bytes}")


def locked():
    """One of many cannot be read."""
    path.become()
    os.chown(f"{w.srv}/some/{LOCKED}", 0, 0)
    text = gridcp("-c", "-df", f"{w.loc}/left", servers["ours"].url(f"{w.srv}/some/"), f"{w.loc}/got/", code=77)
    lines = ftpgrid.read(f"{w.loc}/left").decode().splitlines()
    if f"some/{LOCKED}/" not in text or len(lines) != 1 or f"/some/{LOCKED}/" not in lines[0]:
        raise Failure(f"{lines}: {text}")
    for i in range(DIRS):
        if os.path.exists(f"{w.loc}/got/{i}/file") == (i == LOCKED):
            raise Failure(f"{i}: {text}")


tap = ftpgrid.Tap(w)
for kind, (get, put) in {"ours": (50, 50), "real": (60, 70)}.items():
    if kind in servers:
        url = servers[kind].url
        tap.run([(f"{kind}: from there", costs, get, url(f"{w.srv}/tree/"), f"{w.loc}/got/", f"{w.loc}/got"),
                 (f"{kind}: to there", costs, put, f"{w.loc}/tree/", url(f"{w.srv}/put/"), f"{w.srv}/put")], workers=1)
tap.run([("between two servers", costs, 70, near.url(f"{w.srv}/tree/"), servers["ours"].url(f"{w.srv}/third/"), f"{w.srv}/third"),
         ("from a server that cannot connect to us", unreachable),
         *((f"from one whose sessions are lost after {n} bytes", cut, n) for n in range(12000, 36000, 4000))], workers=1)
if ftpgrid.ROOT:
    tap.case("a directory that cannot be read fails alone", locked)
tap.done()
