/* gsi/tls/tls_judge.c - our chain verification instead of OpenSSL's: the
 * callback that verifies the peer's chain during a handshake, and the one that
 * records alerts. */
#include <pthread.h>
#include <stdlib.h>

#include "gsi/tls/tls_conn.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ssl_index, ctx_index;

static void
free_with_ctx(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
              void *argp)
{
    struct tls_judge *j = ptr;

    (void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
    if (j == NULL)
        return;
    tls_judge_fini(j);
    free(j);
}

static void
make_indices(void)
{
    ssl_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    ctx_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_with_ctx);
}

/* The judge of SSL, else that of its context; NULL. */
static struct tls_judge *
judge_of(const SSL *ssl)
{
    struct tls_judge *j = SSL_get_ex_data(ssl, ssl_index);

    return j != NULL ? j : SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ctx_index);
}

/* Drop the peer's certificates from the SSL except the leaf that all
 * connections with this chain share: saves 4 KiB and more for each. */
static void
slim_down(X509_STORE_CTX *store, STACK_OF(X509) * sent, X509 *shared)
{
    X509 *leaf;

    while (sk_X509_num(sent) > 1)
        X509_free(sk_X509_pop(sent));
    leaf = sk_X509_value(sent, 0);
    X509_up_ref(shared);
    sk_X509_set(sent, 0, shared);
    X509_STORE_CTX_set_cert(store, shared);
    X509_free(leaf);
}

/* Something missing on our side is not a fault of the certificate: OpenSSL
 * sends certificate_unknown for this code. */
#define NO_LIST X509_V_ERR_CRL_PATH_VALIDATION_ERROR

/* Codes whose alert by OpenSSL would mislead, with the code that gives the
 * right one (RFC 8446 s.6.2): CERT_REJECTED gives bad_certificate,
 * CERT_HAS_EXPIRED certificate_expired ("or is not currently valid"). */
static const struct {
    int code, as;
} alerts[] = {
    { X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_CERT_CHAIN_TOO_LONG, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_INVALID_CA, X509_V_ERR_CERT_REJECTED },
    { X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED },
    { X509_V_ERR_CRL_HAS_EXPIRED, NO_LIST },
    { X509_V_ERR_CRL_NOT_YET_VALID, NO_LIST },
    { X509_V_ERR_UNABLE_TO_GET_CRL, NO_LIST },
    { X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, NO_LIST },
    { X509_V_ERR_CRL_SIGNATURE_FAILURE, NO_LIST },
    { X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, NO_LIST },
    { X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, NO_LIST },
    { X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, NO_LIST },
    { X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, NO_LIST },
    { X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, NO_LIST },
};

static int
alert_code(int code)
{
    size_t i;

    for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
        if (alerts[i].code == code)
            return alerts[i].as;
    return code;
}

/* Check that the peer has the name that J requires, if any. */
static int
check_subject(struct tls_judge *j)
{
    const struct peer *peer = tls_verdict_peer(j->verdict);
    struct dn dn = { .n = 0 };
    bool same;

    if (j->subject == NULL)
        return 0;
    if (dn_parse(peer->identity, &dn, tls_judge_err(j)) < 0)
        return -1;
    same = dn_matches_text(&dn, j->subject);
    dn_fini(&dn);
    return same ? 0
                : err_set(tls_judge_err(j), ERR_AUTHN,
                          "the server is '%s', not the expected '%s'",
                          peer->identity, j->subject);
}

/* The purpose to verify LEAF for.  Our own self-signed certificate needs no CA,
 * because the handshake proves that the peer has its key. */
static enum chain_purpose
purpose_of(const struct tls_judge *j, const SSL *ssl, X509 *leaf)
{
    X509 *own = SSL_get_certificate(ssl);

    if (j->own && own != NULL && X509_cmp(own, leaf) == 0 &&
        X509_get_extension_flags(leaf) & EXFLAG_SS)
        return CHAIN_OWN;
    return j->purpose;
}

/* Called by OpenSSL instead of X509_verify_cert(). */
static int
judge(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_judge *j = judge_of(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    int code = X509_V_ERR_APPLICATION_VERIFICATION;

    (void)arg;
    if (j == NULL || leaf == NULL) {
        X509_STORE_CTX_set_error(store, code);
        return 0;
    }
    tls_verdict_unref(j->verdict);
    j->verdict = NULL;
    if (tls_verdict_get(j->trust, purpose_of(j, ssl, leaf), j->host, leaf, sent,
                        &j->verdict, &code, tls_judge_err(j)) < 0) {
        X509_STORE_CTX_set_error(store, alert_code(code));
        return 0;
    }
    if (check_subject(j) < 0) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    if (!j->err_borrowed) {
        free(j->err);
        j->err = NULL;
    }
    if (j->server && sk_X509_value(sent, 0) == leaf)
        slim_down(store, sent, tls_verdict_leaf(j->verdict));
    ERR_clear_error();
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* Called by OpenSSL for alerts and other events. */
static void
record_alert(const SSL *ssl, int where, int value)
{
    struct tls_judge *j;

    if ((where & SSL_CB_ALERT) == 0 || (j = judge_of(ssl)) == NULL)
        return;
    if (where & SSL_CB_READ)
        tls_judge_alert(j, value & 0xff);
    else
        j->said = value & 0xff;
}

void
tls_judge_install(SSL_CTX *ctx)
{
    pthread_once(&once, make_indices);
    SSL_CTX_set_cert_verify_callback(ctx, judge, NULL);
    SSL_CTX_set_info_callback(ctx, record_alert);
}

int
tls_judge_attach(SSL *ssl, struct tls_judge *j)
{
    return SSL_set_ex_data(ssl, ssl_index, j) == 1 ? 0 : -1;
}

int
tls_judge_attach_ctx(SSL_CTX *ctx, struct tls_judge *j)
{
    return SSL_CTX_set_ex_data(ctx, ctx_index, j) == 1 ? 0 : -1;
}

void
tls_judge_fini(struct tls_judge *j)
{
    tls_verdict_unref(j->verdict);
    free(j->host);
    free(j->subject);
    if (!j->err_borrowed)
        free(j->err);
    j->verdict = NULL;
    j->host = j->subject = NULL;
    j->err = NULL;
}
