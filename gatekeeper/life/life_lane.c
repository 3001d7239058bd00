/* gatekeeper/life/life_lane.c - lanes and the threads that serve them, see
 * life_core.h: one owner at one outside system is served by one thread at a
 * time, and there are threads enough that those who hang do not stop others. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/life/life_core.h"

#define WORKERS_MAX 64

/* Actions of the runner's lanes; the others are the scheduler's. */
#define BIT(action) (1u << (action))
#define RUNNER_ACTIONS                                                       \
    (BIT(LIFE_DO_prepare) | BIT(LIFE_DO_stage_in) | BIT(LIFE_DO_stage_out) | \
     BIT(LIFE_DO_clean) | BIT(LIFE_DO_install) | BIT(LIFE_DO_wipe))

_Static_assert(LIFE_ACTIONS <= 16, "todo has a bit for each action");

static void *worker_run(void *arg);

/* One thread more, when all are busy.  With the lock. */
static void
add_worker(struct life *l)
{
    pthread_t t;

    if (l->idle > 0 || l->nworkers == WORKERS_MAX || l->stop)
        return;
    if (thread_start(&t, "life-lane", worker_run, l, NULL) < 0)
        return;
    l->workers = xrealloc(l->workers, l->nworkers + 1, sizeof(t));
    l->workers[l->nworkers++] = t;
}

static void
make_ready(struct life *l, struct life_lane *lane)
{
    if (lane->ready || lane->running || lane->head == NULL)
        return;
    lane->ready = true;
    lane->next = NULL;
    *l->ready_tail = lane;
    l->ready_tail = &lane->next;
    add_worker(l);
    pthread_cond_signal(&l->ready_cond);
}

void
life_lane_push(struct life *l, struct life_job *job, enum life_action action)
{
    int side = (BIT(action) & RUNNER_ACTIONS) != 0 ? 0 : 1;
    struct life_lane *lane;

    if (action == LIFE_DO_none || (side == 1 && job->sched == NULL))
        return;
    lane = &job->owner->lane[side == 0 ? 0 : 1 + job->sched->index];
    job->todo[side] |= (uint16_t)BIT(action);
    if (!job->queued[side]) {
        job->queued[side] = true;
        job->lanes++;
        job->lane_next[side] = NULL;
        *lane->tail = job;
        lane->tail = &job->lane_next[side];
    }
    make_ready(l, lane);
}

void
life_lane_later(struct life *l, struct life_job *job, enum life_action action,
                long ms)
{
    long long at = time_mono_ms() + ms;

    if (job->later == 0) {
        job->later_next = l->later_head;
        l->later_head = job;
        job->retry_ms = at;
        job->lanes++;
    } else if (at < job->retry_ms) {
        job->retry_ms = at;
    }
    job->later |= (uint16_t)BIT(action);
    pthread_cond_signal(&l->clock_cond);
}

/* Take up to LIFE_BATCH jobs out of LANE, each with what it is to have done.
 */
static size_t
take_jobs(struct life_lane *lane, int side, struct life_job *jobs[LIFE_BATCH],
          uint16_t todo[LIFE_BATCH])
{
    size_t n = 0;

    while (n < LIFE_BATCH && lane->head != NULL) {
        struct life_job *job = lane->head;

        lane->head = job->lane_next[side];
        if (lane->head == NULL)
            lane->tail = &lane->head;
        job->queued[side] = false;
        todo[n] = job->todo[side];
        job->todo[side] = 0;
        jobs[n++] = job;
    }
    return n;
}

/* Do what is due for N jobs, action by action. */
static void
serve(struct life *l, struct life_job **jobs, const uint16_t *todo, size_t n)
{
    struct life_job *due[LIFE_BATCH];

    for (int action = 0; action < LIFE_ACTIONS; action++) {
        size_t m = 0;

        for (size_t i = 0; i < n; i++)
            if ((todo[i] & BIT(action)) != 0)
                due[m++] = jobs[i];
        if (m > 0)
            life_act(l, (enum life_action)action, due, m);
    }
}

static void *
worker_run(void *arg)
{
    struct life *l = arg;
    struct life_job *jobs[LIFE_BATCH];
    uint16_t todo[LIFE_BATCH];

    pthread_mutex_lock(&l->lock);
    for (;;) {
        struct life_lane *lane;
        size_t n;

        while (l->ready_head == NULL && !l->stop) {
            l->idle++;
            pthread_cond_wait(&l->ready_cond, &l->lock);
            l->idle--;
        }
        if (l->stop)
            break;
        lane = l->ready_head;
        l->ready_head = lane->next;
        if (l->ready_head == NULL)
            l->ready_tail = &l->ready_head;
        lane->ready = false;
        lane->running = true;
        n = take_jobs(lane, lane->side, jobs, todo);
        pthread_mutex_unlock(&l->lock);
        serve(l, jobs, todo, n);
        pthread_mutex_lock(&l->lock);
        for (size_t i = 0; i < n; i++)
            jobs[i]->lanes--;
        lane->running = false;
        make_ready(l, lane);
    }
    l->nworkers--;
    pthread_cond_broadcast(&l->applied);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

bool
life_lane_stop(struct life *l, int wait_ms)
{
    long long until = time_mono_ms() + wait_ms;
    size_t n;

    pthread_mutex_lock(&l->lock);
    n = l->nworkers;
    pthread_cond_broadcast(&l->ready_cond);
    while (l->nworkers > 0 && thread_wait(&l->applied, &l->lock, until))
        continue;
    if (l->nworkers > 0) {
        pthread_mutex_unlock(&l->lock);
        return false;
    }
    pthread_mutex_unlock(&l->lock);
    for (size_t i = 0; i < n; i++)
        pthread_join(l->workers[i], NULL);
    free(l->workers);
    l->workers = NULL;
    return true;
}
