/* mds/querygate.h - how many queries are evaluated at once, and for how long:
 * registrations always find a worker, and no expression runs for ever. */
#ifndef MDS_QUERYGATE_H
#define MDS_QUERYGATE_H

#include "base/err.h"
#include "mds/rpdoc.h"

#define QUERYGATE_LONG_MS 250 /* a query that runs for longer is a long one */
#define QUERYGATE_MAX     64

struct querygate;

/* At most MOST queries (up to QUERYGATE_MAX) at once, each for TIMEOUT_MS.  -1
 * with ERR: NOMEM. */
int querygate_create(int most, long timeout_ms, struct querygate **gate,
                     struct err *err);
/* NULL ok; no query is inside. */
void querygate_destroy(struct querygate *gate);
/* Let a query in: what is to be given to rpdoc_query().  Waits for others while
 * these are quick.  NULL with ERR: LIMIT when there is no place and one of
 * those inside is a long one, CANCELLED after querygate_end(). */
struct rpdoc_run *querygate_enter(struct querygate *gate, struct err *err);
/* It has ended. */
void querygate_leave(struct querygate *gate, struct rpdoc_run *run);
/* No more is let in; those inside end soon. */
void querygate_end(struct querygate *gate);

#endif
