/* gatekeeper/life/life_act_submit.c - the action that submits tasks to a
 * scheduler, each exactly once. */
#include <stdlib.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_act.h"

/* Cancel all jobs under S's submit name. */
static void
cancel_found(struct life_sched *sched, const struct sched_job *s,
             const struct sched_found *found, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sched_status *st = &found[i].status;
        struct sched_job other = *s;
        struct err err = ERR_INIT;

        if (st->state == SCHED_ENDED || st->state == SCHED_LOST)
            continue;
        other.sched_id = st->sched_id;
        log_event(LOG_NOTICE, "job.duplicate", "job=%s id=%s", s->id,
                  other.sched_id);
        if (sched->table->cancel(sched->self, &other, 1, &err) < 0)
            log_event(LOG_WARNING, "job.duplicate.fail", "job=%s why=%s", s->id,
                      err.text);
    }
}

/* Choose which of the N jobs that an earlier try left under S's name is the
 * task.  If the task is to be CANCELled, cancel all.  NULL: none. */
static const struct sched_found *
adopt(struct life_sched *sched, const struct sched_job *s, bool cancel,
      const struct sched_found *found, size_t n)
{
    const struct sched_found *keep = NULL;

    /* One that runs or has run is the task; otherwise any held one. */
    for (size_t i = 0; i < n && !cancel; i++)
        if (keep == NULL || keep->status.state == SCHED_HELD)
            keep = &found[i];
    /* poll() cancels the other copies: cancel() goes by the name. */
    if (keep == NULL)
        cancel_found(sched, s, found, n);
    else
        log_event(LOG_NOTICE, "job.adopt", "job=%s id=%s", s->id,
                  keep->status.sched_id);
    return keep;
}

/* The tasks of one job that are to be submitted. */
struct handover {
    struct life_task **task;
    struct sched_job *job;
    char (*name)[LIFE_NAME_MAX];
    bool *tried,
        *cancel; /* it may exist at the scheduler; it is to be cancelled */
    char (*sched_id)[SCHED_ID_MAX];
    struct err *err; /* of each */
    size_t n;
};

static struct handover
handover_new(size_t room)
{
    return (struct handover){ .task = xcalloc(room, sizeof(struct life_task *)),
                              .job = xcalloc(room, sizeof(struct sched_job)),
                              .name = xcalloc(room, LIFE_NAME_MAX),
                              .tried = xcalloc(room, sizeof(bool)),
                              .cancel = xcalloc(room, sizeof(bool)),
                              .sched_id = xcalloc(room, SCHED_ID_MAX),
                              .err = xcalloc(room, sizeof(struct err)) };
}

static void
handover_fini(struct handover *h)
{
    free(h->task);
    free(h->job);
    free(h->name);
    free(h->tried);
    free(h->cancel);
    free(h->sched_id);
    free(h->err);
}

/* Move task I of H to position M. */
static void
handover_move(struct handover *h, size_t i, size_t m)
{
    h->task[m] = h->task[i];
    h->job[m] = h->job[i];
    h->tried[m] = h->tried[i];
    h->cancel[m] = h->cancel[i];
}

/* Add those of N TASKS that are Submitting to H, and set tried. */
static void
begin_submit(struct life *l, struct life_task **tasks, size_t n,
             struct handover *h)
{
    lock_take(&l->lock);
    for (size_t i = 0; i < n && life_fence_open(l); i++) {
        if (tasks[i]->state != TASK_SUBMITTING)
            continue;
        h->tried[h->n] = tasks[i]->tried;
        h->cancel[h->n] = life_table_cancelled(tasks[i]);
        tasks[i]->tried = tasks[i]->unseen = true;
        h->task[h->n++] = tasks[i];
    }
    lock_release(&l->lock);
}

/* The scheduler has TASK as SCHED_ID under S's submit name. */
static void
report_submitted(struct life_report *r, const struct life_task *task,
                 const struct sched_job *s, const char *sched_id)
{
    const struct life_job *job = task->item.job;

    test_point("gk.submit");
    log_event(job->ntasks == 1 ? LOG_NOTICE : LOG_INFO, "job.submit",
              "job=%s task=%u scheduler=%s id=%s name=%s", s->id,
              life_table_index(task), job->sched->table->name, sched_id,
              s->submit_name);
    life_report_mark(r, task, LIFE_EV_SUBMITTED, TASK_SUBMITTING)->sched_id =
        xstrdup(sched_id);
}

