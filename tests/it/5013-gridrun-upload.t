#!/usr/bin/python3
# Inputs that are files of the user's machine: the job waits for them, they come to the gateway's own port in pieces, and
# the job starts when all of them are there, whoever is killed meanwhile.  Who may bring what, and what is refused.
import hashlib
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, BIN, DEADLINE, Client, Gatekeeper, Grid, done, esc, fault, jsdl, ok, sh_job, skip, stopped, until)  # noqa: E402

RELEASE = "/release/" in BIN
grid = Grid("alice", "bob")
gate = Gatekeeper(grid, ["gatekeeper.upload_max=64M"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob"), gate.url)
here = grid.dir + "/here"
os.mkdir(here)
marks = grid.open_dir("marks")  # of test points
INVALID, UNSUPPORTED = ([f"{{{BES}}}{f}Fault"] for f in ("InvalidRequestMessage", "UnsupportedFeature"))


def upload(name, size, more="", flag="overwrite"):
    return (f"<j:DataStaging><j:FileName>{esc(name)}</j:FileName><j:CreationFlag>{flag}</j:CreationFlag>{more}"
            f'<u:Upload xmlns:u="urn:gatehouse:jobs:1" bytes="{size}"/></j:DataStaging>')


def waiting(script, *inputs):
    """A job of alice's that waits for its uploads; its path at the gateway."""
    address = alice.create(sh_job(script, description="".join(upload(*i) for i in inputs)))
    until("the job waits", lambda: (alice.status(address).retry or "").startswith("waiting for input"))
    return address, "/jobs/" + address.rsplit("/", 1)[1]


def put(path, name, body, span=None, who=alice):
    return who.request("PUT", f"{path}/files/{name}", body, {"Content-Range": f"bytes {span}"} if span else {})


def retry(address):
    return alice.status(address).retry


def output(address):
    st = alice.wait(address)
    return (st.state, alice.request("GET", "/jobs/" + address.rsplit("/", 1)[1] + "/stdout")[1])


# ---- the protocol ----
def whole():
    address, path = waiting("cat a.txt sub/b; ls -l x | cut -c1-10", ("a.txt", 6), ("sub/b", 4), ("x", 0))
    first = retry(address)
    answers = [put(path, "a.txt", "hello\n")[0], put(path, "sub/b", "abcd")[0]]
    until("the next one is waited for", lambda: "'x'" in retry(address))
    return first == "waiting for input 'a.txt' (1 of 3), 0 of 6 bytes" and answers == [200, 200] and \
        alice.status(address).inner == "StageIn" and put(path, "x", "")[0] == 200 and \
        output(address) == ("Finished", "hello\nabcd-rw-r--r--\n")


ok("a job waits for its uploads in StageIn, says which, and starts when all are there, an empty one too", whole)


def pieces():
    address, path = waiting("cat in", ("in", 10))
    listed = alice.request("GET", path + "/uploads")[1]
    one = put(path, "in", "01234", "0-4/10")
    until("it says how far it is", lambda: "5 of 10 bytes" in retry(address))
    gap, back = put(path, "in", "89", "8-9/10"), put(path, "in", "01", "0-1/10")
    half = alice.request("GET", path + "/uploads")[1]
    two = put(path, "in", "56789", "5-9/10")
    return listed == "size=10;received=0;complete=no; in\n" and one == (200, "5 of 10 bytes are here\n") and \
        gap[0] == 409 and "5 bytes of input 'in' have arrived: continue there" in gap[1] and back[0] == 409 and \
        half == "size=10;received=5;complete=no; in\n" and two[0] == 200 and output(address) == ("Finished", "0123456789")


ok("pieces with Content-Range: one after the other, and what is there can be asked for", pieces)


def by_curl():
    """As docs/portal.md says it."""
    address, path = waiting("cat a b", ("a", 3000000), ("b", 4))
    with open(f"{here}/a", "wb") as f:
        f.write(b"x" * 3000000)
    curl = ["curl", "-sS", "--max-time", str(DEADLINE), "--cacert", f"{grid.pki}/keys/ca.pem", "--cert", grid.proxy("alice")]
    whole = subprocess.run(curl + ["-T", f"{here}/a", f"{address}/files/a"], stdout=subprocess.PIPE, text=True).stdout
    half = [subprocess.run(curl + ["-X", "PUT", "-H", f"Content-Range: bytes {span}", "--data-binary", data, f"{address}/files/b"],
                           stdout=subprocess.PIPE, text=True).stdout for span, data in (("0-1/4", "ye"), ("2-3/4", "s\n"))]
    return whole == "3000000 of 3000000 bytes are here\n" and half == ["2 of 4 bytes are here\n", "4 of 4 bytes are here\n"] and \
        output(address) == ("Finished", "x" * 3000000 + "yes\n")


ok("curl brings a file at once, and one in pieces", by_curl)


def refused_pieces():
    address, path = waiting("true", ("in", 10))
    return [put(path, "in", body, span)[0] for body, span in (
        ("0123456789a", None), ("01234", "0-4/11"), ("01234", "0-5/10"), ("0", "10-10/11"), ("0", "0-0/*"), ("0", "*/10"),
        ("0", "5"), ("01234", "4-0/10"), ("0123456789", "0-9/9999999999999999999"))], \
        [put(path, n, "x")[0] for n in ("other", "../x", "in/x", ".gatehouse/proxy", "")], alice.each("TerminateActivities", address)


ok("a piece that does not fit, and a name that is not an input, are refused", lambda: refused_pieces()[:2] == ([400] * 9, [404] * 5))


def owners():
    address, path = waiting("true", ("in", 2))
    limited = Client(grid, grid.proxy("alice", "limited"), gate.url)
    answers = [put(path, "in", "ab", who=w)[0] for w in (bob, limited)]
    asked = bob.request("GET", path + "/uploads")[0], limited.request("GET", path + "/uploads")[0]
    fine = put(path, "in", "ab")[0]
    return answers == [404, 403] and asked == (404, 200) and fine == 200 and output(address)[0] == "Finished" and \
        put(path, "in", "ab")[0] == 409 and alice.request("GET", path + "/uploads")[0] == 409


ok("only the owner may, not with a limited proxy, and only while the job waits", owners)


def links():
    address, path = waiting("true", ("sub/in", 2), ("dir/in", 2))
    session, out = grid.session("alice", address), grid.open_dir("out")
    subprocess.run(["su", "-s", "/bin/sh", grid.accounts["alice"], "-c", f"ln -s {out} {session}/sub; echo > {session}/dir"]
                   if os.geteuid() == 0 else ["sh", "-c", f"ln -s {out} {session}/sub; echo > {session}/dir"], check=True)
    a, b = put(path, "sub/in", "ab"), put(path, "dir/in", "ab")
    alice.each("TerminateActivities", address)
    return a[0] == 403 and "symbolic link" in a[1] and b[0] == 403 and os.listdir(out) == []


ok("nothing is written through a symbolic link in the session", links)


def refused(names, *words, description):
    f = fault(alice.create, jsdl("/bin/true", description=description))
    return (f.names == names and all(w in f.reason for w in words)) or print("#", f.names, f.reason)


source = "<j:Source><j:URI>http://localhost/x</j:URI></j:Source>"
for title, names, words, description in (
        ("more bytes than the site takes", UNSUPPORTED, ("upload_max", "67108864"), upload("a", 60 << 20) + upload("b", 5 << 20)),
        ("two inputs of one name", INVALID, ("two inputs", "'d/a'"), upload("d/a", 1) + upload("d/./a", 1)),
        ("an input outside the session", INVALID, ("relative",), upload("/tmp/a", 1)),
        ("an input above the session", INVALID, ("leaves the session",), upload("../a", 1)),
        ("the gatekeeper's own directory", INVALID, ("gatekeeper's own",), upload(".gatehouse/job/launch", 1)),
        ("an upload that has a Source too", INVALID, ("Source",), upload("a", 1, source)),
        ("an upload of unknown size", INVALID, ("bytes",), upload("a", "many")),
        ("an upload that is appended", UNSUPPORTED, ("appended",), upload("a", 1, flag="append"))):
    ok(f"refused at submission: {title}", lambda: refused(names, *words, description=description))


# ---- the gateway dies ----
def killed(rule, goes_on):
    """The gateway, or a process of its, dies in the second piece."""
    address, path = waiting("cat in", ("in", 10))
    put(path, "in", "01234", "0-4/10")
    mark = f"{marks}/{rule}"
    gate.stop(signal.SIGKILL)
    gate.start(env={"GATEHOUSE_TEST_POINT": f"{rule} {mark}"})
    until("it waits again", lambda: (retry(address) or "").startswith("waiting for input"))
    there = alice.request("GET", path + "/uploads")[1]
    try:
        put(path, "in", "56789", "5-9/10")
    except Exception as e:
        print("#", rule, type(e).__name__)
    alice.close()
    until("it dies", lambda: os.path.exists(mark))
    if not rule.startswith("run."):
        gate.p.wait(DEADLINE)
        gate.start()
    if goes_on:
        put(path, "in", "56789", "5-9/10")
    return there == "size=10;received=5;complete=no; in\n" and output(address) == ("Finished", "0123456789")


for rule, goes_on, what in (("gk.upload.piece", False, "the last piece is written, not yet synced"),
                            ("gk.upload.complete", False, "the file is complete and has no name yet"),
                            ("run.uploaded", True, "its helper gives the file its name")):
    title = f"kill -9 while {what}: what is there is gone on with"
    if RELEASE:
        skip(title, "a release build has no test points")
    else:
        ok(title, lambda: killed(rule, goes_on))


def late():
    gate.stop()
    gate.start("gatekeeper.upload_wait=1")
    address = alice.create(sh_job("true", description=upload("in", 10)))
    st = alice.wait(address)
    gate.stop()
    gate.start()
    return st.state == "Failed" and "input 'in' was not uploaded: 0 of 10 bytes came" in st.fault and "upload_wait" in st.fault


ok("nobody brings it: the job fails after the site's time, and says why", late)

# ---- gridrun ----
env = dict(os.environ, X509_USER_PROXY=grid.proxy("alice"), X509_CERT_DIR=f"{grid.pki}/certificates", HOME=here)


def write(name, data, mode=0o644):
    with open(f"{here}/{name}", "wb") as f:
        f.write(data)
    os.chmod(f"{here}/{name}", mode)
    return f"{here}/{name}"


def gt4(executable, *inputs, args=(), scratch="${GLOBUS_SCRATCH_DIR}/"):
    """A GT4 description file; INPUTS are pairs of a URL and a name in the session."""
    moves = "".join(f"<transfer><sourceUrl>{u}</sourceUrl><destinationUrl>file:///{scratch}{n}</destinationUrl></transfer>"
                    for u, n in inputs)
    return write("job.xml", (f"<job><executable>{executable}</executable><directory>${{GLOBUS_SCRATCH_DIR}}</directory>" + "".join(f"<argument>{a}</argument>" for a in args) +
                             f"<fileStageIn>{moves}</fileStageIn></job>").encode())


def gridrun(*words, start=False):
    command = [f"{BIN}/gridrun"] + list(words)
    if start:
        return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    p = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       timeout=2 * DEADLINE)
    print("#", p.returncode, p.stderr.strip().replace("\n", "\n# "))
    return p


def submit(*words, start=False):
    return gridrun("-submit", "-F", f"localhost:{gate.port}", *words, start=start)


big = os.urandom(5 * 1024 * 1024 + 17)
digest = hashlib.sha256(big).hexdigest()
BIG = write("big one", big).replace(" ", "%20")
EMPTY, TOOL = write("empty", b""), write("tool", b"#!/bin/sh\nsha256sum < big; stat -c %s d/empty; cat d/*.txt | wc -l\n", 0o755)


def several():
    small = [(f"file://{write(f'small{i}', b'%d' % i + bytes([10]))}", f"d/{i}.txt") for i in range(40)]
    p = submit("-streaming", "-f", gt4("./tool", (f"file://{BIG}", "big"), (f"file://localhost{EMPTY}", "d/empty"),
                                       (f"file:{TOOL}", "tool"), *small))
    job = p.stderr.split("Job ID: uuid:", 1)[1].split()[0]
    sent = {line.split(" from=", 1)[1].split()[0] for line in gate.text().splitlines() if f"op=upload job={job}" in line}
    return p.returncode == 0 and p.stdout.split() == [digest, "-", "0", "40"] and "Uploading inputs...Done.\n" in p.stderr and \
        "Delegating" not in p.stderr and len(sent) == 1


ok("gridrun brings the files of a GT4 description: a large one, an empty one, a program, forty small ones, all over one connection", several)


def sample():
    p = submit("-streaming", "-f", os.environ["SRC"] + "/examples/jobs/upload.xml")
    return p.returncode == 0 and "os-release" in p.stdout and "shells" in p.stdout


ok("the sample job that brings files", sample)


def at_terminal():
    master, slave = os.openpty()
    p = subprocess.run([f"{BIN}/gridrun", "-submit", "-F", f"localhost:{gate.port}", "-f", gt4("/bin/true", (f"file://{BIG}", "big"))],
                       env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave, timeout=2 * DEADLINE)
    os.close(slave)
    text = os.read(master, 65536).decode()
    os.close(master)
    return p.returncode == 0 and "Uploading inputs... 5242 of 5242 kB Done." in text


ok("a terminal shows how far the upload is", at_terminal)


def in_jsdl():
    write("job.jsdl", jsdl("/usr/bin/sha256sum", "big", description=(
        "<j:DataStaging><j:FileName>big</j:FileName><j:CreationFlag>overwrite</j:CreationFlag><j:DeleteOnTermination>true"
        f"</j:DeleteOnTermination><j:Source><j:URI>file://{BIG}</j:URI></j:Source></j:DataStaging>")).encode())
    p = submit("-streaming", "-f", f"{here}/job.jsdl")
    return p.returncode == 0 and p.stdout.split()[0] == digest


ok("gridrun brings the files of a JSDL description", in_jsdl)


def batch():
    description = gt4("/usr/bin/sha256sum", (f"file://{BIG}", "big"), args=["big"])
    first = submit("-batch", "-I", "uuid:twice", "-f", description)
    write("epr", first.stdout.encode())
    again = submit("-batch", "-I", "uuid:twice", "-f", description)
    out = gridrun("-monitor", "-streaming", "-j", f"{here}/epr")
    third = submit("-q", "-I", "uuid:twice", "-f", description)
    return first.returncode == again.returncode == third.returncode == 0 and first.stdout == again.stdout and \
        out.stdout.split()[0] == digest


ok("-batch leaves when the site has them; submitted again under its id it is the same job", batch)


def gt4_out(script, *outputs):
    moves = "".join(f"<transfer><sourceUrl>file:///{n}</sourceUrl><destinationUrl>file://{p}</destinationUrl></transfer>" for n, p in outputs)
    return write("out.xml", (f"<job><executable>/bin/sh</executable><directory>${{GLOBUS_SCRATCH_DIR}}</directory><argument>-c</argument>"
                             f"<argument>{script}</argument><fileStageOut>{moves}</fileStageOut></job>").encode())


def contents(*names):
    out = []
    for n in names:
        try:
            with open(f"{here}/{n}", "rb") as f:
                out.append(f.read())
        except FileNotFoundError:
            out.append(None)
    return out


SCRATCH = "${GLOBUS_SCRATCH_DIR}/"


def fetched():
    p = submit("-f", gt4_out("head -c 3000000 /dev/zero &gt; big; mkdir d; : &gt; d/none; exit 3", (SCRATCH + "big", f"{here}/got%20big"),
                             (SCRATCH + "d/none", f"{here}/got-none")))
    return p.returncode == 3 and contents("got big", "got-none") == [bytes(3000000), b""] and "Fetching outputs...Done." in p.stderr


def fetched_later():
    description = gt4_out("sleep 0; echo hello &gt; a", (SCRATCH + "a", f"{here}/got-a"), (SCRATCH + "b", f"{here}/got-b"))
    p = submit("-batch", "-f", description)
    write("out.epr", p.stdout.encode())
    gridrun("-wait", f"{here}/out.epr")
    write("got-b", b"old")
    got = gridrun("-fetch", "-f", description, "-j", f"{here}/out.epr")
    return "gridrun -fetch -f " in p.stderr and got.returncode == 255 and contents("got-a", "got-b") == [b"hello\n", b"old"] and \
        "output 'b'" in got.stderr and not [n for n in os.listdir(here) if ".part-" in n]


def not_over():
    description = gt4_out("sleep 1000", (SCRATCH + "a", f"{here}/got-a"))
    write("out.epr", submit("-batch", "-f", description).stdout.encode())
    got = gridrun("-fetch", "-f", description, "-j", f"{here}/out.epr")
    gridrun("-kill", "-j", f"{here}/out.epr")
    return got.returncode == 255 and "is not over" in got.stderr


def unwritable():
    p = submit("-f", gt4_out("true", (SCRATCH + "a", f"{here}/none/a")))
    q = submit("-f", gt4_out("true", ("tmp/a", f"{here}/a")))
    return p.returncode == q.returncode == 255 and "cannot be written here" in p.stderr and "session directory" in q.stderr


ok("outputs for files here are fetched when the job is over, whatever its exit code", fetched)
ok("-fetch: later; one that is not there leaves what is here alone, and is named", fetched_later)
ok("-fetch of a job that is not over is refused", not_over)
ok("an output that cannot be written here, or lies outside the session, is refused before submission", unwritable)


def not_sent(url, *words):
    p = submit("-f", gt4("/bin/true", (url, "x")))
    return p.returncode == 255 and all(w in p.stderr for w in words) and "Job ID" not in p.stderr


ok("a directory is refused", lambda: not_sent(f"file://{here}", "is a directory", "tar"))
ok("a file that is not there", lambda: not_sent(f"file://{here}/none", "cannot be read here", "No such file"))
ok("a device", lambda: not_sent("file:///dev/null", "not a regular file"))
ok("a file of another machine is the site's to refuse", lambda: not_sent("file://example.org/x", "Error submitting job", "this host"))


def outside():
    p = submit("-f", gt4("/bin/true", (f"file://{EMPTY}", "x"), scratch="tmp/"))
    return p.returncode == 255 and "session directory" in p.stderr


ok("an input that is to lie outside the session", outside)
ok("-upload without the description is told what it lacks", lambda: gridrun("-upload", "-j", f"{here}/epr").returncode == 255)


def stop_in_upload(point="gk.upload.piece"):
    """gridrun, and the gateway that has stopped in the middle of its upload."""
    mark = f"{marks}/stop.{gate.n}"
    gate.stop()
    gate.start(env={"GATEHOUSE_TEST_POINT": f"{point}:stop {mark}"})
    p = submit("-streaming", "-f", gt4("/usr/bin/sha256sum", (f"file://{BIG}", "big"), args=["big"]), start=True)
    until("the gateway stops", lambda: os.path.exists(mark) and stopped(gate.unprivileged()))
    return p


def end(p):
    out, err = p.communicate(timeout=2 * DEADLINE)
    print("#", p.returncode, err.strip().replace("\n", "\n# "))
    return out, err


def address_in(err):
    return f"{gate.url}/jobs/" + err.split("Job ID: uuid:", 1)[1].split()[0]


def gate_killed():
    p = stop_in_upload()
    gate.stop(signal.SIGKILL)
    gate.start()
    out, err = end(p)
    return p.returncode == 0 and out.split()[0] == digest


def client_killed():
    p = stop_in_upload()
    p.kill()
    err = end(p)[1]
    os.kill(gate.unprivileged(), signal.SIGCONT)
    alice.close()
    address = address_in(err)
    until("a part is there", lambda: "262144 of 5242897 bytes" in (retry(address) or ""))
    up = gridrun("-upload", "-f", f"{here}/job.xml", "-j", address)
    return up.returncode == 0 and output(address)[1].split()[0] == digest and \
        gridrun("-upload", "-f", f"{here}/job.xml", "-j", address).returncode == 0


def file_changed():
    p = stop_in_upload()
    with open(f"{here}/big one", "r+b") as f:
        f.seek(3 << 20)
        f.write(b"changed")
    os.kill(gate.unprivileged(), signal.SIGCONT)
    err = end(p)[1]
    alice.close()
    write("big one", big)
    return p.returncode == 255 and "has changed since the job was submitted" in err and alice.wait(address_in(err)).state == "Cancelled"


def interrupted():
    p = stop_in_upload()
    p.send_signal(signal.SIGINT)
    os.kill(gate.unprivileged(), signal.SIGCONT)
    err = end(p)[1]
    alice.close()
    return p.returncode == 255 and "Canceling...Canceled." in err and alice.wait(address_in(err)).state == "Cancelled"


for title, claim in (("kill -9 of the gateway in the middle of an upload: gridrun goes on", gate_killed),
                     ("kill -9 of gridrun in the middle: -upload sends the rest", client_killed),
                     ("a file that changes while it is read: the job is cancelled", file_changed),
                     ("Ctrl-C in the middle cancels the job", interrupted)):
    if RELEASE:
        skip(title, "a release build has no test points")
    else:
        ok(title, claim)
done()
