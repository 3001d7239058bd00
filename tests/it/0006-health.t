#!/bin/sh
# What monitoring is told before a user is: what ends soon, what is full, who takes no jobs, and what a reload has found.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"

gk_grid || { echo 'Bail out! no grid'; exit 1; }
G=$PWD/g
host_days() { # DAYS | START END: a host certificate of that life, for the key that there is
    cp $G/hostkey.pem $G/keys/host.key && grid_sign $G/keys/host.pem $G/keys/host.key "$GRID_BASE/CN=localhost" $G/keys/ca "$grid_ee
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,DNS:$grid_fqdn,IP:127.0.0.1" "$@" && cp $G/keys/host.pem $G/hostcert.new && mv $G/hostcert.new $G/hostcert.pem
}
host_days 5 && GRID_CRL_DATES="-crl_lastupdate $(date -u -d '-30 days' +%Y%m%d%H%M%SZ) -crl_nextupdate $(date -u -d '+3 days 1 hour' +%Y%m%d%H%M%SZ)" &&
    grid_crl $G ca || { echo 'Bail out! no certificates'; exit 1; }
GK_CONF="metrics_listen = 127.0.0.1:0"
SPACE=
if [ "$(id -u)" = 0 ]; then
    mkdir space && mount -t tmpfs -o size=1m,mode=755 tmpfs space && SPACE=$PWD/space && cleanup "umount $SPACE"
fi
clear_at() { sed -n 's/.*http.metrics.listen listen=//p' "$1" | head -1; }
health() { curl -s -o health.json -w '%{http_code}' "http://$1/health"; }
ok 'all three start with a certificate that ends in five days, and say so in the log' '
    gk_start && GATE=$(clear_at "$GK_LOG") && wait_log "$GK_LOG" certificate.expires &&
    start_daemon mds -c $G/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.metrics_listen=127.0.0.1:0 \
        -o "mds.state=${SPACE:-$PWD}/mds" && INDEX_LOG=$LOG && INDEX=$(clear_at "$LOG") && wait_log "$LOG" certificate.expires &&
    start_daemon gridftp -c $G/gatehouse.conf -o gridftp.listen=127.0.0.1:0 && FTP_LOG=$LOG && wait_log "$LOG" certificate.expires &&
    grep "certificate.expires name=.*CN=localhost.* days=[45]" "$GK_LOG" && grep "crl.expires name=.*Test CA.* days=3" "$GK_LOG"
'
ok 'a list that has its life before it is no cause for alarm' '
    cp -r $G/certificates fresh && GRID_CRL_DATES="-crldays 7" && grid_crl $G ca && wait_log "$GK_LOG" trust.reload &&
    [ "$(grep -c crl.expires "$GK_LOG")" = 1 ]
