/* mds/rpdoc.h - the resource property document of the group as a tree, one for
 * each dialect: how it is made, and queries over it.  The librarian's
 * (librarian.h), except for the text of an entry. */
#ifndef MDS_RPDOC_H
#define MDS_RPDOC_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "base/err.h"
#include "wsrf/dialect.h"

/* What a document shows of one entry; all borrowed. */
struct rpdoc_entry {
    const char *id, *member, *member_params, *config, *data;
};

/* Append ENTRY as one Entry element of D.  ENTRY_URL: address of entry EPRs. Of
 * config and data each is "" or one element that holds what was registered; as
 * long ago written, the bare elements. */
void rpdoc_entry_text(struct buf *out, enum dialect d, const char *entry_url,
                      const struct rpdoc_entry *entry);
/* Parse such a text.  The node is unlinked, the caller's to link or free.  NULL
 * with ERR: SYNTAX. */
xmlNode *rpdoc_entry(const char *text, size_t len, struct err *err);
/* An empty document of D: its head, behind which the entries come. */
xmlDoc *rpdoc_create(enum dialect d);
/* Put NODE in before the entry NEXT (NULL: behind all). */
void rpdoc_insert(xmlDoc *doc, xmlNode *next, xmlNode *node);
/* Put NODE in the place of OLD, which goes. */
void rpdoc_replace(xmlDoc *doc, xmlNode *old, xmlNode *node);
/* Take NODE out and free it. */
void rpdoc_remove(xmlNode *node);
/* Set CurrentTime, and RegistrationCount to what DOC has. */
void rpdoc_settle(xmlDoc *doc, long long now_ms);
/* Parse a document that stands alone; xmlFreeDoc() it.  NULL with ERR: SYNTAX.
 */
xmlDoc *rpdoc_read(const char *text, size_t len, struct err *err);

/* The namespace that PREFIX stands for in a query with NS (prefix, namespace,
 * ..., NULL; NULL: none); NULL when it is unknown. */
const char *rpdoc_prefix(const char *prefix, const char *const *ns);
/* Append one node of a result. */
void rpdoc_put_node(struct buf *out, xmlNode *node);
/* Append a number that is a result. */
void rpdoc_put_number(struct buf *out, double number);
/* XPath over DOC, as entries_query(); NS is prefix, namespace, ..., NULL.  At
 * most ANSWER_MAX bytes. */
int rpdoc_query(xmlDoc *doc, const char *text, const char *const *ns,
                size_t answer_max, struct buf *out, struct err *err);

#endif
