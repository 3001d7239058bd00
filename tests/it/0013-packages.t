#!/bin/sh
# The Debian packages under a real systemd: installation, upgrade under load, a downgrade, removal, purge.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ "$(id -u)" = 0 ] || skip_all 'only root can start a systemd in namespaces'
[ -x /lib/systemd/systemd ] || skip_all 'no systemd here (package systemd)'
command -v dh >/dev/null || skip_all 'packages cannot be built here (package debhelper)'
case $(basename "$(dirname "$BIN")") in asan | tsan) skip_all 'packages hold no sanitizer' ;; esac
D=$PWD/pki
GRID_USER_ACCOUNT=gtuser$$
grid_ca "$D" && grid_user "$D" alice 'Test Alice' && grid_map "$D" alice "$GRID_USER_ACCOUNT" || skip_all 'no credentials could be made'

# The source as it is, with what has been built of it.
copy_source() {
    mkdir source && (cd "$SRC" && find . -mindepth 1 -maxdepth 1 ! -name build ! -name .git ! -name demo -print0 |
        xargs -0 cp -a -t "$SCRATCH/source") && rm -rf source/debian/tmp source/debian/gatehouse && ln -s "$SRC/build" source/build
}
build_packages() {
    copy_source && (cd source && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL BUILD_VARIANT="$(basename "$(dirname "$BIN")")" \
        DEB_BUILD_OPTIONS='nocheck noautodbgsym' debian/rules binary) && ls ./*.deb
}
# The same packages as version $1.
renumber() {
    for p in gatehouse gatehouse-clients; do
        rm -rf open && dpkg-deb -R "$p"_0.1.1_*.deb open &&
        sed -i "s/^Version: .*/Version: $1/; s/gatehouse-clients (= [^)]*)/gatehouse-clients (= $1)/" open/DEBIAN/control &&
        { [ ! -e open/DEBIAN/preinst ] || sed -i "s/0\.1\.1/$1/g" open/DEBIAN/preinst; } &&
        dpkg-deb -b open "laid/debs/${p}_$1.deb" || return
    done
}
ok 'packages are built of the source' 'build_packages'
ls ./*.deb >/dev/null 2>&1 || { done_testing; exit 1; }
if command -v lintian >/dev/null; then
    ok 'lintian finds nothing but what is overridden with a reason' '
        lintian --allow-root --suppress-tags unstripped-binary-or-object --fail-on error,warning ./*.deb
    '
else
    skip 'lintian finds nothing but what is overridden with a reason' 'no lintian here'
fi
ok 'headers and archive of the library are a package of their own' '
    dpkg-deb -c gatehouse-dev_*.deb | grep gridftp/client/ftpclient.h && dpkg-deb -c gatehouse-dev_*.deb | grep "\.a$" &&
    ! dpkg-deb -c gatehouse-clients_*.deb | grep "/include/\|\.a$" && dpkg-deb -f gatehouse_*.deb Recommends | grep fetch-crl
'
LAID=$PWD/laid
mkdir -p "$LAID/etc/systemd/system" "$LAID/debs" "$LAID/etc/grid-security" "$LAID/srv"
ok 'and numbered anew, for an upgrade' 'renumber 0.1.2 && renumber 0.1.3'
cp -r "$D/certificates" "$D/hostcert.pem" "$D/hostkey.pem" "$D/grid-mapfile" "$LAID/etc/grid-security/"
mkdir "$LAID/pki" && cp -r "$D/certificates" "$D/proxy" "$LAID/pki/"
chmod 755 "$LAID" "$LAID/etc" "$LAID/etc/grid-security" "$LAID/debs"
cat >"$LAID/etc/systemd/system/gatehouse-test.target" <<'UNIT'
[Unit]
Description=What the test begins with
Requires=systemd-journald.service
After=systemd-journald.service
UNIT
"$SRC/tests/lib/systemd-container" "$LAID" gatehouse-test.target >container.log 2>&1 &
unshare=$!
cleanup "kill -9 $unshare 2>/dev/null"
init() { cat "/proc/$unshare/task/$unshare/children" 2>/dev/null | tr -d ' '; }
inside() { timeout 120 nsenter -t "$(init)" -m -p -n -i -u -C -r -w "$@"; }
up() { [ "$(inside systemctl is-active gatehouse-test.target 2>/dev/null)" = active ]; }
wait_until up || { sed 's/^/# /' container.log; skip 'the rest' 'a systemd cannot run in namespaces here'; done_testing; exit; }
# A machine that is a container itself may forbid maintainer scripts to start anything; a host does not.
inside rm -f /usr/sbin/policy-rc.d
inside useradd -m "$GRID_USER_ACCOUNT"
apt() { inside env DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin" "$@"; }
ALL='gatehouse-mds gatehouse-gridftp gatehouse-gatekeeper'
units() { inside systemctl is-active $ALL | sort | uniq -c | tr -s ' ' | sed 's/^ //'; }
pids() { for u in $ALL; do inside systemctl show -p MainPID --value "$u"; done | tr '\n' ' '; }
user() { inside env X509_CERT_DIR=/pki/certificates X509_USER_PROXY=/pki/proxy/alice.pem "$@"; }

ok 'installed, nothing runs before there is a configuration that somebody has looked at' '
    apt dpkg -i /debs/gatehouse-clients_0.1.2.deb /debs/gatehouse_0.1.2.deb && [ "$(units)" = "3 inactive" ] &&
    inside getent passwd gatehouse gatehouse-ftp gatehouse-index && inside test -d /var/lib/gatehouse/mds
'
ok 'they start' '
    printf "[gatekeeper]\nlisten = 127.0.0.1:8443\n[gridftp]\nlisten = 127.0.0.1:2811\n[mds]\nlisten = 127.0.0.1:8444\n" |
        inside tee /etc/gatehouse/gatehouse.conf && inside systemctl start $ALL && [ "$(units)" = "3 active" ]
'
ok 'the log files that they may have are rotated' '
    inside logrotate -d /etc/logrotate.d/gatehouse 2>&1 | grep "considering log\|reading config" && inside touch /var/log/gatehouse/our.log &&
    inside sh -c "echo x >/var/log/gatehouse/our.log" && inside logrotate -f /etc/logrotate.d/gatehouse && inside ls /var/log/gatehouse/our.log.1
'
inside mkfifo -m 666 /srv/go
ok 'a job and a transfer run' '
    user gridrun -submit -b -F localhost:8443 -o /srv/epr -c /bin/sh -c "read x </srv/go; exit 5" &&
    (user sh -c "{ echo begin; while [ ! -e /srv/end ]; do sleep 0.1; done; echo end; } | gridcp - gsiftp://localhost:2811/~/copy" \
        >transfer.log 2>&1; echo $? >transfer.status) & sleep 0.1
    wait_until inside sh -c "ls -a /home/$GRID_USER_ACCOUNT | grep copy" && wait_until inside pgrep -u $GRID_USER_ACCOUNT gatekeeper-job
'
ok 'an upgrade starts all three anew, once' '
    before=$(pids) && apt dpkg -i /debs/gatehouse-clients_0.1.3.deb /debs/gatehouse_0.1.3.deb && [ "$(units)" = "3 active" ] &&
    (for p in $before; do ! pids | grep -w $p || exit 1; done) && inside dpkg-query -W gatehouse | grep 0.1.3
'
ok 'the transfer went on, and is complete' '
    inside touch /srv/end && wait_until test -s transfer.status; cat transfer.log; [ "$(cat transfer.status)" = 0 ] &&
    [ "$(inside cat /home/$GRID_USER_ACCOUNT/copy | tr "\n" " ")" = "begin end " ]
'
ok 'so did the job, whose exit code comes back' '
    inside timeout 60 sh -c "echo >/srv/go" && { user gridrun -monitor -j /srv/epr; [ $? = 5 ]; }
'
ok 'a downgrade is refused with a sentence, and what is there serves on' '
    before=$(pids) && ! apt dpkg -i /debs/gatehouse_0.1.2.deb >said 2>&1; cat said; grep "does not take the place of 0.1.3" said &&
    inside dpkg-query -W -f "\${Version} \${Status}" gatehouse | grep "0.1.3 install ok installed" && [ "$(pids)" = "$before" ]
'
ok 'removed, nothing of it is left running, and the state stays' '
    apt dpkg -r gatehouse && ! inside ps -C mds,gridftp,gatekeeper,gatekeeper-runner,gridftp-register -o args= | grep . &&
    inside test -s /var/lib/gatehouse/gatekeeper/jobs.db
'
ok 'purged by somebody who answers no, the state stays' '
    echo "gatehouse gatehouse/purge-state boolean false" | apt debconf-set-selections && apt dpkg -P gatehouse &&
    inside test -s /var/lib/gatehouse/gatekeeper/jobs.db && ! inside test -e /etc/gatehouse/gatehouse.conf
'
ok 'purged by somebody who answers yes, it goes' '
    apt dpkg -i /debs/gatehouse_0.1.3.deb && echo "gatehouse gatehouse/purge-state boolean true" | apt debconf-set-selections &&
    apt dpkg -P gatehouse && ! inside test -e /var/lib/gatehouse && ! inside test -e /var/log/gatehouse
'
done_testing
