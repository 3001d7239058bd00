/* gsi/cred_self.c - self-signed credentials for data channels between peers
 * that both received the same one (DCSC P, GFD.47). */
#include "gsi/gsi_ssl.h"
#include "gsi/proxy_cert.h"

/* Allowance for clock differences. */
#define BEGIN_BEFORE 300

/* Set the same name for subject and issuer, and a serial number. */
static int
set_names(X509 *cert, const char *name)
{
    unsigned char raw[8];
    X509_NAME *dn = X509_get_subject_name(cert);
    uint64_t serial = 0;
    size_t i;

    if (RAND_bytes(raw, sizeof(raw)) != 1)
        return -1;
    for (i = 0; i < sizeof(raw); i++)
        serial = serial << 8 | raw[i];
    serial = serial >> 1 | 1; /* positive, never 0 */
    if (!X509_NAME_add_entry_by_NID(dn, NID_commonName, MBSTRING_ASC,
                                    (const unsigned char *)name, -1, -1, 0) ||
        !X509_set_issuer_name(cert, dn) ||
        !ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial))
        return -1;
    return 0;
}

/* No extensions: some peers reject a certificate that says it is a CA, others
 * one that says it is not. */
static int
fill(X509 *cert, EVP_PKEY *key, const char *name, long lifetime)
{
    time_t now = time(NULL);

    if (!X509_set_version(cert, X509_VERSION_3) || set_names(cert, name) < 0 ||
        !ASN1_TIME_set(X509_getm_notBefore(cert), now - BEGIN_BEFORE) ||
        !ASN1_TIME_set(X509_getm_notAfter(cert), now + lifetime) ||
        !X509_set_pubkey(cert, key) || X509_sign(cert, key, EVP_sha256()) <= 0)
        return -1;
    return 0;
}

int
cred_self_signed(const char *name, long lifetime, struct cred **cred,
                 struct err *err)
{
    EVP_PKEY *key = proxy_key_make(0, err);
    X509 *cert = X509_new();
    int rc = -1;

    *cred = NULL;
    if (key == NULL || cert == NULL || fill(cert, key, name, lifetime) < 0)
        err_set(err, ERR_INTERNAL, "cannot make a self-signed certificate");
    else
        rc = cred_create(cert, key, NULL, cred, err);
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return rc;
}
