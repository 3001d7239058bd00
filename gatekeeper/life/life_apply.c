/* gatekeeper/life/life_apply.c - the applier: turns events into new states,
 * stores them, and then starts the actions (life.def). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "base/thread.h"
#include "gatekeeper/life/life_step.h"

/* Finish NOTE; its waiter, if any, gets ERR.  With the lock. */
static void
settle(struct life *l, struct life_note *note, const struct err *err)
{
    if (note->wait != NULL) {
        note->wait->err = *err;
        note->wait->done = true;
        pthread_cond_broadcast(&l->applied);
    }
    life_note_free(note);
}

/* ---- the thread ---- */

/* Mark the job of S, and those of its tasks that it changes, as being
 * changed. */
static void
set_in_batch(struct life_step *s, bool on)
{
    s->job->in_batch = on;
    for (size_t i = 0; i < s->ntasks; i++)
        s->job->task[s->task[i].index].in_batch = on;
}

/* Take the notes of at most LIFE_BATCH different jobs; a second note of a job
 * waits for the next batch.  With the lock. */
static size_t
take_batch(struct life *l, struct life_step steps[LIFE_BATCH])
{
    struct life_note **at = &l->note_head, *note;
    size_t n = 0;

    while ((note = *at) != NULL && n < LIFE_BATCH) {
        struct life_job *job = life_table_find(l, note->id);
        struct err why = ERR_INIT;

        if (job != NULL && job->in_batch) {
            at = &note->next;
            continue;
        }
        *at = note->next;
        if (life_step_prepare(l, note, &steps[n], &why)) {
            job->lanes++; /* keeps it in memory */
            set_in_batch(&steps[n++], true);
        } else {
            settle(l, note, &why);
        }
    }
    l->note_tail = &l->note_head;
    while (*l->note_tail != NULL)
        l->note_tail = &(*l->note_tail)->next;
    return n;
}

/* Another gatekeeper has taken over the job of S: drop it here and tell the
 * waiter.  With the lock. */
static void
lose(struct life *l, struct life_step *s)
{
    struct err why = ERR_INIT;

    log_event(LOG_ERR, "job.fenced", "job=%s", s->job->id);
    err_set(&why, ERR_STATE,
            "job '%s' was taken over by another gatekeeper, which goes on with "
            "it: ask there",
            s->job->id);
    life_table_drop(s->job);
    settle(l, s->note, &why);
}

/* The store committed the changes, or failed with RC and WHY. With the
 * lock. */
static void
finish_batch(struct life *l, struct life_step *steps, size_t n, int rc,
             const struct err *why)
{
    static const struct err fine = ERR_INIT;

    for (size_t i = 0; i < n; i++) {
        struct life_step *s = &steps[i];

        set_in_batch(s, false);
        s->job->lanes--;
        if (rc < 0 && s->note->wait == NULL) {
            /* Put the note back at the head of the queue. */
            s->note->next = l->note_head;
            if (l->note_head == NULL)
                l->note_tail = &s->note->next;
            l->note_head = s->note;
            life_step_fini(s);
            continue;
        }
        life_step_fini(s);
        if (rc == 0 && s->change.fenced)
            lose(l, s);
        else
            settle(l, s->note, rc < 0 ? why : &fine);
    }
}

/* Test points "gk.EVENT.before" and ".after" its commit. */
#ifdef TEST_POINTS
static void
commit_points(const struct life_step *steps, size_t n, const char *when)
{
    char name[64];

    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "gk.%s.%s",
                 life_event_word(steps[i].note->event), when);
        test_point(name);
    }
}
#else
#define commit_points(steps, n, when) ((void)0)
#endif

/* The steps of one commit. */
struct batch {
    struct life *l;
    struct life_step *steps;
    struct store_change *changes;
    size_t n;
};

/* A store_kept_fn, ARG is the batch: update memory and journal while the store
 * still holds its order of commits. */
static void
kept(void *arg)
{
    const struct batch *b = arg;

    commit_points(b->steps, b->n, "after");
    lock_take(&b->l->lock);
    for (size_t i = 0; i < b->n; i++) {
        b->steps[i].change = b->changes[i];
        if (!b->changes[i].fenced)
            life_step_enact(b->l, &b->steps[i]);
    }
    lock_release(&b->l->lock);
}

static void
apply_batch(struct life *l, struct life_step *steps, size_t n)
{
    struct batch b = { .l = l,
                       .steps = steps,
                       .changes = xcalloc(n, sizeof(*b.changes)),
                       .n = n };
    struct err why = ERR_INIT;
    int rc;

    for (size_t i = 0; i < n; i++)
        b.changes[i] = steps[i].change;
    commit_points(steps, n, "before");
    rc = l->store->change(l->store_self, b.changes, n, kept, &b, &why);
    free(b.changes);
    if (rc < 0)
        log_event(LOG_ERR, "store.fail", "why=%s", why.text);
    lock_take(&l->lock);
    finish_batch(l, steps, n, rc, &why);
    if (rc < 0 && !l->stop)
        (void)lock_wait_until(&l->lock, &l->note_cond, time_mono_ms() + 1000);
    lock_release(&l->lock);
}

void *
life_apply_run(void *arg)
{
    struct life *l = arg;
    struct life_step *steps = xcalloc(LIFE_BATCH, sizeof(*steps));

    lock_take(&l->lock);
    while (!l->stop) {
        size_t n;

        if (l->note_head == NULL) {
            lock_wait(&l->lock, &l->note_cond);
            continue;
        }
        n = take_batch(l, steps);
        lock_release(&l->lock);
        if (n > 0)
            apply_batch(l, steps, n);
        lock_take(&l->lock);
    }
    while (l->note_head != NULL) {
        struct life_note *note = l->note_head;
        struct err why = ERR_INIT;

        err_set(&why, ERR_STATE, "the gatekeeper is ending");
        l->note_head = note->next;
        settle(l, note, &why);
    }
    l->note_tail = &l->note_head;
    lock_release(&l->lock);
    free(steps);
    return NULL;
}
