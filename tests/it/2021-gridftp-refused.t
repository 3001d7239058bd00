#!/bin/bash
# What a peer whose credential is refused is told: which certificate and why, and
# nothing of where our files are.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/g"
start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o log.level=info ||
    { echo "Bail out! no daemon"; exit 1; }
refused() { # KIND WORDS LOGGED: what the wire says, what the log says
    grid_proxy g alice "$1" && told "$1" "$2" && grep "ftp.auth.deny" "$LOG" | tail -1 | tee deny | grep "$3"
}
told() { X509_USER_PROXY=$PWD/g/proxy/alice-$1.pem dialog "refused Authentication failed: $2\." eof; }
says() { # KIND REGEX: what gridcp says, in one line
    must_fail 77 env X509_USER_PROXY="$PWD/g/proxy/alice-$1.pem" "$BIN/gridcp" "gsiftp://localhost:$PORT/etc/hostname" \
        "$PWD/never" 2>said && cat said && [ "$(wc -l <said)" = 1 ] && grep -E "$2" said && [ ! -e never ]
}
certificate="certificate '[^']*"

whoami() { X509_USER_PROXY=$PWD/g/proxy/alice-$1.pem dialog login "> NOOP" "< 200"; }

ok 'expired: which, and when it did' '
    refused expired "$certificate/CN=1005. expired on 2020-01-02T00:00:00Z" "Alice.*expired on" &&
    says expired "Alice.* expired on 2020"
'
ok 'not valid yet: not forged' '
    refused future "$certificate/CN=1009. is not valid before 2040-01-01T00:00:00Z" "Alice.*not valid before" &&
    says future "is not valid before 2040"
'
ok 'an unknown CA: its name, and not where we looked for it' '
    refused untrusted "$certificate/CN=Alice. is issued by ./O=Grid/OU=Test/CN=Some Other CA., who is not in the trust directory" \
        "Some Other CA" && says untrusted "Some Other CA.*not in the trust directory"
'
ok 'signed by a namesake of our CA' '
    refused forged "$certificate/CN=Alice. is not signed by the CA .* of the trust directory: it is forged, or the CA has another key" \
        Alice && says forged Alice
'
ok 'a name outside the signing policy of its CA' '
    refused badpolicy "$certificate. bears a name that the signing policy .*" "Somebody.*signing policy" &&
    says badpolicy "signing policy"
'
ok 'a full proxy below a limited one' '
    refused full-below-limited "$certificate. is a full proxy below a limited one" "below a limited" &&
    says full-below-limited "below a limited"
'
ok 'a legacy proxy: what to do' '
    refused legacy "$certificate. is a legacy proxy, which is not accepted: make an RFC 3820 proxy with .gridproxy init." "legacy"
'
ok 'revoked; a client that knows no list hears it from the server' '
    cp -r g/certificates naive && grid_proxy g alice revoked &&
    wait_until told revoked "$certificate/CN=Alice. was revoked by .*" >tries &&
    grep "ftp.auth.deny" "$LOG" | tail -1 | grep "Alice. was revoked by" &&
    says revoked "Alice.*was revoked" &&
    X509_CERT_DIR=$PWD/naive says revoked "did not accept our credential.*Authentication failed: .*Alice. was revoked"
'
ok 'a stale list of the site is not a fault of the certificate' '
    grid_proxy g alice full &&
    GRID_CRL_DATES="-crl_lastupdate 20191201000000Z -crl_nextupdate 20200101000000Z" grid_crl g ca &&
    wait_until told full "$certificate. cannot be checked: the revocation list of .* is out of date since 2020-01-01T00:00:00Z, .*" >tries &&
    X509_CERT_DIR=$PWD/naive says full "did not accept our credential.*out of date"
'
ok 'nor is a broken one; its file is named without its directory' '
    for list in g/certificates/*.r0; do echo nonsense >"$list"; done &&
    wait_until told full "$certificate. cannot be checked: the revocation list .[0-9a-f]{8}[.]r0. of its CA cannot be read" >tries &&
    grid_crl g ca && wait_until whoami full
'
ok 'a name that is in no map: the map is not located' '
    grid_proxy g alice stranger && X509_USER_PROXY=$PWD/g/proxy/alice-stranger.pem dialog auth "> USER :globus-mapping:" "< 331" \
        "> PASS x" "< 530 Stranger. is not in the grid-mapfile\r"
'
ok 'tokens that are no TLS: not a word of what was wrong with them' '
    dialog "> AUTH GSSAPI" "< 334" "> ADAT aGVsbG8gd29ybGQ=" "< 535 \A535 Authentication failed(: [a-z ]+)?\.\r\n\Z" eof &&
    grep "ftp.auth.deny" "$LOG" | tail -1 | grep "why=.*TLS"
'
done_testing
