/* gatekeeper/life/life_act_sched.c - the actions on submitted tasks at a
 * scheduler: release, poll, kill, finish. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_act.h"

#define RELEASE_AGAIN_MS 500
#define KILL_MORE_MS     10000 /* after the grace period */

/* N tasks in the form for their scheduler. */
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

/* ---- release and kill ---- */

/* Keep those of TASKS for which ACTION still applies. */
static size_t
sift(struct life *l, enum life_action action, struct life_task **tasks,
     size_t n)
{
    size_t m = 0;

    lock_take(&l->lock);
    for (size_t i = 0; i < n && life_fence_open(l); i++) {
        const struct life_task *task = tasks[i];
        bool cancel = life_table_cancelled(task);
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

/* Poll N TASKS soon, if the scheduler is polled by owner. */
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
    watch_soon(l, tasks, n); /* a short task may already be over */
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

/* N TASKS were told to end: set the deadline for their end. */
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

/* Report the hosts of the task, if ST has them. */
static void
say_hosts(struct life_mark *mark, const struct sched_status *st)
{
    if (st->hosts[0] != '\0')
        mark->hosts = xstrdup(st->hosts);
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
    say_hosts(mark, st);
    if (st->exit.fault[0] != '\0' && !cancel)
        mark->fault = xstrdup(st->exit.fault);
    else if (st->state == SCHED_LOST && !cancel)
        mark->fault = xstrdup("the job was lost: it has no exit record");
    else if (st->exit.signal != 0 && !cancel)
        mark->fault = xasprintf("ended by signal %d (%s)", st->exit.signal,
                                strsignal(st->exit.signal));
}

/* The state of TASK cannot be learned, because of TEXT. */
static void
not_known(struct life_report *r, struct life_task *task, const char *text)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_TIMEOUT, "the job's state cannot be learned: %s",
            text[0] != '\0' ? text : "the scheduler does not know it");
    life_report_failed(r, task, LIFE_DO_watch, state_of(r->l, task), &err);
}

/* TASK was told to end a while ago and is alive: kill it again. */
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
judge(struct life_report *r, struct life_task *task, unsigned attempt,
      const struct sched_status *st)
{
    bool over = st->state == SCHED_ENDED || st->state == SCHED_LOST, cancel,
         current;
    enum task_state state;

    lock_take(&r->l->lock);
    state = (enum task_state)task->state;
    cancel = life_table_cancelled(task);
    current = task->attempt == attempt;
    if (!current) {
        lock_release(&r->l->lock);
        return;
    }
    if (st->shown)
        task->unseen = false;
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
        say_hosts(life_report_mark(r, task, LIFE_EV_STARTED, state), st);
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
            judge(&r, tasks[i], a.job[i].attempt, &status[i]);
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
