/* gatekeeper/schedulers/sched_record.c - see sched_record.h. */
#include "gatekeeper/schedulers/sched_record.h"

#include <stdio.h>
#include <string.h>

struct runner_task
sched_record_run(const struct sched_job *job)
{
    bool plain = job->tasks <= 1 && job->attempt <= 1;

    return (struct runner_task){ .job = job->id,
                                 .task = plain ? 0 : job->task,
                                 .attempt = plain ? 0 : job->attempt };
}

struct runner_task
sched_record_launch(const struct sched_job *job)
{
    return job->tasks <= 1 ? sched_record_run(job)
                           : (struct runner_task){ .job = job->id };
}

void
sched_record_translate(const struct runner_status *st, struct sched_status *out)
{
    const struct exitrec *rec = &st->exit;
    struct sched_exit *x = &out->exit;

    out->started_ms = rec->t_start_ms;
    *x = (struct sched_exit){ .code = -1,
                              .started_ms = rec->t_start_ms,
                              .ended_ms = rec->t_end_ms,
                              .user_ms = -1,
                              .system_ms = -1,
                              .maxrss = -1 };
    if (st->state == RUNNER_HELD)
        out->state = SCHED_HELD;
    else if (st->state == RUNNER_RUNNING)
        out->state = st->stopped ? SCHED_SUSPENDED : SCHED_RUNNING;
    else if (st->state == RUNNER_LOST || st->state == RUNNER_ENDED)
        out->state = st->state == RUNNER_LOST ? SCHED_LOST : SCHED_ENDED;
    memcpy(x->fault, rec->text, sizeof(x->fault));
    if (st->state != RUNNER_ENDED)
        return;
    x->signal = rec->signal;
    x->code = rec->signal != 0 ? -1 : rec->exit_code;
    x->user_ms = rec->cpu_user_ms;
    x->system_ms = rec->cpu_system_ms;
    x->maxrss = rec->max_rss;
}

void
sched_record_lost(struct sched_status *out, const char *why)
{
    *out = (struct sched_status){ .state = SCHED_LOST };
    out->exit = (struct sched_exit){
        .code = -1, .user_ms = -1, .system_ms = -1, .maxrss = -1
    };
    snprintf(out->exit.fault, sizeof(out->exit.fault), "%s", why);
}

bool
sched_record_failed(enum err_code code, const char *text,
                    struct sched_status *out)
{
    if (code == ERR_OK)
        return false;
    if (code == ERR_NOT_FOUND) {
        sched_record_lost(out, "the job's session directory is gone");
    } else if (code == ERR_AUTHZ) {
        sched_record_lost(out,
                          "the job's files in its session cannot be trusted");
    } else {
        *out = (struct sched_status){ .state = SCHED_UNKNOWN };
        snprintf(out->exit.fault, sizeof(out->exit.fault), "%s", text);
    }
    return true;
}
