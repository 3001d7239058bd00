#!/bin/bash
# gridcp as a user of cp expects it: into directories that are named without '/',
# several sources, a directory itself.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_data
R=$PWD/remote gridcp=$BIN/gridcp
mkdir -p "$R/in/tree/sub" "$R/to" here
for f in a b tree/c tree/sub/d; do echo "this is $f" >"$R/in/$f"; done
[ "$(id -u)" != 0 ] || chown -R "$ACCOUNT" "$R"
fresh() { rm -rf here "${R:?}"/to/* && mkdir here; }

ok "URL . copies into this directory" 'fresh && (cd here && $gridcp $U$R/in/a . && cmp a "$R/in/a" && $gridcp $U$R/in/a .. && cmp ../a a)'
ok "URL DIR copies into it, URL NAME to it" '
    fresh && $gridcp $U$R/in/a here && cmp here/a "$R/in/a" && $gridcp $U$R/in/a here/x && cmp here/x "$R/in/a" && $gridcp $U$R/in/b here/x &&
    cmp here/x "$R/in/b" && ln -s here link && $gridcp $U$R/in/b link && cmp here/b "$R/in/b" && [ -L link ]
'
ok "FILE URL-of-a-directory copies into it" '
    fresh && $gridcp "$R/in/a" $U$R/to && cmp "$R/in/a" "$R/to/a" && $gridcp $U$R/in/b $U$R/to && cmp "$R/in/b" "$R/to/b" &&
    $gridcp --json "$R/in/b" $U$R/to | grep "\"failed\":0"
'
ok "several sources go into one directory, either way and between servers" '
    fresh && $gridcp $U$R/in/a $U$R/in/b here && cmp here/a "$R/in/a" && cmp here/b "$R/in/b" && $gridcp here/a here/b $U$R/to && ls "$R/to" &&
    cmp here/a "$R/to/a" && cmp here/b "$R/to/b" && rm "$R"/to/* && $gridcp $U$R/in/a here/b $U$R/to/ && cmp here/a "$R/to/a" && cmp here/b "$R/to/b"
'
ok "several sources and a destination that is none: an error, nothing made" '
    fresh && must_fail 66 $gridcp $U$R/in/a $U$R/in/b here/none && [ ! -e here/none ] && must_fail 66 $gridcp -c "$R/in/a" "$R/in/b" $U$R/in/a &&
    [ "$(cat "$R/in/a")" = "this is a" ]
'
ok ".. with -cd it is made" 'fresh && $gridcp -cd $U$R/in/a $U$R/in/b here/new/one && cmp here/new/one/b "$R/in/b" && $gridcp -cd here/new/one/a here/new/one/b $U$R/to/x && cmp "$R/to/x/b" "$R/in/b"'
ok "one of several that fails is named; -c goes on" '
    fresh && must_fail 66 $gridcp -c $U$R/in/none $U$R/in/b here 2>said && cat said && grep -q in/none said && cmp here/b "$R/in/b"
'
ok "-r DIR DIR copies the directory itself, as cp -r does" '
    fresh && $gridcp -r $U$R/in/tree here && diff -r "$R/in/tree" here/tree && $gridcp -r $U$R/in/tree here/copy && diff -r "$R/in/tree" here/copy &&
    $gridcp -r here/tree $U$R/to/ && diff -r here/tree "$R/to/tree" && $gridcp -r here/tree $U$R/to/as && diff -r here/tree "$R/to/as" &&
    $gridcp -r $U$R/in/tree/ here/in && diff -r "$R/in/tree" here/in && (cd here/tree && $gridcp -r . ../dot/) && diff -r here/tree here/dot
'
ok "without -r a directory is an error" 'fresh && must_fail 73 $gridcp $U$R/in/tree here 2>said && cat said && grep -q "is a directory" said && [ -z "$(ls -A here)" ]'
ok "a state file goes on with several sources, too" '
    fresh && must_fail 66 $gridcp -state s $U$R/in/a $U$R/in/late here && cp "$R/in/b" "$R/in/late" && $gridcp --json -state s $U$R/in/a $U$R/in/late here >json &&
    cat json && tail -1 json | grep "\"files\":1," && cmp here/late "$R/in/b" && must_fail 64 $gridcp -state s $U$R/in/a here && rm "$R/in/late"
'
# In place a file has one size for reader and writer: none.
[ "$(id -u)" != 0 ] || chgrp -R 0 "$R/in"
ok "a file is not copied onto itself, however it is named" '
    fresh && must_fail 64 $gridcp $U$R/in/a $U$R/in/a 2>said && grep -F "$R/in/a" said && must_fail 64 $gridcp $U$R/in/a $U$R/in &&
    must_fail 64 $gridcp $U$R/in/a $U$R/in/ && must_fail 64 $gridcp -notpt $U$R/in/a $U$R/in/a && must_fail 64 $gridcp -r $U$R/in/ $U$R/in/ &&
    must_fail 64 $gridcp "$R/in/a" "$R/in/a" && must_fail 64 $gridcp "$R/in/a" "file://$R/in" && [ "$(cat "$R/in/a")" = "this is a" ]
'
ok "an option behind a URL is refused, not taken for a destination" '
    fresh && (cd here && must_fail 64 $gridcp $U$R/in/a x -cd 2>../said && [ -z "$(ls -A)" ]) && grep -e "-cd" said && touch -- here/-x && (cd here && $gridcp -- ./-x $U$R/to/x)
'
done_testing
