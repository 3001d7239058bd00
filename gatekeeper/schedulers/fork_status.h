/* gatekeeper/schedulers/fork_status.h - translates the runner's view of fork's
 * tasks into that of scheduler.h. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_STATUS_H
#define GATEKEEPER_SCHEDULERS_FORK_STATUS_H

#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"

/* struct scheduler's find(), from the files of N jobs. */
int fork_status_find(struct runner *r, const struct sched_job *jobs, size_t n,
                     struct sched_found **found, size_t *nfound,
                     struct err *err);
/* The scheduler id of JOB: the job's id, or for a task of an array its
 * number. */
void fork_status_name(const struct sched_job *job, char sched_id[SCHED_ID_MAX]);
/* The task was cancelled before any supervisor could record it. */
void fork_status_cancelled(struct sched_status *out);

#endif
