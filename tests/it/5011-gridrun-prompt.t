#!/bin/sh
# gridrun at the prompt: what is typed arrives or is refused, what is printed can be used, and whoever leaves a job
# knows how to find it again.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/pki"
# Jobs that a failed step left; they would keep the account.
[ "$(id -u)" != 0 ] || cleanup 'pkill -KILL -U "$ACCOUNT"'
GATE() { # GATE options...: a gatekeeper over this directory's state
    start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" \
        -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" "$@"
}
run() { "$BIN/gridrun" "$@"; }
state() { "$BIN/gridrun" -status -F "localhost:$PORT" -j "$1" | sed -n 's/^Current job state: //p'; }
in_state() { [ "$(state "$1")" = "$2" ]; }
handle() { sed -n 's|.*>\(https://[^<]*\)<.*|\1|p' "$1"; }
session() { h=$(handle "$1"); echo "$PWD/sessions/$ACCOUNT/${h##*/}"; }

ok 'a gatekeeper' 'GATE && chmod 755 . && umask 022'

ok 'bytes that no request can carry are refused, with argument and byte, and no job is made' '
    run -list -F "localhost:$PORT" >before &&
    must_fail 255 run -submit -F "localhost:$PORT" -c /bin/echo fine "$(printf "ab\377c")" 2>err && cat err &&
    LC_ALL=C grep -a "argument 2 .*byte 3 (0xff)" err &&
    must_fail 255 run -submit -F "localhost:$PORT" -c /bin/echo "$(printf "a\001")" 2>err && grep "argument 1 .*byte 2 (0x01)" err &&
    must_fail 255 run -submit -F "localhost:$PORT" -c "$(printf "/bin/\300x")" 2>err && LC_ALL=C grep -a "the program .*byte 6 (0xc0)" err &&
    must_fail 255 run -submit -F "localhost:$PORT" -I "$(printf "id\002")" -c /bin/true 2>err && grep "submission-id .*byte 3 (0x02)" err &&
    run -list -F "localhost:$PORT" | cmp before - &&
    run -submit -q -s -F "localhost:$PORT" -c /usr/bin/printf %s "$(printf "\303\244\t\r\n\177.")" >out &&
    printf "\303\244\t\r\n\177." | cmp - out
'
cat >null.xml <<'J'
<job><executable>/bin/sh</executable><argument>-c</argument><argument>echo lost; echo kept >&amp;2; exit 3</argument><stdout>/dev/null</stdout></job>
J
ok 'an output in /dev/null is empty, and the exit status the job'\''s' '
    must_fail 3 run -submit -q -s -F "localhost:$PORT" -f null.xml >out 2>err; rc=$?; cat err; [ $rc = 0 ] && [ ! -s out ] && grep -x kept err
'
ok 'so is one in a pipe, which is not read here' '
    mkfifo -m 666 pipe && sed "s|/dev/null|$PWD/pipe|" null.xml >pipe.xml && { timeout "$GRID_DEADLINE" cat pipe >piped & } && reader=$! &&
    must_fail 3 run -submit -q -s -F "localhost:$PORT" -f pipe.xml >out 2>err && [ ! -s out ] && wait $reader && grep -x lost piped
'
ok 'the printed job id names the job for every command' '
    run -submit -b -I uuid:11111111-2222-3333-4444-555555555555 -F "localhost:$PORT" -c /bin/sleep 1000 >epr 2>err &&
    id=$(sed -n "s/^Job ID: //p" err) && [ "$id" ] && wait_until in_state "$id" Active &&
    case $(handle epr) in *"/jobs/${id#uuid:}") ;; *) false ;; esac &&
    { "$BIN/gridrun" -monitor -n -F "localhost:$PORT" -j "$id" 2>err & } && pid=$! && wait_until grep -q Active err && kill -INT $pid && must_fail 255 wait $pid &&
    run -kill -F "localhost:$PORT" -j "$id" && wait_until in_state "$id" Failed
'
ok '-kill of what is over is not a failure, and says so' '
    run -kill -j epr && run -submit -b -F "localhost:$PORT" -c /bin/true >epr2 && wait_until in_state "$(handle epr2)" Done && run -kill -j epr2 2>err &&
    grep "over already: Done" err && must_fail 255 run -kill -F "localhost:$PORT" -j 11111111-2222-3333-4444-555555555555
