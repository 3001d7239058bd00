/* gsi/gsi_ssl.h - internal interface of gsi/ in OpenSSL types.  The only header
 * that includes OpenSSL's; gsi/ only. */
#ifndef GSI_GSI_SSL_H
#define GSI_GSI_SSL_H

/* An OpenSSL type has the same name as one of our error codes, so it is renamed
 * here.  Include OpenSSL only through this header, before base/err.h. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "gsi/names/dn.h"
#include "gsi/names/dn_value.h"

/* RFC 3820's policy languages, and Globus' for a limited proxy. */
#define OID_PPL_INHERIT_ALL "1.3.6.1.5.5.7.21.1"
#define OID_PPL_INDEPENDENT "1.3.6.1.5.5.7.21.2"
#define OID_PPL_LIMITED     "1.3.6.1.4.1.3536.1.1.1.9"
/* proxyCertInfo of the drafts before the RFC: recognised, but never
 * accepted. */
#define OID_PCI_DRAFT       "1.3.6.1.4.1.3536.1.222"

/* Minimum strength of keys and signatures in chains: OpenSSL's security level
 * 2, Debian's default for TLS (no RSA below 2048 bits, no SHA-1). */
#define AUTH_LEVEL 2
#define AUTH_BITS  112

/* Largest PEM text accepted. */
#define PEM_TEXT_MAX (1024 * 1024)

/* ---- credentials (cred.c) ---- */

/* Make a credential of CERT, KEY (NULL: no key) and CHAIN (issuers, nearest
 * first; NULL); takes references and copies the stack. -1 with ERR: AUTHN when
 * the key does not fit, SYNTAX for bad names. */
int cred_create(X509 *cert, EVP_PKEY *key, STACK_OF(X509) * chain,
                struct cred **cred, struct err *err);
/* Borrowed; the chain excludes the leaf and is never NULL. */
X509 *cred_cert(const struct cred *cred);
EVP_PKEY *cred_key(const struct cred *cred);
STACK_OF(X509) * cred_chain(const struct cred *cred);

/* ---- single certificates (x509_cert.c, x509_host.c,
 * x509_pem.c) ---- */

/* The certificates of PEM text, in order; skips other blocks.  The caller frees
 * them with sk_X509_pop_free().  NULL with ERR: SYNTAX (none, malformed),
 * LIMIT. */
STACK_OF(X509) * x509_pem_read(const void *pem, size_t n, struct err *err);
/* Append CERT in PEM. */
void x509_pem_write(X509 *cert, struct buf *out);
/* Append the content of the memory BIO and free it; NULL is allowed. */
void x509_pem_drain(BIO *bio, struct buf *out);
/* Parse NAME; -1 with ERR: SYNTAX (NUL or control characters). */
int x509_name_dn(const X509_NAME *name, struct dn *dn, struct err *err);
/* The subject or issuer in /-form for messages, with unprintable bytes escaped;
 * the caller must free() it. */
char *x509_name_text(const X509_NAME *name);
char *x509_subject_text(X509 *cert);
char *x509_issuer_text(X509 *cert);
/* ASN.1 time in seconds since 1970; 0 when unreadable. */
time_t x509_time(const ASN1_TIME *t);
/* The type of CERT by itself; CRED_LEGACY for GT2 and draft proxies. */
enum cred_type x509_type(X509 *cert);
/* grid-proxy-info's words for a GT2 or draft proxy; static. */
const char *x509_legacy_text(X509 *cert);
/* Whether CERT has RFC 3820's proxyCertInfo. */
bool x509_is_proxy(X509 *cert);
/* The key's size in bits. */
int x509_key_bits(X509 *cert);
/* Whether EEC names HOST, a name or a literal address, without regard to a
 * final dot (RFC 2818): by subjectAltName, else by its CN, also "host/NAME". */
bool x509_names_host(X509 *eec, const char *host);

/* ---- trust and verification (trust.c, chain.c) ---- */

/* chain_verify() of LEAF with the issuers in CHAIN (any order, may contain the
 * leaf; NULL); all borrowed. */
int chain_verify_stack(struct trust *t, X509 *leaf, STACK_OF(X509) * chain,
                       const struct chain_check *check, struct peer *peer,
                       struct err *err);

/* The same; *x509_err (may be NULL) gets the X509_V_ERR_* for the reason, which
 * selects the TLS alert: CERT_HAS_EXPIRED, CERT_REVOKED, CRL_HAS_EXPIRED,
 * UNABLE_TO_GET_ISSUER_CERT_LOCALLY, HOSTNAME_MISMATCH, INVALID_PURPOSE, or
 * CERT_REJECTED where none fits (signing policy, proxy rules). gsi/tls*.c
 * verifies every handshake with it. */
int chain_verify_code(struct trust *t, X509 *leaf, STACK_OF(X509) * chain,
                      const struct chain_check *check, struct peer *peer,
                      int *x509_err, struct err *err);

#endif
