/* tests/unit/test_chain_peer.c - who a believed chain speaks for: its names,
 * its host, its purposes and policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/lib_chaincase.h"

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
        X509 *x = testca_certificate(chaincase.ca, &c);
        if (!cred_create(x, NULL, NULL, &cred, NULL))
            fail_msg("name %zu was taken", i);
        assert_int_equal(
            trust_open(chaincase.dir, TRUST_CRL_IF_PRESENT, &t, NULL), 0);
        assert_int_equal(chain_verify_stack(t, x, NULL, NULL, &peer, &err), -1);
        assert_non_null(strstr(err.text, "is refused for its name"));
        trust_close(t);
        X509_free(x);
    }
}

static void
identity_is_never_cut_by_text(void **state)
{
    struct cred *odd = chaincase_issue((struct testcert){
        .name = "/O=Grid", .raw = "Alice/CN=123", .raw_len = 12 });
    (void)state;
    chaincase_accepted(
        chaincase_proxy(odd, (struct testcert){ .name = "/CN=77" }),
        "/O=Grid/CN=Alice\\/CN=123");
    chaincase_accepted(odd, "/O=Grid/CN=Alice\\/CN=123");
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
        struct cred *c = chaincase_issue(
            (struct testcert){ .name = row[i].name, .san = row[i].san });
        const char *why =
            chaincase_judge(c, &check, TRUST_CRL_IF_PRESENT, NULL);
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
    struct cred *c = chaincase_issue((struct testcert){
        .name = "/O=Grid", .raw = "host/gk.example.org", .raw_len = 19 });
    (void)state;
    assert_string_equal(chaincase_judge(c, &check, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    check.host = "elsewhere.example.org";
    chaincase_refused_check(c, &check, "does not name the host");
}

static void
the_host_of_a_proxy_is_that_of_its_end_entity(void **state)
{
    struct chain_check check = { .host = "gk.example.org" };
    struct cred *c = chaincase_issue(
        (struct testcert){ .name = ALICE, .san = "DNS:gk.example.org" });
    struct cred *p = chaincase_proxy(c, (struct testcert){ .name = NULL });
    (void)state;
    assert_string_equal(chaincase_judge(p, &check, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    cred_unref(c);
    cred_unref(p);
}

static void
purposes_are_kept_apart(void **state)
{
    struct chain_check server = { .purpose = CHAIN_SERVER };
    struct chain_check client = { .purpose = CHAIN_CLIENT };
    struct cred *c = chaincase_issue(
        (struct testcert){ .name = ALICE, .eku = "clientAuth" });
    struct cred *p = chaincase_proxy(c, (struct testcert){ .name = NULL });
    (void)state;
    assert_string_equal(chaincase_judge(p, &client, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    chaincase_refused_check(p, &server, "may not be used for this");
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
    struct cred *c = chaincase_issue(
        (struct testcert){ .name = ALICE, .policies = "1.2.3.4" });
    struct cred *p = chaincase_proxy(c, (struct testcert){ .name = NULL });
    struct trust *t;
    struct peer peer;
    struct err err = ERR_INIT;
    (void)state;
    assert_string_equal(chaincase_judge(c, &any, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    assert_string_equal(chaincase_judge(p, &any, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    assert_string_equal(chaincase_judge(p, &right, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    assert_string_equal(chaincase_judge(p, &two, TRUST_CRL_IF_PRESENT, NULL),
                        "");
    chaincase_refused_check(p, &wrong, "certificate policy");
    chaincase_refused_check(cred_ref(chaincase.alice), &any,
                            "certificate policy");
    assert_int_equal(trust_open(chaincase.dir, TRUST_CRL_IF_PRESENT, &t, NULL),
                     0);
    assert_int_equal(chain_verify_cred(t, c, &bad, &peer, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    trust_close(t);
    cred_unref(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_nul_or_controls_are_refused),
        cmocka_unit_test(identity_is_never_cut_by_text),
        cmocka_unit_test(hosts_are_named_by_rfc_2818),
        cmocka_unit_test(old_service_names_work_without_alternative_names),
        cmocka_unit_test(the_host_of_a_proxy_is_that_of_its_end_entity),
        cmocka_unit_test(purposes_are_kept_apart),
        cmocka_unit_test(explicit_policies_are_the_end_entitys),
    };

    return cmocka_run_group_tests(tests, chaincase_set_up, chaincase_tear_down);
}
