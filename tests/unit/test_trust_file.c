/* tests/unit/test_trust_file.c - what the files of a trust directory hold: all
 * of it counts, and what cannot be used is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gsi/chain/namespaces.h"
#include "gsi/chain/trust_ban.h"
#include "gsi/chain/trust_file.h"
#include "gsi/chain/trust_load.h"
#include "gsi/chain/trust_snap.h"
#include "tests/lib/lib_testca.h"

#define DAY   86400L
#define ALICE "/O=Grid/CN=Alice"

static char dir[] = "/tmp/test_trust_file.XXXXXX";
static struct testca *ca;
static struct cred *alice, *bob;

static int
set_up(void **state)
{
    (void)state;
    memcpy(dir + sizeof dir - 7, "XXXXXX", 7);
    if (!mkdtemp(dir))
        return -1;
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, "/O=Grid/*");
    alice = testca_issue(ca, &(struct testcert){ .name = ALICE });
    bob = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=Bob" });
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    cred_unref(alice);
    cred_unref(bob);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

/* "" when CRED is accepted, else why not. */
static const char *
judge(const struct cred *cred)
{
    static struct err err;
    struct trust *t;
    struct peer peer;
    err = (struct err)ERR_INIT;
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, &err), 0);
    if (!chain_verify_cred(t, cred, NULL, &peer, &err))
        peer_fini(&peer);
    trust_close(t);
    return err.text;
}

static void
accepted(const struct cred *cred)
{
    assert_string_equal(judge(cred), "");
}

static void
refused(const struct cred *cred, const char *words)
{
    const char *why = judge(cred);
    if (!strstr(why, words))
        fail_msg("'%s' does not say '%s'", why, words);
}

