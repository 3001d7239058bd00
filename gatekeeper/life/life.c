/* gatekeeper/life/life.c - see life.h: opening, and what doors ask. */
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
    s->host = (struct sched_host){
        .conf = l->conf, .runner = l->runner, .hint = life_clock_hint, .arg = s
    };
    if (table->open(&s->host, &s->self, err) < 0)
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
                                         .arg = l };
    return l->stager->open(&l->stage_host, &l->stager_self, err);
}

/* All jobs on their way from the store into memory. */
struct loading {
    struct life *l;
    struct err err; /* why one cannot be loaded */
};

/* What the record of JOB asks for, which only it remembers. */
static int
note_record(struct life_job *job, const char *json, struct err *err)
{
    struct job record;

    if (json == NULL)
        return 0;
    if (job_from_json(json, &record, err) < 0)
        return err_wrap(err, "job '%s'", job->id);
    life_table_note(job, &record);
    job_fini(&record);
    return 0;
}

static int
load_job(struct store_job *j, void *arg)
{
    struct loading *loading = arg;
    struct life_job *job = life_table_add(loading->l, j);

    if (job->sched == NULL)
        log_event(LOG_WARNING, "job.orphan", "job=%s scheduler=%s", job->id,
                  j->scheduler);
    job->credential = job->delegation_id != NULL && job->account != NULL;
    return note_record(job, j->record, &loading->err);
}

static int
load_jobs(struct life *l, struct err *err)
{
    struct loading loading = { .l = l, .err = ERR_INIT };

    if (l->store->each(l->store_self, load_job, &loading, err) < 0)
        return -1;
    return loading.err.code == ERR_OK
               ? 0
               : err_set(err, loading.err.code, "%s", loading.err.text);
}

static int
load(struct life *l, struct err *err)
{
    char *accepting = NULL;

    if (load_jobs(l, err) < 0 ||
        l->store->get_setting(l->store_self, ACCEPTING, &accepting, err) < 0)
        return -1;
    l->accepting = accepting == NULL || strcmp(accepting, "no") != 0;
    free(accepting);
    log_event(LOG_NOTICE, "life.load", "jobs=%zu accepting=%s", l->njobs,
              l->accepting ? "yes" : "no");
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
        rc = load(l, err);
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

/* Take a task up where its stored state left it. */
static void
resume_task(struct life *l, struct life_task *task)
{
    enum life_action action = task_state_resume((enum task_state)task->state);
    bool cancel = task->item.job->cancel;

    if (action == LIFE_DO_release && cancel)
        action = LIFE_DO_kill;
    if (action == LIFE_DO_watch && cancel)
        life_lane_push(l, &task->item, LIFE_DO_kill);
    life_lane_push(l, &task->item, action);
}

/* The same for a job and its tasks. */
static void
resume(struct life *l, struct life_job *job)
{
    life_lane_push_job(l, job, life_state_resume((enum life_state)job->state));
    for (uint32_t i = 0; i < job->ntasks; i++)
        resume_task(l, &job->task[i]);
}

/* What may run is known to its scheduler before anything is asked of it. */
static void
expect(struct life_job *job)
{
    char name[LIFE_NAME_MAX];

    if (job->sched == NULL || job->sched->table->expect == NULL)
        return;
    for (uint32_t i = 0; i < job->ntasks; i++) {
        struct sched_job s =
            life_report_sched_job_locked(&job->task[i], NULL, name);

        if (task_state_submitted((enum task_state)job->task[i].state))
            job->sched->table->expect(job->sched->self, &s);
    }
}

static void
take_up(struct life *l)
{
    lock_take(&l->lock);
    for (struct life_job *job = l->oldest; job != NULL; job = job->newer)
        expect(job);
    for (struct life_job *job = l->oldest; job != NULL; job = job->newer)
        if (!life_state_final(job->state))
            resume(l, job);
    lock_release(&l->lock);
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
    return 0;
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
    lock_release(&l->lock);
    if (l->applying)
        pthread_join(l->applier, NULL);
    if (l->ticking)
        pthread_join(l->clock, NULL);
    for (size_t i = 0; i < l->nscheds; i++)
        if (l->sched[i].polling)
            pthread_join(l->sched[i].poller, NULL);
    /* One that hangs outside is left behind: the process is about to end. */
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
    lock_fini(&l->lock);
    free(l);
}

/* ---- questions ---- */

/* The task of a job that has one; of an array, one that says nothing. */
static const struct life_task *
only_task(const struct life_job *job)
{
    static const struct life_task none;

    return job->ntasks == 1 ? &job->task[0] : &none;
}

int
life_view(struct life *l, const char *owner, const char *id,
          struct life_view *view, struct err *err)
{
    struct life_job *job;

    memset(view, 0, sizeof(*view));
    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job != NULL) {
        memcpy(view->id, job->id, sizeof(view->id));
        view->state = (enum life_state)job->state;
        view->failed_state = (enum life_state)job->failed_state;
        view->cancel = job->cancel;
        view->account = xstrdup_or_null(job->account);
        view->session = xstrdup_or_null(job->session);
        view->scheduler = xstrdup_or_null(
            job->sched != NULL ? job->sched->table->name : NULL);
        view->sched_id = xstrdup_or_null(only_task(job)->sched_id);
        view->fault = xstrdup_or_null(job->fault);
        view->retry = xstrdup_or_null(life_retry_text(job));
        view->delegation_id = xstrdup_or_null(job->delegation_id);
        view->exit = only_task(job)->exit;
        view->ntasks = job->ntasks;
        view->tally = job->tally;
        memcpy(view->entered_ms, job->entered_ms, sizeof(view->entered_ms));
    }
    lock_release(&l->lock);
    return job != NULL ? 0 : err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
}

