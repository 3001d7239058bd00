/* gsi/chain/namespaces.h - which names a CA may assign, in EUGridPMA's format
 * (HASH.namespaces, "Namespaces Format Specification" 0.1.4 of 2006). */
#ifndef GSI_NAMESPACES_H
#define GSI_NAMESPACES_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/names/dn.h"

struct namespaces;

/* Parse the text of one file.  Rules: TO Issuer "/C=.."|SELF PERMIT|DENY
 * Subject "/C=../.*"; a line that ends in '\' continues, '#' begins a comment.
 * The subject is a POSIX extended regular expression for the whole name. -1
 * with ERR: SYNTAX, naming the line; LIMIT. */
int namespaces_parse(const char *text, struct namespaces **ns, struct err *err);
/* NULL is allowed. */
void namespaces_destroy(struct namespaces *ns);
/* Whether the CA may assign SUBJECT: a rule permits it and none denies it.
 * SELF is the CA whose hash is the file's name.  A slash before an attribute in
 * a rule matches only the start of an attribute. */
bool namespaces_allow(const struct namespaces *ns, const struct dn *ca,
                      const struct dn *subject);

#endif
