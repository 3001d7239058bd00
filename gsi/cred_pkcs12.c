/* gsi/cred_pkcs12.c - see cred_pkcs12.h. */
#include "gsi/cred_pkcs12.h"

bool
cred_pkcs12_is(const struct buf *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes->data;

    /* SEQUENCE, its length, INTEGER 3: the version (RFC 7292 s.4) */
    if (bytes->len < 9 || p[0] != 0x30 || p[1] < 0x80 || p[1] > 0x84)
        return false;
    p += 2 + (p[1] & 0x0f);
    return p[0] == 0x02 && p[1] == 0x01 && p[2] == 0x03;
}

/* Find the pass phrase that opens P12. */
static int
find_phrase(PKCS12 *p12, const char *path, cred_pass_fn *pass, void *arg,
            struct buf *phrase, struct err *err)
{
    buf_adds(phrase, "");
    if (PKCS12_verify_mac(p12, "", 0) == 1 ||
        PKCS12_verify_mac(p12, NULL, 0) == 1)
        return 0;
    if (pass == NULL)
        return err_set(err, ERR_AUTHN,
                       "'%s' needs a pass phrase: make a proxy with 'gridproxy "
                       "init'",
                       path);
    if (pass(path, phrase, arg, err) < 0)
        return -1;
    if (PKCS12_verify_mac(p12, buf_str(phrase), (int)phrase->len) != 1)
        return err_set(err, ERR_AUTHN, "bad pass phrase for '%s'", path);
    return 0;
}

struct contents {
    EVP_PKEY *key;
    X509 *cert;
    STACK_OF(X509) * chain;
};

/* PKCS12_parse() that also decrypts files of old browsers (RC2), for which
 * OpenSSL needs its legacy provider. */
static bool
unpack(PKCS12 *p12, const char *phrase, struct contents *c)
{
    OSSL_PROVIDER *old;
    bool ok = PKCS12_parse(p12, phrase, &c->key, &c->cert, &c->chain) == 1;

    if (ok || (old = OSSL_PROVIDER_try_load(NULL, "legacy", 1)) == NULL)
        return ok;
    ok = PKCS12_parse(p12, phrase, &c->key, &c->cert, &c->chain) == 1;
    OSSL_PROVIDER_unload(old);
    return ok;
}

static int
join(PKCS12 *p12, const char *phrase, const char *path, struct cred **cred,
     struct err *err)
{
    struct contents c = { NULL, NULL, NULL };
    int rc = -1;

    if (!unpack(p12, phrase, &c))
        err_set(err, ERR_UNSUPPORTED,
                "'%s' has an encryption that is not supported here: rewrite it "
                "with 'openssl pkcs12'",
                path);
    else if (c.key == NULL || c.cert == NULL)
        err_set(err, ERR_AUTHN, "'%s' contains no certificate with its key",
                path);
    else if (c.chain != NULL && sk_X509_num(c.chain) > CHAIN_MAX)
        err_set(err, ERR_LIMIT, "more than %d certificates in '%s'", CHAIN_MAX,
                path);
    else
        rc = cred_create(c.cert, c.key, c.chain, cred, err);
    EVP_PKEY_free(c.key);
    X509_free(c.cert);
    sk_X509_pop_free(c.chain, X509_free);
    return rc;
}

int
cred_pkcs12_open(const struct buf *bytes, const char *path, cred_pass_fn *pass,
                 void *arg, struct cred **cred, struct err *err)
{
    const unsigned char *p = (const unsigned char *)bytes->data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)bytes->len);
    struct buf phrase = BUF_INIT;
    int rc = -1;

    *cred = NULL;
    if (p12 == NULL)
        err_set(err, ERR_SYNTAX, "'%s' is a malformed PKCS #12 file", path);
    else if (find_phrase(p12, path, pass, arg, &phrase, err) == 0)
        rc = join(p12, buf_str(&phrase), path, cred, err);
    PKCS12_free(p12);
    buf_wipe(&phrase);
    ERR_clear_error();
    return rc;
}
