#!/usr/bin/python3
"""Runs under supervisors: started once, ended whole, judged truly."""
import os
import shutil
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *

ALICE = "/O=Grid/CN=alice"
accounts = Accounts("a", "g")
scratch = Scratch()
r = Runner(scratch.dir, [(ALICE, accounts.name["a"])], accounts.name["g"])
S = f"{scratch.dir}/sessions/{accounts.name['a']}"


def state(line):
    return value(line, "state")


def runs(job, *spec, **kw):
    """Start JOB and let it go."""
    j = r.job(ALICE, *spec, **kw)
    r.cmd("release", j)
    return j


def end(job, unit=""):
    return r.cmd("wait", job, "ended", unit)


def new_mark():
    """Seconds to sleep that are nowhere else on this machine: in no pid, port or name."""
    return str(10**11 + uuid.uuid4().int % 10**11)


def processes(mark):
    out = subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True).stdout.split()
    return [int(p) for p in out if alive(p)]


def held_until_released():
    j = r.job(ALICE, *sh("echo ran >>lines"))
    if state(r.cmd("status", j)) != "held" or os.path.exists(f"{S}/{j}/lines"):
        return False
    return r.cmd("release", j) == "ok" and value(end(j), "exit") == "0" and open(f"{S}/{j}/lines").read() == "ran\n"


def by_hand(j):
    """Start J's supervisor once more, when the first has let go of its lock."""
    pid = int(open(f"{S}/{j}/.gatehouse/job/id").read().split()[0])
    until("the first is gone", lambda: not alive(pid))
    p = subprocess.run([f"{BIN}/gatekeeper-job", ".gatehouse/job"], cwd=f"{S}/{j}", stderr=subprocess.PIPE,
                       user=accounts.name["a"] if ROOT else None)
    return p.returncode if p.stderr == b"" else p.stderr


def second_start():
    j = runs(None, *sh("echo ran >>lines"))
    end(j)
    again = r.cmd("start", j)
    return again.startswith("err") and by_hand(j) == 75 and open(f"{S}/{j}/lines").read() == "ran\n" and \
        value(r.cmd("status", j), "exit") == "0"


def files(j, *names):
    return [os.stat(f"{S}/{j}/.gatehouse/job/{n}") for n in names]


def marker_is_on_disk_already():
    """A new name of the launch file, which is: only the directory is synced."""
    before = time.time() - 2
    j = runs(None, *sh(GATE))
    start = int(value(r.cmd("wait", j, "running"), "start_ms")) / 1000
    launch, marker = files(j, "launch", "started")
    let_go(f"{S}/{j}")
    end(j)
    os.unlink(f"{S}/{j}/.gatehouse/job/exit")
    return launch.st_ino == marker.st_ino and before < start < time.time() + 2 and by_hand(j) == 75


def chattr_works():
    path = f"{scratch.dir}/immutable"
    open(path, "w").close()
    works = shutil.which("chattr") and subprocess.run(["chattr", "+i", path], stderr=subprocess.DEVNULL).returncode == 0
    return works and subprocess.run(["chattr", "-i", path]).returncode == 0


def marker_without_names():
    """Where no file has two names: a file of its own, and once likewise."""
    j = r.job(ALICE, *sh("echo ran >>lines"))
    path = f"{S}/{j}/.gatehouse/job/launch"
    subprocess.run(["chattr", "+i", path], check=True)
    try:
        r.cmd("release", j)
        end(j)
        launch, marker = files(j, "launch", "started")
        os.unlink(f"{S}/{j}/.gatehouse/job/exit")
        status = by_hand(j)
    finally:
        subprocess.run(["chattr", "-i", path])
    return launch.st_ino != marker.st_ino and status == 75 and open(f"{S}/{j}/lines").read() == "ran\n"


def exit_codes():
    return all(value(end(runs(None, *sh(f"exit {n}"))), "exit") == str(n) for n in (0, 1, 42, 255))


def signal_death():
    e = end(runs(None, *sh("kill -SEGV $$")))
    return value(e, "signal") == "11" and value(e, "exit") == "139" and value(e, "why") == "signalled"


def missing_program():
    e = end(runs(None, ("program", "/no/such/program")))
    return value(e, "why") == "not-started" and "/no/such/program" in value(e, "text")


def streams():
    j = r.job(ALICE, start=False)
    path = f"{S}/{j}/in.txt"
    with open(path, "w") as f:
        f.write("from input\n")
    os.chmod(path, 0o644)
    for k, v in (("program", "sh"), ("arg", "-c"), ("arg", 'cat; echo "$0|$1" >&2'), ("arg", "a b"), ("arg", '"$(id)\''),
                 ("input", "in.txt"), ("output", "o"), ("error", "e")):
        r.cmd("spec", k, v)
    r.cmd("prepare", j), r.cmd("start", j, "go"), end(j)
    return open(f"{S}/{j}/o").read() == "from input\n" and open(f"{S}/{j}/e").read() == 'a b|"$(id)\'\n'


