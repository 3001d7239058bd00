/* gsi/names/dn.h - parsed distinguished names.  Free of OpenSSL, because the
 * runner (root) reads the grid-mapfile with it. */
#ifndef GSI_DN_H
#define GSI_DN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define DN_RDNS_MAX 64

/* One attribute: TYPE is the canonical short name (CN, O, OU, DC, C, L, ST,
 * UID, emailAddress) or a dotted OID; VALUE is NUL-terminated UTF-8 without
 * control characters.  A multi-valued RDN is stored as consecutive attributes
 * with JOINED set on all but the first. */
struct dn_attr {
    char *type;
    char *value;
    bool joined;
};

/* Zero it before first use. */
struct dn {
    struct dn_attr *attr;
    size_t n;
};

/* Parse "/C=..../CN=..." as Globus and OpenSSL's oneline write it.  A '/' that
 * is escaped ("\/") or not followed by "TYPE=" belongs to the value; "\xHH" is
 * a byte.  Email/E, USERID, S are aliases. -1 with ERR: SYNTAX. */
int dn_parse(const char *text, struct dn *dn, struct err *err);
/* Parse RFC 2253 / 4514 text "CN=...,O=..."; stored in /-order. */
int dn_parse_rfc2253(const char *text, struct dn *dn, struct err *err);
/* Append one attribute (copied). */
void dn_add(struct dn *dn, const char *type, const char *value, bool joined);
void dn_fini(struct dn *dn);

/* Whether A and B are the same name: equal types, and values equal by X.520
 * caseIgnoreMatch (case folded, blanks trimmed and runs folded to one). */
bool dn_equal(const struct dn *a, const struct dn *b);
/* Append "/C=../CN=host/x", the form Globus users know.  A slash in a value is
 * bare unless it would read as the next attribute ("\/CN="), a backslash is
 * "\\", so that dn_parse() gives the same name. */
void dn_text(const struct dn *dn, struct buf *out);
/* "CN=..,C=.." by RFC 4514. */
void dn_text_rfc2253(const struct dn *dn, struct buf *out);
/* Append a text that is equal exactly for equal names: for hashing. */
void dn_key(const struct dn *dn, struct buf *out);
/* Whether TEXT (from a map or policy) names DN, with slashes in either of the
 * ways OpenSSL's releases wrote them ("host/x", "host\/x").  A bare slash
 * before "TYPE=" always begins an attribute, so that no certificate can hide
 * one inside a value. */
bool dn_matches_text(const struct dn *dn, const char *text);
/* The canonical short name of TYPE ("Email", "1.2.840.113549.1.9.1" ->
 * "emailAddress"); TYPE itself when it is a dotted OID without one, else
 * NULL. */
const char *dn_type(const char *type, size_t len);

#endif
