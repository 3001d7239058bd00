#!/bin/bash
# The real globus-url-copy against our daemon: every option that changes what
# goes over the wire, and copies between ours and the real server.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"
globus_need globus-url-copy globus-gridftp-server

GRID_KEY=rsa:2048
grid_alice "$PWD/g"
start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 || { echo "Bail out! no daemon"; exit 1; }
HOST_CERT=$PWD/g/hostcert.pem HOST_KEY=$PWD/g/hostkey.pem
globus_start || { echo "Bail out! no Globus server"; exit 1; }
R=$PWD/remote L=$PWD/local
mkdir "$L" && grid_folder "$R"
ours=gsiftp://localhost:$PORT$R real=gsiftp://localhost:$GLOBUS_PORT$R
head -c 12345678 /dev/urandom >"$L/big"
head -c 4321 "$L/big" >"$L/small"
: >"$L/empty"
cp "$L"/* "$R"

for how in "" "-p 1" "-p 4" "-p 16" "-fast" "-fast -p 3" "-dcpriv" "-dcpriv -p 4" "-dcsafe" "-dcsafe -p 2" "-nodcau" \
    "-nodcau -p 2" "-bs 65536 -p 2" "-tcp-bs 100000" "-pp" "-pp -p 2 -fast" "-stripe -p 2"; do
    ok "get ${how:-plain}" '(
        for f in big small empty; do
            globus-url-copy $how $ours/$f file://$L/got.$f && cmp "$L/$f" "$L/got.$f" || exit
        done
    )'
    [ "$how" = "-stripe -p 2" ] || ok "put ${how:-plain}" '(
        for f in big small empty; do
            globus-url-copy $how file://$L/$f $ours/put.$f && cmp "$L/$f" "$R/put.$f" || exit
        done; rm -f "$R"/put.*
    )'
done
for how in "" "-p 4" "-fast" "-dcpriv" "-dcpriv -p 2" "-dcsafe" "-nodcau" "-nodcau -p 3" "-pp" "-stripe" "-fast -p 2"; do
    ok "between two servers, all pairings: ${how:-plain}" '(
        for f in big empty; do
            for way in "$ours $real" "$real $ours" "$ours $ours"; do
                set -- $way
                globus-url-copy $how $1/$f $2/copy && cmp "$L/$f" "$R/copy" && rm -f "$R/copy" || exit
            done
        done
    )'
done
ok 'a credential fifteen delegations deep, which is delegated once more' '
    grid_deep g alice 15 &&
    X509_USER_PROXY=$PWD/g/proxy/alice.15.pem globus-url-copy $ours/small file://$L/deep && cmp "$L/small" "$L/deep" &&
    X509_USER_PROXY=$PWD/g/proxy/alice.15.pem globus-url-copy -dcpriv -p 2 file://$L/big $ours/deep && cmp "$L/big" "$R/deep"
'
ok 'many files at once, each way' '(
    mkdir -p tree/a/b tree/c && for i in $(seq 60); do head -c $((i * 37)) "$L/big" >"tree/a/b/f$i"; done &&
    echo x >"tree/c/a file" && : >tree/c/empty &&
    for how in "" "-p 2" "-pp -cc 4" "-pp -cc 4 -p 2 -fast" "-fast -cc 2" "-nodcau -pp"; do
        globus-url-copy -r -cd $how file://$PWD/tree/ $ours/up/ && diff -r tree "$R/up" &&
        globus-url-copy -r -cd $how $ours/up/ file://$PWD/down/ && diff -r tree down &&
        globus-url-copy -r -cd $how $ours/up/ $real/up2/ && diff -r tree "$R/up2" &&
        globus-url-copy -r -cd $how $real/up/ $ours/up3/ && diff -r tree "$R/up3" &&
        rm -rf down "$R"/up* || exit
    done
)'
ok 'a directory is listed' '
    globus-url-copy -list $ours/ | tee out && grep -q "big" out && grep -q "empty" out
'
ok 'a part goes to its own offset, both ways' '(
    for how in "" "-p 2"; do
        globus-url-copy $how -off 1000 -len 70000 $ours/big file://$L/part &&
        cmp -i 1000 -n 70000 "$L/part" "$L/big" &&
        globus-url-copy $how -off 1000 -len 70000 file://$L/big $ours/part &&
        cmp -i 1000 -n 70000 "$R/part" "$L/big" && rm -f "$L/part" "$R/part" || exit
    done
)'
ok 'checksums are made and verified' '
    globus-url-copy -verify-checksum $ours/big $real/sum && globus-url-copy -verify-checksum $real/big $ours/sum2 &&
    cmp "$R/sum2" "$L/big"
'
ok 'names with blanks, percent, UTF-8' '(
    for name in "a b" "100%25" "%C3%A9t%C3%A9" "a;b" "a+b"; do
        globus-url-copy file://$L/small "$ours/$name" && globus-url-copy "$ours/$name" file://$L/odd && cmp "$L/odd" "$L/small" || exit
    done
    ls "$R" && [ -e "$R/a b" ] && [ -e "$R/100%" ] && [ -e "$R/été" ]
)'
ok 'what is not there, or not allowed, is said and exits not 0' '
    must_fail 1 globus-url-copy $ours/nope file://$L/nope 2>out && cat out && grep -q "No such file" out &&
    must_fail 1 globus-url-copy file://$L/small $ours/no/such/dir/x &&
    must_fail 1 globus-url-copy file://$L/small gsiftp://localhost:$PORT/proc/x
'
ok 'data channels with a credential of their own, by DCSC' '
    grid_user g bob Bob && grid_map g bob "$ACCOUNT" &&
    globus-url-copy -data-cred g/proxy/bob.pem $ours/small $ours/dcsc && cmp "$R/dcsc" "$L/small" &&
    globus-url-copy -data-cred g/proxy/bob.pem -p 2 $ours/small $real/dcsc2 && cmp "$R/dcsc2" "$L/small"
'
ok '.. by one made for the occasion, which no CA vouches for' '
    for o in "" "-p 2" "-dcpriv"; do
        globus-url-copy $o -data-cred auto $ours/small file://$L/auto && cmp "$L/auto" "$L/small" &&
        globus-url-copy $o -data-cred auto file://$L/small $ours/auto && cmp "$R/auto" "$L/small" &&
        globus-url-copy $o -data-cred auto $ours/small $real/auto2 && cmp "$R/auto2" "$L/small" &&
        globus-url-copy $o -data-cred auto $real/small $ours/auto3 && cmp "$R/auto3" "$L/small" || return 1
    done
'
for kind in limited two; do
    ok "a proxy of kind $kind logs in" '
        grid_proxy g alice $kind && X509_USER_PROXY=$PWD/g/proxy/alice-$kind.pem globus-url-copy $ours/small file://$L/k &&
        cmp "$L/k" "$L/small"
    '
done
for kind in untrusted forged selfsigned badpolicy legacy full-below-limited language stranger independent; do
    ok "a credential of kind $kind does not" '
        grid_proxy g alice $kind && rm -f "$L/k" &&
        must_fail 1 env X509_USER_PROXY=$PWD/g/proxy/alice-$kind.pem globus-url-copy -nodcau $ours/small file://$L/k &&
        [ ! -s "$L/k" ]
    '
done
ok 'a revoked certificate does not, once the list is read anew' '
    grid_proxy g alice revoked &&
    wait_until sh -c "! X509_USER_PROXY=$PWD/g/proxy/alice-revoked.pem globus-url-copy -nodcau $ours/small file://$L/k" &&
    globus-url-copy $ours/small file://$L/k
'
ok 'no process and no part is left behind' '
    wait_log "$LOG" ftp.login.allow && ! ls -a "$R" | grep part-gridftp &&
    wait_until grid_alone "$PID"
'
done_testing
