#!/usr/bin/python3
# Every answer that gatekeeper and index can give - each operation's and each
# fault, in both SOAP versions - is valid by the schemas in wsdl/: whole
# envelopes, nothing skipped.  And the served WSDLs are read by wsdl2h.
#
# ANSWERS=DIR keeps what was answered, for validation by other schemas.
import os
import re
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, ENV, ENV12, GDS, JOBS, MGMT, SRC, WSA, Client, Daemon, Gatekeeper, Grid,  # noqa: E402
                       done, jsdl, message_id, ok, payload, sh_job)
from schemas import Schemas  # noqa: E402

SG, RP, RL, R = (f"http://docs.oasis-open.org/wsrf/{x}-2" for x in ("sg", "rp", "rl", "r"))
AGG = "http://mds.globus.org/aggregator/types"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
INDEX, ENTRY = "/wsrf/services/DefaultIndexService", "/wsrf/services/DefaultIndexServiceEntry"

grid = Grid("alice", "bob")
gate = Gatekeeper(grid, ["gatekeeper.jobs_max_user=6"]).start()
mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds"]).start()
host = f"{grid.dir}/host.pem"
with open(host, "w") as f:
    os.chmod(host, 0o600)
    f.write(open(f"{grid.pki}/hostcert.pem").read() + open(f"{grid.pki}/hostkey.pem").read())
keep = os.environ.get("ANSWERS", f"{grid.dir}/answers")
os.makedirs(keep, exist_ok=True)

schemas = Schemas(grid.dir)
seen = set()


def check(name, who, body, path="/bes", expect=None, headers="", versions=(ENV, ENV12), **kw):
    """One exchange in each version of SOAP; the Body's or detail's child is EXPECT ("": the Body has none)."""
    for version in versions:
        word = "1.1" if version == ENV else "1.2"

        def one():
            status, text = who.soap(body, path=path, headers=headers, version=version, message_id=message_id(), **kw)
            file = f"{keep}/{name}-{word}.xml".replace(" ", "_")
            good = schemas.valid(file, text, version)
            if expect == "":
                return good and re.search(r"Body>\s*</", text) is not None
            if expect is not None and f":{expect}" not in text and f"<{expect}" not in text:
                print(f"# HTTP {status}: {text}")
                return False
            seen.add(expect)
            return good
        ok(f"{name}, SOAP {word}", one)


alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob"), gate.url)
stranger = Client(grid, grid.proxy("alice", "stranger"), gate.url)
admin = Client(grid, host, gate.url)
nobody = Client(grid, None, gate.url)


def bes(op, inner="", ns=BES):
    return f'<b:{op} xmlns:b="{ns}">{inner}</b:{op}>'


def create(document, beside=""):
    return bes("CreateActivity", f"<b:ActivityDocument>{document}{beside}</b:ActivityDocument>")


def ids(*addresses):
    return "".join(f'<b:ActivityIdentifier xmlns:b="{BES}"><a:Address xmlns:a="{WSA}">{a}</a:Address></b:ActivityIdentifier>'
                   for a in addresses)


# ---- BES: answers ----
long_job = sh_job("sleep 1000", posix='<p:Environment name="A">x &amp; y</p:Environment><p:WallTimeLimit>900</p:WallTimeLimit>',
                  description="<j:Resources><j:TotalCPUCount><j:Exact>1</j:Exact></j:TotalCPUCount></j:Resources>")
check("CreateActivity", alice, create(jsdl("/bin/true")), expect="CreateActivityResponse")
running, ended = alice.create(long_job), alice.create(sh_job("echo x; exit 3"))
broken, killed = alice.create(jsdl("/no/such/program")), alice.create(sh_job("kill -9 $$"))
for a in (ended, broken, killed):
    alice.wait(a)
