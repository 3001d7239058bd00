/* mds/querygate.h - how many queries are evaluated at once: registrations
 * always find a worker, and nobody keeps a place that others wait for. */
#ifndef MDS_QUERYGATE_H
#define MDS_QUERYGATE_H

#include "base/err.h"

#define QUERYGATE_LONG_MS 250 /* a query that runs for longer is a long one */
#define QUERYGATE_MAX     64

struct querygate;
struct query_place;

/* At most MOST queries (up to QUERYGATE_MAX) at once; WAITING more may wait for
 * a place while there are long ones inside.  When any waits, the one that has
 * used most processor time gives up its place, once that is FAIR_MS. */
struct querygate *querygate_create(int most, int waiting, long fair_ms);
/* NULL ok; no query is inside. */
void querygate_destroy(struct querygate *gate);
/* Let a query in; waits for a place.  NULL with ERR: LIMIT when enough others
 * wait already, CANCELLED after querygate_end(). */
struct query_place *querygate_enter(struct querygate *gate, struct err *err);
/* Now and then, from within, with the processor time that the query has used so
 * far.  -1 with ERR when it must end: LIMIT for those who wait, CANCELLED after
 * querygate_end(). */
int querygate_stay(struct querygate *gate, struct query_place *place,
                   long long used_ms, struct err *err);
/* It has ended. */
void querygate_leave(struct querygate *gate, struct query_place *place);
/* No more is let in; those inside end soon. */
void querygate_end(struct querygate *gate);

#endif
