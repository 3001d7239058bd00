#!/usr/bin/python3
"""The long path of tests/lib/longpath_tool.c is as it was told: what it counts, delays, drops and forgets."""
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import longpath  # pylint: disable=wrong-import-position

path = longpath.begin()
ECHO = """import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while block := self.request.recv(65536):
            self.request.sendall(block)
socketserver.ThreadingTCPServer.daemon_threads = True
s = socketserver.ThreadingTCPServer(("%s", 7), Echo)
print("listens", flush=True)
s.serve_forever()
""" % longpath.FAR
# pylint: disable-next=consider-using-with
far = subprocess.Popen([*longpath.wrap(), sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
far.stdout.readline()


class Quiet:
    """What Tap wants of a world."""
    failed = False


def connect(timeout=ftpgrid.DEADLINE):
    return socket.create_connection((longpath.FAR, 7), timeout)


def ask(s, n):
    s.sendall(b"x" * n)
    got = 0
    while got < n:
        got += len(s.recv(65536))


def trips():
    path.become(delay=5)
    with connect() as s:
        for want in (2, 3, 4):
            ask(s, 1)
            if path.tell()["trips"] != want:
                raise ftpgrid.Failure(f"{path.tell()}, wanted {want} trips")
        path.become(delay=5)
        ask(s, 1)
        if path.tell()["trips"] != 0:
            raise ftpgrid.Failure("an old connection counts")
    path.become(delay=5)
    with connect() as s:
        ask(s, 1)
        ask(s, 1)
    count = path.tell()
    if count["opened"] != 1 or count["packets"] < 8:
        raise ftpgrid.Failure(str(count))


def delay():
    path.become(delay=50)
    with connect() as s:
        ask(s, 1)
        info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    rtt = int.from_bytes(info[68:72], sys.byteorder)  # tcpi_rtt, in microseconds
    if rtt < 100000:
        raise ftpgrid.Failure(f"{rtt} us")


def loss():
    path.become(loss=20)
    with connect() as s:
        ask(s, 300000)
    count = path.tell()
    if not 0.1 < count["lost"] / (count["lost"] + count["packets"]) < 0.4:
        raise ftpgrid.Failure(str(count))


def hole():
    path.become(hole=600)
    with connect() as s:
        ask(s, 100)
        s.settimeout(0.5)
        try:
            ask(s, 2000)
        except TimeoutError:
            pass
        else:
            raise ftpgrid.Failure("2000 bytes passed")
    if path.tell()["hole"] < 1:
        raise ftpgrid.Failure(str(path.tell()))


def idle():
    path.become(idle=2000)
    with connect() as s:
        ask(s, 1)
        threading.Event().wait(3)
        s.settimeout(0.5)
        try:
            ask(s, 1)
        except TimeoutError:
            pass
        else:
            raise ftpgrid.Failure("it was remembered")
    if path.tell()["idle"] < 1:
        raise ftpgrid.Failure(str(path.tell()))


def down():
    path.become(down=1)
    try:
        connect(0.3).close()
    except TimeoutError:
        return
    raise ftpgrid.Failure("somebody answered")


tap = ftpgrid.Tap(Quiet)
tap.run([("round trips are counted, however long they take", trips), ("packets are delayed both ways", delay),
         ("some are lost, and come again", loss), ("large ones vanish in a hole, small ones do not", hole),
         ("a silent connection is forgotten", idle), ("nothing passes a path that is down", down)], workers=1)
far.kill()
far.wait()
tap.done()
