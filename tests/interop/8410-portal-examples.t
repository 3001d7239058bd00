#!/bin/sh
# examples/portal: what docs/portal.md shows, run against a gatekeeper.
[ -n "$URL" ] || exec "$SRC/tests/lib/serve-gate" alice -- "$0"
. "$SRC/tests/lib/tap.sh"
export X509_USER_PROXY="$PROXY_alice" CA
examples=$SRC/examples/portal

for p in py pl sh; do
    submit=$examples/submit.$p
    ok "submit.$p: output and exit code, arguments as they were typed" '
        must_fail 5 "$submit" "$URL" /bin/sh -c "printf \"%s|\" \"\$@\"; exit 5" - "a & b" "<x>" >out 2>err &&
        [ "$(cat out)" = "a & b|<x>|" ] && grep -q "^$URL/jobs/" err
    '
    ok "submit.$p: what cannot run is told in words" '
        must_fail 127 "$submit" "$URL" /no/such/program 2>err && grep "Failed: .*/no/such/program" err
    '
    ok "submit.$p: what is refused is told in words" '
        ! "$submit" "$URL" "" 2>err && grep "^not submitted: the executable is missing" err
    '
done
for p in py sh; do
    submit=$examples/submit.$p
    ok "submit.$p: the same MESSAGE_ID is the same job, another job is refused" '
        export MESSAGE_ID=urn:example:$p && "$submit" "$URL" /bin/true 2>one && "$submit" "$URL" /bin/true 2>two && cmp one two &&
        ! "$submit" "$URL" /bin/false 2>three && grep "was used before" three
    '
    unset MESSAGE_ID
done
ok 'delegate.py: the job has a limited proxy that speaks for the user' '
    DELEGATION=$("$examples/delegate.py" "$URL") && [ -n "$DELEGATION" ] && export DELEGATION &&
    "$examples/submit.py" "$URL" "$BIN/gridproxy" info -type -identity >out && grep -x "RFC 3820 compliant limited proxy" out &&
    grep -x "/O=Grid/OU=Test/CN=Alice" out
'
unset DELEGATION
done_testing
