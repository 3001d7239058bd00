/* mds/querygate.h - limits how many queries are evaluated at once, so that
 * registrations always find a worker and no query blocks others for long. */
#ifndef MDS_QUERYGATE_H
#define MDS_QUERYGATE_H

#include "base/err.h"

#define QUERYGATE_LONG_MS 250 /* a query that runs longer counts as long */
#define QUERYGATE_MAX     64

struct querygate;
struct query_place;

/* Allow MOST queries (up to QUERYGATE_MAX) at once.  While there are long ones,
 * WAITING more may wait.  If any waits, the query with the most processor time
 * must end once it has used FAIR_MS. */
struct querygate *querygate_create(int most, int waiting, long fair_ms);
/* NULL ok; no query may be inside. */
void querygate_destroy(struct querygate *gate);
/* Admit a query; waits for a place.  NULL with ERR: LIMIT if too many wait
 * already, CANCELLED after querygate_end(). */
struct query_place *querygate_enter(struct querygate *gate, struct err *err);
/* Call it regularly during a query with the processor time used so far.  -1
 * with ERR if the query must end: LIMIT for the sake of waiting queries,
 * CANCELLED after querygate_end(). */
int querygate_stay(struct querygate *gate, struct query_place *place,
                   long long used_ms, struct err *err);
/* The query has ended. */
void querygate_leave(struct querygate *gate, struct query_place *place);
/* Admit no more queries; those inside end soon. */
void querygate_end(struct querygate *gate);

#endif
