#!/bin/sh
# Thousands of idle TLS connections are held while requests go on; each costs
# what DESIGN allows.  GATEHOUSE_FULL=1: ten thousand.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/echo.sh"

many=1000
[ "$GATEHOUSE_FULL" != 1 ] || many=10000
most=$(awk "/Max open files/ { print \$5 }" /proc/self/limits)
[ "$(id -u)" = 0 ] || [ "$most" = unlimited ] || [ "$most" -ge $((many + 300)) ] || many=$((most - 300))

ok 'the server runs, and may have as many descriptors as it needs' '
    start_echo -o log.level=notice -o mds.connections_max=16384 -o mds.idle_timeout=3600 &&
    { [ "$(id -u)" != 0 ] || [ "$(awk "/Max open files/ { print \$4 }" "/proc/$echo_PID/limits")" -ge 16384 ]; }
'
envelope "$(op Echo hello)" >hello.xml
mkfifo hold
"$TOOLS/soapload" -c "localhost:$PORT" -t "$PWD/pki/certificates" -u "$PWD/pki/proxy/alice.pem" -f hello.xml -n "$many" -r 2000 \
    -p "$echo_PID" -d <hold >load.out 2>&1 &
load=$!
cleanup "kill $load 2>/dev/null; wait $load 2>/dev/null"
exec 3>hold
held() { grep -q "^held" load.out || ! kill -0 "$load"; }
ok "$many connections, each with a proxy of its own, are made, used and held" '
    wait_until held && cat load.out && grep "^held $many$" load.out &&
    get "$URL/metrics" | grep "^gatehouse_connections{program=\"echo\"} $((many + 2))\$"
'
ok 'others are served as before' '
    for i in 1 2 3 4 5; do [ "$(post "$(op Echo $i)" | reply)" = $i ] || exit 1; done
'
case $(readlink -f "$TOOLS") in
*/asan/*) echo "# the sanitizer's memory is not the server's" ;;
*) ok 'a connection costs at most 32 KiB, used or not' '
    awk "/^connection/ { n++; bad += \$2 > 32 } END { exit bad || n != 2 }" load.out
' ;;
esac
ok 'it ends cleanly with all of them open' 'stop_daemon "$echo_PID" >ended && grep "with 0" ended && grep -q daemon.end "$LOG"'
exec 3>&-
done_testing
