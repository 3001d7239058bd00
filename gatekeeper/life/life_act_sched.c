/* gatekeeper/life/life_act_sched.c - the table's actions at a scheduler:
 * exactly one start, watched until its end. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_act.h"

#define RELEASE_AGAIN_MS 500
#define KILL_MORE_MS     10000 /* beyond the grace */

/* N tasks as their scheduler is told of them. */
struct asked {
    struct sched_job *job;
    char (*name)[LIFE_NAME_MAX];
};

static struct asked
ask_about(struct life_task **tasks, size_t n)
{
    struct asked a = { .job = xcalloc(n, sizeof(*a.job)),
                       .name = xcalloc(n, sizeof(*a.name)) };

    for (size_t i = 0; i < n; i++)
        a.job[i] = life_report_sched_job(tasks[i], NULL, a.name[i]);
    return a;
}

static void
asked_fini(struct asked *a)
{
    free(a->job);
    free(a->name);
}

/* ---- submission ---- */

/* All but KEEP of what exists under S's name must go: it is held, or a second
 * copy that our own marker keeps from running. */
static void
cancel_found(struct life_sched *sched, const struct sched_job *s,
             const struct sched_status *found, int n, int keep)
{
    for (int i = 0; i < n; i++) {
        struct sched_job other = *s;
        struct err err = ERR_INIT;

        if (i == keep || found[i].state == SCHED_ENDED ||
            found[i].state == SCHED_LOST)
            continue;
        other.sched_id = found[i].sched_id;
        log_event(LOG_NOTICE, "job.duplicate", "job=%s id=%s", s->id,
                  other.sched_id);
        if (sched->table->cancel(sched->self, &other, 1, &err) < 0)
            log_event(LOG_WARNING, "job.duplicate.fail", "job=%s why=%s", s->id,
                      err.text);
    }
}

/* Look for what an earlier try may have left under S's name.  1: SCHED_ID is
 * adopted; 0: there is nothing; -1 with ERR: not known. */
static int
adopt(struct life_sched *sched, const struct sched_job *s, bool cancel,
      char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct sched_status found[8];
    int n = sched->table->find(sched->self, s, found, 8, err), keep = -1;

    if (n < 0)
        return -1;
    if (n > 8)
        n = 8;
    /* One that runs or ran is the task; else any held one will do. */
    for (int i = 0; i < n && !cancel; i++)
        if (keep < 0 || found[keep].state == SCHED_HELD)
            keep = i;
    cancel_found(sched, s, found, n, keep);
    if (keep < 0)
        return 0;
    memcpy(sched_id, found[keep].sched_id, SCHED_ID_MAX);
    log_event(LOG_NOTICE, "job.adopt", "job=%s id=%s", s->id, sched_id);
    return 1;
}

/* Those of N TASKS that are Submitting go to the front, and count as tried;
 * tried[i] is whether they did before.  *cancel: so was the job. */
static size_t
begin_submit(struct life *l, struct life_task **tasks, size_t n, bool *tried,
             bool *cancel)
{
    size_t m = 0;

    lock_take(&l->lock);
    *cancel = tasks[0]->item.job->cancel;
    for (size_t i = 0; i < n && !l->stop; i++) {
        if (tasks[i]->state != TASK_SUBMITTING)
            continue;
        tried[m] = tasks[i]->tried;
        tasks[i]->tried = true;
        tasks[m++] = tasks[i];
    }
    lock_release(&l->lock);
    return m;
}

/* Tasks of one job that are to be handed over. */
struct handover {
    struct life_task **task;
    struct sched_job *job;
    char (*name)[LIFE_NAME_MAX];
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
                              .sched_id = xcalloc(room, SCHED_ID_MAX),
                              .err = xcalloc(room, sizeof(struct err)) };
}

static void
handover_fini(struct handover *h)
{
    free(h->task);
    free(h->job);
    free(h->name);
    free(h->sched_id);
    free(h->err);
}

static void
report_submitted(struct life_report *r, const struct life_task *task,
                 const char *sched_id)
{
    test_point("gk.submit");
    life_report_mark(r, task, LIFE_EV_SUBMITTED, TASK_SUBMITTING)->sched_id =
        xstrdup(sched_id);
}

/* Find out what is left to do for TASK, tried before or not: it joins H, or is
 * reported. */
static void
look(struct life_report *r, struct handover *h, struct life_task *task,
     bool tried, bool cancel, const struct job *record)
{
    struct life_sched *sched = task->item.job->sched;
    char sched_id[SCHED_ID_MAX] = "";
    struct sched_job s = life_report_sched_job(task, record, h->name[h->n]);
    struct err err = ERR_INIT;
    int rc = tried ? adopt(sched, &s, cancel, sched_id, &err) : 0;

    if (rc < 0) {
        life_report_failed(r, task, LIFE_DO_submit, TASK_SUBMITTING, &err);
    } else if (rc > 0) {
        report_submitted(r, task, sched_id);
    } else if (cancel) {
        life_report_mark(r, task, LIFE_EV_KILLED, TASK_SUBMITTING);
    } else {
        h->task[h->n] = task;
        h->job[h->n++] = s;
    }
}