'
ok 'Ctrl-C leaves a job with -no-cleanup, says that it goes on and the command that finds it' '
    rm -f err && { "$BIN/gridrun" -submit -n -F "localhost:$PORT" -c /bin/sleep 1000 2>err & } && pid=$! && wait_until grep -q Active err &&
    kill -INT $pid && must_fail 255 wait $pid && cat err && again=$(sed -n "s/^gridrun: the job goes on; to follow it again: gridrun //p" err) &&
    [ "$again" ] && { "$BIN/gridrun" $again 2>err2 & } && pid=$! && wait_until grep -q Active err2 && kill -INT $pid && ! wait $pid &&
    grep -q "^Canceling...Canceled" err2
'
ok 'output whose reader has gone: gridrun leaves, and says the same' '
    { timeout "$GRID_DEADLINE" "$BIN/gridrun" -submit -s -F "localhost:$PORT" -c /bin/sh -c "echo first; exec sleep 1000" 2>err; echo $? >rc; } | head -1 >out &&
    cat err out && grep -x first out && [ "$(cat rc)" = 255 ] && again=$(sed -n "s/^gridrun: the job goes on; .*gridrun //p" err) &&
    run -kill $(echo "$again" | sed "s/-monitor -streaming//")
'
ok 'and so where the job writes for ever' '
    { timeout "$GRID_DEADLINE" "$BIN/gridrun" -submit -s -F "localhost:$PORT" -c /usr/bin/yes 2>err; echo $? >rc; } | head -1 >out && grep -x y out &&
    [ "$(cat rc)" = 255 ] && grep "the job goes on" err && run -kill -j "$(sed -n "s/.* -j //p" err)"
'
ok 'Ctrl-C ends a job that writes faster than it is read' '
    rm -f err && { "$BIN/gridrun" -submit -s -F "localhost:$PORT" -c /usr/bin/yes >/dev/null 2>err & } && pid=$! && wait_until grep -q Active err &&
    kill -INT $pid && ! wait $pid && grep "^Canceling...Canceled" err
'
cat >clean.xml <<J
<job><executable>/bin/sh</executable><directory>\${GLOBUS_SCRATCH_DIR}</directory><argument>-c</argument><argument>mkdir -p a/b c d; touch a/b/f c/f d/f</argument>
<fileCleanUp><deletion><file>file:///\${GLOBUS_SCRATCH_DIR}/a/</file></deletion><deletion><file>file:///\${GLOBUS_SCRATCH_DIR}//c/.//</file></deletion></fileCleanUp></job>
J
cat >clean.jsdl <<'J'
<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">
<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument>
<p:Argument>mkdir -p a/b c d; touch a/b/f c/f d/f</p:Argument></p:POSIXApplication></j:Application>
<j:DataStaging><j:FileName>a/</j:FileName><j:CreationFlag>overwrite</j:CreationFlag><j:DeleteOnTermination>true</j:DeleteOnTermination></j:DataStaging>
<g:Extension xmlns:g="urn:gatehouse:jobs:1"><g:CleanUp>./c/</g:CleanUp></g:Extension></j:JobDescription></j:JobDefinition>
J
for kind in xml jsdl; do
    ok "directories written with a slash are removed: $kind" '
        run -submit -q -o epr -F "localhost:$PORT" -f clean.$kind && s=$(session epr) && [ -e "$s/d/f" ] && [ ! -e "$s/a" ] && [ ! -e "$s/c" ]
    '
done
ok 'what cannot be removed is told, and the job is Done' '
    mkdir keep && : >keep/file && chmod 555 keep && sed "s|file:[^<]*/a/|file://$PWD/keep/|" clean.xml >keep.xml &&
    run -submit -o epr -F "localhost:$PORT" -f keep.xml 2>err; rc=$?; cat err; chmod 755 keep; [ $rc = 0 ] && [ -e keep/file ] &&
    grep "the job is done, but: not cleaned up: .*keep" err && in_state "$(handle epr)" Done && run -status -j epr 2>&1 | grep "not cleaned up" &&
    run -list -F "localhost:$PORT" | grep "Done .*exit 0 .*# not cleaned up"
