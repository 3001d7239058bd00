#!/usr/bin/python3
"""A full file system of the sessions loses no exit code and starts nothing that could lose one; who waits reads why."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import GATE, JOBS, ROOT, Client, Gatekeeper, Grid, alive, done, fault, let_go, ok, sh_job, skip, until  # noqa: E402

titles = ("the disk is full when a job ends: its exit code comes at once",
          "... also after kill -9 of the gatekeeper",
          "... and so do those of an array's tasks",
          "its program deleted the room for the record: the job waits, and its owner reads why",
          "... and with room again the exit code comes",
          "a job that is submitted meanwhile waits, and its owner reads why",
          "... and runs when there is room, once",
          "what waits for room can be terminated",
          "the disk of the runner's state is full: a job that is submitted waits, and its owner reads why",
          "... and runs when there is room, once",
          "at a disk that is nearly full new jobs are refused, and told which it is",
          "... /health and metrics say so, and what was accepted ends",
          "... and with room again they are taken")
if not ROOT:
    for t in titles:
        skip(t, "a file system can be mounted by root only")
    done()
grid = Grid("alice")
disk, marks = f"{grid.dir}/disk", grid.open_dir("marks")
keep = f"{grid.dir}/keep"
for path in (disk, keep):
    os.mkdir(path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", path], check=True)


def fill(path=disk):
    with open(f"{path}/ballast", "ab", buffering=0) as f:
        try:
            while f.write(b"\0" * 4096):
                pass
        except OSError:
            pass


def empty(path=disk):
    os.unlink(f"{path}/ballast")


def running(script):
    a = alice.create(sh_job(f"{GATE}; {script}"))
    alice.wait(a, ("Running",))
    return a


def go(address):
    let_go(f"{disk}/s/{grid.accounts['alice']}/{address.rsplit('/', 1)[1]}")


def waits(address, *words):
    until("the owner reads why", lambda: (alice.status(address).retry or "").strip() != "")
    st = alice.status(address)
    return st.state in ("Pending", "Running") and any(w in st.retry for w in words) or print("#", vars(st))


box = {}
try:
    gate = Gatekeeper(grid, [f"gatekeeper.sessions={disk}/s", f"gatekeeper.runner_state={keep}/r", "gatekeeper.fork_slots=4", "gatekeeper.disk_min=0"]).start()
    alice = Client(grid, grid.proxy("alice"), gate.url)

    def at_once():
        a = running("exit 7")
        go(a), fill()
        st = alice.wait(a)
        empty()
        return st.exit == 7

    def killed():
        a = running("exit 8")
        gate.p.kill(), gate.p.wait()
        go(a), fill()
        gate.start()
        alice.close()
        st = alice.wait(a)
        empty()
        return st.exit == 8

    def array():
        extension = f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="6" limit="3"/></g:Extension>'
        a = alice.create(sh_job(f"touch {marks}/a.$GATEHOUSE_TASK; while [ ! -e {marks}/go ]; do sleep 0.1; done; "
                                "exit $((GATEHOUSE_TASK + 1))", description=extension))
        page = "/" + a.split("/", 3)[3] + "/tasks"
        until("three run", lambda: sum(f.startswith("a.") for f in os.listdir(marks)) == 3)
        fill()
        with open(f"{marks}/go", "w"):
            pass
        until("three are over", lambda: json.loads(alice.request("GET", page)[1])["counts"].get("Done", 0) >= 3)
        empty()
        alice.wait(a)
        ends = [t.get("exit") for t in json.loads(alice.request("GET", page)[1])["tasks"]]
        print(f"# {ends}")
        return ends[:3] == [1, 2, 3]

    def without_room():
        box["a"] = a = running("rm .gatehouse/job/exit.room; echo x >%s/1; read y <go2; exit 9" % marks)
        session = f"{disk}/s/{grid.accounts['alice']}/{a.rsplit('/', 1)[1]}"
        os.mkfifo(f"{session}/go2", 0o666), os.chmod(f"{session}/go2", 0o666)
        go(a)
        until("it is at it", lambda: os.path.exists(f"{marks}/1"))
        fill()
        with open(f"{session}/go2", "w") as f:
            f.write("y\n")
        return waits(a, "cannot be written")

    def room_again():
        empty()
        return alice.wait(box["a"]).exit == 9

    def submitted():
        fill()
        box["b"] = alice.create(sh_job(f"echo x >>{marks}/2; exit 4"))
        return waits(box["b"], "No space left") and not os.path.exists(f"{marks}/2")

    def runs_once():
        empty()
        return alice.wait(box["b"]).exit == 4 and open(f"{marks}/2").read() == "x\n"

    def terminated():
        a = running("exit 5")
        fill()
        b = alice.create(sh_job("exit 6"))
        good = waits(b, "No space left")
        alice.each("TerminateActivities", a, b)
        ends = [alice.wait(x).state for x in (a, b)]
        empty()
        return good and ends == ["Cancelled"] * 2

    def registry():
        fill(keep)
        for n in range(200):  # what room there still is in the registry's last page
            a = alice.create(sh_job(f"echo x >>{marks}/3.{n}; exit 4"))
            box.update(c=a, n=n)
            until("it ends or waits", lambda a=a: alice.status(a).state == "Finished" or (alice.status(a).retry or "").strip())
            if alice.status(a).state != "Finished":
                break
        return waits(a, "No space left") and not os.path.exists(f"{marks}/3.{box['n']}")

    def registry_again():
        empty(keep)
        return alice.wait(box["c"]).exit == 4 and open(f"{marks}/3.{box['n']}").read() == "x\n"

    def accepts(yes):
        return f"gatekeeper_accepting {int(yes)}\n" in alice.request("GET", "/metrics")[1]

    def refused():
        gate.stop()
        gate.start("gatekeeper.disk_min=1M")
        alice.close()
        box["d"] = running("exit 3")
        with open(f"{disk}/ballast", "wb") as f:
            f.write(b"\0" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - (256 << 10)))
        until("it is noticed", lambda: accepts(False))
        why = fault(alice.create, sh_job("exit 1"))
        return ("gatekeeper.sessions is nearly full" in why.reason and any("NotAccepting" in n for n in why.names)) or print("#", why)

    def said():
        status, text = alice.request("GET", "/health")
        checks = {c["name"]: c for c in json.loads(text)["checks"]}
        go(box["d"])
        return (status == 503 and "gatekeeper.sessions" in checks["room"]["reason"] and alice.wait(box["d"]).exit == 3) or print("#", text)

    def taken():
        empty()
        until("it is noticed", lambda: accepts(True))
        return alice.wait(alice.create(sh_job("exit 2"))).exit == 2

    for title, claim in zip(titles, (at_once, killed, array, without_room, room_again, submitted, runs_once, terminated, registry,
                                   registry_again, refused, said, taken)):
        ok(title, claim)
    gate.stop()
finally:
    subprocess.run(["umount", "-l", disk, keep], check=False)
done()
