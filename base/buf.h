/* base/buf.h - the growable byte string that owns every byte from outside. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* data[len] is always NUL once anything was added; data may hold NULs. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
};

#define BUF_INIT     \
    {                \
        .data = NULL \
    }

/* Free the storage and make B empty; keeps errno. */
void buf_fini(struct buf *b);
/* Overwrite, then free: for keys and passwords. */
void buf_wipe(struct buf *b);
/* Length 0, storage kept. */
void buf_clear(struct buf *b);
/* Append N bytes.  Memory that cannot be had ends the process: abort(). */
void buf_add(struct buf *b, const void *p, size_t n);
/* Append a NUL-terminated string. */
void buf_adds(struct buf *b, const char *s);
/* Append one byte. */
void buf_addc(struct buf *b, char c);
/* Append printf-style. */
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Append printf-style, arguments in AP. */
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Append S with &<>"' and control characters as XML 1.0 wants them in text and
 * attributes; bytes that are no UTF-8 or no XML character become U+FFFD. */
void buf_add_xml(struct buf *b, const char *s);
/* Room for N more bytes at the end; returns where to put them, then add to len.
 */
char *buf_reserve(struct buf *b, size_t n);
/* Drop N bytes from the front. */
void buf_drop(struct buf *b, size_t n);
/* The string, "" when empty; valid until the next change. */
const char *buf_str(const struct buf *b);
/* The string, now the caller's to free(); B is empty afterwards. */
char *buf_detach(struct buf *b);
/* The line at the front without CR LF or LF, NUL-terminated in place, and in
 * *used what to buf_drop() with it; NULL when none is complete. */
char *buf_line(struct buf *b, size_t *used);
/* Read everything left in FD, MAX bytes at most (EFBIG beyond).  0 or -1. */
int buf_read_fd(struct buf *b, int fd, size_t max);

/* strdup and malloc that abort() rather than fail. */
char *xstrdup(const char *s);
/* The same; NULL for NULL. */
char *xstrdup_or_null(const char *s);
/* Zeroed memory for N items of SIZE. */
void *xcalloc(size_t n, size_t size);
/* realloc with overflow check. */
void *xrealloc(void *p, size_t n, size_t size);
/* A printf-style string, the caller's to free(). */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
