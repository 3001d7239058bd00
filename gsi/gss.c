/* gsi/gss.c - GSI's security context over TLS in memory: handshake, delegation,
 * wrapping (RFC 2228, GFD.20, and the behaviour of Globus). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/tls/tls_conn.h"

#include "gsi/gss.h"

#define RECORD_HEAD   5 /* type, version, length (RFC 8446 s.5.1) */
#define CERT_MAX      16384
#define KEY_BITS_MIN  2048
#define KEY_BITS_MAX  4096
#define FLAG_NONE     "0"
#define FLAG_DELEGATE "D"
#define PROXY_LIFETIME \
    (10 * 365 * 86400L) /* effectively: as long as the issuer's */

/* What the next token must contain. */
enum phase {
    HANDSHAKE,
    FILLER,      /* initiator, TLS 1.3: the server's '\0', or nothing */
    FLAG,        /* acceptor: 'D' or '0' */
    REQUEST,     /* initiator: a PKCS#10 request */
    CERTIFICATE, /* acceptor: the certificate for it */
    ESTABLISHED,
    FAILED
};

struct gss {
    SSL *ssl;
    BIO *in, *out; /* owned by the SSL */
    struct tls_ctx *ctx;
    struct tls_judge judge;
    enum phase phase;
    enum gss_delegate delegate;
    int deleg_bits;
    struct cred *cred;
    struct proxy_request *request;
    struct buf delegated; /* PEM of key and chain; empty: none */
    char description[48];
};

/* One step with the token already fed; returns gss_step()'s result. */
typedef int phase_fn(struct gss *g, struct err *err);

static int
create(struct tls_ctx *ctx, const char *host, struct gss **gss, struct err *err)
{
    struct gss *g = xcalloc(1, sizeof(*g));

    *gss = NULL;
    if ((g->ssl = tls_ctx_ssl(ctx, host, &g->judge, err)) == NULL)
        goto bad;
    g->ctx = tls_ctx_ref(ctx);
    g->in = BIO_new(BIO_s_mem());
    g->out = BIO_new(BIO_s_mem());
    if (g->in == NULL || g->out == NULL) {
        BIO_free(g->in);
        BIO_free(g->out);
        err_set(err, ERR_NOMEM, "cannot begin TLS: out of memory");
        goto bad;
    }
    BIO_set_mem_eof_return(g->in, -1);
    SSL_set_bio(g->ssl, g->in, g->out);
    *gss = g;
    return 0;
bad:
    gss_destroy(g);
    return -1;
}

int
gss_init_create(struct tls_ctx *ctx, const char *host,
                enum gss_delegate delegate, struct cred *cred, struct gss **gss,
                struct err *err)
{
    if (tls_ctx_server(ctx))
        return err_set(err, ERR_INTERNAL,
                       "a server's settings cannot initiate");
    if (delegate != GSS_DELEG_NONE && cred == NULL)
        return err_set(err, ERR_AUTHN, "no credential to delegate");
    if (create(ctx, host, gss, err) < 0)
        return -1;
    (*gss)->delegate = delegate;
    (*gss)->cred = delegate == GSS_DELEG_NONE ? NULL : cred_ref(cred);
    return 0;
}

int
gss_accept_create(struct tls_ctx *ctx, int deleg_bits, struct gss **gss,
                  struct err *err)
{
    if (!tls_ctx_server(ctx))
        return err_set(err, ERR_INTERNAL, "a client's settings cannot accept");
    if (create(ctx, NULL, gss, err) < 0)
        return -1;
    (*gss)->deleg_bits = deleg_bits;
    return 0;
}

void
gss_destroy(struct gss *gss)
{
    if (gss == NULL)
        return;
    SSL_free(gss->ssl);
    tls_judge_fini(&gss->judge);
    tls_ctx_unref(gss->ctx);
    cred_unref(gss->cred);
    buf_wipe(&gss->delegated);
    proxy_request_destroy(gss->request);
    free(gss);
    ERR_clear_error();
}

/* Move the SSL's pending output to OUT. */
static void
collect(struct gss *g, struct buf *out)
{
    char *p;
    long n = BIO_get_mem_data(g->out, &p);

    if (n > 0)
        buf_add(out, p, (size_t)n);
    BIO_reset(g->out);
}

static int
ssl_failed(struct gss *g, int rc, const char *what, struct err *err)
{
    return tls_explain(&g->judge, SSL_get_error(g->ssl, rc), what, err);
}

/* Encrypt N bytes; the memory BIO accepts all of it. */
static int
put(struct gss *g, const void *p, size_t n, struct err *err)
{
    const char *at = p;
    size_t done;

    while (n > 0) {
        ERR_clear_error();
        if (SSL_write_ex(g->ssl, at, n, &done) != 1)
            return ssl_failed(g, 0, "TLS write", err);
        at += done;
        n -= done;
    }
    return 0;
}

