/* mds/xtree.h - the document that an expression is evaluated on: that with one
 * entry alone.  Nodes are numbers in document order. */
#ifndef MDS_XTREE_H
#define MDS_XTREE_H

#include <stdbool.h>

#include "mds/entry.h"
#include "mds/flat.h"
#include "wsrf/dialect.h"

enum xtree_node {
    XTREE_DOC,
    XTREE_ROOT, /* these two contain all entries */
    XTREE_TIME,
    XTREE_TIME_TEXT,
    XTREE_LANGUAGE,
    XTREE_LANGUAGE_TEXT,
    XTREE_TARGETED,
    XTREE_TARGETED_TEXT,
    XTREE_COUNT,
    XTREE_COUNT_TEXT,
    XTREE_ENTRY, /* the first node of the entry itself */
    XTREE_NONE = -1
};

struct xtree {
    const struct tagnames *names;
    enum dialect dialect;
    const char *entry_url, *now, *count; /* borrowed */
    struct flat_node head[XTREE_ENTRY];
    const struct entry *entry; /* NULL: none */
    const struct flat_node *node;
    const char *bytes;
    uint32_t end; /* after the last node */
};

/* The tree without an entry, for D; all is borrowed.  NOW is the document's
 * CurrentTime, COUNT its RegistrationCount. */
void xtree_init(struct xtree *t, struct tagnames *names, enum dialect d,
                const char *entry_url, const char *now, const char *count);
/* Set the entry of the tree (NULL: none). */
void xtree_set(struct xtree *t, const struct entry *e);

/* Node I; undefined for XTREE_DOC. */
static inline const struct flat_node *
xtree_at(const struct xtree *t, uint32_t i)
{
    return i < XTREE_ENTRY ? &t->head[i] : &t->node[i - XTREE_ENTRY];
}

/* The index after the last descendant of I. */
static inline uint32_t
xtree_end(const struct xtree *t, uint32_t i)
{
    if (i <= XTREE_ROOT)
        return t->end;
    if (xtree_at(t, i)->kind != FLAT_ELEMENT)
        return i + 1;
    return i < XTREE_ENTRY ? t->head[i].end
                           : t->node[i - XTREE_ENTRY].end + XTREE_ENTRY;
}

/* The parent of I, or XTREE_NONE. */
int64_t xtree_parent(const struct xtree *t, uint32_t i);
/* The value of I, which must not be an element: its bytes, not
 * NUL-terminated. */
const char *xtree_value(const struct xtree *t, uint32_t i, size_t *len);
/* Whether the dialect has this node. */
bool xtree_visible(const struct xtree *t, uint32_t i);

/* The namespace of name NUMBER in the dialect D; "" for none. */
const char *xtree_ns(const struct tagnames *names, enum dialect d,
                     uint32_t number);
/* The local name. */
const char *xtree_local(const struct tagnames *names, enum dialect d,
                        uint32_t number);

#endif
