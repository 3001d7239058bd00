/* gatekeeper/life/life_reopen.h - what is forgotten when tasks of a job are run
 * once more; for life_step.c. */
#ifndef GATEKEEPER_LIFE_REOPEN_H
#define GATEKEEPER_LIFE_REOPEN_H

#include "gatekeeper/life/life_step.h"

/* What is told of those tasks of S's job that failed and are not run once more,
 * the caller's; NULL: nothing. */
char *life_reopen_fault(const struct life_step *s);
/* JOB is not over any more. */
void life_reopen_job(struct life_job *job);
/* TASK is at ATTEMPT, of which nothing is known yet. */
void life_reopen_task(struct life_task *task, unsigned attempt);

#endif
