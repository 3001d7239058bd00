#!/bin/sh
# gridrun: words, lines, streams and exit codes that scripts know, against a real
# gatekeeper and real processes.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

account=$(id -un)
if [ "$(id -u)" = 0 ]; then
    account=gr$$
    useradd -m -s /bin/sh "$account" || { echo "1..0 # SKIP no account can be made"; exit 0; }
    cleanup "userdel -rf $account >/dev/null 2>&1"
fi

GATE() { # GATE options...: a gatekeeper over this directory's state
    start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" \
        -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" "$@"
}
run() { "$BIN/gridrun" "$@"; }
state() { run -status -j "$1" | sed -n 's/^Current job state: //p'; }
in_state() { [ "$(state "$1")" = "$2" ]; }
comes_to() { # EPR STATE WORD: its gatekeeper says so in its log, and then to us
    wait_log "$LOG" "job.state job=$(sed "s/.*jobs.\([0-9a-f-]\{36\}\).*/\1/" "$1") event=[a-z]+ from=[A-Za-z]+ to=$2" && in_state "$1" "$3"
}

ok 'a CA, a user, a gatekeeper' '
    grid_ca "$PWD/pki" && grid_user "$PWD/pki" alice Alice && grid_user "$PWD/pki" bob Bob &&
    grid_map "$PWD/pki" alice "$account" && grid_conf "$PWD/pki" && GATE && grid_env "$PWD/pki" alice
'
ok 'a delegation that the command made is taken back when the job has ended' '
    run -submit -S -F "localhost:$PORT" -c /bin/true 2>err; rc=$?; cat err; [ $rc = 0 ] &&
    [ "$(sed "s/uuid:.*/ID/" err | grep -v "^Current")" = "Delegating user credentials...Done.
Submitting job...Done.
Job ID: ID
Cleaning up any delegated credentials...Done." ] && tail -1 err | grep -q "^Cleaning" && grep -q " audit .*op=destroy .*decision=allow" "$LOG" &&
    run -submit -n -S -F "localhost:$PORT" -c /bin/true 2>err && grep -q "^Delegating" err && ! grep "^Cleaning" err &&
    run -submit -batch -S -F "localhost:$PORT" -o epr -c /bin/true 2>err && grep -q "^Delegating" err && ! grep "^Cleaning" err
'
ok 'Ctrl-C while the site is asked to take the job: it is cancelled, and its id told' '
    : >err && kill -STOP $PID && { "$BIN/gridrun" -submit -F "localhost:$PORT" -c /bin/sleep 600 >out 2>err & } && job=$! &&
    until grep -q "^Submitting" err; do sleep 0.02; done && kill -TERM $job && kill -CONT $PID; wait $job; rc=$?; cat err;
    case $rc in 255 | 143) ;; *) false ;; esac && # before it ran, or then
    grep -q "^Job ID: uuid:" err && grep -q "^Canceling...Canceled." err && tail -2 err | grep -q "Failed"
'
ok 'the exit code of the job is that of the command; output goes out, chatter to stderr' '
    must_fail 7 run -submit -streaming -F "localhost:$PORT" -c /bin/sh -c "echo hello; echo oops >&2; exit 7" >out 2>err &&
    [ "$(cat out)" = hello ] && grep -qx oops err &&
    grep -qx "Submitting job...Done." err && grep -q "^Job ID: uuid:" err &&
    grep -qx "Current job state: Active" err && grep -qx "Current job state: Done" err
'
ok 'arguments arrive as they were typed, whatever is in them' '
    run -submit -q -s -F "localhost:$PORT" -c /usr/bin/printf "%s|" "a  b" "\$HOME" "\`id\`" "\"q\"" "" "*" >out &&
    [ "$(cat out)" = "a  b|\$HOME|\`id\`|\"q\"||*|" ]
'
ok 'the job runs as the mapped account' '
    run -submit -q -s -F "localhost:$PORT" -c /usr/bin/id -un >out && [ "$(cat out)" = "$account" ]
'
ok 'RSL is taken, as GRAM had it; what it says and nobody does is an error' '
    cat >date.rsl <<"RSL"
(* GRAM5 *) & (executable = /bin/sh)
   (arguments = -c "echo ""$A $B""; pwd; echo "$(X) )
   (environment = (A "it is") (B $(X)/y)) (rsl_substitution = (X x)) (directory = $(HOME)) (max_wall_time = 5)
RSL
    run -submit -q -s -F "localhost:$PORT" -f date.rsl >out && cat out && sed -n 1p out | grep -qx "it is x/y" && sed -n 3p out | grep -qx x &&
    [ "$(sed -n 2p out)" = "$(getent passwd "$account" | cut -d: -f6)" ] &&
    echo "&(executable=/bin/true)(two_phase=60)" >two.rsl && must_fail 255 run -submit -F "localhost:$PORT" -f two.rsl 2>err && grep -q "twophase" err && run -validate -f date.rsl
