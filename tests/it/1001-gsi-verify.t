#!/bin/sh
# gridproxy verify: every kind of credential, judged in one line.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
alice='/O=Grid/OU=Test/CN=Alice Smith'
verify() { "$BIN/gridproxy" verify -trust grid/certificates "$@"; }
accepts() { # NAME args...: exit 0 and one line that names NAME
    name=$1; shift
    verify "$@" >line || { cat line; return 1; }
    cat line
    [ "$(wc -l <line)" = 1 ] && grep -qF "accepted: $name " line
}
refuses() { # WORDS args...: exit 1 and one line with WORDS
    words=$1; shift
    must_fail 1 verify "$@" >line || { cat line; return 1; }
    cat line
    [ "$(wc -l <line)" = 1 ] && grep -q '^refused: ' line && grep -qF "$words" line
}
kind() { grid_proxy grid alice "$1"; }

ok 'a CA, a host and a user come into being' '
    grid_ca grid && grid_user grid alice "Alice Smith"
'
ok 'the end entity is accepted' 'accepts "$alice" grid/alicecert.pem'
ok 'a proxy speaks for its user' 'accepts "$alice by 1 proxy" grid/proxy/alice.pem'
ok 'so does the proxy of a proxy' 'kind two && accepts "$alice by 2 proxies" grid/proxy/alice-two.pem'
ok 'a limited one says so' 'kind limited && accepts "$alice by 1 limited proxy" grid/proxy/alice-limited.pem'
ok 'an independent proxy speaks for itself alone' '
    kind independent && accepts "$alice/CN=1003 by 1 independent proxy" grid/proxy/alice-independent.pem
'
ok 'a name that is in no map is still a good certificate' '
    kind stranger && accepts "/O=Grid/OU=Test/CN=Stranger" grid/proxy/alice-stranger.pem
'
while IFS='|' read -r kind words; do
    ok "$kind: refused" 'kind $kind && refuses "$words" grid/proxy/alice-$kind.pem'
done <<'END'
expired|CN=1005' expired on 2020-01-02T00:00:00Z
untrusted|is issued by '/O=Grid/OU=Test/CN=Some Other CA'
forged|is not signed by the CA '/O=Grid/OU=Test/CN=Test CA'
selfsigned|is self-signed
badpolicy|signing policy
language|policy language
full-below-limited|full proxy below a limited one
legacy|make an RFC 3820 proxy with 'gridproxy init'
revoked|was revoked by '/O=Grid/OU=Test/CN=Test CA' on
END
ok 'a revocation does not touch the other certificates' 'accepts "$alice" grid/proxy/alice.pem'

ok 'the host is held against the names in the certificate' '
    accepts /O=Grid/OU=Test/CN=localhost -host localhost -purpose server grid/hostcert.pem &&
    accepts /O=Grid/OU=Test/CN=localhost -host 127.0.0.1 grid/hostcert.pem &&
    accepts /O=Grid/OU=Test/CN=localhost -host 0::1 grid/hostcert.pem &&
    refuses "does not name the host" -host 127.0.0.2 grid/hostcert.pem &&
    refuses "does not name the host" -host elsewhere.example.org grid/hostcert.pem
'
ok 'the time can be another' '
    refuses "out of date since" -time 2100-01-01T00:00:00Z grid/hostcert.pem &&
    refuses "expired on" -time $(($(date +%s) + 40 * 86400)) grid/hostcert.pem &&
    refuses "not valid" -time 2020-01-01T00:00:00Z grid/hostcert.pem
'
ok 'an explicit policy that no certificate names refuses' '
    refuses "certificate policy" -explicit-policy grid/hostcert.pem &&
    refuses "certificate policy" -explicit-policy -policy 1.2.3 grid/proxy/alice.pem &&
    accepts /O=Grid/OU=Test/CN=localhost -policy 1.2.3 grid/hostcert.pem
'
ok 'an explicit policy that the certificate names accepts, another does not' '
    grid_key policy.key && grid_sign policy.pem policy.key /O=Grid/OU=Test/CN=policy grid/keys/ca "$grid_ee
certificatePolicies=1.2.3.4" && accepts /O=Grid/OU=Test/CN=policy -explicit-policy policy.pem &&
    accepts /O=Grid/OU=Test/CN=policy -explicit-policy -policy 1.2.3.9 -policy 1.2.3.4 policy.pem &&
    refuses "certificate policy" -explicit-policy -policy 1.2.3.9 policy.pem
'
ok 'the certificate of another purpose is refused' '
    grid_key client.key &&
    grid_sign client.pem client.key /O=Grid/OU=Test/CN=client grid/keys/ca "$grid_ee
