/* mds/entry.h - one registration as it stands in memory: immutable and counted.
 * A change makes another one; whoever still reads the old one keeps it. */
#ifndef MDS_ENTRY_H
#define MDS_ENTRY_H

#include <stdatomic.h>
#include <urcu-bp.h>
#include <urcu/rculfhash.h>

#include "base/codec.h"
#include "mds/flat.h"

/* What was registered; a renewal changes nothing of it. */
struct entry_text {
    atomic_uint refs;
    uint32_t nodes;
    /* NUL-terminated: the registrant, the address of the member, the XML of its
     * reference parameters, of the AggregatorConfig and of the AggregatorData;
     * bytes of struct flat_node count from MEMBER */
    const char *owner, *member, *params, *config, *data;
    struct flat_node node[];
};

struct keys_of;

struct entry {
    struct cds_lfht_node by_id;
    struct rcu_head retired;
    atomic_uint refs;
    struct entry_text *text;
    char id[UUID_TEXT];
    long long expires_ms; /* since 1970 UTC */
    struct keys_of *keys; /* keys.h; the writer's */
    unsigned slot;        /* its place among all; the order of the document */
};

/* What OWNER registered, as F has it; one reference, the caller's. */
struct entry_text *entry_text_create(const char *owner, const struct flat *f);
/* Give one reference back; NULL ok. */
void entry_text_unref(struct entry_text *text);
/* The registration ID (NULL: not yet known) until EXPIRES_MS; takes a reference
 * of its own to TEXT.  One reference, the caller's. */
struct entry *entry_create(struct entry_text *text, const char *id,
                           long long expires_ms);
/* One reference more; E. */
struct entry *entry_ref(struct entry *e);
/* Give one back; NULL ok. */
void entry_unref(struct entry *e);

#endif
