/* gatekeeper/life/life_reopen.h - clears what is stored about tasks that are
 * resubmitted; for life_step.c. */
#ifndef GATEKEEPER_LIFE_REOPEN_H
#define GATEKEEPER_LIFE_REOPEN_H

#include "gatekeeper/life/life_step.h"

/* The fault text of those tasks of S's job that failed and are not resubmitted;
 * the caller frees it; NULL: there are none. */
char *life_reopen_fault(const struct life_step *s);
/* Reset JOB to a job that is not over. */
void life_reopen_job(struct life_job *job);
/* Reset TASK to the start of ATTEMPT. */
void life_reopen_task(struct life_task *task, unsigned attempt);

#endif
