/* mds/entry_table.c - see entry_table.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/table.h"
#include "mds/entry_table.h"
#include "mds/rcu.h"

#define BUCKETS 1024 /* at first */

struct entry_table {
    struct view *_Atomic now; /* under RCU */
    struct cds_lfht *ids;
    struct keys *keys;
    const struct tagnames *names;
    atomic_long count;
    /* the writer's: free slots below TOP */
    unsigned *spare, spares, spare_room, top;
};

#ifdef __SANITIZE_THREAD__
/* Suppress reports inside the library. */
const char *__tsan_default_suppressions(void);

const char *
__tsan_default_suppressions(void)
{
    return "race:liburcu-bp.so\nrace:liburcu-cds.so\n";
}
#endif

static unsigned long
hash_of(const char *id)
{
    return table_hash(TABLE_HASH, id);
}

static int
has_id(struct cds_lfht_node *node, const void *id)
{
    struct entry *e = caa_container_of(node, struct entry, by_id);

    RCU_AFTER(e);
    return strcmp(e->id, id) == 0;
}

struct entry_table *
entry_table_create(const struct tagnames *names)
{
    struct entry_table *t = xcalloc(1, sizeof(*t));

    atomic_init(&t->now, view_create());
    t->keys = keys_create();
    t->names = names;
    t->ids = cds_lfht_new(BUCKETS, BUCKETS, 0, CDS_LFHT_AUTO_RESIZE, NULL);
    if (t->ids == NULL)
        abort(); /* as xcalloc() does without memory */
    return t;
}

static void
retire_entry(struct rcu_head *head)
{
    RCU_AFTER(head);
    entry_unref(caa_container_of(head, struct entry, retired));
}

static void
retire_view(struct rcu_head *head)
{
    RCU_AFTER(head);
    view_unref(caa_container_of(head, struct view, retired));
}

/* Release E's reference once no reader can be about to take one. */
static void
retire(struct entry *e)
{
    if (e == NULL)
        return;
    RCU_BEFORE(&e->retired);
    call_rcu(&e->retired, retire_entry);
}

static void
retire_old(struct view *v)
{
    RCU_BEFORE(&v->retired);
    call_rcu(&v->retired, retire_view);
}

void
entry_table_destroy(struct entry_table *t)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *node;

    if (t == NULL)
        return;
    cds_lfht_first(t->ids, &iter);
    while ((node = cds_lfht_iter_get_node(&iter)) != NULL) {
        cds_lfht_next(t->ids, &iter);
        cds_lfht_del(t->ids, node);
        keys_remove(caa_container_of(node, struct entry, by_id)->keys);
        retire(caa_container_of(node, struct entry, by_id));
    }
    retire_old(atomic_load(&t->now));
    rcu_barrier();
    cds_lfht_destroy(t->ids, NULL);
    keys_destroy(t->keys);
    free(t->spare);
    free(t);
}

struct view *
entry_table_view(struct entry_table *t)
{
    struct view *v;

    rcu_read_lock();
    v = atomic_load(&t->now);
    atomic_fetch_add(&v->refs, 1);
    rcu_read_unlock();
    return v;
}

/* Find the entry ID; in a reader's section, or by the writer. */
static struct entry *
find(struct entry_table *t, const char *id)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *node;

    cds_lfht_lookup(t->ids, hash_of(id), has_id, id, &iter);
    node = cds_lfht_iter_get_node(&iter);
    return node != NULL ? caa_container_of(node, struct entry, by_id) : NULL;
}

struct entry *
entry_table_find(struct entry_table *t, const char *id)
{
    struct entry *e;

    rcu_read_lock();
    e = find(t, id);
    if (e != NULL)
        entry_ref(e);
    rcu_read_unlock();
    return e;
}

int
entry_table_keyed(struct entry_table *t, const struct view *v, const char *text,
                  unsigned slot[KEYS_FOUND_MAX])
{
    int n = keys_find(t->keys, text, slot);

    /* keys are added before a view shows the entry, and removed after it */
    return atomic_load(&t->now) == v ? n : -1;
}

long
entry_table_count(const struct entry_table *t)
{
    return atomic_load(&t->count);
}

/* Make E (NULL: nothing) visible at SLOT; takes E's reference. */
static void
show(struct entry_table *t, unsigned slot, struct entry *e)
{
    struct view *old = atomic_load(&t->now);

    atomic_store(&t->now, view_with(old, slot, e));
    retire_old(old);
}

void
entry_table_put(struct entry_table *t, struct entry *e)
{
    struct entry *old;
    bool same;

    rcu_read_lock();
    old = find(t, e->id);
    same = old != NULL && old->text == e->text;
    if (old != NULL)
        e->slot = old->slot;
    else {
        e->slot = t->spares > 0 ? t->spare[--t->spares] : t->top++;
        atomic_fetch_add(&t->count, 1);
    }
    RCU_BEFORE(e);
    cds_lfht_add_replace(t->ids, hash_of(e->id), has_id, e->id, &e->by_id);
    rcu_read_unlock();
    e->keys = same ? old->keys : keys_add(t->keys, t->names, e);
    show(t, e->slot, entry_ref(e));
    if (old != NULL && !same)
        keys_remove(old->keys);
    retire(old);
}

struct entry *
entry_table_take(struct entry_table *t, const char *id)
{
    struct entry *e;

    rcu_read_lock();
    e = find(t, id);
    if (e != NULL) {
        cds_lfht_del(t->ids, &e->by_id);
        entry_ref(e);
    }
    rcu_read_unlock();
    if (e == NULL)
        return NULL;
    if (t->spares == t->spare_room) {
        t->spare_room = t->spare_room * 2 + 64;
        t->spare = xrealloc(t->spare, t->spare_room, sizeof(*t->spare));
    }
    t->spare[t->spares++] = e->slot;
    atomic_fetch_sub(&t->count, 1);
    show(t, e->slot, NULL);
    keys_remove(e->keys);
    retire(e);
    return e;
}
