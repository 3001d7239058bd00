#!/bin/sh
# What the data daemon tells of itself over HTTP: transfers, bytes, sessions, who was refused; and that nobody who asks, or who
# asks nothing, keeps it from its work.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_data -o gridftp.metrics_listen=127.0.0.1:0 -o gridftp.sessions_max=20
AT=$(sed -n 's/.*ftp\.metrics\.listen listen=//p' "$LOG")
FTP=$PID FTPLOG=$LOG
metrics() { curl -sS "http://$AT/metrics" >metrics; }
has() { metrics && { grep -E "^$1\$" metrics || { cat metrics; return 1; }; }; }
grid_folder data && head -c 100000 /dev/zero >data/in && chmod 644 data/in

ok 'all counters are there from the start' '
    has "gridftp_logins_total 0" && has "gridftp_transfers_total\{direction=\"in\",result=\"ok\"\} 0" && has "gridftp_sessions 0" &&
    has "gatehouse_build_info\{program=\"gridftp\",version=\"[0-9.]+\"\} 1" && has "process_open_fds [1-9][0-9.]*" &&
    grep "^gatehouse_certificate_left_seconds{program=\"gridftp\",name=\".*CN=localhost\"} [1-9]" metrics
'
ok 'transfers and their bytes are counted by direction, logins too' '
    gridcp() { "$BIN/gridcp" "$@"; }
    gridcp "file://$PWD/data/in" "$U$PWD/data/out" && gridcp "$U$PWD/data/out" "file://$PWD/back" &&
    gridcp "$U$PWD/data/out" "file://$PWD/back2" &&
    counted() { has "gridftp_transfers_total\{direction=\"out\",result=\"ok\"\} 2" >/dev/null; } && wait_until counted &&
    has "gridftp_transfers_total\{direction=\"in\",result=\"ok\"\} 1" && has "gridftp_transfer_bytes_total\{direction=\"in\"\} 100000" &&
    has "gridftp_transfer_bytes_total\{direction=\"out\"\} 200000" && has "gridftp_logins_total [3-9]" &&
    has "gridftp_transfer_seconds_count 3" && has "gridftp_transfer_seconds_bucket\{le=\"\+Inf\"\} 3"
'
ok 'logins that are refused are counted by the reason' '
    grid_proxy $PWD/ca alice stranger && ! X509_USER_PROXY=$PWD/ca/proxy/alice-stranger.pem "$BIN/gridcp" "$U$PWD/data/out" "file://$PWD/no" &&
    has "gridftp_logins_refused_total\{reason=\"authorization\"\} [1-9]" &&
    grid_proxy $PWD/ca alice expired && ! "$BIN/gridcp" -q -s /none "$U/x" file:///dev/null 2>/dev/null
    printf "test it\n" >/dev/null; python3 - "$PORT" <<-P
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	f = s.makefile("rwb", buffering=0)
	f.readline()
	for line in (b"AUTH GSSAPI\r\n", b"ADAT bm8gdG9rZW4=\r\n"):
	    f.write(line)
	    print(f.readline())
	P
    has "gridftp_logins_refused_total\{reason=\"authentication\"\} [1-9]"
'
ok 'sessions that are open are a gauge' '
    python3 - "$PORT" "$AT" <<-P
	import socket, sys, urllib.request
	held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(3)]
	for s in held:
	    s.recv(100)
	text = urllib.request.urlopen("http://" + sys.argv[2] + "/metrics").read().decode()
	assert any(float(x.split()[1]) >= 3 for x in text.splitlines() if x.startswith("gridftp_sessions ")), text
	P
'
ok 'connections over the limit are counted by it' '
    python3 - "$PORT" <<-P
	import socket, sys
	held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(22)]
	print([s.recv(100) for s in held])
	P
    has "gridftp_connections_refused_total\{limit=\"sessions_max\"\} [1-9][0-9]*"
'
ok 'who says nothing keeps nobody else from the metrics, nor from a transfer' '
    python3 - "$AT" "$PORT" <<-P
	import socket, sys, time, urllib.request
	at = sys.argv[1].split(":")
	mute = [socket.create_connection((at[0], int(at[1]))) for _ in range(4)]
	mute[0].send(b"GET /metrics HTTP/1.1\r\nHost: x")
	assert b"gridftp_sessions" in urllib.request.urlopen("http://" + sys.argv[1] + "/metrics").read()
	s = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
	assert s.recv(4) == b"220 "
	for m in mute:  # each is answered all the same, when its time is over
	    m.settimeout(60)
	    assert m.recv(15) == b"HTTP/1.1 200 OK"
	P
'
ok 'more at once than are answered are hung up on, and those who come later are answered' '
    python3 - "$AT" <<-P
	import socket, sys
	at = sys.argv[1].split(":")
	mute = [socket.create_connection((at[0], int(at[1]))) for _ in range(30)]
	print([m.recv(4) for m in mute].count(b""))
	P
    wait_until has "gridftp_sessions [0-9]+"
'
if command -v promtool >/dev/null; then
    ok 'Prometheus finds no fault with their form' 'metrics && promtool check metrics <metrics'
else
    skip 'Prometheus finds no fault with their form' 'no promtool here (package prometheus)'
fi
if [ "$(id -u)" = 0 ]; then
    ok 'who reads the request is not root' '
        python3 - "$AT" "$FTP" <<-P
	import os, socket, sys
	at = sys.argv[1].split(":")
	s = socket.create_connection((at[0], int(at[1])))
	s.send(b"GET ")
	import time
	end = time.monotonic() + 60
	while time.monotonic() < end:
	    owners = []
	    for p in open("/proc/%s/task/%s/children" % (sys.argv[2], sys.argv[2])).read().split():
	        try:
	            fds = [os.readlink("/proc/%s/fd/%s" % (p, f)) for f in os.listdir("/proc/%s/fd" % p)]
	            if sum(x.startswith("socket:") for x in fds) == 1 and open("/proc/%s/comm" % p).read().strip() == "gridftp":
	                owners.append(os.stat("/proc/%s" % p).st_uid)
	        except OSError:
	            pass
	    if owners and 0 not in owners:
	        break
	assert owners and 0 not in owners, owners
	P
    '
else
    skip 'who reads the request is not root' 'nobody here is root'
fi
ok 'it ends cleanly' 'stop_daemon "$FTP"'
done_testing