def environment():
    os.environ["LEAK"] = "secret"
    j = runs(None, *sh("env"), ("env", "A=b=c"), ("env", "GATEHOUSE_RUN=mine"))
    end(j)
    env = dict(l.split("=", 1) for l in open(f"{S}/{j}/stdout").read().splitlines())
    extra = set(env) - {"A", "HOME", "LOGNAME", "USER", "SHELL", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "GATEHOUSE_RUN"}
    return env["A"] == "b=c" and env["USER"] == accounts.name["a"] and env["GATEHOUSE_RUN"] != "mine" and not extra


def symlink_output():
    j = r.job(ALICE, *sh("echo x"), ("output", "out"))
    os.symlink("/tmp/elsewhere", f"{S}/{j}/out")
    r.cmd("release", j)
    e = end(j)
    return value(e, "why") == "not-started" and "symbolic link" in value(e, "text")


def escape_output():
    e = end(runs(None, *sh("echo x"), ("output", "../../out")))
    return value(e, "why") == "not-started" and "leaves the session" in value(e, "text")


def limits():
    j = runs(None, *sh("ulimit -c; ulimit -n; ulimit -f"), ("limit.core", "0"), ("limit.nofile", "77"),
             ("limit.fsize", "512000"))
    end(j)
    return open(f"{S}/{j}/stdout").read() == "0\n77\n1000\n"


def cpu_limit():
    e = end(runs(None, *sh("while :; do :; done"), ("limit.cpu", "1")))
    return "CPU time limit of 1 s" in value(e, "text") and value(e, "signal") == "24"


def copies():
    j = runs(None, *sh("echo copy"), ("count", "3"))
    end(j)
    return open(f"{S}/{j}/stdout").read() == "copy\n" * 3


def leftovers():
    mark = new_mark()
    e = end(runs(None, *sh(f"setsid sleep {mark} & exit 7")))
    return value(e, "exit") == "7" and processes(f"sleep {mark}") == []


# Double forks, new sessions, ignored signals: a whole family that wants to live.
ESCAPE = '''trap "" TERM HUP
(trap "" TERM; setsid sh -c 'trap "" TERM; (setsid sleep {0} &) ; sleep {0}' & )
python3 -c 'import os,time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
os.execlp("sleep","sleep","{0}")' &
echo up >up; while :; do sleep {0}; done'''


def family():
    mark = new_mark()
    j = runs(None, *sh(ESCAPE.format(mark)))
    until("the family is there", lambda: len(processes(f"^sleep {mark}")) == 4)
    return j, mark


def cancel_kills_all():
    j, mark = family()
    r.cmd("signal", j, "TERM")
    e = end(j)
    return value(e, "why") == "cancelled" and value(e, "exit") == "137" and processes(mark) == []


def all_are_signalled():
    """A batch system tells all processes of a job to end: the program may have ended before its supervisor looks."""
    mark = new_mark()
    j = runs(None, *sh(f"exec sleep {mark}"))
    until("it sleeps", lambda: len(processes(mark)) == 1)
    pid = int(value(r.cmd("status", j), "pid"))
    os.kill(pid, signal.SIGSTOP)
    until("its supervisor has stopped", lambda: stopped(pid))
    os.kill(int(processes(mark)[0]), signal.SIGTERM)
    os.kill(pid, signal.SIGTERM)
    until("it has ended", lambda: not [p for p in processes(mark) if alive(p)])
    os.kill(pid, signal.SIGCONT)
    e = end(j)
    return value(e, "why") == "cancelled" and value(e, "exit") == "143" or print("#", e)


def kill_is_at_once():
    j, mark = family()
    r.cmd("signal", j, "KILL")
    e = end(j)
    return value(e, "why") == "cancelled" and processes(mark) == []


def walltime():
    mark = new_mark()
    e = end(runs(None, *sh(f"sleep {mark}"), ("wall", "1")))
    return value(e, "why") == "walltime" and "wall time limit of 1 s" in value(e, "text") and processes(mark) == []


def killed_supervisor():
    j, mark = family()
    pid = int(value(r.cmd("status", j), "pid"))
    os.kill(pid, signal.SIGKILL)
    e = r.cmd("wait", j, "lost")
    until("the family is gone", lambda: r.cmd("status", j) and processes(mark) == [])
    return "supervisor was killed" in value(e, "text") and r.cmd("start", j).startswith("err")


def reboot():
    j = runs(None, *sh("sleep 1000"))
    e = r.cmd("wait", j, "running")
    pid = int(value(e, "pid"))
    path = f"{S}/{j}/.gatehouse/job/id"
    text = open(path).read().split()
    os.kill(pid, signal.SIGKILL)
    until("it is gone", lambda: not alive(pid))
    with open(path, "w") as f:
        f.write(f"{text[0]} {text[1]} 00000000-0000-4000-8000-000000000000 {text[3]}\n")
    return "host was restarted" in value(r.cmd("status", j), "text")


def held_supervisor_dies():
    j = r.job(ALICE, *sh("echo ran >>lines"))
    pid = int(value(r.cmd("status", j), "pid"))
    os.kill(pid, signal.SIGKILL)
    until("it is gone", lambda: not alive(pid))
    if state(r.cmd("status", j)) != "none":
        return False
    r.cmd("start", j, "go")
    return value(end(j), "exit") == "0" and open(f"{S}/{j}/lines").read() == "ran\n"


