/* gatekeeper/schedulers/fork_status.c - see fork_status.h. */
#include "gatekeeper/schedulers/fork_status.h"

#include <stdio.h>
#include <string.h>

struct runner_task
fork_status_run(const struct sched_job *job)
{
    bool plain = job->tasks <= 1 && job->attempt <= 1;

    return (struct runner_task){ .job = job->id,
                                 .task = plain ? 0 : job->task,
                                 .attempt = plain ? 0 : job->attempt };
}

void
fork_status_name(const struct sched_job *job, char sched_id[SCHED_ID_MAX])
{
    if (job->tasks > 1)
        snprintf(sched_id, SCHED_ID_MAX, "%u", job->task);
    else
        snprintf(sched_id, SCHED_ID_MAX, "%s", job->id);
}

void
fork_status_cancelled(struct sched_status *out)
{
    out->state = SCHED_ENDED;
    out->exit = (struct sched_exit){ .code = -1,
                                     .user_ms = -1,
                                     .system_ms = -1,
                                     .maxrss = -1,
                                     .fault = "cancelled before it began" };
}
