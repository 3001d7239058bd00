#!/usr/bin/python3
# A job that another gatekeeper has taken over in the store (its epoch is another one) is that one's: nothing is written
# or done for it here any more, who asks for something is told, and the other jobs go on.
import os
import sqlite3
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import BES, JOBS, WSA, Client, Gatekeeper, Grid, done, message_id, ok, payload, sh_job, until  # noqa: E402

HOLD = f'<g:Extension xmlns:g="{JOBS}"><g:Hold>true</g:Hold></g:Extension>'
grid = Grid("alice")
gate = Gatekeeper(grid).start()
alice = Client(grid, grid.proxy("alice"), gate.url)


def held():
    address = alice.create(sh_job("echo x", description=HOLD), message_id())
    until("it is held", lambda: alice.status(address).inner == "Held")
    return address


def sql(text, *args):
    db = sqlite3.connect(f"{grid.dir}/state/jobs.db", timeout=60)
    rows = db.execute(text, args).fetchall()
    db.commit()
    db.close()
    return rows


def take_over(address):
    sql("UPDATE job SET epoch = epoch + 1000 WHERE id = ?", address.rsplit("/", 1)[1])


def refusal(op, ns, address):
    node = payload(*alice.soap(f'<b:{op} xmlns:b="{ns}"><b:ActivityIdentifier><a:Address xmlns:a="{WSA}">{address}</a:Address>'
                               f"</b:ActivityIdentifier></b:{op}>"))
    return "".join(node.itertext())


ended, released, other = held(), held(), held()
take_over(ended)
take_over(released)
TOLD = "taken over by another gatekeeper"
ok("who ends a job that was taken over is told so", lambda: TOLD in refusal("TerminateActivities", BES, ended))
ok("... and who releases one", lambda: TOLD in refusal("ReleaseActivities", JOBS, released))
ok("it is said in the log", lambda: gate.logged("job.fenced", 2))
ok("the job is shown here no more", lambda: alice.status(ended).refused is not None and alice.status(released).refused is not None)
ok("... and is forgotten: the count of held jobs is that of the others", lambda: until(
    "they are gone", lambda: 'gatekeeper_jobs{state="Held"} 1\n' in alice.request("GET", "/metrics")[1]))
ok("its rows are what they were", lambda: [s for (s,) in sql("SELECT state FROM job ORDER BY n")] == ["Held"] * 3)
alice.each("TerminateActivities", other)
ok("the others go on", lambda: alice.wait(other).state == "Cancelled" and alice.wait(
    alice.create(sh_job("exit 3"), message_id())).exit == 3)
ok("the end is clean", lambda: gate.stop() == 0)
done()
