/* gatekeeper/runner/helper_starts.h - an account's start books
 * (gatekeeper/supervisor/startbook.h) after their supervisors have ended. */
#ifndef GATEKEEPER_RUNNER_HELPER_STARTS_H
#define GATEKEEPER_RUNNER_HELPER_STARTS_H

#include "gatekeeper/runner/runner_helper.h"

/* Before the first request: restore the runs' own files from books of earlier
 * boots where they are missing.  -1 with ERR: this failed, and nothing may be
 * started. */
int helper_starts_restore(struct helper *h, struct err *err);
/* A shared supervisor has ended: from time to time sync all runs' files and
 * remove the books. */
void helper_starts_ended(struct helper *h);

#endif
