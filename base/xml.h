/* base/xml.h - XML documents from the network: pre-scan, one libxml2 parse,
 * lookups. */
#ifndef BASE_XML_H
#define BASE_XML_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define XML_SCAN_DEPTH_MAX 128
#define XML_SCAN_TAG_MAX   16384
#define XML_SCAN_ATTRS_MAX 256

/* Scan N bytes in one linear pass before the parser sees them.  Rejects a
 * DOCTYPE, a start tag over XML_SCAN_TAG_MAX bytes or XML_SCAN_ATTRS_MAX
 * attributes, depth over XML_SCAN_DEPTH_MAX, NUL bytes, encodings other than
 * UTF-8 and ASCII, and more than ELEMENTS_MAX (0: no limit) elements,
 * attributes, comments and the like together, because each costs the parser 100
 * bytes or more. -1 with ERR: SYNTAX or LIMIT, with line and column. */
int xml_prescan(const char *p, size_t n, size_t elements_max, struct err *err);
/* Pre-scan, then parse without network access and entities; no limit on
 * elements. -1 with ERR: SYNTAX "line L, column C: ..."; *doc is then NULL. */
int xml_parse(const char *p, size_t n, xmlDoc **doc, struct err *err);
/* The same with at most ELEMENTS_MAX elements, counted as by xml_prescan(). */
int xml_parse_max(const char *p, size_t n, size_t elements_max, xmlDoc **doc,
                  struct err *err);

/* Whether NODE is the element {ns}name; ns NULL: none, "*": any. */
bool xml_is(const xmlNode *node, const char *ns, const char *name);
/* First element child of NODE; NULL. */
xmlNode *xml_first(const xmlNode *node);
/* Next element sibling of NODE; NULL. */
xmlNode *xml_next(const xmlNode *node);
/* First child element {ns}name of NODE; NULL. */
xmlNode *xml_child(const xmlNode *node, const char *ns, const char *name);
/* Text of NODE with white space trimmed; the caller must free() it; never
 * NULL. */
char *xml_text(const xmlNode *node);
/* The same for the child {ns}name; NULL when there is none. */
char *xml_child_text(const xmlNode *node, const char *ns, const char *name);
/* Attribute NAME in no namespace, NULL if absent; the caller must free() it. */
char *xml_attr(const xmlNode *node, const char *name);
/* Resolve the QName in NODE's text with the prefixes in scope there.  The
 * caller must free() *ns (NULL: no namespace) and *name. -1 with ERR: SYNTAX;
 * both are then NULL. */
int xml_qname_text(const xmlNode *node, char **ns, char **name,
                   struct err *err);
/* Append NODE as a standalone document fragment: it declares all namespaces in
 * scope, its own first, then what is declared above it, the nearest first. */
void xml_write(struct buf *out, const xmlNode *node);
/* Append the element children of NODE inside a copy of its tag that has no
 * attributes but declares all namespaces in scope, so that each declaration is
 * written once.  Appends nothing when there are no children. */
void xml_write_holder(struct buf *out, const xmlNode *node);
/* Prefixes in scope at NODE (NULL allowed) and their namespaces: prefix,
 * namespace, ..., NULL.  The caller must free() the array; the texts belong to
 * NODE. */
const char **xml_prefixes(const xmlNode *node);

#endif
