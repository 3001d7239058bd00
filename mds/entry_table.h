/* mds/entry_table.h - the registrations on disk for readers: a view of all, and
 * lookup by id.  Readers never wait; one thread at a time makes changes, in the
 * order of the database. */
#ifndef MDS_ENTRY_TABLE_H
#define MDS_ENTRY_TABLE_H

#include "mds/keys.h"
#include "mds/view.h"

struct entry_table;

/* Create an empty table; NAMES is borrowed. */
struct entry_table *entry_table_create(const struct tagnames *names);
/* NULL ok; there must be no readers. */
void entry_table_destroy(struct entry_table *t);
/* A view of all entries at this moment; returns one reference. */
struct view *entry_table_view(struct entry_table *t);
/* Find the entry ID; returns one reference, or NULL. */
struct entry *entry_table_find(struct entry_table *t, const char *id);
/* Find the slots in V, a view of T, of entries that may have the key value
 * TEXT; result as keys_find(), or -1 if V is no longer the current view. */
int entry_table_keyed(struct entry_table *t, const struct view *v,
                      const char *text, unsigned slot[KEYS_FOUND_MAX]);
/* The number of entries. */
long entry_table_count(const struct entry_table *t);

/* Changes, by the writer only. */

/* Insert E, or replace the entry with its id; takes E's reference. */
void entry_table_put(struct entry_table *t, struct entry *e);
/* Remove the entry ID; returns its reference, or NULL. */
struct entry *entry_table_take(struct entry_table *t, const char *id);

#endif
