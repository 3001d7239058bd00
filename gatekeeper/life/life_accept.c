/* gatekeeper/life/life_accept.c - accepting jobs from doors, and recognising a
 * repeated request whatever has changed since. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_core.h"

/* How long a successful mapping is cached. */
#define MAP_FRESH_MS 1000

/* OWNER may have one job of TASKS tasks more.  With the lock. */
static int
check_quotas(const struct life *l, const struct life_owner *owner, long tasks,
             struct err *err)
{
    long long jobs = conf_num(l->conf, CONF_gatekeeper_jobs_max_user);
    long long most = conf_num(l->conf, CONF_gatekeeper_tasks_max_user);

    if (owner->unfinished >= jobs)
        return err_set(err, ERR_LIMIT,
                       "you have %ld unfinished jobs here, and one user has at "
                       "most %lld (gatekeeper.jobs_max_user): wait until some "
                       "are over, or cancel some",
                       owner->unfinished, jobs);
    if (owner->tasks + tasks > most)
        return err_set(err, ERR_LIMIT,
                       "your unfinished jobs here have %ld tasks, this job has "
                       "%ld, and one user has at most %lld "
                       "(gatekeeper.tasks_max_user): wait until some are over, "
                       "or cancel some",
                       owner->tasks, tasks, most);
    return 0;
}

static int
check_limits(struct life *l, const char *owner, long tasks, struct err *err)
{
    long long all = conf_num(l->conf, CONF_gatekeeper_jobs_max);
    int rc = 0;

    lock_take(&l->lock);
    if (!l->accepting)
        rc = err_set(err, ERR_STATE, "this service takes no new jobs now");
    else if ((long long)l->jobs.count >= all)
        rc = err_set(err, ERR_LIMIT, "this service holds %lld jobs, its limit",
                     all);
    else
        rc = check_quotas(l, life_table_owner(l, owner), tasks, err);
    lock_release(&l->lock);
    return rc;
}

/* Get the scheduler that JOB asks for, or the first. */
static int
choose(struct life *l, const struct job *job, struct life_sched **sched,
       struct err *err)
{
    for (size_t i = 0; i < l->nscheds; i++) {
        if (job->scheduler != NULL &&
            strcasecmp(job->scheduler, l->sched[i].table->name) != 0)
            continue;
        *sched = &l->sched[i];
        return 0;
    }
    return err_set(err, ERR_UNSUPPORTED,
                   "this site has no scheduler '%s': it has %s", job->scheduler,
                   conf_str(l->conf, CONF_gatekeeper_schedulers));
}

/* Check that DN maps (to the account WANT, if given); cached for a second.  The
 * runner maps it again before it does anything. */
static int
check_map(struct life *l, const char *dn, const char *want, struct err *err)
{
    char account[SYS_NAME_MAX];
    long long now = time_mono_ms();
    struct life_owner *owner;
    bool fresh;

    lock_take(&l->lock);
    owner = life_table_known(l, dn);
    fresh = want == NULL && owner != NULL && owner->mapped_ms != 0 &&
            now - owner->mapped_ms < MAP_FRESH_MS;
    lock_release(&l->lock);
    if (fresh)
        return 0;
    if (runner_map(l->runner, dn, want, account, err) < 0)
        return -1;
    lock_take(&l->lock);
    life_table_owner(l, dn)->mapped_ms = now;
    lock_release(&l->lock);
    return 0;
}

int
life_admit(struct life *l, const char *owner, struct err *err)
{
    return check_map(l, owner, NULL, err);
}

static int
check_job(struct life *l, const struct life_request *r,
          struct life_sched **sched, struct err *err)
{
    if (check_map(l, r->owner, r->job->local_user, err) < 0 ||
        check_limits(l, r->owner, r->job->tasks > 1 ? r->job->tasks : 1, err) <
            0 ||
        life_room(l, err) < 0 || choose(l, r->job, sched, err) < 0)
        return -1;
    if ((*sched)->table->check != NULL &&
        (*sched)->table->check((*sched)->self, r->job, err) < 0)
        return -1;
    if (r->job->nstage_in + r->job->nstage_out > 0 &&
        l->stager->check(l->stager_self, r->job, err) < 0)
        return -1;
    return 0;
}

