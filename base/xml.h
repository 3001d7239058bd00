/* base/xml.h - documents from outside: pre-scan, one libxml2 parse, look-up. */
#ifndef BASE_XML_H
#define BASE_XML_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define XML_SCAN_DEPTH_MAX 128
#define XML_SCAN_TAG_MAX   16384
#define XML_SCAN_ATTRS_MAX 256

/* One linear pass over N bytes before any parser sees them: refuses a DOCTYPE,
 * a start tag over XML_SCAN_TAG_MAX bytes or XML_SCAN_ATTRS_MAX attributes,
 * depth over XML_SCAN_DEPTH_MAX, more than ELEMENTS_MAX elements, attributes,
 * comments and the like together (0: any number; each costs a parser a hundred
 * bytes and more), NUL bytes, encodings other than UTF-8 and ASCII.  -1 with
 * ERR: SYNTAX or LIMIT, with line and column. */
int xml_prescan(const char *p, size_t n, size_t elements_max, struct err *err);
/* Pre-scan, then parse with network and entities off; any number of elements.
 * -1 with ERR: SYNTAX "line L, column C: ..."; *doc is then NULL. */
int xml_parse(const char *p, size_t n, xmlDoc **doc, struct err *err);
/* The same with at most ELEMENTS_MAX elements, as xml_prescan() counts. */
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
/* Text of NODE, white space trimmed; the caller's to free(), never NULL. */
char *xml_text(const xmlNode *node);
/* The same of child {ns}name; NULL when there is none. */
char *xml_child_text(const xmlNode *node, const char *ns, const char *name);
/* Attribute NAME in no namespace, the caller's to free(); NULL. */
char *xml_attr(const xmlNode *node, const char *name);
/* The QName in NODE's text, its prefix resolved where it stands; *ns (NULL when
 * in no namespace) and *name are the caller's.  -1 with ERR: SYNTAX; both are
 * then NULL. */
int xml_qname_text(const xmlNode *node, char **ns, char **name,
                   struct err *err);
/* Append NODE with the namespaces in scope declared on it: it stands alone. */
void xml_write(struct buf *out, const xmlNode *node);
/* Append the element children of NODE inside a start tag of its name that has
 * no attributes, but declares all that is in scope at NODE, and its end tag:
 * each declaration is written once, however many children there are.  Nothing
 * when it has none. */
void xml_write_holder(struct buf *out, const xmlNode *node);
/* Prefixes in scope at NODE (NULL ok) with what they are bound to: prefix,
 * namespace, ..., NULL.  The caller's to free(); the texts are NODE's. */
const char **xml_prefixes(const xmlNode *node);

#endif
