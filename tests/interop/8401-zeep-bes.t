#!/usr/bin/python3
# zeep against a gatekeeper: everything from the WSDL that it serves, over mutual
# TLS with a proxy.  BES 1.0 (GFD.108), JSDL (GFD.136), gridsite delegation-2.
import datetime
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BES, GDS, JOBS, POSIX, Gatekeeper, Grid, done, ok, until  # noqa: E402
import requests  # noqa: E402
import zeep  # noqa: E402
from lxml import etree  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402

grid = Grid("alice", "bob")
gate = Gatekeeper(grid).start()


class Toolkit:
    """A user with zeep: the three ports of the one WSDL."""

    def __init__(self, cred):
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.cert, self.http.verify = cred, grid.pki + "/keys/ca.pem"
        self.client = zeep.Client(gate.url + "/bes?wsdl", transport=zeep.Transport(session=self.http))
        self.bes = self.client.bind("BESService", "BESFactoryPort")
        self.management = self.client.bind("BESService", "BESManagementPort")
        self.delegation = self.client.bind("BESService", "DelegationPort")

    def typed(self, ns, name, *args, **kw):
        """A value of global element {NS}NAME, for an xsd:any."""
        element = self.client.get_element(f"{{{ns}}}{name}")
        return zeep.xsd.AnyObject(element, element(*args, **kw))

    def description(self, *words, staging=(), resources=None):
        """A JobDefinition value by the schema's own types."""
        app = self.typed(POSIX, "POSIXApplication", Executable=words[0], Argument=list(words[1:]))
        kw = {"DataStaging": list(staging)} if staging else {}
        if resources is not None:
            kw["Resources"] = resources
        return {"JobDescription": {"Application": {"_value_1": [app]}, **kw}}

    def create(self, *words, beside=(), **kw):
        doc = {"JobDefinition": self.description(*words, **kw), "_value_1": list(beside)}
        return self.bes.CreateActivity(ActivityDocument=doc).ActivityIdentifier

    def status(self, epr):
        return self.bes.GetActivityStatuses(ActivityIdentifier=[epr]).Response[0]

    def wait(self, epr, *states):
        box = []

        def there():
            box[:] = [self.status(epr)]
            return box[0].ActivityStatus.state in states
        until(f"{states}", there)
        return box[0].ActivityStatus

    def job_status(self, status):
        """Our extension of ActivityStatus, as zeep reads it."""
        for any_ in status._value_1:
            if not isinstance(any_, etree._Element):
                return any_
            if any_.tag == f"{{{JOBS}}}JobStatus":
                return any_
        return None


def refused(call, *args, **kw):
    try:
        call(*args, **kw)
    except zeep.exceptions.Fault as f:
        return f
    raise AssertionError("no fault")


def typed_detail(kit, fault, ns, name):
    """The fault's detail, parsed by the schema's element {NS}NAME."""
    element = fault.detail.find(f"{{{ns}}}{name}")
    if element is None:
        raise AssertionError(etree.tostring(fault.detail).decode())
    return kit.client.get_element(f"{{{ns}}}{name}").parse(element, kit.client.wsdl.types)


alice = Toolkit(grid.proxy("alice"))
ok("the served WSDL loads: all four ports, the faults of each operation typed",
   lambda: sorted(alice.client.wsdl.services["BESService"].ports) ==
   ["BESFactoryPort", "BESManagementPort", "DelegationPort", "JobsPort"] and
   {"NotAuthorizedFault", "NotAcceptingNewActivitiesFault", "UnsupportedFeatureFault", "InvalidRequestMessageFault"} ==
   set(alice.bes._binding._operations["CreateActivity"].faults))

# ---- the life of a job ----
box = {}


def life():
    box["epr"] = alice.create("/bin/sh", "-c", "echo out; echo err >&2; exit 5")
    st = alice.wait(box["epr"], "Finished", "Failed")
    box["job"] = alice.job_status(st)
    return st.state == "Finished"


ok("CreateActivity, then GetActivityStatuses until Finished", life)
ok("the status extension is read as a typed value, with the exit code",
   lambda: box["job"].ExitCode == 5 and box["job"].State == "Done" and box["job"].LocalAccount == grid.accounts["alice"])
