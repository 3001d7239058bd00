#!/usr/bin/python3
"""The source of a copy to a GridFTP server breaks in the middle of the file: the server must not take what has come for
the whole file.  Sources: the web, FTP, GridFTP, a local file; MODE S and MODE E, clear and private data channels; to ours
and to the real server."""
import itertools
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
# pylint: disable=wrong-import-position
from ftpgrid import BIN, DEADLINE, SRC, TOOLS, Failure, Tap, World, data, have, read, same, skip_all, until, write
from oddftp import OddFtp

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
names = itertools.count()
BIG = 4 << 20
RATE = 8 << 20  # bytes a second of a client that is to be caught in the middle
OLD = b"the good file before"
os.mkdir(f"{w.loc}/web")
os.mkdir(f"{w.loc}/read")
write(f"{w.loc}/web/big", data(BIG))
write(f"{w.loc}/endless", b"")
os.truncate(f"{w.loc}/endless", 8 << 30)
write(f"{w.loc}/read/big", data(4 * BIG))
to = {"ours": w.start("ours")}
if have("globus-gridftp-server"):
    to["real"] = w.start("real")


def web(*tls):
    """A port of a web server."""
    at = f"{w.loc}/port{len(tls)}"
    p = subprocess.Popen([f"{SRC}/tests/lib/webserver", f"{w.loc}/web", at, *tls], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    p.stop = p.kill
    w.servers.append(p)
    until("the web server listens", lambda: os.path.exists(at))
    return read(at).decode()


http = f"http://localhost:{web()}/cut/big"
https = f"https://localhost:{web(f'{w.pki}/hostcert.pem', f'{w.pki}/hostkey.pem')}/cut/big"


def half(s, line):
    """Half of a file, and the word that it is cut off."""
    del line
    s.sendall(data(BIG)[:BIG // 2])
    return b"426 cut off"


def half_and_gone(s, line):
    """Half of a file, then the server ends."""
    half(s, line)
    s.close()
    raise OSError


def dangling(s, line):
    """Half of a file, and the server thinks it is all."""
    half(s, line)
    return b"226 done"


def ftp(send, path="/f"):
    return OddFtp(send={"RETR": send, "MLSD": listing}).url(path)


def listing(s, line):
    del line
    s.sendall(b"Type=file;Size=%d; f\r\n" % BIG)


def part_of(path):
    return "/.".join(path.rsplit("/", 1)) + ".part-gridftp"


def arrived(path):
    return max((os.path.getsize(p) for p in (path, part_of(path)) if os.path.exists(p)), default=0)


def transfers(kind, path):
    """How those of PATH have ended: replies of ours.  The real server's log has a process for each session, and calls one that
    was aborted, as when the client has gone, finished; some hang after that word for ever."""
    if kind == "ours":
        return re.findall(rf"ftp\.transfer\.end .*path={re.escape(path)} .*code=(\d+)", read(to[kind].log + ".out").decode())
    log = read(to[kind].log).decode()
    lines = [[m for p, m in re.findall(r"(?m)^\[(\d+)\] .*? :: (.*)", log) if p == pid]
             for pid in re.findall(rf'(?m)^\[(\d+)\] .*Starting to transfer "{re.escape(path)}"', log)]
    return ["226" if f'Finished transferring "{path}".' in li and "Requesting abort..." not in li else "none"
            for li in lines if any(m.startswith(("Closed connection", "Requesting abort")) for m in li)]


def judge(kind, path, code):
    """Neither the file nor its server's log says that all came."""
    if code == 0:
        raise Failure("gridcp says that it has copied it")
    if kind == "ours":
        same(path, OLD)
    until(f"the server has done with {path}", lambda: transfers(kind, path))
    ends = transfers(kind, path)
    if "226" in ends:
        raise Failure(f"the server's transfers of {path}: {ends}")


def destination():
    path = f"{w.srv}/f{next(names)}"
    write(path, OLD, 0o666)
    if os.geteuid() == 0:
        os.chown(path, os.stat(w.srv).st_uid, os.stat(w.srv).st_gid)
    return path


def gridcp(kind, path, source, *options, env=None):
    return w.run([f"{BIN}/gridcp", "-rst-retries", "1", "-rst-interval", "1", *options, source, to[kind].url(path)],
                 env=env)


def cut(kind, source, *options):
    path = destination()
    judge(kind, path, gridcp(kind, path, source, *options).code)


def tree(kind, send):
    """Where the listing tells how long a file is."""
    path = f"{w.srv}/d{next(names)}"
    os.mkdir(path)
    write(path + "/f", OLD, 0o666)
    if os.geteuid() == 0:
        for p in (path, path + "/f"):
            os.chown(p, os.stat(w.srv).st_uid, os.stat(w.srv).st_gid)
    judge(kind, path + "/f", gridcp(kind, path + "/", ftp(send, "/d/"), "-r").code)


def absent(kind, source):
    """What cannot be had at all is not begun."""
    path = destination()
    r = gridcp(kind, path, source)
    if r.code == 0:
        raise Failure(r.text())
    same(path, OLD)


def sender_killed(kind, *options):
    """Ours sends in MODE S to the other server, much more than can have arrived when it is killed."""
    killed(kind, "ours", "-a", *options, source="endless")


def globus_sender_killed(*options):
    """The Globus server's death in MODE S looks like the end of the file: what ALLO announced tells them apart."""
    killed("ours", "real", "-a", *options, source="endless")


def sender_cannot_read(kind, *options):
    """Nor is a file whose reading fails there whole here."""
    a = w.start("ours", env={"LD_PRELOAD": f"{TOOLS}/ioerror.so", "IOERROR_CALL": "pread", "IOERROR_DIR": f"{w.loc}/read",
                             "IOERROR_AFTER": "5", "ASAN_OPTIONS": "verify_asan_link_order=0"})
    cut(kind, a.url(f"{w.loc}/read/big"), "-a", *options)


def client_killed(kind, *options):
    """gridcp dies with both its connections."""
    path = destination()
    p = subprocess.Popen([f"{BIN}/gridcp", *options, f"{w.loc}/read/big", to[kind].url(path)], stdin=subprocess.DEVNULL,
                         cwd=w.loc, env=dict(w.env, LD_PRELOAD=f"{TOOLS}/pace.so", PACE_RATE=str(RATE),
                                             ASAN_OPTIONS="verify_asan_link_order=0"))
    try:
        until("some of it is there", lambda: arrived(path) > BIG // 4 or p.poll() is not None)
    finally:
        p.kill()
        p.wait()
    judge(kind, path, p.returncode)


def unreadable(kind, call, *options):
    """A local file, whose reading fails somewhere in its middle."""
    path = destination()
    r = gridcp(kind, path, f"{w.loc}/read/big", *options,
               env={"LD_PRELOAD": f"{TOOLS}/ioerror.so", "IOERROR_CALL": call, "IOERROR_DIR": f"{w.loc}/read",
                    "IOERROR_AFTER": "5", "ASAN_OPTIONS": "verify_asan_link_order=0"})
    if b"Input/output error" not in r.err:
        raise Failure(r.text())
    judge(kind, path, r.code)


def killed(kind, source_kind, *options, source="read/big"):
    """A server that sends dies with all its processes."""
    a = w.start(source_kind)
    path = destination()
    p = subprocess.Popen([f"{BIN}/gridcp", "-rst-retries", "1", "-rst-interval", "1", *options,
                          a.url(f"{w.loc}/{source}"), to[kind].url(path)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, cwd=w.loc, start_new_session=True,
                         env=dict(w.env, LD_PRELOAD=f"{TOOLS}/pace.so", PACE_RATE=str(RATE),
                                  ASAN_OPTIONS="verify_asan_link_order=0"))
    try:
        until("some of it is there", lambda: arrived(path) > BIG // 4 or p.poll() is not None)
        for pid in a.pids():
            os.kill(pid, signal.SIGKILL)
        out = p.communicate(timeout=DEADLINE)[0]
    finally:
        p.kill()
    print("".join(f"# {line}\n" for line in out.decode().splitlines()), end="")
    judge(kind, path, p.returncode)


cases = []
for kind in to:
    for options in ([], ["-dcpriv"]):
        word = " ".join([f"to {kind}", *options])
        cases += [(f"http, {word}", cut, kind, http, *options)] if not options else []
        cases += [(f"https, {word}", cut, kind, https, *options)]
        for call, more in (("sendfile,pread", []), ("sendfile,pread", ["-p", "4"]), ("sendfile,pread", ["-p", "1"])):
            cases += [(f"a local file {' '.join(more)}, {word}", unreadable, kind, call, *more, *options)]
        cases += [(f"ours killed, between the two, {word}", sender_killed, kind, *options),
                  (f"ours cannot read, between the two, {word}", sender_cannot_read, kind, *options)]
        if kind == "ours" and "real" in to:
            cases += [(f"real killed, between the two, {word}", globus_sender_killed, *options)]
        cases += [(f"{other} killed, {word}", killed, kind, other, "-notpt", *options) for other in to]
    cases += [(f"ftp that says so, to {kind}", cut, kind, ftp(half)), (f"ftp that ends, to {kind}", cut, kind, ftp(half_and_gone)),
              (f"ftp that sends less than it listed, to {kind}", tree, kind, dangling),
              (f"a page that is not there, to {kind}", absent, kind, http + "no"),
              (f"a server that is not there, to {kind}", absent, kind, "ftp://localhost:1/f"),
              (f"gridcp killed, to {kind}", client_killed, kind),
              (f"gridcp killed in MODE E, to {kind}", client_killed, kind, "-p", "2"),
              (f"a local file -nodcau, to {kind}", unreadable, kind, "sendfile,pread", "-nodcau")]
tap.run(cases, 3)
tap.done()
