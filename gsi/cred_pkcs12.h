/* gsi/cred_pkcs12.h - certificate, key and issuers in one file as browsers
 * export them (PKCS #12, RFC 7292); gsi/cred*.c only. */
#ifndef GSI_CRED_PKCS12_H
#define GSI_CRED_PKCS12_H

#include "gsi/gsi_ssl.h"

/* Whether BYTES, a whole file, look like PKCS #12. */
bool cred_pkcs12_is(const struct buf *bytes);
/* Decrypt BYTES, the contents of the file PATH.  Asks PASS for the pass phrase
 * unless the empty one works. -1 with ERR: SYNTAX, AUTHN (bad or no pass
 * phrase, no key in it), UNSUPPORTED (unknown encryption). */
int cred_pkcs12_open(const struct buf *bytes, const char *path,
                     cred_pass_fn *pass, void *arg, struct cred **cred,
                     struct err *err);

#endif
