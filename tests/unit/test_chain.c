/* tests/unit/test_chain.c - which chains are believed and why the others are
 * not: RFC 5280, RFC 3820, and what OpenSSL would let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/lib_testca.h"

#define DAY   86400L
#define ALICE "/O=Grid/CN=Alice"

static char dir[] = "/tmp/test_chain.XXXXXX";
static struct testca *ca;
static struct cred *alice;

static int
set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, "/O=Grid/*");
    alice = testca_issue(ca, &(struct testcert){ .name = ALICE });
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    cred_unref(alice);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

static struct cred *
proxy(struct cred *issuer, struct testcert c)
{
    return testca_proxy(issuer, &c);
}

static struct cred *
issue(struct testcert c)
{
    return testca_issue(ca, &c);
}

static long proxy_max; /* what judge() sets in its trust */

/* "" when CRED is accepted (PEER then the caller's), else why not. */
static const char *
judge(const struct cred *cred, const struct chain_check *check,
      enum trust_crl crl, struct peer *peer)
{
    static struct err err;
    struct trust *t;
    struct peer mine;
    err = (struct err)ERR_INIT;
    assert_int_equal(trust_open(dir, crl, &t, &err), 0);
    trust_set_proxy_max(t, proxy_max);
    if (chain_verify_cred(t, cred, check, peer ? peer : &mine, &err)) {
        assert_int_equal(err.code, ERR_AUTHN);
        assert_null((peer ? peer : &mine)->identity);
    } else if (!peer) {
        peer_fini(&mine);
    }
    /* nothing may be left that a TLS call would take for its own failure */
    assert_int_equal(ERR_peek_error(), 0);
    trust_close(t);
    return err.text;
}

/* Give CRED up; it must be accepted as IDENTITY. */
static void
accepted(struct cred *cred, const char *identity)
{
    struct peer peer = { .identity = NULL };
    const char *why = judge(cred, NULL, TRUST_CRL_IF_PRESENT, &peer);
    if (*why)
        fail_msg("refused: %s", why);
    assert_string_equal(peer.identity, identity);
    peer_fini(&peer);
    cred_unref(cred);
}

/* Give CRED up; it must be refused in one sentence that has WORDS. */
static void
refused_check(struct cred *cred, const struct chain_check *check,
              const char *words)
{
    const char *why = judge(cred, check, TRUST_CRL_IF_PRESENT, NULL);
    if (!*why)
        fail_msg("accepted, though: %s", words);
    if (!strstr(why, words))
        fail_msg("'%s' does not say '%s'", why, words);
    assert_null(strchr(why, '\n'));
    cred_unref(cred);
}

static void
refused(struct cred *cred, const char *words)
{
    refused_check(cred, NULL, words);
}

static void
a_proxy_speaks_for_its_end_entity(void **state)
{
    struct peer peer;
    struct cred *one = proxy(alice, (struct testcert){ .until = 3600 });
    struct cred *two =
        proxy(one, (struct testcert){ .name = "/CN=456", .until = DAY });
    (void)state;
    assert_string_equal(judge(one, NULL, TRUST_CRL_IF_PRESENT, &peer), "");
    assert_string_equal(peer.identity, ALICE);
    assert_string_equal(peer.subject, ALICE "/CN=123");
    assert_int_equal(peer.proxies, 1);
    assert_false(peer.limited || peer.independent);
    assert_int_equal(peer.expires, cred_expires(one));
    peer_fini(&peer);
    accepted(cred_ref(alice), ALICE);
    /* TWO has a day, its issuer an hour */
    refused(two, "outlives its issuer");
    cred_unref(one);
}

