#!/bin/sh
# Every *.ftpt beside this file, spoken to our daemon.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/g"
grid_folder d
start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o log.level=info ||
    { echo "Bail out! no daemon"; exit 1; }
DIR=$PWD/d ACCOUNT=$ACCOUNT "$SRC/tests/lib/run-dialog" "127.0.0.1:$PORT" "$SRC"/tests/dialog/*.ftpt ||
    { failed=1; cat "$LOG" >&2; }
