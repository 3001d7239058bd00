#!/bin/sh
# gatekeeper -t: says what is wrong with both halves, and leaves nothing behind.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_account && grid_ca "$PWD/g" && grid_user "$PWD/g" alice Alice && grid_map "$PWD/g" alice "$ACCOUNT" &&
grid_conf "$PWD/g" || exit 1
check() { # [option...]: its words go to ./said
    "$BIN/gatekeeper" -t -c g/gatehouse.conf -o "gatekeeper.state=$PWD/state" -o "gatekeeper.sessions=$PWD/sessions" \
        -o "gatekeeper.runner_state=$PWD/runner" "$@" >said 2>&1 </dev/null
}
wrong() { # WORDS [option...]: it is refused with these words
    words=$1
    shift
    ! check "$@" && cat said && grep -q -- "$words" said && ! grep -q "configuration ok" said
}

ok 'a good configuration is said to be good, and nothing is made' '
    check && cat said && [ "$(tail -1 said)" = "gatekeeper: configuration ok" ] && ! grep -v "^ok \|^warn \|^gatekeeper: " said &&
    [ ! -e state ] && [ ! -e sessions ] && [ ! -e runner ]
'
ok 'a host certificate that is not there' '
    wrong "nothere.pem" -o "security.host_cert=$PWD/nothere.pem"
'
ok 'a host key that others can read' '
    cp g/hostkey.pem open.pem && chmod 666 open.pem && wrong "open.pem" -o "security.host_key=$PWD/open.pem"
'
ok 'a key of another certificate' '
    cp g/alicekey.pem other.pem && chmod 600 other.pem && wrong "" -o "security.host_key=$PWD/other.pem"
'
ok 'an empty trust directory' '
    mkdir -m 755 empty && wrong "$PWD/empty" -o "security.certificates=$PWD/empty"
'
ok 'a scheduler that this build does not have' '
    wrong "no scheduler .abacus." -o "gatekeeper.schedulers=fork abacus"
'
ok 'an address that is none' '
    wrong "gatekeeper.listen" -o gatekeeper.listen=nowhere
'
ok 'a grid-mapfile that is not there' '
    wrong "nomap" -o "security.gridmap=$PWD/nomap"
'
ok 'session directories that others can write to' '
    mkdir -m 777 public && wrong "gatekeeper.sessions" -o "gatekeeper.sessions=$PWD/public"
'
ok 'a key that is not in the table, with file and line' '
    printf "[gatekeeper]\nlisten = 127.0.0.1:0\ncolour = blue\n" >bad.conf &&
    ! "$BIN/gatekeeper" -t -c bad.conf 2>said && grep -q "bad.conf:3" said
'
done_testing
