#!/usr/bin/python3
# Delegation (gridsite delegation-2) over the wire: a key made here for one
# caller, a proxy that he signs, a job that has it, its renewal and its end.
import datetime
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (GATE, GDS, JOBS, TOOLS, Client, Fault, Gatekeeper, Grid, done, esc, fault, let_go,  # noqa: E402
                       message_id, ok, payload, sh_job, until)

grid = Grid("alice", "bob")
gate = Gatekeeper(grid).start()
alice, bob, limited = (Client(grid, c, gate.url) for c in (grid.proxy("alice"), grid.proxy("bob"), grid.proxy("alice", "limited")))


def call(who, op, **args):
    """The answer's children by name; they stand in no namespace.  Two operations answer by an empty Body."""
    body = "".join(f"<{k}>{esc(v)}</{k}>" for k, v in args.items())
    answer = payload(*who.soap(f'<d:{op} xmlns:d="{GDS}">{body}</d:{op}>'))
    if op in ("putProxy", "destroy"):
        assert answer is None, answer
        return {}
    assert answer.tag == f"{{{GDS}}}{op}Response", answer.tag
    return {c.tag: c.text for c in answer}


def refused(who, op, words, **args):
    f = fault(call, who, op, **args)
    return f.names == [f"{{{GDS}}}DelegationException"] and words in f.text or f.text


def sign(csr, cred="alice", *how):
    return subprocess.run([f"{TOOLS}/delegate", cred if "/" in cred else grid.proxy(cred), *how], input=csr, text=True,
                          stdout=subprocess.PIPE, check=True).stdout


def delegate(who, cred, *how):
    new = call(who, "getNewProxyReq")
    call(who, "putProxy", delegationID=new["delegationID"], proxy=sign(new["proxyRequest"], cred, *how))
    return new["delegationID"]


def end_of(who, name):
    return datetime.datetime.fromisoformat(call(who, "getTerminationTime", delegationID=name)["getTerminationTimeReturn"].rstrip("Z"))


def left(who, name):
    return (end_of(who, name) - datetime.datetime.utcnow()).total_seconds()


def with_id(name):
    return f'<g:DelegationID xmlns:g="{JOBS}">{esc(name)}</g:DelegationID>'


ok("the service tells its versions", lambda: call(alice, "getInterfaceVersion")["getInterfaceVersionReturn"] == "2.1.0" and
   call(alice, "getVersion")["getVersionReturn"])
ok("... and its metadata, by key", lambda: call(alice, "getServiceMetadata", key="features") and
   refused(alice, "getServiceMetadata", "no metadata", key="nonsense") is True)
box = {}


def first():
    box["id"] = delegate(alice, "alice")
    return 3000 < left(alice, box["id"]) <= 3600
ok("getNewProxyReq, putProxy: the credential's end is known", first)


def runs_with():
    a = alice.create(sh_job(f"cat $X509_USER_PROXY; ls -l $X509_USER_PROXY; echo told; {GATE}"),
                     beside=with_id(box["id"]))
    box["job"] = a
    alice.wait(a, ("Running",))
    until("it has told all", lambda: "told" in alice.request("GET", f"/jobs/{a.rsplit('/', 1)[1]}/stdout")[1])
    out = alice.request("GET", f"/jobs/{a.rsplit('/', 1)[1]}/stdout")[1]
    return out.count("BEGIN CERTIFICATE") == 3 and "PRIVATE KEY" in out and "-rw-------" in out
ok("a job has it, 0600, as X509_USER_PROXY", runs_with)


def own_key():
    with open(f"{grid.session('alice', box['job'])}/.gatehouse/proxy") as f:
        box["before"] = f.read()
    return all(open(f"{grid.pki}/{k}").read().split("-----")[2].strip() not in box["before"] for k in ("hostkey.pem", "alicekey.pem"))
ok("its key is neither the host's nor the user's own", own_key)
ok("no HTTP client gets it", lambda: alice.request("GET", f"/jobs/{box['job'].rsplit('/', 1)[1]}/files/.gatehouse/proxy")[0] in (403, 404))


