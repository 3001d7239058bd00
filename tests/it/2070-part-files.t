#!/usr/bin/python3
"""What docs/part-files.md says, done: names and modes of part files, what stays of a cut transfer, when a file is written in
place, and the commands that clean up."""
import os
import re
import shlex
import stat
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from ftpgrid import BIN, ROOT, SRC, Failure, Tap, World, data, have, read, same, skip_all, until, write  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position
from oddftp import OddFtp  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
server = w.start("ours")
OLD, NEW = b"old", data(3 << 20)


def session():
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates")


def own(path):
    if ROOT:
        os.chown(path, os.stat(w.srv).st_uid, os.stat(w.srv).st_gid, follow_symlinks=False)
    return path


def old(name, mode=0o644):
    path = f"{w.srv}/{name}"
    write(path, OLD)
    own(path)
    os.chmod(path, mode)
    return path


def begin(s, path, verb="STOR"):
    """A transfer of which some has arrived."""
    s.expect(200, "TYPE I")
    d = s.connect()
    s.expect(1, f"{verb} {path}")
    d.sendall(NEW)
    return d


def part(path):
    return "/.".join(path.rsplit("/", 1)) + ".part-gridftp"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def must(what, is_so):
    if not is_so:
        raise Failure(f"not so: {what}; {sorted(os.listdir(w.srv))}")


def replaces():
    path = old("replaced", 0o664)
    with session() as s:
        d = begin(s, path)
        until("some arrives", lambda: os.path.getsize(part(path)) > 0)
        must("its owner only reads it", mode(part(path)) == 0o600)
        same(path, OLD)
        with session() as other:
            other.connect()
            other.expect(450, f"STOR {path}")
        d.close()
        s.expect(226)
    same(path, NEW)
    must("the mode is the old one", mode(path) == 0o664)
    must("the part is gone", not os.path.exists(part(path)))


def long_name():
    path = f"{w.srv}/{'n' * 250}"
    with session() as s:
        d = begin(s, path)
        parts = [n for n in os.listdir(w.srv) if n.startswith(".nnn") and n.endswith(".part-gridftp")]
        must("a cut name", len(parts) == 1 and len(parts[0]) <= 255)
        d.close()
        s.expect(226)
    same(path, NEW)


def cut(size):
    """What holds a byte stays, what holds none is removed."""
    path = f"{w.srv}/cut{size}"
    s = session()
    s.expect(200, f"ALLO {len(NEW)}")
    d = s.connect()
    s.expect(1, f"STOR {path}")
    d.sendall(NEW[:size])
    d.close()
    s.expect(426)
    s.close()
    must("the part stays where it holds a byte", os.path.exists(part(path)) == (size > 0))
    must("nothing has the final name", not os.path.exists(path))


def in_place(kind):
    path = old(f"place-{kind}", 0o2644 if kind == "bits" else 0o644)
    name = path
    if kind == "link":
        name = path + "-link"
        os.symlink(path, name)
        own(name)
    elif kind == "names":
        os.link(path, path + "-2")
    elif kind == "foreign":
        os.chown(path, 0, 0)
        os.chmod(path, 0o666)
    inode = os.stat(path).st_ino
    with session() as s:
        d = begin(s, name, "APPE" if kind == "APPE" else "STOR")
        until("readers see it grow", lambda: os.path.getsize(path) > len(OLD))
        must("no part", not os.path.exists(part(name)))
        d.close()
        s.expect(226)
    same(path, OLD + NEW if kind == "APPE" else NEW)
    must("it is the same file", os.stat(path).st_ino == inode)


def client(*options):
    """A copy that is given up leaves no part, but with -state."""
    def half(s, line):
        del line
        s.sendall(NEW[:len(NEW) // 2])
        return b"426 cut off"
    here = f"{w.loc}/got{len(options)}"
    source = OddFtp(replies={"SIZE": b"213 %d" % len(NEW), "MDTM": b"213 20260101000000"}, send={"RETR": half}).url("/f")
    r = w.run([f"{BIN}/gridcp", "-rst-retries", "1", "-rst-interval", "1", *options, source, here])
    left = os.path.exists("/.".join(here.rsplit("/", 1)) + ".part")
    if r.code == 0 or os.path.exists(here) or left != bool(options):
        raise Failure(f"{r.code} {os.listdir(w.loc)}: {r.text()}")


def clean_up():
    """The commands of the page remove what is older than a week, and that only."""
    d = f"{w.loc}/data"
    os.mkdir(d)
    for name in (".f.part-gridftp", ".f.part"):
        for age, stem in ((0, "new"), (9 * 86400, "old")):
            path = f"{d}/{name.replace('f', stem, 1)}"
            write(path, b"x")
            now = os.stat(path).st_mtime
            os.utime(path, (now - age, now - age))
    commands = re.findall(r"(?m)^    (find /data .*)$", read(f"{SRC}/docs/part-files.md").decode())
    must("two commands", len(commands) == 2)
    for c in commands:
        subprocess.run([d if word == "/data" else word for word in shlex.split(c)], check=True)
    must(f"{os.listdir(d)}", sorted(os.listdir(d)) == [".new.part", ".new.part-gridftp"])


cases = [("a file that is replaced: hidden, locked, then with the old mode", replaces), ("a long name is cut", long_name),
         ("a cut transfer with bytes leaves its part", cut, 1 << 20), ("one without leaves none", cut, 0),
         ("gridcp gives up: no part", client), ("gridcp gives up with -state: the part", client, "-state", f"{w.loc}/state"),
         ("cleaning up", clean_up)]
cases += [(f"in place: {k}", in_place, k) for k in ("APPE", "link", "names", "bits", *(["foreign"] if ROOT else []))]
tap.run(cases, 3)
tap.done()
