# tests/lib/sgedrive.py - a real Grid Engine for tests (tests/lib/sge).
import atexit
import os
import pwd
import subprocess

ROOT = os.geteuid() == 0
LIB = "/usr/lib/gridengine"
TOOL = f"{os.environ['SRC']}/tests/lib/sge"


def present():
    return os.path.exists(f"{LIB}/sge_qmaster") and os.path.exists(f"{LIB}/sge_execd")


REAL = f"{LIB}/qsub"


def open_tools(grid):
    """A directory with all commands but qsub, which a test puts there."""
    tools = grid.open_dir("tools")
    for name in ("qstat", "qdel", "qrls", "qmod", "qacct", "qconf"):
        os.symlink(f"{LIB}/{name}", f"{tools}/{name}")
    return tools


def lies(what):
    """What a qsub may say of WHAT ("job", "array"), as scripts by title; a test adds answers of that form."""
    return {
        "answers after long": f"{REAL} \"$@\" >/dev/null; sleep 1000",
        f"fails after the {what} was taken": f"{REAL} \"$@\" >/dev/null; echo 'Unable to run job: unspecified error' >&2; exit 1",
        f"cannot reach the qmaster, which took the {what}": f"{REAL} \"$@\" >/dev/null; echo 'error: commlib error: got read error' >&2; exit 1",
        "fails before anything": "echo 'error: commlib error: got select error (Connection refused)' >&2; exit 1",
    }


class Sge:
    """Qmaster and one host in DIR."""

    def __init__(self, dir):
        self.dir = dir
        atexit.register(self.do, "stop")
        subprocess.run([TOOL, "start", dir], check=True)
        with open(f"{dir}/env") as f:
            self.env = dict(line.strip().split("=", 1) for line in f)
        self.options = [f"gatekeeper.{name.lower()}={value}" for name, value in self.env.items()]
        self.options += ["gatekeeper.sge_pe=smp"]

    def do(self, what):
        subprocess.run([TOOL, what, self.dir], stdout=subprocess.DEVNULL, check=what != "stop")

    def run(self, *command, user=None, input=None):
        """The output of one of its commands, as USER; None when it fails."""
        env = dict(self.env, PATH=f"{LIB}:/usr/bin:/bin")
        if ROOT and user is not None:
            p = pwd.getpwnam(user)
            command = ("setpriv", f"--reuid={p.pw_uid}", f"--regid={p.pw_gid}", "--init-groups") + command
        p = subprocess.run(command, env=env, input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")
        return p.stdout if p.returncode == 0 else None

    def jobs(self):
        """(id, name, state) of all jobs that it shows."""
        import xml.etree.ElementTree as tree

        found = tree.fromstring(self.run("qstat", "-xml", "-u", "*") or "<x/>").iter("job_list")
        return [(j.findtext("JB_job_number"), j.findtext("JB_name"), j.findtext("state")) for j in found]

    def live(self):
        """The names of the jobs that are not over."""
        return [name for _, name, _ in self.jobs()]

    def gatekeeper(self, grid, options=(), env=None):
        from gatedrive import Gatekeeper

        return Gatekeeper(grid, ["gatekeeper.schedulers=sge", "gatekeeper.record_grace=5"] + self.options + list(options), env)
