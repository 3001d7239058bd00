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

#include "tests/lib/lib_chaincase.h"

static void
a_proxy_speaks_for_its_end_entity(void **state)
{
    struct peer peer;
    struct cred *one =
        chaincase_proxy(chaincase.alice, (struct testcert){ .until = 3600 });
    struct cred *two = chaincase_proxy(
        one, (struct testcert){ .name = "/CN=456", .until = DAY });
    (void)state;
    assert_string_equal(chaincase_judge(one, NULL, TRUST_CRL_IF_PRESENT, &peer),
                        "");
    assert_string_equal(peer.identity, ALICE);
    assert_string_equal(peer.subject, ALICE "/CN=123");
    assert_int_equal(peer.proxies, 1);
    assert_false(peer.limited || peer.independent);
    assert_int_equal(peer.expires, cred_expires(one));
    peer_fini(&peer);
    chaincase_accepted(cred_ref(chaincase.alice), ALICE);
    /* TWO has a day, its issuer an hour */
    chaincase_refused(two, "outlives its issuer");
    cred_unref(one);
}

static void
limited_is_limited_for_ever(void **state)
{
    struct peer peer;
    struct cred *limited = chaincase_proxy(
        chaincase.alice, (struct testcert){ .language = OID_PPL_LIMITED });
    struct cred *below = chaincase_proxy(
        limited, (struct testcert){ .language = OID_PPL_LIMITED });
    (void)state;
    assert_string_equal(
        chaincase_judge(below, NULL, TRUST_CRL_IF_PRESENT, &peer), "");
    assert_true(peer.limited);
    assert_int_equal(peer.proxies, 2);
    assert_string_equal(peer.identity, ALICE);
    peer_fini(&peer);
    chaincase_refused(
        chaincase_proxy(limited, (struct testcert){ .name = "/CN=9" }),
        "is a full proxy below a limited one");
    chaincase_refused(
        chaincase_proxy(below, (struct testcert){ .name = "/CN=9" }),
        "is a full proxy below a limited one");
    cred_unref(limited);
    cred_unref(below);
}

static void
an_independent_proxy_has_a_name_of_its_own(void **state)
{
    struct peer peer;
    struct cred *own = chaincase_proxy(
        chaincase.alice, (struct testcert){ .language = OID_PPL_INDEPENDENT });
    struct cred *below =
        chaincase_proxy(own, (struct testcert){ .name = "/CN=9" });
    (void)state;
    assert_string_equal(
        chaincase_judge(below, NULL, TRUST_CRL_IF_PRESENT, &peer), "");
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
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .language = "1.2.3.4.5" }),
        "policy language that is not understood");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .not_critical = true }),
        "proxyCertInfo is not critical");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .usage = "critical,digitalSignature,"
                                                    "keyCertSign" }),
        "keyCertSign");
    chaincase_refused(chaincase_proxy(chaincase.alice,
                                      (struct testcert){ .until = 3000 * DAY }),
                      "outlives its issuer");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .policy = "anything" }),
        "is a proxy with a policy");
}

static void
malformed_proxies_are_refused(void **state)
{
    struct cred *none =
        chaincase_proxy(chaincase.alice, (struct testcert){ .pathlen = 1 });
    struct cred *one =
        chaincase_proxy(chaincase.alice, (struct testcert){ .pathlen = 2 });
    struct cred *two =
        chaincase_proxy(one, (struct testcert){ .name = "/CN=4" });
    (void)state;
    chaincase_refused(
        chaincase_proxy(none, (struct testcert){ .name = "/CN=4" }),
        "allows no further proxy");
    chaincase_accepted(cred_ref(two), ALICE);
    chaincase_refused(
        chaincase_proxy(two, (struct testcert){ .name = "/CN=5" }),
        "allows no further proxy");
    cred_unref(none);
    cred_unref(one);
    cred_unref(two);
    chaincase_refused(
        chaincase_proxy(
            chaincase.alice,
            (struct testcert){ .name = "/O=Grid/CN=Bob", .whole_name = true }),
        "whose name is not its issuer's and one CN");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .name = "/CN=1/CN=2" }),
        "whose name is not its issuer's and one CN");
    chaincase_refused(
        chaincase_proxy(chaincase.alice, (struct testcert){ .name = "/OU=1" }),
        "whose name is not its issuer's and one CN");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .basic = "critical,CA:TRUE" }),
        "certificate '" ALICE);
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .san = "DNS:localhost" }),
        "certificate '" ALICE);
}