static void
limited_is_limited_for_ever(void **state)
{
    struct peer peer;
    struct cred *limited =
        proxy(alice, (struct testcert){ .language = OID_PPL_LIMITED });
    struct cred *below =
        proxy(limited, (struct testcert){ .language = OID_PPL_LIMITED });
    (void)state;
    assert_string_equal(judge(below, NULL, TRUST_CRL_IF_PRESENT, &peer), "");
    assert_true(peer.limited);
    assert_int_equal(peer.proxies, 2);
    assert_string_equal(peer.identity, ALICE);
    peer_fini(&peer);
    refused(proxy(limited, (struct testcert){ .name = "/CN=9" }),
            "is a full proxy below a limited one");
    refused(proxy(below, (struct testcert){ .name = "/CN=9" }),
            "is a full proxy below a limited one");
    cred_unref(limited);
    cred_unref(below);
}

static void
an_independent_proxy_has_a_name_of_its_own(void **state)
{
    struct peer peer;
    struct cred *own =
        proxy(alice, (struct testcert){ .language = OID_PPL_INDEPENDENT });
    struct cred *below = proxy(own, (struct testcert){ .name = "/CN=9" });
    (void)state;
    assert_string_equal(judge(below, NULL, TRUST_CRL_IF_PRESENT, &peer), "");
    assert_true(peer.independent);
    assert_string_equal(peer.identity, ALICE "/CN=123");
    peer_fini(&peer);
    cred_unref(own);
    cred_unref(below);
}

static void
what_openssl_lets_through_is_refused(void **state)
{
    (void)state;
    refused(proxy(alice, (struct testcert){ .language = "1.2.3.4.5" }),
            "policy language that is not understood");
    refused(proxy(alice, (struct testcert){ .not_critical = true }),
            "proxyCertInfo is not critical");
    refused(
        proxy(alice, (struct testcert){ .usage = "critical,digitalSignature,"
                                                 "keyCertSign" }),
        "keyCertSign");
    refused(proxy(alice, (struct testcert){ .until = 3000 * DAY }),
            "outlives its issuer");
    refused(proxy(alice, (struct testcert){ .policy = "anything" }),
            "is a proxy with a policy");
}

static void
malformed_proxies_are_refused(void **state)
{
    struct cred *none = proxy(alice, (struct testcert){ .pathlen = 1 });
    struct cred *one = proxy(alice, (struct testcert){ .pathlen = 2 });
    struct cred *two = proxy(one, (struct testcert){ .name = "/CN=4" });
    (void)state;
    refused(proxy(none, (struct testcert){ .name = "/CN=4" }),
            "allows no further proxy");
    accepted(cred_ref(two), ALICE);
    refused(proxy(two, (struct testcert){ .name = "/CN=5" }),
            "allows no further proxy");
    cred_unref(none);
    cred_unref(one);
    cred_unref(two);
    refused(proxy(alice, (struct testcert){ .name = "/O=Grid/CN=Bob",
                                            .whole_name = true }),
            "whose name is not its issuer's and one CN");
    refused(proxy(alice, (struct testcert){ .name = "/CN=1/CN=2" }),
            "whose name is not its issuer's and one CN");
    refused(proxy(alice, (struct testcert){ .name = "/OU=1" }),
            "whose name is not its issuer's and one CN");
    refused(proxy(alice, (struct testcert){ .basic = "critical,CA:TRUE" }),
            "certificate '" ALICE);
    refused(proxy(alice, (struct testcert){ .san = "DNS:localhost" }),
            "certificate '" ALICE);
}

static void
nothing_in_proxy_cert_info_is_overlooked(void **state)
{
    (void)state;
    refused(proxy(alice, (struct testcert){ .trailing = true }),
            "has a malformed proxyCertInfo");
    refused(proxy(alice, (struct testcert){ .pathlen = -1 }),
            "negative path length");
}

