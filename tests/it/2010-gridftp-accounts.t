#!/bin/bash
# Who is who: sessions as the mapped user, files of one closed to the other, what
# each process may do, names that are in no map, banned, of no account.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ "$(id -u)" = 0 ] || skip_all "only root makes sessions of several accounts"
umask 022
grid_ca "$PWD/g" && grid_account 1 && alice=$ACCOUNT && grid_account 2 && bob=$ACCOUNT &&
    grid_user g alice Alice && grid_user g bob Bob && grid_user g eve Eve && grid_user g root Root &&
    grid_user g ghost Ghost && grid_user g daemon Daemon &&
    grid_map g alice "$alice" && grid_map g bob "$bob,$alice" && grid_map g root root && grid_map g ghost gh0st &&
    grid_map g daemon daemon && grid_conf "$PWD/g" && grid_env "$PWD/g" alice || { echo "Bail out! no grid"; exit 1; }
: >ban
start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 -o "security.ban=$PWD/ban" ||
    { echo "Bail out! no daemon"; exit 1; }
as() { # NAME LINES...
    grid_env "$PWD/g" "$1"
    shift
    dialog "$@"
}
mkdir -m 1777 shared
mkdir d
install -d -o "$alice" -m 700 of-alice
echo secret >of-alice/s
chown "$alice" of-alice/s
chmod 600 of-alice/s

ok 'files belong to who wrote them' '
    as alice login "> DCAU N" "< 200" pasv "> STOR $PWD/shared/a" open "< 150" "send x" shut "< 226" &&
    as bob login "> DCAU N" "< 200" pasv "> STOR $PWD/shared/b" open "< 150" "send y" shut "< 226" &&
    [ "$(stat -c "%U %G %a" shared/a)" = "$alice $alice 644" ] && [ "$(stat -c %U shared/b)" = "$bob" ]
'
ok 'what is closed to a user is closed' '
    as bob login "> RETR $PWD/of-alice/s" "< 550 PERMISSION_DENIED" "> CWD $PWD/of-alice" "< 550" \
        "> DCAU N" "< 200" pasv "> STOR $PWD/of-alice/t" "< 550" "> DELE $PWD/of-alice/s" "< 550" "> MLSD $PWD/of-alice" "< 550" \
        "> SITE CHMOD 777 $PWD/of-alice" "< 550" "> CKSM MD5 0 -1 $PWD/of-alice/s" "< 550" "> RETR /etc/shadow" "< 550" &&
    as alice login "> CKSM MD5 0 -1 $PWD/of-alice/s" "< 213"
'
ok 'a second account of the line is had by its name' '
    as bob auth "> USER $alice" "< 331" "> PASS x" "< 230 $alice" "> CKSM MD5 0 -1 $PWD/of-alice/s" "< 213"
'
ok 'but no account of another line' '
    as alice auth "> USER $bob" "< 331" "> PASS x" "< 530"
'
for who in eve root ghost daemon; do
    ok "no session for $who" '
        as '$who' auth "> USER :globus-mapping:" "< 331" "> PASS x" "< 530" "> RETR /etc/passwd" "< 530"
    '
done
ok 'a ban holds at once, and its end too' '
    grid_dn g alice >ban.new && mv ban.new ban && as alice auth "> USER :globus-mapping:" "< 331" "> PASS x" "< 530 banned" &&
    : >ban.new && mv ban.new ban && as alice login
'
ok 'a map without the name shuts at once' '
    grep -v Alice g/grid-mapfile >g/map2 && cp g/grid-mapfile map && mv g/map2 g/grid-mapfile &&
    as alice auth "> USER :globus-mapping:" "< 331" "> PASS x" "< 530" && mv map g/grid-mapfile && as alice login
'
processes() { # the codec and the session of the one session there is
    codec="" session=""
    for p in $(pgrep -P "$PID"); do
        case $(cat "/proc/$p/comm") in gridftp-session) session=$p ;; gridftp) codec=$p ;; esac
    done
    [ -n "$codec" ] && [ -n "$session" ]
}
# fields of /proc/PID/status
field() { sed -n "s/^$2:[ \t]*//p" "/proc/$1/status" | tr '\t' ' '; }
ok 'the codec is nobody, confined; the session is the user, for good' '
    { as alice login "> DCAU N" "< 200" port "> STOR $PWD/shared/held" "< 150" open "send x" "local seen x" \
        "until go" shut "< 226" & } && client=$! && wait_until test -e d/seen && wait_until processes &&
    uid=$(id -u "$alice") gid=$(id -g "$alice") &&
    [ "$(field "$session" Uid)" = "$uid $uid $uid $uid" ] && [ "$(field "$session" Gid)" = "$gid $gid $gid $gid" ] &&
    [ "$(field "$session" Groups)" = "$gid " ] && [ "$(field "$session" CapEff)" = 0000000000000000 ] &&
    nobody=$(id -u nobody) && [ "$(field "$codec" Uid)" = "$nobody $nobody $nobody $nobody" ] &&
    [ "$(field "$codec" CapPrm)" = 0000000000000000 ] && [ "$(field "$codec" Seccomp)" = 2 ] &&
    [ "$(field "$codec" NoNewPrivs)" = 1 ] &&
    touch d/go && wait "$client"
'
done_testing
