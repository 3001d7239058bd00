/* gatekeeper/life/life_limits.c - the limits of a job, changed by its owner;
 * see life.h.  The record first, from which every later hand-over is made; then
 * the scheduler, for what it has.  When that refuses, the record is as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_act.h"

/* One change. */
struct limiting {
    struct life *l;
    struct life_job *job;
    struct job record;
    long long old, seconds; /* the wall time; old 0: none */
};

/* A job of OWNER that nobody else changes; it is not removed until release().
 */
static int
seize(struct limiting *c, const char *owner, const char *id, struct err *err)
{
    int rc = 0;

    if (life_view_here(c->l, owner, id, err) < 0)
        return -1;
    lock_take(&c->l->lock);
    c->job = life_table_own(c->l, owner, id);
    if (c->job == NULL || c->job->sched == NULL || c->job->wiping)
        rc = err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
    else if (c->job->limiting)
        rc = err_set(err, ERR_STATE,
                     "the limits of job '%s' are being changed: ask again in a "
                     "moment",
                     id);
    if (rc == 0) {
        c->job->limiting = true;
        c->job->lanes++;
    }
    lock_release(&c->l->lock);
    return rc;
}

static void
release(struct limiting *c)
{
    lock_take(&c->l->lock);
    c->job->limiting = false;
    c->job->lanes--;
    lock_release(&c->l->lock);
}

/* The record as it is kept, with what is particular to the site's words. */
static int
load(struct limiting *c, struct err *err)
{
    struct store_job kept;
    int rc;

    if (c->l->store->load(c->l->store_self, c->job->id, &kept, err) < 0)
        return -1;
    rc = job_from_json(kept.record, &c->record, err);
    store_job_fini(&kept);
    if (rc == 0)
        c->old = c->record.wall_time > 0 ? c->record.wall_time : 0;
    return rc;
}

/* Whether the site and its scheduler can do it. */
static int
check(const struct limiting *c, struct err *err)
{
    const struct life_sched *sched = c->job->sched;

    if (sched->table->set_limits == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "scheduler '%s' cannot change the limits of a job",
                       sched->table->name);
    return sched->table->check == NULL
               ? 0
               : sched->table->check(sched->self, &c->record, err);
}

/* Keep that the limit is SECONDS (0: there is none) instead of BEFORE; WHY:
 * because of that. */
static int
keep(struct limiting *c, long long before, long long seconds, const char *why,
     struct err *err)
{
    struct life_note *note = life_note_create(c->job->id, LIFE_EV_LIMITS, -1);
    char from[40] = "none";

    if (before > 0)
        snprintf(from, sizeof(from), "%lld s", before);
    if (c->record.wall_time_asked < 0)
        c->record.wall_time_asked = c->old;
    c->record.wall_time = seconds > 0 ? seconds : -1;
    note->record = job_to_json(&c->record);
    note->reason =
        why != NULL
            ? xasprintf("its wall time limit is as it was: %s", why)
            : xasprintf("its owner changed its wall time limit from %s to "
                        "%lld s",
                        from, seconds);
    return life_note_wait(c->l, note, err);
}

/* The tasks of the job that its scheduler has, or the first, as the scheduler
 * is told of them: *N of them. */
static struct sched_job *
ask_about(struct limiting *c, char (**name)[LIFE_NAME_MAX], size_t *n)
{
    const struct life_job *job = c->job;
    struct sched_job *s = xcalloc(job->ntasks, sizeof(*s));

    *name = xcalloc(job->ntasks, sizeof(**name));
    *n = 0;
    lock_take(&c->l->lock);
    for (uint32_t i = 0; i < job->ntasks; i++)
        if (task_state_submitted((enum task_state)job->task[i].state)) {
            s[*n] =
                life_report_sched_job_locked(&job->task[i], NULL, (*name)[*n]);
            ++*n;
        }
    if (*n == 0) {
        s[0] = life_report_sched_job_locked(&job->task[0], NULL, (*name)[0]);
        *n = 1;
    }
    lock_release(&c->l->lock);
    return s;
}

/* Tell the scheduler. */
static int
tell(struct limiting *c, struct err *err)
{
    const struct life_sched *sched = c->job->sched;
    char(*name)[LIFE_NAME_MAX];
    struct sched_job *s;
    size_t n;
    int rc = 0;

    s = ask_about(c, &name, &n);
    if (s[0].session[0] != '\0') /* nothing of it is outside before */
        rc = sched->table->set_limits(sched->self, s, n, &c->record, c->old,
                                      err);
    free(s);
    free(name);
    return rc;
}

/* Change the record, then the scheduler's limit. */
static int
change(struct limiting *c, struct err *err)
{
    struct err why = ERR_INIT, kept = ERR_INIT;

    if (keep(c, c->old, c->seconds, NULL, err) < 0)
        return -1;
    if (tell(c, &why) == 0)
        return 0;
    (void)keep(c, c->seconds, c->old, why.text, &kept);
    return err_set(err, why.code, "%s", why.text);
}

int
life_limits(struct life *l, const char *owner, const char *id,
            long long seconds, struct err *err)
{
    struct limiting c = { .l = l, .seconds = seconds };
    int rc;

    if (seize(&c, owner, id, err) < 0)
        return -1;
    rc = load(&c, err);
    if (rc == 0) {
        c.record.wall_time = seconds;
        rc = check(&c, err);
        if (rc == 0)
            rc = change(&c, err);
        job_fini(&c.record);
    }
    release(&c);
    return rc;
}
