/* tests/unit/test_gss.c - GSI's tokens: handshake, delegation, wrapping, and
 * the data channel that is clear afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/tls/tls_conn.h"

#include "gsi/gss.h"
#include "tests/lib/lib_testca.h"
#include "tests/lib/lib_testcred.h"

static char dir[] = "/tmp/test_gss.XXXXXX";
static struct testca *ca, *other;
static struct trust *trust;
static struct cred *host, *user, *proxy, *limited;
static struct tls_ctx *server, *client, *anonymous;

static struct tls_ctx *
context(bool is_server, struct cred *cred, unsigned flags)
{
    struct tls_ctx *ctx = NULL;
    struct err err = ERR_INIT;

    if (tls_ctx_create(is_server, cred, trust, flags, "1.2", &ctx, &err) == -1)
        fail_msg("%s", err.text);
    return ctx;
}

static int
setup(void **state)
{
    const struct testcert gate = { .name = "/O=Grid/CN=localhost",
                                   .san = "DNS:localhost" };
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    const struct testcert rsa = { .rsa_bits = 2048 };
    const struct testcert small = { .language = OID_PPL_LIMITED };
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    other = testca_create("/O=Other/CN=Other CA");
    testca_trust(ca, dir, NULL);
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err), 0);
    host = testca_issue(ca, &gate);
    user = testca_issue(ca, &alice);
    proxy = testca_proxy(user, &rsa);
    limited = testca_proxy(user, &small);
    server = context(true, host, TLS_REQUEST_PEER);
    client = context(false, proxy, 0);
    anonymous = context(false, NULL, TLS_ANON_CLIENT);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tls_ctx_unref(server);
    tls_ctx_unref(client);
    tls_ctx_unref(anonymous);
    cred_unref(limited);
    cred_unref(proxy);
    cred_unref(user);
    cred_unref(host);
    trust_close(trust);
    testca_destroy(other);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

static void
set_tls12(struct tls_ctx *ctx, bool only)
{
    assert_int_equal(
        SSL_CTX_set_max_proto_version(ctx->ssl, only ? TLS1_2_VERSION : 0), 1);
}

struct talk {
    struct gss *init, *accept;
    int irc, arc; /* what the last steps returned */
    struct err ierr, aerr;
    int tokens; /* that the client sent */
};

static void
begin(struct talk *t, struct tls_ctx *from, enum gss_delegate delegate,
      struct cred *cred, int bits)
{
    memset(t, 0, sizeof(*t));
    assert_int_equal(
        gss_init_create(from, "localhost", delegate, cred, &t->init, &t->ierr),
        0);
    assert_int_equal(gss_accept_create(server, bits, &t->accept, &t->aerr), 0);
}

/* ADAT and its replies, until both are done or one gives up. */
static void
converse(struct talk *t)
{
    struct buf c = BUF_INIT, s = BUF_INIT;

    t->irc = gss_step(t->init, NULL, 0, &c, &t->ierr);
    while (t->irc != -1 && t->arc == 0 && c.len > 0) {
        t->tokens++;
        t->arc = gss_step(t->accept, c.data, c.len, &s, &t->aerr);
        buf_clear(&c);
        if (t->irc == 1 || (t->arc == -1 && s.len == 0))
            break;
        t->irc = gss_step(t->init, s.data, s.len, &c, &t->ierr);
        buf_clear(&s);
    }
    if (t->irc == -1 && t->arc == 0 && c.len > 0)
        t->arc = gss_step(t->accept, c.data, c.len, &s, &t->aerr);
    buf_fini(&c);
    buf_fini(&s);
}

static void
end(struct talk *t)
{
    gss_destroy(t->init);
    gss_destroy(t->accept);
}

static void
both_established(const struct talk *t)
{
    assert_string_equal(t->ierr.text, "");
    assert_string_equal(t->aerr.text, "");
    assert_int_equal(t->irc, 1);
    assert_int_equal(t->arc, 1);
}

static void
without_delegation_three_tokens_do(void **state)
{
    struct talk t;
    int tls12;

    (void)state;
    for (tls12 = 0; tls12 < 2; tls12++) {
        set_tls12(client, tls12);
        begin(&t, client, GSS_DELEG_NONE, NULL, 0);
        converse(&t);
        both_established(&t);
        assert_int_equal(t.tokens, 3);
        assert_string_equal(gss_peer(t.accept)->identity, "/O=Grid/CN=Alice");
        assert_string_equal(gss_peer(t.init)->identity, "/O=Grid/CN=localhost");
        assert_null(gss_delegated(t.accept));
        assert_memory_equal(gss_description(t.init),
                            tls12 ? "TLSv1.2" : "TLSv1.3", 7);
        assert_int_equal(gss_recheck(t.accept, &t.aerr), 0);
        end(&t);
    }
    set_tls12(client, false);
}

