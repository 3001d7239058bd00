#!/bin/bash
# gridcp with http and https at one end: get, put, parts, redirects, cuts, and
# from and to our GridFTP server.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ -x "$BIN/gridftp" ] || skip_all "gridftp is not built"
umask 022
grid_ca "$PWD/ca" && grid_user "$PWD/ca" alice Alice || exit 1
account=$(id -un)
if [ "$(id -u)" = 0 ]; then
    account=ghw$$
    useradd -M -s /bin/sh "$account" || skip_all "no account can be made"
    cleanup userdel "$account"
fi
grid_map "$PWD/ca" alice "$account" && grid_conf "$PWD/ca" && grid_env "$PWD/ca" alice
R=$PWD/remote W=$PWD/web
mkdir "$R" "$W"
[ "$(id -u)" != 0 ] || chown "$account" "$R"
start_daemon gridftp -c "$PWD/ca/gatehouse.conf" -o gridftp.listen=127.0.0.1:0 \
    -o gridftp.clear_ftp=yes -o "gridftp.anonymous=$account" || exit 1
U=gsiftp://localhost:$PORT F=ftp://localhost:$PORT
web() { # NAME [CERT KEY]
    "$SRC/tests/lib/webserver" "$W" "$PWD/port.$1" $2 $3 >/dev/null 2>&1 &
    cleanup kill $!
    wait_until test -e "$PWD/port.$1"
}
web http
web https ca/hostcert.pem ca/hostkey.pem
head -c 3000000 /dev/urandom >big
: >empty
cp big empty "$W"
cp big "$R"
[ "$(id -u)" != 0 ] || chown "$account" "$R/big"
gridcp=$BIN/gridcp

for scheme in http https; do
    S=$scheme://localhost:$(cat port.$scheme)
    ok "$scheme: get, put, parts, redirect" '
        $gridcp $S/big got && cmp big got && $gridcp $S/empty got && cmp empty got && $gridcp $S/to/big got && cmp big got &&
        $gridcp big $S/put.$scheme && cmp big "$W/put.$scheme" && $gridcp empty $S/put.$scheme && cmp empty "$W/put.$scheme" &&
        rm -f part && $gridcp -off 1000 -len 500 $S/big part && cmp -i 1000 -n 500 big part && [ "$(stat -c %s part)" = 1500 ] &&
        $gridcp $S/big - | cmp - big
    '
    ok "$scheme: a part that goes to the end" '
        rm -f part && $gridcp -off 1000 $S/big part && cmp -i 1000 big part && $gridcp -off 1000 $S/big - | cmp -i 1000:0 big - &&
        $gridcp -off 1000 $S/big $U$R/w.part && cmp -i 1000 big "$R/w.part"
    '
    ok "$scheme: an answer that is none, another part than the one asked for, less of it" '
        rc=0
        for a in 300 304; do must_fail 69 $gridcp $S/odd/$a/x/f none && must_fail 69 $gridcp empty $S/odd/$a/x/f && [ ! -e none ] || rc=1; done
        for r in 0-4/10 6-10/20 5-8/10 bad; do must_fail 69 $gridcp -off 5 -len 5 $S/odd/206/$r/f none.bit || rc=1; done
        [ $rc = 0 ] && [ ! -s none.bit ] && $gridcp -off 5 -len 5 $S/odd/206/5-9/10/f some && $gridcp -off 5 -len 9 $S/odd/206/5-9/10/f some && $gridcp -off 5 -len 5 "$S/odd/206/5-9/*/f" some
    '
    ok "$scheme: to and from GridFTP, and from web to web" '
        $gridcp $S/big $U$R/w && cmp big "$R/w" && $gridcp $U$R/big $S/g && cmp big "$W/g" && $gridcp $S/big $S/v && cmp big "$W/v" &&
        $gridcp - $S/s <big && cmp big "$W/s"
    '
    ok "$scheme: what was cut goes on, what is busy is asked again" '
        $gridcp --json $S/cut/big cut >json && cat json && cmp big cut && grep -q "\"event\":\"retry\"" json &&
        tail -1 json | grep -q "\"bytes\":3000000" && $gridcp $S/busy/big busy && cmp big busy && ! ls -A | grep "\.part$"
    '
    ok "$scheme: missing, forbidden" '
        must_fail 66 $gridcp $S/none got2 2>said && cat said && grep -q 404 said && [ ! -e got2 ] &&
        must_fail 77 $gridcp big $S/no/such/dir
    '
    ok "$scheme: a source that fails half way leaves no half file at the server" '
        ! $gridcp -rst-retries 1 $U$R/none $S/never && [ ! -e "$W/never" ]
    '
done
ok "https: a host that is not in the certificate, a CA that nobody knows" '
    grid_ca "$PWD/ca2" && must_fail 77 env X509_CERT_DIR="$PWD/ca2/certificates" $gridcp $S/big got3 2>said && cat said && [ ! -e got3 ]
'
ok "https: the name that -ss, -ds and -s ask for, instead of the host" '
    rm -f got3 "$W/put3" && dn=$(grid_subject ca/hostcert.pem) && must_fail 77 $gridcp -ss "$GRID_BASE/CN=other" $S/big got3 2>said; cat said; [ ! -e got3 ] && must_fail 77 $gridcp -s "$GRID_BASE/CN=other" big $S/put3 &&
    must_fail 77 $gridcp -ds "$GRID_BASE/CN=other" big $S/put3 && [ ! -e "$W/put3" ] && $gridcp -ss "$dn" -ds "$GRID_BASE/CN=other" $S/big got3 && cmp big got3 && $gridcp -s "$dn" big $S/put3 && cmp big "$W/put3" &&
    rm -f got3 "$W/put3"
'
for prot in -dcpriv -dcsafe; do
    ok "$prot: nothing goes in clear over http; https does what it asks for" '
        rm -f got "$W/put" && must_fail 69 $gridcp $prot http://localhost:$(cat port.http)/big got && [ ! -e got ] && must_fail 69 $gridcp $prot big http://localhost:$(cat port.http)/put && [ ! -e "$W/put" ] &&
        must_fail 69 $gridcp $prot http://localhost:$(cat port.http)/big $U$R/clear && [ ! -e "$R/clear" ] && $gridcp $prot $S/big got && cmp big got && rm got
    '
done
ok "https without a credential: as anybody" '
    env -u X509_USER_PROXY HOME="$PWD/nohome" X509_USER_CERT="$PWD/none" X509_USER_KEY="$PWD/none" $gridcp $S/big got4 && cmp big got4
'
ok "plain ftp, where the server allows it: get, list, nothing private" '
    $gridcp $F$R/big got5 && cmp big got5 && $gridcp -list $F$R/ | grep -qx "    big" &&
    must_fail 69 $gridcp -dcpriv $F$R/big got6 && [ ! -e got6 ]
'
done_testing