/* Hand H over, held, in one call. */
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
            report_submitted(r, h->task[i], h->sched_id[i]);
}

/* N tasks of one job. */
static void
submit_job(struct life *l, struct life_task **tasks, size_t n)
{
    struct life_report r = { .l = l };
    bool *tried = xcalloc(n, sizeof(*tried)), cancel = false;
    struct handover h = handover_new(n);
    struct err err = ERR_INIT;
    struct job record;
    int rc = 0;

    n = begin_submit(l, tasks, n, tried, &cancel);
    if (n > 0) {
        test_point("gk.intent");
        rc = life_record_load(l, tasks[0]->item.job, &record, &err);
    }
    for (size_t i = 0; i < n; i++)
        if (rc == 0)
            look(&r, &h, tasks[i], tried[i], cancel, &record);
        else
            life_report_failed(&r, tasks[i], LIFE_DO_submit, TASK_SUBMITTING,
                               &err);
    if (n > 0 && rc == 0) {
        hand_over(&r, tasks[0]->item.job->sched, &h);
        job_fini(&record);
    }
    life_report_end(&r);
    handover_fini(&h);
    free(tried);
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

/* ---- release and kill ---- */

/* Those of TASKS that ACTION still concerns. */
static size_t
sift(struct life *l, enum life_action action, struct life_task **tasks,
     size_t n)
{
    size_t m = 0;

    lock_take(&l->lock);
    for (size_t i = 0; i < n && !l->stop; i++) {
        const struct life_task *task = tasks[i];
        bool cancel = task->item.job->cancel;
        bool live = task_state_submitted((enum task_state)task->state);

        if (task->in_batch)
            live = live && action == LIFE_DO_kill;
        if (action == LIFE_DO_release ? task->state == TASK_PENDING && !cancel
            : action == LIFE_DO_kill  ? live && cancel
                                      : live)
            tasks[m++] = tasks[i];
    }
    lock_release(&l->lock);
    return m;
}

/* Where the scheduler is asked by owner, N TASKS are looked at soon. */
static void
watch_soon(struct life *l, struct life_task **tasks, size_t n)
{
    if (!tasks[0]->item.job->sched->table->poll_by_owner)
        return;
    lock_take(&l->lock);
    for (size_t i = 0; i < n; i++)
        life_lane_push(l, &tasks[i]->item, LIFE_DO_watch);
    lock_release(&l->lock);
}

void
life_act_release(struct life *l, struct life_task **tasks, size_t n)
{
    struct life_sched *sched = tasks[0]->item.job->sched;
    struct life_report r = { .l = l };
    struct err *errs, err = ERR_INIT;
    struct asked a;
    int rc;

    n = sift(l, LIFE_DO_release, tasks, n);
    if (n == 0)
        return;
    test_point("gk.commit");
    a = ask_about(tasks, n);
    errs = xcalloc(n, sizeof(*errs));
    rc = sched->table->release(sched->self, a.job, n, errs, &err);
    test_point("gk.release");
    for (size_t i = 0; i < n; i++)
        if (rc < 0 || errs[i].code != ERR_OK)
            life_report_failed(&r, tasks[i], LIFE_DO_release, TASK_PENDING,
                               rc < 0 ? &err : &errs[i]);
    life_report_end(&r);
    free(errs);
    asked_fini(&a);
    watch_soon(l, tasks, n); /* a short one may be over already */
}

static enum task_state
state_of(struct life *l, const struct life_task *task)
{
    enum task_state state;

    lock_take(&l->lock);
    state = (enum task_state)task->state;
    lock_release(&l->lock);
    return state;
}

/* N TASKS were told to end: so long they may live. */
static void
wait_for_end(struct life *l, struct life_task **tasks, size_t n)
{
    long long until = time_mono_ms() + KILL_MORE_MS +
                      conf_num(l->conf, CONF_gatekeeper_kill_grace) * 1000;

    lock_take(&l->lock);
    for (size_t i = 0; i < n; i++)
        tasks[i]->kill_again_ms = until;
    lock_release(&l->lock);
    watch_soon(l, tasks, n);
}

void
life_act_kill(struct life *l, struct life_task **tasks, size_t n)
{
    struct life_sched *sched = tasks[0]->item.job->sched;
    struct life_report r = { .l = l };
    struct err err = ERR_INIT;
    struct asked a;

    n = sift(l, LIFE_DO_kill, tasks, n);
    if (n == 0)
        return;
    test_point("gk.kill");
    a = ask_about(tasks, n);
    if (sched->table->cancel(sched->self, a.job, n, &err) == 0)
        wait_for_end(l, tasks, n);
    else
        for (size_t i = 0; i < n; i++)
            life_report_failed(&r, tasks[i], LIFE_DO_kill,
                               state_of(l, tasks[i]), &err);
    life_report_end(&r);
    asked_fini(&a);
}

/* ---- polling ---- */

static struct store_exit
exit_of(const struct sched_status *st)
{
    return (struct store_exit){
        .set = st->state == SCHED_ENDED,
        .code = st->exit.code,
        .signal = st->exit.signal,
        .started_ms = st->exit.started_ms,
        .ended_ms = st->exit.ended_ms,
        .user_ms = st->exit.user_ms,
        .system_ms = st->exit.system_ms,
        .maxrss = st->exit.maxrss,
    };
}

/* TASK is over. */
static void
report_end(struct life_report *r, const struct life_task *task, bool cancel,
           enum task_state state, const struct sched_status *st)
{
    enum life_event event = cancel                    ? LIFE_EV_KILLED
                            : st->state == SCHED_LOST ? LIFE_EV_FAULT
                                                      : LIFE_EV_EXITED;
    struct life_mark *mark;

    test_point("gk.exit");
    mark = life_report_mark(r, task, event, state);
    mark->exit = exit_of(st);
    if (st->exit.fault[0] != '\0' && !cancel)
        mark->fault = xstrdup(st->exit.fault);
    else if (st->state == SCHED_LOST && !cancel)
        mark->fault = xstrdup("the job was lost: it has no exit record");
    else if (st->exit.signal != 0 && !cancel)
        mark->fault = xasprintf("ended by signal %d (%s)", st->exit.signal,
                                strsignal(st->exit.signal));
}

/* The state of TASK is not known, because of TEXT. */
static void
not_known(struct life_report *r, struct life_task *task, const char *text)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_TIMEOUT, "the job's state cannot be learned: %s",
            text[0] != '\0' ? text : "the scheduler does not know it");
    life_report_failed(r, task, LIFE_DO_watch, state_of(r->l, task), &err);
}

