#!/usr/bin/python3
# What a caller may cost: an answer has a limit before it is built, and so have
# the elements of a request; who may not ask costs no parser anything; work ends
# when the caller has gone; and memory goes back to the system.
import os
import re
import socket
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BES, BIN, WSA, Client, Daemon, Gatekeeper, Grid, done, fault, ok, payload, sh_job, skip, until  # noqa: E402

MIB = 1 << 20
RP = "http://docs.oasis-open.org/wsrf/rp-2"
INDEX = "/wsrf/services/DefaultIndexService"
ASAN = "/asan/" in BIN
grid = Grid("alice")
gate = Gatekeeper(grid, ["gatekeeper.answer_max=16M"]).start()
mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)


def memory(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(rf"{what}:\s+(\d+)", f.read()).group(1)) * 1024


def measured(title, test):
    """A claim about memory, which an address sanitizer keeps to itself."""
    skip(title, "the address sanitizer does not give memory back") if ASAN else ok(title, test)


def together(n, fn):
    """FN in N threads; how many held."""
    good = []

    def one():
        if fn():
            good.append(1)
    threads = [threading.Thread(target=one) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return len(good) == n or print(f"# {len(good)} of {n}")


def returned(pid, before, most):
    """Soon it holds at most MOST more than BEFORE."""
    until(f"memory of {pid} is returned, {before // MIB} MiB and {most // MIB}", lambda: memory(pid) - before < most)
    return True


def identifiers(addresses):
    return "".join(f'<i:ActivityIdentifier xmlns:i="{BES}"><a:Address xmlns:a="{WSA}">{a}</a:Address></i:ActivityIdentifier>'
                   for a in addresses)


def documents(addresses):
    return f'<b:GetActivityDocuments xmlns:b="{BES}">{identifiers(addresses)}</b:GetActivityDocuments>'


# ---- documents ----
big = [alice.create(sh_job("true", posix="".join(f'<p:Environment name="V{i}_{n}">{"x" * 400}</p:Environment>' for i in range(2000))))
       for n in range(24)]
pid = gate.unprivileged()
before = memory(pid)


def one_a_thousand_times():
    status, text = alice.soap(documents([big[0]] * 1000))
    return text.count("Response>") <= 8 and 8e5 < len(text) < 2e6 or print("#", status, len(text), text.count("Response>"))


def too_much():
    f = fault(lambda: payload(*alice.soap(documents(big))))
    return "gatekeeper.answer_max" in f.reason or print("#", f)


ok("the document of one job, asked for a thousand times in a request, comes once", one_a_thousand_times)
ok("what would be more than the limit is a fault that says so", too_much)
ok("less at once is answered", lambda: len(payload(*alice.soap(documents(big[:8])))) == 8)
measured("neither needed much memory", lambda: memory(pid, "VmHWM") < before + 200 * MIB or print(
    "#", before // MIB, memory(pid, "VmHWM") // MIB))
measured("and what they needed is returned", lambda: returned(pid, before, 24 * MIB))


def gone():
    """One who leaves is not worked for: nobody would take it."""
    s = alice.raw()
    text = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{documents(big[:16])}</s:Body></s:Envelope>').encode()
    s.sendall(b"POST /bes HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
    s.close()
    until("its end is logged", lambda: "the caller has gone" in gate.text())
    return True


def half_closed():
    """One who ends his own side only is answered."""
    ctx, raw = alice.ctx, socket.create_connection((alice.host, alice.port))
    s = ctx.wrap_socket(raw, server_hostname="localhost")
    text = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{documents(big[:8])}</s:Body></s:Envelope>').encode()
    s.sendall(b"POST /bes HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
              % len(text) + text)
    with socket.socket(fileno=os.dup(s.fileno())) as under:
        under.shutdown(socket.SHUT_WR)
    got = b""
    while True:
        try:
            piece = s.recv(1 << 20)
        except OSError:
            break
        if not piece:
            break
        got += piece
    return got.count(b"JobDescription>") >= 8 and b" 200 OK" in got or print("#", len(got), got[:100])


ok("work ends when the caller has gone", gone)
ok("who has only ended his own side is answered", half_closed)

# ---- elements ----
ELEMENTS = "<a/>" * 200000
get = f'<b:GetFactoryAttributesDocument xmlns:b="{BES}">%s</b:GetFactoryAttributesDocument>'
ok("too many elements are a fault that says so", lambda: "gatekeeper.elements_max" in fault(
    lambda: payload(*alice.soap(get % (ELEMENTS + ELEMENTS)))).reason)
ok("so are too many attributes and comments", lambda: all("gatekeeper.elements_max" in fault(
    lambda t=t: payload(*alice.soap(get % t))).reason for t in ("<!---->" * 260000, ("<a " + "".join(f'a{i}="" ' for i in range(250)) + "/>") * 1001)))

# ---- who may not ask ----
before = memory(pid)
peak = memory(pid, "VmHWM")


def unasked():
    status, text = Client(grid, None, gate.url).soap(get % ELEMENTS)
    return "authentication failed" in text or print("#", status, text[:300])


def unparsed():
    """What is not parsed has no line and column to be wrong in."""
    status, text = Client(grid, None, gate.url).soap("<unfinished")
    return "authentication failed" in text or print("#", status, text[:300])


ok("32 requests at once of 800 kB from nobody are refused", lambda: together(32, unasked))
ok("they are not even parsed", unparsed)
measured("they took little more memory than their bytes", lambda: memory(pid, "VmHWM") <= max(peak, before + 64 * MIB) or print(
    "#", before // MIB, peak // MIB, memory(pid, "VmHWM") // MIB))
measured("and it is returned", lambda: returned(pid, before, 24 * MIB))

# ---- the index ----
prop = f'<r:GetResourceProperty xmlns:r="{RP}">%s</r:GetResourceProperty>'
before = memory(mds.p.pid)


def index_refuses():
    status, text = Client(grid, None, mds.url).soap(prop % ELEMENTS, path=INDEX)
    return "limit exceeded" in text or print("#", status, text[:300])


ok("the index, which anybody may ask, takes only so many elements", lambda: together(32, index_refuses))
measured("and keeps nothing of them", lambda: returned(mds.p.pid, before, 24 * MIB))
ok("where nobody may read without a certificate, what nobody sends is not parsed", lambda: mds.stop() == 0 and mds.start(
    "mds.anonymous=none") and "authentication failed" in Client(grid, None, mds.url).soap("<unfinished", path=INDEX)[1])
done()
