#!/usr/bin/python3
"""A client that dies in the middle of an upload in MODE S: to TCP that looks like the end of the file, yet the final name
is not given away.  Data and control connection end at the same moment, the data connection first, as Linux does it."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from ftpgrid import BIN, Failure, Tap, World, have, read, same, skip_all, until  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
w = World()
server = w.start("ours")
CONTENT = bytes(range(256)) * 400


def session():
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates")


def begin(s, name, announce):
    s.expect(200, "TYPE I")
    if announce:
        s.expect(200, f"ALLO {announce}")
    d = s.connect()
    s.expect(1, f"STOR {w.srv}/{name}")
    d.sendall(CONTENT)
    return d


def ended(name):
    """The code of the transfer of NAME, as the log has it."""
    for line in read(server.log + ".out").decode().split("\n")[:-1]:  # the last one may be half written
        if " ftp.transfer.end " in line and f"/{name} " in line:
            return int(line.split(" code=")[1].split()[0])
    return 0


def dies(name, announce):
    s = session()
    d = begin(s, name, announce)
    d.close()
    s.close()
    until("the end of the transfer", lambda: ended(name))
    if ended(name) != 426 or os.path.exists(f"{w.srv}/{name}"):
        raise Failure(f"ended with {ended(name)}; {os.listdir(w.srv)}")
    same(f"{w.srv}/.{name}.part-gridftp", CONTENT)


def stays(name, announce):
    """Who stays, and announced no more than that, has sent all."""
    with session() as s:
        begin(s, name, announce).close()
        s.expect(226)
    same(f"{w.srv}/{name}", CONTENT)


def short(name, announce):
    """Fewer bytes than ALLO announced are no whole file: the sender may be a server that died.  The client can go on."""
    with session() as s:
        begin(s, name, announce).close()
        s.expect(426)
        if os.path.exists(f"{w.srv}/{name}"):
            raise Failure("something stands under the final name")
        d = s.connect()
        s.expect(200, f"ALLO {announce}")
        s.expect(350, f"REST {len(CONTENT)}")
        s.expect(1, f"STOR {w.srv}/{name}")
        d.sendall(CONTENT)
        d.close()
        s.expect(226)
    same(f"{w.srv}/{name}", CONTENT * 2)


def real(name):
    """globus-url-copy, killed when something has arrived."""
    source = f"{w.loc}/{name}"
    with open(source, "wb") as f:
        f.truncate(1 << 30)

    p = subprocess.Popen(["globus-url-copy", f"file://{source}", server.url(f"{w.srv}/{name}")], env=w.env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = f"{w.srv}/.{name}.part-gridftp"
    until("the first bytes", lambda: p.poll() is not None or (os.path.exists(part) and os.stat(part).st_size > 0))
    p.send_signal(signal.SIGKILL)
    p.wait()
    until("the end of the transfer", lambda: ended(name))
    if os.path.exists(f"{w.srv}/{name}"):
        raise Failure(f"{os.stat(f'{w.srv}/{name}').st_size} bytes under the final name")
    os.unlink(part)


tap = Tap(w)
cases = [(f"a client dies after fewer bytes than it announced ({i})", dies, f"short{i}", len(CONTENT) * 2) for i in range(4)]
cases += [("fewer bytes than announced, and the client stays", short, "short", len(CONTENT) * 2),
          ("as many as announced", stays, "exact", len(CONTENT)), ("nothing announced", stays, "untold", 0)]
if have("globus-url-copy"):
    cases += [(f"globus-url-copy is killed ({i})", real, f"guc{i}") for i in range(6)]
tap.run(cases, 4)
tap.done()
