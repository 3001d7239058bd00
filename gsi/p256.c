/* gsi/p256.c - see p256.h. */
#include "gsi/p256.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#define SECRET 32
#define PUBLIC 65 /* uncompressed (SEC 1 s.2.3.3) */

/* SEQUENCE { 1, OCTET STRING of the secret */
static const unsigned char head[] = {
    0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20
};
/* [0] prime256v1, [1] BIT STRING of the public key */
static const unsigned char middle[] = { 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
                                        0xa1, 0x44, 0x03, 0x42, 0x00 };

/* The public key of KEY; false when it is no key of this curve. */
static bool
public_of(EVP_PKEY *key, unsigned char out[PUBLIC])
{
    char group[32];
    size_t n = 0;

    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0 &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out,
                                           PUBLIC, &n) == 1 &&
           n == PUBLIC && out[0] == POINT_CONVERSION_UNCOMPRESSED;
}

int
p256_write(EVP_PKEY *key, struct buf *der)
{
    unsigned char public[PUBLIC], secret[SECRET];
    BIGNUM *d = NULL;
    int rc = -1;

    if (public_of(key, public) &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
        BN_bn2binpad(d, secret, SECRET) == SECRET) {
        buf_add(der, head, sizeof(head));
        buf_add(der, secret, SECRET);
        buf_add(der, middle, sizeof(middle));
        buf_add(der, public, PUBLIC);
        rc = 0;
    }
    OPENSSL_cleanse(secret, sizeof(secret));
    BN_clear_free(d);
    ERR_clear_error();
    return rc;
}

/* A key of the secret D and the public key PUBLIC. */
static EVP_PKEY *
make(const BIGNUM *d, const unsigned char *public)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (ctx != NULL && b != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
                                        SN_X9_62_prime256v1, 0) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, public,
                                         PUBLIC) &&
        OSSL_PARAM_BLD_push_BN_pad(b, OSSL_PKEY_PARAM_PRIV_KEY, d, SECRET) &&
        (params = OSSL_PARAM_BLD_to_param(b)) != NULL &&
        EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

EVP_PKEY *
p256_read(const unsigned char *der, size_t n)
{
    const unsigned char *secret = der + sizeof(head);
    const unsigned char *rest = secret + SECRET;
    EVP_PKEY *key;
    BIGNUM *d;

    if (n != sizeof(head) + SECRET + sizeof(middle) + PUBLIC ||
        memcmp(der, head, sizeof(head)) != 0 ||
        memcmp(rest, middle, sizeof(middle)) != 0)
        return NULL;
    d = BN_secure_new();
    if (d == NULL || BN_bin2bn(secret, SECRET, d) == NULL) {
        BN_clear_free(d);
        return NULL;
    }
    key = make(d, rest + sizeof(middle));
    BN_clear_free(d);
    ERR_clear_error();
    return key;
}

int
p256_set_public(X509_PUBKEY *to, EVP_PKEY *key)
{
    unsigned char public[PUBLIC], *copy;

    if (!public_of(key, public)) {
        ERR_clear_error();
        return -1;
    }
    copy = OPENSSL_memdup(public, PUBLIC);
    if (copy != NULL &&
        X509_PUBKEY_set0_param(to, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                               V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1),
                               copy, PUBLIC) == 1)
        return 0;
    OPENSSL_free(copy);
    return -1;
}
