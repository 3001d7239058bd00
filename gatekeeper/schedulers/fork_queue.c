/* gatekeeper/schedulers/fork_queue.c - see fork_queue.h. */
#include "gatekeeper/schedulers/fork_queue.h"

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
    q->groups = xcalloc(q->buckets, sizeof(*q->groups));
}

void
fork_queue_fini(struct fork_queue *q)
{
    for (size_t i = 0; i < q->buckets; i++)
        while (q->hash[i] != NULL)
            fork_queue_remove(q, q->hash[i]);
    free(q->hash);
    free(q->groups);
    *q = (struct fork_queue){ .hash = NULL };
}

/* FNV-1a: the ids are random already. */
static uint64_t
hash_of(const char *id)
{
    uint64_t h = 14695981039346656037u;

    for (; *id != '\0'; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h;
}

static size_t
group_bucket(const struct fork_queue *q, const char *id)
{
    return hash_of(id) & (q->buckets - 1);
}

static size_t
entry_bucket(const struct fork_queue *q, const char *id, uint32_t task)
{
    return (hash_of(id) + task * 2654435761u) & (q->buckets - 1);
}

struct fork_entry *
fork_queue_find(const struct fork_queue *q, const struct fork_key *key)
{
    struct fork_entry *e = q->hash[entry_bucket(q, key->id, key->task)];

    while (e != NULL && (e->task != key->task || e->attempt != key->attempt ||
                         strcmp(e->group->id, key->id) != 0))
        e = e->hash_next;
    return e;
}

static void
put(struct fork_queue *q, struct fork_entry *e)
{
    struct fork_entry **b = &q->hash[entry_bucket(q, e->group->id, e->task)];

    e->hash_next = *b;
    *b = e;
}

static void
put_group(struct fork_queue *q, struct fork_group *g)
{
    struct fork_group **b = &q->groups[group_bucket(q, g->id)];

    g->hash_next = *b;
    *b = g;
}

static void
grow(struct fork_queue *q)
{
    struct fork_entry **old = q->hash;
    struct fork_group **groups = q->groups;
    size_t n = q->buckets;

    if (q->n < n)
        return;
    q->buckets = n * 2;
    q->hash = xcalloc(q->buckets, sizeof(*q->hash));
    q->groups = xcalloc(q->buckets, sizeof(*q->groups));
    for (size_t i = 0; i < n; i++) {
        while (old[i] != NULL) {
            struct fork_entry *e = old[i];

            old[i] = e->hash_next;
            put(q, e);
        }
        while (groups[i] != NULL) {
            struct fork_group *g = groups[i];

            groups[i] = g->hash_next;
            put_group(q, g);
        }
    }
    free(old);
    free(groups);
}

/* The group of KEY's job, made when new. */
static struct fork_group *
get_group(struct fork_queue *q, const struct fork_key *key)
{
    struct fork_group *g = q->groups[group_bucket(q, key->id)];

    while (g != NULL && strcmp(g->id, key->id) != 0)
        g = g->hash_next;
    if (g == NULL) {
        g = xcalloc(1, sizeof(*g));
        memcpy(g->id, key->id, strnlen(key->id, sizeof(g->id) - 1));
        put_group(q, g);
    }
    g->limit = key->limit;
    return g;
}

static void
drop_group(struct fork_queue *q, struct fork_group *g)
{
    struct fork_group **p = &q->groups[group_bucket(q, g->id)];

    while (*p != g)
        p = &(*p)->hash_next;
    *p = g->hash_next;
    free(g);
}

static void
unlink_group(struct fork_queue *q, struct fork_group *g)
{
    *(g->prev != NULL ? &g->prev->next : &q->head) = g->next;
    *(g->next != NULL ? &g->next->prev : &q->tail) = g->prev;
}

/* G has tasks that wait: behind all others, or before them. */
static void
link_group(struct fork_queue *q, struct fork_group *g, bool front)
{
    g->next = front ? q->head : NULL;
    g->prev = front ? NULL : q->tail;
    *(g->prev != NULL ? &g->prev->next : &q->head) = g;
    *(g->next != NULL ? &g->next->prev : &q->tail) = g;
}

/* E waits, behind the others of its job, or before all. */
static void
enqueue(struct fork_queue *q, struct fork_entry *e, bool front)
{
    struct fork_group *g = e->group;

    if (g->head != NULL && front)
        unlink_group(q, g);
    if (g->head == NULL || front)
        link_group(q, g, front);
    e->next = front ? g->head : NULL;
    e->prev = front ? NULL : g->tail;
    *(e->prev != NULL ? &e->prev->next : &g->head) = e;
    *(e->next != NULL ? &e->next->prev : &g->tail) = e;
}

static bool
has_slot(const struct fork_entry *e)
{
    return e->state == FORK_UNSEEN || e->state == FORK_STARTING ||
           e->state == FORK_RUNNING;
}

/* Count E in its state, or out of it. */
static void
count(struct fork_queue *q, const struct fork_entry *e, int by)
{
    if (fork_queue_fault(e) != NULL)
        return;
    if (e->state == FORK_WAITING)
        q->waiting += by;
    if (!has_slot(e))
        return;
    q->running += by;
    e->group->running += by;
}

static void
leave(struct fork_queue *q, struct fork_entry *e)
{
    struct fork_group *g = e->group;

    count(q, e, -1);
    if (e->state != FORK_WAITING || fork_queue_fault(e) != NULL)
        return;
    *(e->prev != NULL ? &e->prev->next : &g->head) = e->next;
    *(e->next != NULL ? &e->next->prev : &g->tail) = e->prev;
    if (g->head == NULL)
        unlink_group(q, g);
}

struct fork_entry *
fork_queue_add(struct fork_queue *q, const struct fork_key *key,
               enum fork_state state)
{
    struct fork_entry *e = xcalloc(1, sizeof(*e));

    grow(q);
    e->group = get_group(q, key);
    e->group->n++;
    e->task = key->task;
    e->attempt = (uint16_t)key->attempt;
    e->state = (uint8_t)state;
    put(q, e);
    q->n++;
    if (state == FORK_WAITING)
        enqueue(q, e, false);
    count(q, e, 1);
    return e;
}

void
fork_queue_move(struct fork_queue *q, struct fork_entry *e,
                enum fork_state state)
{
    leave(q, e);
    e->state = (uint8_t)state;
    if (state == FORK_WAITING)
        enqueue(q, e, false);
    count(q, e, 1);
}

static struct fork_trouble *
get_trouble(struct fork_entry *e)
{
    if (e->trouble == NULL)
        e->trouble = xcalloc(1, sizeof(*e->trouble));
    return e->trouble;
}

const char *
fork_queue_fault(const struct fork_entry *e)
{
    return e->trouble == NULL ? NULL : e->trouble->fault;
}

unsigned
fork_queue_tries(const struct fork_entry *e)
{
    return e->trouble == NULL ? 0 : e->trouble->tries;
}

void
fork_queue_fail(struct fork_queue *q, struct fork_entry *e, const char *why)
{
    struct fork_trouble *t = get_trouble(e);

    leave(q, e);
    free(t->fault);
    t->fault = xstrdup(why);
}

void
fork_queue_again(struct fork_queue *q, struct fork_entry *e, const char *why)
{
    struct fork_trouble *t = get_trouble(e);
    long long now = time_mono_ms();

    leave(q, e);
    e->state = FORK_WAITING;
    if (t->tries == 0)
        t->t_first = now;
    t->t_again =
        now + (AGAIN_MS << (t->tries < AGAIN_SHIFTS ? t->tries : AGAIN_SHIFTS));
    t->tries++;
    free(t->why);
    t->why = xstrdup(why);
    enqueue(q, e, true);
    count(q, e, 1);
}

/* The first task of G that may be started at NOW; NULL. */
static struct fork_entry *
next_of(const struct fork_group *g, long long now)
{
    struct fork_entry *e = g->head;

    if (g->limit > 0 && g->running >= (long)g->limit)
        return NULL;
    while (e != NULL && e->trouble != NULL && e->trouble->t_again > now)
        e = e->next;
    return e;
}

struct fork_entry *
fork_queue_next(const struct fork_queue *q, long long now)
{
    struct fork_entry *e = NULL;

    for (const struct fork_group *g = q->head; g != NULL && e == NULL;
         g = g->next)
        e = next_of(g, now);
    return e;
}

void
fork_queue_remove(struct fork_queue *q, struct fork_entry *e)
{
    struct fork_group *g = e->group;
    struct fork_entry **p = &q->hash[entry_bucket(q, g->id, e->task)];

    while (*p != e)
        p = &(*p)->hash_next;
    *p = e->hash_next;
    q->n--;
    leave(q, e);
    if (e->trouble != NULL) {
        free(e->trouble->fault);
        free(e->trouble->why);
    }
    free(e->trouble);
    free(e);
    if (--g->n == 0)
        drop_group(q, g);
}
