/* tests/unit/test_tls_curl.c - libcurl with our certificates and our judgement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gsi/tls/tls_conn.h"

#include "base/net.h"
#include "tests/lib/lib_testca.h"

static char dir[] = "/tmp/test_curl.XXXXXX";
static struct testca *ca, *other;
static struct trust *trust;
static struct cred *host, *user, *proxy;

static int
setup(void **state)
{
    const struct testcert gate = { .name = "/O=Grid/CN=localhost",
                                   .san = "DNS:localhost,IP:127.0.0.1" };
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    const struct testcert plain = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    other = testca_create("/O=Other/CN=Other CA");
    testca_trust(ca, dir, NULL);
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err), 0);
    host = testca_issue(ca, &gate);
    user = testca_issue(ca, &alice);
    proxy = testca_proxy(user, &plain);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    cred_unref(proxy);
    cred_unref(user);
    cred_unref(host);
    trust_close(trust);
    testca_destroy(other);
    testca_destroy(ca);
    testca_remove_dir(dir);
    curl_global_cleanup();
    return 0;
}

/* An HTTPS server for one request, which it answers with who asked. */
struct web {
    struct tls_ctx *ctx;
    pthread_t thread;
    unsigned port;
    int fd;
    struct err err;
};

static void
answer(struct web *w, struct tls *t)
{
    const struct peer *peer = tls_peer(t);
    const char *who = peer != NULL ? peer->identity : "nobody";
    struct buf out = BUF_INIT;
    char in[4096];

    if (tls_read_wait(t, in, sizeof(in), 20000, &w->err) <= 0)
        return;
    buf_addf(&out,
             "HTTP/1.1 200 OK\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(who), who);
    tls_write_all(t, out.data, out.len, 20000, &w->err);
    buf_fini(&out);
}

static void *
serve(void *arg)
{
    struct web *w = arg;
    int fd = accept(w->fd, NULL, NULL);
    struct tls *t = NULL;

    if (tls_create(w->ctx, fd, NULL, &t, &w->err) == 0 &&
        tls_handshake_wait(t, 20000, &w->err) == 0)
        answer(w, t);
    tls_destroy(t);
    close(fd);
    return NULL;
}

static void
web_start(struct web *w, struct cred *cred)
{
    struct net_addr a;
    struct err err = ERR_INIT;

    memset(w, 0, sizeof(*w));
    assert_int_equal(net_parse("127.0.0.1:0", &a, &err), 0);
    w->fd = net_listen(&a, 1, &err);
    w->port = net_port(&a);
    assert_int_equal(tls_ctx_create(true, cred, trust, TLS_REQUEST_PEER, "1.2",
                                    &w->ctx, &err),
                     0);
    pthread_create(&w->thread, NULL, serve, w);
}

static void
web_end(struct web *w)
{
    pthread_join(w->thread, NULL);
    close(w->fd);
    tls_ctx_unref(w->ctx);
}

static size_t
collect(char *p, size_t size, size_t n, void *arg)
{
    buf_add(arg, p, size * n);
    return size * n;
}

/* Ask the server that shows SHOWN as MINE, at NAME; *why and the body. */
static CURLcode
ask(struct cred *shown, struct cred *mine, const char *name, bool tls12,
    struct err *why, struct buf *body)
{
    CURL *c = curl_easy_init();
    struct web w;
    char *url;
    CURLcode rc;

    web_start(&w, shown);
    if (tls12)
        SSL_CTX_set_max_proto_version(w.ctx->ssl, TLS1_2_VERSION);
    url = xasprintf("https://%s:%u/", name, w.port);
    memset(why, 0, sizeof(*why));
    assert_int_equal(tls_curl(c, mine, trust, why), 0);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_IPRESOLVE, (long)CURL_IPRESOLVE_V4);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    rc = curl_easy_perform(c);
    curl_easy_cleanup(c);
    web_end(&w);
    free(url);
    return rc;
}

static void
the_proxy_is_shown_and_the_server_believed(void **state)
{
    static const char *const names[] = { "localhost", "127.0.0.1" };
    struct buf body = BUF_INIT;
    struct err why;
    int i;

    (void)state;
    for (i = 0; i < 4; i++) {
        buf_clear(&body);
        assert_int_equal(ask(host, proxy, names[i / 2], i % 2, &why, &body),
                         CURLE_OK);
        assert_string_equal(buf_str(&body), "/O=Grid/CN=Alice");
        assert_string_equal(why.text, "");
    }
    buf_clear(&body);
    assert_int_equal(ask(host, NULL, "localhost", false, &why, &body),
                     CURLE_OK);
    assert_string_equal(buf_str(&body), "nobody");
    buf_fini(&body);
}

static void
servers_are_refused_with_a_sentence(void **state)
{
    const struct testcert wrong = { .name = "/O=Grid/CN=gate",
                                    .san = "DNS:gate.example.org" };
    const struct testcert old = { .name = "/O=Grid/CN=localhost",
                                  .from = -7200,
                                  .until = -3600,
                                  .san = "DNS:localhost" };
    const struct testcert plain = { .name = "/O=Grid/CN=localhost",
                                    .san = "DNS:localhost" };
    struct cred *bad[] = { testca_issue(ca, &wrong), testca_issue(ca, &old),
                           testca_issue(other, &plain) };
    static const char *const says[] = { "localhost", "expired", "" };
    struct buf body = BUF_INIT;
    struct err why;
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_not_equal(
            ask(bad[i], proxy, "localhost", false, &why, &body), CURLE_OK);
        print_message("# %s\n", why.text);
        assert_int_equal(why.code, ERR_AUTHN);
        assert_non_null(strstr(why.text, says[i]));
        cred_unref(bad[i]);
    }
    assert_int_equal(body.len, 0);
    buf_fini(&body);
}

static void
what_servers_refuse_becomes_a_sentence(void **state)
{
    const struct testcert old = { .from = -7200, .until = -3600 };
    struct cred *bad = testca_proxy(user, &old);
    struct buf body = BUF_INIT;
    struct err why;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        assert_int_not_equal(ask(host, bad, "localhost", i == 1, &why, &body),
                             CURLE_OK);
        assert_string_equal(
            why.text,
            "the server refused our certificate: certificate expired, or not "
            "valid yet, or one of the two clocks is wrong: look at 'gridproxy "
            "info' and the clock");
    }
    cred_unref(bad);
    buf_fini(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_proxy_is_shown_and_the_server_believed),
        cmocka_unit_test(servers_are_refused_with_a_sentence),
        cmocka_unit_test(what_servers_refuse_becomes_a_sentence),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
