/* gsi/chain/trust_file.c - one file of a trust directory: HASH.N CA
 * certificates, HASH.rN revocation lists, HASH.signing_policy, HASH.namespaces.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "gsi/chain/crl.h"
#include "gsi/chain/trust_file.h"

#define FILE_MAX (64 * 1024 * 1024) /* revocation lists can be long */

struct trust_hashes
trust_hashes_of(const X509_NAME *name)
{
    return (struct trust_hashes){ X509_NAME_hash_ex(name, NULL, NULL, NULL),
                                  X509_NAME_hash_old(name) };
}

bool
trust_hashes_have(struct trust_hashes h, unsigned long hash)
{
    return hash == h.now || hash == h.old;
}

enum trust_kind
trust_file_kind(const char *name, unsigned long *hash)
{
    char *end;
    for (int i = 0; i < 8; i++)
        if (!isxdigit((unsigned char)name[i]))
            return TRUST_NONE;
    *hash = strtoul(name, &end, 16);
    if (end != name + 8 || *end++ != '.')
        return TRUST_NONE;
    if (strcmp(end, "signing_policy") == 0)
        return TRUST_SIGNING;
    if (strcmp(end, "namespaces") == 0)
        return TRUST_NAMESPACES;
    bool crl = *end == 'r';
    size_t n = strspn(end + crl, "0123456789");
    if (!n || end[crl + n])
        return TRUST_NONE;
    return crl ? TRUST_CRL : TRUST_CA;
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
trust_file_stamp(int dirfd, const char *name)
{
    struct stat st;
    if (fstatat(dirfd, name, &st, 0))
        return 0;
    uint64_t h = mix(14695981039346656037u, name, strlen(name));
    h = mix(h, &st.st_mtim, sizeof st.st_mtim);
    h = mix(h, &st.st_ctim, sizeof st.st_ctim);
    h = mix(h, &st.st_size, sizeof st.st_size);
    h = mix(h, &st.st_ino, sizeof st.st_ino);
    return h ? h : 1;
}

/* Log that F has unusable content, and mark it as broken. */
static void
complain(struct trust_file *f, const char *why)
{
    f->broken = true;
    log_event(LOG_WARNING, "trust.file", "file=%s error=%s", f->path, why);
}

/* A CA with a new key has one certificate for each key. */
static void
read_cas(struct trust_file *f, const struct buf *text)
{
    struct err err = ERR_INIT;
    STACK_OF(X509) *certs = x509_pem_read(buf_str(text), text->len, &err);
    f->cas = sk_X509_new_null();
    if (!f->cas)
        abort();
    if (!certs)
        complain(f, err.text);
    for (X509 *ca; certs && (ca = sk_X509_shift(certs));) {
        const X509_NAME *name = X509_get_subject_name(ca);
        if (trust_hashes_have(trust_hashes_of(name), f->hash)) {
            sk_X509_push(f->cas, ca);
        } else {
            complain(f, "the file name is not the hash of the CA's name");
            X509_free(ca);
        }
    }
    sk_X509_free(certs);
}

/* Whether CRL declares itself indirect, that is, also lists other CAs'
 * certificates (RFC 5280 s.5.2.5).  Certificates name its issuer, whatever its
 * file name. */
static bool
is_indirect(const X509_CRL *crl)
{
    ISSUING_DIST_POINT *point =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    bool is = point && point->indirectCRL;
    ISSUING_DIST_POINT_free(point);
    return is;
}

/* Add one list in DER. */
static void
take_crl(struct trust_file *f, const unsigned char *der, long n)
{
    X509_CRL *crl = crl_parse(der, n);
    if (!crl) {
        complain(f, "not a certificate revocation list");
        return;
    }
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);
    if (!is_indirect(crl) &&
        !trust_hashes_have(trust_hashes_of(issuer), f->hash)) {
        char *who = x509_name_text(issuer);
        char *why =
            xasprintf("this is the revocation list of another CA, '%s'", who);
        complain(f, why);
        free(why);
        free(who);
        X509_CRL_free(crl);
        return;
    }
    if (!sk_X509_CRL_push(f->crls, crl))
        abort();
}

/* Add all lists of a PEM text, or the single one in DER. */
static void
read_crls(struct trust_file *f, const struct buf *text)
{
    BIO *bio = BIO_new_mem_buf(buf_str(text), (int)text->len);
    char *name, *header;
    unsigned char *der;
    long n, blocks = 0;
    f->crls = sk_X509_CRL_new_null();
    if (!bio || !f->crls)
        abort();
    ERR_clear_error();
    for (; PEM_read_bio(bio, &name, &header, &der, &n) == 1; blocks++) {
        if (strcmp(name, PEM_STRING_X509_CRL) == 0)
            take_crl(f, der, n);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    if (blocks && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        complain(f, "malformed PEM");
    BIO_free(bio);
    if (!blocks)
        take_crl(f, (const unsigned char *)buf_str(text), (long)text->len);
    else if (!sk_X509_CRL_num(f->crls) && !f->broken)
        complain(f, "no certificate revocation list in the PEM");
    ERR_clear_error();
}

static void
read_rules(struct trust_file *f, const struct buf *text)
{
    struct err err = ERR_INIT;
    int rc = f->kind == TRUST_SIGNING
                 ? policy_parse(buf_str(text), &f->policy, &err)
                 : namespaces_parse(buf_str(text), &f->namespaces, &err);
    if (rc)
        complain(f, err.text);
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

struct trust_file *
trust_file_read(int dirfd, const char *dir, const char *name, uint64_t stamp)
{
    struct trust_file *f = xcalloc(1, sizeof *f);
    struct buf text = BUF_INIT;
    atomic_init(&f->refs, 1);
    f->kind = trust_file_kind(name, &f->hash);
    f->name = xstrdup(name);
    f->path = xasprintf("%s/%s", dir, name);
    f->stamp = stamp;
    if (read_file(dirfd, name, &text))
        complain(f, strerror(errno));
    else if (f->kind == TRUST_CA)
        read_cas(f, &text);
    else if (f->kind == TRUST_CRL)
        read_crls(f, &text);
    else
        read_rules(f, &text);
    buf_fini(&text);
    return f;
}

struct trust_file *
trust_file_ref(struct trust_file *f)
{
    atomic_fetch_add(&f->refs, 1);
    return f;
}

void
trust_file_unref(struct trust_file *f)
{
    if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
        return;
    sk_X509_pop_free(f->cas, X509_free);
    sk_X509_CRL_pop_free(f->crls, X509_CRL_free);
    policy_destroy(f->policy);
    namespaces_destroy(f->namespaces);
    free(f->name);
    free(f->path);
    free(f);
}
