#!/bin/bash
# Options of gridcp that no other test tells of: text, hosts that stand for one,
# what is refused, and all that globus-url-copy has.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/globus.sh"

GRID_KEY=rsa:2048 # for the real server
grid_data
HOST_CERT=$PWD/ca/hostcert.pem HOST_KEY=$PWD/ca/hostkey.pem R=$PWD/remote L=$PWD/local gridcp=$BIN/gridcp
mkdir "$R" "$L"
[ "$(id -u)" != 0 ] || chmod 777 "$R"

# Text that meets every border: long, lone CR, CR at the end, no line end at the end, empty.
seq 200000 >"$L/lines"
printf 'a\r\nb\rc\n\r\r\n\n' >"$L/odd"
printf 'no end' >"$L/noend"
: >"$L/empty"
perl -e 'print "x" x ($_ % 300), $_ % 7 ? "\n" : "\r\n" for 1 .. 20000' >"$L/mixed"
text() { # NAME URL
    W=$1 S=$2
    # The real server keeps a CR that is the last byte of one of its blocks (256 KiB).
    [ "$1" = ours ] || seq 20000 >"$L/lines"
    for f in lines noend empty; do
        ok "$W: -ascii $f comes and goes as it is" '
            rm -f got "$R/$f" && $gridcp -a "$L/$f" $S$R/$f && cmp "$L/$f" "$R/$f" && $gridcp -ascii $S$R/$f got && cmp "$L/$f" got
        '
    done
    ok "$W: .. and between two servers" 'cp "$L/lines" "$R/lines" && rm -f "$R/third" && $gridcp -a $U$R/lines $S$R/third && cmp "$L/lines" "$R/third" && $gridcp -a $S$R/lines $U$R/third'
    ok "$W: a server that takes what comes gets CR LF" '
        rm -f "$R/dos" && $gridcp -dbg -a "$L/lines" $S$R/dos 2>said && grep -x "TYPE A" said && ! grep -x "TYPE I" said && cmp "$L/lines" "$R/dos"
    '
}
text ours $U
if command -v globus-gridftp-server >/dev/null && globus_start; then
    text real gsiftp://localhost:$GLOBUS_PORT
else
    skip "-ascii with the real server" "globus-gridftp-server is not installed"
fi
for f in odd mixed; do
    ok "-ascii $f: every CR and LF of a get is what TYPE A makes of it" '
        cp "$L/$f" "$R/$f" && $gridcp -a $U$R/$f got && cmp "$L/$f" got
    '
done
ok "-ascii and what needs bytes as they are exclude each other" '
    must_fail 64 $gridcp -a -verify-checksum $U$R/odd got && must_fail 64 $gridcp -a -off 5 $U$R/odd got
'
ok "-sync after -ascii, -state with it" '
    rm -f got state && cp "$L/lines" "$R/lines" && $gridcp -a -state state $U$R/lines got && cmp "$L/lines" got && $gridcp --json -a -state state $U$R/lines got | grep "\"files\":0"
'

start_daemon gridftp -c "$PWD/ca/gatehouse.conf" -o gridftp.listen=127.0.0.1:0 || exit 1
second=$LOG
printf '# hosts\n@source\nlocalhost:%s\n127.0.0.1:%s\n' "${U##*:}" "$PORT" >hosts
mkdir "$R/many" && for i in $(seq 400); do echo $i >"$R/many/$i"; done
ok "-af: sessions go to each of the hosts, whatever the URL says" '
    $gridcp -cc 4 -af hosts -r gsiftp://data.invalid$R/many/ "$L/many/" && diff -r "$R/many" "$L/many" && grep -c "ftp.transfer.end" "$second" &&
    grep -q "ftp.transfer.end.*op=RETR" "$second" && grep -q "ftp.transfer.end.*op=RETR.*many" "$PWD/gridftp.log"
'
ok ".. the destination stays that of the URL, and what is wrong is told with its line" '
    $gridcp -af hosts "$L/odd" $U$R/af && cmp "$L/odd" "$R/af" &&
    printf "@source\nh:99999\n" >bad && must_fail 65 $gridcp -af bad $U$R/odd got 2>said; cat said; grep "line 2" said &&
    printf "host\n" >bad && must_fail 65 $gridcp -af bad $U$R/odd got && must_fail 66 $gridcp -af none $U$R/odd got
'

# What servers are told: drivers, stores, commands, assertions.
one_sentence() { cat said; [ "$(wc -l <said)" = 1 ] && grep -q ": .* .* " said; }
ok "drivers that ours has are taken: tcp, gsi, default, file" '
    cp "$L/odd" "$R/odd" && for o in "-dcstack tcp" "-dcstack tcp,gsi" "-dcstack default" "-src-dcstack tcp:sndbuf=9,gsi" "-fsstack file" "-src-fsstack default"; do
        rm -f got && case $o in *:*) must_fail 69 $gridcp $o $U$R/odd got ;; *) $gridcp $o $U$R/odd got && cmp "$L/odd" got ;; esac || exit 1
    done && $gridcp -dst-fsstack file -dst-dcstack tcp "$L/odd" $U$R/d && cmp "$L/odd" "$R/d" && $gridcp -dcstack tcp -fsstack file $U$R/odd $U$R/d2 && cmp "$L/odd" "$R/d2"
'
ok "GSI is put above the transport where data channels are authenticated, and there only" '
    $gridcp -dbg -dcstack tcp $U$R/odd got 2>said && grep -qx "SITE SETNETSTACK tcp,gsi" said &&
    $gridcp -dbg -nodcau -dcstack tcp $U$R/odd got 2>said && grep -qx "SITE SETNETSTACK tcp" said