alice.wait(running, ("Running",))
held = alice.create(sh_job("true", description=f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'))
none = gate.url + "/jobs/00000000-0000-4000-8000-000000000000"
for name, a in (("ended", ended), ("failed", broken), ("killed", killed), ("running", running), ("held", held)):
    check(f"GetActivityStatuses {name}", alice, bes("GetActivityStatuses", ids(a)), expect="JobStatus")
check("GetActivityStatuses of many, one unknown", alice, bes("GetActivityStatuses", ids(ended, none, running)),
      expect="UnknownActivityIdentifierFault")
check("GetActivityStatuses of none", alice, bes("GetActivityStatuses"), expect="GetActivityStatusesResponse")
check("GetActivityDocuments", alice, bes("GetActivityDocuments", ids(ended, running)), expect="POSIXApplication")
check("GetActivityDocuments of an unknown one", alice, bes("GetActivityDocuments", ids(none)),
      expect="UnknownActivityIdentifierFault")
check("GetActivityDocuments of another's", bob, bes("GetActivityDocuments", ids(ended)), expect="UnknownActivityIdentifierFault")
check("ReleaseActivities", alice, bes("ReleaseActivities", ids(held, none).replace(BES, JOBS), ns=JOBS), expect="ReleaseActivitiesResponse")
check("TerminateActivities", alice, bes("TerminateActivities", ids(running, none)), expect="TerminateActivitiesResponse")
check("TerminateActivities of what has ended", alice, bes("TerminateActivities", ids(ended)),
      expect="CantApplyOperationToCurrentStateFault")
check("ListActivities", alice, bes("ListActivities", ns=JOBS), expect="JobStatus")
check("ListActivities with filters", alice, bes("ListActivities", f"<b:State>Done</b:State><b:State>Failed</b:State><b:After>{running.rpartition('/')[2]}</b:After>"
      "<b:Limit>1</b:Limit>", ns=JOBS), expect="ListActivitiesResponse")
for what, inner in (("a state that there is not", "<b:State>Ripe</b:State>"), ("no number", "<b:Limit>0</b:Limit>"), ("no id", "<b:After>x</b:After>"),
                    ("another's job", f"<b:After>{ended.rpartition('/')[2]}</b:After>"), ("another element", "<b:Colour/>")):
    check(f"ListActivities: {what}", bob, bes("ListActivities", inner, ns=JOBS), expect="InvalidRequestMessageFault")
check("GetFactoryAttributesDocument", alice, bes("GetFactoryAttributesDocument"), expect="FactoryResourceAttributesDocument")
check("StopAcceptingNewActivities", admin, bes("StopAcceptingNewActivities", ns=MGMT), expect="StopAcceptingNewActivitiesResponse")
check("a service that accepts none", alice, create(jsdl("/bin/true")), expect="NotAcceptingNewActivitiesFault")
check("StartAcceptingNewActivities", admin, bes("StartAcceptingNewActivities", ns=MGMT),
      expect="StartAcceptingNewActivitiesResponse")

# ---- BES: faults ----
check("a limited proxy", Client(grid, grid.proxy("alice", "limited"), gate.url), create(jsdl("/bin/true")),
      expect="NotAuthorizedFault")
check("a stranger", stranger, create(jsdl("/bin/true")), expect="NotAuthorizedFault")
check("no certificate", nobody, create(jsdl("/bin/true")), expect="Fault")
check("administration by a user", alice, bes("StopAcceptingNewActivities", ns=MGMT), expect="NotAuthorizedFault")
for n in range(8):
    if alice.soap(create(long_job))[0] != 200:
        break
check("more jobs than one may have", alice, create(long_job), expect="NotAcceptingNewActivitiesFault")
check("an element that this site cannot honour", alice,
      create(jsdl("/bin/true", description="<j:Resources><j:CandidateHosts><j:HostName>h</j:HostName></j:CandidateHosts></j:Resources>")),
      expect="UnsupportedFeatureFault")
check("an element that nobody knows", alice, create(jsdl("/bin/true", description='<x:New xmlns:x="urn:x"/>')),
      expect="UnsupportedFeatureFault")
check("no description", alice, create(""), expect="InvalidRequestMessageFault")
check("no program", alice, create(jsdl("")), expect="InvalidRequestMessageFault")
check("an unknown delegation", alice, create(jsdl("/bin/true"), f'<g:DelegationID xmlns:g="{JOBS}">none</g:DelegationID>'),
      expect="InvalidRequestMessageFault")
check("an identifier that is not a reference", alice, bes("GetActivityStatuses", "<b:ActivityIdentifier>x</b:ActivityIdentifier>"),
      expect="InvalidRequestMessageFault")
check("an unknown operation", alice, bes("DoWhatIMean"), expect="Fault")
check("an unknown header that must be understood", alice, bes("GetFactoryAttributesDocument"), expect="Fault", versions=(ENV,),
      headers=f'<x:Must xmlns:x="urn:x" xmlns:s="{ENV}" s:mustUnderstand="1"/>')
check("the same, by SOAP 1.2", alice, bes("GetFactoryAttributesDocument"), expect="Fault", versions=(ENV12,),
      headers=f'<x:Must xmlns:x="urn:x" xmlns:s="{ENV12}" s:mustUnderstand="true"/>')
check("an answer wanted elsewhere", alice, bes("GetFactoryAttributesDocument"), expect="Fault",
      headers=f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>http://elsewhere.example.org/</a:Address></a:ReplyTo>')
check("what is not XML", alice, "<unfinished", expect="Fault", versions=(ENV,))

# ---- delegation ----


def gds(op, inner=""):
    return f'<d:{op} xmlns:d="{GDS}">{inner}</d:{op}>'


def proxy_of(text):
    """Alice's proxy for the request in an answer."""
    csr = text[text.index("-----BEGIN CERTIFICATE REQUEST"):text.index("REQUEST-----", text.index("-----END")) + 12]
    with open(f"{grid.dir}/csr.pem", "w") as f:
        f.write(csr + "\n")
    w = f"{grid.pki}/keys"
    grid.sh(f"""cd {grid.dir} && printf '[e]\\n%s\\n' "$(grid_pci id-ppl-inheritAll)" >ext &&
        openssl x509 -req -in csr.pem -CA {w}/alice-full.pem -CAkey {w}/alice-full.key -set_serial 99 -days 1 -extfile ext \
        -extensions e -out signed.pem -subj "$(grid_subject {w}/alice-full.pem)/CN=99" 2>/dev/null ||
        {{ openssl req -new -key {w}/alice-full.key -subj "$(grid_subject {w}/alice-full.pem)/CN=99" -out subject.csr &&
        openssl req -in csr.pem -pubkey -noout >pub.pem && openssl x509 -req -in subject.csr -force_pubkey pub.pem \
        -CA {w}/alice-full.pem -CAkey {w}/alice-full.key -set_serial 99 -days 1 -extfile ext -extensions e -out signed.pem; }} &&
        cat signed.pem {w}/alice-full.pem {w}/alice.pem >proxy.pem""")
    return open(f"{grid.dir}/proxy.pem").read()


check("getVersion", alice, gds("getVersion"), expect="getVersionResponse")
check("getInterfaceVersion", alice, gds("getInterfaceVersion"), expect="getInterfaceVersionResponse")
check("getServiceMetadata", alice, gds("getServiceMetadata", "<key>features</key>"), expect="getServiceMetadataResponse")
check("getServiceMetadata of an unknown key", alice, gds("getServiceMetadata", "<key>x</key>"), expect="DelegationException")
check("getNewProxyReq", alice, gds("getNewProxyReq"), expect="getNewProxyReqResponse")
check("getProxyReq", alice, gds("getProxyReq", "<delegationID>a</delegationID>"), expect="getProxyReqResponse")
check("getTerminationTime before a proxy was put", alice, gds("getTerminationTime", "<delegationID>a</delegationID>"),
      expect="DelegationException")
for v in (ENV, ENV12):
    request = alice.soap(gds("getProxyReq", "<delegationID>a</delegationID>"))[1]
    check("putProxy", alice, gds("putProxy", f"<delegationID>a</delegationID><proxy>{proxy_of(request)}</proxy>"),
          expect="", versions=(v,))
check("putProxy of nonsense", alice, gds("putProxy", "<delegationID>a</delegationID><proxy>x</proxy>"),
      expect="DelegationException")
check("getTerminationTime", alice, gds("getTerminationTime", "<delegationID>a</delegationID>"),
      expect="getTerminationTimeResponse")
check("renewProxyReq", alice, gds("renewProxyReq", "<delegationID>a</delegationID>"), expect="renewProxyReqResponse")
check("renewProxyReq of none", alice, gds("renewProxyReq", "<delegationID>none</delegationID>"), expect="DelegationException")
check("destroy", alice, gds("destroy", "<delegationID>a</delegationID>"), expect="", versions=(ENV,))
check("destroy of none", alice, gds("destroy", "<delegationID>none</delegationID>"), expect="DelegationException")
check("delegation by nobody", nobody, gds("getNewProxyReq"), expect="Fault")

# ---- index ----
site = Client(grid, host, mds.url)
reader = Client(grid, None, mds.url)
user = Client(grid, grid.proxy("alice"), mds.url)


def add(address, n=1):
    return (f'<g:Add xmlns:g="{SG}"><g:MemberEPR><a:Address xmlns:a="{WSA}">{address}</a:Address></g:MemberEPR><g:Content>'
            f'<m:AggregatorConfig xmlns:m="{AGG}"/><m:AggregatorData xmlns:m="{AGG}"><x:Load xmlns:x="urn:x">{n}</x:Load>'
            "</m:AggregatorData></g:Content><g:InitialTerminationTime>PT1H</g:InitialTerminationTime></g:Add>")


def query(expression, dialect=XPATH):
    return (f'<r:QueryResourceProperties xmlns:r="{RP}"><r:QueryExpression Dialect="{dialect}">{expression}'
            "</r:QueryExpression></r:QueryResourceProperties>")


def prop(name):
    return f'<r:GetResourceProperty xmlns:r="{RP}" xmlns:g="{SG}">{name}</r:GetResourceProperty>'


def until_time(when):
    return (f'<l:SetTerminationTime xmlns:l="{RL}"><l:RequestedTerminationTime>{when}</l:RequestedTerminationTime>'
            "</l:SetTerminationTime>")


text = site.soap(add("https://localhost:1/bes"), path=INDEX)[1]
key = re.search(r"EntryKey[^>]*>([^<]+)<", text).group(1)
with_key = f'<m:EntryKey xmlns:m="{AGG}">{key}</m:EntryKey>'
for name, who, body, path, expect, headers in (
        ("Add", site, add("https://localhost:1/bes"), INDEX, "AddResponse", ""),
        ("Add for another host", site, add("https://elsewhere.example.org/x"), INDEX, "AddRefusedFault", ""),
        ("Add by a user", user, add("https://localhost:1/bes"), INDEX, "AddRefusedFault", ""),
        ("Add by nobody", reader, add("https://localhost:1/bes"), INDEX, "Fault", ""),
        ("a query for nodes", reader, query("//*[local-name()='Load']"), INDEX, "Load", ""),
        ("a query for entries", reader, query("//*[local-name()='Entry']"), INDEX, "Entry", ""),
        ("a query for a number", reader, query("count(//*)"), INDEX, "QueryResourcePropertiesResponse", ""),
        ("a bad query", reader, query("//["), INDEX, "InvalidQueryExpressionFault", ""),
        ("a query that no XPath can answer", reader, query("nosuch(1)"), INDEX, "Fault", ""),
        ("an unknown dialect", reader, query("x", "urn:sql"), INDEX, "UnknownQueryExpressionDialectFault", ""),
        ("GetResourceProperty", reader, prop("g:Entry"), INDEX, "GetResourcePropertyResponse", ""),
        ("GetResourceProperty of none", reader, prop("Colour"), INDEX, "InvalidResourcePropertyQNameFault", ""),
        ("GetMultipleResourceProperties", reader,
         f'<r:GetMultipleResourceProperties xmlns:r="{RP}" xmlns:g="{SG}" xmlns:l="{RL}"><r:ResourceProperty>g:Entry'
         "</r:ResourceProperty></r:GetMultipleResourceProperties>", INDEX, "GetMultipleResourcePropertiesResponse", ""),
        ("GetResourcePropertyDocument", reader, f'<r:GetResourcePropertyDocument xmlns:r="{RP}"/>', INDEX,
         "GetResourcePropertyDocumentResponse", ""),
        ("GetResourceProperty of an entry", reader,
         f'<r:GetResourceProperty xmlns:r="{RP}" xmlns:l="{RL}">l:TerminationTime</r:GetResourceProperty>', ENTRY,
         "GetResourcePropertyResponse", with_key),
        ("SetTerminationTime", site, until_time("2040-01-01T00:00:00Z"), ENTRY, "SetTerminationTime", with_key),
        ("SetTerminationTime to nonsense", site, until_time("soon"), ENTRY, "Fault", with_key),
        ("SetTerminationTime of none", site, until_time("2030-01-01T00:00:00Z"), ENTRY, "ResourceUnknownFault", ""),
        ("Destroy by another", user, f'<l:Destroy xmlns:l="{RL}"/>', ENTRY, "Fault", with_key),
        ("Destroy of none", site, f'<l:Destroy xmlns:l="{RL}"/>', ENTRY, "ResourceUnknownFault", ""),
        ("an unknown index operation", reader, f'<l:Explode xmlns:l="{RL}"/>', INDEX, "Fault", "")):
    check(name, who, body, path=path, expect=expect, headers=headers)
check("Destroy", site, f'<l:Destroy xmlns:l="{RL}"/>', path=ENTRY, expect="DestroyResponse", headers=with_key, versions=(ENV,))

# ---- nothing was forgotten ----


def every_operation():
    missing = []
    for name in ("bes.wsdl", "mds.wsdl"):
        text = open(f"{SRC}/wsdl/{name}").read()
        for op in re.findall(r'<wsdl:part name="parameters" element="\w+:(\w+Response)"', text):
            if op not in seen and not (op == "SetTerminationTimeResponse" and "SetTerminationTime" in seen):
                if op not in ("GetActivityStatusesResponse", "GetActivityDocumentsResponse", "GetFactoryAttributesDocumentResponse"):
                    missing.append(op)
    return not missing or print("# no answer seen of", missing)


ok("every operation of both WSDLs was answered here", every_operation)
for base, path in ((gate.url, "/bes"), (mds.url, INDEX)):
    def read():
        p = subprocess.run(["wsdl2h", "-c", "-o", f"{grid.dir}/stub.h", base + path + "?wsdl"], cwd=grid.dir,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        text = open(f"{grid.dir}/stub.h").read()
        return p.returncode == 0 and "Response" in text and "rror" not in p.stdout or print("# " + p.stdout)
    ok(f"wsdl2h reads the served WSDL of {path}", read)
# leave nothing running
everything = [e.text for e in payload(*alice.soap(bes("GetFactoryAttributesDocument"))).iter(f"{{{WSA}}}Address")]
alice.each("TerminateActivities", *everything)
for a in everything:
    alice.wait(a)
gate.stop()
mds.stop()
done()
