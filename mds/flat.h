/* mds/flat.h - a registration's Entry element as a table of its nodes in
 * document order, over its bytes.  Names that differ between the dialects are
 * those of tagnames.h. */
#ifndef MDS_FLAT_H
#define MDS_FLAT_H

#include <libxml/tree.h>
#include <stdint.h>

#include "base/buf.h"
#include "mds/tagnames.h"

enum flat_kind {
    FLAT_ELEMENT,
    FLAT_ATTRIBUTE, /* directly after its element */
    FLAT_TEXT,
    FLAT_COMMENT,
    FLAT_PI
};

#define FLAT_FAR 8191 /* in UP: the parent must be searched */

struct flat_node {
    uint32_t kind : 3;
    uint32_t name : 16; /* tagnames.h; 0: none */
    uint32_t up : 13;   /* distance to its parent */
    uint32_t end; /* element: index after its last descendant; otherwise length
                     of its value */
    uint32_t off; /* where its value is among the bytes; element: where it
                     begins, 0: it is the frame's */
};

/* Offsets of frame values that are not in the bytes. */
#define FLAT_TYPE 0xFFFFFFFDu /* xsi:type of the drafts' Content */
#define FLAT_ID   0xFFFFFFFEu /* the entry's id */
#define FLAT_URL  0xFFFFFFFFu /* the address of entry EPRs */

/* A table under construction; all zeros at first except NAMES. */
struct flat {
    struct tagnames *names;
    struct buf bytes;
    struct flat_node *node;
    uint32_t nodes, room;
    uint32_t params, config, data; /* their offsets in the bytes */
};

/* Build F from ENTRY, an Entry element of the final dialect as rpdoc_entry()
 * returns it.  The bytes are its member, parameters, config and data as XML in
 * libxml2's serialisation, each followed by a NUL, and then the values whose
 * serialised form differs from the value.  -1 with ERR: LIMIT. */
int flat_build(struct flat *f, const xmlNode *entry, struct err *err);
/* Free the contents of F. */
void flat_fini(struct flat *f);

#endif
