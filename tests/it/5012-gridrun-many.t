#!/bin/sh
# gridrun and many jobs: -list in pages with names and commands, -wait, -destroy, -renew, several jobs in one command.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/pki"
[ "$(id -u)" != 0 ] || cleanup 'pkill -KILL -U "$ACCOUNT"' # jobs that a failed step left
grid_user "$PWD/pki" bob Bob
grid_map "$PWD/pki" bob "$ACCOUNT"
chmod 755 .
run() { "$BIN/gridrun" "$@"; }
list() { run -list -F "localhost:$PORT" "$@"; }
state() { run -status -j "$1" | sed -n 's/^Current job state: //p'; }
in_state() { [ "$(state "$1")" = "$2" ]; }
handle() { sed -n 's|.*>\(https://[^<]*\)<.*|\1|p' "$1"; }
jobid() { h=$(handle "$1"); echo "${h##*/}"; }
named() { # NAME EPR COMMAND...: a job of that name
    name=$1 epr=$2
    shift 2
    {
        echo '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">'
        echo "<j:JobDescription><j:JobIdentification><j:JobName>$name</j:JobName></j:JobIdentification><j:Application><p:POSIXApplication>"
        echo "<p:Executable>$1</p:Executable>"
        shift
        for a; do echo "<p:Argument>$a</p:Argument>"; done
        echo "</p:POSIXApplication></j:Application></j:JobDescription></j:JobDefinition>"
    } >named.jsdl
    run -submit -q -b -F "localhost:$PORT" -f named.jsdl >"$epr"
}
asked() { grep -c "^>>> " "$1"; } # requests that -debug showed

ok 'a gatekeeper whose pages hold three jobs' '
    start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" -o gatekeeper.fork_slots=20 -o log.level=info \
        -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" -o gatekeeper.list_page=3
'
ok 'jobs of two names, and another user'\''s' '
    for i in 1 2 3 4; do named "red $i" red$i /bin/sh -c "exit $i" || return; done && named blue1 blue1 /bin/sleep 1000 && named blue2 blue2 /bin/echo a b &&
    X509_USER_PROXY=$PWD/pki/proxy/bob.pem named bobs bobs /bin/true && for e in red? blue2; do run -monitor -q -j $e; done; wait_until in_state blue2 Done && wait_until in_state blue1 Active
'
ok '-list shows name and command, the newest first, whatever the pages' '
    list >all && cat all && [ "$(wc -l <all)" = 6 ] && cut -d" " -f1 all >ids && for e in blue2 blue1 red4 red3 red2 red1; do jobid $e; done | cmp - ids &&
    grep "^$(jobid blue1)  Active .*  blue1  /bin/sleep 1000$" all && grep "^$(jobid red3)  Done .*exit 3 .*  red 3  /bin/sh -c exit 3$" all &&
    X509_USER_PROXY=$PWD/pki/proxy/bob.pem list >bob && [ "$(wc -l <bob)" = 1 ] && grep "  bobs  /bin/true$" bob
'
ok 'one request asks for a page of jobs, not for one' '
    list -debug >out 2>err && cmp out all && [ "$(asked err)" = 2 ]
'
ok 'filters: state and name' '
    list -state Active >out && [ "$(cut -d" " -f1 out)" = "$(jobid blue1)" ] && list -state done -name "red*" >out && [ "$(wc -l <out)" = 4 ] &&
    list -name "blue[12]" >out && [ "$(wc -l <out)" = 2 ] && list -state Failed >out && [ ! -s out ] &&
    must_fail 255 run -list -F "localhost:$PORT" -state Blooming 2>err && grep "no state .Blooming" err
'
ok '-limit and -after go through the list without a gap' '
    list -limit 4 >first 2>err && [ "$(wc -l <first)" = 4 ] && more=$(sed -n "s/^There are more: //p" err) && [ "$more" = "-after $(jobid red3)" ] &&
    list $more 2>err2 >second && cat first second | cmp - all && [ ! -s err2 ] &&
    list -name "red*" -limit 2 2>err >first && list -name "red*" $(sed -n "s/^There are more: //p" err) >second && grep "  red " all >want && cat first second | cmp - want &&
    must_fail 255 run -list -F "localhost:$PORT" -after 11111111-2222-3333-4444-555555555555 2>err && grep "begin the list again" err &&
    must_fail 255 run -list -F "localhost:$PORT" -after "$(jobid bobs)" 2>err
