/* http/engine_queue.c - connections that wait for a worker.  Complete requests
 * come first, but handshakes never starve, and at least one worker does no
 * handshakes.  If requests may wait for something (spec.share_workers), a
 * caller with many workers leaves some to others. */
#include <stdlib.h>

#include "base/table.h"
#include "http/engine.h"

#define QUEUE_IN_A_ROW                                    \
    8 /* requests before a waiting handshake has its turn \
       */

/* The sender of C's request, hashed: its name, or without a certificate its
 * address. */
static unsigned
queue_who(const struct conn *c)
{
    unsigned h;

    if (c->tls == NULL || tls_peer(c->tls) == NULL)
        return c->crowd;
    h = table_hash(TABLE_HASH, conn_identity(c));
    return (h ^ h >> 16) % ENGINE_CROWDS;
}

void
queue_put(struct http_server *s, struct conn *c)
{
    bool step = c->state == CONN_HANDSHAKE;

    c->next_job = NULL;
    if (c->state == CONN_WORKING)
        c->who = queue_who(c);
    atomic_store(&c->busy, true);
    lock_take(&s->lock);
    if (step) {
        *s->handshakes_end = c;
        s->handshakes_end = &c->next_job;
    } else {
        *s->jobs_end = c;
        s->jobs_end = &c->next_job;
    }
    /* before another thread can take it and make the count negative */
    atomic_fetch_add_explicit(&s->metrics.queued, 1, memory_order_relaxed);
    pthread_cond_signal(&s->work);
    lock_release(&s->lock);
}

/* Remove the first of LIST. */
static struct conn *
queue_pop(struct conn **list, struct conn ***end)
{
    struct conn *c = *list;

    *list = c->next_job;
    if (*list == NULL)
        *end = list;
    return c;
}

/* Whether C's request may have a worker now.  A caller who has N workers leaves
 * a third as many free; the last one goes to a caller who has none. */
static bool
queue_fair(const struct http_server *s, const struct conn *c)
{
    int left = s->workers - s->answering, own = s->answers[c->who];

    if (!s->spec.share_workers || s->draining || c->state != CONN_WORKING)
        return true;
    return own == 0 || (left > 1 && own < 3 * left);
}

/* The first request that may have a worker; NULL. */
static struct conn *
queue_request(struct http_server *s)
{
    struct conn **at = &s->jobs, *c;

    while (*at != NULL && !queue_fair(s, *at))
        at = &(*at)->next_job;
    if (*at == NULL)
        return NULL;
    c = queue_pop(at, &s->jobs_end);
    s->in_a_row++;
    if (c->state == CONN_WORKING) {
        s->answering++;
        s->answers[c->who]++;
    }
    return c;
}

/* The next connection for a worker; NULL when none may be served now. */
static struct conn *
queue_pick(struct http_server *s)
{
    bool step = s->handshakes != NULL && !s->draining &&
                (s->workers == 1 || s->handshaking < s->workers - 1);
    struct conn *c = NULL;

    if (!step || s->in_a_row < QUEUE_IN_A_ROW)
        c = queue_request(s);
    if (c != NULL || !step)
        return c;
    s->in_a_row = 0;
    s->handshaking++;
    return queue_pop(&s->handshakes, &s->handshakes_end);
}

struct conn *
queue_get(struct http_server *s)
{
    struct conn *c;

    lock_take(&s->lock);
    while ((c = queue_pick(s)) == NULL && !s->draining)
        lock_wait(&s->lock, &s->work);
    /* the end of this request may allow one that was held back */
    if (s->spec.share_workers && s->jobs != NULL)
        pthread_cond_signal(&s->work);
    lock_release(&s->lock);
    if (c != NULL)
        atomic_fetch_sub_explicit(&s->metrics.queued, 1, memory_order_relaxed);
    return c;
}

void
queue_done(struct http_server *s)
{
    lock_take(&s->lock);
    s->handshaking--;
    if (s->handshakes != NULL)
        pthread_cond_signal(&s->work);
    lock_release(&s->lock);
}

void
queue_answered(struct http_server *s, unsigned who)
{
    lock_take(&s->lock);
    s->answering--;
    s->answers[who]--;
    lock_release(&s->lock);
}

void
queue_drain(struct http_server *s)
{
    lock_take(&s->lock);
    s->draining = true;
    pthread_cond_broadcast(&s->work);
    lock_release(&s->lock);
}
