# tests/lib/slurmdrive.py - a real Slurm for tests (tests/lib/slurm), and a
# gatekeeper in front of it; after gatedrive.py.
import atexit
import os
import pwd
import shutil
import subprocess

from gatedrive import ROOT, SRC, Gatekeeper

TOOL = f"{SRC}/tests/lib/slurm"


def present():
    return os.path.exists("/usr/sbin/slurmctld") or shutil.which("slurmctld") is not None


class Slurm:
    """Controller and two nodes in DIR; more() is LINES of its slurm.conf."""

    def __init__(self, dir, *lines):
        self.dir, self.conf = dir, f"{dir}/slurm.conf"
        atexit.register(self.do, "stop")
        subprocess.run([TOOL, "start", dir, *lines], check=True)

    def do(self, what):
        subprocess.run([TOOL, what, self.dir], stdout=subprocess.DEVNULL, check=what != "stop")

    def run(self, *command, user=None, input=None):
        """The output of one of Slurm's commands, as USER; None when it fails."""
        env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "SLURM_CONF": self.conf}
        if ROOT and user is not None:
            p = pwd.getpwnam(user)
            command = ("setpriv", f"--reuid={p.pw_uid}", f"--regid={p.pw_gid}", "--init-groups") + command
        p = subprocess.run(command, env=env, input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")
        return p.stdout if p.returncode == 0 else None

    def jobs(self, *states):
        """(id, name, state) of all jobs that Slurm shows."""
        out = self.run("squeue", "-h", "-a", "-t", ",".join(states) or "all", "-o", "%i %j %T")
        return [tuple(line.split(" ")) for line in (out or "").splitlines()]

    def live(self):
        """The names of the jobs that are not over."""
        return [name for _, name, _ in self.jobs("PENDING", "RUNNING", "SUSPENDED")]

    def gatekeeper(self, grid, options=(), env=None):
        return Gatekeeper(grid, ["gatekeeper.schedulers=slurm", f"gatekeeper.slurm_conf={self.conf}",
                                 "gatekeeper.record_grace=5"] + list(options), env)
