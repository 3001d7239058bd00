/* gatekeeper/schedulers/fork.c - the embedded scheduler: runs jobs on this host
 * under supervisors, in the order of their release, a limited number at once.
 *
 * Only the queue is in memory.  The launch file is in the session from submit()
 * on, the supervisor's files show the state of a run, and the start marker
 * prevents a second start.  After a restart the gatekeeper releases PENDING
 * tasks again and polls RUNNING ones, which rebuilds the queue; a task from
 * before the restart holds a slot until it was polled. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/schedulers/fork_check.h"
#include "gatekeeper/schedulers/fork_start.h"
#include "gatekeeper/schedulers/fork_status.h"
#include "gatekeeper/schedulers/sched_launch.h"
#include "gatekeeper/schedulers/sched_record.h"
#include "gatekeeper/supervisor/launch.h"

#define TICK_MS 200

/* The queue's key for JOB. */
static struct fork_key
key_of(const struct sched_job *job)
{
    struct runner_task run = sched_record_run(job);

    return (struct fork_key){ .id = job->id,
                              .account = job->account,
                              .task = run.task,
                              .attempt = run.attempt,
                              .limit = job->limit };
}

/* Write the launch file for the job with all its tasks; nothing runs yet. */
static int
fork_submit(void *self, const struct sched_job *tasks, size_t n,
            char (*sched_id)[SCHED_ID_MAX], struct err *errs, struct err *err)
{
    struct fork *f = self;
    const struct job *job = tasks[0].job;
    struct buf spec = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_task run = sched_record_launch(&tasks[0]);
    long copies = job->type == JOB_MULTIPLE && job->count > 1 ? job->count : 1;
    int rc = sched_launch(f->host.conf, &tasks[0], copies, &spec, err);

    (void)errs;
    if (rc == 0)
        rc = runner_prepare(f->host.runner, &run, &spec, false, &why);
    buf_fini(&spec);
    /* STATE: it was started before a crash; find() decides. */
    if (rc < 0 && why.code != ERR_OK)
        return err_set(err, why.code == ERR_STATE ? ERR_TIMEOUT : why.code,
                       "%s", why.text);
    for (size_t i = 0; rc == 0 && i < n; i++)
        fork_status_name(&tasks[i], sched_id[i]);
    return rc;
}

static int
fork_find(void *self, const struct sched_job *jobs, size_t n,
          struct sched_found **found, size_t *nfound, struct err *err)
{
    struct fork *f = self;

    return fork_status_find(f->host.runner, jobs, n, found, nfound, err);
}

/* ---- time ---- */

/* The thread for retries, which no call triggers. */
static void *
tick(void *arg)
{
    struct fork *f = arg;

    lock_take(&f->lock);
    while (!f->closing) {
        (void)lock_wait_until(&f->lock, &f->wake, time_mono_ms() + TICK_MS);
        if (f->closing || f->queue.waiting == 0)
            continue;
        lock_release(&f->lock);
        fork_start_next(f);
        lock_take(&f->lock);
    }
    lock_release(&f->lock);
    return NULL;
}

/* ---- the table ---- */

static int
fork_open(const struct scheduler *table, const struct sched_host *host,
          void **self, struct err *err)
{
    struct fork *f = xcalloc(1, sizeof(*f));

    (void)table;
    f->host = *host;
    if (gethostname(f->node, sizeof(f->node) - 1) < 0)
        f->node[0] = '\0';
    f->slots = (long)conf_num(host->conf, CONF_gatekeeper_fork_slots);
    if (f->slots == 0)
        f->slots = get_nprocs();
    fork_queue_init(&f->queue);
    lock_init(&f->lock, LOCK_fork);
    pthread_cond_init(&f->wake, NULL);
    if (pthread_create(&f->ticker, NULL, tick, f) != 0) {
        free(f);
        return err_set(err, ERR_NOMEM, "cannot start a thread");
    }
    *self = f;
    return 0;
}

static void
fork_close(void *self)
{
    struct fork *f = self;

    if (f == NULL)
        return;
    lock_take(&f->lock);
    f->closing = true;
    pthread_cond_signal(&f->wake);
    lock_release(&f->lock);
    pthread_join(f->ticker, NULL);
    fork_queue_fini(&f->queue);
    pthread_cond_destroy(&f->wake);
    lock_fini(&f->lock);
    free(f);
}

