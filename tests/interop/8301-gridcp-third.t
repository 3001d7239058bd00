#!/bin/bash
# gridcp -> two real servers: third party transfers, their failures, restart
# after a cut.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"

globus_need globus-gridftp-server
globus_grid a b
A=$PWD/a B=$PWD/b
globus_start || skip_all "the real server does not start"
UA=gsiftp://localhost:$GLOBUS_PORT
cleanup kill $GLOBUS_PID
globus_start
UB=gsiftp://localhost:$GLOBUS_PORT
head -c 20000000 /dev/urandom >"$A/big"
: >"$A/empty"
gridcp=$BIN/gridcp

for how in "" "-p 4" "-dcpriv" "-dcsafe -p 2" "-nodcau" "-notpt"; do
    ok "between two servers ${how:-plain}" '
        (for f in big empty; do $gridcp $how $UA$A/$f $UB$B/$f && cmp "$A/$f" "$B/$f" && rm -f "$B/$f" || exit 1; done)
    '
done
ok "a tree" '
    mkdir -p tree/sub && for i in $(seq 120); do echo $i >tree/f$i; done && echo s >tree/sub/s && chmod -R a+rX tree &&
    $gridcp -r $UA$PWD/tree/ $UB$B/tree/ && diff -rq tree "$B/tree"
'
ok "checksums of both servers are compared" '$gridcp -verify-checksum -checksum-alg sha1 $UA$A/big $UB$B/sum && cmp "$A/big" "$B/sum"'
ok "a part" '$gridcp -off 100 -len 5000 $UA$A/big $UB$B/part && cmp -i 100 -n 5000 "$A/big" "$B/part"'
ok "a source that is missing" 'must_fail 66 $gridcp $UA$A/none $UB$B/none 2>said; cat said; grep -q "No such file" said'
ok "a destination that may not be written" 'must_fail 77 $gridcp $UA$A/big $UB/root/x 2>said; cat said; grep -q "/root/x: Permission denied" said'
ok "one pair fails, the other is copied after it, and is right" '
    printf "%s\n" "$UA$A/none $UB$B/n1" "$UA$A/big $UB/root/n2" "$UA$A/big $UB$B/n3" "$UA$A/empty $UB$B/n4" >list &&
    must_fail 66 $gridcp -c -cc 1 -f list && cmp "$A/big" "$B/n3" && cmp "$A/empty" "$B/n4" && [ ! -e "$B/n1" ]
'
done_testing
