/* gatekeeper/life/life_tasks.c - the tasks of a job as its owner may see them;
 * see life.h. */
#include <stdlib.h>

#include "gatekeeper/life/life_core.h"

static void
fill(struct life_task_view *v, const struct life_task *task)
{
    *v = (struct life_task_view){
        .index = life_table_index(task),
        .attempt = task->attempt,
        .state = (enum task_state)task->state,
        .sched_id = task->sched_id != NULL ? xstrdup(task->sched_id) : NULL,
        .fault = task->fault != NULL ? xstrdup(task->fault) : NULL,
        .exit = task->exit,
    };
}

int
life_tasks(struct life *l, const char *owner, const char *id, uint32_t from,
           uint32_t max, struct life_task_view **tasks, size_t *n,
           uint32_t *total, struct err *err)
{
    struct life_job *job;

    *tasks = NULL;
    *n = *total = 0;
    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job != NULL) {
        *total = job->ntasks;
        if (from < job->ntasks)
            *n = job->ntasks - from < max ? job->ntasks - from : max;
        *tasks = xcalloc(*n + 1, sizeof(**tasks));
        for (size_t i = 0; i < *n; i++)
            fill(&(*tasks)[i], &job->task[from + i]);
    }
    lock_release(&l->lock);
    return job != NULL ? 0 : err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
}

void
life_tasks_free(struct life_task_view *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(tasks[i].sched_id);
        free(tasks[i].fault);
    }
    free(tasks);
}
