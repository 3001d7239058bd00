/* mds/xplan_range.h - comparisons of leaves with numbers, that whatever a path
 * finds in an entry must meet: entries that do not are not looked at. */
#ifndef MDS_XPLAN_RANGE_H
#define MDS_XPLAN_RANGE_H

#include "mds/column.h"
#include "mds/xplan.h"

#define RANGES_MAX      4
#define RANGE_NAMES_MAX 4

/* An entry has an element of one of the names whose number is OP NUM. */
struct range {
    enum column_op op;
    double num;
    uint32_t name[RANGE_NAMES_MAX];
    size_t names;
};

struct ranges {
    struct range range[RANGES_MAX]; /* all of them are met */
    size_t n;
};

/* What PATH, which is bound, asks of each entry on TREE. */
void xplan_ranges(const struct xpath *path, const struct xtree *tree,
                  struct ranges *r);
/* The entries of C that may meet R. */
struct column_set xplan_ranges_met(const struct ranges *r,
                                   struct view_chunk *c);

#endif
