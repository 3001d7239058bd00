/* gsi/cred.c - a credential in memory: certificate, key and issuers, its type
 * and identity (RFC 3820). */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/gsi_ssl.h"

struct cred {
    atomic_uint refs;
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
    char *subject;
    char *issuer;
    char *identity;
    time_t expires;
    enum cred_type type;
};

struct cred *
cred_ref(struct cred *cred)
{
    atomic_fetch_add(&cred->refs, 1);
    return cred;
}

void
cred_unref(struct cred *cred)
{
    if (!cred || atomic_fetch_sub(&cred->refs, 1) != 1)
        return;
    X509_free(cred->cert);
    EVP_PKEY_free(cred->key);
    sk_X509_pop_free(cred->chain, X509_free);
    free(cred->subject);
    free(cred->issuer);
    free(cred->identity);
    free(cred);
}

/* Copy CHAIN ordered from the nearest issuer up, because files and peers keep
 * no order.  Unrelated certificates go last. */
static STACK_OF(X509) * order(X509 *cert, STACK_OF(X509) * chain)
{
    STACK_OF(X509) *left = chain ? sk_X509_dup(chain) : sk_X509_new_null();
    STACK_OF(X509) *done = sk_X509_new_null();
    if (!left || !done)
        abort();
    for (int i = 0; i < sk_X509_num(left);) {
        X509 *next = sk_X509_value(left, i);
        if (X509_check_issued(next, cert) == X509_V_OK) {
            X509_up_ref(next);
            sk_X509_push(done, next);
            sk_X509_delete(left, i);
            cert = next;
            i = 0;
        } else {
            i++;
        }
    }
    for (int i = 0; i < sk_X509_num(left); i++) {
        X509_up_ref(sk_X509_value(left, i));
        sk_X509_push(done, sk_X509_value(left, i));
    }
    sk_X509_free(left);
    ERR_clear_error();
    return done;
}

static bool
inherits(enum cred_type type)
{
    return type == CRED_FULL || type == CRED_LIMITED ||
           type == CRED_RESTRICTED || type == CRED_LEGACY;
}

/* Find the identity: go up past the proxies, which the structure identifies,
 * never the name.  A limited proxy among them makes the credential limited. */
static void
set_identity(struct cred *c)
{
    X509 *at = c->cert;
    int i = 0;
    while (inherits(x509_type(at))) {
        if (x509_type(at) == CRED_LIMITED && c->type == CRED_FULL)
            c->type = CRED_LIMITED;
        if (i == sk_X509_num(c->chain))
            break;
        at = sk_X509_value(c->chain, i++);
    }
    c->identity =
        inherits(x509_type(at)) ? x509_issuer_text(at) : x509_subject_text(at);
}

static time_t
earliest_end(X509 *cert, STACK_OF(X509) * chain)
{
    time_t end = x509_time(X509_get0_notAfter(cert));
    for (int i = 0; i < sk_X509_num(chain); i++) {
        time_t t = x509_time(X509_get0_notAfter(sk_X509_value(chain, i)));
        end = t < end ? t : end;
    }
    return end;
}

int
cred_create(X509 *cert, EVP_PKEY *key, STACK_OF(X509) * chain,
            struct cred **cred, struct err *err)
{
    struct dn dn;
    *cred = NULL;
    if (x509_name_dn(X509_get_subject_name(cert), &dn, err))
        return -1;
    dn_fini(&dn);
    if (key && X509_check_private_key(cert, key) != 1) {
        char *subject = x509_subject_text(cert);
        ERR_clear_error();
        err_set(err, ERR_AUTHN, "the private key does not fit certificate '%s'",
                subject);
        free(subject);
        return -1;
    }
    struct cred *c = xcalloc(1, sizeof *c);
    atomic_init(&c->refs, 1);
    X509_up_ref(cert);
    c->cert = cert;
    if (key)
        EVP_PKEY_up_ref(key);
    c->key = key;
    c->chain = order(cert, chain);
    c->subject = x509_subject_text(cert);
    c->issuer = x509_issuer_text(cert);
    c->expires = earliest_end(cert, c->chain);
    c->type = x509_type(cert);
    set_identity(c);
    *cred = c;
    return 0;
}

X509 *
cred_cert(const struct cred *cred)
{
    return cred->cert;
}

EVP_PKEY *
cred_key(const struct cred *cred)
{
    return cred->key;
}

STACK_OF(X509) * cred_chain(const struct cred *cred)
{
    return cred->chain;
}

const char *
cred_subject(const struct cred *cred)
{
    return cred->subject;
}

const char *
cred_issuer(const struct cred *cred)
{
    return cred->issuer;
}

const char *
cred_identity(const struct cred *cred)
{
    return cred->identity;
}

time_t
cred_not_before(const struct cred *cred)
{
    return x509_time(X509_get0_notBefore(cred->cert));
}

time_t
cred_expires(const struct cred *cred)
{
    return cred->expires;
}

int
cred_key_bits(const struct cred *cred)
{
    return x509_key_bits(cred->cert);
}

enum cred_type
cred_type(const struct cred *cred)
{
    return cred->type;
}

const char *
cred_type_text(const struct cred *cred)
{
    static const char *const text[] = {
        [CRED_EEC] = "end entity credential",
        [CRED_FULL] = "RFC 3820 compliant impersonation proxy",
        [CRED_LIMITED] = "RFC 3820 compliant limited proxy",
        [CRED_INDEPENDENT] = "RFC 3820 compliant independent proxy",
        [CRED_RESTRICTED] = "RFC 3820 compliant restricted proxy",
        [CRED_LEGACY] = "full legacy globus proxy",
        [CRED_CA] = "CA certificate",
    };
    if (cred->type != CRED_LEGACY)
        return text[cred->type];
    return x509_legacy_text(cred->cert);
}

int
cred_to_pem(const struct cred *cred, bool with_key, struct buf *out,
            struct err *err)
{
    x509_pem_write(cred->cert, out);
    if (with_key) {
        BIO *bio = BIO_new(BIO_s_secmem());
        if (!cred->key || !bio ||
            !PEM_write_bio_PrivateKey(bio, cred->key, NULL, NULL, 0, NULL,
                                      NULL)) {
            BIO_free(bio);
            ERR_clear_error();
            return err_set(err, ERR_INTERNAL,
                           "the credential of '%s' has no private key to write",
                           cred->subject);
        }
        x509_pem_drain(bio, out);
    }
    for (int i = 0; i < sk_X509_num(cred->chain); i++)
        x509_pem_write(sk_X509_value(cred->chain, i), out);
    return 0;
}

int
cred_print(const struct cred *cred, struct buf *out, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = bio && X509_print(bio, cred->cert);
    if (ok)
        x509_pem_drain(bio, out);
    else
        BIO_free(bio);
    ERR_clear_error();
    return ok ? 0
              : err_set(err, ERR_INTERNAL, "cannot print certificate '%s'",
                        cred->subject);
}
