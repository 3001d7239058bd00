/* gatekeeper/life/life_tasks.c - views of a job's tasks for its owner; see
 * life.h. */
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
        .hosts = xstrdup_or_null(task->hosts),
        .exit = task->exit,
    };
}

/* The requested range of tasks, and the result. */
struct tasks {
    uint32_t from, max, total;
    struct life_task_view *of;
    size_t n;
};

static void
fill_all(const struct life_job *job, void *arg)
{
    struct tasks *t = arg;

    t->total = job->ntasks;
    if (t->from < job->ntasks)
        t->n = job->ntasks - t->from < t->max ? job->ntasks - t->from : t->max;
    t->of = xcalloc(t->n + 1, sizeof(*t->of));
    for (size_t i = 0; i < t->n; i++)
        fill(&t->of[i], &job->task[t->from + i]);
}

int
life_tasks(struct life *l, const char *owner, const char *id, uint32_t from,
           uint32_t max, struct life_task_view **tasks, size_t *n,
           uint32_t *total, struct err *err)
{
    struct tasks t = { .from = from, .max = max };
    int rc = life_view_look(l, owner, id, fill_all, &t, err);

    *tasks = t.of;
    *n = t.n;
    *total = t.total;
    return rc;
}

static void
ignore(const struct life_job *job, void *arg)
{
    (void)job;
    (void)arg;
}

int
life_sweep(struct life *l, const char *owner, const char *id,
           struct sweep **sweep, struct err *err)
{
    struct store_job kept;
    struct job record;
    int rc;

    *sweep = NULL;
    if (life_view_look(l, owner, id, ignore, NULL, err) < 0 ||
        l->store->load(l->store_self, id, &kept, err) < 0)
        return -1;
    rc = job_from_json(kept.record, &record, err);
    if (rc == 0 && record.sweep != NULL)
        rc = sweep_parse(record.sweep, sweep, err);
    job_fini(&record);
    store_job_fini(&kept);
    return rc;
}

void
life_tasks_free(struct life_task_view *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(tasks[i].sched_id);
        free(tasks[i].fault);
        free(tasks[i].hosts);
    }
    free(tasks);
}
