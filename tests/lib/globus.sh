# tests/lib/globus.sh - the real globus-gridftp-server as a peer, on a free port
# of the loopback.  Source it after tap.sh.
#
#   globus_need PROGRAM...         skip the file unless they are installed
#   globus_start [option...]       start a server; sets GLOBUS_PORT, GLOBUS_PID,
#                                  GLOBUS_LOG; it ends with the test
#   globus_stop
#   globus_grid [DIR...]           a grid in ./ca with RSA keys for that: alice,
#                                  her ACCOUNT, who owns each DIR; all it reads
#
# It reads the host credential from HOST_CERT and HOST_KEY, trusts X509_CERT_DIR
# and maps names by GRIDMAP.  GLOBUS_ENV holds more "NAME=value" for it.

globus_need() {
    for program in "$@"; do
        command -v "$program" >/dev/null || skip_all "$program is not installed"
    done
}

# A line "Server listening at HOST:PORT" ends the wait: nothing listens before.
globus_wait() {
    while :; do
        GLOBUS_PORT=$(sed -n 's/^Server listening at .*://p' "$1")
        [ -z "$GLOBUS_PORT" ] || return 0
        kill -0 "$GLOBUS_PID" 2>/dev/null || { cat "$1"; return 1; }
        sleep 0.05
    done
}

globus_start() {
    GLOBUS_LOG=$PWD/globus.log
    : >globus.out
    # shellcheck disable=SC2086
    env -i PATH="$PATH" HOME="$HOME" X509_CERT_DIR="$X509_CERT_DIR" \
        GRIDMAP="$GRIDMAP" X509_USER_CERT="$HOST_CERT" \
        X509_USER_KEY="$HOST_KEY" GLOBUS_HOSTNAME=localhost ${GLOBUS_ENV-} \
        globus-gridftp-server -s -c none -p 0 -control-interface 127.0.0.1 \
        -data-interface 127.0.0.1 -l "$GLOBUS_LOG" -d error,warn,info \
        "$@" >globus.out 2>&1 </dev/null &
    GLOBUS_PID=$!
    cleanup globus_stop
    globus_wait globus.out
}

globus_stop() {
    [ -z "${GLOBUS_PID-}" ] || { kill "$GLOBUS_PID"; wait "$GLOBUS_PID"; } 2>/dev/null
    GLOBUS_PID=
    :
}

# After grid.sh.
globus_grid() {
    GRID_KEY=rsa:2048
    grid_alice "$PWD/ca"
    HOST_CERT=$PWD/ca/hostcert.pem HOST_KEY=$PWD/ca/hostkey.pem
    for dir in "$@"; do
        grid_folder "$dir"
    done
}
