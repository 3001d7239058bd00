#!/bin/sh
# A put in MODE S that breaks off: nothing stands under the file's name, what had
# arrived is kept, REST and STOR go on behind it.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"

[ -x "$TOOLS/ftpput" ] || skip_all "ftpput is not built"
grid_data
seq 3000000 | head -c 20000000 >file
mkdir there && chmod 777 there
D=$PWD/there

for prot in clear private; do
    ok "$prot: a source that breaks leaves a part, and no file" '
        must_fail 1 "$TOOLS/ftpput" $PORT file $D/$prot $D/.$prot.part-gridftp 9000000 $prot >said && cat said &&
        grep -q "the source broke" said && [ ! -e there/$prot ] &&
        part=$(stat -c %s there/.$prot.part-gridftp) && echo "part $part" && [ $part -gt 0 ] && [ $part -le 9437184 ] &&
        head -c $part file | cmp - there/.$prot.part-gridftp
    '
    ok "$prot: nor does a short one, whichever connection the server hears first" '
        for i in 1 2 3 4 5 6 7 8 9 10; do
            must_fail 1 "$TOOLS/ftpput" $PORT file $D/short-$prot-$i none 1000 $prot >>said
        done; ls there
        ! ls there | grep "^short"
    '
    ok "$prot: another session goes on behind the part" '
        "$TOOLS/ftpput" $PORT file $D/$prot $D/.$prot.part-gridftp -1 $prot >said; cat said
        grep -qx "there $part" said && grep -qx "sent $((20000000 - part))" said &&
        cmp file there/$prot && [ ! -e there/.$prot.part-gridftp ]
    '
    ok "$prot: what had arrived was not sent again" '
        grep "ftp.transfer.end.*path=$D/$prot .*code=226" $LOG | tail -1 | grep "bytes=$((20000000 - part)) "
    '
done
done_testing
