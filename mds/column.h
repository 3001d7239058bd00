/* mds/column.h - the numbers of one leaf of some entries, to be compared
 * without looking at the entries: for each element of a name its value.  Of
 * entries that do not change a column never changes; it is made when it is
 * first asked for, and kept beside them. */
#ifndef MDS_COLUMN_H
#define MDS_COLUMN_H

#include <stdbool.h>

#include "mds/entry.h"

#define COLUMN_ENTRIES  128 /* most that it is of */
#define COLUMN_KEPT_MAX 64  /* of the same entries */

struct column;

/* Some of the entries. */
struct column_set {
    uint64_t word[COLUMN_ENTRIES / 64];
};

/* Whether SET has I; and add it. */
static inline bool
column_set_has(const struct column_set *set, unsigned i)
{
    return (set->word[i / 64] >> i % 64 & 1) != 0;
}

static inline void
column_set_add(struct column_set *set, unsigned i)
{
    set->word[i / 64] |= 1ull << i % 64;
}

/* How values are compared with a number. */
enum column_op {
    COLUMN_EQ,
    COLUMN_LT,
    COLUMN_LE,
    COLUMN_GT,
    COLUMN_GE
};

/* The column of the elements NAME (tagnames.h) of the COLUMN_ENTRIES entries
 * (NULL: none) at ENTRY, from *KEPT, which it joins.  NULL: too many are kept.
 * Any thread. */
const struct column *column_get(struct column *_Atomic *kept,
                                struct entry *const *entry, uint32_t name);
/* Add to SET the entries of C that may have an element whose number is OP NUM:
 * each that has one is among them. */
void column_match(const struct column *c, enum column_op op, double num,
                  struct column_set *set);
/* Free those of *KEPT; nobody reads them any more. */
void column_free_all(struct column *_Atomic *kept);

#endif
