#!/bin/sh
# Our GSS tokens and data channels against globus-gridftp-server, and an acceptor
# of ours against globus-url-copy.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"
globus_need globus-gridftp-server globus-url-copy
probe=$TOOLS/gssprobe

login() { # USER[-KIND] DELEGATION COMMAND...
    who=$1 how=$2
    shift 2
    X509_USER_PROXY=$PWD/g/proxy/$who.pem "$probe" login localhost "$GLOBUS_PORT" "$how" "$@" >out 2>&1
    status=$?
    cat out
    return $status
}
refused() { # KIND
    login "alice-$1" limited
    [ $? = 77 ] && grep -q '^530' out
}

ok 'a grid and a Globus server' '
    GRID_KEY=rsa:2048 && grid_ca "$PWD/g" && grid_account && grid_user g alice Alice &&
    grid_map g alice "$ACCOUNT" && grid_env "$PWD/g" &&
    HOST_CERT=$PWD/g/hostcert.pem HOST_KEY=$PWD/g/hostkey.pem &&
    head -c 300000 /dev/urandom >file && chmod 644 file && globus_start
'
for tls in 1.3 1.2; do
    [ $tls = 1.3 ] || export TLS12=1
    for how in none limited full; do
        ok "login in TLS $tls with delegation: $how" '
            login alice $how PWD && grep -q "^established TLSv$tls .*with /O=Grid/OU=Test/CN=localhost" out &&
            grep -q "^257 " out
        '
    done
    ok "a passive data channel, authenticated and clear, in TLS $tls" '
        login alice limited "get $PWD/file" &&
        grep -q "^data peer $(grid_dn g alice)$" out &&
        grep -q "^received 300000 bytes in clear" out && grep -q "^226" out
    '
    ok "an active one" '
        login alice limited "portget $PWD/file" &&
        grep -q "^received 300000 bytes in clear" out && grep -q "^226" out
    '
    ok "both in private" '
        login alice limited "prot P" "get $PWD/file" "portget $PWD/file" &&
        [ "$(grep -c "^received 300000 bytes in private" out)" = 2 ] &&
        [ "$(grep -c "^226" out)" = 2 ]
    '
done
unset TLS12
# Globus makes no delegation requests for elliptic keys.
ok 'limited, twofold and elliptic credentials log in' '
    for kind in limited two; do
        grid_proxy g alice $kind && login "alice-$kind" full PWD && grep -q "^257 " out || exit 1
    done
    GRID_KEY=ec && grid_user g eve Eve && grid_map g eve "$ACCOUNT" &&
    login eve none PWD && grep -q "^257 " out
'
GRID_KEY=rsa:2048
for kind in expired untrusted forged selfsigned revoked; do
    ok "refused there: $kind" 'grid_proxy g alice $kind && refused $kind'
done
globus_stop

# What the real client says to an acceptor that wants a key of so many bits.
served() { # BITS
    "$probe" serve "$HOST_CERT" "$HOST_KEY" "$X509_CERT_DIR" "$1" >served 2>&1 &
    pid=$!
    wait_until grep -q "^port" served
    X509_USER_PROXY=$PWD/g/proxy/alice.pem globus-url-copy \
        "gsiftp://localhost:$(sed -n 's/^port //p' served)/x" file:///dev/null
    wait "$pid"
    status=$?
    cat served
    return $status
}
for tls in 1.3 1.2; do
    [ $tls = 1.3 ] || export TLS12=1
    ok "globus-url-copy logs in and signs for an RSA key in TLS $tls" '
        served 0 && grep -q "^peer $(grid_dn g alice) TLSv$tls" served &&
        grep -q "^delegated RSA limited 2048: $(grid_dn g alice)/CN=" served
    '
    ok 'and for a P-256 key' 'served -1 && grep -q "^delegated EC limited 256: " served'
done
unset TLS12
done_testing
