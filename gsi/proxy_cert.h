/* gsi/proxy_cert.h - make one RFC 3820 certificate; gsi/proxy*.c and
 * cred_self.c only. */
#ifndef GSI_PROXY_CERT_H
#define GSI_PROXY_CERT_H

#include "gsi/gsi_ssl.h"
#include "gsi/proxy.h"

/* Make a proxy certificate for KEY, signed by ISSUER, with SPEC.  The caller
 * frees it; NULL with ERR: AUTHN, USAGE, INTERNAL. */
X509 *proxy_cert_make(const struct cred *issuer, const struct proxy_spec *spec,
                      EVP_PKEY *key, struct err *err);
/* The issuers of such a certificate, nearest first: ISSUER and its chain
 * without self-signed roots; the caller frees them with sk_X509_pop_free(). */
STACK_OF(X509) * proxy_cert_issuers(const struct cred *issuer);
/* A key pair: BITS as in proxy_spec, from the pool when one fits. */
EVP_PKEY *proxy_key_make(int bits, struct err *err);

#endif
