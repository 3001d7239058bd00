/* gatekeeper/runner/helper_shared.h - the supervisors that a helper gives its
 * account's ordinary runs to (gatekeeper/supervisor/runshared.h): one for all,
 * until it has had STARTBOOK_RUNS of them. */
#ifndef GATEKEEPER_RUNNER_HELPER_SHARED_H
#define GATEKEEPER_RUNNER_HELPER_SHARED_H

#include <poll.h>

#include "gatekeeper/runner/runner_helper.h"

/* Some still run what they were given when they are given no more. */
#define HELPER_SHARED_MAX 8

struct helper_shared;

/* Give the run that C is about to the supervisor, started when there is none.
 * HELPER_LATER: it is answered when signals reach the run, or when it cannot
 * be started; -1 with ERR: LIMIT, IO. */
int helper_shared_start(struct helper *h, struct helper_call *c,
                        struct err *err);
/* Whether one of ours has the run that R is about: its end is told. */
bool helper_shared_has(const struct helper *h, const struct runner_request *r);
/* What poll(2) is to wait for, at most HELPER_SHARED_MAX of P; how many. */
size_t helper_shared_poll(const struct helper *h, struct pollfd *p);
/* Take the news of those of the N P that have any. */
void helper_shared_take(struct helper *h, const struct pollfd *p, size_t n);
/* When one that has had nothing to do is to end: ms, of the clock that never
 * jumps; 0 never. */
long long helper_shared_due(const struct helper *h);
/* Let those end that are due. */
void helper_shared_turn(struct helper *h, long long now);

#endif
