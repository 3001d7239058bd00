#!/usr/bin/python3
# submit.py URL COMMAND ARGUMENT... - a portal's job in Python: zeep knows only
# the WSDL that the site serves.  URL is https://host:port; credential and CA are
# X509_USER_PROXY and the PEM file CA (all CAs of the trust directory in one).
# MESSAGE_ID: at-most-once id; DELEGATION: a credential for the job.  Prints the
# job's output, exits with its exit code.
import os
import sys
import time
import uuid

import requests
import zeep

POSIX = "{http://schemas.ggf.org/jsdl/2005/11/jsdl-posix}POSIXApplication"
DELEGATION = "{urn:gatehouse:jobs:1}DelegationID"
url, words = sys.argv[1], sys.argv[2:]


class Once(zeep.Plugin):
    """One wsa:MessageID for one intention: when the answer is lost, the same again is the same job."""

    message_id = os.environ.get("MESSAGE_ID", f"urn:uuid:{uuid.uuid4()}")

    def egress(self, envelope, headers, operation, options):
        if operation.name == "CreateActivity":
            envelope.find(".//{http://www.w3.org/2005/08/addressing}MessageID").text = self.message_id
        return envelope, headers


http = requests.Session()
http.trust_env = False  # this grid, not the web of the environment
http.cert, http.verify = os.environ["X509_USER_PROXY"], os.environ["CA"]
site = zeep.Client(url + "/bes?wsdl", transport=zeep.Transport(session=http), plugins=[Once()])

program = site.get_element(POSIX)
application = zeep.xsd.AnyObject(program, program(Executable=words[0], Argument=words[1:]))
document = {"JobDefinition": {"JobDescription": {"Application": {"_value_1": [application]}}}}
if "DELEGATION" in os.environ:  # what delegate.py printed
    element = site.get_element(DELEGATION)
    document["_value_1"] = [zeep.xsd.AnyObject(element, element(os.environ["DELEGATION"]))]
try:
    job = site.service.CreateActivity(ActivityDocument=document).ActivityIdentifier
except zeep.exceptions.Fault as fault:
    sys.exit(f"not submitted: {fault.message}")
print(job.Address._value_1, file=sys.stderr)


def status():
    """State of BES, and our extension: exit code, URLs, the reason in words."""
    st = site.service.GetActivityStatuses(ActivityIdentifier=[job]).Response[0].ActivityStatus
    return st.state, next(x for x in st._value_1 if "StateTime" in x)


state, more = status()
while state not in ("Finished", "Failed", "Cancelled"):
    time.sleep(0.2)
    state, more = status()
output = http.get(more.StdoutURL[0])
sys.stdout.write(output.text if output.ok else "")
if more.Fault:
    print(f"{state}: {more.Fault}", file=sys.stderr)
sys.exit(more.ExitCode if more.ExitCode is not None else 1)