static void
nothing_in_proxy_cert_info_is_overlooked(void **state)
{
    (void)state;
    chaincase_refused(
        chaincase_proxy(chaincase.alice, (struct testcert){ .trailing = true }),
        "has a malformed proxyCertInfo");
    chaincase_refused(
        chaincase_proxy(chaincase.alice, (struct testcert){ .pathlen = -1 }),
        "negative path length");
}

static void
a_proxy_whose_fault_is_its_own_is_told_so(void **state)
{
    struct cred *namesake = chaincase_issue((struct testcert){ .name = ALICE });
    struct cred *p =
        chaincase_proxy(namesake, (struct testcert){ .name = NULL });
    STACK_OF(X509) *others = X509_chain_up_ref(cred_chain(p));
    struct cred *bare = NULL, *forged = NULL;
    (void)state;
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .basic = "critical,CA:TRUE" }),
        "that no proxy may have");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .san = "DNS:localhost" }),
        "that no proxy may have");
    /* the certificate that signed it did not come along, or another did */
    assert_int_equal(cred_create(cred_cert(p), NULL, NULL, &bare, NULL), 0);
    chaincase_refused(
        bare,
        "is a proxy that came without its issuer, the certificate '" ALICE "'");
    X509_free(sk_X509_shift(others));
    X509_up_ref(cred_cert(chaincase.alice));
    sk_X509_unshift(others, cred_cert(chaincase.alice));
    assert_int_equal(cred_create(cred_cert(p), NULL, others, &forged, NULL), 0);
    chaincase_refused(forged, "bears a signature that its issuer did not make");
    sk_X509_pop_free(others, X509_free);
    cred_unref(p);
    cred_unref(namesake);
}

static void
fifteen_delegations_are_believed(void **state)
{
    struct cred *p = cred_ref(chaincase.alice), *next;
    (void)state;
    for (int i = 0; i < 16; i++) { /* one's own, and fifteen */
        next = chaincase_proxy(p, (struct testcert){ .name = NULL });
        cred_unref(p);
        p = next;
    }
    chaincase_accepted(p, ALICE);
}

static void
a_sentence_that_goes_outside_names_no_directory(void **state)
{
    struct testca *other = testca_create("/O=Grid/CN=Other CA");
    struct testca *silent = testca_create("/O=Grid/CN=Silent CA");
    struct testcert c = { .name = ALICE };
    struct chain_check check = { .outside = true };
    (void)state;
    chaincase_refused_check(testca_issue(other, &c), &check,
                            "who is not in the trust directory");
    testca_append(silent, chaincase.dir);
    chaincase_refused_check(testca_issue(silent, &c), &check,
                            "without a signing policy: see '");
    struct cred *lost = testca_issue(silent, &c);
    assert_null(strstr(chaincase_judge(lost, &check, TRUST_CRL_REQUIRE, NULL),
                       chaincase.dir));
    assert_null(
        strstr(chaincase_judge(lost, &check, TRUST_CRL_IF_PRESENT, NULL),
               chaincase.dir));
    chaincase_refused(lost, chaincase.dir);
    testca_destroy(other);
    testca_destroy(silent);
}

static void
an_end_entity_must_be_able_to_sign(void **state)
{
    struct cred *mute = chaincase_issue(
        (struct testcert){ .name = ALICE, .usage = "critical,keyAgreement" });
    (void)state;
    chaincase_refused(chaincase_proxy(mute, (struct testcert){ .name = NULL }),
                      "lacks digitalSignature");
    cred_unref(mute);
}

static void
a_proxy_issues_no_end_entity(void **state)
{
    struct cred *p =
        chaincase_proxy(chaincase.alice, (struct testcert){ .name = NULL });
    (void)state;
    chaincase_refused(
        chaincase_proxy(p, (struct testcert){ .name = "/CN=x",
                                              .no_info = true,
                                              .basic = "critical,CA:FALSE" }),
        "although it is not a CA's");
    cred_unref(p);
}

