#!/bin/sh
# The engine over HTTP: forms of requests, connections, descriptions, ranges.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/echo.sh"

seq 1 200000 >big && chmod 644 big
ECHO_FILE=$PWD/big
export ECHO_FILE
ok 'the server runs' 'start_echo'

ok 'a call is answered' '
    [ "$(post "$(op Echo "a &amp; b")" | reply)" = "a & b" ]
'
ok 'SOAP 1.2 is answered in SOAP 1.2' '
    envelope "$(op Echo hi)" | sed "s,http://schemas.xmlsoap.org/soap/envelope/,http://www.w3.org/2003/05/soap-envelope," >12.xml
    get -D head -H "Content-Type: application/soap+xml" --data-binary @12.xml "$URL/echo" >out.xml
    grep -i "content-type: application/soap+xml" head && grep -q 2003/05/soap-envelope out.xml && [ "$(reply <out.xml)" = hi ]
'
ok 'a chunked body is joined' '
    [ "$(post "$(op Echo chunks)" -H "Transfer-Encoding: chunked" | reply)" = chunks ]
'
ok 'Expect: 100-continue is answered at once' '
    envelope "$(op Echo "$(head -c 20000 /dev/zero | tr "\0" x)")" >20k.xml
    send 20k.xml -v -H "Expect: 100-continue" --expect100-timeout 30 2>trace >out.xml && grep -q "100 Continue" trace &&
    ! grep -qi "timeout" trace && [ "$(reply <out.xml | wc -c)" = 20001 ]
