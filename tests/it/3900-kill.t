#!/usr/bin/python3
"""Kill -9 of gatekeeper, runner, helper, supervisor and gridcp in every named
step of a job's life: every accepted job ran exactly once and came to its true
end.  The daemon is started again as a service manager would; a submission whose
answer was lost is repeated under the same MessageID.

Once a step; with GATEHOUSE_FULL=1 twenty times, and longer storms."""
import http.client
import http.server
import os
import random
import sys
import threading
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

if "/release/" in os.environ["BIN"]:
    print("1..0 # SKIP a release build has no test points")
    sys.exit(0)
ROUNDS = 20 if FULL else 1
STORM = (60, 40) if FULL else (12, 5)  # jobs, kills

# Who dies where, with and without files to be staged.
STAGED = {
    "the gatekeeper": ["gk.accept.before_commit", "gk.accept.after_commit", "gk.reply", "gk.prepare", "gk.stagein",
                       "stage.begin", "gk.stagein.done", "gk.intent", "gk.submit", "gk.commit", "gk.release", "gk.exit",
                       "gk.stageout", "gk.stageout.done"],
    "the runner": ["runner.register", "runner.synced", "runner.relay"],
    "a helper": ["run.register", "run.start", "run.started"],
    "gridcp": ["gridcp.begin", "gridcp.data", "gridcp.before_rename", "gridcp.after_rename"],
    "the supervisor of a transfer": ["sup.marker", "sup.exec", "sup.exit.before_record", "sup.exit.after_record"],
}
PLAIN = {"a job's supervisor": ["sup.held", "sup.exit.before_name", "sup.exit.after_record"]}
LOST = {"a job's supervisor": ["sup.marker", "sup.exec", "sup.exit.before_record"]}

