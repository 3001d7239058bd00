/* mds/view.h - all registrations at one moment: immutable and
 * reference-counted.  Successive views share all that did not change between
 * them. */
#ifndef MDS_VIEW_H
#define MDS_VIEW_H

#include "mds/column.h"
#include "mds/entry.h"

#define VIEW_CHUNK COLUMN_ENTRIES

struct view_chunk {
    atomic_uint refs;
    long long soonest_ms;            /* no entry expires before */
    unsigned count;                  /* entries that it has */
    struct column *_Atomic columns;  /* those that were asked for */
    struct entry *entry[VIEW_CHUNK]; /* NULL: empty */
};

struct view {
    struct rcu_head retired;
    atomic_uint refs;
    unsigned slots; /* a multiple of VIEW_CHUNK */
    struct view_chunk *chunk[];
};

/* An empty view.  This and the following functions return one reference. */
struct view *view_create(void);
/* A copy of OLD with E (NULL: nothing) at SLOT; takes E's reference. */
struct view *view_with(const struct view *old, unsigned slot, struct entry *e);
/* Add a reference; returns V. */
struct view *view_ref(struct view *v);
/* Release a reference; NULL ok. */
void view_unref(struct view *v);
/* The entry at SLOT, any number; NULL.  Valid as long as V. */
struct entry *view_at(const struct view *v, unsigned slot);
/* A view at a time: expired entries are excluded. */
struct view_when {
    struct view *view; /* NULL: an empty view */
    long long now_ms;
};
/* How many live. */
size_t view_count(const struct view_when *w);
/* The live entry at SLOT; NULL. */
struct entry *view_living(const struct view_when *w, unsigned slot);
/* Call FN for each slot where FROM and TO differ, in order, with the live entry
 * in each (NULL: none). */
void view_changes(const struct view_when *from, const struct view_when *to,
                  void (*fn)(unsigned slot, const struct entry *before,
                             const struct entry *after, void *arg),
                  void *arg);

#endif
