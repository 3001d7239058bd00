/* gsi/cred_weak.c - whether services will reject a credential's keys and
 * signatures as too weak. */
#include <stdlib.h>

#include "gsi/gsi_ssl.h"

/* What is too weak in CERT, to follow "certificate 'SUBJECT' "; NULL: nothing.
 * The caller must free() it. */
static char *
weakness(X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    int digest = NID_undef, bits = 0;

    if (key != NULL && EVP_PKEY_get_security_bits(key) < AUTH_BITS)
        return xasprintf("has a key of %d bits", EVP_PKEY_get_bits(key));
    if (!(X509_get_extension_flags(cert) & EXFLAG_SS) &&
        X509_get_signature_info(cert, &digest, NULL, &bits, NULL) == 1 &&
        bits < AUTH_BITS)
        return xasprintf("is signed with %s",
                         digest != NID_undef ? OBJ_nid2sn(digest) : "a digest");
    return NULL;
}

int
cred_check_strength(const struct cred *cred, struct err *err)
{
    STACK_OF(X509) *chain = cred_chain(cred);

    for (int i = -1; i < sk_X509_num(chain); i++) {
        X509 *cert = i < 0 ? cred_cert(cred) : sk_X509_value(chain, i);
        char *what = weakness(cert), *subject;

        if (what == NULL)
            continue;
        subject = x509_subject_text(cert);
        err_set(err, ERR_AUTHN,
                "certificate '%s' %s, which is too weak: services that ask for "
                "%d bits of security refuse it, Gatehouse's among them",
                subject, what, AUTH_BITS);
        free(subject);
        free(what);
        return -1;
    }
    return 0;
}
