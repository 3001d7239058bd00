/* gsi/chain/crl.c - an X509_CRL method for OpenSSL; see crl.h.  OpenSSL only
 * replaces the whole method, so the entry lookup is here too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gsi/chain/crl.h"

/* An entry about another CA's certificate (RFC 5280 s.5.3.3). */
struct foreign {
    const X509_REVOKED *entry;
    const GENERAL_NAMES *issuer; /* owned by memo.names */
};

/* What a parsed list stores about itself. */
struct memo {
    _Atomic(EVP_PKEY *)
        signer;            /* key that verified the signature; NULL: none yet */
    GENERAL_NAMES **names; /* the issuers named in entries */
    size_t nnames;
    struct foreign *foreign; /* sorted by the address of the entry */
    size_t nforeign;
};

static void
memo_destroy(struct memo *m)
{
    if (m == NULL)
        return;
    EVP_PKEY_free(atomic_load(&m->signer));
    for (size_t i = 0; i < m->nnames; i++)
        GENERAL_NAMES_free(m->names[i]);
    free(m->names);
    free(m->foreign);
    free(m);
}

static int
by_entry(const void *a, const void *b)
{
    const struct foreign *x = a, *y = b;

    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* Record which entries are about another CA's certificates: one that names an
 * issuer, and all after it, up to the next that names one. -1: malformed
 * name. */
static int
note_issuers(struct memo *m, STACK_OF(X509_REVOKED) * entries)
{
    const GENERAL_NAMES *issuer = NULL;
    size_t room = 0;

    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *e = sk_X509_REVOKED_value(entries, i);

        if (X509_REVOKED_get_ext_by_NID(e, NID_certificate_issuer, -1) >= 0) {
            GENERAL_NAMES *named =
                X509_REVOKED_get_ext_d2i(e, NID_certificate_issuer, NULL, NULL);

            if (named == NULL)
                return -1;
            m->names = xrealloc(m->names, m->nnames + 1, sizeof(*m->names));
            m->names[m->nnames++] = named;
            issuer = named;
        }
        if (issuer == NULL)
            continue;
        if (m->nforeign == room) {
            room = room == 0 ? 16 : room * 2;
            m->foreign = xrealloc(m->foreign, room, sizeof(*m->foreign));
        }
        m->foreign[m->nforeign++] = (struct foreign){ e, issuer };
    }
    if (m->nforeign > 0)
        qsort(m->foreign, m->nforeign, sizeof(*m->foreign), by_entry);
    return 0;
}

/* Called after a list was parsed; 0: it is malformed. */
static int
begin(X509_CRL *crl)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    struct memo *m = xcalloc(1, sizeof(*m));

    atomic_init(&m->signer, NULL);
    if (note_issuers(m, entries) < 0) {
        memo_destroy(m);
        return 0;
    }
    sk_X509_REVOKED_sort(entries);
    X509_CRL_set_meth_data(crl, m);
    return 1;
}

static int
end(X509_CRL *crl)
{
    memo_destroy(X509_CRL_get_meth_data(crl));
    X509_CRL_set_meth_data(crl, NULL);
    return 1;
}

static bool
names_issuer(const GENERAL_NAMES *names, const X509_NAME *issuer)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DIRNAME &&
            X509_NAME_cmp(name->d.directoryName, issuer) == 0)
            return true;
    }
    return false;
}

/* Whether ENTRY of CRL is about a certificate of ISSUER (NULL: of the list's
 * own issuer). */
static bool
is_about(const X509_CRL *crl, const X509_REVOKED *entry,
         const X509_NAME *issuer)
{
    const X509_NAME *own = X509_CRL_get_issuer(crl);
    const struct memo *m = X509_CRL_get_meth_data((X509_CRL *)(uintptr_t)crl);
    const struct foreign want = { .entry = entry }, *found = NULL;

    if (issuer == NULL)
        issuer = own;
    if (m != NULL && m->nforeign > 0)
        found = bsearch(&want, m->foreign, m->nforeign, sizeof(want), by_entry);
    return found != NULL ? names_issuer(found->issuer, issuer)
                         : X509_NAME_cmp(issuer, own) == 0;
}

