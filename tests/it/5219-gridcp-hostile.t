#!/usr/bin/python3
"""A server that means harm, or errs: names and replies that move a terminal, files with holes, sums that are none,
listings that lead elsewhere."""
import os
import pty
import re
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from ftpgrid import BIN, DEADLINE, Failure, Tap, World, have, skip_all  # pylint: disable=wrong-import-position
from oddftp import FACTS, OddFtp  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridcp"):
    skip_all("gridcp is not built")
w = World()
EVIL = b"a\x1b[2J\x07\x7f\xc2\x9b1m\x9b7m\xc3\xa9"
DIR = {"MLST": lambda c, line: FACTS % (b"dir", 0)}
FILE = {"MLST": lambda c, line: FACTS % (b"file", 10)}


def lists(*names):
    return lambda s, line: s.sendall(b"".join(b"Type=file;Size=10; %s\r\n" % n for n in names))


def ten(s, line):
    del line
    s.sendall(b"0123456789")


def gridcp(status, *argv):
    r = w.run([f"{BIN}/gridcp", *argv])
    if r.code != status:
        raise Failure(f"{r.code}, wanted {status}: {r.text()}")
    return r


def plain(text):
    if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4])[\x80-\x9f]", text):
        raise Failure(f"it moves a terminal: {text}")


def escapes():
    server = OddFtp(DIR, {"MLSD": lists(EVIL), "RETR": ten})
    for option in "-v", "-dbg":
        r = gridcp(0, option, server.url("/d/"), "escapes/")
        plain(r.err)
        if "é".encode() not in r.err:
            raise Failure(f"more than that is changed: {r.err}")
    if EVIL not in os.listdir(f"{w.loc}/escapes".encode()):
        raise Failure("the file has another name")
    plain(gridcp(0, "--json", server.url("/d/"), "escapes2/").out)
    server = OddFtp({**DIR, "RETR": b"550 " + EVIL}, {"MLSD": lists(EVIL)})
    for option in "-c", "-dbg", "--json":
        r = gridcp(69, option, server.url("/d/"), "escapes3/")
        plain(r.err + r.out)


def on_terminal():
    """-list, as ls: plain on a terminal, the name's bytes elsewhere."""
    server = OddFtp(DIR, {"MLSD": lists(EVIL)})
    if EVIL not in gridcp(0, "-list", server.url("/d/")).out:
        raise Failure("the name is not what it is")
    ours, theirs = pty.openpty()
    with subprocess.Popen([f"{BIN}/gridcp", "-list", server.url("/d/")], stdout=theirs, env=w.env) as p:
        os.close(theirs)
        out = b""
        try:
            while got := os.read(ours, 4096):
                out += got
        except OSError:
            pass  # its end
        p.wait(DEADLINE)
    os.close(ours)
    plain(out.replace(b"\r\n", b"\n"))
    if b"a?[2J" not in out:
        raise Failure(f"{out}")


def elsewhere():
    for name in b"../x", b"/tmp/x", b"a/b", b"":
        server = OddFtp(DIR, {"MLSD": lists(b"good", name), "RETR": ten})
        gridcp(76, "-cd", server.url("/d/"), "in/there/")
    if os.path.exists(f"{w.loc}/x") or os.path.exists(f"{w.loc}/in/x"):
        raise Failure("it wrote elsewhere")


def block(flags, count, at, body=b""):
    return struct.pack(">BQQ", flags, count, at) + body


def holes(size):
    where = {}

    def port(c, line):
        n = [int(x) for x in line.split()[1].split(b",")]
        where["a"] = ("127.0.0.1", n[4] << 8 | n[5])
        return b"200 ok"

    def retr(c, line):
        c.sendall(b"150 now\r\n")
        with socket.create_connection(where["a"]) as s:
            s.sendall(block(0, 5, 0, b"aaaaa") + block(0, 5, 1000, b"bbbbb") + block(0x4c, 0, 1))
        return b"226 done"

    server = OddFtp({"MLST": lambda c, line: FACTS % (b"file", size), "PORT": port, "RETR": retr}, feat=b" PARALLEL\r\n")
    gridcp(69, "-fast", "-nodcau", server.url("/f"), f"holes{size}")
    if os.path.exists(f"{w.loc}/holes{size}"):
        raise Failure("a file with a hole stands there")


def no_sum(reply):
    a, b = (OddFtp({**FILE, "CKSM": reply}, {"RETR": ten}) for _ in range(2))
    for url in a.url("/f"), f"file://{w.loc}/ten":
        r = gridcp(76, "-sync", "-sync-level", "3", url, b.url("/f"))
        if b"CKSM was answered" not in r.err:
            raise Failure(r.text())
    gridcp(76, "-verify-checksum", a.url("/f"), "nosum")
    if os.path.exists(f"{w.loc}/nosum"):
        raise Failure("it stands there")


with open(f"{w.loc}/ten", "wb") as f:
    f.write(b"0123456789")
tap = Tap(w)
tap.case("names and replies do not move a terminal", escapes)
tap.case("-list does so nowhere but on a terminal", on_terminal)
tap.case("names that lead elsewhere", elsewhere)
tap.case("a file with a hole, as long as announced", holes, 10)
tap.case(".. and shorter than that", holes, 1005)
for r in b"213 ", b"213 ADLER32 of it", b"250 done":
    tap.case(f"a sum that is none: '{r.decode()}'", no_sum, r)
tap.done()
