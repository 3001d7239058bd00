/* gsi/tls/tls_conn.h - what the files of gsi/ that speak TLS share; OpenSSL
 * types, so for gsi/ only. */
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

/* A chain that was judged good, shared by the connections that showed it. */
struct tls_verdict;
/* Judge LEAF and what came with it; a judgement of the same chain, purpose and
 * host is taken over as long as the trust directory is the same and nothing in
 * it or in the chain begins or ends.  *verdict is the caller's.
 * 0, or -1 with ERR AUTHN and the X509_V_ERR_* in *x509_err. */
int tls_verdict_get(struct trust *trust, enum chain_purpose purpose,
                    const char *host, X509 *leaf, STACK_OF(X509) * sent,
                    struct tls_verdict **verdict, int *x509_err,
                    struct err *err);
/* NULL ok. */
void tls_verdict_unref(struct tls_verdict *v);
/* Whom it speaks for; lives as long as V. */
const struct peer *tls_verdict_peer(const struct tls_verdict *v);
/* The leaf as it came with the first connection, borrowed: all that OpenSSL
 * needs once the chain is judged.  (One cut down to its public key would save
 * 2 KiB and cost 0.2 ms: OpenSSL 3.0 encodes keys slowly.) */
X509 *tls_verdict_leaf(const struct tls_verdict *v);
/* The certificates sent still hold? See tls_recheck(). */
int tls_verdict_again(struct tls_verdict *v, struct err *err);

/* How the peer of one connection is judged, and what came of it.  Hangs on the
 * SSL (our own connections) or on the SSL_CTX (libcurl's). */
struct tls_judge {
    struct trust *trust;
    enum chain_purpose purpose;
    char *host;                  /* whom we expect; NULL: anybody */
    char *subject;               /* must be exactly this name; NULL: any */
    bool server;                 /* we are */
    bool own;                    /* our own self-signed certificate is good */
    bool keep_chain;             /* leave OpenSSL its certificates */
    struct tls_verdict *verdict; /* NULL: no certificate */
    struct err *err;   /* the first refusal, ours or theirs; NULL: none yet */
    bool err_borrowed; /* somebody else's struct */
    int said;          /* number of the alert that we sent; 0: none */
};

/* Where to record the first refusal of J's connection. */
struct err *tls_judge_err(struct tls_judge *j);

/* Make CTX judge through the struct tls_judge of each SSL. */
void tls_judge_install(SSL_CTX *ctx);
/* Attach J, borrowed, to SSL; it must outlive it. */
int tls_judge_attach(SSL *ssl, struct tls_judge *j);
/* Attach J, which is freed with CTX. */
int tls_judge_attach_ctx(SSL_CTX *ctx, struct tls_judge *j);
/* Release what J holds. */
void tls_judge_fini(struct tls_judge *j);

struct tls_ctx {
    atomic_uint refs;
    SSL_CTX *ssl;
    struct trust *trust;
    unsigned flags;
    bool server;
};

/* The SSL for one connection of CTX, J prepared and attached. */
SSL *tls_ctx_ssl(struct tls_ctx *ctx, const char *host, struct tls_judge *j,
                 struct err *err);
/* Whether CTX has FLAG of enum tls_flags. */
bool tls_ctx_has(const struct tls_ctx *ctx, unsigned flag);
bool tls_ctx_server(const struct tls_ctx *ctx);
/* Show CRED on every connection of CTX. */
int tls_use_cred(SSL_CTX *ctx, const struct cred *cred, struct err *err);
/* Versions, ciphers and options that are ours everywhere. */
int tls_settings(SSL_CTX *ctx, const char *min_version, struct err *err);

/* Turn a failed SSL call (SSL_ERROR of it, errno) into ERR: the judge's words
 * first, then OpenSSL's. WHAT was being done: "TLS handshake". */
int tls_explain(const struct tls_judge *j, int ssl_error, const char *what,
                struct err *err);
/* Record the alert number ALERT that came from the peer in J. */
void tls_judge_alert(struct tls_judge *j, int alert);

#endif
