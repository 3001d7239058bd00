/* base/buf.h - the growable byte string that owns every byte from outside. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* data[len] is always NUL after the first append; data may contain NULs. */
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
/* Overwrite the bytes, then free them: for keys and passwords. */
void buf_wipe(struct buf *b);
/* Set the length to 0 and keep the storage. */
void buf_clear(struct buf *b);
/* Append N bytes.  Calls abort() when there is no memory. */
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
/* Append S escaped for XML 1.0 text and attributes: &<>"' and control
 * characters.  Bytes that are not valid UTF-8 or not an XML character become
 * U+FFFD. */
void buf_add_xml(struct buf *b, const char *s);
/* Reserve N more bytes at the end and return a pointer to them; the caller then
 * adds to len. */
char *buf_reserve(struct buf *b, size_t n);
/* Drop N bytes from the front. */
void buf_drop(struct buf *b, size_t n);
/* The string, "" when empty; valid until the next change of B. */
const char *buf_str(const struct buf *b);
/* Hand the string over to the caller, who must free() it; B is empty
 * afterwards. */
char *buf_detach(struct buf *b);
/* The first complete line without its CR LF or LF, NUL-terminated in place;
 * *used is the length to pass to buf_drop().  NULL when no line is complete. */
char *buf_line(struct buf *b, size_t *used);
/* Read FD to its end, at most MAX bytes; -1 with EFBIG when there are more. */
int buf_read_fd(struct buf *b, int fd, size_t max);

/* strdup and realloc variants that call abort() instead of failing. */
char *xstrdup(const char *s);
/* The same; NULL for NULL. */
char *xstrdup_or_null(const char *s);
/* Zeroed memory for N items of SIZE. */
void *xcalloc(size_t n, size_t size);
/* realloc with overflow check. */
void *xrealloc(void *p, size_t n, size_t size);
/* A printf-style string; the caller must free() it. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
