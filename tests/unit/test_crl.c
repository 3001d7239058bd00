/* tests/unit/test_crl.c - gsi/chain/crl.h: entries are found as OpenSSL finds
 * them, and a signature is verified once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gsi/chain/crl.h"
#include "tests/lib/lib_testca.h"

#define DAY 86400L

static char dir[] = "/tmp/test_crl.XXXXXX";
static struct testca *root, *ca, *twin;
static struct cred *ca_cred, *twin_cred, *alice, *bob;

static int
set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    root = testca_create("/O=Grid/CN=Root");
    ca = testca_below(root, "/O=Grid/CN=Test CA", &ca_cred);
    twin = testca_below(root, "/O=Grid/CN=Test CA", &twin_cred);
    alice = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=Alice" });
    bob = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=Bob" });
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    cred_unref(alice);
    cred_unref(bob);
    cred_unref(ca_cred);
    cred_unref(twin_cred);
    testca_destroy(ca);
    testca_destroy(twin);
    testca_destroy(root);
    testca_remove_dir(dir);
    return 0;
}

static X509_CRL *
parse(const X509_CRL *crl)
{
    unsigned char *der = NULL;
    int n = i2d_X509_CRL(crl, &der);
    X509_CRL *parsed = crl_parse(der, n);

    OPENSSL_free(der);
    assert_non_null(parsed);
    return parsed;
}

/* What OF's list C looks like once it was read. */
static X509_CRL *
list(const struct testca *of, const struct testcrl *c)
{
    char *path = xasprintf("%s/%08lx.r0", dir,
                           X509_subject_name_hash(cred_cert(ca_cred)));
    X509_CRL *crl, *parsed;
    FILE *f;

    testca_write_crl(of, dir, c);
    f = fopen(path, "r");
    assert_non_null(f);
    crl = PEM_read_X509_CRL(f, NULL, NULL, NULL);
    assert_non_null(crl);
    fclose(f);
    free(path);
    parsed = parse(crl);
    X509_CRL_free(crl);
    return parsed;
}

static EVP_PKEY *
key_of(const struct cred *cred)
{
    return X509_get0_pubkey(cred_cert(cred));
}

static int
find(X509_CRL *crl, const struct cred *cred)
{
    X509_REVOKED *entry;

    return X509_CRL_get0_by_cert(crl, &entry, cred_cert(cred));
}

/* Change what CRL's signature is about. */
static void
tamper(X509_CRL *crl)
{
    ASN1_TIME *t = ASN1_TIME_adj(NULL, 0, 0, 0);

    assert_int_equal(X509_CRL_set1_lastUpdate(crl, t), 1);
    assert_true(i2d_re_X509_CRL_tbs(crl, NULL) > 0); /* encode it anew */
    ASN1_TIME_free(t);
}

static void
a_signature_is_verified_once_by_a_key(void **state)
{
    X509_CRL *seen = list(ca, &(struct testcrl){ .revoked = bob });
    X509_CRL *unseen = list(ca, &(struct testcrl){ .revoked = bob });

    (void)state;
    assert_int_equal(X509_CRL_verify(seen, key_of(ca_cred)), 1);
    tamper(seen);
    tamper(unseen);
    assert_int_not_equal(X509_CRL_verify(unseen, key_of(ca_cred)), 1);
    assert_int_equal(X509_CRL_verify(seen, key_of(ca_cred)), 1);
    X509_CRL_free(seen);
    X509_CRL_free(unseen);
}

static void
another_key_does_not_profit(void **state)
{
    X509_CRL *crl = list(ca, &(struct testcrl){ .revoked = bob });

    (void)state;
    assert_int_not_equal(X509_CRL_verify(crl, key_of(twin_cred)), 1);
    assert_int_equal(X509_CRL_verify(crl, key_of(ca_cred)), 1);
    assert_int_not_equal(X509_CRL_verify(crl, key_of(twin_cred)), 1);
    X509_CRL_free(crl);
}

static void
a_bad_signature_is_never_remembered(void **state)
{
    X509_CRL *crl = list(twin, &(struct testcrl){ .revoked = bob });

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_not_equal(X509_CRL_verify(crl, key_of(ca_cred)), 1);
    X509_CRL_free(crl);
}

static void
entries_are_found_among_many(void **state)
{
    X509_CRL *none = list(ca, &(struct testcrl){ .others = 0 });
    X509_CRL *many =
        list(ca, &(struct testcrl){ .revoked = bob, .others = 5000 });
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    X509_REVOKED *entry;

    (void)state;
    assert_int_equal(find(none, bob), 0);
    assert_int_equal(find(many, bob), 1);
    assert_int_equal(find(many, alice), 0);
    for (long n = -1; n <= 5001; n += n < 1 || n > 4998 ? 1 : 833) {
        ASN1_INTEGER_set(serial, n);
        assert_int_equal(X509_CRL_get0_by_serial(many, &entry, serial),
                         n >= 1 && n <= 5000);
    }
    ASN1_INTEGER_free(serial);
    X509_CRL_free(none);
    X509_CRL_free(many);
}

