#!/usr/bin/python3
"""Peers that send slowly, stop, cut, pipeline or never read: they stop nobody."""
import os
import re
import select
import shlex
import socket
import ssl
import subprocess
import sys
import time

count = failed = 0
setup = """
. "$SRC/tests/lib/tap.sh"; trap - EXIT; . "$SRC/tests/lib/grid.sh"; . "$SRC/tests/lib/echo.sh"
cleanup() { :; }
start_echo %s && echo "$PORT $PID $CA $LOG"
"""
NS = "urn:gatehouse:echo"


def claim(title, test):
    global count, failed
    count += 1
    try:
        problem = test()
    except Exception as e:  # a test that dies has failed
        problem = "%s: %s" % (type(e).__name__, e)
    if problem:
        failed += 1
        print("not ok %d - %s\n#   %s" % (count, title, problem))
    else:
        print("ok %d - %s" % (count, title))
    sys.stdout.flush()


class Server:
    def __init__(self, options):
        out = subprocess.run(["sh", "-c", setup % options], stdout=subprocess.PIPE, universal_newlines=True, check=True)
        port, pid, self.ca, self.log = out.stdout.strip().splitlines()[-1].split(" ")
        self.port, self.pid = int(port), int(pid)
        self.context = ssl.create_default_context(cafile=self.ca)

    def raw(self):
        return socket.create_connection(("127.0.0.1", self.port), 60)

    def connect(self, context=None):
        return (context or self.context).wrap_socket(self.raw(), server_hostname="localhost")

    def logged(self, words, least=1):
        for _ in range(1200):
            lines = [line for line in open(self.log) if re.search(words, line)]
            if len(lines) >= least:
                return lines
            time.sleep(0.05)
        return []

    def stop(self):
        os.kill(self.pid, 15)


def message(op, text=""):
    return ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><e:%s xmlns:e="%s">%s</e:%s>'
            "</s:Body></s:Envelope>" % (op, NS, text, op)).encode()


def request(body, extra=b"", length=None):
    return (b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n" + extra +
            b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body)


def answer(s, rest=b""):
    """One whole answer; also what came behind it."""
    data = rest
    while b"\r\n\r\n" not in data:
        piece = s.recv(65536)
        if not piece:
            return data, b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    m = re.search(rb"(?i)content-length: (\d+)", head)
    want = int(m.group(1))
    while len(body) < want:
        piece = s.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body[:want], body[want:]


def echo(server, text="hello"):
    with server.connect() as s:
        s.sendall(request(message("Echo", text)))
        got, _ = answer(s)
        return None if text.encode() in got else "answer: %r" % got[:200]