'
ok '-status of several jobs: a line each, one request, and who does not know says so' '
    run -status -debug -j blue2 red1 red2 >out 2>err; cat out; [ "$(wc -l <out)" = 3 ] && grep "^$(jobid red2)  Done .*exit 2" out && [ "$(asked err)" = 1 ] &&
    must_fail 255 run -status -j red1 "$(handle red2 | sed "s/[0-9a-f]*$/000000000000/")" >out 2>err && [ "$(wc -l <out)" = 1 ] && grep "no job" err &&
    must_fail 255 run -status red1 -verbose 2>err && grep "options come before the jobs" err
'
ok '-wait: until all are over, and the first failure is its exit status' '
    gates go1 go2 && named w1 w1 /bin/sh -c "read x &lt;$PWD/go1; exit 3" && named w2 w2 /bin/sh -c "read x &lt;$PWD/go2" && wait_until in_state w2 Active &&
    { "$BIN/gridrun" -wait red1 w1 w2 >out 2>err & } && pid=$! && wait_until grep -q "exit 1" out && let_go go2 && wait_until grep -q "$(jobid w2)  Done" out &&
    kill -0 $pid && let_go go1 && must_fail 1 wait $pid && [ "$(wc -l <out)" = 3 ] && run -wait blue2 w2 && must_fail 3 run -wait w2 w1
'
ok 'Ctrl-C ends -wait, says that jobs go on, and how to wait again' '
    rm -f out && { "$BIN/gridrun" -wait blue1 red1 >out 2>err & } && pid=$! && wait_until grep -q "exit 1" out && kill -INT $pid && must_fail 255 wait $pid &&
    grep "1 jobs go on; to wait for them again: gridrun -wait $(handle blue1)" err && in_state blue1 Active
'
ok '-destroy removes an ended job and its session, and not one that runs' '
    s=$PWD/sessions/$ACCOUNT/$(jobid red1) && [ -d "$s" ] && run -destroy -j red1 2>err && cat err && grep "^Destroying job...Done.$" err && [ ! -e "$s" ] &&
    must_fail 255 run -status -j red1 && must_fail 255 run -destroy -j blue1 2>err && cat err && grep "terminate it first" err && in_state blue1 Active &&
    must_fail 255 env X509_USER_PROXY=$PWD/pki/proxy/bob.pem "$BIN/gridrun" -destroy -j red2 && in_state red2 Done && run -destroy red2 red3 &&
    list >out && [ "$(grep -c "  red " out)" = 1 ]
'
cat >show.sh <<'S'
openssl x509 -noout -serial -in "$X509_USER_PROXY"
read x <"$1"
openssl x509 -noout -serial -in "$X509_USER_PROXY"
S
ok '-renew gives a running job a new credential in place of its old one' '
    gates again && chmod 644 show.sh && { "$BIN/gridrun" -submit -s -J -o renewed -F "localhost:$PORT" -c /bin/sh "$PWD/show.sh" "$PWD/again" >out 2>err & } && pid=$! &&
    wait_until grep -q serial out && run -status -v -j renewed | grep "^Delegation: " && run -renew -j renewed 2>err2 && grep "^Delegating user credentials...Done.$" err2 &&
    wait_log "$LOG" job.credential && let_go again && wait $pid && [ "$(sort -u out | wc -l)" = 2 ] &&
    must_fail 255 run -renew -j renewed 2>err2 && grep "is over" err2 && must_fail 255 run -renew -j blue1 2>err2 && grep "no delegated credential: submit with -job-delegate" err2
'
ok '-kill of several jobs; -monitor takes one' '
    named k1 k1 /bin/sleep 1000 && must_fail 255 run -monitor k1 blue1 2>err && grep "one job at a time" err &&
    run -kill k1 blue1 && wait_until in_state k1 Failed && wait_until in_state blue1 Failed && list -state Cancelled >out && [ "$(wc -l <out)" = 2 ]
'
done_testing
