#!/bin/sh
# The units under a real systemd, in namespaces of its own (tests/lib/systemd-container): start, reload, stop, what a wrong
# configuration does, and what the journal says.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ "$(id -u)" = 0 ] || skip_all 'only root can start a systemd in namespaces'
[ -x /lib/systemd/systemd ] || skip_all 'no systemd here (package systemd)'
D=$PWD/pki
grid_ca "$D" && grid_user "$D" alice 'Test Alice' && grid_map "$D" alice nobody || skip_all 'no credentials could be made'
VARIANT=$(basename "$(dirname "$BIN")")
LAID=$PWD/laid
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$SRC" --no-print-directory install-files VARIANT="$VARIANT" \
    DESTDIR="$LAID" prefix=/usr >install.log 2>&1 || { cat install.log; exit 1; }
mkdir -p "$LAID/etc/grid-security" "$LAID/etc/systemd/system" "$LAID/var/lib/gatehouse"
cp -r "$D/certificates" "$D/hostcert.pem" "$D/hostkey.pem" "$D/grid-mapfile" "$LAID/etc/grid-security/"
chmod 755 "$LAID" "$LAID/etc" "$LAID/usr" "$LAID/var" "$LAID/var/lib" "$LAID/etc/grid-security"
cat >"$LAID/etc/gatehouse/gatehouse.conf" <<'CONF'
[gatekeeper]
listen = 127.0.0.1:8443
[gridftp]
listen = 127.0.0.1:2811
[mds]
listen = 127.0.0.1:8444
[log]
level = info
CONF
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
wait_until up || { sed 's/^/# /' container.log; skip_all 'a systemd cannot run in namespaces here'; }
inside systemd-sysusers >sysusers.log 2>&1
inside systemd-tmpfiles --create >tmpfiles.log 2>&1
journal() { inside journalctl -q -o cat "$@"; }
main_pid() { inside systemctl show -p MainPID --value "gatehouse-$1"; }

