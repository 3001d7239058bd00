#!/usr/bin/python3
# Bad requests, badly meant or not: the gatekeeper refuses each with a fault that
# says what is wrong, quickly, keeps nothing of it, and loses nothing else.
import os
import re
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, ENV, GATE, JSDL, WSA, Client, Fault, Gatekeeper, Grid, done, fault, jsdl,  # noqa: E402
                       let_go, message_id, ok, payload, sh_job)

BAD = ("expired", "untrusted", "forged", "revoked", "selfsigned", "badpolicy", "full-below-limited", "language", "legacy")
grid = Grid("alice", "bob")
for kind in BAD:
    grid.proxy("alice", kind)
gate = Gatekeeper(grid).start()
alice, bob = (Client(grid, grid.proxy(u), gate.url) for u in ("alice", "bob"))
marks = grid.open_dir("marks")
before = alice.create(sh_job(f"{GATE}; exit 9"))


def total():
    r = payload(*alice.soap(f'<b:GetFactoryAttributesDocument xmlns:b="{BES}"/>'))
    return int(r.find(f".//{{{BES}}}TotalNumberOfActivities").text)


def cpu_ms():
    with open(f"/proc/{gate.unprivileged()}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) * 1000 // os.sysconf("SC_CLK_TCK")


def rss_kb():
    with open(f"/proc/{gate.unprivileged()}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def spoil(job=None, name="never"):
    """A job that leaves a mark when it runs, for documents that must not be taken."""
    return job or sh_job(f"touch {marks}/{name}")


def envelope(body, head="", ns=ENV):
    return f'{head}<s:Envelope xmlns:s="{ns}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'


def create(document):
    return f'<b:CreateActivity xmlns:b="{BES}"><b:ActivityDocument>{document}</b:ActivityDocument></b:CreateActivity>'


def post(text, who=alice, headers=None):
    return who.request("POST", "/bes", text, headers or {"Content-Type": "text/xml; charset=utf-8"})


def faulted(status, text, *words):
    """It is a SOAP fault of the client's that names WORDS."""
    try:
        payload(status, text)
    except Fault as f:
        good = f.code.endswith(("Client", "VersionMismatch", "MustUnderstand")) and all(w in f.reason for w in words)
        return good or print(f"# {f}")
    return False


def bounded(fn):
    """FN holds, at little cost of CPU time."""
    start = cpu_ms()
    good = fn()
    used = cpu_ms() - start
    return good and (used < 500 or print(f"# {used} ms of CPU"))


base, rss = total(), rss_kb()

# ---- documents ----
entities = "<!DOCTYPE a [" + '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + "]>"
ok("a DOCTYPE, with entities that grow", lambda: bounded(
    lambda: faulted(*post(envelope(create(spoil(jsdl("&j;"))), entities)), "document type declaration")))
ok("a DOCTYPE that would read a file here", lambda: faulted(
    *post(envelope(create(spoil(jsdl("&x;"))), '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')), "document type declaration"))
ok("20,000 attributes", lambda: bounded(lambda: faulted(*post(envelope(create(spoil().replace(
    "<j:JobDescription>", "<j:JobDescription " + " ".join(f'a{i}="x"' for i in range(20000)) + ">")))))))
ok("20,000 namespaces", lambda: bounded(lambda: faulted(*post(envelope(create(spoil().replace(
    "<j:JobDescription>", "<j:JobDescription " + " ".join(f'xmlns:a{i}="u:{i}"' for i in range(20000)) + ">")))))))
ok("300 attributes, in few bytes", lambda: faulted(*post(envelope(create(spoil().replace(
    "<j:JobDescription>", "<j:JobDescription " + " ".join(f'a{i}="x"' for i in range(300)) + ">")))), "attributes"))
ok("elements 100,000 deep", lambda: bounded(
    lambda: faulted(*post(envelope(create("<a>" * 100000 + "</a>" * 100000))), "deep")))
ok("100,000 brothers in a list of activities", lambda: bounded(
    lambda: faulted(*post(envelope(f'<b:GetActivityStatuses xmlns:b="{BES}">' + "<b:x/>" * 100000 + "</b:GetActivityStatuses>")))))
ok("bytes that are not UTF-8", lambda: faulted(*post(envelope(create(spoil(jsdl("/bin/\x01")))).encode()
                                                     .replace(b"\x01", b"\xff\xfe"))))
ok("NUL inside", lambda: faulted(*post(envelope(create(spoil(jsdl("/bin/\0")))))))
ok("an empty body", lambda: post("")[0] in (400, 500))
ok("no XML at all", lambda: faulted(*post("job please")))
ok("XML that is not an envelope", lambda: faulted(*post(create(spoil()))))


# ---- HTTP ----
def raw(head, body=b"", shut=True):
    """What comes back for bytes written by hand, until the end of the connection."""
    s = alice.raw()
    try:
        s.sendall(head.encode() + b"\r\n\r\n" + body)
        if shut:
            try:
                s.unwrap()
            except OSError:
                pass
    except OSError:
        pass
    got = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                break
            got += part
    except OSError:
        pass
    s.close()
    return got.decode(errors="replace")


POST = "POST /bes HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"


def three_gigabytes():
    """Announced, and not taken: the answer comes before the body could."""
    s = alice.raw()
    s.sendall((POST + f"Content-Length: {3 << 30}\r\n\r\n").encode() + b"x" * 4096)
    got = s.recv(65536).decode()
    sent = 0
    try:
        while sent < 3 << 30:  # who goes on sending is cut off before long
            s.sendall(b"y" * 65536)
            sent += 65536
    except OSError:
        pass
    s.close()
    return got.startswith("HTTP/1.1 413") and sent < 256 << 20 or print("#", got[:200], sent)


ok("a body of 3 GB is refused before it comes", three_gigabytes)
ok("a body of more than the limit in chunks",
   lambda: "413" in raw(POST + "Transfer-Encoding: chunked", b"10000\r\n" + b"x" * 65536 + b"\r\n"
                        + b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(80)), shut=False).split("\r\n")[0])
text = envelope(create(spoil(name="cut")))
ok("a truncated body: nothing of it is taken", lambda: not raw(POST + f"Content-Length: {len(text)}", text[:-40].encode())
   .startswith("HTTP/1.1 200"))
ok("a body cut by its own length", lambda: faulted(*post(envelope(create(spoil()))[:-30])))
ok("a length that is none", lambda: raw(POST + "Content-Length: 12x", b"<a/>", shut=False).startswith("HTTP/1.1 400"))
ok("two lengths that differ", lambda: raw(POST + "Content-Length: 4\r\nContent-Length: 5", b"<a/> ", shut=False)
   .startswith("HTTP/1.1 400"))
ok("a length and chunks, as smugglers send", lambda: raw(POST + "Content-Length: 4\r\nTransfer-Encoding: chunked",
                                                         b"0\r\n\r\n", shut=False).startswith("HTTP/1.1 400"))

# ---- meaning ----
ok("the wrong namespace: of the envelope", lambda: faulted(*post(envelope(create(spoil()), ns="urn:wrong"))))
ok("... of the operation", lambda: faulted(*post(envelope(create(spoil()).replace(BES, BES + "x"))), "CreateActivity"))
ok("... of the description", lambda: faulted(*post(envelope(create(spoil().replace(JSDL, JSDL + "x")))), "JobDefinition"))


def unknown_element(where, element, word):
    job = sh_job(f"touch {marks}/never")
    job = job.replace(where, element + where) if where in job else job
    f = fault(alice.create, job)
    return f.names == [f"{{{BES}}}UnsupportedFeatureFault"] and word in f.text or print("#", f, f.text)


for where, element, word in (
        ("</j:JobDescription>", '<x:Reserve xmlns:x="urn:x">node7</x:Reserve>', "{urn:x}Reserve"),
        ("</p:POSIXApplication>", '<x:Sandbox xmlns:x="urn:x">strict</x:Sandbox>', "{urn:x}Sandbox"),
        ("</j:JobDescription>", "<j:Resources><j:CandidateHosts><j:HostName>h</j:HostName></j:CandidateHosts></j:Resources>",
         "CandidateHosts"),
        ("</j:JobDescription>", "<j:Resources><j:IndividualNetworkBandwidth><j:Exact>1e9</j:Exact></j:IndividualNetworkBandwidth>"
         "</j:Resources>", "IndividualNetworkBandwidth")):
    ok(f"an element that matters and is not known: the fault names {word}",
       lambda: unknown_element(where, element, word))


def must_understand():
    h = f'<x:Pay xmlns:x="urn:x" s:mustUnderstand="1">now</x:Pay>'
    f = fault(lambda: payload(*alice.soap(create(spoil()), headers=h)))
    return f.code.endswith("MustUnderstand") and "{urn:x}Pay" in f.reason


ok("a header that must be understood and is not", must_understand)
ok("an answer wanted elsewhere", lambda: faulted(*alice.soap(
    create(spoil()), headers=f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>http://127.0.0.1:9/</a:Address></a:ReplyTo>')))
ok("the same message id for another job", lambda: [m := message_id(), alice.create(sh_job("true"), m),
                                                   fault(alice.create, sh_job("false"), m).names][-1]
   == [f"{{{BES}}}InvalidRequestMessageFault"])
base += 1


# ---- who ----
def not_authorized(kind, word):
    f = fault(Client(grid, grid.proxy("alice", kind), gate.url).create, spoil())
    return f.names == [f"{{{BES}}}NotAuthorizedFault"] and word in f.reason or print("#", f)


ok("a limited proxy creates nothing", lambda: not_authorized("limited", "limited"))
ok("a name that is not in the map creates nothing", lambda: not_authorized("stranger", "/O=Grid/OU=Test/CN=Stranger"))
nobody = Client(grid, None, gate.url)
ok("nobody creates nothing, and is told no more than that", lambda: fault(nobody.create, spoil()).reason.startswith("authentication"))


def refused_handshake(kind):
    try:
        Client(grid, grid.proxy("alice", kind), gate.url).create(spoil())
    except (OSError, ConnectionError) as e:
        return any(w in str(e) for w in ("lert", "reset", "closed", "EOF")) or print("#", e)
    return False


for kind in BAD:
    ok(f"a certificate that is no good fails the handshake: {kind}", lambda: refused_handshake(kind))
alice.close()
none = "00000000-0000-4000-8000-000000000000"
mine = before.rsplit("/", 1)[1]


def same_answer(call):
    """Bob is told of Alice's job what he is told of one that is none."""
    a, b = call(mine), call(none)
    return a[0] == b[0] and re.sub(r"\(?[0-9a-f]{4}-[0-9a-f]{8}\)?", "", a[1].replace(mine, "ID")) == \
        re.sub(r"\(?[0-9a-f]{4}-[0-9a-f]{8}\)?", "", b[1].replace(none, "ID")) or print("#", a, b)


def op(name):
    return lambda job: bob.soap(f'<b:{name} xmlns:b="{BES}"><b:ActivityIdentifier><a:Address xmlns:a="{WSA}">{gate.url}/jobs/{job}'
                                f"</a:Address></b:ActivityIdentifier></b:{name}>")


for name in ("GetActivityStatuses", "TerminateActivities", "GetActivityDocuments"):
    ok(f"another's job is like none: {name}", lambda: same_answer(op(name)))
for method, path in (("GET", ""), ("GET", "/stdout"), ("GET", "/files/x"), ("DELETE", ""), ("POST", "/release")):
    ok(f"another's job is like none: {method} {path}", lambda: same_answer(lambda job: bob.request(method, f"/jobs/{job}{path}")))
for path in ("/../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/..%2f..%2f..%2fetc/passwd",
             "/.gatehouse/../../x"):
    ok(f"no way out of a session: {path}", lambda: alice.request("GET", f"/jobs/{mine}/files{path}")[0] in (400, 403, 404))
ok("nor through a symbolic link", lambda: [
    a := alice.create(sh_job("ln -s /etc/passwd link; ln -s / root")), alice.wait(a),
    [alice.request("GET", a.split(f":{gate.port}")[1] + p)[0] for p in ("/files/link", "/files/root/etc/passwd")]][-1]
   == [403, 403] or [alice.request("GET", a.split(f":{gate.port}")[1] + p) for p in ("/files/link", "/files/root/etc/passwd")])
base += 1

# ---- after all of it ----
ok("not one of them became a job", lambda: total() == base or print("#", total(), base))
ok("not one of them ran", lambda: os.listdir(marks) == [] or print("#", os.listdir(marks)))
# A sanitizer keeps freed memory, and finds by itself what is lost.
stays = 32768 + 262144 * ("/asan/" in os.environ["BIN"])
ok("they cost no memory that stays", lambda: rss_kb() < rss + stays or print("#", rss_kb(), rss))
let_go(grid.session("alice", before))
ok("the job that ran meanwhile ends as it should", lambda: alice.wait(before).exit == 9)


def normal():
    a = alice.create(sh_job("echo fine"))
    st = alice.wait(a)
    return st.state == "Finished" and st.exit == 0 and alice.request("GET", st.stdout.split(f":{gate.port}")[1])[1] == "fine\n"


ok("and a normal job runs as if nothing had been", normal)
ok("the same daemon answered all the time", lambda: gate.p.poll() is None and not gate.logged("runner.restart"))
gate.stop()
done()
