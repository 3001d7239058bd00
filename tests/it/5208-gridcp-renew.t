#!/bin/bash
# A proxy that is renewed in its file while gridcp works is used for what is
# connected from then on.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

case $BIN in */release/*) skip_all "a release build has no test points" ;; esac
grid_data
grid_user "$PWD/ca" bob Bob && grid_map "$PWD/ca" bob "$ACCOUNT" || exit 1
server=$PID gridcp=$BIN/gridcp
mkdir remote && head -c 30000000 /dev/urandom >remote/big && chmod 755 remote
[ "$(id -u)" != 0 ] || chown -R "$ACCOUNT" remote

# short SECONDS FILE [USER]: a proxy that ends then
short() {
    who=${3:-alice}
    grid_below "$PWD/ca" "$who-short" 77 "$(grid_pci id-ppl-inheritAll)" "$who" "$(date -u -d "-1 hour" +%Y%m%d%H%M%SZ)" \
        "$(date -u -d "+$1 seconds" +%Y%m%d%H%M%SZ)" &&
        (umask 077; cat "ca/keys/$who-short.pem" "ca/keys/$who-short.key" "ca/keys/$who.pem" >"$2.new" && mv "$2.new" "$2")
}
over() { ! openssl x509 -in "$1" -noout -checkend 0 >/dev/null; }
renewed() { cp ca/proxy/alice.pem p.new && chmod 600 p.new && mv p.new "$1"; }
other() { cp ca/proxy/bob.pem p.new && chmod 600 p.new && mv p.new "$1"; }
broken() { echo "not a proxy yet" >"$1"; }

# All at once, for each waits for the end of its proxy: N, what comes upon the file, options.
rows='1 renewed
2 renewed -cred p2
3 renewed -src-cred p3 -dst-cred p3
4 : -cred p4
5 other -cred p5
6 broken -cred p6'
export X509_USER_PROXY=$PWD/p1
short 20 p1 || exit 1
for i in 2 3 4 5 6; do cp -p p1 p$i; done
cp -p p1 old
while read -r i _ options; do
    GATEHOUSE_TEST_POINT="gridcp.data:stop $PWD/k$i" $gridcp --json $options -rst-interval 1 -rst-retries 2 $U$PWD/remote/big got$i >json$i 2>said$i &
    eval "pid$i=$!"
done <<<"$rows"
# Each is held with some bytes in; its file changes; the proxy ends; the sessions are killed, so that others are needed.
for i in 1 2 3 4 5 6; do wait_until test -s k$i || exit 1; done
while read -r i what _; do $what p$i; done <<<"$rows"
wait_until over old && ps -o pid= --ppid $server | xargs kill -KILL 2>/dev/null
for i in 1 2 3 4 5 6; do p=pid$i; kill -CONT ${!p}; done
for i in 1 2 3 4 5 6; do p=pid$i; wait ${!p}; eval "code$i=$?"; done

say() { cat json$1 said$1; }
for i in 1 2 3; do
    ok "a renewed proxy is used$(sed -n "s/^$i renewed/ /p" <<<"$rows" | sed "s/ p[0-9]//g")" 'code=code$i; say $i; [ ${!code} = 0 ] && cmp remote/big got$i && grep -q "\"retry\"" json$i'
done
ok "without one the copy fails, and says why" 'say 4; [ $code4 = 77 ] && grep -i "expired" said4'
ok "somebody else's is not taken" 'say 5; [ $code5 = 77 ] && grep -i "expired" said5'
ok "nor one that is just being written" 'say 6; [ $code6 = 77 ] && grep -i "expired" said6'
done_testing