'
FACTORY() { # HOST:PORT SCHEDULER: a GT4 description that names its site
    echo "<job xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/03/addressing\"><factoryEndpoint><w:Address>https://$1/wsrf/services/ManagedJobFactoryService</w:Address><w:ReferenceProperties><ResourceID xmlns=\"http://www.globus.org/namespaces/2004/10/gram/job\">$2</ResourceID></w:ReferenceProperties></factoryEndpoint><executable>/bin/true</executable></job>"
}
ok 'a GT4 description that names its site and scheduler goes there, and nowhere else' '
    FACTORY "localhost:$PORT" Fork >there.xml && FACTORY localhost:1 Fork >away.xml && FACTORY "localhost:$PORT" PBS >pbs.xml &&
    run -submit -f there.xml && run -submit -f there.xml -F "localhost:$PORT" &&
    must_fail 255 run -submit -f away.xml -F "localhost:$PORT" 2>err && grep -q "factoryEndpoint is .https://localhost:1/bes., and -factory says" err &&
    must_fail 255 run -submit -f pbs.xml 2>err && grep -qi "scheduler.*pbs\|pbs.*scheduler" err
'
ok 'a signal is told as a shell tells it' '
    must_fail 137 run -submit -q -F "localhost:$PORT" -c /bin/sh -c "kill -9 \$\$"
'
ok '-batch prints the EPR and nothing else on stdout' '
    run -submit -batch -F "localhost:$PORT" -c /bin/sleep 1000 >epr 2>err && xmllint --noout epr &&
    [ "$(wc -l <epr)" = 1 ] && grep -q "^Job ID:" err
'
ok '-status answers on stdout with the known line' '
    comes_to epr Running Active && run -status -j epr | grep -x "Current job state: Active"
'
ok 'a job is named by EPR file, handle or id' '
    handle=$(xmllint --xpath "string(//*[local-name()=\"Address\"])" epr) && in_state "$handle" Active &&
    run -status -F "localhost:$PORT" -j "${handle##*/}" | grep Active
'
ok '-list shows it' '
    run -list -F "localhost:$PORT" | grep "Active"
