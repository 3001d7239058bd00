/* gsi/chain/trust_load.c - read a whole trust directory. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/chain/trust_file.h"
#include "gsi/chain/trust_load.h"
#include "gsi/chain/trust_lookup.h"
#include "gsi/chain/trust_snap.h"

static void
add_moment(struct trust_snap *s, const ASN1_TIME *t)
{
    if (!t)
        return;
    s->moment = xrealloc(s->moment, s->moments + 1, sizeof *s->moment);
    s->moment[s->moments++] = x509_time(t);
}

static void
add_cas(struct trust_snap *s, const struct trust_file *f)
{
    for (int i = 0; i < sk_X509_num(f->cas); i++) {
        X509 *ca = sk_X509_value(f->cas, i);
        if (!X509_STORE_add_cert(s->store, ca))
            continue;
        s->cas++;
        add_moment(s, X509_get0_notBefore(ca));
        add_moment(s, X509_get0_notAfter(ca));
    }
}

static void
add_crls(struct trust_snap *s, const struct trust_file *f)
{
    for (int i = 0; i < sk_X509_CRL_num(f->crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(f->crls, i);
        s->crl = xrealloc(s->crl, s->crls + 1, sizeof *s->crl);
        s->crl[s->crls++] = crl;
        add_moment(s, X509_CRL_get0_lastUpdate(crl));
        add_moment(s, X509_CRL_get0_nextUpdate(crl));
    }
}

static int
by_issuer(const void *a, const void *b)
{
    X509_CRL *const *x = a, *const *y = b;
    return X509_NAME_cmp(X509_CRL_get_issuer(*x), X509_CRL_get_issuer(*y));
}

/* Collect the signers of revocation lists: OpenSSL searches for them only among
 * the certificates of the chain, where no peer sends them. */
static void
add_signers(struct trust_snap *s)
{
    s->signers = sk_X509_new_null();
    if (!s->signers)
        abort();
    for (size_t i = 0; i < s->files; i++)
        for (int k = 0; k < sk_X509_num(s->file[i]->cas); k++) {
            X509 *ca = sk_X509_value(s->file[i]->cas, k);
            if (trust_snap_find_crls(s, X509_get_subject_name(ca), NULL) > 0 &&
                !sk_X509_push(s->signers, ca))
                abort();
        }
}

/* The file NAME from OLD if it is unchanged, else read again. */
static struct trust_file *
take_file(const struct trust_snap *old, int dirfd, const char *dir,
          const char *name)
{
    uint64_t stamp = trust_file_stamp(dirfd, name);
    for (size_t i = 0; old && stamp && i < old->files; i++)
        if (old->file[i]->stamp == stamp &&
            strcmp(old->file[i]->name, name) == 0)
            return trust_file_ref(old->file[i]);
    return trust_file_read(dirfd, dir, name, stamp);
}

static void
index_files(struct trust_snap *s)
{
    for (size_t i = 0; i < s->files; i++) {
        add_cas(s, s->file[i]);
        add_crls(s, s->file[i]);
    }
    if (s->crls)
        qsort(s->crl, s->crls, sizeof(X509_CRL *), by_issuer);
    add_signers(s);
}

struct trust_snap *
trust_load(const char *dir, const struct trust_snap *old, struct err *err)
{
    unsigned long hash;
    DIR *d = opendir(dir);
    if (!d) {
        err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                "cannot open trust directory '%s': %s", dir, strerror(errno));
        return NULL;
    }
    struct trust_snap *s = xcalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->store = X509_STORE_new();
    if (!s->store)
        abort();
    trust_lookup_install(s);
    ERR_clear_error();
    for (const struct dirent *e; (e = readdir(d));) {
        if (trust_file_kind(e->d_name, &hash) == TRUST_NONE)
            continue;
        s->file = xrealloc(s->file, s->files + 1, sizeof *s->file);
        s->file[s->files++] = take_file(old, dirfd(d), dir, e->d_name);
    }
    closedir(d);
    index_files(s);
    return s;
}

uint64_t
trust_load_stamp(const char *dir)
{
    DIR *d = opendir(dir);
    unsigned long hash;
    uint64_t sum = 1;
    if (!d)
        return 0;
    for (const struct dirent *e; (e = readdir(d));)
        if (trust_file_kind(e->d_name, &hash) != TRUST_NONE)
            sum += trust_file_stamp(dirfd(d),
                                    e->d_name); /* the order does not matter */
    closedir(d);
    return sum ? sum : 1;
}
