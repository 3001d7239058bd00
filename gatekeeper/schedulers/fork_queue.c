/* gatekeeper/schedulers/fork_queue.c - see fork_queue.h. */
#include "gatekeeper/schedulers/fork_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define AGAIN_MS     1000LL
#define AGAIN_SHIFTS 6
/* Tasks that an array's supervisor gets in advance, per running task. */
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

/* A's turn comes after that of all others. */
static void
link_account(struct fork_queue *q, struct fork_account *a)
{
    a->next = NULL;
    a->prev = q->tail;
    *(a->prev != NULL ? &a->prev->next : &q->head) = a;
    q->tail = a;
}

static void
unlink_account(struct fork_queue *q, struct fork_account *a)
{
    *(a->prev != NULL ? &a->prev->next : &q->head) = a->next;
    *(a->next != NULL ? &a->next->prev : &q->tail) = a->prev;
}

static struct fork_group *
find_group(const struct fork_queue *q, const char *id)
{
    struct fork_group *g = q->groups[group_bucket(q, id)];

    while (g != NULL && strcmp(g->id, id) != 0)
        g = g->hash_next;
    return g;
}

/* The account NAME, NULL the one without a name, made when new. */
static struct fork_account *
get_account(struct fork_queue *q, const char *name)
{
    struct fork_account *a = q->head;

    if (name == NULL)
        name = "";
    while (a != NULL && strcmp(a->name, name) != 0)
        a = a->next;
    if (a != NULL)
        return a;
    a = xcalloc(1, sizeof(*a));
    a->name = xstrdup(name);
    link_account(q, a);
    return a;
}

