#!/bin/sh
# gridproxy verify against NIST's PKITS, the path validation test suite for RFC 5280.  Its certificates are not part of
# this tree: PKITS=DIR names the directory that NIST's archive unpacks to, with certs/ and crls/ in it.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
[ -n "$PKITS" ] || skip_all 'PKITS is not set: it names the directory of the NIST PKITS data (certs/, crls/)'
[ -d "$PKITS/certs" ] && [ -d "$PKITS/crls" ] || skip_all "PKITS: there is no certs/ or no crls/ in '$PKITS'"

next() { # STEM: the first of STEM0, STEM1, ... that is not there
    k=0
    while [ -e "$1$k" ]; do k=$((k + 1)); done
    echo "$1$k"
}
trust() { # FILE: a CA's certificate, with the right to sign everything
    hash=$(openssl x509 -inform DER -in "$1" -noout -subject_hash) &&
    to=$(next "all/$hash.") && openssl x509 -inform DER -in "$1" -out "$to" &&
    printf "access_id_CA X509 '%s'\npos_rights globus CA:sign\ncond_subjects globus '\"*\"'\n" "$(grid_subject "$to")" \
        >"all/$hash.signing_policy"
}
list() { # FILE: a revocation list
    openssl crl -inform DER -in "$1" -out "$(next "all/$(openssl crl -inform DER -in "$1" -noout -hash).r")"
}
verify() { # NAME [options]: judge the end entity NAME at a time at which those that do not test the time are valid
    ee=$1; shift
    "$BIN/gridproxy" verify -trust all -crl require -time 2016-06-01T00:00:00Z "$@" "$ee.pem" | tee verdict
}
says() { # accepted|refused NAME [options]
    word=$1; shift
    verify "$@"
    grep -q "^$word: " verdict || { echo "$1 $2 $3 $4 $5 is not $word"; return 1; }
}
each() { # accepted|refused NAME...: all of them
    want=$1 bad=0; shift
    for one; do says "$want" "$one" || bad=1; done
    [ $# -gt 0 ] && [ $bad = 0 ]
}

mkdir all ee
ok 'the suite is read' '
    for f in "$PKITS"/certs/*.crt; do
        case $f in
        *EE.crt) openssl x509 -inform DER -in "$f" -out "ee/$(basename "$f" EE.crt).pem" ;;
        *) trust "$f" ;;
        esac || echo "not read: $f"
    done
    for f in "$PKITS"/crls/*.crl; do list "$f" || echo "not read: $f"; done
    [ "$(ls ee | wc -l)" -ge 200 ]
'
# 1024 bits of DSA are not enough here, whatever they sign.
cat >special <<'END'
ValidDSASignaturesTest4
ValidDSAParameterInheritanceTest5
END
entities() { for f in ee/"$1"*.pem; do [ -e "$f" ] && echo "${f%.pem}"; done | grep -vFf special; }
ok 'what the suite calls valid is accepted' 'each accepted $(entities Valid)'
ok 'what it calls invalid is refused' 'each refused $(entities Invalid)'
while read -r name; do
    ok "$name: its key is too small" 'says refused "ee/$name" && grep -q "too small" verdict'
done <special

# The policy tests that depend on what the caller asks for: the end entity, p1 .. p6 for NIST's test policies, "explicit"
# for initial-explicit-policy, "no-map" and "no-any" for the two inhibitors; then what must come of it.
options() {
    for o; do
        case $o in
        p?) echo "-policy 2.16.840.1.101.3.2.1.48.${o#p}" ;;
        explicit) echo -explicit-policy ;;
        no-map) echo -inhibit-policy-mapping ;;
        no-any) echo -inhibit-any-policy ;;
        esac
    done
}
while read -r name result settings; do
    ok "$name, ${settings:-nothing asked for}: $result" 'says $result "ee/$name" $(options $settings)'
done <<'END'
ValidCertificatePathTest1 accepted explicit
ValidCertificatePathTest1 accepted explicit p1
ValidCertificatePathTest1 refused explicit p2
ValidCertificatePathTest1 accepted explicit p1 p2
AllCertificatesNoPoliciesTest2 accepted
AllCertificatesNoPoliciesTest2 refused explicit
DifferentPoliciesTest3 accepted
DifferentPoliciesTest3 refused explicit
DifferentPoliciesTest3 refused explicit p1 p2
DifferentPoliciesTest4 refused
DifferentPoliciesTest5 refused
OverlappingPoliciesTest6 accepted
OverlappingPoliciesTest6 accepted p1
OverlappingPoliciesTest6 refused p2
DifferentPoliciesTest7 refused
DifferentPoliciesTest8 refused
DifferentPoliciesTest9 refused
AllCertificatesSamePoliciesTest10 accepted
AllCertificatesSamePoliciesTest10 accepted p1
AllCertificatesSamePoliciesTest10 accepted p2
AllCertificatesanyPolicyTest11 accepted
AllCertificatesanyPolicyTest11 accepted p1
DifferentPoliciesTest12 refused
AllCertificatesSamePoliciesTest13 accepted p1
AllCertificatesSamePoliciesTest13 accepted p2
AllCertificatesSamePoliciesTest13 accepted p3
AnyPolicyTest14 accepted p1
AnyPolicyTest14 refused p2
UserNoticeQualifierTest15 accepted
UserNoticeQualifierTest16 accepted
UserNoticeQualifierTest17 accepted
UserNoticeQualifierTest18 accepted p1
UserNoticeQualifierTest18 accepted p2
UserNoticeQualifierTest19 accepted
CPSPointerQualifierTest20 accepted
ValidPolicyMappingTest1 accepted p1
ValidPolicyMappingTest1 refused p2
ValidPolicyMappingTest1 refused no-map
InvalidPolicyMappingTest2 refused no-map
ValidPolicyMappingTest3 refused p1
ValidPolicyMappingTest3 accepted p2
ValidPolicyMappingTest5 accepted p1
ValidPolicyMappingTest5 refused p6
ValidPolicyMappingTest6 accepted p1
ValidPolicyMappingTest6 refused p6
ValidPolicyMappingTest12 accepted p1
ValidPolicyMappingTest12 accepted p2
ValidPolicyMappingTest13 accepted p1
ValidinhibitAnyPolicyTest2 accepted
inhibitAnyPolicyTest3 accepted
inhibitAnyPolicyTest3 refused no-any
END
done_testing
