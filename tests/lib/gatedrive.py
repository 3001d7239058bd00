# tests/lib/gatedrive.py - a throwaway grid with a real gatekeeper, and a caller
# that writes its own SOAP: bytes as a test wants them, nobody's toolkit.  TAP by
# rundrive.py; CA and credentials by grid.sh.
import atexit
import http.client
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
from rundrive import (BIN, DEADLINE, GATE, ROOT, TOOLS, Accounts, Scratch, alive, done, free_port, let_go, ok,  # noqa: F401,E402
                      skip, stopped, until)

SRC = os.environ["SRC"]
FULL = os.environ.get("GATEHOUSE_FULL") == "1"
WSA = "http://www.w3.org/2005/08/addressing"
ENV = "http://schemas.xmlsoap.org/soap/envelope/"
ENV12 = "http://www.w3.org/2003/05/soap-envelope"
BES = "http://schemas.ggf.org/bes/2006/08/bes-factory"
MGMT = "http://schemas.ggf.org/bes/2006/08/bes-management"
JSDL = "http://schemas.ggf.org/jsdl/2005/11/jsdl"
POSIX = "http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"
GDS = "http://www.gridsite.org/namespaces/delegation-2"
JOBS = "urn:gatehouse:jobs:1"


class Grid:
    """CA, users and map in one directory; accounts[USER] is who he is here."""

    def __init__(self, *users, rsa=False):
        self.scratch = Scratch()
        self.dir = self.scratch.dir
        self.pki = self.dir + "/pki"
        self.real = Accounts(*users)
        self.accounts = self.real.name
        self.key = "rsa:2048" if rsa else "ec"
        self.sh(f'grid_ca "{self.pki}"')
        self.sh(f'grid_conf "{self.pki}"')
        for u in users:
            self.user(u)
            self.map(u, self.accounts[u])

    def sh(self, script):
        env = dict(os.environ, SCRATCH=self.dir, GRID_KEY=self.key)
        p = subprocess.run(["sh", "-c", f'. "{SRC}/tests/lib/grid.sh"; grid_log="{self.pki}/keys/log"; {script}'],
                           env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode != 0:
            raise RuntimeError(f"{script}: {p.stdout}")
        return p.stdout

    def user(self, name):
        self.sh(f'grid_user "{self.pki}" {name} {name.capitalize()}')

    def map(self, name, account):
        self.sh(f'grid_map "{self.pki}" {name} {account}')

    def proxy(self, name, kind=None):
        """Path of NAME's proxy of a KIND that grid.sh knows."""
        if kind is None:
            return f"{self.pki}/proxy/{name}.pem"
        path = f"{self.pki}/proxy/{name}-{kind}.pem"
        if not os.path.exists(path):
            self.sh(f'grid_proxy "{self.pki}" {name} {kind}')
        return path

    def dn(self, name):
        return self.sh(f'grid_dn "{self.pki}" {name}').strip()

    def session(self, user, address):
        """The directory of USER's job at ADDRESS."""
        return f"{self.dir}/sessions/{self.accounts[user]}/{address.rsplit('/', 1)[1]}"

    def open_dir(self, name):
        """A directory that every account may write to."""
        path = f"{self.dir}/{name}"
        os.mkdir(path)
        os.chmod(path, 0o1777)
        return path


class Daemon:
    """BIN/NAME in the foreground; start() again goes on from the same state."""

    def __init__(self, grid, name, options=(), env=None, program=None):
        self.grid, self.name, self.options = grid, name, list(options)
        self.env, self.program = dict(env or {}), program or f"{BIN}/{name}"
        self.n, self.port, self.p = 0, free_port(), None
        atexit.register(self.stop)

    def start(self, *more, env=None, prefix=()):
        self.n += 1
        self.log = f"{self.grid.dir}/{self.name}.{self.n}.log"
        conf = [self.program, "-F", "-c", f"{self.grid.pki}/gatehouse.conf"]
        for o in self.options + list(more) + [f"{self.name}.listen=127.0.0.1:{self.port}"]:
            conf += ["-o", o]
        with open(self.log, "w") as log:
            self.p = subprocess.Popen(list(prefix) + conf, env=dict(os.environ, **self.env, **(env or {})), cwd=self.grid.dir,
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(f"{self.name} is ready", lambda: self.logged("daemon.ready") or self.p.poll() is not None)
        line = next((ln for ln in self.text().splitlines() if " daemon.ready " in ln and "listen=" in ln), None)
        if line is None:
            raise RuntimeError(f"{self.name} did not start:\n{self.text()}")
        self.port = int(line.split("listen=", 1)[1].split()[0].strip('"').rsplit(":", 1)[1])
        self.url = f"https://localhost:{self.port}"
        return self

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def logged(self, event, count=1):
        return self.text().count(f" {event} ") >= count

    def wait_log(self, event, count=1):
        until(f"{event} in the log", lambda: self.logged(event, count))

    def stop(self, sig=signal.SIGTERM):
        if self.p is None:
            return None
        if self.p.poll() is None:
            self.p.send_signal(sig)
        self.p.wait(DEADLINE)
        return self.p.returncode

    def children(self, pid=None):
        pid = pid or self.p.pid
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(c) for c in f.read().split()]

    def family(self):
        """All processes that came from it."""
        found = [self.p.pid]
        for pid in found:
            try:
                found += self.children(pid)
            except OSError:
                pass  # it has just ended
        return found


class Gatekeeper(Daemon):
    def __init__(self, grid, options=(), env=None):
        d = grid.dir
        super().__init__(grid, "gatekeeper", [f"gatekeeper.state={d}/state", f"gatekeeper.sessions={d}/sessions",
                                              f"gatekeeper.runner_state={d}/runner", "gatekeeper.kill_grace=1",
                                              "log.level=info"] + list(options), env)

    def unprivileged(self):
        """The pid of the half that speaks TLS."""
        for c in self.children():
            try:
                with open(f"/proc/{c}/cmdline") as f:
                    if "--runner-fd" in f.read():
                        return c
            except FileNotFoundError:  # a helper that has ended meanwhile
                continue
        raise RuntimeError("no unprivileged gatekeeper")


class Client:
    """One caller over one kept-alive connection; CRED is a PEM file or None."""

    def __init__(self, grid, cred, url):
        self.url, self.conn = url, None
        self.host, port = url.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)
        self.port = int(port)
        self.ctx = ssl.create_default_context(cafile=f"{grid.pki}/keys/ca.pem")
        if cred is not None:
            self.ctx.load_cert_chain(cred)

    def close(self):
        if self.conn is not None:
            self.conn.close()
        self.conn = None

    def request(self, method, path, body=None, headers=None, timeout=DEADLINE):
        """Status and text; a connection that went stale is made anew once."""
        for attempt in (0, 1):
            fresh = self.conn is None
            if fresh:
                self.conn = http.client.HTTPSConnection(self.host, self.port, context=self.ctx, timeout=timeout)
            try:
                self.conn.request(method, path, body=body, headers=headers or {})
                r = self.conn.getresponse()
                return r.status, r.read().decode(errors="replace")
            except (http.client.HTTPException, OSError):
                self.close()
                if fresh or attempt:
                    raise

    def raw(self):
        """A TLS connection of its own, to write any bytes into."""
        s = socket.create_connection((self.host, self.port), timeout=DEADLINE)
        return self.ctx.wrap_socket(s, server_hostname=self.host)

    def soap(self, payload, path="/bes", headers="", message_id=None, version=ENV, action=""):
        """POST PAYLOAD in an envelope; status and text of the whole answer."""
        if message_id is not None:
            headers += f'<wsa:MessageID xmlns:wsa="{WSA}">{message_id}</wsa:MessageID>'
        if action != "":
            headers += f'<wsa:Action xmlns:wsa="{WSA}">{action}</wsa:Action>'
        text = (f'<s:Envelope xmlns:s="{version}"><s:Header>{headers}</s:Header>'
                f"<s:Body>{payload}</s:Body></s:Envelope>")
        kind = "text/xml" if version == ENV else "application/soap+xml"
        return self.request("POST", path, text, {"Content-Type": f"{kind}; charset=utf-8", "SOAPAction": '""'})

    # ---- BES ----

    def create(self, jsdl, message_id=None, beside=""):
        """Submit; the activity's address.  Raises Fault."""
        status, text = self.soap(f'<b:CreateActivity xmlns:b="{BES}"><b:ActivityDocument>{jsdl}{beside}'
                                 "</b:ActivityDocument></b:CreateActivity>", message_id=message_id)
        return payload(status, text).find(f".//{{{WSA}}}Address").text

    def each(self, op, *addresses):
        body = "".join(f'<b:ActivityIdentifier><a:Address xmlns:a="{WSA}">{a}</a:Address></b:ActivityIdentifier>'
                       for a in addresses)
        return payload(*self.soap(f'<b:{op} xmlns:b="{BES}">{body}</b:{op}>'))

    def status(self, address):
        return Status(self.each("GetActivityStatuses", address).find(f"{{{BES}}}Response"))

    def statuses(self, addresses):
        return [Status(r) for r in self.each("GetActivityStatuses", *addresses).findall(f"{{{BES}}}Response")]

    def wait(self, address, states=("Finished", "Failed", "Cancelled")):
        box = []

        def there():
            box[:] = [self.status(address)]
            return box[0].state in states
        until(f"{address} is {states}", there)
        return box[0]