/* The runner's answers about N jobs. */
struct answers {
    struct runner_status *st;
    enum err_code *code;
};

/* Move the answers about M jobs to their places: at[k] of N. */
static void
spread(struct answers *a, const size_t *at, size_t m)
{
    for (size_t k = m; k > 0; k--) {
        struct runner_status st = a->st[k - 1];
        enum err_code code = a->code[k - 1];

        a->st[k - 1] = (struct runner_status){ .state = RUNNER_NONE };
        a->code[k - 1] = ERR_OK;
        a->st[at[k - 1]] = st;
        a->code[at[k - 1]] = code;
    }
}

/* Whether to ask the runner about JOB because its supervisor may know more than
 * the queue.  RELEASED: it was released before.  The first release does not
 * ask: a task that was started refuses a second start. */
static bool
is_to_ask(struct fork *f, const struct sched_job *job, bool released)
{
    struct fork_key key = key_of(job);
    const struct fork_entry *e = fork_queue_find(&f->queue, &key);

    if (e == NULL)
        return released;
    return e->state != FORK_WAITING || fork_queue_fault(e) != NULL;
}

/* Ask about the jobs; the others get the state RUNNER_NONE. */
static int
ask(struct fork *f, const struct sched_job *jobs, size_t n, bool released,
    struct answers *a, struct err *err)
{
    struct runner_task *run = xcalloc(n, sizeof(*run));
    bool *begun = xcalloc(n, sizeof(*begun));
    size_t *at = xcalloc(n, sizeof(*at)), m = 0;
    int rc;

    a->st = xcalloc(n, sizeof(*a->st));
    a->code = xcalloc(n, sizeof(*a->code));
    lock_take(&f->lock);
    for (size_t i = 0; i < n; i++)
        if (is_to_ask(f, &jobs[i], released)) {
            at[m] = i;
            begun[m] = jobs[i].started;
            run[m++] = sched_record_run(&jobs[i]);
        }
    lock_release(&f->lock);
    rc = runner_status_many(f->host.runner, run, begun, m, a->st, a->code, err);
    spread(a, at, m);
    free(run);
    free(begun);
    free(at);
    return rc;
}

static void
answers_fini(struct answers *a)
{
    free(a->st);
    free(a->code);
}

/* Set JOB, with the entry E or none, to STATE.  With the lock. */
static void
put(struct fork *f, struct fork_entry *e, const struct sched_job *job,
    enum fork_state state)
{
    struct fork_key key = key_of(job);

    if (e == NULL)
        fork_queue_add(&f->queue, &key, state);
    else
        fork_queue_move(&f->queue, e, state);
}

static struct fork_entry *
find(struct fork *f, const struct sched_job *job)
{
    struct fork_key key = key_of(job);

    return fork_queue_find(&f->queue, &key);
}

static void
fork_expect(void *self, const struct sched_job *job)
{
    struct fork *f = self;

    lock_take(&f->lock);
    if (find(f, job) == NULL)
        put(f, NULL, job, FORK_UNSEEN);
    lock_release(&f->lock);
}

static int
fork_release(void *self, const struct sched_job *jobs, size_t n,
             struct err *errs, struct err *err)
{
    struct fork *f = self;
    struct answers a;
    int rc = ask(f, jobs, n, false, &a, err);

    lock_take(&f->lock);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct fork_entry *e = find(f, &jobs[i]);

        errs[i] = (struct err)ERR_INIT;
        if (e != NULL && e->state != FORK_UNSEEN)
            continue;
        if (a.code[i] != ERR_OK && a.code[i] != ERR_NOT_FOUND &&
            a.code[i] != ERR_AUTHZ)
            err_set(&errs[i], a.code[i], "%s", a.st[i].exit.text);
        else if (a.code[i] != ERR_OK || a.st[i].state == RUNNER_NONE ||
                 a.st[i].state == RUNNER_HELD)
            put(f, e, &jobs[i], FORK_WAITING);
        else if (a.st[i].state == RUNNER_RUNNING)
            put(f, e, &jobs[i], FORK_RUNNING);
        else if (e != NULL)
            fork_queue_remove(&f->queue,
                              e); /* it has ended: poll() reports how */
    }
    lock_release(&f->lock);
    answers_fini(&a);
    fork_start_next(f);
    return rc;
}

