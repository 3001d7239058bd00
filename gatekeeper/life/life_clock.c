/* gatekeeper/life/life_clock.c - timed work: retries, polls, ends of retention,
 * expired credentials. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/life/life_core.h"

#define SWEEP_MS  5000
/* The most finished jobs that one sweep wipes. */
#define SWEEP_MAX 1000

static bool
live(const struct life_job *job)
{
    return !job->wiped && job->tally.of[TASK_PENDING] +
                                  job->tally.of[TASK_RUNNING] +
                                  job->tally.of[TASK_SUSPENDED] >
                              0;
}

/* Make a poll due for those tasks of JOB that its scheduler has.  With the
 * lock. */
static void
watch(struct life *l, struct life_job *job)
{
    for (uint32_t i = 0; i < job->ntasks; i++)
        if (task_state_submitted((enum task_state)job->task[i].state))
            life_lane_push(l, &job->task[i].item, LIFE_DO_watch);
}

/* Find task INDEX of job ID if its scheduler has it; NULL.  With the lock. */
static struct life_task *
find_live(struct life *l, const char *id, uint32_t index)
{
    struct life_job *job = life_table_find(l, id);

    return job != NULL && job->sched != NULL && index < job->ntasks &&
                   task_state_submitted((enum task_state)job->task[index].state)
               ? &job->task[index]
               : NULL;
}

void
life_clock_hint(void *arg, const char *id, unsigned index)
{
    struct life_sched *sched = arg;
    struct life *l = sched->life;
    struct life_task *task;

    lock_take(&l->lock);
    task = find_live(l, id, index);
    if (task != NULL && task->item.job->sched == sched) {
        if (sched->table->poll_by_owner) {
            life_lane_push(l, &task->item, LIFE_DO_watch);
        } else {
            sched->next_poll_ms = 0;
            pthread_cond_broadcast(&l->clock_cond);
        }
    }
    lock_release(&l->lock);
}

void
life_runner_event(void *arg, const char *id, enum runner_unit unit,
                  uint32_t index)
{
    struct life *l = arg;
    struct life_task *task;

    if (unit != RUNNER_JOB)
        return;
    lock_take(&l->lock);
    task = find_live(l, id, index);
    if (task != NULL && task->item.job->sched->table->poll_by_owner)
        life_lane_push(l, &task->item, LIFE_DO_watch);
    lock_release(&l->lock);
}

/* Push the retries that are due; returns the time of the next. With the
 * lock. */
static long long
repeat(struct life *l, long long now)
{
    struct life_item **at = &l->later_head, *item;
    long long next = now + 1000;

    while ((item = *at) != NULL) {
        if (item->retry_ms > now) {
            if (item->retry_ms < next)
                next = item->retry_ms;
            at = &item->later_next;
            continue;
        }
        *at = item->later_next;
        for (int a = 0; a < LIFE_ACTIONS; a++)
            if ((item->later & (1u << a)) != 0)
                life_lane_push(l, item, (enum life_action)a);
        item->later = 0;
        item->job->lanes--;
    }
    return next;
}

/* Poll all tasks of schedulers that are polled by owner.  With the lock. */
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
            watch(l, job);
}

/* Wipe jobs past their retention, and free those that are gone from the store.
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
        if (job->lanes > 0)
            continue;
        if (job->wiped) {
            life_table_remove(l, job);
        } else if (life_state_final(job->state) &&
                   job->entered_ms[job->state] < before) {
            life_lane_push(l, &job->item, LIFE_DO_wipe);
            n++;
        }
    }
}

/* Remove expired credentials. */
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

    lock_take(&l->lock);
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
            lock_release(&l->lock);
            expire_credentials(l);
            lock_take(&l->lock);
            continue;
        }
        (void)lock_wait_until(&l->lock, &l->clock_cond, next);
    }
    lock_release(&l->lock);
    return NULL;
}

/* The tasks of one poll; each job counts as in a lane. */
struct round {
    struct life_task **task;
    size_t ntasks;
    struct life_job **job;
    size_t njobs;
};

/* Count the tasks that SCHED has; *njobs is the number of their jobs.  With the
 * lock. */
static size_t
count(const struct life *l, const struct life_sched *sched, size_t *njobs)
{
    size_t n = 0;

    *njobs = 0;
    for (const struct life_job *job = l->newest; job != NULL; job = job->older)
        if (job->sched == sched && live(job)) {
            n += job->ntasks;
            ++*njobs;
        }
    return n;
}

/* Collect all tasks that SCHED has.  With the lock. */
static void
collect(const struct life *l, const struct life_sched *sched, struct round *r)
{
    size_t njobs, n = count(l, sched, &njobs);

    *r = (struct round){ .task = xcalloc(n + 1, sizeof(struct life_task *)),
                         .job = xcalloc(njobs + 1, sizeof(struct life_job *)) };
    for (struct life_job *job = l->newest; job != NULL; job = job->older) {
        if (job->sched != sched || !live(job))
            continue;
        job->lanes++;
        r->job[r->njobs++] = job;
        for (uint32_t i = 0; i < job->ntasks; i++)
            if (task_state_submitted((enum task_state)job->task[i].state))
                r->task[r->ntasks++] = &job->task[i];
    }
}

/* Poll all tasks of SCHED at once.  Called with the lock, which it releases
 * while it waits. */
static void
poll_round(struct life *l, struct life_sched *sched)
{
    struct round r;

    collect(l, sched, &r);
    lock_release(&l->lock);
    if (r.ntasks > 0)
        life_act_poll(l, sched, r.task, r.ntasks);
    lock_take(&l->lock);
    for (size_t i = 0; i < r.njobs; i++)
        r.job[i]->lanes--;
    free(r.task);
    free(r.job);
}

void *
life_clock_poll(void *arg)
{
    struct life_sched *sched = arg;
    struct life *l = sched->life;

    lock_take(&l->lock);
    while (!l->stop) {
        long long now = time_mono_ms();

        if (now < sched->next_poll_ms) {
            (void)lock_wait_until(&l->lock, &l->clock_cond,
                                  sched->next_poll_ms);
            continue;
        }
        sched->next_poll_ms = now + sched->table->poll_ms;
        poll_round(l, sched);
    }
    lock_release(&l->lock);
    return NULL;
}
