/* gsi/cred.h - a credential: certificate, private key, chain; found and kept
 * as Globus does (reference: GSI file conventions, RFC 3820). */
#ifndef GSI_CRED_H
#define GSI_CRED_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* Immutable after creation; shared by reference between threads. */
struct cred;

/* Put the pass phrase of PATH into OUT (wiped by the caller); -1 with ERR. */
typedef int cred_pass_fn(const char *path, struct buf *out, void *arg,
                         struct err *err);
/* A cred_pass_fn: asks at /dev/tty, echo off. */
int cred_pass_tty(const char *path, struct buf *out, void *arg,
                  struct err *err);
/* A cred_pass_fn: one line of standard input (-pwstdin). */
int cred_pass_stdin(const char *path, struct buf *out, void *arg,
                    struct err *err);

/* Load certificate (and chain) from CERT_FILE and the key from KEY_FILE, which
 * may be the same file (a proxy: certificate, key, issuers; or all of them in
 * PKCS #12).  The key file must
 * be ours (or root's) and closed to others.  PASS may be NULL.
 * -1 with ERR: NOT_FOUND, IO, SYNTAX, AUTHN (bad pass phrase, key does not
 * fit the certificate, permissions). */
int cred_load(const char *cert_file, const char *key_file, cred_pass_fn *pass,
              void *arg, struct cred **cred, struct err *err);
/* Whether the file PATH is PKCS #12: nothing in it is to be had without its
 * pass phrase. */
bool cred_is_pkcs12(const char *path);
/* Certificate and chain alone, no key: to say who and until when. */
int cred_load_cert(const char *cert_file, struct cred **cred, struct err *err);
/* The same from memory: PEM of certificate, key, chain. */
int cred_from_pem(const void *pem, size_t n, struct cred **cred,
                  struct err *err);
/* A new RSA key, and a certificate "/CN=NAME" for it that it signed itself, for
 * LIFETIME seconds: only a peer that has the same one believes it
 * (gsi/tls/tls.h, TLS_GSI_DATA).  -1 with ERR INTERNAL. */
int cred_self_signed(const char *name, long lifetime, struct cred **cred,
                     struct err *err);
/* What a command uses: $X509_USER_PROXY, /tmp/x509up_uUID, $X509_USER_CERT and
 * _KEY, ~/.globus/user{cert,key}.pem.  *path (may be NULL) is the caller's. */
int cred_find_user(cred_pass_fn *pass, struct cred **cred, char **path,
                   struct err *err);
/* Where this user's proxy is or would be; the caller's. */
char *cred_proxy_path(void);
/* Where the user's long-lived certificate and key are: $X509_USER_CERT, _KEY,
 * ~/.globus/user{cert,key}.pem, or where there is none ~/.globus/usercred.p12
 * for both; the caller's. */
void cred_user_paths(char **cert, char **key);
/* The trust directory: $X509_CERT_DIR, ~/.globus/certificates,
 * /etc/grid-security/certificates; the caller's. */
char *cred_trust_dir(void);

/* One more owner of CRED; returns it. */
struct cred *cred_ref(struct cred *cred);
/* NULL ok. */
void cred_unref(struct cred *cred);

/* Strings and times below live as long as CRED. */
const char *cred_subject(const struct cred *cred); /* "/C=../CN=1234" */
const char *cred_issuer(const struct cred *cred);
const char *cred_identity(const struct cred *cred); /* proxies stripped by
                                                       structure */
time_t cred_not_before(const struct cred *cred);
time_t cred_expires(const struct cred *cred); /* earliest of the chain */
int cred_key_bits(const struct cred *cred);
/* "RSA", "EC". */

enum cred_type {
    CRED_EEC,         /* end-entity certificate */
    CRED_FULL,        /* RFC 3820 impersonation proxy */
    CRED_LIMITED,     /* RFC 3820 limited proxy, or below one */
    CRED_INDEPENDENT, /* RFC 3820 independent */
    CRED_RESTRICTED,  /* another policy language */
    CRED_LEGACY,      /* GT2 or draft: recognised, never accepted */
    CRED_CA
};
enum cred_type cred_type(const struct cred *cred);
/* "RFC 3820 compliant impersonation proxy" and the like: grid-proxy-info's
 * words; static. */
const char *cred_type_text(const struct cred *cred);

/* Whether the certificate names HOST, a name or a literal address, as clients
 * that come by it want (RFC 2818). */
bool cred_names_host(const struct cred *cred, const char *host);
/* Whether services take keys and signatures of CRED and its issuers: 0, or -1
 * with ERR AUTHN, which names the certificate that is too weak. */
int cred_check_strength(const struct cred *cred, struct err *err);

/* Append PEM: leaf, key (when WITH_KEY), chain: the proxy file form. */
int cred_to_pem(const struct cred *cred, bool with_key, struct buf *out,
                struct err *err);
/* Write that to PATH: new file 0600, fsync, rename. */
int cred_write(const struct cred *cred, const char *path, struct err *err);
/* The whole as openssl x509 -text would print the leaf. */
int cred_print(const struct cred *cred, struct buf *out, struct err *err);

#endif
