/* mds/rpdoc.h - the resource property document of the group as a tree, one for
 * each dialect: building it, and queries over it.  For the librarian
 * (librarian.h), except for the text of an entry. */
#ifndef MDS_RPDOC_H
#define MDS_RPDOC_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "base/err.h"
#include "wsrf/dialect.h"

/* The data of one entry in the document; all borrowed. */
struct rpdoc_entry {
    const char *id, *member, *member_params, *config, *data;
};

/* Append ENTRY as one Entry element of D. ENTRY_URL is the address of entry
 * EPRs.  Config and data are each "" or one element with the registered
 * content; in old databases they are the registered elements themselves. */
void rpdoc_entry_text(struct buf *out, enum dialect d, const char *entry_url,
                      const struct rpdoc_entry *entry);
/* Parse such a text.  The node is unlinked, and the caller links or frees it.
 * NULL with ERR: SYNTAX. */
xmlNode *rpdoc_entry(const char *text, size_t len, struct err *err);
/* An empty document of D: its head, behind which the entries come. */
xmlDoc *rpdoc_create(enum dialect d);
/* Insert NODE before the entry NEXT (NULL: at the end). */
void rpdoc_insert(xmlDoc *doc, xmlNode *next, xmlNode *node);
/* Replace OLD by NODE and free OLD. */
void rpdoc_replace(xmlDoc *doc, xmlNode *old, xmlNode *node);
/* Unlink NODE and free it. */
void rpdoc_remove(xmlNode *node);
/* Set CurrentTime, and RegistrationCount to what DOC has. */
void rpdoc_settle(xmlDoc *doc, long long now_ms);
/* Parse a document that stands alone; xmlFreeDoc() it.  NULL with ERR: SYNTAX.
 */
xmlDoc *rpdoc_read(const char *text, size_t len, struct err *err);

/* The namespace of PREFIX in a query with NS (prefix, namespace, ..., NULL;
 * NULL: none); NULL if it is unknown. */
const char *rpdoc_prefix(const char *prefix, const char *const *ns);
/* Append one node of a result. */
void rpdoc_put_node(struct buf *out, xmlNode *node);
/* Append a number as a result. */
void rpdoc_put_number(struct buf *out, double number);
/* Evaluate XPath over DOC; see entries_query().  NS is prefix, namespace, ...,
 * NULL.  The answer has at most ANSWER_MAX bytes. */
int rpdoc_query(xmlDoc *doc, const char *text, const char *const *ns,
                size_t answer_max, struct buf *out, struct err *err);

#endif
