/* tests/unit/test_tls.c - TLS: who is let in, who is told what, what it costs.
 */
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

static char dir[] = "/tmp/test_tls.XXXXXX";
static struct testca *ca, *other, *stale, *broken;
static struct trust *trust;
static struct cred *host, *user, *proxy;

static const struct testcert host_spec = { .name = "/O=Grid/CN=localhost",
                                           .san = "DNS:localhost,IP:127.0.0.1",
                                           .eku = "serverAuth,clientAuth" };

static int
setup(void **state)
{
    const struct testcert alice = { .name = "/O=Grid/CN=Alice" };
    const struct testcert plain = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    other = testca_create("/O=Other/CN=Other CA");
    testca_trust(ca, dir, "/O=Grid/*");
    stale = testca_create("/O=Grid/CN=Stale CA");
    testca_trust(stale, dir, NULL);
    testca_crl(stale, dir, -86400, NULL);
    broken = testca_create("/O=Grid/CN=Broken CA");
    testca_trust(broken, dir, NULL);
    testca_write_crl(ca, dir, &(struct testcrl){ .file = broken });
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err), 0);
    host = testca_issue(ca, &host_spec);
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
    testca_destroy(stale);
    testca_destroy(broken);
    testca_remove_dir(dir);
    return 0;
}

static struct tls_ctx *
context(bool server, struct cred *cred, unsigned flags)
{
    return pair_context(server, cred, trust, flags);
}

