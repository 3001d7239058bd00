/* mds/keys.h - where values are that name things: a hash from the value of an
 * element (keyleaf.def) to the places of the entries that have it.  Readers
 * never wait (RCU); one thread at a time changes it. */
#ifndef MDS_KEYS_H
#define MDS_KEYS_H

#include <stdbool.h>

#include "mds/entry.h"

#define KEYS_FOUND_MAX 1024 /* with more, it is no name */

struct keys;
struct keys_of; /* of one entry */

/* None at first. */
struct keys *keys_create(void);
/* NULL ok; no reader is inside. */
void keys_destroy(struct keys *k);
/* Add those of E at its place; what keys_remove() takes. */
struct keys_of *keys_add(struct keys *k, const struct tagnames *names,
                         const struct entry *e);
/* Take them out again; NULL ok. */
void keys_remove(struct keys_of *of);
/* Whether the local name is one of keyleaf.def. */
bool keys_has(const char *local);
/* The places of entries that may have TEXT as the value of such an element, in
 * order, each once: each that has it is among them, but for the address of
 * entries itself.  How many, or -1: more than KEYS_FOUND_MAX. */
int keys_find(const struct keys *k, const char *text,
              unsigned slot[KEYS_FOUND_MAX]);

#endif
