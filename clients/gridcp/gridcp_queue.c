/* clients/gridcp/gridcp_queue.c - see gridcp_queue.h. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "base/lock.h"
#include "base/thread.h"
#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_queue.h"

struct gridcp_queue {
    struct lock lock;
    pthread_cond_t change;
    struct gridcp_task *head, **tail;
    size_t length, max;
    struct gridcp_task *waiting; /* delayed until due, .. */
    size_t nwaiting;             /* .. and their number */
    size_t out;                  /* taken and not ended */
    bool closed, stopped;
    bool held; /* give out none until there are many */
};

struct gridcp_queue *
gridcp_queue_create(size_t max)
{
    struct gridcp_queue *q = xcalloc(1, sizeof(*q));

    lock_init(&q->lock, LOCK_gridcp_queue);
    pthread_cond_init(&q->change, NULL);
    q->tail = &q->head;
    q->max = max;
    return q;
}

/* The first task that may be taken; locked. */
static struct gridcp_task *
first(const struct gridcp_queue *q)
{
    return q->held && q->length < q->max / 2 ? NULL : q->head;
}

/* Remove the first task from the list; locked. */
static struct gridcp_task *
pop(struct gridcp_queue *q)
{
    struct gridcp_task *t = first(q);

    if (t == NULL)
        return NULL;
    q->head = t->next;
    if (q->head == NULL)
        q->tail = &q->head;
    t->next = NULL;
    q->length--;
    return t;
}

/* Remove the first task that is due; locked.  *NEXT_MS: when the next will be
 * due, unchanged if there is none. */
static struct gridcp_task *
pop_due(struct gridcp_queue *q, long long *next_ms)
{
    struct gridcp_task **p, *t;
    long long now = time_mono_ms();

    for (p = &q->waiting; (t = *p) != NULL; p = &t->next) {
        if (t->due_ms <= now) {
            *p = t->next;
            t->next = NULL;
            q->nwaiting--;
            /* threads that wait for room may continue */
            if (q->nwaiting == q->max - 1)
                pthread_cond_broadcast(&q->change);
            return t;
        }
        if (*next_ms < 0 || t->due_ms < *next_ms)
            *next_ms = t->due_ms;
    }
    return NULL;
}

struct gridcp_task *
gridcp_queue_left(struct gridcp_queue *q)
{
    struct gridcp_task *t;

    lock_take(&q->lock);
    q->held = false;
    t = pop(q);
    if (t == NULL && q->waiting != NULL) {
        t = q->waiting;
        q->waiting = t->next;
        t->next = NULL;
        q->nwaiting--;
    }
    lock_release(&q->lock);
    return t;
}

void
gridcp_queue_destroy(struct gridcp_queue *q)
{
    struct gridcp_task *t;

    if (q == NULL)
        return;
    while ((t = gridcp_queue_left(q)) != NULL)
        gridcp_task_destroy(t);
    pthread_cond_destroy(&q->change);
    lock_fini(&q->lock);
    free(q);
}

bool
gridcp_queue_put(struct gridcp_queue *q, struct gridcp_task *t)
{
    bool ok;

    lock_take(&q->lock);
    while (!q->stopped && (q->length >= q->max || q->nwaiting >= q->max))
        lock_wait(&q->lock, &q->change);
    ok = !q->stopped;
    if (ok) {
        t->next = NULL;
        *q->tail = t;
        q->tail = &t->next;
        /* Sleeping threads sleep because the queue was empty. */
        q->length++;
        if (q->length == 1 || (q->held && q->length == q->max / 2))
            pthread_cond_broadcast(&q->change);
    }
    lock_release(&q->lock);
    return ok;
}

void
gridcp_queue_hold(struct gridcp_queue *q, bool hold)
{
    lock_take(&q->lock);
    q->held = hold;
    if (!hold)
        pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
}

void
gridcp_queue_close(struct gridcp_queue *q)
{
    lock_take(&q->lock);
    q->closed = true;
    q->held = false;
    pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
}

void
gridcp_queue_stop(struct gridcp_queue *q)
{
    lock_take(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
}

bool
gridcp_queue_stopped(struct gridcp_queue *q)
{
    bool stopped;

    lock_take(&q->lock);
    stopped = q->stopped;
    lock_release(&q->lock);
    return stopped;
}

/* Wait for a change until UNTIL_MS of the monotonic clock, < 0: no limit;
 * locked. */
static void
sleep_until(struct gridcp_queue *q, long long until_ms)
{
    if (until_ms < 0)
        lock_wait(&q->lock, &q->change);
    else
        (void)lock_wait_until(&q->lock, &q->change, until_ms);
}

/* Whether all tasks have ended and no more will come; locked. */
static bool
over(const struct gridcp_queue *q)
{
    return q->stopped ||
           (q->closed && q->out == 0 && q->head == NULL && q->waiting == NULL);
}

struct gridcp_task *
gridcp_queue_take(struct gridcp_queue *q)
{
    struct gridcp_task *t = NULL;
    long long next_ms;

    lock_take(&q->lock);
    for (;;) {
        next_ms = -1;
        if (over(q))
            break;
        t = pop_due(q, &next_ms);
        if (t == NULL)
            t = pop(q);
        if (t != NULL)
            break;
        sleep_until(q, next_ms);
    }
    if (t != NULL)
        q->out++;
    if (t != NULL && q->length == q->max / 2)
        pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
    return t;
}

struct gridcp_task *
gridcp_queue_take_like(struct gridcp_queue *q,
                       bool (*like)(const struct gridcp_task *t, void *arg),
                       void *arg)
{
    struct gridcp_task *t = NULL;

    lock_take(&q->lock);
    if (!q->stopped && first(q) != NULL && like(first(q), arg)) {
        t = pop(q);
        q->out++;
        if (q->length == q->max / 2)
            pthread_cond_broadcast(&q->change);
    }
    lock_release(&q->lock);
    return t;
}

void
gridcp_queue_done(struct gridcp_queue *q)
{
    lock_take(&q->lock);
    q->out--;
    if (over(q))
        pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
}

void
gridcp_queue_again(struct gridcp_queue *q, struct gridcp_task *t)
{
    lock_take(&q->lock);
    q->out--;
    t->next = q->waiting;
    q->waiting = t;
    q->nwaiting++;
    pthread_cond_broadcast(&q->change);
    lock_release(&q->lock);
}

size_t
gridcp_queue_length(struct gridcp_queue *q)
{
    size_t n;

    lock_take(&q->lock);
    n = q->length;
    lock_release(&q->lock);
    return n;
}

bool
gridcp_queue_over(struct gridcp_queue *q)
{
    bool is;

    lock_take(&q->lock);
    is = over(q);
    lock_release(&q->lock);
    return is;
}

void
gridcp_queue_wait(struct gridcp_queue *q, int ms)
{
    lock_take(&q->lock);
    if (!over(q))
        sleep_until(q, time_mono_ms() + ms);
    lock_release(&q->lock);
}
