/* mds/keys.h - an index of key values: a hash table from the value of an
 * element (keyleaf.def) to the slots of the entries that have it.  Readers
 * never wait (RCU); one thread at a time changes it. */
#ifndef MDS_KEYS_H
#define MDS_KEYS_H

#include <stdbool.h>

#include "mds/entry.h"

#define KEYS_FOUND_MAX 1024 /* a value with more is no key */

struct keys;
struct keys_of; /* the keys of one entry */

/* Create an empty index. */
struct keys *keys_create(void);
/* NULL ok; there must be no readers. */
void keys_destroy(struct keys *k);
/* Add the keys of E at its slot; free the result with keys_remove(). */
struct keys_of *keys_add(struct keys *k, const struct tagnames *names,
                         const struct entry *e);
/* Remove the keys of an entry; NULL ok. */
void keys_remove(struct keys_of *of);
/* Whether the local name is one of keyleaf.def. */
bool keys_has(const char *local);
/* Find the slots of entries that may have TEXT as the value of such an element,
 * in order and without duplicates.  All that have it are included, except for
 * the entries' own address.  Returns their number, or -1: more than
 * KEYS_FOUND_MAX. */
int keys_find(const struct keys *k, const char *text,
              unsigned slot[KEYS_FOUND_MAX]);

#endif
