/* gatekeeper/life/life_clock.c - what time brings: repeated actions, polls, the
 * end of retention, expired credentials. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/life/life_core.h"

#define SWEEP_MS  5000
/* Finished jobs wiped at most in one sweep. */
#define SWEEP_MAX 1000

static bool
live(const struct life_job *job)
{
    return job->state == LIFE_PENDING || job->state == LIFE_RUNNING ||
           job->state == LIFE_SUSPENDED;
}

void
life_clock_hint(void *arg, const char *id)
{
    struct life_sched *sched = arg;
    struct life *l = sched->life;
    struct life_job *job;

    pthread_mutex_lock(&l->lock);
    job = life_table_find(l, id);
    if (job != NULL && live(job) && job->sched == sched) {
        if (sched->table->poll_by_owner)
            life_lane_push(l, job, LIFE_DO_watch);
        else {
            sched->next_poll_ms = 0;
            pthread_cond_broadcast(&l->clock_cond);
        }
    }
    pthread_mutex_unlock(&l->lock);
}

void
life_runner_event(void *arg, const char *id, enum runner_unit unit)
{
    struct life *l = arg;
    struct life_job *job;

    if (unit != RUNNER_JOB)
        return;
    pthread_mutex_lock(&l->lock);
    job = life_table_find(l, id);
    if (job != NULL && live(job) && job->sched != NULL &&
        job->sched->table->poll_by_owner)
        life_lane_push(l, job, LIFE_DO_watch);
    pthread_mutex_unlock(&l->lock);
}

/* Push what is due again; returns when the next is.  With the lock. */
static long long
repeat(struct life *l, long long now)
{
    struct life_job **at = &l->later_head, *job;
    long long next = now + 1000;

    while ((job = *at) != NULL) {
        if (job->retry_ms > now) {
            if (job->retry_ms < next)
                next = job->retry_ms;
            at = &job->later_next;
            continue;
        }
        *at = job->later_next;
        for (int a = 0; a < LIFE_ACTIONS; a++)
            if ((job->later & (1u << a)) != 0)
                life_lane_push(l, job, (enum life_action)a);
        job->later = 0;
        job->lanes--;
    }
    return next;
}

/* The full poll of schedulers asked by owner.  With the lock. */
static void
poll_owners(struct life *l, long long now)
{
    bool due[LIFE_SCHEDS_MAX] = { false }, any = false;

    for (size_t i = 0; i < l->nscheds; i++) {
        struct life_sched *s = &l->sched[i];

        if (!s->table->poll_by_owner || now < s->next_poll_ms)
            continue;
        due[i] = any = true;
        s->next_poll_ms = now + s->table->poll_ms;
    }
    if (!any || l->by_state[LIFE_PENDING] + l->by_state[LIFE_RUNNING] +
                        l->by_state[LIFE_SUSPENDED] ==
                    0)
        return;
    for (struct life_job *job = l->newest; job != NULL; job = job->older)
        if (live(job) && job->sched != NULL && due[job->sched->index])
            life_lane_push(l, job, LIFE_DO_watch);
}

/* End the retention of old jobs, and free those that are gone from the store.
 * With the lock. */
static void
sweep(struct life *l)
{
    long long before =
        time_now_ms() - conf_num(l->conf, CONF_gatekeeper_retention) * 1000;
    struct life_job *job, *newer;
    int n = 0;

    for (job = l->oldest; job != NULL && n < SWEEP_MAX; job = newer) {
        newer = job->newer;
        if (job->lanes > 0 || !life_state_final(job->state))
            continue;
        if (job->wiped) {
            life_table_remove(l, job);
        } else if (job->entered_ms[job->state] < before) {
            life_lane_push(l, job, LIFE_DO_wipe);
            n++;
        }
    }
}

/* Credentials that have expired are of no use to anybody. */
static void
expire_credentials(struct life *l)
{
    struct err err = ERR_INIT;
    long long n = 0;

    if (l->store->expire_delegations(l->store_self, time_now_ms() / 1000 - 3600,
                                     &n, &err) < 0)
        log_event(LOG_WARNING, "store.fail", "why=%s", err.text);
    else if (n > 0)
        log_event(LOG_INFO, "delegation.expired", "n=%lld", n);
}

void *
life_clock_run(void *arg)
{
    struct life *l = arg;
    long long next, next_expiry = 0;

    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        long long now = time_mono_ms();

        next = repeat(l, now);
        poll_owners(l, now);
        for (size_t i = 0; i < l->nscheds; i++)
            if (l->sched[i].table->poll_by_owner &&
                l->sched[i].next_poll_ms < next)
                next = l->sched[i].next_poll_ms;
        if (now >= l->next_sweep_ms) {
            l->next_sweep_ms = now + SWEEP_MS;
            sweep(l);
        }
        if (now >= next_expiry) {
            next_expiry = now + 600000;
            pthread_mutex_unlock(&l->lock);
            expire_credentials(l);
            pthread_mutex_lock(&l->lock);
            continue;
        }
        (void)thread_wait(&l->clock_cond, &l->lock, next);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* All live jobs of SCHED, N of them, which count as in a lane; the caller's to
 * free.  With the lock. */
static struct life_job **
collect(const struct life *l, const struct life_sched *sched, size_t *n)
{
    size_t room =
        (size_t)(l->by_state[LIFE_PENDING] + l->by_state[LIFE_RUNNING] +
                 l->by_state[LIFE_SUSPENDED]);
    struct life_job **jobs = xcalloc(room + 1, sizeof(struct life_job *));

    *n = 0;
    for (struct life_job *job = l->newest; job != NULL && *n < room;
         job = job->older) {
        if (!live(job) || job->sched != sched)
            continue;
        job->lanes++;
        jobs[(*n)++] = job;
    }
    return jobs;
}

/* One question about all jobs of SCHED.  With the lock, which it gives up. */
static void
poll_round(struct life *l, struct life_sched *sched)
{
    size_t n;
    struct life_job **jobs = collect(l, sched, &n);
    struct life_job **asked = xcalloc(n + 1, sizeof(struct life_job *));

    memcpy(asked, jobs, n * sizeof(*jobs));
    pthread_mutex_unlock(&l->lock);
    if (n > 0)
        life_act_poll(l, sched, asked, n);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < n; i++)
        jobs[i]->lanes--;
    free(jobs);
    free(asked);
}

void *
life_clock_poll(void *arg)
{
    struct life_sched *sched = arg;
    struct life *l = sched->life;

    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        long long now = time_mono_ms();

        if (now < sched->next_poll_ms) {
            (void)thread_wait(&l->clock_cond, &l->lock, sched->next_poll_ms);
            continue;
        }
        sched->next_poll_ms = now + sched->table->poll_ms;
        poll_round(l, sched);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}
