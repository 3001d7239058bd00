/* base/table.c - see table.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/table.h"

#define BUCKETS_FIRST 64 /* a power of two, like all later sizes */

unsigned
table_hash_bytes(unsigned h, const void *p, size_t n)
{
    const unsigned char *c = p;

    for (size_t i = 0; i < n; i++)
        h = (h ^ c[i]) * 16777619u;
    return h;
}

unsigned
table_hash(unsigned h, const char *text)
{
    return table_hash_bytes(h, text, strlen(text));
}

/* The bucket of HASH. */
static struct table_link **
bucket_of(const struct table *t, unsigned hash)
{
    return &t->bucket[(hash ^ hash >> 16) & (t->buckets - 1)];
}

/* Double the buckets; entries with the same hash keep their order. */
static void
grow(struct table *t)
{
    struct table old = *t;
    struct table_link *next;

    t->buckets = old.buckets == 0 ? BUCKETS_FIRST : old.buckets * 2;
    t->bucket = xcalloc(t->buckets, sizeof(*t->bucket));
    for (size_t i = 0; i < old.buckets; i++)
        for (struct table_link *l = old.bucket[i]; l != NULL; l = next) {
            struct table_link **end = bucket_of(t, l->hash);

            next = l->next;
            while (*end != NULL)
                end = &(*end)->next;
            l->next = NULL;
            *end = l;
        }
    free(old.bucket);
}

void
table_put(struct table *t, struct table_link *link, unsigned hash)
{
    struct table_link **b;

    if (t->count >= t->buckets)
        grow(t);
    b = bucket_of(t, hash);
    link->hash = hash;
    link->next = *b;
    *b = link;
    t->count++;
}

void
table_take(struct table *t, struct table_link *link)
{
    struct table_link **at = bucket_of(t, link->hash);

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    t->count--;
}

/* L or the first entry after it with HASH. */
static struct table_link *
with_hash(struct table_link *l, unsigned hash)
{
    while (l != NULL && l->hash != hash)
        l = l->next;
    return l;
}

struct table_link *
table_first(const struct table *t, unsigned hash)
{
    return t->count > 0 ? with_hash(*bucket_of(t, hash), hash) : NULL;
}

struct table_link *
table_next(const struct table_link *link)
{
    return with_hash(link->next, link->hash);
}

void
table_each(struct table *t, void (*fn)(struct table_link *link, void *arg),
           void *arg)
{
    for (size_t i = 0; i < t->buckets; i++)
        for (struct table_link *l = t->bucket[i], *next; l != NULL; l = next) {
            next = l->next;
            fn(l, arg);
        }
}

void
table_fini(struct table *t)
{
    free(t->bucket);
    *t = (struct table){ NULL, 0, 0 };
}
