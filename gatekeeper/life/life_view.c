/* gatekeeper/life/life_view.c - views of jobs for their owners: this instance's
 * jobs from memory, other instances' jobs from the store; see life.h. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

/* Load OWNER's job ID, which is not in memory, if another instance has it. */
static int
load_other(struct life *l, const char *owner, const char *id,
           struct store_job *job, struct err *err)
{
    if (l->store->load(l->store_self, id, job, err) < 0)
        return -1;
    if (job->instance != NULL && strcmp(job->owner, owner) == 0)
        return 0;
    store_job_fini(job);
    return err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
}

/* Call FN for job ID if it is in memory. */
static bool
look_here(struct life *l, const char *owner, const char *id, life_look_fn *fn,
          void *arg)
{
    const struct life_job *job;

    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job != NULL)
        fn(job, arg);
    lock_release(&l->lock);
    return job != NULL;
}

int
life_view_look(struct life *l, const char *owner, const char *id,
               life_look_fn *fn, void *arg, struct err *err)
{
    struct life_job *job;
    struct store_job kept;

    if (look_here(l, owner, id, fn, arg))
        return 0;
    if (load_other(l, owner, id, &kept, err) < 0)
        return -1;
    lock_take(&l->lock);
    job = life_table_make(l, &kept);
    fn(job, arg);
    life_table_free(job);
    lock_release(&l->lock);
    store_job_fini(&kept);
    return 0;
}

static void
look_at_nothing(const struct life_job *job, void *arg)
{
    (void)job;
    (void)arg;
}

int
life_view_here(struct life *l, const char *owner, const char *id,
               struct err *err)
{
    struct store_job kept;

    if (look_here(l, owner, id, look_at_nothing, NULL))
        return 0;
    if (load_other(l, owner, id, &kept, err) < 0)
        return -1;
    err_set(err, ERR_STATE,
            "job '%s' belongs to gatekeeper '%s': ask there, or later here: it "
            "is taken over when that one has ended",
            id, kept.instance);
    store_job_fini(&kept);
    return -1;
}

/* The task of a single-task job; for an array, an empty task. */
static const struct life_task *
only_task(const struct life_job *job)
{
    static const struct life_task none;

    return job->ntasks == 1 ? &job->task[0] : &none;
}

static void
fill(const struct life_job *job, void *arg)
{
    struct life_view *view = arg;

    memcpy(view->id, job->id, sizeof(view->id));
    view->state = (enum life_state)job->state;
    view->failed_state = (enum life_state)job->failed_state;
    view->cancel = job->cancel;
    view->account = xstrdup_or_null(job->account);
    view->session = xstrdup_or_null(job->session);
    view->scheduler =
        xstrdup_or_null(job->sched != NULL ? job->sched->table->name : NULL);
    view->sched_id = xstrdup_or_null(only_task(job)->sched_id);
    view->fault = xstrdup_or_null(job->fault);
    view->retry = xstrdup_or_null(life_retry_text(job));
    view->delegation_id = xstrdup_or_null(job->delegation_id);
    view->exit = only_task(job)->exit;
    view->ntasks = job->ntasks;
    view->tally = job->tally;
    memcpy(view->entered_ms, job->entered_ms, sizeof(view->entered_ms));
}

int
life_view(struct life *l, const char *owner, const char *id,
          struct life_view *view, struct err *err)
{
    memset(view, 0, sizeof(*view));
    return life_view_look(l, owner, id, fill, view, err);
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

/* Check that OWNER has a job ID, here or at another instance. */
static int
owns(struct life *l, const char *owner, const char *id, struct err *err)
{
    return life_view_look(l, owner, id, look_at_nothing, NULL, err);
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
                "job '%s': events after %lld are no longer kept "
                "(gatekeeper.journal_max): begin anew with since=0",
                id, since);
        store_events_fini(events);
        return -1;
    }
    /* Drop the events that memory, which gives all other answers, does not show
     * yet; the state is that after the remaining events. */
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
life_list(struct life *l, const char *owner, size_t max,
          char (**ids)[UUID_TEXT], size_t *n, struct err *err)
{
    const struct store_filter f = { .owner = owner, .max = max };
    struct store_page page;

    *ids = NULL;
    *n = 0;
    if (l->store->list(l->store_self, &f, &page, err) < 0)
        return -1;
    *ids = page.id;
    *n = page.n;
    return 0;
}
