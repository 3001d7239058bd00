#!/bin/sh
# Jobs are submitted, run and streamed while thousands of idle TLS connections
# are held to the gatekeeper.  GATEHOUSE_FULL=1: ten thousand.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

many=1000 jobs=5
[ "$GATEHOUSE_FULL" != 1 ] || many=10000 jobs=50
most=$(awk "/Max open files/ { print \$5 }" /proc/self/limits)
[ "$(id -u)" = 0 ] || [ "$most" = unlimited ] || [ "$most" -ge $((many + 300)) ] || many=$((most - 300))
command -v prlimit >/dev/null && prlimit --pid $$ --nofile="$most:$most"

ok 'a CA, a user, a gatekeeper' '
    grid_ca "$PWD/pki" && grid_user "$PWD/pki" alice Alice && grid_account && grid_map "$PWD/pki" alice "$ACCOUNT" &&
    grid_conf "$PWD/pki" && grid_env "$PWD/pki" alice &&
    start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" \
        -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" -o gatekeeper.idle_timeout=3600
'
cat >ask.xml <<'E'
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<GetFactoryAttributesDocument xmlns="http://schemas.ggf.org/bes/2006/08/bes-factory"/></s:Body></s:Envelope>
E
mkfifo hold
"$TOOLS/soapload" -c "localhost:$PORT" -t "$PWD/pki/certificates" -u "$PWD/pki/proxy/alice.pem" -f ask.xml -P /bes \
    -n "$many" -r 100 <hold >load.out 2>&1 &
load=$!
cleanup "kill $load 2>/dev/null; wait $load 2>/dev/null"
exec 3>hold
held() { grep -q "^held" load.out || ! kill -0 "$load"; }
connections() {
    curl -sS --cacert "$(echo pki/certificates/*.0)" "https://localhost:$PORT/metrics" | sed -n "s/^gatehouse_connections{.*} //p"
}
ok "$many connections are made and held" '
    wait_until held && cat load.out && grep "^held $many$" load.out && [ "$(connections)" -ge "$many" ]
'
ok "$jobs jobs meanwhile: accepted, run, streamed, each with its exit code" '(
    for i in $(seq "$jobs"); do
        must_fail "$i" "$BIN/gridrun" -submit -q -s -F "localhost:$PORT" -c /bin/sh -c "echo job $i; exit $i" >out || exit 1
        [ "$(cat out)" = "job $i" ] || exit 1
    done
)'
ok 'all of them are held still' 'kill -0 "$load" && [ "$(connections)" -ge "$many" ]'
exec 3>&-
ok 'the gatekeeper ends cleanly' 'stop_daemon "$gatekeeper_PID" >ended && grep "with 0" ended'
done_testing