/* A new job on its way into the store, and its record. */
struct newcomer {
    struct life *l;
    struct store_job *kept;
    const struct job *record;
};

/* A store_kept_fn, ARG is the newcomer: enter the job in memory and start
 * it. */
static void
begin(void *arg)
{
    const struct newcomer *new = arg;
    struct life *l = new->l;
    struct store_event event = { .seq = new->kept->seq,
                                 .task = -1,
                                 .attempt = -1,
                                 .from = -1,
                                 .to = LIFE_NEW,
                                 .event = LIFE_EV_ACCEPT,
                                 .t_ms = new->kept->entered_ms[LIFE_NEW] };
    struct life_job *job;

    test_point("gk.accept.after_commit");
    memcpy(event.job, new->kept->id, UUID_TEXT);
    log_event(LOG_NOTICE, "job.accept", "job=%s owner=%s scheduler=%s",
              new->kept->id, new->kept->owner, new->kept->scheduler);
    lock_take(&l->lock);
    job = life_table_add(l, new->kept);
    life_table_note(job, new->record);
    life_lane_push(l, &job->item, LIFE_DO_prepare);
    journal_append(l->journal, &event);
    lock_release(&l->lock);
}

/* Check that the key was used before for the same work, KNOWN. */
static int
same_work(const struct life_request *r, const char *known, struct err *err)
{
    struct job before;
    bool same;

    if (job_from_json(known, &before, err) < 0)
        return -1;
    job_as_accepted(&before);
    same = job_same(&before, r->job);
    job_fini(&before);
    return same ? 0
                : err_set(err, ERR_EXISTS,
                          "the message id '%s' was used before for another job",
                          r->key);
}

int
life_accept(struct life *l, const struct life_request *r, char id[UUID_TEXT],
            bool *known, struct err *err)
{
    struct life_sched *sched = NULL;
    struct store_job job = { .state = LIFE_NEW,
                             .outcome = LIFE_DONE,
                             .tasks = r->job->tasks > 1
                                          ? (uint32_t)r->job->tasks
                                          : 1 };
    struct newcomer new = { .l = l, .kept = &job, .record = r->job };
    enum store_added how;
    int rc = -1;

    if (check_job(l, r, &sched, err) < 0)
        return -1;
    uuid_make(job.id);
    job.owner = xstrdup_or_null(r->owner);
    job.key = xstrdup_or_null(r->key);
    job.record = job_to_json(r->job);
    job.kind = xstrdup_or_null(r->kind);
    job.document = xstrdup_or_null(r->document);
    job.want = xstrdup_or_null(r->job->local_user);
    job.scheduler = xstrdup_or_null(sched->table->name);
    job.delegation_id = xstrdup_or_null(r->job->delegation_id);
    job.entered_ms[LIFE_NEW] = time_now_ms();
    test_point("gk.accept.before_commit");
    if (l->store->add(l->store_self, &job, &how, begin, &new, err) < 0)
        goto out;
    memcpy(id, job.id, UUID_TEXT);
    *known = how == STORE_KNOWN;
    if (how == STORE_KNOWN) {
        rc = same_work(r, job.record, err);
        goto out;
    }
    rc = 0;
out:
    store_job_fini(&job);
    return rc;
}

int
life_repeat(struct life *l, const struct life_request *r, char id[UUID_TEXT],
            struct err *err)
{
    struct err why = ERR_INIT;
    char *record = NULL;
    int rc;

    if (r->key == NULL)
        return 0;
    if (l->store->find(l->store_self, r->owner, r->key, id, &record, &why) < 0)
        return why.code == ERR_NOT_FOUND
                   ? 0
                   : err_set(err, why.code, "%s", why.text);
    rc = same_work(r, record, err);
    free(record);
    return rc == 0 ? 1 : -1;
}
