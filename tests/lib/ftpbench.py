# tests/lib/ftpbench.py - what the GridFTP benchmarks share: servers whose CPU is
# counted apart, interleaved rounds, figures.
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import time

from ftpgrid import BIN, ROOT, TOOLS, Failure, World, have, until

GB = 1e9
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
CPUACCT = "/sys/fs/cgroup/cpuacct"


def figure(name, value, unit, sign, target):
    ok = value <= target if sign == "<=" else value >= target
    print(f"figure {name} {value:.4g} {unit} target {sign} {target:g} {'ok' if ok else 'short'}", flush=True)


def note(text):
    print(f"# {text}", flush=True)


class Meter:
    """CPU seconds of a server and all that it starts: a cgroup's as root, else
    what /proc says of the tree (children that ended are in their parents' sums)."""

    serial = 0

    def __init__(self):
        self.dir = None
        if ROOT and os.access(f"{CPUACCT}/cpuacct.usage", os.R_OK):
            Meter.serial += 1
            path = f"{CPUACCT}/gatehouse-bench-{os.getpid()}-{Meter.serial}"
            try:
                os.mkdir(path)
                self.dir = path
            except OSError:
                pass

    def wrap(self):
        """Put before a command's argv."""
        return ["sh", "-c", f'echo $$ >{self.dir}/cgroup.procs && exec "$@"', "sh"] if self.dir else []

    def read(self, server):
        if self.dir:
            with open(f"{self.dir}/cpuacct.usage") as f:
                return int(f.read()) / 1e9
        total = 0
        for pid in server.pids():
            try:
                with open(f"/proc/{pid}/stat") as f:
                    total += sum(int(x) for x in f.read().rsplit(")", 1)[1].split()[11:15])
            except OSError:
                pass
        return total / os.sysconf("SC_CLK_TCK")

    def close(self):
        if self.dir:
            for _ in range(50):
                try:
                    os.rmdir(self.dir)
                    return
                except OSError:
                    time.sleep(0.1)


class Metered:
    """A server of the world with a meter; .cpu() in seconds so far."""

    def __init__(self, world, kind, *options, **more):
        self.meter = Meter()
        self.server = world.start(kind, *options, wrap=self.meter.wrap(), **more)
        self.kind = kind
        self.base = len(self.server.sessions())
        self.url = self.server.url

    def idle(self):
        until("sessions end", lambda: len(self.server.sessions()) <= self.base)

    def cpu(self):
        return self.meter.read(self.server)

    def spent(self, work):
        """CPU seconds and wall seconds of WORK, its sessions' end included."""
        before, began = self.cpu(), time.monotonic()
        work()
        wall = time.monotonic() - began
        self.idle()
        return self.cpu() - before, wall

    def close(self):
        self.server.stop()
        self.meter.close()


def run(world, *argv, env=None):
    """A client; its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = world.run(list(argv), env=env, timeout=600)
    if r.code:
        world.failed = True  # its directory is kept
        logs = "".join(f"{s.log}:\n{world.tail(s.log)}" for s in world.servers)
        raise Failure(f"{' '.join(argv)}\nended with {r.code}: {r.text()[-2000:]}\n{logs}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bare:
    """tests/lib/bareloop_tool.c serving WHAT."""

    def __init__(self, world, what, file):
        self.what, self.world = what, world
        extra = [f"{world.pki}/hostcert.pem", f"{world.pki}/hostkey.pem"] if what.startswith("tls-") else []
        self.p = subprocess.Popen([f"{TOOLS}/bareloop", "serve", what, file, *extra], stdout=subprocess.PIPE, text=True)
        self.port = self.p.stdout.readline().strip()

    def spent(self, file, made):
        """(CPU, wall) seconds of one transfer with a peer that has FILE; MADE is removed."""
        began = time.monotonic()
        run(self.world, f"{TOOLS}/bareloop", "peer", self.what, self.port, file)
        wall = time.monotonic() - began
        cpu = float(self.p.stdout.readline().split()[1])
        os.unlink(made)
        return cpu, wall

    def close(self):
        self.p.kill()
        self.p.wait()
        self.p.stdout.close()


def free_ports(n):
    """For programs that do not take port 0."""
    s = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [x.getsockname()[1] for x in s]
    for x in s:
        x.close()
    return ports


class Nginx:
    """nginx with sendfile for ROOT, over http and https; with PUT it takes files, too.  WRAP goes before its command."""

    def __init__(self, world, root, wrap=(), address="127.0.0.1", put=False):
        self.meter, self.world, d = Meter(), world, f"{world.dir}/nginx"
        os.mkdir(d)
        user = f"user {world.account};" if ROOT else ""
        with open(f"{d}/conf", "w") as f:
            f.write(f"""daemon off; worker_processes 1; pid {d}/pid; error_log {d}/log; {user}
