#!/usr/bin/python3
# tests/interop/8211-disk.t - a disk that is full or fails: the server answers 452
# or 451 and never 226, the clients fail, and nothing stands under the final name.
import atexit
import errno
import itertools
import os
import pwd
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
# pylint: disable=wrong-import-position
import gsiftp
from ftpgrid import BIN, ROOT, TOOLS, Failure, Tap, World, data, have, same, skip_all, write

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
count = itertools.count(1)
SIZE = 6 << 20
cases = []


def faulty(call, error, where, after=0):
    return {"LD_PRELOAD": f"{TOOLS}/ioerror.so", "IOERROR_CALL": call, "IOERROR_ERRNO": str(error),
            "IOERROR_DIR": where, "IOERROR_AFTER": str(after),
            "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}


def session(s):
    return gsiftp.Session(s.port, w.proxy("alice"), f"{w.pki}/certificates")


def place(base):
    d = f"{base}/d{next(count)}"
    os.mkdir(d)
    os.chmod(d, 0o777)
    return d


def refused(code, text, want):
    if code != want:
        raise Failure(f"{code} {text}; wanted {want}")


def put(s, base, mode, want, old):
    """By hand; OLD: a file stands there already and must stay."""
    d = place(base)
    with session(s) as x:
        if old:
            if base == w.srv:
                write(f"{d}/f", b"old", 0o644)
                if ROOT:
                    shutil.chown(f"{d}/f", w.account, pwd.getpwnam(w.account).pw_gid)
            else:
                x.stor_stream(f"{d}/f", b"old")
        content = data(SIZE)
        if mode == "S":
            refused(*x.stor_stream(f"{d}/f", content), want)
        else:
            refused(*x.stor_blocks(f"{d}/f", [(o, content[o:o + 65536]) for o in range(0, SIZE, 65536)]), want)
        x.expect(257, "PWD")  # the session goes on
    if old:
        same(f"{d}/f", b"old")
    elif os.path.exists(f"{d}/f"):
        raise Failure("something stands under the final name")
    for n in os.listdir(d):
        os.unlink(f"{d}/{n}")


def listing(s, verb):
    """Half a directory is not passed off as all of it."""
    d = place(w.srv)
    os.mkdir(f"{d}/below")
    write(f"{d}/below/f", b"x")
    with session(s) as x:
        x.pasv()
        x.expect(451, f"{verb} {d}")
        x.expect(257, "PWD")
    shutil.rmtree(d)


def get(s, mode, want):
    d = place(w.srv)
    write(f"{d}/f", data(SIZE))
    x = session(s)
    try:
        if mode == "S":
            x.retr_stream(f"{d}/f")
        else:
            x.retr_blocks(f"{d}/f")
    except (OSError, ValueError, EOFError, gsiftp.struct.error):
        x.last = x.reply()
    except gsiftp.Refused as e:
        x.last = (e.code, str(e))
    finally:
        x.close()
    refused(*x.last, want)


def by_client(argv, s, base):
    d, here = place(base), f"{place(w.loc)}/f"
    write(here, data(SIZE))
    r = w.run([*argv, *(["-rst-retries", "1"] if "gridcp" in argv[0] else []), f"file://{here}", s.url(f"{d}/f")])
    if r.code == 0:
        raise Failure("ended with 0")
    if os.path.exists(f"{d}/f"):
        raise Failure("something stands under the final name")
    for n in os.listdir(d):
        os.unlink(f"{d}/{n}")


def gridcp_local(s, call, error, old, mode):
    """The client's own disk fails."""
    there, here = place(w.srv), place(w.loc)
    write(f"{there}/f", data(SIZE))
    if old:
        write(f"{here}/f", b"old")
    r = w.run([f"{BIN}/gridcp", *mode, s.url(f"{there}/f"), f"file://{here}/f"], env=faulty(call, error, here))
    if r.code == 0 or not r.text().strip():
        raise Failure(f"ended with {r.code}: {r.text()}")
    if old:
        same(f"{here}/f", b"old")
    elif os.path.exists(f"{here}/f"):
        raise Failure("something stands under the final name")


def journal(s, base, room, *options):
    """A list that succeeds, its journal or its list of what is left on a disk with ROOM pages: that is said and is not a success."""
    d, here = place(w.srv), place(w.loc)
    files = 40 + 1000 * room
    for n in range(files):
        write(f"{d}/f{n}", b"x")
    write(f"{here}/list", "".join(f"{s.url(d)}/f{n} file://{here}/g{n}{'x' * 150}\n" for n in range(files)).encode())
    if "-df" in options:
        shutil.rmtree(d)  # all of them are left
    with open(f"{base}/filler", "wb", 0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            f.truncate(f.tell() - 4096 * room)
    try:
        r = w.run([f"{BIN}/gridcp", "-rst-retries", "1", *options, "-f", f"{here}/list"])
    finally:
        for n in os.listdir(base):
            os.unlink(f"{base}/{n}")
    if r.code == 0 or b"No space left on device" not in r.err or options[-1].encode() not in r.err:
        raise Failure(f"{r.code}: {r.text()}")


def full_disk():
    """A tmpfs of 4 MiB below .srv; None where we may not mount."""
    d = f"{w.srv}/full"
    os.mkdir(d)
    if not ROOT or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "gatehouse-test", d],
                                  capture_output=True, check=False).returncode:
        return None
    atexit.register(subprocess.run, ["umount", "-l", d], check=False)
    return d


