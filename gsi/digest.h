/* gsi/digest.h - checksums of files: adler32, crc32 (zlib), md5, sha1, sha256,
 * sha512 (OpenSSL), in hex as GridFTP's CKSM gives them. */
#ifndef GSI_DIGEST_H
#define GSI_DIGEST_H

#include <stddef.h>

#include "base/err.h"

enum digest_kind {
    DIGEST_NONE,
    DIGEST_ADLER32,
    DIGEST_CRC32,
    DIGEST_MD5,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA512
};

/* The kind called NAME in any case ("MD5", "adler32", "SHA-256"); DIGEST_NONE
 * when unknown. */
enum digest_kind digest_find(const char *name);
/* "ADLER32" and so on; "" for DIGEST_NONE. */
const char *digest_name(enum digest_kind kind);

struct digest;
/* Begin a digest of KIND. -1 with ERR UNSUPPORTED when a system policy forbids
 * it (md5 under FIPS). */
int digest_create(enum digest_kind kind, struct digest **d, struct err *err);
/* Add N bytes. */
void digest_update(struct digest *d, const void *p, size_t n);
#define DIGEST_TEXT 129
/* Write the digest in lower-case hex to TEXT, which it returns; only
 * digest_destroy() may follow. */
char *digest_final(struct digest *d, char text[DIGEST_TEXT]);
/* NULL is allowed. */
void digest_destroy(struct digest *d);

/* The part of a file to sum.  LENGTH < 0: to its end; if the file is shorter,
 * what exists is summed.  TICK, unless NULL, is called now and then: non-zero
 * aborts with ERR CANCELLED. */
struct digest_part {
    int fd;
    long long offset, length;
    int (*tick)(void *arg);
    void *arg;
};

/* Compute the digest of PART. 0 or -1 with ERR. */
int digest_file(enum digest_kind kind, const struct digest_part *part,
                char text[DIGEST_TEXT], struct err *err);

#endif