class Fault(Exception):
    """A SOAP 1.1 fault: code, reason, names and text of its detail."""

    def __init__(self, status, node):
        self.http = status
        self.code = node.findtext("faultcode", "")
        self.reason = node.findtext("faultstring", "")
        self.detail = node.find("detail")
        self.names = [] if self.detail is None else [e.tag for e in self.detail]
        self.text = "" if self.detail is None else " ".join(self.detail.itertext())
        super().__init__(f"{status} {self.code}: {self.reason} {self.names}")


class Status:
    """One Response of GetActivityStatuses."""

    def __init__(self, node):
        st = node.find(f"{{{BES}}}ActivityStatus")
        self.state = st.get("state") if st is not None else None
        js = node.find(f".//{{{JOBS}}}JobStatus")

        def get(name):
            return js.findtext(f"{{{JOBS}}}{name}") if js is not None else None
        self.inner, self.fault, self.account, self.session = get("State"), get("Fault"), get("LocalAccount"), get("SessionURL")
        self.stdout, self.retry = get("StdoutURL"), get("RetryReason")
        self.exit = int(get("ExitCode")) if get("ExitCode") is not None else None
        self.signal = int(get("Signal")) if get("Signal") is not None else None
        # (state, time) as it went
        self.times = [(t.get("state"), t.get("entered")) for t in js.iter(f"{{{JOBS}}}StateTime")] if js is not None else []
        self.refused = node.find(f"{{{BES}}}Fault")


