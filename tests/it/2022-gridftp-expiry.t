#!/bin/bash
# A credential that expires in the middle of a session: what runs may finish, what
# is new is refused.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_alice "$PWD/g"
grid_folder d
utc() { date -u -d "@$1" +%Y%m%d%H%M%SZ; }
begin() { # GRACE
    start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o log.level=info -o "gridftp.expiry_grace=$1"
}
short_proxy() { # SECONDS: g/proxy/short.pem, which ends at $end
    local now
    now=$(date +%s) end=$((now + $1))
    grid_below g short 1010 "$(grid_pci id-ppl-inheritAll)" alice "$(utc $((now - 300)))" "$(utc $end)" &&
        (umask 077; cat g/keys/short.pem g/keys/short.key g/keys/alice.pem >g/proxy/short.pem)
}
after_end() { [ "$(date +%s)" -gt "$end" ]; }
as_short() { X509_USER_PROXY=$PWD/g/proxy/short.pem dialog "$@"; }
# A busy machine may need longer to log in than a proxy lasts: then a longer one.
outlives() { # LINES...: a dialogue that says "local in x" before the end, and "until go" for it
    local life
    for life in 3 9 27 81; do
        rm -f d/*
        short_proxy $life && { as_short "$@" >said 2>&1 & } && client=$!
        wait_until eval '[ -e d/in ] || ! kill -0 $client 2>/dev/null'
        [ -e d/in ] && ! after_end && break
        touch d/go
        wait "$client"
    done
    wait_until after_end && touch d/go && wait "$client"
    set -- $?
    cat said
    return "$1"
}

ok 'a running transfer finishes, and is the last thing' '
    begin 0 && outlives login "> DCAU N" "< 200" pasv "> STOR $PWD/d/y" open "< 150" "send abc" "local in x" "until go" \
        "send def" shut "< 226" "< 421 has expired" eof "file y abcdef" &&
    wait_log "$LOG" ftp.session.expired && grep "ftp.session.expired.*CN=Alice" "$LOG"
'
ok 'commands that wait behind it are not run' '
    outlives login "> DCAU N" "< 200" pasv "> STOR $PWD/d/y" "> DELE $PWD/d/y" "> QUIT" open "< 150" "local in x" "until go" \
        "send def" shut "< 226" "< 421 has expired" eof "file y def"
'
ok 'who is silent is told at that time' 'outlives login "local in x" "< 421 has expired" eof'
ok 'within the grace all goes on' '
    begin 3600 && outlives login "local in x" "until go" "> NOOP" "< 200" "> DCAU N" "< 200" pasv "> STOR $PWD/d/z" open "< 150" \
        "send z" shut "< 226" "file z z" "> QUIT" "< 221" eof && ! grep ftp.session.expired "$LOG"
'
ok 'but nobody logs in with it' '
    begin 3600 && as_short "refused Authentication failed: certificate .* expired on [-0-9TZ:]+\." eof
'
done_testing