ok("... with the time of each state and what was used",
   lambda: [s.state for s in box["job"].StateTime][0] == "New" and [s.state for s in box["job"].StateTime][-1] == "Done" and
   all(isinstance(s.entered, datetime.datetime) for s in box["job"].StateTime) and box["job"].Usage.UserSeconds >= 0)


def fetch(url, **kw):
    return alice.http.get(url, **kw)


ok("GET of the output URLs in it: stdout, stderr, a part of it",
   lambda: fetch(box["job"].StdoutURL[0]).text == "out\n" and fetch(box["job"].StderrURL[0]).text == "err\n" and
   fetch(box["job"].StdoutURL[0], headers={"Range": "bytes=1-2"}).text == "ut")


def documents():
    r = alice.bes.GetActivityDocuments(ActivityIdentifier=[box["epr"]]).Response[0]
    app = r.JobDefinition.JobDescription.Application._value_1[0]
    return app.Executable._value_1 == "/bin/sh" and [a._value_1 for a in app.Argument][0] == "-c"


ok("GetActivityDocuments gives the description back, typed", documents)


def terminate():
    epr = alice.create("/bin/sleep", "1000")
    alice.wait(epr, "Running")
    r = alice.bes.TerminateActivities(ActivityIdentifier=[epr]).Response[0]
    st = alice.wait(epr, "Cancelled", "Failed", "Finished")
    return r.Terminated is True and r.ActivityIdentifier.Address._value_1 == epr.Address._value_1 and st.state == "Cancelled"


ok("TerminateActivities ends another", terminate)


def factory():
    f = alice.bes.GetFactoryAttributesDocument().FactoryResourceAttributesDocument
    return (f.IsAcceptingNewActivities is True and f.TotalNumberOfActivities == 2 and len(f.ActivityReference) == 2 and
            f.LocalResourceManagerType == "urn:gatehouse:scheduler:fork" and
            f.BasicResourceAttributesDocument.CPUCount >= 1 and GDS in f.BESExtension)


ok("GetFactoryAttributesDocument: the numbers of this site", factory)


# ---- faults ----
def unsupported():
    f = refused(alice.create, "/bin/true", resources={"CandidateHosts": {"HostName": ["elsewhere.example.org"]}})
    v = typed_detail(alice, f, BES, "UnsupportedFeatureFault")
    return f.code.endswith("Client") and any("CandidateHosts" in x for x in v.Feature) and "CandidateHosts" in f.message


ok("what this site cannot honour: UnsupportedFeatureFault with the element's name", unsupported)


def invalid():
    f = refused(alice.bes.CreateActivity, ActivityDocument={
        "JobDefinition": {"JobDescription": {"Application": {"_value_1": [alice.typed(POSIX, "POSIXApplication")]}}}})
    v = typed_detail(alice, f, BES, "InvalidRequestMessageFault")
    return f.code.endswith("Client") and "executable is missing" in v.Message


ok("a description without a program: InvalidRequestMessageFault says so", invalid)


def unknown_one():
    nobody = {"Address": {"_value_1": gate.url + "/jobs/00000000-0000-4000-8000-000000000000"}}
    r = alice.bes.GetActivityStatuses(ActivityIdentifier=[nobody, box["epr"]]).Response
    return (r[0].ActivityStatus is None and r[0].Fault.detail._value_1 and
            "UnknownActivityIdentifierFault" in str(r[0].Fault.faultstring) + tags(r[0].Fault.detail) and
            r[1].ActivityStatus.state == "Finished")


def tags(detail):
    return " ".join(v.tag if isinstance(v, etree._Element) else type(v).__name__ for v in detail._value_1)


ok("an unknown activity is a fault of its own answer, the others are answered", unknown_one)


def cannot_apply():
    r = alice.bes.TerminateActivities(ActivityIdentifier=[box["epr"]]).Response[0]
    return r.Terminated is False and "CantApplyOperationToCurrentState" in tags(r.Fault.detail)


ok("terminating what has ended: CantApplyOperationToCurrentStateFault", cannot_apply)
stranger = Toolkit(grid.proxy("alice", "stranger"))


def not_authorized(kit, word):
    f = refused(kit.create, "/bin/true")
    return typed_detail(kit, f, BES, "NotAuthorizedFault") is not None and f.code.endswith("Client") and word in f.message


