#!/usr/bin/python3
"""Accounting: one OGF Usage Record for each job that is over, and a line for each task, whatever dies meanwhile."""
import http.client
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

URF = "{http://schema.ogf.org/urf/2003/09/urf}"
grid = Grid("alice")
records = f"{grid.dir}/records"
points = grid.open_dir("points")
gate = Gatekeeper(grid, [f"gatekeeper.accounting={records}", "gatekeeper.fork_slots=4"])
alice = Client(grid, grid.proxy("alice"), gate.start().url)


def files(suffix):
    found = []
    for day in os.listdir(records):
        found += [f"{records}/{day}/{f}" for f in os.listdir(f"{records}/{day}")]
    return sorted(f for f in found if f.endswith(suffix))


def of(address, suffix):
    """The one file of this job; None while there is none."""
    found = [f for f in files(suffix) if f.endswith(f"/{address.rsplit('/', 1)[1]}{suffix}")]
    return found[0] if len(found) == 1 else None


def record(address):
    until("there is a record", lambda: of(address, ".xml"))
    return ET.parse(of(address, ".xml")).getroot()


def text(node, name):
    return node.findtext(f".//{URF}{name}")


def valid():
    p = subprocess.run(["xmllint", "--noout", "--schema", f"{SRC}/tests/data/usage-record.xsd"] + files(".xml"), stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    if p.returncode != 0:
        print("# " + p.stdout.replace("\n", "\n# "))
    return p.returncode == 0


def seconds(duration):
    return float(re.fullmatch(r"PT([\d.]+)S", duration).group(1))


def says_what_was_used():
    document = sh_job("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exit 3").replace(
        "<j:JobDescription>", "<j:JobDescription><j:JobIdentification><j:JobName>a &lt;b&gt;</j:JobName></j:JobIdentification>")
    a = alice.create(document, message_id())
    alice.wait(a)
    r = record(a)
    cpu = {e.get(f"{URF}usageType"): seconds(e.text) for e in r.iter(f"{URF}CpuDuration")}
    more = {e.get(f"{URF}description"): e.text for e in r.iter(f"{URF}Resource")}
    print("# " + ET.tostring(r, encoding="unicode").replace("\n", "\n# "))
    return (text(r, "GlobalJobId") == "urn:uuid:" + a.rsplit("/", 1)[1] and text(r, "GlobalUserName") == grid.dn("alice")
            and text(r, "LocalUserId") == grid.accounts["alice"] and text(r, "Status") == "completed" and text(r, "JobName") == "a <b>"
            and cpu["user"] > 0 and seconds(text(r, "WallDuration")) > 0 and more["exit"] == "3"
            and int(text(r, "Memory")) > 0 and text(r, "StartTime") <= text(r, "EndTime") and valid())


def every_end():
    failed = alice.create(jsdl("/nonexistent/program"), message_id())
    cancelled = alice.create(sh_job("exec sleep 1000"), message_id())
    alice.wait(failed)
    alice.wait(cancelled, ("Running",))
    alice.each("TerminateActivities", cancelled)
    alice.wait(cancelled)
    return text(record(failed), "Status") == "failed" and text(record(cancelled), "Status") == "aborted" and valid()


def a_line_for_each_task():
    a = alice.create(sh_job("exit $((GATEHOUSE_TASK % 2))", description=f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="30"/></g:Extension>'),
                     message_id())
    alice.wait(a)
    r = record(a)
    with open(of(a, ".tasks")) as f:
        lines = [dict(w.split("=", 1) for w in line.split()) for line in f]
    tasks = [e.text for e in r.iter(f"{URF}Resource") if e.get(f"{URF}description") == "tasks"]
    return (tasks == ["30"] and [int(x["task"]) for x in lines] == list(range(30)) and [int(x["exit"]) for x in lines] == [i % 2 for i in range(30)]
            and all(x["state"] == "Done" and x["signal"] == "-" and x["started"] <= x["ended"] for x in lines) and valid())


def again(**env):
    """The service manager starts the gatekeeper until it stays."""
    if gate.p.poll() is not None:
        alice.close()
    while gate.p.poll() is not None:
        try:
            gate.start(env=env)
        except RuntimeError:
            env = {}


def answers():
    again()
    try:
        return alice.request("GET", "/health")[0] > 0
    except (OSError, http.client.HTTPException):
        return False


def killed_again_and_again():
    """kill -9 before the number is kept, and at other times: each job has its record, once."""
    jobs = []
    for i in range(12):
        jobs.append(alice.create(sh_job("true"), message_id()))
        if i % 3 == 1:
            until("it is over", lambda: of(jobs[-1], ".xml"))
        if i % 3 == 2:
            os.kill(gate.p.pid, 9)
            gate.p.wait()
            again(GATEHOUSE_TEST_POINT=f"accounting.written {points}/{i}")
            if "/release/" not in BIN:
                until("it was killed at the point", lambda: again() or os.path.exists(f"{points}/{i}"))
            until("it answers", answers)
    until("all have records", lambda: all(of(a, ".xml") for a in jobs))
    names = [f.rsplit("/", 1)[1] for f in files(".xml")]
    print(f"# {len(jobs)} jobs, {len(names)} records in all, died at {sorted(os.listdir(points))}")
    return len(names) == len(set(names)) and valid()


def begins_late():
    """Switched on later, it tells of the jobs that are kept; where it cannot write, it does so once it can."""
    gate.stop()
    alice.close()
    for f in files(""):
        os.unlink(f)
    for day in os.listdir(records):
        os.rmdir(f"{records}/{day}")
    os.rmdir(records)
    with open(records, "w"):
        pass
    refused = subprocess.run([f"{BIN}/gatekeeper", "-F", "-c", f"{grid.pki}/gatehouse.conf", "-o", "gatekeeper.listen=127.0.0.1:0"]
                             + [w for o in gate.options for w in ("-o", o)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=DEADLINE)
    os.unlink(records)
    gate.start()
    a = alice.create(sh_job("true"), message_id())
    alice.wait(a)
    print(f"# {refused.returncode} {refused.stdout[-300:]}")
    return refused.returncode != 0 and "gatekeeper.accounting" in refused.stdout and text(record(a), "Status") == "completed"


ok("a job's usage record says who, what, when and how much, in the structure of GFD.98", says_what_was_used)
ok("failed and cancelled jobs have records, too", every_end)
ok("an array has one record, and a line for each task", a_line_for_each_task)
ok("kill -9 at any time leaves one record for each job", killed_again_and_again)
ok("a directory that cannot be made is refused by name", begins_late)
done()
