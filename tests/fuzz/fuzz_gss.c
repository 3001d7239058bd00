/* tests/fuzz/fuzz_gss.c - tokens to an acceptor: as they come off the wire, and
 * inside a handshake that succeeded, where delegation is parsed.
 *
 * The first byte chooses: even, the rest is tokens, each behind two bytes of
 * length; odd, the rest is what a known client says once TLS stands, cut the
 * same way. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/tls/tls_conn.h"

#include "gsi/gss.h"
#include "tests/lib/lib_testca.h"

static struct tls_ctx *server, *client;
static struct cred *user, *host;
static struct testca *ca;
static char dir[] = "/tmp/fuzz_gss.XXXXXX";

static void
remove_dir(void)
{
    testca_remove_dir(dir);
}

static struct tls_ctx *
context(bool is_server, struct cred *cred, struct trust *trust, unsigned flags)
{
    struct tls_ctx *ctx = NULL;

    if (tls_ctx_create(is_server, cred, trust, flags, "1.2", &ctx, NULL) == -1)
        abort();
    return ctx;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct testcert gate = { .name = "/O=Grid/CN=localhost" };
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    struct trust *trust = NULL;

    (void)argc, (void)argv;
    if (mkdtemp(dir) == NULL)
        abort();
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, NULL);
    if (trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, NULL) == -1)
        abort();
    atexit(remove_dir);
    user = testca_issue(ca, &alice);
    host = testca_issue(ca, &gate);
    server = context(true, host, trust, TLS_REQUEST_PEER);
    client = context(false, user, trust, TLS_NO_HOST_CHECK);
    return 0;
}

/* The next piece of *P, two bytes of length first. */
static size_t
piece(const uint8_t **p, size_t *n, const uint8_t **at)
{
    size_t len;

    if (*n < 2)
        return 0;
    len = (size_t)(*p)[0] << 8 | (*p)[1];
    if (len > *n - 2)
        len = *n - 2;
    *at = *p + 2;
    *p += 2 + len;
    *n -= 2 + len;
    return len;
}

/* Shake hands as a known client; its SSL then says what it likes. */
static SSL *
known_client(struct gss *gss, struct tls_judge *j)
{
    SSL *ssl = tls_ctx_ssl(client, NULL, j, NULL);
    struct buf out = BUF_INIT;
    char *token;
    long n;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    while (SSL_do_handshake(ssl) != 1) {
        n = BIO_get_mem_data(SSL_get_wbio(ssl), &token);
        if (n == 0 || gss_step(gss, token, (size_t)n, &out, NULL) == -1)
            abort();
        (void)BIO_reset(SSL_get_wbio(ssl));
        if (out.len > 0)
            BIO_write(SSL_get_rbio(ssl), out.data, (int)out.len);
        buf_clear(&out);
    }
    buf_fini(&out);
    return ssl;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct tls_judge j = { 0 };
    struct buf out = BUF_INIT;
    struct gss *gss = NULL;
    const uint8_t *at = NULL;
    SSL *ssl = NULL;
    char *token;
    size_t len;
    int rc = 0;

    if (n == 0 || gss_accept_create(server, -1, &gss, NULL) == -1)
        return 0;
    if (*p & 1)
        ssl = known_client(gss, &j);
    for (p++, n--; rc == 0 && (len = piece(&p, &n, &at)) > 0;) {
        if (ssl != NULL) {
            SSL_write(ssl, at, (int)len);
            len = (size_t)BIO_get_mem_data(SSL_get_wbio(ssl), &token);
            rc = gss_step(gss, token, len, &out, NULL);
            (void)BIO_reset(SSL_get_wbio(ssl));
        } else {
            rc = gss_step(gss, at, len, &out, NULL);
        }
    }
    if (rc == 1 && (len = piece(&p, &n, &at)) > 0)
        gss_unwrap(gss, at, len, &out, NULL);
    if (ssl != NULL) {
        SSL_free(ssl);
        tls_judge_fini(&j);
    }
    gss_destroy(gss);
    buf_fini(&out);
    return 0;
}
