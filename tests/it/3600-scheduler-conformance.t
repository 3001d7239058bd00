#!/usr/bin/python3
"""What every scheduler does alike, over each adapter in front of the real one; the table of it is in docs/schedulers.md, and comes from here
(UPDATE=1 writes it).  SCHEDULERS="sge pbs" asks only these."""
import os
import re
import shutil
import subprocess
import sys
import uuid

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *  # noqa: F403,E402
import rundrive  # noqa: E402
import pbsdrive  # noqa: E402
import sgedrive  # noqa: E402

SRC = os.environ["SRC"]
DOC = f"{SRC}/docs/schedulers.md"
ALICE = "/O=Grid/CN=alice"
accounts = Accounts("a", "g")
A = accounts.name["a"]
scratch = Scratch()
NASTY = ["", "a b", "'\"", "$HOME `id` $(id)", "two\x1flines", "ünïcödé ☃", "-n", "*", "\\"]


def new_id():
    """A job's id, which is its submit name here, too: Grid Engine wants a letter first."""
    return "a" + str(uuid.uuid4())[1:]


class Site:
    """One scheduler, and the gatekeeper's half of its adapter."""

    def __init__(self, name, options=()):
        self.name, self.where = name, {}
        os.mkdir(f"{scratch.dir}/{name}")
        os.chmod(f"{scratch.dir}/{name}", 0o755)
        self.r = Runner(f"{scratch.dir}/{name}", [(ALICE, A)], accounts.name["g"], tool="sched",
                        options=[f"gatekeeper.schedulers={name}", "gatekeeper.record_grace=2"] + list(options),
                        env={"SBATCH_PARTITION": "leak", "LEAK": "leak"})
        self.cmd = self.r.cmd

    def describe(self, script, *more):
        self.cmd("job", "new")
        for words in (("executable", "/bin/sh"), ("arg", "-c"), ("arg", script)) + more:
            answer = self.cmd("job", *words)
            if answer != "ok":
                raise RuntimeError(answer)

    def submit(self, script, *more, release=True):
        j = new_id()
        self.where[j] = value(self.cmd("register", j, ALICE), "path")
        self.describe(script, *more)
        good = self.cmd("submit", j)
        if not good.startswith("ok id="):
            raise RuntimeError(good)
        if release:
            self.release(j)
        return j

    def release(self, j):
        good = self.cmd("release", j)
        if good != "ok":
            raise RuntimeError(good)

    def end(self, j, state="ended"):
        """The status of J, once it is in STATE."""
        answer = self.cmd("wait", j, state)
        if not answer.startswith("ok "):
            raise RuntimeError(answer)
        return answer

    def again(self):
        """A stand-in that did not answer is of no use any more."""
        self.r.stop()
        self.r.start()

    def text(self, j, name="stdout"):
        with open(f"{self.where[j]}/{name}") as f:
            return f.read()

    def refusal(self, *more):
        self.describe("true", *more)
        answer = self.cmd("check")
        return "accepted" if answer == "ok" else "refused: " + answer.split(" ", 2)[2]


def fault(line):
    return line.split(" fault=", 1)[1]


# Each row: what is asked for, and a function that says what came of it.
def runs(s):
    j = s.submit("echo hello; echo oops >&2")
    e = s.end(j)
    return f"exit {value(e, 'exit')}, stdout {s.text(j)!r}, stderr {s.text(j, 'stderr')!r}"


def codes(s):
    jobs = [s.submit(f"exit {c}") for c in (0, 5, 37, 137, 255)]
    return " ".join(value(s.end(j), "exit") for j in jobs)


def signalled(s):
    e = s.end(s.submit("kill -9 $$"))
    return f"signal {value(e, 'signal')}: {fault(e)}"


def held(s):
    j = s.submit("echo ran >>lines", release=False)
    before = value(s.cmd("poll", j), "state")
    quiet = not os.path.exists(f"{s.where[j]}/lines")
    s.release(j), s.release(j), s.end(j), s.release(j)
    return f"{before} until the release, run {s.text(j, 'lines').count('ran')} time" if quiet else "it ran"


def found(s):
    j = s.submit("true", release=False)
    once = s.cmd("find", j).split(" exit=")[0]
    s.cmd("cancel", j)
    return {"ok": "its launch file", "ok state=held": "held, by its name"}[once]


