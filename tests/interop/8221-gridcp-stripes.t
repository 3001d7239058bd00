#!/usr/bin/python3
"""gridcp -stripe: our server with three stripes on two addresses, the real one as one machine and as a front end with two data
nodes, to and from files here and in every pairing."""
import itertools
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
from ftpgrid import Failure  # pylint: disable=wrong-import-position

SIZE = 5000000
serial = itertools.count()


def gridcp(w, servers, *argv):
    argv = [f"{ftpgrid.BIN}/gridcp", "-dbg", "-rst-retries", "1", "-rst-interval", "1", "-st", "20", *argv]
    return ftpgrid.run_real(w, servers, argv).text()


def must_say(said, *words):
    for word in words:
        if word not in said:
            raise Failure(f"no {word} in the dialogue:\n{said[-3000:]}")


def third(w, a, b, options, content):
    n = next(serial)
    source, target = f"{w.srv}/from{n}", f"{w.srv}/to{n}"
    ftpgrid.write(source, content)
    must_say(gridcp(w, (a, b), "-stripe", *options, a.url(source), b.url(target)), "SPAS")
    ftpgrid.same(target, content)


def local(w, s, way, options, content):
    n = next(serial)
    there, here = f"{w.srv}/there{n}", f"{w.loc}/here{n}"
    ftpgrid.write(there if way == "get" else here, content)
    ends = (s.url(there), here)
    must_say(gridcp(w, (s,), "-stripe", *options, *(ends if way == "get" else ends[::-1])), "SPOR" if way == "get" else "SPAS")
    ftpgrid.same(here if way == "get" else there, content)


def tree(w, a, b):
    """Many files; A or B None: here.  The real one sends to several addresses only what has bytes for each."""
    sizes = [i * 100001 for i in range(12)] if a is None or a.kind == "ours" else [SIZE + i for i in range(4)]
    n = next(serial)
    source, target = f"{w.srv if a else w.loc}/tree{n}", f"{w.srv if b else w.loc}/copy{n}"
    os.mkdir(source)
    for i, size in enumerate(sizes):
        ftpgrid.write(f"{source}/f{i}", ftpgrid.data(size, i))
    gridcp(w, [s for s in (a, b) if s], "-stripe", "-r", "-cd", "-p", "2", a.url(source + "/") if a else source + "/", b.url(target + "/") if b else target + "/")
    for f in os.listdir(source):
        ftpgrid.same(f"{target}/{f}", ftpgrid.read(f"{source}/{f}"))


def main():
    w = ftpgrid.World()
    os.chmod(w.srv, 0o777)
    servers = {"ours": w.start("ours", "-o", "gridftp.stripes=3", "-o", "gridftp.stripe_addresses=127.0.0.1 127.0.0.2")}
    if ftpgrid.have("globus-gridftp-server"):
        servers["real"] = w.start("real")
        nodes = [w.start("real", "-dn") for _ in range(2)]
        servers["nodes"] = w.start("real", "-r", ",".join(f"localhost:{n.port}" for n in nodes))
    tap, cases = ftpgrid.Tap(w), []
    for name, s in servers.items():
        for way in ("get", "put"):
            for options in ([], ["-p", "3"], ["-sbs", "65536"], ["-sbs", "0", "-p", "2"], ["-dcpriv"]):
                cases.append((f"{way} {name} {' '.join(options)}", local, w, s, way, options, ftpgrid.data(SIZE, len(cases))))
            cases.append((f"{way} {name}, an empty file", local, w, s, way, [], b""))
        cases.append((f"a tree from {name}", tree, w, s, None))
        cases.append((f"a tree to {name}", tree, w, None, s))
    for (x, a), (y, b) in itertools.product(servers.items(), servers.items()):
        for options in ([], ["-p", "3"], ["-sbs", "65536"], ["-sbs", "0", "-p", "2"]):
            cases.append((f"{x} -> {y} {' '.join(options)}", third, w, a, b, options, ftpgrid.data(SIZE, len(cases))))
        cases.append((f"a tree {x} -> {y}", tree, w, a, b))
    tap.run(cases)
    tap.done()


if __name__ == "__main__":
    main()
