/* http/engine_wait.c - answers that wait for an event (HTTP_LATER, see
 * engine.h): their connections are listed here and hold no worker.  The front
 * thread owns them.  Waking only moves one to another list, from which the
 * front thread queues it for the workers. */
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/codec.h"
#include "base/table.h"
#include "http/engine.h"

static unsigned
wait_bucket(const char *name)
{
    unsigned h = table_hash(TABLE_HASH, name);

    return (h ^ h >> 16) % ENGINE_WAITS;
}

/* Add C to the list LIST.  Holds the lock. */
static void
link_into(struct conn **list, struct conn *c)
{
    c->next_wait = *list;
    if (c->next_wait != NULL)
        c->next_wait->at_wait = &c->next_wait;
    c->at_wait = list;
    *list = c;
}

/* Remove C from its list.  Holds the lock. */
static void
unlink_from(struct conn *c)
{
    *c->at_wait = c->next_wait;
    if (c->next_wait != NULL)
        c->next_wait->at_wait = c->at_wait;
    c->at_wait = NULL;
}

/* Wake C, which is in a list of waits.  Holds the lock. */
static void
wake_one(struct http_server *s, struct conn *c)
{
    unlink_from(c);
    link_into(&s->woken, c);
}

/* Count one wait less.  Holds the lock. */
static void
count_down(struct http_server *s)
{
    s->waiting--;
    atomic_store(&s->metrics.waiting, (long)s->waiting);
    if (s->waiting == 0)
        pthread_cond_broadcast(&s->waited);
}

void
wait_begin(struct http_server *s, struct conn *c)
{
    lock_take(&s->lock);
    c->wakes_seen = s->wakes;
    lock_release(&s->lock);
}

bool
wait_park(struct http_server *s, struct conn *c)
{
    unsigned bucket = wait_bucket(c->wait_for);
    bool parked, sooner = false;

    lock_take(&s->lock);
    parked = !atomic_load(&s->stopping) && s->woken_at[bucket] <= c->wakes_seen;
    if (parked) {
        c->state = CONN_WAITING;
        link_into(&s->waits[bucket], c);
        s->waiting++;
        atomic_store(&s->metrics.waiting, (long)s->waiting);
        sooner = c->deadline < s->wait_next;
        if (sooner)
            s->wait_next = c->deadline;
    }
    lock_release(&s->lock);
    if (sooner)
        eventfd_write(s->wake_fd, 1);
    return parked;
}

void
wait_leave(struct http_server *s, struct conn *c)
{
    lock_take(&s->lock);
    unlink_from(c);
    count_down(s);
    lock_release(&s->lock);
}

/* Wake those whose deadline NOW has passed, and find the next deadline.  Holds
 * the lock. */
static void
expire(struct http_server *s, long long now)
{
    struct conn *next;

    s->wait_next = LLONG_MAX;
    for (size_t i = 0; i < ENGINE_WAITS; i++)
        for (struct conn *c = s->waits[i]; c != NULL; c = next) {
            next = c->next_wait;
            if (c->deadline <= now) {
                c->wait_over = true;
                wake_one(s, c);
            } else if (c->deadline < s->wait_next) {
                s->wait_next = c->deadline;
            }
        }
}

/* Take the first woken connection; NULL: none. */
static struct conn *
next_woken(struct http_server *s, long long now)
{
    struct conn *c;

    lock_take(&s->lock);
    if (now >= s->wait_next)
        expire(s, now);
    c = s->woken;
    if (c != NULL)
        unlink_from(c);
    lock_release(&s->lock);
    return c;
}

void
wait_resume(struct http_server *s)
{
    long long now = time_mono_ms();
    struct conn *c;

    while ((c = next_woken(s, now)) != NULL) {
        /* The worker that made it wait clears busy right after. */
        while (atomic_load(&c->busy))
            sched_yield();
        conn_disarm(s, c);
        c->state = CONN_WORKING;
        queue_put(s, c);
        lock_take(&s->lock);
        count_down(s);
        lock_release(&s->lock);
    }
}

int
wait_pause(struct http_server *s, int most)
{
    long long left;

    lock_take(&s->lock);
    left = s->wait_next - time_mono_ms();
    lock_release(&s->lock);
    if (left < 0)
        return 0;
    return left < most ? (int)left : most;
}

void
wait_end(struct http_server *s)
{
    lock_take(&s->lock);
    for (size_t i = 0; i < ENGINE_WAITS; i++)
        while (s->waits[i] != NULL)
            wake_one(s, s->waits[i]);
    eventfd_write(s->wake_fd, 1);
    while (s->waiting > 0)
        lock_wait(&s->lock, &s->waited);
    lock_release(&s->lock);
}

void
http_server_wake(struct http_server *s, const char *name)
{
    unsigned bucket = name != NULL ? wait_bucket(name) : 0;
    unsigned end = name != NULL ? bucket + 1 : ENGINE_WAITS;
    bool any = false;
    struct conn *next;

    lock_take(&s->lock);
    s->wakes++;
    for (; bucket < end; bucket++) {
        s->woken_at[bucket] = s->wakes;
        for (struct conn *c = s->waits[bucket]; c != NULL; c = next) {
            next = c->next_wait;
            if (name == NULL || strcmp(c->wait_for, name) == 0) {
                wake_one(s, c);
                any = true;
            }
        }
    }
    lock_release(&s->lock);
    if (any)
        eventfd_write(s->wake_fd, 1);
}
