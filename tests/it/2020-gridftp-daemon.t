#!/bin/bash
# The daemon's own life: limits, deadlines, restart, renewed certificates, logs,
# ports, scans and resets; clear anonymous sessions where they are wanted.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/g"
grid_folder d
begin() { # OPTION...: a daemon of its own
    # shellcheck disable=SC2046 # words, two an option
    start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o log.level=info $(printf -- '-o %s ' "$@")
}
greeting() { # what a new connection is told first
    exec 9<>"/dev/tcp/127.0.0.1/$PORT" && head -1 <&9
    exec 9>&-
}
alone() { grid_alone "$PID"; }

ok 'a good configuration is called good, a bad one named' '
    "$BIN/gridftp" -t -c g/gatehouse.conf &&
    must_fail 78 "$BIN/gridftp" -t -c g/gatehouse.conf -o gridftp.port_range=9,1 2>out && grep port_range out &&
    must_fail 78 "$BIN/gridftp" -t -c g/gatehouse.conf -o gridftp.third_party=perhaps 2>out && grep third_party out &&
    must_fail 78 "$BIN/gridftp" -t -c g/gatehouse.conf -o gridftp.public_address=here 2>out && grep public_address out &&
    ! "$BIN/gridftp" -t -c g/gatehouse.conf -o security.host_key=/nonexistent 2>out && grep /nonexistent out
'
ok 'a session more than an address may have is turned away' '
    begin gridftp.sessions_max_address=2 && {
        exec 7<>"/dev/tcp/127.0.0.1/$PORT" 8<>"/dev/tcp/127.0.0.1/$PORT" && head -1 <&7 && head -1 <&8 &&
        greeting | grep "^421 " && exec 7>&- 8>&- && wait_until alone && greeting | grep "^220 "
    }
'
ok 'nor may an account have more than its share' '
    begin gridftp.sessions_max_user=1 && { dialog login "local in x" "until go" & } && wait_until test -e d/in &&
    dialog auth "> USER :globus-mapping:" "< 331" "> PASS x" "< 421 too many" eof && touch d/go && wait_until alone && dialog login
    rc=$?; rm -f d/in d/go; [ $rc = 0 ]
'
ok 'a login that the end of the service overtakes is to be tried again, not refused' '
    begin log.level=info && { dialog auth "> USER :globus-mapping:" "< 331" "local in x" "until go" "> PASS x" "< 421 service is ending" eof & } && talk=$! &&
    wait_until test -e d/in && stop_daemon "$PID" && touch d/go && wait $talk
    rc=$?; rm -f d/in d/go; [ $rc = 0 ]
'
ok 'a login, a silence and a data connection have their deadlines' '
    begin gridftp.login_timeout=1 && dialog "< 421 Login timed out" eof &&
    begin gridftp.idle_timeout=1 && dialog login "< 421 Idle Timeout" eof &&
    begin gridftp.data_timeout=2 && dialog login "> DCAU N" "< 200" pasv "> STOR $PWD/d/x" "< 150" "< 425 no data connection" &&
    dialog login "> DCAU N" "< 200" pasv "> STOR $PWD/d/x" open "< 150" "send x" "< 426 without progress" &&
    wait_until alone && rm -f d/.x.part-gridftp