'
ok 'another user does not see it, and is told what he would be of a job that is none' '
    grid_map "$PWD/pki" bob "$account" && export X509_USER_PROXY="$PWD/pki/proxy/bob.pem" &&
    { run -status -j epr 2>err1; must_fail 255 run -status -j epr; } &&
    sed "s/jobs\/[0-9a-f]*/jobs\/00000000/" epr >none.epr && { run -status -j none.epr 2>err2; true; } &&
    [ "$(sed "s/[0-9a-f-]\{36\}//g" err1)" = "$(sed "s/[0-9a-f-]\{36\}//g" err2)" ] && [ -s err1 ] &&
    must_fail 255 run -kill -j epr && [ -z "$(run -list -F "localhost:$PORT" | grep Active)" ] &&
    export X509_USER_PROXY="$PWD/pki/proxy/alice.pem" && in_state epr Active
'
ok '-kill ends it' '
    run -kill -j epr 2>err && grep -q "^Canceling...Canceled." err && comes_to epr Cancelled Failed &&
    run -status -j epr 2>&1 | grep "Job failed: .*cancel"
'
ok 'streaming: the job goes on only after its first line was seen here' '
    gates go && chmod 755 . &&
    { run -submit -s -F "localhost:$PORT" -c /bin/sh -c "echo first; read x <$PWD/go; echo second" >out 2>err & } && grun=$! && wait_until grep -q first out && ! grep -q second out && let_go go && wait "$grun" && grep -q second out
'
ok 'output that cannot be written here is a failure, however the job ends later' '
    gates go2 && { run -submit -s -q -F "localhost:$PORT" -c /bin/sh -c "echo first; read x <$PWD/go2" >/dev/full 2>err & } &&
    grun=$! && wait_until grep -q "cannot write" err && let_go go2 && must_fail 255 wait "$grun" &&
    [ "$(grep -c "cannot write" err)" = 1 ]
'
ok 'where output cannot go no job is submitted' '
    run -list -F "localhost:$PORT" >before && must_fail 255 run -submit -so "$PWD/no/out" -F "localhost:$PORT" -c /bin/true 2>err &&
    grep "no/out.*No such file" err && must_fail 255 run -submit -se "$PWD/no/err" -F "localhost:$PORT" -c /bin/true &&
    run -list -F "localhost:$PORT" | cmp - before
'
ok 'an answer that cannot be written is a failure of every command' '
    must_fail 255 run -list -F "localhost:$PORT" >/dev/full 2>err && grep "gridrun: cannot write to standard output: No space" err &&
    must_fail 255 run -status -j epr >/dev/full && must_fail 1 "$BIN/gridproxy" info >/dev/full &&
    must_fail 74 "$BIN/gridcp" -list "file://$PWD/" >/dev/full
'
ok 'a GT4 description runs: directory, environment, stdin, stdout' '
    mkdir -m 777 jobdir && cat >job.xml <<-E &&
	<job><executable>/bin/sh</executable><directory>$PWD/jobdir</directory><argument>-c</argument>
	<argument>pwd; echo "\$COLOUR"; cat</argument><environment><name>COLOUR</name><value>dark blue</value></environment>
	<stdin>$PWD/in.txt</stdin><stdout>out.txt</stdout></job>
	E
    echo from-stdin >in.txt && chmod 644 in.txt && run -submit -q -F "localhost:$PORT" -f job.xml &&
    printf "%s\ndark blue\nfrom-stdin\n" "$PWD/jobdir" | cmp - jobdir/out.txt
'
ok 'a description is validated with line and element' '
    run -validate -f job.xml && printf "<job>\n<executable>x</executable>\n<colour>red</colour></job>" >bad.xml &&
    must_fail 255 run -validate -f bad.xml 2>err && grep "bad.xml.*colour.*line 3" err
'
ok 'the same submission id is the same job, once' '
    run -submit -b -I uuid:11111111-2222-3333-4444-555555555555 -F "localhost:$PORT" -c /bin/sh -c "echo x >>$PWD/jobdir/count" >e1 &&
    run -submit -b -I uuid:11111111-2222-3333-4444-555555555555 -F "localhost:$PORT" -c /bin/sh -c "echo x >>$PWD/jobdir/count" >e2 &&
    cmp e1 e2 && comes_to e1 Done Done && [ "$(wc -l <jobdir/count)" = 1 ]
'
ok 'another job under the same id is refused' '
    must_fail 255 run -submit -b -I uuid:11111111-2222-3333-4444-555555555555 -F "localhost:$PORT" -c /bin/date
'
ok 'an empty submission id would make all jobs one: it is refused' '
    must_fail 255 run -submit -b -I "" -F "localhost:$PORT" -c /bin/true 2>err && grep "submission-id.*empty" err && : >none &&
    must_fail 255 run -submit -b -If none -F "localhost:$PORT" -c /bin/true 2>err && grep "none.*empty" err
'
ok 'a bad option is named as it was typed' '
    must_fail 255 run -submit -T x 2>err && grep -F "gridrun: -T takes" err && must_fail 255 run -submit -submit 2>err &&
    grep -F "gridrun: -submit: one" err && must_fail 255 run -submit -term +24:00 2>err && grep -F "gridrun: -term: jobs" err
'
ok 'a held job waits for its release' '
    cat >held.jsdl <<-E &&
	<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">
	<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/true</p:Executable></p:POSIXApplication></j:Application>
	<g:Extension xmlns:g="urn:gatehouse:jobs:1"><g:Hold>true</g:Hold></g:Extension></j:JobDescription></j:JobDefinition>
	E
    run -submit -b -F "localhost:$PORT" -f held.jsdl >epr && comes_to epr Held Pending-Hold &&
    run -release -j epr && comes_to epr Done Done
'
ok 'jobs outlive kill -9 of the gatekeeper; the command goes on asking' '
    gates begun end && run -submit -b -F "localhost:$PORT" \
        -c /bin/sh -c "echo begun >>$PWD/jobdir/once; echo >$PWD/begun; read x <$PWD/end; exit 3" >epr && heard begun && kill -KILL "$PID" && ! wait "$PID" &&
    GATE && sed "s/localhost:[0-9]*/localhost:$PORT/" epr >epr2 && in_state epr2 Active && let_go end &&
    must_fail 3 run -monitor -q -j epr2 && [ "$(wc -l <jobdir/once)" = 1 ]
'
ok 'a command that follows a job goes on when the site is away, and loses no output' '
    free=$(grid_port) && GATE -o gatekeeper.listen="127.0.0.1:$free" -o gatekeeper.state="$PWD/state2" -o gatekeeper.runner_state="$PWD/runner2" \
        -o gatekeeper.sessions="$PWD/sessions2" && rm -f out &&
    { run -submit -s -F "localhost:$free" -c /bin/sh -c "echo one; read x <$PWD/end; seq 100000; exit 4" >out 2>err & } &&
    grun=$! && wait_until grep -q one out && kill -KILL "$PID" && ! wait "$PID" && let_go end &&
    GATE -o gatekeeper.listen="127.0.0.1:$free" -o gatekeeper.state="$PWD/state2" -o gatekeeper.runner_state="$PWD/runner2" \
        -o gatekeeper.sessions="$PWD/sessions2" && must_fail 4 wait "$grun" && { echo one; seq 100000; } | cmp - out
'
cat >relay.py <<'E'
# relay.py TO: passes bytes on to the port TO; while ./cut is there connections break, one line in ./cuts each.
import os, select, socket, sys, threading
def pump(a, to):
    b = None
    try:
        if a.recv(1, socket.MSG_PEEK) and not os.path.exists("cut"):
            b = socket.create_connection(("127.0.0.1", to))
            while not os.path.exists("cut"):
                for s in select.select([a, b], [], [], 0.05)[0]:
                    data = s.recv(65536)
                    if not data:
                        return
                    (b if s is a else a).sendall(data)
        with open("cuts", "a") as f:
            f.write("cut\n")
    except OSError:
        pass
    finally:
        a.close()
        if b: b.close()
server = socket.create_server(("127.0.0.1", 0))
with open("relay.port.new", "w") as f:
    f.write(str(server.getsockname()[1]))
os.rename("relay.port.new", "relay.port")
while True:
    threading.Thread(target=pump, args=(server.accept()[0], int(sys.argv[1])), daemon=True).start()
E
ok 'connections that break are made again while a job is followed' '
    { /usr/bin/python3 relay.py "$PORT" & } && relay=$! && cleanup "kill $relay 2>/dev/null" && wait_until test -e relay.port && rm -f out && gates end2 &&
    { run -submit -s -F "localhost:$(cat relay.port)" -c /bin/sh -c "echo one; read x <$PWD/end2; exit 4" >out 2>err & } &&
    grun=$! && wait_until grep -q one out && : >cut && wait_until eval "[ \$(wc -l <cuts) -ge 3 ]" && rm cut && let_go end2 &&
    must_fail 4 wait "$grun" && ! grep "^gridrun" err && kill "$relay"
'
ok_points 'when no answer came the id to submit again with is told, and it is one job' '
    free=$(grid_port) && mkdir -m 777 points && : >points/die && here="-o gatekeeper.listen=127.0.0.1:$free -o gatekeeper.state=$PWD/state3" &&
    here="$here -o gatekeeper.runner_state=$PWD/runner3 -o gatekeeper.sessions=$PWD/sessions3" &&
    export GATEHOUSE_TEST_POINT="gk.reply $PWD/points/die" && GATE $here && unset GATEHOUSE_TEST_POINT && rm points/die &&
    must_fail 255 run -submit -b -F "localhost:$free" -c /bin/sh -c "echo x >>$PWD/jobdir/again" 2>err && cat err &&
    id=$(sed -n "s/.*submit it again with -submission-id \(uuid:[0-9a-f-]*\):.*/\1/p" err) && [ "$id" ] && { wait "$PID"; true; } &&
    GATE $here && run -submit -q -I "$id" -F "localhost:$free" -c /bin/sh -c "echo x >>$PWD/jobdir/again" && [ "$(wc -l <jobdir/again)" = 1 ]
'
for kind in expired untrusted revoked forged selfsigned legacy badpolicy; do
    grid_proxy "$PWD/pki" alice "$kind" >/dev/null 2>&1
    ok "$kind proxy: refused, in a sentence that says so" '
        export X509_USER_PROXY="$PWD/pki/proxy/alice-$kind.pem" && must_fail 255 run -submit -b -F "localhost:$PORT" -c /bin/true 2>err &&
        cat err && grep -Ei "expired|issuer|trust|revoked|self-signed|legacy|old|RFC 3820|signing|unknown CA|signature" err
    '
done
ok 'a limited proxy may watch and may not submit' '
    grid_proxy "$PWD/pki" alice limited && export X509_USER_PROXY="$PWD/pki/proxy/alice-limited.pem" &&
    in_state epr2 Done && must_fail 255 run -kill -j epr2 2>err && grep -i limited err && must_fail 255 run -submit -b -F "localhost:$PORT" -c /bin/true 2>err &&
    grep -i limited err
'
ok 'a name that is not in the map is refused by name' '
    grid_proxy "$PWD/pki" alice stranger && export X509_USER_PROXY="$PWD/pki/proxy/alice-stranger.pem" &&
    must_fail 255 run -submit -b -F "localhost:$PORT" -c /bin/true 2>err && grep -i "stranger" err
'
ok 'a site that is not there: one sentence with host and port' '
    export X509_USER_PROXY="$PWD/pki/proxy/alice.pem" && must_fail 255 run -submit -b -F localhost:1 -c /bin/true 2>err && grep "localhost:1" err
'
ok 'no proxy at all: what to do' '
    must_fail 255 env X509_USER_PROXY="$PWD/none" "$BIN/gridrun" -submit -b -F "localhost:$PORT" -c /bin/true 2>err && cat err && grep "gridproxy init\|none" err
'
done_testing