def suspended(s):
    j = s.submit(GATE)
    s.end(j, "running")
    answer = s.cmd("suspend", j, "stop")
    if answer != "ok":
        let_go(s.where[j]), s.end(j)
        return answer.split(" ", 2)[2]
    s.end(j, "suspended")
    let_go(s.where[j])
    s.cmd("suspend", j, "go")
    return f"suspended, continued, exit {value(s.end(j), 'exit')}"


def cancel_waiting(s):
    j = s.submit("echo ran >>lines", release=False)
    s.cmd("cancel", j)
    told = []  # once: fork knows a job that never began no longer when it has told its end

    def over():
        told.append(s.cmd("poll", j))
        return value(told[-1], "state") in ("ended", "lost")
    until("it is over", over)
    e = told[-1]
    return ("it ran: " if os.path.exists(f"{s.where[j]}/lines") else "") + fault(e)


def cancel_running(s):
    j = s.submit("sleep 1000 & echo $! >pid; wait")
    until("it runs", lambda: os.path.exists(f"{s.where[j]}/pid") and s.text(j, "pid").endswith("\n"))
    s.end(j, "running"), s.cmd("cancel", j)
    e = s.end(j)
    # Slurm ends the supervisor and the program at once: the record has whom it met first
    return fault(e).split("; ")[-1] + (", a process is left" if alive(int(s.text(j, "pid"))) else ", no process is left")


def wall(s):
    e = s.end(s.submit("sleep 1000", ("wall", 2)))
    return fault(e)


def limit(s, j, seconds, before):
    """J's wall time is SECONDS from now on, which was BEFORE; "ok", or the refusal."""
    s.cmd("job", "new"), s.cmd("job", "wall", seconds)
    answer = s.cmd("limits", j, before)
    return answer if answer == "ok" else "refused: " + answer.split(" ", 2)[2]


def longer_before(s):
    j = s.submit("sleep 2; exit 7", ("wall", 1), release=False)
    answer = limit(s, j, 600, 1)
    s.release(j)
    e = s.end(j)
    return f"exit {value(e, 'exit')}" if answer == "ok" else f"{answer}; {fault(e)}"


def shorter(s):
    j = s.submit(GATE, ("wall", 600))
    s.end(j, "running")
    answer = limit(s, j, 1, 600)
    if answer != "ok":
        let_go(s.where[j])
    return fault(s.end(j)) if answer == "ok" else f"{answer}; exit {value(s.end(j), 'exit')}"


def longer(s):
    j = s.submit(GATE, ("wall", 60))
    s.end(j, "running")
    answer = limit(s, j, 600, 60)
    let_go(s.where[j])
    return re.sub("for job [0-9]+", "for job N", answer) + f", exit {value(s.end(j), 'exit')}"


def memory(s):
    j = s.submit("python3 -c 'x = bytearray(1 << 29)'; test $? != 0 && echo refused", ("memory", 300 << 20))
    s.end(j)
    return s.text(j).strip() or "granted"


def cpu_time(s):
    return fault(s.end(s.submit("while :; do :; done", ("cpu", 1))))


def environment(s):
    j = s.submit('printf "%s|" "$A" "$B" "$HOME" "$LEAK" "${SBATCH_PARTITION-}"; test "$X509_CERT_DIR" && echo certs',
                 ("env", "A", "x y'\"$(id)"), ("env", "B", "two\x1flines ü"))
    s.end(j)
    good = s.text(j) == "|".join(["x y'\"$(id)", "two\nlines ü", os.path.expanduser(f"~{A}"), "", "", "certs\n"])
    return "exact, nothing of the gatekeeper's own" if good else s.text(j)


def arguments(s):
    j = s.submit('printf "%s|" "$@"', ("arg", "sh"), *[("arg", a) for a in NASTY])
    s.end(j)
    return "exact" if s.text(j) == "".join(a.replace("\x1f", "\n") + "|" for a in NASTY) else s.text(j)


def directory(s):
    j = s.submit("pwd", ("directory", "/usr/share"))
    k = s.submit("pwd")
    s.end(j), s.end(k)
    return "as asked, else the session" if s.text(j) == "/usr/share\n" and s.text(k) == s.where[k] + "\n" else s.text(j) + s.text(k)


