/* gsi/tls/tls_conn.h - shared by the files of gsi/ that use TLS; OpenSSL types,
 * so for gsi/ only. */
#ifndef GSI_TLS_CONN_H
#define GSI_TLS_CONN_H

#include <stdatomic.h>

#include "gsi/chain/chain.h"
#include "gsi/gsi_ssl.h"
#include "gsi/tls/tls.h"

/* A full record of AES-GCM in TLS 1.2 (RFC 5288 s.3) and 1.3 (RFC 8446 s.5.2).
 */
#define TLS_RECORD_12 (5 + 8 + 16384 + 16)
#define TLS_RECORD_13 (5 + 16384 + 1 + 16)

/* A chain that passed verification, shared by the connections with that
 * chain. */
struct tls_verdict;
/* Verify LEAF and the certificates sent with it.  Reuses a verdict on the same
 * chain, purpose and host while the trust directory is unchanged and nothing in
 * it or in the chain starts or ends.  Release *verdict with
 * tls_verdict_unref(). 0, or -1 with ERR AUTHN and the X509_V_ERR_* in
 * *x509_err. */
int tls_verdict_get(struct trust *trust, enum chain_purpose purpose,
                    const char *host, X509 *leaf, STACK_OF(X509) * sent,
                    struct tls_verdict **verdict, int *x509_err,
                    struct err *err);
/* NULL is allowed. */
void tls_verdict_unref(struct tls_verdict *v);
/* The identity it proves; lives as long as V. */
const struct peer *tls_verdict_peer(const struct tls_verdict *v);
/* The leaf from the first connection, borrowed; OpenSSL needs nothing else
 * after verification. (Reducing it to its public key would save 2 KiB but cost
 * 0.2 ms, because OpenSSL 3.0 encodes keys slowly.) */
X509 *tls_verdict_leaf(const struct tls_verdict *v);
/* Verify again; see tls_recheck(). */
int tls_verdict_again(struct tls_verdict *v, struct err *err);

/* How to verify one connection's peer, and the result.  Attached to the SSL
 * (our own connections) or the SSL_CTX (libcurl's). */
struct tls_judge {
    struct trust *trust;
    enum chain_purpose purpose;
    char *host;                  /* expected host; NULL: any */
    char *subject;               /* exact name required; NULL: any */
    bool server;                 /* we are the server */
    bool own;                    /* accept our own self-signed certificate */
    bool keep_chain;             /* let OpenSSL keep its certificates */
    struct tls_verdict *verdict; /* NULL: no certificate */
    struct err *err;   /* the first refusal by either side; NULL: none yet */
    bool err_borrowed; /* err belongs to the caller */
    int said;          /* number of the alert that we sent; 0: none */
};

/* Where to store the first refusal of J's connection. */
struct err *tls_judge_err(struct tls_judge *j);

/* Make CTX verify through the struct tls_judge of each SSL. */
void tls_judge_install(SSL_CTX *ctx);
/* Attach J, borrowed, to SSL; it must outlive it. */
int tls_judge_attach(SSL *ssl, struct tls_judge *j);
/* Attach J, which is freed with CTX. */
int tls_judge_attach_ctx(SSL_CTX *ctx, struct tls_judge *j);
/* Free what J owns. */
void tls_judge_fini(struct tls_judge *j);

struct tls_ctx {
    atomic_uint refs;
    SSL_CTX *ssl;
    struct trust *trust;
    unsigned flags;
    bool server;
};

/* Create the SSL of one connection of CTX; prepares and attaches J. */
SSL *tls_ctx_ssl(struct tls_ctx *ctx, const char *host, struct tls_judge *j,
                 struct err *err);
/* Whether CTX has FLAG of enum tls_flags. */
bool tls_ctx_has(const struct tls_ctx *ctx, unsigned flag);
bool tls_ctx_server(const struct tls_ctx *ctx);
/* Send CRED on every connection of CTX. */
int tls_use_cred(SSL_CTX *ctx, const struct cred *cred, struct err *err);
/* Set versions, ciphers and options that all our contexts use. */
int tls_settings(SSL_CTX *ctx, const char *min_version, struct err *err);

/* Turn a failed SSL call (its SSL_ERROR, errno) into ERR: J's reason first,
 * then OpenSSL's.  WHAT is the operation, "TLS handshake". */
int tls_explain(const struct tls_judge *j, int ssl_error, const char *what,
                struct err *err);
/* Record in J the alert number ALERT from the peer. */
void tls_judge_alert(struct tls_judge *j, int alert);

#endif