static void
delegate_one(enum gss_delegate how, struct cred *from, int bits,
             enum cred_type type, const char *key)
{
    struct tls_ctx *c = context(false, from, 0);
    struct peer peer;
    struct cred *got;
    struct talk t;

    begin(&t, c, how, from, bits);
    converse(&t);
    both_established(&t);
    assert_non_null(gss_delegated(t.accept));
    assert_int_equal(cred_from_pem(gss_delegated(t.accept)->data,
                                   gss_delegated(t.accept)->len, &got, &t.aerr),
                     0);
    assert_string_equal(cred_identity(got), "/O=Grid/CN=Alice");
    assert_int_equal(cred_type(got), type);
    assert_string_equal(testcred_key_type(got), key);
    assert_int_equal(testcred_chain_len(got), testcred_chain_len(from) + 1);
    assert_true(cred_expires(got) <= cred_expires(from));
    assert_int_equal(chain_verify_cred(trust, got, NULL, &peer, &t.aerr), 0);
    assert_int_equal(peer.limited, type == CRED_LIMITED);
    peer_fini(&peer);
    cred_unref(got);
    end(&t);
    tls_ctx_unref(c);
}

static void
delegation_gives_what_was_asked(void **state)
{
    (void)state;
    delegate_one(GSS_DELEG_FULL, proxy, -1, CRED_FULL, "EC");
    delegate_one(GSS_DELEG_LIMITED, proxy, -1, CRED_LIMITED, "EC");
    delegate_one(GSS_DELEG_FULL, limited, -1, CRED_LIMITED, "EC");
    delegate_one(GSS_DELEG_FULL, user, -1, CRED_FULL, "EC");
    /* as the peer's own key */
    delegate_one(GSS_DELEG_FULL, limited, 0, CRED_LIMITED, "EC");
    delegate_one(GSS_DELEG_LIMITED, proxy, 0, CRED_LIMITED, "RSA");
    set_tls12(server, true);
    delegate_one(GSS_DELEG_FULL, proxy, -1, CRED_FULL, "EC");
    set_tls12(server, false);
}

static void
session_tickets_before_the_filler_are_taken(void **state)
{
    SSL_CTX *raw = server->ssl;
    struct talk t;

    (void)state;
    SSL_CTX_clear_options(raw, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(raw, 2);
    begin(&t, anonymous, GSS_DELEG_NONE, NULL, -1);
    converse(&t);
    both_established(&t);
    end(&t);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
}

static void
nobody_is_a_peer_too(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, anonymous, GSS_DELEG_NONE, NULL, 0);
    converse(&t);
    both_established(&t);
    assert_null(gss_peer(t.accept));
    end(&t);
}

static void
bad_credentials_are_refused_on_both_sides(void **state)
{
    const struct testcert old = { .name = "/O=Grid/CN=Alice",
                                  .from = -7200,
                                  .until = -3600 };
    const struct testcert strange = { .name = "/O=Grid/CN=Alice" };
    const struct testcert full = { 0 }, odd = { .language = "1.2.3.4.5" };
    struct cred *bad[] = { testca_issue(ca, &old),
                           testca_issue(other, &strange),
                           testca_proxy(limited, &full),
                           testca_proxy(user, &odd) };
    static const char *const says[] = { "expired", "", "limited", "language" };
    static const char *const hears[] = { "expired", "unknown certificate auth",
                                         "bad certificate", "bad certificate" };
    struct tls_ctx *c;
    struct talk t;
    size_t i;

    (void)state;
    for (i = 0; i < 8; i++) {
        c = context(false, bad[i / 2], 0);
        set_tls12(c, i % 2 == 1);
        begin(&t, c, GSS_DELEG_LIMITED, bad[i / 2], -1);
        converse(&t);
        print_message("# %s | %s\n", t.aerr.text, t.ierr.text);
        assert_int_equal(t.arc, -1);
        assert_int_equal(t.irc, -1);
        assert_int_equal(t.aerr.code, ERR_AUTHN);
        assert_int_equal(t.ierr.code, ERR_AUTHN);
        assert_non_null(strstr(t.aerr.text, says[i / 2]));
        assert_non_null(strstr(t.ierr.text, "the server refused our certi"));
        assert_non_null(strstr(t.ierr.text, hears[i / 2]));
        assert_non_null(strstr(gss_alert(t.accept), hears[i / 2]));
        assert_null(gss_peer(t.accept));
        assert_null(gss_delegated(t.accept));
        end(&t);
        tls_ctx_unref(c);
    }
    for (i = 0; i < 4; i++)
        cred_unref(bad[i]);
}