def stdin(s):
    path = f"{scratch.dir}/{s.name}/input"
    with open(path, "w") as f:
        f.write("line 1\nline 2")
    j = s.submit("cat; echo .", ("input", path))
    k = s.submit("cat; echo .")
    s.end(j), s.end(k)
    return "the file, else nothing" if s.text(j) == "line 1\nline 2.\n" and s.text(k) == ".\n" else s.text(j) + s.text(k)


def copies(s):
    path = f"{scratch.dir}/{s.name}/copy"
    with open(path, "w") as f:
        f.write("in\n")
    j = s.submit('read x; echo "$x $1"', ("arg", "sh"), ("arg", "a b"), ("count", 3), ("input", path))
    e = s.end(j)
    return f"exit {value(e, 'exit')}, {s.text(j).splitlines().count('in a b')} lines"  # each reads the input from its begin


def first_failure(s):
    e = s.end(s.submit("exit 3", ("count", 2)))
    return f"exit {value(e, 'exit')}"


def mpi(s):
    refused = s.refusal(("mpi", 1))
    if refused != "accepted":
        return refused
    j = s.submit('echo "$SLURM_PROCID of $SLURM_NTASKS on $SLURMD_NODENAME"', ("mpi", 4), ("hosts", 2))
    s.end(j)
    lines = sorted(s.text(j).split())
    ranks = sorted(ln.split()[0] for ln in s.text(j).splitlines())
    return "4 ranks on n1 and n2" if ranks == ["0", "1", "2", "3"] and {"n1", "n2"} <= set(lines) else s.text(j)


def missing_program(s):
    j = new_id()
    s.where[j] = value(s.cmd("register", j, ALICE), "path")
    s.cmd("job", "new"), s.cmd("job", "executable", "/bin/nope")
    s.cmd("submit", j), s.release(j)
    e = s.end(j)
    return f"exit {value(e, 'exit')}: {fault(e)}"


def queue(s):
    refused = s.refusal(("queue", "long"))
    if refused != "accepted":
        return refused
    j = s.submit('echo "${SLURM_JOB_PARTITION-$QUEUE}"', ("queue", "long"))
    s.end(j)
    return "in " + s.text(j).strip()


def no_queue(s):
    return s.refusal(("queue", "nope"))


def queue_limit(s):
    return s.refusal(("queue", "debug"), ("wall", 7200))


def project(s):
    refused = s.refusal(("project", "physics"))
    if refused != "accepted":
        return refused
    if s.name == "sge":  # no variable of the job says it
        j = s.submit("true", ("project", "physics"))
        s.end(j)
        until("it is accounted for", lambda: sge.run("qacct", "-j", j))
        return next(ln.split()[1] for ln in sge.run("qacct", "-j", j).splitlines() if ln.startswith("project"))
    j = s.submit('echo "$SLURM_JOB_ACCOUNT"', ("project", "physics"))
    s.end(j)
    return s.text(j).strip()


def waits(s):
    refused = s.refusal(("slots", 64))
    if s.name == "fork" and "TotalCPUCount 64: this site has" in refused:
        return "refused: TotalCPUCount 64: this site has N processors"
    return refused


def at_submission(s):
    """What the scheduler itself refuses, when it is handed over."""
    j = new_id()
    s.cmd("register", j, ALICE)
    s.describe("true", ("queue", "nope"))
    answer = s.cmd("submit", j)
    return answer.split(" ", 2)[2] if answer.startswith("err") else "taken: it looks before"


def behind(s):
    """What a job waits for, in the scheduler's words."""
    full = {"fork": 2, "pbs": 8}.get(s.name, 4)
    jobs = [s.submit(GATE) for _ in range(full)]
    for j in jobs:
        s.end(j, "running")
    last = s.submit("true")
    said = lambda: fault(s.cmd("poll", last))
    if s.name in ("slurm", "sge"):
        until("it says why", lambda: "waits at" in said())
    text = f"{value(s.cmd('poll', last), 'state')}: {said()}".rstrip(": ")
    if s.name == "sge":  # either, and of this host
        text = re.sub('"(debug|long)@[^"]*"', '"QUEUE"', text)
    for j in jobs:
        let_go(s.where[j])
    for j in jobs + [last]:
        s.end(j)
    return text