/* Its supervisor ended before it took the marker: the program never ran. */
static void
retry(struct fork *f, struct fork_entry *e)
{
    struct err why = ERR_INIT;

    err_set(&why, ERR_TIMEOUT, "the job's supervisor ended before it began");
    if (e->cancel)
        fork_queue_move(&f->queue, e, FORK_CANCELLED);
    else
        fork_start_again(f, e, &why);
}

/* Say why the job does not run, if there is a reason. */
static void
say_why(const struct fork_entry *e, enum err_code code,
        const struct runner_status *st, struct sched_status *out)
{
    const char *why = st->exit.text;

    if (out->state == SCHED_PENDING)
        why = e != NULL && e->trouble != NULL && e->trouble->why != NULL
                  ? e->trouble->why
                  : "";
    else if (out->state == SCHED_UNKNOWN && code == ERR_OK)
        why = "";
    else if (out->state == SCHED_ENDED || out->state == SCHED_LOST)
        return;
    snprintf(out->exit.fault, sizeof(out->exit.fault), "%s", why);
}

/* Fill OUT from the runner's status ST and the queue's entry E (or NULL).  With
 * the lock. */
static void
judge(struct fork *f, struct fork_entry *e, const struct sched_job *job,
      enum err_code code, const struct runner_status *st,
      struct sched_status *out)
{
    *out = (struct sched_status){ .state = SCHED_UNKNOWN };
    if (e != NULL && fork_queue_fault(e) != NULL)
        sched_record_lost(out, fork_queue_fault(e));
    else if (sched_record_failed(code, st->exit.text, out))
        ; /* out already has the reason */
    else if (code == ERR_OK && st->state == RUNNER_NONE && e != NULL &&
             (e->state == FORK_CANCELLED ||
              (e->state == FORK_UNSEEN && e->cancel)))
        fork_status_cancelled(out);
    else if (code == ERR_OK && st->state == RUNNER_NONE)
        out->state = SCHED_PENDING;
    else if (code == ERR_OK)
        sched_record_translate(st, out);
    fork_status_name(job, out->sched_id);
    memcpy(out->hosts, f->node, sizeof(out->hosts));
    if (out->state == SCHED_HELD)
        out->state = SCHED_PENDING; /* its release is in progress */
    say_why(e, code, st, out);
    if (out->state == SCHED_RUNNING || out->state == SCHED_SUSPENDED) {
        if (e == NULL || e->state == FORK_UNSEEN)
            put(f, e, job, FORK_RUNNING);
    } else if (e != NULL &&
               (out->state == SCHED_ENDED || out->state == SCHED_LOST)) {
        fork_queue_remove(&f->queue, e);
    } else if (e != NULL && e->state == FORK_RUNNING && code == ERR_OK &&
               st->state == RUNNER_NONE) {
        retry(f, e);
    }
}

static int
fork_poll(void *self, const struct sched_job *jobs, size_t n,
          struct sched_status *status, struct err *err)
{
    struct fork *f = self;
    struct answers a;
    int rc = ask(f, jobs, n, true, &a, err);

    lock_take(&f->lock);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        judge(f, find(f, &jobs[i]), &jobs[i], a.code[i], &a.st[i], &status[i]);
    }
    lock_release(&f->lock);
    answers_fini(&a);
    fork_start_next(f);
    return rc;
}

/* Remove JOB from the queue. false: it has started, is being started, or may
 * have been before a restart.  With the lock. */
static bool
cancel_waiting(struct fork *f, const struct sched_job *job)
{
    struct fork_entry *e = find(f, job);
    bool waiting = false;

    if (e == NULL) {
        put(f, NULL, job, FORK_CANCELLED);
        e = find(f, job);
    } else if (e->state == FORK_WAITING) {
        waiting = fork_queue_tries(e) == 0 && fork_queue_fault(e) == NULL;
        fork_queue_move(&f->queue, e, FORK_CANCELLED);
    }
    e->cancel = true;
    return waiting;
}

/* Signal the N runs ITEM of JOB: their supervisor may be from before a
 * restart. */
