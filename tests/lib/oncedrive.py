# tests/lib/oncedrive.py - jobs at a real batch system run exactly once: its
# submitting program lies, the gatekeeper dies in each step; after gatedrive.py.
import os
import subprocess
import time

from gatedrive import BIN, FULL, Client, let_go, ok, sh_job, until

ROUNDS = 20 if FULL else 1


def claim(title, test):
    """TEST says whether TITLE holds, and what was seen."""
    try:
        good, note = test()
    except (TimeoutError, RuntimeError, StopIteration) as e:
        good, note = False, repr(e)
    ok(title, good, note)


class Once:
    """GATE is in front of SYSTEM, whose live() is the names of jobs that are not over; PROGRAM in TOOLS is what submits."""

    def __init__(self, grid, system, tools, program, real):
        self.grid, self.system, self.tools, self.program, self.made = grid, system, tools, program, 0
        self.runs, self.points = grid.open_dir("runs"), grid.open_dir("points")
        os.chmod(tools, 0o777)  # the lie is taken away by who is told it
        # What it does is in the file "lie", once.
        with open(f"{tools}/{program}", "w") as f:
            f.write(f'#!/bin/sh\nif mv {tools}/lie {tools}/told.$$ 2>/dev/null; then . {tools}/told.$$; else exec {real} "$@"; fi\n')
        os.chmod(f"{tools}/{program}", 0o755)

    def serve(self, gate):
        self.gate = gate
        self.client = Client(self.grid, self.grid.proxy("alice"), gate.url)

    def submit(self, script="exit 7"):
        """A job that leaves a line each time it runs: its address and that file."""
        self.made += 1
        file = f"{self.runs}/{self.made}"
        return self.client.create(sh_job(f"echo ran >>{file}; {script}")), file

    def once(self, address, file):
        """The job ended by its own exit code, was run once, and nothing of it is left in the queue."""
        end = self.client.wait(address)
        with open(file) as f:
            ran = f.read().count("ran")
        left = [n for n in self.system.live() if n == self.name(address)]
        if end.state == "Finished" and end.exit == 7 and ran == 1 and left == []:
            return True
        raise RuntimeError(f"{end.state} exit={end.exit} fault={end.fault} ran={ran} left={left}")

    @staticmethod
    def name(address):
        return "gk" + address.rsplit("/", 1)[1].replace("-", "")

    def lying(self, script):
        with open(f"{self.tools}/lie.new", "w") as f:
            f.write(script)
        os.chmod(f"{self.tools}/lie.new", 0o644)
        os.rename(f"{self.tools}/lie.new", f"{self.tools}/lie")
        return self.once(*self.submit()) and not os.path.exists(f"{self.tools}/lie")

    def killed_at(self, point, gatekeeper_dies):
        self.gate.stop()
        file = f"{self.points}/{point}.{time.monotonic_ns()}"
        self.gate.start(env={"GATEHOUSE_TEST_POINT": f"{point} {file}"})
        self.client.close()
        address, mark = self.submit()
        until(f"{point} is passed", lambda: os.path.exists(file))
        if gatekeeper_dies:
            until("the gatekeeper is gone", lambda: self.gate.p.poll() is not None)
            self.gate.start()
            self.client.close()
        return self.once(address, mark)

    def waits(self, address):
        job = address.rsplit("/", 1)[1]
        until("it is in the queue", lambda: any(f"job={job} " in ln and "to=Pending" in ln for ln in self.gate.text().splitlines()))

    def running(self, script):
        address, mark = self.submit(f"{script}; exit 7")
        self.client.wait(address, ("Running",))
        until("its program has begun", lambda: os.path.exists(mark))  # a batch system calls it running before
        return address, mark

    def let_go(self, address):
        let_go(self.grid.session("alice", address))

    def rounds(self, test, *args):
        return all(test(*args) for _ in range(ROUNDS))

    def check(self, *options):
        """What `gatekeeper -t` says, and its exit status."""
        command = [f"{BIN}/gatekeeper", "-t", "-c", f"{self.grid.pki}/gatehouse.conf"]
        for o in self.gate.options + list(options):
            command += ["-o", o]
        p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.grid.dir)
        return p.returncode, p.stdout

    def steps(self, lies):
        """A job as it should be; the program answers each of LIES; each step of a job has a death of the gatekeeper."""
        ok("a job runs once, and its exit code comes back", lambda: self.once(*self.submit()))
        for what, script in lies.items():
            ok(f"{self.program} {what}: no job twice, none lost", lambda: self.rounds(self.lying, script))
        if "/release/" in BIN:
            return  # no test points
        for point in ("gk.intent", "batch.submit", "gk.submit", "gk.commit", "gk.release", "gk.exit"):
            ok(f"the gatekeeper is killed at {point}: no job twice, none lost", lambda: self.rounds(self.killed_at, point, True))
        ok("the helper is killed at run.tool: no job twice, none lost", lambda: self.rounds(self.killed_at, "run.tool", False))
