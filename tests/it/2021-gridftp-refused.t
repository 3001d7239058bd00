#!/bin/bash
# What a peer whose credential is refused is told: the words of the TLS alert and
# no more.  The names, the rule and the file are in our log.
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
bad='bad certificate [(]forged[^)]*[)]'

ok 'expired: that is said, and when it did is logged' '
    refused expired "certificate expired" "Alice.*expired on" && says expired "Alice.* expired on 2020"
'
ok 'an unknown CA' '
    refused untrusted "unknown certificate authority" "Some Other CA" && says untrusted "Some Other CA.*not in the trust directory"
'
ok 'signed by a namesake of our CA' 'refused forged "unknown certificate authority" Alice && says forged Alice'
ok 'a name outside the signing policy of its CA' 'refused badpolicy "$bad" "Somebody.*signing policy" && says badpolicy "signing policy"'
ok 'a full proxy below a limited one' 'refused full-below-limited "$bad" "below a limited" && says full-below-limited "below a limited"'
ok 'revoked; a client that knows no list hears it from the server' '
    cp -r g/certificates naive && grid_proxy g alice revoked &&
    wait_until told revoked "certificate revoked" >tries && grep "ftp.auth.deny" "$LOG" | tail -1 | grep "Alice. was revoked by" &&
    says revoked "Alice.*was revoked" &&
    X509_CERT_DIR=$PWD/naive says revoked "did not accept our credential.*Authentication failed: certificate revoked"
'
ok 'tokens that are no TLS: not a word of what was wrong with them' '
    dialog "> AUTH GSSAPI" "< 334" "> ADAT aGVsbG8gd29ybGQ=" "< 535 \A535 Authentication failed(: [a-z ]+)?\.\r\n\Z" eof &&
    grep "ftp.auth.deny" "$LOG" | tail -1 | grep "why=.*TLS"
'
done_testing
