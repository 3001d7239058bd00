/* gatekeeper/schedulers/fork_queue.c - see fork_queue.h. */
#include "gatekeeper/schedulers/fork_queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define AGAIN_MS     1000LL
#define AGAIN_SHIFTS 6

void
fork_queue_init(struct fork_queue *q)
{
    *q = (struct fork_queue){ .buckets = 64 };
    q->hash = xcalloc(q->buckets, sizeof(*q->hash));
}

void
fork_queue_fini(struct fork_queue *q)
{
    for (size_t i = 0; i < q->buckets; i++)
        while (q->hash[i] != NULL)
            fork_queue_remove(q, q->hash[i]);
    free(q->hash);
    *q = (struct fork_queue){ .hash = NULL };
}

/* FNV-1a: the ids are random already. */
static size_t
bucket_of(const struct fork_queue *q, const char *id)
{
    uint64_t h = 14695981039346656037u;

    for (; *id != '\0'; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h & (q->buckets - 1);
}

struct fork_entry *
fork_queue_find(const struct fork_queue *q, const char *id)
{
    struct fork_entry *e = q->hash[bucket_of(q, id)];

    while (e != NULL && strcmp(e->id, id) != 0)
        e = e->hash_next;
    return e;
}

static void
put(struct fork_queue *q, struct fork_entry *e)
{
    struct fork_entry **b = &q->hash[bucket_of(q, e->id)];

    e->hash_next = *b;
    *b = e;
}

static void
grow(struct fork_queue *q)
{
    struct fork_entry **old = q->hash;
    size_t n = q->buckets;

    if (q->n < n)
        return;
    q->buckets = n * 2;
    q->hash = xcalloc(q->buckets, sizeof(*q->hash));
    for (size_t i = 0; i < n; i++)
        while (old[i] != NULL) {
            struct fork_entry *e = old[i];

            old[i] = e->hash_next;
            put(q, e);
        }
    free(old);
}

static void
append(struct fork_queue *q, struct fork_entry *e)
{
    e->next = NULL;
    e->prev = q->tail;
    *(q->tail != NULL ? &q->tail->next : &q->head) = e;
    q->tail = e;
}

static void
prepend(struct fork_queue *q, struct fork_entry *e)
{
    e->prev = NULL;
    e->next = q->head;
    *(q->head != NULL ? &q->head->prev : &q->tail) = e;
    q->head = e;
}

static bool
has_slot(enum fork_state state)
{
    return state == FORK_UNSEEN || state == FORK_STARTING ||
           state == FORK_RUNNING;
}

/* Count E in its state, or out of it. */
static void
count(struct fork_queue *q, const struct fork_entry *e, int by)
{
    if (e->fault != NULL)
        return;
    if (e->state == FORK_WAITING)
        q->waiting += by;
    if (has_slot(e->state))
        q->running += by;
}

static void
leave(struct fork_queue *q, struct fork_entry *e)
{
    count(q, e, -1);
    if (e->state != FORK_WAITING || e->fault != NULL)
        return;
    *(e->prev != NULL ? &e->prev->next : &q->head) = e->next;
    *(e->next != NULL ? &e->next->prev : &q->tail) = e->prev;
}

struct fork_entry *
fork_queue_add(struct fork_queue *q, const char *id, enum fork_state state)
{
    struct fork_entry *e = xcalloc(1, sizeof(*e));

    memcpy(e->id, id, strnlen(id, sizeof(e->id) - 1));
    e->state = state;
    grow(q);
    put(q, e);
    q->n++;
    if (state == FORK_WAITING)
        append(q, e);
    count(q, e, 1);
    return e;
}

void
fork_queue_move(struct fork_queue *q, struct fork_entry *e,
                enum fork_state state)
{
    leave(q, e);
    e->state = state;
    if (state == FORK_WAITING)
        append(q, e);
    count(q, e, 1);
}

void
fork_queue_fail(struct fork_queue *q, struct fork_entry *e, const char *why)
{
    leave(q, e);
    free(e->fault);
    e->fault = xstrdup(why);
}

void
fork_queue_again(struct fork_queue *q, struct fork_entry *e, const char *why)
{
    long long now = time_mono_ms();

    leave(q, e);
    e->state = FORK_WAITING;
    if (e->tries == 0)
        e->t_first = now;
    e->t_again =
        now + (AGAIN_MS << (e->tries < AGAIN_SHIFTS ? e->tries : AGAIN_SHIFTS));
    e->tries++;
    free(e->why);
    e->why = xstrdup(why);
    prepend(q, e);
    count(q, e, 1);
}

struct fork_entry *
fork_queue_next(const struct fork_queue *q, long long now)
{
    struct fork_entry *e = q->head;

    while (e != NULL && e->t_again > now)
        e = e->next;
    return e;
}

void
fork_queue_remove(struct fork_queue *q, struct fork_entry *e)
{
    struct fork_entry **p = &q->hash[bucket_of(q, e->id)];

    while (*p != e)
        p = &(*p)->hash_next;
    *p = e->hash_next;
    q->n--;
    leave(q, e);
    free(e->fault);
    free(e->why);
    free(e);
}
