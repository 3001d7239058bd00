/* gsi/proxy.c - make RFC 3820 proxies, and both sides of a delegation: the
 * request with its key, and the signature. */
#include <stdlib.h>

#include "gsi/proxy_cert.h"

/* Smaller keys are too weak to sign. */
#define RSA_BITS_MIN 1024

struct proxy_request {
    EVP_PKEY *key;
};

int
proxy_create(const struct cred *issuer, const struct proxy_spec *spec,
             struct cred **proxy, struct err *err)
{
    *proxy = NULL;
    EVP_PKEY *key = proxy_key_make(spec->bits, err);
    X509 *cert = key ? proxy_cert_make(issuer, spec, key, err) : NULL;
    int rc = -1;
    if (cert) {
        STACK_OF(X509) *chain = proxy_cert_issuers(issuer);
        rc = cred_create(cert, key, chain, proxy, err);
        sk_X509_pop_free(chain, X509_free);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}

static struct proxy_request *
request_of(EVP_PKEY *key)
{
    struct proxy_request *r = xcalloc(1, sizeof *r);
    r->key = key;
    return r;
}

int
proxy_request_create(int bits, struct proxy_request **req, struct err *err)
{
    EVP_PKEY *key = proxy_key_make(bits, err);
    *req = key ? request_of(key) : NULL;
    return key ? 0 : -1;
}

void
proxy_request_destroy(struct proxy_request *req)
{
    if (!req)
        return;
    EVP_PKEY_free(req->key);
    free(req);
}

static X509_REQ *
make_csr(const struct proxy_request *req, struct err *err)
{
    X509_REQ *csr = X509_REQ_new();
    X509_NAME *name = csr ? X509_REQ_get_subject_name(csr) : NULL;
    /* the signer only uses the key, but some require a name */
    if (!csr || !X509_REQ_set_version(csr, X509_REQ_VERSION_1) ||
        !X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                    (const unsigned char *)"proxy", -1, -1,
                                    0) ||
        !X509_REQ_set_pubkey(csr, req->key) ||
        !X509_REQ_sign(csr, req->key, EVP_sha256())) {
        err_set(err, ERR_INTERNAL, "cannot make a certificate request");
        X509_REQ_free(csr);
        csr = NULL;
    }
    ERR_clear_error();
    return csr;
}

int
proxy_request_der(const struct proxy_request *req, struct buf *out,
                  struct err *err)
{
    unsigned char *der = NULL;
    X509_REQ *csr = make_csr(req, err);
    int n = csr ? i2d_X509_REQ(csr, &der) : -1;
    if (n > 0)
        buf_add(out, der, (size_t)n);
    OPENSSL_free(der);
    X509_REQ_free(csr);
    return n > 0 ? 0 : -1;
}

int
proxy_request_pem(const struct proxy_request *req, struct buf *out,
                  struct err *err)
{
    X509_REQ *csr = make_csr(req, err);
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = csr && bio && PEM_write_bio_X509_REQ(bio, csr);
    x509_pem_drain(bio, out);
    X509_REQ_free(csr);
    return ok ? 0 : -1;
}

int
proxy_request_save(const struct proxy_request *req, struct buf *out,
                   struct err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int ok = bio &&
             PEM_write_bio_PrivateKey(bio, req->key, NULL, NULL, 0, NULL, NULL);
    x509_pem_drain(bio, out);
    return ok ? 0 : err_set(err, ERR_INTERNAL, "cannot write a private key");
}

/* A pem_password_cb that has no pass phrase. */
static int
no_phrase(char *to, int size, int writing, void *arg)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

int
proxy_request_load(const void *pem, size_t n, struct proxy_request **req,
                   struct err *err)
{
    BIO *bio = n <= PEM_TEXT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
    EVP_PKEY *key =
        bio ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    *req = key ? request_of(key) : NULL;
    return key ? 0 : err_set(err, ERR_SYNTAX, "no private key in the PEM");
}

/* Check that CERT is for the key of REQ: 0, or -1 with ERR. */
static int
check_certificate(const struct proxy_request *req, X509 *cert, struct err *err)
{
    struct dn dn;
    if (!cert)
        return err_set(err, ERR_SYNTAX,
                       "the delegated certificate is malformed");
    if (x509_name_dn(X509_get_subject_name(cert), &dn, err))
        return -1;
    dn_fini(&dn);
    if (X509_check_private_key(cert, req->key) == 1)
        return 0;
    return err_set(
        err, ERR_AUTHN,
        "the delegated certificate is not for the key that was made");
}