/* Ask once for what earlier tries may have left of the tried tasks of H, which
 * come first.  -1: unknown. */
static int
find_tried(struct life_report *r, struct life_sched *sched, struct handover *h,
           struct sched_found **found, size_t *nfound)
{
    struct err err = ERR_INIT;
    size_t m = 0;

    *found = NULL;
    *nfound = 0;
    while (m < h->n && h->tried[m])
        m++;
    if (m == 0 ||
        sched->table->find(sched->self, h->job, m, found, nfound, &err) == 0)
        return 0;
    for (size_t i = 0; i < m; i++)
        life_report_failed(r, h->task[i], LIFE_DO_submit, TASK_SUBMITTING,
                           &err);
    return -1;
}

/* Sort the tried tasks of H to the front. */
static void
sort_tried(struct handover *h)
{
    size_t m = 0;

    for (size_t i = 0; i < h->n; i++) {
        struct life_task *task = h->task[i];
        bool cancel = h->cancel[i];

        if (!h->tried[i])
            continue;
        handover_move(h, m, i);
        h->task[m] = task;
        h->cancel[m] = cancel;
        h->tried[m++] = true;
    }
}

/* Report the tasks of H that need no submission, and remove them from H. */
static void
look(struct life_report *r, struct life_sched *sched, struct handover *h)
{
    struct sched_found *found;
    size_t nfound, m = 0, at = 0;
    bool known = find_tried(r, sched, h, &found, &nfound) == 0;

    for (size_t i = 0; i < h->n; i++) {
        const struct sched_found *keep = NULL;
        size_t first = at;

        if (h->tried[i] && !known)
            continue;
        while (at < nfound && found[at].of == i)
            at++;
        if (at > first)
            keep = adopt(sched, &h->job[i], h->cancel[i], &found[first],
                         at - first);
        if (keep != NULL)
            report_submitted(r, h->task[i], &h->job[i], keep->status.sched_id);
        else if (h->cancel[i])
            life_report_mark(r, h->task[i], LIFE_EV_KILLED, TASK_SUBMITTING);
        else
            handover_move(h, i, m++);
    }
    free(found);
    h->n = m;
}

/* Submit H, held, in one call. */
static void
hand_over(struct life_report *r, struct life_sched *sched, struct handover *h)
{
    struct err err = ERR_INIT;
    int rc;

    if (h->n == 0)
        return;
    rc = sched->table->submit(sched->self, h->job, h->n, h->sched_id, h->err,
                              &err);
    for (size_t i = 0; i < h->n; i++)
        if (rc < 0 || h->err[i].code != ERR_OK)
            life_report_failed(r, h->task[i], LIFE_DO_submit, TASK_SUBMITTING,
                               rc < 0 ? &err : &h->err[i]);
        else
            report_submitted(r, h->task[i], &h->job[i], h->sched_id[i]);
}

/* Submit N tasks of one job. */
static void
submit_job(struct life *l, struct life_task **tasks, size_t n)
{
    struct life_sched *sched = tasks[0]->item.job->sched;
    struct life_report r = { .l = l };
    struct handover h = handover_new(n);
    struct err err = ERR_INIT;
    struct job record;
    int rc = 0;

    begin_submit(l, tasks, n, &h);
    sort_tried(&h);
    if (h.n > 0) {
        test_point("gk.intent");
        rc = life_record_load(l, tasks[0]->item.job, &record, &err);
    }
    for (size_t i = 0; i < h.n; i++)
        if (rc == 0)
            h.job[i] = life_report_sched_job(h.task[i], &record, h.name[i]);
        else
            life_report_failed(&r, h.task[i], LIFE_DO_submit, TASK_SUBMITTING,
                               &err);
    if (h.n > 0 && rc == 0) {
        look(&r, sched, &h);
        hand_over(&r, sched, &h);
        job_fini(&record);
    }
    life_report_end(&r);
    handover_fini(&h);
}

void
life_act_submit(struct life *l, struct life_task **tasks, size_t n)
{
    size_t end;

    for (size_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (tasks[end]->item.job != tasks[i]->item.job)
                break;
        submit_job(l, tasks + i, end - i);
    }
}
