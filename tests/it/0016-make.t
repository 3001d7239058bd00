#!/bin/sh
# What somebody who builds and tests by hand asks of make: one unit test by its name, and a sentence when a package is missing.
. "$SRC/tests/lib/tap.sh"

VARIANT=$(basename "$(dirname "$BIN")")
run_make() { env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$SRC" --no-print-directory VARIANT="$VARIANT" "$@"; }

ok 'check-unit TESTS= runs what it names, as a name or a file' '
    run_make check-unit TESTS="test_err tests/unit/test_table.c" >out 2>&1; cat out; grep "Files=2," out && grep "Result: PASS" out
'
ok 'a header that the unit tests lack is a sentence with its package' '
    ! run_make B="$PWD/b" NEEDS_TESTS="no/such.h:libnosuch-dev stdio.h:libc6-dev" "$PWD/b/needs.tests" >out 2>&1 && cat out &&
    grep "this machine lacks what the unit tests need: as root run  apt-get install libnosuch-dev$" out
'
ok 'so is one that the build lacks, before anything is compiled' '
    ! run_make B="$PWD/b" NEEDS_BUILD="no/such.h:libnosuch-dev" "$PWD/b/base/buf.o" >out 2>&1 && cat out &&
    grep "this machine lacks what building Gatehouse needs: as root run  apt-get install libnosuch-dev$" out && [ ! -e b/base/buf.o ]
'
ok 'each package that the sentences name is in the lists of packages' '
    (for p in $(sed -n "/^NEEDS_/,/[^\\]$/p" "$SRC/Makefile" | grep -oE ":[a-z0-9.+-]+" | tr -d : | sort -u); do
        grep -qx "$p" "$SRC/debian/packages.build" "$SRC/debian/packages.test" || { echo "$p"; exit 1; }
    done)
'
done_testing