events {{ }}
http {{ access_log off; sendfile on; root {root}; client_body_temp_path {d}/b; proxy_temp_path {d}/p;
fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s; {"dav_methods PUT; client_max_body_size 0;" if put else ""}
ssl_certificate {world.pki}/hostcert.pem; ssl_certificate_key {world.pki}/hostkey.pem; ssl_protocols TLSv1.2;
ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256; ssl_buffer_size 16k;
server {{ listen {address}:@P; listen {address}:@T ssl; }} }}
""")
        self.ports = free_ports(2)
        self._fill(f"{d}/conf")
        self.p = subprocess.Popen([*wrap, *self.meter.wrap(), "nginx", "-p", d, "-c", f"{d}/conf", "-e", f"{d}/log"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.p.pid
        until("nginx", lambda: os.path.exists(f"{d}/pid") and os.path.getsize(f"{d}/pid") or self.p.poll() is not None)
        if self.p.poll() is not None:
            raise Failure("nginx: " + world.tail(f"{d}/log"))

    def _fill(self, path):
        with open(path) as f:
            text = f.read().replace("@P", str(self.ports[0])).replace("@T", str(self.ports[1]))
        with open(path, "w") as f:
            f.write(text)

    def url(self, name, tls=False, host="localhost"):
        return f"http{'s' if tls else ''}://{host}:{self.ports[tls]}/{name}"

    def pids(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as f:
            return [self.pid, *map(int, f.read().split())]

    def spent(self, name, tls=False):
        before, began = self.meter.read(self), time.monotonic()
        run(self.world, "curl", "-sk", "-o", "/dev/null", self.url(name, tls))
        wall = time.monotonic() - began
        return self.meter.read(self) - before, wall

    def close(self):
        self.p.terminate()
        self.p.wait()
        self.meter.close()


class Rsync:
    """An rsync daemon whose module srv is ROOT, at ADDRESS; WRAP goes before its command."""

    def __init__(self, world, root, wrap=(), address="127.0.0.1"):
        conf, self.port = f"{world.dir}/rsyncd.conf", free_ports(1)[0]
        account = f"uid = {world.account}\ngid = {os.stat(root).st_gid}\n" if ROOT else ""
        with open(conf, "w") as f:
            f.write(f"use chroot = no\nread only = no\nlog file = {conf}.log\n{account}[srv]\npath = {root}\n")
        self.p = subprocess.Popen([*wrap, "rsync", "--daemon", "--no-detach", f"--config={conf}", f"--address={address}",
                                   f"--port={self.port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = address
        until("rsync listens", lambda: self._answers() or self.p.poll() is not None)
        if self.p.poll() is not None:
            raise Failure("rsync: " + world.tail(f"{conf}.log"))

    def _answers(self):
        try:
            socket.create_connection((self.address, self.port), timeout=5).close()
            return True
        except OSError:
            return False

    def url(self, name):
        return f"rsync://{self.address}:{self.port}/srv/{name}"

    def close(self):
        self.p.terminate()
        self.p.wait()


class Table:
    """Values by system, one list a row; medians."""

    def __init__(self):
        self.rows = {}

    def add(self, row, system, value):
        self.rows.setdefault(row, {}).setdefault(system, []).append(value)

    def __call__(self, row, system):
        return statistics.median(self.rows[row][system])

    def ratio(self, row, a, b):
        """Median of the rounds' ratios: what a busy machine did to one round it did to both."""
        return statistics.median(x / y for x, y in zip(self.rows[row][a], self.rows[row][b]))

    def show(self, row, unit):
        note(f"{row}: " + ", ".join(f"{s} {statistics.median(v):.4g}" for s, v in self.rows[row].items()) + f" {unit}")


def big_file(path, size):
    """SIZE bytes on tmpfs, all there."""
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for _ in range(size >> 20):
            f.write(block)
    os.chmod(path, 0o644)


def world():
    if not have(f"{BIN}/gridftp", f"{BIN}/gridcp", "globus-url-copy", "globus-gridftp-server"):
        raise SystemExit("gridftp, gridcp and the Globus programs are needed")
    return World(where=SHM)


__all__ = ["BIN", "GB", "ROOT", "ROUNDS", "TOOLS", "Bare", "Failure", "Metered", "Nginx", "Rsync", "Table", "big_file", "figure", "free_ports",
           "have", "note", "run", "shutil", "world", "re"]
