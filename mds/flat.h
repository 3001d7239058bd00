/* mds/flat.h - the Entry element of a registration as a table of its nodes, in
 * the order of the document, over its bytes.  Names that depend on the family
 * of names in which one asks are those of tagnames.h. */
#ifndef MDS_FLAT_H
#define MDS_FLAT_H

#include <libxml/tree.h>
#include <stdint.h>

#include "base/buf.h"
#include "mds/tagnames.h"

enum flat_kind {
    FLAT_ELEMENT,
    FLAT_ATTRIBUTE, /* directly behind its element */
    FLAT_TEXT,
    FLAT_COMMENT,
    FLAT_PI
};

#define FLAT_FAR 8191 /* up: look for the parent */

struct flat_node {
    uint32_t kind : 3;
    uint32_t name : 16; /* tagnames.h; 0: none */
    uint32_t up : 13;   /* how far before it its parent is */
    uint32_t end;       /* element: behind the last below it; else bytes */
    uint32_t off;       /* where its value is among the bytes; element: where it
                           begins, 0: it is the frame's */
};

/* Values of the frame that are not among the bytes. */
#define FLAT_TYPE 0xFFFFFFFDu /* xsi:type of the drafts' Content */
#define FLAT_ID   0xFFFFFFFEu /* of the entry */
#define FLAT_URL  0xFFFFFFFFu /* the address of entries */

/* What is being built; all zero at first but for NAMES. */
struct flat {
    struct tagnames *names;
    struct buf bytes;
    struct flat_node *node;
    uint32_t nodes, room;
    uint32_t params, config, data; /* where these begin among the bytes */
};

/* Build F from ENTRY, an Entry element of the final family as rpdoc_entry()
 * gives it.  The bytes are its member, parameters, config and data as XML, in
 * the one way of writing that libxml2 has too, each with a NUL behind it; then
 * values that are written there otherwise.  -1 with ERR: LIMIT. */
int flat_build(struct flat *f, const xmlNode *entry, struct err *err);
/* Free what is in F. */
void flat_fini(struct flat *f);

#endif