def payload(status, text):
    """The Body's child, None when it is empty; raises Fault."""
    try:
        body = ET.fromstring(text).find(f"{{{ENV}}}Body")
    except ET.ParseError:
        raise RuntimeError(f"HTTP {status}: {text[:300]}") from None
    if len(body) == 0:
        return None
    child = body[0]
    if child.tag == f"{{{ENV}}}Fault":
        raise Fault(status, child)
    return child


def fault(fn, *args, **kw):
    """The fault that a call ends in."""
    try:
        fn(*args, **kw)
    except Fault as f:
        return f
    raise AssertionError("no fault")


def esc(s):
    return s.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def jsdl(executable, *args, posix="", description=""):
    """A JobDefinition for EXECUTABLE; POSIX goes behind its arguments, DESCRIPTION
    behind the application."""
    words = "".join(f"<p:Argument>{esc(a)}</p:Argument>" for a in args)
    return (f'<j:JobDefinition xmlns:j="{JSDL}" xmlns:p="{POSIX}"><j:JobDescription><j:Application><p:POSIXApplication>'
            f"<p:Executable>{esc(executable)}</p:Executable>{words}{posix}</p:POSIXApplication></j:Application>"
            f"{description}</j:JobDescription></j:JobDefinition>")


def sh_job(script, **kw):
    return jsdl("/bin/sh", "-c", script, **kw)


def message_id():
    return f"urn:uuid:{uuid.uuid4()}"
