/* gatekeeper/life/life.c - see life.h: opening, and the functions for doors. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/life/life_act.h"

#define ACCEPTING "accepting"

/* ---- opening ---- */

static int
open_sched(struct life *l, const char *name, struct err *err)
{
    const struct scheduler *table = scheduler_find(name);
    struct life_sched *s = &l->sched[l->nscheds];

    if (table == NULL)
        return err_set(err, ERR_CONFIG,
                       "gatekeeper.schedulers: there is no scheduler '%s'",
                       name);
    if (l->nscheds == LIFE_SCHEDS_MAX)
        return err_set(err, ERR_CONFIG,
                       "gatekeeper.schedulers: more than %d schedulers",
                       LIFE_SCHEDS_MAX);
    s->table = table;
    s->life = l;
    s->index = (int)l->nscheds;
    s->host = (struct sched_host){ .conf = l->conf,
                                   .runner = l->runner,
                                   .hint = life_clock_hint,
                                   .may_start = life_fence_may_start,
                                   .arg = s };
    if (table->open(table, &s->host, &s->self, err) < 0)
        return err_wrap(err, "scheduler '%s'", name);
    l->nscheds++;
    return 0;
}

static int
open_stager(struct life *l, struct err *err)
{
    l->stager = &stager_gridcp;
    l->stage_host = (struct stage_host){ .conf = l->conf,
                                         .runner = l->runner,
                                         .done = life_act_staged,
                                         .waits = life_act_waits,
                                         .credential = life_act_credential,
                                         .may_work = life_fence_may_stage,
                                         .arg = l };
    return l->stager->open(&l->stage_host, &l->stager_self, err);
}

static int
load_settings(struct life *l, struct err *err)
{
    char *accepting = NULL;

    if (l->store->get_setting(l->store_self, ACCEPTING, &accepting, err) < 0)
        return -1;
    l->accepting = accepting == NULL || strcmp(accepting, "no") != 0;
    free(accepting);
    return 0;
}

static struct life *
create(const struct life_spec *spec)
{
    struct life *l = xcalloc(1, sizeof(*l));

    l->conf = spec->conf;
    l->store = spec->store;
    l->store_self = spec->store_self;
    l->runner = spec->runner;
    l->act = life_act;
    l->journal_max = conf_num(spec->conf, CONF_gatekeeper_journal_max);
    l->note_tail = &l->note_head;
    l->ready_tail = &l->ready_head;
    lock_init(&l->lock, LOCK_life);
    pthread_cond_init(&l->note_cond, NULL);
    pthread_cond_init(&l->applied, NULL);
    pthread_cond_init(&l->ready_cond, NULL);
    pthread_cond_init(&l->clock_cond, NULL);
    pthread_cond_init(&l->lease_cond, NULL);
    return l;
}

int
life_open(const struct life_spec *spec, struct life **life, struct err *err)
{
    struct life *l = create(spec);
    const char *name;
    int rc = 0;

    for (size_t i = 0;
         rc == 0 &&
         (name = conf_word(spec->conf, CONF_gatekeeper_schedulers, i)) != NULL;
         i++)
        rc = open_sched(l, name, err);
    if (rc == 0 && l->nscheds == 0)
        rc = err_set(err, ERR_CONFIG, "gatekeeper.schedulers is empty");
    if (rc == 0)
        rc = open_stager(l, err);
    if (rc == 0)
        rc = journal_open(&l->journal, l->store, l->store_self, err);
    if (rc == 0)
        rc = load_settings(l, err);
    if (rc == 0)
        rc = life_load(l, err);
    if (rc == 0)
        rc = life_rebuild(l, err);
    if (rc < 0) {
        life_close(l);
        return -1;
    }
    *life = l;
    return 0;
}

struct journal *
life_journal(struct life *l)
{
    return l->journal;
}

/* Continue every job, the oldest first. */
static void
take_up(struct life *l)
{
    lock_take(&l->lock);
    for (struct life_job *job = l->oldest; job != NULL; job = job->newer)
        life_load_expect(job);
    for (struct life_job *job = l->oldest; job != NULL; job = job->newer)
        life_load_resume(l, job);
    lock_release(&l->lock);
}

/* An instance without a lease is the only user of the store. */
static int
start_lease(struct life *l, struct err *err)
{
    if (conf_num(l->conf, CONF_gatekeeper_lease) == 0)
        return 0;
    if (thread_start(&l->lease, "life-lease", life_lease_run, l, err) < 0)
        return -1;
    l->leasing = true;
    return 0;
}

int
life_start(struct life *l, struct err *err)
{
    if (thread_start(&l->applier, "life-apply", life_apply_run, l, err) < 0)
        return -1;
    l->applying = true;
    if (thread_start(&l->clock, "life-clock", life_clock_run, l, err) < 0)
        return -1;
    l->ticking = true;
    for (size_t i = 0; i < l->nscheds; i++) {
        if (l->sched[i].table->poll_by_owner)
            continue;
        if (thread_start(&l->sched[i].poller, "life-poll", life_clock_poll,
                         &l->sched[i], err) < 0)
            return -1;
        l->sched[i].polling = true;
    }
    take_up(l);
    return start_lease(l, err);
}

