#!/bin/bash
# gridcp against our own server: what it tells, how it fails, how it goes on.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_data -o gridftp.markers_interval=1 -o gridftp.restart_interval=1
grid_user "$PWD/ca" bob Bob && grid_map "$PWD/ca" bob "$ACCOUNT" || exit 1
account=$ACCOUNT R=$PWD/remote L=$PWD/local server=$PID
mkdir "$R" "$L"
[ "$(id -u)" != 0 ] || chown "$account" "$R"
head -c 30000000 /dev/urandom >"$L/big"
head -c 5000 "$L/big" >"$L/small"
: >"$L/empty"
cp "$L/big" "$L/small" "$L/empty" "$R"
gridcp=$BIN/gridcp
[ "$(id -u)" != 0 ] || chown "$account" "$R"/*

for how in "" "-p 1" "-p 4" "-nodcau" "-dcpriv" "-dcsafe -p 2"; do
    ok "get and put ${how:-plain}" '
        (for f in big small empty; do
            $gridcp $how $U$R/$f "$L/got" && cmp "$L/$f" "$L/got" && $gridcp $how "$L/$f" $U$R/put && cmp "$L/$f" "$R/put" || exit 1
        done) && rm -f "$L/got" "$R/put"
    '
done
mkdir -p tree/a/b
for i in $(seq 300); do head -c $((i * 11)) "$L/big" >"tree/f$i"; done
echo deep >tree/a/b/c
ok "a tree goes there and comes back" '
    $gridcp -r tree/ $U$R/tree/ && diff -rq tree "$R/tree" && $gridcp -r $U$R/tree/ back/ && diff -rq tree back
'
ok "-sync copies what differs, by each level" '
    $gridcp --json -r -sync $U$R/tree/ back/ | tail -1 | grep "\"files\":0" &&
    echo longer >back/a/b/c && rm back/f7 && touch -d 2001-01-01 back/f9 && printf 1234567890x >back/f1 && touch back/f1 &&
    [ "$($gridcp --json -r -sync -sync-level 0 -dry-run $U$R/tree/ back/ | grep -c would-copy)" = 1 ] &&
    [ "$($gridcp --json -r -sync -sync-level 1 -dry-run $U$R/tree/ back/ | grep -c would-copy)" = 2 ] &&
    [ "$($gridcp --json -r -sync -sync-level 2 -dry-run $U$R/tree/ back/ | grep -c would-copy)" = 3 ] &&
    [ "$($gridcp --json -r -sync -sync-level 3 -dry-run $U$R/tree/ back/ | grep -c would-copy)" = 3 ] &&
    $gridcp -r -sync -sync-level 3 $U$R/tree/ back/ && diff -rq tree back
'
ok "-do to a pipe or a device writes there; what cannot be written is a failure" '
    $gridcp -do /dev/stdout $U$R/tree/1 nowhere | grep nowhere && mkfifo fifo && { cat fifo >through & } && $gridcp -do fifo $U$R/tree/1 nowhere && wait $! &&
    grep nowhere through && [ -p fifo ] && must_fail 74 $gridcp -do /dev/full $U$R/tree/1 nowhere 2>said && grep /dev/full said && [ -c /dev/full ] &&
    : >aim && ln -s aim link && $gridcp -do link $U$R/tree/1 nowhere && [ -L link ] && grep nowhere aim
'
ok "-dry-run and -do change nothing" '
    $gridcp -dry-run -r $U$R/tree/ nowhere/ 2>/dev/null && [ ! -e nowhere ] &&
    $gridcp -do todo -r $U$R/tree/ nowhere/ && [ ! -e nowhere ] && [ "$(wc -l <todo)" = 301 ] &&
    $gridcp -cd -f todo && diff -rq tree nowhere
'
ok "-verify-checksum sees what changed on the way" '
    $gridcp -verify-checksum $U$R/big "$L/v" && $gridcp -verify-checksum -checksum-alg sha256 "$L/big" $U$R/v && cmp "$L/big" "$R/v" &&
    must_fail 69 $gridcp -verify-checksum -checksum-alg nonesuch $U$R/small "$L/v2" && [ ! -e "$L/v2" ]
'
ok "the mode of a file that is replaced stays, and a link is followed" '
    cp "$L/small" "$L/m" && chmod 750 "$L/m" && ln -s m "$L/link" && $gridcp $U$R/big "$L/link" && cmp "$L/big" "$L/m" &&
    [ -L "$L/link" ] && [ "$(stat -c %a "$L/m")" = 750 ]
'
ok "devices are written as they are" '$gridcp $U$R/big /dev/null && [ -c /dev/null ] && $gridcp -p 4 $U$R/small /dev/stdout | cmp - "$L/small"'
ok "bytes for the null device are counted, in every mode, and kept nowhere" '
    (for how in "" "-fast" "-p 4" "-dcpriv" "-dcpriv -p 2" "-p 2 -off 1000 -len 20000000" "-off 1000 -len 20000000"; do
        case $how in *off*) want=20000000 ;; *) want=30000000 ;; esac
        $gridcp -json $how $U$R/big file:///dev/null | tee said | grep "\"done\".*\"bytes\":$want[,}]" || { echo "not so with $how:"; cat said; exit 1; }
    done) &&
    for i in big small empty big; do echo "$U$R/$i file:///dev/null"; done >list &&
    $gridcp -json -cc 1 -f list | tee said | tail -1 | grep "\"files\":4,\"failed\":0,\"bytes\":60005000" && [ -c /dev/null ]
'
ok "a name of 255 letters" '
    long=$(printf "%0255d" 7) && cp "$L/small" "$R/$long" && $gridcp $U$R/$long "$L/" && cmp "$L/small" "$L/$long"
'
ok "a line end in a name is refused, not sent" '
    must_fail 65 $gridcp $U/tmp/a%0d%0aDELE%20x "$L/never" 2>said && cat said && grep -q "line end" said
'
ok "nothing of a failed copy stays, with a full disk or without" '
    must_fail 74 sh -c "ulimit -f 1000; trap \"\" XFSZ; exec $gridcp $U$R/big $L/full" && [ -z "$(ls -A "$L" | grep full)" ]
'
# every process below $1, and itself
tree() {
    echo "$1"
    for child in $(ps -o pid= --ppid "$1"); do tree "$child"; done
}
# hold POINTFILE [SIGNAL]: gridcp stopped itself with some bytes in; stop all of the server, which then cannot send the
# rest, and let gridcp go on, with a SIGNAL to take
hold() {
    wait_until test -s "$1" && wait_until stopped $pid && frozen=$(tree "$server") && kill -STOP $frozen && { [ -z "$2" ] || kill -$2 $pid; } && kill -CONT $pid
}
ok_points "a server that stalls: exit 75, and a sentence" '
    { GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.stall" $gridcp -rst-interval 5 -rst-timeout 1 -st 2 $U$R/big "$L/stall" 2>said & pid=$!; }
    hold k.stall; wait $pid; got=$?; kill -CONT $frozen; cat said
    [ $got = 75 ] && grep -q "for 2 seconds" said && grep -q "remote/big" said && [ -z "$(ls -A "$L" | grep stall)" ]
'
ok_points "one that stalls for a while is asked again, and the rest comes" '
    { GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.while" $gridcp --json -rst-interval 1 -st 2 $U$R/big "$L/stall" >json & pid=$!; }
    hold k.while; wait_until grep -q "\"retry\"" json; kill -CONT $frozen; wait $pid && cat json && cmp "$L/big" "$L/stall"
'
ok_points "ended by a signal: 143, and nothing stays" '
    { GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.sig" $gridcp $U$R/big "$L/sig" & pid=$!; }
    hold k.sig TERM; wait $pid; got=$?; kill -CONT $frozen; [ $got = 143 ] && [ -z "$(ls -A "$L" | grep sig)" ]
'
for how in "" "-p 3"; do
    ok_points "the session of a put is killed: the rest is sent ${how:-plain}" '
        rm -f k.put; GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k.put" $gridcp --json $how "$L/big" $U$R/cut >json & pid=$!
        wait_until stopped $pid && pkill -KILL -P $server; kill -CONT $pid; wait $pid && cat json && cmp "$L/big" "$R/cut"
    '
done
ok "other people of the same account: third party with two credentials" '
    $gridcp -src-cred ca/proxy/alice.pem -dst-cred ca/proxy/bob.pem $U$R/big $U$R/third && cmp "$L/big" "$R/third"
'
ok "the ports that servers connect to are those of GLOBUS_TCP_PORT_RANGE" '
    low=$((20000 + $$ % 20000)) && GLOBUS_TCP_PORT_RANGE=$low,$((low + 300)) $gridcp -dbg -p 2 $U$R/big "$L/range" 2>&1 |
        sed -n "s/^PORT 127,0,0,1,\(.*\),\(.*\)/\1 \2/p" | while read -r a b; do echo $((a * 256 + b)); done >ports &&
    cat ports && [ "$(cat ports)" -ge $low ] && [ "$(cat ports)" -le $((low + 300)) ] && cmp "$L/big" "$L/range"
'
if (exec 3<>/dev/udp/::1/9) 2>/dev/null; then
    start_daemon gridftp -c "$PWD/ca/gatehouse.conf" -o "gridftp.listen=[::1]:0"
    S="gsiftp://[::1]:$PORT"
    for how in "" "-p 2" "-ipv6" "-dcpriv -p 2"; do
        ok "IPv6 ${how:-plain}" '
            $gridcp $how $S$R/big "$L/v6" && cmp "$L/big" "$L/v6" && $gridcp $how "$L/big" $S$R/v6 && cmp "$L/big" "$R/v6" &&
            $gridcp $how $S$R/big $S$R/v6t && cmp "$L/big" "$R/v6t"
        '
    done
fi
ok "data channels with a credential of their own" '
    $gridcp -data-cred ca/proxy/bob.pem $U$R/big "$L/dc" && cmp "$L/big" "$L/dc"
'
done_testing
