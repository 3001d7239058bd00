/* gatekeeper/schedulers/fork_status.c - see fork_status.h. */
#include "gatekeeper/schedulers/fork_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/schedulers/sched_record.h"

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

int
fork_status_find(struct runner *r, const struct sched_job *jobs, size_t n,
                 struct sched_found **found, size_t *nfound, struct err *err)
{
    struct runner_task *run = xcalloc(n, sizeof(*run));
    struct runner_status *st = xcalloc(n, sizeof(*st));
    enum err_code *code = xcalloc(n, sizeof(*code));
    int rc;

    *found = xcalloc(n, sizeof(**found));
    *nfound = 0;
    for (size_t i = 0; i < n; i++)
        run[i] = sched_record_run(&jobs[i]);
    rc = runner_status_many(r, run, NULL, n, st, code, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct sched_found *one = &(*found)[*nfound];

        if (code[i] != ERR_OK)
            rc = err_set(err, code[i], "%s", st[i].exit.text);
        if (st[i].state == RUNNER_NONE)
            continue; /* at most a launch file, which submit() rewrites */
        one->of = i;
        fork_status_name(&jobs[i], one->status.sched_id);
        sched_record_translate(&st[i], &one->status);
        ++*nfound;
    }
    free(run);
    free(st);
    free(code);
    return rc;
}
