/* gsi/proxy_cert.c - make one RFC 3820 certificate: name, validity, key usage
 * and proxyCertInfo from its issuer. */
#include <string.h>

#include "base/codec.h"
#include "gsi/proxy_cert.h"

/* Allowance for clock differences, because a proxy is used at once. */
#define BEGIN_BEFORE 300

static const char *
language(const struct cred *issuer, const struct proxy_spec *spec)
{
    if (spec->type == CRED_INDEPENDENT)
        return OID_PPL_INDEPENDENT;
    if (spec->type == CRED_RESTRICTED)
        return spec->policy_oid ? spec->policy_oid : "";
    if (spec->type == CRED_LIMITED || cred_type(issuer) == CRED_LIMITED)
        return OID_PPL_LIMITED;
    return OID_PPL_INHERIT_ALL;
}

static int
check_issuer(const struct cred *issuer, const struct proxy_spec *spec,
             struct err *err)
{
    const char *who = cred_subject(issuer);
    char when[TIME_TEXT];
    X509 *cert = cred_cert(issuer);
    if (!cred_key(issuer))
        return err_set(err, ERR_USAGE, "the credential of '%s' has no key",
                       who);
    if (cred_expires(issuer) <= time(NULL))
        return err_set(err, ERR_AUTHN, "certificate '%s' expired on %s", who,
                       time_utc(cred_expires(issuer), when));
    if (cred_type(issuer) == CRED_CA || cred_type(issuer) == CRED_LEGACY)
        return err_set(err, ERR_AUTHN,
                       "certificate '%s' is a %s, which cannot issue proxies",
                       who, cred_type_text(issuer));
    if ((X509_get_extension_flags(cert) & EXFLAG_KUSAGE) &&
        !(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE))
        return err_set(err, ERR_AUTHN,
                       "certificate '%s' may not sign proxies: its key usage "
                       "lacks digitalSignature",
                       who);
    if (cred_type(issuer) == CRED_LIMITED && spec->type != CRED_LIMITED &&
        spec->type != CRED_FULL)
        return err_set(err, ERR_AUTHN,
                       "the limited proxy '%s' can only make limited ones",
                       who);
    return 0;
}

/* The number of further proxies that ISSUER allows below it; -1 = no limit. */
static long
path_left(const struct cred *issuer)
{
    long left = -1;
    X509 *cert = cred_cert(issuer);
    for (int i = 0; x509_is_proxy(cert); i++) {
        long allowed = X509_get_proxy_pathlen(cert);
        if (allowed >= 0 && (left < 0 || allowed - i < left))
            left = allowed - i > 0 ? allowed - i : 0;
        if (i == sk_X509_num(cred_chain(issuer)))
            break;
        cert = sk_X509_value(cred_chain(issuer), i);
    }
    return left;
}

static int
add_info(X509 *cert, const struct cred *issuer, const struct proxy_spec *spec,
         struct err *err)
{
    const char *oid = language(issuer, spec);
    PROXY_CERT_INFO_EXTENSION *pci = PROXY_CERT_INFO_EXTENSION_new();
    ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
    int ok = pci && obj;
    if (!obj)
        err_set(err, ERR_USAGE, "'%s' is not an OID of a policy language", oid);
    if (ok) {
        ASN1_OBJECT_free(pci->proxyPolicy->policyLanguage);
        pci->proxyPolicy->policyLanguage = obj;
        obj = NULL;
    }
    if (ok && spec->path_length >= 0) {
        pci->pcPathLengthConstraint = ASN1_INTEGER_new();
        ok = pci->pcPathLengthConstraint &&
             ASN1_INTEGER_set(pci->pcPathLengthConstraint, spec->path_length);
    }
    if (ok && spec->policy && spec->type == CRED_RESTRICTED) {
        pci->proxyPolicy->policy = ASN1_OCTET_STRING_new();
        ok = pci->proxyPolicy->policy &&
             ASN1_OCTET_STRING_set(pci->proxyPolicy->policy, spec->policy,
                                   (int)spec->policy_len);
    }
    ok = ok && X509_add1_ext_i2d(cert, NID_proxyCertInfo, pci, 1, 0) == 1;
    PROXY_CERT_INFO_EXTENSION_free(pci);
    ASN1_OBJECT_free(obj);
    return ok ? 0 : err_set(err, ERR_INTERNAL, "cannot make proxyCertInfo");
}

