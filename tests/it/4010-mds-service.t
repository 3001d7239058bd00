#!/bin/sh
# The index over the wire: register, query, renew, expire, destroy, refuse.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

SG=http://docs.oasis-open.org/wsrf/sg-2
RP=http://docs.oasis-open.org/wsrf/rp-2
RL=http://docs.oasis-open.org/wsrf/rl-2
DSG=http://docs.oasis-open.org/wsrf/2004/06/wsrf-WS-ServiceGroup-1.2-draft-01.xsd
DRP=http://docs.oasis-open.org/wsrf/2004/06/wsrf-WS-ResourceProperties-1.2-draft-01.xsd
AGG=http://mds.globus.org/aggregator/types
XPATH=http://www.w3.org/TR/1999/REC-xpath-19991116

# soap FILE [HEADERS]: an envelope around standard input
envelope() {
    printf '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>%s</e:Header><e:Body>' "$1"
    cat
    printf '</e:Body></e:Envelope>'
}
# post PATH CREDENTIAL OUT [HEADERS] <body: the answer in OUT, its HTTP status on stdout.  CREDENTIAL: host, a
# proxy's name, or none.
post() {
    envelope "${4:-}" >request.xml
    case $2 in
    none) set -- "$1" "$2" "$3" ;;
    host) set -- "$1" "$2" "$3" --cert pki/hostcert.pem --key pki/hostkey.pem ;;
    *) set -- "$1" "$2" "$3" --cert "pki/proxy/$2.pem" ;;
    esac
    path=$1 out=$3
    shift 3
    curl -s -o "$out" -w '%{http_code}\n' "$@" --cacert pki/certificates/*.0 -H 'Content-Type: text/xml' \
        --data-binary @request.xml "https://localhost:$PORT/wsrf/services/$path"
}
add() { # add MEMBER CREDENTIAL OUT [LIFETIME]
    post DefaultIndexService "$2" "$3" <<-E
	<sg:Add xmlns:sg="$SG"><sg:MemberEPR><wsa:Address xmlns:wsa="http://www.w3.org/2005/08/addressing">$1</wsa:Address>
	</sg:MemberEPR><sg:Content><agg:AggregatorConfig xmlns:agg="$AGG"/><agg:AggregatorData xmlns:agg="$AGG">
	<x:Load xmlns:x="urn:x" n="1">7</x:Load></agg:AggregatorData></sg:Content>
	<sg:InitialTerminationTime>${4:-PT1H}</sg:InitialTerminationTime></sg:Add>
	E
}
query() { # query EXPRESSION [CREDENTIAL]: the answer's text
    post DefaultIndexService "${2:-none}" q.xml >/dev/null <<-E
	<rp:QueryResourceProperties xmlns:rp="$RP"><rp:QueryExpression Dialect="$XPATH">$1</rp:QueryExpression>
	</rp:QueryResourceProperties>
	E
    xmllint --xpath 'string(//*[local-name()="QueryResourcePropertiesResponse"])' q.xml
}
count() { [ "$(query "count(//*[local-name()='Entry'])")" = "$1" ] || { cat q.xml; return 1; }; }
key() { xmllint --xpath 'string(//*[local-name()="EntryKey"])' "$1"; }
keyed() { printf '<a:EntryKey xmlns:a="%s">%s</a:EntryKey>' "$AGG" "$1"; }
fault() { xmllint --xpath 'string(//*[local-name()="faultstring"])' "$1"; }
# valid FILE: the Body's child against our schemas
valid() {
    xmllint --xpath '//*[local-name()="Body"]/*' "$1" >payload.xml
    xmllint --nonet --noout --schema driver.xsd payload.xml
}
{
    echo '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    for s in sg rp rl r bf; do
        printf '<xs:import namespace="http://docs.oasis-open.org/wsrf/%s-2" schemaLocation="%s/wsdl/wsrf-%s.xsd"/>' "$s" "$SRC" "$s"
    done
    echo '</xs:schema>'
} >driver.xsd

ok 'a CA, a user, the index' '
    grid_ca "$PWD/pki" && grid_user "$PWD/pki" alice Alice && grid_proxy "$PWD/pki" alice expired &&
    grid_conf "$PWD/pki" && start_daemon mds -c pki/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.state="$PWD/state"
'
ok 'a host registers its own service' '
    [ "$(add "https://localhost:1/bes" host a.xml)" = 200 ] && valid a.xml && [ -n "$(key a.xml)" ]
'
ok 'anybody finds it, by name or by prefix' '
    count 1 && [ "$(query "string(//*[local-name()=&apos;Load&apos;])")" = 7 ] &&
    [ "$(query "string(//wssg:MemberServiceEPR/wsa:Address)")" = https://localhost:1/bes ] && valid q.xml
'
ok 'numbers and booleans are answered as such' '
    [ "$(query "sum(//@n) + 1")" = 2 ] && [ "$(query "count(//*) &gt; 3")" = true ]
'
ok 'the drafts of GT 4.0 are understood and answered in kind' '
    post DefaultIndexService none d.xml <<-E &&
	<q:QueryResourceProperties xmlns:q="$DRP"><q:QueryExpression Dialect="$XPATH">//*[local-name()="Entry"]</q:QueryExpression>
	</q:QueryResourceProperties>
	E
    grep -q "$DSG" d.xml && grep -q "schemas.xmlsoap.org/ws/2004/03/addressing" d.xml && ! grep -q "<sg:Entry xmlns:sg=\"$SG\"" d.xml
'
ok 'a property is read by its QName' '
    printf "<p:GetResourceProperty xmlns:p=\"%s\" xmlns:z=\"%s\">z:Entry</p:GetResourceProperty>" "$RP" "$SG" |
        post DefaultIndexService none p.xml | grep 200 && valid p.xml && grep -q Load p.xml
'
ok 'an unknown property is a named fault' '
    printf "<p:GetResourceProperty xmlns:p=\"%s\">Colour</p:GetResourceProperty>" "$RP" |
        post DefaultIndexService none p.xml | grep 500 && grep -q InvalidResourcePropertyQNameFault p.xml
'
ok 'a known name in another namespace, or in none, is an unknown property' '(
    for ns in urn:x "$RP" ""; do
        printf "<p:GetResourceProperty xmlns:p=\"%s\"><!-- -->%s</p:GetResourceProperty>" "$RP" "${ns:+z:}Entry" |
            sed "s,<p:GetR[^ ]*,& ${ns:+xmlns:z=\"$ns\"},; s/<!-- -->//" | post DefaultIndexService none p.xml | grep 500 || exit 1
        grep "InvalidResourcePropertyQNameFault" p.xml && grep -F "{$ns}Entry" p.xml || exit 1
    done
)'
ok 'the same registration again is the same entry' '
    first=$(key a.xml) && add "https://localhost:1/bes" host b.xml && [ "$(key b.xml)" = "$first" ] && count 1
'
# add_content MEMBER OUT <content: registers the member with that Content
add_content() {
    { printf '<sg:Add xmlns:sg="%s"><sg:MemberEPR><wsa:Address xmlns:wsa="http://www.w3.org/2005/08/addressing">%s</wsa:Address>' "$SG" "$1"
      printf '</sg:MemberEPR><sg:Content>' && cat && printf '</sg:Content></sg:Add>'
    } | post DefaultIndexService host "$2"
}
ok 'a plain GLUE 2.0 document in Content counts as content' '
    printf "<g:Share xmlns:g=\"http://schemas.ogf.org/glue/2009/03/spec_2.0_r1\"><g:ID>plain</g:ID></g:Share>" |
        add_content https://localhost:11/bes g.xml | grep 200 &&
    [ "$(query "string(//agg:AggregatorData/glue:Share/glue:ID)")" = plain ]
'
ok 'a policy of fetching without content is refused by name, and leaves nothing' '(
    for policy in GetResourcePropertyPollType GetMultipleResourcePropertiesPollType QueryResourcePropertiesPollType \
        AggregatorSubscriptionType ExecutionPollType; do
        printf "<a:AggregatorConfig xmlns:a=\"%s\"><a:%s/></a:AggregatorConfig>" "$AGG" "$policy" |
            add_content https://localhost:12/bes g.xml | grep 500 && fault g.xml | grep "does not fetch content, as $policy" || exit 1
    done
    count 2
)'
ok 'with content of its own it is taken' '
    printf "<a:AggregatorConfig xmlns:a=\"%s\"><a:ExecutionPollType/></a:AggregatorConfig><a:AggregatorData xmlns:a=\"%s\"><y/></a:AggregatorData>" \
        "$AGG" "$AGG" | add_content https://localhost:11/pushed g.xml | grep 200 && count 3 &&
    for key in $(query "//agg:EntryKey[../../../wssg:MemberServiceEPR/wsa:Address[contains(., &apos;:11/&apos;)]]/text()"); do
        printf "<l:Destroy xmlns:l=\"%s\"/>" "$RL" | post DefaultIndexServiceEntry host t.xml "$(keyed "$key")" | grep 200 || return 1
    done && count 1
'
# at_entry KEY OUT <body: the operation on the entry, read by nobody in particular
at_entry() { post DefaultIndexServiceEntry none "$2" "$(keyed "$1")"; }
ok 'an entry answers several of its properties at once' '
    printf "<p:GetMultipleResourceProperties xmlns:p=\"%s\" xmlns:s=\"%s\" xmlns:l=\"%s\"><p:ResourceProperty>s:MemberEPR</p:ResourceProperty>\
<p:ResourceProperty>l:TerminationTime</p:ResourceProperty></p:GetMultipleResourceProperties>" "$RP" "$SG" "$RL" |
        at_entry "$(key a.xml)" m.xml | grep 200 && valid m.xml && grep "https://localhost:1/bes" m.xml && grep ":TerminationTime" m.xml
'
ok 'an entry is queried as a document of its own, in both families of names' '(
    for family in "$RP" "$DRP"; do
        printf "<p:QueryResourceProperties xmlns:p=\"%s\"><p:QueryExpression Dialect=\"%s\">%s</p:QueryExpression>\
</p:QueryResourceProperties>" "$family" "$XPATH" "concat(count(/*), name(/*), sum(//*[local-name()=&apos;Load&apos;]))" |
            at_entry "$(key a.xml)" m.xml | grep 200 && grep ">1agg:ServiceGroupEntryRP7<" m.xml || exit 1
    done
)'
ok 'its whole property document is there' '
    printf "<p:GetResourcePropertyDocument xmlns:p=\"%s\"/>" "$RP" | at_entry "$(key a.xml)" m.xml | grep 200 && valid m.xml &&
    [ "$(xmllint --xpath "count(//*[local-name()=\"ServiceGroupEntryRP\"]/*)" m.xml)" = 5 ]
'
ok 'an entry that is not there is a named fault to all of them' '(
    for body in "<p:GetResourcePropertyDocument xmlns:p=\"$RP\"/>" \
        "<p:QueryResourceProperties xmlns:p=\"$RP\"><p:QueryExpression>1</p:QueryExpression></p:QueryResourceProperties>"; do
        echo "$body" | at_entry 00000000-0000-4000-8000-000000000000 m.xml | grep 500 && grep ResourceUnknownFault m.xml || exit 1
    done
)'
# targeted MORE: a query in the dialect of GT 4.2, with MORE beside its string
targeted() {
    printf '<p:QueryResourceProperties xmlns:p="%s"><p:QueryExpression Dialect="http://wsrf.globus.org/core/query/targetedXPath">
<t:TargetedXPathQuery xmlns:t="urn:t"><t:QueryString>sum(//own:Load)</t:QueryString>%s</t:TargetedXPathQuery></p:QueryExpression>
</p:QueryResourceProperties>' "$RP" "$1" | post DefaultIndexService none t.xml
}
ok 'the targeted dialect brings its namespace mappings along' '
    targeted "<t:NamespaceMappings><t:MappedName>own</t:MappedName><t:Namespace>urn:x</t:Namespace></t:NamespaceMappings>" | grep 200 &&
    grep ">7<" t.xml
'
ok 'what it does not understand there, it names' '
    targeted "<t:Colour/>" | grep 500 && fault t.xml | grep "Colour is not understood" &&
    targeted "<t:NamespaceMappings/>" | grep 500 && fault t.xml | grep MappedName
'
ok 'RegistrationCount is what the group has now, as a property and in its document' '
    printf "<p:GetResourceProperty xmlns:p=\"%s\" xmlns:z=\"%s\">z:RegistrationCount</p:GetResourceProperty>" "$RP" "$AGG" |
        post DefaultIndexService none p.xml | grep 200 &&
    has=$(query "count(//wssg:Entry)") && [ "$has" -gt 0 ] && grep ">$has<" p.xml &&
    [ "$(query "string(/*/agg:RegistrationCount)")" = "$has" ] &&
    [ "$(query "string(/*/agg:RegistrationCount[count(//node()|//node()) &gt; 1])")" = "$has" ]
'
# plain PATH OUT [CURL OPTION...]: a GET without SOAP; its HTTP status on stdout
plain() {
    path=$1 out=$2
    shift 2
    curl -s -o "$out" -w '%{http_code} %{content_type}\n' --cacert pki/certificates/*.0 "$@" "https://localhost:$PORT/wsrf/services/$path"
}
# json FILE EXPRESSION: what Python makes of it, O being what is in the file
json() { /usr/bin/python3 -c 'import json, sys; print(eval(sys.argv[2], {"len": len, "o": json.load(open(sys.argv[1]))}))' "$@"; }
ok 'a plain GET has all registrations: as XML the document, as JSON a list' '
    plain DefaultIndexService w.xml | grep "200 application/xml" &&
    [ "$(xmllint --xpath "count(/*/*[local-name()=\"Entry\"])" w.xml)" = "$(query "count(//wssg:Entry)")" ] &&
    plain DefaultIndexService w.json -H "Accept: application/json" | grep "200 application/json" &&
    [ "$(json w.json "len(o[\"entries\"])")" = "$(query "count(//wssg:Entry)")" ] &&
    [ "$(json w.json "o[\"entries\"][0][\"member\"]")" = https://localhost:1/bes ]
'
ok 'and one of them by its key' '
    plain "DefaultIndexServiceEntry/$(key a.xml)" w.xml | grep "200 application/xml" &&
    [ "$(xmllint --xpath "string(//*[local-name()=\"Load\"])" w.xml)" = 7 ] &&
    plain "DefaultIndexServiceEntry/$(key a.xml)?format=json" w.json | grep "200 application/json" &&
    [ "$(json w.json "o[\"id\"]")" = "$(key a.xml)" ] && json w.json "o[\"data\"]" | grep Load &&
    plain DefaultIndexServiceEntry/00000000-0000-4000-8000-000000000000 w.xml | grep 404
'
ok 'and what an XPath finds' '
    plain DefaultIndexService w.xml -G --data-urlencode "xpath=//*[local-name()=\"Load\"]" | grep "200 application/xml" &&
    [ "$(xmllint --xpath "string(/*/*[local-name()=\"Load\"])" w.xml)" = 7 ] &&
    plain DefaultIndexService w.json -G --data-urlencode "xpath=sum(//@n)+1" -d format=json | grep "200 application/json" &&
    [ "$(json w.json "o[\"answer\"]")" = "$(query "sum(//@n) + 1")" ]
'
ok 'what is wrong with a plain request is refused, and said in a sentence to who shows a certificate' '
    plain DefaultIndexService w.txt -G --data-urlencode "xpath=//[" | grep 400 &&
    plain "DefaultIndexService?format=csv" w.txt --cert pki/hostcert.pem --key pki/hostkey.pem | grep 400 &&
    grep "neither xml nor json" w.txt
'
ok 'another host than its certificate says may not be registered' '
    add "https://elsewhere.example.org/bes" host r.xml | grep 500 && grep -q AddRefusedFault r.xml &&
    fault r.xml | grep "does not name that host" && count 1
'
ok 'nor by a user, nor by nobody' '
    add "https://localhost:2/bes" alice r.xml | grep 500 && grep -q AddRefusedFault r.xml &&
    add "https://localhost:2/bes" none r.xml | grep 500 && count 1
'
ok 'an expired proxy does not get through the handshake' '
    ! add "https://localhost:2/bes" alice-expired r.xml && wait_log "$LOG" http.handshake.fail
'
ok 'another may neither end nor remove an entry' '
    printf "<l:Destroy xmlns:l=\"%s\"/>" "$RL" | post DefaultIndexServiceEntry alice t.xml "$(keyed "$(key a.xml)")" | grep 500 &&
    grep -q ResourceUnknownFault t.xml && count 1
'
ok 'a lifetime is renewed' '
    printf "<l:SetTerminationTime xmlns:l=\"%s\"><l:RequestedLifetimeDuration>PT2H</l:RequestedLifetimeDuration></l:SetTerminationTime>" "$RL" |
        post DefaultIndexServiceEntry host t.xml "$(keyed "$(key a.xml)")" | grep 200 && valid t.xml
'
ok 'an entry without its key is a named fault' '
    printf "<l:Destroy xmlns:l=\"%s\"/>" "$RL" | post DefaultIndexServiceEntry host t.xml | grep 500 &&
    grep -q ResourceUnknownFault t.xml
'
ok 'a life that is over is not seen, with no sweeper in between' '
    add "https://localhost:3/bes" host c.xml && count 2 &&
    printf "<l:SetTerminationTime xmlns:l=\"%s\"><l:RequestedTerminationTime>2020-01-01T00:00:00Z</l:RequestedTerminationTime></l:SetTerminationTime>" "$RL" |
        post DefaultIndexServiceEntry host t.xml "$(keyed "$(key c.xml)")" | grep 200 && count 1
'
ok 'kill -9 loses nothing that was acknowledged' '
    add "https://localhost:4/bes" host e.xml | grep 200 &&
    kill -KILL "$PID" && ! wait "$PID" &&
    start_daemon mds -c pki/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.state="$PWD/state" &&
    count 2 && [ "$(query "count(//*[local-name()=&apos;EntryKey&apos;][.=&apos;$(key e.xml)&apos;])")" = 1 ]
'
ok 'destroy removes it' '
    printf "<l:Destroy xmlns:l=\"%s\"/>" "$RL" | post DefaultIndexServiceEntry host t.xml "$(keyed "$(key e.xml)")" | grep 200 &&
    valid t.xml && count 1
'
ok 'a bad expression, an unknown dialect: named faults' '
    query "//[" && grep -q InvalidQueryExpressionFault q.xml && valid_fault=1 &&
    printf "<rp:QueryResourceProperties xmlns:rp=\"%s\"><rp:QueryExpression Dialect=\"urn:sql\">x</rp:QueryExpression></rp:QueryResourceProperties>" "$RP" |
        post DefaultIndexService none q.xml | grep 500 && grep -q UnknownQueryExpressionDialectFault q.xml
'
ok 'gridindex asks as wsrf-query does' '
    grid_env "$PWD/pki" alice && url="https://localhost:$PORT/wsrf/services/DefaultIndexService" &&
    [ "$("$BIN/gridindex" query -s "$url" "count(//*[local-name()=\"Entry\"])")" = 1 ] &&
    "$BIN/gridindex" query -a -s "$url" "//*[local-name()=\"Load\"]" | grep -q ">7<" &&
    "$BIN/gridindex" services -s "$url" | grep https://localhost:1/bes &&
    "$BIN/gridindex" property -s "$url" "{$SG}Entry" | grep -q Load &&
    must_fail 2 "$BIN/gridindex" query -s "$url" "//[" && must_fail 1 "$BIN/gridindex" nonsense
'
ok 'lists of names are read again when they change: a registrar, then a ban' '
    : >registrars && : >ban && stop_daemon "$PID" &&
    start_daemon mds -c pki/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.state="$PWD/state" \
        -o mds.registrars="$PWD/registrars" -o security.ban="$PWD/ban" &&
    add "https://localhost:7/bes" alice r.xml | grep 500 && grid_dn "$PWD/pki" alice >registrars &&
    registered() { add "https://localhost:7/bes" alice r.xml | grep -q 200; } && wait_until registered &&
    [ "$(query "1+1" alice)" = 2 ] && [ "$(query "1+1")" = 2 ] && grid_dn "$PWD/pki" alice >ban &&
    banned() { [ "$(query "1+1" alice)" != 2 ]; } && wait_until banned && [ "$(query "1+1")" = 2 ] && : >ban
'
ok 'without anonymous reading a certificate is asked for' '
    stop_daemon "$PID" &&
    start_daemon mds -c pki/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.state="$PWD/state" -o mds.anonymous=none &&
    ! count 2 && [ "$(query "count(//*[local-name()=&apos;Entry&apos;])" alice)" = 2 ] &&
    plain DefaultIndexService w.xml | grep 403
'
ok 'a renewed host certificate is served after SIGHUP, without a restart' '
    serial() { openssl s_client -connect "localhost:$PORT" </dev/null 2>/dev/null | openssl x509 -noout -serial; } &&
    before=$(serial) && cp pki/hostcert.pem old.pem && cp pki/hostkey.pem old.key &&
    grid_sign "$PWD/pki/keys/host.pem" pki/hostkey.pem "$GRID_BASE/CN=localhost" "$PWD/pki/keys/ca" "$grid_ee
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,IP:127.0.0.1" && cp pki/keys/host.pem pki/hostcert.pem &&
    kill -HUP "$PID" && wait_log "$LOG" daemon.reload && [ "$(serial)" != "$before" ] && [ -n "$before" ]
'
ok 'metrics and health are there' '
    curl -s --cacert pki/certificates/*.0 "https://localhost:$PORT/metrics" | grep -qx "mds_entries 2" &&
    curl -sf --cacert pki/certificates/*.0 "https://localhost:$PORT/health"
'
ok 'the WSDL names this very address' '
    curl -s --cacert pki/certificates/*.0 "https://localhost:$PORT/wsrf/services/DefaultIndexService?wsdl" >w.xml &&
    grep -q "location=\"https://[^\"]*:$PORT/wsrf/services/DefaultIndexService\"" w.xml
'
done_testing
