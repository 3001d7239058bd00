/* gatekeeper/life/life_report.c - collects the results of a scheduler's turn
 * about tasks, one note per job; see life_act.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_act.h"

struct sched_job
life_report_sched_job(const struct life_task *task, const struct job *record,
                      char name[LIFE_NAME_MAX])
{
    struct life *l = task->item.job->sched->life;
    struct sched_job s;

    lock_take(&l->lock);
    s = life_report_sched_job_locked(task, record, name);
    lock_release(&l->lock);
    return s;
}

struct sched_job
life_report_sched_job_locked(const struct life_task *task,
                             const struct job *record, char name[LIFE_NAME_MAX])
{
    const struct life_job *job = task->item.job;

    life_table_submit_name(job, life_table_index(task), task->attempt, name);
    return (struct sched_job){
        .id = job->id,
        .task = life_table_index(task),
        .attempt = task->attempt,
        .tasks = job->ntasks,
        .limit = job->limit,
        .submit_name = name,
        .account = job->account != NULL ? job->account : "",
        .session = job->session != NULL ? job->session : "",
        .sched_id = task->sched_id != NULL ? task->sched_id : "",
        .job = record,
        .credential = job->credential,
        .submitted_ms = task->unseen ? 0 : job->entered_ms[LIFE_PENDING],
        .started = task->state == TASK_RUNNING || task->state == TASK_SUSPENDED,
        .force = life_retry_count(&task->item, LIFE_DO_kill) > 0,
    };
}

void
life_report_end(struct life_report *r)
{
    if (r->note != NULL)
        life_note_post(r->l, r->note);
    r->note = NULL;
}

struct life_mark *
life_report_mark(struct life_report *r, const struct life_task *task,
                 enum life_event event, enum task_state expect)
{
    const struct life_job *job = task->item.job;

    if (r->note != NULL && strcmp(r->note->id, job->id) != 0)
        life_report_end(r);
    if (r->note == NULL)
        r->note = life_note_create(job->id, event, -1);
    return life_note_mark(r->note, task, event, expect);
}

/* End TASK at its scheduler by all means there; this may fail. */
static void
end_task(const struct life_task *task)
{
    const struct life_sched *sched = task->item.job->sched;
    char name[LIFE_NAME_MAX];
    struct err err = ERR_INIT;
    struct sched_job s;

    if (sched == NULL)
        return;
    s = life_report_sched_job(task, NULL, name);
    s.force = true;
    if (sched->table->cancel(sched->self, &s, 1, &err) < 0)
        log_event(LOG_WARNING, "job.end.fail", "job=%s why=%s", s.id, err.text);
}

/* ACTION cannot be done for TASK, which is in EXPECT: take its way out, after
 * ending the task at its scheduler as far as possible. */
static void
give_up(struct life_report *r, struct life_task *task, enum life_action action,
        enum task_state expect, const struct err *err)
{
    struct err why = *err;
    struct life_mark *mark;

    if (action != LIFE_DO_submit)
        end_task(task);
    if (life_state_way_out(action) == LIFE_OUT_KILLED) {
        log_event(LOG_ERR, "job.abandon", "job=%s why=%s", task->item.job->id,
                  err->text);
        life_report_mark(r, task, LIFE_EV_KILLED, expect)->doubt = true;
        return;
    }
    if (err_transient(err->code))
        err_wrap(&why, "given up after %u tries",
                 life_retry_count(&task->item, action));
    mark = life_report_mark(r, task, LIFE_EV_FAULT, expect);
    mark->fault = xstrdup(why.text);
    mark->doubt = err_transient(err->code);
}

void
life_report_failed(struct life_report *r, struct life_task *task,
                   enum life_action action, enum task_state expect,
                   const struct err *err)
{
    struct life *l = r->l;
    bool again = false;

    if (err_transient(err->code)) {
        lock_take(&l->lock);
        again = !life_fence_open(l) || life_retry(l, &task->item, action, err);
        lock_release(&l->lock);
    }
    if (!again)
        give_up(r, task, action, expect, err);
}
