/* gatekeeper/schedulers/fork_check.h - which jobs this host can run. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_CHECK_H
#define GATEKEEPER_SCHEDULERS_FORK_CHECK_H

#include "jobs/job.h"

/* struct scheduler's check(): -1 with ERR UNSUPPORTED if JOB needs more than
 * this host has, or a feature of batch systems.  SELF is not used. */
int fork_check(void *self, const struct job *job, struct err *err);

#endif