static void
a_proxy_whose_fault_is_its_own_is_told_so(void **state)
{
    struct cred *namesake = issue((struct testcert){ .name = ALICE });
    struct cred *p = proxy(namesake, (struct testcert){ .name = NULL });
    STACK_OF(X509) *others = X509_chain_up_ref(cred_chain(p));
    struct cred *bare = NULL, *forged = NULL;
    (void)state;
    refused(proxy(alice, (struct testcert){ .basic = "critical,CA:TRUE" }),
            "that no proxy may have");
    refused(proxy(alice, (struct testcert){ .san = "DNS:localhost" }),
            "that no proxy may have");
    /* the certificate that signed it did not come along, or another did */
    assert_int_equal(cred_create(cred_cert(p), NULL, NULL, &bare, NULL), 0);
    refused(bare,
            "is a proxy that came without its issuer, the certificate '" ALICE
            "'");
    X509_free(sk_X509_shift(others));
    X509_up_ref(cred_cert(alice));
    sk_X509_unshift(others, cred_cert(alice));
    assert_int_equal(cred_create(cred_cert(p), NULL, others, &forged, NULL), 0);
    refused(forged, "bears a signature that its issuer did not make");
    sk_X509_pop_free(others, X509_free);
    cred_unref(p);
    cred_unref(namesake);
}

static void
fifteen_delegations_are_believed(void **state)
{
    struct cred *p = cred_ref(alice), *next;
    (void)state;
    for (int i = 0; i < 16; i++) { /* one's own, and fifteen */
        next = proxy(p, (struct testcert){ .name = NULL });
        cred_unref(p);
        p = next;
    }
    accepted(p, ALICE);
}

static void
a_sentence_that_goes_outside_names_no_directory(void **state)
{
    struct testca *other = testca_create("/O=Grid/CN=Other CA");
    struct testca *silent = testca_create("/O=Grid/CN=Silent CA");
    struct testcert c = { .name = ALICE };
    struct chain_check check = { .outside = true };
    (void)state;
    refused_check(testca_issue(other, &c), &check,
                  "who is not in the trust directory");
    testca_append(silent, dir);
    refused_check(testca_issue(silent, &c), &check,
                  "without a signing policy: see '");
    struct cred *lost = testca_issue(silent, &c);
    assert_null(strstr(judge(lost, &check, TRUST_CRL_REQUIRE, NULL), dir));
    assert_null(strstr(judge(lost, &check, TRUST_CRL_IF_PRESENT, NULL), dir));
    refused(lost, dir);
    testca_destroy(other);
    testca_destroy(silent);
}

static void
an_end_entity_must_be_able_to_sign(void **state)
{
    struct cred *mute = issue(
        (struct testcert){ .name = ALICE, .usage = "critical,keyAgreement" });
    (void)state;
    refused(proxy(mute, (struct testcert){ .name = NULL }),
            "lacks digitalSignature");
    cred_unref(mute);
}

static void
a_proxy_issues_no_end_entity(void **state)
{
    struct cred *p = proxy(alice, (struct testcert){ .name = NULL });
    (void)state;
    refused(proxy(p, (struct testcert){ .name = "/CN=x",
                                        .no_info = true,
                                        .basic = "critical,CA:FALSE" }),
            "although it is not a CA's");
    cred_unref(p);
}

static void
an_end_entity_issues_none(void **state)
{
    /* OpenSSL takes keyCertSign alone for a CA */
    struct cred *fake =
        issue((struct testcert){ .name = "/O=Grid/CN=Fake",
                                 .basic = "",
                                 .usage = "digitalSignature,keyCertSign" });
    (void)state;
    refused(proxy(fake, (struct testcert){ .name = "/CN=x",
                                           .no_info = true,
                                           .basic = "critical,CA:FALSE" }),
            "although it is not a CA's");
    cred_unref(fake);
}

static void
legacy_proxies_are_refused_with_advice(void **state)
{
    struct cred *plain =
        issue((struct testcert){ .name = ALICE, .basic = "", .usage = "" });
    (void)state;
    refused(proxy(plain, (struct testcert){ .name = "/CN=proxy",
                                            .no_info = true,
                                            .usage = "" }),
            "make an RFC 3820 proxy with 'gridproxy init'");
    refused(proxy(alice, (struct testcert){ .name = "/CN=limited proxy",
                                            .no_info = true }),
            "make an RFC 3820 proxy with 'gridproxy init'");
    cred_unref(plain);
    /* a person may be called so */
    accepted(issue((struct testcert){ .name = "/O=Grid/CN=proxy" }),
             "/O=Grid/CN=proxy");
}

