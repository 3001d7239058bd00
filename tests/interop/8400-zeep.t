#!/bin/sh
# A portal in Python: zeep (python3-zeep) over mutual TLS with a proxy, from our
# WSDL alone.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"
/usr/bin/python3 -c 'import zeep' 2>/dev/null || skip_all 'python3-zeep is not installed'

gk_grid && gk_start || exit 1
cat >portal.py <<'EOP'
import glob, sys, time
import requests
import zeep
from zeep import xsd

url, proxy, what = sys.argv[1:4]
session = requests.Session()
session.trust_env = False
session.cert = (proxy, proxy)
session.verify = glob.glob("g/certificates/*.0")[0]
client = zeep.Client(url + "/bes?wsdl", transport=zeep.transports.Transport(session=session))
bes = client.bind("BESService", "BESFactoryPort")
POSIX = "{http://schemas.ggf.org/jsdl/2005/11/jsdl-posix}"
OURS = "{urn:gatehouse:jobs:1}"


def create(*command):
    element = client.get_element(POSIX + "POSIXApplication")
    posix = element(Executable={"_value_1": command[0]}, Argument=[{"_value_1": a} for a in command[1:]])
    document = {"JobDefinition": {"JobDescription": {"Application": {"_value_1": [xsd.AnyObject(element, posix)]}}}}
    return bes.CreateActivity(ActivityDocument=document).ActivityIdentifier


def status(activity):
    return bes.GetActivityStatuses(ActivityIdentifier=[activity]).Response[0].ActivityStatus


def ours(st):
    """Our element of the status, whatever stands before it."""
    return [v for v in st._value_1 if hasattr(v, "State")][-1]


def wait(activity, *states):
    while True:
        st = status(activity)
        if st.state in states:
            return st
        assert st.state in ("Pending", "Running"), st
        time.sleep(0.1)


if what == "run":
    st = wait(create("/bin/echo", "from a portal"), "Finished")
    job = ours(st)
    assert job.ExitCode == 0, job
    assert job.Usage.UserSeconds is not None and [t.state for t in job.StateTime][-1] == "Done"
    print(session.get(job.StdoutURL[0]).text, end="")
elif what == "terminate":
    activity = create("/bin/sleep", "1000")
    wait(activity, "Running")
    answer = bes.TerminateActivities(ActivityIdentifier=[activity]).Response[0]
    assert answer.Terminated is True and answer.Fault is None, answer
    print(wait(activity, "Cancelled").state)
elif what == "unknown":
    answer = bes.GetActivityStatuses(ActivityIdentifier=[{"Address": url + "/jobs/none"}]).Response[0]
    assert answer.ActivityStatus is None, answer
    print(answer.Fault.faultstring)
elif what == "fault":
    try:
        create()
    except IndexError:
        pass
    try:
        bes.CreateActivity(ActivityDocument={"JobDefinition": {"JobDescription": {}}})
    except zeep.exceptions.Fault as fault:
        print(fault.detail[0].tag)
elif what == "documents":
    activity = create("/bin/true")
    print(bes.GetActivityDocuments(ActivityIdentifier=[activity]).Response[0].JobDefinition is not None)
elif what == "factory":
    document = bes.GetFactoryAttributesDocument().FactoryResourceAttributesDocument
    print(document.IsAcceptingNewActivities, document.BasicResourceAttributesDocument.OperatingSystem
          .OperatingSystemType.OperatingSystemName)
elif what == "delegation":
    gds = client.bind("BESService", "DelegationPort")
    new = gds.getNewProxyReq()
    assert "CERTIFICATE REQUEST" in new.proxyRequest, new
    print(gds.getInterfaceVersion(), len(new.delegationID) > 8)
EOP
portal() { timeout 120 /usr/bin/python3 portal.py "$URL" g/proxy/alice.pem "$1"; }

ok 'echo is submitted, polled to its end, and its output read' '[ "$(portal run)" = "from a portal" ]'
ok 'a running job is terminated' '[ "$(portal terminate)" = Cancelled ]'
ok 'an activity that does not exist is a fault inside the answer' 'portal unknown | grep "no activity"'
ok 'a bad document is a fault with the detail of BES' 'portal fault | grep "bes-factory}InvalidRequestMessageFault"'
ok 'the document comes back' '[ "$(portal documents)" = True ]'
ok 'the factory describes itself' '[ "$(portal factory)" = "True LINUX" ]'
ok 'delegation stands at the same address' '[ "$(portal delegation)" = "2.1.0 True" ]'
done_testing
