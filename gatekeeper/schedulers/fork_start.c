/* gatekeeper/schedulers/fork_start.c - see fork_start.h. */
#include "gatekeeper/schedulers/fork_start.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"

void
fork_start_hint(const struct fork *f, const struct runner_task *run)
{
    if (f->host.hint != NULL)
        f->host.hint(f->host.arg, run->job, run->task);
}

void
fork_start_again(struct fork *f, struct fork_entry *e, const struct err *why)
{
    const struct conf *conf = f->host.conf;
    unsigned tries = fork_queue_tries(e);
    long long waited = tries == 0 ? 0 : time_mono_ms() - e->trouble->t_first;

    if (why->code == ERR_NOSPACE
            ? waited < conf_num(conf, CONF_gatekeeper_outage_wait) * 1000
            : (err_transient(why->code) &&
               tries < conf_num(conf, CONF_gatekeeper_retries)))
        fork_queue_again(&f->queue, e, why->text);
    else
        fork_queue_fail(&f->queue, e, why->text);
}

/* Handle the result of starting RUN.  A run that has already ended needs no
 * slot: poll() reports how it ended, if it has not yet. */
static void
note_start(struct fork *f, const struct runner_task *run,
           const struct runner_status *st, const struct err *err)
{
    const struct fork_key key = { .id = run->job,
                                  .task = run->task,
                                  .attempt = run->attempt };
    bool over = err->code == ERR_STATE &&
                (st->state == RUNNER_ENDED || st->state == RUNNER_LOST);
    struct fork_entry *e;
    bool cancel;

    lock_take(&f->lock);
    e = fork_queue_find(&f->queue, &key);
    cancel = e != NULL && e->cancel;
    if (e != NULL && over)
        fork_queue_remove(&f->queue, e);
    else if (e != NULL && (err->code == ERR_OK || err->code == ERR_STATE))
        fork_queue_move(&f->queue, e, FORK_RUNNING);
    else if (e != NULL)
        fork_start_again(f, e, err);
    lock_release(&f->lock);
    if (cancel)
        (void)runner_signal_task(f->host.runner, run, RUNNER_TERM, NULL);
}

/* A batch to start, in the form for the runner. */
struct start {
    char id[UUID_TEXT];
    bool array;
    unsigned width; /* of an array */
    struct runner_item item[FORK_BATCH];
    size_t n;
};

/* Take the next batch; its tasks get their slots. */
static bool
take_next(struct fork *f, struct start *s)
{
    struct fork_batch b;
    bool any;

    if (f->host.may_start != NULL && !f->host.may_start(f->host.arg))
        return false;
    lock_take(&f->lock);
    any =
        !f->closing && fork_queue_take(&f->queue, f->slots, time_mono_ms(), &b);
    if (any) {
        memcpy(s->id, b.group->id, sizeof(s->id));
        s->array = b.group->array;
        s->width = (unsigned)b.width;
        s->n = b.n;
    }
    for (size_t i = 0; any && i < b.n; i++)
        s->item[i] = (struct runner_item){
            .task = b.entry[i]->task,
            .attempt = b.entry[i]->attempt,
            .flags = fork_queue_tries(b.entry[i]) > 0 ? RUNNER_BEGIN_AGAIN : 0
        };
    lock_release(&f->lock);
    return any;
}

/* Jobs of one task that are started in one batch of packets. */
struct batch {
    struct runner_begin_run run[FORK_BATCH];
    char id[FORK_BATCH][UUID_TEXT];
    size_t n;
};

/* The only task of a job. */
static void
add_job(struct batch *b, const struct start *s)
{
    memcpy(b->id[b->n], s->id, sizeof(s->id));
    b->run[b->n] =
        (struct runner_begin_run){ .run = { .job = b->id[b->n],
                                            .task = s->item[0].task,
                                            .attempt = s->item[0].attempt },
                                   .flags =
                                       RUNNER_BEGIN_GO | s->item[0].flags };
    b->n++;
}

static void
start_jobs(struct fork *f, struct batch *b)
{
    runner_start_many(f->host.runner, b->run, b->n);
    for (size_t i = 0; i < b->n; i++) {
        const struct runner_begin_run *r = &b->run[i];

        if (r->err.code != ERR_OK)
            log_event(LOG_WARNING, "fork.start.fail", "job=%s reason=%s",
                      r->run.job, r->err.text);
        note_start(f, &r->run, &r->status, &r->err);
        if (r->err.code != ERR_OK)
            fork_start_hint(f, &r->run);
    }
    b->n = 0;
}

/* Give tasks of an array to its supervisor; poll() reports how they end. */
static void
start_tasks(struct fork *f, const struct start *s)
{
    struct runner_status *st = xcalloc(s->n + 1, sizeof(*st));
    enum err_code *code = xcalloc(s->n + 1, sizeof(*code));
    struct err err = ERR_INIT;

    if (runner_start_tasks(f->host.runner, s->id, s->width, s->item, s->n, st,
                           code, &err) < 0)
        log_event(LOG_WARNING, "fork.start.fail", "job=%s tasks=%zu reason=%s",
                  s->id, s->n, err.text);
    for (size_t i = 0; i < s->n; i++) {
        const struct runner_task run = { .job = s->id,
                                         .task = s->item[i].task,
                                         .attempt = s->item[i].attempt };
        struct err why = err;

        if (code[i] != ERR_OK)
            err_set(&why, code[i], "the task was started before");
        note_start(f, &run, &st[i], &why);
        if (why.code != ERR_OK)
            fork_start_hint(f, &run);
    }
    lock_take(&f->lock);
    fork_queue_told(&f->queue, s->id);
    lock_release(&f->lock);
    free(st);
    free(code);
}

void
fork_start_next(struct fork *f)
{
    struct start *s = xcalloc(1, sizeof(*s));
    struct batch *b = xcalloc(1, sizeof(*b));
    bool any;

    do {
        any = take_next(f, s);
        if (any && !s->array)
            add_job(b, s);
        if (b->n == FORK_BATCH || (b->n > 0 && (!any || s->array)))
            start_jobs(f, b);
        if (any && s->array)
            start_tasks(f, s);
    } while (any);
    free(b);
    free(s);
}