static void
both_versions_meet_with_aes_128_gcm(void **state)
{
    struct tls_ctx *s = context(true, host, TLS_REQUEST_PEER);
    struct tls_ctx *c = context(false, proxy, 0);
    struct pair p;

    (void)state;
    pair_shake(&p, s, c, "localhost");
    assert_string_equal(p.serr.text, "");
    assert_string_equal(p.cerr.text, "");
    assert_string_equal(tls_description(p.client),
                        "TLSv1.3 TLS_AES_128_GCM_SHA256");
    assert_string_equal(tls_peer(p.server)->identity, "/O=Grid/CN=Alice");
    assert_int_equal(tls_peer(p.server)->proxies, 1);
    assert_string_equal(tls_peer(p.client)->identity, "/O=Grid/CN=localhost");
    pair_end(&p);

    pair_tls12(c);
    pair_shake(&p, s, c, "127.0.0.1");
    assert_string_equal(tls_description(p.server),
                        "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256");
    assert_string_equal(tls_peer(p.server)->subject, "/O=Grid/CN=Alice/CN=123");
    pair_end(&p);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

static void
below_version_1_2_nobody_meets(void **state)
{
    struct tls_ctx *c = context(false, proxy, 0), *s13 = NULL, *s11;
    struct err err = ERR_INIT;
    struct pair p;

    (void)state;
    assert_int_equal(tls_ctx_create(true, host, trust, 0, "1.3", &s13, &err),
                     0);
    pair_tls12(c);
    pair_shake(&p, s13, c, "localhost");
    assert_non_null(strstr(p.serr.text, "TLS version"));
    assert_non_null(strstr(p.cerr.text, "protocol version"));
    pair_end(&p);
    assert_int_equal(tls_ctx_create(true, host, trust, 0, "1.1", &s11, &err),
                     -1);
    assert_int_equal(err.code, ERR_CONFIG);
    tls_ctx_unref(s13);
    tls_ctx_unref(c);
}

static void
no_certificate_is_fine_when_requested_and_refused_when_required(void **state)
{
    struct tls_ctx *ask = context(true, host, TLS_REQUEST_PEER);
    struct tls_ctx *must = context(true, host, TLS_REQUIRE_PEER);
    struct tls_ctx *c = context(false, NULL, TLS_ANON_CLIENT);
    struct err err = ERR_INIT;
    struct pair p;

    (void)state;
    pair_shake(&p, ask, c, "localhost");
    assert_string_equal(p.serr.text, "");
    assert_null(tls_peer(p.server));
    assert_int_equal(tls_recheck(p.server, &err), 0);
    pair_end(&p);
    pair_shake(&p, must, c, "localhost");
    assert_int_equal(p.serr.code, ERR_AUTHN);
    assert_non_null(strstr(p.serr.text, "no certificate"));
    assert_non_null(strstr(p.cerr.text, "the server refused our certificate: "
                                        "certificate required"));
    pair_end(&p);
    tls_ctx_unref(ask);
    tls_ctx_unref(must);
    tls_ctx_unref(c);
}

/* ---- clients that must be refused ---- */

static struct cred *
expired_certificate(void)
{
    const struct testcert c = { .name = "/O=Grid/CN=Alice",
                                .from = -7200,
                                .until = -3600 };

    return testca_issue(ca, &c);
}

static struct cred *
expired_proxy(void)
{
    const struct testcert c = { .from = -7200, .until = -3600 };

    return testca_proxy(user, &c);
}

static struct cred *
untrusted_issuer(void)
{
    const struct testcert c = { .name = "/O=Grid/CN=Alice" };

    return testca_issue(other, &c);
}

static struct cred *
outside_signing_policy(void)
{
    const struct testcert c = { .name = "/O=Elsewhere/CN=Alice" };

    return testca_issue(ca, &c);
}

/* A proxy signed by somebody else of the user's name. */
static struct cred *
forged_proxy(void)
{
    const struct testcert c = { .name = "/O=Grid/CN=Alice" }, plain = { 0 };
    struct cred *fake = testca_issue(other, &c),
                *p = testca_proxy(fake, &plain);
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct cred *forged = NULL;

    sk_X509_push(chain, cred_cert(user));
    assert_int_equal(
        cred_create(cred_cert(p), cred_key(p), chain, &forged, NULL), 0);
    sk_X509_free(chain);
    cred_unref(p);
    cred_unref(fake);
    return forged;
}

static struct cred *
full_below_limited(void)
{
    const struct testcert limited = { .language = OID_PPL_LIMITED },
                          full = { 0 };
    struct cred *a = testca_proxy(user, &limited), *b = testca_proxy(a, &full);

    cred_unref(a);
    return b;
}

static struct cred *
unknown_language(void)
{
    const struct testcert c = { .language = "1.2.3.4.5" };

    return testca_proxy(user, &c);
}

static struct cred *
uncritical_proxy_info(void)
{
    const struct testcert c = { .not_critical = true };

    return testca_proxy(user, &c);
}

static struct cred *
path_length_used_up(void)
{
    const struct testcert c = { .pathlen = 1 }, plain = { 0 };
    struct cred *a = testca_proxy(user, &c), *b = testca_proxy(a, &plain);

    cred_unref(a);
    return b;
}

static struct cred *
not_yet_valid(void)
{
    const struct testcert c = { .from = 3600, .until = 7200 };

    return testca_proxy(user, &c);
}

static struct cred *
legacy_proxy(void)
{
    const struct testcert c = { .name = "/CN=proxy", .no_info = true };

    return testca_proxy(user, &c);
}

static struct cred *
delegated_too_often(void)
{
    const struct testcert c = { 0 };
    struct cred *a = testca_proxy(user, &c), *b;
    int i;

    for (i = 0; i < CHAIN_MAX; i++) {
        b = testca_proxy(a, &c);
        cred_unref(a);
        a = b;
    }
    return a;
}

static struct cred *
of_a_ca_with_a_stale_list(void)
{
    return testca_issue(stale, &(struct testcert){ .name = "/O=Grid/CN=A" });
}

static struct cred *
of_a_ca_with_a_broken_list(void)
{
    return testca_issue(broken, &(struct testcert){ .name = "/O=Grid/CN=A" });
}

static const struct {
    const char *what;
    struct cred *(*make)(void);
    const char *server_says, *client_hears;
    const char *cause; /* in what the client hears, among other causes */
} refused[] = {
    { "expired certificate", expired_certificate, "expired",
      "certificate expired", "one of the two clocks is wrong" },
    { "expired proxy", expired_proxy, "expired", "certificate expired",
      "one of the two clocks is wrong" },
    { "untrusted issuer", untrusted_issuer, "", "unknown certificate auth",
      "not among those that the other side trusts" },
    { "forged proxy", forged_proxy, "signature", "bad certificate",
      "forged or damaged" },
    { "signing policy", outside_signing_policy, "policy", "bad certificate",
      "outside the signing policy" },
    { "full below limited", full_below_limited, "limited", "bad certificate",
      "a full proxy below a limited one" },
    { "unknown language", unknown_language, "policy language",
      "bad certificate", "against the rules for proxies" },
    { "proxyCertInfo not critical", uncritical_proxy_info, "critical",
      "bad certificate", "against the rules for proxies" },
    { "path length", path_length_used_up, "path length", "bad certificate",
      "a proxy that its issuer did not allow" },
    { "not yet valid", not_yet_valid, "not valid before",
      "certificate expired, or not valid yet",
      "one of the two clocks is wrong" },
    { "legacy", legacy_proxy, "legacy proxy", "unsupported certificate",
      "a legacy proxy" },
    { "chain too long", delegated_too_often, "delegated too often",
      "bad certificate", "delegated too often" },
    { "stale list", of_a_ca_with_a_stale_list, "out of date since",
      "certificate unknown",
      "revocation list that the other side has of its CA is out of date" },
    { "broken list", of_a_ca_with_a_broken_list,
      ".r0' of its CA cannot be read", "certificate unknown",
      "missing or broken" },
};

static void
refuse_one(size_t i, struct tls_ctx *s, bool tls12)
{
    struct cred *bad = refused[i].make();
    struct tls_ctx *c = context(false, bad, 0);
    struct pair p;

    if (tls12)
        pair_tls12(c);
    pair_shake(&p, s, c, "localhost");
    print_message("# %s: %s | %s\n", refused[i].what, p.serr.text, p.cerr.text);
    assert_null(tls_peer(p.server));
    assert_int_equal(p.serr.code, ERR_AUTHN);
    assert_non_null(strstr(p.serr.text, refused[i].server_says));
    assert_null(strstr(p.serr.text, dir)); /* the sentence may go outside */
    assert_int_equal(p.cerr.code, ERR_AUTHN);
    assert_non_null(
        strstr(p.cerr.text, "the server refused our certificate: "));
    assert_non_null(strstr(p.cerr.text, refused[i].client_hears));
    assert_non_null(strstr(p.cerr.text, refused[i].cause));
    pair_end(&p);
    tls_ctx_unref(c);
    cred_unref(bad);
}

static void
bad_credentials_are_refused_with_a_sentence_on_both_sides(void **state)
{
    struct tls_ctx *s = context(true, host, TLS_REQUEST_PEER);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        refuse_one(i, s, false);
        refuse_one(i, s, true);
    }
    tls_ctx_unref(s);
}