/* Those behind an entry that names an issuer are his, too. */
static void
entries_are_those_of_the_issuer_they_name(void **state)
{
    struct testca *other = testca_create("/O=Other/CN=Other CA");
    X509_CRL *crl = list(
        ca, &(struct testcrl){ .indirect = true, .revoked = bob, .others = 3 });
    struct cred *carol =
        testca_issue(other, &(struct testcert){ .name = "/O=Grid/CN=Carol" });
    X509_CRL *hers = list(
        ca,
        &(struct testcrl){ .indirect = true, .revoked = carol, .others = 3 });
    ASN1_INTEGER *two = ASN1_INTEGER_new();
    X509_REVOKED *entry;

    (void)state;
    ASN1_INTEGER_set(two, 2);
    assert_int_equal(find(crl, bob), 1);
    assert_int_equal(find(crl, carol), 0);
    assert_int_equal(find(hers, carol), 1);
    /* no issuer given means the list's own, and behind Carol's are none */
    assert_int_equal(X509_CRL_get0_by_serial(crl, &entry, two), 1);
    assert_int_equal(X509_CRL_get0_by_serial(hers, &entry, two), 0);
    ASN1_INTEGER_free(two);
    cred_unref(carol);
    X509_CRL_free(crl);
    X509_CRL_free(hers);
    testca_destroy(other);
}

static void
a_removal_is_said(void **state)
{
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    X509_CRL *crl = list(ca, &(struct testcrl){ .revoked = bob }), *again;
    X509_REVOKED *entry = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), 0);

    (void)state;
    ASN1_ENUMERATED_set(reason, CRL_REASON_REMOVE_FROM_CRL);
    assert_int_equal(
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0), 1);
    tamper(crl);
    again = parse(crl);
    assert_int_equal(find(again, bob), 2);
    ASN1_ENUMERATED_free(reason);
    X509_CRL_free(crl);
    X509_CRL_free(again);
}

static void
what_is_no_list_is_refused(void **state)
{
    static const unsigned char junk[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };
    X509_CRL *crl = list(ca, &(struct testcrl){ .revoked = bob });
    unsigned char *der = NULL;
    int n = i2d_X509_CRL(crl, &der);

    (void)state;
    assert_null(crl_parse(junk, sizeof(junk)));
    assert_null(crl_parse(der, n - 1));
    der = OPENSSL_realloc(der, (size_t)n + 1);
    der[n] = 0;
    assert_null(crl_parse(der, n + 1));
    OPENSSL_free(der);
    X509_CRL_free(crl);
}

/* Judge CRED by T, which has seen that the directory changed since BEFORE. */
static const char *
judge(struct trust *t, unsigned *before, const struct cred *cred)
{
    static struct err err;
    struct peer peer;

    err = (struct err)ERR_INIT;
    while (trust_generation(t) == *before)
        usleep(10000);
    *before = 0;
    if (chain_verify_cred(t, cred, NULL, &peer, &err) == 0)
        peer_fini(&peer);
    return err.text;
}

static void
a_list_that_was_replaced_is_judged_anew(void **state)
{
    struct testca *own = testca_create("/O=Grid/CN=Own CA");
    struct testca *forger = testca_create("/O=Grid/CN=Own CA");
    struct cred *carol =
        testca_issue(own, &(struct testcert){ .name = "/O=Grid/CN=Carol" });
    struct trust *t;
    unsigned seen = 0;

    (void)state;
    testca_trust(own, dir, NULL);
    testca_crl(own, dir, DAY, NULL);
    assert_int_equal(trust_open(dir, TRUST_CRL_REQUIRE, &t, NULL), 0);
    trust_verify_lists(t);
    assert_string_equal(judge(t, &seen, carol), "");
    seen = trust_generation(t);
    testca_crl(forger, dir, DAY, NULL);
    assert_string_not_equal(judge(t, &seen, carol), "");
    seen = trust_generation(t);
    testca_crl(own, dir, DAY, NULL);
    assert_string_equal(judge(t, &seen, carol), "");
    seen = trust_generation(t);
    testca_crl(own, dir, DAY, carol);
    assert_non_null(strstr(judge(t, &seen, carol), "was revoked"));
    trust_close(t);
    cred_unref(carol);
    testca_destroy(own);
    testca_destroy(forger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_verified_once_by_a_key),
        cmocka_unit_test(another_key_does_not_profit),
        cmocka_unit_test(a_bad_signature_is_never_remembered),
        cmocka_unit_test(entries_are_found_among_many),
        cmocka_unit_test(entries_are_those_of_the_issuer_they_name),
        cmocka_unit_test(a_removal_is_said),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(a_list_that_was_replaced_is_judged_anew),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
