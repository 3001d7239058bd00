/* gsi/chain/trust_lookup.c - OpenSSL's lookups in a trust directory while it
 * builds and checks a path: issuers, and the revocation lists that apply to a
 * certificate, which are those of its CA and of the issuers that it names (RFC
 * 5280 s.4.2.1.13, 6.3.3). */
#include <pthread.h>
#include <stdlib.h>

#include "gsi/chain/trust_lookup.h"
#include "gsi/chain/trust_snap.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int slot;

static void
make_slot(void)
{
    slot = X509_STORE_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (slot < 0)
        abort();
}

/* The ex_data index of the snapshot in an X509_STORE. */
static int
store_slot(void)
{
    pthread_once(&once, make_slot);
    return slot;
}

/* Call FN for each other issuer named in POINT of CERT. */
static bool
each_other(const struct trust_snap *s, X509 *cert, const DIST_POINT *point,
           trust_issuer_fn *fn, void *arg)
{
    for (int k = 0; k < sk_GENERAL_NAME_num(point->CRLissuer); k++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->CRLissuer, k);
        if (name->type == GEN_DIRNAME &&
            X509_NAME_cmp(name->d.directoryName, X509_get_issuer_name(cert)) !=
                0 &&
            fn(s, name->d.directoryName, arg))
            return true;
    }
    return false;
}

bool
trust_lookup_issuers(const struct trust_snap *s, X509 *cert,
                     trust_issuer_fn *fn, void *arg, bool *own)
{
    bool done = false, ca;
    STACK_OF(DIST_POINT) *points =
        X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    ca = sk_DIST_POINT_num(points) <= 0;
    for (int i = 0; !done && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        ca = ca || sk_GENERAL_NAME_num(point->CRLissuer) <= 0;
        done = each_other(s, cert, point, fn, arg);
    }
    CRL_DIST_POINTS_free(points);
    if (own)
        *own = ca;
    return done;
}

static bool
collect(const struct trust_snap *s, const X509_NAME *issuer, void *arg)
{
    trust_snap_find_crls(s, issuer, arg);
    return false;
}

/* For X509_STORE_set_lookup_crls(): the lists that apply to CTX's current
 * certificate, whose issuer is ISSUER; OpenSSL frees them. */
static STACK_OF(X509_CRL) *
    find_crls(const X509_STORE_CTX *ctx, const X509_NAME *issuer)
{
    const struct trust_snap *s =
        X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(ctx), store_slot());
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    STACK_OF(X509_CRL) *found = sk_X509_CRL_new_null();
    bool own = true;
    if (!found)
        return NULL;
    /* OpenSSL asks only for the lists of CERT's issuer and would be satisfied
     * with one of those */
    if (cert && X509_NAME_cmp(X509_get_issuer_name(cert), issuer) == 0)
        trust_lookup_issuers(s, cert, collect, found, &own);
    if (own || !sk_X509_CRL_num(found))
        collect(s, issuer, found);
    return found;
}

/* For X509_STORE_set_get_issuer(): among CAs with the same name, the one whose
 * key signed CERT.  OpenSSL selects by key identifiers, which some CAs lack. */
static int
find_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *cert)
{
    STACK_OF(X509) *same =
        X509_STORE_CTX_get1_certs(ctx, X509_get_issuer_name(cert));
    X509 *found = NULL;
    for (int i = 0; sk_X509_num(same) > 1 && i < sk_X509_num(same); i++) {
        X509 *ca = sk_X509_value(same, i);
        EVP_PKEY *key = X509_get0_pubkey(ca);
        if (X509_check_issued(ca, cert) == X509_V_OK && key &&
            X509_verify(cert, key) == 1 &&
            (!found || X509_cmp_time(X509_get0_notAfter(found), NULL) < 0))
            found = ca;
    }
    if (found)
        X509_up_ref(found);
    sk_X509_pop_free(same, X509_free);
    ERR_clear_error();
    *issuer = found;
    return found ? 1 : X509_STORE_CTX_get1_issuer(issuer, ctx, cert);
}

void
trust_lookup_install(struct trust_snap *s)
{
    if (!X509_STORE_set_ex_data(s->store, store_slot(), s))
        abort();
    X509_STORE_set_get_issuer(s->store, find_issuer);
    X509_STORE_set_lookup_crls(s->store, find_crls);
}
