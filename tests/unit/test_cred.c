/* tests/unit/test_cred.c - credentials: from files, from where Globus looks,
 * and what they say of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/lib_testca.h"
#include "tests/lib/lib_testcred.h"

#define ALICE "/O=Grid/CN=Alice"

static char dir[] = "/tmp/test_cred.XXXXXX";
static struct testca *ca;
static struct cred *alice, *proxy;

static int
set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || chdir(dir))
        return -1;
    ca = testca_create("/O=Grid/CN=Test CA");
    alice = testca_issue(ca, &(struct testcert){ .name = ALICE });
    proxy = testca_proxy(alice, &(struct testcert){ .until = 3600 });
    return cred_write(proxy, "proxy.pem", NULL);
}

static int
tear_down(void **state)
{
    (void)state;
    cred_unref(alice);
    cred_unref(proxy);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

static void
a_proxy_file_reads_back(void **state)
{
    struct cred *c;
    struct stat st;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(stat("proxy.pem", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(cred_load("proxy.pem", "proxy.pem", NULL, NULL, &c, &err),
                     0);
    assert_string_equal(cred_subject(c), ALICE "/CN=123");
    assert_string_equal(cred_issuer(c), ALICE);
    assert_string_equal(cred_identity(c), ALICE);
    assert_int_equal(cred_type(c), CRED_FULL);
    assert_string_equal(cred_type_text(c),
                        "RFC 3820 compliant impersonation proxy");
    assert_int_equal(cred_expires(c), cred_expires(proxy));
    assert_int_equal(testcred_chain_len(c), 2);
    assert_int_equal(cred_key_bits(c), 256);
    assert_string_equal(testcred_key_type(c), "EC");
    cred_unref(c);
}

static void
open_key_files_are_refused(void **state)
{
    struct cred *c;
    struct err err = ERR_INIT;
    (void)state;
    chmod("proxy.pem", 0640);
    assert_int_equal(cred_load("proxy.pem", "proxy.pem", NULL, NULL, &c, &err),
                     -1);
    assert_int_equal(err.code, ERR_AUTHN);
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_null(c);
    assert_int_equal(cred_load_cert("proxy.pem", &c, NULL), 0);
    assert_string_equal(cred_identity(c), ALICE);
    assert_null(cred_key(c));
    cred_unref(c);
    chmod("proxy.pem", 0600);
    err = (struct err)ERR_INIT;
    assert_int_equal(cred_load("nothing", "nothing", NULL, NULL, &c, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void
keys_must_fit(void **state)
{
    struct buf pem = BUF_INIT, other = BUF_INIT;
    struct cred *c,
        *bob = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=Bob" });
    struct err err = ERR_INIT;
    (void)state;
    cred_to_pem(alice, false, &pem, NULL);
    cred_to_pem(bob, true, &other, NULL);
    buf_add(&pem, other.data, other.len);
    assert_int_equal(cred_from_pem(pem.data, pem.len, &c, &err), -1);
    assert_non_null(strstr(err.text, "does not fit"));
    buf_wipe(&pem);
    buf_wipe(&other);
    cred_unref(bob);
}

static int
phrase(const char *path, struct buf *out, void *arg, struct err *err)
{
    (void)path;
    if (!arg)
        return err_set(err, ERR_CANCELLED, "not told");
    buf_adds(out, arg);
    return 0;
}

static void
pass_phrases_are_asked_for(void **state)
{
    struct cred *c;
    char good[] = "secret", bad[] = "wrong";
    FILE *f = fopen("enc.pem", "w");
    struct err err = ERR_INIT;
    (void)state;
    chmod("enc.pem", 0600);
    PEM_write_X509(f, cred_cert(alice));
    PEM_write_PKCS8PrivateKey(f, cred_key(alice), EVP_aes_128_cbc(), good, 6,
                              NULL, NULL);
    fclose(f);
    assert_int_equal(cred_load("enc.pem", "enc.pem", phrase, good, &c, &err),
                     0);
    cred_unref(c);
    assert_int_equal(cred_load("enc.pem", "enc.pem", phrase, bad, &c, &err),
                     -1);
    assert_non_null(strstr(err.text, "bad pass phrase"));
    err = (struct err)ERR_INIT;
    assert_int_equal(cred_load("enc.pem", "enc.pem", phrase, NULL, &c, &err),
                     -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    err = (struct err)ERR_INIT;
    assert_int_equal(cred_load("enc.pem", "enc.pem", NULL, NULL, &c, &err), -1);
    assert_non_null(strstr(err.text, "needs a pass phrase"));
    assert_int_equal(ERR_peek_error(), 0);
}

static void
the_environment_leads(void **state)
{
    struct cred *c;
    char *path;
    struct err err = ERR_INIT;
    (void)state;
    setenv("X509_USER_PROXY", "proxy.pem", 1);
    assert_int_equal(cred_find_user(NULL, &c, &path, &err), 0);
    assert_string_equal(path, "proxy.pem");
    free(path);
    cred_unref(c);
    setenv("X509_USER_PROXY", "nothing.pem", 1);
    assert_int_equal(cred_find_user(NULL, &c, &path, &err), -1);
    assert_null(path);
    unsetenv("X509_USER_PROXY");
    path = cred_proxy_path();
    assert_int_equal(strncmp(path, "/tmp/x509up_u", 13), 0);
    free(path);
    setenv("X509_CERT_DIR", "/somewhere", 1);
    path = cred_trust_dir();
    assert_string_equal(path, "/somewhere");
    free(path);
    unsetenv("X509_CERT_DIR");
    setenv("HOME", dir, 1);
    path = cred_trust_dir();
    assert_string_equal(path, "/etc/grid-security/certificates");
    free(path);
    char *cert, *key;
    setenv("X509_USER_CERT", "/a/cert", 1);
    setenv("X509_USER_KEY", "/a/key", 1);
    cred_user_paths(&cert, &key);
    assert_string_equal(cert, "/a/cert");
    assert_string_equal(key, "/a/key");
    free(cert);
    free(key);
}

static void
types_are_told_by_structure(void **state)
{
    static const struct {
        struct testcert c;
        const char *text, *identity;
    } row[] = {
        { { .language = OID_PPL_LIMITED },
          "RFC 3820 compliant limited proxy",
          ALICE },
        { { .language = OID_PPL_INDEPENDENT },
          "RFC 3820 compliant independent proxy",
          ALICE "/CN=123" },
        { { .language = "1.2.3" },
          "RFC 3820 compliant restricted proxy",
          ALICE },
        { { .name = "/CN=proxy", .no_info = true },
          "full legacy globus proxy",
          ALICE },
        { { .name = "/CN=limited proxy", .no_info = true },
          "limited legacy globus proxy",
          ALICE },
        { { .name = "/CN=12345", .no_info = true },
          "end entity credential",
          ALICE "/CN=12345" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct cred *c = testca_proxy(alice, &row[i].c);
        assert_string_equal(cred_type_text(c), row[i].text);
        assert_string_equal(cred_identity(c), row[i].identity);
        cred_unref(c);
    }
}

static void
issuers_are_put_in_order(void **state)
{
    struct cred *two = testca_proxy(proxy, &(struct testcert){ .until = 60 });
    STACK_OF(X509) *mixed = sk_X509_new_null();
    struct cred *c;
    (void)state;
    sk_X509_push(mixed, cred_cert(alice));
    sk_X509_push(mixed, cred_cert(proxy));
    assert_int_equal(
        cred_create(cred_cert(two), cred_key(two), mixed, &c, NULL), 0);
    assert_ptr_equal(sk_X509_value(cred_chain(c), 0), cred_cert(proxy));
    assert_string_equal(cred_identity(c), ALICE);
    assert_int_equal(cred_expires(c), cred_expires(two));
    cred_unref(c);
    cred_unref(two);
    sk_X509_free(mixed);
}

static void
text_names_the_certificate(void **state)
{
    struct buf text = BUF_INIT;
    (void)state;
    assert_int_equal(cred_print(proxy, &text, NULL), 0);
    assert_non_null(strstr(buf_str(&text), "Proxy Certificate Information"));
    buf_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_file_reads_back),
        cmocka_unit_test(open_key_files_are_refused),
        cmocka_unit_test(keys_must_fit),
        cmocka_unit_test(pass_phrases_are_asked_for),
        cmocka_unit_test(the_environment_leads),
        cmocka_unit_test(types_are_told_by_structure),
        cmocka_unit_test(issuers_are_put_in_order),
        cmocka_unit_test(text_names_the_certificate),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