static void
the_wrong_host_is_refused(void **state)
{
    struct talk t;

    (void)state;
    memset(&t, 0, sizeof(t));
    gss_init_create(client, "example.org", GSS_DELEG_NONE, NULL, &t.init,
                    &t.ierr);
    gss_accept_create(server, 0, &t.accept, &t.aerr);
    converse(&t);
    assert_int_equal(t.irc, -1);
    assert_non_null(strstr(t.ierr.text, "example.org"));
    assert_non_null(strstr(t.aerr.text, "the client refused our certificate"));
    assert_non_null(strstr(t.aerr.text, "of the host or peer"));
    assert_null(strstr(t.aerr.text, "make a new proxy")); /* no client */
    end(&t);
}

static void
wrapped_bytes_come_out_as_they_went_in(void **state)
{
    struct buf w = BUF_INIT, plain = BUF_INIT;
    size_t n = 50000, i;
    char *p = xcalloc(1, n);
    struct talk t;

    (void)state;
    for (i = 0; i < n; i++)
        p[i] = (char)(i * 31);
    begin(&t, client, GSS_DELEG_NONE, NULL, 0);
    converse(&t);
    /* two messages, several records, one token */
    assert_int_equal(gss_wrap(t.init, "NOOP\r\n", 6, &w, &t.ierr), 0);
    assert_int_equal(gss_wrap(t.init, p, n, &w, &t.ierr), 0);
    assert_int_equal(gss_unwrap(t.accept, w.data, w.len, &plain, &t.aerr), 0);
    assert_int_equal(plain.len, 6 + n);
    assert_memory_equal(plain.data, "NOOP\r\n", 6);
    assert_memory_equal(plain.data + 6, p, n);
    buf_clear(&w);
    buf_clear(&plain);
    assert_int_equal(gss_wrap(t.accept, "200 ok\r\n", 8, &w, &t.aerr), 0);
    assert_int_equal(gss_unwrap(t.init, w.data, w.len, &plain, &t.ierr), 0);
    assert_string_equal(plain.data, "200 ok\r\n");
    end(&t);
    buf_fini(&w);
    buf_fini(&plain);
    free(p);
}

static void
damaged_and_cut_tokens_are_refused(void **state)
{
    struct buf w = BUF_INIT, plain = BUF_INIT;
    char *big = xcalloc(1, GSS_TOKEN_MAX + 1);
    struct talk t;

    (void)state;
    begin(&t, client, GSS_DELEG_NONE, NULL, 0);
    assert_int_equal(gss_wrap(t.init, "x", 1, &w, &t.ierr), -1);
    t.ierr.code = ERR_OK;
    assert_int_equal(gss_step(t.accept, big, GSS_TOKEN_MAX + 1, &w, &t.aerr),
                     -1);
    assert_int_equal(t.aerr.code, ERR_LIMIT);
    end(&t);

    begin(&t, client, GSS_DELEG_NONE, NULL, 0);
    converse(&t);
    assert_int_equal(gss_wrap(t.init, "NOOP\r\n", 6, &w, &t.ierr), 0);
    assert_int_equal(gss_unwrap(t.accept, w.data, w.len - 1, &plain, &t.aerr),
                     -1);
    assert_int_equal(t.aerr.code, ERR_PROTOCOL);
    assert_int_equal(gss_unwrap(t.accept, w.data, 0, &plain, NULL), -1);
    assert_int_equal(gss_unwrap(t.accept, big, GSS_TOKEN_MAX + 1, &plain, NULL),
                     -1);
    w.data[w.len - 1] ^= 1;
    assert_int_equal(gss_unwrap(t.accept, w.data, w.len, &plain, NULL), -1);
    w.data[w.len - 1] ^= 1;
    /* and nothing works after a forgery */
    assert_int_equal(gss_unwrap(t.accept, w.data, w.len, &plain, NULL), -1);
    assert_int_equal(plain.len, 0);
    end(&t);
    buf_fini(&w);
    buf_fini(&plain);
    free(big);
}

/* ---- clients that break the rules after the handshake ---- */

struct raw {
    SSL *ssl;
    struct tls_judge judge;
    struct gss *accept;
    int rc;
    struct err err;
};

/* Hand what the client has written to the server, and back. */
static void
exchange(struct raw *r)
{
    BIO *in = SSL_get_rbio(r->ssl), *out = SSL_get_wbio(r->ssl);
    struct buf s = BUF_INIT;
    char *p;
    long n = BIO_get_mem_data(out, &p);

    r->rc = gss_step(r->accept, p, (size_t)n, &s, &r->err);
    (void)BIO_reset(out);
    if (s.len > 0)
        assert_int_equal(BIO_write(in, s.data, (int)s.len), s.len);
    buf_fini(&s);
}

