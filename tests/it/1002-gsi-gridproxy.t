#!/bin/sh
# gridproxy init, info, destroy: the grid-proxy family's lines and statuses.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
alice='/O=Grid/OU=Test/CN=Alice Smith'
grid_ca grid && grid_user grid alice 'Alice Smith' || exit 1
grid_env "$PWD/grid"
export X509_USER_CERT="$PWD/grid/alicecert.pem" X509_USER_KEY="$PWD/grid/alicekey.pem" X509_USER_PROXY="$PWD/proxy.pem"
gridproxy() { "$BIN/gridproxy" "$@"; }
is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }

ok 'no proxy yet: info says so and fails, -exists is silent' '
    must_fail 1 gridproxy info 2>out && grep -qF "ERROR: Couldn'"'"'t find a valid proxy." out &&
    must_fail 1 gridproxy info -exists >out 2>&1 && [ ! -s out ]
'
ok 'init makes one and tells whose and until when' '
    gridproxy init -verify >out && cat out &&
    grep -qxF "Your identity: $alice" out && grep -q "^Creating proxy .* Done$" out &&
    grep -qx "Proxy Verify OK" out && grep -q "^Your proxy is valid until: ... ... .. ..:..:.. 20" out
'
ok 'it is 0600, and info shows it in seven lines' '
    is "$(stat -c %a proxy.pem)" 600 && gridproxy info >out && cat out && is "$(wc -l <out)" 7 &&
    grep -q "^subject  : $alice/CN=[0-9]*$" out && grep -qx "issuer   : $alice" out &&
    grep -qx "identity : $alice" out && grep -qx "type     : RFC 3820 compliant impersonation proxy" out &&
    grep -qx "strength : 2048 bits" out && grep -qx "path     : $X509_USER_PROXY" out &&
    grep -qE "^timeleft : (12:00:00|11:5.:..)$" out
'
ok 'single facts come bare, in the order asked' '
    is "$(gridproxy info -type -identity)" "RFC 3820 compliant impersonation proxy
$alice" && is "$(gridproxy info -issuer -rfc2253)" "CN=Alice Smith,OU=Test,O=Grid" &&
    is "$(gridproxy info -strength)" 2048 && is "$(gridproxy info -path)" "$X509_USER_PROXY" &&
    [ "$(gridproxy info -timeleft)" -gt 43000 ] && gridproxy info -text | grep -q "Proxy Certificate Information: critical"
'
ok '-exists answers by its status' '
    gridproxy info -exists && gridproxy info -e -valid 11:00 -bits 2048 && gridproxy info -e -h 11 &&
    must_fail 1 gridproxy info -exists -valid 13:00 && must_fail 1 gridproxy info -exists -bits 4096 &&
    must_fail 1 gridproxy info -valid 1:00
'
ok 'the kinds' '
    gridproxy init -q -limited && is "$(gridproxy info -type)" "RFC 3820 compliant limited proxy" &&
    gridproxy init -q -independent && is "$(gridproxy info -type)" "RFC 3820 compliant independent proxy" &&
    is "$(gridproxy info -identity)" "$(gridproxy info -subject)" &&
    gridproxy init -q -pl 1.2.3 && is "$(gridproxy info -type)" "RFC 3820 compliant restricted proxy" &&
    must_fail 1 gridproxy init -old && must_fail 1 gridproxy init -limited -independent &&
    must_fail 1 gridproxy init -policy /dev/null
'
ok 'a limited proxy only makes limited ones' '
    gridproxy init -q -limited -out limited.pem && gridproxy init -q -cert limited.pem -out below.pem &&
    is "$(gridproxy info -type -file below.pem)" "RFC 3820 compliant limited proxy" &&
    gridproxy verify below.pem | grep "accepted: $alice by 2 limited proxies" &&
    must_fail 1 gridproxy init -independent -cert limited.pem -out below.pem
'
ok 'the path length ends the line' '
    gridproxy init -q -path-length 1 -out one.pem && gridproxy init -q -cert one.pem -out two.pem &&
    gridproxy verify two.pem && must_fail 1 gridproxy init -cert two.pem -out three.pem