scratch = subprocess.run(["mktemp", "-d"], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()
os.chdir(scratch)
os.chmod(scratch, 0o755)
server = Server("-o mds.workers=4 -o mds.request_timeout=600")


def eight_slow():
    held = []
    for i in range(8):
        s = server.connect()
        s.sendall(request(message("Echo", "slow%d" % i))[:-40])
        held.append(s)
    for i in range(8):
        s = server.raw()  # and eight that stop inside the handshake
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        held.append(s)
    for i in range(20):
        problem = echo(server)
        if problem:
            return problem
    for i, s in enumerate(held[:8]):
        s.sendall(request(message("Echo", "slow%d" % i))[-40:])
        got, _ = answer(s)
        if b"slow%d" % i not in got:
            return "slow sender %d: %r" % (i, got[:100])
    for s in held:
        s.close()


def byte_by_byte():
    with server.connect() as s:
        for b in request(message("Echo", "drops")):
            s.sendall(bytes([b]))
        got, _ = answer(s)
        return None if b"drops" in got else repr(got[:100])


def pipelined():
    with server.connect() as s:
        s.sendall(b"".join(request(message("Echo", "pipe%d" % i)) for i in range(50)))
        rest = b""
        for i in range(50):
            got, rest = answer(s, rest)
            if b">pipe%d<" % i not in got:
                return "answer %d: %r" % (i, got[-200:])


def chunked_slowly():
    with server.connect() as s:
        body = message("Echo", "chunks")
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(0, len(body), 7):
            part = body[i:i + 7]
            s.sendall(b"%x;name=\"v\"\r\n" % len(part) + part + b"\r\n")
        s.sendall(b"0\r\nTrailer: x\r\n\r\n")
        got, _ = answer(s)
        return None if b"chunks" in got else repr(got[:100])


def truncated():
    s = server.connect()
    s.sendall(request(message("Echo", "cut"), length=100000))
    s.close()
    return None if server.logged("http.request.cut.*ended inside|http.request.cut.*failed inside") else "not logged"


def closed_after():
    with server.connect() as s:
        s.sendall(request(message("Echo", "last"), b"Connection: close\r\n"))
        got, _ = answer(s)
        return None if b"last" in got and s.recv(1) == b"" else "still open"


def smuggled():
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                  b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        got, rest = answer(s)
        if b" 400 " not in got.splitlines()[0]:
            return repr(got)
        return None if rest == b"" and s.recv(1) == b"" else "went on after it"


def head_too_long():
    with server.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: " + b"y" * 40000)
        got, _ = answer(s)
        return None if b" 431 " in got.splitlines()[0] else repr(got[:80])


def three_gigabytes():
    """The answer comes at once, and can be read while we go on sending."""
    with server.connect() as s:
        s.sendall(request(b"x" * 100000, length=3 << 30))
        got, _ = answer(s)
        return None if b" 413 " in got.splitlines()[0] else repr(got[:80])


def not_tls():
    with server.raw() as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        s.settimeout(60)
        while s.recv(1000):
            pass
    return None if server.logged("http.handshake.fail") else "not logged"


def hoarders():
    """More than a server wants to hold of bodies that do not end: large ones are refused, small ones served."""
    held, refused = [], 0
    for i in range(80):
        s = server.connect()
        s.settimeout(60)
        held.append(s)
        try:
            s.sendall(request(b"<" + b"x" * 999000, length=1000000))
        except OSError:
            refused += 1  # its answer may be lost with the connection
    problem = echo(server)
    refused += len(server.logged("http.request.bad.*status=503"))
    for s in held:
        s.close()
    for _ in range(600):  # when they have left, large ones are taken again
        with server.connect() as s:
            s.sendall(request(message("Echo", "y" * 500000)))
            got, _ = answer(s)
            if b" 200 " in got.splitlines()[0]:
                break
        time.sleep(0.05)
    else:
        return "no large one is taken afterwards"
    return problem or (None if refused else "none was refused")


def never_reads():
    """Large answers that nobody takes do not keep the workers."""
    held = []
    for i in range(8):
        s = server.connect()
        s.sendall(request(message("Big", "20000000")))
        held.append(s)
    for i in range(20):
        problem = echo(server)
        if problem:
            return problem
    total = 0
    while total < 20000000:
        piece = held[0].recv(1 << 20)
        if not piece:
            return "cut after %d bytes" % total
        total += len(piece)
    for s in held:
        s.close()


def busy_workers():
    """All workers asleep: connections are still made, and answered later."""
    held = [server.connect() for _ in range(4)]
    for s in held:
        s.sendall(request(message("Sleep", "1500")))
    if len(server.logged("echo.sleep", 4)) < 4:
        return "the sleepers did not start"
    problem = echo(server)
    for s in held:
        got, _ = answer(s)
        if b"awake" not in got:
            return repr(got[:100])
        s.close()
    return problem


def flood(kind, count):
    """Small records as fast as they come: others are answered before the flood is over."""
    with subprocess.Popen([os.environ["TOOLS"] + "/tlsblast", str(server.port), kind, str(count)],
                          stdout=subprocess.PIPE) as p:
        try:
            if p.stdout.readline() != b"blasting\n":
                return "the flood did not begin"
            problem = echo(server)
            over = select.select([p.stdout], [], [], 0)[0]
            return problem or ("nobody was answered before it was over" if over else None)
        finally:
            p.kill()


def by_hand(raw):
    """TLS over RAW, whose bytes we carry ourselves."""
    out, into = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server.context.wrap_bio(into, out, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
            return tls, out, into
        except ssl.SSLWantReadError:
            raw.sendall(out.read())
            into.write(raw.recv(65536))


def half_closed():
    """Who says that he sends no more is answered."""
    with server.raw() as raw:
        tls, out, into = by_hand(raw)
        tls.write(request(message("Sleep", "300")))
        raw.sendall(out.read())
        raw.shutdown(socket.SHUT_WR)
        got = b""
        while True:
            piece = raw.recv(65536)
            if not piece:
                break
            into.write(piece)
            try:
                got += tls.read(65536)
            except ssl.SSLError:
                pass  # nothing yet, or his end without close_notify is answered by an alert
        return None if b"awake" in got else repr(got[:100])


def renegotiated():
    """TLS 1.2 has renegotiation; who asks for it, again and again, gets none and stops nobody."""
    p = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % server.port, "-tls1_2", "-quiet", "-no_ign_eof"],
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0)
    try:
        for _ in range(20):
            p.stdin.write(b"R\n")
            problem = echo(server)
            if problem:
                return problem
    except BrokenPipeError:
        pass  # it was let go
    finally:
        p.kill()
        p.wait()
        p.stdin.close()
    return echo(server)


