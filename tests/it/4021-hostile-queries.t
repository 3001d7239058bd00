#!/usr/bin/python3
# Queries that are meant to hurt, beside honest ones: the honest ones are all
# answered, the others are ended and told why.  And what an index answers and
# keeps has a limit.
import os
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BIN, DEADLINE, WSA, Client, Daemon, Grid, alive, done, ok, skip, stopped, until  # noqa: E402

SG, RP, RL = (f"http://docs.oasis-open.org/wsrf/{x}-2" for x in ("sg", "rp", "rl"))
AGG = "http://mds.globus.org/aggregator/types"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
INDEX, ENTRY = "/wsrf/services/DefaultIndexService", "/wsrf/services/DefaultIndexServiceEntry"
ASAN = "/asan/" in BIN
grid = Grid("alice")
with open(f"{grid.dir}/host.pem", "w") as f:
    os.chmod(f.name, 0o600)
    f.write(open(f"{grid.pki}/hostcert.pem").read() + open(f"{grid.pki}/hostkey.pem").read())
with open(f"{grid.dir}/registrars", "w") as f:
    f.write(grid.dn("alice") + "\n")


def start(*options):
    global mds, site, reader
    mds = Daemon(grid, "mds", [f"mds.state={grid.dir}/mds", f"mds.registrars={grid.dir}/registrars", "log.level=info", *options]).start()
    site, reader = Client(grid, f"{grid.dir}/host.pem", mds.url), Client(grid, None, mds.url)


def add(n, content, who=None, outer=""):
    return (who or site).soap(
        f'<g:Add xmlns:g="{SG}"><g:MemberEPR><a:Address xmlns:a="{WSA}">https://localhost:{n}/bes</a:Address></g:MemberEPR>'
        f'<g:Content {outer}><m:AggregatorConfig xmlns:m="{AGG}"/><m:AggregatorData xmlns:m="{AGG}">{content}</m:AggregatorData></g:Content>'
        "</g:Add>", path=INDEX)


def key_of(answer):
    return re.search(r"EntryKey[^>]*>([^<]+)<", answer[1]).group(1)


def at_entry(key, body, who):
    return who.soap(body, path=ENTRY, headers=f'<m:EntryKey xmlns:m="{AGG}">{key}</m:EntryKey>')


def ask(expression, who=None):
    """The answer's inside, or the reason of the fault (the log's, for a stranger gets none)."""
    status, text = (who or reader).soap(
        f'<r:QueryResourceProperties xmlns:r="{RP}"><r:QueryExpression Dialect="{XPATH}">{expression}</r:QueryExpression>'
        "</r:QueryResourceProperties>", path=INDEX)
    m = re.search(r"<rp:QueryResourcePropertiesResponse[^>]*>(.*)</rp:QueryResourcePropertiesResponse>", text, re.S)
    return m.group(1) if m else re.sub(r".*<faultstring>(.*)</faultstring>.*", r"\1", text, flags=re.S)


def named(name):
    """Processes of the index with that name."""
    found = []
    for p in mds.family():
        try:
            with open(f"/proc/{p}/comm") as f:
                if f.read().strip() == name and alive(p):
                    found.append(p)
        except OSError:
            pass
    return found


# ---- beside honest clients ----
UNION = "count(//*|//*)"
HOSTILE = (UNION, "count(//*[count(//*|//*) &lt; 0])", "count(//*[contains(string(/), concat(string(/), string(//*[last()])))])",
           "count(//*[count(//*[count(//*) &lt; 0]) &lt; 0])", "string-length(translate(string(/), string(/), string(/)))",
           "count(//*[sum(//*[string-length(.) &gt; 0]) &lt; 0] | //node()[not(preceding::*[. = current()])])")
start("mds.query_timeout=8000", "mds.query_fair=250")
for i in range(1, 301):
    add(i, '<x:Load xmlns:x="urn:x">' + "".join(f"<x:V n='{n}'>{i}</x:V>" for n in range(20)) + "</x:Load>")
ended, stop = [], threading.Event()


def hurt(expression):
    who = Client(grid, None, mds.url)
    while not stop.is_set():
        ended.append((expression, ask(expression, who)))


attack = [threading.Thread(target=hurt, args=(HOSTILE[i % len(HOSTILE)],), daemon=True) for i in range(12)]
for t in attack:
    t.start()
until("the attack is on", lambda: len(ended) > 12)


def honest():
    for i in range(1, 9):
        n = 1000 + i
        if add(n, f'<x:Load xmlns:x="urn:x">{i}</x:Load>')[0] != 200:
            return print("# not registered")
        got = ask(f"string(//*[local-name()='Load'][../../../*[.='https://localhost:{n}/bes']])")
        if got != str(i):
            return print(f"# asked for {n}:", got)
        status, text = reader.soap(f'<r:GetResourceProperty xmlns:r="{RP}" xmlns:g="{SG}">g:RegistrationCount</r:GetResourceProperty>'
                                   .replace("g:Reg", "m:Reg").replace("xmlns:g=", f'xmlns:m="{AGG}" xmlns:g='), path=INDEX)
        if status != 200:
            return print("#", text)
    return True