/* Decrypt everything available, at most MAX bytes. */
static int
get(struct gss *g, struct buf *plain, size_t max, struct err *err)
{
    size_t n;
    int e;

    for (;;) {
        ERR_clear_error();
        if (SSL_read_ex(g->ssl, buf_reserve(plain, CERT_MAX), CERT_MAX, &n) !=
            1)
            break;
        plain->len += n;
        plain->data[plain->len] = '\0';
        if (plain->len > max)
            return err_set(err, ERR_PROTOCOL, "more bytes than expected");
    }
    e = SSL_get_error(g->ssl, 0);
    if (e == SSL_ERROR_WANT_READ)
        return 0;
    return ssl_failed(g, 0, "TLS read", err);
}

/* ---- the initiator ---- */

/* Send whether we delegate. */
static int
send_flag(struct gss *g, struct err *err)
{
    bool none = g->delegate == GSS_DELEG_NONE;

    if (put(g, none ? FLAG_NONE : FLAG_DELEGATE, 1, err) < 0)
        return -1;
    g->phase = none ? ESTABLISHED : REQUEST;
    return none ? 1 : 0;
}

/* The token may contain the filler, or only session tickets, or nothing. */
static int
take_filler(struct gss *g, struct err *err)
{
    struct buf plain = BUF_INIT;
    int rc = get(g, &plain, 1, err);

    if (rc == 0 && plain.len == 1 && plain.data[0] != '\0')
        rc = err_set(err, ERR_PROTOCOL, "filler byte is not zero");
    buf_fini(&plain);
    return rc < 0 ? -1 : send_flag(g, err);
}

static int
sign_request(struct gss *g, struct err *err)
{
    enum cred_type own = cred_type(g->cred);
    bool full = g->delegate == GSS_DELEG_FULL && own != CRED_LIMITED;
    struct proxy_spec spec = { .type = full ? CRED_FULL : CRED_LIMITED,
                               .path_length = -1,
                               .lifetime = PROXY_LIFETIME };
    struct buf csr = BUF_INIT, der = BUF_INIT;
    int rc = -1;

    if (get(g, &csr, CERT_MAX, err) < 0)
        goto out;
    if (csr.len == 0) {
        err_set(err, ERR_PROTOCOL, "the peer sent no certificate request");
        goto out;
    }
    if (proxy_sign_der(g->cred, &spec, csr.data, csr.len, &der, err) < 0 ||
        put(g, der.data, der.len, err) < 0)
        goto out;
    g->phase = ESTABLISHED;
    rc = 1;
out:
    if (rc < 0)
        err_wrap(err, "delegate");
    buf_fini(&csr);
    buf_fini(&der);
    return rc;
}

/* ---- the acceptor ---- */

/* The size of the key for the delegated credential. */
static int
key_bits(const struct gss *g)
{
    const EVP_PKEY *peer = X509_get0_pubkey(tls_verdict_leaf(g->judge.verdict));
    int bits = g->deleg_bits;

    if (bits != 0)
        return bits;
    if (EVP_PKEY_get_base_id(peer) != EVP_PKEY_RSA)
        return -1;
    bits = EVP_PKEY_get_bits(peer);
    if (bits < KEY_BITS_MIN)
        return KEY_BITS_MIN;
    return bits > KEY_BITS_MAX ? KEY_BITS_MAX : bits;
}

static int
send_request(struct gss *g, struct err *err)
{
    struct buf der = BUF_INIT;
    int rc = -1;

    if (g->judge.verdict == NULL)
        return err_set(err, ERR_PROTOCOL,
                       "a client without certificate cannot delegate");
    if (proxy_request_create(key_bits(g), &g->request, err) == 0 &&
        proxy_request_der(g->request, &der, err) == 0 &&
        put(g, der.data, der.len, err) == 0) {
        g->phase = CERTIFICATE;
        rc = 0;
    }
    buf_fini(&der);
    return rc;
}

/* Read 'D' or '0'.  A TLS 1.3 client that waits for the filler sends nothing
 * with its Finished. */
static int
take_flag(struct gss *g, struct err *err)
{
    struct buf plain = BUF_INIT;
    char flag;
    int rc = get(g, &plain, 1, err);

    flag = plain.len == 1 ? plain.data[0] : 'x';
    buf_fini(&plain);
    if (rc < 0)
        return -1;
    if (flag == *FLAG_DELEGATE)
        return send_request(g, err);
    if (flag != *FLAG_NONE)
        return err_set(err, ERR_PROTOCOL,
                       "the peer sent neither 'D' nor '0' after the handshake");
    g->phase = ESTABLISHED;
    return 1;
}

