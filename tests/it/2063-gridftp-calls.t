#!/usr/bin/python3
"""What a session asks of the kernel: nothing for each entry of a listing that it knows already."""
import os
import re
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position

ENTRIES = 200
ASKED = re.compile(r" (geteuid|getegid|getgroups|getuid|getgid)\(")


def main():
    if not ftpgrid.have("strace"):
        ftpgrid.skip_all("no strace here")
    world = ftpgrid.World()
    trace = f"{world.dir}/calls"
    server = world.start("ours", wrap=["strace", "-f", "-qq", "-o", trace, "-e", "trace=geteuid,getegid,getgroups,getuid,getgid"])
    tap = ftpgrid.Tap(world)

    def listing():
        os.mkdir(f"{world.srv}/many")
        for i in range(ENTRIES):
            ftpgrid.write(f"{world.srv}/many/{i}", b"x")
        r = world.run([f"{ftpgrid.BIN}/gridcp", "-list", server.url(f"{world.srv}/many/")])
        if r.code or r.text().count("\n") < ENTRIES:
            raise ftpgrid.Failure(r.text()[-500:])
        os.kill(server.pids()[1], 15)  # the daemon, below strace, which writes the rest and ends
        server.p.wait(ftpgrid.DEADLINE)
        calls = {}
        for line in ftpgrid.read(trace).decode().splitlines():
            pid, found = line.split()[0], ASKED.search(line)
            if found:
                calls[pid] = calls.get(pid, 0) + 1
        print(f"# calls by process: {calls}")
        if not calls or max(calls.values()) > 30:
            raise ftpgrid.Failure(f"who a process is was asked {max(calls.values(), default=0)} times by one process")

    tap.case(f"a listing of {ENTRIES} names asks who the session is once, not for each", listing)
    tap.done()


if __name__ == "__main__":
    main()
