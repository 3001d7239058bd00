#!/usr/bin/python3
"""How many streams gridcp chooses: several for files from 1 MiB on of servers that are far away (a proxy keeps each line back), one
for small ones, for near ones, and where the user says so."""
import os
import re
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import cutproxy  # pylint: disable=wrong-import-position
import ftpgrid  # pylint: disable=wrong-import-position

w = ftpgrid.World()
near, other = w.start("ours"), w.start("ours")
LARGE, MIDDLE, SMALL = 65 << 20, 1 << 20, 900 << 10
for name, size in (("large", LARGE), ("middle", MIDDLE), ("small", SMALL)):
    for d in (w.srv, w.loc):
        with open(f"{d}/{name}", "wb") as f:
            f.write(ftpgrid.data(SMALL))
            f.truncate(size)
        os.chmod(f"{d}/{name}", 0o644)


def far(server):
    proxy = cutproxy.CutProxy(("127.0.0.1", server.port))
    proxy.delay = 0.005
    return lambda path: server.url(path).replace(f":{server.port}", f":{proxy.port}")


far_one, far_other = far(near), far(other)


def copy(source, target, compare, *options):
    """How many streams the sender was told to use; 1 where it was told nothing."""
    r = w.run([f"{ftpgrid.BIN}/gridcp", "-dbg", *options, source, target])
    if r.code:
        raise ftpgrid.Failure(r.text()[-2000:])
    if ftpgrid.digest(compare[0]) != ftpgrid.digest(compare[1]):
        raise ftpgrid.Failure("the copy differs")
    os.unlink(compare[1])
    told = re.findall(r"OPTS RETR Parallelism=(\d+),", r.text())
    return int(told[-1]) if told else 1


def get(server, name, *options):
    return copy(server(f"{w.srv}/{name}"), f"{w.loc}/got", (f"{w.srv}/{name}", f"{w.loc}/got"), *options)


def third(source, target, name, *options):
    return copy(source(f"{w.srv}/{name}"), target(f"{w.srv}/copy"), (f"{w.srv}/{name}", f"{w.srv}/copy"), *options)


def streams(want, how, *args):
    got = how(*args)
    if got != want:
        raise ftpgrid.Failure(f"{got} streams, wanted {want}")


def near_streams(want, how, *args):
    """A busy machine is far away from itself now and then."""
    if not any(how(*args) == want for _ in range(10)):
        raise ftpgrid.Failure(f"never {want}")


tap = ftpgrid.Tap(w)
tap.run([("a large file from far away comes over four streams", streams, 4, get, far_one, "large"),
         ("one of 1 MiB over two", streams, 2, get, far_one, "middle"),
         ("a small one over one", streams, 1, get, far_one, "small"),
         ("a large one from near over one", near_streams, 1, get, near.url, "large"),
         ("over as many as were asked for, whatever the distance", streams, 2, get, far_one, "large", "-p", "2"),
         ("between two servers of which one is far: four", streams, 4, third, far_one, other.url, "large"),
         ("of which both are far: four", streams, 4, third, far_one, far_other, "large"),
         ("a small one: one", streams, 1, third, far_one, far_other, "small"),
         ("both near: one", near_streams, 1, third, near.url, other.url, "large"),
         ("one when one is asked for", streams, 1, third, far_one, far_other, "large", "-p", "1")], workers=1)
tap.done()