ok("a name that is not in the map: NotAuthorizedFault that names it", lambda: not_authorized(stranger, "Stranger"))
ok("a limited proxy: NotAuthorizedFault that says so",
   lambda: not_authorized(Toolkit(grid.proxy("alice", "limited")), "limited"))
ok("StopAcceptingNewActivities is for administrators: NotAuthorizedFault",
   lambda: typed_detail(alice, refused(alice.management.StopAcceptingNewActivities), BES, "NotAuthorizedFault") is not None)

# ---- delegation ----
INHERIT_ALL = b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x15\x01"


def sign(csr_pem, hours=2):
    """Alice signs a proxy for the request, RFC 3820; certificate and her chain."""
    pem = open(grid.proxy("alice"), "rb").read()
    issuer, key = x509.load_pem_x509_certificate(pem), serialization.load_pem_private_key(pem, None)
    csr = x509.load_pem_x509_csr(csr_pem.encode())
    now = datetime.datetime.utcnow()
    name = x509.Name(list(issuer.subject.rdns and [a for r in issuer.subject.rdns for a in r]) +
                     [x509.NameAttribute(NameOID.COMMON_NAME, "4711")])
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject).public_key(csr.public_key())
            .serial_number(4711).not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(hours=hours))
            .add_extension(x509.KeyUsage(True, False, True, False, False, False, False, False, False), critical=True)
            .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14"), INHERIT_ALL), critical=True)
            .sign(key, hashes.SHA256()))
    out = cert.public_bytes(serialization.Encoding.PEM).decode()
    rest = pem.decode().split("-----BEGIN CERTIFICATE-----")
    chain = ["-----BEGIN CERTIFICATE-----" + c.split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n" for c in rest[1:]]
    return out + "".join(chain)


ok("the delegation port tells its version", lambda: alice.delegation.getInterfaceVersion().startswith("2."))


def delegate():
    csr = alice.delegation.getProxyReq(delegationID="mine")
    alice.delegation.putProxy(delegationID="mine", proxy=sign(csr))
    end = alice.delegation.getTerminationTime(delegationID="mine")
    left = end - datetime.datetime.now(datetime.timezone.utc)
    return datetime.timedelta(minutes=110) < left <= datetime.timedelta(hours=2)


ok("getProxyReq, putProxy, getTerminationTime: that of the proxy put", delegate)


def delegate_new():
    r = alice.delegation.getNewProxyReq()
    box["id"] = r.delegationID
    alice.delegation.putProxy(delegationID=r.delegationID, proxy=sign(r.proxyRequest, hours=1))
    first = alice.delegation.getTerminationTime(delegationID=r.delegationID)
    alice.delegation.putProxy(delegationID=r.delegationID,
                              proxy=sign(alice.delegation.renewProxyReq(delegationID=r.delegationID), hours=3))
    return alice.delegation.getTerminationTime(delegationID=r.delegationID) > first


ok("getNewProxyReq names one, renewProxyReq renews it", delegate_new)


def job_with_credential():
    beside = [alice.typed(JOBS, "DelegationID", box["id"])]
    epr = alice.create("/bin/sh", "-c", 'grep -c "BEGIN CERT" "$X509_USER_PROXY"; stat -c %a:%U "$X509_USER_PROXY"',
                       beside=beside)
    st = alice.job_status(alice.wait(epr, "Finished", "Failed"))
    out = fetch(st.StdoutURL[0]).text
    return st.ExitCode == 0 and out.split() == ["3", "600:" + grid.accounts["alice"]]


ok("a job submitted with that id finds the credential, 0600 and its own", job_with_credential)


def message(call, *args, **kw):
    f = refused(call, *args, **kw)
    return f, typed_detail(alice, f, GDS, "DelegationException").msg


ok("a proxy that signs another key: DelegationException, typed",
   lambda: message(alice.delegation.putProxy, delegationID="mine",
                   proxy=sign(alice.delegation.getProxyReq(delegationID="other")))[1])


def destroy():
    alice.delegation.destroy(delegationID="mine")
    f, text = message(alice.delegation.getTerminationTime, delegationID="mine")
    return "mine" in text


ok("destroy; then it is unknown, and the DelegationException says which", destroy)
bob = Toolkit(grid.proxy("bob"))
ok("another caller's delegation is unknown to him",
   lambda: "DelegationException" in etree.tostring(refused(bob.delegation.getTerminationTime, delegationID=box["id"]).detail).decode())
gate.stop()
done()
