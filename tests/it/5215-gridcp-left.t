#!/bin/bash
# Nothing is left out in silence: lists of what is left (-df) and would be done (-do), directories that fail or lead back,
# what a run that copies nothing may note, what is read twice from what was written.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
grid_data
R=$PWD/remote gridcp=$BIN/gridcp
mkdir "$R" odd odd/sub
[ "$(id -u)" != 0 ] || chmod 777 "$R"
echo 1 >'odd/a b' && echo 2 >'odd/50%41' && echo 3 >odd/sub/ok && echo 4 >'odd/q"q' && echo 5 >$'odd/n\nl'

ok "-do and -df tell bare paths so that -f finds them" '
    $gridcp -r -do list odd/ out/ && cat list && [ ! -e out ] && $gridcp -cd -f list && diff -r odd out &&
    rm -rf out && $gridcp -do list "odd/q\"q" out1 && $gridcp -f list && cmp "odd/q\"q" out1
'
ok ".. and URLs whose names look like patterns" '
    rm -rf out out.stars && mkdir "$R/stars" && touch "$R/stars/a*b" "$R/stars/ab" "$R/stars/[x" "$R/stars/?" && chmod -R a+rX "$R/stars" &&
    $gridcp -do list $U$R/stars/ out.stars/ && cat list && $gridcp -cd -f list && diff -r "$R/stars" out.stars &&
    rm -rf out.stars && mkdir out.stars && $gridcp -do list "$U$R/stars/*" out.stars/ && $gridcp -f list && diff -r "$R/stars" out.stars &&
    cp "$R/stars/ab" "q\"*" && $gridcp -do list "q\"*" out1.new && cat list && $gridcp -f list && [ -f out1.new ] && rm "q\"*" out1.new && rm -r "$R/stars"
'
mkdir big && (cd big && seq 9000 | xargs touch && mkdir below && echo x >below/x)
ok "a run that ends in the middle of a large directory leaves all the rest in -df" '
    rm -rf out && mkdir -p out/5 && must_fail 73 $gridcp -r -df left big/ out/ && rmdir out/5 &&
    $gridcp -r -df left big/ out/ && diff -r big out && [ ! -e left ]
'
ok ".. so it does when a list is given, and has bad lines" '
    rm -rf out && mkdir out && { echo "file:///nowhere out/n"; echo bad; seq 5 | sed "s#.*#big/& out/&#"; echo bad; seq 6 10 | sed "s#.*#big/& out/&#"; } >list
    $gridcp -df left -f list; rc=$? # the first failure, or the bad line that is read meanwhile
    cat left; [ $rc = 65 ] || [ $rc = 66 ] || return 1; must_fail 65 $gridcp -f <(echo bad) 2>said; cat said; grep -q "line 1: .bad. is not" said && grep -v nowhere left >left2 && $gridcp -f left2 && ls out | wc -l | grep -x 10
'
ok "a pair whose directory cannot be listed stays in -df" '
    rm -f left && must_fail 66 $gridcp -c -df left nosuch/ out/ && grep -q nosuch/ left
