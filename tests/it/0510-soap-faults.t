#!/bin/sh
# What the engine refuses, in which words, and to whom it says what.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/echo.sh"

alice='--cert pki/proxy/alice.pem'
# code of the fault, then a part of its reason
is_fault() { # CODE WORDS <answer
    is=$(fault)
    case $is in *":$1|"*"$2"*) ;; *) echo "got: $is"; return 1 ;; esac
}
status() { tail -1 status; }
# calls: BODY HEADER -> the answer in out.xml, its status in status
call() {
    envelope "$1" "$2" >call.xml
    shift 2
    send call.xml -o out.xml -w '%{http_code}\n' "$@" >status
}

ok 'the server runs' 'start_echo'
ok 'an unknown operation, and one in another namespace, are refused by name' '
    call "$(op Nothing x)" "" $alice && [ "$(status)" = 500 ] && is_fault Client "{$ECHO_NS}Nothing" <out.xml &&
    call "<Echo xmlns=\"urn:other\"/>" "" $alice && is_fault Client "{urn:other}Echo" <out.xml &&
    call "<Echo/>" "" $alice && is_fault Client "{}Echo" <out.xml
'
ok 'an envelope of no known version is VersionMismatch' '
    envelope "$(op Echo x)" | sed "s,schemas.xmlsoap.org/soap/envelope/,soap.example/3," >v3.xml &&
    send v3.xml $alice | is_fault VersionMismatch soap.example
'
ok 'a header that must be understood and is not stops the call' '
    call "$(op Echo x)" "<h:T xmlns:h=\"urn:h\" s:mustUnderstand=\"1\"/>" $alice &&
    is_fault MustUnderstand "{urn:h}T" <out.xml &&
    call "$(op Echo x)" "<h:T xmlns:h=\"urn:h\" s:mustUnderstand=\"0\"/>" && [ "$(status)" = 200 ] &&
    call "$(op Echo x)" "<Known xmlns=\"$ECHO_NS\" s:mustUnderstand=\"1\"/>" && [ "$(status)" = 200 ] &&
    call "$(op Echo x)" "<a:Action xmlns:a=\"http://www.w3.org/2005/08/addressing\" s:mustUnderstand=\"1\">x</a:Action>" &&
    [ "$(status)" = 200 ]
'
ok 'bad XML is refused with line and column' '
    printf "<a>\n <b></a>" >bad.xml && send bad.xml $alice | is_fault Client "line 2, column"
'
ok 'a DOCTYPE, 20,000 attributes, 100,000 levels are refused, quickly' '
    printf "<!DOCTYPE a [<!ENTITY x \"y\">]>" >dt.xml && envelope "$(op Echo "&x;")" >>dt.xml &&
    send dt.xml $alice | is_fault Client "document type" &&
    { printf "<a"; i=0; while [ $i -lt 20000 ]; do printf " a%d=\"1\"" $i; i=$((i + 1)); done; printf "/>"; } >attrs.xml &&
    send attrs.xml $alice | is_fault Client "too many attributes" &&
    perl -e "print \"<a>\" x 100000" >deep.xml &&
    send deep.xml $alice | is_fault Client "too deep"
'
ok 'an empty body, an empty Body, two operations are refused' '
    : >empty.xml && send empty.xml $alice | is_fault Client "no document" &&
    call "" "" $alice && is_fault Client "Body is empty" <out.xml &&
    call "$(op Echo 1)$(op Echo 2)" "" $alice && is_fault Client "more than one" <out.xml
