# tests/bench/figure.sh - the lines that a benchmark ends with; source it.
#
#   figure NAME VALUE UNIT '<='|'>=' TARGET
#   ratio A B                       A / B with three digits
#   value FILE NAME                 of a "NAME VALUE" line
#   median FILE NAME                of several such lines
figure() {
    verdict=$(awk -v v="$2" -v t="$5" -v op="$4" 'BEGIN { print (op == "<=" ? v <= t : v >= t) ? "ok" : "short" }')
    echo "figure $1 $2 $3 target $4 $5 $verdict"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", b ? a / b : 0 }'; }
value() { awk -v n="$2" '$1 == n { print $2; exit }' "$1"; }
median() {
    awk -v n="$2" '$1 == n { print $2 }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
