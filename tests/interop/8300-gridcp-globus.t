#!/bin/bash
# gridcp against the real globus-gridftp-server: get, put, modes, protection,
# directories, lists, parts, odd names, what must be refused.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"

globus_need globus-gridftp-server
globus_grid remote
globus_start || { echo "1..0 # SKIP the real server does not start"; exit 0; }
U=gsiftp://localhost:$GLOBUS_PORT
R=$PWD/remote L=$PWD/local
mkdir "$L"
head -c 20000000 /dev/urandom >"$L/big"
head -c 5000 "$L/big" >"$L/small"
: >"$L/empty"
cp "$L/big" "$L/small" "$L/empty" "$R"
gridcp=$BIN/gridcp

for how in "" "-p 1" "-p 4" "-fast" "-nodcau" "-nodcau -p 3" "-dcsafe" "-dcpriv" "-dcpriv -p 4" "-bs 65536" "-tcp-bs 1m -p 2"; do
    ok "get ${how:-plain}" '
        (for f in big small empty; do
            $gridcp $how $U$R/$f file://$L/got.$f && cmp "$L/$f" "$L/got.$f" || exit 1
        done) && rm "$L"/got.*
    '
    ok "put ${how:-plain}" '
        (for f in big small empty; do
            $gridcp $how "$L/$f" $U$R/put.$f && cmp "$L/$f" "$R/put.$f" || exit 1
        done) && rm -f "$R"/put.*
    '
done

ok "a part is fetched to its own offset, in both modes" '
    (for how in "" "-p 2"; do
        rm -f "$L/part"
        $gridcp $how -off 1000 -len 70000 $U$R/big "$L/part" &&
        [ "$(stat -c %s "$L/part")" = 71000 ] && cmp -i 1000 -n 70000 "$L/part" "$L/big" || exit 1
    done)
'
ok "a part is stored at its own offset, in both modes" '
    (for how in "" "-p 2"; do
        $gridcp $how -off 1000 -len 70000 "$L/big" $U$R/part &&
        [ "$(stat -c %s "$R/part")" = 71000 ] && cmp -i 1000 -n 70000 "$R/part" "$L/big" || exit 1
        rm -f "$R/part"
    done)
'
ok "standard output and input are ends" '
    $gridcp $U$R/small - | cmp - "$L/small" &&
    $gridcp - $U$R/piped <"$L/small" && cmp "$R/piped" "$L/small"
'

mkdir -p tree/sub/deep tree/emptydir
for i in $(seq 1 150); do head -c $((i * 37)) "$L/big" >"tree/f$i"; done
echo deep >tree/sub/deep/er
printf 'odd' >"tree/a b"
printf 'odd' >"tree/p%41c#?;[x]"
printf 'odd' >"tree/gr\303\274n"
printf 'odd' >"tree/-dash"
ok "a tree goes there and comes back, odd names and all" '
    $gridcp -r tree/ $U$R/tree/ && diff -r tree "$R/tree" &&
    $gridcp -r $U$R/tree/ back/ && diff -r tree back
'
ok "without -r only the files" '
    mkdir flat && $gridcp $U$R/tree/ flat/ && [ -f flat/f1 ] && [ ! -e flat/sub ]
'
ok "a pattern chooses files" '
    mkdir some && $gridcp "$U$R/tree/f1?" some/ && [ "$(ls some | wc -l)" = 10 ]
'
ok "a directory as destination keeps the name" '
    mkdir into && $gridcp $U$R/small into/ && cmp into/small "$L/small"
'
ok "-list names entries" '
    $gridcp -list $U$R/tree/ >list && grep -qx "    sub/" list && grep -qx "    f150" list &&
    grep -qx "    a b" list
'
ok "parents are made with -cd only" '
    must_fail 66 $gridcp "$L/small" $U$R/x/y/z && $gridcp -cd "$L/small" $U$R/x/y/z && cmp "$R/x/y/z" "$L/small" &&
    must_fail 66 $gridcp $U$R/small new/dir/f && [ ! -e new ] && $gridcp -cd $U$R/small new/dir/f && cmp new/dir/f "$L/small"
'
ok "a list is copied in both directions, with parts and quotes" '
    cat >list.in <<E
# comment

$U$R/small file://$L/l1
"$U$R/big" "file://$L/l2" 10,20
file://$L/small $U$R/l3
$U$R/tree/a%20b file://$L/l%204
E
    $gridcp -f list.in && cmp "$L/l1" "$L/small" && [ "$(stat -c %s "$L/l2")" = 30 ] && cmp "$R/l3" "$L/small" &&
    [ "$(cat "$L/l 4")" = odd ]
'
ok "--json tells begin, done and end" '
    $gridcp --json $U$R/small "$L/j" >json &&
    /usr/bin/python3 - <<E
import json
e = [json.loads(l) for l in open("json")]
assert [x["event"] for x in e] == ["begin", "done", "end"], e
assert e[1]["bytes"] == 5000 and e[1]["source"] == "$U$R/small", e
assert e[2] == {"event": "end", "files": 1, "failed": 0, "bytes": 5000}, e
E
'
ok "a missing source: exit 66, one sentence that names it, nothing left behind" '
    must_fail 66 $gridcp $U$R/nonesuch "$L/none" 2>said && cat said && [ "$(wc -l <said)" = 1 ] && grep -q "nonesuch.*No such file" said &&
    [ -z "$(ls -A "$L" | grep none)" ]
'
ok "no permission: exit 77" 'must_fail 77 $gridcp "$L/small" $U/root/x 2>said; cat said; grep -q "Permission denied" said'
ok "with -c the others are copied, and it is still a failure" '
    printf "%s\n" "$U$R/nonesuch $L/c1" "$U$R/small $L/c2" >list.c &&
    must_fail 66 $gridcp -f list.c 2>/dev/null && [ ! -e "$L/c2" ] &&
    must_fail 66 $gridcp -c -f list.c && cmp "$L/c2" "$L/small"
'
ok "-s takes the place of the host name" '
    $gridcp -ss "$(grid_subject ca/hostcert.pem)" $U$R/small "$L/x" && must_fail 77 $gridcp -ss /CN=other $U$R/small "$L/x"
'
for kind in expired untrusted revoked forged stranger; do
    ok "a credential that is $kind is refused with its reason" '
        grid_proxy ca alice $kind && must_fail 77 env X509_USER_PROXY=ca/proxy/alice-$kind.pem $gridcp $U$R/small "$L/never" &&
        [ ! -e "$L/never" ]
    '
done
ok "a limited proxy and a proxy of a proxy are taken" '
    (for kind in limited two; do
        grid_proxy ca alice $kind && X509_USER_PROXY=ca/proxy/alice-$kind.pem $gridcp -p 2 $U$R/small "$L/k.$kind" || exit 1
    done)
'

globus_stop
grid_sign ca/keys/elsewhere.pem ca/hostkey.pem "$GRID_BASE/CN=elsewhere" ca/keys/ca "$grid_ee
subjectAltName=DNS:elsewhere"
HOST_CERT=$PWD/ca/keys/elsewhere.pem
globus_start
U=gsiftp://localhost:$GLOBUS_PORT
ok "a server whose certificate names another host is refused" '
    must_fail 77 $gridcp $U$R/small "$L/y" 2>said; cat said; grep -q localhost said && [ ! -e "$L/y" ] &&
    $gridcp -s "$GRID_BASE/CN=elsewhere" $U$R/small "$L/y"
'
done_testing