def described(s):
    e = s.cmd("describe")
    return e.replace("ok ", "")


ROWS = [
    ("a job runs; its output", runs, "exit 0, stdout 'hello\\n', stderr 'oops\\n'"),
    ("exit codes 0 5 37 137 255", codes, "0 5 37 137 255"),
    ("killed by a signal", signalled, "signal 9: ended by signal 9 (Killed)"),
    ("held, and released twice", held, ("pending until the release, run 1 time", "held until the release, run 1 time")),
    ("found again before its release", found, ("its launch file", "held, by its name")),
    ("suspend and continue", suspended, ("suspended, continued, exit 0",) * 3 + ("it cannot suspend",)),
    ("cancelled while it waits", cancel_waiting,
     ("cancelled before it began", "Slurm says CANCELLED: cancelled at the batch system, before the job began",
      "Grid Engine no longer shows the job: deleted, before the job began",
      "PBS says C, and the job left nothing in its session: is gatekeeper.sessions shared with the nodes?")),
    ("cancelled while it runs", cancel_running,
     ("cancelled, no process is left", "Slurm says CANCELLED: cancelled at the batch system, no process is left",
      "cancelled, no process is left")),
    ("wall time", wall, "wall time limit of 2 s exceeded"),
    ("wall time made longer while it waits", longer_before,
     ("exit 7",) * 3 + ("refused: PBS: Unknown option: l; wall time limit of 1 s exceeded",)),
    ("wall time made shorter while it runs", shorter,
     ("wall time limit of 1 s exceeded",) * 3 + ("refused: PBS: Unknown option: l; exit 0",)),
    ("wall time made longer while it runs", longer,
     ("ok, exit 0", "refused: Slurm: Access/permission denied for job N, exit 0",
      "refused: Grid Engine ends a job that runs at the limit it began with: it cannot have more time, exit 0", "refused: PBS: Unknown option: l, exit 0")),
    ("memory limit of 300 MiB", memory, "refused"),
    ("CPU time", cpu_time, "CPU time limit of 1 s exceeded"),
    ("environment", environment, "exact, nothing of the gatekeeper's own"),
    ("arguments: blanks, quotes, $, line ends, UTF-8", arguments, "exact"),
    ("working directory", directory, "as asked, else the session"),
    ("standard input", stdin, "the file, else nothing"),
    ("three copies", copies, "exit 0, 3 lines"),
    ("copies that fail", first_failure, "exit 3"),
    ("MPI, 4 ranks on 2 hosts", mpi, 
     ("refused: job type 'mpi': the fork scheduler runs no MPI jobs", "4 ranks on n1 and n2",
      "refused: job type 'mpi': this site has set no gatekeeper.sge_mpi_pe and gatekeeper.sge_mpirun",
      "refused: job type 'mpi': this site has set no gatekeeper.pbs_mpirun")),
    ("a program that is not there", missing_program, "exit 127: cannot execute '/bin/nope': No such file or directory"),
    ("a queue", queue, ("refused: queue 'long': the fork scheduler has no queues", "in long")),
    ("a queue that is not there", no_queue,
     ("refused: queue 'nope': the fork scheduler has no queues", "refused: queue 'nope': Slurm has debug long here",
      "refused: queue 'nope': Grid Engine has debug long here",
      "refused: queue 'nope': PBS has debug long here")),
    ("wall time of 7200 s in a queue of an hour", queue_limit,
     ("refused: queue 'debug': the fork scheduler has no queues", "refused: wall time 7200 s: queue 'debug' allows 3600 s")),
    ("a project", project, ("refused: project 'physics': the fork scheduler charges no projects", "physics")),
    ("more processors than there are", waits,
     ("refused: TotalCPUCount 64: this site has N processors",
      "refused: TotalCPUCount 64: Slurm here has 4 processors",
      "refused: TotalCPUCount 64: Grid Engine here has 4 processors",
      "refused: TotalCPUCount 64: PBS here has 8 processors")),
    ("refused when it is handed over", at_submission,
     ("taken: it looks before", "Slurm refused the job: Batch job submission failed: Invalid partition name specified",
      'Grid Engine refused the job: Job was rejected because job requests unknown queue "nope"',
      "PBS refused the job: Batch job submission failed: Invalid partition name specified")),
    ("all processors are busy", behind, ("pending", "pending: waits at Slurm: Resources", 'pending: waits at Grid Engine: queue instance "QUEUE" dropped because it is full',
      "pending")),
    ("slots", described,
     ("slots=2 free=2 running=0 waiting=0",) + ("debug slots=4 free=4 running=0 waiting=0, long slots=2 free=2 running=0 waiting=0",) * 2
     + ("debug slots=8 free=8 running=0 waiting=0, long slots=8 free=8 running=0 waiting=0",)),
]