ok("beside twelve that never rest, honest clients register and are answered, all of them", honest)
stop.set()
for t in attack:
    t.join()
said = {e: sorted({r for x, r in ended if x == e}) for e in HOSTILE}
ok("what was too long was ended, and was told so", lambda: all(
    re.search("query_timeout|query_fair|query_memory|try again|^[0-9]+$|cannot be evaluated", r) for e in HOSTILE for r in said[e])
   or print("#", said))
ok("nothing is left of it", lambda: until("its processes have ended", lambda: not named("mds-query")))

# ---- one at a time ----
mds.stop()
start("mds.query_timeout=600000", "mds.query_memory=16M", "mds.answer_max=256K")


def leaves():
    s = Client(grid, None, mds.url).raw()
    body = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r:QueryResourceProperties xmlns:r="{RP}">'
            f'<r:QueryExpression Dialect="{XPATH}">{HOSTILE[1]}</r:QueryExpression></r:QueryResourceProperties></s:Body></s:Envelope>')
    s.sendall(f"POST {INDEX} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    until("the query is evaluated", lambda: named("mds-query"))
    s.close()
    return until("the query ends with its client", lambda: not named("mds-query"))


ok("a query ends when its client leaves", leaves)


def dies_beside_another():
    """Two that never end; the process of the first is killed, as for its memory, while that of the second goes on."""
    said, first = [], threading.Thread(target=lambda: said.append(ask(HOSTILE[1], Client(grid, None, mds.url))))
    first.start()
    until("the first is evaluated", lambda: len(named("mds-query")) == 1)
    killed = named("mds-query")[0]
    second = threading.Thread(target=lambda: ask(HOSTILE[1], Client(grid, None, mds.url)), daemon=True)
    second.start()
    until("the second is evaluated", lambda: len(named("mds-query")) == 2)
    other = [p for p in named("mds-query") if p != killed][0]
    os.kill(killed, signal.SIGKILL)
    first.join(DEADLINE / 2)
    answered = not first.is_alive() and alive(other)
    os.kill(other, signal.SIGKILL)
    first.join()
    second.join()
    return answered and "the query was ended" in said[0] or print("#", answered, said)


ok("a query whose process is killed is told at once, whoever else is evaluated", dies_beside_another)

BOMB = "string-length(concat(" + ", ".join(["string(/)"] * 3000) + "))"
title = "one that wants more memory than is allowed is ended, and told so"
if ASAN:
    skip(title, "the address sanitizer has its own idea of memory")
else:
    ok(title, lambda: re.search("query_memory|cannot be evaluated", ask(BOMB)) or print("#", ask(BOMB)))
ok("an answer has a limit, and the fault names it", lambda: "mds.answer_max" in ask("//*") or print("#", ask("//*")[:300]))


def properties(*names):
    status, text = reader.soap(f'<r:GetMultipleResourceProperties xmlns:r="{RP}" xmlns:g="{SG}" xmlns:l="{RL}">' + "".join(
        f"<r:ResourceProperty>{n}</r:ResourceProperty>" for n in names) + "</r:GetMultipleResourceProperties>", path=INDEX)
    return text


ok("a property that is asked for a thousand times comes once",
   lambda: len(re.findall("CurrentTime xmlns", properties(*["l:CurrentTime"] * 1000))) == 1)
ok("all entries together have the same limit", lambda: "Client" in properties("g:Entry") and "mds.answer_max" in mds.text())
ok("of several properties the first unknown one is the fault, before anything is answered",
   lambda: "InvalidResourcePropertyQNameFault" in properties("g:Entry", "l:CurrentTime", "Colour"))


def librarian_dies():
    child = named("mds-librarian")
    os.kill(child[0], signal.SIGKILL)
    until("it is dead", lambda: not alive(child[0]))
    return len(child) == 1 and ask("count(//*[local-name()='Entry'])") == "308"


ok("when the process that holds the documents dies, the next query has them again", librarian_dies)

def without_librarian():
    """What reads no document is answered by the daemon alone: while the librarian stands still."""
    key = key_of(add(6000, "<x:Load xmlns:x='urn:x'>6000</x:Load>"))
    ask("name(/*)")  # which is not answered entry by entry
    child = named("mds-librarian")[0]
    os.kill(child, signal.SIGSTOP)
    until("it has stopped", lambda: stopped(child))
    try:
        many = properties("l:CurrentTime", "l:TerminationTime", "r:QueryExpressionDialect")
        keyed = ask("string(//*[local-name()='Load'][../../../*[.='https://localhost:6000/bes']])")
        own = at_entry(key, f'<r:GetResourceProperty xmlns:r="{RP}" xmlns:g="{SG}">g:Content</r:GetResourceProperty>', reader)[1]
        return ("CurrentTime" in many and "TerminationTime" in many and XPATH in many and ">6000<" in own and keyed == "6000") or print("#", many, own, keyed)
    finally:
        os.kill(child, signal.SIGCONT)


ok("properties of the group without its entries, an entry's own, and what is asked of entries one by one need no process", without_librarian)

def stuck():
    """A librarian that does nothing any more holds up nothing."""
    child = named("mds-librarian")[0]
    os.kill(child, signal.SIGSTOP)
    until("it has stopped", lambda: stopped(child))
    try:
        return mds.stop() == 0 and mds.logged("daemon.end.forced") or print("#", mds.text()[-500:])
    finally:
        os.kill(child, signal.SIGCONT)


ok("SIGTERM ends the index even when that process does nothing any more", stuck)
mds.start()

# ---- what is kept ----
MANY = 20000
size = len("<a/>" * MANY)
scope = " ".join(f'xmlns:p{i}="urn:example:a-namespace-with-a-long-name:{i}"' for i in range(20))
fat = add(5000, "<a/>" * MANY, outer=scope)


def kept():
    status, text = at_entry(key_of(fat), f'<r:GetResourceProperty xmlns:r="{RP}" xmlns:g="{SG}">g:Content</r:GetResourceProperty>', reader)
    db = os.path.getsize(f"{grid.dir}/mds/entries.db-wal")
    return (text.count("<a/>") == MANY and len(text) < size + 8000) or print("#", status, size, len(text), db)


ok("namespaces that are in scope are kept once, not with each of 20,000 elements", kept)
ok("and they are there for whoever needs them", lambda: all(
    f"urn:example:a-namespace-with-a-long-name:{i}" in ask("//*[local-name()='AggregatorData'][count(*)=20000]/namespace::p%d" % i)
    for i in (0, 19)))
ok("reference parameters, which stand alone each, are few", lambda: "reference parameters" in site.soap(
    f'<g:Add xmlns:g="{SG}" {scope}><g:MemberEPR><a:Address xmlns:a="{WSA}">https://localhost:1/b</a:Address>'
    f'<a:ReferenceParameters xmlns:a="{WSA}">{"<b/>" * 5000}</a:ReferenceParameters></g:MemberEPR><g:Content/></g:Add>', path=INDEX)[1])
ok("a registration has a limit, and the fault names it", lambda: mds.stop() == 0 and (start("mds.content_max=64K") or True) and
   "mds.content_max" in add(5001, "<a/>" * MANY)[1])

# ---- a limited proxy reads ----
alice, limited = Client(grid, grid.proxy("alice"), mds.url), Client(grid, grid.proxy("alice", "limited"), mds.url)
mine = key_of(add(6000, "<x/>", alice))
destroy = f'<l:Destroy xmlns:l="{RL}"/>'
ok("a registrar's limited proxy neither registers, nor renews, nor destroys", lambda: all(
    "limited proxy" in text for _, text in (
        add(6001, "<x/>", limited), at_entry(mine, destroy, limited),
        at_entry(mine, f'<l:SetTerminationTime xmlns:l="{RL}"><l:RequestedLifetimeDuration>PT2H</l:RequestedLifetimeDuration>'
                 "</l:SetTerminationTime>", limited))))
ok("but it reads", lambda: ask("1 + 1", limited) == "2")
ok("the full one does", lambda: at_entry(mine, destroy, alice)[0] == 200)


def background():
    """Started without a terminal to stay at: who waits for the end of its output need not wait for its processes."""
    mds.stop()
    words = [f"mds.state={grid.dir}/background", f"mds.listen=127.0.0.1:{mds.port}", f"log.file={grid.dir}/background.log"]
    p = subprocess.run([f"{BIN}/mds", "-c", f"{grid.pki}/gatehouse.conf"] + [x for w in words for x in ("-o", w)],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
    # found by their command line: they are nobody's children here
    found, good = {}, ask("name(/*)") == "agg:AggregatorServiceGroupRP"
    for pid in (int(d) for d in os.listdir("/proc") if d.isdigit()):
        try:  # the process of a query that was answered may just be ending
            with open(f"/proc/{pid}/cmdline") as line, open(f"/proc/{pid}/comm") as name:
                if words[0] in line.read():
                    found[pid] = (name.read().strip(), os.getsid(pid))
        except OSError:
            pass
    mine, sessions = os.getsid(0), [session for _, session in found.values()]
    for pid, (name, _) in found.items():
        if name == "mds":
            os.kill(pid, signal.SIGTERM)
    until("all have ended", lambda: not any(alive(x) for x in found))
    return (p.returncode == 0 and good and len(found) >= 4 and mine not in sessions) or print("#", p, good, found, mine, sessions)


ok("in the background it answers queries too, and none of its processes stays in our session", background)
done()
