/* gsi/tls/tls_ctx.c - settings shared by connections: versions, ciphers, our
 * certificate and the request for the peer's (RFC 8446, RFC 5246). */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/tls/tls_conn.h"

/* AES-128-GCM first: fewer rounds than AES-256 and strong enough. */
#define CIPHERS_12                                               \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
    "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CIPHERS_13                                   \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
    "TLS_CHACHA20_POLY1305_SHA256"
#define CHAIN_BYTES_MAX 65536
/* Eight full records, plus alignment. */
#define READ_AHEAD      (8 * TLS_RECORD_12 + 64)

static int
version_parse(const char *text, int *version, struct err *err)
{
    if (text == NULL || strcmp(text, "1.2") == 0)
        *version = TLS1_2_VERSION;
    else if (strcmp(text, "1.3") == 0)
        *version = TLS1_3_VERSION;
    else
        return err_set(err, ERR_CONFIG, "TLS version '%s' is not 1.2 or 1.3",
                       text);
    return 0;
}

/* OpenSSL's last error. */
static const char *
reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text != NULL ? text : "unknown reason";
}

int
tls_settings(SSL_CTX *ctx, const char *min_version, struct err *err)
{
    int version;

    if (version_parse(min_version, &version, err) < 0)
        return -1;
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(
        ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES_MAX);
    if (SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
        SSL_CTX_set_min_proto_version(ctx, version) != 1 ||
        SSL_CTX_set_cipher_list(ctx, CIPHERS_12) != 1 ||
        SSL_CTX_set_ciphersuites(ctx, CIPHERS_13) != 1)
        return err_set(err, ERR_INTERNAL, "cannot set up TLS: %s", reason());
    return 0;
}

int
tls_use_cred(SSL_CTX *ctx, const struct cred *cred, struct err *err)
{
    if (cred_key(cred) == NULL)
        return err_set(err, ERR_AUTHN, "no private key for '%s'",
                       cred_subject(cred));
    ERR_clear_error();
    if (SSL_CTX_use_certificate(ctx, cred_cert(cred)) == 1 &&
        SSL_CTX_use_PrivateKey(ctx, cred_key(cred)) == 1 &&
        SSL_CTX_set1_chain(ctx, cred_chain(cred)) == 1)
        return 0;
    err_set(err, ERR_AUTHN, "certificate '%s' cannot be used for TLS: %s",
            cred_subject(cred), reason());
    ERR_clear_error();
    return -1;
}

/* Data channels are few and busy: read several records at once and keep the
 * buffers. */
static void
set_data_mode(SSL_CTX *ctx)
{
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_clear_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
}

static int
verify_mode(bool server, unsigned flags)
{
    if (!server || flags & (TLS_REQUIRE_PEER | TLS_GSI_DATA))
        return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    return flags & TLS_REQUEST_PEER ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
}

int
tls_ctx_create(bool server, struct cred *cred, struct trust *trust,
               unsigned flags, const char *min_version, struct tls_ctx **ctx,
               struct err *err)
{
    struct tls_ctx *c = xcalloc(1, sizeof(*c));

    *ctx = NULL;
    atomic_init(&c->refs, 1);
    c->server = server;
    c->flags = flags;
    c->trust = trust_ref(trust);
    c->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    if (c->ssl == NULL) {
        err_set(err, ERR_NOMEM, "cannot set up TLS: %s", reason());
        goto bad;
    }
    if (tls_settings(c->ssl, min_version, err) < 0)
        goto bad;
    if (flags & TLS_GSI_DATA)
        set_data_mode(c->ssl);
    if (cred == NULL && !(flags & TLS_ANON_CLIENT)) {
        err_set(err, ERR_AUTHN, "no credential to show");
        goto bad;
    }
    if (!(flags & TLS_ANON_CLIENT) && tls_use_cred(c->ssl, cred, err) < 0)
        goto bad;
    SSL_CTX_set_verify(c->ssl, verify_mode(server, flags), NULL);
    tls_judge_install(c->ssl);
    *ctx = c;
    return 0;
bad:
    tls_ctx_unref(c);
    return -1;
}

struct tls_ctx *
tls_ctx_ref(struct tls_ctx *ctx)
{
    atomic_fetch_add(&ctx->refs, 1);
    return ctx;
}

void
tls_ctx_unref(struct tls_ctx *ctx)
{
    if (ctx == NULL || atomic_fetch_sub(&ctx->refs, 1) != 1)
        return;
    SSL_CTX_free(ctx->ssl);
    trust_close(ctx->trust);
    free(ctx);
}

bool
tls_ctx_has(const struct tls_ctx *ctx, unsigned flag)
{
    return (ctx->flags & flag) != 0;
}

bool
tls_ctx_server(const struct tls_ctx *ctx)
{
    return ctx->server;
}

static bool
is_address(const char *host)
{
    unsigned char a[16];

    return inet_pton(AF_INET, host, a) == 1 ||
           inet_pton(AF_INET6, host, a) == 1;
}

/* Prepare J for a connection of CTX to HOST. */
static int
prepare(struct tls_ctx *ctx, const char *host, struct tls_judge *j,
        struct err *err)
{
    bool anybody = tls_ctx_has(ctx, TLS_NO_HOST_CHECK | TLS_GSI_DATA);

    *j = (struct tls_judge){ .trust = ctx->trust,
                             .server = ctx->server,
                             .own = tls_ctx_has(ctx, TLS_GSI_DATA) };
    if (ctx->server) {
        j->purpose = tls_ctx_has(ctx, TLS_GSI_DATA) ? CHAIN_ANY : CHAIN_CLIENT;
    } else if (anybody) {
        j->purpose = CHAIN_ANY;
    } else if (host == NULL || *host == '\0') {
        return err_set(err, ERR_INTERNAL, "no host name to check against");
    } else {
        j->purpose = CHAIN_SERVER;
        j->host = xstrdup(host);
    }
    return 0;
}

SSL *
tls_ctx_ssl(struct tls_ctx *ctx, const char *host, struct tls_judge *j,
            struct err *err)
{
    SSL *ssl = NULL;

    ERR_clear_error();
    if (prepare(ctx, host, j, err) < 0)
        goto bad;
    if ((ssl = SSL_new(ctx->ssl)) == NULL || tls_judge_attach(ssl, j) < 0) {
        err_set(err, ERR_NOMEM, "cannot begin TLS: %s", reason());
        goto bad;
    }
    if (ctx->server) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_set_connect_state(ssl);
    if (host != NULL && !is_address(host) &&
        SSL_set_tlsext_host_name(ssl, host) != 1) {
        err_set(err, ERR_SYNTAX, "'%s' is not a host name", host);
        goto bad;
    }
    return ssl;
bad:
    SSL_free(ssl);
    tls_judge_fini(j);
    return NULL;
}
