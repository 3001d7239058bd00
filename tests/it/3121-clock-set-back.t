#!/usr/bin/python3
"""A clock that is set back while the gatekeeper waits delays nothing: staging, queue, retries."""
import http.server
import os
import sys
import threading

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
from gatedrive import GATE, TOOLS, Client, Gatekeeper, Grid, done, let_go, ok, sh_job  # noqa: E402


class Peer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"data\n")

    do_HEAD = do_GET


peer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
threading.Thread(target=peer.serve_forever, daemon=True).start()
grid = Grid("alice")
env = {"LD_PRELOAD": f"{TOOLS}/clockback.so",
       "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
gate = Gatekeeper(grid, ["gatekeeper.fork_slots=1"], env=env).start()
alice = Client(grid, grid.proxy("alice"), gate.url)


def staged(name):
    return (f"<j:DataStaging><j:FileName>{name}</j:FileName><j:CreationFlag>overwrite</j:CreationFlag>"
            f"<j:Source><j:URI>http://127.0.0.1:{peer.server_port}/f</j:URI></j:Source></j:DataStaging>")


ok("a job's files come although the time of day is set back",
   lambda: alice.wait(alice.create(sh_job("read x <in; test $x = data && exit 7", description=staged("in")))).exit == 7)


def queue():
    first, second = alice.create(sh_job(f"{GATE}; exit 3")), alice.create(sh_job("exit 4"))
    alice.wait(first, ("Running",))
    let_go(grid.session("alice", first))
    return alice.wait(first).exit == 3 and alice.wait(second).exit == 4


ok("... and the queue of the fork scheduler goes on", queue)
ok("... and the gatekeeper ends when it is told to", lambda: gate.stop() == 0)
done()
