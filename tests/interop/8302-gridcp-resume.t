#!/bin/bash
# gridcp is cut off, from within and from without, with the real server at the
# other end: what had arrived is not sent again, and the sum is right.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"
case $BIN in */release/*) skip_all "a release build has no test points" ;; esac

globus_need globus-gridftp-server
globus_grid remote
R=$PWD/remote L=$PWD/local
mkdir "$L"
globus_start || skip_all "the real server does not start"
U=gsiftp://localhost:$GLOBUS_PORT
head -c 100000000 /dev/urandom >"$R/big"
size=100000000
gridcp=$BIN/gridcp

moved() { # FILE: bytes of the "end" line
    sed -n 's/.*"event":"end".*"bytes":\([0-9]*\).*/\1/p' "$1"
}
for how in "" "-p 1" "-p 3" "-dcpriv"; do
    name=$(echo "x$how" | tr -d ' -')
    ok "killed in the middle, begun again: the rest is fetched (${how:-plain})" '
        GATEHOUSE_TEST_POINT="gridcp.noted $PWD/k.$name" $gridcp $how --json -state st.$name $U$R/big $L/$name >json.1
        [ $? = 137 ] && [ -e "k.$name" ] || { echo "test points are not compiled in"; false; } &&
        [ ! -e "$L/$name" ] && [ -e "$L/.$name.part" ] && cat st.$name &&
        $gridcp $how --json -state st.$name $U$R/big $L/$name >json.2 && cat json.2 && cmp "$R/big" "$L/$name" &&
        [ ! -e "$L/.$name.part" ] && [ "$(moved json.2)" -lt $((size - 900000)) ]
    '
    ok "after that there is nothing left to do (${how:-plain})" '
        $gridcp $how --json -state st.$name $U$R/big $L/$name >json.3 && cat json.3 && [ "$(moved json.3)" = 0 ]
    '
done
ok "a source that changed meanwhile is fetched from its beginning" '
    GATEHOUSE_TEST_POINT="gridcp.noted $PWD/k.c" $gridcp -state st.c $U$R/big $L/c
    head -c 3000000 "$R/big" >changed && cat changed >"$R/big2" && touch -d "2001-01-01" "$R/big2" &&
    cp -p "$R/big" saved && cat changed >"$R/big" && $gridcp -state st.c $U$R/big $L/c && cmp changed "$L/c" &&
    cat saved >"$R/big"
'
ok "a part that somebody removed is fetched from its beginning" '
    GATEHOUSE_TEST_POINT="gridcp.noted $PWD/k.d" $gridcp -state st.d $U$R/big $L/d
    rm -f "$L/.d.part" && $gridcp -state st.d $U$R/big $L/d && cmp "$R/big" "$L/d"
'
ok "killed before and after the rename: the file is whole, once" '
    for point in begin data before_rename after_rename; do
        GATEHOUSE_TEST_POINT="gridcp.$point $PWD/k.$point" $gridcp -state st.$point $U$R/big $L/$point
        [ $? = 137 ] || return 1
        [ ! -e "$L/$point" ] || cmp "$R/big" "$L/$point" || return 1
        $gridcp -state st.$point $U$R/big $L/$point && cmp "$R/big" "$L/$point" || return 1
    done
'
ok "another gridcp with the same state is refused, and says so" '
    GATEHOUSE_TEST_POINT="gridcp.noted:stop $PWD/k.e" $gridcp -state st.e $U$R/big $L/e & pid=$!
    wait_until stopped $pid &&
    must_fail 75 $gridcp -state st.e $U$R/big $L/e 2>said && cat said && grep -q "another gridcp" said
    kill -CONT $pid; wait $pid && cmp "$R/big" "$L/e"
'
ok "a state file of another copy is refused" '
    must_fail 64 $gridcp -state st.e $U$R/big $L/other 2>said; cat said; grep -q "another copy" said
'
ok "the server is killed in the middle: gridcp goes on by itself" '
    GATEHOUSE_TEST_POINT="gridcp.noted:stop $PWD/k.f" $gridcp --json -state st.f $U$R/big $L/f >json.f & pid=$!
    wait_until stopped $pid && pkill -KILL -P $GLOBUS_PID &&
    kill -CONT $pid && wait $pid && cat json.f && grep -q "\"event\":\"retry\"" json.f && cmp "$R/big" "$L/f" &&
    [ "$(moved json.f)" = $size ]
'
ok "a list goes on where it was" '
    for i in $(seq 60); do cp changed "$R/l$i"; echo "$U$R/l$i $L/l$i"; done >list &&
    { GATEHOUSE_TEST_POINT="gridcp.after_rename $PWD/k.g" $gridcp -state st.g -f list; [ $? = 137 ]; } &&
    $gridcp --json -state st.g -f list >json.g && for i in $(seq 60); do cmp changed "$L/l$i" || return 1; done
'
ok "-df keeps what is left, and goes on from there" '
    printf "%s\n" "$U$R/l1 $L/m1" "$U$R/nonesuch $L/m2" "$U$R/l3 $L/m3" >list.2 &&
    must_fail 66 $gridcp -f list.2 -df left && cat left && grep -q nonesuch left && ! grep -q /m1 left &&
    echo found >"$R/nonesuch" && $gridcp -f list.2 -df left && [ ! -e left ] && cmp changed "$L/m3"
'
done_testing
