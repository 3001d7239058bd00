/* soap/engine_queue.c - what waits for a worker: complete requests first, but
 * handshakes never starve, and one worker at least is free of them. */
#include <stdlib.h>

#include "soap/engine.h"

#define QUEUE_IN_A_ROW                                    \
    8 /* requests before a waiting handshake has its turn \
       */

void
queue_put(struct soap_server *s, struct conn *c)
{
    bool step = c->state == CONN_HANDSHAKE;

    c->next_job = NULL;
    atomic_store(&c->busy, true);
    pthread_mutex_lock(&s->lock);
    if (step) {
        *s->handshakes_end = c;
        s->handshakes_end = &c->next_job;
    } else {
        *s->jobs_end = c;
        s->jobs_end = &c->next_job;
    }
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add_explicit(&s->metrics.queued, 1, memory_order_relaxed);
}

/* Take the first of LIST. */
static struct conn *
queue_pop(struct conn **list, struct conn ***end)
{
    struct conn *c = *list;

    *list = c->next_job;
    if (*list == NULL)
        *end = list;
    return c;
}

/* The next connection for a worker, NULL when there is none for it now. */
static struct conn *
queue_pick(struct soap_server *s)
{
    bool step = s->handshakes != NULL && !s->draining &&
                (s->workers == 1 || s->handshaking < s->workers - 1);

    if (s->jobs != NULL && (!step || s->in_a_row < QUEUE_IN_A_ROW)) {
        s->in_a_row++;
        return queue_pop(&s->jobs, &s->jobs_end);
    }
    if (!step)
        return NULL;
    s->in_a_row = 0;
    s->handshaking++;
    return queue_pop(&s->handshakes, &s->handshakes_end);
}

struct conn *
queue_get(struct soap_server *s)
{
    struct conn *c;

    pthread_mutex_lock(&s->lock);
    while ((c = queue_pick(s)) == NULL && !s->draining)
        pthread_cond_wait(&s->work, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (c != NULL)
        atomic_fetch_sub_explicit(&s->metrics.queued, 1, memory_order_relaxed);
    return c;
}

void
queue_done(struct soap_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->handshaking--;
    if (s->handshakes != NULL)
        pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

void
queue_drain(struct soap_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->draining = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
}