'
ok "-df that exists and is empty: that nothing was done is told" ': >left && must_fail 64 $gridcp -df left big/1 out1.new && [ ! -e out1.new ] && [ -e left ]'
ok "-df and -do exclude each other" 'must_fail 64 $gridcp -df a -do b big/1 c'
mkdir -p bad/a bad/b bad/c && echo 1 >bad/a/f && echo 2 >bad/b/f && echo 3 >bad/c/f && chmod 777 . bad bad/*
as_user() { # a directory without rights is open to root
    if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; else "$@"; fi
}
cp "$gridcp" ./gridcp.copy && chmod 755 gridcp.copy
chmod 0 bad/b
ok "-c goes on behind a directory that cannot be read, and its name is in the message" '
    rm -rf out && must_fail 77 as_user ./gridcp.copy -c -r -df left.b bad/ out.c/ 2>said; cat said; grep -q "bad/b/" said && cmp bad/a/f out.c/a/f && cmp bad/c/f out.c/c/f &&
    [ ! -e out.c/b/f ] && grep -c . left.b | grep -x 1 && chmod 755 bad/b && $gridcp -r -df left.b x y && diff -r bad out.c
'
chmod 444 bad/b
ok "files that cannot be looked at are no success" 'must_fail 77 as_user ./gridcp.copy -c -r bad/ out.d/ && cmp bad/c/f out.d/c/f'
chmod 755 bad/b
ln -s nowhere bad/dangling
ok "a link that leads nowhere is not a success" 'must_fail 66 $gridcp -c -r bad/ out.e/ && cmp bad/c/f out.e/c/f'
rm bad/dangling && ln -s . bad/loop && ln -s ../.. bad/a/up && mkfifo bad/fifo
ok "links that lead back are not followed for ever" '
    mkdir t && mv bad t/ && $gridcp -r t/bad/ out.f/ && find out.f | sort && [ ! -e out.f/loop/a ] && cmp t/bad/a/f out.f/a/f && mv t/bad .
'
cp -r bad/a bad/b "$R" && rm "$R/a/up" && ln -s . "$R/loop" && ln -s ../ "$R/b/up"
ok ".. nor at a server" '$gridcp -r $U$R/ out.g/ && cmp bad/a/f out.g/a/f && [ ! -e out.g/loop/a ] && [ ! -e out.g/b/up/a ]'

ok "standard streams that are closed are a failure, and no other file takes their place" '
    printf old >o.closed && must_fail 74 timeout 60 $gridcp - o.closed <&- 2>said && cat said && grep -q . said && printf old | cmp - o.closed &&
    must_fail 74 timeout 60 $gridcp - $U$R/o.closed <&- && [ ! -e "$R/o.closed" ] && seq 9 >nine &&
    must_fail 74 sh -c "timeout 60 $gridcp nine - >&-" && must_fail 66 sh -c "timeout 60 $gridcp nosuch o.closed 2>&-" && printf old | cmp - o.closed
'

ok "what copied nothing is not done: -dry-run, -do with -state" '
    rm -f o st && $gridcp -dry-run -state st big/1 o && [ ! -e o ] && $gridcp -state st big/1 o && [ -e o ] &&
    rm -f o st && $gridcp -do list -state st big/1 o && [ ! -e o ] && $gridcp -state st big/1 o && [ -e o ]
'
ok "a state of the same names with -r is another copy" '
    rm -rf out.h st && $gridcp -state st bad/ out.h/ && must_fail 64 $gridcp -r -state st bad/ out.h/ && [ ! -e out.h/a ]
'
ok "-dry-run of what -df has left leaves that alone, and what fails then" '
    rm -f o && printf "%s\n" "$PWD/big/1 o" >left && $gridcp -dry-run -df left x y && [ ! -e o ] && grep -q "big/1 o" left && echo part >.o.part && echo "$PWD/nosuch o" >>left &&
    must_fail 66 $gridcp -dry-run -df left x y && [ "$(wc -l <left)" = 2 ] && grep -x part .o.part && rm .o.part && must_fail 66 $gridcp -df left x y && grep nosuch left; rc=$?
    rm -f left .o.part; [ $rc = 0 ]
'
ok "a pattern that no file has is a failure, here and at a server; one of files that are done is not" '
    cp big/1 "$R/p1" && rc=0 && for s in big $U$R; do
        must_fail 66 $gridcp "$s/nosuch*" out.q/ 2>said && grep "no file matches" said || rc=1
    done; [ $rc = 0 ] && must_fail 66 $gridcp "big/belo*" out.q/ && $gridcp "$U$R/p*" out.q/ && $gridcp -sync "$U$R/p*" out.q/ && must_fail 66 $gridcp -c -df left "big/nosuch*" big/1 out.q/ && [ -e out.q/1 ] && grep -q "nosuch" left; rc=$?
    rm -f left "$R/p1"; [ $rc = 0 ]
'
ok "-dry-run misses what is missing" 'must_fail 66 $gridcp -dry-run nosuch o && $gridcp -dry-run $U$R/a/f o'
ok "-sync -do lists what differs" '
    cp odd/sub/ok same && $gridcp -sync -do list odd/sub/ok same && [ ! -s list ] && echo other >same && touch -d 2001-01-01 same && $gridcp -sync -do list odd/sub/ok same && grep -q same list
'
for level in 0 1 2 3; do
    ok "-sync -sync-level $level looks into a directory at a server that was named without its /" '
        rm -rf "$R/into" && mkdir "$R/into" && chmod 777 "$R/into" && $gridcp -sync -sync-level $level big/below/x $U$R/into && cmp big/below/x "$R/into/x" &&
        touch -d 2031-01-01 "$R/into/x" && $gridcp -json -sync -sync-level $level big/below/x $U$R/into | grep "\"skip\".*into/x"
    '
done
ok "a directory that is named as a file is told from a destination that is not there" '
    must_fail 73 $gridcp big $U$R/nosuch 2>said; cat said; grep "is a directory: end it with" said && must_fail 73 $gridcp $U$R/b nosuch 2>said; cat said; grep "is a directory: end it with" said
'
ok "-json and - exclude each other" 'must_fail 64 $gridcp --json odd/sub/ok - >said && ! grep -qx 3 said && ! grep -v "^{" said'
seq 1000 >lines
ok "-off and -len count for each line of a list without its own, and for each file of a directory" '
    rm -f p1 p2 && printf "%s\n" "$PWD/lines p1" "$PWD/lines p2 0 3" >list && $gridcp -off 100 -len 50 -f list && cmp -i 100 -n 50 lines p1 && [ "$(stat -c %s p1)" = 150 ] && [ "$(stat -c %s p2)" = 3 ] &&
    mkdir many && cp lines many/1 && $gridcp -off 100 -len 50 many/ out.p/ && [ "$(stat -c %s out.p/1)" = 150 ]
'
ok "-len -1 is all that is behind the offset, as with globus-url-copy" 'rm -f p1 && $gridcp -off 100 -len -1 lines p1 && cmp -i 100 lines p1 && must_fail 64 $gridcp -len -2 lines p1'
ok "a password is shown nowhere, and not lost in lists" '
    must_fail 64 $gridcp --json -do o -df p ftp://joe:secret@localhost:1/x o
    for u in ftp://joe:sec%40ret@localhost:1/x http://joe:sec%40ret@localhost:1/x; do
        $gridcp -do list $u o && cat list && grep -q "joe:sec%40ret@" list && [ "$(stat -c %a list)" = 600 ] || return 1
        ! $gridcp --json -rst-retries 1 $u o >said 2>&1; cat said; ! grep -i "sec.*ret@\|joe" said || return 1
    done
    ! $gridcp -list ftp://joe:secret@localhost:1/ >said 2>&1 && ! $gridcp -rst-retries 1 ftp://joe:secret@localhost:1/d/ o/ >>said 2>&1; ! $gridcp ftp://joe:secret@local+host/ o >>said 2>&1; cat said; ! grep secret said
'
for S in "$U$R/b" "file://$PWD/odd" odd; do
    ok "-list: a file, and what matches a pattern ($S)" '
        cp odd/sub/ok "$R/b/" 2>/dev/null; name=$([ "$S" = "$U$R/b" ] && echo f || echo sub) && $gridcp -list "$S/$name" >said && cat said && grep -q "^    " said &&
        $gridcp -list "$S/[fs]*" >said && cat said && grep -x "    $name/*" said && [ "$(wc -l <said)" = 2 ] && must_fail 66 $gridcp -list "$S/nosuch"
    '
done
done_testing
