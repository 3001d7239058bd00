/* gsi/chain/chain_error.c - the reason for refusing a chain, in one sentence
 * that names the certificate. */
#include <stdlib.h>

#include "base/codec.h"
#include "gsi/chain/chain_judge.h"

static const struct {
    int code;
    const char *words;
} reasons[] = {
#define VERR(code, words) { X509_V_ERR_##code, words },
#include "gsi/chain/chain_error.def"
#undef VERR
};

static char *
at(const ASN1_TIME *t)
{
    char text[TIME_TEXT];
    return xstrdup(time_utc(x509_time(t), text));
}

static char *
in_words(int code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].code == code)
            return xstrdup(reasons[i].words);
    return xasprintf("is refused: %s", X509_verify_cert_error_string(code));
}

/* Whether the trust directory has a CA called NAME. */
static bool
known(X509_STORE_CTX *ctx, const X509_NAME *name)
{
    STACK_OF(X509) *same = X509_STORE_CTX_get1_certs(ctx, name);
    bool is = same && sk_X509_num(same) > 0;
    sk_X509_pop_free(same, X509_free);
    return is;
}

/* The certificate sent with the leaf that has the name of CERT's issuer;
 * NULL. */
static X509 *
sent_issuer(X509_STORE_CTX *ctx, X509 *cert)
{
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
    for (int i = 0; i < sk_X509_num(sent); i++)
        if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(sent, i)),
                          X509_get_issuer_name(cert)) == 0)
            return sk_X509_value(sent, i);
    return NULL;
}

/* OpenSSL found no issuer for PROXY.  The trust directory is not the cause: the
 * issuer was not sent, or PROXY or the issuer is invalid. */
static char *
no_proxy_issuer(X509_STORE_CTX *ctx, X509 *proxy)
{
    X509 *issuer = sent_issuer(ctx, proxy);
    if (X509_get_extension_flags(proxy) & EXFLAG_INVALID)
        return xstrdup("is a proxy with an extension that is malformed, or "
                       "that no proxy may have (a CA's basicConstraints, an "
                       "alternative name)");
    if (!issuer) {
        char *name = x509_issuer_text(proxy);
        char *text = xasprintf("is a proxy that came without its issuer, the "
                               "certificate '%s'",
                               name);
        free(name);
        return text;
    }
    int code = X509_check_issued(issuer, proxy);
    ERR_clear_error();
    if (code == X509_V_ERR_AKID_SKID_MISMATCH ||
        code == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH)
        return xstrdup("is a proxy that names another certificate as its "
                       "issuer than the one that came with it");
    return in_words(code == X509_V_OK || code == X509_V_ERR_UNSPECIFIED
                        ? X509_V_ERR_CERT_SIGNATURE_FAILURE
                        : code);
}

/* The issuer is unknown, or known with another key. */
static char *
no_issuer(struct judge *j, X509_STORE_CTX *ctx, X509 *cert)
{
    if (x509_is_proxy(cert))
        return no_proxy_issuer(ctx, cert);
    const X509_NAME *name = X509_get_issuer_name(cert);
    char *issuer = x509_name_text(name), *text;
    if (known(ctx, name))
        text = xasprintf("is not signed by the CA '%s' of the trust "
                         "directory%s: it is forged, or the CA has another key",
                         issuer, j->where);
    else
        text = xasprintf("is issued by '%s', who is not in the trust "
                         "directory%s",
                         issuer, j->where);
    free(issuer);
    return text;
}

static char *
revoked(X509_STORE_CTX *ctx, X509 *cert)
{
    X509_REVOKED *entry = NULL;
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    char *issuer = x509_issuer_text(cert), *text;
    if (crl)
        X509_CRL_get0_by_cert(crl, &entry, cert);
    if (entry) {
        char *when = at(X509_REVOKED_get0_revocationDate(entry));
        text = xasprintf("was revoked by '%s' on %s", issuer, when);
        free(when);
    } else {
        text = xasprintf("was revoked by '%s'", issuer);
    }
    free(issuer);
    return text;
}

static char *
stale_crl(X509_STORE_CTX *ctx, X509 *cert)
{
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    char *issuer = x509_issuer_text(cert);
    char *when = crl ? at(X509_CRL_get0_nextUpdate(crl)) : xstrdup("?");
    char *text = xasprintf("cannot be checked: the revocation list of '%s' is "
                           "out of date since %s, fetch a new one",
                           issuer, when);
    free(issuer);
    free(when);
    return text;
}

static char *
no_crl(struct judge *j, X509 *cert)
{
    char *text = judge_bad_list(j, cert);
    if (text)
        return text;
    char *issuer = x509_issuer_text(cert);
    bool other =
        trust_snap_find_crls(j->snap, X509_get_issuer_name(cert), NULL) > 0;
    text = xasprintf(
        "cannot be checked: %s of '%s' in the trust directory%s%s",
        other ? "the revocation list" : "there is no revocation list", issuer,
        j->where, other ? " does not cover it" : ", and one is required");
    free(issuer);
    return text;
}

static char *
validity(X509 *cert, bool expired)
{
    char *when =
        at(expired ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert));
    char *text =
        xasprintf(expired ? "expired on %s" : "is not valid before %s", when);
    free(when);
    return text;
}

static char *
words(struct judge *j, X509_STORE_CTX *ctx, int code, X509 *cert)
{
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return validity(cert, code == X509_V_ERR_CERT_HAS_EXPIRED);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return no_issuer(j, ctx, cert);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return xasprintf("is self-signed and not in the trust directory%s",
                         j->where);
    case X509_V_ERR_CERT_REVOKED:
        return revoked(ctx, cert);
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return stale_crl(ctx, cert);
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        return no_crl(j, cert);
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return known(ctx, X509_get_issuer_name(cert)) ? no_issuer(j, ctx, cert)
                                                      : in_words(code);
    default:
        return in_words(code);
    }
}

void
judge_explain(struct judge *j, X509_STORE_CTX *ctx)
{
    int code = X509_STORE_CTX_get_error(ctx);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    if (!cert)
        cert = X509_STORE_CTX_get0_cert(ctx);
    char *text = words(j, ctx, code, cert);
    judge_refuse(j, code, cert, text);
    free(text);
}