static void
clients_refuse_servers_that_are_not_the_one_they_want(void **state)
{
    const struct testcert old = { .name = "/O=Grid/CN=localhost",
                                  .from = -7200,
                                  .until = -3600,
                                  .san = "DNS:localhost" };
    struct cred *expired = testca_issue(ca, &old);
    struct cred *strange = testca_issue(other, &host_spec);
    struct tls_ctx *c = context(false, proxy, 0);
    struct tls_ctx *any = context(false, proxy, TLS_NO_HOST_CHECK);
    struct tls_ctx *s[] = { context(true, host, TLS_REQUEST_PEER),
                            context(true, expired, TLS_REQUEST_PEER),
                            context(true, strange, TLS_REQUEST_PEER),
                            context(true, user, TLS_REQUEST_PEER) };
    static const char *const name[] = { "example.org", "localhost", "localhost",
                                        "localhost" };
    static const char *const says[] = { "example.org", "expired", "",
                                        "localhost" };
    struct pair p;
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        pair_shake(&p, s[i], c, name[i]);
        print_message("# %s | %s\n", p.cerr.text, p.serr.text);
        assert_int_equal(p.cerr.code, ERR_AUTHN);
        assert_non_null(strstr(p.cerr.text, says[i]));
        assert_non_null(strstr(p.serr.text, "the client refused our cert"));
        pair_end(&p);
    }
    pair_shake(&p, s[3], any, NULL);
    assert_string_equal(tls_peer(p.client)->identity, "/O=Grid/CN=Alice");
    pair_end(&p);
    for (i = 0; i < 4; i++)
        tls_ctx_unref(s[i]);
    tls_ctx_unref(c);
    tls_ctx_unref(any);
    cred_unref(expired);
    cred_unref(strange);
}

static void
a_client_without_a_name_to_check_does_not_begin(void **state)
{
    struct tls_ctx *c = context(false, proxy, 0);
    struct err err = ERR_INIT;
    struct tls *t;

    (void)state;
    assert_int_equal(tls_create(c, 0, NULL, &t, &err), -1);
    assert_null(t);
    tls_ctx_unref(c);
}

static void
data_connections_need_two_certificates(void **state)
{
    struct tls_ctx *s = context(true, proxy, TLS_GSI_DATA);
    struct tls_ctx *c = context(false, proxy, TLS_GSI_DATA);
    struct tls_ctx *anon = context(false, NULL, TLS_ANON_CLIENT | TLS_GSI_DATA);
    enum tls_want want;
    struct pair p;
    char b;

    (void)state;
    pair_shake(&p, s, c, NULL);
    assert_string_equal(tls_peer(p.server)->identity,
                        tls_peer(p.client)->identity);
    shutdown(p.fd[1], SHUT_WR);
    assert_int_equal(tls_read(p.server, &b, 1, &want), 0);
    pair_end(&p);
    pair_shake(&p, s, anon, NULL);
    assert_int_equal(p.serr.code, ERR_AUTHN);
    pair_end(&p);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
    tls_ctx_unref(anon);
}

