/* gsi/x509_cert.c - names, times and type of one certificate (RFC 5280, RFC
 * 3820). */
#include <stdlib.h>
#include <string.h>

#include "gsi/gsi_ssl.h"

static bool
is_text(int asn1_type)
{
    return (ASN1_tag2bit(asn1_type) &
            (B_ASN1_DIRECTORYSTRING | B_ASN1_IA5STRING | B_ASN1_NUMERICSTRING |
             B_ASN1_VISIBLESTRING)) != 0;
}

static int
add_entry(const X509_NAME_ENTRY *e, bool joined, struct dn *dn, struct err *err)
{
    char oid[128];
    unsigned char *utf8 = NULL;
    struct buf value = BUF_INIT;
    const ASN1_STRING *data = X509_NAME_ENTRY_get_data(e);
    int n = OBJ_obj2txt(oid, sizeof oid, X509_NAME_ENTRY_get_object(e), 1);
    if (n <= 0 || n >= (int)sizeof oid)
        return err_set(err, ERR_SYNTAX,
                       "certificate name with an unreadable attribute type");
    if (!is_text(ASN1_STRING_type(data)))
        return err_set(err, ERR_SYNTAX,
                       "the %s in a certificate name is not text", oid);
    n = ASN1_STRING_to_UTF8(&utf8, data);
    if (n < 0)
        return err_set(err, ERR_SYNTAX,
                       "the %s in a certificate name cannot be decoded", oid);
    buf_add(&value, utf8, (size_t)n);
    OPENSSL_free(utf8);
    const char *type = dn_type(oid, strlen(oid));
    int rc = dn_value_add(dn, type, strlen(type), &value, joined, err);
    buf_fini(&value);
    return rc;
}

int
x509_name_dn(const X509_NAME *name, struct dn *dn, struct err *err)
{
    int set = -1;
    *dn = (struct dn){ NULL, 0 };
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
        if (add_entry(e, X509_NAME_ENTRY_set(e) == set, dn, err)) {
            dn_fini(dn);
            return -1;
        }
        set = X509_NAME_ENTRY_set(e);
    }
    return 0;
}

char *
x509_name_text(const X509_NAME *name)
{
    struct dn dn;
    struct buf text = BUF_INIT;
    if (!x509_name_dn(name, &dn, NULL)) {
        dn_text(&dn, &text);
        dn_fini(&dn);
    } else {
        /* OpenSSL escapes unprintable bytes */
        char *s = X509_NAME_oneline(name, NULL, 0);
        buf_adds(&text, s ? s : "?");
        OPENSSL_free(s);
    }
    return text.data ? buf_detach(&text) : xstrdup("");
}

char *
x509_subject_text(X509 *cert)
{
    return x509_name_text(X509_get_subject_name(cert));
}

char *
x509_issuer_text(X509 *cert)
{
    return x509_name_text(X509_get_issuer_name(cert));
}

time_t
x509_time(const ASN1_TIME *t)
{
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    return t && ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

bool
x509_is_proxy(X509 *cert)
{
    return X509_get_ext_by_NID(cert, NID_proxyCertInfo, -1) >= 0;
}

int
x509_key_bits(X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    return key ? EVP_PKEY_get_bits(key) : 0;
}

/* The index of the draft's proxyCertInfo among CERT's extensions; -1. */
static int
draft_info(X509 *cert)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(OID_PCI_DRAFT, 1);
    int at = oid ? X509_get_ext_by_OBJ(cert, oid, -1) : -1;
    ASN1_OBJECT_free(oid);
    return at;
}

/* A GT2 proxy: the issuer's name plus a CN "proxy" or "limited proxy". */
static bool
is_legacy_proxy(X509 *cert)
{
    struct dn subject = { NULL, 0 }, issuer = { NULL, 0 };
    bool is = false;
    if (!x509_name_dn(X509_get_subject_name(cert), &subject, NULL) &&
        !x509_name_dn(X509_get_issuer_name(cert), &issuer, NULL) &&
        subject.n >= 2 && subject.n == issuer.n + 1) {
        const struct dn_attr *last = &subject.attr[subject.n - 1];
        struct dn rest = { subject.attr, subject.n - 1 };
        is = strcmp(last->type, "CN") == 0 &&
             (strcmp(last->value, "proxy") == 0 ||
              strcmp(last->value, "limited proxy") == 0) &&
             dn_equal(&rest, &issuer);
    }
    dn_fini(&subject);
    dn_fini(&issuer);
    return is;
}

static enum cred_type
proxy_type(X509 *cert)
{
    char oid[128] = "";
    int critical;
    PROXY_CERT_INFO_EXTENSION *pci =
        X509_get_ext_d2i(cert, NID_proxyCertInfo, &critical, NULL);
    if (pci)
        OBJ_obj2txt(oid, sizeof oid, pci->proxyPolicy->policyLanguage, 1);
    PROXY_CERT_INFO_EXTENSION_free(pci);
    if (strcmp(oid, OID_PPL_INHERIT_ALL) == 0)
        return CRED_FULL;
    if (strcmp(oid, OID_PPL_LIMITED) == 0)
        return CRED_LIMITED;
    if (strcmp(oid, OID_PPL_INDEPENDENT) == 0)
        return CRED_INDEPENDENT;
    return CRED_RESTRICTED;
}

static bool
holds(const ASN1_OCTET_STRING *der, const char *language)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(language, 1);
    const unsigned char *p = ASN1_STRING_get0_data(der);
    size_t n = (size_t)ASN1_STRING_length(der);
    bool is = oid && memmem(p, n, OBJ_get0_data(oid), OBJ_length(oid));
    ASN1_OBJECT_free(oid);
    return is;
}

const char *
x509_legacy_text(X509 *cert)
{
    int at = draft_info(cert);
    if (at < 0) {
        char *subject = x509_subject_text(cert);
        size_t n = strlen(subject), tail = strlen("/CN=limited proxy");
        bool limited =
            n > tail && !strcmp(subject + n - tail, "/CN=limited proxy");
        free(subject);
        return limited ? "limited legacy globus proxy"
                       : "full legacy globus proxy";
    }
    const ASN1_OCTET_STRING *der =
        X509_EXTENSION_get_data(X509_get_ext(cert, at));
    if (holds(der, OID_PPL_LIMITED))
        return "Proxy draft (pre-RFC) compliant limited proxy";
    return holds(der, OID_PPL_INDEPENDENT)
               ? "Proxy draft (pre-RFC) compliant independent proxy"
               : "Proxy draft (pre-RFC) compliant impersonation proxy";
}

enum cred_type
x509_type(X509 *cert)
{
    if (x509_is_proxy(cert))
        return proxy_type(cert);
    if (draft_info(cert) >= 0)
        return CRED_LEGACY;
    if (X509_check_ca(cert) == 1)
        return CRED_CA;
    return is_legacy_proxy(cert) ? CRED_LEGACY : CRED_EEC;
}
