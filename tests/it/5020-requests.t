#!/usr/bin/python3
# Every request that our commands and daemons send - jobs, delegation, index - is
# valid by the schemas in wsdl/, whole envelopes, and what users write into it
# arrives unharmed.
#
# REQUESTS=DIR keeps what was sent, for validation by other schemas.
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, BIN, JSDL, POSIX, TOOLS, WSA, Client, Daemon, Gatekeeper, Grid, done, ok, until)  # noqa: E402
from schemas import Schemas  # noqa: E402
import lxml.etree as etree  # noqa: E402

SG, RL, RP = (f"http://docs.oasis-open.org/wsrf/{x}-2" for x in ("sg", "rl", "rp"))
AGG = "http://mds.globus.org/aggregator/types"
INDEX = "/wsrf/services/DefaultIndexService"

grid = Grid("alice")
gate = Gatekeeper(grid).start()
mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds"]).start()
schemas = Schemas(grid.dir)
keep = os.environ.get("REQUESTS", f"{grid.dir}/requests")
os.makedirs(keep, exist_ok=True)
sent = {}


def record(text):
    """Keep the request TEXT under the name of its Body's element."""
    name = etree.QName(etree.fromstring(text.encode()).find("{*}Body")[0]).localname
    sent.setdefault(name, []).append(text)


