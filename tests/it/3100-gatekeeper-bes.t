#!/bin/sh
# BES 1.0 over the wire: a job's whole life, every operation, every fault.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"

gk_grid && grid_proxy "$PWD/g" alice limited && grid_user "$PWD/g" bob Bob &&
grid_map "$PWD/g" bob "$ACCOUNT" && grid_proxy "$PWD/g" alice stranger || exit 1
cat g/hostcert.pem g/hostkey.pem >g/proxy/host.pem

has() { grep -q "$1" payload.xml; }
fault() { # NAME: the answer is this fault, in BES' own detail, and valid
    [ "$(xmllint --xpath 'local-name(/*/*/*[local-name()="Fault"]/*[local-name()="detail"]/*)' reply.xml)" = "$1" ] &&
    xmllint --xpath '//*[local-name()="detail"]/*' reply.xml >payload.xml && gk_valid
}

ok 'the gatekeeper starts, and is ready in both halves' '
    gk_start && [ -n "$GK_DOOR_PID" ] && [ "$GK_DOOR_PID" != "$GK_PID" ]
'
ok 'a job runs: accepted, finished, exit code, output' '
    gk_jsdl "<p:Executable>/bin/echo</p:Executable><p:Argument>hello  world</p:Argument>" &&
    gk_create && gk_valid && gk_wait "$JOB" Finished && gk_valid &&
    [ "$(gk_ours ExitCode)" = 0 ] && [ "$(gk_ours State)" = Done ] && [ "$(gk_ours LocalAccount)" = "$ACCOUNT" ] &&
    [ "$(gk_get "/jobs/$JOB/stdout")" = "hello  world" ] && has UserSeconds && has "state=\"Running\"\|Pending"
'
ok 'its exit code is its own, whatever it is' '
    gk_sh "exit 7" && gk_create && gk_wait "$JOB" Finished && [ "$(gk_ours ExitCode)" = 7 ]
'
ok 'a death by signal is a failure that names the signal' '
    gk_sh "kill -SEGV \$\$" && gk_create && gk_wait "$JOB" Failed && gk_valid &&
    [ "$(gk_ours Signal)" = 11 ] && ! has ExitCode && gk_ours Fault | grep -q "signal 11"
'
ok 'a program that is not there is a failure in words' '
    gk_jsdl "<p:Executable>/no/such/program</p:Executable>" && gk_create && gk_wait "$JOB" Failed && gk_valid &&
    gk_ours Fault | grep -q /no/such/program
'
ok 'environment, directory, input and both outputs are as described' '
    gk_jsdl "<p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument><p:Argument>cat; echo; echo \$A; pwd; echo oops >&amp;2</p:Argument><p:Input>/etc/passwd</p:Input><p:Output>out.txt</p:Output><p:Error>err.txt</p:Error><p:Environment name=\"A\">x y</p:Environment>" &&
    gk_create && gk_wait "$JOB" Finished && gk_get "/jobs/$JOB/stdout" >out &&
    grep -qx "x y" out && grep -q "sessions/$ACCOUNT/$JOB" out && grep -q "^root:" out &&
    gk_get "/jobs/$JOB/files/out.txt" | cmp - out && [ "$(gk_get "/jobs/$JOB/stderr")" = oops ]
