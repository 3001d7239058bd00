#!/bin/bash
# gridcp ended at the worst moments: what is complete is not copied again, what
# has arrived at a server is not sent again.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"
case $BIN in */release/*) skip_all "a release build has no test points" ;; esac

GRID_KEY=rsa:2048 # for the real server
# markers so seldom that none ever comes
grid_data -o gridftp.markers_interval=3600 -o gridftp.restart_interval=3600
HOST_CERT=$PWD/ca/hostcert.pem HOST_KEY=$PWD/ca/hostkey.pem R=$PWD/remote L=$PWD/local
mkdir "$L" && grid_folder "$R"
head -c 9000000 /dev/urandom >"$L/big"
cp "$L/big" "$R/big"
[ "$(id -u)" != 0 ] || chown "$ACCOUNT" "$R/big"
gridcp=$BIN/gridcp

# killed AT POINT OPTIONS...: a run with a state file that ends there
killed() {
    point=$1
    shift
    rm -f k.point
    GATEHOUSE_TEST_POINT="$point $PWD/k.point" $gridcp -state state "$@"
    [ $? = 137 ] && cat state
}
# nothing COMMAND...: it succeeds, and no byte moves
nothing() {
    $gridcp -state state --json "$@" >json && cat json && tail -1 json | grep -q '"bytes":0}'
}

for point in gridcp.before_rename gridcp.after_rename; do
    ok "a get killed at $point is not made again" '
        rm -f "$L/got" state && killed $point $U$R/big "$L/got" && nothing $U$R/big "$L/got" && cmp "$L/big" "$L/got" &&
        [ -z "$(ls -A "$L" | grep part)" ]
    '
    ok ".. and -dry-run and -do change nothing of what is left" '
        rm -f "$L/got" state && killed $point $U$R/big "$L/got" && ls -A "$L" >before && cp state state.before && $gridcp -state state -dry-run $U$R/big "$L/got" && $gridcp -state state -do out $U$R/big "$L/got" &&
        ls -A "$L" | diff before - && [ "$(grep -c ^d state)" = "$(grep -c ^d state.before)" ] && nothing $U$R/big "$L/got" && cmp "$L/big" "$L/got"
    '
    ok ".. nor one of a list" '
        rm -rf "$L/d" state && mkdir "$L/d" && printf "%s\n" "$U$R/big $L/d/1" "$U$R/big $L/d/2" >list &&
        killed $point -cc 1 -f list && $gridcp -state state --json -f list >json && cat json && tail -1 json | grep -q "\"bytes\":9000000}" &&
        cmp "$L/big" "$L/d/1" && cmp "$L/big" "$L/d/2" && [ "$(ls -A "$L/d" | wc -l)" = 2 ]
    '
done
rm -f "$L/got" at
GATEHOUSE_TEST_POINT="gridcp.before_rename:stop $PWD/at" $gridcp $U$R/big "$L/got" 2>said &
pid=$!
until grep -q "^State:.T" /proc/$pid/status 2>/dev/null || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
echo other >"$L/other" && mv "$L/other" "$L/.got.part"
kill -CONT $pid
ok "a file that took the name of the part does not become the destination" '
    wait $pid; cat said; cmp "$L/big" "$L/got"
'
mkfifo hold && echo old >"$L/diary" && chmod 600 "$L/diary"
{ printf abc; cat hold; } | $gridcp - "file://$L/diary" 2>said &
pid=$!
until [ "$(cat "$L/.diary.part" 2>/dev/null)" = abc ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
seen=$(stat -c %a "$L/.diary.part")
echo def >hold
ok "what is to replace a private file is private from its first byte" '
    wait $pid; cat said; echo "$seen"; [ "$seen" = 600 ] && [ "$(stat -c %a "$L/diary")" = 600 ] && [ "$(cat "$L/diary")" = abcdef ]
'
ok "a file that was touched since is copied again" '
    rm -f "$L/got" state && killed gridcp.after_rename $U$R/big "$L/got" && echo more >>"$L/got" &&
    $gridcp -state state $U$R/big "$L/got" && cmp "$L/big" "$L/got"
'

head -c 9000000 /dev/urandom >"$L/big2"
cp "$L/big2" "$R/big2"
[ "$(id -u)" != 0 ] || chown "$ACCOUNT" "$R/big2"
for how in "" "-p 2"; do
    ok "a local part is gone on with (${how:-plain})" '
        rm -f "$L/got" "$L"/.got* state && killed gridcp.noted $how $U$R/big "$L/got" && grep -q "^p " state &&
        $gridcp --json $how -state state $U$R/big "$L/got" >json && cat json && cmp "$L/big" "$L/got" &&
        [ "$(tail -1 json | sed "s/.*://; s/}//")" -lt 9000000 ]
    '
    for at in gridcp.noted gridcp.before_rename; do
        ok ".. unless another gridcp has left one of that name meanwhile, at $at" '
            rm -f "$L/got" "$L"/.got* state && killed gridcp.noted $how $U$R/big "$L/got" && mv state state.first && killed $at $how $U$R/big2 "$L/got" &&
            mv state.first state && $gridcp $how -state state $U$R/big "$L/got" && cmp "$L/big" "$L/got"
        '
    done
done
ok "a part with a hole, as several streams leave one, is not fetched anew from there" '
    rm -f "$L/got" "$L"/.got* state && killed gridcp.noted $U$R/big "$L/got" && had=$(sed -n "s/^p .* 0-\([0-9]*\)\$/\1/p" state | tail -1) &&
    echo "$had bytes are there" && [ "$had" -gt 1000 ] && hole=$((had / 4)) && sed -i "s/ 0-$had\$/ 0-$hole,$((2 * hole))-$had/" state &&
    $gridcp --json -state state $U$R/big "$L/got" >json && cat json && cmp "$L/big" "$L/got" &&
    [ "$(tail -1 json | sed "s/.*://; s/}//")" = $((9000000 - had + hole)) ]
'
ok "-state and -df: a run that is cut short is continued, and the list of what is left is kept" '
    rm -rf "$L/d" state left && mkdir "$L/d" && printf "%s\n" "$U$R/big $L/d/1" "$U$R/late $L/d/2" "$U$R/big2 $L/d/3" >list &&
    must_fail 66 $gridcp -cc 1 -state state -df left -f list && grep -q late left && ! grep -q d/1 left && cp "$L/big" "$R/late" &&
    chmod a+r "$R/late" && $gridcp --json -cc 1 -state state -df left -f list >json && cat json && cmp "$L/big" "$L/d/2" &&
    cmp "$L/big2" "$L/d/3" && ! grep "d/1" json && [ ! -e left ] && nothing -df left -f list && [ ! -e left ]
'
ok ".. what was done before is not in it, when that run ends early, too" '
    rm -rf "$L/d" state left "$R/late" && mkdir "$L/d" && printf "%s\n" "$U$R/late $L/d/2" "$U$R/big $L/d/1" >list &&
    must_fail 66 $gridcp -c -cc 1 -state state -df left -f list && [ -e "$L/d/1" ] &&
    must_fail 66 $gridcp -cc 1 -state state -df left -f list && cat left && grep -q late left && ! grep d/1 left
'
ok ".. a list of what was left without -state is not a state" '
    must_fail 64 $gridcp -state none -df left -f list 2>said; cat said; grep -q "without -state" said && [ ! -e none ] && grep -q late left
'

sent() { # NAME URL OPTIONS
    W=$1 S=$2 how=$3
    # Held when some of it is sent; what the server then has in its file is what need not be sent.
    ok "$W: what a put has brought is not sent again, without any marker ${how:-plain}" '
        rm -f "$R"/put "$R"/.put* state k.point && {
            GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.point" $gridcp -state state $how "$L/big" $S$R/put & pid=$!
        } && wait_until test -s k.point && wait_until part && kill -9 $pid; wait $pid; cat state
        wait_until quiet && there=$(part) && echo "there: $there" &&
        $gridcp --json -state state $how "$L/big" $S$R/put >json && cat json && cmp "$L/big" "$R/put" &&
        tail -1 json | grep -q "\"bytes\":$((9000000 - there))}"
    '
}
resume() { # NAME URL: what holds for puts to both servers
    W=$1 S=$2
    ok "$W: a put killed when the server has said 226 is not made again" '
        rm -f "$R/put" state && killed gridcp.stored "$L/big" $S$R/put && nothing "$L/big" $S$R/put && cmp "$L/big" "$R/put"
    '
    ok "$W: .. unless another file of that length stands there now" '
        rm -f "$R/put" state && killed gridcp.stored "$L/big" $S$R/put && dd if=/dev/zero of="$R/put" bs=1 seek=4000000 count=5 conv=notrunc &&
        $gridcp -state state "$L/big" $S$R/put && cmp "$L/big" "$R/put"
    '
    for how in "" "-p 1"; do sent "$W" $S "$how"; done
    ok "$W: a part that is not ours is not gone on with" '
        rm -f "$R"/put "$R"/.put* state k.point && {
            GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.point" $gridcp -state state "$L/big" $S$R/put & pid=$!
        } && wait_until test -s k.point && wait_until part && kill -9 $pid; wait $pid
        wait_until quiet && there=$(part) && file=$(ls "$R"/.put* "$R"/put 2>/dev/null | head -1) &&
        head -c $there /dev/zero | dd of="$file" conv=notrunc &&
        $gridcp -state state "$L/big" $S$R/put && cmp "$L/big" "$R/put"
    '
    ok "$W: a third party copy killed when both have said 226 is not made again" '
        rm -f "$R/third" state && killed gridcp.stored $U$R/big $S$R/third && nothing $U$R/big $S$R/third && cmp "$L/big" "$R/third"
    '
}
# how much the server has in its file; none yet: false
part() {
    for f in "$R/.put.part-gridftp" "$R/put"; do
        [ ! -s "$f" ] || { stat -c %s "$f"; return; }
    done
    false
}
# no process of a session is left: nothing more is written
quiet() { grid_alone "$SERVER"; }

SERVER=$PID
wait_until quiet
resume ours $U
# 3,000 files take longer than the tenth of a second in which a signal is seen.
ok "-df: a signal leaves a list of what was not copied, and that copies it" '
    rm -rf "$L/d" k.point left && mkdir "$L/d" && echo small >"$R/small" && for i in $(seq 3000); do echo "$U$R/small $L/d/$i"; done >list && {
        GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.point" $gridcp -cc 2 -df left -f list & pid=$!
    } && wait_until stopped $pid && kill -TERM $pid && kill -CONT $pid; wait $pid; [ $? = 143 ] &&
    [ -z "$(ls -A "$L/d" | grep part)" ] && (ls "$L/d"; sed "s/\"$//; s/.*\///" left) | sort -n | cmp - <(seq 3000) && [ -s left ] && wc -l left &&
    $gridcp -df left && [ ! -e left ] && [ "$(cat "$L"/d/* | wc -l)" = 3000 ]
'
if command -v globus-gridftp-server >/dev/null && globus_start; then
    SERVER=$GLOBUS_PID
    [ "$(id -u)" != 0 ] || chmod 777 "$R"
    resume real gsiftp://localhost:$GLOBUS_PORT
    globus_stop
    # MODE S is for servers without parallel streams: the real one, clear, behind a proxy that does not tell of them.
    rm -f "$R"/put "$R"/.put*
    # shellcheck disable=SC2046
    globus_start -aa $([ "$(id -u)" != 0 ] || echo "-anonymous-user $ACCOUNT") && SERVER=$GLOBUS_PID &&
        { "$SRC/tests/lib/ftpless" $GLOBUS_PORT less.port PARALLEL & cleanup kill $!; } && wait_until test -s less.port
    sent "MODE S" "ftp://localhost:$(cat less.port)" ""
    ok "MODE S: it was MODE S" 'rm -f "$R/put" && $gridcp -dbg "$L/big" ftp://localhost:$(cat less.port)$R/put 2>said && ! grep "^MODE E" said && cmp "$L/big" "$R/put"'
else
    skip "the real server" "globus-gridftp-server is not installed"
fi
done_testing
