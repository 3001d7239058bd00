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

registrar() { pgrep -P "$gridftp_PID" gridftp-reg; }
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
    pid=$(registrar) && [ -n "$pid" ] &&
    { [ "$(id -u)" != 0 ] || ! grep -q "^Uid:.*	0	" "/proc/$pid/status"; }
'
# looked_at N: look at what is in the index, until the registration was renewed N times; what has expired is kept
looked_at() {
    query "//*[local-name()=\"StorageService\"]" >quiet && { valid_now quiet || cp quiet expired; } && grid_logged "$PWD/gridftp.log" index.renew "$1"
}
ok 'what a quiet service says of itself holds at every moment, until it is said again' '
    wait_log "$PWD/gridftp.log" index.register && wait_until looked_at 8 && [ ! -e expired ]
'
renewed() { grep -q "audit op=Add decision=allow dn=\"/O=Grid/OU=Test/CN=renewed\"" mds.log; }
ok 'a renewed host certificate is shown to the index without a word from anybody' '
    grid_host "$PWD/g" renewed && wait_log "$PWD/gridftp.log" index.credential && wait_until renewed && wait_until services 1
'
ok 'a registrar that was killed is started again, and registers' '
    kill -KILL "$(registrar)" && wait_log "$PWD/gridftp.log" ftp.index.fail &&
    wait_log "$PWD/gridftp.log" index.register 3 && wait_until services 1 && [ -n "$(registrar)" ]
'
mkdir -m 777 logs
"$BIN/gridftp" -F -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o "gridftp.index=$INDEX" -o gridftp.index_interval=1 \
    -o log.level=info -o "log.file=$PWD/logs/now" &
other=$!
cleanup "kill $other 2>/dev/null; wait $other 2>/dev/null"
ok 'after SIGHUP it writes to the new log file, as the daemon does' '
    wait_log logs/now index.renew && mv logs/now logs/before && kill -HUP "$other" && wait_log logs/now index.renew &&
    kill "$other" && wait "$other"
'
ok '-t sees what registration needs: URLs of web services, a trust directory that its account can read' '
    "$BIN/gridftp" -t -c g/gatehouse.conf -o "gridftp.index=$INDEX" && {
        must_fail 78 "$BIN/gridftp" -t -c g/gatehouse.conf -o gridftp.index=gsiftp://localhost:1/x >said 2>&1
        grep "gridftp: gridftp.index: .gsiftp://localhost:1/x. is not a URL .* these schemes: https" said
    } && {
        cp -r g/certificates closed && chmod 0 closed
        [ "$(id -u)" != 0 ] ||
            must_fail 78 "$BIN/gridftp" -t -c g/gatehouse.conf -o "gridftp.index=$INDEX" -o "security.certificates=$PWD/closed" >said 2>&1
        [ "$(id -u)" != 0 ] || grep "gridftp-register: gridftp.index: .*closed" said
    }
'
ok 'it renews, and leaves when the daemon ends' '
    wait_log "$PWD/gridftp.log" index.register && stop_daemon "$gridftp_PID" && wait_until services 0
'
done_testing