def renewed():
    csr = call(alice, "renewProxyReq", delegationID=box["id"])["renewProxyReqReturn"]
    # until the answer is there, the old one stands
    assert left(alice, box["id"]) <= 3600
    call(alice, "putProxy", delegationID=box["id"], proxy=sign(csr, "alice", "limited", "7200"))
    path = f"{grid.session('alice', box['job'])}/.gatehouse/proxy"
    until("the job has the new one", lambda: open(path).read() != box["before"])
    return left(alice, box["id"]) > 3600
ok("renewed, it reaches the running job", renewed)


def ends():
    let_go(grid.session("alice", box["job"]))
    state = alice.wait(box["job"]).state
    return state == "Finished" and not os.path.exists(f"{grid.session('alice', box['job'])}/.gatehouse/proxy")
ok("with the job it is taken out of the session", ends)
ok("the masters are for the gatekeeper's account alone", lambda: os.stat(f"{grid.dir}/state/jobs.db").st_mode & 0o077 == 0)
ok("another caller has no such delegation", lambda: all(
    refused(bob, op, "no delegation", delegationID=box["id"], **more) is True
    for op, more in (("getTerminationTime", {}), ("destroy", {}), ("renewProxyReq", {}), ("putProxy", {"proxy": "x"}))))
ok("... and no job of his may name it", lambda: fault(bob.create, sh_job("true"), beside=with_id(box["id"])).names[0]
   .endswith("InvalidRequestMessageFault"))


def for_another():
    new = call(alice, "getNewProxyReq")
    return refused(alice, "putProxy", "not for you", delegationID=new["delegationID"], proxy=sign(new["proxyRequest"], "bob"))
ok("a proxy that speaks for somebody else is refused", for_another)


def other_key():
    a, b = call(alice, "getNewProxyReq"), call(alice, "getNewProxyReq")
    return refused(alice, "putProxy", "", delegationID=a["delegationID"], proxy=sign(b["proxyRequest"]))
ok("a certificate for another key is refused", other_key)
ok("so are the user's own chain, an expired proxy and no PEM at all", lambda: all(
    refused(alice, "putProxy", "", delegationID=call(alice, "getNewProxyReq")["delegationID"], proxy=p) is True
    for p in (open(f"{grid.pki}/alicecert.pem").read(), open(grid.proxy("alice", "expired")).read(), "nonsense", "")))


def mine():
    csr = call(alice, "getProxyReq", delegationID="my own name")["getProxyReqReturn"]
    f = fault(alice.create, sh_job("true"), beside=with_id("my own name"))
    call(alice, "putProxy", delegationID="my own name", proxy=sign(csr, "alice", "full"))
    # bob may have one of the same name: ids are each caller's own
    csr = call(bob, "getProxyReq", delegationID="my own name")["getProxyReqReturn"]
    call(bob, "putProxy", delegationID="my own name", proxy=sign(csr, "bob", "limited", "600"))
    return left(alice, "my own name") > 700 and left(bob, "my own name") < 700 and "no credential was put" in f.text
ok("ids may be the caller's own words, and are his alone", mine)


def twice():
    key = message_id()
    a = alice.create(sh_job("true"), message_id=key, beside=with_id(box["id"]))
    return alice.create(sh_job("true"), message_id=key, beside=with_id("my own name")) == a
ok("the same message id with another credential is the same job", twice)


def survives():
    gate.stop()
    gate.start()
    csr = call(alice, "renewProxyReq", delegationID=box["id"])["renewProxyReqReturn"]
    gate.stop()
    gate.start()
    call(alice, "putProxy", delegationID=box["id"], proxy=sign(csr, "alice", "limited", "5000"))
    return 4000 < left(alice, box["id"]) <= 5000
ok("delegations and waiting keys survive a restart", survives)
ok("destroyed, it is gone", lambda: call(alice, "destroy", delegationID=box["id"]) == {} and
   refused(alice, "getTerminationTime", "no delegation", delegationID=box["id"]) and
   fault(alice.create, sh_job("true"), beside=with_id(box["id"])).names[0].endswith("InvalidRequestMessageFault"))
ok("a limited proxy delegates a limited one", lambda: left(limited, delegate(limited, grid.proxy("alice", "limited"), "full")) > 0)


def nobody():
    try:
        call(Client(grid, None, gate.url), "getNewProxyReq")
    except Fault as f:
        return "authentication failed" in f.reason
ok("without a certificate there is none", nobody)
done()