def slurm_tool():
    """What starts a Slurm; None where there is none."""
    there = shutil.which("slurmctld") is not None or os.path.exists("/usr/sbin/slurmctld")
    return f"{SRC}/tests/lib/slurm" if there else None


def slurm_site():
    tool, dir = slurm_tool(), f"{scratch.dir}/slurmd"
    if tool is None:
        return None
    atexit.register(lambda: subprocess.run([tool, "stop", dir], stdout=subprocess.DEVNULL))
    subprocess.run([tool, "start", dir], check=True)
    return Site("slurm", [f"gatekeeper.slurm_conf={dir}/slurm.conf"])


def sge_site():
    global sge
    if not sgedrive.present():
        return None
    sge = sgedrive.Sge(f"{scratch.dir}/gridengine")
    return Site("sge", sge.options)


def table(got):
    out = ["| asked for | " + " | ".join(NAMES) + " |", "|---" * (len(NAMES) + 1) + "|"]
    for (name, _, _), row in zip(ROWS, got):
        out.append("| " + " | ".join(x.replace("|", "\\|") for x in [name] + row) + " |")
    return "\n".join(out) + "\n"


def expected(want):
    """One for all; of fork and of Slurm, the others like Slurm; or of each."""
    want = [want] * 2 if isinstance(want, str) else list(want)
    return want + want[-1:] * (len(NAMES) - len(want))


def pbs_site():
    """Debian's commands of TORQUE over a Slurm of its own."""
    bin = pbsdrive.unpack(f"{scratch.dir}/torque") if slurm_tool() is not None else None
    if bin is None:
        return None
    slurmd, tool = f"{scratch.dir}/torqued", slurm_tool()
    atexit.register(lambda: subprocess.run([tool, "stop", slurmd], stdout=subprocess.DEVNULL))
    subprocess.run([tool, "start", slurmd], check=True, env=dict(os.environ, SLURM_CPUS="4"))
    return Site("pbs", [f"gatekeeper.pbs_path={bin}", f"gatekeeper.slurm_conf={slurmd}/slurm.conf"])


def fork_site():
    return Site("fork", ["gatekeeper.fork_slots=2"])


SITES = {"fork": fork_site, "slurm": slurm_site, "sge": sge_site, "pbs": pbs_site}
NAMES = list(SITES)
asked = os.environ.get("SCHEDULERS", " ".join(NAMES)).split()
sites = [make() if name in asked else None for name, make in SITES.items()]
results = []
for name, test, want in ROWS:
    row = []
    for system, site, w in zip(NAMES, sites, expected(want)):
        if site is None:
            skip(f"{system}: {name}", f"no {system} here")
            row.append(w)
            continue
        try:
            got = test(site)
        except Exception as e:
            got = f"{type(e).__name__}: {e}"
            if isinstance(e, TimeoutError):
                site.again()
        ok(f"{site.name}: {name}", got == w, f"got  {got!r}\nwant {w!r}")
        row.append(got)
    results.append(row)

BEGIN, END = "<!-- begin: tests/it/3600-scheduler-conformance.t -->\n", "<!-- end -->\n"
with open(DOC) as f:
    page = f.read()
head, rest = page.split(BEGIN, 1)
old, tail = rest.split(END, 1)
if os.environ.get("UPDATE") == "1" and not rundrive.failed:
    with open(DOC, "w") as f:
        f.write(head + BEGIN + table(results) + END + tail)
    old = table(results)
ok("docs/schedulers.md has this table", old == table(results), table(results))
done()