def run(program, *args, status=0):
    """A command with -debug; its messages are recorded."""
    env = dict(os.environ, X509_USER_PROXY=grid.proxy("alice"), X509_CERT_DIR=f"{grid.pki}/certificates")
    p = subprocess.run([f"{BIN}/{program}", *args], env=env, cwd=grid.dir, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for text in re.findall(r">>> \S+\n(.*?</[\w-]+:Envelope>)", p.stderr, re.S):
        record(text)
    if p.returncode != status:
        raise RuntimeError(f"{program} {args}: {p.returncode}\n{p.stderr}")
    return p.stdout


def gridrun(*args, **kw):
    return run("gridrun", args[0], "-debug", "-F", f"localhost:{gate.port}", *args[1:], **kw)


def valid(name, *lax):
    """Whether all requests NAME are; the children of LAX elements as documents."""
    good = name in sent
    for i, text in enumerate(sent.get(name, [])):
        # WS-Addressing puts this mark on headers of any type, which say nothing of it
        text = re.sub(r' xmlns:wsa05="[^"]*" wsa05:IsReferenceParameter="true"', "", text)
        good = schemas.valid(f"{keep}/{name}-{i}-1.1.xml", text, lax=lax or ("none",)) and good
    return good


class Relay(http.server.BaseHTTPRequestHandler):
    """Stands before the index, writes down what it is asked."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        record(body)
        status, text = host.request("POST", self.path, body, {"Content-Type": "text/xml"})
        text = text.replace(f":{mds.port}/", f":{relay.server_port}/").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


with open(f"{grid.dir}/host.pem", "w") as f:
    os.chmod(f.name, 0o600)
    f.write(open(f"{grid.pki}/hostcert.pem").read() + open(f"{grid.pki}/hostkey.pem").read())
host = Client(grid, f"{grid.dir}/host.pem", mds.url)
relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{grid.dir}/host.pem")
relay.socket = context.wrap_socket(relay.socket, server_side=True)
threading.Thread(target=relay.serve_forever, daemon=True).start()

# ---- jobs ----
MINE = ('<m:Mine xmlns:m="urn:mine" xmlns:n="urn:names" m:which="n:Name &amp; more" plain="&lt;&quot;"><m:A/>n:Name'
        '<B xmlns="">none</B></m:Mine>')
with open(f"{grid.dir}/held.jsdl", "w") as f:
    f.write(f'<?xml version="1.0"?>\n<j:JobDefinition id="one" xmlns:j="{JSDL}" xmlns:p="{POSIX}" xmlns:unused="urn:unused">'
            '<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/sh</p:Executable>'
            "<p:Argument>-c</p:Argument><p:Argument>echo \u00e4 &lt;&amp;]]&gt;</p:Argument>"
            "</p:POSIXApplication></j:Application>"
            '<g:Extension xmlns:g="urn:gatehouse:jobs:1"><g:Hold>true</g:Hold></g:Extension></j:JobDescription></j:JobDefinition>')
with open(f"{grid.dir}/foreign.jsdl", "w") as f:
    f.write(f'<j:JobDefinition xmlns:j="{JSDL}" xmlns:p="{POSIX}"><j:JobDescription><j:Application><p:POSIXApplication>'
            f"<p:Executable>/bin/true</p:Executable></p:POSIXApplication></j:Application></j:JobDescription>{MINE}"
            "</j:JobDefinition>")
with open(f"{grid.dir}/gt4.xml", "w") as f:
    f.write("<job><executable>/bin/echo</executable><argument>a &amp; b</argument><environment><name>A</name>"
            "<value>x</value></environment></job>")


def canonical(element):
    return etree.tostring(element, method="c14n", exclusive=True)


def sent_as_written(file, request=-1):
    wrote = etree.parse(f"{grid.dir}/{file}").getroot()
    went = etree.fromstring(sent["CreateActivity"][request].encode()).find(f".//{{{JSDL}}}JobDefinition")
    return canonical(wrote) == canonical(went) or print("#", canonical(went))


def held():
    global job
    job = etree.fromstring(gridrun("-submit", "-batch", "-J", "-f", "held.jsdl")).findtext(f"{{{WSA}}}Address")
    return sent_as_written("held.jsdl")


def foreign():
    # our own command reads what it sends and says what it cannot: nothing is dropped on the way
    try:
        gridrun("-submit", "-batch", "-f", "foreign.jsdl")
    except RuntimeError as e:
        return "Mine" in str(e)
    return sent_as_written("foreign.jsdl")


ok("a job description goes as it was written", held)
ok("so do elements and attributes of others, or they are refused by name", foreign)
ok("a delegated job, a GT4 description, a command line", lambda: [
    gridrun("-submit", "-batch", "-f", "gt4.xml"),
    gridrun("-submit", "-s", "-c", "/bin/echo", "<a & b>", "\u00e4")])
ok("status, list, release, kill", lambda: [
    gridrun("-status", "-j", job), gridrun("-list", "-state", "Pending"), gridrun("-renew", "-j", job), gridrun("-release", "-j", job),
    gridrun("-kill", "-j", etree.fromstring(gridrun("-submit", "-batch", "-c", "/bin/sleep", "1000")).findtext(
        f"{{{WSA}}}Address"))])
for name, lax in (("CreateActivity", (f"{{{BES}}}ActivityDocument",)), ("GetActivityStatuses", ()),
                  ("ListActivities", ()), ("renewProxyReq", ()), ("ReleaseActivities", ()), ("TerminateActivities", ()),
                  ("getNewProxyReq", ()), ("putProxy", ())):
    ok(f"{name} is valid", lambda: valid(name, *lax))
ok("a delegation is named beside the description", lambda: "DelegationID>" in sent["CreateActivity"][0])

# ---- index ----
ok("an XPath query and its answer", lambda: run(
    "gridindex", "query", "-d", "-s", mds.url + INDEX, "count(//*[local-name()='Entry' and 1 < 2])").strip() == "0")
ok("a property by its name", lambda: [run("gridindex", "property", "-d", "-s", mds.url + INDEX, f"{{{SG}}}Entry"),
                                      run("gridindex", "property", "-d", "-s", mds.url + INDEX, f"{{{RL}}}CurrentTime")])


def registers():
    with open(f"{grid.dir}/register.log", "w") as log:
        p = subprocess.Popen([f"{TOOLS}/register", f"https://localhost:{relay.server_port}{INDEX}", "https://localhost:9/bes?a=1&b=2",
                              f"{grid.pki}/certificates", f"{grid.pki}/hostcert.pem", f"{grid.pki}/hostkey.pem", "1"],
                             stdin=subprocess.PIPE, stdout=log, stderr=log)
    until("a renewal", lambda: " index.renew " in open(log.name).read())
    p.stdin.close()
    return p.wait() == 0 and "index.leave" in open(log.name).read()


ok("a service registers, renews and leaves", registers)
for name, lax in (("QueryResourceProperties", ()), ("GetResourceProperty", ()), ("Add", (f"{{{AGG}}}AggregatorData",)),
                  ("SetTerminationTime", ()), ("Destroy", ())):
    ok(f"{name} is valid", lambda: valid(name, *lax))
ok("no request went that was not looked at", lambda: sorted(sent) == sorted((
    "Add", "CreateActivity", "Destroy", "GetActivityStatuses", "GetResourceProperty", "ListActivities",
    "QueryResourceProperties", "ReleaseActivities", "SetTerminationTime", "TerminateActivities", "getNewProxyReq", "putProxy", "renewProxyReq"))
   or print("#", sorted(sent)))
done()
