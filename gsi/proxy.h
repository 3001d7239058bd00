/* gsi/proxy.h - make RFC 3820 proxies: our own, and by delegation. */
#ifndef GSI_PROXY_H
#define GSI_PROXY_H

#include "gsi/cred.h"

struct proxy_spec {
    /* CRED_FULL, CRED_LIMITED, CRED_INDEPENDENT, CRED_RESTRICTED; a limited
     * issuer can only make limited ones */
    enum cred_type type;
    const char *policy_oid; /* CRED_RESTRICTED: policy language as dotted OID */
    const void *policy;     /* its policy bytes; NULL */
    size_t policy_len;
    int path_length; /* -1 = unlimited */
    long lifetime;   /* seconds, 0 = until the issuer's end, which is never
                        exceeded */
    int bits;        /* RSA key bits; 0 = 2048.  < 0: P-256 */
};

/* Make a new key and a certificate for it, signed by ISSUER: valid from 5
 * minutes ago, keyUsage like the issuer's without keyCertSign and
 * nonRepudiation, CN a random serial. -1 with ERR: AUTHN (issuer expired or
 * path length used up). */
int proxy_create(const struct cred *issuer, const struct proxy_spec *spec,
                 struct cred **proxy, struct err *err);

/* A key without its certificate yet: the accepting side of a delegation. */
struct proxy_request;
/* Make a key pair (from the pool if it has one; BITS as in proxy_spec). */
int proxy_request_create(int bits, struct proxy_request **req, struct err *err);
void proxy_request_destroy(struct proxy_request *req);
/* Append its PKCS#10 request, DER or PEM. */
int proxy_request_der(const struct proxy_request *req, struct buf *out,
                      struct err *err);
int proxy_request_pem(const struct proxy_request *req, struct buf *out,
                      struct err *err);
/* Save the key as PEM, to be stored (0600) until the certificate arrives; and
 * load it. */
int proxy_request_save(const struct proxy_request *req, struct buf *out,
                       struct err *err);
int proxy_request_load(const void *pem, size_t n, struct proxy_request **req,
                       struct err *err);
/* Combine the key with the signed certificate, which must fit it. _der: DER of
 * the certificate plus the peer's CHAIN (PEM, leaf first); else PEM of all.
 * Appends the credential as PEM; -1 with ERR SYNTAX, AUTHN. */
int proxy_request_finish_der(const struct proxy_request *req, const void *der,
                             size_t n, const char *chain_pem, struct buf *pem,
                             struct err *err);
int proxy_request_finish_pem(const struct proxy_request *req, const void *pem,
                             size_t n, struct cred **cred, struct err *err);

/* The delegating side: sign the request (DER or PEM) with ISSUER.  Appends DER
 * of the certificate, or PEM of it and ISSUER's chain. */
int proxy_sign_der(const struct cred *issuer, const struct proxy_spec *spec,
                   const void *csr, size_t n, struct buf *der, struct err *err);
int proxy_sign_pem(const struct cred *issuer, const struct proxy_spec *spec,
                   const void *csr, size_t n, struct buf *pem, struct err *err);

/* Keep N RSA keys of BITS ready, made by a low-priority background thread; 0
 * ends the thread. */
void proxy_pool(int n, int bits);

#endif