/* Shake hands, leaving the client's last flight to be sent. */
static void
raw_begin(struct raw *r, struct tls_ctx *from)
{
    memset(r, 0, sizeof(*r));
    r->ssl = tls_ctx_ssl(from, "localhost", &r->judge, &r->err);
    SSL_set_bio(r->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    gss_accept_create(server, -1, &r->accept, &r->err);
    assert_int_equal(SSL_do_handshake(r->ssl), -1);
    exchange(r);
    assert_int_equal(SSL_do_handshake(r->ssl), 1);
}

static void
raw_end(struct raw *r)
{
    SSL_free(r->ssl);
    tls_judge_fini(&r->judge);
    gss_destroy(r->accept);
}

static void
a_client_need_not_wait_for_the_filler(void **state)
{
    struct raw r;

    (void)state;
    raw_begin(&r, client);
    assert_int_equal(SSL_write(r.ssl, "0", 1), 1);
    exchange(&r);
    assert_int_equal(r.rc, 1);
    assert_string_equal(gss_peer(r.accept)->identity, "/O=Grid/CN=Alice");
    raw_end(&r);
}

static void
a_server_need_not_send_the_filler(void **state)
{
    struct tls_judge j;
    struct err err = ERR_INIT;
    struct gss *init = NULL;
    struct buf out = BUF_INIT;
    char *p, flag[2];
    long n;
    SSL *ssl;
    int i;

    (void)state;
    ssl = tls_ctx_ssl(server, NULL, &j, &err);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    gss_init_create(client, "localhost", GSS_DELEG_NONE, NULL, &init, &err);
    for (i = 0; i < 3; i++) {
        n = BIO_get_mem_data(SSL_get_wbio(ssl), &p);
        assert_int_equal(gss_step(init, p, (size_t)n, &out, &err), i == 2);
        (void)BIO_reset(SSL_get_wbio(ssl));
        BIO_write(SSL_get_rbio(ssl), out.data, (int)out.len);
        buf_clear(&out);
        if (i < 2)
            assert_int_equal(SSL_do_handshake(ssl), i == 0 ? -1 : 1);
    }
    assert_int_equal(SSL_read(ssl, flag, sizeof(flag)), 1);
    assert_int_equal(flag[0], '0');
    SSL_free(ssl);
    tls_judge_fini(&j);
    gss_destroy(init);
    buf_fini(&out);
}

static void
nonsense_in_place_of_the_flag_is_refused(void **state)
{
    static const char *const flags[] = { "X", "D0", "" };
    struct raw r;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        raw_begin(&r, client);
        exchange(&r);
        assert_int_equal(r.rc, 0);
        if (*flags[i] != '\0')
            SSL_write(r.ssl, flags[i], (int)strlen(flags[i]));
        exchange(&r);
        assert_int_equal(r.rc, -1);
        assert_int_equal(r.err.code, ERR_PROTOCOL);
        exchange(&r);
        assert_int_equal(r.rc, -1);
        raw_end(&r);
    }
}

static void
nobody_cannot_delegate(void **state)
{
    struct raw r;

    (void)state;
    raw_begin(&r, anonymous);
    SSL_write(r.ssl, "D", 1);
    exchange(&r);
    assert_int_equal(r.rc, -1);
    assert_non_null(strstr(r.err.text, "without certificate"));
    raw_end(&r);
}

static void
a_certificate_for_another_key_is_no_delegation(void **state)
{
    unsigned char *der = NULL;
    struct raw r;
    int n, i;

    (void)state;
    for (i = 0; i < 2; i++) {
        raw_begin(&r, client);
        SSL_write(r.ssl, "D", 1);
        exchange(&r);
        assert_int_equal(r.rc, 0);
        if (i == 0) {
            n = i2d_X509(cred_cert(proxy), &der);
            SSL_write(r.ssl, der, n);
            OPENSSL_free(der);
        } else {
            SSL_write(r.ssl, "not DER at all", 14);
        }
        exchange(&r);
        assert_int_equal(r.rc, -1);
        assert_null(gss_delegated(r.accept));
        assert_non_null(strstr(r.err.text, "delegation: "));
        raw_end(&r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_delegation_three_tokens_do),
        cmocka_unit_test(delegation_gives_what_was_asked),
        cmocka_unit_test(session_tickets_before_the_filler_are_taken),
        cmocka_unit_test(a_server_need_not_send_the_filler),
        cmocka_unit_test(nobody_is_a_peer_too),
        cmocka_unit_test(bad_credentials_are_refused_on_both_sides),
        cmocka_unit_test(the_wrong_host_is_refused),
        cmocka_unit_test(wrapped_bytes_come_out_as_they_went_in),
        cmocka_unit_test(damaged_and_cut_tokens_are_refused),
        cmocka_unit_test(a_client_need_not_wait_for_the_filler),
        cmocka_unit_test(nonsense_in_place_of_the_flag_is_refused),
        cmocka_unit_test(nobody_cannot_delegate),
        cmocka_unit_test(a_certificate_for_another_key_is_no_delegation),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