'
limited() { # LIMIT COMMANDS: a job of the shell with that limit; what gridrun says of its end
    printf "%s" "<j:JobDefinition xmlns:j='http://schemas.ggf.org/jsdl/2005/11/jsdl' xmlns:p='http://schemas.ggf.org/jsdl/2005/11/jsdl-posix'>" \
        "<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument>" \
        "<p:Argument>$2</p:Argument>$1</p:POSIXApplication></j:Application></j:JobDescription></j:JobDefinition>" >limited.jsdl
    run -submit -q -F "localhost:$PORT" -f limited.jsdl 2>err
    cat err
}
ok 'a limit that ends a job is named: CPU time, also of what a shell started, and the size of files' '
    limited "<p:CPUTimeLimit>1</p:CPUTimeLimit>" "while :; do :; done" | grep "Job failed: CPU time limit of 1 s exceeded" &&
    limited "<p:CPUTimeLimit>1</p:CPUTimeLimit>" "sh -c \"while :; do :; done\"; exit \$?" | grep "Job failed: CPU time limit of 1 s exceeded" &&
    limited "<p:FileSizeLimit>4096</p:FileSizeLimit>" "exec head -c 100000 /dev/zero" | grep "Job failed: file size limit of 4096 bytes exceeded"
'
ok 'what dies of a signal that a lack of memory sends is told of its memory limit' '
    limited "<p:MemoryLimit>500000000</p:MemoryLimit>" "kill -ABRT \$\$" >out; cat out; grep "ended by signal 6 (Aborted); it may have reached its memory limit of 500000000 bytes" out &&
    limited "" "kill -ABRT \$\$" | grep "ended by signal 6 (Aborted)$"
'
ok '-f and -j take links, /dev/stdin and pipes' '
    ln -s null.xml link.xml && run -validate -f link.xml && run -validate -f /dev/stdin <null.xml && cat null.xml | run -validate -f /dev/stdin &&
    mkfifo fifo && { cat null.xml >fifo & } && run -validate -f fifo && ln -s epr epr.link && run -status -j epr.link && cat epr | run -status -j /dev/stdin &&
    { cat epr >fifo & } && run -status -j fifo && echo uuid:9e107d9d-0000-4000-8000-000000000001 | run -submit -q -If /dev/stdin -F "localhost:$PORT" -c /bin/true
'
short() { # FILE: a proxy that lasts 20 s
    grid_below "$PWD/pki" short 1099 "$(grid_pci id-ppl-inheritAll)" alice "$(date -u -d "-60 seconds" +%Y%m%d%H%M%SZ)" "$(date -u -d "+20 seconds" +%Y%m%d%H%M%SZ)" &&
    (umask 077; cat pki/keys/short.pem pki/keys/short.key pki/keys/alice.pem >"$1")
}
over() { openssl x509 -noout -checkend 0 -in "$1" | grep -q "will expire"; }
ok 'a proxy that expires: the job goes on, and the command says so; one that is renewed is read again' '
    gates end && short left.pem && cp -p left.pem kept.pem &&
    { X509_USER_PROXY="$PWD/left.pem" "$BIN/gridrun" -submit -F "localhost:$PORT" -c /bin/sleep 1000 2>left & } && left=$! &&
    { X509_USER_PROXY="$PWD/kept.pem" "$BIN/gridrun" -submit -F "localhost:$PORT" -c /bin/sh -c "read x <$PWD/end; exit 4" 2>kept & } && kept=$! &&
    wait_until grep -q Active left && wait_until grep -q Active kept && cp -p pki/proxy/alice.pem kept.new && mv kept.new kept.pem &&
    must_fail 255 wait $left && cat left && grep "left.pem.* expired on .*gridproxy init" left && grep "the job goes on; to follow it again: gridrun -monitor" left &&
    over left.pem && let_go end && must_fail 4 wait $kept; cat kept; run -kill -j "$(sed -n "s/.* -j //p" left)"
'
ok 'a site that stays away: the job goes on, and the command says so' '
    rm -f err && { "$BIN/gridrun" -submit -F "localhost:$PORT" -c /bin/sleep 3 2>err & } && pid=$! && wait_until grep -q Active err && stop_daemon "$PID" &&
    must_fail 255 wait $pid && cat err && grep "localhost:$PORT" err && grep "the job goes on; to follow it again: gridrun -monitor" err
'
done_testing
