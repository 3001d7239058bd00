/* gatekeeper/life/life_apply.c - what happened becomes new states: stored, then
 * acted upon (life.def). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "base/thread.h"
#include "gatekeeper/life/life_core.h"

/* One job's step in the batch under way. */
struct step {
    struct life_note *note;
    struct life_job *job;
    struct store_change change;
    enum life_action action;
    char submit_name[64];
    char ended[64]; /* how the program did, in words */
};

/* The steps of one commit. */
struct batch {
    struct life *l;
    struct step *steps;
    struct store_change *changes;
    size_t n;
};

struct life_note *
life_note_create(const char *id, enum life_event event, int expect)
{
    struct life_note *note = xcalloc(1, sizeof(*note));

    memcpy(note->id, id, UUID_TEXT);
    note->event = event;
    note->expect = expect;
    return note;
}

static void
note_free(struct life_note *note)
{
    free(note->account);
    free(note->session);
    free(note->home);
    free(note->sched_id);
    free(note->fault);
    free(note);
}

static void
enqueue(struct life *l, struct life_note *note)
{
    note->next = NULL;
    *l->note_tail = note;
    l->note_tail = &note->next;
    pthread_cond_signal(&l->note_cond);
}

void
life_note_post(struct life *l, struct life_note *note)
{
    pthread_mutex_lock(&l->lock);
    enqueue(l, note);
    pthread_mutex_unlock(&l->lock);
}

int
life_note_wait(struct life *l, struct life_note *note, struct err *err)
{
    struct life_wait wait = { .err = ERR_INIT };

    /* cppcheck-suppress autoVariables ; awaited below, and gone by then */
    note->wait = &wait;
    pthread_mutex_lock(&l->lock);
    enqueue(l, note);
    while (!wait.done)
        pthread_cond_wait(&l->applied, &l->lock);
    pthread_mutex_unlock(&l->lock);
    if (wait.err.code == ERR_OK)
        return 0;
    return err_set(err, wait.err.code, "%s", wait.err.text);
}

/* NOTE is done with; its waiter, if any, hears ERR.  With the lock. */
static void
settle(struct life *l, struct life_note *note, const struct err *err)
{
    if (note->wait != NULL) {
        note->wait->err = *err;
        note->wait->done = true;
        pthread_cond_broadcast(&l->applied);
    }
    note_free(note);
}

/* ---- from an event to a change ---- */

/* The name that the scheduler is to know the job by: unique for ever. */
static void
name_it(struct step *s)
{
    size_t n = 2;

    memcpy(s->submit_name, "gk", 2);
    for (const char *p = s->job->id; *p != '\0'; p++)
        if (*p != '-')
            s->submit_name[n++] = *p;
    s->submit_name[n] = '\0';
    s->change.submit_name = s->submit_name;
}

/* What the event says of the job. */
static void
judge(struct step *s, enum life_event event, enum life_state from)
{
    struct store_change *c = &s->change;
    const struct life_note *note = s->note;

    if (event == LIFE_EV_INTENT)
        name_it(s);
    if (event == LIFE_EV_EXITED || event == LIFE_EV_KILLED)
        c->exit = note->exit;
    if (event == LIFE_EV_FAULT ||
        (event == LIFE_EV_EXITED && note->fault != NULL)) {
        c->outcome = LIFE_FAILED;
        c->failed_state = (int)(event == LIFE_EV_EXITED ? LIFE_RUNNING : from);
        c->fault = note->fault;
    }
    /* What went wrong after a good end: the first fault is the one told. */
    if (from == LIFE_CLEANUP && c->fault == NULL && note->fault != NULL &&
        s->job->fault == NULL) {
        c->failed_state = (int)from;
        c->fault = note->fault;
    }
    if (event == LIFE_EV_CANCEL) {
        c->failed_state = (int)from;
        c->fault = note->fault;
    }
    if (event == LIFE_EV_CANCEL || event == LIFE_EV_KILLED) {
        c->outcome = LIFE_CANCELLED;
        c->cancel = true;
    }
}

/* How the program ended, as the journal says it. */
static char *
ended(struct step *s)
{
    const struct store_exit *e = &s->note->exit;

    if (!e->set)
        return NULL;
    if (e->signal != 0)
        snprintf(s->ended, sizeof(s->ended),
                 "its program was ended by signal %d", e->signal);
    else
        snprintf(s->ended, sizeof(s->ended),
                 "its program ended with exit code %d", e->code);
    return s->ended;
}

/* Why EVENT is, better than the event itself tells; NULL. */
static char *
reason_of(struct step *s, enum life_event event)
{
    bool own = event == s->note->event;

    if (own && s->note->fault != NULL)
        return s->note->fault;
    return event == LIFE_EV_EXITED ? ended(s) : NULL;
}

/* The event that follows at once when ACTION has nothing to do outside; false:
 * it has. */
