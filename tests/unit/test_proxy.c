/* tests/unit/test_proxy.c - making proxies, and delegation from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gsi/proxy.h"
#include "tests/lib/lib_testca.h"
#include "tests/lib/lib_testcred.h"

#define ALICE "/O=Grid/CN=Alice"

static char dir[] = "/tmp/test_proxy.XXXXXX";
static struct testca *ca;
static struct cred *alice;
static struct trust *trust;
static const struct proxy_spec hour = {
    .type = CRED_FULL, .path_length = -1, .lifetime = 3600, .bits = -1
};

static int
set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, NULL);
    alice = testca_issue(ca, &(struct testcert){ .name = ALICE });
    return trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, NULL);
}

static int
tear_down(void **state)
{
    (void)state;
    trust_close(trust);
    cred_unref(alice);
    testca_destroy(ca);
    testca_remove_dir(dir);
    return 0;
}

static void
accepted(const struct cred *cred)
{
    struct peer peer;
    struct err err = ERR_INIT;
    if (chain_verify_cred(trust, cred, NULL, &peer, &err))
        fail_msg("%s", err.text);
    assert_string_equal(peer.identity, ALICE);
    peer_fini(&peer);
}

static struct cred *
make(const struct cred *issuer, const struct proxy_spec *spec)
{
    struct cred *p;
    struct err err = ERR_INIT;
    if (proxy_create(issuer, spec, &p, &err))
        fail_msg("%s", err.text);
    return p;
}

static void
cannot_make(const struct cred *issuer, const struct proxy_spec *spec,
            const char *words)
{
    struct cred *p;
    struct err err = ERR_INIT;
    assert_int_equal(proxy_create(issuer, spec, &p, &err), -1);
    assert_null(p);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

static void
a_proxy_is_accepted_and_ends_in_time(void **state)
{
    struct cred *p = make(alice, &hour);
    time_t now = time(NULL);
    (void)state;
    accepted(p);
    assert_in_range(cred_expires(p) - now, 3590, 3600);
    assert_in_range(now - cred_not_before(p), 300, 310);
    assert_int_equal(cred_type(p), CRED_FULL);
    assert_int_equal(testcred_chain_len(p), 2);
    assert_string_equal(cred_identity(p), ALICE);
    assert_string_equal(cred_issuer(p), ALICE);
    cred_unref(p);
}

static void
it_never_outlives_its_issuer(void **state)
{
    struct proxy_spec year = hour, whole = hour;
    (void)state;
    year.lifetime = 365 * 86400L;
    whole.lifetime = 0;
    struct cred *a = make(alice, &year), *b = make(alice, &whole);
    assert_int_equal(cred_expires(a), cred_expires(alice));
    assert_int_equal(cred_expires(b), cred_expires(alice));
    accepted(a);
    cred_unref(a);
    cred_unref(b);
}

static void
limited_issuers_give_limited(void **state)
{
    struct proxy_spec limited = hour, independent = hour;
    (void)state;
    limited.type = CRED_LIMITED;
    independent.type = CRED_INDEPENDENT;
    struct cred *l = make(alice, &limited), *below = make(l, &hour);
    assert_int_equal(cred_type(l), CRED_LIMITED);
    assert_int_equal(cred_type(below), CRED_LIMITED);
    accepted(below);
    cannot_make(l, &independent, "can only make limited ones");
    cred_unref(l);
    cred_unref(below);
}

static void
the_path_length_is_kept(void **state)
{
    struct proxy_spec one = hour;
    (void)state;
    one.path_length = 1;
    struct cred *a = make(alice, &one), *b = make(a, &hour);
    accepted(b);
    cannot_make(b, &hour, "allows no further proxy");
    cred_unref(a);
    cred_unref(b);
}

static void
who_cannot_issue_is_told(void **state)
{
    struct cred *old = testca_issue(
        ca, &(struct testcert){ .name = ALICE, .from = -7200, .until = -60 });
    struct cred *mute = testca_issue(
        ca, &(struct testcert){ .name = ALICE, .usage = "keyAgreement" });
    struct cred *link;
    struct proxy_spec odd = hour;
    (void)state;
    testca_destroy(testca_below(ca, "/O=Grid/CN=Sub", &link));
    odd.type = CRED_RESTRICTED;
    odd.policy_oid = "nonsense";
    cannot_make(old, &hour, "expired on");
    cannot_make(mute, &hour, "lacks digitalSignature");
    cannot_make(link, &hour, "cannot issue proxies");
    cannot_make(alice, &odd, "is not an OID");
    cred_unref(old);
    cred_unref(mute);
    cred_unref(link);
}

static void
key_usage_is_inherited_without_signing(void **state)
{
    struct cred *rich = testca_issue(
        ca, &(struct testcert){ .name = ALICE,
                                .usage = "critical,digitalSignature,"
                                         "nonRepudiation,keyEncipherment" });
    struct cred *p = make(rich, &hour);
    (void)state;
    assert_int_equal(X509_get_key_usage(cred_cert(p)),
                     KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    cred_unref(rich);
    cred_unref(p);
}

static void
rsa_is_what_is_made_by_default(void **state)
{
    struct proxy_spec spec = hour;
    (void)state;
    spec.bits = 0;
    struct cred *p = make(alice, &spec);
    assert_string_equal(testcred_key_type(p), "RSA");
    assert_int_equal(cred_key_bits(p), 2048);
    accepted(p);
    cred_unref(p);
}

static void
delegation_in_pem(void **state)
{
    struct proxy_request *req, *kept;
    struct buf csr = BUF_INIT, key = BUF_INIT, chain = BUF_INIT;
    struct cred *got;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(proxy_request_create(-1, &req, &err), 0);
    assert_int_equal(proxy_request_pem(req, &csr, &err), 0);
    assert_int_equal(proxy_request_save(req, &key, &err), 0);
    proxy_request_destroy(req);
    assert_int_equal(
        proxy_sign_pem(alice, &hour, csr.data, csr.len, &chain, &err), 0);
    assert_int_equal(proxy_request_load(key.data, key.len, &kept, &err), 0);
    assert_int_equal(
        proxy_request_finish_pem(kept, chain.data, chain.len, &got, &err), 0);
    accepted(got);
    cred_unref(got);
    proxy_request_destroy(kept);
    /* a certificate for another key does not join */
    assert_int_equal(proxy_request_create(-1, &req, &err), 0);
    assert_int_equal(
        proxy_request_finish_pem(req, chain.data, chain.len, &got, &err), -1);
    assert_int_equal(err.code, ERR_AUTHN);
    assert_null(got);
    proxy_request_destroy(req);
    buf_fini(&csr);
    buf_wipe(&key);
    buf_fini(&chain);
}

