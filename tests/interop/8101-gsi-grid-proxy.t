#!/bin/sh
# Globus' grid-proxy-init and -info: they read ours, we read theirs.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
for program in grid-proxy-init grid-proxy-info grid-proxy-destroy; do
    command -v $program >/dev/null || skip_all "$program is not installed"
done
GRID_KEY=rsa:2048
grid_ca grid && grid_user grid alice 'Alice Smith' || exit 1
grid_env "$PWD/grid"
export X509_USER_CERT="$PWD/grid/alicecert.pem" X509_USER_KEY="$PWD/grid/alicekey.pem"
gridproxy() { "$BIN/gridproxy" "$@"; }

# What both say of one file must be the same, but for the second that passes.
same() { # FILE
    # shellcheck disable=SC2086
    for fact in -subject -issuer -identity -type -strength -path '-subject -rfc2253' '-issuer -rfc2253'; do
        theirs=$(grid-proxy-info -file "$1" $fact) ours=$(gridproxy info -file "$1" $fact)
        [ "$theirs" = "$ours" ] || { echo "$fact: '$theirs' against '$ours'"; return 1; }
    done
    grid-proxy-info -file "$1" -all | sed /timeleft/d >theirs
    gridproxy info -file "$1" -all | sed /timeleft/d >ours
    diff theirs ours || return
    theirs=$(grid-proxy-info -file "$1" -timeleft) ours=$(gridproxy info -file "$1" -timeleft)
    echo "$theirs $ours"
    [ $((theirs - ours)) -ge 0 ] && [ $((theirs - ours)) -le 60 ]
}

for kind in '' -limited -independent '-path-length 3' '-valid 48:00'; do
    ok "both read the real grid-proxy-init $kind alike" '
        grid-proxy-init -q -bits 2048 -out theirs.pem $kind && same theirs.pem && gridproxy verify theirs.pem
    '
    ok "both read gridproxy init $kind alike" '
        gridproxy init -q -out ours.pem $kind && same ours.pem && gridproxy verify ours.pem
    '
done
for kind in '-old' '-old -limited' '-draft' '-draft -limited'; do
    ok "grid-proxy-init $kind: known by name, refused" '
        grid-proxy-init -q -bits 2048 -out legacy.pem $kind && same legacy.pem &&
        must_fail 1 gridproxy verify legacy.pem >out && cat out && grep -q "legacy proxy" out
    '
done
ok 'a proxy of the real program makes a proxy of ours, and the other way round' '
    grid-proxy-init -q -bits 2048 -out theirs.pem && gridproxy init -q -cert theirs.pem -out below.pem &&
    same below.pem && gridproxy verify below.pem &&
    gridproxy init -q -out ours.pem && grid-proxy-init -q -bits 2048 -cert ours.pem -key ours.pem -out theirs2.pem &&
    same theirs2.pem && gridproxy verify theirs2.pem
'
ok 'the real program verifies what ours is made from' 'grid-proxy-init -verify -out v.pem && gridproxy verify v.pem'
ok 'an expired proxy: the same words and statuses' '
    grid_proxy grid alice expired && same grid/proxy/alice-expired.pem &&
    must_fail 1 grid-proxy-info -exists -file grid/proxy/alice-expired.pem &&
    must_fail 1 gridproxy info -exists -file grid/proxy/alice-expired.pem
'
ok 'the real grid-proxy-destroy and ours leave nothing' '
    gridproxy init -q -out a.pem && grid-proxy-destroy a.pem && [ ! -e a.pem ] &&
    grid-proxy-init -q -out b.pem && gridproxy destroy b.pem && [ ! -e b.pem ]
'
done_testing
