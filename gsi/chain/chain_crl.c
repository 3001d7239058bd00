/* gsi/chain/chain_crl.c - find faults in the revocation lists that apply to a
 * certificate. */
#include "gsi/chain/chain_judge.h"
#include "gsi/chain/trust_lookup.h"

static bool
has(const struct trust_snap *s, const X509_NAME *issuer, void *arg)
{
    (void)arg;
    return trust_snap_find_crls(s, issuer, NULL) > 0;
}

static bool
is_bad(const struct trust_snap *s, const X509_NAME *issuer, void *arg)
{
    const char **path = arg;
    *path = trust_snap_bad_crl(s, issuer);
    return *path != NULL;
}

bool
judge_may_lack_crl(struct judge *j, X509 *cert)
{
    /* a self-signed trust anchor needs no revocation list */
    if (X509_get_extension_flags(cert) & EXFLAG_SS)
        return true;
    return trust_crl_mode(j->trust) == TRUST_CRL_IF_PRESENT &&
           !has(j->snap, X509_get_issuer_name(cert), NULL) &&
           !trust_lookup_issuers(j->snap, cert, has, NULL, NULL);
}

char *
judge_bad_list(struct judge *j, X509 *cert)
{
    const char *path = NULL;
    if (!is_bad(j->snap, X509_get_issuer_name(cert), &path))
        trust_lookup_issuers(j->snap, cert, is_bad, &path, NULL);
    return path ? xasprintf("cannot be checked: the revocation list '%s' of "
                            "its CA cannot be read",
                            judge_file(j, path))
                : NULL;
}
