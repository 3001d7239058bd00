#!/usr/bin/python3
# What happens to a job is told to its owner event by event, over plain HTTP: nothing twice, nothing left out, and an
# answer that waits for the next one holds no worker of the gatekeeper.
import json
import os
import re
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (GATE, JOBS, WSA, Client, Gatekeeper, Grid, done, let_go, message_id, ok, payload,  # noqa: E402
                       sh_job, until)

HOLD = f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'
WAITS = 20  # more than there are workers
grid = Grid("alice", "bob")
gate = Gatekeeper(grid, ["gatekeeper.workers=2", "gatekeeper.wait_max=3600"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob"), gate.url)


def path(address):
    return "/jobs/" + address.rsplit("/", 1)[1]


def events(address, since=0, wait=0, by=alice):
    status, text = by.request("GET", f"{path(address)}?since={since}&wait={wait}")
    return json.loads(text) if status == 200 else (status, text)


def release(address):
    payload(*alice.soap(f'<g:ReleaseActivities xmlns:g="{JOBS}"><g:ActivityIdentifier><a:Address xmlns:a="{WSA}">{address}'
                        "</a:Address></g:ActivityIdentifier></g:ReleaseActivities>"))


def held():
    """A job that is held, and the number of its last event."""
    address = alice.create(sh_job("exit 3", description=HOLD), message_id())
    alice.wait(address, ("Pending",))
    until("it is held", lambda: events(address)["state"] == "Held")
    return address, events(address)["seq"]


def waiting(n):
    return re.search(r'^gatehouse_waiting\{.*\} (\d+)$', alice.request("GET", "/metrics")[1], re.M).group(1) == str(n)


def begin(address, since, n=1, wait=3600):
    """N callers who wait for news of the job, each with a connection of his own."""
    callers = [alice.raw() for _ in range(n)]
    for c in callers:
        c.sendall(f"GET {path(address)}?since={since}&wait={wait} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return callers


def answer(caller):
    """Status, head and JSON of the answer that CALLER gets."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += caller.recv(65536) or b"\r\n\r\n"
    head, body = text.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    while len(body) < length:
        body += caller.recv(65536)
    return int(head.split()[1]), head.decode(), json.loads(body)


def is_chain(told, first=True):
    """Each event begins where the one before it ended."""
    seqs = [e["seq"] for e in told]
    joined = all(b["from"] == a["to"] for a, b in zip(told, told[1:]))
    return joined and seqs == sorted(set(seqs)) and all(e["reason"] and e["time"] for e in told) and \
        (not first or ("from" not in told[0] and told[0]["event"] == "accept"))


def tells_a_life():
    job = alice.create(sh_job("exit 7"), message_id())
    alice.wait(job)
    told = events(job)
    print(f"# {json.dumps(told)[:1500]}")
    ways = [e["to"] for e in told["events"]]
    return is_chain(told["events"]) and ways[0] == "New" and ways[-1] == "Done" and told["state"] == "Done" and told["final"] and \
        any("exit code 7" in e["reason"] for e in told["events"]) and told["seq"] == told["events"][-1]["seq"]


def why_it_failed():
    job = alice.create(sh_job("true", posix="<p:Input>no-such-file</p:Input>"), message_id())
    st = alice.wait(job)
    reasons = [e["reason"] for e in events(job)["events"]]
    return st.state == "Failed" and st.fault in reasons


def waits_without_a_worker():
    job, seq = held()
    callers = begin(job, seq, WAITS)
    until("all wait", lambda: waiting(WAITS))
    if alice.status(job).inner != "Held":
        return False
    release(job)
    answers = [answer(c) for c in callers]
    for c in callers:
        c.close()
    return all(status == 200 and told["events"][0]["event"] == "release" and told["events"][0]["seq"] > seq
               for status, _, told in answers) and waiting(0)


def wait_has_an_end():
    job, seq = held()
    told = events(job, seq, 1)
    return told["events"] == [] and told["state"] == "Held" and told["seq"] == seq and not told["final"]


def over_is_answered():
    job = alice.create(sh_job("true"), message_id())
    alice.wait(job)
    told = events(job, events(job)["seq"], 3600)
    return told["events"] == [] and told["final"]


def hang_up():
    job, seq = held()
    callers = begin(job, seq, WAITS)
    until("all wait", lambda: waiting(WAITS))
    for c in callers:
        c.close()
    return until("nobody waits any more", lambda: waiting(0))


def follow_to_the_end():
    """Every event once, however the answers cut them; the status is never older than what was told."""
    job = alice.create(sh_job(f"{GATE}; exit 5"), message_id())
    told, seq, final = [], 0, False
    while not final:
        page = events(job, seq, 3600)
        told += page["events"]
        seq, final = page["seq"], page["final"] and not page["more"]
        if final and alice.status(job).state != "Finished":
            return False
        if told[-1]["to"] == "Running":
            let_go(grid.session("alice", job))
    return is_chain(told) and told == events(job)["events"] and alice.status(job).exit == 5


def pages():
    gate.stop()
    gate.start("gatekeeper.list_page=3")
    job = alice.create(sh_job("true"), message_id())
    alice.wait(job)
    told, seq, more = [], 0, True
    while more:
        page = events(job, seq)
        if len(page["events"]) > 3:
            return False
        told += page["events"]
        seq, more = page["seq"], page["more"]
    return is_chain(told) and told[-1]["to"] == "Done"


def refused():
    job, seq = held()
    return [events(job, by=bob)[0], events(job, "x")[0], events(job, -1)[0], events(job, 0, "soon")[0]] == [404, 400, 400, 400] and \
        events(job, seq + 100000)[0] == 409 and "begin anew" in events(job, seq + 100000)[1]


def the_end_answers_all():
    job, seq = held()
    callers = begin(job, seq, WAITS)
    until("all wait", lambda: waiting(WAITS))
    if gate.stop() != 0:
        return False
    answers = [answer(c) for c in callers]
    return all(status == 200 and told["events"] == [] and told["state"] == "Held" and "Connection: close" in head
               for status, head, told in answers)


def capped():
    gate.start("gatekeeper.wait_max=1")
    job, seq = held()
    return events(job, seq, 1000000000)["events"] == []


ok("the life of a job is told as a chain of events, each with its reason", tells_a_life)
ok("the reason of a failure is the fault of the job", why_it_failed)
ok("answers that wait hold no worker, and all come with the next event", waits_without_a_worker)
ok("an answer waits no longer than it was asked to", wait_has_an_end)
ok("of a job that is over nothing is waited for", over_is_answered)
ok("a caller who hangs up waits no more", hang_up)
ok("who follows a job sees every event once, and a status that is not older", follow_to_the_end)
ok("many events come in pages", pages)
ok("another's job, a number that is none and one beyond the end are refused", refused)
ok("SIGTERM answers all that wait", the_end_answers_all)
ok("nobody waits longer than gatekeeper.wait_max", capped)
done()
