/* tests/unit/test_trust.c - the trust directory: what counts in it, and that it
 * follows the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "gsi/chain/policy.h"
#include "tests/lib/lib_testca.h"

static char dir[] = "/tmp/test_trust.XXXXXX";

static int
set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    testca_remove_dir(dir);
    return 0;
}

static void
put(const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    free(path);
}

static void
a_directory_without_cas_is_no_trust(void **state)
{
    struct trust *t;
    struct err err = ERR_INIT;
    (void)state;
    put("0123abcd.0", "nonsense");
    put("ca.pem", "nonsense");
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    err = (struct err)ERR_INIT;
    assert_int_equal(trust_open("/nonexistent", TRUST_CRL_REQUIRE, &t, &err),
                     -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_null(t);
}

static void
the_file_name_must_be_the_hash(void **state)
{
    struct testca *ca = testca_create("/O=Grid/CN=Misnamed");
    struct buf pem = BUF_INIT;
    struct trust *t;
    struct cred *link;
    (void)state;
    testca_destroy(testca_below(ca, "/O=Grid/CN=Sub", &link));
    x509_pem_write(cred_cert(link), &pem);
    put("01234567.0", buf_str(&pem));
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, NULL), -1);
    buf_fini(&pem);
    cred_unref(link);
    testca_destroy(ca);
}

static void
crl_modes_have_names(void **state)
{
    enum trust_crl crl;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(trust_crl_parse("require", &crl, &err), 0);
    assert_int_equal(crl, TRUST_CRL_REQUIRE);
    assert_int_equal(trust_crl_parse("if-present", &crl, &err), 0);
    assert_int_equal(crl, TRUST_CRL_IF_PRESENT);
    assert_int_equal(trust_crl_parse("maybe", &crl, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
}

struct worker {
    struct trust *trust;
    struct cred *cred;
    atomic_bool stop;
    atomic_int judged;
};

static void *
judge_on(void *arg)
{
    struct worker *w = arg;
    while (!atomic_load(&w->stop)) {
        struct peer peer;
        if (!chain_verify_cred(w->trust, w->cred, NULL, &peer, NULL))
            peer_fini(&peer);
        atomic_fetch_add(&w->judged, 1);
    }
    return NULL;
}

static void
a_revocation_is_noticed_while_others_verify(void **state)
{
    struct testca *ca = testca_create("/O=Grid/CN=Test CA");
    struct worker w = { .trust = NULL };
    pthread_t thread[4];
    struct peer peer;
    (void)state;
    testca_trust(ca, dir, NULL);
    w.cred = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=A" });
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &w.trust, NULL), 0);
    unsigned before = trust_generation(w.trust);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, judge_on, &w);
    assert_int_equal(chain_verify_cred(w.trust, w.cred, NULL, &peer, NULL), 0);
    peer_fini(&peer);
    testca_crl(ca, dir, 86400, w.cred);
    /* within a second or so; the deadline is for a machine that hangs */
    long long end = time_mono_ms() + 60000;
    struct err err = ERR_INIT;
    while (!chain_verify_cred(w.trust, w.cred, NULL, &peer, &err) &&
           time_mono_ms() < end)
        peer_fini(&peer);
    assert_non_null(strstr(err.text, "was revoked"));
    assert_true(trust_generation(w.trust) > before);
    atomic_store(&w.stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    assert_true(atomic_load(&w.judged) > 0);
    struct trust *second = trust_ref(w.trust);
    trust_close(w.trust);
    assert_int_equal(chain_verify_cred(second, w.cred, NULL, &peer, NULL), -1);
    trust_close(second);
    cred_unref(w.cred);
    testca_destroy(ca);
}

static bool
allows(const char *text, const char *ca, const char *subject)
{
    struct policy *p;
    struct dn a, b;
    struct err err = ERR_INIT;
    if (policy_parse(text, &p, &err))
        fail_msg("%s", err.text);
    assert_int_equal(dn_parse(ca, &a, NULL), 0);
    assert_int_equal(dn_parse(subject, &b, NULL), 0);
    bool yes = policy_allows(p, &a, &b);
    dn_fini(&a);
    dn_fini(&b);
    policy_destroy(p);
    return yes;
}

#define CA_A "/C=US/O=Globus/CN=CA A"
#define POLICY                                                           \
    "# comment\n"                                                        \
    " access_id_CA   X509    '" CA_A "'\n"                               \
    " pos_rights     globus  CA:sign\n"                                  \
    " cond_subjects  globus  '\"/C=us/O=Globus/*\" \"/O=G?id/E=*\"'\r\n" \
    "\n"                                                                 \
    " access_id_CA   X509    '/O=B/CN=CA B'\n"                           \
    " pos_rights     globus  CA:sign\n"                                  \
    " cond_subjects  globus  \"/O=B One/*\"\n"                           \
    " access_id_CA   X509    /O=C\n"                                     \
    " cond_subjects  globus  '\"*\"'\n"

static void
signing_policies_match_components(void **state)
{
    (void)state;
    assert_true(allows(POLICY, CA_A, "/C=US/O=Globus/CN=x"));
    assert_true(allows(POLICY, CA_A, "/C=US/O=globus/OU=y/CN=x"));
    assert_true(allows(POLICY, CA_A, "/O=Grid/Email=a@b"));
    assert_true(allows(POLICY, "/c=us/o=globus/cn=ca a", "/O=Grid/E=a"));
    assert_false(allows(POLICY, CA_A, "/C=US/O=Globus"));
    assert_false(allows(POLICY, CA_A, "/C=US/O=Globus2/CN=x"));
    assert_false(allows(POLICY, CA_A, "/C=US\\/O=Globus/CN=x"));
    assert_false(allows(POLICY, CA_A, "/OU=a/C=US/O=Globus/CN=x"));
    assert_true(allows(POLICY, "/O=B/CN=CA B", "/O=B One/CN=x"));
    assert_false(allows(POLICY, "/O=B/CN=CA B", "/C=US/O=Globus/CN=x"));
    assert_false(allows(POLICY, CA_A, "/O=B One/CN=x"));
    /* no pos_rights, no right */
    assert_false(allows(POLICY, "/O=C", "/CN=x"));
    assert_false(allows("", CA_A, "/CN=x"));
    assert_true(allows("access_id_CA X509 '/O=Let's try/CN=CA'\n"
                       "pos_rights globus CA:sign\n"
                       "cond_subjects globus '\"/O=Let's try/*\" \"/O=b/*\"'",
                       "/O=Let's try/CN=CA", "/O=Let's try/CN=x"));
}

static void
malformed_policies_say_where(void **state)
{
    static const char *const bad[] = {
        "\ncond_subjects globus '\"/O=x\"'\n",
        "\naccess_id_CA X509 nonsense\n",
        "\naccess_id_CA X509\n",
        "access_id_CA X509 /CN=x\nneg_rights globus CA:sign\n",
        "access_id_CA X509 /CN=x\ncond_subjects globus '\"O=x\"'\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct policy *p;
        struct err err = ERR_INIT;
        assert_int_equal(policy_parse(bad[i], &p, &err), -1);
        assert_non_null(strstr(err.text, "line 2"));
        assert_null(p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_without_cas_is_no_trust),
        cmocka_unit_test(the_file_name_must_be_the_hash),
        cmocka_unit_test(crl_modes_have_names),
        cmocka_unit_test(a_revocation_is_noticed_while_others_verify),
        cmocka_unit_test(signing_policies_match_components),
        cmocka_unit_test(malformed_policies_say_where),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
