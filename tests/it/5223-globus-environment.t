#!/usr/bin/python3
"""Ports and addresses as sites set them in the environment of Globus' programs: GLOBUS_TCP_PORT_RANGE,
GLOBUS_TCP_SOURCE_RANGE, GLOBUS_HOSTNAME, GLOBUS_FTP_CLIENT_DATA_IP; gridcp and the daemon."""
import os
import random
import re
import socket
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
# pylint: disable=wrong-import-position
import gsiftp
from ftpgrid import BIN, Failure, Tap, World, data, have, same, skip_all, write
from oddftp import OddFtp

if not have(f"{BIN}/gridftp", f"{BIN}/gridcp"):
    skip_all("gridftp or gridcp is not built")
w = World()
tap = Tap(w)
CONTENT = data(300000)
write(f"{w.srv}/f", CONTENT)
server = w.start("ours")


def some_ports(n=40):
    """A range of which most are free: none of those that the kernel gives away."""
    low = random.randrange(20000, 30000)
    return low, low + n - 1


def must_be_in(ports, port, what):
    if not ports[0] <= port <= ports[1]:
        raise Failure(f"{what}: port {port} is not in {ports}")


def gridcp(env, *argv, code=0):
    r = w.run([f"{BIN}/gridcp", "-dbg", *argv], env=env)
    if r.code != code:
        raise Failure(f"exit {r.code}: {r.text()}")
    return r.text()


def named(text):
    """Address and port of each PORT command in what -dbg says."""
    return [(".".join(m[:4]), int(m[4]) * 256 + int(m[5])) for m in re.findall(r"(?m)^PORT (\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", text)]


def client_listens():
    ports = some_ports()
    text = gridcp({"GLOBUS_TCP_PORT_RANGE": "%d,%d" % ports}, "-p", "2", server.url(f"{w.srv}/f"), f"{w.loc}/listens")
    same(f"{w.loc}/listens", CONTENT)
    for _, port in named(text) or [("", 0)]:
        must_be_in(ports, port, "PORT")


def client_connects():
    """Control and data connections, seen by their server."""
    ports, seen = some_ports(), []

    def peer(c, line):
        del line
        seen.append(c.getpeername()[1])
        return b"331 x"

    def send(s, line):
        del line
        seen.append(s.getpeername()[1])
        s.sendall(CONTENT)
    o = OddFtp(replies={"USER": peer, "SIZE": b"213 %d" % len(CONTENT)}, send={"RETR": send})
    gridcp({"GLOBUS_TCP_SOURCE_RANGE": "%d,%d" % ports}, o.url("/f"), f"{w.loc}/connects")
    same(f"{w.loc}/connects", CONTENT)
    if len(seen) != 2:
        raise Failure(f"connections: {seen}")
    for port in seen:
        must_be_in(ports, port, "a connection")


def client_is_called(name, value, want, **more):
    text = gridcp({name: value, **more}, "-p", "2", server.url(f"{w.srv}/f"), f"{w.loc}/{name}{len(more)}")
    same(f"{w.loc}/{name}{len(more)}", CONTENT)
    if not named(text) or {a for a, _ in named(text)} != {want}:
        raise Failure(f"PORT names {named(text)}, wanted {want}")


def nonsense(name, value, code):
    text = gridcp({name: value}, "-rst-retries", "1", "-rst-interval", "1", "-p", "2", server.url(f"{w.srv}/f"), f"{w.loc}/never", code=code)
    if name not in text:
        raise Failure(text)


def session(s):
    return gsiftp.Session(s.port, w.proxy("alice"), f"{w.pki}/certificates")


def daemon_listens():
    ports, other = some_ports(), some_ports()
    env = {"GLOBUS_TCP_PORT_RANGE": "%d,%d" % ports, "GLOBUS_HOSTNAME": "127.0.0.3"}
    with session(w.start("ours", env=env)) as x:
        address, port = x.pasv()
        must_be_in(ports, port, "PASV")
        if address != "127.0.0.3":
            raise Failure(f"PASV names {address}")
    # what the configuration says counts
    with session(w.start("ours", "-o", "gridftp.port_range=%d,%d" % other, "-o", "gridftp.public_address=127.0.0.4", env=env)) as x:
        address, port = x.pasv()
        must_be_in(other, port, "PASV")
        if address != "127.0.0.4":
            raise Failure(f"PASV names {address}")


def daemon_connects(*options, **env):
    with session(w.start("ours", *options, env=env)) as x, x.listen() as li:
        x.expect(200, "TYPE I")
        x.expect(150, f"RETR {w.srv}/f")
        with li.accept()[0] as s:
            ports = (options[-1].split("=")[1] if options else env["GLOBUS_TCP_SOURCE_RANGE"]).split(",")
            must_be_in([int(p) for p in ports], s.getpeername()[1], "a data connection")
            while s.recv(65536):
                pass
        x.expect(226)


def daemon_refuses(name, value):
    env = {"PATH": os.environ["PATH"], name: value}
    r = w.run([f"{BIN}/gridftp", "-t", "-c", f"{w.pki}/gatehouse.conf"], env=env)
    if r.code != 78 or name not in r.text():
        raise Failure(f"exit {r.code}: {r.text()}")


low, high = some_ports()
tap.run([
    ("gridcp listens in GLOBUS_TCP_PORT_RANGE", client_listens),
    ("gridcp connects from GLOBUS_TCP_SOURCE_RANGE", client_connects),
    ("gridcp is called as GLOBUS_HOSTNAME says", client_is_called, "GLOBUS_HOSTNAME", "127.0.0.2", "127.0.0.2"),
    ("and as GLOBUS_FTP_CLIENT_DATA_IP says before that", client_is_called, "GLOBUS_FTP_CLIENT_DATA_IP", "127.0.0.3", "127.0.0.3"),
    ("whatever the other one is", lambda: client_is_called("GLOBUS_FTP_CLIENT_DATA_IP", "127.0.0.3", "127.0.0.3",
                                                           GLOBUS_HOSTNAME="127.0.0.2")),
    ("a range that is none is named", nonsense, "GLOBUS_TCP_PORT_RANGE", "50000", 78),
    ("nor are ports taken from one", nonsense, "GLOBUS_TCP_SOURCE_RANGE", "9,1", 78),
    ("a name that nobody knows is named", nonsense, "GLOBUS_HOSTNAME", "no.such.host.invalid", 68),
    ("the daemon takes ports and name from the environment, unless it is configured", daemon_listens),
    ("and connects from the range of ports", lambda: daemon_connects(GLOBUS_TCP_SOURCE_RANGE=f"{low},{high}")),
    ("that gridftp.source_range is", daemon_connects, "-o", f"gridftp.source_range={high + 1},{high + 40}"),
    ("the daemon does not begin with a range that is none", daemon_refuses, "GLOBUS_TCP_PORT_RANGE", "1"),
    ("nor with a name that nobody knows", daemon_refuses, "GLOBUS_HOSTNAME", "no.such.host.invalid"),
], 4)
tap.done()
