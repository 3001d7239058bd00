/* gsi/chain/policy.h - signing policies: which names a CA may assign (Globus'
 * HASH.signing_policy, an EACL). */
#ifndef GSI_POLICY_H
#define GSI_POLICY_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/names/dn.h"

struct policy;

/* Parse the text of one file: entries of access_id_CA, pos_rights,
 * cond_subjects. -1 with ERR: SYNTAX, naming the line. */
int policy_parse(const char *text, struct policy **policy, struct err *err);
/* NULL is allowed. */
void policy_destroy(struct policy *policy);
/* Whether an entry for CA allows it to sign SUBJECT.  '*' matches any text
 * within or across components, '?' one character; case is folded as in
 * names. */
bool policy_allows(const struct policy *policy, const struct dn *ca,
                   const struct dn *subject);

#endif
