#!/usr/bin/python3
"""Parameter sweeps (GFD.149): one job whose tasks differ where its document says so, through CreateActivity and gridrun."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

SWEEP = "http://schemas.ogf.org/jsdl/2009/03/sweep"
EXAMPLE = f"{SRC}/examples/jobs/sweep.jsdl"
ODD = ["plain", "two  words", "$HOME `id` 'x\" \\", "über ✓", "${GATEHOUSE_TASK}${GATEHOUSE_SWEEP_0}", ""]

grid = Grid("alice")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=4"])
alice = Client(grid, grid.proxy("alice"), gate.start().url)


def assignment(paths, function):
    nodes = "".join(f'<s:DocumentNode><s:NamespaceBinding ns="{POSIX}" prefix="q"/><s:Match>{esc(p)}</s:Match></s:DocumentNode>'
                    for p in paths)
    return f"<s:Assignment>{nodes}{function}</s:Assignment>"


def values(*of):
    return "<f:Values>" + "".join(f"<f:Value>{esc(v)}</f:Value>" for v in of) + "</f:Values>"


def sweep(inner):
    return f'<s:Sweep xmlns:s="{SWEEP}" xmlns:f="{SWEEP}/functions">{inner}</s:Sweep>'


def swept(document, *sweeps):
    return document.replace("</j:JobDefinition>", "".join(sweeps) + "</j:JobDefinition>")


def create(document):
    """CreateActivity with DOCUMENT as ASCII: what is not becomes a character reference."""
    return alice.create(document.encode("ascii", "xmlcharrefreplace").decode(), message_id())


def tasks(address):
    status, text = alice.request("GET", "/" + address.split("/", 3)[3] + "/tasks")
    return json.loads(text) if status == 200 else {"status": status}


def read(address, name):
    with open(f"{grid.session('alice', address)}/{name}") as f:
        return f.read()


def gridrun(*words):
    env = dict(os.environ, X509_USER_PROXY=grid.proxy("alice"), X509_CERT_DIR=f"{grid.pki}/certificates")
    p = subprocess.run([f"{BIN}/gridrun"] + list(words), env=env, cwd=grid.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stdout, p.stderr


def each_has_its_values():
    a = create(swept(jsdl("/usr/bin/printf", "%s", "x"), sweep(assignment(["//q:Argument[2]"], values(*ODD)))))
    end, page = alice.wait(a), tasks(a)
    out = [read(a, f"stdout.{i}") for i in range(len(ODD))]
    print(f"# {end.state} {end.fault} {out}")
    return (end.state == "Finished" and page["total"] == len(ODD) and out == ODD
            and [t["parameters"] for t in page["tasks"]] == [[{"name": "Argument[2]", "value": v}] for v in ODD])


def streams_and_directories():
    """Each task its own input, output and working directory, which it finds or makes in the session."""
    first = alice.create(sh_job("mkdir in out; for i in 1 2 3; do echo data $i >in/$i; done; pwd"), message_id())
    alice.wait(first)
    here = read(first, "stdout").strip()
    document = jsdl("/bin/sh", "-c", 'read x; echo "$PWD $x $GATEHOUSE_TASK"', posix=(
        f"<p:Input>{here}/in/0</p:Input><p:Output>o</p:Output><p:Error>e-${{GATEHOUSE_TASK}}</p:Error>"
        f"<p:WorkingDirectory>{here}</p:WorkingDirectory>"))
    a = alice.create(swept(document, sweep(
        assignment([f"substring(//q:Input, {len(here) + 5}, 1)"], '<f:LoopInteger start="1" end="3"/>')
        + assignment(["//q:Output"], values("first", "second", "third"))
        + assignment(["//q:WorkingDirectory"], values(f"{here}/in", f"{here}/out", here)))), message_id())
    end = alice.wait(a)
    print(f"# {end.state} {end.fault} {tasks(a)}")
    out = [open(f"{here}/{n}").read() for n in ("in/first", "out/second", "third")]
    print(f"# {out}")
    return out == [f"{here}/in data 1 0\n", f"{here}/out data 2 1\n", f"{here} data 3 2\n"]


def example_runs():
    rc, out, err = gridrun("-submit", "-b", "-q", "-F", f"localhost:{gate.port}", "-f", EXAMPLE)
    with open(f"{grid.dir}/epr", "w") as f:
        f.write(out)
    if rc != 0:
        print(f"# {rc} {err}")
    waited = gridrun("-monitor", "-q", "-j", "epr")
    rows = gridrun("-list", "-tasks", "epr")[1]
    a = out.split("Address>", 1)[1].split("<", 1)[0]
    made = [read(a, f"result-{i}.txt") for i in range(6)]
    print(f"# {waited} {made}\n# " + rows.replace("\n", "\n# "))
    pairs = [(angle, seed) for angle in ("0.0", "0.5", "1.0") for seed in (17, 42)]
    return (made == [f"angle {angle} seed {seed}\n" for angle, seed in pairs]
            and all(f"Argument[4]={angle} SEED={seed}" in row for (angle, seed), row in zip(pairs, rows.splitlines()))
            and len(rows.splitlines()) == 6)


def rewritten_by_gridrun():
    """A description that gridrun writes anew, because it brings a file of this machine, is the same sweep."""
    with open(f"{grid.dir}/words", "w") as f:
        f.write("brought ")
    document = jsdl("/bin/sh", "-c", 'cat words; printf %s "$1"', "sh", "x", description=(
        f"<j:DataStaging><j:FileName>words</j:FileName><j:CreationFlag>overwrite</j:CreationFlag><j:Source><j:URI>file://{grid.dir}/words"
        "</j:URI></j:Source></j:DataStaging>"))
    with open(f"{grid.dir}/brought.jsdl", "w") as f:
        f.write(swept(document, sweep(assignment(["//q:Argument[4]"], values("a", "b\tc", "<")))))
    rc, out, err = gridrun("-submit", "-b", "-q", "-F", f"localhost:{gate.port}", "-f", "brought.jsdl")
    print(f"# {rc} {err}")
    a = out.split("Address>", 1)[1].split("<", 1)[0]
    end = alice.wait(a)
    made = [read(a, f"stdout.{i}") for i in range(3)]
    print(f"# {end.state} {end.fault} {made}")
    return made == ["brought a", "brought b\tc", "brought <"]


def limit_and_restart():
    """A sweep with a limit, whose gatekeeper is killed meanwhile: each task once."""
    runs = grid.open_dir("runs")
    document = sh_job(f'echo x >>{runs}/$1; while [ ! -e {runs}/go ]; do sleep 0.1; done; exit $1', description=(
        f'<g:Extension xmlns:g="{JOBS}"><g:Tasks limit="2"/></g:Extension>'))
    document = document.replace("</p:POSIXApplication>", "<p:Argument>sh</p:Argument><p:Argument>0</p:Argument></p:POSIXApplication>")
    a = alice.create(swept(document, sweep(assignment(["//q:Argument[4]"], '<f:LoopInteger start="10" end="2" step="-2"/>'))), message_id())
    until("two run", lambda: tasks(a).get("counts") == {"Running": 2, "Pending": 3} and len(os.listdir(runs)) == 2)
    os.kill(gate.p.pid, 9)
    gate.p.wait()
    alice.close()
    gate.start()
    with open(f"{runs}/go", "w"):
        pass
    end, page = alice.wait(a), tasks(a)
    print(f"# {end.state} {end.fault} {page}")
    return ([t.get("exit") for t in page["tasks"]] == [10, 8, 6, 4, 2] and sorted(os.listdir(runs)) == sorted(["10", "8", "6", "4", "2", "go"])
            and all(open(f"{runs}/{i}").read() == "x\n" for i in (10, 8, 6, 4, 2)))


def refused():
    """What all tasks share, what is no function, and what is too much is a fault that names it."""
    said = []
    for what, of in (("JobName", (["//*[local-name()='JobName']"], values("a"))), ("Random", (["//q:Argument[1]"], "<f:Random/>")),
                     ("10000", (["//q:Argument[1]"], '<f:LoopInteger start="1" end="20000"/>'))):
        document = jsdl("/bin/true", "x").replace("<j:JobDescription>", "<j:JobDescription><j:JobIdentification><j:JobName>n</j:JobName></j:JobIdentification>")
        f = fault(alice.create, swept(document, sweep(assignment(*of))), message_id())
        print(f"# {f} {f.text}")
        said.append(what in f.reason + f.text)
    return all(said)


ok("each task has its own value of a parameter, whatever bytes it has, and the list of tasks tells it", each_has_its_values)
ok("tasks differ in input, output and working directory, and assignments advance together", streams_and_directories)
ok("the sample runs: a nested sweep is a product, and gridrun -list -tasks shows each task's parameters", example_runs)
ok("a sweep that gridrun writes anew is the same", rewritten_by_gridrun)
ok("with a limit so many run at once, and kill -9 of the gatekeeper changes no task", limit_and_restart)
ok("what the tasks share, and what is unknown or too much, is refused by name", refused)
done()