/* Whether ENTRY removes an entry of the base list (RFC 5280 s.5.3.1). */
static bool
is_removal(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason =
        X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    bool is = reason != NULL &&
              ASN1_ENUMERATED_get(reason) == CRL_REASON_REMOVE_FROM_CRL;

    ASN1_ENUMERATED_free(reason);
    return is;
}

/* Index of the first entry with SERIAL; < 0: none. */
static int
find_serial(STACK_OF(X509_REVOKED) * entries, const ASN1_INTEGER *serial)
{
    X509_REVOKED *want = X509_REVOKED_new();
    int at;

    if (want == NULL || X509_REVOKED_set_serialNumber(
                            want, (ASN1_INTEGER *)(uintptr_t)serial) != 1)
        abort();
    at = sk_X509_REVOKED_find(entries, want);
    X509_REVOKED_free(want);
    return at;
}

/* Find the entry of CRL for the certificate SERIAL of ISSUER: 1 found, 2 it is
 * a removal, 0 none. */
static int
look_up(X509_CRL *crl, X509_REVOKED **entry, const ASN1_INTEGER *serial,
        const X509_NAME *issuer)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    int at = entries != NULL ? find_serial(entries, serial) : -1;

    for (; at >= 0 && at < sk_X509_REVOKED_num(entries); at++) {
        X509_REVOKED *e = sk_X509_REVOKED_value(entries, at);

        if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(e), serial) != 0)
            return 0;
        if (!is_about(crl, e, issuer))
            continue;
        if (entry != NULL)
            *entry = e;
        return is_removal(e) ? 2 : 1;
    }
    return 0;
}

/* The signed part of CRL in its original encoding; NULL on failure. */
static ASN1_TYPE *
signed_part(X509_CRL *crl)
{
    unsigned char *der = NULL;
    int n = i2d_X509_CRL(crl, &der), tag, class;
    const unsigned char *p = der;
    ASN1_TYPE *part = NULL;
    long len;

    if (n > 0 && (ASN1_get_object(&p, &len, &tag, &class, n) & 0x80) == 0)
        part = d2i_ASN1_TYPE(NULL, &p, der + n - p);
    OPENSSL_free(der);
    return part;
}

/* Verify CRL's signature with KEY: 1 good, else <= 0. */
static int
verify_signature(X509_CRL *crl, EVP_PKEY *key)
{
    ASN1_TYPE *part = signed_part(crl);
    const ASN1_BIT_STRING *signature;
    const X509_ALGOR *how;
    int rc = 0;

    X509_CRL_get0_signature(crl, &signature, &how);
    if (part != NULL && part->type == V_ASN1_SEQUENCE)
        rc = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), how, signature, part,
                              key);
    ASN1_TYPE_free(part);
    return rc;
}

/* Whether KEY signed CRL: 1, else <= 0.  Only success is cached; any thread may
 * store it first. */
static int
verify(X509_CRL *crl, EVP_PKEY *key)
{
    struct memo *m = X509_CRL_get_meth_data(crl);
    EVP_PKEY *known = m != NULL ? atomic_load(&m->signer) : NULL;
    int rc;

    if (known != NULL && EVP_PKEY_eq(known, key) == 1)
        return 1;
    rc = verify_signature(crl, key);
    known = NULL;
    if (rc != 1 || m == NULL || EVP_PKEY_up_ref(key) != 1)
        return rc;
    if (!atomic_compare_exchange_strong(&m->signer, &known, key))
        EVP_PKEY_free(key);
    return rc;
}

static X509_CRL_METHOD *method;

static void
make_method(void)
{
    method = X509_CRL_METHOD_new(begin, end, look_up, verify);
    if (method == NULL)
        abort();
    X509_CRL_set_default_method(method);
}

X509_CRL *
crl_parse(const unsigned char *der, long n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const unsigned char *p = der;
    X509_CRL *crl;

    pthread_once(&once, make_method);
    crl = d2i_X509_CRL(NULL, &p, n);
    if (crl != NULL && p == der + n)
        return crl;
    X509_CRL_free(crl);
    return NULL;
}
