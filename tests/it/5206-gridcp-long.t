#!/bin/bash
# gridcp with very long lists and large directories: its memory does not grow with
# them.  1,000,000 lines, 40,000 files and 300,000 entries with GATEHOUSE_FULL=1, else
# 60,000, 3,000 and 100,000.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

grid_data
gridcp=$BIN/gridcp
mkdir here remote && echo hello >remote/file && : >remote/empty
[ "$(id -u)" != 0 ] || chown -R "$ACCOUNT" remote
lines=60000 files=3000 entries=100000
[ -z "$GATEHOUSE_FULL" ] || lines=1000000 files=40000 entries=300000
# MiB at the peak: a queue of 4,096 tasks, a few sessions with buffers.  Under asan freed memory is kept, and shadowed.
bound=48
# .. of tasks whose names are long, when nothing is copied
bound_dir=26
case $BIN in *asan*) bound=900 bound_dir=900 ;; esac

# peak COMMAND...: run it; its peak of memory must stay below the bound
peak() {
    perl -e '
        my $bound = shift; my $pid = fork // die;
        if (!$pid) { exec @ARGV or die }
        my $most = 0;
        until (waitpid($pid, 1)) {
            if (open my $f, "<", "/proc/$pid/status") { while (<$f>) { $most = $1 if /^VmHWM:\s+(\d+)/ && $1 > $most } }
            select undef, undef, undef, 0.02;
        }
        printf STDERR "# %d KiB at the peak, bound %d MiB\n", $most, $bound;
        exit($? >> 8 || ($? ? 1 : 0)) if $?;
        exit($most > 0 && $most < $bound * 1024 ? 0 : 3);
    ' "$bound" "$@"
}
seq -f "$U$PWD/remote/a-name-of-some-length/%.0f" $lines | sed "s|.*/\(.*\)|& $PWD/here/\1|" >list
ok "a list of $lines lines, -dry-run" 'peak $gridcp -json -dry-run -f list >said && [ "$(grep -c would-copy said)" = $lines ]; rc=$?; tail -1 said; rm said; [ $rc = 0 ]'
ok ".. -do: the same list is written" 'peak $gridcp -do todo -f list && [ "$(wc -l <todo)" = $lines ] && tail -1 todo && grep -c "/$lines\"$" todo'
ok ".. -df: what was not copied is kept" '
    sed "s|localhost:$PORT|localhost:1|" list >dead && peak $gridcp -rst-retries 1 -rst-interval 1 -df left -f dead; [ $? = 68 ] && [ "$(wc -l <left)" = $lines ]
'
ok "$files files are copied, with a state file; again nothing" '
    seq -f "$U$PWD/remote/file $PWD/here/%.0f" $files >short &&
    peak $gridcp -json -state state -f short >said && tail -1 said && tail -1 said | grep "\"files\":$files," && [ "$(cat here/* | wc -l)" = $files ] &&
    peak $gridcp -json -state state -f short | grep "\"files\":0,"
'
ok "$files files are sent" '
    seq -f "$PWD/remote/file $U$PWD/remote/%.0f" $files >short && peak $gridcp -json -f short >said && tail -1 said | grep "\"files\":$files," &&
    [ "$(find remote -type f -name "[0-9]*" -size 6c | wc -l)" = $files ]
'
mkdir many && perl -e 'for (1 .. shift) { open my $f, ">", sprintf "many/%0200d", $_ or die }' $entries
# all_of URL: every entry of that directory is found, in little memory
all_of() {
    bound=$bound_dir peak $gridcp -json -r -dry-run "$1" file://$PWD/none/ >said && [ "$(grep -c would-copy said)" = $entries ] &&
        [ "$(grep -o "/many/0[0-9]*" said | sort -u | wc -l)" = $entries ]
}
ok "a directory of $entries entries is read in little memory" 'all_of file://$PWD/many/'
ok ".. so is one at a server" 'all_of $U$PWD/many/'
done_testing
