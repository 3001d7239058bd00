#!/bin/bash
# Many files between two servers, ours and the real one in all four pairings:
# commands go ahead, sessions are opened as the files need them, and a file that
# one side refuses never gets the bytes of the next.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"

[ -x "$BIN/gridftp" ] || skip_all "gridftp is not built"
globus_need globus-gridftp-server
globus_grid && grid_conf "$PWD/ca" || exit 1
mkdir from to
[ "$(id -u)" != 0 ] || chmod 777 to
for i in $(seq 200); do echo "file $i" >from/f$i; done
# Large enough that what is ahead of it is seen, however busy the machine is.
head -c 40000000 /dev/urandom >from/f100x
start_daemon gridftp -c "$PWD/ca/gatehouse.conf" -o gridftp.listen=127.0.0.1:0 || exit 1
globus_start || exit 1
ours=gsiftp://localhost:$PORT real=gsiftp://localhost:$GLOBUS_PORT
gridcp=$BIN/gridcp

# The most files that were out at a time, by what -dbg tells: both servers say 226 of each.
ahead() {
    awk '/^RETR /{n += 2} /^debug: response/{r = 1; next} r && n && /^226 /{n--} {r = 0} n > most{most = n} END{print int(most / 2)}' "$1"
}
for a in ours real; do for b in ours real; do
    A=${!a} B=${!b}
    # How many sessions it opens by itself is a matter of how long each takes.
    ok "$a to $b: 201 files, in several sessions" '
        rm -rf to/* && $gridcp -r $A$PWD/from/ $B$PWD/to/d/ && diff -rq from to/d && [ "$(ls -A to/d | wc -l)" = 201 ] &&
        rm -rf to/* && $gridcp -dbg -cc 2 -r $A$PWD/from/ $B$PWD/to/d/ 2>said && diff -rq from to/d && [ "$(ls -A to/d | wc -l)" = 201 ] &&
        logins=$(grep -c "^PASS " said) && echo "$logins logins" && [ $logins -ge 4 ]
    '
    ok "$a to $b: one session, commands ahead" '
        rm -rf to/* && $gridcp -dbg -cc 1 -r $A$PWD/from/ $B$PWD/to/d/ 2>said && ahead said && diff -rq from to/d && [ "$(ahead said)" -gt 1 ]
    '
    ok "$a to $b: one that cannot be read, one that cannot be written, -c" '
        rm -rf to/* && mkdir -m 777 to/d && : >to/d/f7 && chmod 444 to/d/f7 && chmod 0 from/f50 &&
        for i in $(seq 200); do echo "$A$PWD/from/f$i $B$PWD/to/d/f$i"; done >list &&
        must_fail 77 $gridcp -rst-retries 1 -rst-interval 1 -c -cc 2 -f list 2>said; rc=$?
        chmod 644 from/f50; cat said; [ "$(grep -c "cannot copy" said)" = 2 ] && grep -q from/f50 said && grep -q to/d/f7 said &&
        [ ! -s to/d/f50 ] && for i in $(seq 200); do case $i in 7 | 50) ;; *) cmp from/f$i to/d/f$i || rc=1 ;; esac; done; [ $rc = 0 ]
    '
done; done
done_testing