/* Add the issuer's key usage without the bits that a proxy must not have. */
static int
add_key_usage(X509 *cert, X509 *issuer)
{
    static const struct {
        uint32_t bit;
        int at;
    } keep[] = {
        { KU_DIGITAL_SIGNATURE, 0 }, { KU_KEY_ENCIPHERMENT, 2 },
        { KU_DATA_ENCIPHERMENT, 3 }, { KU_KEY_AGREEMENT, 4 },
        { KU_ENCIPHER_ONLY, 7 },     { KU_DECIPHER_ONLY, 8 },
    };
    uint32_t has = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT;
    if (X509_get_extension_flags(issuer) & EXFLAG_KUSAGE)
        has = X509_get_key_usage(issuer);
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    int ok = bits != NULL;
    for (size_t i = 0; i < sizeof keep / sizeof *keep && ok; i++)
        if (has & keep[i].bit)
            ok = ASN1_BIT_STRING_set_bit(bits, keep[i].at, 1);
    ok = ok && X509_add1_ext_i2d(cert, NID_key_usage, bits, 1, 0) == 1;
    ASN1_BIT_STRING_free(bits);
    return ok ? 0 : -1;
}

/* Set a random serial, and the issuer's name plus a CN with the serial. */
static int
set_names(X509 *cert, X509 *issuer)
{
    unsigned char raw[8];
    uint64_t serial = 0;
    char text[32];
    if (RAND_bytes(raw, sizeof raw) != 1)
        return -1;
    for (size_t i = 0; i < sizeof raw; i++)
        serial = serial << 8 | raw[i];
    serial = serial >> 1 | 1; /* positive, never 0 */
    snprintf(text, sizeof text, "%llu", (unsigned long long)serial);
    X509_NAME *name = X509_NAME_dup(X509_get_subject_name(issuer));
    int ok = name &&
             X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                        (unsigned char *)text, -1, -1, 0) &&
             X509_set_subject_name(cert, name) &&
             X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
             ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
    X509_NAME_free(name);
    return ok ? 0 : -1;
}

static int
set_life(X509 *cert, const struct cred *issuer, long lifetime)
{
    time_t now = time(NULL), end = cred_expires(issuer);
    if (lifetime > 0 && lifetime < end - now)
        end = now + lifetime;
    return ASN1_TIME_set(X509_getm_notBefore(cert), now - BEGIN_BEFORE) &&
                   ASN1_TIME_set(X509_getm_notAfter(cert), end)
               ? 0
               : -1;
}

static int
sign(X509 *cert, EVP_PKEY *key)
{
    /* these keys have a built-in digest (RFC 8410), which OpenSSL 3.0 does not
     * report as the default */
    bool own = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
    return X509_sign(cert, key, own ? NULL : EVP_sha256()) > 0 ? 0 : -1;
}

X509 *
proxy_cert_make(const struct cred *issuer, const struct proxy_spec *spec,
                EVP_PKEY *key, struct err *err)
{
    if (check_issuer(issuer, spec, err))
        return NULL;
    if (path_left(issuer) == 0) {
        err_set(err, ERR_AUTHN,
                "the path length of '%s' allows no further proxy",
                cred_subject(issuer));
        return NULL;
    }
    X509 *cert = X509_new();
    if (!cert || !X509_set_version(cert, X509_VERSION_3) ||
        set_names(cert, cred_cert(issuer)) ||
        set_life(cert, issuer, spec->lifetime) || !X509_set_pubkey(cert, key) ||
        add_info(cert, issuer, spec, err) ||
        add_key_usage(cert, cred_cert(issuer)) ||
        sign(cert, cred_key(issuer))) {
        err_set(err, ERR_INTERNAL, "cannot make a proxy of '%s'",
                cred_subject(issuer));
        X509_free(cert);
        cert = NULL;
    }
    ERR_clear_error();
    return cert;
}

STACK_OF(X509) * proxy_cert_issuers(const struct cred *issuer)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    STACK_OF(X509) *chain = cred_chain(issuer);
    for (int i = -1; i < sk_X509_num(chain); i++) {
        X509 *cert = i < 0 ? cred_cert(issuer) : sk_X509_value(chain, i);
        if (i >= 0 && (X509_get_extension_flags(cert) & EXFLAG_SS))
            continue;
        X509_up_ref(cert);
        if (!all || !sk_X509_push(all, cert))
            abort();
    }
    return all;
}
