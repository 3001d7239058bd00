/* mds/generation.h - the group's document in each dialect, read by queries
 * without a lock while registrations change.
 *
 * A query pins the document that there is.  Who would change a pinned one waits
 * a moment for quick queries, and then leaves it to those who read it and goes
 * on with a copy: a generation of its own.  Every call but generation_doc()
 * with the lock held. */
#ifndef MDS_GENERATION_H
#define MDS_GENERATION_H

#include <libxml/tree.h>
#include <pthread.h>

#include "base/err.h"
#include "mds/dialect.h"

#define GENERATION_PATIENCE_MS 100
#define GENERATION_PAST_MAX    3 /* old ones, until queries are refused */

struct generation;

struct generations {
    pthread_mutex_t *lock;
    pthread_cond_t moved;
    struct generation *now[DIALECT_COUNT]; /* NULL until somebody asks */
    int past;                              /* that are only read any more */
    int changing;                          /* who waits; nobody pins then */
};

/* Begin; LOCK is borrowed. */
void generations_init(struct generations *g, pthread_mutex_t *lock);
/* Free all; nothing is pinned any more. */
void generations_fini(struct generations *g);
/* The document of D to change, NULL until generations_begin(); only behind
 * generations_change(), and before the lock is let go. */
xmlDoc *generations_doc(const struct generations *g, enum dialect d);
/* DOC (which this owns) is the document of D, which has none. */
void generations_begin(struct generations *g, enum dialect d, xmlDoc *doc);
/* Whether somebody reads D's document. */
bool generations_pinned(const struct generations *g, enum dialect d);
/* Make all documents such that nobody reads them.  Lets the lock go for at
 * most GENERATION_PATIENCE_MS: what the caller knew may have changed.  Children
 * of a root whose _private is the address of an xmlNode * get that set to their
 * copy. */
void generations_change(struct generations *g);
/* Pin D's document.  NULL with ERR: LIMIT when old ones are still read. */
struct generation *generations_pin(struct generations *g, enum dialect d,
                                   struct err *err);
/* End it; GEN may be freed. */
void generations_unpin(struct generations *g, struct generation *gen);
/* The document that GEN pins, to read. */
xmlDoc *generation_doc(struct generation *gen);

#endif
