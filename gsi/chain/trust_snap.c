/* gsi/chain/trust_snap.c - lookups in a snapshot of a trust directory. */
#include <stdlib.h>

#include "gsi/chain/trust_file.h"
#include "gsi/chain/trust_snap.h"

#define HORIZON_MAX 3600 /* seconds */

/* The first list issued by NAME, and the number of such lists; NULL: none. */
static X509_CRL **
find_crls(const struct trust_snap *s, const X509_NAME *name, size_t *n)
{
    size_t low = 0, high = s->crls;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (X509_NAME_cmp(X509_CRL_get_issuer(s->crl[mid]), name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (*n = 0; low + *n < s->crls; ++*n)
        if (X509_NAME_cmp(X509_CRL_get_issuer(s->crl[low + *n]), name) != 0)
            break;
    return *n > 0 ? &s->crl[low] : NULL;
}

struct trust_snap *
trust_snap_ref(struct trust_snap *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void
trust_snap_unref(struct trust_snap *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    X509_STORE_free(s->store);
    for (size_t i = 0; i < s->files; i++)
        trust_file_unref(s->file[i]);
    free(s->file);
    free(s->crl);
    sk_X509_free(s->signers);
    free(s->moment);
    free(s);
}

time_t
trust_snap_horizon(const struct trust_snap *s, time_t now)
{
    time_t next = now + HORIZON_MAX;
    for (size_t i = 0; i < s->moments; i++)
        if (s->moment[i] > now && s->moment[i] < next)
            next = s->moment[i];
    return next;
}

X509_STORE *
trust_snap_store(const struct trust_snap *s)
{
    return s->store;
}

STACK_OF(X509) * trust_snap_signers(const struct trust_snap *s)
{
    return s->signers;
}

bool
trust_snap_find_ca(const struct trust_snap *s, bool (*fn)(X509 *ca, void *arg),
                   void *arg)
{
    for (size_t i = 0; i < s->files; i++)
        for (int k = 0; k < sk_X509_num(s->file[i]->cas); k++)
            if (fn(sk_X509_value(s->file[i]->cas, k), arg))
                return true;
    return false;
}

/* Verify the lists of CA's name with CA's key; the lists cache the result. */
static bool
verify_lists_of(X509 *ca, void *arg)
{
    const struct trust_snap *s = arg;
    EVP_PKEY *key = X509_get0_pubkey(ca);
    size_t n;
    X509_CRL **first = find_crls(s, X509_get_subject_name(ca), &n);
    for (size_t i = 0; key && i < n; i++)
        X509_CRL_verify(first[i], key);
    return false;
}

void
trust_snap_verify_lists(struct trust_snap *s)
{
    trust_snap_find_ca(s, verify_lists_of, s);
    ERR_clear_error();
}

size_t
trust_snap_cas(const struct trust_snap *s)
{
    return s->cas;
}

size_t
trust_snap_crls(const struct trust_snap *s)
{
    return s->crls;
}

static bool
allows(const struct trust_file *f, const struct dn *ca,
       const struct dn *subject)
{
    return f->kind == TRUST_SIGNING
               ? policy_allows(f->policy, ca, subject)
               : namespaces_allow(f->namespaces, ca, subject);
}

enum trust_permit
trust_snap_permit(const struct trust_snap *s, const X509_NAME *name,
                  const struct dn *ca, const struct dn *subject)
{
    struct trust_hashes hashes = trust_hashes_of(name);
    struct {
        bool is, allows;
    } of[TRUST_NAMESPACES + 1] = { [TRUST_SIGNING] = { false, false } };
    for (size_t i = 0; i < s->files; i++) {
        const struct trust_file *f = s->file[i];
        if ((f->kind != TRUST_SIGNING && f->kind != TRUST_NAMESPACES) ||
            !trust_hashes_have(hashes, f->hash))
            continue;
        if (f->broken)
            return TRUST_PERMIT_BROKEN;
        of[f->kind].is = true;
        of[f->kind].allows = of[f->kind].allows || allows(f, ca, subject);
    }
    if (!of[TRUST_SIGNING].is && !of[TRUST_NAMESPACES].is)
        return TRUST_PERMIT_ABSENT;
    for (int k = TRUST_SIGNING; k <= TRUST_NAMESPACES; k++)
        if (of[k].is && !of[k].allows)
            return TRUST_PERMIT_REFUSED;
    return TRUST_PERMIT_GRANTED;
}

size_t
trust_snap_find_crls(const struct trust_snap *s, const X509_NAME *name,
                     STACK_OF(X509_CRL) * to)
{
    size_t n;
    X509_CRL **first = find_crls(s, name, &n);
    for (size_t i = 0; to && i < n; i++)
        if (!X509_CRL_up_ref(first[i]) || !sk_X509_CRL_push(to, first[i]))
            abort();
    return n;
}

const char *
trust_snap_bad_crl(const struct trust_snap *s, const X509_NAME *name)
{
    struct trust_hashes hashes = { 0, 0 };
    bool made = false;
    for (size_t i = 0; i < s->files; i++) {
        const struct trust_file *f = s->file[i];
        if (f->kind != TRUST_CRL || !f->broken)
            continue;
        if (!made)
            hashes = trust_hashes_of(name);
        made = true;
        if (trust_hashes_have(hashes, f->hash))
            return f->path;
    }
    return NULL;
}

const char *
trust_snap_broken(const struct trust_snap *s, size_t i)
{
    for (size_t k = 0; k < s->files; k++)
        if (s->file[k]->broken && i-- == 0)
            return s->file[k]->path;
    return NULL;
}