static void
times_are_told(void **state)
{
    struct chain_check past = { .now = time(NULL) - 2 * DAY };
    struct chain_check future = { .now = time(NULL) + 2 * DAY };
    (void)state;
    refused(issue((struct testcert){
                .name = ALICE, .from = -2 * DAY, .until = -DAY }),
            "certificate '" ALICE "' expired on 20");
    refused_check(cred_ref(alice), &past, "' is not valid before 20");
    refused_check(cred_ref(alice), &future, "' expired on 20");
    refused(proxy(alice, (struct testcert){ .from = -7200, .until = -3600 }),
            "certificate '" ALICE "/CN=123' expired on 20");
}

static void
unknown_and_forged_issuers_differ(void **state)
{
    struct testca *other = testca_create("/O=Grid/CN=Other CA");
    struct testca *evil = testca_create("/O=Grid/CN=Test CA");
    struct testcert c = { .name = ALICE };
    (void)state;
    refused(testca_issue(other, &c), "is issued by '/O=Grid/CN=Other CA', who "
                                     "is not in the trust directory");
    refused(testca_issue(evil, &c), "is not signed by the CA");
    testca_destroy(other);
    testca_destroy(evil);
}

static void
signing_policy_limits_the_names(void **state)
{
    (void)state;
    refused(issue((struct testcert){ .name = "/O=Elsewhere/CN=Alice" }),
            "signing policy");
    /* a slash in a value makes no component */
    refused(issue((struct testcert){
                .name = "/OU=x", .raw = "/O=Grid/CN=x", .raw_len = 12 }),
            "signing policy");
}

static void
intermediates_need_their_policy(void **state)
{
    struct cred *link, *bob, *leaf;
    struct testca *sub = testca_below(ca, "/O=Grid/CN=Sub CA", &link);
    (void)state;
    leaf = testca_issue(sub, &(struct testcert){ .name = "/O=Grid/CN=Bob" });
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, cred_cert(link));
    assert_int_equal(cred_create(cred_cert(leaf), NULL, chain, &bob, NULL), 0);
    sk_X509_free(chain);
    refused(cred_ref(bob), "CN=Sub CA' is a CA's without a signing policy");
    testca_trust(sub, dir, "/O=Grid/CN=B*");
    accepted(bob, "/O=Grid/CN=Bob");
    accepted(leaf, "/O=Grid/CN=Bob"); /* the link lies in the directory */
    refused(testca_issue(sub, &(struct testcert){ .name = "/O=Grid/CN=C" }),
            "signing policy");
    cred_unref(link);
    testca_destroy(sub);
}

static void
names_with_nul_or_controls_are_refused(void **state)
{
    (void)state;
    struct cred *cred = NULL;
    struct peer peer;
    static const struct {
        const char *raw;
        size_t n;
    } bad[] = { { "alice\0.evil", 11 }, { "a\nb", 3 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        /* such a credential cannot even be made: judge the bare certificate */
        struct testcert c = { .name = "/O=Grid",
                              .raw = bad[i].raw,
                              .raw_len = bad[i].n };
        struct err err = ERR_INIT;
        struct trust *t;
        X509 *x = testca_certificate(ca, &c);
        if (!cred_create(x, NULL, NULL, &cred, NULL))
            fail_msg("name %zu was taken", i);
        assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, NULL), 0);
        assert_int_equal(chain_verify_stack(t, x, NULL, NULL, &peer, &err), -1);
        assert_non_null(strstr(err.text, "is refused for its name"));
        trust_close(t);
        X509_free(x);
    }
}

static void
identity_is_never_cut_by_text(void **state)
{
    struct cred *odd = issue((struct testcert){
        .name = "/O=Grid", .raw = "Alice/CN=123", .raw_len = 12 });
    (void)state;
    accepted(proxy(odd, (struct testcert){ .name = "/CN=77" }),
             "/O=Grid/CN=Alice\\/CN=123");
    accepted(odd, "/O=Grid/CN=Alice\\/CN=123");
}

