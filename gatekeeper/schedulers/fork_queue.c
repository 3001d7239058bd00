/* gatekeeper/schedulers/fork_queue.c - see fork_queue.h. */
#include "gatekeeper/schedulers/fork_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define AGAIN_MS     1000LL
#define AGAIN_SHIFTS 6
/* An array's supervisor has so many tasks in advance for each that runs. */
#define AHEAD        15

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

static struct fork_group *
find_group(const struct fork_queue *q, const char *id)
{
    struct fork_group *g = q->groups[group_bucket(q, id)];

    while (g != NULL && strcmp(g->id, id) != 0)
        g = g->hash_next;
    return g;
}

/* The group of KEY's job, made when new. */
static struct fork_group *
get_group(struct fork_queue *q, const struct fork_key *key)
{
    struct fork_group *g = find_group(q, key->id);

    if (g == NULL) {
        g = xcalloc(1, sizeof(*g));
        g->array = key->attempt > 0;
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
    q->arrays -= g->array;
}

/* G has tasks that wait: behind all others, or before them. */
static void
link_group(struct fork_queue *q, struct fork_group *g, bool front)
{
    g->next = front ? q->head : NULL;
    g->prev = front ? NULL : q->tail;
    *(g->prev != NULL ? &g->prev->next : &q->head) = g;
    *(g->next != NULL ? &g->next->prev : &q->tail) = g;
    q->arrays += g->array;
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
is_given(const struct fork_entry *e)
{
    return e->state == FORK_UNSEEN || e->state == FORK_STARTING ||
           e->state == FORK_RUNNING;
}

/* How many slots G has. */
static long
slots_of(const struct fork_group *g)
{
    return g->array && g->width < g->given ? g->width : g->given;
}

/* Count E in its state, or out of it. */
static void
count(struct fork_queue *q, const struct fork_entry *e, int by)
{
    struct fork_group *g = e->group;
    long before = slots_of(g);

    if (fork_queue_fault(e) != NULL)
        return;
    if (e->state == FORK_WAITING) {
        q->waiting += by;
        g->waiting += by;
    }
    if (is_given(e))
        g->given += by;
    q->running += slots_of(g) - before;
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
    if (state == FORK_UNSEEN)
        e->group->width++; /* it was told so before */
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

/* Whether E may be started at NOW. */
static bool
is_due(const struct fork_entry *e, long long now)
{
    return e->trouble == NULL || e->trouble->t_again <= now;
}

/* At most MAX tasks of G that may be started at NOW, into B. */
static void
collect(struct fork_group *g, long max, long long now, struct fork_batch *b)
{
    b->group = g;
    b->n = 0;
    for (struct fork_entry *e = g->head;
         e != NULL && (long)b->n < max && b->n < FORK_BATCH; e = e->next)
        if (is_due(e, now))
            b->entry[b->n++] = e;
}

/* How wide G, an array, may be with FREE slots more. */
static long
new_width(const struct fork_group *g, long free)
{
    long width = slots_of(g) + (free > 0 ? free : 0);

    if (g->limit > 0 && width > (long)g->limit)
        width = (long)g->limit;
    return width < g->given + g->waiting ? width : g->given + g->waiting;
}

/* Of an array: its supervisor has tasks in advance, so that it never waits for
 * us; half of them are gone before it gets more.  The last task is kept back
 * while there are not slots enough: who waits gets the next that is free. */
static bool
take_array(struct fork_queue *q, struct fork_group *g, long free, long long now,
           struct fork_batch *b)
{
    long width = new_width(g, free), all = width * (1 + AHEAD);
    long give = g->given > all / 2 ? 0 : all - g->given;
    long before = slots_of(g);

    if (g->busy || width == 0)
        return false;
    if (give >= g->waiting)
        give = g->given + g->waiting > width ? g->waiting - 1 : g->waiting;
    collect(g, give, now, b);
    if (b->n == 0 && width <= g->width)
        return false;
    g->busy = true;
    b->width = g->width = width;
    q->running += slots_of(g) - before;
    return true;
}

static bool
take_of(struct fork_queue *q, struct fork_group *g, long free, long long now,
        struct fork_batch *b)
{
    if (g->array)
        return take_array(q, g, free, now, b);
    b->n = 0;
    if (free > 0 && (g->limit == 0 || g->given < (long)g->limit))
        collect(g, 1, now, b);
    return b->n > 0;
}

bool
fork_queue_take(struct fork_queue *q, long slots, long long now,
                struct fork_batch *b)
{
    size_t arrays = q->arrays;
    bool any = false;

    /* Without a free slot only arrays can have more. */
    for (struct fork_group *g = q->head;
         g != NULL && !any && (slots > q->running || arrays > 0); g = g->next) {
        any = take_of(q, g, slots - q->running, now, b);
        arrays -= g->array;
    }
    for (size_t i = 0; any && i < b->n; i++)
        fork_queue_move(q, b->entry[i], FORK_STARTING);
    return any;
}

void
fork_queue_told(struct fork_queue *q, const char *id)
{
    struct fork_group *g = find_group(q, id);

    if (g != NULL)
        g->busy = false;
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
