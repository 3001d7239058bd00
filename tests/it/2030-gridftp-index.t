#!/bin/sh
# The data daemon in the index: it registers itself, unprivileged, and leaves.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/g"
mkdir -m 777 mds
start_daemon mds -c g/gatehouse.conf -o mds.listen=127.0.0.1:0 -o "mds.state=$PWD/mds" || exit 1
INDEX=https://localhost:$PORT/wsrf/services/DefaultIndexService
query() { "$BIN/gridindex" query -s "$INDEX" "$1"; }
services() { [ "$(query "count(//*[local-name()=\"StorageService\"])" | grep -o '[0-9]*' | head -1)" = "$1" ]; }

ok 'a storage service appears in the index' '
    start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o "gridftp.index=$INDEX" \
        -o gridftp.index_interval=1 -o log.level=info && wait_until services 1
'
ok 'with its address, protocol and size' '
    query "//*[local-name()=\"StorageEndpoint\"]" >e && grep -q "gsiftp://localhost:$gridftp_PORT<" e &&
    query "//*[local-name()=\"StorageAccessProtocol\"]" | grep -q gsiftp &&
    query "//*[local-name()=\"TotalSize\"]" | grep -q "[0-9]"
'
ok 'whoever registers it is not root' '
    pid=$(pgrep -P "$gridftp_PID") && [ -n "$pid" ] &&
    { [ "$(id -u)" != 0 ] || ! grep -q "^Uid:.*	0	" "/proc/$pid/status"; }
'
# looked_at N: look at what is in the index, until the registration was renewed N times; what has expired is kept
looked_at() {
    query "//*[local-name()=\"StorageService\"]" >quiet && { valid_now quiet || cp quiet expired; } && grid_logged "$PWD/gridftp.log" index.renew "$1"
}
ok 'what a quiet service says of itself holds at every moment, until it is said again' '
    wait_log "$PWD/gridftp.log" index.register && wait_until looked_at 8 && [ ! -e expired ]
'
ok 'it renews, and leaves when the daemon ends' '
    wait_log "$PWD/gridftp.log" index.register && stop_daemon "$gridftp_PID" && wait_until services 0
'
done_testing
