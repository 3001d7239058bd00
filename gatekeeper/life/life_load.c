/* gatekeeper/life/life_load.c - loads jobs from the store and continues them
 * from their stored states; see life_core.h. */
#include <stdlib.h>

#include "base/log.h"
#include "gatekeeper/life/life_act.h"

/* Set the flags of JOB from its stored record. */
static int
note_record(struct life_job *job, const char *json, struct err *err)
{
    struct job record;

    if (json == NULL)
        return 0;
    if (job_from_json(json, &record, err) < 0)
        return err_wrap(err, "job '%s'", job->id);
    life_table_note(job, &record);
    job_fini(&record);
    return 0;
}

int
life_load_job(struct life *l, struct store_job *j, struct life_job **out,
              struct err *err)
{
    struct life_job *job = life_table_make(l, j);

    if (note_record(job, j->record, err) < 0) {
        life_table_free(job);
        return -1;
    }
    if (job->sched == NULL)
        log_event(LOG_WARNING, "job.orphan", "job=%s scheduler=%s", job->id,
                  j->scheduler);
    job->credential = job->delegation_id != NULL && job->account != NULL;
    life_table_enter(l, job);
    *out = job;
    return 0;
}

/* All jobs on their way from the store into memory. */
struct loading {
    struct life *l;
    struct err err; /* why loading failed */
};

static int
load_one(struct store_job *j, void *arg)
{
    struct loading *loading = arg;
    struct life_job *job;

    return life_load_job(loading->l, j, &job, &loading->err);
}

int
life_load(struct life *l, struct err *err)
{
    struct loading loading = { .l = l, .err = ERR_INIT };

    if (l->store->each(l->store_self, load_one, &loading, err) < 0)
        return -1;
    if (loading.err.code != ERR_OK)
        return err_set(err, loading.err.code, "%s", loading.err.text);
    log_event(LOG_NOTICE, "life.load", "jobs=%zu accepting=%s", l->jobs.count,
              l->accepting ? "yes" : "no");
    return 0;
}

/* Continue a task from its stored state. */
static void
resume_task(struct life *l, struct life_task *task)
{
    enum life_action action = task_state_resume((enum task_state)task->state);
    bool cancel = life_table_cancelled(task);

    if (action == LIFE_DO_release && cancel)
        action = LIFE_DO_kill;
    if (action == LIFE_DO_watch && cancel)
        life_lane_push(l, &task->item, LIFE_DO_kill);
    life_lane_push(l, &task->item, action);
}

void
life_load_resume(struct life *l, struct life_job *job)
{
    if (life_state_final((enum life_state)job->state))
        return;
    life_lane_push_job(l, job, life_state_resume((enum life_state)job->state));
    for (uint32_t i = 0; i < job->ntasks; i++)
        resume_task(l, &job->task[i]);
}

void
life_load_expect(struct life_job *job)
{
    char name[LIFE_NAME_MAX];

    if (job->sched == NULL || job->sched->table->expect == NULL)
        return;
    for (uint32_t i = 0; i < job->ntasks; i++) {
        struct sched_job s =
            life_report_sched_job_locked(&job->task[i], NULL, name);

        if (task_state_submitted((enum task_state)job->task[i].state))
            job->sched->table->expect(job->sched->self, &s);
    }
}
