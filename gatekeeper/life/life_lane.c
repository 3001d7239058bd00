/* gatekeeper/life/life_lane.c - lanes and their threads, see life_core.h: one
 * thread at a time serves one owner at one external system; if all threads are
 * busy or hang, more are started. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/life/life_core.h"

#define WORKERS_MAX 64

/* The actions of a job, in its owner's lane at the runner.  All others are
 * actions of a task at its scheduler. */
#define BIT(action) (1u << (action))
#define JOB_ACTIONS                                                          \
    (BIT(LIFE_DO_prepare) | BIT(LIFE_DO_stage_in) | BIT(LIFE_DO_stage_out) | \
     BIT(LIFE_DO_clean) | BIT(LIFE_DO_install) | BIT(LIFE_DO_wipe) |         \
     BIT(LIFE_DO_intend))

_Static_assert(LIFE_ACTIONS <= 16, "todo has a bit for each action");

static void *worker_run(void *arg);

/* Add a thread if all are busy.  With the lock. */
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

/* The lane of ITEM: for a job the runner's, for a task its scheduler's (NULL if
 * the site no longer has that scheduler). */
static struct life_lane *
lane_of(const struct life_item *item)
{
    const struct life_job *job = item->job;

    if (item == &job->item)
        return &job->owner->lane[0];
    return job->sched == NULL ? NULL : &job->owner->lane[1 + job->sched->index];
}

void
life_lane_push(struct life *l, struct life_item *item, enum life_action action)
{
    struct life_lane *lane = lane_of(item);

    if (action == LIFE_DO_none || lane == NULL || item->job->wiped)
        return;
    item->todo |= (uint16_t)BIT(action);
    if (!item->queued) {
        item->queued = true;
        item->job->lanes++;
        item->lane_next = NULL;
        *lane->tail = item;
        lane->tail = &item->lane_next;
    }
    make_ready(l, lane);
}

void
life_lane_push_job(struct life *l, struct life_job *job,
                   enum life_action action)
{
    if ((BIT(action) & JOB_ACTIONS) != 0)
        life_lane_push(l, &job->item, action);
    else if (action != LIFE_DO_none)
        for (uint32_t i = 0; i < job->ntasks; i++)
            life_lane_push(l, &job->task[i].item, action);
}

void
life_lane_later(struct life *l, struct life_item *item, enum life_action action,
                long ms)
{
    long long at = time_mono_ms() + ms;

    if (item->later == 0) {
        item->later_next = l->later_head;
        l->later_head = item;
        item->retry_ms = at;
        item->job->lanes++;
    } else if (at < item->retry_ms) {
        item->retry_ms = at;
    }
    item->later |= (uint16_t)BIT(action);
    pthread_cond_signal(&l->clock_cond);
}

/* The work of one turn. */
struct turn {
    struct life_item **item, **due;
    uint16_t *todo; /* of each item */
    size_t n, room;
};

static void
turn_fini(struct turn *t)
{
    free(t->item);
    free(t->due);
    free(t->todo);
    *t = (struct turn){ .n = 0 };
}

static void
add_item(struct turn *t, struct life_item *item)
{
    if (t->n == t->room) {
        t->room = t->room == 0 ? LIFE_BATCH : t->room * 2;
        t->item = xrealloc(t->item, t->room, sizeof(t->item[0]));
        t->due = xrealloc(t->due, t->room, sizeof(t->due[0]));
        t->todo = xrealloc(t->todo, t->room, sizeof(t->todo[0]));
    }
    t->todo[t->n] = item->todo;
    t->item[t->n++] = item;
}

/* Take LIFE_BATCH items out of LANE, and all further tasks of the last job. */
static void
take_items(struct life_lane *lane, struct turn *t)
{
    struct life_item *item;

    for (t->n = 0; (item = lane->head) != NULL; item->todo = 0) {
        if (t->n >= LIFE_BATCH && item->job != t->item[t->n - 1]->job)
            break;
        lane->head = item->lane_next;
        if (lane->head == NULL)
            lane->tail = &lane->head;
        item->queued = false;
        add_item(t, item);
    }
}

/* Do the actions that are due, one kind at a time. */
static void
serve(struct life *l, struct turn *t)
{
    /* If the jobs are lost, the actions are the other instance's. */
    for (int action = 0; action < LIFE_ACTIONS && life_fence_held(l);
         action++) {
        size_t m = 0;

        for (size_t i = 0; i < t->n; i++)
            if ((t->todo[i] & BIT(action)) != 0)
                t->due[m++] = t->item[i];
        if (m > 0)
            l->act(l, (enum life_action)action, t->due, m);
    }
}

static void *
worker_run(void *arg)
{
    struct life *l = arg;
    struct turn turn = { .n = 0 };

    lock_take(&l->lock);
    for (;;) {
        struct life_lane *lane;

        while (l->ready_head == NULL && !l->stop) {
            l->idle++;
            lock_wait(&l->lock, &l->ready_cond);
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
        take_items(lane, &turn);
        lock_release(&l->lock);
        serve(l, &turn);
        lock_take(&l->lock);
        for (size_t i = 0; i < turn.n; i++)
            turn.item[i]->job->lanes--;
        lane->running = false;
        make_ready(l, lane);
    }
    l->nworkers--;
    pthread_cond_broadcast(&l->applied);
    lock_release(&l->lock);
    turn_fini(&turn);
    return NULL;
}

bool
life_lane_stop(struct life *l, int wait_ms)
{
    long long until = time_mono_ms() + wait_ms;
    size_t n;

    lock_take(&l->lock);
    n = l->nworkers;
    pthread_cond_broadcast(&l->ready_cond);
    while (l->nworkers > 0 && lock_wait_until(&l->lock, &l->applied, until))
        continue;
    if (l->nworkers > 0) {
        lock_release(&l->lock);
        return false;
    }
    lock_release(&l->lock);
    for (size_t i = 0; i < n; i++)
        pthread_join(l->workers[i], NULL);
    free(l->workers);
    l->workers = NULL;
    return true;
}