static void
revocation_lists_count(void **state)
{
    struct cred *bad = issue((struct testcert){ .name = ALICE });
    struct cred *p = proxy(bad, (struct testcert){ .name = NULL });
    (void)state;
    testca_crl(ca, dir, DAY, bad);
    refused(p, "was revoked by '/O=Grid/CN=Test CA' on 20");
    refused(bad, "was revoked");
    accepted(cred_ref(alice), ALICE);
    assert_string_equal(judge(alice, NULL, TRUST_CRL_REQUIRE, NULL), "");
    testca_crl(ca, dir, -DAY, NULL);
    refused(cred_ref(alice), "is out of date since 20");
    char *path =
        xasprintf("%s/%08lx.r0", dir,
                  X509_NAME_hash_ex(X509_get_issuer_name(cred_cert(alice)),
                                    NULL, NULL, NULL));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("-----BEGIN X509 CRL-----\nMIIB\n", f);
    fclose(f);
    refused(cred_ref(alice), "cannot be read");
    unlink(path);
    free(path);
    accepted(cred_ref(alice), ALICE);
    assert_non_null(strstr(judge(alice, NULL, TRUST_CRL_REQUIRE, NULL),
                           "there is no revocation list"));
}

static void
hosts_are_named_by_rfc_2818(void **state)
{
    static const struct {
        const char *name, *san, *host;
        bool ok;
    } row[] = {
        { "/O=Grid/CN=x", "DNS:gk.example.org", "gk.example.org", true },
        { "/O=Grid/CN=x", "DNS:gk.example.org", "GK.Example.org.", true },
        { "/O=Grid/CN=x", "DNS:*.example.org", "gk.example.org", true },
        { "/O=Grid/CN=x", "DNS:g*.example.org", "gk.example.org", false },
        { "/O=Grid/CN=x", "DNS:*.example.org", "a.b.example.org", false },
        { "/O=Grid/CN=x", "IP:127.0.0.1", "127.0.0.1", true },
        { "/O=Grid/CN=x", "IP:0:0:0:0:0:0:0:1", "::1", true },
        { "/O=Grid/CN=x", "DNS:127.0.0.1", "127.0.0.1", false },
        { "/O=Grid/CN=gk.example.org", NULL, "gk.example.org", true },
        { "/O=Grid/CN=gk.example.org", "DNS:x.org", "gk.example.org", false },
        { "/O=Grid/CN=gk.example.org", "IP:1.2.3.4", "gk.example.org", false },
        { "/O=Grid/CN=127.0.0.1", NULL, "127.0.0.1", false },
        { "/O=Grid/CN=x", "DNS:gk.example.org", "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct chain_check check = { .host = row[i].host };
        struct cred *c =
            issue((struct testcert){ .name = row[i].name, .san = row[i].san });
        const char *why = judge(c, &check, TRUST_CRL_IF_PRESENT, NULL);
        if ((*why == '\0') != row[i].ok)
            fail_msg("%s, %s for '%s': %s", row[i].name, row[i].san,
                     row[i].host, why);
        cred_unref(c);
    }
}

static void
old_service_names_work_without_alternative_names(void **state)
{
    struct chain_check check = { .host = "gk.example.org" };
    struct cred *c = issue((struct testcert){
        .name = "/O=Grid", .raw = "host/gk.example.org", .raw_len = 19 });
    (void)state;
    assert_string_equal(judge(c, &check, TRUST_CRL_IF_PRESENT, NULL), "");
    check.host = "elsewhere.example.org";
    refused_check(c, &check, "does not name the host");
}

static void
the_host_of_a_proxy_is_that_of_its_end_entity(void **state)
{
    struct chain_check check = { .host = "gk.example.org" };
    struct cred *c =
        issue((struct testcert){ .name = ALICE, .san = "DNS:gk.example.org" });
    struct cred *p = proxy(c, (struct testcert){ .name = NULL });
    (void)state;
    assert_string_equal(judge(p, &check, TRUST_CRL_IF_PRESENT, NULL), "");
    cred_unref(c);
    cred_unref(p);
}

static void
purposes_are_kept_apart(void **state)
{
    struct chain_check server = { .purpose = CHAIN_SERVER };
    struct chain_check client = { .purpose = CHAIN_CLIENT };
    struct cred *c =
        issue((struct testcert){ .name = ALICE, .eku = "clientAuth" });
    struct cred *p = proxy(c, (struct testcert){ .name = NULL });
    (void)state;
    assert_string_equal(judge(p, &client, TRUST_CRL_IF_PRESENT, NULL), "");
    refused_check(p, &server, "may not be used for this");
    cred_unref(c);
}

static void
explicit_policies_are_the_end_entitys(void **state)
{
    struct chain_check any = { .explicit_policy = true };
    struct chain_check right = { .explicit_policy = true,
                                 .policy_oid = "1.2.3.4" };
    struct chain_check wrong = { .explicit_policy = true,
                                 .policy_oid = "1.2.3.5" };
    struct chain_check two = { .explicit_policy = true,
                               .policy_oid = "1.2.3.5,1.2.3.4" };
    struct chain_check bad = { .policy_oid = "1.2.3,nonsense" };
    struct cred *c =
        issue((struct testcert){ .name = ALICE, .policies = "1.2.3.4" });
    struct cred *p = proxy(c, (struct testcert){ .name = NULL });
    struct trust *t;
    struct peer peer;
    struct err err = ERR_INIT;
    (void)state;
    assert_string_equal(judge(c, &any, TRUST_CRL_IF_PRESENT, NULL), "");
    assert_string_equal(judge(p, &any, TRUST_CRL_IF_PRESENT, NULL), "");
    assert_string_equal(judge(p, &right, TRUST_CRL_IF_PRESENT, NULL), "");
    assert_string_equal(judge(p, &two, TRUST_CRL_IF_PRESENT, NULL), "");
    refused_check(p, &wrong, "certificate policy");
    refused_check(cred_ref(alice), &any, "certificate policy");
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, NULL), 0);
    assert_int_equal(chain_verify_cred(t, c, &bad, &peer, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    trust_close(t);
    cred_unref(c);
}

static void
a_site_may_shorten_proxies(void **state)
{
    struct cred *p =
        proxy(alice, (struct testcert){ .from = -300, .until = 3600 });

    (void)state;
    proxy_max = 3600;
    assert_string_equal(judge(p, NULL, TRUST_CRL_IF_PRESENT, NULL), "");
    cred_unref(p);
    refused(proxy(alice, (struct testcert){ .from = -300, .until = 7200 }),
            "more than the 3600 seconds");
    proxy_max = 0;
}

static void
weak_keys_are_refused(void **state)
{
    (void)state;
    refused(issue((struct testcert){ .name = ALICE, .rsa_bits = 1024 }),
            "too small");
}

static void
pem_may_hold_a_key_but_not_nonsense(void **state)
{
    struct trust *t;
    struct peer peer;
    struct err err = ERR_INIT;
    struct buf pem = BUF_INIT;
    struct cred *p = proxy(alice, (struct testcert){ .name = NULL });
    (void)state;
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, NULL), 0);
    assert_int_equal(cred_to_pem(p, true, &pem, NULL), 0);
    assert_int_equal(chain_verify(t, pem.data, pem.len, NULL, &peer, &err), 0);
    assert_string_equal(peer.identity, ALICE);
    assert_null(strstr(peer.chain_pem, "PRIVATE"));
    struct peer again;
    assert_int_equal(chain_verify(t, peer.chain_pem, strlen(peer.chain_pem),
                                  NULL, &again, &err),
                     0);
    peer_fini(&again);
    peer_fini(&peer);
    assert_int_equal(chain_verify(t, "", 0, NULL, &peer, &err), -1);
    assert_int_equal(err.code, ERR_AUTHN);
    buf_clear(&pem);
    for (int i = 0; i <= CHAIN_MAX; i++)
        x509_pem_write(cred_cert(alice), &pem);
    err = (struct err)ERR_INIT;
    assert_int_equal(chain_verify(t, pem.data, pem.len, NULL, &peer, &err), -1);
    assert_non_null(strstr(err.text, "more than"));
    buf_fini(&pem);
    trust_close(t);
    cred_unref(p);
}