'
ok 'an absolute target is reduced to its path' '
    [ "$(post "$(op Echo abs)" --request-target "https://elsewhere.example/echo" | reply)" = abs ]
'
ok 'connections are kept, Connection: close is honoured at once' '
    envelope "$(op Echo x)" >x.xml
    get -v --data-binary @x.xml "$URL/echo" --next -sS --cacert "$CA" --data-binary @x.xml "$URL/echo" 2>trace >/dev/null &&
    grep -q "Re-using existing connection" trace &&
    send x.xml -D head -H "Connection: close" >/dev/null && grep -qi "^connection: close" head
'
ok 'HTTP/1.0 gets an answer and the end of the connection' '
    send x.xml -0 -D head >out.xml && [ "$(reply <out.xml)" = x ] && grep -qi "^connection: close" head
'
ok 'HEAD has the length of GET and no body' '
    get -I "$URL/health" >head && grep -qi "^content-length: $(get "$URL/health" | wc -c)" head && get "$URL/health" | grep -F "{\"status\":\"ok\",\"checks\":[]}"
'
ok 'what is not there is 404, a wrong method 405' '
    [ "$(get -o out -w "%{http_code}" "$URL/no")" = 404 ] &&
    [ "$(get -o out -w "%{http_code}" -X DELETE "$URL/file")" = 405 ] &&
    [ "$(get -o out -w "%{http_code}" "$URL/echo")" = 405 ] && grep -q wsdl out
'
ok 'a description is served with our address, its schemas beside it' '
    get "$URL/echo?wsdl" >echo.wsdl && grep -q "location=\"$URL/bes\"" echo.wsdl && ! grep -q ":8443" echo.wsdl &&
    xsd=$(xmllint --xpath "string(//*[local-name()=\"import\"]/@schemaLocation)" echo.wsdl) && [ "${xsd#echo?xsd=}" != "$xsd" ] &&
    get "$URL/$xsd" >one.xsd && xmllint --noout one.xsd &&
    [ "$(get -o out -w "%{http_code}" "$URL/echo?xsd=../../etc/passwd")" = 404 ]
'
ok 'every file of wsdl/ is served, and is well-formed' '
    for f in "$SRC"/wsdl/*.xsd "$SRC"/wsdl/*.wsdl; do
        get -f "$URL/echo?xsd=$(basename "$f")" | xmllint --noout - || { echo "$f"; exit 1; }
    done
'
ok 'zeep loads the description over TLS and finds its operations' '
    REQUESTS_CA_BUNDLE=$CA /usr/bin/python3 -c "
import sys, zeep
c = zeep.Client(sys.argv[1])
assert any(\"CreateActivity\" in s.ports[p].binding._operations for s in c.wsdl.services.values() for p in s.ports), c.wsdl.services
" "$URL/echo?wsdl"
'
ok 'a file is served whole and in ranges' '
    get "$URL/file" | cmp - big && size=$(wc -c <big) &&
    get -D head -r 100-299 "$URL/file" >part && dd if=big bs=1 skip=100 count=200 2>/dev/null | cmp - part &&
    grep -q " 206 " head && grep -qi "content-range: bytes 100-299/$size" head &&
    get -r -10 "$URL/file" >part && tail -c 10 big | cmp - part &&
    get -r 1288890- "$URL/file" >part && tail -c +1288891 big | cmp - part &&
    [ "$(get -o out -w "%{http_code}" -r 99999999- "$URL/file")" = 416 ]
'
ok 'a route takes other methods and bodies' '
    [ "$(get --cert pki/proxy/alice.pem -T 20k.xml "$URL/put/a%20b")" = "PUT $(wc -c <20k.xml) /put/a b" ]
'
ok 'metrics count connections, handshakes, requests and bytes' '
    get "$URL/metrics" >m && grep -q "^gatehouse_connections{program=\"echo\"} [1-9]" m &&
    grep -q "^gatehouse_handshakes_total{program=\"echo\",result=\"ok\"} [1-9]" m &&
    grep -q "operation=\"Echo\",result=\"ok\"} [1-9]" m && grep -q "^gatehouse_request_seconds_count.* [1-9]" m &&
    grep -q "^gatehouse_sent_bytes_total.* [1-9]" m && grep -q "^gatehouse_queue_length" m && grep -q "^echo_own_metric 7" m &&
    [ "$(grep -v "^#" m | sed "s/ [^ ]*$//" | sort | uniq -d | wc -l)" = 0 ]
'
ok 'the length of the queue is never below 0, that is endless' '
    get "$URL/metrics?[1-300]" >m && [ "$(grep -c "^gatehouse_queue_length" m)" = 300 ] &&
    [ "$(grep -c "^gatehouse_queue_length.* [0-9]\{1,4\}$" m)" = 300 ]
'
ok 'a large answer comes whole to a slow reader while others are served' '
    envelope "$(op Big 30000000)" >big.xml && send big.xml --limit-rate 20M >large.xml & slow=$!
    [ "$(post "$(op Echo quick)" | reply)" = quick ] && wait $slow && [ "$(wc -c <large.xml)" -gt 30000000 ]
'
ok 'it ends cleanly' 'stop_daemon "$echo_PID" >ended && grep "with 0" ended && grep -q daemon.end "$LOG"'

ok 'metrics can have an address of their own, without TLS, and nothing else there' '
    start_echo -o mds.metrics_listen=127.0.0.1:0 && wait_log "$LOG" http.metrics.listen &&
    m=$(sed -n "s/.*http.metrics.listen listen=//p" "$LOG") && curl -sS "http://$m/metrics" | grep -q "^gatehouse_connections" &&
    [ "$(curl -sS "http://$m/health")" = "{\"status\":\"ok\",\"checks\":[]}" ] && [ "$(curl -sS -o out -w "%{http_code}" "http://$m/file")" = 404 ] &&
    [ "$(get -o out -w "%{http_code}" "$URL/metrics")" = 404 ] &&
    [ "$(curl -sS -o out -w "%{http_code}" -d x "http://$m/echo")" = 404 ]
'
it_waits() { grep -qs http.listen.wait ./*.log; }
# A killed predecessor's port is free only when the kernel has taken all of it.
ok 'an address in use is waited for, a moment' '
    p=$(grid_port) && { perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(Listen => 1, LocalAddr => qq(127.0.0.1:$p)); sleep" & holder=$!; } &&
    wait_until perl -MIO::Socket::INET -e "exit !IO::Socket::INET->new(qq(127.0.0.1:$p))" &&
    { (wait_until it_waits && kill $holder) & } && start_echo -o "mds.listen=127.0.0.1:$p" &&
    grep -q "http.listen.wait listen=127.0.0.1:$p" "$LOG" && [ "$(post "$(op Echo late)" | reply)" = late ]
'
done_testing