extendedKeyUsage=clientAuth" &&
    accepts /O=Grid/OU=Test/CN=client -purpose client client.pem &&
    refuses "may not be used" -purpose server client.pem
'
hash=$(openssl x509 -in grid/keys/ca.pem -noout -subject_hash)
ok 'without a revocation list: as configured' '
    mv grid/certificates/$hash.r0 crl && accepts "$alice" grid/proxy/alice.pem &&
    refuses "no revocation list" -crl require grid/proxy/alice.pem
'
ok 'an unreadable revocation list refuses' '
    echo nonsense >grid/certificates/$hash.r0 && refuses "cannot be read" grid/proxy/alice.pem &&
    mv crl grid/certificates/$hash.r0
'
ok 'a CA without signing policy is not trusted' '
    mv grid/certificates/$hash.signing_policy policy && refuses "signing policy" grid/proxy/alice.pem &&
    mv policy grid/certificates/$hash.signing_policy && accepts "$alice" grid/proxy/alice.pem
'
ok 'intermediates may come with the chain or lie in the directory' '
    grid_key grid/keys/sub.key &&
    grid_sign grid/keys/sub.pem grid/keys/sub.key "$GRID_BASE/CN=Sub CA" grid/keys/ca "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign" &&
    grid_eec grid bob "$GRID_BASE/CN=Bob" sub && cat grid/keys/bob.pem grid/keys/sub.pem >chain.pem &&
    refuses "CN=Sub CA" grid/keys/bob.pem &&
    refuses "CN=Sub CA'"'"' is a CA'"'"'s without a signing policy" chain.pem &&
    grid_trust grid sub && accepts /O=Grid/OU=Test/CN=Bob chain.pem && accepts /O=Grid/OU=Test/CN=Bob grid/keys/bob.pem
'
below() { # NAME CA-EXTENSION EE-EXTENSION: a CA below ours, trusted, and NAME.pem, a chain of a certificate by it
    grid_key "grid/keys/$1.key" && grid_sign "grid/keys/$1.pem" "grid/keys/$1.key" "$GRID_BASE/CN=$1 CA" grid/keys/ca \
        "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
$2" && grid_trust grid "$1" && grid_key "$1.key" &&
        grid_sign "$1.ee" "$1.key" "$GRID_BASE/CN=$1" "grid/keys/$1" "$grid_ee
$3" && cat "$1.ee" "grid/keys/$1.pem" >"$1.pem"
}
ok 'a CA may map policies unless that is inhibited' '
    below mapped "certificatePolicies=1.2.3.4
policyMappings=1.2.3.4:1.2.3.5" certificatePolicies=1.2.3.5 &&
    accepts "$GRID_BASE/CN=mapped" -explicit-policy -policy 1.2.3.4 mapped.pem &&
    refuses "certificate policy" -explicit-policy -policy 1.2.3.4 -inhibit-policy-mapping mapped.pem
'
ok 'anyPolicy stands for each unless that is inhibited' '
    below any certificatePolicies=2.5.29.32.0 certificatePolicies=1.2.3.4 &&
    accepts "$GRID_BASE/CN=any" -explicit-policy -policy 1.2.3.4 any.pem &&
    refuses "certificate policy" -explicit-policy -policy 1.2.3.4 -inhibit-any-policy any.pem
'
ok 'a CA below which a policy is required is obeyed without being asked' '
    below strict policyConstraints=critical,requireExplicitPolicy:0 "" &&
    refuses "certificate policy" strict.pem &&
    below named "certificatePolicies=1.2.3.4
policyConstraints=critical,requireExplicitPolicy:0" certificatePolicies=1.2.3.4 &&
    accepts "$GRID_BASE/CN=named" named.pem
'
ok 'a CA that maps from anyPolicy is refused without being asked' '
    below odd "certificatePolicies=1.2.3.4
policyMappings=2.5.29.32.0:1.2.3.5" certificatePolicies=1.2.3.5 && refuses "polic" odd.pem
'
ok 'the depth is what may be between' '
    accepts "$GRID_BASE/CN=any" -depth 1 any.pem && refuses "too many issuers" -depth 0 any.pem &&
    accepts "$alice" -depth 1 grid/proxy/alice.pem && must_fail 1 verify -depth -1 any.pem
'
ok 'what is not a chain is refused' '
    echo nonsense >no.pem && refuses "no certificate" no.pem && refuses "cannot open" nothing.pem &&
    must_fail 1 verify && must_fail 1 verify -bogus && must_fail 1 verify -purpose x no.pem
'
done_testing