static bool
follow(struct step *s, enum life_action action, enum life_event *event)
{
    const struct life_job *job = s->job;
    int outcome = s->change.outcome >= 0 ? s->change.outcome : job->outcome;

    if (action == LIFE_DO_end)
        return true;
    if (action == LIFE_DO_intend) {
        *event = LIFE_EV_INTENT;
        return true;
    }
    if (action == LIFE_DO_stage_out && !job->stages_out) {
        *event = LIFE_EV_STAGED;
        return true;
    }
    if (action == LIFE_DO_clean && !job->cleans && !job->credential) {
        *event = outcome == LIFE_DONE     ? LIFE_EV_SUCCEED
                 : outcome == LIFE_FAILED ? LIFE_EV_FAIL
                                          : LIFE_EV_ABORT;
        return true;
    }
    return false;
}

/* When the run began that nobody saw: by the clock of where it ran, and so kept
 * between what is known here. */
static long long
began(const struct step *s, long long now)
{
    long long t = s->note->exit.started_ms,
              since = s->job->entered_ms[s->job->state];

    if (t <= 0 || t > now)
        return now;
    return t < since ? since : t;
}

/* Follow the table from the job's state; false: the event is not legal. */
static bool
walk(struct step *s)
{
    enum life_state state = (enum life_state)s->job->state, next;
    enum life_event event = s->note->event;
    struct store_change *c = &s->change;
    long long now = time_now_ms();

    do {
        if (!life_state_next(state, event, &next, &s->action))
            return false;
        assert(c->nsteps < STORE_STEPS_MAX);
        judge(s, event, state);
        c->step[c->nsteps] = (struct store_event){
            .task = -1,
            .attempt = -1,
            .from = (int)state,
            .to = next,
            .event = event,
            .t_ms = s->action == LIFE_DO_end ? began(s, now) : now,
            .reason = reason_of(s, event)
        };
        memcpy(c->step[c->nsteps++].job, c->id, UUID_TEXT);
        state = next;
    } while (follow(s, s->action, &event));
    return true;
}

/* A run's end that was seen before its owner's cancel was stored comes after
 * it: whatever the end was, the job was ended. */
static void
after_cancel(const struct life_job *job, struct life_note *note)
{
    bool at_scheduler =
        job->state == LIFE_SUBMITTING || job->state == LIFE_PENDING ||
        job->state == LIFE_RUNNING || job->state == LIFE_SUSPENDED;

    if (job->cancel && at_scheduler &&
        (note->event == LIFE_EV_FAULT || note->event == LIFE_EV_EXITED))
        note->event = LIFE_EV_KILLED;
}

/* Prepare NOTE as a step; false when there is nothing to store, *why says how
 * it ends.  With the lock. */
static bool
prepare(struct life *l, struct life_note *note, struct step *s, struct err *why)
{
    struct life_job *job = life_table_find(l, note->id);

    memset(s, 0, sizeof(*s));
    s->note = note;
    s->job = job;
    s->change.outcome = s->change.failed_state = -1;
    if (job == NULL) {
        err_set(why, ERR_NOT_FOUND, "no job '%s'", note->id);
        return false;
    }
    if (note->expect >= 0 && note->expect != job->state)
        return false;
    if (note->event == LIFE_EV_CANCEL && job->cancel)
        return false;
    after_cancel(job, note);
    s->change.id = job->id;
    s->change.account = note->account;
    s->change.session = note->session;
    s->change.home = note->home;
    s->change.sched_id = note->sched_id;
    if (walk(s))
        return true;
    err_set(why, ERR_STATE, "job '%s' is %s", job->id,
            life_state_word((enum life_state)job->state));
    if (note->wait == NULL)
        log_event(LOG_WARNING, "job.event.illegal", "job=%s event=%s state=%s",
                  job->id, life_event_word(note->event),
                  life_state_word((enum life_state)job->state));
    return false;
}

/* ---- after the commit ---- */

static void
take(char **to, char **from)
{
    if (*from == NULL)
        return;
    free(*to);
    *to = *from;
    *from = NULL;
}

static void
log_step(const struct step *s)
{
    const struct store_change *c = &s->change;

    for (size_t i = 0; i < c->nsteps; i++)
        log_event(LOG_NOTICE, "job.state", "job=%s event=%s from=%s to=%s",
                  c->id, life_event_word(c->step[i].event),
                  life_state_word((enum life_state)c->step[i].from),
                  life_state_word(c->step[i].to));
    if (c->fault != NULL)
        log_event(LOG_NOTICE, "job.fault", "job=%s state=%s why=%s", c->id,
                  life_state_word((enum life_state)c->failed_state), c->fault);
}

