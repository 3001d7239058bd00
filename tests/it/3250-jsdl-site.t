#!/usr/bin/python3
# A job is judged against what the site has: processors and memory that are not there are refused, and the refusal says
# what is.  What the document says of itself comes back with it.
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, Client, Gatekeeper, Grid, done, fault, jsdl, ok)  # noqa: E402

grid = Grid("alice")
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=64"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
HERE = os.cpu_count()
RAM = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def resources(element, value, how="Exact"):
    return jsdl("/bin/true", description=f"<j:Resources><j:{element}><j:{how}>{value}</j:{how}></j:{element}></j:Resources>")


def refused(document, *words):
    f = fault(alice.create, document)
    return f.names == [f"{{{BES}}}UnsupportedFeatureFault"] and all(str(w) in f.reason for w in words) or \
        print("#", f.names, f.reason)


def runs(document):
    st = alice.wait(alice.create(document))
    return st.exit == 0 or print("#", st.state, st.fault)


for element in ("IndividualCPUCount", "TotalCPUCount"):
    ok(f"{element} beyond the processors that there are", lambda: refused(resources(element, HERE + 1), element, HERE + 1, HERE))
    ok(f"{element} within them", lambda: runs(resources(element, HERE)))
    ok(f"{element} that may be less", lambda: runs(resources(element, HERE + 1, "UpperBoundedRange")))
ok("physical memory beyond what there is", lambda: refused(resources("IndividualPhysicalMemory", "1e15"), "memory", 10**15, RAM))
ok("... at least so much, too", lambda: refused(resources("IndividualPhysicalMemory", RAM + 1, "LowerBoundedRange"), RAM + 1, RAM))
ok("... and virtual memory", lambda: refused(resources("IndividualVirtualMemory", "1e15"), "virtual memory", 10**15))
ok("a memory limit may be above it", lambda: runs(resources("IndividualPhysicalMemory", "1e15", "UpperBoundedRange")))
ok("a wall time of nothing is refused", lambda: "wall_time 0" in fault(
    alice.create, jsdl("/bin/true", posix="<p:WallTimeLimit>0</p:WallTimeLimit>")).reason)
ok("a scheduler that is not there is told which are", lambda: refused(jsdl(
    "/bin/true", description='<g:Extension xmlns:g="urn:gatehouse:jobs:1"><g:Scheduler>abacus</g:Scheduler></g:Extension>'),
    "abacus", "fork"))


def comes_back():
    a = alice.create(jsdl("/bin/true").replace("<j:JobDefinition ", '<j:JobDefinition id="my-sweep.7" ', 1))
    return alice.each("GetActivityDocuments", a).find(f".//{{{BES}}}JobDefinition").get("id") == "my-sweep.7"


ok("the document's id comes back with the document", comes_back)
done()
