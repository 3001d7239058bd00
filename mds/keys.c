/* mds/keys.c - see keys.h. */
#include <stdlib.h>
#include <string.h>
#include <urcu/rcuhlist.h>

#include "base/buf.h"
#include "base/table.h"
#include "mds/keys.h"
#include "mds/rcu.h"

#define BUCKETS       (1u << 18)
#define KEYS_EACH_MAX 512 /* per entry */

struct key {
    struct cds_hlist_node link;
    unsigned hash, slot;
};

struct keys_of {
    struct rcu_head retired;
    size_t n;
    struct key key[];
};

struct keys {
    struct cds_hlist_head bucket[BUCKETS];
    struct cds_hlist_head
        many; /* entries with too many keys: candidates for every value */
};

struct keys *
keys_create(void)
{
    return xcalloc(1, sizeof(struct keys));
}

void
keys_destroy(struct keys *k)
{
    free(k);
}

bool
keys_has(const char *local)
{
    static const char *const names[] = {
#define KEYLEAF(name) name,
#include "mds/keyleaf.def"
#undef KEYLEAF
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], local) == 0)
            return true;
    return false;
}

/* Whether node I of E is a key element; HASH is the hash of its value. */
static bool
is_key(const struct entry *e, const struct tagnames *names, uint32_t i,
       unsigned *hash)
{
    const struct entry_text *t = e->text;
    const struct flat_node *n = &t->node[i];

    if (n->kind != FLAT_ELEMENT || !keys_has(tagnames_local(names, n->name)))
        return false;
    *hash = TABLE_HASH;
    for (uint32_t c = i + 1; c < n->end; c++) {
        const struct flat_node *text = &t->node[c];

        if (text->kind == FLAT_TEXT && text->off == FLAT_ID)
            *hash = table_hash(*hash, e->id);
        else if (text->kind == FLAT_TEXT && text->off != FLAT_URL)
            *hash = table_hash_bytes(*hash, t->member + text->off, text->end);
    }
    return true;
}

/* Append a key to OF. */
static void
put(struct keys_of *of, unsigned hash, unsigned slot,
    struct cds_hlist_head *head)
{
    struct key *key = &of->key[of->n++];

    RCU_LIST_BEGIN();
    key->hash = hash;
    key->slot = slot;
    cds_hlist_add_head_rcu(&key->link, head);
    RCU_LIST_END();
}

struct keys_of *
keys_add(struct keys *k, const struct tagnames *names, const struct entry *e)
{
    unsigned hash;
    size_t n = 0;
    struct keys_of *of;

    for (uint32_t i = 0; i < e->text->nodes; i++)
        n += is_key(e, names, i, &hash);
    of = xcalloc(1, sizeof(*of) + (n > 0 ? n : 1) * sizeof(of->key[0]));
    if (n > KEYS_EACH_MAX) {
        put(of, 0, e->slot, &k->many);
        return of;
    }
    for (uint32_t i = 0; i < e->text->nodes; i++)
        if (is_key(e, names, i, &hash))
            put(of, hash, e->slot, &k->bucket[hash % BUCKETS]);
    return of;
}

static void
free_keys(struct rcu_head *head)
{
    RCU_AFTER(head);
    free(caa_container_of(head, struct keys_of, retired));
}

void
keys_remove(struct keys_of *of)
{
    if (of == NULL)
        return;
    RCU_LIST_BEGIN();
    for (size_t i = 0; i < of->n; i++)
        cds_hlist_del_rcu(&of->key[i].link);
    RCU_LIST_END();
    RCU_BEFORE(&of->retired);
    call_rcu(&of->retired, free_keys);
}

static int
order(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

/* Append the slots in HEAD with HASH (ANY: all) to SLOT, which has N; returns
 * the new number, or -1. */
static int
gather(const struct cds_hlist_head *head, unsigned hash, bool any, int n,
       unsigned slot[KEYS_FOUND_MAX])
{
    const struct cds_hlist_node *l = rcu_dereference(head->next);

    for (int seen = 0; l != NULL; l = rcu_dereference(l->next)) {
        const struct key *key = caa_container_of(l, struct key, link);

        if (++seen > 4 * KEYS_FOUND_MAX || n == KEYS_FOUND_MAX)
            return -1;
        if (any || key->hash == hash)
            slot[n++] = key->slot;
    }
    return n;
}

int
keys_find(const struct keys *k, const char *text, unsigned slot[KEYS_FOUND_MAX])
{
    unsigned hash = table_hash(TABLE_HASH, text);
    int n, kept = 0;

    rcu_read_lock();
    RCU_LIST_BEGIN();
    n = gather(&k->many, 0, true, 0, slot);
    if (n >= 0)
        n = gather(&k->bucket[hash % BUCKETS], hash, false, n, slot);
    RCU_LIST_END();
    rcu_read_unlock();
    if (n <= 0)
        return n;
    qsort(slot, (size_t)n, sizeof(*slot), order);
    for (int i = 0; i < n; i++)
        if (kept == 0 || slot[kept - 1] != slot[i])
            slot[kept++] = slot[i];
    return kept;
}
