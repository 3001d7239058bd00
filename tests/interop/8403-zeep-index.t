#!/usr/bin/python3
# zeep against the index: everything from the WSDL that it serves, with and
# without a certificate.  WSRF 1.2 (OASIS): service group, properties, lifetime.
import datetime
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import WSA, Daemon, Grid, done, ok  # noqa: E402
import requests  # noqa: E402
import zeep  # noqa: E402
from lxml import etree  # noqa: E402

SG, RP, BF = (f"http://docs.oasis-open.org/wsrf/{x}-2" for x in ("sg", "rp", "bf"))
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"

grid = Grid("alice")
index = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds"]).start()
host = f"{grid.dir}/host.pem"
with open(host, "w") as f:
    os.chmod(host, 0o600)
    f.write(open(f"{grid.pki}/hostcert.pem").read() + open(f"{grid.pki}/hostkey.pem").read())


class Toolkit:
    def __init__(self, cred):
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.cert, self.http.verify = cred, grid.pki + "/keys/ca.pem"
        self.client = zeep.Client(index.url + "/wsrf/services/DefaultIndexService?wsdl",
                                  transport=zeep.Transport(session=self.http), plugins=[zeep.plugins.HistoryPlugin()])
        self.group = self.client.bind("IndexService", "ServiceGroupPort")
        self.entry = self.client.bind("IndexService", "ServiceGroupEntryPort")

    def query(self, expression, dialect=XPATH):
        return self.group.QueryResourceProperties(QueryExpression={"Dialect": dialect, "_value_1": expression})

    def add(self, address, lifetime="PT1H"):
        load = etree.Element("{urn:x}Load")
        load.text = "7"
        return self.group.Add(MemberEPR={"Address": {"_value_1": address}}, InitialTerminationTime=lifetime,
                              Content={"AggregatorData": {"_value_1": [load]}})


def refused(call, *args, **kw):
    try:
        call(*args, **kw)
    except zeep.exceptions.Fault as f:
        return f
    raise AssertionError("no fault")


def typed(kit, fault, ns, name):
    """The fault's detail by the schema's element: a BaseFault has its time."""
    element = fault.detail.find(f"{{{ns}}}{name}")
    if element is None:
        raise AssertionError(etree.tostring(fault.detail).decode())
    value = kit.client.get_element(f"{{{ns}}}{name}").parse(element, kit.client.wsdl.types)
    return isinstance(value.Timestamp, datetime.datetime) and value


anybody, alice, site = Toolkit(None), Toolkit(grid.proxy("alice")), Toolkit(host)
box = {}
ok("the served WSDL loads without a certificate: both ports",
   lambda: sorted(anybody.client.wsdl.services["IndexService"].ports) == ["ServiceGroupEntryPort", "ServiceGroupPort"])


def add():
    r = site.add("https://localhost:1/bes")
    box["entry"] = r.ServiceGroupEntryReference
    left = r.TerminationTime - r.CurrentTime
    return datetime.timedelta(minutes=59) < left <= datetime.timedelta(hours=1)


ok("a host's Add gives an entry reference and times", add)


def query():
    r = anybody.query("//*[local-name()='Load']")
    got = anybody.client.plugins[0].last_received["envelope"]
    return got.findtext(".//{urn:x}Load") == "7" and r is not None


ok("QueryResourceProperties by XPath finds what was added", query)


def prop():
    anybody.group.GetResourceProperty(etree.QName(SG, "Entry"))
    got = anybody.client.plugins[0].last_received["envelope"]
    return got.findtext(f".//{{{SG}}}Entry/{{{SG}}}MemberServiceEPR/{{{WSA}}}Address") == "https://localhost:1/bes"


ok("GetResourceProperty by its QName", prop)


def document():
    anybody.group.GetResourcePropertyDocument()
    got = anybody.client.plugins[0].last_received["envelope"]
    return len(got.findall(f".//{{{SG}}}Entry")) == 1


ok("GetResourcePropertyDocument holds the entry", document)
ok("Add by a user: AddRefusedFault, typed",
   lambda: typed(alice, refused(alice.add, "https://localhost:2/bes"), SG, "AddRefusedFault"))
ok("Add by nobody: refused",
   lambda: refused(anybody.add, "https://localhost:2/bes").code.endswith("Client"))
ok("Add for another host than the certificate's: AddRefusedFault",
   lambda: typed(site, refused(site.add, "https://elsewhere.example.org/bes"), SG, "AddRefusedFault"))
ok("a bad expression: InvalidQueryExpressionFault, typed",
   lambda: typed(anybody, refused(anybody.query, "//["), RP, "InvalidQueryExpressionFault"))
ok("an unknown dialect: UnknownQueryExpressionDialectFault, typed",
   lambda: typed(anybody, refused(anybody.query, "x", "urn:sql"), RP, "UnknownQueryExpressionDialectFault"))
ok("an unknown property: InvalidResourcePropertyQNameFault, typed",
   lambda: typed(anybody, refused(anybody.group.GetResourceProperty, etree.QName("urn:x", "Colour")), RP,
                 "InvalidResourcePropertyQNameFault"))


def key():
    """The entry's reference parameter, which goes back as a header."""
    e = etree.Element("{http://mds.globus.org/aggregator/types}EntryKey")
    e.text = box["entry"].ReferenceParameters._value_1[0]
    return e


def renew():
    r = site.entry.SetTerminationTime(RequestedLifetimeDuration="PT2H", _soapheaders=[key()])
    return r.NewTerminationTime - r.CurrentTime > datetime.timedelta(minutes=119)


ok("SetTerminationTime on the entry, its key as a header", renew)


def destroy():
    f = refused(alice.entry.Destroy, _soapheaders=[key()])
    site.entry.Destroy(_soapheaders=[key()])
    anybody.group.GetResourcePropertyDocument()
    got = anybody.client.plugins[0].last_received["envelope"]
    return f.detail is not None and len(got.findall(f".//{{{SG}}}Entry")) == 0


ok("Destroy by the registrant only; then it is gone", destroy)
index.stop()
done()
