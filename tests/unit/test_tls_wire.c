/* tests/unit/test_tls_wire.c - TLS: bytes that go through a connection, and
 * what ends one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gsi/tls/tls_conn.h"
#include "tests/lib/lib_testca.h"
#include "tests/lib/lib_tlspair.h"

static char dir[] = "/tmp/test_tls_wire.XXXXXX";
static struct testca *ca;
static struct trust *trust;
static struct cred *host, *proxy;

static int
setup(void **state)
{
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    const struct testcert plain = { 0 };
    struct err err = ERR_INIT;
    struct cred *user;

    (void)state;
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, "/O=Grid/*");
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err), 0);
    host = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=localhost",
                                                .san = "DNS:localhost" });
    user = testca_issue(ca, &alice);
    proxy = testca_proxy(user, &plain);
    cred_unref(user);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    cred_unref(proxy);
    cred_unref(host);
    trust_close(trust);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

static void
a_cut_connection_is_no_orderly_end(void **state)
{
    struct tls_ctx *s = pair_context(true, host, trust, 0),
                   *c = pair_context(false, proxy, trust, 0);
    struct err err = ERR_INIT;
    enum tls_want want;
    struct pair p;
    char b;

    (void)state;
    pair_shake(&p, s, c, "localhost");
    shutdown(p.fd[1], SHUT_WR);
    assert_int_equal(tls_read(p.server, &b, 1, &want), -1);
    assert_int_equal(want, TLS_DONE);
    tls_failure(p.server, &err);
    assert_int_equal(err.code, ERR_IO);
    pair_end(&p);
    pair_shake(&p, s, c, "localhost");
    tls_destroy(p.client);
    p.client = NULL;
    assert_int_equal(tls_read(p.server, &b, 1, &want), 0);
    pair_end(&p);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

static void
megabytes_pass_through_partial_writes(void **state)
{
    struct tls_ctx *s = pair_context(true, host, trust, 0),
                   *c = pair_context(false, proxy, trust, 0);
    size_t n = 3 * 1024 * 1024 + 17, put = 0, got = 0, i;
    char *out = xcalloc(1, n), *in = xcalloc(1, n);
    enum tls_want want;
    struct pair p;
    ssize_t k;

    (void)state;
    for (i = 0; i < n; i++)
        out[i] = (char)(i * 7 + i / 1000);
    pair_shake(&p, s, c, "localhost");
    while (got < n) {
        if (put < n && (k = tls_write(p.client, out + put, n - put, &want)) > 0)
            put += (size_t)k;
        if ((k = tls_read(p.server, in + got, n - got, &want)) > 0)
            got += (size_t)k;
        else
            assert_int_equal(want, TLS_WANT_READ);
    }
    assert_memory_equal(in, out, n);
    pair_end(&p);
    free(in);
    free(out);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

#define LONG (3 * 1024 * 1024 + 17)

struct writer {
    struct tls *tls;
    const char *p;
    struct err err;
    int rc;
};

static void *
write_long_and_short(void *arg)
{
    struct writer *w = arg;

    w->rc = tls_write_all(w->tls, w->p, LONG, 20000, &w->err);
    if (w->rc == 0)
        w->rc = tls_write_all(w->tls, "end", 3, 20000, &w->err);
    return NULL;
}

static void
long_writes_come_whole_and_in_order(void **state)
{
    struct tls_ctx *s = pair_context(true, host, trust, 0),
                   *c = pair_context(false, proxy, trust, 0);
    char *out = xcalloc(1, LONG + 3), *in = xcalloc(1, LONG + 3);
    struct writer w = { .p = out, .err = ERR_INIT };
    struct err err = ERR_INIT;
    pthread_t thread;
    struct pair p;
    size_t got = 0, i;
    ssize_t k = 1;

    (void)state;
    for (i = 0; i < LONG; i++)
        out[i] = (char)(i * 7 + i / 1000);
    memcpy(out + LONG, "end", 3);
    pair_shake(&p, s, c, "localhost");
    w.tls = p.client;
    assert_int_equal(pthread_create(&thread, NULL, write_long_and_short, &w),
                     0);
    for (; got < LONG + 3 && k > 0; got += (size_t)k)
        k = tls_read_wait(p.server, in + got, LONG + 3 - got, 20000, &err);
    pthread_join(thread, NULL);
    assert_int_equal(w.rc, 0);
    assert_memory_equal(in, out, LONG + 3);
    pair_end(&p);
    free(in);
    free(out);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

static void
a_long_write_to_nobody_ends_the_connection(void **state)
{
    struct tls_ctx *s = pair_context(true, host, trust, 0),
                   *c = pair_context(false, proxy, trust, 0);
    char *out = xcalloc(1, LONG);
    struct err err = ERR_INIT;
    enum tls_want want;
    struct pair p;

    (void)state;
    pair_shake(&p, s, c, "localhost");
    assert_int_equal(tls_write_all(p.client, out, LONG, 50, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    assert_int_equal(tls_write(p.client, out, 1, &want), -1);
    assert_int_equal(want, TLS_DONE);
    pair_end(&p);
    pair_shake(&p, s, c, "localhost");
    tls_destroy(p.server);
    p.server = NULL;
    close(p.fd[0]);
    err = (struct err)ERR_INIT;
    assert_int_equal(tls_write_all(p.client, out, LONG, 20000, &err), -1);
    assert_int_not_equal(err.code, ERR_TIMEOUT);
    p.fd[0] = -1;
    pair_end(&p);
    free(out);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

static void
waiting_ends_in_time_and_says_so(void **state)
{
    struct tls_ctx *c = pair_context(false, proxy, trust, 0);
    struct err err = ERR_INIT;
    struct tls *t;
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    assert_int_equal(tls_create(c, fd[0], "localhost", &t, &err), 0);
    assert_int_equal(tls_handshake_wait(t, 50, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    tls_destroy(t);
    close(fd[0]);
    close(fd[1]);
    tls_ctx_unref(c);
}

static void
who_speaks_no_tls_is_told_apart(void **state)
{
    static const char *const hello[] = { "GET / HTTP/1.0\r\n\r\n",
                                         "220 ready, go on please\r\n" };
    static const char *const says[] = { "plain HTTP", "does not speak TLS" };
    struct tls_ctx *s = pair_context(true, host, trust, 0);
    struct err err;
    struct tls *t;
    int fd[2], i;

    (void)state;
    for (i = 0; i < 2; i++) {
        err.code = ERR_OK;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
        assert_int_equal(write(fd[1], hello[i], strlen(hello[i])),
                         strlen(hello[i]));
        assert_int_equal(tls_create(s, fd[0], NULL, &t, &err), 0);
        assert_int_equal(tls_handshake_wait(t, 1000, &err), -1);
        assert_non_null(strstr(err.text, says[i]));
        tls_destroy(t);
        close(fd[0]);
        close(fd[1]);
    }
    tls_ctx_unref(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_connection_is_no_orderly_end),
        cmocka_unit_test(megabytes_pass_through_partial_writes),
        cmocka_unit_test(long_writes_come_whole_and_in_order),
        cmocka_unit_test(a_long_write_to_nobody_ends_the_connection),
        cmocka_unit_test(waiting_ends_in_time_and_says_so),
        cmocka_unit_test(who_speaks_no_tls_is_told_apart),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
