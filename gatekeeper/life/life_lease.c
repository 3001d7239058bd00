/* gatekeeper/life/life_lease.c - several gatekeepers on one store: the thread
 * that renews our lease and takes over the jobs of dead instances; see
 * life_core.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_core.h"

/* The most jobs taken over in one transaction. */
#define CLAIM_MAX   1000
/* The longest interval between renewals, which is otherwise a quarter of the
 * lease; dead instances are looked for at the same time. */
#define BEAT_MAX_MS 1500

struct beat {
    struct life *l;
    long long last;
};

/* A store_kept_fn: publish the events that other instances wrote. */
static void
beat_kept(void *arg)
{
    const struct beat *b = arg;

    journal_reach(b->l->journal, b->last);
}

static void
beat(struct life *l)
{
    struct beat b = { .l = l };
    struct err err = ERR_INIT;

    if (l->store->heartbeat(l->store_self, &b.last, beat_kept, &b, &err) == 0)
        return;
    if (err.code == ERR_STATE || err.code == ERR_LEASE)
        life_fence_lose(l, &err);
    else
        log_event(LOG_WARNING, "lease.renew.fail", "why=%s", err.text);
}

/* Taken-over jobs on their way into memory. */
struct adoption {
    struct store_job *job;
    struct life_known *known;
    size_t n;
};

static void
load(struct life *l, const struct store_claim *claim, struct adoption *a)
{
    *a = (struct adoption){ .job = xcalloc(claim->n, sizeof(*a->job)),
                            .known = xcalloc(claim->n, sizeof(*a->known)) };
    for (size_t i = 0; i < claim->n; i++) {
        struct store_job *job = &a->job[a->n];
        struct err err = ERR_INIT;

        if (l->store->load(l->store_self, claim->id[i], job, &err) == 0)
            a->n++;
        else if (err.code != ERR_NOT_FOUND)
            log_event(LOG_ERR, "job.claim.fail", "job=%s why=%s", claim->id[i],
                      err.text);
    }
}

static void
tell_runner(struct life *l, struct adoption *a)
{
    struct err err = ERR_INIT;
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        if (a->job[i].account != NULL)
            a->known[n++] = (struct life_known){ .id = a->job[i].id,
                                                 .owner = a->job[i].owner,
                                                 .account = a->job[i].account };
    if (life_rebuild_known(l, a->known, n, &err) < 0)
        log_event(LOG_ERR, "runner.fail", "why=%s", err.text);
}

/* Enter J in memory; NULL: it failed.  With the lock. */
static struct life_job *
enter(struct life *l, struct store_job *j)
{
    struct life_job *job = life_table_find(l, j->id);
    struct err err = ERR_INIT;
    char id[UUID_TEXT];

    memcpy(id, j->id, UUID_TEXT);
    if (job != NULL)
        err_set(&err, ERR_STATE, "it is here already");
    else if (life_load_job(l, j, &job, &err) == 0)
        return job;
    log_event(LOG_ERR, "job.claim.fail", "job=%s why=%s", id, err.text);
    return NULL;
}

/* Continue the jobs of A from their stored states. */
static void
take_up(struct life *l, struct adoption *a)
{
    struct life_job **jobs = xcalloc(a->n + 1, sizeof(struct life_job *));
    size_t n = 0;

    lock_take(&l->lock);
    for (size_t i = 0; i < a->n; i++)
        if ((jobs[n] = enter(l, &a->job[i])) != NULL)
            n++;
    for (size_t i = 0; i < n; i++)
        life_load_expect(jobs[i]);
    for (size_t i = 0; i < n; i++)
        life_load_resume(l, jobs[i]);
    lock_release(&l->lock);
    free(jobs);
}

/* Take over jobs of one other instance; returns whether it has more. */
static bool
take_over(struct life *l)
{
    struct store_claim claim;
    struct err err = ERR_INIT;
    struct adoption a;

    if (l->store->claim(l->store_self, CLAIM_MAX, &claim, &err) < 0) {
        log_event(LOG_WARNING, "lease.claim.fail", "why=%s", err.text);
        return false;
    }
    if (claim.from[0] == '\0')
        return false;
    load(l, &claim, &a);
    tell_runner(l, &a);
    take_up(l, &a);
    log_event(LOG_NOTICE, "lease.claim", "from=%s jobs=%zu", claim.from,
              claim.n);
    for (size_t i = 0; i < a.n; i++)
        store_job_fini(&a.job[i]);
    free(a.job);
    free(a.known);
    free(claim.id);
    return claim.more;
}

void *
life_lease_run(void *arg)
{
    struct life *l = arg;
    const long long quarter = conf_num(l->conf, CONF_gatekeeper_lease) * 250;
    const long long pause = quarter < BEAT_MAX_MS ? quarter : BEAT_MAX_MS;

    lock_take(&l->lock);
    while (!l->stop && l->lost.code == ERR_OK) {
        long long next = time_mono_ms() + pause;

        lock_release(&l->lock);
        beat(l);
        if (life_fence_held(l) && take_over(l))
            next = 0;
        lock_take(&l->lock);
        if (!l->stop && l->lost.code == ERR_OK)
            (void)lock_wait_until(&l->lock, &l->lease_cond, next);
    }
    lock_release(&l->lock);
    return NULL;
}
