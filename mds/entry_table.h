/* mds/entry_table.h - the registrations that are on disk, as readers see them:
 * one view of all, and each by its id.  Readers never wait; changes come from
 * one thread at a time, in the order of the database. */
#ifndef MDS_ENTRY_TABLE_H
#define MDS_ENTRY_TABLE_H

#include "mds/keys.h"
#include "mds/view.h"

struct entry_table;

/* An empty one; NAMES is borrowed. */
struct entry_table *entry_table_create(const struct tagnames *names);
/* NULL ok; no reader is inside. */
void entry_table_destroy(struct entry_table *t);
/* All at this moment; the caller's reference. */
struct view *entry_table_view(struct entry_table *t);
/* The entry ID; the caller's reference, or NULL. */
struct entry *entry_table_find(struct entry_table *t, const char *id);
/* The places in V, a view of T, of what may have TEXT as a value that names a
 * thing; as keys_find(), or -1: V is no more what there is now. */
int entry_table_keyed(struct entry_table *t, const struct view *v,
                      const char *text, unsigned slot[KEYS_FOUND_MAX]);
/* How many there are. */
long entry_table_count(const struct entry_table *t);

/* Changes. */

/* Put E, whose reference T takes, in the place of what has its id. */
void entry_table_put(struct entry_table *t, struct entry *e);
/* Take out what has ID; its reference is the caller's now.  NULL. */
struct entry *entry_table_take(struct entry_table *t, const char *id);

#endif