# each server's own calls fail; 1: while data comes, 0: at the end
FAULTS = [("pwrite,splice", errno.EIO, 451, 3), ("pwrite,splice", errno.ENOSPC, 452, 3), ("pwrite,splice", errno.EDQUOT, 452, 0),
          ("fdatasync", errno.EIO, 451, 0), ("fdatasync", errno.ENOSPC, 452, 0), ("close", errno.EIO, 451, 0),
          ("close", errno.EDQUOT, 452, 0), ("rename", errno.EIO, 451, 0)]
for c, e, reply, n in FAULTS:
    server = w.start("ours", "-o", "gridftp.sync=yes", env=faulty(c, e, w.srv, n))
    what = f"{c} fails with {errno.errorcode[e]}"
    for m, o in itertools.product("SE", (False, True)):
        if c == "rename" or not (o and n):
            cases.append((f"{what}: {reply} in mode {m}{', the old file stays' if o else ''}", put, server, w.srv, m, reply, o))
    for cl in (["globus-url-copy"], ["globus-url-copy", "-p", "2"], [f"{BIN}/gridcp"]):
        if have(cl[0]):
            cases.append((f"{what}: {' '.join(cl).replace(BIN + '/', '')} fails", by_client, cl, server, w.srv))
server = w.start("ours", env=faulty("sendfile", errno.EIO, w.srv, 1))
for m in "SE":
    cases.append((f"sendfile fails with EIO: 451 in mode {m}", get, server, m, 451))
for n, verbs in ((1, ("LIST", "NLST", "MLSD", "MLSR", "MLSC")), (4, ("MLSR",))):
    server = w.start("ours", env=faulty("readdir", errno.EIO, w.srv, n))
    cases += [(f"readdir fails with EIO after {n} names: 451 to {verb}", listing, server, verb) for verb in verbs]
server = w.start("ours")
for c, e in (("pwrite", errno.ENOSPC), ("pwrite", errno.EIO), ("close", errno.EIO), ("rename", errno.EIO)):
    for o, m in itertools.product((False, True), ([], ["-p", "2"])):
        cases.append((f"gridcp {' '.join(m)}: its own {c} fails with {errno.errorcode[e]}{', the old file stays' if o else ''}",
                      gridcp_local, server, c, e, o, m))
tap.run(cases)
full = full_disk()
if full:
    # one at a time: the space is shared
    tap.run([(f"gridcp {o} on a disk with {n} pages left: that is said", journal, server, full, n, o, f"{full}/{o}")
             for o, n in (("-state", 0), ("-state", 1), ("-df", 0))], 1)
    tap.run([(f"disk full: 452 in mode {m}{', the old file stays' if o else ''}", put, server, full, m, 452, o)
             for m, o in itertools.product("SE", (False, True))], 1)
    tap.run([(f"disk full: {' '.join(cl).replace(BIN + '/', '')} fails", by_client, cl, server, full)
             for cl in (["globus-url-copy"], ["globus-url-copy", "-p", "2"], [f"{BIN}/gridcp"], [f"{BIN}/gridcp", "-p", "2"]) if have(cl[0])], 1)
else:
    print("# no disk of our own to fill: not root, or mount is refused")
tap.done()