/* Whether a server with A and a client with B believe each other. */
static bool
believe(struct cred *a, struct cred *b, unsigned flags)
{
    struct tls_ctx *s = context(true, a, flags | TLS_REQUIRE_PEER);
    struct tls_ctx *c = context(false, b, flags | TLS_NO_HOST_CHECK);
    struct pair p;
    bool do_they;

    pair_shake(&p, s, c, NULL);
    do_they = p.serr.code == ERR_OK && p.cerr.code == ERR_OK;
    if (do_they)
        assert_string_equal(tls_peer(p.server)->identity, cred_identity(b));
    pair_end(&p);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
    return do_they;
}

static void
a_self_signed_certificate_is_believed_by_who_has_it_too(void **state)
{
    struct cred *self, *again, *old;

    (void)state;
    assert_int_equal(cred_self_signed("data", 3600, &self, NULL), 0);
    assert_int_equal(cred_self_signed("data", 3600, &again, NULL), 0);
    assert_int_equal(cred_self_signed("data", -10, &old, NULL), 0);
    assert_true(believe(self, self, TLS_GSI_DATA));
    assert_false(believe(self, again, TLS_GSI_DATA));
    assert_false(believe(proxy, self, TLS_GSI_DATA));
    assert_false(believe(self, self, 0));
    assert_false(believe(old, old, TLS_GSI_DATA));
    cred_unref(self);
    cred_unref(again);
    cred_unref(old);
}

static void
connections_of_one_chain_share_one_peer(void **state)
{
    struct tls_ctx *s = context(true, host, TLS_REQUEST_PEER);
    struct tls_ctx *c = context(false, proxy, 0);
    struct pair a, b;

    (void)state;
    pair_shake(&a, s, c, "localhost");
    pair_shake(&b, s, c, "localhost");
    assert_ptr_equal(tls_peer(a.server), tls_peer(b.server));
    pair_end(&a);
    assert_string_equal(tls_peer(b.server)->identity, "/O=Grid/CN=Alice");
    pair_end(&b);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
}

/* Step recheck until it refuses. */
static void
await_refusal(struct tls *t, const char *says)
{
    struct err err = ERR_INIT;
    int i;

    for (i = 0; i < 600 && tls_recheck(t, &err) == 0; i++)
        usleep(50000);
    assert_int_equal(err.code, ERR_AUTHN);
    assert_non_null(strstr(err.text, says));
}

static void
a_kept_connection_is_judged_again(void **state)
{
    const struct testcert bob = { .name = "/O=Grid/CN=Bob" };
    const struct testcert brief = { .from = -60, .until = 3 };
    struct cred *b = testca_issue(ca, &bob), *gone = testca_proxy(b, &brief);
    struct tls_ctx *s = context(true, host, TLS_REQUEST_PEER);
    struct tls_ctx *c = context(false, b, 0), *d = context(false, gone, 0);
    struct err err = ERR_INIT;
    struct pair p, q;

    (void)state;
    pair_shake(&p, s, c, "localhost");
    pair_shake(&q, s, d, "localhost");
    assert_non_null(tls_peer(q.server));
    assert_int_equal(tls_recheck(p.server, &err), 0);
    await_refusal(q.server, "expired");
    testca_crl(ca, dir, 3600, b);
    await_refusal(p.server, "revoked");
    pair_end(&p);
    pair_end(&q);
    pair_shake(&p, s, c, "localhost");
    assert_non_null(strstr(p.serr.text, "revoked"));
    assert_non_null(strstr(p.cerr.text, "certificate revoked"));
    pair_end(&p);
    testca_crl(ca, dir, 3600, NULL);
    tls_ctx_unref(s);
    tls_ctx_unref(c);
    tls_ctx_unref(d);
    cred_unref(gone);
    cred_unref(b);
}

static void
alerts_have_words(void **state)
{
    (void)state;
    assert_string_equal(
        tls_alert_words(45),
        "certificate expired, or not valid yet, or one of the two clocks is "
        "wrong");
    assert_null(tls_alert_words(0));
    assert_null(tls_alert_words(-1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_have_words),
        cmocka_unit_test(both_versions_meet_with_aes_128_gcm),
        cmocka_unit_test(below_version_1_2_nobody_meets),
        cmocka_unit_test(
            no_certificate_is_fine_when_requested_and_refused_when_required),
        cmocka_unit_test(
            bad_credentials_are_refused_with_a_sentence_on_both_sides),
        cmocka_unit_test(clients_refuse_servers_that_are_not_the_one_they_want),
        cmocka_unit_test(a_client_without_a_name_to_check_does_not_begin),
        cmocka_unit_test(data_connections_need_two_certificates),
        cmocka_unit_test(
            a_self_signed_certificate_is_believed_by_who_has_it_too),
        cmocka_unit_test(connections_of_one_chain_share_one_peer),
        cmocka_unit_test(a_kept_connection_is_judged_again),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
