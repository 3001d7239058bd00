#!/bin/sh
# What docs/admin.md shows can be pasted: the signing policy there, with the names of a CA of this test in the place of its own.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_ca "$PWD/g" && grid_user "$PWD/g" alice Alice && grid_proxy "$PWD/g" alice badpolicy || { echo 'Bail out! no grid'; exit 1; }
policy=$(ls g/certificates/*.signing_policy)
sed -n "/^    access_id_CA/,/^    cond_subjects/s/^    //p" "$SRC/docs/admin.md" >example
sed "s|/O=Example/CN=Example CA|$(grid_subject g/keys/ca.pem)|; s|/O=Example/|$GRID_BASE/|" example >"$policy"
verify() { "$BIN/gridproxy" verify -trust g/certificates -purpose client "$1"; }

ok 'the page has a signing policy of three lines' '[ "$(wc -l <example)" = 3 ] && cat "$policy"'
ok 'with it a name that it allows is believed' 'verify g/alicecert.pem'
ok 'and one that it does not allow is not' '
    ! verify g/proxy/alice-badpolicy.pem >out 2>&1 && cat out && grep -i "signing policy" out
'
ok 'HASH is what the page says' '[ -e "g/certificates/$(openssl x509 -subject_hash -noout -in g/keys/ca.pem).signing_policy" ]'
done_testing