static void
an_end_entity_issues_none(void **state)
{
    /* OpenSSL takes keyCertSign alone for a CA */
    struct cred *fake = chaincase_issue(
        (struct testcert){ .name = "/O=Grid/CN=Fake",
                           .basic = "",
                           .usage = "digitalSignature,keyCertSign" });
    (void)state;
    chaincase_refused(
        chaincase_proxy(fake,
                        (struct testcert){ .name = "/CN=x",
                                           .no_info = true,
                                           .basic = "critical,CA:FALSE" }),
        "although it is not a CA's");
    cred_unref(fake);
}

static void
legacy_proxies_are_refused_with_advice(void **state)
{
    struct cred *plain = chaincase_issue(
        (struct testcert){ .name = ALICE, .basic = "", .usage = "" });
    (void)state;
    chaincase_refused(
        chaincase_proxy(plain, (struct testcert){ .name = "/CN=proxy",
                                                  .no_info = true,
                                                  .usage = "" }),
        "make an RFC 3820 proxy with 'gridproxy init'");
    chaincase_refused(
        chaincase_proxy(
            chaincase.alice,
            (struct testcert){ .name = "/CN=limited proxy", .no_info = true }),
        "make an RFC 3820 proxy with 'gridproxy init'");
    cred_unref(plain);
    /* a person may be called so */
    chaincase_accepted(
        chaincase_issue((struct testcert){ .name = "/O=Grid/CN=proxy" }),
        "/O=Grid/CN=proxy");
}

static void
times_are_told(void **state)
{
    struct chain_check past = { .now = time(NULL) - 2 * DAY };
    struct chain_check future = { .now = time(NULL) + 2 * DAY };
    (void)state;
    chaincase_refused(chaincase_issue((struct testcert){
                          .name = ALICE, .from = -2 * DAY, .until = -DAY }),
                      "certificate '" ALICE "' expired on 20");
    chaincase_refused_check(cred_ref(chaincase.alice), &past,
                            "' is not valid before 20");
    chaincase_refused_check(cred_ref(chaincase.alice), &future,
                            "' expired on 20");
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .from = -7200, .until = -3600 }),
        "certificate '" ALICE "/CN=123' expired on 20");
}

static void
unknown_and_forged_issuers_differ(void **state)
{
    struct testca *other = testca_create("/O=Grid/CN=Other CA");
    struct testca *evil = testca_create("/O=Grid/CN=Test CA");
    struct testcert c = { .name = ALICE };
    (void)state;
    chaincase_refused(testca_issue(other, &c),
                      "is issued by '/O=Grid/CN=Other CA', who "
                      "is not in the trust directory");
    chaincase_refused(testca_issue(evil, &c), "is not signed by the CA");
    testca_destroy(other);
    testca_destroy(evil);
}

static void
signing_policy_limits_the_names(void **state)
{
    (void)state;
    chaincase_refused(
        chaincase_issue((struct testcert){ .name = "/O=Elsewhere/CN=Alice" }),
        "signing policy");
    /* a slash in a value makes no component */
    chaincase_refused(chaincase_issue((struct testcert){ .name = "/OU=x",
                                                         .raw = "/O=Grid/CN=x",
                                                         .raw_len = 12 }),
                      "signing policy");
}

static void
intermediates_need_their_policy(void **state)
{
    struct cred *link, *bob, *leaf;
    struct testca *sub = testca_below(chaincase.ca, "/O=Grid/CN=Sub CA", &link);
    (void)state;
    leaf = testca_issue(sub, &(struct testcert){ .name = "/O=Grid/CN=Bob" });
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, cred_cert(link));
    assert_int_equal(cred_create(cred_cert(leaf), NULL, chain, &bob, NULL), 0);
    sk_X509_free(chain);
    chaincase_refused(cred_ref(bob),
                      "CN=Sub CA' is a CA's without a signing policy");
    testca_trust(sub, chaincase.dir, "/O=Grid/CN=B*");
    chaincase_accepted(bob, "/O=Grid/CN=Bob");
    chaincase_accepted(leaf,
                       "/O=Grid/CN=Bob"); /* the link lies in the directory */
    chaincase_refused(
        testca_issue(sub, &(struct testcert){ .name = "/O=Grid/CN=C" }),
        "signing policy");
    cred_unref(link);
    testca_destroy(sub);
}