for u in mds gridftp gatekeeper; do
    ok "$u starts, and systemd waits until it serves" "inside systemctl start gatehouse-$u &&
        [ \"\$(inside systemctl is-active gatehouse-$u)\" = active ] && journal -u gatehouse-$u | grep ' daemon.ready '"
    ok "$u reloads" "inside systemctl reload gatehouse-$u && [ \"\$(inside systemctl is-active gatehouse-$u)\" = active ]"
    ok "$u tells systemd of itself by its main process alone" "
        ! inside journalctl -q -o cat --no-pager | grep 'gatehouse-$u.*reception only permitted for main PID'"
done
ok 'the journal knows the severity of a line' '
    for u in mds gridftp gatekeeper; do
        inside journalctl -q -o json -u gatehouse-$u | grep " notice .* daemon.ready " | grep "\"PRIORITY\":\"5\"" || return 1
    done; ! inside journalctl -q -o cat | grep "^<[0-7]>"
'
ok 'each serves with an account of its own' '
    inside ps -o user:32= -C mds | grep -x "gatehouse-index *" && inside ps -o user:32= -C gatekeeper | grep -x "gatehouse *" &&
    wait_until inside pgrep -u gatehouse-ftp && inside ps -o comm= -u gatehouse-ftp | grep gridftp
'
ok 'the index cannot read what the gatekeeper keeps, as its account or in its unit' '
    db=/var/lib/gatehouse/gatekeeper/jobs.db && inside test -s $db &&
    inside runuser -u gatehouse -- head -c 15 $db | grep "SQLite format" &&
    ! inside runuser -u gatehouse-index -- head -c 15 $db && ! inside runuser -u gatehouse-ftp -- head -c 15 $db &&
    inside nsenter -t "$(main_pid mds)" -m -r -w ls -a /var/lib/gatehouse/mds | grep entries.db &&
    ! inside nsenter -t "$(main_pid mds)" -m -r -w ls /var/lib/gatehouse/gatekeeper/jobs.db &&
    ! inside nsenter -t "$(main_pid mds)" -m -r -w touch /var/lib/gatehouse/other
'
ok 'an index whose files an older version made as the account of all takes them over' '
    inside systemctl stop gatehouse-mds && inside chown -R gatehouse:gatehouse /var/lib/gatehouse/mds &&
    inside systemctl start gatehouse-mds &&
    [ "$(inside stat -c %U /var/lib/gatehouse/mds /var/lib/gatehouse/mds/entries.db | sort -u)" = gatehouse-index ]
'
for u in mds gridftp gatekeeper; do
    ok "$u logs to a file where the pages say, also after a rotation" "
        printf '[log]\nfile = /var/log/gatehouse/$u.log\n' | inside tee -a /etc/gatehouse/gatehouse.conf &&
        inside systemctl restart gatehouse-$u && inside grep ' daemon.ready ' /var/log/gatehouse/$u.log &&
        inside mv /var/log/gatehouse/$u.log /var/log/gatehouse/$u.log.1 && inside systemctl reload gatehouse-$u &&
        wait_until inside test -e /var/log/gatehouse/$u.log &&
        inside systemctl restart gatehouse-$u && inside grep ' daemon.ready ' /var/log/gatehouse/$u.log
    "
done
inside sed -i '/^file = /d' /etc/gatehouse/gatehouse.conf
for u in mds gridftp gatekeeper; do
    ok "$u with a wrong configuration fails once, and says why" "
        printf '[mds]\nworkers = none\n' | inside tee -a /etc/gatehouse/gatehouse.conf &&
        ! inside systemctl restart gatehouse-$u && [ \"\$(inside systemctl is-active gatehouse-$u)\" = failed ] &&
        [ \"\$(inside systemctl show -p NRestarts --value gatehouse-$u)\" = 0 ] &&
        journal -u gatehouse-$u -p err | grep \"mds.workers: 'none' is not a number\" &&
        inside sed -i '/^workers = none/d' /etc/gatehouse/gatehouse.conf && inside systemctl reset-failed gatehouse-$u &&
        inside systemctl start gatehouse-$u
    "
done
property() { inside systemctl show -p "$2" --value "gatehouse-$1"; }
fed() { [ "$(property "$1" WatchdogTimestampMonotonic)" -gt "$2" ]; }
again() { [ "$(property "$1" NRestarts)" -gt "$2" ] && [ "$(inside systemctl is-active "gatehouse-$1")" = active ]; }
answers() { # the process of the daemon that answers: not the runner
    [ "$1" = gatekeeper ] && inside pgrep -u gatehouse -x gatekeeper || main_pid "$1"
}
for u in mds gridftp gatekeeper; do
    ok "$u tells the watchdog that it answers" "
        [ \"\$(property $u WatchdogUSec)\" = 3min ] && inside mkdir -p /run/systemd/system/gatehouse-$u.service.d &&
        printf '[Service]\nWatchdogSec=20\n' | inside tee /run/systemd/system/gatehouse-$u.service.d/watch.conf &&
        inside systemctl daemon-reload && inside systemctl restart gatehouse-$u && at=\$(property $u WatchdogTimestampMonotonic) &&
        wait_until fed $u \$at && at=\$(property $u WatchdogTimestampMonotonic) && wait_until fed $u \$at &&
        [ \"\$(inside systemctl is-active gatehouse-$u)\" = active ]"
    ok "... and is started again when it does not" "
        times=\$(property $u NRestarts) && inside kill -STOP \$(answers $u) && wait_until again $u \$times &&
        inside journalctl -q -o cat --no-pager -u gatehouse-$u | grep 'Watchdog timeout'"
done
ok 'stopped, nothing is left running' '
    inside systemctl stop gatehouse-mds gatehouse-gridftp gatehouse-gatekeeper &&
    ! inside ps -C mds,gridftp,gatekeeper,gatekeeper-runner,gridftp-register -o args= | grep .
'
for u in mds gridftp; do
    ok "$u is shut off from what it does not need" "
        inside systemd-analyze security --no-pager --threshold=$([ $u = mds ] && echo 50 || echo 75) gatehouse-$u >security.log; status=\$?
        tail -1 security.log; [ \$status = 0 ]"
done
done_testing