'
ok 'lifetimes: -valid, -hours, 0:0, never beyond the certificate' '
    gridproxy init -q -valid 1:30 && t=$(gridproxy info -timeleft) && [ "$t" -gt 5300 ] && [ "$t" -le 5400 ] &&
    gridproxy init -q -hours 2 && t=$(gridproxy info -timeleft) && [ "$t" -gt 7100 ] && [ "$t" -le 7200 ] &&
    gridproxy init -valid 0:0 >out && ! grep Warning out && [ "$(gridproxy info -timeleft)" -gt 2500000 ] &&
    gridproxy init -valid 99999:00 >out && grep -q "^Warning: your certificate and proxy will expire" out &&
    gridproxy verify proxy.pem && must_fail 1 gridproxy init -valid 3 && must_fail 1 gridproxy init -hours -1
'
ok 'it begins five minutes back' '
    gridproxy init -q && begin=$(openssl x509 -in proxy.pem -noout -startdate | cut -d= -f2) &&
    age=$(($(date +%s) - $(date -d "$begin" +%s))) && echo "$age" && [ "$age" -ge 300 ] && [ "$age" -lt 400 ]
'
ok 'a pass phrase comes from stdin' '
    openssl pkey -aes128 -passout pass:secret -in grid/alicekey.pem -out enc.pem && chmod 600 enc.pem &&
    echo secret | gridproxy init -pwstdin -key enc.pem -out enc-proxy.pem && gridproxy verify enc-proxy.pem &&
    { echo wrong | gridproxy init -pwstdin -key enc.pem -out no.pem; [ $? = 1 ]; } && [ ! -e no.pem ] &&
    must_fail 1 setsid -w "$BIN/gridproxy" init -key enc.pem -out no.pem 2>out && cat out &&
    grep -q "no terminal to ask" out
'
cat >typed.py <<'E'
# typed.py PHRASE COMMAND...: type PHRASE at COMMAND's terminal when it asks.
import os, pty, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
while True:
    try:
        said += os.read(fd, 4096)
    except OSError:
        break
    if said.endswith(b"identity:"):
        while termios.tcgetattr(fd)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(fd, sys.argv[1].encode() + b"\n")
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
E
ok 'a pass phrase is asked for at the terminal, and not shown there' '
    /usr/bin/python3 typed.py secret "$BIN/gridproxy" init -key enc.pem -out typed.pem >out && cat out &&
    grep -q "^Enter GRID pass phrase for this identity:" out && ! grep -q secret out && gridproxy verify typed.pem &&
    must_fail 1 /usr/bin/python3 typed.py wrong "$BIN/gridproxy" init -key enc.pem -out no.pem >out && grep "bad pass phrase" out &&
    [ ! -e no.pem ]
'
ok 'a key that others may read is not used' '
    cp grid/alicekey.pem open.pem && chmod 644 open.pem && must_fail 1 gridproxy init -key open.pem 2>out && cat out &&
    grep -q "chmod 600" out
'
ok 'a key that does not fit is not used' '
    grid_user grid bob Bob && must_fail 1 gridproxy init -key grid/bobkey.pem 2>out && grep "does not fit" out
'
ok '-verify fails where the chain would be refused, and writes nothing' '
    mkdir other && grid_ca other && must_fail 1 gridproxy init -verify -certdir other/certificates -out no.pem 2>out &&
    cat out && grep -q "is not signed by the CA" out && [ ! -e no.pem ]
'
ok 'destroy wipes: -dryrun only tells' '
    gridproxy init -q && is "$(gridproxy destroy -dryrun)" "Would remove $X509_USER_PROXY" && [ -e proxy.pem ] &&
    ln proxy.pem kept && gridproxy destroy && [ ! -e proxy.pem ] && ! grep -q BEGIN kept &&
    must_fail 1 gridproxy destroy
'
ok 'destroy takes files, never symbolic links' '
    gridproxy init -q -out a.pem && cp a.pem b.pem && ln -s b.pem c.pem && gridproxy destroy -- a.pem nothing.pem &&
    [ ! -e a.pem ] && must_fail 1 gridproxy destroy c.pem && grep -q BEGIN b.pem
'
ok 'under its Globus names it is those commands' '
    for c in init info destroy; do ln -s "$BIN/gridproxy" grid-proxy-$c; done &&
    ./grid-proxy-init -q && ./grid-proxy-info -exists && ./grid-proxy-destroy && must_fail 1 ./grid-proxy-info -exists
'
ok 'without a word in the environment everything comes from ~/.globus' '
    mkdir -p home/.globus && cp grid/alicecert.pem home/.globus/usercert.pem &&
    cp grid/alicekey.pem home/.globus/userkey.pem && cp -r grid/certificates home/.globus/ &&
    env -u X509_USER_CERT -u X509_USER_KEY -u X509_CERT_DIR HOME="$PWD/home" "$BIN/gridproxy" init -verify -out home/p.pem &&
    env -u X509_CERT_DIR HOME="$PWD/home" "$BIN/gridproxy" verify home/p.pem
