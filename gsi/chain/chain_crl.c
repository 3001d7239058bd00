/* gsi/chain/chain_crl.c - which revocation lists count for a certificate: those
 * of its CA, and those of the issuers that it names (RFC 5280
 * s.4.2.1.13, 6.3.3).
 */
#include "gsi/chain/chain_judge.h"

/* Whoever has issued lists that count for a certificate; true ends the search.
 */
typedef bool issuer_fn(const struct judge *j, const X509_NAME *issuer,
                       void *arg);

/* Call FN for each other issuer that POINT of CERT names. */
static bool
each_other(const struct judge *j, X509 *cert, const DIST_POINT *point,
           issuer_fn *fn, void *arg)
{
    for (int k = 0; k < sk_GENERAL_NAME_num(point->CRLissuer); k++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->CRLissuer, k);
        if (name->type == GEN_DIRNAME &&
            X509_NAME_cmp(name->d.directoryName, X509_get_issuer_name(cert)) !=
                0 &&
            fn(j, name->d.directoryName, arg))
            return true;
    }
    return false;
}

/* The same for all distribution points of CERT; whether FN said true.  *own
 * (NULL ok): some point, or there is none, leaves it to the CA itself. */
static bool
each_other_issuer(const struct judge *j, X509 *cert, issuer_fn *fn, void *arg,
                  bool *own)
{
    bool done = false, ca;
    STACK_OF(DIST_POINT) *points =
        X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    ca = sk_DIST_POINT_num(points) <= 0;
    for (int i = 0; !done && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        ca = ca || sk_GENERAL_NAME_num(point->CRLissuer) <= 0;
        done = each_other(j, cert, point, fn, arg);
    }
    CRL_DIST_POINTS_free(points);
    if (own)
        *own = ca;
    return done;
}

static bool
has(const struct judge *j, const X509_NAME *issuer, void *arg)
{
    (void)arg;
    return trust_snap_find_crls(j->snap, issuer, NULL) > 0;
}

static bool
collect(const struct judge *j, const X509_NAME *issuer, void *arg)
{
    trust_snap_find_crls(j->snap, issuer, arg);
    return false;
}

static bool
is_bad(const struct judge *j, const X509_NAME *issuer, void *arg)
{
    const char **path = arg;
    *path = trust_snap_bad_crl(j->snap, issuer);
    return *path != NULL;
}

bool
judge_may_lack_crl(struct judge *j, X509 *cert)
{
    /* nobody needs a list for a self-signed anchor */
    if (X509_get_extension_flags(cert) & EXFLAG_SS)
        return true;
    return trust_crl_mode(j->trust) == TRUST_CRL_IF_PRESENT &&
           !has(j, X509_get_issuer_name(cert), NULL) &&
           !each_other_issuer(j, cert, has, NULL, NULL);
}

char *
judge_bad_list(struct judge *j, X509 *cert)
{
    const char *path = NULL;
    if (!is_bad(j, X509_get_issuer_name(cert), &path))
        each_other_issuer(j, cert, is_bad, &path, NULL);
    return path ? xasprintf("cannot be checked: the revocation list '%s' of "
                            "its CA cannot be read",
                            judge_file(j, path))
                : NULL;
}

STACK_OF(X509_CRL) *
    judge_find_crls(const X509_STORE_CTX *ctx, const X509_NAME *issuer)
{
    const struct judge *j = judge_of(ctx);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    STACK_OF(X509_CRL) *found = sk_X509_CRL_new_null();
    bool own = true;
    if (!found)
        return NULL;
    /* OpenSSL asks for the lists of CERT's issuer alone, and would content
     * itself with one of those */
    if (cert && X509_NAME_cmp(X509_get_issuer_name(cert), issuer) == 0)
        each_other_issuer(j, cert, collect, found, &own);
    if (own || !sk_X509_CRL_num(found))
        collect(j, issuer, found);
    return found;
}
