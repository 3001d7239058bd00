# tests/lib/gk.sh - a gatekeeper for tests, and BES by curl.  POSIX sh; source it
# after tap.sh and grid.sh.
#
#   gk_account [N]            ACCOUNT: ours; as root a throwaway one (N: another, ACCOUNT_N)
#   gk_grid                   g/: CA, alice (mapped to ACCOUNT); GK_CONF: lines for [gatekeeper]
#   gk_start                  start the gatekeeper, URL; again after gk_kill: same port
#   gk_kill                   kill -9 both halves
#   gk_post FILE [PROXY]      send it; the answer is in reply.xml, its Body's child in payload.xml
#   gk_jsdl POSIX [REST]      jsdl.xml: a JobDefinition with these elements (prefixes j p h s g)
#   gk_create [PROXY] [ID]    submit jsdl.xml under MessageID ID; JOB is its UUID
#   gk_op OP JOB...           an operation over activities
#   gk_status JOB             state in STATE, answer in payload.xml
#   gk_wait JOB STATE         until it is in STATE; another final state fails
#   gk_get PATH [CURL ARGS]   GET it
#   gk_xpath EXPR             of payload.xml, prefixes replaced by local names
#   gk_valid                  payload.xml is valid by our schemas
GK_NS='xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:b="http://schemas.ggf.org/bes/2006/08/bes-factory"
 xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl"
 xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix" xmlns:h="http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa"
 xmlns:m="http://schemas.ggf.org/bes/2006/08/bes-management" xmlns:g="urn:gatehouse:jobs:1"
 xmlns:d="http://www.gridsite.org/namespaces/delegation-2"'

gk_account() { # [N]
    if [ "$(id -u)" = 0 ]; then
        gk_name=gh$$${1:+x$1}
        gk_home=$PWD/home-$gk_name
        (flock 9; useradd -M -d "$gk_home" -s /bin/sh "$gk_name") 9>/tmp/.gk-useradd || return
        mkdir "$gk_home" && chown "$gk_name": "$gk_home" && chmod 711 "$PWD" || return
        gk_accounts="$gk_accounts $gk_name"
    else
        gk_name=$(id -un)
    fi
    if [ -n "$1" ]; then eval "ACCOUNT_$1=\$gk_name"; else ACCOUNT=$gk_name; fi
}

# The daemons first, then what they ran as.
gk_end() {
    grid_end_daemons
    for gk_a in $gk_accounts; do (flock 9; userdel -f "$gk_a" 2>/dev/null; groupdel "$gk_a" 2>/dev/null) 9>/tmp/.gk-useradd; done
}

gk_grid() {
    [ -n "$ACCOUNT" ] || gk_account || return
    grid_ca "$PWD/g" && grid_user "$PWD/g" alice Alice && grid_map "$PWD/g" alice "$ACCOUNT"
}

gk_start() {
    grid_conf "$PWD/g"
    {
        echo '[gatekeeper]'
        echo "listen = 127.0.0.1:${GK_PORT:-$(grid_port)}"
        echo "state = $PWD/state"
        echo "sessions = $PWD/sessions"
        echo "runner_state = $PWD/runner"
        printf '%s\n' "$GK_CONF"
        echo '[log]'
        echo 'level = debug'
        printf '%s\n' "$GK_CONF_MORE"
    } >>"$PWD/g/gatehouse.conf"
    start_daemon "${GK_BIN:-$BIN}/gatekeeper" -c "$PWD/g/gatehouse.conf" || return
    cleanup gk_end
    GK_PORT=$PORT GK_PID=$PID GK_LOG=$LOG URL=https://localhost:$PORT
    # the other half: the child that the ready line names
    GK_DOOR_PID=$(sed -n 's/.* gatekeeper\[\([0-9]*\)\] daemon\.ready .*/\1/p' "$GK_LOG" | head -1)
}

gk_gone() { ! kill -0 "$1" 2>/dev/null; }
gk_kill() {
    kill -9 "$GK_DOOR_PID" "$GK_PID" 2>/dev/null
    wait "$GK_PID" 2>/dev/null
    wait_until gk_gone "$GK_DOOR_PID"
    grid_pids=$(printf ' %s ' "$grid_pids" | sed "s/ $GK_PID / /; s/ *$//")
}

