/* gatekeeper/runner/helper_starts.h - an account's books of starts
 * (gatekeeper/supervisor/startbook.h) when their supervisors have ended. */
#ifndef GATEKEEPER_RUNNER_HELPER_STARTS_H
#define GATEKEEPER_RUNNER_HELPER_STARTS_H

#include "gatekeeper/runner/runner_helper.h"

/* Before the first request: what books of earlier boots say of runs is written
 * into the runs' own files where those do not say it.  -1 with ERR: it cannot
 * be, and nothing may be started. */
int helper_starts_restore(struct helper *h, struct err *err);
/* A supervisor of many runs has ended: once in a while all runs' files are put
 * on disk and the books go. */
void helper_starts_ended(struct helper *h);

#endif
