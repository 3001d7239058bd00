# tests/lib/echo.sh - the echo server for tests of the web-service engine.
# Source it after tap.sh and grid.sh.
#
#   start_echo [OPTION...]          sets PORT, URL, LOG, echo_PID; CA is pki
#   post BODY [curl option...]      the answer of /echo on standard output
#   envelope BODY [HEADER]          a SOAP 1.1 message
#   text XPATH                      of the XML on standard input
#   fault                           code, reason of the fault on standard input
ECHO_NS=urn:gatehouse:echo

start_echo() {
    [ -d pki ] || { grid_ca "$PWD/pki" && grid_user "$PWD/pki" alice Alice; } || return
    grid_conf "$PWD/pki"
    start_daemon "$TOOLS/echo" -c "$PWD/pki/gatehouse.conf" -o mds.listen=127.0.0.1:0 -o log.level=debug "$@" || return
    URL=https://localhost:$PORT
    CA=$(echo "$PWD"/pki/certificates/*.0)
}
get() { curl -sS --max-time 60 --cacert "$CA" "$@"; }
envelope() {
    printf '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">%s<s:Body>%s</s:Body></s:Envelope>' \
        "${2:+<s:Header>$2</s:Header>}" "$1"
}
op() { printf '<e:%s xmlns:e="%s">%s</e:%s>' "$1" "$ECHO_NS" "$2" "$1"; }
# send FILE [curl option...]
send() {
    send_file=$1
    shift
    get -H 'Content-Type: text/xml' --data-binary "@$send_file" "$@" "$URL/echo"
}
post() {
    envelope "$1" >post.xml
    shift
    send post.xml "$@"
}
text() { xmllint --xpath "$1" -; }
reply() { text 'string(//*[local-name()="Body"]/*)'; }
fault() {
    xmllint --xpath 'concat(string(//*[local-name()="faultcode"]), "|", string(//*[local-name()="faultstring"]))' -
}
