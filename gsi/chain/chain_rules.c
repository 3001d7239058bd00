/* gsi/chain/chain_rules.c - the rules that OpenSSL does not check: RFC 3820 s.3
 * and 4, Globus' limited proxies and signing policies, RFC 2818. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gsi/chain/chain_judge.h"

/* Proxies are valid from some minutes before they are made. */
#define CLOCK_SKEW 600

int
judge_proxies(STACK_OF(X509) * chain)
{
    int n = 0;
    while (n < sk_X509_num(chain) && x509_is_proxy(sk_X509_value(chain, n)))
        n++;
    return n;
}

/* A parsed proxyCertInfo (RFC 3820 s.3.8). */
struct info {
    bool well_formed; /* exactly one, without trailing bytes */
    bool critical;
    bool has_policy;
    bool negative; /* the path length is negative, which OpenSSL ignores */
};

static struct info
read_info(X509 *proxy)
{
    struct info info = { .well_formed = false };
    int at = X509_get_ext_by_NID(proxy, NID_proxyCertInfo, -1);
    X509_EXTENSION *ext = X509_get_ext(proxy, at);
    const ASN1_OCTET_STRING *der = X509_EXTENSION_get_data(ext);
    const unsigned char *p = ASN1_STRING_get0_data(der);
    const unsigned char *end = p + ASN1_STRING_length(der);
    PROXY_CERT_INFO_EXTENSION *pci =
        d2i_PROXY_CERT_INFO_EXTENSION(NULL, &p, end - p);
    if (pci) {
        const ASN1_INTEGER *length = pci->pcPathLengthConstraint;
        info.well_formed =
            p == end && X509_get_ext_by_NID(proxy, NID_proxyCertInfo, at) < 0;
        info.critical = X509_EXTENSION_get_critical(ext) == 1;
        info.has_policy = pci->proxyPolicy->policy != NULL;
        info.negative =
            length && ASN1_STRING_type(length) == V_ASN1_NEG_INTEGER;
    }
    PROXY_CERT_INFO_EXTENSION_free(pci);
    ERR_clear_error();
    return info;
}

static int
check_policy(struct judge *j, X509 *proxy)
{
    struct info info = read_info(proxy);
    if (!info.well_formed)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "has a malformed proxyCertInfo");
    if (info.negative)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "is a proxy with a negative path length");
    if (!info.critical)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "is a proxy whose proxyCertInfo is not critical");
    if (x509_type(proxy) == CRED_RESTRICTED)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "is a proxy with a policy language that is not "
                            "understood here");
    if (info.has_policy)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "is a proxy with a policy where its language "
                            "allows none");
    return 0;
}

static int
check_life(struct judge *j, X509 *proxy, X509 *issuer)
{
    time_t begin = x509_time(X509_get0_notBefore(proxy));
    time_t end = x509_time(X509_get0_notAfter(proxy));
    long most = trust_proxy_max(j->trust);
    if (end > x509_time(X509_get0_notAfter(issuer)))
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                            "is a proxy that outlives its issuer");
    if (most > 0 && end - begin > most + CLOCK_SKEW) {
        char *text = xasprintf("is a proxy for more than the %ld seconds that "
                               "are allowed here",
                               most);
        judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy, text);
        free(text);
        return -1;
    }
    return 0;
}

int
judge_proxy_rules(struct judge *j, STACK_OF(X509) * chain)
{
    bool limited = false;
    for (int i = judge_proxies(chain) - 1; i >= 0; i--) {
        X509 *proxy = sk_X509_value(chain, i);
        if (check_policy(j, proxy) ||
            check_life(j, proxy, sk_X509_value(chain, i + 1)))
            return -1;
        if ((X509_get_extension_flags(proxy) & EXFLAG_KUSAGE) &&
            (X509_get_key_usage(proxy) & KU_KEY_CERT_SIGN))
            return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                                "is a proxy that claims to sign certificates "
                                "(keyCertSign)");
        enum cred_type type = x509_type(proxy);
        if (limited && type == CRED_FULL)
            return judge_refuse(j, X509_V_ERR_CERT_REJECTED, proxy,
                                "is a full proxy below a limited one");
        limited = limited || type == CRED_LIMITED;
    }
    return 0;
}

