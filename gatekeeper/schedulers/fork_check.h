/* gatekeeper/schedulers/fork_check.h - which jobs this host can run at all. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_CHECK_H
#define GATEKEEPER_SCHEDULERS_FORK_CHECK_H

#include "jobs/job.h"

/* struct scheduler's check(): -1 with ERR UNSUPPORTED when JOB asks for more
 * than this host has, or for what only a batch system does.  SELF is not used.
 */
int fork_check(void *self, const struct job *job, struct err *err);

#endif