void
life_close(struct life *l)
{
    if (l == NULL)
        return;
    lock_take(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->note_cond);
    pthread_cond_broadcast(&l->clock_cond);
    pthread_cond_broadcast(&l->lease_cond);
    lock_release(&l->lock);
    if (l->applying)
        pthread_join(l->applier, NULL);
    if (l->ticking)
        pthread_join(l->clock, NULL);
    if (l->leasing)
        pthread_join(l->lease, NULL);
    for (size_t i = 0; i < l->nscheds; i++)
        if (l->sched[i].polling)
            pthread_join(l->sched[i].poller, NULL);
    /* A thread that hangs in an external call is not joined: the process is
     * about to end. */
    if (!life_lane_stop(l, 3000))
        return;
    if (l->stager_self != NULL)
        l->stager->close(l->stager_self);
    for (size_t i = 0; i < l->nscheds; i++)
        l->sched[i].table->close(l->sched[i].self);
    life_table_fini(l);
    journal_close(l->journal);
    pthread_cond_destroy(&l->note_cond);
    pthread_cond_destroy(&l->applied);
    pthread_cond_destroy(&l->ready_cond);
    pthread_cond_destroy(&l->clock_cond);
    pthread_cond_destroy(&l->lease_cond);
    lock_fini(&l->lock);
    free(l);
}

/* ---- for doors ---- */

int
life_cancel_why(struct life *l, const char *owner, const char *id,
                const char *why, struct err *err)
{
    struct life_note *note;

    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    note = life_note_create(id, LIFE_EV_CANCEL, -1);
    note->fault = xstrdup(why);
    return life_note_wait(l, note, err);
}

int
life_cancel(struct life *l, const char *owner, const char *id, struct err *err)
{
    return life_cancel_why(l, owner, id, "cancelled by its owner", err);
}

int
life_release(struct life *l, const char *owner, const char *id, struct err *err)
{
    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    return life_note_wait(l, life_note_create(id, LIFE_EV_RELEASE, -1), err);
}

int
life_wipe(struct life *l, const char *owner, const char *id, struct err *err)
{
    struct life_job *job;
    int rc = 0;

    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job == NULL)
        rc = err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
    else if (!life_state_final((enum life_state)job->state))
        rc = err_set(err, ERR_STATE, "job '%s' is %s: terminate it first", id,
                     life_state_word((enum life_state)job->state));
    else
        life_lane_push(l, &job->item, LIFE_DO_wipe);
    lock_release(&l->lock);
    return rc;
}

void
life_counts(struct life *l, struct life_counts *counts)
{
    lock_take(&l->lock);
    for (int i = 0; i < LIFE_STATES; i++)
        counts->state[i] = l->by_state[i];
    counts->total = (long)l->jobs.count;
    counts->accepting = l->accepting;
    lock_release(&l->lock);
}

int
life_set_accepting(struct life *l, bool accepting, struct err *err)
{
    if (l->store->set_setting(l->store_self, ACCEPTING,
                              accepting ? "yes" : "no", err) < 0)
        return -1;
    lock_take(&l->lock);
    l->accepting = accepting;
    lock_release(&l->lock);
    log_event(LOG_NOTICE, "service.accepting", "value=%s",
              accepting ? "yes" : "no");
    return 0;
}

void
life_renewed(struct life *l, const char *owner, const char *id)
{
    lock_take(&l->lock);
    for (struct life_job *job = l->newest; job != NULL; job = job->older)
        if (job->delegation_id != NULL && strcmp(job->delegation_id, id) == 0 &&
            !life_state_final(job->state) && job->account != NULL &&
            strcmp(job->owner->dn, owner) == 0)
            life_lane_push(l, &job->item, LIFE_DO_install);
    lock_release(&l->lock);
}

int
life_answers(struct life *l, size_t i, struct err *err)
{
    const struct life_sched *s = &l->sched[i];

    if (i >= l->nscheds)
        return 0;
    return s->table->answers == NULL || s->table->answers(s->self, err) == 0
               ? 1
               : -1;
}

int
life_describe(struct life *l, size_t i, const char **name,
              struct sched_info *info)
{
    struct err err = ERR_INIT;
    struct life_sched *s;

    if (i >= l->nscheds)
        return 0;
    s = &l->sched[i];
    *name = s->table->name;
    memset(info, 0, sizeof(*info));
    if (s->table->describe(s->self, info, &err) == 0)
        return 1;
    log_event(LOG_WARNING, "sched.describe.fail", "scheduler=%s why=%s", *name,
              err.text);
    return -1;
}