/* The group of KEY's job; created if missing. */
static struct fork_group *
get_group(struct fork_queue *q, const struct fork_key *key)
{
    struct fork_group *g = find_group(q, key->id);

    if (g == NULL) {
        g = xcalloc(1, sizeof(*g));
        g->array = key->attempt > 0;
        memcpy(g->id, key->id, strnlen(key->id, sizeof(g->id) - 1));
        g->account = get_account(q, key->account);
        g->account->n++;
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
    if (--g->account->n == 0) {
        unlink_account(q, g->account);
        free(g->account->name);
        free(g->account);
    }
    free(g);
}

static void
unlink_group(struct fork_group *g)
{
    struct fork_account *a = g->account;

    *(g->prev != NULL ? &g->prev->next : &a->head) = g->next;
    *(g->next != NULL ? &g->next->prev : &a->tail) = g->prev;
    a->arrays -= g->array;
}

/* G has tasks that wait: behind all others of its account, or before them. */
static void
link_group(struct fork_group *g, bool front)
{
    struct fork_account *a = g->account;

    g->next = front ? a->head : NULL;
    g->prev = front ? NULL : a->tail;
    *(g->prev != NULL ? &g->prev->next : &a->head) = g;
    *(g->next != NULL ? &g->next->prev : &a->tail) = g;
    a->arrays += g->array;
}

/* E waits, behind the others of its job, or before all of its account. */
static void
enqueue(struct fork_entry *e, bool front)
{
    struct fork_group *g = e->group;

    if (g->head != NULL && front)
        unlink_group(g);
    if (g->head == NULL || front)
        link_group(g, front);
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

/* How many slots G is to have. */
static long
share_of(const struct fork_group *g)
{
    return g->array && g->width < g->given ? g->width : g->given;
}

/* How many it has: more while it gives some back. */
static long
slots_of(const struct fork_group *g)
{
    long held = g->held < g->given ? g->held : g->given;

    return held > share_of(g) ? held : share_of(g);
}

/* Add BY to the counts of E's state. */
static void
count(struct fork_queue *q, const struct fork_entry *e, int by)
{
    struct fork_group *g = e->group;
    long before = slots_of(g), share = share_of(g);

    if (fork_queue_fault(e) != NULL)
        return;
    if (e->state == FORK_WAITING) {
        q->waiting += by;
        g->waiting += by;
    }
    if (is_given(e))
        g->given += by;
    q->running += slots_of(g) - before;
    g->account->slots += share_of(g) - share;
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
        unlink_group(g);
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
        enqueue(e, false);
    if (state == FORK_UNSEEN)
        e->group->width++; /* its supervisor had this width before */
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
        enqueue(e, false);
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
    enqueue(e, true);
    count(q, e, 1);
}

/* Whether E may be started at NOW. */
static bool
is_due(const struct fork_entry *e, long long now)
{
    return e->trouble == NULL || e->trouble->t_again <= now;
}

/* Put at most MAX tasks of G that may be started at NOW into B. */
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

/* How wide G, an array, may be with ROOM slots more, or fewer. */
static long
new_width(const struct fork_group *g, long room)
{
    long width = share_of(g) + room, most = g->given + g->waiting;

    if (room < 0 && width < 1)
        width = 1;
    if (g->limit > 0 && width > (long)g->limit)
        width = (long)g->limit;
    return width < most ? width : most;
}

/* G may be WIDTH wide from now on.  What is more than that has its slots until
 * it ends. */
static void
set_width(struct fork_queue *q, struct fork_group *g, long width)
{
    long before = slots_of(g), share = share_of(g);

    g->held = width < before ? before : 0;
    g->width = width;
    q->running += slots_of(g) - before;
    g->account->slots += share_of(g) - share;
}

/* Take tasks of an array.  Its supervisor gets tasks in advance, so that it
 * never waits for us, and more when half of them are gone.  The last task is
 * kept back until there are enough slots, so that waiting jobs get the next
 * free slot. */
static bool
take_array(struct fork_queue *q, struct fork_group *g, long room, long long now,
           struct fork_batch *b)
{
    long width = new_width(g, room), all = width * (1 + AHEAD);
    long give = g->given > all / 2 ? 0 : all - g->given;

    if (g->busy || width == 0)
        return false;
    if (give >= g->waiting)
        give = g->given + g->waiting > width ? g->waiting - 1 : g->waiting;
    collect(g, give, now, b);
    if (b->n == 0 && (width == g->width || (width < g->width && room >= 0)))
        return false;
    g->busy = true;
    set_width(q, g, width);
    b->width = width;
    return true;
}

static bool
take_of(struct fork_queue *q, struct fork_group *g, long room, long long now,
        struct fork_batch *b)
{
    if (g->array)
        return take_array(q, g, room, now, b);
    b->n = 0;
    if (room > 0 && (g->limit == 0 || g->given < (long)g->limit))
        collect(g, 1, now, b);
    return b->n > 0;
}

/* Whether A has something that a slot would let begin. */
static bool
wants(const struct fork_account *a)
{
    for (const struct fork_group *g = a->head; g != NULL; g = g->next)
        if (g->limit == 0 || share_of(g) < (long)g->limit)
            return true;
    return false;
}

/* How many slots A may have more, or gives up, with FREE left of SLOTS: any
 * while no other account wants one, else up to its part. */
static long
room_of(const struct fork_queue *q, const struct fork_account *a, long slots,
        long free)
{
    bool others = false;
    long n = 0, room;

    for (const struct fork_account *o = q->head; o != NULL; o = o->next) {
        bool want = wants(o);

        n += want || o->slots > 0;
        others |= want && o != a;
    }
    if (free < 0)
        free = 0;
    room = others ? (slots + n - 1) / n - a->slots : free;
    return room < free ? room : free;
}

/* Something of A with FREE of SLOTS left; without one only arrays can have more
 * tasks, or become narrower. */
static bool
take_from(struct fork_queue *q, struct fork_account *a, long slots,
          long long now, struct fork_batch *b)
{
    long free = slots - q->running, room;
    size_t arrays = a->arrays;
    bool any = false;

    if (a->head == NULL || (free <= 0 && arrays == 0))
        return false;
    room = arrays > 0 ? room_of(q, a, slots, free) : free;
    for (struct fork_group *g = a->head;
         g != NULL && !any && (free > 0 || arrays > 0); g = g->next) {
        any = take_of(q, g, g->array ? room : free, now, b);
        arrays -= g->array;
    }
    return any;
}

/* The account after BEFORE, NULL for the first, in the order of their turns:
 * those with fewest slots first. */
static struct fork_account *
next_turn(const struct fork_queue *q, const struct fork_account *before)
{
    struct fork_account *best = NULL;
    bool passed = before == NULL;

    for (struct fork_account *a = q->head; a != NULL; a = a->next) {
        bool later = before == NULL || a->slots > before->slots ||
                     (a->slots == before->slots && passed);

        if (a == before)
            passed = true;
        else if (later && (best == NULL || a->slots < best->slots))
            best = a;
    }
    return best;
}

bool
fork_queue_take(struct fork_queue *q, long slots, long long now,
                struct fork_batch *b)
{
    struct fork_account *a = next_turn(q, NULL);

    while (a != NULL && !take_from(q, a, slots, now, b))
        a = next_turn(q, a);
    if (a == NULL)
        return false;
    unlink_account(q, a);
    link_account(q, a);
    for (size_t i = 0; i < b->n; i++)
        fork_queue_move(q, b->entry[i], FORK_STARTING);
    return true;
}

void
fork_queue_told(struct fork_queue *q, const char *id)
{
    struct fork_group *g = find_group(q, id);

    if (g != NULL)
        g->busy = false;
}

/* G gives a slot back that it had beyond its width. */
static void
set_held(struct fork_queue *q, struct fork_group *g, long held)
{
    long before = slots_of(g);

    g->held = held;
    q->running += slots_of(g) - before;
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
    if (is_given(e) && g->held > 0)
        set_held(q, g, g->held - 1);
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
