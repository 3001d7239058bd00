#!/usr/bin/python3
"""What ends a run of gridcp ends it at once, whatever servers do: signals, also when the queue is empty or for -list; the
time of -t.  SIGHUP that is ignored stays so: nohup."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from ftpgrid import BIN, DEADLINE, Failure, Tap, World, have, read, skip_all, until  # pylint: disable=wrong-import-position
from oddftp import OddFtp  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridcp"):
    skip_all("gridcp is not built")
w = World()


def drip(s, line):
    """A file that never ends, byte by byte."""
    del line
    s.settimeout(0.05)
    while True:
        s.sendall(b"x")
        try:
            if s.recv(1) == b"":
                return
        except TimeoutError:
            pass


class Run:
    def __init__(self, name, *argv, **more):
        self.dir = f"{w.loc}/{name}"
        os.mkdir(self.dir)
        self.server = OddFtp(send={"RETR": drip}, replies={"MLSD": lambda c, line: None, **more})
        argv = [a.replace("FTP", self.server.url()) for a in argv]
        self.p = subprocess.Popen([f"{BIN}/gridcp", *argv], cwd=self.dir, env=w.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def seen(self, verb):
        until(verb, lambda: any(s.startswith(verb) for s in self.server.seen))

    def ends(self, status, left=()):
        try:
            out = self.p.communicate(timeout=DEADLINE)[0]
        except subprocess.TimeoutExpired:
            self.p.kill()
            raise Failure(f"still there after {DEADLINE} s") from None
        if self.p.returncode != status:
            raise Failure(f"{self.p.returncode}, wanted {status}: {out.decode()}")
        if sorted(os.listdir(self.dir)) != sorted(left):
            raise Failure(f"left: {os.listdir(self.dir)}")
        return out.decode()


def time_is_over(*options):
    r = Run("t" + "".join(options), "-t", "1", *options, "FTP/f", "f")
    if "-t is over" not in r.ends(75, options[1:]):
        raise Failure("it does not say why")
    if options and b"/f" not in read(f"{r.dir}/left"):
        raise Failure("what is left is not in -df")


def listing(verb):
    r = Run(f"list-{verb}", "-list", "FTP/d/", **{verb: lambda c, line: None})
    r.seen(verb.encode())
    r.p.terminate()
    r.ends(-signal.SIGTERM)


def others():
    """The run is over when what is under way has ended; a signal does not wait for that."""
    os.mkfifo(f"{w.loc}/gate")
    r = Run("others", "-cc", "2", "-f", f"{w.loc}/gate")
    with open(f"{w.loc}/gate", "w") as f:
        f.write(f"{r.server.url('/f')} f\n")
        f.flush()
        until("a part", lambda: os.path.exists(f"{r.dir}/.f.part"))
        f.write("file:///no/such g\n")
    until("the other one's failure", lambda: b"/no/such" in r.p.stdout.readline())
    r.p.terminate()
    r.ends(128 + signal.SIGTERM)


def cut(s, line):
    del line
    s.sendall(b"12345")
    return b"426 cut off"


def waiting(how):
    """A file that waits for its next try: its part goes with the run."""
    os.mkfifo(f"{w.loc}/{how}.list")
    r = Run(how, "--json", "-rst-interval", "1000", "-cc", "1", "-f", f"{w.loc}/{how}.list")
    r.server.send["RETR"] = cut
    with open(f"{w.loc}/{how}.list", "w") as f:
        f.write(f"{r.server.url('/f')} f\n")
        f.flush()
        until("a retry", lambda: b'"retry"' in r.p.stdout.readline())
        if os.listdir(r.dir) != [".f.part"]:
            raise Failure(f"there: {os.listdir(r.dir)}")
        if how == "failure":
            f.write("file:///no/such g\n")
        else:
            r.p.terminate()
            r.ends(128 + signal.SIGTERM)
    if how == "failure":
        r.ends(66)


def hangup(action, status):
    """What SIGHUP did when we began must not be what counts."""
    before = signal.signal(signal.SIGHUP, action)
    r = Run(f"hup{status}", "FTP/f", "f", **{"RETR": lambda c, line: None})
    signal.signal(signal.SIGHUP, before)
    r.seen(b"RETR")
    r.p.send_signal(signal.SIGHUP)
    if action == signal.SIG_IGN:
        r.p.terminate()
    r.ends(status)


tap = Tap(w)
tap.case("-t ends what is under way", time_is_over)
tap.case(".. and leaves it in -df", time_is_over, "-df", "left")
for v in "USER", "MLSD":
    tap.case(f"a signal ends -list, while {v} is not answered", listing, v)
tap.case("a signal ends a run that only waits for others", others)
for v in "signal", "failure":
    tap.case(f"a {v} that ends the run leaves no part of a file that waits for another try", waiting, v)
tap.case("SIGHUP ends a run", hangup, signal.SIG_DFL, 128 + signal.SIGHUP)
tap.case(".. unless it was ignored: nohup", hangup, signal.SIG_IGN, 128 + signal.SIGTERM)
tap.done()
