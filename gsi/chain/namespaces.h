/* gsi/chain/namespaces.h - which names a CA may give away, in the form of the
 * EUGridPMA (HASH.namespaces, "Namespaces Format Specification" 0.1.4 of 2006).
 */
#ifndef GSI_NAMESPACES_H
#define GSI_NAMESPACES_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/names/dn.h"

struct namespaces;

/* Read the text of one file: rules
 *     TO Issuer "/C=.."|SELF PERMIT|DENY Subject "/C=../.*"
 * in any number of lines that end in '\', '#' comments; the subject is a
 * regular expression (POSIX extended) over the whole name.  -1 with ERR:
 * SYNTAX, naming the line; LIMIT. */
int namespaces_parse(const char *text, struct namespaces **ns, struct err *err);
/* NULL ok. */
void namespaces_destroy(struct namespaces *ns);
/* Whether the CA (SELF is the one whose hash the file's name bears: this CA)
 * may give away SUBJECT: some rule of its permits that and none denies it.  A
 * slash before an attribute in a rule matches only where an attribute begins.
 */
bool namespaces_allow(const struct namespaces *ns, const struct dn *ca,
                      const struct dn *subject);

#endif
