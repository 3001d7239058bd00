#!/usr/bin/python3
"""A tree with odd entries: FIFOs, sockets and devices are left out, and that is said; a link that leads nowhere is a
failure that stops no other file; a line end in a name is a letter of it.  Ours, the real server, a local directory, a server that speaks otherwise."""
import os
import socket
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
# pylint: disable=wrong-import-position
import gsiftp
from ftpgrid import BIN, ROOT, Failure, Skip, Tap, World, have, read, skip_all, write
from oddftp import OddFtp

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
servers = {"ours": w.start("ours")}
if have("globus-gridftp-server"):
    servers["real"] = w.start("real")
FILES = {"file", "sub/deep", "to-file", "to-sub/deep", "two\nlines", "two\nType=dir; lines"}
NOWHERE = "a symbolic link that leads nowhere"
LEFT = {"fifo": "a FIFO", "to-fifo": "a FIFO", "socket": "a socket", "nowhere": NOWHERE, "circle": NOWHERE}


def tree(top):
    os.makedirs(f"{top}/sub")
    for name in FILES:
        if not name.startswith("to-"):
            write(f"{top}/{name}", name.encode())
    for name, to in (("to-file", "file"), ("to-sub", "sub"), ("to-fifo", "fifo"), ("nowhere", "none"), ("circle", "circle")):
        os.symlink(to, f"{top}/{name}")
    os.mkfifo(f"{top}/fifo", 0o666)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{top}/socket")
    if ROOT:
        os.mknod(f"{top}/device", 0o20666, os.makedev(1, 5))
    return top


def check(r, got, url, left):
    if r.code != (66 if "nowhere" in left else 0):
        raise Failure(r.text())
    there = {os.path.relpath(f"{d}/{f}", got) for d, _, files in os.walk(got) for f in files}
    if there != FILES:
        raise Failure(f"copied: {there}")
    for name in FILES:
        if read(f"{got}/{name}") != name.replace("to-", "").encode():
            raise Failure(f"{name!r} is {read(f'{got}/{name}')!r}")
    for name, what in left.items():
        if not [li for li in r.err.decode().splitlines() if f"'{url}{name}' " in li and f" it is {what}" in li]:
            raise Failure(f"{name} is not said: {r.text()}")


def copy(name, url, left, to=None):
    got = f"{w.srv if to else w.loc}/{name}"
    check(w.run([f"{BIN}/gridcp", "-r", url, to.url(got + "/") if to else got + "/"]), got, url, left)


def words():
    """Programs are told as well."""
    r = w.run([f"{BIN}/gridcp", "--json", "-r", f"{top}/", f"{w.loc}/words/"])
    if b'{"event":"left-out","source":"%s/fifo","destination":"","error":"a FIFO"}\n' % top.encode() not in r.out:
        raise Failure(r.text())


def mlst(command):
    """A link that leads nowhere is there itself, and nothing is behind it."""
    with gsiftp.Session(servers["ours"].port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        for name, code in (("nowhere", 250), ("nowhere/.", 550), ("nowhere/", 550), ("circle/.", 550), ("to-sub/.", 250),
                           ("to-file/.", 250)):
            if command == "STAT" and code == 250:
                code = 213
            got, text = x.command(f"{command} {top}/{name}")
            if got != code:
                raise Failure(f"{command} {name}: {got} {text}")


def strange():
    """A server that ends its lines in LF, says links as links, and that one to a file is not a directory."""
    def listing(s, line):
        del line
        s.sendall(b"Type=cdir; .\nType=OS.unix=slink:f; to-file\nType=OS.unix=slink:x; nowhere\nType=file;Size=4; file\n"
                  b"Type=OS.unix=chr-1/3; null\n")

    def facts(c, line):
        del c
        if b"nowhere" in line:
            return b"550 No such file or directory"
        return b"550 Not a directory"

    def send(s, line):
        del line
        s.sendall(b"file")
    o = OddFtp(replies={"MLST": facts, "SIZE": b"213 4"}, send={"MLSD": listing, "RETR": send})
    r = w.run([f"{BIN}/gridcp", "-r", o.url("/d/"), f"{w.loc}/strange/"])
    if r.code != 66 or sorted(os.listdir(f"{w.loc}/strange")) != ["file", "to-file"]:
        raise Failure(r.text())
    if NOWHERE.encode() not in r.err or b"null' is left out: it is a device" not in r.err:
        raise Failure(r.text())


def home(kind, name):
    """The home directory of an account, one's own or named."""
    if not ROOT:
        raise Skip("only a throwaway account has its home in a scratch directory")
    got = f"{w.loc}/home{kind}{name}"
    r = w.run([f"{BIN}/gridcp", servers[kind].url(f"/~{name}/odd/file"), got])
    if r.code or read(got) != b"file":
        raise Failure(r.text())


top = tree(f"{w.srv}/odd")
if ROOT:
    LEFT["device"] = "a device"
    os.system(f"chown -hR {w.account} {top}")
cases = [("a local tree", copy, "here", f"{top}/", LEFT), ("a program is told", words), ("other words", strange),
         ("MLST", mlst, "MLST"), ("STAT", mlst, "STAT")]
for kind, server in servers.items():
    # the real server lists no links that lead nowhere
    left = {k: v for k, v in LEFT.items() if kind == "ours" or v != NOWHERE}
    cases += [(f"from {kind}", copy, f"from-{kind}", server.url(top) + "/", left),
              (f"to {kind}", copy, f"to-{kind}", f"{top}/", LEFT, server)]
    cases += [(f"the home directory at {kind}", home, kind, ""), (f"by its account at {kind}", home, kind, w.account)]
    cases += [(f"from {kind} to {other}", copy, f"{kind}-{other}", server.url(top) + "/", left, servers[other]) for other in servers]
tap.run(cases, 3)
tap.done()
