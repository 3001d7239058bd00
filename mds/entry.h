/* mds/entry.h - one registration in memory: immutable and reference-counted.  A
 * change makes a new one; readers keep the old one while they need it. */
#ifndef MDS_ENTRY_H
#define MDS_ENTRY_H

#include <stdatomic.h>
#include <urcu-bp.h>
#include <urcu/rculfhash.h>

#include "base/codec.h"
#include "mds/flat.h"

/* The registered data; a renewal shares it. */
struct entry_text {
    atomic_uint refs;
    uint32_t nodes;
    /* NUL-terminated: the registrant's DN, the address of the member, and XML
     * of its reference parameters, of the AggregatorConfig and of the
     * AggregatorData.  Offsets in struct flat_node count from MEMBER. */
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
    struct keys_of *keys; /* keys.h; only for the writer */
    unsigned slot; /* its index among all entries; also the document order */
};

/* Make the text of OWNER's registration from F; returns one reference. */
struct entry_text *entry_text_create(const char *owner, const struct flat *f);
/* Release one reference; NULL ok. */
void entry_text_unref(struct entry_text *text);
/* Make the registration ID (NULL: not known yet) that expires at EXPIRES_MS;
 * takes its own reference to TEXT.  Returns one reference. */
struct entry *entry_create(struct entry_text *text, const char *id,
                           long long expires_ms);
/* Add a reference; returns E. */
struct entry *entry_ref(struct entry *e);
/* Release a reference; NULL ok. */
void entry_unref(struct entry *e);

#endif
