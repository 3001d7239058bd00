#!/bin/sh
# What [security] says is read by one piece of code: each daemon's -t finds the same fault in it, in the same words.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_account && grid_ca "$PWD/g" && grid_user "$PWD/g" alice Alice && grid_map "$PWD/g" alice "$ACCOUNT" &&
grid_conf "$PWD/g" || exit 1

check() { # DAEMON [option...]: what -t says, without the daemon's name, to ./said
    daemon=$1
    shift
    "$BIN/$daemon" -t -c g/gatehouse.conf -o "gatekeeper.state=$PWD/state" -o "gatekeeper.sessions=$PWD/sessions" \
        -o "gatekeeper.runner_state=$PWD/runner" -o "mds.state=$PWD/mds" "$@" >said 2>&1 </dev/null
}
alike() { # KEY [option...]: all three refuse in one sentence that begins with KEY
    key=$1
    shift
    for d in gatekeeper gridftp mds; do
        ! check "$d" "$@" && grep -o "$key: .*" said | tail -1 >"said.$d" && cat said || return 1
    done
    [ -s said.mds ] && cmp said.gatekeeper said.mds && cmp said.gridftp said.mds
}

ok 'all three say that a good configuration is good' '
    for d in gatekeeper gridftp mds; do check $d && grep "configuration ok" said || exit 1; done
'
ok 'a ban list that is not there' '
    alike security.ban -o "security.ban=$PWD/noban"
'
ok 'a ban list with a line that bans nobody' '
    echo "not a name" >badban && alike security.ban -o "security.ban=$PWD/badban"
'
ok 'a ban list that others can write' '
    : >openban && chmod 666 openban && alike security.ban -o "security.ban=$PWD/openban"
'
ok 'a trust directory that is not there' '
    alike security.certificates -o "security.certificates=$PWD/notrust"
'
ok 'a rule for revocation lists that is none' '
    alike security.crl -o security.crl=maybe
'
ok 'a host certificate that is not there' '
    for d in gatekeeper gridftp mds; do
        ! check $d -o "security.host_cert=$PWD/nocert" && cat said && grep -q "host credential: .*nocert" said || exit 1
    done
'
ok 'a grid-mapfile that is not there, for those that need one' '
    for d in gatekeeper gridftp; do
        ! check $d -o "security.gridmap=$PWD/nomap" && cat said && grep -q nomap said || exit 1
    done
    check mds -o "security.gridmap=$PWD/nomap"
'
done_testing
