#!/bin/sh
# make install, but for the build: where each file goes, and that the installed programs find each
# other: the daemons check themselves, a job runs through the installed tree.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

VARIANT=$(basename "$(dirname "$BIN")")
DEST=$PWD/dest
USR=$DEST/usr
install_tree() { # install_tree DESTDIR [VARIABLE=...]
    dest=$1
    shift
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$SRC" --no-print-directory install-files \
        VARIANT="$VARIANT" DESTDIR="$dest" "$@"
}
mode() { stat -c %a "$1"; }

ok 'make install fills DESTDIR' 'install_tree "$DEST" prefix=/usr'
ok 'commands are in bin, daemons in sbin, what daemons start in libexec' '
    [ "$(ls "$USR/bin" | tr "\n" " ")" = "gridcp gridindex gridproxy gridrun " ] &&
    [ "$(ls "$USR/sbin" | tr "\n" " ")" = "gatekeeper gatekeeperctl gridftp mds " ] &&
    [ "$(ls "$USR/libexec/gatehouse" | tr "\n" " ")" = "gatekeeper-job gatekeeper-runner gridftp-register " ]
'
ok 'so are WSDL and schemas, sample jobs, pages, configuration, units, account' '
    cmp "$SRC/wsdl/bes.wsdl" "$USR/share/gatehouse/wsdl/bes.wsdl" && ls "$USR/share/gatehouse/jobs/"*.xml &&
    ls "$USR/share/man/man1/gridrun.1" "$USR/share/man/man5/gatehouse.conf.5" "$USR/share/man/man8/gatekeeper.8" &&
    cmp "$SRC/etc/gatehouse.conf" "$DEST/etc/gatehouse/gatehouse.conf" &&
    grep -q "^ExecStart=/usr/sbin/gatekeeper -F" "$USR/lib/systemd/system/gatehouse-gatekeeper.service" &&
    ls "$USR/lib/systemd/system/gatehouse-gridftp.service" "$USR/lib/systemd/system/gatehouse-mds.service" &&
    ls "$USR/lib/sysusers.d/gatehouse.conf" "$USR/lib/tmpfiles.d/gatehouse.conf"
