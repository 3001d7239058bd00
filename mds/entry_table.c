/* mds/entry_table.c - see entry_table.h. */
#include <string.h>

#include "mds/entry_table.h"

#define HASH_BEGIN 2166136261u /* FNV-1a */

/* Go on with the hash H over TEXT. */
static unsigned
hash(unsigned h, const char *text)
{
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

/* Where the entry ID is. */
static struct entry **
id_bucket(struct entry_table *t, const char *id)
{
    return &t->ids[hash(HASH_BEGIN, id) % ENTRY_BUCKETS];
}

/* Where entries of OWNER for MEMBER are. */
static struct entry **
twin_bucket(struct entry_table *t, const char *owner, const char *member)
{
    return &t->twins[hash(hash(HASH_BEGIN, owner), member) % ENTRY_BUCKETS];
}

struct entry *
entry_table_find(struct entry_table *t, const char *id)
{
    struct entry *e = *id_bucket(t, id);

    while (e != NULL && strcmp(e->row.id, id) != 0)
        e = e->next;
    return e;
}

struct entry *
entry_table_same(struct entry_table *t, const struct registration_in *in)
{
    struct entry *e = *twin_bucket(t, in->owner, in->member);

    while (e != NULL && (strcmp(e->row.owner, in->owner) != 0 ||
                         strcmp(e->row.member, in->member) != 0 ||
                         strcmp(e->row.member_params, in->member_params) != 0 ||
                         strcmp(e->row.config, in->config) != 0))
        e = e->twin;
    return e;
}

void
entry_table_put(struct entry_table *t, struct entry *e)
{
    struct entry **b = id_bucket(t, e->row.id);

    e->next = *b;
    *b = e;
    b = twin_bucket(t, e->row.owner, e->row.member);
    e->twin = *b;
    *b = e;
}

void
entry_table_take(struct entry_table *t, struct entry *e)
{
    struct entry **p = id_bucket(t, e->row.id);

    while (*p != e)
        p = &(*p)->next;
    *p = e->next;
    p = twin_bucket(t, e->row.owner, e->row.member);
    while (*p != e)
        p = &(*p)->twin;
    *p = e->twin;
}

void
entry_table_each(struct entry_table *t, void (*fn)(struct entry *e, void *arg),
                 void *arg)
{
    for (size_t i = 0; i < ENTRY_BUCKETS; i++)
        for (struct entry *e = t->ids[i], *next; e != NULL; e = next) {
            next = e->next;
            fn(e, arg);
        }
}
