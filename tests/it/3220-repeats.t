#!/usr/bin/python3
# A repeated submission names the job that exists, whatever has changed since: the limits are reached, the service takes
# no new jobs, the delegated credential is gone.
import os
import subprocess
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, GATE, GDS, JOBS, MGMT, TOOLS, Client, Gatekeeper, Grid, done, fault, let_go,  # noqa: E402
                       message_id, ok, payload, sh_job)

grid = Grid("alice")
gate = Gatekeeper(grid, ["gatekeeper.jobs_max_user=1"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
host = f"{grid.dir}/host.pem"
with open(host, "w") as out:
    for name in ("hostcert.pem", "hostkey.pem"):
        with open(f"{grid.pki}/{name}") as f:
            out.write(f.read())
admin = Client(grid, host, gate.url)
NOT_ACCEPTING = [f"{{{BES}}}NotAcceptingNewActivitiesFault"]
INVALID = [f"{{{BES}}}InvalidRequestMessageFault"]


def delegation(op, inner=""):
    return payload(*alice.soap(f'<d:{op} xmlns:d="{GDS}">{inner}</d:{op}>'))


new = {c.tag: c.text for c in delegation("getNewProxyReq")}
proxy = subprocess.run([f"{TOOLS}/delegate", grid.proxy("alice")], input=new["proxyRequest"], text=True, stdout=subprocess.PIPE,
                       check=True).stdout
delegation("putProxy", f"<delegationID>{new['delegationID']}</delegationID><proxy>{proxy}</proxy>")
work, key = sh_job(GATE), message_id()
beside = f'<g:DelegationID xmlns:g="{JOBS}">{new["delegationID"]}</g:DelegationID>'
first = alice.create(work, key, beside)


def again():
    return alice.create(work, key, beside) == first


def new_one():
    return fault(alice.create, work, message_id(), beside).names


ok("at the limit of one user's jobs a new one is refused", lambda: new_one() == NOT_ACCEPTING)
ok("... and a repeat of the one that exists is not", again)
ok("other work under its message id is a fault, there as well",
   lambda: fault(alice.create, sh_job("true"), key, beside).names == INVALID)
payload(*admin.soap(f'<m:StopAcceptingNewActivities xmlns:m="{MGMT}"/>'))
ok("a service that takes no new jobs refuses a new one", lambda: new_one() == NOT_ACCEPTING)
ok("... and knows the repeat", again)
gate.stop()
gate.start()
ok("... after a restart, too", again)
delegation("destroy", f"<delegationID>{new['delegationID']}</delegationID>")
ok("a new job with a credential that is gone is refused", lambda: new_one() == INVALID)
ok("... and the repeat of the one that had it is known", again)
let_go(grid.session("alice", first))
ok("the job ends as it would have", lambda: alice.wait(first).exit == 0)
ok("... and is known when it has ended", again)
done()
