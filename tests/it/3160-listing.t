#!/usr/bin/python3
# GET of a job's files/ and of any directory below it: what is there, a line for
# each with facts and a name that can be put behind the address.  The owner's alone.
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import Client, Gatekeeper, Grid, done, ok, sh_job  # noqa: E402

grid = Grid("alice", "bob")
gate = Gatekeeper(grid).start()
alice, bob = (Client(grid, grid.proxy(u), gate.url) for u in ("alice", "bob"))
job = alice.create(sh_job("mkdir -p sub/deep empty; echo 12345 >plain; : >'a b#c?.txt'; n=$(printf '\\303\\244')%41; echo x >\"$n\"; echo y >sub/in; "
                          "ln -s /etc/passwd link; ln -s / out; mkfifo pipe; echo n >\"$(printf 'new\\nline')\"; "
                          "i=0; while [ $i -lt 300 ]; do : >sub/deep/$i; i=$((i+1)); done"))
alice.wait(job)
FILES = job[len(gate.url):] + "/files/"


def names(path=""):
    status, text = alice.request("GET", FILES + path)
    if status != 200:
        raise RuntimeError(f"{status} {text}")
    return [line.split("; ", 1)[1] for line in text.splitlines()]


def facts(name, path=""):
    for line in alice.request("GET", FILES + path)[1].splitlines():
        head, _, n = line.partition("; ")
        if n == name:
            return dict(f.split("=", 1) for f in head.split(";"))
    return None


ok("a line for each, by name, directories with a slash", lambda: names() == sorted(names(), key=urllib.parse.unquote_to_bytes) and set(names()) == {
    "a%20b%23c%3F.txt", "%C3%A4%2541", "plain", "sub/", "empty/", "link", "out", "pipe", "new%0Aline", "stdout", "stderr"}
   or print("#", names()))
ok("facts: type, size, time", lambda: facts("plain")["type"] == "file" and facts("plain")["size"] == "6" and
   re.fullmatch(r"\d{14}", facts("plain")["modify"]) and facts("sub/")["type"] == "dir" and "size" not in facts("sub/") and
   facts("link")["type"] == "OS.unix=slink" and facts("pipe")["type"] == "OS.unix=other")
ok("each file that is named can be had under its name, but for control characters", lambda: alice.request("GET", FILES + "plain")[1] == "12345\n" and
   all(alice.request("GET", FILES + n)[0] == 200 for n in names()
       if facts(n)["type"] == "file" and "%0A" not in n))
ok("directories below, empty ones, many entries", lambda: names("sub/") == ["deep/", "in"] and names("empty/") == [] and
   len(names("sub/deep/")) == 300)
ok("the type of the answer is text", lambda: [alice.request("GET", FILES), alice.conn.request("GET", FILES)] and
   alice.conn.getresponse().getheader("Content-Type") == "text/plain; charset=utf-8")
alice.close()
ok("what is not there, and what is not a directory, is not found or refused", lambda: [
    alice.request("GET", FILES + p)[0] for p in ("none/", "plain/", "out/", "link/", "../", "sub/../", "sub//")] ==
   [404, 404, 403, 403, 403, 403, 403] or print("#", [(p, alice.request("GET", FILES + p)) for p in (
       "none/", "plain/", "out/", "link/", "../", "sub/../", "sub//")]))
ok("what is the gatekeeper's own is neither named nor listed", lambda: ".gatehouse/" not in names() and
   alice.request("GET", FILES + ".gatehouse/")[0] == 403 and alice.request("GET", FILES + ".gatehouse/job/")[0] == 403)
ok("another's are as if they were not there", lambda: bob.request("GET", FILES) == bob.request(
    "GET", re.sub(r"[0-9a-f-]{36}", "00000000-0000-4000-8000-000000000000", FILES)) or
   bob.request("GET", FILES)[0] == 404)
ok("nobody gets none", lambda: Client(grid, None, gate.url).request("GET", FILES)[0] in (401, 403))
ok("a limited proxy reads them", lambda: Client(grid, grid.proxy("alice", "limited"), gate.url).request("GET", FILES)[0] == 200)
done()