static void
delegate_in_der(int bits)
{
    struct proxy_request *req;
    struct buf csr = BUF_INIT, cert = BUF_INIT, chain = BUF_INIT,
               pem = BUF_INIT;
    struct cred *got, *up = make(alice, &hour);
    struct err err = ERR_INIT;
    assert_int_equal(proxy_request_create(bits, &req, &err), 0);
    assert_int_equal(proxy_request_der(req, &csr, &err), 0);
    assert_int_equal(proxy_sign_der(up, &hour, csr.data, csr.len, &cert, &err),
                     0);
    assert_int_equal(cred_to_pem(up, false, &chain, &err), 0);
    assert_int_equal(proxy_request_finish_der(req, cert.data, cert.len,
                                              buf_str(&chain), &pem, &err),
                     0);
    assert_int_equal(cred_from_pem(pem.data, pem.len, &got, &err), 0);
    assert_int_equal(testcred_chain_len(got), 3);
    accepted(got);
    cred_unref(got);
    assert_int_equal(proxy_request_finish_der(req, "x", 1, "", &pem, &err), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    cred_unref(up);
    proxy_request_destroy(req);
    buf_fini(&csr);
    buf_fini(&cert);
    buf_fini(&chain);
    buf_wipe(&pem);
}

static void
delegation_in_der(void **state)
{
    (void)state;
    delegate_in_der(
        -1); /* P-256, written and read without OpenSSL's decoders */
    delegate_in_der(2048);
}

static void
a_certificate_for_another_key_is_refused(void **state)
{
    struct proxy_request *one, *two;
    struct buf csr = BUF_INIT, cert = BUF_INIT, pem = BUF_INIT;
    struct cred *up = make(alice, &hour);
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(proxy_request_create(-1, &one, &err), 0);
    assert_int_equal(proxy_request_create(-1, &two, &err), 0);
    assert_int_equal(proxy_request_der(one, &csr, &err), 0);
    assert_int_equal(proxy_sign_der(up, &hour, csr.data, csr.len, &cert, &err),
                     0);
    assert_int_equal(
        proxy_request_finish_der(two, cert.data, cert.len, "", &pem, &err), -1);
    assert_int_equal(err.code, ERR_AUTHN);
    assert_int_equal(pem.len, 0);
    cred_unref(up);
    proxy_request_destroy(one);
    proxy_request_destroy(two);
    buf_fini(&csr);
    buf_fini(&cert);
}

/* One's own and fifteen delegations, as a workflow hands them on. */
static void
fifteen_delegations_can_be_made(void **state)
{
    struct cred *p = NULL, *next;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(proxy_create(alice, &hour, &p, &err), 0);
    for (int i = 0; i < 15; i++) {
        struct proxy_request *req;
        struct buf csr = BUF_INIT, pem = BUF_INIT;
        assert_int_equal(proxy_request_create(-1, &req, &err), 0);
        assert_int_equal(proxy_request_pem(req, &csr, &err), 0);
        if (proxy_sign_pem(p, &hour, csr.data, csr.len, &pem, &err) ||
            proxy_request_finish_pem(req, pem.data, pem.len, &next, &err))
            fail_msg("%d: %s", i, err.text);
        proxy_request_destroy(req);
        buf_fini(&csr);
        buf_fini(&pem);
        cred_unref(p);
        p = next;
    }
    assert_int_equal(testcred_chain_len(p), 17);
    accepted(p);
    cred_unref(p);
}

static void
requests_must_prove_their_key(void **state)
{
    struct proxy_request *req;
    struct buf csr = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(proxy_request_create(-1, &req, &err), 0);
    assert_int_equal(proxy_request_der(req, &csr, &err), 0);
    csr.data[csr.len - 1] ^= 1; /* in the signature */
    assert_int_equal(
        proxy_sign_der(alice, &hour, csr.data, csr.len, &out, &err), -1);
    assert_true(err.code == ERR_AUTHN || err.code == ERR_SYNTAX);
    err = (struct err)ERR_INIT;
    assert_int_equal(proxy_sign_pem(alice, &hour, "junk", 4, &out, &err), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    err = (struct err)ERR_INIT;
    assert_int_equal(proxy_sign_der(alice, &hour, "", 0, &out, &err), -1);
    assert_int_equal(out.len, 0);
    proxy_request_destroy(req);
    buf_fini(&csr);
    buf_fini(&out);
}

static void
the_pool_gives_different_keys_and_ends(void **state)
{
    struct proxy_request *a, *b;
    struct buf x = BUF_INIT, y = BUF_INIT;
    (void)state;
    proxy_pool(2, 1024);
    assert_int_equal(proxy_request_create(1024, &a, NULL), 0);
    assert_int_equal(proxy_request_create(1024, &b, NULL), 0);
    proxy_request_save(a, &x, NULL);
    proxy_request_save(b, &y, NULL);
    assert_string_not_equal(buf_str(&x), buf_str(&y));
    proxy_pool(0, 0);
    proxy_pool(0, 0);
    proxy_request_destroy(a);
    proxy_request_destroy(b);
    buf_wipe(&x);
    buf_wipe(&y);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_accepted_and_ends_in_time),
        cmocka_unit_test(it_never_outlives_its_issuer),
        cmocka_unit_test(limited_issuers_give_limited),
        cmocka_unit_test(the_path_length_is_kept),
        cmocka_unit_test(who_cannot_issue_is_told),
        cmocka_unit_test(key_usage_is_inherited_without_signing),
        cmocka_unit_test(rsa_is_what_is_made_by_default),
        cmocka_unit_test(delegation_in_pem),
        cmocka_unit_test(delegation_in_der),
        cmocka_unit_test(a_certificate_for_another_key_is_refused),
        cmocka_unit_test(fifteen_delegations_can_be_made),
        cmocka_unit_test(requests_must_prove_their_key),
        cmocka_unit_test(the_pool_gives_different_keys_and_ends),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
