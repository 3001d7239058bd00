#!/bin/bash
# A credential that was handed on fifteen times logs in at the daemons, which delegate once more; one that was handed on
# too often is refused with a sentence.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"
as() { # N COMMAND...: with the credential that is N proxies deep
    X509_USER_PROXY=$PWD/g/proxy/alice.$1.pem "${@:2}"
}

cleanup gk_end
gk_grid && grid_env "$PWD/g" || { echo "Bail out! no grid"; exit 1; }
ok 'a user is fifteen delegations deep, another forty' '
    grid_deep g alice 15 && grid_deep g alice 40 && [ "$(grep -c BEGIN.CERT g/proxy/alice.15.pem)" = 16 ] &&
    "$BIN/gridproxy" verify -trust g/certificates g/proxy/alice.15.pem | grep "by 15 proxies"
'
ok 'the daemons start' '
    gk_start && GATE=$URL GATE_LOG=$LOG && start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o log.level=info
'
mkdir files && chmod 777 files && echo fifteen >files/a
ok 'fifteen deep: a copy each way' '
    as 15 "$BIN/gridcp" "gsiftp://localhost:$PORT$PWD/files/a" "$PWD/b" && cmp files/a b &&
    as 15 "$BIN/gridcp" "$PWD/b" "gsiftp://localhost:$PORT$PWD/files/c" && cmp files/a files/c
'
ok 'fifteen deep: data channels are protected by what was delegated' '
    as 15 "$BIN/gridcp" -dcpriv -p 2 "gsiftp://localhost:$PORT$PWD/files/a" "$PWD/d" && cmp files/a d
'
ok 'fifteen deep: a job with its delegation, and its output' '
    as 15 "$BIN/gridrun" -submit -streaming -F "$GATE" -c /bin/echo done | tee out && grep -q "^done" out
'
ok 'forty deep: our commands say so' '
    must_fail 69 as 40 "$BIN/gridcp" "gsiftp://localhost:$PORT$PWD/files/a" "$PWD/never" 2>said; cat said
    grep "more than 32 certificates in one chain" said && [ ! -e never ]
'
ok 'forty deep: the gatekeeper refuses whoever shows it' '
    must_fail 22 curl -sf -o /dev/null --capath g/certificates --cert g/proxy/alice.15.pem "$GATE/nothing" &&
    ! curl -s -o /dev/null --capath g/certificates --cert g/proxy/alice.40.pem "$GATE/nothing" &&
    wait_until grep "delegated too often" "$GATE_LOG"
'
done_testing
