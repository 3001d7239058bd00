/* mds/view.h - all registrations at one moment: immutable and counted.  A later
 * view shares with an earlier one all that did not change between them. */
#ifndef MDS_VIEW_H
#define MDS_VIEW_H

#include "mds/column.h"
#include "mds/entry.h"

#define VIEW_CHUNK COLUMN_ENTRIES

struct view_chunk {
    atomic_uint refs;
    long long soonest_ms;            /* none of it ends before */
    unsigned count;                  /* entries that it has */
    struct column *_Atomic columns;  /* those that were asked for */
    struct entry *entry[VIEW_CHUNK]; /* NULL: there is none */
};

struct view {
    struct rcu_head retired;
    atomic_uint refs;
    unsigned slots; /* a multiple of VIEW_CHUNK */
    struct view_chunk *chunk[];
};

/* The view of nothing; one reference, the caller's, as of all these. */
struct view *view_create(void);
/* OLD, but with E (NULL: nothing), whose reference it takes, at SLOT. */
struct view *view_with(const struct view *old, unsigned slot, struct entry *e);
/* One reference more; V. */
struct view *view_ref(struct view *v);
/* Give a reference back; NULL ok. */
void view_unref(struct view *v);
/* What is at SLOT, any number; NULL.  It lives as long as V. */
struct entry *view_at(const struct view *v, unsigned slot);
/* A view as it is at a time: what has ended is not there. */
struct view_when {
    struct view *view; /* NULL: the view of nothing */
    long long now_ms;
};
/* How many live. */
size_t view_count(const struct view_when *w);
/* What lives at SLOT; NULL. */
struct entry *view_living(const struct view_when *w, unsigned slot);
/* Call FN for each slot at which FROM and TO differ, in order, with what lives
 * there in each (NULL: nothing). */
void view_changes(const struct view_when *from, const struct view_when *to,
                  void (*fn)(unsigned slot, const struct entry *before,
                             const struct entry *after, void *arg),
                  void *arg);

#endif
