#!/bin/sh
# tests/fuzz/run.t - each fuzz target for $FUZZ_SECONDS on a copy of its corpus;
# 0 only replays the corpus.  What it finds stays in the scratch directory.
. "$SRC/tests/lib/tap.sh"
seconds=${FUZZ_SECONDS:-3}
limit=-max_total_time=$seconds
[ "$seconds" != 0 ] || limit=-runs=0

for source in "$SRC"/tests/fuzz/fuzz_*.c; do
    noun=$(basename "$source" .c)
    noun=${noun#fuzz_}
    program=$SRC/build/fuzz/fuzz_$noun
    if [ ! -x "$program" ]; then
        skip "fuzz_$noun finds nothing" 'it is not built: make fuzz-built'
        continue
    fi
    mkdir -p "$noun"
    [ ! -d "$SRC/tests/fuzz/corpus/$noun" ] || cp -r "$SRC/tests/fuzz/corpus/$noun/." "$noun"
    dictionary=
    [ ! -f "$SRC/tests/fuzz/$noun.dict" ] || dictionary=-dict=$SRC/tests/fuzz/$noun.dict
    ok "fuzz_$noun finds nothing in $seconds s" '
        "$program" "$limit" $dictionary -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
            -print_final_stats=1 -artifact_prefix="$PWD/$noun-" "$noun"
    '
done
done_testing
