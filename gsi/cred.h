/* gsi/cred.h - a credential: certificate, private key, chain; located and
 * stored as Globus does (GSI file conventions, RFC 3820). */
#ifndef GSI_CRED_H
#define GSI_CRED_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* Immutable after creation; shared by reference between threads. */
struct cred;

/* Write the pass phrase of PATH to OUT, which the caller wipes; -1 with ERR. */
typedef int cred_pass_fn(const char *path, struct buf *out, void *arg,
                         struct err *err);
/* A cred_pass_fn that asks on /dev/tty without echo. */
int cred_pass_tty(const char *path, struct buf *out, void *arg,
                  struct err *err);
/* A cred_pass_fn that reads one line of standard input (-pwstdin). */
int cred_pass_stdin(const char *path, struct buf *out, void *arg,
                    struct err *err);

/* Load certificate (and chain) from CERT_FILE and the key from KEY_FILE, which
 * may be the same file (a proxy: certificate, key, issuers; or PKCS #12).  The
 * key file must belong to us or root and be inaccessible to others.  PASS may
 * be NULL. -1 with ERR: NOT_FOUND, IO, SYNTAX, AUTHN (bad pass phrase, key does
 * not fit the certificate, permissions). */
int cred_load(const char *cert_file, const char *key_file, cred_pass_fn *pass,
              void *arg, struct cred **cred, struct err *err);
/* Whether the file PATH is PKCS #12, which cannot be read without its pass
 * phrase. */
bool cred_is_pkcs12(const char *path);
/* Load certificate and chain without a key, to show the name and expiry. */
int cred_load_cert(const char *cert_file, struct cred **cred, struct err *err);
/* The same from memory: PEM of certificate, key, chain. */
int cred_from_pem(const void *pem, size_t n, struct cred **cred,
                  struct err *err);
/* Make a new RSA key and a self-signed certificate "/CN=NAME" for LIFETIME
 * seconds.  Only a peer that has the same credential accepts it (gsi/tls/tls.h,
 * TLS_GSI_DATA). -1 with ERR INTERNAL. */
int cred_self_signed(const char *name, long lifetime, struct cred **cred,
                     struct err *err);
/* Find the credential of a command: $X509_USER_PROXY, /tmp/x509up_uUID,
 * $X509_USER_CERT and _KEY, ~/.globus/user{cert,key}.pem.  PATH may be NULL;
 * the caller must free() *path. */
int cred_find_user(cred_pass_fn *pass, struct cred **cred, char **path,
                   struct err *err);
/* The path of this user's proxy, which may not exist; the caller must free()
 * it. */
char *cred_proxy_path(void);
/* The paths of the user's long-lived certificate and key: $X509_USER_CERT,
 * _KEY, ~/.globus/user{cert,key}.pem, or if absent ~/.globus/usercred.p12 for
 * both; the caller must free() them. */
void cred_user_paths(char **cert, char **key);
/* The trust directory: $X509_CERT_DIR, ~/.globus/certificates,
 * /etc/grid-security/certificates; the caller must free() it. */
char *cred_trust_dir(void);

/* Add a reference to CRED; returns it. */
struct cred *cred_ref(struct cred *cred);
/* NULL is allowed. */
void cred_unref(struct cred *cred);

/* The strings below live as long as CRED. */
const char *cred_subject(const struct cred *cred); /* "/C=../CN=1234" */
const char *cred_issuer(const struct cred *cred);
const char *
cred_identity(const struct cred
                  *cred); /* without proxies, which the structure identifies */
time_t cred_not_before(const struct cred *cred);
time_t cred_expires(const struct cred *cred); /* earliest expiry in the chain */
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
/* The type in grid-proxy-info's words, "RFC 3820 compliant impersonation proxy"
 * and the like; static. */
const char *cred_type_text(const struct cred *cred);

/* Whether the certificate names HOST, a name or a literal address, as clients
 * require (RFC 2818). */
bool cred_names_host(const struct cred *cred, const char *host);
/* Whether services accept the keys and signatures of CRED and its issuers: 0,
 * or -1 with ERR AUTHN, which names the weak certificate. */
int cred_check_strength(const struct cred *cred, struct err *err);

/* Append PEM in the order of a proxy file: leaf, key (when WITH_KEY), chain. */
int cred_to_pem(const struct cred *cred, bool with_key, struct buf *out,
                struct err *err);
/* Write this PEM to PATH: new file 0600, fsync, rename. */
int cred_write(const struct cred *cred, const char *path, struct err *err);
/* Append the text of the leaf as openssl x509 -text prints it. */
int cred_print(const struct cred *cred, struct buf *out, struct err *err);

#endif
