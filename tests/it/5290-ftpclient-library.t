#!/bin/sh
# The client library as others see it: installed, found by pkg-config, linked
# into the example, used against our server.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ -x "$BIN/gridftp" ] || skip_all "gridftp is not built"
[ -e "$BIN/../libgatehouse-ftpclient.a" ] || skip_all "the library is not built"
command -v pkg-config >/dev/null || skip_all "pkg-config is not installed"
variant=$(basename "$(dirname "$BIN")")
grid_data
mkdir data && seq 100000 >data/numbers && chmod -R a+rX data

ok 'make install puts it where pkg-config finds it' '
    make -s -C "$SRC" VARIANT="$variant" DESTDIR="$PWD/root" prefix=/usr install-library &&
    PKG_CONFIG_SYSROOT_DIR=$PWD/root PKG_CONFIG_PATH=$PWD/root/usr/lib/pkgconfig pkg-config --cflags --libs gatehouse-ftpclient >flags &&
    cat flags && grep -q "root/usr/include/gatehouse" flags
'
sanitize=
[ "$variant" != asan ] || sanitize=-fsanitize=address,undefined
ok 'the example compiles with no header of ours but the installed ones' '
    cp "$SRC/examples/ftpclient/fetch.c" . && cc -Wall -Wextra -Werror $sanitize fetch.c $(cat flags) -o fetch
'
ok 'it fetches a file, and the end of one' '
    ./fetch localhost $PORT "$PWD/data/numbers" | cmp - data/numbers &&
    ./fetch localhost $PORT "$PWD/data/numbers" 588888 >tail && cat tail && [ "$(cat tail)" = 100000 ]
'
ok 'it lists a directory' './fetch localhost $PORT "$PWD/data/" >list && cat list && grep -q "588895 numbers" list'
ok 'it says what is wrong' '
    must_fail 1 ./fetch localhost $PORT "$PWD/data/none" 2>said && cat said && grep -q "data/none: No such file" said
'
done_testing
