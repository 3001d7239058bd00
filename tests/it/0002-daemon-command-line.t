#!/bin/bash
# What each daemon's command line and life promise: options, exit statuses,
# readiness, signals.  The bare tool shows base/daemon.c, then come the real ones.
. "$SRC/tests/lib/tap.sh"
: "${TOOLS:?run through make check}"
export tool=$TOOLS/daemon

wait_for() { # wait_for FILE PATTERN [N]: until N lines of FILE match
    for _ in $(seq 600); do
        [ "$(grep -cE "$2" "$1" 2>/dev/null)" -ge "${3:-1}" ] && return 0
        sleep 0.05
    done
    echo "no '$2' in $1:"
    cat "$1"
    return 1
}
gone() { # gone PID: until it is
    for _ in $(seq 600); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}
pid_of() { # pid_of LOG: of the last daemon that became ready there
    sed -n 's/.*\[\([0-9]*\)\] daemon.ready.*/\1/p' "$1" | tail -1
}

command_line() { # command_line PROGRAM NAME: what all daemons share
    export program=$1 name=$2
    ok "$name --help names the options and its keys, in 80 columns" '
        "$program" --help >help && grep -q "^usage: $name " help &&
        grep -q "  -conf, -c FILE" help && grep -q "  $name.listen=" help &&
        grep -q "  security.host_cert=" help && grep -q "  log.file=" help &&
        ! grep -vE "=.*\[" help | grep -E "^.{81}"
    '
    ok "$name --version is one line" '
        "$program" --version >version && [ "$(wc -l <version)" = 1 ] &&
        grep -qE "^$name \(Gatehouse\) [0-9]+\.[0-9]+" version
    '
    ok "$name --sample-conf is etc/gatehouse.conf" '
        "$program" --sample-conf | cmp - "$SRC/etc/gatehouse.conf"
    '
    ok "$name tells an unknown option and the nearest" '
        must_fail 64 "$program" --verison 2>error && cat error &&
        grep -q "^$name: unknown option .--verison.: did you mean .-version.?$" error
    '
    ok "$name takes no operands" 'must_fail 64 "$program" operand'
    ok "$name -t tells file and line of what is wrong" '
        printf "[%s]\n\nlisten = nowhere\n" "$name" >bad.conf &&
        must_fail 78 "$program" -t -c bad.conf 2>error && cat error &&
        grep -q "^$name: bad.conf:3: $name.listen: " error
    '
    ok "$name -t refuses an unknown key" '
        must_fail 78 "$program" -t -c /dev/null -o "$name.lisen=127.0.0.1:0" 2>error && cat error &&
        grep -q "did you mean .$name.listen.?" error
    '
    ok "$name needs the file that -c names" '
        must_fail 78 "$program" -t -c none.conf 2>error && cat error && grep -q "none.conf" error
    '
}

command_line "$tool" mds
ok '-t says that all is well, and leaves nothing behind' '
    "$tool" -t -c /dev/null -o log.file=$PWD/t.log >out && [ "$(cat out)" = "mds: configuration ok" ] && [ ! -e t.log ]
'
ok 'an -o goes over the file' '
    printf "[mds]\nworkers = 3\n" >good.conf &&
    "$tool" -t -c good.conf -o mds.workers=4 && must_fail 78 "$tool" -t -c good.conf -o mds.workers=0
'
ok 'in the background the parent ends when the child is ready' '
    "$tool" -c /dev/null -o log.file=$PWD/a.log >out 2>&1 &&
    grep -qE "^....-..-..T..:..:......Z notice mds\[[0-9]+\] daemon.ready listen=127.0.0.1:0$" a.log &&
    [ ! -s out ] && pid=$(pid_of a.log) && [ "$(ps -o sid= -p $pid)" -eq $pid ] &&
    [ "$(readlink /proc/$pid/cwd)" = / ] && [ "$(readlink /proc/$pid/fd/0)" = /dev/null ] &&
    [ "$(readlink /proc/$pid/fd/2)" = /dev/null ]
'
ok 'SIGHUP opens the log file anew' '
    pid=$(pid_of a.log) && mv a.log a.log.1 && kill -HUP $pid && wait_for a.log "daemon.signal signal=1"
'
ok 'SIGTERM ends it with a last word' '
    pid=$(pid_of a.log.1) && kill -TERM $pid && gone $pid && grep -q "daemon.end$" a.log
'
ok 'a start that fails is told by the parent, with its status' '
    DAEMON_FAIL=1 must_fail 74 "$tool" -c /dev/null -o log.file=$PWD/b.log 2>error && cat error &&
    [ "$(cat error)" = "mds: told to fail" ] && grep -q "daemon.fail why=\"told to fail\"" b.log
'
ok 'a log that cannot be opened is told' '
    must_fail 78 "$tool" -F -c /dev/null -o log.file=/nonexistent/x.log 2>error && cat error &&
    grep -q "log.file: cannot open ./nonexistent/x.log." error
'
"$tool" -F -c /dev/null 2>fore.log & fore=$!
export fore
cleanup "kill $fore 2>/dev/null"
ok '-F stays, logs to stderr, and ends with 0 on SIGINT' '
    wait_for fore.log "daemon.ready" && [ "$(pid_of fore.log)" = "$fore" ] && kill -INT $fore
'
ok 'its exit status is 0' 'wait_for fore.log "daemon.end$"'
wait "$fore"; fore_status=$?
ok 'SIGINT is an ordinary end' '[ "$fore_status" = 0 ]'

cat >notify.py <<'PY'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\0"))
s.settimeout(30)
p = subprocess.Popen([os.environ["tool"], "-F", "-c", "/dev/null"], env=dict(os.environ, NOTIFY_SOCKET=sys.argv[1]))
text = s.recv(4096).decode()
print(text)
p.terminate()
end = s.recv(4096).decode()
sys.exit(not ("READY=1\n" in text and "MAINPID=%d\n" % p.pid in text and "STATUS=listen=127.0.0.1:0\n" in text
              and end == "STOPPING=1\n" and p.wait() == 0))
PY
ok 'systemd is told of readiness and end' '/usr/bin/python3 notify.py "$PWD/notify"'
ok 'an abstract socket is taken as well' '/usr/bin/python3 notify.py "@gatehouse-test-$$"'

for daemon in gatekeeper gridftp mds; do
    if [ -x "$BIN/$daemon" ]; then
        command_line "$BIN/$daemon" "$daemon"
    else
        skip "$daemon's command line" 'it is not built'
    fi
done
done_testing
