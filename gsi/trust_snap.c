/* gsi/trust_snap.c - reading a trust directory: HASH.N CA certificates,
 * HASH.rN revocation lists, HASH.signing_policy. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "gsi/trust_snap.h"

#define FILE_MAX    (64 * 1024 * 1024) /* revocation lists grow long */
#define HORIZON_MAX 3600               /* seconds */

enum kind {
    KIND_NONE,
    KIND_CA,
    KIND_CRL,
    KIND_POLICY
};

struct hashed {
    unsigned long hash;
    struct policy *policy; /* NULL: broken */
    char *path;
};

struct names {
    X509_NAME **name;
    size_t n;
};

struct list {
    struct hashed *item;
    size_t n;
};

struct trust_snap {
    atomic_uint refs;
    X509_STORE *store;
    size_t cas;
    struct list policies;
    struct list bad_crls;
    struct names crl_issuers;
    size_t crls;
    time_t *moment; /* when a CA certificate or a list begins or ends */
    size_t moments;
};

/* HASH.N, HASH.rN or HASH.signing_policy; nothing else counts. */
static enum kind
kind_of(const char *name, unsigned long *hash)
{
    char *end;
    for (int i = 0; i < 8; i++)
        if (!isxdigit((unsigned char)name[i]))
            return KIND_NONE;
    *hash = strtoul(name, &end, 16);
    if (end != name + 8 || *end++ != '.')
        return KIND_NONE;
    if (strcmp(end, "signing_policy") == 0)
        return KIND_POLICY;
    bool crl = *end == 'r';
    size_t n = strspn(end + crl, "0123456789");
    if (!n || end[crl + n])
        return KIND_NONE;
    return crl ? KIND_CRL : KIND_CA;
}

static void
list_add(struct list *l, unsigned long hash, struct policy *policy,
         const char *path)
{
    l->item = xrealloc(l->item, l->n + 1, sizeof *l->item);
    l->item[l->n++] = (struct hashed){ hash, policy, xstrdup(path) };
}

static void
list_fini(struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        policy_destroy(l->item[i].policy);
        free(l->item[i].path);
    }
    free(l->item);
}

/* Both hashes of a name that files may be called by; costly, so made once. */
struct hashes {
    unsigned long now, old;
};

static struct hashes
hashes_of(const X509_NAME *name)
{
    return (struct hashes){ X509_NAME_hash_ex(name, NULL, NULL, NULL),
                            X509_NAME_hash_old(name) };
}

static bool
named(unsigned long hash, struct hashes h)
{
    return hash == h.now || hash == h.old;
}

static void
complain(const char *path, const char *why)
{
    log_event(LOG_WARNING, "trust.file", "file=%s error=%s", path, why);
}

static void
add_moment(struct trust_snap *s, const ASN1_TIME *t)
{
    if (!t)
        return;
    s->moment = xrealloc(s->moment, s->moments + 1, sizeof *s->moment);
    s->moment[s->moments++] = x509_time(t);
}

static void
add_ca(struct trust_snap *s, const char *path, unsigned long hash,
       const struct buf *text)
{
    struct err err = ERR_INIT;
    STACK_OF(X509) *certs = x509_pem_read(buf_str(text), text->len, &err);
    if (!certs) {
        complain(path, err.text);
        return;
    }
    X509 *ca = sk_X509_value(certs, 0);
    if (!named(hash, hashes_of(X509_get_subject_name(ca))))
        complain(path, "the file name is not the hash of the CA's name");
    else if (X509_STORE_add_cert(s->store, ca)) {
        s->cas++;
        add_moment(s, X509_get0_notBefore(ca));
        add_moment(s, X509_get0_notAfter(ca));
    }
    sk_X509_pop_free(certs, X509_free);
}

static void
add_issuer(struct trust_snap *s, X509_CRL *crl)
{
    struct names *l = &s->crl_issuers;
    X509_NAME *name = X509_NAME_dup(X509_CRL_get_issuer(crl));
    if (!name)
        abort();
    l->name = xrealloc(l->name, l->n + 1, sizeof *l->name);
    l->name[l->n++] = name;
    s->crls++;
}

