#!/usr/bin/python3
"""A server that ends while gridcp logs in, or that has no room just now, is asked again: for files and for directories."""
import os
import socket
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
# pylint: disable=wrong-import-position
from cutproxy import CutProxy
from ftpgrid import BIN, Failure, Tap, World, data, have, same, skip_all, write
from oddftp import OddFtp

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
CONTENT = data(5000)
server = w.start("ours")
write(f"{w.srv}/f", CONTENT)
os.mkdir(f"{w.srv}/d")
write(f"{w.srv}/d/f", CONTENT)


def send(s, line):
    del line
    s.sendall(CONTENT)


def listing(s, line):
    del line
    s.sendall(b"Type=file;Size=%d; f\r\n" % len(CONTENT))


def first_ones(sessions, first, then):
    """A reply of OddFtp: FIRST in that many sessions, None hangs up."""
    seen = []

    def reply(c, line):
        del line
        seen.append(c)
        if len(seen) > sessions:
            return then
        if first is None:
            c.shutdown(socket.SHUT_RDWR)
        return first
    return reply


def odd(verb, first, sessions=1):
    then = {"USER": b"331 x", "PASS": b"230 x", "FEAT": b"211-ext\r\n MLST Type*;Size*;\r\n SIZE\r\n211 end"}[verb]
    return OddFtp(replies={verb: first_ones(sessions, first, then), "SIZE": b"213 %d" % len(CONTENT)}, send={"RETR": send, "MLSD": listing})


def gridcp(*argv, told=True):
    r = w.run([f"{BIN}/gridcp", "-rst-interval", "1", "-v", *argv])
    if r.code:
        raise Failure(r.text())
    if told and b"trying again in 1 s" not in r.err:
        raise Failure("it was not tried twice: " + r.text())


def get(name, verb, first):
    gridcp(odd(verb, first).url("/f"), f"{w.loc}/{name}")
    same(f"{w.loc}/{name}", CONTENT)


# A directory is read in one session, while another one is opened for its files.
AT_ONCE = 2


def tree(name, verb, first):
    gridcp("-r", odd(verb, first, AT_ONCE).url("/d/"), f"{w.loc}/{name}/")
    same(f"{w.loc}/{name}/f", CONTENT)


def gone_once(after):
    """Our daemon behind a proxy that resets its first connection after that many bytes."""
    return f"gsiftp://localhost:{CutProxy(('127.0.0.1', server.port), after=after).port}"


def gsi(name, after):
    gridcp(gone_once(after) + f"{w.srv}/f", f"{w.loc}/{name}")
    same(f"{w.loc}/{name}", CONTENT)
    gridcp(f"{w.srv}/f", gone_once(after) + f"{w.srv}/{name}")
    same(f"{w.srv}/{name}", CONTENT)
    gridcp(f"{server.url(w.srv)}/f", gone_once(after) + f"{w.srv}/{name}.third")
    same(f"{w.srv}/{name}.third", CONTENT)
    gridcp("-notpt", gone_once(after) + f"{w.srv}/f", f"{server.url(w.srv)}/{name}.relay")
    same(f"{w.srv}/{name}.relay", CONTENT)
    # The session that is opened ahead may be the one that is lost: then nothing waits for it.
    gridcp("-r", f"{w.srv}/d/", gone_once(after) + f"{w.srv}/{name}.d/", told=False)
    same(f"{w.srv}/{name}.d/f", CONTENT)


def unable(*argv):
    """What is for good is not tried again."""
    r = w.run([f"{BIN}/gridcp", "-rst-interval", "1", "-v", *argv])
    if r.code == 0 or b"trying again" in r.err:
        raise Failure(r.text())


def greets_late():
    """No room at first: the word comes in the place of the greeting."""
    o, li = odd("USER", b"331 x"), socket.create_server(("127.0.0.1", 0))

    def turn_away():
        for word in (b"421 Authentication servers are busy.\r\n", b""):
            c = li.accept()[0]
            c.sendall(word)
            c.close()
        li.close()
        CutProxy(o.listener.getsockname(), port=port)
    port = li.getsockname()[1]
    threading.Thread(target=turn_away, daemon=True).start()
    gridcp(f"ftp://localhost:{port}/f", f"{w.loc}/late")
    same(f"{w.loc}/late", CONTENT)


cases = [("a login that is refused for good is not tried again", unable, odd("PASS", b"530 Login incorrect.").url("/f"),
          f"{w.loc}/never"),
         ("nor is one for a directory", unable, "-r", odd("PASS", b"530 Login incorrect.", AT_ONCE).url("/d/"), f"{w.loc}/never/"),
         ("a server that is too busy to greet is asked again", greets_late)]
for kind, function in (("file", get), ("directory", tree)):
    for verb in ("USER", "PASS", "FEAT"):
        for word, first in (("lost at", None), ("ended by 421 at", b"421 Permission denied, ending.")):
            cases.append((f"a session {word} {verb}: the {kind} comes", function, f"{kind}{len(cases)}", verb, first))
cases += [(f"a GSI session lost after {n} bytes: there, back, between servers", gsi, f"gsi{n}", n) for n in (20, 3000, 5000)]
tap.run(cases, 4)
tap.done()
