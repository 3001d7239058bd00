#!/usr/bin/python3
"""Who was let in is judged again while the session lasts: ban list, grid-mapfile and revocation lists that change.  A
running transfer may finish; the next command is refused."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import BIN, DEADLINE, Failure, Tap, World, have, read, same, skip_all, until, write  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
w = World(users=("alice", "bob"))
GRIDMAP, BAN = f"{w.pki}/grid-mapfile", f"{w.dir}/ban"
write(BAN, b"# nobody\n")
server = w.start("ours", "-o", f"security.ban={BAN}", "-o", "log.level=info")
tap = Tap(w)


def session(user="alice", **more):
    return gsiftp.Session(server.port, w.proxy(user), f"{w.pki}/certificates", **more)


def logged(event):
    return read(f"{server.log}.out").count(event.encode())


def replace(path, content):
    """In one step, as an administrator's editor does."""
    mode = os.stat(path).st_mode & 0o777
    write(path + ".new", content, mode)
    os.rename(path + ".new", path)


def gone(x, command="NOOP"):
    """The next command, or one that comes soon after, is answered 421, and that was all."""
    end = time.monotonic() + DEADLINE
    while (code := x.command(command)[0]) != 421:
        if code // 100 != 2 or time.monotonic() > end:
            raise Failure(f"{command}: {code}")
        time.sleep(0.1)
    try:
        x.command("NOOP")
    except (ConnectionError, BrokenPipeError):
        return
    raise Failure("the session goes on")


def admitted(user):
    try:
        session(user).close()
    except gsiftp.Refused:
        return False
    return True


def around(change, restore, user="bob"):
    """USER, in the middle of a transfer, meets CHANGE: that file is whole, the next is not begun; others stay."""
    with session(user) as x, session("alice" if user == "bob" else "bob") as other:
        path = f"{w.srv}/{change.__name__}"
        x.expect(200, "TYPE I")
        d = x.connect()
        x.expect(150, f"STOR {path}")
        d.sendall(b"abc")
        change()
        try:
            d.sendall(b"def")
            d.close()
            x.expect(226)
            same(path, b"abcdef")
            gone(x)
            if admitted(user):
                raise Failure(f"{user} logs in")
            other.expect(200, "NOOP")
        finally:
            restore()
        until(f"{user} is let in again", lambda: admitted(user))


def banned():
    before = logged("ftp.login.withdraw")
    replace(BAN, b'"/O=Grid/OU=Test/CN=Test Bob"\n')
    until("it is seen", lambda: logged("ftp.login.withdraw") > before)


def unbanned():
    replace(BAN, b"# nobody\n")


OLD = read(GRIDMAP)


def unmapped():
    before = logged("ftp.login.withdraw")
    replace(GRIDMAP, b"".join(li for li in OLD.splitlines(True) if b"Bob" not in li))
    until("it is seen", lambda: logged("ftp.login.withdraw") > before)


def mapped():
    replace(GRIDMAP, OLD)


def crl(*serials):
    subprocess.run(["sh", "-c", '. "$SRC/tests/lib/grid.sh"; grid_crl "$@"', "sh", w.pki, "ca", *serials], check=True,
                   capture_output=True, env=dict(os.environ, SCRATCH=w.dir))


def revoked():
    text = subprocess.run(["openssl", "x509", "-in", f"{w.pki}/bobcert.pem", "-noout", "-serial"],
                          check=True, capture_output=True).stdout.decode()
    crl(text.strip().split("=")[1])


def unreadable():
    """A map that cannot be read lets nobody in, and throws nobody out: it may be on its way."""
    before = logged("ftp.gridmap.fail")
    write(GRIDMAP + ".new", b"", 0o666)
    os.rename(GRIDMAP, GRIDMAP + ".away")
    os.rename(GRIDMAP + ".new", GRIDMAP)  # never readable and empty: that would be a map without her
    with session_kept as x:
        if admitted("alice"):
            raise Failure("alice logs in")
        until("it is seen", lambda: logged("ftp.gridmap.fail") > before)
        x.expect(200, "NOOP")
        os.rename(GRIDMAP + ".away", GRIDMAP)
        session().close()
        x.expect(200, "NOOP")


tap.case("a session of somebody who was banned ends", around, banned, unbanned)
tap.case("of somebody who was taken out of the map", around, unmapped, mapped)
tap.case("of somebody whose certificate was revoked", around, revoked, crl)
session_kept = session()
tap.case("a map that cannot be read ends none", unreadable)
tap.done()