static void
the_alert_fits_the_reason(void **state)
{
    struct cred *plain =
        issue((struct testcert){ .name = ALICE, .basic = "", .usage = "" });
    struct cred *legacy =
        proxy(plain, (struct testcert){ .name = "/CN=proxy", .no_info = true });
    struct cred *old = issue(
        (struct testcert){ .name = ALICE, .from = -2 * DAY, .until = -DAY });
    struct cred *full = proxy(alice, (struct testcert){ .language = "1.2.3" });
    struct trust *t;
    struct peer peer;
    int code = -1;
    (void)state;
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, NULL), 0);
    chain_verify_code(t, cred_cert(old), NULL, NULL, &peer, &code, NULL);
    assert_int_equal(code, X509_V_ERR_CERT_HAS_EXPIRED);
    chain_verify_code(t, cred_cert(full), cred_chain(full), NULL, &peer, &code,
                      NULL);
    assert_int_equal(code, X509_V_ERR_CERT_REJECTED);
    chain_verify_code(t, cred_cert(legacy), cred_chain(legacy), NULL, &peer,
                      &code, NULL);
    assert_int_equal(code, X509_V_ERR_INVALID_PURPOSE);
    cred_unref(plain);
    cred_unref(legacy);
    assert_int_equal(
        chain_verify_code(t, cred_cert(alice), NULL, NULL, &peer, &code, NULL),
        0);
    assert_int_equal(code, X509_V_OK);
    peer_fini(&peer);
    trust_close(t);
    cred_unref(old);
    cred_unref(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_speaks_for_its_end_entity),
        cmocka_unit_test(limited_is_limited_for_ever),
        cmocka_unit_test(an_independent_proxy_has_a_name_of_its_own),
        cmocka_unit_test(what_openssl_lets_through_is_refused),
        cmocka_unit_test(malformed_proxies_are_refused),
        cmocka_unit_test(nothing_in_proxy_cert_info_is_overlooked),
        cmocka_unit_test(a_proxy_whose_fault_is_its_own_is_told_so),
        cmocka_unit_test(fifteen_delegations_are_believed),
        cmocka_unit_test(a_sentence_that_goes_outside_names_no_directory),
        cmocka_unit_test(an_end_entity_must_be_able_to_sign),
        cmocka_unit_test(a_proxy_issues_no_end_entity),
        cmocka_unit_test(an_end_entity_issues_none),
        cmocka_unit_test(legacy_proxies_are_refused_with_advice),
        cmocka_unit_test(times_are_told),
        cmocka_unit_test(unknown_and_forged_issuers_differ),
        cmocka_unit_test(signing_policy_limits_the_names),
        cmocka_unit_test(intermediates_need_their_policy),
        cmocka_unit_test(names_with_nul_or_controls_are_refused),
        cmocka_unit_test(identity_is_never_cut_by_text),
        cmocka_unit_test(revocation_lists_count),
        cmocka_unit_test(hosts_are_named_by_rfc_2818),
        cmocka_unit_test(old_service_names_work_without_alternative_names),
        cmocka_unit_test(the_host_of_a_proxy_is_that_of_its_end_entity),
        cmocka_unit_test(purposes_are_kept_apart),
        cmocka_unit_test(explicit_policies_are_the_end_entitys),
        cmocka_unit_test(a_site_may_shorten_proxies),
        cmocka_unit_test(weak_keys_are_refused),
        cmocka_unit_test(pem_may_hold_a_key_but_not_nonsense),
        cmocka_unit_test(the_alert_fits_the_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