def answers_held():
    """There is an end to what is held of answers that nobody takes."""
    held = []
    for i in range(3):
        s = server.connect()
        s.sendall(request(message("Big", "100000000")))
        got = s.recv(100)
        if b" 503 " in got:
            break
        held.append(s)
    else:
        return "300 MB are held"
    problem = echo(server)
    for s in held:
        s.close()
    return problem


claim("eight that send slowly, and eight that stop in the handshake, stop nobody", eight_slow)
claim("a request comes byte by byte", byte_by_byte)
claim("fifty pipelined requests are answered in order", pipelined)
claim("chunks with extensions and a trailer come slowly", chunked_slowly)
claim("a body that is cut off is logged, and nothing is run", truncated)
claim("after Connection: close comes the end", closed_after)
claim("a length beside chunks is refused, and what follows is not read", smuggled)
claim("a head without end is refused", head_too_long)
claim("3 GB that are announced are refused before they come", three_gigabytes)
claim("what is not TLS is let go and logged", not_tls)
claim("who takes no answer keeps no worker", never_reads)
claim("who sends keys and nothing else, as fast as they go, stops nobody", lambda: flood("keyupdates", 400000))
claim("nor who sends a byte in each record", lambda: flood("bytes", 1000000))
claim("nor who asks for renegotiation", renegotiated)
claim("who ends his side after the request is answered", half_closed)
claim("there is an end to what is held of answers that nobody takes", answers_held)
claim("there is an end to what is held of requests that do not end", hoarders)
claim("while all workers work, others wait and are answered", busy_workers)
server.stop()

server = Server("-o mds.request_timeout=1 -o mds.idle_timeout=2")


def timeouts():
    idle, cut, silent = server.connect(), server.connect(), server.raw()
    cut.sendall(request(message("Echo", "x"))[:-5])
    for s in (idle, cut, silent):
        s.settimeout(60)
        try:
            if s.recv(1) != b"":
                return "got something"
        except ConnectionResetError:
            pass
    if not server.logged("http.request.cut.*took too long"):
        return "the request's end is not logged"
    return None if server.logged("http.handshake.fail.*took too long") else "the handshake's end is not logged"


def too_many():
    held = [server.connect() for _ in range(20)]
    try:
        server.connect()
        return "one more was let in"
    except (ConnectionError, ssl.SSLError, OSError):
        pass
    for s in held:
        s.close()
    for _ in range(600):
        try:
            return echo(server)
        except OSError:
            time.sleep(0.05)
    return "none is let in after they left"


def crowd():
    """When there is no place, who has most of them gives one up for another."""
    held = [server.connect() for _ in range(20)]
    for i in range(5):
        raw = socket.create_connection(("127.0.0.1", server.port), 60, ("127.0.0.%d" % (2 + i), 0))
        s = server.context.wrap_socket(raw, server_hostname="localhost")
        held.append(s)
        s.sendall(request(message("Echo", "other")))
        got, _ = answer(s)
        if b"other" not in got:
            return repr(got[:100])
    try:
        server.connect()
        return "one more was let in for who has most"
    except (ConnectionError, ssl.SSLError, OSError):
        pass
    for s in held:
        s.close()


claim("idle connections, slow requests and slow handshakes are ended", timeouts)
server.stop()

# Connections that are to stay while others are made.
server = Server("-o mds.connections_max=20")
claim("there are never more connections than allowed", too_many)
claim("one address cannot keep the others out", crowd)
server.stop()
print("1..%d" % count)
if failed:
    print("# in " + scratch)
else:
    subprocess.run("rm -rf " + shlex.quote(scratch), shell=True)
sys.exit(1 if failed else 0)