static void
revocation_lists_count(void **state)
{
    struct cred *bad = chaincase_issue((struct testcert){ .name = ALICE });
    struct cred *p = chaincase_proxy(bad, (struct testcert){ .name = NULL });
    (void)state;
    testca_crl(chaincase.ca, chaincase.dir, DAY, bad);
    chaincase_refused(p, "was revoked by '/O=Grid/CN=Test CA' on 20");
    chaincase_refused(bad, "was revoked");
    chaincase_accepted(cred_ref(chaincase.alice), ALICE);
    assert_string_equal(
        chaincase_judge(chaincase.alice, NULL, TRUST_CRL_REQUIRE, NULL), "");
    testca_crl(chaincase.ca, chaincase.dir, -DAY, NULL);
    chaincase_refused(cred_ref(chaincase.alice), "is out of date since 20");
    char *path = xasprintf(
        "%s/%08lx.r0", chaincase.dir,
        X509_NAME_hash_ex(X509_get_issuer_name(cred_cert(chaincase.alice)),
                          NULL, NULL, NULL));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("-----BEGIN X509 CRL-----\nMIIB\n", f);
    fclose(f);
    chaincase_refused(cred_ref(chaincase.alice), "cannot be read");
    unlink(path);
    free(path);
    chaincase_accepted(cred_ref(chaincase.alice), ALICE);
    assert_non_null(
        strstr(chaincase_judge(chaincase.alice, NULL, TRUST_CRL_REQUIRE, NULL),
               "there is no revocation list"));
}

static void
a_site_may_shorten_proxies(void **state)
{
    struct cred *p = chaincase_proxy(
        chaincase.alice, (struct testcert){ .from = -300, .until = 3600 });

    (void)state;
    chaincase.proxy_max = 3600;
    assert_string_equal(chaincase_judge(p, NULL, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    cred_unref(p);
    chaincase_refused(
        chaincase_proxy(chaincase.alice,
                        (struct testcert){ .from = -300, .until = 7200 }),
        "more than the 3600 seconds");
    chaincase.proxy_max = 0;
}

static void
weak_keys_are_refused(void **state)
{
    (void)state;
    chaincase_refused(
        chaincase_issue((struct testcert){ .name = ALICE, .rsa_bits = 1024 }),
        "too small");
}

static void
pem_may_hold_a_key_but_not_nonsense(void **state)
{
    struct trust *t;
    struct peer peer;
    struct err err = ERR_INIT;
    struct buf pem = BUF_INIT;
    struct cred *p =
        chaincase_proxy(chaincase.alice, (struct testcert){ .name = NULL });
    (void)state;
    assert_int_equal(trust_open(chaincase.dir, TRUST_CRL_IF_PRESENT, &t, NULL),
                     0);
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
        x509_pem_write(cred_cert(chaincase.alice), &pem);
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
    struct cred *plain = chaincase_issue(
        (struct testcert){ .name = ALICE, .basic = "", .usage = "" });
    struct cred *legacy = chaincase_proxy(
        plain, (struct testcert){ .name = "/CN=proxy", .no_info = true });
    struct cred *old = chaincase_issue(
        (struct testcert){ .name = ALICE, .from = -2 * DAY, .until = -DAY });
    struct cred *full = chaincase_proxy(
        chaincase.alice, (struct testcert){ .language = "1.2.3" });
    struct trust *t;
    struct peer peer;
    int code = -1;
    (void)state;
    assert_int_equal(trust_open(chaincase.dir, TRUST_CRL_IF_PRESENT, &t, NULL),
                     0);
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
    assert_int_equal(chain_verify_code(t, cred_cert(chaincase.alice), NULL,
                                       NULL, &peer, &code, NULL),
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
        cmocka_unit_test(revocation_lists_count),
        cmocka_unit_test(a_site_may_shorten_proxies),
        cmocka_unit_test(weak_keys_are_refused),
        cmocka_unit_test(pem_may_hold_a_key_but_not_nonsense),
        cmocka_unit_test(the_alert_fits_the_reason),
    };
    return cmocka_run_group_tests(tests, chaincase_set_up, chaincase_tear_down);
}
