/* gatekeeper/schedulers/fork.c - the embedded scheduler: runs jobs on this host
 * under supervisors, in the order of their release, so many at a time.
 *
 * Only the queue is in memory.  What a job is to run lies in its session from
 * submit() on, and what became of it is told by its supervisor's files; a start
 * that happened cannot happen again (the marker).  So a restarted gatekeeper
 * releases what is PENDING once more and polls what is RUNNING, and the queue
 * is what it was; until a job of before has been asked about, it has a slot. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/fork_check.h"
#include "gatekeeper/schedulers/fork_queue.h"
#include "gatekeeper/schedulers/sched_launch.h"
#include "gatekeeper/schedulers/sched_record.h"
#include "gatekeeper/schedulers/scheduler.h"
#include "gatekeeper/supervisor/launch.h"

#define TICK_MS 200

struct fork {
    struct sched_host host;
    pthread_mutex_t lock; /* of the queue */
    pthread_cond_t wake;
    pthread_t ticker;
    bool closing;
    long slots;
    struct fork_queue queue;
};

/* The launch file is the job: nothing runs yet. */
static int
fork_submit(void *self, const struct sched_job *job,
            char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct fork *f = self;
    struct buf spec = BUF_INIT;
    struct err why = ERR_INIT;
    long copies = job->job->type == JOB_MULTIPLE && job->job->count > 1
                      ? job->job->count
                      : 1;
    int rc = sched_launch(f->host.conf, job, copies, &spec, err);

    if (rc == 0)
        rc = runner_prepare(f->host.runner, job->id, &spec, false, &why);
    buf_fini(&spec);
    /* STATE: it was started before the crash: find() tells more. */
    if (rc < 0 && why.code != ERR_OK)
        return err_set(err, why.code == ERR_STATE ? ERR_TIMEOUT : why.code,
                       "%s", why.text);
    if (rc == 0)
        memcpy(sched_id, job->id, strlen(job->id) + 1);
    return rc;
}

/* The job was ended before any supervisor was there to write it down. */
static void
say_cancelled(struct sched_status *out)
{
    out->state = SCHED_ENDED;
    out->exit = (struct sched_exit){ .code = -1,
                                     .user_ms = -1,
                                     .system_ms = -1,
                                     .maxrss = -1,
                                     .fault = "cancelled before it began" };
}

static int
fork_find(void *self, const struct sched_job *job, struct sched_status *found,
          int max, struct err *err)
{
    struct fork *f = self;
    struct runner_status st;

    if (max < 1)
        return 0;
    if (runner_status(f->host.runner, job->id, RUNNER_JOB, &st, err) < 0)
        return -1;
    if (st.state == RUNNER_NONE)
        return 0; /* at most a launch file, which submit() writes again */
    *found = (struct sched_status){ .state = SCHED_UNKNOWN };
    memcpy(found->sched_id, job->id, strlen(job->id) + 1);
    sched_record_translate(&st, found);
    return 1;
}

/* ---- starting what is next ---- */

/* E could not be started, because of WHY: once more later, for a few times, or
 * while the site has no room. */
static void
try_again(struct fork *f, struct fork_entry *e, const struct err *why)
{
    const struct conf *conf = f->host.conf;
    long long waited = e->tries == 0 ? 0 : time_mono_ms() - e->t_first;

    if (why->code == ERR_NOSPACE
            ? waited < conf_num(conf, CONF_gatekeeper_outage_wait) * 1000
            : (err_transient(why->code) &&
               e->tries < conf_num(conf, CONF_gatekeeper_retries)))
        fork_queue_again(&f->queue, e, why->text);
    else
        fork_queue_fail(&f->queue, e, why->text);
}

/* What came of starting ID. */
static void
note_start(struct fork *f, const char *id, const struct err *err)
{
    struct fork_entry *e;
    bool cancel;

    pthread_mutex_lock(&f->lock);
    e = fork_queue_find(&f->queue, id);
    cancel = e != NULL && e->cancel;
    if (e != NULL && (err->code == ERR_OK || err->code == ERR_STATE))
        fork_queue_move(&f->queue, e, FORK_RUNNING);
    else if (e != NULL)
        try_again(f, e, err);
    pthread_mutex_unlock(&f->lock);
    if (cancel)
        (void)runner_signal(f->host.runner, id, RUNNER_JOB, RUNNER_TERM, NULL);
    if (f->host.hint != NULL)
        f->host.hint(f->host.arg, id);
}