def cancel_held():
    j = r.job(ALICE, *sh("echo ran >>lines"))
    r.cmd("signal", j, "TERM")
    e = end(j)
    return value(e, "why") == "cancelled" and not os.path.exists(f"{S}/{j}/lines") and \
        r.cmd("start", j, "go").startswith("err")


def stop_and_go():
    j = runs(None, *sh(f"{GATE}; echo on"))
    # Past its commands: a shell in vfork(2) waits for a stopped child, and is not stopped itself.
    until("it waits", lambda: os.path.exists(f"{S}/{j}/go"))
    r.cmd("signal", j, "STOP")
    until("it is stopped", lambda: value(r.cmd("status", j), "stopped") == "1")
    pid = int(value(r.cmd("status", j), "pid"))
    kids = open(f"/proc/{pid}/task/{pid}/children").read().split()
    until("its processes are", lambda: all(open(f"/proc/{k}/stat").read().rsplit(")", 1)[1].split()[0] == "T" for k in kids))
    let_go(f"{S}/{j}")
    r.cmd("signal", j, "CONT")
    return value(end(j), "exit") == "0" and value(r.cmd("status", j), "stopped") == "0"


def outlives_runner():
    j = runs(None, *sh(f"{GATE}; exit 9"))
    r.cmd("wait", j, "running")
    gatekeeper = r.gatekeeper()
    r.p.kill()
    r.p.wait()
    until("the gatekeeper goes with it", lambda: not alive(gatekeeper))
    r.start()
    if state(r.cmd("status", j)) != "running":
        return False
    let_go(f"{S}/{j}")
    return value(end(j), "exit") == "9"


def gatekeeper_dies():
    os.kill(r.gatekeeper(), signal.SIGKILL)
    r.p.wait(DEADLINE)
    code = r.p.returncode
    r.start()
    return code == 70


def prepared_program():
    j = r.job(ALICE, start=False)
    for k, v in sh("exit 4"):
        r.cmd("spec", k, v)
    r.cmd("prepare", j, "program")
    rc = subprocess.run([f"{S}/{j}/.gatehouse/gatekeeper-job", ".gatehouse/job"], cwd=f"{S}/{j}",
                        user=accounts.name["a"] if ROOT else None).returncode
    return rc == 0 and value(r.cmd("status", j), "exit") == "4"


def one_program_for_all():
    """Sessions of an account share the supervisor's file; when it is gone, the next one has a new one."""
    def inode():
        j = r.job(ALICE, start=False)
        good = tuple(r.cmd("spec", "program", "true") and r.cmd("prepare", j, "program") for _ in range(2))
        return os.stat(f"{S}/{j}/.gatehouse/gatekeeper-job").st_ino if good == ("ok", "ok") else good
    first, second = inode(), inode()
    os.remove(f"{S}/.gatekeeper-job")
    third, fourth = inode(), inode()
    return first == second != third == fourth, (first, second, third, fourth)


def full_of_jobs():
    ids = [runs(None, *sh("exit 0")) for _ in range(30)]
    return all(value(end(j), "exit") == "0" for j in ids)


ok("a held run begins when it is released, once", held_until_released)
ok("a second start is refused and leaves the record alone", second_start)
ok("the marker is another name of what is on disk already, and its time is the start", marker_is_on_disk_already)
if ROOT and chattr_works():
    ok("where a file can have one name only it is a file", marker_without_names)
else:
    skip("where a file can have one name only it is a file", "no file can be made immutable here")
ok("exit codes are the program's", exit_codes)
ok("death by a signal is told", signal_death)
ok("a program that is not there is named", missing_program)
ok("streams and arguments arrive as they are", streams)
ok("the environment is made from scratch", environment)
ok("an output behind a symbolic link is refused", symlink_output)
ok("an output outside the session is refused", escape_output)
ok("limits are set", limits)
ok("a CPU limit is told as such", cpu_limit)
ok("copies are started", copies)
ok("what the program leaves running is ended", leftovers)
ok("cancel ends the whole tree, daemons and deaf ones too", cancel_kills_all)
ok("so does a batch system's, which signals all of the tree at once", all_are_signalled)
ok("kill does so without grace", kill_is_at_once)
ok("the wall-time limit does so as well", walltime)
ok("a killed supervisor means lost, and its tree goes", killed_supervisor)
ok("a run of an earlier boot is lost for that reason", reboot)
ok("a supervisor that dies held has not run: it may be started again", held_supervisor_dies)
ok("a held run that is cancelled never begins", cancel_held)
ok("a run is stopped and continued", stop_and_go)
ok("runs outlive runner and gatekeeper, which live and die together", outlives_runner)
ok("the runner ends when its gatekeeper is killed", gatekeeper_dies)
ok("a batch system starts the supervisor by itself", prepared_program)
ok("the sessions of an account share one file of the supervisor", *one_program_for_all())
ok("thirty runs at once", full_of_jobs)
ok("it ends cleanly when told", lambda: r.stop() == 0)
done()
