/* gatekeeper/runner/helper_shared.h - the supervisors that run an account's
 * ordinary jobs (gatekeeper/supervisor/runshared.h): one for all of them, until
 * it has had STARTBOOK_RUNS runs. */
#ifndef GATEKEEPER_RUNNER_HELPER_SHARED_H
#define GATEKEEPER_RUNNER_HELPER_SHARED_H

#include <poll.h>

#include "gatekeeper/runner/runner_helper.h"

/* Old ones may still run jobs when a new one is started. */
#define HELPER_SHARED_MAX 8

struct helper_shared;

/* Give C's run to the supervisor, which is started if there is none.
 * HELPER_LATER: the answer follows when the run can be signalled, or has failed
 * to start; -1 with ERR: LIMIT, IO. */
int helper_shared_start(struct helper *h, struct helper_call *c,
                        struct err *err);
/* Whether one of our shared supervisors has R's run and will report its end. */
bool helper_shared_has(const struct helper *h, const struct runner_request *r);
/* Fill P, at most HELPER_SHARED_MAX entries, for poll(2); returns their
 * number. */
size_t helper_shared_poll(const struct helper *h, struct pollfd *p);
/* Read the messages of those of the N P that have any. */
void helper_shared_take(struct helper *h, const struct pollfd *p, size_t n);
/* When the next idle supervisor is to end: ms, monotonic clock; 0 never. */
long long helper_shared_due(const struct helper *h);
/* End the supervisors that are due at NOW. */
void helper_shared_turn(struct helper *h, long long now);

#endif
