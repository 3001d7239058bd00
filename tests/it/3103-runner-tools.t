#!/usr/bin/python3
"""The runner's table of a batch system's commands: as whom, with which words, environment, time and output each runs."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from rundrive import *

ALICE = "/O=Grid/CN=alice"
accounts = Accounts("a", "o", "g")
A, OPERATOR = accounts.name["a"], accounts.name["o"]
scratch = Scratch()
tools = f"{scratch.dir}/tools"
os.mkdir(tools)


def program(name, script):
    with open(f"{tools}/{name}", "w") as f:
        f.write("#!/bin/sh\n" + script)
    os.chmod(f"{tools}/{name}", 0o755)


SAY = 'printf "%s|%s|%s|" "$(id -un)" "$PWD" "$(env | sed "s/=.*//" | sort | paste -sd,)"; printf "[%s]" "$@"; exit 4\n'
for p in ("sbatch", "squeue", "scancel", "qsub"):
    program(p, SAY)
program("scontrol", "sleep 1000 & echo $$ >" + f"{scratch.dir}/open/hangs; sleep 1000\n")
program("sinfo", "head -c 17000000 /dev/zero | tr '\\0' x\n")
os.mkdir(f"{scratch.dir}/open")
os.chmod(f"{scratch.dir}/open", 0o777)
r = Runner(scratch.dir, [(ALICE, A)], accounts.name["g"], env={"SBATCH_PARTITION": "leak"},
           options=[f"gatekeeper.slurm_path={tools}", "gatekeeper.slurm_conf=/etc/own.conf",
                    f"gatekeeper.sge_path={tools}", "gatekeeper.sge_root=/etc/sge", "gatekeeper.sge_qmaster_port=6444",
                    f"gatekeeper.operator={OPERATOR if ROOT else ''}",
                    "gatekeeper.scheduler_timeout=2"])
job = r.job(ALICE, start=False)
session = f"{scratch.dir}/sessions/{A}/{job}"
NAMES = "HOME,LOGNAME,PATH,PWD,SLURM_CONF,USER"
SUBMIT = ("sub-1", "debug", "-", "5", "-", "-", "-", "-", "-", "-", "-", "-")


def as_user():
    e = r.cmd("tool", job, "slurm-cancel", "17", "18")
    return e == f"ok status=4 out={A}|{session}|{NAMES}|[17][18]", e


def as_operator():
    e = r.cmd("query", "slurm-poll", "-", "a@%i@a")
    return e == f"ok status=4 out={OPERATOR}|/|{NAMES}|[--noheader][--all][--array][--states=all][--format=a@%i@a]", e


def words():
    e = r.cmd("tool", job, "slurm-submit", *SUBMIT)
    return "[--job-name=sub-1][--partition=debug][--time=5]" in e and "account" not in e, e


def options():
    e = r.cmd("tool", job, "sge-submit", "sub-1", "-", "physics", "-", "-", "3", "-")
    return "[-N][sub-1][-P][physics][-tc][3]" in e and not any(f"[{o}]" in e for o in ("-q", "-l", "-t", "-hold_jid")), e


def variables():
    e = r.cmd("tool", job, "sge-submit", "sub-1", *["-"] * 6)
    return "|HOME,LOGNAME,PATH,PWD,SGE_QMASTER_PORT,SGE_ROOT,USER|" in e, e


def refused():
    bad = [("tool", job, "slurm-poll", "-", "x"), ("query", "slurm-cancel", "1"), ("query", "true"), ("tool", job, "sbatch"),
           ("tool", job, "slurm-cancel"), ("tool", job, "slurm-cancel", "--user=root"), ("tool", job, "slurm-cancel", "1", "a;b"),
           ("tool", job, "slurm-submit", "-", *SUBMIT[1:]), ("tool", job, "slurm-submit", *SUBMIT, "17"), ("tool", job, "slurm-submit", "a")]
    answers = [r.cmd(*b) for b in bad]
    return all(a.startswith("err") for a in answers), answers


def late():
    e = r.cmd("tool", job, "slurm-release", "17")
    with open(f"{scratch.dir}/open/hangs") as f:
        pid = int(f.read())
    return "scontrol did not end within 2 s" in e and until("it has ended", lambda: not alive(pid)), e


def too_much():
    e = r.cmd("query", "slurm-shares", "%R")
    return "sinfo wrote more than 16777216 bytes" in e, e


def missing():
    os.remove(f"{tools}/scancel")
    e = r.cmd("tool", job, "slurm-cancel", "17")
    return e.startswith("err") and f"{tools}/scancel" in e, e


def claim(title, test):
    good, note = test()
    ok(title, good, note)


claim("a command about a job runs as its user, in its session, with an environment of ours", as_user)
claim("a question about all jobs runs as the operator, in no session", as_operator)
claim("words that are not said are left out", words)
claim("an option whose word is not said is left out with it", options)
claim("each batch system's commands have its variables, those that are set", variables)
claim("none runs as another than its row says, or with words that it does not take", refused)
claim("one that hangs is ended, with all that it started", late)
claim("one that writes too much fails", too_much)
claim("one that is not there is named with its path", missing)
done()
