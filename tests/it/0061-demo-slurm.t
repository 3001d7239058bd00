#!/bin/sh
# make demo DEMO_SCHEDULER=slurm, with the programs under test: the job ran at a real Slurm, and nothing is left behind.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
[ -x /usr/sbin/slurmctld ] || skip_all 'no slurmctld here'

grid_account
AT=$PWD/demo D=$PWD/demo
[ "$(id -u)" != 0 ] || D=$AT/tree/demo
demo() { # demo TARGET
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SUDO_USER make -C "$SRC" --no-print-directory "$1" DEMO_DIR="$AT" \
        DEMO_BIN="$BIN" DEMO_USER="$ACCOUNT" DEMO_SCHEDULER="${2:-slurm}"
}
printf '%s/' "$D" >pattern
processes() {
    {
        grep -laFf pattern /proc/[0-9]*/cmdline 2>/dev/null
        for p in /proc/[0-9]*/cwd; do case $(readlink "$p") in "$D"/*) echo "$p" ;; esac; done
    } | cut -d/ -f3 | sort -u
}
cleanup '[ ! -d "$AT" ] || { demo demo-stop >/dev/null; for p in $(processes); do kill -KILL "$p"; done; }'

ok 'another scheduler is refused' 'must_fail 2 demo demo pbs'
ok 'make demo ends well' 'demo demo >shown 2>&1; status=$?; cat shown; [ "$status" = 0 ]'
ok 'the job ran at Slurm, as this person' '
    grep -q "^counting on .* as $ACCOUNT$" shown && grep -q "Its exit code at the prompt: 0;" shown &&
    grep -qE "^ +[0-9]+ +debug +gk[0-9a-f]{32} .* COMPLETED n[12]$" shown
'
ok 'a small array ran there, and the task that failed ran once more' '
    [ "$(grep -c "^ *[0-3]  Done .*exit 0" shown)" = 4 ] && grep -q "^ *2  Done  *attempt 2 " shown
'
ok 'the same text was counted' 'grep -q "the same as counted here without the grid" shown'
ok 'make demo-stop leaves no process' 'demo demo-stop && processes >left && cat left && [ ! -s left ]'
done_testing
