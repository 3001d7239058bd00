/* gatekeeper/schedulers/fork_status.h - the fork scheduler's tasks in the
 * runner's words and in the engine's. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_STATUS_H
#define GATEKEEPER_SCHEDULERS_FORK_STATUS_H

#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"

/* struct scheduler's find(): what the files of N jobs say. */
int fork_status_find(struct runner *r, const struct sched_job *jobs, size_t n,
                     struct sched_found **found, size_t *nfound,
                     struct err *err);
/* The scheduler's id of JOB: the job's, or of an array's task its number. */
void fork_status_name(const struct sched_job *job, char sched_id[SCHED_ID_MAX]);
/* It was ended before any supervisor was there to write it down. */
void fork_status_cancelled(struct sched_status *out);

#endif