'
ok 'every program has its page' '
    (for p in "$USR"/bin/* "$USR"/sbin/* "$USR"/libexec/gatehouse/*; do
        ls "$USR"/share/man/man?/"$(basename "$p")".[18] || exit 1
    done)
'
ok 'nothing is writable but by its owner, and nothing is set-uid' '
    [ -z "$(find "$DEST/usr" "$DEST/etc" ! -type l -perm /7022)" ]
'
ok 'installed again, a configuration that was edited stays' '
    echo "[log]" >"$DEST/etc/gatehouse/gatehouse.conf" && install_tree "$DEST" prefix=/usr &&
    [ "$(cat "$DEST/etc/gatehouse/gatehouse.conf")" = "[log]" ]
'
ok 'the shells complete the options that the help lists, and the commands' '
    (for f in "$USR"/share/bash-completion/completions/*; do bash -n "$f" || exit 1; done) &&
    [ "$(ls "$USR/share/zsh/site-functions" | tr "\n" " ")" = "_gatekeeper _gatekeeperctl _gridcp _gridftp _gridindex _gridproxy _gridrun _mds " ] &&
    complete() { # PROGRAM WORD...: what the last word may become
        bash -c ". \"$USR/share/bash-completion/completions/$1\"; COMP_WORDS=(\"\$@\"); COMP_CWORD=\$((\$# - 1)); _$1; echo \"\${COMPREPLY[@]}\"" sh "$@" 2>&1
    } && [ "$(complete gridrun -submi)" = "-submission-id -submission-id-file -submission-id-output-file -submit" ] &&
    [ "$(complete gridproxy ini)" = init ] && [ "$(complete mds --x)" = "" ] && : >thefile &&
    [ "$(complete gridrun -f thef)" = thefile ] && [ "$(complete gridrun -F thef)" = "" ]
'
if command -v zsh >/dev/null; then
    ok 'zsh reads what it is given' '(for f in "$USR"/share/zsh/site-functions/*; do zsh -n "$f" || exit 1; done)'
else
    skip 'zsh reads what it is given' 'no zsh here'
fi
ok 'log files are rotated, the licence is there' '
    cmp "$SRC/etc/logrotate.d/gatehouse" "$DEST/etc/logrotate.d/gatehouse" && grep -q "GNU GENERAL PUBLIC LICENSE" "$SRC/LICENSE"
'
ok 'make uninstall takes all of it away but the configuration and what is not ours' '
    install_tree "$PWD/gone" prefix=/usr && : >gone/usr/bin/other &&
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$SRC" --no-print-directory uninstall VARIANT="$VARIANT" DESTDIR="$PWD/gone" prefix=/usr &&
    find gone -type f | sort && [ "$(find gone -type f | sort | tr "\n" " ")" = "gone/etc/gatehouse/gatehouse.conf gone/usr/bin/other " ] &&
    ! find gone/usr -type d -name "gatehouse*" | grep .
'
ok 'units name the prefix' '
    install_tree "$PWD/local" prefix=/usr/local &&
    grep -q "^ExecStart=/usr/local/sbin/mds -F" local/usr/local/lib/systemd/system/gatehouse-mds.service
'
if command -v systemd-analyze >/dev/null && [ -e /usr/lib/systemd/system/basic.target ]; then
    ok 'systemd takes the units' '
        mkdir units && for u in "$USR"/lib/systemd/system/*.service; do
            sed "s|/usr/sbin/|$USR/sbin/|" "$u" >"units/$(basename "$u")"
        done &&
        SYSTEMD_UNIT_PATH="$PWD/units:/usr/lib/systemd/system" systemd-analyze verify --man=no --recursive-errors=no \
            units/*.service >said 2>&1; cat said; ! grep -v "systemd-analyze" said | grep -q .
    '
else
    skip 'systemd takes the units' 'no systemd here'
fi
ok 'every installed program says its version' '
    (for p in gridcp gridindex gridproxy gridrun; do "$USR/bin/$p" -version | grep -q Gatehouse || exit 1; done) &&
    (for p in gatekeeper gridftp mds; do "$USR/sbin/$p" --version | grep -q "^$p (Gatehouse)" || exit 1; done) &&
    (for p in gatekeeper-runner gridftp-register; do
        "$USR/libexec/gatehouse/$p" --version | grep -q "^$p (Gatehouse)" || exit 1
    done)
'

grid_account
ok 'a CA, a user, a configuration' '
    grid_ca "$PWD/pki" && grid_user "$PWD/pki" alice Alice && grid_map "$PWD/pki" alice "$ACCOUNT" &&
    grid_conf "$PWD/pki" && grid_env "$PWD/pki" alice && cat >>pki/gatehouse.conf <<-C
	[gatekeeper]
	listen = 127.0.0.1:0
	state = $PWD/var/gatekeeper
	runner_state = $PWD/var/runner
	sessions = $PWD/var/sessions
	[gridftp]
	listen = 127.0.0.1:0
	[mds]
	listen = 127.0.0.1:0
	state = $PWD/var/mds
	C
    mkdir var && chmod 755 var
'
ok 'the installed daemons find the configuration good' '
    (for p in gatekeeper gridftp mds; do
        "$USR/sbin/$p" -t -c pki/gatehouse.conf | grep -x "$p.*: configuration ok" || exit 1
    done)
'
ok 'they start' '
    start_daemon "$USR/sbin/mds" -c pki/gatehouse.conf &&
    start_daemon "$USR/sbin/gridftp" -c pki/gatehouse.conf &&
    start_daemon "$USR/sbin/gatekeeper" -c pki/gatehouse.conf
'
ok 'the gatekeeper found its runner, and the runner what it starts' '
    readlink /proc/$gatekeeper_PID/exe | grep -x "$USR/libexec/gatehouse/gatekeeper-runner"
'
ok 'a job runs through the installed tree, and its status comes back' '
    must_fail 7 "$USR/bin/gridrun" -submit -streaming -q -F "localhost:$gatekeeper_PORT" \
        -c /bin/sh -c "id -un; exit 7" >out && [ "$(cat out)" = "$ACCOUNT" ]
'
cat >staged.jsdl <<-J
	<JobDefinition xmlns="http://schemas.ggf.org/jsdl/2005/11/jsdl"><JobDescription><Application>
	<POSIXApplication xmlns="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"><Executable>/bin/cp</Executable>
	<Argument>in</Argument><Argument>out</Argument></POSIXApplication></Application>
	<DataStaging><FileName>in</FileName><CreationFlag>overwrite</CreationFlag>
	<Source><URI>gsiftp://localhost:$gridftp_PORT$PWD/data/text</URI></Source></DataStaging>
	<DataStaging><FileName>out</FileName><CreationFlag>overwrite</CreationFlag>
	<Target><URI>gsiftp://localhost:$gridftp_PORT$PWD/data/copy</URI></Target></DataStaging>
	</JobDescription></JobDefinition>
J
ok 'the installed gridcp stages for it, from and to the installed gridftp' '
    mkdir data && chmod 777 data && echo staged >data/text &&
    "$USR/bin/gridrun" -submit -q -F "localhost:$gatekeeper_PORT" -f staged.jsdl && cmp data/text data/copy
'
ok 'the installed gridftp found what registers it' '
    "$USR/sbin/gridftp" -t -c pki/gatehouse.conf -o "gridftp.index=https://localhost:$mds_PORT/wsrf/services/DefaultIndexService"
'
ok 'the installed index answers' '
    [ "$("$USR/bin/gridindex" query -s "https://localhost:$mds_PORT/wsrf/services/DefaultIndexService" \
        "count(//*[local-name()=\"Entry\"])")" = 0 ]
'
done_testing
