/* mds/xtree.h - what an expression sees while it is evaluated on one entry: the
 * document as if that entry were alone in it.  Nodes are numbers in the order
 * of the document. */
#ifndef MDS_XTREE_H
#define MDS_XTREE_H

#include <stdbool.h>

#include "mds/entry.h"
#include "mds/flat.h"
#include "wsrf/dialect.h"

enum xtree_node {
    XTREE_DOC,
    XTREE_ROOT, /* these two have all entries below them */
    XTREE_TIME,
    XTREE_TIME_TEXT,
    XTREE_LANGUAGE,
    XTREE_LANGUAGE_TEXT,
    XTREE_TARGETED,
    XTREE_TARGETED_TEXT,
    XTREE_COUNT,
    XTREE_COUNT_TEXT,
    XTREE_ENTRY, /* the first of the entry's own */
    XTREE_NONE = -1
};

struct xtree {
    const struct tagnames *names;
    enum dialect dialect;
    const char *entry_url, *now, *count; /* borrowed */
    struct flat_node head[XTREE_ENTRY];
    const struct entry *entry; /* NULL: there is none */
    const struct flat_node *node;
    const char *bytes;
    uint32_t end; /* behind the last node */
};

/* The tree without an entry, for D; all is borrowed.  NOW is the document's
 * CurrentTime, COUNT its RegistrationCount. */
void xtree_init(struct xtree *t, struct tagnames *names, enum dialect d,
                const char *entry_url, const char *now, const char *count);
/* Have E (NULL: none) for its entry. */
void xtree_set(struct xtree *t, const struct entry *e);

/* Node I; that of XTREE_DOC is none. */
static inline const struct flat_node *
xtree_at(const struct xtree *t, uint32_t i)
{
    return i < XTREE_ENTRY ? &t->head[i] : &t->node[i - XTREE_ENTRY];
}

/* Behind the last node below I. */
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

/* The parent of I; XTREE_NONE. */
int64_t xtree_parent(const struct xtree *t, uint32_t i);
/* The value of I, which is no element: its bytes, not NUL-terminated. */
const char *xtree_value(const struct xtree *t, uint32_t i, size_t *len);
/* Whether the family has this node. */
bool xtree_visible(const struct xtree *t, uint32_t i);

/* The name NUMBER as the family D has it: of no node, "". */
const char *xtree_ns(const struct tagnames *names, enum dialect d,
                     uint32_t number);
/* Its local part. */
const char *xtree_local(const struct tagnames *names, enum dialect d,
                        uint32_t number);

#endif