/* Start jobs while there are slots; any thread. */
static void
start_next(struct fork *f)
{
    for (;;) {
        struct err err = ERR_INIT;
        struct runner_status st;
        struct fork_entry *e = NULL;
        unsigned flags = RUNNER_BEGIN_GO;
        char id[UUID_TEXT];

        pthread_mutex_lock(&f->lock);
        if (!f->closing && f->queue.running < f->slots)
            e = fork_queue_next(&f->queue, time_mono_ms());
        if (e != NULL) {
            fork_queue_move(&f->queue, e, FORK_STARTING);
            memcpy(id, e->id, sizeof(id));
            if (e->tries > 0)
                flags |= RUNNER_BEGIN_AGAIN;
        }
        pthread_mutex_unlock(&f->lock);
        if (e == NULL)
            return;
        (void)runner_start(f->host.runner, id, flags, &st, &err);
        if (err.code != ERR_OK)
            log_event(LOG_WARNING, "fork.start.fail", "job=%s reason=%s", id,
                      err.text);
        note_start(f, id, &err);
    }
}

/* Time that passes without a call: what is to be tried again. */
static void *
tick(void *arg)
{
    struct fork *f = arg;

    pthread_mutex_lock(&f->lock);
    while (!f->closing) {
        (void)thread_wait(&f->wake, &f->lock, time_mono_ms() + TICK_MS);
        if (f->closing || f->queue.waiting == 0)
            continue;
        pthread_mutex_unlock(&f->lock);
        start_next(f);
        pthread_mutex_lock(&f->lock);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- the table ---- */

static int
fork_open(const struct sched_host *host, void **self, struct err *err)
{
    struct fork *f = xcalloc(1, sizeof(*f));

    f->host = *host;
    f->slots = (long)conf_num(host->conf, CONF_gatekeeper_fork_slots);
    if (f->slots == 0)
        f->slots = get_nprocs();
    fork_queue_init(&f->queue);
    pthread_mutex_init(&f->lock, NULL);
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
    pthread_mutex_lock(&f->lock);
    f->closing = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->ticker, NULL);
    fork_queue_fini(&f->queue);
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* The supervisors' word on N jobs. */
struct answers {
    struct runner_status *st;
    enum err_code *code;
};

/* Whether ID waits in the queue: no supervisor can know more. */
static bool
is_waiting(struct fork *f, const char *id)
{
    const struct fork_entry *e = fork_queue_find(&f->queue, id);

    return e != NULL && e->state == FORK_WAITING && e->fault == NULL;
}

/* Put the answers about M jobs where they belong: at[k] of N. */
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

/* Those that wait are not asked about: they have state RUNNER_NONE. */
static int
ask(struct fork *f, const struct sched_job *jobs, size_t n, struct answers *a,
    struct err *err)
{
    const char **id = xcalloc(n, sizeof(*id));
    bool *begun = xcalloc(n, sizeof(*begun));
    size_t *at = xcalloc(n, sizeof(*at)), m = 0;
    int rc;

    a->st = xcalloc(n, sizeof(*a->st));
    a->code = xcalloc(n, sizeof(*a->code));
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < n; i++)
        if (!is_waiting(f, jobs[i].id)) {
            at[m] = i;
            begun[m] = jobs[i].started;
            id[m++] = jobs[i].id;
        }
    pthread_mutex_unlock(&f->lock);
    rc = runner_status_many(f->host.runner, id, begun, m, RUNNER_JOB, a->st,
                            a->code, err);
    spread(a, at, m);
    free(id);
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

/* ID, whose entry is E or has none, is in STATE.  With the lock. */
static void
put(struct fork *f, struct fork_entry *e, const char *id, enum fork_state state)
{
    if (e == NULL)
        fork_queue_add(&f->queue, id, state);
    else
        fork_queue_move(&f->queue, e, state);
}

static void
fork_expect(void *self, const char *id)
{
    struct fork *f = self;

    pthread_mutex_lock(&f->lock);
    if (fork_queue_find(&f->queue, id) == NULL)
        fork_queue_add(&f->queue, id, FORK_UNSEEN);
    pthread_mutex_unlock(&f->lock);
}

static int
fork_release(void *self, const struct sched_job *jobs, size_t n,
             struct err *errs, struct err *err)
{
    struct fork *f = self;
    struct answers a;
    int rc = ask(f, jobs, n, &a, err);

    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct fork_entry *e = fork_queue_find(&f->queue, jobs[i].id);

        errs[i] = (struct err)ERR_INIT;
        if (e != NULL && e->state != FORK_UNSEEN)
            continue;
        if (a.code[i] != ERR_OK && a.code[i] != ERR_NOT_FOUND &&
            a.code[i] != ERR_AUTHZ)
            err_set(&errs[i], a.code[i], "%s", a.st[i].exit.text);
        else if (a.code[i] != ERR_OK || a.st[i].state == RUNNER_NONE ||
                 a.st[i].state == RUNNER_HELD)
            put(f, e, jobs[i].id, FORK_WAITING);
        else if (a.st[i].state == RUNNER_RUNNING)
            put(f, e, jobs[i].id, FORK_RUNNING);
        else if (e != NULL)
            fork_queue_remove(&f->queue, e); /* over: poll() tells how */
    }
    pthread_mutex_unlock(&f->lock);
    answers_fini(&a);
    start_next(f);
    return rc;
}

/* Its supervisor died before it took the marker: nothing has run. */
static void
retry(struct fork *f, struct fork_entry *e)
{
    struct err why = ERR_INIT;

    err_set(&why, ERR_TIMEOUT, "the job's supervisor ended before it began");
    if (e->cancel)
        fork_queue_move(&f->queue, e, FORK_CANCELLED);
    else
        try_again(f, e, &why);
}

/* What keeps the job from going on, if anything does. */
static void
say_why(const struct fork_entry *e, enum err_code code,
        const struct runner_status *st, struct sched_status *out)
{
    const char *why = st->exit.text;

    if (out->state == SCHED_PENDING)
        why = e != NULL && e->why != NULL ? e->why : "";
    else if (out->state == SCHED_UNKNOWN && code == ERR_OK)
        why = "";
    else if (out->state == SCHED_ENDED || out->state == SCHED_LOST)
        return;
    snprintf(out->exit.fault, sizeof(out->exit.fault), "%s", why);
}

/* Fill OUT from the supervisor's word ST and the queue's entry E (or NULL).
 * With the lock. */
static void
judge(struct fork *f, struct fork_entry *e, const char *id, enum err_code code,
      const struct runner_status *st, struct sched_status *out)
{
    *out = (struct sched_status){ .state = SCHED_UNKNOWN };
    if (e != NULL && e->fault != NULL)
        sched_record_lost(out, e->fault);
    else if (sched_record_failed(code, st->exit.text, out))
        ; /* it says why */
    else if (code == ERR_OK && st->state == RUNNER_NONE && e != NULL &&
             (e->state == FORK_CANCELLED ||
              (e->state == FORK_UNSEEN && e->cancel)))
        say_cancelled(out);
    else if (code == ERR_OK && st->state == RUNNER_NONE)
        out->state = SCHED_PENDING;
    else if (code == ERR_OK)
        sched_record_translate(st, out);
    memcpy(out->sched_id, id, strlen(id) + 1);
    if (out->state == SCHED_HELD)
        out->state = SCHED_PENDING; /* its release is on the way */
    say_why(e, code, st, out);
    if (out->state == SCHED_RUNNING || out->state == SCHED_SUSPENDED) {
        if (e == NULL || e->state == FORK_UNSEEN)
            put(f, e, id, FORK_RUNNING);
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
    int rc = ask(f, jobs, n, &a, err);

    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct fork_entry *e = fork_queue_find(&f->queue, jobs[i].id);

        judge(f, e, jobs[i].id, a.code[i], &a.st[i], &status[i]);
    }
    pthread_mutex_unlock(&f->lock);
    answers_fini(&a);
    start_next(f);
    return rc;
}

/* Take ID off the queue.  false: it is started, or being started. */
static bool
cancel_waiting(struct fork *f, const char *id)
{
    struct fork_entry *e;
    bool waiting = true;

    pthread_mutex_lock(&f->lock);
    e = fork_queue_find(&f->queue, id);
    if (e == NULL)
        e = fork_queue_add(&f->queue, id, FORK_CANCELLED);
    else if (e->state == FORK_WAITING)
        fork_queue_move(&f->queue, e, FORK_CANCELLED);
    else if (e->state != FORK_CANCELLED)
        waiting = false;
    e->cancel = true;
    pthread_mutex_unlock(&f->lock);
    return waiting;
}

static int
fork_cancel(void *self, const struct sched_job *jobs, size_t n, struct err *err)
{
    struct fork *f = self;
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        struct err why = ERR_INIT;

        (void)cancel_waiting(f, jobs[i].id);
        /* A supervisor may be there all the same, from before a restart. */
        if (runner_signal(f->host.runner, jobs[i].id, RUNNER_JOB,
                          jobs[i].force ? RUNNER_END : RUNNER_TERM, &why) < 0 &&
            why.code != ERR_NOT_FOUND)
            rc = err_set(err, why.code, "%s", why.text);
        if (f->host.hint != NULL)
            f->host.hint(f->host.arg, jobs[i].id);
    }
    return rc;
}

static int
fork_suspend(void *self, const struct sched_job *job, bool stop,
             struct err *err)
{
    struct fork *f = self;

    return runner_signal(f->host.runner, job->id, RUNNER_JOB,
                         stop ? RUNNER_STOP : RUNNER_CONT, err);
}

static void
fork_forget(void *self, const struct sched_job *job)
{
    struct fork *f = self;
    struct fork_entry *e;

    pthread_mutex_lock(&f->lock);
    e = fork_queue_find(&f->queue, job->id);
    if (e != NULL)
        fork_queue_remove(&f->queue, e);
    pthread_mutex_unlock(&f->lock);
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
    pthread_mutex_lock(&f->lock);
    s->running = f->queue.running;
    s->waiting = f->queue.waiting;
    pthread_mutex_unlock(&f->lock);
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
    .forget = fork_forget,
    .describe = fork_describe,
};
