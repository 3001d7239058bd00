/* gsi/cred_pkcs12.h - certificate, key and issuers in one file as browsers
 * write it (PKCS #12, RFC 7292); gsi/cred*.c only. */
#ifndef GSI_CRED_PKCS12_H
#define GSI_CRED_PKCS12_H

#include "gsi/gsi_ssl.h"

/* Whether BYTES, the whole of a file, look like one. */
bool cred_pkcs12_is(const struct buf *bytes);
/* Open the file PATH, of which BYTES are the contents; PASS is asked for the
 * pass phrase when an empty one is not it.  -1 with ERR: SYNTAX, AUTHN (bad or
 * no pass phrase, no key in it), UNSUPPORTED (an encryption that is not to be
 * had). */
int cred_pkcs12_open(const struct buf *bytes, const char *path,
                     cred_pass_fn *pass, void *arg, struct cred **cred,
                     struct err *err);

#endif
