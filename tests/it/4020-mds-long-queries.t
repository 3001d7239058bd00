#!/usr/bin/python3
# Queries that take long - legal ones, and such as have no end - keep nobody:
# registrations go on, quick queries see them, and the end comes when it is asked
# for.  Nothing is timed: the long query is still being answered afterwards.
import os
import re
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import WSA, Client, Daemon, Grid, alive, done, ok, until  # noqa: E402

SG, RP, RL = (f"http://docs.oasis-open.org/wsrf/{x}-2" for x in ("sg", "rp", "rl"))
AGG = "http://mds.globus.org/aggregator/types"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
INDEX, ENTRY = "/wsrf/services/DefaultIndexService", "/wsrf/services/DefaultIndexServiceEntry"
# every element with every other and every third: this does not end today
LONG = "count(//*[count(//*[count(//*) &lt; 0]) &lt; 0])"

grid = Grid()
with open(f"{grid.dir}/host.pem", "w") as f:
    os.chmod(f.name, 0o600)
    f.write(open(f"{grid.pki}/hostcert.pem").read() + open(f"{grid.pki}/hostkey.pem").read())


def start(*options):
    global mds, site
    mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds", "log.level=info", *options]).start()
    site = Client(grid, f"{grid.dir}/host.pem", mds.url)


def add(n, value, lifetime="PT1H"):
    status, text = site.soap(
        f'<g:Add xmlns:g="{SG}"><g:MemberEPR><a:Address xmlns:a="{WSA}">https://localhost:{n}/bes</a:Address></g:MemberEPR>'
        f'<g:Content><m:AggregatorConfig xmlns:m="{AGG}"/><m:AggregatorData xmlns:m="{AGG}"><x:Load xmlns:x="urn:x">'
        f"<x:Value>{value}</x:Value></x:Load></m:AggregatorData></g:Content>"
        f"<g:InitialTerminationTime>{lifetime}</g:InitialTerminationTime></g:Add>", path=INDEX)
    return re.search(r"EntryKey[^>]*>([^<]+)<", text).group(1)


def entry(key, body):
    status, text = site.soap(body, path=ENTRY, headers=f'<m:EntryKey xmlns:m="{AGG}">{key}</m:EntryKey>')
    return status == 200 or print("#", text)


def query(expression, client=None):
    client = client or Client(grid, None, mds.url)
    status, text = client.soap(f'<r:QueryResourceProperties xmlns:r="{RP}"><r:QueryExpression Dialect="{XPATH}">{expression}'
                               "</r:QueryExpression></r:QueryResourceProperties>", path=INDEX)
    m = re.search(r"<rp:QueryResourcePropertiesResponse[^>]*>(.*)</rp:QueryResourcePropertiesResponse>", text, re.S)
    return m.group(1) if m else re.sub(r".*<faultstring>(.*)</faultstring>.*", r"\1", text, flags=re.S)


class LongQuery(threading.Thread):
    """A query that is being answered; result is its answer."""

    def __init__(self, expression=LONG):
        super().__init__(daemon=True)
        self.expression, self.result = expression, None
        before = mds.text().count(" query.long ")
        self.start()
        until("a long query", lambda: mds.text().count(" query.long ") > before or self.result)

    def run(self):
        try:
            self.result = query(self.expression)
        except OSError as e:
            self.result = str(e)

    def goes_on(self):
        return self.result is None or print("#", self.result)


VALUE = "string(//*[local-name()='Value'][../../../../*/*[.='https://localhost:%d/bes']])"
COUNT = "count(//*[local-name()='Entry'])"

start("mds.workers=8", "mds.query_timeout=600000")
keys = [add(n, n) for n in range(1, 301)]
one = LongQuery()
ok("a long query runs", one.goes_on)
ok("meanwhile a service registers, and is found at once",
   lambda: add(1001, "new") and query(VALUE % 1001) == "new" and one.goes_on())
ok("one changes", lambda: add(7, "changed") == keys[6] and query(VALUE % 7) == "changed" and one.goes_on())
ok("one lives longer", lambda: entry(keys[8], f'<l:SetTerminationTime xmlns:l="{RL}"><l:RequestedLifetimeDuration>PT2H'
                             "</l:RequestedLifetimeDuration></l:SetTerminationTime>") and one.goes_on())
ok("one leaves", lambda: entry(keys[9], f'<l:Destroy xmlns:l="{RL}"/>') and query(COUNT) == "300" and one.goes_on())
ok("one ends, and is not seen any more", lambda: entry(
    keys[10], f'<l:SetTerminationTime xmlns:l="{RL}"><l:RequestedLifetimeDuration>PT0S</l:RequestedLifetimeDuration>'
    "</l:SetTerminationTime>") and query(COUNT) == "299" and one.goes_on())
two = LongQuery()
ok("a second long query: the same", lambda: add(1002, "two") and query(COUNT) == "300" and one.goes_on() and two.goes_on())
three = LongQuery()
ok("a third one: nobody is refused for it, neither who asks nor who registers",
   lambda: add(1003, "three") and query(COUNT) == "301" and add(1003, "four") == add(1003, "five")
   and query(VALUE % 1003) == "five" and all(q.goes_on() for q in (one, two, three)))
family = mds.family()
ok("SIGTERM ends the index and all its processes, long queries or not", lambda: one.goes_on() and three.goes_on()
   and len(family) >= 6 and mds.stop() == 0 and not any(alive(p) for p in family))

start("mds.workers=2", "mds.query_timeout=600000")
one = LongQuery()
ok("when long queries have all places but one, others are refused in a sentence, not kept waiting",
   lambda: "try again" in query(COUNT) and "try again" in query(COUNT))
ok("registrations go on", lambda: add(1004, "x") and add(1005, "y") and one.goes_on() and mds.stop() == 0)

start("mds.workers=4", "mds.query_timeout=500")
ok("nothing was lost", lambda: query(COUNT) == "303" or query(COUNT))
ok("a query that would go on for ever is ended",
   lambda: all("query_timeout" in query(x) or print("#", query(x)) for x in (
       LONG, "count(//*[contains(string(/), concat(string(/), string(//*[last()])))][contains(string(/), 'zzz')])")))
ok("and others are answered again", lambda: query(COUNT) == "303")
done()