gk_curl() { # PROXY CURL-ARGS...
    gk_p=$1
    shift
    curl -sS --cacert "$(echo "$PWD"/g/certificates/*.0)" ${gk_p:+--cert "$gk_p" --key "$gk_p"} "$@"
}

gk_post() { # FILE [PROXY]
    gk_curl "${2:-$PWD/g/proxy/alice.pem}" -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: ""' \
        --data-binary "@$1" -o reply.xml "$URL/bes" || return
    xmllint --xpath '/*/*[local-name()="Body"]/*' reply.xml >payload.xml
}

gk_jsdl() { # POSIX-ELEMENTS [MORE OF JobDescription]
    printf '<j:JobDefinition %s><j:JobDescription><j:Application><p:POSIXApplication>%s</p:POSIXApplication></j:Application>%s</j:JobDescription></j:JobDefinition>' \
        "$GK_NS" "$1" "$2" >jsdl.xml
}

gk_sh() { # COMMANDS [MORE]: a job of the shell
    gk_jsdl "<p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument><p:Argument>$1</p:Argument>" "$2"
}

gk_create() { # [PROXY] [ID]
    {
        printf '<s:Envelope %s><s:Header>' "$GK_NS"
        [ -z "$2" ] || printf '<a:MessageID>%s</a:MessageID><a:Action>http://schemas.ggf.org/bes/2006/08/bes-factory/BESFactoryPortType/CreateActivity</a:Action>' "$2"
        printf '</s:Header><s:Body><b:CreateActivity><b:ActivityDocument>'
        cat jsdl.xml
        printf '%s</b:ActivityDocument></b:CreateActivity></s:Body></s:Envelope>' "$GK_BESIDE"
    } >request.xml
    JOB=
    gk_post request.xml "$1" || return
    JOB=$(sed -n 's|.*/jobs/\([0-9a-f-]\{36\}\)<.*|\1|p' payload.xml | head -1)
    [ -n "$JOB" ] || { cat payload.xml; return 1; }
}

gk_op() { # OP JOB...
    gk_prefix=b
    [ "$1" != ReleaseActivities ] || gk_prefix=g
    gk_name=$gk_prefix:$1
    shift
    {
        printf '<s:Envelope %s><s:Body><%s>' "$GK_NS" "$gk_name"
        for gk_j; do
            printf '<%s:ActivityIdentifier><a:Address>%s/jobs/%s</a:Address></%s:ActivityIdentifier>' $gk_prefix "$URL" "$gk_j" $gk_prefix
        done
        printf '</%s></s:Body></s:Envelope>' "$gk_name"
    } >request.xml
    gk_post request.xml "$GK_PROXY"
}

gk_xpath() { xmllint --xpath "$1" payload.xml 2>/dev/null; }

gk_status() { # JOB
    gk_op GetActivityStatuses "$1" &&
    STATE=$(gk_xpath 'string(//*[local-name()="ActivityStatus"]/@state)')
}

gk_reached() { # JOB STATE
    gk_status "$1" || return
    case $STATE in "$2") return 0 ;; Finished | Failed | Cancelled) gk_wrong=$STATE; return 0 ;; esac
    return 1
}
gk_wait() { # JOB STATE
    gk_wrong=
    wait_until gk_reached "$1" "$2" || return
    [ -z "$gk_wrong" ] || { echo "job $1 is $gk_wrong, wanted $2"; cat payload.xml; return 1; }
}

# Text of our own element of the status: gk_ours ExitCode
gk_ours() { gk_xpath "string(//*[local-name()='JobStatus']/*[local-name()='$1'])"; }

gk_get() { # PATH [CURL ARGS]
    gk_path=$1
    shift
    gk_curl "${GK_PROXY:-$PWD/g/proxy/alice.pem}" "$@" "$URL$gk_path"
}

gk_valid() {
    [ -e driver.xsd ] || {
        echo '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        for gk_x in bes-factory bes-management delegation-2 gatehouse-jobs jsdl jsdl-posix jsdl-hpcpa jsdl-spmd; do
            gk_t=$(sed -n 's/^ *targetNamespace="\(.*\)"$/\1/p' "$SRC/wsdl/$gk_x.xsd")
            echo "<xs:import namespace=\"$gk_t\" schemaLocation=\"$SRC/wsdl/$gk_x.xsd\"/>"
        done
        echo '</xs:schema>'
    } >driver.xsd
    xmllint --nonet --noout --schema driver.xsd payload.xml
}
