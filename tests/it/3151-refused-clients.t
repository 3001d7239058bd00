#!/bin/bash
# Over HTTPS a refused client gets an alert of TLS and no text: what gridrun and gridindex say of it names the cause, whichever
# of those the alert stands for it was, and what to do.  tests/unit/test_tls.c has all alerts.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"

cleanup gk_end
gk_grid && grid_env "$PWD/g" && mkdir n && cp -r g/certificates g/keys n || { echo "Bail out! no grid"; exit 1; }
touch ban
ok 'a gatekeeper and an index run' '
    [ "$(id -u)" != 0 ] || mkdir -m 777 mds
    GK_CONF_MORE="[security]
ban = $PWD/ban" gk_start &&
    start_daemon mds -c g/gatehouse.conf -o mds.listen=127.0.0.1:0 -o mds.state="$PWD/mds" && MDS_LOG=$LOG MDS=https://localhost:$PORT
'
# The clients have a trust directory of their own, in ./n.
client() { X509_CERT_DIR=$PWD/n/certificates X509_USER_PROXY=$1 "${@:2}" >out 2>said; }
run() { client "$1" "$BIN/gridrun" -submit -s -F "${URL#https://}" -c /bin/true; }
query() { client "$1" "$BIN/gridindex" query -s "$MDS/wsrf/services/DefaultIndexService" "count(//*)"; }
says() { # COMMAND PROXY WORDS...: it fails, and its sentence has each of WORDS
    ! "$1" "$2" || return
    echo "$1: $(cat said)"
    for w in "${@:3}"; do grep -qE "$w" said || { echo "not: $w"; return 1; }; done
}
both() { says run "$@" && says query "$@"; }
# The trust directory, where a new list may be, is looked at once a second.
logged() { run "$1"; query "$1"; grep -E "authn|handshake|refuse|deny" "$GK_LOG" | grep -qE "$2" && grep -qE "$2" "$MDS_LOG"; }
refused() { # PROXY LOGGED WORDS...: by the servers, which know why, in the handshake
    wait_until logged "$1" "$2" && both "$1" "server refused our certificate: " "${@:3}"
}
alice=$PWD/g/proxy/alice.pem
ok 'an unknown CA' '
    grid_proxy g alice untrusted && cp g/keys/other.pem n/keys && grid_trust n other &&
    refused "$PWD/g/proxy/alice-untrusted.pem" "not in the trust directory" "CA is not among those that the other side trusts" "ask the site"
'
ok 'a name outside the signing policy' '
    grid_proxy g alice badpolicy && grid_trust n ca "$GRID_BASE/*" "/O=Elsewhere/*" &&
    refused "$PWD/g/proxy/alice-badpolicy.pem" "signing policy" "outside the signing policy"
'
ok 'a revoked certificate' '
    grid_proxy g alice revoked &&
    refused "$PWD/g/proxy/alice-revoked.pem" "was revoked by" "certificate revoked by its CA" "ask the CA"
'
ok 'a list that is out of date is the matter of the site' '
    GRID_CRL_DATES="-crl_lastupdate 20191201000000Z -crl_nextupdate 20200101000000Z" grid_crl g ca &&
    refused "$alice" "out of date since" "revocation list .*out of date" "ask the site"
'
ok 'a list that is broken likewise' '
    for list in g/certificates/*.r0; do echo nonsense >"$list"; done &&
    refused "$alice" "cannot be read" "revocation list .*broken" "ask the site"
'
banned() { both "$alice" banned; }
ok 'who is banned is told so, after the handshake' '
    grid_crl g ca && wait_until run "$alice" && wait_until query "$alice" && grid_dn g alice >ban && wait_until banned && : >ban
'
# What the clients see themselves they say before they connect.
own() { # KIND WORDS
    grid_proxy g alice "$1" && both "$PWD/g/proxy/alice-$1.pem" "cannot be used: .*$2"
}
ok 'expired' 'own expired "expired on 2020"'
ok 'not valid yet' 'own future "not valid before 2040"'
ok 'of a namesake of the CA' 'own forged "has another key"'
ok 'self-signed' 'own selfsigned "self-signed"'
ok 'a full proxy below a limited one' 'own full-below-limited "full proxy below a limited"'
ok 'a legacy proxy' 'own legacy "legacy proxy.*gridproxy init"'
ok 'below a proxy that allows none' '
    grid_below g short 1 "$(grid_pci id-ppl-inheritAll 0)" alice && grid_below g long 2 "$(grid_pci id-ppl-inheritAll)" short &&
    (umask 077; cat g/keys/long.pem g/keys/long.key g/keys/short.pem g/keys/alice.pem >g/proxy/long.pem) &&
    both "$PWD/g/proxy/long.pem" "path length"
'
ok 'delegated too often' 'grid_deep g alice 33 && both "$PWD/g/proxy/alice.33.pem" "more than 32 certificates"'
done_testing