static int
cancel_runs(struct fork *f, const struct sched_job *job,
            const struct runner_item *item, size_t n, struct err *err)
{
    const enum runner_signal sig = job->force ? RUNNER_END : RUNNER_TERM;
    const struct runner_task run = { .job = job->id,
                                     .task = n > 0 ? item[0].task : 0,
                                     .attempt = n > 0 ? item[0].attempt : 0 };
    struct err why = ERR_INIT;
    int rc = 0;

    if (n == 1)
        rc = runner_signal_task(f->host.runner, &run, sig, &why);
    else if (n > 1)
        rc = runner_signal_tasks(f->host.runner, job->id, sig, item, n, &why);
    return rc == 0 || why.code == ERR_NOT_FOUND
               ? 0
               : err_set(err, why.code, "%s", why.text);
}

/* Cancel the N tasks JOBS of one job, all in the same way. */
static int
cancel_job(struct fork *f, const struct sched_job *jobs, size_t n,
           struct err *err)
{
    struct runner_item *item = xcalloc(n, sizeof(*item));
    size_t m = 0;
    int rc;

    lock_take(&f->lock);
    for (size_t i = 0; i < n; i++) {
        struct runner_task run = sched_record_run(&jobs[i]);

        if (!cancel_waiting(f, &jobs[i]))
            item[m++] = (struct runner_item){ .task = run.task,
                                              .attempt = run.attempt };
    }
    lock_release(&f->lock);
    rc = cancel_runs(f, &jobs[0], item, m, err);
    for (size_t i = 0; i < n; i++) {
        struct runner_task run = sched_record_run(&jobs[i]);

        fork_start_hint(f, &run);
    }
    free(item);
    return rc;
}

static int
fork_cancel(void *self, const struct sched_job *jobs, size_t n, struct err *err)
{
    struct fork *f = self;
    size_t end;
    int rc = 0;

    for (size_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (strcmp(jobs[end].id, jobs[i].id) != 0 ||
                jobs[end].force != jobs[i].force)
                break;
        if (cancel_job(f, jobs + i, end - i, err) < 0)
            rc = -1;
    }
    return rc;
}

static int
fork_suspend(void *self, const struct sched_job *job, bool stop,
             struct err *err)
{
    struct fork *f = self;
    struct runner_task run = sched_record_run(job);

    return runner_signal_task(f->host.runner, &run,
                              stop ? RUNNER_STOP : RUNNER_CONT, err);
}

static int
fork_set_limits(void *self, const struct sched_job *tasks, size_t n,
                const struct job *record, long long before, struct err *err)
{
    struct fork *f = self;
    struct runner_task run = sched_record_run(&tasks[0]);

    (void)n;
    (void)before;
    return runner_limit(f->host.runner, &run, record->wall_time, err);
}

static void
fork_forget(void *self, const struct sched_job *job)
{
    struct fork *f = self;
    struct fork_entry *e;

    lock_take(&f->lock);
    e = find(f, job);
    if (e != NULL)
        fork_queue_remove(&f->queue, e);
    lock_release(&f->lock);
}

static int
fork_describe(void *self, struct sched_info *info, struct err *err)
{
    struct fork *f = self;
    struct sched_share *s = &info->share[0];

    (void)err;
    *info = (struct sched_info){ .product = "fork",
                                 .version = GATEHOUSE_VERSION,
                                 .nshares = 1 };
    lock_take(&f->lock);
    s->running = f->queue.running;
    s->waiting = f->queue.waiting;
    lock_release(&f->lock);
    s->slots = f->slots;
    s->free_slots = s->running < s->slots ? s->slots - s->running : 0;
    s->max_wall = -1;
    return 0;
}

const struct scheduler scheduler_fork = {
    .name = "fork",
    .poll_ms = 1000,
    .poll_by_owner = true,
    .open = fork_open,
    .close = fork_close,
    .check = fork_check,
    .submit = fork_submit,
    .find = fork_find,
    .expect = fork_expect,
    .release = fork_release,
    .poll = fork_poll,
    .cancel = fork_cancel,
    .suspend = fork_suspend,
    .set_limits = fork_set_limits,
    .forget = fork_forget,
    .describe = fork_describe,
};