/* Append the key of REQ in PEM. */
static int
write_key(const struct proxy_request *req, struct buf *pem, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int ok;
    if (!bio)
        return err_set(err, ERR_NOMEM, "no memory for a private key");
    ok = PEM_write_bio_PrivateKey(bio, req->key, NULL, NULL, 0, NULL, NULL);
    x509_pem_drain(bio, pem);
    return ok ? 0 : err_set(err, ERR_INTERNAL, "cannot write a private key");
}

int
proxy_request_finish_der(const struct proxy_request *req, const void *der,
                         size_t n, const char *chain_pem, struct buf *pem,
                         struct err *err)
{
    const unsigned char *p = der;
    X509 *cert = n <= PEM_TEXT_MAX ? d2i_X509(NULL, &p, (long)n) : NULL;
    int rc = check_certificate(req, cert, err);
    if (rc == 0) {
        x509_pem_write(cert, pem);
        rc = write_key(req, pem, err);
        buf_adds(pem, chain_pem);
    }
    X509_free(cert);
    ERR_clear_error();
    return rc;
}

int
proxy_request_finish_pem(const struct proxy_request *req, const void *pem,
                         size_t n, struct cred **cred, struct err *err)
{
    STACK_OF(X509) *chain = x509_pem_read(pem, n, err);
    *cred = NULL;
    if (!chain)
        return -1;
    X509 *cert = sk_X509_shift(chain);
    int rc = cred_create(cert, req->key, chain, cred, err);
    X509_free(cert);
    sk_X509_pop_free(chain, X509_free);
    return rc;
}

/* Parse a request in DER, or in PEM under either of its labels. */
static X509_REQ *
read_csr(const void *csr, size_t n)
{
    const unsigned char *p = csr;
    if (!n || n > PEM_TEXT_MAX)
        return NULL;
    if (*p == 0x30)
        return d2i_X509_REQ(NULL, &p, (long)n);
    BIO *bio = BIO_new_mem_buf(csr, (int)n);
    X509_REQ *req =
        bio ? PEM_read_bio_X509_REQ(bio, NULL, no_phrase, NULL) : NULL;
    BIO_free(bio);
    return req;
}

/* Sign the key in CSR, after checking that the requester has the private
 * key. */
static X509 *
sign_csr(const struct cred *issuer, const struct proxy_spec *spec,
         const void *csr, size_t n, struct err *err)
{
    X509 *cert = NULL;
    X509_REQ *req = read_csr(csr, n);
    EVP_PKEY *key = req ? X509_REQ_get0_pubkey(req) : NULL;
    if (!key)
        err_set(err, ERR_SYNTAX, "the certificate request is malformed");
    else if (X509_REQ_verify(req, key) != 1)
        err_set(err, ERR_AUTHN,
                "the certificate request is not signed by its own key");
    else if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        err_set(err, ERR_AUTHN,
                "the certificate request has a key of %d bits, less than %d",
                EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    else
        cert = proxy_cert_make(issuer, spec, key, err);
    X509_REQ_free(req);
    ERR_clear_error();
    return cert;
}

int
proxy_sign_der(const struct cred *issuer, const struct proxy_spec *spec,
               const void *csr, size_t n, struct buf *der, struct err *err)
{
    unsigned char *out = NULL;
    X509 *cert = sign_csr(issuer, spec, csr, n, err);
    if (!cert)
        return -1;
    int len = i2d_X509(cert, &out);
    if (len > 0)
        buf_add(der, out, (size_t)len);
    OPENSSL_free(out);
    X509_free(cert);
    return len > 0 ? 0
                   : err_set(err, ERR_INTERNAL, "cannot encode a certificate");
}

int
proxy_sign_pem(const struct cred *issuer, const struct proxy_spec *spec,
               const void *csr, size_t n, struct buf *pem, struct err *err)
{
    X509 *cert = sign_csr(issuer, spec, csr, n, err);
    if (!cert)
        return -1;
    STACK_OF(X509) *chain = proxy_cert_issuers(issuer);
    x509_pem_write(cert, pem);
    for (int i = 0; i < sk_X509_num(chain); i++)
        x509_pem_write(sk_X509_value(chain, i), pem);
    sk_X509_pop_free(chain, X509_free);
    X509_free(cert);
    return 0;
}