'
ok 'a fault of the service has its detail' '
    post "$(op Fail wish)" | tee out.xml | is_fault Client "as you wished" &&
    [ "$(text "count(//detail/*[local-name()=\"Wish\"])" <out.xml)" = 1 ]
'
ok 'the caller with a certificate learns the reason, a stranger a number that the log explains' '
    post "$(op Fail secret)" $alice | is_fault Server "/very/secret" &&
    post "$(op Fail secret)" >out.xml && is_fault Server "input/output error (" <out.xml && ! grep -q secret out.xml &&
    id=$(text "string(//*[local-name()=\"Id\"])" <out.xml) && grep "soap.fault.*secret.*request=$id" "$LOG"
'
ok 'what needs a certificate is refused without one, with the detail kept back' '
    post "$(op Whoami x)" >out.xml && is_fault Client "authentication failed" <out.xml &&
    text "string(//*[local-name()=\"Name\"])" <out.xml | grep NotAuthenticated &&
    [ "$(post "$(op Whoami x)" $alice | reply)" = "$(grid_dn pki alice)" ]
'
ok 'a limited proxy does not do what needs a full one' '
    grid_proxy "$PWD/pki" alice limited && limited="--cert pki/proxy/alice-limited.pem" &&
    post "$(op Whoami x)" $limited >out.xml && is_fault Client "limited proxy" <out.xml &&
    [ "$(text "string(//*[local-name()=\"Failed\"])" <out.xml)" = NotAuthorized ] &&
    [ "$(post "$(op Echo x)" $limited | reply)" = x ] &&
    get $limited -T call.xml "$URL/put/x" && [ "$(get -o out -w "%{http_code}" -T call.xml "$URL/put/x")" = 403 ]
'
wsa='xmlns:a="http://www.w3.org/2005/08/addressing"'
ok 'answers relate to their question, in its version of WS-Addressing' '
    for ns in http://www.w3.org/2005/08/addressing http://schemas.xmlsoap.org/ws/2004/03/addressing; do
        call "$(op Whoami x)" "<a:MessageID xmlns:a=\"$ns\">uuid:7</a:MessageID>" $alice &&
        [ "$(text "string(//*[local-name()=\"RelatesTo\" and namespace-uri()=\"$ns\"])" <out.xml)" = uuid:7 ] &&
        [ "$(text "string(//*[local-name()=\"Action\" and namespace-uri()=\"$ns\"])" <out.xml)" = "$ECHO_NS/WhoamiResponse" ] || exit 1
    done
    call "$(op Whoami x)" "<a:MessageID $wsa>uuid:8</a:MessageID>" &&
    [ "$(text "string(//*[local-name()=\"Action\"])" <out.xml)" = "$ECHO_NS/Fault" ] &&
    call "$(op Nothing x)" "<a:MessageID $wsa>uuid:8</a:MessageID>" &&
    [ "$(text "string(//*[local-name()=\"Action\"])" <out.xml)" = http://www.w3.org/2005/08/addressing/fault ]
'
ok 'an answer is not sent elsewhere' '
    call "$(op Echo x)" "<a:ReplyTo $wsa><a:Address>https://victim.example/</a:Address></a:ReplyTo>" $alice &&
    is_fault Client "victim.example" <out.xml
'
ok 'a body over the limit is refused with 413, a 3 GB one before it is sent' '
    head -c 1100000 /dev/zero >fat && [ "$(send fat -o out -w "%{http_code}")" = 413 ] &&
    truncate -s 3G huge && [ "$(get -o out -w "%{http_code} %{size_upload}" -T huge -X POST -H "Expect:" "$URL/echo" |
        { read -r code sent; echo "$code $sent" >&2; [ "$code" = 413 ] && [ "$sent" -lt 100000000 ] && echo yes; })" = yes ] &&
    [ "$(get -o out -w "%{http_code}" -T huge -X POST -H "Transfer-Encoding: chunked" "$URL/echo")" = 413 ]
'
ok 'who is not admitted is refused, each time anew' '
    stop_daemon "$echo_PID" && ECHO_BAN=$(grid_dn pki alice) && export ECHO_BAN && start_echo &&
    post "$(op Echo x)" $alice | is_fault Client banned && [ "$(post "$(op Echo x)" | reply)" = x ] &&
    [ "$(get -o out -w "%{http_code}" $alice "$URL/file")" = 403 ]
'
done_testing