/* What is stored becomes true in memory, and the action due.  With the lock. */
static void
enact(struct life *l, struct step *s)
{
    struct store_change *c = &s->change;
    struct life_job *job = s->job;

    log_step(s);
    if (c->submit_name != NULL) {
        /* Under the name that it had before something may exist. */
        job->tried = job->tried && job->submit_name != NULL &&
                     strcmp(job->submit_name, c->submit_name) == 0;
        free(job->submit_name);
        job->submit_name = xstrdup(c->submit_name);
    }
    if (c->exit.set)
        job->exit = c->exit;
    if (c->outcome >= 0)
        job->outcome = (uint8_t)c->outcome;
    if (c->failed_state >= 0 && job->fault == NULL)
        job->failed_state = (uint8_t)c->failed_state;
    job->cancel |= c->cancel;
    take(&job->account, &s->note->account);
    take(&job->session, &s->note->session);
    take(&job->home, &s->note->home);
    take(&job->sched_id, &s->note->sched_id);
    if (job->fault == NULL)
        take(&job->fault, &s->note->fault);
    life_retry_over(job);
    for (size_t i = 0; i < c->nsteps; i++)
        life_table_move(l, job, c->step[i].to, c->step[i].t_ms);
    life_lane_push(l, job,
                   job->cancel && s->action == LIFE_DO_release ? LIFE_DO_kill
                                                               : s->action);
    for (size_t i = 0; i < c->nsteps; i++)
        journal_append(l->journal, &c->step[i]);
}

/* ---- the thread ---- */

/* Notes for LIFE_BATCH different jobs at most; a second one for a job stays for
 * the next batch.  With the lock. */
static size_t
take_batch(struct life *l, struct step steps[LIFE_BATCH])
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
        if (prepare(l, note, &steps[n], &why)) {
            job->in_batch = true;
            job->lanes++; /* not to be removed meanwhile */
            n++;
        } else {
            settle(l, note, &why);
        }
    }
    l->note_tail = &l->note_head;
    while (*l->note_tail != NULL)
        l->note_tail = &(*l->note_tail)->next;
    return n;
}

/* The store took the changes, or did not: RC and WHY.  With the lock. */
static void
finish_batch(struct life *l, struct step *steps, size_t n, int rc,
             const struct err *why)
{
    static const struct err fine = ERR_INIT;

    for (size_t i = 0; i < n; i++) {
        struct step *s = &steps[i];

        s->job->in_batch = false;
        s->job->lanes--;
        if (rc < 0 && s->note->wait == NULL) {
            /* Nothing is lost: the note waits for a better time. */
            s->note->next = l->note_head;
            if (l->note_head == NULL)
                l->note_tail = &s->note->next;
            l->note_head = s->note;
            continue;
        }
        if (rc == 0 && s->change.fenced)
            log_event(LOG_ERR, "job.fenced", "job=%s", s->change.id);
        settle(l, s->note, rc < 0 ? why : &fine);
    }
}

/* Test points "gk.EVENT.before" and ".after" its commit. */
#ifdef TEST_POINTS
static void
commit_points(const struct step *steps, size_t n, const char *when)
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

/* A store_kept_fn, ARG is the batch: memory and journal go forward as the store
 * did, and so in the same order as everything else that it takes. */
static void
kept(void *arg)
{
    const struct batch *b = arg;

    commit_points(b->steps, b->n, "after");
    pthread_mutex_lock(&b->l->lock);
    for (size_t i = 0; i < b->n; i++) {
        b->steps[i].change = b->changes[i];
        if (!b->changes[i].fenced)
            enact(b->l, &b->steps[i]);
    }
    pthread_mutex_unlock(&b->l->lock);
}

static void
apply_batch(struct life *l, struct step *steps, size_t n)
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
    pthread_mutex_lock(&l->lock);
    finish_batch(l, steps, n, rc, &why);
    if (rc < 0 && !l->stop)
        (void)thread_wait(&l->note_cond, &l->lock, time_mono_ms() + 1000);
    pthread_mutex_unlock(&l->lock);
}

void *
life_apply_run(void *arg)
{
    struct life *l = arg;
    struct step *steps = xcalloc(LIFE_BATCH, sizeof(*steps));

    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        size_t n;

        if (l->note_head == NULL) {
            pthread_cond_wait(&l->note_cond, &l->lock);
            continue;
        }
        n = take_batch(l, steps);
        pthread_mutex_unlock(&l->lock);
        if (n > 0)
            apply_batch(l, steps, n);
        pthread_mutex_lock(&l->lock);
    }
    while (l->note_head != NULL) {
        struct life_note *note = l->note_head;
        struct err why = ERR_INIT;

        err_set(&why, ERR_STATE, "the gatekeeper is ending");
        l->note_head = note->next;
        settle(l, note, &why);
    }
    l->note_tail = &l->note_head;
    pthread_mutex_unlock(&l->lock);
    free(steps);
    return NULL;
}
