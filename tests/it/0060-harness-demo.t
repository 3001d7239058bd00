#!/bin/sh
# make demo and make demo-stop, with the programs under test, in a directory of its own: the job is
# Done, what is shown is what is counted here, and nothing is left behind.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_account
AT=$PWD/demo D=$PWD/demo OTHER=$PWD/other
[ "$(id -u)" != 0 ] || D=$AT/tree/demo
demo() { # demo TARGET DIR
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SUDO_USER make -C "$SRC" --no-print-directory "$1" DEMO_DIR="$2" \
        DEMO_BIN="$BIN" DEMO_USER="$ACCOUNT"
}
# As its person, with its environment.
person() {
    if [ "$(id -u)" = 0 ]; then runuser -u "$ACCOUNT" -- bash -c ". $D/env; $1"; else bash -c ". $D/env; $1"; fi
}
# Processes of the demo: the directory is on their command line, or they work in it.
printf '%s/' "$D" >pattern
processes() {
    {
        grep -laFf pattern /proc/[0-9]*/cmdline 2>/dev/null
        for p in /proc/[0-9]*/cwd; do case $(readlink "$p") in "$D"/*) echo "$p" ;; esac; done
    } | cut -d/ -f3 | sort -u
}
# Its listening sockets by inode: another's may have the same port a moment later, or on another address now.
sockets() {
    for p in $(sed -n 's/.*, port \([0-9]*\), log .*/\1/p' shown); do
        awk -v at="$(printf '0100007F:%04X' "$p")" '$2 == at && $4 == "0A" { print $10 }' /proc/net/tcp
    done | sort -u
}
# When a claim failed, the rest of it by its ids.
cleanup '[ ! -d "$AT" ] || { demo demo-stop "$AT" >/dev/null; for p in $(processes); do kill -KILL "$p"; done; }'
listening() { awk '$4 == "0A" { print $10 }' /proc/net/tcp /proc/net/tcp6 | sort -u; }

ok 'make demo ends well' 'demo demo "$AT" >shown 2>&1; status=$?; cat shown; [ "$status" = 0 ]'
ok 'it builds and installs nothing when programs are named' '! grep -q "Packages and build" shown && [ ! -e "$AT/tree/build" ]'
ok 'the job ran, in this person'"'"'s name, and is Done' '
    grep -q "^counting on .* as $ACCOUNT$" shown && grep -q "Its exit code at the prompt: 0;" shown &&
    grep -q "Done" shown && person "gridrun -status -j $D/job.epr" | grep -q "Done"
'
ok 'what it shows is what is counted without the grid, by another program' '
    cat >count.py <<-P
	import collections, re, sys
	words = re.findall(rb"[a-z]{4,}", open(sys.argv[1], "rb").read().lower())
	first = sorted(collections.Counter(words).items(), key=lambda w: (-w[1], w[0]))[:8]
	print("\n".join(f"{n} {w.decode()}" for w, n in first))
	P
    /usr/bin/python3 count.py "$D/text.txt" >want && [ "$(wc -l <want)" = 8 ] &&
    sed -n "/The result, staged out/,/the same as counted/s/^ *\([0-9][0-9]* [a-z]*\)$/\1/p" shown >got && diff want got
'
ok 'another demo is stopped: this one goes on' '
    demo demo-stop "$OTHER" && sockets >before && [ "$(wc -l <before)" = 3 ] && person "gridrun -list -F \$SITE"
'
ok 'a directory with something else in it is not taken' '
    mkdir "$OTHER" && chmod 777 "$OTHER" && mkdir "$OTHER/data" && : >"$OTHER/data/mine" && must_fail 2 demo demo "$OTHER" &&
    ls "$OTHER/data/mine"
'
ok 'a job is left running' '
    person "gridrun -submit -batch -F \$SITE -c /bin/sh -c \"echo \\\$\\\$ >$D/running; exec sleep 100000\"" &&
    wait_until test -s "$D/running" && processes >were && cat were && [ "$(wc -l <were)" -ge 7 ] &&
    grep -x "$(cat "$D/running")" were
'
ok 'make demo-stop leaves no process' 'demo demo-stop "$AT" && processes >left; for p in $(cat left); do cat /proc/$p/stat; done; [ ! -s left ]'
ok 'and no listening socket' '[ -s before ] && listening >now && [ -z "$(comm -12 before now)" ]'
ok 'stopped twice is fine' 'demo demo-stop "$AT"'
done_testing
