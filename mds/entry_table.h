/* mds/entry_table.h - the registrations that are on disk, as readers see them:
 * one view of all, and each by its id.  Readers never wait; changes come from
 * one thread at a time, in the order of the database. */
#ifndef MDS_ENTRY_TABLE_H
#define MDS_ENTRY_TABLE_H

#include "mds/view.h"

struct entry_table;

/* An empty one. */
struct entry_table *entry_table_create(void);
/* NULL ok; no reader is inside. */
void entry_table_destroy(struct entry_table *t);
/* All at this moment; the caller's reference. */
struct view *entry_table_view(struct entry_table *t);
/* The entry ID; the caller's reference, or NULL. */
struct entry *entry_table_find(struct entry_table *t, const char *id);
/* How many there are. */
long entry_table_count(const struct entry_table *t);

/* Changes. */

/* Put E, whose reference T takes, in the place of what has its id. */
void entry_table_put(struct entry_table *t, struct entry *e);
/* Take out what has ID; its reference is the caller's now.  NULL. */
struct entry *entry_table_take(struct entry_table *t, const char *id);

#endif