/* TASK was told to end a while ago, and lives: tell it harder. */
static void
insist(struct life_report *r, struct life_task *task, enum task_state state)
{
    struct err err = ERR_INIT;
    bool in_vain;

    lock_take(&r->l->lock);
    in_vain = task->kill_again_ms > 0 && time_mono_ms() >= task->kill_again_ms;
    if (in_vain)
        task->kill_again_ms = 0;
    lock_release(&r->l->lock);
    if (!in_vain)
        return;
    err_set(&err, ERR_TIMEOUT, "the job was told to end and has not ended");
    life_report_failed(r, task, LIFE_DO_kill, state, &err);
}

static void
judge(struct life_report *r, struct life_task *task,
      const struct sched_status *st)
{
    bool over = st->state == SCHED_ENDED || st->state == SCHED_LOST, cancel;
    enum task_state state;

    lock_take(&r->l->lock);
    state = (enum task_state)task->state;
    cancel = task->item.job->cancel;
    if (!over && st->state != SCHED_UNKNOWN)
        life_retry_say(&task->item, st->exit.fault);
    lock_release(&r->l->lock);
    if (cancel && !over)
        insist(r, task, state);
    if (st->state == SCHED_UNKNOWN)
        not_known(r, task, st->exit.fault);
    if (st->state == SCHED_HELD && state == TASK_PENDING && !cancel) {
        lock_take(&r->l->lock);
        life_lane_later(r->l, &task->item, LIFE_DO_release, RELEASE_AGAIN_MS);
        lock_release(&r->l->lock);
    } else if (over)
        report_end(r, task, cancel, state, st);
    else if (st->state == SCHED_FORGOTTEN)
        life_report_mark(r, task, cancel ? LIFE_EV_KILLED : LIFE_EV_FORGOTTEN,
                         state);
    else if (st->state == SCHED_RUNNING && state != TASK_RUNNING)
        life_report_mark(r, task, LIFE_EV_STARTED, state);
    else if (st->state == SCHED_SUSPENDED && state != TASK_SUSPENDED)
        life_report_mark(r, task, LIFE_EV_STOPPED, state);
}

void
life_act_poll(struct life *l, struct life_sched *sched,
              struct life_task **tasks, size_t n)
{
    struct life_report r = { .l = l };
    struct sched_status *status;
    struct err err = ERR_INIT;
    struct asked a;

    n = sift(l, LIFE_DO_watch, tasks, n);
    if (n == 0)
        return;
    a = ask_about(tasks, n);
    status = xcalloc(n, sizeof(*status));
    if (sched->table->poll(sched->self, a.job, n, status, &err) == 0) {
        for (size_t i = 0; i < n; i++)
            judge(&r, tasks[i], &status[i]);
    } else {
        log_event(LOG_WARNING, "sched.poll.fail", "scheduler=%s why=%s",
                  sched->table->name, err.text);
        for (size_t i = 0; i < n; i++)
            not_known(&r, tasks[i], err.text);
    }
    life_report_end(&r);
    free(status);
    asked_fini(&a);
}

/* ---- the end ---- */

void
life_act_finish(struct life_task **tasks, size_t n)
{
    const struct life_sched *sched = tasks[0]->item.job->sched;

    for (size_t i = 0; i < n; i++) {
        char name[LIFE_NAME_MAX];
        struct sched_job s = life_report_sched_job(tasks[i], NULL, name);

        if (tasks[i]->sched_id != NULL && sched->table->forget != NULL)
            sched->table->forget(sched->self, &s);
    }
}
