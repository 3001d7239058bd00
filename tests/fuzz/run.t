#!/bin/sh
# tests/fuzz/run.t - each fuzz target for $FUZZ_SECONDS on a copy of its corpus;
# 0 only replays the corpus.  What it finds stays in the scratch directory.  Long
# runs use every processor, short ones share them with the other tests.
. "$SRC/tests/lib/tap.sh"
seconds=${FUZZ_SECONDS:-3}
limit=-max_total_time=$seconds
[ "$seconds" != 0 ] || limit=-runs=0
atonce=1
[ "$seconds" -lt 20 ] || atonce=$(nproc)

fuzz() { # NOUN: run its target, log and exit status beside it
    mkdir -p "$1"
    [ ! -d "$SRC/tests/fuzz/corpus/$1" ] || cp -r "$SRC/tests/fuzz/corpus/$1/." "$1"
    dictionary=
    [ ! -f "$SRC/tests/fuzz/$1.dict" ] || dictionary=-dict=$SRC/tests/fuzz/$1.dict
    "$SRC/build/fuzz/fuzz_$1" "$limit" $dictionary -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$PWD/$1-" "$1" >"$1.log" 2>&1
    echo $? >"$1.status"
}

nouns=
for source in "$SRC"/tests/fuzz/fuzz_*.c; do
    noun=$(basename "$source" .c)
    nouns="$nouns ${noun#fuzz_}"
done
running=0
for noun in $nouns; do
    [ -x "$SRC/build/fuzz/fuzz_$noun" ] || continue
    fuzz "$noun" &
    running=$((running + 1))
    if [ "$running" = "$atonce" ]; then
        wait
        running=0
    fi
done
wait
for noun in $nouns; do
    if [ ! -x "$SRC/build/fuzz/fuzz_$noun" ]; then
        skip "fuzz_$noun finds nothing" 'it is not built: make fuzz-built'
        continue
    fi
    ok "fuzz_$noun finds nothing in $seconds s" '
        tail -30 "$noun.log" && [ "$(cat "$noun.status")" = 0 ]
    '
done
done_testing
