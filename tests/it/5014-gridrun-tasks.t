#!/bin/sh
# gridrun and the tasks of a job: counts, a line each, hosts, some ended, the failed ones run once more; and a render farm of
# 240 frames whose scene is brought once.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/pki"
[ "$(id -u)" != 0 ] || cleanup 'pkill -KILL -U "$ACCOUNT"' # jobs that a failed step left
chmod 755 .
run() { "$BIN/gridrun" "$@"; }
state() { run -status -j "$1" | sed -n 's/^Current job state: //p'; }
in_state() { [ "$(state "$1")" = "$2" ]; }
counts() { run -status -j "$1" | sed -n 's/^Tasks: //p'; }
counted() { [ "$(counts "$1")" = "$2" ]; }
jobid() { sed -n 's|.*/jobs/\([^<]*\)<.*|\1|p' "$1"; }
rows() { run -list -tasks "$1"; }
array() { # N EPR SCRIPT [STAGING]: a job of N tasks
    {
        echo '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix">'
        echo '<j:JobDescription><j:Application><p:POSIXApplication><p:Executable>/bin/sh</p:Executable><p:Argument>-c</p:Argument>'
        echo "<p:Argument>$3</p:Argument></p:POSIXApplication></j:Application>${4-}"
        echo "<g:Extension xmlns:g='urn:gatehouse:jobs:1'><g:Tasks count='$1'/></g:Extension></j:JobDescription></j:JobDefinition>"
    } >array.jsdl
    run -submit -q -b -F "localhost:$PORT" -f array.jsdl >"$2"
}

ok 'a gatekeeper whose pages hold seven tasks' '
    mkdir -m 777 marks && start_daemon gatekeeper -c pki/gatehouse.conf -o gatekeeper.listen=127.0.0.1:0 -o gatekeeper.state="$PWD/state" -o gatekeeper.fork_slots=8 \
        -o log.level=info -o gatekeeper.sessions="$PWD/sessions" -o gatekeeper.runner_state="$PWD/runner" -o gatekeeper.list_page=7
'
ok '-status counts the tasks, -list -tasks has a line for each, whatever the pages, -hosts says where' '
    array 20 a "exit \$((GATEHOUSE_TASK % 2))" && run -monitor -q -j a; wait_until counted a "Done 20" && rows a >out && cat out && [ "$(wc -l <out)" = 20 ] &&
    sed -n 8p out | grep "^    7  Done  *attempt 1  *exit 1 .*  $(uname -n)$" && run -status -hosts -j a >out && grep -c "^Task [0-9]*, attempt 1: $(uname -n)$" out | grep -qx 20
'
ok '-kill of some tasks ends these and no others' '
    array 6 b "exec sleep 1000" && wait_until counted b "Running 6" && run -kill -F "localhost:$PORT" "$(jobid b)[1,3-4]" 2>err &&
    cat err && wait_until counted b "Running 3, Cancelled 3" && run -kill "b[0]" 2>err && wait_until counted b "Running 2, Cancelled 4" && in_state b Active
'
ok 'what is no task, and commands that are for whole jobs, say so' '
    must_fail 255 run -kill "b[6]" 2>err && grep "has 6 tasks, and no task 6" err && must_fail 255 run -kill "b[x]" 2>err && grep "not a task or a range" err &&
    must_fail 255 run -release "b[1]" 2>err && grep "for whole jobs" err && must_fail 255 run -resubmit b 2>err && grep "which tasks" err &&
    must_fail 255 run -resubmit "b[0,2]" 2>err && grep "task 2 is Running" err && run -kill -q b && wait_until in_state b Failed
'
ok '-resubmit -failed runs the failed ones once more, and a list those that it names' '
    array 9 c "echo x &gt;&gt;$PWD/marks/c.\$GATEHOUSE_TASK; case \$GATEHOUSE_TASK in 2|5) test -e $PWD/marks/mend || exit 3;; esac" && run -monitor -q -j c; touch marks/mend &&
    run -resubmit -failed c 2>err && grep "failed.*2" err && run -monitor -q -j c && rows c >out && cat out && [ "$(grep -c "attempt 2" out)" = 2 ] && [ "$(cat marks/c.* | wc -l)" = 11 ] &&
    run -resubmit "c[0,7-8]" && run -monitor -q -j c && rows c | grep -c "attempt 2" | grep -qx 5 && [ "$(cat marks/c.* | wc -l)" = 14 ] &&
    run -status -v -j c >out && grep "tasks 7-8, attempt 2: Done -> Ready: its owner has it run once more" out
'
ok 'a render farm: 240 frames of a scene that is brought once; three are killed, and only these run again' '
    printf "teapot\n" >scene &&
    array 240 f "echo x &gt;&gt;$PWD/marks/f.\$GATEHOUSE_TASK; case \$GATEHOUSE_TASK in 7|100|239) mkdir $PWD/marks/hang.\$GATEHOUSE_TASK &amp;&amp; exec sleep 1000;; esac; sed s/\$/\$GATEHOUSE_TASK/ scene" \
        "<j:DataStaging><j:FileName>scene</j:FileName><j:CreationFlag>overwrite</j:CreationFlag><j:Source><j:URI>file://$PWD/scene</j:URI></j:Source></j:DataStaging>" &&
    wait_until counted f "Running 3, Done 237" && run -kill -q "f[7,100,239]" && wait_until counted f "Done 237, Cancelled 3" && wait_until in_state f Done && rm scene &&
    run -resubmit "f[7,100,239]" && run -monitor -q -j f && counted f "Done 240" && [ "$(cat marks/f.* | wc -l)" = 243 ] && rows f >out && [ "$(grep -c "attempt 2" out)" = 3 ] &&
    for i in $(seq 0 239); do [ "$(cat sessions/*/"$(jobid f)"/stdout.$i)" = "teapot$i" ] || return; done
'
done_testing
