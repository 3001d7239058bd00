/* gatekeeper/life/life_reopen.c - see life_reopen.h. */
#include "gatekeeper/life/life_reopen.h"

#include <stdlib.h>

/* Whether task INDEX failed and is not resubmitted by the step. */
static bool
keeps_fault(const struct life_step *s, uint32_t index)
{
    if (s->job->ntasks == 1 || s->job->task[index].state != TASK_FAILED ||
        s->job->task[index].fault == NULL)
        return false;
    for (size_t i = 0; i < s->ntasks; i++)
        if (s->task[i].index == index)
            return false;
    return true;
}

char *
life_reopen_fault(const struct life_step *s)
{
    for (uint32_t i = 0; i < s->job->ntasks; i++)
        if (keeps_fault(s, i))
            return xasprintf("task %u: %s", i, s->job->task[i].fault);
    return NULL;
}

void
life_reopen_job(struct life_job *job)
{
    job->outcome = LIFE_DONE;
    job->failed_state = LIFE_NEW;
    job->cancel = false;
    free(job->unclean);
    job->unclean = NULL;
    life_table_retire(job, &job->fault);
}

void
life_reopen_task(struct life_task *task, unsigned attempt)
{
    struct life_job *job = task->item.job;

    task->attempt = (uint16_t)attempt;
    task->tried = task->unseen = task->cancel = task->doubt = false;
    task->kill_again_ms = 0;
    task->exit = (struct store_exit){ .set = false };
    life_table_retire(job, &task->sched_id);
    life_table_retire(job, &task->fault);
    life_table_retire(job, &task->hosts);
}
