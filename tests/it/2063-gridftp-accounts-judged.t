#!/usr/bin/python3
"""The account of a session is judged again while it lasts, and at each login: locked, expired, gone, another uid's, and
without a login shell where the site asks for one."""
import os
import pwd
import subprocess
import sys
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import gsiftp  # pylint: disable=wrong-import-position
import throwaway  # pylint: disable=wrong-import-position
from ftpgrid import BIN, DEADLINE, Failure, Tap, World, have, read, skip_all, until, write  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
if os.geteuid() != 0:
    skip_all("accounts can be changed by root alone")
w = World(users=("alice", "bob"))
GRIDMAP = f"{w.pki}/grid-mapfile"
NAME = throwaway.make(f"gh{os.getpid() % 100000}judged")
UID = pwd.getpwnam(NAME).pw_uid


def map_bob():
    lines = [li if b"Bob" not in li else li[:li.rindex(b'"') + 1] + b" " + NAME.encode() + b"\n" for li in
             read(GRIDMAP).splitlines(True)]
    write(GRIDMAP + ".new", b"".join(lines), os.stat(GRIDMAP).st_mode & 0o777)
    os.rename(GRIDMAP + ".new", GRIDMAP)


map_bob()
server = w.start("ours", "-o", "log.level=info")
asking = w.start("ours", "-o", "log.level=info", "-o", "security.login_shell=yes")
tap = Tap(w)


def session(user, at=None):
    return gsiftp.Session((at or server).port, w.proxy(user), f"{w.pki}/certificates")


def admitted(user, at=None):
    try:
        session(user, at).close()
    except gsiftp.Refused:
        return False
    return True


def run(*argv):
    for _ in range(100):  # another test may hold the lock of the accounts
        p = subprocess.run(argv, capture_output=True, text=True, check=False)
        if p.returncode == 0 or "lock" not in p.stderr:
            break
        time.sleep(0.1)
    if p.returncode != 0:
        raise Failure(f"{argv}: {p.stderr}")


def gone(x):
    """The next command, or one that comes soon after, is answered 421."""
    end = time.monotonic() + DEADLINE
    while (code := x.command("NOOP")[0]) != 421:
        if code // 100 != 2 or time.monotonic() > end:
            raise Failure(f"NOOP: {code}")
        time.sleep(0.1)


def judged(change, restore, words):
    with session("bob") as x, session("alice") as other:
        x.expect(200, "NOOP")
        run(*change)
        gone(x)
        if admitted("bob"):
            raise Failure("bob logs in")
        if words not in read(f"{server.log}.out").decode():
            raise Failure(f"the log does not say '{words}'")
        other.expect(200, "NOOP")
    for argv in restore:
        run(*argv)
    until("bob is let in again", lambda: admitted("bob"))


run("usermod", "-p", "$6$abc$def", NAME)
tap.case("a session of a locked account ends", judged, ("usermod", "-L", NAME), [("usermod", "-U", NAME)], "is locked")
tap.case("a session of an expired account ends", judged, ("chage", "-E", "1", NAME), [("chage", "-E", "-1", NAME)], "has expired")
tap.case("a session of an account that is gone ends", judged, ("userdel", "-f", NAME), [("useradd", "-o", "-u", str(UID), NAME)], "no local account")


def moved():
    """The name has another uid now: whether that is seen in the midst of the change or after it, the session ends."""
    with session("bob") as x:
        x.expect(200, "NOOP")
        run("userdel", "-f", NAME)
        run("useradd", "-o", "-u", str(UID + 7), NAME)
        gone(x)
    until("bob is let in, as the one whose uid that is", lambda: admitted("bob"))


def shell():
    run("usermod", "-s", "/usr/sbin/nologin", NAME)
    if not admitted("bob"):
        raise Failure("bob is refused")
    if admitted("bob", asking) or not admitted("alice", asking):
        raise Failure("the shell decides nothing")


tap.case("a session of a name that has another uid now ends", moved)
tap.case("an account without a login shell is refused only where the site asks for one", shell)
throwaway.remove(NAME)
tap.done()