static int
take_certificate(struct gss *g, struct err *err)
{
    const struct peer *peer = tls_verdict_peer(g->judge.verdict);
    struct buf der = BUF_INIT;
    int rc = get(g, &der, CERT_MAX, err);

    if (rc == 0 && der.len == 0)
        rc = err_set(err, ERR_PROTOCOL, "the peer sent no certificate");
    if (rc == 0)
        rc = proxy_request_finish_der(g->request, der.data, der.len,
                                      peer->chain_pem, &g->delegated, err);
    buf_fini(&der);
    if (rc < 0)
        return err_wrap(err, "delegation");
    g->phase = ESTABLISHED;
    return 1;
}

/* ---- both ---- */

/* Continue after the last message of the TLS handshake. */
static int
after_handshake(struct gss *g, struct err *err)
{
    bool tls13 = SSL_version(g->ssl) >= TLS1_3_VERSION;

    snprintf(g->description, sizeof(g->description), "%s %s",
             SSL_get_version(g->ssl), SSL_get_cipher(g->ssl));
    if (!g->judge.server && !tls13)
        return send_flag(g, err);
    if (!g->judge.server) {
        g->phase = FILLER;
        return 0;
    }
    g->phase = FLAG;
    if (tls13) {
        if (BIO_pending(g->in) > 0) /* the client did not wait */
            return take_flag(g, err);
        return put(g, "", 1, err);
    }
    return 0;
}

static int
shake_hands(struct gss *g, struct err *err)
{
    int rc;

    ERR_clear_error();
    rc = SSL_do_handshake(g->ssl);
    if (rc == 1)
        return after_handshake(g, err);
    if (SSL_get_error(g->ssl, rc) == SSL_ERROR_WANT_READ)
        return 0;
    return ssl_failed(g, rc, "TLS handshake", err);
}

static int
out_of_turn(struct gss *g, struct err *err)
{
    (void)g;
    return err_set(err, ERR_PROTOCOL, "unexpected token");
}

static phase_fn *const phases[] = {
    [HANDSHAKE] = shake_hands,
    [FILLER] = take_filler,
    [FLAG] = take_flag,
    [REQUEST] = sign_request,
    [CERTIFICATE] = take_certificate,
    [ESTABLISHED] = out_of_turn,
    [FAILED] = out_of_turn,
};

int
gss_step(struct gss *gss, const void *token, size_t n, struct buf *out,
         struct err *err)
{
    int rc;

    if (n > GSS_TOKEN_MAX)
        rc = err_set(err, ERR_LIMIT, "token of %zu bytes is too long", n);
    else if (n > 0 && BIO_write(gss->in, token, (int)n) != (int)n)
        rc = err_set(err, ERR_NOMEM, "no memory for a token");
    else
        rc = phases[gss->phase](gss, err);
    collect(gss, out);
    if (rc < 0)
        gss->phase = FAILED;
    return rc;
}

const char *
gss_alert(const struct gss *gss)
{
    return tls_alert_words(gss->judge.said);
}

int
gss_recheck(struct gss *gss, struct err *err)
{
    if (gss->judge.verdict == NULL)
        return 0;
    return tls_verdict_again(gss->judge.verdict, err);
}

const char *
gss_description(const struct gss *gss)
{
    return gss->description;
}

const struct peer *
gss_peer(const struct gss *gss)
{
    if (gss->phase != ESTABLISHED || gss->judge.verdict == NULL)
        return NULL;
    return tls_verdict_peer(gss->judge.verdict);
}

const struct buf *
gss_delegated(const struct gss *gss)
{
    bool there = gss->phase == ESTABLISHED && gss->delegated.len > 0;

    return there ? &gss->delegated : NULL;
}

int
gss_wrap(struct gss *gss, const void *p, size_t n, struct buf *out,
         struct err *err)
{
    if (gss->phase != ESTABLISHED)
        return err_set(err, ERR_PROTOCOL, "no security context");
    if (put(gss, p, n, err) < 0)
        return -1;
    collect(gss, out);
    return 0;
}

/* Whether P contains whole TLS records and nothing else. */
static bool
whole_records(const unsigned char *p, size_t n)
{
    size_t len;

    while (n >= RECORD_HEAD) {
        len = RECORD_HEAD + ((size_t)p[3] << 8 | p[4]);
        if (len > n)
            return false;
        p += len;
        n -= len;
    }
    return n == 0;
}

int
gss_unwrap(struct gss *gss, const void *p, size_t n, struct buf *out,
           struct err *err)
{
    if (gss->phase != ESTABLISHED)
        return err_set(err, ERR_PROTOCOL, "no security context");
    if (n > GSS_TOKEN_MAX)
        return err_set(err, ERR_LIMIT, "token of %zu bytes is too long", n);
    if (n == 0 || !whole_records(p, n))
        return err_set(err, ERR_PROTOCOL, "token is not a whole TLS record");
    if (BIO_write(gss->in, p, (int)n) != (int)n)
        return err_set(err, ERR_NOMEM, "no memory for a token");
    if (get(gss, out, SIZE_MAX, err) < 0) {
        gss->phase = FAILED;
        return -1;
    }
    return 0;
}
