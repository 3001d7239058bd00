#!/usr/bin/python3
# Envelopes that are not quite right, and lists that are: what is empty is no
# value, all of a request is read before anything is done, and what is named
# twice counts once.
import os
import sys
import uuid

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, ENV, GATE, JOBS, WSA, Client, Gatekeeper, Grid, done, fault, jsdl, ok, payload,  # noqa: E402
                       sh_job, until)

grid = Grid("alice")
gate = Gatekeeper(grid).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
OLD = "http://schemas.xmlsoap.org/ws/2004/08/addressing"


def create(document, headers=""):
    text = alice.soap(f'<b:CreateActivity xmlns:b="{BES}"><b:ActivityDocument>{document}</b:ActivityDocument></b:CreateActivity>',
                      headers=headers)
    return payload(*text).find(f".//{{{WSA}}}Address").text


def identifier(address, ns=BES):
    return f'<i:ActivityIdentifier xmlns:i="{ns}"><a:Address xmlns:a="{WSA}">{address}</a:Address></i:ActivityIdentifier>'


def each(op, addresses, ns=BES):
    return payload(*alice.soap(f'<o:{op} xmlns:o="{ns}">' + "".join(identifier(a, ns) for a in addresses) + f"</o:{op}>"))


def refused(text, code, *words):
    """TEXT, a whole message, ends in a fault of CODE that says WORDS."""
    f = fault(lambda: payload(*alice.request("POST", "/bes", text, {"Content-Type": "text/xml"})))
    return (f.code.endswith(code) and all(w in f.reason for w in words)) or print(f"# {f}")


# ---- empty text ----
def empty_ids():
    for h in (f'<w:MessageID xmlns:w="{WSA}"/>', f'<w:MessageID xmlns:w="{WSA}">  </w:MessageID>',
              f'<w:MessageID xmlns:w="{OLD}"/>'):
        if len({create(jsdl("/bin/true"), h), create(jsdl("/bin/false"), h), create(jsdl("/bin/false"), h)}) != 3:
            return print("# one job for two requests")
    return True


ok("an empty MessageID is none: it makes no two requests the same, and refuses no other", empty_ids)
ok("an empty DelegationID is none", lambda: create(jsdl("/bin/true") + f'<g:DelegationID xmlns:g="{JOBS}"/>'))

# ---- all is read, then something is done ----
one, two = (alice.create(sh_job(f"{GATE}; true")) for _ in range(2))
for a in (one, two):
    alice.wait(a, ("Running",))
ok("of a list with an empty reference in it no job is terminated", lambda: (
    "no Address" in fault(each, "TerminateActivities", [one, "", two]).reason and
    [s.state for s in alice.statuses([one, two])] == ["Running", "Running"] and "op=TerminateActivities" not in gate.text()))
held = [alice.create(sh_job("true", description=f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'))
        for _ in range(2)]
until("both are held", lambda: [s.inner for s in alice.statuses(held)] == ["Held", "Held"])
ok("nor is one released", lambda: (
    "no Address" in fault(each, "ReleaseActivities", [held[0], "", held[1]], JOBS).reason and
    [s.inner for s in alice.statuses(held)] == ["Held", "Held"] or print([s.inner for s in alice.statuses(held)])))
ok("the fault of the first unreadable one is all that is said of statuses and documents", lambda: all(
    "no Address" in fault(each, op, [one, ""]).reason for op in ("GetActivityStatuses", "GetActivityDocuments")))

# ---- what is named twice counts once ----
ok("an activity that is named a thousand times is answered once, in each operation", lambda: all(
    len(each(op, [one] * 500 + [two] + [one] * 500)) == 2 for op in ("GetActivityStatuses", "GetActivityDocuments")))
ok("also when the addresses differ and the job is the same", lambda: len(
    each("GetActivityDocuments", [one, one.replace("https://localhost", "https://127.0.0.1")])) == 1)
ok("to terminate one twice in a request is to terminate it once", lambda: [
    r.findtext(f"{{{BES}}}Terminated") for r in each("TerminateActivities", [one, one, two])] == ["true", "true"])

# ---- long lists ----
ids = [f"{gate.url}/jobs/{uuid.uuid4()}" for _ in range(10001)]
ok("10,000 of our own addresses fit into one request", lambda: len(each("GetActivityStatuses", ids[:10000])) == 10000)
ok("one more is refused, and it is said what the limit is",
   lambda: "gatekeeper.activities_max" in fault(each, "GetActivityStatuses", ids).reason)

# ---- envelopes ----
GET = f'<b:GetFactoryAttributesDocument xmlns:b="{BES}"/>'


def message(inner, ns=ENV):
    return f'<s:Envelope xmlns:s="{ns}">{inner}</s:Envelope>'


ok("two Bodies are refused", lambda: refused(message(f"<s:Body>{GET}</s:Body><s:Body>{GET}</s:Body>"), "Client", "behind the Body"))
ok("a Header behind the Body is refused, and what must be understood in it is not passed over",
   lambda: refused(message(f'<s:Body>{GET}</s:Body><s:Header><x:H xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>'),
                   "Client", "behind the Body"))
ok("two Headers, and what is neither Header nor Body, are refused",
   lambda: refused(message(f"<s:Header/><s:Header/><s:Body>{GET}</s:Body>"), "Client", "at most one Header") and
   refused(message(f'<x xmlns="urn:x"/><s:Body>{GET}</s:Body>'), "Client", "before the Body"))
ok("an unknown header of WS-Addressing that must be understood is not understood", lambda: all(
    refused(message(f'<s:Header><w:Teleport xmlns:w="{ns}" s:mustUnderstand="1">x</w:Teleport></s:Header><s:Body>{GET}</s:Body>'),
            "MustUnderstand", "Teleport") for ns in (WSA, OLD)))
ok("the known ones are", lambda: payload(*alice.soap(
    GET, headers=f'<w:Action xmlns:w="{WSA}" xmlns:s="{ENV}" s:mustUnderstand="1">x</w:Action><w:From xmlns:w="{WSA}" '
    f'xmlns:s="{ENV}" s:mustUnderstand="1"><w:Address>{WSA}/anonymous</w:Address></w:From>')) is not None)

# ---- descriptions ----
ok("a description that is not there is 404, one that is there is 200", lambda: [
    alice.request("GET", "/bes?" + q)[0] for q in ("wsdl", "xsd=jsdl.xsd", "xsd=nosuch", "xsd=", "xsd=../etc/passwd")]
   == [200, 200, 404, 404, 404])
done()
