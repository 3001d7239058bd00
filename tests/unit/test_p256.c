/* tests/unit/test_p256.c - gsi/p256.h: what OpenSSL writes is read, what we
 * write OpenSSL reads, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gsi/p256.h"

static void
a_key_goes_to_openssl_and_back(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256"), *theirs, *ours;
    struct buf der = BUF_INIT;
    const unsigned char *p;
    unsigned char *legacy = NULL;
    int n;

    (void)state;
    assert_int_equal(p256_write(key, &der), 0);
    p = (const unsigned char *)der.data;
    theirs = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, (long)der.len);
    assert_non_null(theirs);
    assert_int_equal(EVP_PKEY_eq(key, theirs), 1);
    n = i2d_PrivateKey(key, &legacy);
    assert_int_equal(n, der.len);
    assert_memory_equal(legacy, der.data, der.len);
    ours = p256_read(legacy, (size_t)n);
    assert_non_null(ours);
    assert_int_equal(EVP_PKEY_eq(key, ours), 1);
    OPENSSL_free(legacy);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(ours);
    EVP_PKEY_free(key);
    buf_wipe(&der);
}

static void
no_other_key_is_taken(void **state)
{
    EVP_PKEY *other = EVP_EC_gen("P-384"), *key = EVP_EC_gen("P-256"), *got;
    struct buf der = BUF_INIT;
    size_t i;

    (void)state;
    assert_int_equal(p256_write(other, &der), -1);
    assert_int_equal(der.len, 0);
    assert_int_equal(p256_write(key, &der), 0);
    for (i = 0; i < der.len; i++)
        assert_null(p256_read((const unsigned char *)der.data, i));
    for (i = 0; i < 7; i++) {
        der.data[i] ^= 1;
        assert_null(p256_read((const unsigned char *)der.data, der.len));
        der.data[i] ^= 1;
    }
    /* A point that is not on the curve. */
    der.data[der.len - 1] ^= 1;
    got = p256_read((const unsigned char *)der.data, der.len);
    assert_null(got);
    EVP_PKEY_free(other);
    EVP_PKEY_free(key);
    buf_wipe(&der);
}

static void
a_request_has_the_public_key(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-384");
    X509_REQ *a = X509_REQ_new(), *b = X509_REQ_new();
    unsigned char *x = NULL, *y = NULL;
    int n;

    (void)state;
    assert_int_equal(p256_set_public(X509_REQ_get_X509_PUBKEY(a), key), 0);
    assert_int_equal(X509_REQ_set_pubkey(b, key), 1);
    n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(a), &x);
    assert_int_equal(i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(b), &y), n);
    assert_memory_equal(x, y, (size_t)n);
    assert_int_equal(p256_set_public(X509_REQ_get_X509_PUBKEY(a), other), -1);
    OPENSSL_free(x);
    OPENSSL_free(y);
    X509_REQ_free(a);
    X509_REQ_free(b);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_goes_to_openssl_and_back),
        cmocka_unit_test(no_other_key_is_taken),
        cmocka_unit_test(a_request_has_the_public_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