'
ok 'a restart cuts no session' '
    begin gridftp.idle_timeout=900 && rm -f d/* && { dialog login "> DCAU N" "< 200" pasv "> STOR $PWD/d/y" open "< 150" \
        "send abc" "local in x" "until go" "send def" shut "< 226" "file y abcdef" "> QUIT" "< 221" eof & } &&
    client=$! && wait_until test -e d/in && stop_daemon "$PID" && begin gridftp.idle_timeout=900 && dialog login &&
    touch d/go && wait "$client" && rm -f d/*
'
ok 'a renewed host certificate is taken without a restart' '
    begin gridftp.idle_timeout=900 && dialog login && cp g/hostkey.pem key.old && cp g/hostcert.pem cert.old &&
    grid_key g/key.new && grid_sign g/keys/host2.pem g/key.new "$GRID_BASE/CN=renewed" "$PWD/g/keys/ca" "$grid_ee
subjectAltName=DNS:localhost,IP:127.0.0.1" && mv g/key.new g/hostkey.pem && cp g/keys/host2.pem g/hostcert.new &&
    chmod 644 g/hostcert.new && mv g/hostcert.new g/hostcert.pem && dialog login &&
    wait_log "$LOG" ftp.cred.reload && grep ftp.cred.reload "$LOG" | grep CN=renewed &&
    mv key.old g/hostkey.pem && mv cert.old g/hostcert.pem
'
ok 'a transfer is one line that sites can parse' '
    begin "gridftp.transfer_log=$PWD/xfer.log" && dialog login "> SITE TASKID job 7" "< 250" "> DCAU N" "< 200" \
        pasv "> STOR $PWD/d/a b" open "< 150" "send 12345" shut "< 226" pasv "> RETR $PWD/d/nope" "< 550" \
        pasv "> MLSD $PWD/d" open "< 150" "recv .*" "< 226" && cat xfer.log && [ "$(wc -l <xfer.log)" = 2 ] &&
    grep -E "^DATE=[0-9]{14}\.[0-9]{6} HOST=[^ ]+ PROG=gridftp NL.EVNT=FTP_INFO START=[0-9.]+ USER=$ACCOUNT FILE=$PWD/d/a%20b BUFFER=0 BLOCK=[0-9]+ NBYTES=5 VOLUME=/ STREAMS=1 STRIPES=1 DEST=\[127.0.0.1\] TYPE=STOR CODE=226 TASKID=job%207$" xfer.log &&
    mv xfer.log xfer.1 && kill -HUP "$PID" && wait_until test -e xfer.log && rm -f d/*
'
ok 'data ports stay in their range' '
    begin gridftp.port_range=40100,40163 && dialog login "> PASV" "< 227 ,156,(16[4-9]|1[7-9][0-9]|2[0-2][0-9])\)" \
        "> PASV" "< 227 ,156," "> EPSV" "< 229 \(\|\|\|401[0-6][0-9]\|\)"
'
ok 'the address of a host behind NAT is named' '
    begin gridftp.public_address=192.0.2.7 && dialog login "> PASV" "< 227 \(192,0,2,7,"
'
ok 'paths beyond the rules are not reached, however they are spelt' '
    mkdir -p d/open d/shut d/fixed && echo x >d/open/f && echo x >d/shut/f && echo x >d/fixed/f && ln -sf ../shut d/open/door &&
    { [ "$(id -u)" != 0 ] || chown -R "$ACCOUNT" d; } &&
    start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o "gridftp.root=$PWD/d" \
        -o "gridftp.allow=rw:/open ro:/fixed" -o gridftp.deny=/shut &&
    dialog login "> DCAU N" "< 200" "> SIZE /open/f" "< 213" "> SIZE /open/door/f" "< 550 DENIED" "> SIZE /open/../shut/f" "< 550" \
        "> CWD /open/door" "< 550" "> MKD /open/door/x" "< 550" "> RNFR /open/f" "< 350" "> RNTO /shut/g" "< 550" \
        "> DELE /fixed/f" "< 550" "> SIZE /fixed/f" "< 213" pasv "> STOR /fixed/g" "< 550" pasv "> MLSR /open" open "< 150" \
        "recv (?!.* door/).* f\r\n" "< 226" "> SITE CHMOD 777 /fixed/f" "< 550" "> CWD /" "< 550" && rm -rf d/*
'
if [ -e /proc/net/if_inet6 ]; then
    ok 'IPv6, both ways' '
        start_daemon gridftp -c g/gatehouse.conf -o "gridftp.listen=[::1]:0" && echo hello >d/six &&
        { echo "test six"; printf "%s\n" login "> DCAU N" "< 200" epsv "> RETR $PWD/d/six" open "< 150" "recv hello\n" "< 226" \
            "> PASV" "< 522" "> EPSV 1" "< 522" "> EPSV 2" "< 229" eprt "> RETR $PWD/d/six" "< 150" open "recv hello\n" "< 226"; } >d6.ftpt &&
        DIR=$PWD/d "$SRC/tests/lib/run-dialog" "[::1]:$PORT" d6.ftpt && rm -f d/*
    '
fi
ok 'third parties are for DCAU only, or for nobody' '
    begin gridftp.third_party=dcau && dialog login "> PORT 192,0,2,1,200,1" "< 200" "> DCAU N" "< 200" "> RETR $PWD/g/hostcert.pem" "< 150" "< 425 DCAU" &&
    begin gridftp.third_party=never && dialog login "> PORT 192,0,2,1,200,1" "< 501 not your own"
'
ok 'scans and resets leave no process' '
    begin gridftp.idle_timeout=900 && for i in $(seq 100); do (exec 9<>"/dev/tcp/127.0.0.1/$PORT") ; done &&
    for i in $(seq 20); do printf "\026\003\001\002\000\001\000\001\374\003\003" >"/dev/tcp/127.0.0.1/$PORT"; done &&
    dialog login pasv open reset hangup && dialog login pasv "> DCAU N" "> STOR $PWD/d/z" open "send x" hangup &&
    wait_until alone && dialog login && rm -f d/.z.part-gridftp d/*
'
ok 'a codec that is killed ends its session, and the other way round' '
    wait_until alone && rm -f d/in && { dialog login "local in x" eof & } && client=$! && wait_until test -e d/in &&
    [ "$(grid_busy "$PID" | wc -l)" = 2 ] &&
    kill -KILL "$(pgrep -P "$PID" -x gridftp)" && wait_until alone; wait "$client"; rm -f d/in
    { dialog login "local in x" eof & } && client=$! && wait_until test -e d/in &&
    kill -KILL "$(pgrep -P "$PID" gridftp-session)" && wait "$client" && wait_until alone && rm -f d/in
'
ok 'anonymous sessions in the clear read and do not write' '
    begin gridftp.clear_ftp=yes "gridftp.anonymous=$ACCOUNT" "gridftp.root=$PWD/d" && echo hello >d/pub && echo no >secret &&
    ln -sf ../secret d/out && curl -sS "ftp://127.0.0.1:$PORT/pub" | grep hello && curl -sS "ftp://127.0.0.1:$PORT/" | grep pub &&
    ! curl -sS "ftp://127.0.0.1:$PORT/out" && ! curl -sS -T g/hostcert.pem "ftp://127.0.0.1:$PORT/new" && [ ! -e d/new ] &&
    dialog "> USER alice" "< 530" "> USER anonymous" "< 331" "> PASS a@b" "< 230" "> DELE pub" "< 550" "> MKD x" "< 550" \
        "> SITE CHMOD 777 pub" "< 550" "> STOR x" "< 550" "> RNFR pub" "< 550" "> PWD" "< 257 \"/\"" "> CWD .." "< 250" "> MLST pub" "< 250 Perm=r;"
'
ok 'clear sessions are refused where nobody asked for them' '
    begin "gridftp.anonymous=$ACCOUNT" && dialog "> USER anonymous" "< 530" "> PASS x" "< 503"
'
done_testing
