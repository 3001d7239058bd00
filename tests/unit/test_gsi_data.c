/* tests/unit/test_gsi_data.c - authentication of data channels that are clear
 * afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gsi/tls/tls_conn.h"

#include "gsi/gsi_data.h"
#include "tests/lib/lib_testca.h"
#include "tests/lib/lib_tlspair.h"

static char dir[] = "/tmp/test_data.XXXXXX";
static struct testca *ca;
static struct trust *trust;
static struct cred *user, *proxy, *limited;

static int
setup(void **state)
{
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    const struct testcert plain = { 0 },
                          small = { .language = OID_PPL_LIMITED };
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, NULL);
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err), 0);
    user = testca_issue(ca, &alice);
    proxy = testca_proxy(user, &plain);
    limited = testca_proxy(user, &small);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    cred_unref(limited);
    cred_unref(proxy);
    cred_unref(user);
    trust_close(trust);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

struct end {
    int fd;
    struct tls_ctx *ctx;
    bool connector;
    int rc;
    struct peer peer;
    struct err err;
    char got[16];
};

/* Authenticate, then say in clear who we are and read the like. */
static void *
data_end(void *arg)
{
    struct end *e = arg;

    e->rc =
        gsi_data_auth(e->fd, e->ctx, e->connector, 20000, &e->peer, &e->err);
    if (e->rc == 0) {
        assert_int_equal(write(e->fd, e->connector ? "C" : "A", 1), 1);
        assert_int_equal(read(e->fd, e->got, sizeof(e->got)), 1);
    }
    close(e->fd);
    return NULL;
}

static void
meet(struct end e[2], struct tls_ctx *from, struct tls_ctx *to)
{
    pthread_t t;
    int fd[2];

    memset(e, 0, 2 * sizeof(*e));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    e[0].fd = fd[0], e[1].fd = fd[1];
    e[0].ctx = from, e[1].ctx = to;
    e[0].connector = true;
    pthread_create(&t, NULL, data_end, &e[1]);
    data_end(&e[0]);
    pthread_join(t, NULL);
}

static void
the_socket_is_clear_after_data_authentication(void **state)
{
    struct tls_ctx *from = pair_context(false, proxy, trust, TLS_GSI_DATA);
    struct tls_ctx *to = pair_context(true, limited, trust, TLS_GSI_DATA);
    struct end e[2];
    int tls12;

    (void)state;
    for (tls12 = 0; tls12 < 2; tls12++) {
        if (tls12)
            pair_tls12(from);
        meet(e, from, to);
        assert_string_equal(e[0].err.text, "");
        assert_string_equal(e[1].err.text, "");
        assert_string_equal(e[0].got, "A");
        assert_string_equal(e[1].got, "C");
        assert_string_equal(e[0].peer.identity, "/O=Grid/CN=Alice");
        assert_true(e[0].peer.limited);
        assert_string_equal(e[1].peer.identity, "/O=Grid/CN=Alice");
        peer_fini(&e[0].peer);
        peer_fini(&e[1].peer);
    }
    tls_ctx_unref(from);
    tls_ctx_unref(to);
}

static void
data_authentication_needs_both(void **state)
{
    struct tls_ctx *from =
        pair_context(false, NULL, trust, TLS_ANON_CLIENT | TLS_GSI_DATA);
    struct tls_ctx *to = pair_context(true, proxy, trust, TLS_GSI_DATA);
    struct end e[2];

    (void)state;
    meet(e, from, to);
    assert_int_equal(e[1].rc, -1);
    assert_non_null(strstr(e[1].err.text, "no certificate"));
    assert_null(e[1].peer.identity);
    assert_int_equal(e[0].rc, -1);
    tls_ctx_unref(from);
    tls_ctx_unref(to);
}

static void
strangers_on_a_data_channel_are_told_apart(void **state)
{
    struct tls_ctx *to = pair_context(true, proxy, trust, TLS_GSI_DATA);
    struct err err = ERR_INIT;
    struct peer peer;
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    assert_int_equal(write(fd[1], "plain data, no TLS", 18), 18);
    assert_int_equal(gsi_data_auth(fd[0], to, false, 1000, &peer, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    close(fd[0]);
    close(fd[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    err.code = ERR_OK;
    assert_int_equal(gsi_data_auth(fd[0], to, false, 30, &peer, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    close(fd[0]);
    close(fd[1]);
    tls_ctx_unref(to);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_socket_is_clear_after_data_authentication),
        cmocka_unit_test(data_authentication_needs_both),
        cmocka_unit_test(strangers_on_a_data_channel_are_told_apart),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
