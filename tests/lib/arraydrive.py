# tests/lib/arraydrive.py - jobs of many tasks at a real batch system: each task
# runs exactly once, whatever the submitting program says and whoever dies; after
# gatedrive.py.
import http.client
import json
import os

from gatedrive import JOBS, Client, message_id, sh_job, until

POINTS = ["gk.intent", "batch.submit", "gk.submit", "gk.submitted.before", "gk.submitted.after", "gk.commit", "gk.release", "gk.exit"]


class Arrays:
    """A gatekeeper in front of SYSTEM: live() is the names of what is not over.  PROGRAM in TOOLS is what submits; it is REAL, unless the
    file "lie" says what it does, once.  How it was called is in the file "called"."""

    def __init__(self, grid, system, tools, program, real):
        self.grid, self.system, self.tools, self.made = grid, system, tools, 0
        self.runs, self.points = grid.open_dir("runs"), grid.open_dir("points")
        os.chmod(tools, 0o777)  # the lie is taken away by who is told it
        with open(f"{tools}/{program}", "w") as f:
            f.write(f'#!/bin/sh\necho "$@" >>{tools}/called\n'
                    f'if mv {tools}/lie {tools}/told.$$ 2>/dev/null; then . {tools}/told.$$; else exec {real} "$@"; fi\n')
        os.chmod(f"{tools}/{program}", 0o755)

    def serve(self, gate):
        self.gate = gate
        self.alice = Client(self.grid, self.grid.proxy("alice"), gate.start().url)

    def array(self, script, count, limit=None):
        more = "" if limit is None else f' limit="{limit}"'
        return sh_job(script, description=f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="{count}"{more}/></g:Extension>')

    def create(self, script, count, limit=None):
        return self.alice.create(self.array(script, count, limit))

    @staticmethod
    def path(address):
        return "/" + address.split("/", 3)[3]

    def tasks(self, address):
        found = None
        while found is None or found["more"]:
            at = 0 if found is None else len(found["tasks"])
            status, text = self.alice.request("GET", f"{self.path(address)}/tasks?from={at}")
            page = json.loads(text) if status == 200 else {"status": status, "tasks": [], "more": False, "counts": {}}
            page["tasks"] = (found["tasks"] if found else []) + page["tasks"]
            found = page
        return found

    def do(self, address, what):
        status, text = self.alice.request("POST", f"{self.path(address)}/tasks", json.dumps(what).encode())
        return json.loads(text).get("tasks") if status == 200 else (status, text)

    def called(self):
        """The command lines of the submitting program since this was asked before."""
        try:
            with open(f"{self.tools}/called") as f:
                lines = f.read().splitlines()
            os.unlink(f"{self.tools}/called")
        except FileNotFoundError:
            return []
        return lines

    def marker(self):
        self.made += 1
        return f"{self.runs}/{self.made}"

    @staticmethod
    def ran(file, n):
        """How often each task wrote its line."""
        return [len(open(f"{file}.{i}").read().split()) if os.path.exists(f"{file}.{i}") else 0 for i in range(n)]

    def left(self, address):
        hex = address.rsplit("/", 1)[1].replace("-", "")
        return [name for name in self.system.live() if hex in name]

    def texts(self, address, n):
        session = self.grid.session("alice", address)
        return [open(f"{session}/stdout.{i}").read() for i in range(n)]

    def submit(self, n, limit=None):
        """An array whose task I leaves a line in the file .I each time it runs, writes "tI" and ends with I modulo 3."""
        file = self.marker()
        return self.create(f"echo x >>{file}.$GATEHOUSE_TASK; echo t$GATEHOUSE_TASK; exit $((GATEHOUSE_TASK % 3))", n, limit), file

    def each_once(self, address, file, n):
        end, page = self.alice.wait(address), self.tasks(address)
        good = (end.state == "Finished" and page["counts"] == {"Done": n} and self.ran(file, n) == [1] * n and self.left(address) == []
                and [t["exit"] for t in page["tasks"]] == [i % 3 for i in range(n)])
        if not good:
            print(f"# {end.state} {end.fault} {page['counts']} {self.ran(file, n)} {self.left(address)}")
        return good

    def lies(self, lie, n=8):
        with open(f"{self.tools}/lie.new", "w") as f:
            f.write(lie)
        os.rename(f"{self.tools}/lie.new", f"{self.tools}/lie")
        return self.each_once(*self.submit(n), n)

    def limited(self, n, limit):
        """Whether LIMIT tasks of an array of N ran at once, never more, and each once."""
        file = self.marker()
        open(f"{file}.log", "w").close()
        os.chmod(f"{file}.log", 0o666)
        # The first wait for each other; the half second is for one too many to be seen.
        a = self.create(f"echo x >>{file}.$GATEHOUSE_TASK; echo + >>{file}.log; "
                        f"while [ $(grep -c + {file}.log) -lt {limit} ]; do sleep 0.1; done; sleep 0.5; echo - >>{file}.log", n, limit)
        end = self.alice.wait(a)
        now = most = 0
        with open(f"{file}.log") as f:
            for line in f:
                now += 1 if line == "+\n" else -1
                most = max(most, now)
        print(f"# at most {most} at once")
        return most == limit and end.state == "Finished" and self.ran(file, n) == [1] * n

    def killed(self, n=12):
        """kill -9 of the gatekeeper at each step; the service manager starts it again."""
        rules = ";".join(f"{p} {self.points}/{p}" for p in POINTS)
        file = self.marker()

        def again():
            while self.gate.p.poll() is not None:
                self.alice.close()
                try:
                    self.gate.start(env={"GATEHOUSE_TEST_POINT": rules})
                except RuntimeError:
                    pass

        def ask(fn, *args):
            box = []

            def answered():
                again()
                try:
                    box[:] = [fn(*args)]
                except (OSError, http.client.HTTPException, RuntimeError):
                    self.alice.close()
                return box != []
            until(f"{fn.__name__} is answered", answered)
            return box[0]
        self.gate.stop()
        again()
        key = message_id()
        script = f"echo x >>{file}.$GATEHOUSE_TASK; exit $((GATEHOUSE_TASK % 3))"
        a = ask(self.alice.create, self.array(script, n), key)
        until("it is over", lambda: ask(self.alice.status, a).state in ("Finished", "Failed", "Cancelled"))
        died = sorted(os.listdir(self.points))
        print(f"# died at {died}")
        good = ask(self.each_once, a, file, n)
        self.gate.stop()
        self.alice.close()
        self.gate.start()
        return good and died == sorted(POINTS)

    def system_dies(self, crash, n=12):
        """CRASH kills the batch system's daemon and starts it again: after the array was taken, and while its tasks run."""
        file = self.marker()
        a = self.create(f"echo x >>{file}.$GATEHOUSE_TASK; test -e {file}.go || sleep 2; exit $((GATEHOUSE_TASK % 3))", n)
        job = a.rsplit("/", 1)[1]
        until("it is taken", lambda: any(f"job={job} " in ln and "to=Pending" in ln for ln in self.gate.text().splitlines()))
        crash()
        until("one runs", lambda: any(self.ran(file, n)))
        crash()
        return self.each_once(a, file, n)
