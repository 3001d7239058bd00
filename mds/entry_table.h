/* mds/entry_table.h - the entries by id, and by what they register. */
#ifndef MDS_ENTRY_TABLE_H
#define MDS_ENTRY_TABLE_H

#include "base/table.h"
#include "mds/entries.h"
#include "mds/entries_db.h"

struct entry {
    struct entries_row row;
    struct table_link by_id;
    struct table_link by_member; /* by owner and member */
};

/* All zero is an empty one.  Entries are the caller's. */
struct entry_table {
    struct table ids, twins;
};

/* The entry ID; NULL. */
struct entry *entry_table_find(struct entry_table *t, const char *id);
/* The entry that IN would replace: its owner, member and config; NULL. */
struct entry *entry_table_same(struct entry_table *t,
                               const struct registration_in *in);
/* Put E in, whose row is filled. */
void entry_table_put(struct entry_table *t, struct entry *e);
/* Take E out. */
void entry_table_take(struct entry_table *t, struct entry *e);
/* Call FN for each entry; FN may take it out and free it. */
void entry_table_each(struct entry_table *t,
                      void (*fn)(struct entry *e, void *arg), void *arg);
/* Free what T itself holds. */
void entry_table_fini(struct entry_table *t);

#endif