'
ok 'help and version exit 0, nonsense 1' '
    gridproxy -help && gridproxy init -help && gridproxy info -usage && gridproxy destroy -help && gridproxy verify -help &&
    gridproxy -version && gridproxy init -version && must_fail 1 gridproxy && must_fail 1 gridproxy nonsense &&
    must_fail 1 gridproxy init nonsense && must_fail 1 gridproxy info -nonsense && must_fail 1 gridproxy destroy -nonsense
'
own() { # NAME TYPE...: a user certificate with a key of openssl genpkey's TYPE
    name=$1; shift
    (umask 077 && openssl genpkey -quiet "$@" -out "$name.key" || openssl genpkey "$@" -out "$name.key") 2>/dev/null
    grid_sign "$name.pem" "$name.key" "$GRID_BASE/CN=$name" grid/keys/ca "$grid_ee"
}
ok 'keys of Ed25519 and Ed448 make proxies that are believed' '
    for type in ED25519 ED448; do
        own $type -algorithm $type && gridproxy init -verify -cert $type.pem -key $type.key -out $type.proxy >out && cat out &&
        ! grep Warning out && gridproxy verify $type.proxy | grep "accepted: $GRID_BASE/CN=$type by 1 proxy" || exit 1
    done
'
ok 'what services will refuse is said when it is made' '
    gridproxy init -bits 1024 -out weak.pem >out && cat out && grep -q "^Warning: .*/CN=Alice Smith/CN=[0-9]*. has a key of 1024 bits" out &&
    gridproxy verify weak.pem | tee out | grep "^refused: .* too small"
    gridproxy init -out strong.pem | tee out && ! grep Warning out &&
    grid_openssl req -new -batch -key grid/alicekey.pem -subj "$alice" -out sha1.csr &&
    printf "%s\n" "$grid_ee" >sha1.ext && openssl x509 -req -sha1 -in sha1.csr -CA grid/keys/ca.pem -CAkey grid/keys/ca.key \
        -days 9 -extfile sha1.ext -out sha1.pem &&
    gridproxy init -cert sha1.pem -key grid/alicekey.pem -out weak.pem >out && cat out &&
    grep "^Warning: .*/CN=Alice Smith. is signed with SHA1" out
'
ok 'a PKCS #12 file is a certificate with its key' '
    (umask 077 && openssl pkcs12 -export -in grid/alicecert.pem -inkey grid/alicekey.pem -certfile grid/keys/ca.pem \
        -passout pass:secret -out alice.p12 && openssl pkcs12 -export -legacy -in grid/alicecert.pem -inkey grid/alicekey.pem \
        -passout pass:secret -out old.p12 && openssl pkcs12 -export -in grid/alicecert.pem -inkey grid/alicekey.pem \
        -passout pass: -out open.p12) &&
    for file in alice old; do
        echo secret | gridproxy init -pwstdin -cert $file.p12 -out $file.proxy -verify >out && cat out &&
        grep -qxF "Your identity: $alice" out && gridproxy verify $file.proxy | grep "accepted: $alice by 1 proxy" || exit 1
    done
    gridproxy init -q -cert open.p12 -out open.proxy && gridproxy verify open.proxy
'
ok 'a bad pass phrase, an open file and half a file are refused' '
    echo wrong | must_fail 1 gridproxy init -pwstdin -cert alice.p12 -out no.proxy 2>err && grep "bad pass phrase for .alice.p12" err &&
    cp alice.p12 seen.p12 && chmod 644 seen.p12 && echo secret | must_fail 1 gridproxy init -pwstdin -cert seen.p12 -out no.proxy 2>err &&
    grep "chmod 600" err && (umask 077; head -c 500 alice.p12 >half.p12) &&
    echo secret | must_fail 1 gridproxy init -pwstdin -cert half.p12 -out no.proxy 2>err && grep "malformed PKCS #12" err && [ ! -e no.proxy ]
'
ok 'without usercert.pem it is ~/.globus/usercred.p12' '
    mkdir -p home/.globus && cp -p alice.p12 home/.globus/usercred.p12 && echo secret |
    (unset X509_USER_CERT X509_USER_KEY; HOME=$PWD/home gridproxy init -pwstdin -out home.proxy) && gridproxy verify home.proxy
'
done_testing
