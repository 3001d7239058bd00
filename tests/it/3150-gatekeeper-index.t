#!/bin/sh
# The gatekeeper in the index: it registers itself, and says how busy it is.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"

gk_grid || exit 1
grid_env "$PWD/g" alice
grid_conf "$PWD/g"
printf '[mds]\nlisten = 127.0.0.1:0\nstate = %s\n' "$PWD/mds" >>g/gatehouse.conf
cp g/gatehouse.conf mds.conf
[ "$(id -u)" != 0 ] || mkdir -m 777 mds
start_daemon mds -c "$PWD/mds.conf" || exit 1
INDEX=https://localhost:$PORT/wsrf/services/DefaultIndexService
query() { "$BIN/gridindex" query -s "$INDEX" "$1"; }
entries() { [ "$(query "count(//*[local-name()=\"ComputingService\"])" | grep -o '[0-9]*' | head -1)" = "$1" ]; }

ok 'a computing service appears in the index' '
    GK_CONF="index = $INDEX
index_interval = 1
fork_slots = 3" gk_start && wait_log "$GK_LOG" index.register && entries 1
'
ok 'with its endpoint, description language, share and manager' '
    query "//*[local-name()=\"ComputingEndpoint\"]" >e && grep -q "$URL/bes<" e && grep -q org.ogf.bes e &&
    grep -q jsdl e && query "//*[local-name()=\"ComputingShare\"]" | grep -q fork &&
    query "//*[local-name()=\"ComputingManager\"]" | grep -q fork
'
free() { [ "$(query "string(//*[local-name()=\"FreeSlots\"])" | grep -o '[0-9]\{1,\}' | head -1)" = "$1" ]; }
ok 'free slots follow the jobs' '
    gates go && wait_until free 3 && gk_sh "read x &lt;$PWD/go" && gk_create && R=$JOB && gk_wait "$R" Running &&
    wait_until free 2 && let_go go && wait_until free 3
'
# looked_at N: look at what is in the index, until the registration was renewed N times; what has expired is kept
looked_at() {
    query "//*[local-name()=\"ComputingService\"]" >quiet && { valid_now quiet || cp quiet expired; } && grid_logged "$GK_LOG" index.renew "$1"
}
ok 'what a quiet service says of itself holds at every moment, until it is said again' '
    wait_log "$GK_LOG" index.register && wait_until looked_at 8 && [ ! -e expired ]
'
renewed() { grep -q "audit op=Add decision=allow dn=\"/O=Grid/OU=Test/CN=renewed\"" mds.log; }
ok 'a renewed host certificate is shown to the index without a word from anybody' '
    grid_host "$PWD/g" renewed && wait_log "$GK_LOG" index.credential && wait_until renewed && wait_until entries 1
'
ok 'it leaves when it ends' 'stop_daemon "$GK_PID" && entries 0'
again() { # again KEY=VALUE...: a gatekeeper that renews its registration once a day, registered
    GK_CONF="index = $INDEX
index_interval = 86400
fork_slots = 3
$1" gk_start && wait_log "$GK_LOG" index.register && wait_until free 3
}
ok 'what changes is told at once, not at the next renewal' '
    again && gates on && gk_sh "read x &lt;$PWD/on" && gk_create && R=$JOB && gk_wait "$R" Running && wait_until free 2 &&
    let_go on && wait_until free 3
'
manage() {
    cat g/hostcert.pem g/hostkey.pem >g/proxy/host.pem
    printf '<s:Envelope %s><s:Body><m:%s/></s:Body></s:Envelope>' "$GK_NS" "$1" >request.xml
    gk_post request.xml g/proxy/host.pem
}
draining() { query "//*[local-name()=\"ServingState\"]" | grep -q draining; }
ok 'that it takes no new jobs any more, too' '
    manage StopAcceptingNewActivities && wait_until draining && manage StartAcceptingNewActivities && stop_daemon "$GK_PID"
'
ok 'but no more often than gatekeeper.index_pause says' '
    again "index_pause = 86400" && gk_sh true && gk_create && gk_wait "$JOB" Finished && gk_sh true && gk_create &&
    gk_wait "$JOB" Finished && [ "$(grep -c index.update "$GK_LOG")" = 0 ] && stop_daemon "$GK_PID"
'
done_testing
