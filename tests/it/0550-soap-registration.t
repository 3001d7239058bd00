#!/bin/sh
# A service keeps itself in the index: Add, renewal, a change, the index lost
# and found again, and its leave.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

start_index() {
    start_daemon mds -c "$PWD/pki/gatehouse.conf" -o "mds.listen=127.0.0.1:${1:-$(grid_port)}" -o mds.state="$PWD/state" 3>&-
}
# published: the number of free slots in the index, "none" without an entry
published() {
    printf '%s' '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><rp:QueryResourceProperties
        xmlns:rp="http://docs.oasis-open.org/wsrf/rp-2"><rp:QueryExpression
        Dialect="http://www.w3.org/TR/1999/REC-xpath-19991116"
        >//*[local-name()="FreeSlots"]</rp:QueryExpression></rp:QueryResourceProperties></e:Body></e:Envelope>' |
        curl -s --cacert pki/certificates/*.0 -H 'Content-Type: text/xml' --data-binary @- \
            "https://localhost:$mds_PORT/wsrf/services/DefaultIndexService" >answer.xml || return
    xmllint --xpath 'string(//*[local-name()="FreeSlots"])' answer.xml | sed 's/^$/none/'
}
is_published() { [ "$(published)" = "$1" ]; }

ok 'an index runs' '
    mkdir -m 777 state && grid_ca "$PWD/pki" && grid_conf "$PWD/pki" && start_index && index_port=$PORT
'
mkfifo slots
"$TOOLS/register" "https://localhost:$index_port/wsrf/services/DefaultIndexService" https://localhost:9/bes \
    "$PWD/pki/certificates" "$PWD/pki/hostcert.pem" "$PWD/pki/hostkey.pem" 1 <slots >register.log 2>&1 &
register=$!
cleanup "kill $register 2>/dev/null; wait $register 2>/dev/null"
exec 3>slots
ok 'a service registers what it says of itself' '
    wait_log register.log index.register && [ "$(published)" = 7 ]
'
ok 'it renews as long as nothing changes' '
    wait_log register.log index.renew 2
'
ok 'what changed is published, in the same entry' '
    echo 3 >&3 && wait_until is_published 3 &&
    [ "$(grep -c "op=Add " "$LOG")" -ge 2 ] && [ "$(grep "op=Add " "$LOG" | sed "s/.* id=\([^ ]*\).*/\1/" | sort -u | wc -l)" = 1 ]
'
ok 'an index that is away is told again when it is back, its entries gone' '
    stop_daemon "$mds_PID" && wait_log register.log index.fail && rm -rf state && mkdir -m 777 state &&
    start_index "$index_port" && wait_until is_published 3 && [ "$(grep -c index.register register.log)" = 2 ]
'
ok 'at its end it leaves the index' '
    exec 3>&- && wait "$register" && grep -q "index.leave.*reason=ok" register.log && [ "$(published)" = none ]
'
ok 'nothing registers whom the index does not believe' '
    grid_user "$PWD/pki" eve Eve && "$TOOLS/register" "https://localhost:$index_port/wsrf/services/DefaultIndexService" \
        https://localhost:9/bes "$PWD/pki/certificates" "$PWD/pki/evecert.pem" "$PWD/pki/evekey.pem" 1 <slots >eve.log 2>&1 3>&- &
    eve=$!
    exec 3>slots
    wait_log eve.log index.fail && exec 3>&- && wait "$eve" && grep "index.fail.*reason=" eve.log && [ "$(published)" = none ]
'
done_testing
