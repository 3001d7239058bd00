#!/usr/bin/python3
"""What cannot be read or written twice: a copy of standard input or of a FIFO that is cut off is a failure, not a copy of
the rest; what went to standard output is not sent again."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import cutproxy  # pylint: disable=wrong-import-position
import ftpgrid  # pylint: disable=wrong-import-position

w = ftpgrid.World()
server = w.start("ours")
BLOB = ftpgrid.data(8 << 20)
HALF = len(BLOB) // 2
ftpgrid.write(f"{w.srv}/blob", BLOB)
ftpgrid.write(f"{w.loc}/blob", BLOB)


def gridcp(*argv, **more):
    return subprocess.Popen([f"{ftpgrid.BIN}/gridcp", "-rst-interval", "1", *argv], env=w.env, cwd=w.loc,
                            stderr=subprocess.PIPE, start_new_session=True, **more)


def stored(name):
    """Bytes of NAME, whole or not, at the server."""
    return max([os.path.getsize(f"{w.srv}/{f}") for f in os.listdir(w.srv) if name in f] + [0])


def cut():
    for pid in server.sessions():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def ended(p, want):
    _, said = p.communicate(timeout=ftpgrid.DEADLINE)
    if (p.returncode == 0) != want:
        raise ftpgrid.Failure(f"status {p.returncode}: {said.decode()}")


def feed(out, name):
    """Half of it, a cut when it has arrived, the other half."""
    try:
        out.write(BLOB[:HALF])
        out.flush()
        ftpgrid.until("half of it arrives", lambda: stored(name) > HALF // 2)
        cut()
        out.write(BLOB[HALF:])
        out.close()
    except BrokenPipeError:
        pass


def upload(name, *options):
    p = gridcp(*options, "-", server.url(f"{w.srv}/{name}"), stdin=subprocess.PIPE)
    feed(p.stdin, name)
    p.stdin = None
    ended(p, False)
    if os.path.exists(f"{w.srv}/{name}"):
        raise ftpgrid.Failure("something stands under its name")


def fifo(name):
    os.mkfifo(f"{w.loc}/{name}")
    p = gridcp(name, server.url(f"{w.srv}/{name}"), stdin=subprocess.DEVNULL)
    with open(f"{w.loc}/{name}", "wb") as f:
        feed(f, name)
    ended(p, False)
    if os.path.exists(f"{w.srv}/{name}"):
        raise ftpgrid.Failure("something stands under its name")


def before(name):
    """Nothing was read yet: a session that is lost then is made again."""
    proxy = cutproxy.CutProxy(("127.0.0.1", server.port), after=1)
    with open(f"{w.loc}/blob", "rb") as f:
        p = gridcp("-", f"gsiftp://localhost:{proxy.port}{w.srv}/{name}", stdin=f)
    ended(p, True)
    proxy.close()
    ftpgrid.same(f"{w.srv}/{name}", BLOB)


def download(whole, url, *options):
    p = gridcp(*options, url, "-", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    got = p.stdout.read(HALF)
    cut()
    got += p.stdout.read()
    if whole is not None:
        ended(p, whole)
    elif p.wait(ftpgrid.DEADLINE) == 0:
        whole = True
    want = BLOB[1000:] if "-off" in options else BLOB
    if not want.startswith(got) or (whole and got != want):
        raise ftpgrid.Failure(f"{len(got)} bytes came, and not those of the file")


def web():
    port = f"{w.dir}/port"
    p = subprocess.Popen([f"{ftpgrid.SRC}/tests/lib/webserver", w.loc, port])
    try:
        ftpgrid.until("a web server", lambda: os.path.exists(port))
        url = f"http://localhost:{ftpgrid.read(port).decode()}/cut/blob"
        for options in (), ("-rst",):
            download(True, url, *options)
    finally:
        p.terminate()
        p.wait()


tap = ftpgrid.Tap(w)
tap.run([("standard input, cut off in the middle", upload, "stdin"),
         (".. with -rst", upload, "stdin-rst", "-rst"),
         (".. with several streams", upload, "stdin-p", "-p", "3"),
         ("a FIFO, cut off in the middle", fifo, "fifo"),
         ("cut off before a byte was read", before, "before"),
         ("standard output, cut off in the middle", download, True, server.url(f"{w.srv}/blob")),
         (".. a part", download, None, server.url(f"{w.srv}/blob"), "-off", "1000"),
         (".. with a conversion", download, None, server.url(f"{w.srv}/blob"), "-a", "-rst-retries", "1"),
         (".. from the web", web)], workers=1)
tap.done()