'
for o in -udt "-dcstack x" "-src-dcstack tcp,x"; do
    ok "$o needs two servers, says one sentence" 'must_fail 69 $gridcp $o $U$R/odd got 2>said; one_sentence && grep -q "both ends" said && [ ! -e "$L/got" ]'
done
for o in -udt "-dcstack x" "-src-dcstack x" "-dst-dcstack x" "-fsstack x" "-src-fsstack x" "-dst-fsstack x" "-SP x" "-DP x" "-pipe x" "-mn x" "-smn x" "-dmn x -dmp y"; do
    ok "$o is told to the servers; the refusal of ours is told in one sentence" '
        rm -f "$R/never" && must_fail 69 $gridcp $o $U$R/odd $U$R/never 2>said; one_sentence && grep -qE "refuses .-(dc|fs)stack|-mn x" said && [ ! -e "$R/never" ]
    '
done
echo PGFzc2VydGlvbi8+ >assertion
assertions() { grep -c ftp.session.assertion gridftp.log; }
ok "-aa: the assertion comes before each file, with -cache-aa once in a session" '
    printf "%s\n" "$U$R/odd got1" "$U$R/odd got2" "$U$R/odd got3" >three && a=$(assertions); $gridcp -cc 1 -aa assertion -f three && b=$(assertions) &&
    $gridcp -cc 1 -aa assertion -cache-aa -f three && c=$(assertions) && echo "$a $b $c" && [ $((b - a)) = 4 ] && [ $((c - b)) = 1 ]
'
ok ".. -saa to the source, -daa to the destination" '
    a=$(assertions); $gridcp -cc 1 -saa assertion -cache-saa "$L/odd" $U$R/d && [ "$(assertions)" = "$a" ] && $gridcp -cc 1 -daa assertion -cache-daa "$L/odd" $U$R/d &&
    [ "$(assertions)" = $((a + 1)) ]
'
ok ".. its file may be a symbolic link" 'ln -s assertion link && $gridcp -aa link $U$R/odd got1'
ok ".. a file without one is an error" ': >none; must_fail 65 $gridcp -aa none $U$R/odd got && must_fail 66 $gridcp -aa nosuch $U$R/odd got'
grid_user "$PWD/ca" bob Bob && grid_map "$PWD/ca" bob "$ACCOUNT"
for o in "" "-p 3" "-dcpriv"; do
    ok "-data-cred auto $o: a self-signed credential for data connections, to and fro" '
        rm -f got "$R/auto" && $gridcp -dbg $o -data-cred auto $U$R/lines got 2>said && cmp "$L/lines" got && [ "$(grep -c "^DCSC P" said)" = 1 ] &&
        $gridcp $o -data-cred auto "$L/lines" $U$R/auto && cmp "$L/lines" "$R/auto"
    '
    ok ".. between the sessions of two users" '
        rm -f "$R/auto" && $gridcp -dbg $o -dst-cred ca/proxy/bob.pem -data-cred auto $U$R/lines $U$R/auto 2>said && cmp "$L/lines" "$R/auto" &&
        [ "$(grep -c "^DCSC P" said)" = 2 ] && ! grep -q "^DCAU S" said
    '
done
every="a #\$^*!|%&()'{}" # all that could stand between the words
ok "what contradicts itself is refused" '
    must_fail 64 $gridcp -mp x $U$R/odd got && must_fail 64 $gridcp -mn x -off 5 $U$R/odd got && must_fail 64 $gridcp -SP x -src-fsstack y $U$R/odd got &&
    must_fail 64 $gridcp -SP x -verify-checksum $U$R/odd got && must_fail 64 $gridcp -SP "$every" $U$R/odd got && must_fail 64 $gridcp -SP "a,b" $U$R/odd got
'
ok "a command of a pipe needs a server to run it" 'must_fail 69 $gridcp -SP x "$L/odd" $U$R/never 2>said; one_sentence && [ ! -e "$R/never" ]'
ok "-nlb is refused, with one sentence" 'must_fail 69 $gridcp -nlb $U$R/odd got 2>said; one_sentence'
if command -v globus-url-copy >/dev/null; then
    # Its help has options at the begin of lines, alternatives behind "|", arguments in <>.
    globus-url-copy -help 2>&1 | sed -n '/^OPTIONS/,$p' | sed -n 's/^  \(-[a-zA-Z].*\)/\1/p' | sed 's/<[^>]*>//g' | tr '|' '\n' | tr -d ' .' | sort -u >guc
    ok "every option of globus-url-copy is known" '
        [ "$(wc -l <guc)" -gt 120 ] && rc=0 && while read -r o; do ! $gridcp $o x 2>&1 | grep -iE "unknown|no such option|no option" || rc=1; done <guc
        [ "$rc" = 0 ]
    '
    ok "every option of globus-url-copy is in the table of the manual" '
        sed "s/\\\\-/-/g; s/\\\\f[A-Z]//g" "$SRC/docs/man/gridcp.1" | sed -n "/^.SH GLOBUS/,/^.SH ENV/p" | grep "^-" | tr "|" "\n" | sed "s/^ *//; s/[ ].*//" | sort >manual
        sort guc | comm -23 - manual >missing; cat missing; [ -s manual ] && [ ! -s missing ]
    '
else
    skip "every option of globus-url-copy" "globus-url-copy is not installed"
fi
done_testing