'
ok 'a held job waits for its release' '
    gk_sh "echo ran" "<g:Extension><g:Hold>true</g:Hold></g:Extension>" && gk_create && H=$JOB &&
    wait_log "$GK_LOG" "job.state job=$H event=hold" && gk_status "$H" && gk_valid &&
    [ "$STATE" = Pending ] && [ "$(gk_xpath "count(//*[local-name()=\"Held\"])")" = 1 ] &&
    gk_op ReleaseActivities "$H" && gk_valid && has ">true<" && gk_wait "$H" Finished &&
    [ "$(gk_get "/jobs/$H/stdout")" = ran ]
'
ok 'a terminated job ends, with all its processes' '
    gates up && gk_sh "echo \$\$ > pid; sleep 1000 &amp; echo \$! >> pid; echo >$PWD/up; wait" && gk_create && K=$JOB &&
    heard up && gk_wait "$K" Running &&
    gk_op TerminateActivities "$K" && gk_valid && has ">true<" && gk_wait "$K" Cancelled &&
    gk_get "/jobs/$K/files/pid" >pids && for p in $(cat pids); do gk_gone $p || return 1; done
'
ok 'a held job can be terminated and never runs' '
    gk_sh "touch ran" "<g:Extension><g:Hold>true</g:Hold></g:Extension>" && gk_create && H=$JOB &&
    wait_log "$GK_LOG" "job.state job=$H event=hold" && gk_op TerminateActivities "$H" && gk_wait "$H" Cancelled &&
    ! gk_get "/jobs/$H/files/ran" -f
'
ok 'what is over cannot be terminated: a fault of its own, with the status' '
    gk_op TerminateActivities "$K" && gk_op TerminateActivities "$H" && gk_valid &&
    gk_sh true && gk_create && gk_wait "$JOB" Finished && gk_op TerminateActivities "$JOB" && gk_valid &&
    has ">false<" && has CantApplyOperationToCurrentStateFault && has "state=\"Finished\""
'
ok 'several activities are answered one by one, unknown ones by a fault inside' '
    gk_op GetActivityStatuses "$JOB" 00000000-0000-4000-8000-000000000000 "$K" nonsense && gk_valid &&
    [ "$(gk_xpath "count(//*[local-name()=\"ActivityStatus\"])")" = 2 ] &&
    [ "$(gk_xpath "count(//*[local-name()=\"UnknownActivityIdentifierFault\"])")" = 2 ]
'
ok 'the submitted document comes back' '
    gk_op GetActivityDocuments "$JOB" && gk_valid && has "/bin/sh" && has jsdl-posix
'
ok 'another user is told of my job what he is told of none' '
    GK_PROXY=g/proxy/bob.pem gk_op GetActivityStatuses "$JOB" && sed "s/$JOB/X/g" payload.xml >mine &&
    GK_PROXY=g/proxy/bob.pem gk_op GetActivityStatuses 00000000-0000-4000-8000-000000000000 &&
    sed "s/00000000-0000-4000-8000-000000000000/X/g" payload.xml | cmp - mine &&
    for op in TerminateActivities GetActivityDocuments ReleaseActivities; do
        GK_PROXY=g/proxy/bob.pem gk_op $op "$JOB" && has UnknownActivityIdentifierFault && gk_valid || return 1
    done &&
    [ "$(GK_PROXY=g/proxy/bob.pem gk_get "/jobs/$JOB/stdout" -o /dev/null -w "%{http_code}")" = 404 ]
'
ok 'the same message id is the same job, for another job a fault' '
    gk_sh "echo once >> \$HOME/count-$$" && gk_create "" "urn:x:1" && A=$JOB && gk_create "" "urn:x:1" && [ "$JOB" = "$A" ] &&
    gk_wait "$A" Finished && gk_create "" "urn:x:1" && [ "$JOB" = "$A" ] &&
    GK_PROXY=g/proxy/bob.pem && gk_create g/proxy/bob.pem "urn:x:1" && [ "$JOB" != "$A" ] && unset GK_PROXY &&
    gk_sh "echo other" && ! gk_create "" "urn:x:1" && fault InvalidRequestMessageFault
'
ok 'a limited proxy may watch, and neither create nor terminate' '
    gk_sh true && ! gk_create g/proxy/alice-limited.pem && fault NotAuthorizedFault &&
    GK_PROXY=g/proxy/alice-limited.pem gk_status "$A" && [ "$STATE" = Finished ] &&
    GK_PROXY=g/proxy/alice-limited.pem gk_get "/jobs/$A/stdout" -f &&
    GK_PROXY=g/proxy/alice-limited.pem gk_op TerminateActivities "$A" && fault NotAuthorizedFault
'
ok 'a name that is not in the map may not create' '
    gk_sh true && ! gk_create g/proxy/alice-stranger.pem && fault NotAuthorizedFault
'
ok 'nobody may do nothing' '
    gk_curl "" -H "Content-Type: text/xml" --data-binary @request.xml -o reply.xml "$URL/bes" &&
    grep -q "authentication failed" reply.xml && ! grep -q ActivityStatus reply.xml
'
ok 'what this site cannot honour is named' '
    gk_sh true "<j:Resources><j:CandidateHosts><j:HostName>h</j:HostName></j:CandidateHosts></j:Resources>" &&
    ! gk_create && fault UnsupportedFeatureFault && has CandidateHosts &&
    gk_sh true "<x:y xmlns:x=\"urn:x\"/>" && ! gk_create && fault UnsupportedFeatureFault && has "{urn:x}y" &&
    gk_sh true && GK_BESIDE="<x:z xmlns:x=\"urn:x\"/>" && ! gk_create && fault UnsupportedFeatureFault && has "{urn:x}z" &&
    unset GK_BESIDE && gk_sh true "<g:Extension><g:Scheduler>lsf</g:Scheduler></g:Extension>" && ! gk_create &&
    fault UnsupportedFeatureFault && has lsf
'
ok 'a bad document names the element to blame' '
    gk_jsdl "<p:Executable>x</p:Executable><p:WallTimeLimit>soon</p:WallTimeLimit>" && ! gk_create &&
    fault InvalidRequestMessageFault && has WallTimeLimit &&
    gk_jsdl "<p:Executable>x</p:Executable><p:Executable>x</p:Executable>" && ! gk_create && fault InvalidRequestMessageFault &&
    printf "<j:JobDefinition xmlns:j=\"urn:wrong\"/>" >jsdl.xml && ! gk_create && fault InvalidRequestMessageFault &&
    gk_sh true && GK_BESIDE="<g:DelegationID>no-such</g:DelegationID>" && ! gk_create && unset GK_BESIDE &&
    fault InvalidRequestMessageFault && has DelegationID
'
ok 'the factory says what it is' '
    printf "<s:Envelope %s><s:Body><b:GetFactoryAttributesDocument/></s:Body></s:Envelope>" "$GK_NS" >request.xml &&
    gk_post request.xml && gk_valid && has ">true<" && has "$A" && has LINUX
'
manage() { printf '<s:Envelope %s><s:Body><m:%s/></s:Body></s:Envelope>' "$GK_NS" "$1" >request.xml; gk_post request.xml "$2"; }
ok 'only the host itself may stop the intake; a restart remembers' '
    manage StopAcceptingNewActivities && fault NotAuthorizedFault &&
    manage StopAcceptingNewActivities g/proxy/host.pem && gk_valid &&
    gk_sh true && ! gk_create && fault NotAcceptingNewActivitiesFault &&
    stop_daemon "$GK_PID" && gk_start && ! gk_create && fault NotAcceptingNewActivitiesFault &&
    manage StartAcceptingNewActivities g/proxy/host.pem && gk_valid && gk_create
'
ok 'jobs and states survive the restart' '
    gk_status "$A" && [ "$STATE" = Finished ] && [ "$(gk_ours ExitCode)" = 0 ] && gk_status "$K" && [ "$STATE" = Cancelled ]
'
ok 'a running job goes on while the gatekeeper is dead' '
    gates on && gk_sh "read x &lt;$PWD/on; echo done" && gk_create && R=$JOB && gk_wait "$R" Running &&
    gk_kill && let_go on && gk_start && gk_wait "$R" Finished &&
    [ "$(gk_get "/jobs/$R/stdout")" = "done" ]
'
ok 'output can be read while it grows; what is not there yet is 404, what is empty 200' '
    gates one two && gk_sh "echo one; echo >$PWD/one; read x &lt;$PWD/two; echo two" && gk_create && G=$JOB &&
    heard one && gk_wait "$G" Running && [ "$(gk_get "/jobs/$G/stdout")" = one ] &&
    [ "$(gk_get "/jobs/$G/stdout" -r 1-2 -o part -w "%{http_code}")" = 206 ] && [ "$(cat part)" = ne ] &&
    gk_get "/jobs/$G/stdout" -D - -o /dev/null | grep -i "X-Job-State: Running" &&
    [ "$(gk_get "/jobs/$G/stderr" -o part -w "%{http_code}")" = 200 ] && [ ! -s part ] &&
    [ "$(gk_get "/jobs/$G/files/later" -o /dev/null -w "%{http_code}")" = 404 ] &&
    let_go two && gk_wait "$G" Finished && [ "$(gk_get "/jobs/$G/stdout" -r 4-)" = two ]
'
ok 'nothing but the session can be reached by a path' '
    gk_sh "ln -s /etc/passwd link; mkdir d" && gk_create && gk_wait "$JOB" Finished &&
    for p in link ../../../../etc/passwd %2e%2e/%2e%2e/g/gatehouse.conf /etc/passwd d ..; do
        c=$(gk_get "/jobs/$JOB/files/$p" --path-as-is -o got -w "%{http_code}")
        case $c in 4??) ;; *) echo "$p: $c"; return 1 ;; esac
    done
'
ok 'every decision has its audit line' '
    grep -h " audit .*op=CreateActivity .*decision=allow" gatekeeper*.log | wc -l | xargs test 10 -lt &&
    grep -h " audit .*op=CreateActivity .*decision=deny.*limited" gatekeeper*.log | grep -q Alice &&
    grep -h " audit .*op=TerminateActivities .*decision=deny" gatekeeper*.log | grep -q Bob
'
ok 'jobs are counted by state' '
    gk_get /metrics | grep "gatekeeper_jobs{state=\"Done\"}" | grep -v " 0$"
'
ok 'a banned name is refused at once, and let in again' '
    grid_dn g alice >ban && stop_daemon "$GK_PID" && GK_CONF_MORE="[security]
ban = $PWD/ban" gk_start && gk_op GetActivityStatuses "$A" && has banned && : >ban &&
    allowed() { gk_status "$A" && [ "$STATE" = Finished ]; } && wait_until allowed
'
ok 'an ended job can be removed by its owner, a live one cannot' '
    gk_sh "sleep 1000" && gk_create && L=$JOB && [ "$(gk_get "/jobs/$L" -X DELETE -o got -w "%{http_code}")" = 409 ] &&
    gk_op TerminateActivities "$L" && gk_wait "$L" Cancelled && [ -d "sessions/$ACCOUNT/$L" ] &&
    [ "$(GK_PROXY=g/proxy/bob.pem gk_get "/jobs/$L" -X DELETE -o got -w "%{http_code}")" = 404 ] &&
    [ "$(gk_get "/jobs/$L" -X DELETE -o got -w "%{http_code}")" = 202 ] &&
    gone() { gk_op GetActivityStatuses "$L" && has UnknownActivityIdentifierFault; } && wait_until gone &&
    [ ! -e "sessions/$ACCOUNT/$L" ]
'
ok 'ended jobs are wiped after their retention' '
    stop_daemon "$GK_PID" && [ -d "sessions/$ACCOUNT/$A" ] && GK_CONF="retention = 60" gk_start &&
    sqlite3 state/jobs.db "UPDATE journal SET t_ms = t_ms - 100000" && stop_daemon "$GK_PID" && GK_CONF="retention = 60" gk_start &&
    wait_log "$GK_LOG" job.wipe 10 && 
    gone() { gk_op GetActivityStatuses "$A" && has UnknownActivityIdentifierFault; } && wait_until gone &&
    [ ! -e "sessions/$ACCOUNT/$A" ]
'
ok 'SIGTERM ends both halves cleanly' '
    D=$GK_DOOR_PID && stop_daemon "$GK_PID" >end && grep -x "ended with 0" end && wait_until gk_gone "$D" &&
    grep -q "gatekeeper\[$D\] daemon.end" "$GK_LOG"
'
done_testing
