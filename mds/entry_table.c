/* mds/entry_table.c - see entry_table.h. */
#include <string.h>

#include "mds/entry_table.h"

static unsigned
hash_of_twins(const char *owner, const char *member)
{
    return table_hash(table_hash(TABLE_HASH, owner), member);
}

struct entry *
entry_table_find(struct entry_table *t, const char *id)
{
    struct table_link *l = table_first(&t->ids, table_hash(TABLE_HASH, id));

    for (; l != NULL; l = table_next(l)) {
        struct entry *e = TABLE_OF(l, struct entry, by_id);

        if (strcmp(e->row.id, id) == 0)
            return e;
    }
    return NULL;
}

struct entry *
entry_table_same(struct entry_table *t, const struct registration_in *in)
{
    struct table_link *l =
        table_first(&t->twins, hash_of_twins(in->owner, in->member));

    for (; l != NULL; l = table_next(l)) {
        struct entry *e = TABLE_OF(l, struct entry, by_member);

        if (strcmp(e->row.owner, in->owner) == 0 &&
            strcmp(e->row.member, in->member) == 0 &&
            strcmp(e->row.member_params, in->member_params) == 0 &&
            strcmp(e->row.config, in->config) == 0)
            return e;
    }
    return NULL;
}

void
entry_table_put(struct entry_table *t, struct entry *e)
{
    table_put(&t->ids, &e->by_id, table_hash(TABLE_HASH, e->row.id));
    table_put(&t->twins, &e->by_member,
              hash_of_twins(e->row.owner, e->row.member));
}

void
entry_table_take(struct entry_table *t, struct entry *e)
{
    table_take(&t->ids, &e->by_id);
    table_take(&t->twins, &e->by_member);
}

struct each {
    void (*fn)(struct entry *e, void *arg);
    void *arg;
};

static void
each_entry(struct table_link *link, void *arg)
{
    const struct each *each = arg;

    each->fn(TABLE_OF(link, struct entry, by_id), each->arg);
}

void
entry_table_each(struct entry_table *t, void (*fn)(struct entry *e, void *arg),
                 void *arg)
{
    struct each each = { fn, arg };

    table_each(&t->ids, each_entry, &each);
}

void
entry_table_fini(struct entry_table *t)
{
    table_fini(&t->ids);
    table_fini(&t->twins);
}
