#!/bin/bash
# -verify-checksum is never passed over; parts from and to the web; a part that is damaged is not trusted for ever; the line
# of progress fits its terminal.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
grid_data
R=$PWD/remote W=$PWD/web gridcp=$BIN/gridcp
mkdir "$R" "$W"
[ "$(id -u)" != 0 ] || chmod 777 "$R"
seq 100000 >big && cp big "$R" && cp big "$W"
"$SRC/tests/lib/webserver" "$W" "$PWD/port" >/dev/null 2>&1 &
cleanup kill $!
wait_until test -e "$PWD/port"
H=http://localhost:$(cat port)
verify="$gridcp -verify-checksum"

ok "an algorithm that nobody here knows is refused, where this host has to know it" '
    for pair in "big got" "$U$R/big got" "big $U$R/put" "-notpt $U$R/big $U$R/put"; do must_fail 69 $verify -checksum-alg FOO $pair && [ ! -e got ] && [ ! -e "$R/put" ] || return 1; done
'
ok "what has no checksum is refused before it is copied" '
    must_fail 69 $verify $H/big got && [ ! -e got ] && must_fail 69 $verify $U$R/big - >said && [ ! -s said ] && must_fail 69 $verify - $U$R/put <big && [ ! -e "$R/put" ] &&
    must_fail 69 $verify big $H/put && must_fail 69 $verify $H/big $U$R/put && [ ! -e "$R/put" ]
'
ok "local files, parts in place, and through this host: the sums are asked for" '
    $verify big got && cmp big got && rm got && $verify -off 100 -len 50 $U$R/big got && cmp -i 100 -n 50 big got && $verify -off 3 -len 4 big got &&
    $gridcp -dbg -notpt -verify-checksum $U$R/big $U$R/put 2>said && grep -c "^CKSM" said | grep -x 2 && cmp big "$R/put"
'
case $BIN in
*/release/*) skip "a part that was damaged" "a release build has no test points" ;;
*)
    head -c 50000000 /dev/urandom >large && cp large "$R"
    for how in "" "-p 2"; do
        ok "a part that was damaged is found out, and not used a second time (${how:-plain})" '
            rm -f st got k; GATEHOUSE_TEST_POINT="gridcp.noted $PWD/k" $gridcp $how -state st $U$R/large got
            [ -s .got.part ] && printf damaged | dd of=.got.part conv=notrunc status=none &&
            must_fail 69 $verify $how -state st $U$R/large got && [ ! -e got ] && $verify $how -state st $U$R/large got && cmp large got
        '
        ok ".. with -rst at once (${how:-plain})" '
            rm -f st got k; GATEHOUSE_TEST_POINT="gridcp.noted $PWD/k" $gridcp $how -state st $U$R/large got
            printf damaged | dd of=.got.part conv=notrunc status=none && $verify -rst $how -state st $U$R/large got && cmp large got
        '
    done ;;
esac
ok "a part of what a server sends as a whole only is refused" '
    rm -f got && must_fail 69 $gridcp -off 10 -len 5 $H/whole/big got 2>said && cat said && [ ! -s got ] && ! $gridcp -len 5 $H/whole/big - | grep . && ! $gridcp -off 1 $H/whole/big $U$R/got && [ ! -s "$R/got" ] &&
    $gridcp -len 5 $H/big - | cmp -n 5 - big && $gridcp -len 0 $H/big got && [ ! -s got ]
'
ok "a part is not stored in the place of a file on the web" 'must_fail 69 $gridcp -off 10 big $H/put && [ ! -e "$W/put" ]'
ok "PUT goes to where the server sends it" '
    seq 10 >small && $gridcp small $H/to/put && cmp small "$W/put" && $gridcp --json big $H/to/put >said && cmp big "$W/put" && tail -1 said | grep "\"bytes\":$(stat -c %s big)" &&
    ! $gridcp -rst-retries 1 - $H/to/put <<<never && cmp big "$W/put"
'
cat >draws.py <<'E2'
import fcntl, os, pty, re, struct, sys, termios
columns = int(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
out = b""
while True:
    try:
        block = os.read(fd, 65536)
    except OSError:
        break
    if not block:
        break
    out += block
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
lines = [line for line in re.split(rb"[\r\n]", out) if b" files  " in line]
print(status, len(lines), lines[:1])
sys.exit(not (status == 0 and lines and all(len(line.rstrip()) < columns for line in lines)))
E2
ok "progress fits into a narrow terminal and a wide one" '
    export gridcp to=$U$R/slow
    for columns in 20 40 200; do
        python3 draws.py $columns /bin/sh -c "for i in 1 2 3 4 5; do head -c 100000 /dev/zero; sleep 0.3; done | \$gridcp - \$to" || return 1
    done
'
done_testing
