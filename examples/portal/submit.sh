#!/bin/sh
# submit.sh URL COMMAND ARGUMENT... - a portal's job by curl and xmllint alone.
# URL is https://host:port; credential and CA are X509_USER_PROXY and the PEM
# file CA.  Prints the job's output, exits with its exit code.
set -eu
url=$1
shift
ns='xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing"
 xmlns:b="http://schemas.ggf.org/bes/2006/08/bes-factory" xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl"
 xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

text() { printf %s "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g'; }
http() { curl -sS --cacert "$CA" --cert "$X509_USER_PROXY" "$@"; }
call() { # call HEADER BODY: the answer is in $tmp/answer
    printf '<s:Envelope %s><s:Header>%s</s:Header><s:Body>%s</s:Body></s:Envelope>' "$ns" "$1" "$2" >"$tmp/request"
    http -H 'Content-Type: text/xml' --data-binary "@$tmp/request" -o "$tmp/answer" "$url/bes"
}
value() { xmllint --xpath "string(//*[local-name()='$1']$2)" "$tmp/answer"; }

program="<p:Executable>$(text "$1")</p:Executable>"
shift
for word; do program="$program<p:Argument>$(text "$word")</p:Argument>"; done
# One id for one intention: when the answer is lost, send the same again.
: "${MESSAGE_ID:=urn:uuid:$(cat /proc/sys/kernel/random/uuid)}"
call "<a:MessageID>$MESSAGE_ID</a:MessageID>" "<b:CreateActivity><b:ActivityDocument><j:JobDefinition><j:JobDescription>
  <j:Application><p:POSIXApplication>$program</p:POSIXApplication></j:Application>
  </j:JobDescription></j:JobDefinition></b:ActivityDocument></b:CreateActivity>"
[ -z "$(value faultstring '')" ] || { echo "not submitted: $(value faultstring '')" >&2; exit 1; }
job=$(value Address '')
echo "$job" >&2

state=
until [ "$state" = Finished ] || [ "$state" = Failed ] || [ "$state" = Cancelled ]; do
    sleep 0.2
    call '' "<b:GetActivityStatuses><b:ActivityIdentifier><a:Address>$job</a:Address></b:ActivityIdentifier></b:GetActivityStatuses>"
    state=$(value ActivityStatus /@state)
done
http -f "$(value StdoutURL '')" || :
[ -z "$(value Fault '')" ] || echo "$state: $(value Fault '')" >&2
code=$(value ExitCode '')
exit "${code:-1}"
