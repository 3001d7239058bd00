/* gsi/dn.h - distinguished names as parsed names, never as text.
 *
 * Free of OpenSSL, since the runner (root) reads the grid-mapfile with it. */
#ifndef GSI_DN_H
#define GSI_DN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define DN_RDNS_MAX 64

/* One attribute: TYPE is the canonical short name (CN, O, OU, DC, C, L, ST,
 * UID, emailAddress) or a dotted OID; VALUE is UTF-8, NUL-terminated, no
 * control characters. A multi-valued RDN is kept as consecutive attributes
 * with JOINED set on all but the first. */
struct dn_attr {
    char *type;
    char *value;
    bool joined;
};

struct dn {
    struct dn_attr *attr;
    size_t n;
};

/* Parse "/C=..../CN=..." as Globus and OpenSSL's oneline write it.  A '/' that
 * is escaped ("\/"), or that is not followed by "TYPE=", belongs to the value;
 * "\xHH" is a byte.  Email/E, USERID, S are aliases.  -1 with ERR: SYNTAX. */
int dn_parse(const char *text, struct dn *dn, struct err *err);
/* Parse RFC 2253 / 4514 text "CN=...,O=..."; stored in /-order. */
int dn_parse_rfc2253(const char *text, struct dn *dn, struct err *err);
/* Add one attribute at the end (copied). */
void dn_add(struct dn *dn, const char *type, const char *value, bool joined);
void dn_fini(struct dn *dn);

/* Whether A and B name the same: types equal, values equal after X.520
 * caseIgnoreMatch (case folded, blanks trimmed and runs folded to one). */
bool dn_equal(const struct dn *a, const struct dn *b);
/* "/C=../CN=host/x": slashes of values as they are (the form Globus users
 * know) */
void dn_text(const struct dn *dn, struct buf *out);
/* "CN=..,C=.." by RFC 4514. */
void dn_text_rfc2253(const struct dn *dn, struct buf *out);
/* Whether text (a map or policy line) names DN under either reading of an
 * unescaped slash, and under exactly one. */
bool dn_matches_text(const struct dn *dn, const char *text);

#endif
