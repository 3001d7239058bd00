/* gsi/x509_pem.c - certificates in PEM (RFC 7468). */
#include <string.h>

#include "gsi/gsi_ssl.h"

/* Add the certificate in one PEM block to CERTS; skip other kinds of blocks. */
static int
take_block(const char *name, const unsigned char *der, long n,
           STACK_OF(X509) * certs, struct err *err)
{
    if (strcmp(name, PEM_STRING_X509) != 0 &&
        strcmp(name, PEM_STRING_X509_OLD) != 0)
        return 0;
    if (sk_X509_num(certs) >= CHAIN_MAX)
        return err_set(err, ERR_LIMIT, "more than %d certificates in one chain",
                       CHAIN_MAX);
    const unsigned char *p = der;
    X509 *cert = d2i_X509(NULL, &p, n);
    if (!cert || p != der + n || !sk_X509_push(certs, cert)) {
        X509_free(cert);
        return err_set(err, ERR_SYNTAX,
                       "certificate %d in the PEM is malformed",
                       sk_X509_num(certs) + 1);
    }
    return 0;
}

static int
read_blocks(BIO *bio, STACK_OF(X509) * certs, struct err *err)
{
    char *name, *header;
    unsigned char *der;
    long n;
    while (PEM_read_bio(bio, &name, &header, &der, &n) == 1) {
        int rc = take_block(name, der, n, certs, err);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)n); /* it may be a key */
        if (rc)
            return -1;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return err_set(err, ERR_SYNTAX, "malformed PEM");
    if (!sk_X509_num(certs))
        return err_set(err, ERR_SYNTAX, "no certificate in the PEM");
    return 0;
}

STACK_OF(X509) * x509_pem_read(const void *pem, size_t n, struct err *err)
{
    if (n > PEM_TEXT_MAX) {
        err_set(err, ERR_LIMIT, "more than %d bytes of PEM", PEM_TEXT_MAX);
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(pem, (int)n);
    STACK_OF(X509) *certs = sk_X509_new_null();
    ERR_clear_error();
    if (!bio || !certs) {
        err_set(err, ERR_NOMEM, "no memory for certificates");
    } else if (!read_blocks(bio, certs, err)) {
        ERR_clear_error();
        BIO_free(bio);
        return certs;
    }
    ERR_clear_error();
    BIO_free(bio);
    sk_X509_pop_free(certs, X509_free);
    return NULL;
}

void
x509_pem_write(X509 *cert, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && PEM_write_bio_X509(bio, cert))
        x509_pem_drain(bio, out);
    else
        BIO_free(bio);
}

void
x509_pem_drain(BIO *bio, struct buf *out)
{
    char *data;
    long n = bio ? BIO_get_mem_data(bio, &data) : 0;
    if (n > 0)
        buf_add(out, data, (size_t)n);
    BIO_free(bio);
}