store = {"/in": b"input " * 1000}


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        body = store.get(self.path)
        self.answer(404 if body is None else 200, body or b"")

    do_HEAD = do_GET

    def do_PUT(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            n = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(n)
            if len(body) != n:
                return
        store[self.path] = body
        self.answer(201)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass  # a killed client


web = Server(("127.0.0.1", 0), Peer)
threading.Thread(target=web.serve_forever, daemon=True).start()
WEB = f"http://127.0.0.1:{web.server_port}"

grid = Grid("alice")
runs, points = grid.open_dir("runs"), grid.open_dir("points")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=8"])
client = Client(grid, grid.proxy("alice"), gate.start().url)
lock = threading.Lock()
rules, starts, kills = "", 0, 0


def keep_up():
    """Be the service manager."""
    global starts
    with lock:
        while gate.p.poll() is not None:
            try:
                gate.start(env={"GATEHOUSE_TEST_POINT": rules})
                starts += 1
            except RuntimeError:
                if "Sanitizer" in gate.text():
                    raise


def ask(c, fn, *args):
    """An answer, however often the daemon dies."""
    end = time.monotonic() + DEADLINE
    while True:
        keep_up()
        try:
            return fn(*args)
        except (OSError, http.client.HTTPException, Fault) as e:
            # A gatekeeper that outlives its runner by a moment takes nothing, and says so.
            if isinstance(e, Fault) and "cannot ask the runner" not in str(e):
                raise
            c.close()
            if time.monotonic() > end:
                raise TimeoutError(f"no answer any more: {e}") from e
            time.sleep(0.02)


def arm(point):
    """From now on passing POINT is death whenever the file is not there; the
    daemon is started anew."""
    global rules
    file = f"{points}/{point}.{time.monotonic_ns()}"
    rules = f"{point} {file}"
    open(file, "w").close()
    gate.stop()
    return file


def job(key, staged):
    files = (f"<j:DataStaging><j:FileName>in</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
             f"<j:Source><j:URI>{WEB}/in</j:URI></j:Source></j:DataStaging>"
             f"<j:DataStaging><j:FileName>out</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
             f"<j:Target><j:URI>{WEB}/{key}</j:URI></j:Target></j:DataStaging>")
    return sh_job(f"echo ran >>{runs}/{key}; {'cat in in >out;' if staged else ''} exit 7",
                  description=files if staged else "")


def ran(key):
    try:
        with open(f"{runs}/{key}") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def wait(c, address):
    st = None
    end = time.monotonic() + DEADLINE
    while st is None or st.state not in ("Finished", "Failed", "Cancelled"):
        if time.monotonic() > end:
            raise TimeoutError(f"{address} is {st.state}/{st.inner} {st.fault}")
        st = ask(c, c.status, address)
        time.sleep(0.02)
    return st


def one(c, staged):
    """Submit, wait; what came of it."""
    key = uuid.uuid4().hex
    address = ask(c, c.create, job(key, staged), f"urn:uuid:{uuid.uuid4()}")
    st = wait(c, address)
    return st, ran(key), store.get(f"/{key}") == store["/in"] * 2


def true_end(staged):
    st, lines, out = one(client, staged)
    good = st.state == "Finished" and st.exit == 7 and lines == "ran\n" and (out or not staged)
    good = good and "Running" in dict(st.times)
    return good, f"{st.times} {st.state}/{st.inner} exit={st.exit} fault={st.fault} ran={lines!r} out={out}"


def lost_end():
    st, lines, _ = one(client, False)
    good = st.state == "Failed" and "supervisor was killed" in (st.fault or "") and lines in ("", "ran\n")
    return good, f"{st.state}/{st.inner} exit={st.exit} fault={st.fault} ran={lines!r}"


def campaign(point, end):
    """Every round a job, every job a death."""
    global kills
    file = arm(point)
    for i in range(ROUNDS):
        os.unlink(file)
        good, note = end()
        if not os.path.exists(file):
            good, note = False, "nobody died"
        if not good:
            return False, f"round {i + 1}: {note}\n{gate.text()[-2000:]}"
        kills += 1
    return True, ""


def cancelled():
    """Killed between the cancel and its being done."""
    global kills
    file = arm("gk.kill")
    for _ in range(ROUNDS):
        os.unlink(file)
        mark = "56" + str(uuid.uuid4().int % 10**7)
        address = ask(client, client.create, sh_job(f"echo $$ >{runs}/{mark}; sleep {mark}"), message_id())
        until("it runs", lambda: ran(mark) != "")
        keep_up()
        try:
            client.each("TerminateActivities", address)
        except (OSError, http.client.HTTPException):
            client.close()
        st = wait(client, address)
        if st.state != "Cancelled" or alive(int(ran(mark))):
            return False, f"{st.state}/{st.inner} {st.fault}"
        if not os.path.exists(file):
            return False, "nobody died"
        kills += 1
    return True, ""


def unseen():
    """The gatekeeper stands still from the release to the end of the job."""
    global kills, rules
    file = arm("gk.release:stop")
    true_end(False)  # it does not start jobs in its first moments
    os.unlink(file)
    address = ask(client, client.create, sh_job("exit 7"))
    session = f"{grid.dir}/sessions/{grid.accounts['alice']}/{address.rsplit('/', 1)[1]}"
    unit = f"{session}/.gatehouse/job"
    until("it has ended", lambda: os.path.exists(f"{unit}/exit") and not os.path.exists(f"{unit}/id"))
    began = dict(line.split("=", 1) for line in open(f"{unit}/exit"))["start_ms"]
    began = datetime.fromtimestamp(int(began) / 1000, timezone.utc).strftime("%FT%T.%f")[:-3] + "Z"
    until("it stands still", lambda: os.path.exists(file) and stopped(gate.unprivileged()))
    os.kill(gate.unprivileged(), signal.SIGCONT)
    seen = wait(client, address)
    os.kill(gate.unprivileged(), signal.SIGKILL)
    rules = ""
    gate.p.wait(DEADLINE)
    kills += 1
    again = wait(client, address)
    at = dict(seen.times).get("Running", "")
    good = seen.exit == 7 and at == began and again.times == seen.times
    return good, f"began {began}: {seen.times}, {again.times}"


def storm():
    """Jobs from several callers while gatekeeper and runner die at any moment."""
    global kills, rules
    rules = ""
    jobs, deaths = STORM
    bad, todo = [], list(range(jobs))

    def caller():
        c = Client(grid, grid.proxy("alice"), gate.url)
        while True:
            with lock:
                if not todo:
                    return
                n = todo.pop()
            try:
                st, lines, out = one(c, n % 2 == 0)
                if st.state != "Finished" or st.exit != 7 or lines != "ran\n" or (n % 2 == 0 and not out):
                    bad.append(f"{st.state}/{st.inner} exit={st.exit} fault={st.fault} ran={lines!r} out={out}")
            except Exception as e:
                bad.append(f"{type(e).__name__}: {e}")

    threads = [threading.Thread(target=caller) for _ in range(4)]
    keep_up()
    for t in threads:
        t.start()
    died = 0
    while died < deaths and any(t.is_alive() for t in threads):
        time.sleep(random.uniform(0.2, 1.2))
        keep_up()
        try:
            os.kill(gate.p.pid if died % 2 else gate.unprivileged(), signal.SIGKILL)
            died += 1
        except (OSError, RuntimeError):
            pass
    for t in threads:
        t.join()
    kills += died
    return not bad, "\n".join(bad)


for who, steps, end in ([(w, s, lambda: true_end(True)) for w, s in STAGED.items()] +
                        [(w, s, lambda: true_end(False)) for w, s in PLAIN.items()] +
                        [(w, s, lost_end) for w, s in LOST.items()]):
    for step in steps:
        try:
            result = campaign(step, end)
        except Exception as e:
            result = False, f"{type(e).__name__}: {e}\n{gate.text()[-2000:]}"
        ok(f"{who} dies at {step}{': the job is lost, once' if end is lost_end else ''}", *result)
ok("a cancel survives the death of the gatekeeper", *cancelled())
ok("what ran and ended unseen was Running from its start, and stays so", *unseen())
ok("a storm of deaths", *storm())
print(f"# {kills} kills, {starts} restarts")
gate.stop()
done()