static void
write_to(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void
put(const struct testca *of, const char *suffix, const char *text)
{
    struct cred *any = testca_issue(of, &(struct testcert){ .name = "/CN=x" });
    char *path = xasprintf("%s/%08lx.%s", dir,
                           X509_issuer_name_hash(cred_cert(any)), suffix);
    write_to(path, text);
    free(path);
    cred_unref(any);
}

static void
a_newer_list_behind_an_older_one_counts(void **state)
{
    (void)state;
    testca_write_crl(ca, dir,
                     &(struct testcrl){ .from = -9 * DAY, .until = 9 * DAY });
    testca_write_crl(ca, dir,
                     &(struct testcrl){ .revoked = bob, .append = true });
    refused(bob, "was revoked");
    accepted(alice);
    /* and before one */
    testca_write_crl(ca, dir, &(struct testcrl){ .revoked = bob });
    testca_write_crl(ca, dir,
                     &(struct testcrl){
                         .from = -9 * DAY, .until = 9 * DAY, .append = true });
    refused(bob, "was revoked");
    accepted(alice);
}

static void
what_is_broken_behind_a_good_list_counts_too(void **state)
{
    (void)state;
    testca_write_crl(ca, dir, &(struct testcrl){ .until = DAY });
    accepted(alice);
    put(ca, "r1", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
    refused(alice, "cannot be read");
    put(ca, "r1", "-----BEGIN NOTHING-----\nMIIB\n-----END NOTHING-----\n");
    refused(alice, "cannot be read");
    put(ca, "r1", "");
    refused(alice, "cannot be read");
}

static void
both_keys_of_a_ca_are_trusted(void **state)
{
    struct testca *next = testca_create("/O=Grid/CN=Test CA");
    struct cred *carol =
        testca_issue(next, &(struct testcert){ .name = "/O=Grid/CN=Carol" });
    (void)state;
    refused(carol, "another key");
    testca_append(next, dir);
    accepted(carol);
    accepted(alice);
    /* each key signs a list of its own */
    testca_write_crl(ca, dir, &(struct testcrl){ .revoked = bob });
    testca_write_crl(next, dir,
                     &(struct testcrl){ .revoked = carol, .append = true });
    refused(carol, "was revoked");
    cred_unref(carol);
    testca_destroy(next);
}

static void
a_list_of_another_ca_is_an_error(void **state)
{
    struct testca *other = testca_create("/O=Grid/CN=Other CA");
    (void)state;
    testca_trust(other, dir, "/O=Grid/*");
    testca_write_crl(other, dir, &(struct testcrl){ .file = ca });
    refused(alice, "cannot be checked");
    testca_destroy(other);
}

static void
indirect_lists_are_found_by_their_issuer(void **state)
{
    struct cred *link, *dave, *erin;
    struct testca *office = testca_below(ca, "/O=Grid/CN=CRL Office", &link);
    (void)state;
    testca_trust(office, dir, "/O=Nobody/*");
    dave = testca_issue(
        ca, &(struct testcert){ .name = "/O=Grid/CN=Dave",
                                .crl_issuer = "/O=Grid/CN=CRL Office" });
    erin = testca_issue(
        ca, &(struct testcert){ .name = "/O=Grid/CN=Erin",
                                .crl_issuer = "/O=Grid/CN=CRL Office" });
    /* the office's own certificate is on the CA's list, or none */
    testca_write_crl(ca, dir, &(struct testcrl){ .revoked = bob });
    testca_write_crl(office, dir,
                     &(struct testcrl){ .revoked = dave, .indirect = true });
    accepted(erin);
    refused(dave, "was revoked");
    accepted(alice);
    refused(bob, "was revoked");
    put(office, "r0", "nonsense");
    refused(erin, "cannot be");
    cred_unref(dave);
    cred_unref(erin);
    cred_unref(link);
    testca_destroy(office);
}

static void
namespaces_count_beside_the_signing_policy(void **state)
{
    (void)state;
    put(ca, "namespaces",
        "#NAMESPACES-VERSION: 1.0\n"
        "TO Issuer \"/O=Grid/CN=Test CA\" \\\n"
        "   PERMIT Subject \"/O=Grid/CN=A.*\" # not Bob\n");
    accepted(alice);
    refused(bob, "signing policy");
    /* the policy still has its say */
    put(ca, "namespaces", "TO ISSUER SELF PERMIT SUBJECT \"/.*\"\n");
    accepted(bob);
    put(ca, "signing_policy",
        "access_id_CA X509 '/O=Grid/CN=Test CA'\npos_rights globus CA:sign\n"
        "cond_subjects globus '\"/O=Grid/CN=B*\"'\n");
    refused(alice, "signing policy");
    accepted(bob);
    put(ca, "namespaces", "TO Issuer SELF ALLOW Subject \"/.*\"\n");
    refused(bob, "without a readable");
}

static void
namespaces_suffice_alone(void **state)
{
    char *path;
    (void)state;
    path = xasprintf("%s/%08lx.signing_policy", dir,
                     X509_issuer_name_hash(cred_cert(alice)));
    unlink(path);
    free(path);
    refused(alice, "without a signing policy");
    put(ca, "namespaces",
        "TO Issuer SELF PERMIT Subject \"/O=Grid/.*\"\n"
        "TO Issuer SELF DENY Subject \"/O=Grid/CN=Bob\"\n");
    accepted(alice);
    refused(bob, "signing policy");
}

static bool
allow(const char *text, const char *issuer, const char *subject)
{
    struct namespaces *ns;
    struct err err = ERR_INIT;
    struct dn a, b;
    if (namespaces_parse(text, &ns, &err))
        fail_msg("%s", err.text);
    assert_int_equal(dn_parse(issuer, &a, NULL), 0);
    assert_int_equal(dn_parse(subject, &b, NULL), 0);
    bool yes = namespaces_allow(ns, &a, &b);
    dn_fini(&a);
    dn_fini(&b);
    namespaces_destroy(ns);
    return yes;
}

#define RULES                                                               \
    "TO Issuer \"/C=NL/CN=CA (two)\" PERMIT Subject \"/C=NL/O=a.b/.*\"\r\n" \
    "TO Issuer \"/C=NL/CN=CA (two)\" \\\r\n PERMIT \\\n"                    \
    "\t  Subject \"/O=(x|y) z/Email=.+@w\\.org\"\n"

static void
namespaces_are_expressions_over_whole_names(void **state)
{
    static const char ca_two[] = "/c=nl/cn=ca (two)";
    (void)state;
    assert_true(allow(RULES, ca_two, "/C=NL/O=a.b/CN=x"));
    assert_true(allow(RULES, ca_two, "/C=nl/O=A.B/OU=q/CN=x"));
    assert_false(allow(RULES, ca_two, "/C=NL/O=a.b"));
    assert_false(allow(RULES, ca_two, "/O=q/C=NL/O=a.b/CN=x"));
    /* a slash within a value begins no attribute */
    assert_false(allow(RULES, ca_two, "/C=NL/O=a.b\\/CN=x"));
    assert_false(allow(RULES, ca_two, "/C=NL/O=a.b/x"));
    assert_false(allow(RULES, "/C=NL/CN=CA", "/C=NL/O=a.b/CN=x"));
    assert_true(allow(RULES, ca_two, "/O=y  z/emailAddress=me@w.org"));
    assert_false(allow(RULES, ca_two, "/O=y z/emailAddress=me@wxorg"));
    assert_false(allow("# nothing\n\n", ca_two, "/CN=x"));
}

static void
malformed_namespaces_say_where(void **state)
{
    static const char *const bad[] = {
        "\nTO Issuer SELF PERMIT Subject \"/O=x\n",
        "\nTO Issuer SELF PERMIT Subject\n\"/O=x\"\n",
        "\nTO Issuer SELF PERMIT Subject \"/O=x\" too\n",
        "\nTO Issuer SELF PERMIT Subject /O=x\n",
        "#\nTO Issuer /O=x PERMIT Subject \"/O=x\"\n",
        "#\nTO Issuer \"x\" PERMIT Subject \"/O=x\"\n",
        "#\nTO Issuer SELF PERMIT Subject \"/O=(x\"\n",
        "#\nTO Issuer SELF PERMIT Subject \"/O=x{9999}\"\n",
        "#\nTO Issuer SELF PERMIT Subject \"/O=(x)\\1\"\n",
        "#\naccess_id_CA X509 '/O=x'\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct namespaces *ns;
        struct err err = ERR_INIT;
        if (!namespaces_parse(bad[i], &ns, &err))
            fail_msg("accepted: %s", bad[i]);
        if (!strstr(err.text, "line 2"))
            fail_msg("'%s' does not say line 2", err.text);
        assert_null(ns);
    }
}

/* The lists of the CA that issued CRED. */
static X509_CRL *
only_crl(const struct trust_snap *s, const struct cred *cred)
{
    STACK_OF(X509_CRL) *found = sk_X509_CRL_new_null();
    X509_CRL *crl;
    assert_int_equal(
        trust_snap_find_crls(s, X509_get_issuer_name(cred_cert(cred)), found),
        1);
    crl = sk_X509_CRL_value(found, 0);
    sk_X509_CRL_pop_free(found, X509_CRL_free);
    return crl;
}

static void
entries_are_sorted_once_and_unchanged_files_stay(void **state)
{
    struct trust_snap *first, *second;
    X509_CRL *crl;
    (void)state;
    testca_write_crl(ca, dir,
                     &(struct testcrl){ .revoked = bob, .others = 1000 });
    first = trust_load(dir, NULL, NULL);
    crl = only_crl(first, alice);
    assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 1001);
    assert_true(sk_X509_REVOKED_is_sorted(X509_CRL_get_REVOKED(crl)));
    put(ca, "namespaces", "TO Issuer SELF PERMIT Subject \"/.*\"\n");
    second = trust_load(dir, first, NULL);
    assert_ptr_equal(only_crl(second, alice), crl);
    trust_snap_unref(first);
    testca_write_crl(ca, dir,
                     &(struct testcrl){ .revoked = alice, .others = 9 });
    first = trust_load(dir, second, NULL);
    assert_ptr_not_equal(only_crl(first, alice), crl);
    trust_snap_unref(first);
    trust_snap_unref(second);
}

static void
a_ban_list_that_names_a_ca_is_refused(void **state)
{
    struct trust *t;
    struct dnlist *list;
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/ban", dir);
    (void)state;
    assert_int_equal(trust_open(dir, TRUST_CRL_IF_PRESENT, &t, &err), 0);
    write_to(path, "/O=Grid/*\n");
    assert_int_equal(trust_ban_load(t, path, &list, &err), 0);
    assert_true(dnlist_has(list, ALICE));
    dnlist_destroy(list);
    write_to(path, "/O=Grid/CN=Bob\n/o=grid/cn=test ca\n");
    assert_int_equal(trust_ban_load(t, path, &list, &err), -1);
    assert_null(list);
    assert_non_null(strstr(err.text, "names the CA '/O=Grid/CN=Test CA'"));
    trust_close(t);
    free(path);
}

#define claim(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        claim(a_newer_list_behind_an_older_one_counts),
        claim(what_is_broken_behind_a_good_list_counts_too),
        claim(both_keys_of_a_ca_are_trusted),
        claim(a_list_of_another_ca_is_an_error),
        claim(indirect_lists_are_found_by_their_issuer),
        claim(namespaces_count_beside_the_signing_policy),
        claim(namespaces_suffice_alone),
        claim(namespaces_are_expressions_over_whole_names),
        claim(a_ban_list_that_names_a_ca_is_refused),
        claim(malformed_namespaces_say_where),
        claim(entries_are_sorted_once_and_unchanged_files_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
