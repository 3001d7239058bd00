#!/usr/bin/python3
# A user whose requests wait - his helper, which runs as him, is stopped - does
# not keep the gatekeeper's workers from others, however many he sends.
import contextlib
import os
import pwd
import re
import signal
import ssl
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import Client, Gatekeeper, Grid, alive, done, ok, sh_job, until  # noqa: E402

WORKERS, MANY = 4, 12
grid = Grid("alice", "bob")
gate = Gatekeeper(grid, [f"gatekeeper.workers={WORKERS}"]).start()
alice, bob = (Client(grid, grid.proxy(u), gate.url) for u in ("alice", "bob"))
job = alice.create(sh_job("echo there"))
other = bob.create(sh_job("echo here"))
gone = alice.create(sh_job("true"))
for client, address in ((alice, job), (alice, gone), (bob, other)):
    client.wait(address)


def path(address):
    return address[len(gate.url):] + "/stdout"


def helpers():
    """The processes that ask the system as somebody: children of the runner that are no gatekeeper."""
    own = gate.unprivileged()
    return [c for c in gate.children() if c != own]


def helper_of(user):
    name = grid.accounts[user]
    uid = pwd.getpwnam(name).pw_uid
    for pid in helpers():
        with open(f"/proc/{pid}/status") as f:
            if int(re.search(r"^Uid:\s+(\d+)", f.read(), re.M).group(1)) == uid:
                return pid
    raise RuntimeError("no helper of " + user)


if os.geteuid() != 0:
    # one account for all: the helper that is stopped is everybody's
    print("1..0 # SKIP needs two accounts")
    sys.exit(0)
ok("both read what their jobs wrote", lambda: alice.request("GET", path(job))[1] == "there\n" and
   bob.request("GET", path(other))[1] == "here\n")
stopped = helper_of("alice")
os.kill(stopped, signal.SIGSTOP)
waiting = []
try:
    for _ in range(MANY):
        s = alice.raw()
        s.sendall(f"GET {path(job)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        waiting.append(s)

    def unanswered():
        for s in waiting:
            s.setblocking(False)
            try:
                if s.recv(1):
                    return False
            except (BlockingIOError, ssl.SSLWantReadError):
                pass
        return True

    def queued():
        text = bob.request("GET", "/metrics")[1]
        return int(re.search(r"^gatehouse_queue_length\S* (\d+)", text, re.M).group(1))

    ok("hers have come, and wait", lambda: until("the queue", lambda: queued() >= MANY - WORKERS) and unanswered())
    ok("another user's file is read, his job's state told, a job taken, while none of hers is answered", lambda: (
        bob.request("GET", path(other))[1] == "here\n" and bob.status(other).state == "Finished" and
        bob.create(sh_job("true")) and unanswered()))
    ok("and a third's, at once with his", lambda: Client(grid, None, gate.url).request("GET", "/health")[0] == 200 and unanswered())
finally:
    with contextlib.suppress(ProcessLookupError):
        os.kill(stopped, signal.SIGCONT)


def answered():
    for s in waiting:
        s.setblocking(True)
        s.settimeout(120)
        got = b""
        while b"there" not in got:
            piece = s.recv(65536)
            if not piece:
                return False
            got += piece
    return True


ok("when her helper goes on, each of hers is answered", answered)


def ends():
    """Her helper, which does nothing, has a session to remove, which may take an hour."""
    pid = helper_of("alice")
    os.kill(pid, signal.SIGSTOP)
    alice.request("DELETE", "/jobs/" + gone.rsplit("/", 1)[1])
    bob.wait(bob.create(sh_job("true")))  # the engine has come to what is behind it
    return gate.stop() == 0 and until("her helper is gone", lambda: not alive(pid))


ok("SIGTERM ends the service though a helper does nothing, and nothing is left behind", ends)
done()
