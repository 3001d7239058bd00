#!/usr/bin/python3
# What can never be staged is refused when the job is submitted, in words for who wrote it: a scheme that this site does
# not stage by, however it is written, a blank in a URL, GridFTP without a delegated credential.
import os
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import (BES, Client, Gatekeeper, Grid, done, esc, fault, jsdl, ok)  # noqa: E402

grid = Grid("alice")
gate = Gatekeeper(grid).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
UNSUPPORTED, INVALID = ([f"{{{BES}}}{f}Fault"] for f in ("UnsupportedFeature", "InvalidRequestMessage"))


def refused(url, names, *words, without=()):
    for end in ("Source", "Target"):
        f = fault(alice.create, jsdl("/bin/true", description="<j:DataStaging><j:FileName>f</j:FileName><j:CreationFlag>overwrite"
                                     f"</j:CreationFlag><j:{end}><j:URI>{esc(url)}</j:URI></j:{end}></j:DataStaging>"))
        if f.names != names or not all(w in f.reason for w in words) or any(w in f.reason for w in without):
            return print("#", end, f.names, f.reason)
    return True


for uri, scheme in (("rns:/home/x", "rns"), ("mailto:alice@example.org", "mailto"), ("data:,hello", "data"), ("urn:x:y", "urn")):
    ok(f"{uri}: its scheme is told, and those that there are",
       lambda: refused(uri, UNSUPPORTED, f"'{scheme}'", "gsiftp ftp http https", without=("file",)))
ok("a scheme of another site's", lambda: refused("srm://h/x", UNSUPPORTED, "srm"))
ok("a file of the site's own", lambda: refused("file:///etc/passwd", UNSUPPORTED, "file://", "gsiftp ftp http https"))
ok("a bare path is not a URL", lambda: refused("/etc/passwd", INVALID, "not a URL"))
for url in ("http://h/a b", "http://h/ a"):
    ok(f"a blank in {url!r}", lambda: refused(url, INVALID, "%20"))
ok("gsiftp without a delegated credential", lambda: refused("gsiftp://localhost/x", INVALID, "DelegationID", "putProxy",
                                                            without=("gridproxy", "x509up")))
ok("... however it is written", lambda: refused("GSIFTP://localhost/x", INVALID, "DelegationID"))
done()