static void
add_crl(struct trust_snap *s, const char *path, unsigned long hash,
        const struct buf *text)
{
    const unsigned char *der = (const unsigned char *)buf_str(text);
    BIO *bio = BIO_new_mem_buf(buf_str(text), (int)text->len);
    X509_CRL *crl = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
    if (!crl)
        crl = d2i_X509_CRL(NULL, &der, (long)text->len);
    if (crl && X509_STORE_add_crl(s->store, crl)) {
        add_issuer(s, crl);
        add_moment(s, X509_CRL_get0_lastUpdate(crl));
        add_moment(s, X509_CRL_get0_nextUpdate(crl));
    } else {
        /* it may revoke the certificate in question: fail closed */
        complain(path, "not a certificate revocation list");
        list_add(&s->bad_crls, hash, NULL, path);
    }
    X509_CRL_free(crl);
    BIO_free(bio);
    ERR_clear_error();
}

static void
add_policy(struct trust_snap *s, const char *path, unsigned long hash,
           const struct buf *text)
{
    struct err err = ERR_INIT;
    struct policy *policy;
    if (policy_parse(buf_str(text), &policy, &err))
        complain(path, err.text);
    list_add(&s->policies, hash, policy, path);
}

static int
read_file(int dirfd, const char *name, struct buf *text)
{
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -1;
    int rc = buf_read_fd(text, fd, FILE_MAX);
    close(fd);
    return rc;
}

static void
add_file(struct trust_snap *s, int dirfd, const char *dir, const char *name)
{
    unsigned long hash;
    enum kind kind = kind_of(name, &hash);
    if (kind == KIND_NONE)
        return;
    struct buf text = BUF_INIT;
    char *path = xasprintf("%s/%s", dir, name);
    if (read_file(dirfd, name, &text)) {
        complain(path, strerror(errno));
        buf_clear(&text);
    }
    if (kind == KIND_CA)
        add_ca(s, path, hash, &text);
    else if (kind == KIND_CRL)
        add_crl(s, path, hash, &text);
    else
        add_policy(s, path, hash, &text);
    free(path);
    buf_fini(&text);
}

struct trust_snap *
trust_snap_load(const char *dir, struct err *err)
{
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
    ERR_clear_error();
    for (const struct dirent *e; (e = readdir(d));)
        add_file(s, dirfd(d), dir, e->d_name);
    closedir(d);
    return s;
}

static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
    const unsigned char *b = p;
    while (n--)
        h = (h ^ *b++) * 1099511628211u;
    return h;
}

uint64_t
trust_snap_stamp(const char *dir)
{
    DIR *d = opendir(dir);
    uint64_t sum = 1;
    if (!d)
        return 0;
    for (const struct dirent *e; (e = readdir(d));) {
        struct stat st;
        unsigned long hash;
        if (kind_of(e->d_name, &hash) == KIND_NONE ||
            fstatat(dirfd(d), e->d_name, &st, 0))
            continue;
        uint64_t h = mix(14695981039346656037u, e->d_name, strlen(e->d_name));
        h = mix(h, &st.st_mtim, sizeof st.st_mtim);
        h = mix(h, &st.st_ctim, sizeof st.st_ctim);
        h = mix(h, &st.st_size, sizeof st.st_size);
        sum += mix(h, &st.st_ino, sizeof st.st_ino); /* in any order */
    }
    closedir(d);
    return sum ? sum : 1;
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
    list_fini(&s->policies);
    list_fini(&s->bad_crls);
    for (size_t i = 0; i < s->crl_issuers.n; i++)
        X509_NAME_free(s->crl_issuers.name[i]);
    free(s->crl_issuers.name);
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

const struct policy *
trust_snap_policy(const struct trust_snap *s, const X509_NAME *name,
                  bool *broken)
{
    const struct policy *found = NULL;
    struct hashes hashes = hashes_of(name);
    *broken = false;
    for (size_t i = 0; i < s->policies.n && !*broken; i++) {
        const struct hashed *h = &s->policies.item[i];
        if (!named(h->hash, hashes))
            continue;
        found = h->policy;
        *broken = !found;
    }
    return *broken ? NULL : found;
}

bool
trust_snap_has_crl(const struct trust_snap *s, const X509_NAME *name)
{
    for (size_t i = 0; i < s->crl_issuers.n; i++)
        if (X509_NAME_cmp(s->crl_issuers.name[i], name) == 0)
            return true;
    return false;
}

const char *
trust_snap_bad_crl(const struct trust_snap *s, const X509_NAME *name)
{
    if (!s->bad_crls.n)
        return NULL;
    struct hashes hashes = hashes_of(name);
    for (size_t i = 0; i < s->bad_crls.n; i++)
        if (named(s->bad_crls.item[i].hash, hashes))
            return s->bad_crls.item[i].path;
    return NULL;
}
