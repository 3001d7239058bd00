#!/bin/sh
# gridrun follows a job by the site's journal: what happened when and why, and a wait that the site ends.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/pki"
chmod 755 .
GATE() { # GATE options...: a gatekeeper over this directory's state
    start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" \
        -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" -o log.level=info "$@"
}
run() { "$BIN/gridrun" "$@"; }
# A job that is held until -release, and then exits with 7.
cat >held.jsdl <<'X'
<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">
<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument>
<p:Argument>exit 7</p:Argument></p:POSIXApplication></j:Application>
<g:Extension xmlns:g="urn:gatehouse:jobs:1"><g:Hold>true</g:Hold></g:Extension></j:JobDescription></j:JobDefinition>
X
hold() { # EPR: a new held job
    run -submit -q -b -F "localhost:$PORT" -f held.jsdl >"$1" && is_held() { run -status -j "$1" | grep -q "Hold"; } && wait_until is_held "$1"
}
waiting() { # N: so many answers wait at the site
    [ "$(curl -sS --cacert "$(echo pki/certificates/*.0)" "https://localhost:$PORT/metrics" | sed -n 's/^gatehouse_waiting{.*} //p')" = "$1" ]
}

ok 'a gatekeeper' 'GATE && grid_env "$PWD/pki" alice'
ok '-status -verbose tells what happened: when, from which state to which, and why' '
    must_fail 7 run -submit -q -o epr -F "localhost:$PORT" -c /bin/sh -c "exit 7" && run -status -verbose -j epr >told && cat told &&
    t="  20[0-9-]*T[0-9:.]*Z  " && grep -q "^${t}New: it was accepted$" told && grep -q "^${t}New -> Ready: all that it needs is there$" told &&
    grep -q "^${t}[A-Za-z]* -> StageOut: its program ended with exit code 7$" told && grep -q "^${t}CleanUp -> Done: it is complete$" told &&
    grep -q "^Exit code: 7$" told
'
ok '-wait for a job waits at the site, and comes to its end' '
    hold one && { "$BIN/gridrun" -wait one >waited 2>err & } && wait=$! && wait_until waiting 1 && run -release -j one && must_fail 7 wait "$wait" &&
    grep -q "Done" waited && waiting 0
'
ok '-monitor does, too, and tells every state' '
    hold two && { "$BIN/gridrun" -monitor -j two >out 2>err & } && monitor=$! && wait_until waiting 1 && run -release -j two && must_fail 7 wait "$monitor" &&
    cat err && grep -qx "Current job state: Pending-Hold" err && grep -qx "Current job state: Done" err
'
ok 'so does -streaming, until there is output' '
    hold three && { "$BIN/gridrun" -monitor -s -j three >out 2>err & } && monitor=$! && wait_until waiting 1 && run -release -j three && must_fail 7 wait "$monitor"
'
ok 'Ctrl-C ends the wait, and the job' '
    hold four && { "$BIN/gridrun" -monitor -j four >out 2>err & } && monitor=$! && wait_until waiting 1 && kill -INT "$monitor" && must_fail 255 wait "$monitor" &&
    cat err && grep -q "^Canceling...Canceled." err && wait_until waiting 0
'
ok 'a gatekeeper that is started again is asked on' '
    hold five && { "$BIN/gridrun" -monitor -j five >out 2>err & } && monitor=$! && wait_until waiting 1 && port=$PORT && stop_daemon "$PID" &&
    GATE -o gatekeeper.listen="127.0.0.1:$port" && wait_until waiting 1 && run -release -j five && must_fail 7 wait "$monitor"
'
ok 'where no answer waits the state is asked for again and again' '
    stop_daemon "$PID" && GATE -o gatekeeper.wait_max=0 && hold six && { "$BIN/gridrun" -monitor -j six >out 2>err & } && monitor=$! &&
    wait_until grep -q Hold err && run -release -j six && must_fail 7 wait "$monitor" && cat err
'
done_testing
