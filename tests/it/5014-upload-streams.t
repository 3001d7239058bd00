#!/usr/bin/python3
# The body of an upload has any length, is written as it comes, and holds neither memory nor a worker of the gateway.
import os
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, DEADLINE, Client, Gatekeeper, Grid, done, ok, sh_job, until  # noqa: E402

ASAN = "san/" in BIN
PART = 256 << 10  # http/http.h: HTTP_PART
grid = Grid("alice", "bob")
gate = Gatekeeper(grid, ["gatekeeper.upload_max=256M", "gatekeeper.body_max=1M", "gatekeeper.workers=2"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
here = grid.dir + "/here"
os.mkdir(here)


def waiting(size, script="sha256sum < in; stat -c %s in"):
    more = ("<j:DataStaging><j:FileName>in</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
            f'<u:Upload xmlns:u="urn:gatehouse:jobs:1" bytes="{size}"/></j:DataStaging>')
    address = alice.create(sh_job(script, description=more))
    until("the job waits", lambda: (alice.status(address).retry or "").startswith("waiting for input"))
    return address, "/jobs/" + address.rsplit("/", 1)[1]


def received(path):
    text = alice.request("GET", path + "/uploads")[1]
    return int(text.split("received=", 1)[1].split(";")[0])


def finished(address, size):
    st = alice.wait(address)
    text = alice.request("GET", "/jobs/" + address.rsplit("/", 1)[1] + "/stdout")[1].split()
    return st.state == "Finished" and text[2:] == [str(size)]


def curl(*words, who="alice", data=None):
    p = subprocess.run(["curl", "-sS", "--max-time", str(DEADLINE), "--cacert", f"{grid.pki}/keys/ca.pem", "--cert", grid.proxy(who),
                        "-w", "%{http_code} %{size_upload}", "-o", f"{here}/answer"] + list(words), stdout=subprocess.PIPE, text=True, input=data)
    with open(f"{here}/answer") as f:
        return [int(n) for n in p.stdout.split()], f.read()


def raw(path, head, body=b""):
    """A connection of alice's on which a PUT to PATH has begun."""
    context = ssl.create_default_context(cafile=f"{grid.pki}/keys/ca.pem")
    context.load_cert_chain(grid.proxy("alice"))
    c = context.wrap_socket(socket.create_connection(("localhost", gate.port), DEADLINE), server_hostname="localhost")
    c.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
    return c


def answer(c):
    text = b""
    while b"\r\n\r\n" not in text:
        more = c.recv(65536)
        if not more:
            break
        text += more
    return text.decode()


def peak():
    with open(f"/proc/{gate.unprivileged()}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))


SIZE = 48 << 20
with open(f"{here}/big", "wb") as f:
    f.truncate(SIZE)


def large():
    address, path = waiting(SIZE)
    before = peak()
    numbers, text = curl("-T", f"{here}/big", f"{address}/files/in")
    grown = peak() - before
    print("#", numbers, text.strip(), f"{grown} KiB more")
    return numbers[0] == 200 and text == f"{SIZE} of {SIZE} bytes are here\n" and (ASAN or grown < 8192) and finished(address, SIZE)


ok("one body of 48 MiB, where other requests have 1 MiB at most: taken, in less than 8 MiB of memory", large)


def chunked(size):
    address, path = waiting(300000)
    numbers, text = curl("-H", "Transfer-Encoding: chunked", "-T", "-", f"{address}/files/in", data="x" * size)
    print("#", numbers, text.strip())
    if size == 300000:
        return numbers[0] == 200 and finished(address, size)
    alice.each("TerminateActivities", address)
    return numbers[0] == 400 and "300000" in text


ok("a body in chunks", lambda: chunked(300000))
ok("in chunks, and shorter than was announced, by a byte", lambda: chunked(299999))
ok("in chunks, and longer", lambda: chunked(300001))
ok("in chunks, and longer by more than a part", lambda: chunked(300000 + 2 * PART))


def not_hers():
    address, path = waiting(SIZE)
    numbers, text = curl("-H", "Expect: 100-continue", "--expect100-timeout", str(DEADLINE), "-T", f"{here}/big", f"{address}/files/in", who="bob")
    mine = curl("-H", "Expect: 100-continue", "--expect100-timeout", str(DEADLINE), "-T", f"{here}/big", f"{address}/files/in")
    print("#", numbers, text.strip(), mine)
    return numbers == [404, 0] and mine[0] == [200, SIZE] and finished(address, SIZE)


ok("who expects 100 Continue is refused before the body is sent, or told to send it", not_hers)


def hangs_up():
    address, path = waiting(1 << 20)
    c = raw(path + "/files/in", f"Content-Length: {1 << 20}", b"x" * (PART + 1000))
    until("a part is there", lambda: received(path) == PART)
    c.close()
    rest = (1 << 20) - PART
    with open(f"{here}/rest", "wb") as f:
        f.truncate(rest)
    numbers, text = curl("-H", f"Content-Range: bytes {PART}-{(1 << 20) - 1}/{1 << 20}", "-T", f"{here}/rest", f"{address}/files/in")
    return numbers[0] == 200 and finished(address, 1 << 20)


ok("the client hangs up in the middle: what came counts, and one goes on from there", hangs_up)


def slow():
    jobs = [waiting(1 << 20) for i in range(6)]
    held = [raw(path + "/files/in", f"Content-Length: {1 << 20}", b"x" * PART) for address, path in jobs]
    for address, path in jobs:
        until("its first part is there", lambda: received(path) == PART)
    status = alice.request("GET", "/health")[0]
    for c in held[1:]:
        c.close()
    held[0].sendall(b"x" * ((1 << 20) - PART))
    text = answer(held[0])
    for address, path in jobs[1:]:
        alice.each("TerminateActivities", address)
    return status == 200 and text.startswith("HTTP/1.1 200 ") and finished(jobs[0][0], 1 << 20)


ok("six senders that stop in the middle hold none of two workers; one goes on and is answered", slow)


def refused_midway():
    address, path = waiting(1 << 20)
    c = raw(path + "/files/in", f"Content-Length: {1 << 20}", b"x" * PART)
    until("a part is there", lambda: received(path) == PART)
    alice.each("TerminateActivities", address)
    until("it is over", lambda: alice.status(address).state == "Cancelled")
    c.sendall(b"GET /x HTTP/1.1\r\n" * (PART // 17 + 1))
    text = answer(c)
    return text.startswith("HTTP/1.1 409 ") and "Connection: close" in text and text.count("HTTP/1.1") == 1


ok("the job ends in the middle: the rest is refused, and read as no other request", refused_midway)


def caps():
    with open(f"{here}/two", "wb") as f:
        f.truncate(2 << 20)
    return [curl("-X", m, "--data-binary", f"@{here}/{n}", f"{gate.url}/{p}")[0][0]
            for m, n, p in (("POST", "two", "bes"), ("GET", "two", "health"), ("GET", "rest", "health"))]


ok("other bodies have the site's limit, and where none is wanted a small one", lambda: caps() == [413, 413, 413])
done()
