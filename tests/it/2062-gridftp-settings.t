#!/usr/bin/python3
"""Settings of the GridFTP daemon that other tests take as they are: rules of paths, where data goes, who is let in, what
key is made for a delegation."""
import errno
import os
import pwd
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import BIN, ROOT, TOOLS, Failure, Skip, Tap, World, have, read, same, skip_all, until, write  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
w = World()
tap = Tap(w)


def start(*options):
    return w.start("ours", *[word for o in options for word in ("-o", o)])


def check(*options):
    """Exit status and words of `gridftp -t`."""
    r = w.run([f"{BIN}/gridftp", "-t", "-c", f"{w.pki}/gatehouse.conf", *[word for o in options for word in ("-o", o)]])
    return r.code, r.text()


def session(server, **more):
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates", **more)


def must(what, condition):
    if not condition:
        raise Failure(what)


def put(path, content=b"x"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write(path, content)
    if ROOT:
        for where, _, _ in os.walk(w.srv):
            shutil.chown(where, w.account)
        shutil.chown(path, w.account)


def no_descriptors():
    """Whom nobody can take waits at the port, at no cost, and is taken when that is possible again."""
    server = start("gridftp.codecs_ready=0")  # those that wait have descriptors too

    def cpu():
        return sum(int(n) for n in read(f"/proc/{server.pid}/stat").rsplit(b")", 1)[1].split()[11:13])
    session(server).close()
    until("it is alone, with what it always has", lambda: not server.sessions())
    limits, began = resource.prlimit(server.pid, resource.RLIMIT_NOFILE), cpu()
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{server.pid}/fd")), limits[1]))
    with socket.create_connection(("127.0.0.1", server.port), 60) as s:
        until("it tried twice", lambda: read(f"{server.log}.out").count(b"cannot accept: Too many open files") > 1)
        ticks = cpu() - began
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)
        must("it is taken", s.recv(4) == b"220 ")
    must(f"{ticks} ticks", ticks < os.sysconf("SC_CLK_TCK") // 2)


def rules():
    """What is protected is not moved away nor removed with what holds it; the longest prefix decides."""
    for name in ("a/secret/f", "a/free/f", "b/fixed/f", "c/f"):
        put(f"{w.srv}/{name}")
    with session(start(f"gridftp.root={w.srv}", "gridftp.deny=/a/secret", "gridftp.allow=rw:/ ro:/b/fixed")) as x:
        for tree in ("/a", "/b"):
            x.expect(350, f"RNFR {tree}")
            x.expect(550, "RNTO /moved")
            x.expect(550, f"SITE RDEL {tree}")
        x.expect(550, "DELE /b/fixed/f")
        x.expect(213, "SIZE /b/fixed/f")
        x.expect(550, "SIZE /a/secret/f")
        x.expect(250, "SITE RDEL /a/free")
        x.expect(350, "RNFR /c")
        x.expect(250, "RNTO /d")
    same(f"{w.srv}/a/secret/f", b"x")
    same(f"{w.srv}/b/fixed/f", b"x")
    same(f"{w.srv}/d/f", b"x")


def rules_are_judged():
    """However a rule spells its path, it protects what is meant; what is not a rule is refused, and -t prints what each became."""
    for name in ("lustre/scratch/f", "etc/f", "free/f"):
        put(f"{w.srv}/{name}")
    os.symlink("/lustre/scratch", f"{w.srv}/scratch")
    with session(start(f"gridftp.root={w.srv}", "gridftp.deny=//etc/. /scratch/ /scratch/later")) as x:
        x.expect(550, "SIZE /etc/f")
        x.expect(550, "SIZE /scratch/f")
        x.expect(550, "SIZE /lustre/scratch/f")
        x.expect(213, "SIZE /free/f")
        x.expect(350, "RNFR /lustre")
        x.expect(550, "RNTO /moved")
    with session(start(f"gridftp.root={w.srv}", "gridftp.deny=/scratch/later")) as x:
        x.expect(213, "SIZE /scratch/f")
        x.expect(550, "MKD /lustre/scratch/later")
    for key, word in (("deny", "etc"), ("deny", "rw:/etc"), ("deny", "/usr/../etc"), ("allow", "ro"), ("allow", "rx:/a"), ("allow", "~/a")):
        status, text = check(f"gridftp.root={w.srv}", f"gridftp.{key}={word}")
        must(f"{key} {word}: {text}", status != 0 and f"gridftp.{key}: '{word}' is not a rule: write an absolute path" in text)
    status, text = check(f"gridftp.root={w.srv}", "gridftp.deny=/scratch /nowhere", "gridftp.allow=ro:/free")
    must(text, status == 0 and "rule: deny /scratch, which is /lustre/scratch\n" in text and "rule: allow to read /free\n" in text and
         "rule: deny /nowhere (warning: nothing has this name now)\n" in text)
    server = start(f"gridftp.root={w.srv}", "gridftp.deny=/nowhere")
    must("the rule that names nothing is in the log", b"ftp.rule.absent rule=deny path=/nowhere" in read(f"{server.log}.out"))


def restricted():
    """The same for what a client has given up itself."""
    put(f"{w.srv}/r/keep/f")
    with session(start(f"gridftp.root={w.srv}")) as x:
        x.expect(250, "SITE RESTRICT RW/,R/r/keep")
        x.expect(350, "RNFR /r")
        x.expect(550, "RNTO /s")
        x.expect(550, "SITE RDEL /r")
    same(f"{w.srv}/r/keep/f", b"x")


def data_address():
    with session(start("gridftp.data_address=127.0.0.2")) as x:
        host, port = x.pasv()
        must(host, host == "127.0.0.2")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            raise Failure("it listens elsewhere, too")
        except ConnectionRefusedError:
            pass
        x.stor_stream(f"{w.srv}/at2", b"abc")
        must(str(x.last), x.last[0] == 226)
    same(f"{w.srv}/at2", b"abc")


def third_party():
    """Data for another host: never, or where it is authenticated."""
    other = socket.create_server(("127.0.0.2", 0))
    p = other.getsockname()[1]
    port = f"PORT 127,0,0,2,{p >> 8},{p & 255}"
    with session(start("gridftp.third_party=never"), dcau=True) as x:
        x.expect(501, port)
    with session(start("gridftp.third_party=dcau")) as x:
        x.expect(200, port)
        put(f"{w.srv}/t/f")
        x.expect(1, f"RETR {w.srv}/t/f")
        x.expect(425)
    other.settimeout(0)
    try:
        other.accept()
        raise Failure("it connected")
    except BlockingIOError:
        pass
    other.close()


def sbuf():
    """The scale of a window is in the SYN only: a size that SBUF asks for is there before the server connects."""
    with session(start()) as x:
        scales = []
        for size in (0, 16384):
            x.expect(200, f"SBUF {size}")
            with x.listen() as listener:
                x.send(f"STOR {w.srv}/scaled")
                c = listener.accept()[0]
                x.expect(1)
                scales.append(c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[6] & 15)  # tcpi_snd_wscale
                c.close()
                x.expect(226)
        must(f"scales {scales}", scales[0] > scales[1])


def passive_never():
    """Nor may another host come to our port."""
    s = start("gridftp.third_party=never")
    with session(s, dcau=True) as x:
        address = x.pasv()
        x.send(f"STOR {w.srv}/never")
        x.expect(150)
        c = socket.create_connection(address, source_address=("127.0.0.2", 0))
        until("it is refused", lambda: b"ftp.data.refuse" in read(f"{s.log}.out"))
        must("and closed", c.recv(1) == b"")
        c.close()
        x.send("ABOR")
        x.expect(426)


def rotated():
    """After SIGHUP the sessions there are write to the new transfer log too, which their user could not open."""
    log = f"{w.dir}/xfer.log"
    s = start(f"gridftp.transfer_log={log}")
    with session(s) as x:
        for n in range(3):
            if n:
                os.rename(log, f"{log}.{n}")
                os.kill(s.pid, signal.SIGHUP)
                until("it is open", lambda: read(f"{s.log}.out").count(b"ftp.transfer_log.open") == n)  # pylint: disable=cell-var-from-loop
            if n != 1:
                x.stor_stream(f"{w.srv}/rotated{n}", b"abc")
                must(str(x.last), x.last[0] == 226)
    must("the first has the first", read(f"{log}.1").count(b"\n") == 1 and b"/rotated0 " in read(f"{log}.1"))
    must("the second nothing", read(f"{log}.2") == b"")
    must("the last the rest", read(log).count(b"\n") == 1 and b"/rotated2 " in read(log))


def log_full():
    """A disk that takes no line of the transfer log is told of; the transfer itself is as good as it was."""
    s = start("gridftp.transfer_log=/dev/full")
    with session(s) as x:
        x.stor_stream(f"{w.srv}/full", b"abc")
        must(str(x.last), x.last[0] == 226)
        until("it is said", lambda: b'ftp.transfer_log.fail path=/dev/full why="No space left on device"' in
              read(f"{s.log}.out"))


def listing_full():
    """Where a listing finds no room, that is the reply."""
    s = w.start("ours", env={"LD_PRELOAD": f"{TOOLS}/ioerror.so", "IOERROR_CALL": "write", "IOERROR_DIR": "/memfd:listing",
                             "IOERROR_ERRNO": str(errno.ENOSPC), "ASAN_OPTIONS": "verify_asan_link_order=0"})
    with session(s) as x:
        for verb in ("MLSD", "MLSR", "LIST", "NLST"):
            x.pasv()
            code, text = x.command(f"{verb} {w.srv}")
            must(f"{verb}: {code} {text}", code // 100 in (4, 5) and "No space left" in text)


def key_of(bits):
    """The key in the request for a delegation, as openssl names it."""
    seen, ours = [], gsiftp.delegate

    def delegate(request, proxy):
        seen.append(request)
        return ours(request, proxy)
    gsiftp.delegate = delegate
    try:
        session(start(f"gridftp.delegation_bits={bits}"), dcau=True).close()
    finally:
        gsiftp.delegate = ours
    return subprocess.run(["openssl", "req", "-inform", "DER", "-noout", "-text"], input=seen[0], check=True,
                          capture_output=True).stdout.decode()


def delegation_bits():
    for bits, want in ((-1, "256 bit"), (0, "2048 bit"), (3072, "3072 bit")):
        text = key_of(bits)
        must(f"{bits}: {text[:400]}", f"Public-Key: ({want})" in text)
    must("P-256", "prime256v1" in key_of(-1))


def admitted(server, **more):
    try:
        session(server, **more).close()
        return True
    except gsiftp.Refused:
        return False


def min_uid():
    if not ROOT:
        raise Skip("a person's own daemon maps to that person, whatever the uid")
    uid = pwd.getpwnam(w.account).pw_uid
    must("its own uid is enough", admitted(start(f"security.min_uid={uid}")))
    must("one below is not", not admitted(start(f"security.min_uid={uid + 1}")))


def tls_min():
    s = start("security.tls_min=1.3")
    must("1.3", admitted(s, tls=ssl.TLSVersion.TLSv1_3))
    must("1.2", not admitted(s, tls=ssl.TLSVersion.TLSv1_2))
    must("1.2 by default", admitted(start(), tls=ssl.TLSVersion.TLSv1_2))


def crl():
    without = f"{w.dir}/without"
    shutil.copytree(f"{w.pki}/certificates", without, ignore=shutil.ignore_patterns("*.r0"))
    must("a list is there", admitted(start("security.crl=require")))
    must("none is there", not admitted(start("security.crl=require", f"security.certificates={without}")))
    must("none is asked for", admitted(start("security.crl=if-present", f"security.certificates={without}")))


def proxy_max():
    must("a proxy of a year", admitted(start("security.proxy_max=31536000")))
    must("of a minute", not admitted(start("security.proxy_max=60")))


for title, case in (("a tree that holds something protected is neither moved nor removed", rules),
                    ("gridftp.allow and gridftp.deny: every rule is normalised, followed or refused", rules_are_judged),
                    ("nor one that holds what SITE RESTRICT gave up", restricted),
                    ("gridftp.data_address: PASV listens there and says so", data_address),
                    ("gridftp.third_party: whom PORT may name", third_party),
                    ("gridftp.third_party: who may come after PASV", passive_never),
                    ("SBUF: the window of a connection that the server opens has that size from the first packet on", sbuf),
                    ("gridftp.transfer_log: sessions follow a rotation", rotated),
                    ("gridftp.transfer_log: a full disk is told of", log_full),
                    ("and so is a listing that finds no room", listing_full),
                    ("security.min_uid: below it nobody logs in", min_uid),
                    ("security.tls_min", tls_min),
                    ("security.crl: whether a CA needs a list", crl),
                    ("security.proxy_max: how long a proxy may have been made for", proxy_max),
                    ("gridftp.delegation_bits: P-256, the client's size, or what is asked for", delegation_bits),
                    ("who cannot be taken for want of descriptors waits", no_descriptors)):
    tap.case(title, case)
tap.done()