void
life_view_fini(struct life_view *view)
{
    free(view->account);
    free(view->session);
    free(view->scheduler);
    free(view->sched_id);
    free(view->fault);
    free(view->retry);
    free(view->delegation_id);
    memset(view, 0, sizeof(*view));
}

/* Whether OWNER has a job ID. */
static int
owns(struct life *l, const char *owner, const char *id, struct err *err)
{
    bool own;

    lock_take(&l->lock);
    own = life_table_own(l, owner, id) != NULL;
    lock_release(&l->lock);
    return own ? 0 : err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
}

int
life_events(struct life *l, const char *owner, const char *id, long long since,
            size_t max, struct store_events *events, struct err *err)
{
    const struct store_query q = { .job = id, .since = since, .max = max };
    long long last = journal_last(l->journal);

    if (owns(l, owner, id, err) < 0 ||
        l->store->events(l->store_self, &q, events, err) < 0)
        return -1;
    if (since > 0 && since + 1 < events->first) {
        err_set(err, ERR_STATE,
                "of job '%s' events after %lld are not kept any more "
                "(gatekeeper.journal_max): begin anew with since=0",
                id, since);
        store_events_fini(events);
        return -1;
    }
    /* Not those that memory, which all else is answered from, will show in a
     * moment; the state is that after the others. */
    while (events->n > 0 && events->of[events->n - 1].seq > last) {
        struct store_event *early = &events->of[--events->n];

        if (early->task < 0 && early->from >= 0)
            events->state = (enum life_state)early->from;
        store_event_fini(early);
    }
    if (owns(l, owner, id, err) == 0)
        return 0;
    store_events_fini(events);
    return -1;
}

int
life_document(struct life *l, const char *owner, const char *id,
              struct buf *out, char **kind, struct err *err)
{
    struct store_job job;

    if (owns(l, owner, id, err) < 0 ||
        l->store->load(l->store_self, id, &job, err) < 0)
        return -1;
    buf_adds(out, job.document);
    *kind = xstrdup_or_null(job.kind);
    store_job_fini(&job);
    return 0;
}

int
life_cancel(struct life *l, const char *owner, const char *id, struct err *err)
{
    struct life_note *note;

    if (owns(l, owner, id, err) < 0)
        return -1;
    note = life_note_create(id, LIFE_EV_CANCEL, -1);
    note->fault = xstrdup("cancelled by its owner");
    return life_note_wait(l, note, err);
}

int
life_release(struct life *l, const char *owner, const char *id, struct err *err)
{
    if (owns(l, owner, id, err) < 0)
        return -1;
    return life_note_wait(l, life_note_create(id, LIFE_EV_RELEASE, -1), err);
}

int
life_wipe(struct life *l, const char *owner, const char *id, struct err *err)
{
    struct life_job *job;
    int rc = 0;

    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job == NULL || job->wiped)
        rc = err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
    else if (!life_state_final((enum life_state)job->state))
        rc = err_set(err, ERR_STATE, "job '%s' is %s: terminate it first", id,
                     life_state_word((enum life_state)job->state));
    else
        life_lane_push(l, &job->item, LIFE_DO_wipe);
    lock_release(&l->lock);
    return rc;
}

char (*life_list(struct life *l, const char *owner, size_t max, size_t *n,
                 size_t *total))[UUID_TEXT]
{
    char(*ids)[UUID_TEXT] = NULL;

    *n = *total = 0;
    lock_take(&l->lock);
    if (max > l->njobs)
        max = l->njobs;
    ids = xcalloc(max + 1, sizeof(*ids));
    for (struct life_job *job = l->newest; job != NULL; job = job->older) {
        if (owner != NULL && strcmp(job->owner->dn, owner) != 0)
            continue;
        if (*n < max)
            memcpy(ids[(*n)++], job->id, UUID_TEXT);
        ++*total;
    }
    lock_release(&l->lock);
    return ids;
}

void
life_counts(struct life *l, struct life_counts *counts)
{
    lock_take(&l->lock);
    for (int i = 0; i < LIFE_STATES; i++)
        counts->state[i] = l->by_state[i];
    counts->total = (long)l->njobs;
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
