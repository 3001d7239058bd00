#!/bin/sh
# Bad certificates fail the handshake, and our log says which and why; kept
# connections are judged again with each request.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/echo.sh"

ok 'the server runs' 'start_echo'
ok 'proxies, limited and of two levels, are taken' '
    for kind in full limited two; do
        grid_proxy "$PWD/pki" alice $kind || exit 1
        [ "$(post "$(op Echo $kind)" --cert pki/proxy/alice-$kind.pem | reply)" = $kind ] || exit 1
    done
    [ "$(post "$(op Whoami x)" --cert pki/proxy/alice-two.pem | reply)" = "$(grid_dn pki alice)" ]
'
turned_away() { ! post "$(op Echo x)" --cert "$1" >out 2>err; }
# refused KIND WORDS: that kind of proxy, and what the log says of it.  The trust directory, where a new list may be,
# is looked at once a second.
refused() {
    before=$(grep -c http.handshake.fail "$LOG")
    grid_proxy "$PWD/pki" alice "$1" && wait_until turned_away "pki/proxy/alice-$1.pem" || return
    wait_log "$LOG" http.handshake.fail $((before + 1)) || return
    grep http.handshake.fail "$LOG" | tail -1 | tee said | grep -i "$2" || { cat said; return 1; }
}
ok 'an expired proxy' 'refused expired expired'
ok 'one of an unknown CA' 'refused untrusted "trust\|issuer\|unknown"'
ok 'one of a CA of the same name' 'refused forged "signature\|trust\|issuer"'
ok 'one that signed itself' 'refused selfsigned "self"'
ok 'one outside the signing policy' 'refused badpolicy polic'
ok 'one of the old kind' 'refused legacy "proxy\|legacy\|CA"'
ok 'a full one below a limited one' 'refused full-below-limited limited'
ok 'one with an unknown policy language' 'refused language "language\|policy"'
ok 'a revoked certificate, as soon as the list is there' 'refused revoked revoked'
ok 'the failures are counted by reason, and good ones go on' '
    get "$URL/metrics" | grep "handshakes_total.*authn.* 9" && [ "$(post "$(op Echo x)" --cert pki/proxy/alice.pem | reply)" = x ]
'
# kept NAME WORD COMMAND: NAME's kept connection is answered until COMMAND was run, then refused with WORD and closed; what
# it is told names no directory of ours.
kept() {
    /usr/bin/python3 - "$PORT" "$CA" "$PWD/pki" "$@" <<-"E"
	import socket, ssl, subprocess, sys, time
	port, ca, pki, name, word, command = sys.argv[1:]
	context = ssl.create_default_context(cafile=ca)
	context.load_cert_chain(pki + "/proxy/" + name + ".pem")
	s = context.wrap_socket(socket.create_connection(("localhost", int(port)), 60), server_hostname="localhost")
	body = ("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><e:Whoami "
	        "xmlns:e=\"urn:gatehouse:echo\"/></s:Body></s:Envelope>").encode()
	def call():
	    s.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
	    data = b""
	    while b"</soapenv:Envelope>" not in data:
	        piece = s.recv(65536)
	        assert piece, data
	        data += piece
	    return data
	assert b"CN=Bob<" in call()
	subprocess.run(["sh", "-c", command], check=True)
	for i in range(600):
	    answer = call()
	    if word.encode() in answer:
	        break
	    assert b"CN=Bob<" in answer, answer
	    time.sleep(0.1)
	assert word.encode() in answer and b"connection: close" in answer.lower(), answer
	assert pki.encode() not in answer, answer
	assert s.recv(1) == b""
	E
}
ok 'a connection that is kept is judged again: its list broken in between, it is refused, told why, and closed' '
    grid_user "$PWD/pki" bob Bob && kept bob "cannot be read" "for list in $PWD/pki/certificates/*.r0; do echo nonsense >\$list; done" &&
    grid_crl "$PWD/pki" ca
'
ok 'and revoked in between' '
    answered() { [ "$(post "$(op Echo x)" --cert pki/proxy/bob.pem | reply)" = x ]; }
    wait_until answered && kept bob revoked ". \"$SRC/tests/lib/grid.sh\"; grid_log=log; grid_crl \"$PWD/pki\" ca \"$(
        openssl x509 -in pki/keys/bob.pem -noout -serial | cut -d= -f2)\""
'
ok 'a renewed host certificate is used for new connections' '
    old=$(openssl x509 -in pki/hostcert.pem -noout -serial) &&
    grid_sign "$PWD/pki/hostcert.pem.new" "$PWD/pki/hostkey.pem" "$GRID_BASE/CN=localhost" "$PWD/pki/keys/ca" "$grid_ee
subjectAltName=DNS:localhost" && mv pki/hostcert.pem.new pki/hostcert.pem && kill -HUP "$echo_PID" &&
    wait_log "$LOG" echo.renewed &&
    now=$(openssl s_client -connect "127.0.0.1:$PORT" -servername localhost </dev/null 2>/dev/null |
        openssl x509 -noout -serial) && echo "$old $now" && [ "$now" = "$(openssl x509 -in pki/hostcert.pem -noout -serial)" ] &&
    [ "$now" != "$old" ]
'
ok 'TLS 1.1 is not spoken, 1.2 and 1.3 are' '
    for v in 1.2 1.3; do get --tlsv$v --tls-max $v "$URL/health" || exit 1; done
    ! get --ciphers DEFAULT@SECLEVEL=0 --tlsv1.0 --tls-max 1.1 "$URL/health"
'
done_testing