static int
check_name(struct judge *j, X509 *cert)
{
    struct err why = ERR_INIT;
    struct dn dn;
    if (!x509_name_dn(X509_get_subject_name(cert), &dn, &why)) {
        dn_fini(&dn);
        return 0;
    }
    char *text = xasprintf("is refused for its name: %s", why.text);
    judge_refuse(j, X509_V_ERR_CERT_REJECTED, cert, text);
    free(text);
    return -1;
}

int
judge_certificates(struct judge *j, STACK_OF(X509) * chain)
{
    int n = sk_X509_num(chain);
    for (int i = 0; i < n; i++)
        if (check_name(j, sk_X509_value(chain, i)))
            return -1;
    for (int i = judge_proxies(chain) + 1; i < n; i++) {
        X509 *ca = sk_X509_value(chain, i);
        /* OpenSSL also accepts a version 3 certificate with only keyCertSign; 3
         * is a version 1 root */
        int is = X509_check_ca(ca);
        if (is != 1 && !(is == 3 && i == n - 1))
            return judge_refuse(j, X509_V_ERR_INVALID_CA, ca,
                                "has issued another although it is not a CA's");
    }
    return 0;
}

/* Refuse CERT because its CA is not permitted to sign it, or no policy
 * exists. */
static int
refuse_permit(struct judge *j, enum trust_permit permit, X509 *cert, X509 *ca)
{
    if (permit == TRUST_PERMIT_REFUSED)
        return judge_refuse(j, X509_V_ERR_CERT_REJECTED, cert,
                            "bears a name that the signing policy of its CA "
                            "does not let it give");
    char *path = xasprintf(
        "%s/%08lx.signing_policy", trust_dir(j->trust),
        X509_NAME_hash_ex(X509_get_subject_name(ca), NULL, NULL, NULL));
    char *text = xasprintf("is a CA's without %s signing policy: see '%s'",
                           permit == TRUST_PERMIT_BROKEN ? "a readable" : "a",
                           judge_file(j, path));
    judge_refuse(j, X509_V_ERR_CERT_REJECTED, ca, text);
    free(path);
    free(text);
    return -1;
}

static int
check_signing(struct judge *j, X509 *cert, X509 *ca)
{
    struct dn subject, issuer;
    const X509_NAME *name = X509_get_subject_name(ca);
    if (x509_name_dn(X509_get_subject_name(cert), &subject, j->err))
        return -1;
    if (x509_name_dn(name, &issuer, j->err)) {
        dn_fini(&subject);
        return -1;
    }
    enum trust_permit permit =
        trust_snap_permit(j->snap, name, &issuer, &subject);
    dn_fini(&subject);
    dn_fini(&issuer);
    return permit == TRUST_PERMIT_GRANTED ? 0
                                          : refuse_permit(j, permit, cert, ca);
}

static int
check_crl_file(struct judge *j, X509 *cert)
{
    char *text = judge_bad_list(j, cert);
    if (!text)
        return 0;
    judge_refuse(j, X509_V_ERR_UNABLE_TO_GET_CRL, cert, text);
    free(text);
    return -1;
}

int
judge_policies(struct judge *j, STACK_OF(X509) * chain)
{
    for (int i = judge_proxies(chain); i + 1 < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);
        if (check_crl_file(j, cert))
            return -1;
        /* as in Globus: a self-issued certificate needs no permission */
        if (X509_NAME_cmp(X509_get_subject_name(cert),
                          X509_get_issuer_name(cert)) != 0 &&
            check_signing(j, cert, sk_X509_value(chain, i + 1)))
            return -1;
    }
    return 0;
}

int
judge_host(struct judge *j, X509 *eec)
{
    const char *host = j->check->host;
    if (!host)
        return 0;
    bool ok = x509_names_host(eec, host);
    if (!ok) {
        char *text = xasprintf("does not name the host '%s'", host);
        judge_refuse(j, X509_V_ERR_HOSTNAME_MISMATCH, eec, text);
        free(text);
    }
    return ok ? 0 : -1;
}
