/* gsi/proxy.h - making RFC 3820 proxies: one's own, and by delegation. */
#ifndef GSI_PROXY_H
#define GSI_PROXY_H

#include "gsi/cred.h"

struct proxy_spec {
    enum cred_type
        type;               /* CRED_FULL, CRED_LIMITED, CRED_INDEPENDENT,
                               CRED_RESTRICTED; limited issuers only give limited */
    const char *policy_oid; /* CRED_RESTRICTED: language, dotted */
    const void *policy;     /* its policy bytes; NULL */
    size_t policy_len;
    int path_length; /* -1 = no limit */
    long lifetime;   /* seconds, 0 = the issuer's; never beyond its end */
    int bits;        /* RSA key bits; 0 = 2048.  < 0: P-256 */
};

/* New key, and a certificate for it signed by ISSUER; not before = now - 5 min,
 * keyUsage as the issuer's less keyCertSign and nonRepudiation, CN a random
 * serial.  -1 with ERR: AUTHN (issuer expired or path length used up). */
int proxy_create(const struct cred *issuer, const struct proxy_spec *spec,
                 struct cred **proxy, struct err *err);

/* A key that waits for its certificate: the accepting side of a delegation. */
struct proxy_request;
/* New key pair (from the pool when one is filled; BITS as in proxy_spec). */
int proxy_request_create(int bits, struct proxy_request **req, struct err *err);
void proxy_request_destroy(struct proxy_request *req);
/* Append its PKCS#10 request, DER or PEM. */
int proxy_request_der(const struct proxy_request *req, struct buf *out,
                      struct err *err);
int proxy_request_pem(const struct proxy_request *req, struct buf *out,
                      struct err *err);
/* The key as PEM, to be kept (0600) until the certificate comes, and back. */
int proxy_request_save(const struct proxy_request *req, struct buf *out,
                       struct err *err);
int proxy_request_load(const void *pem, size_t n, struct proxy_request **req,
                       struct err *err);
/* Join with what the peer signed, for which the key must fit: DER of the one
 * certificate plus the peer's CHAIN (PEM, leaf first) into PEM of the
 * credential, which is appended (-1 with ERR SYNTAX, AUTHN); or PEM of all. */
int proxy_request_finish_der(const struct proxy_request *req, const void *der,
                             size_t n, const char *chain_pem, struct buf *pem,
                             struct err *err);
int proxy_request_finish_pem(const struct proxy_request *req, const void *pem,
                             size_t n, struct cred **cred, struct err *err);

/* The giving side: sign the request (DER or PEM) with ISSUER.  Appends DER of
 * the one certificate, or PEM of it and ISSUER's chain. */
int proxy_sign_der(const struct cred *issuer, const struct proxy_spec *spec,
                   const void *csr, size_t n, struct buf *der, struct err *err);
int proxy_sign_pem(const struct cred *issuer, const struct proxy_spec *spec,
                   const void *csr, size_t n, struct buf *pem, struct err *err);

/* Keep N RSA keys of BITS ready, made by one background thread at low
 * priority; 0 ends it. */
void proxy_pool(int n, int bits);

#endif
