/* base/table.h - a hash table of things that carry their own link: it grows by
 * itself, owns none of them, and compares nothing.
 *
 *   struct job { char id[37]; struct table_link by_id; };
 *   table_put(&t, &job->by_id, table_hash(TABLE_HASH, id));
 *   for (l = table_first(&t, h); l != NULL; l = table_next(l))
 *       if (strcmp(TABLE_OF(l, struct job, by_id)->id, id) == 0) ...
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

struct table_link {
    struct table_link *next;
    unsigned hash;
};

/* All zero is an empty table. */
struct table {
    struct table_link **bucket;
    size_t buckets, count;
};

/* The TYPE whose MEMBER is LINK. */
#define TABLE_OF(link, type, member) \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

#define TABLE_HASH 2166136261u /* initial hash */
/* Continue the hash H over TEXT (FNV-1a). */
unsigned table_hash(unsigned h, const char *text);
/* The same over N bytes. */
unsigned table_hash_bytes(unsigned h, const void *p, size_t n);

/* Add LINK, which is in no table. */
void table_put(struct table *t, struct table_link *link, unsigned hash);
/* Remove LINK, which is in T. */
void table_take(struct table *t, struct table_link *link);
/* The newest entry with HASH, or NULL; table_next() gives the next older
 * one. */
struct table_link *table_first(const struct table *t, unsigned hash);
/* As above. */
struct table_link *table_next(const struct table_link *link);
/* Call FN for each entry; FN may remove and free it, but must not add
 * entries. */
void table_each(struct table *t, void (*fn)(struct table_link *link, void *arg),
                void *arg);
/* Free T's own storage; T is empty afterwards. */
void table_fini(struct table *t);

#endif
