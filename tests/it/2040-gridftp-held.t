#!/usr/bin/python3
"""Many sessions held at once, none of them starved: 100, and 1,000 with GATEHOUSE_FULL=1; HELD=N for any number.  All
answer while all are held; memory and descriptors are bounded for each; nothing is left when they go."""
import concurrent.futures
import os
import resource
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position

HELD = int(os.environ.get("HELD", "1000" if ftpgrid.FULL else "100"))
PSS_MAX = 1.2 * 1024  # KiB a session, both processes
FDS_MAX = 16          # of one process
ASAN = "/asan/" in ftpgrid.BIN + "/"


def soft_limit():
    """Descriptors for all our ends of the connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < HELD + 200:
        if hard != resource.RLIM_INFINITY and hard < HELD + 200:
            ftpgrid.skip_all(f"{hard} descriptors are too few for {HELD} connections")
        resource.setrlimit(resource.RLIMIT_NOFILE, (HELD + 200, hard))


def field(pid, file, name):
    with open(f"/proc/{pid}/{file}") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(name + ":"))


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Held:
    def __init__(self, world, server):
        self.world, self.server, self.sessions = world, server, []
        self.before = fds(server.pid)

    def login(self):
        return gsiftp.Session(self.server.port, self.world.proxy("alice"), f"{self.world.pki}/certificates",
                              timeout=ftpgrid.DEADLINE)

    def open(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.sessions = [f.result() for f in [pool.submit(self.login) for _ in range(HELD)]]
        # a codec and a session each, besides the one for the index
        found = len(self.server.sessions())
        if not 2 * HELD <= found <= 2 * HELD + 1:
            raise ftpgrid.Failure(f"{found} processes for {HELD} sessions")

    def answer(self):
        for s in self.sessions:
            s.send("NOOP")
        for s in self.sessions:
            s.expect(200)

    def descriptors(self):
        most = max((fds(p), p) for p in self.server.sessions())
        if most[0] > FDS_MAX:
            raise ftpgrid.Failure(f"process {most[1]} has {most[0]} descriptors")
        if fds(self.server.pid) > self.before + 2:
            raise ftpgrid.Failure(f"the monitor had {self.before} descriptors and has {fds(self.server.pid)}")

    def memory(self):
        try:
            pss = sum(field(p, "smaps_rollup", "Pss") for p in self.server.sessions()) / HELD
            private = sum(field(p, "smaps_rollup", "Private_Dirty") for p in self.server.sessions()) / HELD
        except OSError as e:
            raise ftpgrid.Skip(f"memory cannot be read: {e.strerror}") from None
        print(f"# {HELD} sessions: {pss:.0f} KiB PSS a session ({private:.0f} KiB private and dirty), "
              f"monitor {field(self.server.pid, 'status', 'VmRSS')} KiB")
        if ASAN:
            raise ftpgrid.Skip("the sanitizer's memory is not ours")
        if pss > PSS_MAX:
            raise ftpgrid.Failure(f"{pss:.0f} KiB a session, more than {PSS_MAX:.0f}")

    def transfer(self):
        """The last one that came works like the first."""
        for s in (self.sessions[0], self.sessions[-1]):
            s.expect(250, f"CWD {self.world.srv}")
            s.expect(213, "STAT .")

    def close(self):
        for s in self.sessions[::2]:
            s.expect(221, "QUIT")
        for s in self.sessions:
            s.close()
        ftpgrid.until("all processes are gone", lambda: len(self.server.sessions()) <= 1)
        ftpgrid.until("and all descriptors", lambda: fds(self.server.pid) <= self.before)
        self.login().close()


def main():
    soft_limit()
    world = ftpgrid.World()
    server = world.start("ours", "-o", "gridftp.codecs_ready=0", "-o", f"gridftp.sessions_max={HELD + 10}", "-o", f"gridftp.sessions_max_user={HELD + 10}",
                         "-o", f"gridftp.sessions_max_address={HELD + 10}", "-o", "gridftp.idle_timeout=3600")
    held, tap = Held(world, server), ftpgrid.Tap(world)
    tap.case(f"{HELD} sessions log in and stay", held.open)
    tap.case("each answers NOOP while all are held", held.answer)
    tap.case("none has more descriptors than it needs, nor the monitor for them", held.descriptors)
    tap.case("memory a session is bounded", held.memory)
    tap.case("the first and the last do what sessions do", held.transfer)
    tap.case("again each answers, and when they go nothing is left", lambda: (held.answer(), held.close()))
    tap.done()


if __name__ == "__main__":
    main()
