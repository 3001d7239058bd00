#!/usr/bin/python3
"""Striped copies with the real globus-url-copy: our server with three stripes on two addresses, the real one as one machine
and as a front end with two data nodes, in every pairing."""
import itertools
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
from ftpgrid import Failure  # pylint: disable=wrong-import-position

SIZE = 5000000
serial = itertools.count()


def copy(w, a, b, options, content):
    n = next(serial)
    source, target = f"{w.srv}/from{n}", f"{w.srv}/to{n}"
    ftpgrid.write(source, content)
    ftpgrid.run_real(w, (a, b), ["globus-url-copy", *options, a.url(source), b.url(target)])
    ftpgrid.same(target, content)
    for f in (source, target):
        os.unlink(f)


def tree(w, a, b):
    """Many files over connections that are kept.  The real one sends to several addresses only what has bytes for each."""
    sizes = [i * 100001 for i in range(12)] if a.kind == "ours" else [SIZE + i for i in range(4)]
    n = next(serial)
    source, target = f"{w.srv}/tree{n}", f"{w.srv}/copy{n}"
    os.mkdir(source)
    for i, size in enumerate(sizes):
        ftpgrid.write(f"{source}/f{i}", ftpgrid.data(size, i))
    ftpgrid.run_real(w, (a, b), ["globus-url-copy", "-stripe", "-r", "-cd", "-fast", "-p", "2", a.url(source + "/"), b.url(target + "/")])
    for f in os.listdir(source):
        ftpgrid.same(f"{target}/{f}", ftpgrid.read(f"{source}/{f}"))


def local(w, s, way):
    n = next(serial)
    there, here = f"{w.srv}/there{n}", f"{w.loc}/here{n}"
    content = ftpgrid.write(there if way == "get" else here, ftpgrid.data(SIZE, n))
    ends = (s.url(there), "file://" + here)
    r = w.run(["globus-url-copy", "-stripe", "-p", "2", *(ends if way == "get" else ends[::-1])])
    if r.code:
        raise Failure(r.text())
    ftpgrid.same(here if way == "get" else there, content)


def log_says_stripes(w):
    text = ftpgrid.read(f"{w.srv}/transfers").decode()
    for n in ("STRIPES=1 ", "STRIPES=2 ", "STRIPES=3 "):
        if n not in text:
            raise Failure(f"no {n}in the transfer log:\n{text}")


def main():
    if not ftpgrid.have("globus-url-copy", "globus-gridftp-server"):
        ftpgrid.skip_all("globus-url-copy or globus-gridftp-server is not installed")
    w = ftpgrid.World()
    os.chmod(w.srv, 0o777)
    ours = w.start("ours", "-o", "gridftp.stripes=3", "-o", "gridftp.stripe_addresses=127.0.0.1 127.0.0.2",
                   "-o", f"gridftp.transfer_log={w.srv}/transfers")
    real = w.start("real")
    nodes = [w.start("real", "-dn") for _ in range(2)]
    front = w.start("real", "-r", ",".join(f"localhost:{n.port}" for n in nodes))
    tap, cases = ftpgrid.Tap(w), []
    pairs = {"ours -> ours": (ours, ours), "ours -> real": (ours, real), "real -> ours": (real, ours),
             "ours -> two nodes": (ours, front), "two nodes -> ours": (front, ours)}
    for name, (a, b) in pairs.items():
        for options in (["-stripe"], ["-stripe", "-p", "3"], ["-stripe", "-sbs", "65536"], ["-stripe", "-sbs", "0", "-p", "2"],
                        ["-stripe", "-nodcau"]):
            if "-nodcau" in options and (a, b) == (ours, ours):
                continue  # another address than the client's: refused without authentication, see 2020
            cases.append((f"{name} {' '.join(options)}", copy, w, a, b, options, ftpgrid.data(SIZE, len(cases))))
        if name != "real -> ours":  # the real sender says no to an empty file and several addresses, its own as well
            cases.append((f"{name}, an empty file", copy, w, a, b, ["-stripe"], b""))
        cases.append((f"{name}, a tree over kept connections", tree, w, a, b))
    for way in ("get", "put"):
        cases.append((f"{way} between a file and ours", local, w, ours, way))
    tap.run(cases)
    tap.case("the transfer log says how many stripes there were", log_says_stripes, w)
    tap.done()


if __name__ == "__main__":
    main()