'
ok '/health works and warns, with the reason, in JSON' '
    (for at in "$GATE" "$INDEX"; do
        [ "$(health "$at")" = 200 ]; cat health.json
        python3 -c "import json; h = json.load(open(\"health.json\")); c = [x for x in h[\"checks\"] if x[\"name\"] == \"certificate\"]
assert h[\"status\"] == \"warn\" and c[0][\"status\"] == \"warn\" and \"expires in\" in c[0][\"reason\"], h" || exit 1
    done) && curl -sI "http://$GATE/health" | grep -i "content-type: application/json"
'
ok 'what is left of certificate, CAs and lists are metrics' '
    (for at in "$GATE" "$INDEX"; do
        curl -s "http://$at/metrics" >metrics && grep "^gatehouse_certificate_left_seconds{.*CN=localhost\"} 4[0-9]\{5\}$" metrics &&
        grep "^gatehouse_crl_left_seconds{.*CN=Test CA\"} 60[0-9]\{4\}$" metrics && grep "^gatehouse_ca_left_seconds{.*CN=Test CA\"} 315[0-9]\{6\}$" metrics &&
        grep "^gatehouse_build_info{.*version=\"[0-9.]*\"} 1" metrics && grep "^process_resident_memory_bytes [1-9]" metrics &&
        grep "^process_start_time_seconds [1-9]" metrics && grep "^process_open_fds [1-9]" metrics || exit 1
    done)
'
if command -v promtool >/dev/null; then
    ok 'Prometheus finds no fault with their form' '
        (for at in "$GATE" "$INDEX"; do curl -s "http://$at/metrics" >metrics && promtool check metrics <metrics || exit 1; done)
    '
else
    skip 'Prometheus finds no fault with their form' 'no promtool here (package prometheus)'
fi
manage() {
    cat g/hostcert.pem g/hostkey.pem >g/proxy/host.pem
    printf '<s:Envelope %s><s:Body><m:%s/></s:Body></s:Envelope>' "$GK_NS" "$1" >request.xml
    gk_post request.xml g/proxy/host.pem
}
ok 'a gatekeeper that drains says so, and goes on to answer' '
    manage StopAcceptingNewActivities && [ "$(health "$GATE")" = 200 ] && grep "\"name\":\"draining\",\"status\":\"warn\"" health.json &&
    manage StartAcceptingNewActivities && [ "$(health "$GATE")" = 200 ] && ! grep draining health.json
'
ok 'a runner that does not answer is a failure, until it does' '
    kill -STOP $GK_PID && mute() { [ "$(health "$GATE")" = "$1" ]; } && wait_until mute 503 && cat health.json &&
    grep "\"name\":\"runner\",\"status\":\"fail\",\"reason\":\"gatekeeper-runner has not answered" health.json; found=$?
    kill -CONT $GK_PID && wait_until mute 200 && ! grep runner health.json && [ $found = 0 ]
'
if [ -n "$SPACE" ]; then
    ok 'a full disk of its state is a failure, whose reason names the key' '
        { cat /dev/zero >space/fill 2>/dev/null || :; } && [ "$(health "$INDEX")" = 503 ] && cat health.json &&
        grep "\"name\":\"disk\",\"status\":\"fail\",\"reason\":\"the disk of mds.state is full\"" health.json && rm space/fill &&
        [ "$(health "$INDEX")" = 200 ]
    '
else
    skip 'a full disk of its state is a failure, whose reason names the key' 'only root can make a small disk'
fi
ok 'a reload that finds the configuration as it was says so' '
    kill -HUP $GK_PID $mds_PID $gridftp_PID &&
    (for l in "$GK_LOG" "$INDEX_LOG" "$FTP_LOG"; do wait_log "$l" daemon.conf.same || exit 1; done)
'
ok 'one that finds other values names the keys that need a restart, in all three' '
    printf "[gatekeeper]\nretention = 700\n[mds]\nlifetime_max = 700\n" >>$G/gatehouse.conf && kill -HUP $GK_PID $mds_PID $gridftp_PID &&
    (for l in "$GK_LOG" "$INDEX_LOG" "$FTP_LOG"; do
        wait_log "$l" daemon.conf.changed && grep "daemon.conf.changed .*keys=\"gatekeeper.retention mds.lifetime_max\" needs=restart" "$l" || exit 1
    done)
'
ok 'one that finds faults says so, and all is as it was' '
    echo "colour = blue" >>$G/gatehouse.conf && kill -HUP $GK_PID $mds_PID $gridftp_PID &&
    (for l in "$GK_LOG" "$INDEX_LOG" "$FTP_LOG"; do wait_log "$l" daemon.conf.fail && grep "daemon.conf.fail .*colour" "$l" || exit 1; done) &&
    health "$GATE" | grep 200
'
ok 'a certificate that has expired is a failure' '
    host_days 20200101000000Z 20200102000000Z && kill -HUP $GK_PID $mds_PID &&
    expired() { [ "$(health "$1")" = 503 ]; } && (for at in "$GATE" "$INDEX"; do
        wait_until expired "$at" && cat health.json && grep "certificate expired on 2020-01-02" health.json &&
        curl -s "http://$at/metrics" | grep "^gatehouse_certificate_left_seconds{.*} -" || exit 1
    done)
'
done_testing
