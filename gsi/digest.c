/* gsi/digest.c - see digest.h. */
#include "gsi/gsi_ssl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "gsi/digest.h"

#define FILE_PIECE (256 * 1024)

struct digest {
    enum digest_kind kind;
    uLong sum;       /* adler32, crc32 */
    EVP_MD_CTX *ctx; /* the others */
};

static const struct {
    enum digest_kind kind;
    const char *name, *evp;
} kinds[] = {
    { DIGEST_NONE, "", NULL },
    { DIGEST_ADLER32, "ADLER32", NULL },
    { DIGEST_CRC32, "CRC32", NULL },
    { DIGEST_MD5, "MD5", "MD5" },
    { DIGEST_SHA1, "SHA1", "SHA1" },
    { DIGEST_SHA256, "SHA256", "SHA256" },
    { DIGEST_SHA512, "SHA512", "SHA512" },
};

enum digest_kind
digest_find(const char *name)
{
    char plain[16];
    size_t i, n = 0;

    for (; *name != '\0'; name++) {
        if (*name == '-')
            continue;
        if (n + 1 >= sizeof(plain))
            return DIGEST_NONE;
        plain[n++] = *name;
    }
    plain[n] = '\0';
    for (i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcasecmp(plain, kinds[i].name) == 0)
            return kinds[i].kind;
    return DIGEST_NONE;
}

const char *
digest_name(enum digest_kind kind)
{
    return kinds[kind].name;
}

/* The OpenSSL context of D. */
static int
begin_evp(struct digest *d, struct err *err)
{
    EVP_MD *md = EVP_MD_fetch(NULL, kinds[d->kind].evp, NULL);
    int rc = 0;

    d->ctx = EVP_MD_CTX_new();
    if (md == NULL || d->ctx == NULL ||
        EVP_DigestInit_ex(d->ctx, md, NULL) != 1)
        rc = err_set(err, ERR_UNSUPPORTED, "%s is not available on this system",
                     kinds[d->kind].name);
    ERR_clear_error();
    EVP_MD_free(md);
    return rc;
}

int
digest_create(enum digest_kind kind, struct digest **d, struct err *err)
{
    *d = xcalloc(1, sizeof(**d));
    (*d)->kind = kind;
    (*d)->sum =
        kind == DIGEST_ADLER32 ? adler32(0, NULL, 0) : crc32(0, NULL, 0);
    if (kinds[kind].evp == NULL || begin_evp(*d, err) == 0)
        return 0;
    digest_destroy(*d);
    *d = NULL;
    return -1;
}

void
digest_update(struct digest *d, const void *p, size_t n)
{
    if (d->ctx != NULL)
        EVP_DigestUpdate(d->ctx, p, n);
    else if (d->kind == DIGEST_ADLER32)
        d->sum = adler32_z(d->sum, p, n);
    else
        d->sum = crc32_z(d->sum, p, n);
}

char *
digest_final(struct digest *d, char text[DIGEST_TEXT])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0, i;

    if (d->ctx == NULL) {
        snprintf(text, DIGEST_TEXT, "%08lx", d->sum);
        return text;
    }
    EVP_DigestFinal_ex(d->ctx, sum, &n);
    text[0] = '\0';
    for (i = 0; i < n; i++)
        snprintf(text + 2 * (size_t)i, DIGEST_TEXT - 2 * (size_t)i, "%02x",
                 sum[i]);
    return text;
}

void
digest_destroy(struct digest *d)
{
    int saved = errno;

    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->ctx);
    free(d);
    errno = saved;
}

static int
feed(struct digest *d, const struct digest_part *part, struct err *err)
{
    long long offset = part->offset, left = part->length;
    char *piece = xcalloc(1, FILE_PIECE);
    ssize_t n = 1;
    int rc = 0;

    (void)posix_fadvise(part->fd, offset, left < 0 ? 0 : left,
                        POSIX_FADV_SEQUENTIAL);
    while (left != 0 && n > 0 && rc == 0) {
        n = pread(part->fd, piece,
                  left < 0 || left > FILE_PIECE ? FILE_PIECE : (size_t)left,
                  offset);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        if (n < 0)
            rc = err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
        if (n <= 0)
            break;
        digest_update(d, piece, (size_t)n);
        offset += n;
        left -= left < 0 ? 0 : n;
        if (part->tick != NULL && part->tick(part->arg) != 0)
            rc = err_set(err, ERR_CANCELLED, "checksum cancelled");
    }
    free(piece);
    return rc;
}

int
digest_file(enum digest_kind kind, const struct digest_part *part,
            char text[DIGEST_TEXT], struct err *err)
{
    struct digest *d;
    int rc;

    if (digest_create(kind, &d, err) < 0)
        return -1;
    rc = feed(d, part, err);
    if (rc == 0)
        digest_final(d, text);
    digest_destroy(d);
    return rc;
}
