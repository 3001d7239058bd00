/* base/buf.c - see buf.h. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"

/* Make room for LEN + N bytes and the final NUL; doubles, so that N appends
 * cost O(N). */
static void
buf_grow(struct buf *b, size_t n)
{
    size_t want;

    if (n > SIZE_MAX / 2 - b->len - 1)
        abort();
    want = b->len + n + 1;
    if (want <= b->cap)
        return;
    if (want < 2 * b->cap)
        want = 2 * b->cap;
    if (want < 64)
        want = 64;
    b->data = xrealloc(b->data, want, 1);
    b->cap = want;
    b->data[b->len] = '\0';
}

void
buf_fini(struct buf *b)
{
    int saved = errno;

    free(b->data);
    *b = (struct buf)BUF_INIT;
    errno = saved;
}

void
buf_wipe(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->cap);
    buf_fini(b);
}

void
buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
    buf_grow(b, n);
    if (n > 0)
        memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    buf_grow(b, 64);
    va_copy(again, ap);
    n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
    if (n < 0)
        abort();
    if ((size_t)n >= b->cap - b->len) {
        buf_grow(b, (size_t)n);
        vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
    }
    va_end(again);
    b->len += (size_t)n;
}

/* The XML escape of the ASCII character C, or NULL when it needs none.  Tabs
 * and line ends become references, because attribute values would lose them. */
static const char *
xml_escape(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return c < 0x20 ? "\xEF\xBF\xBD" : NULL;
    }
}

void
buf_add_xml(struct buf *b, const char *s)
{
    const char *run = s; /* start of the text copied unchanged, up to S */
    size_t left = strlen(s), n;
    const char *instead;
    uint32_t c;

    while (left > 0) {
        n = utf8_decode(s, left, &c);
        instead = n == 1 ? xml_escape((unsigned char)*s) : NULL;
        if (n == 0 || c == 0xFFFE || c == 0xFFFF) {
            n = n == 0 ? 1 : n;
            instead = "\xEF\xBF\xBD";
        }
        if (instead != NULL) {
            buf_add(b, run, (size_t)(s - run));
            buf_adds(b, instead);
            run = s + n;
        }
        s += n;
        left -= n;
    }
    buf_add(b, run, (size_t)(s - run));
}

char *
buf_reserve(struct buf *b, size_t n)
{
    buf_grow(b, n);
    return b->data + b->len;
}

void
buf_drop(struct buf *b, size_t n)
{
    if (n >= b->len) {
        buf_clear(b);
        return;
    }
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
    b->data[b->len] = '\0';
}

const char *
buf_str(const struct buf *b)
{
    return b->data != NULL ? b->data : "";
}

char *
buf_detach(struct buf *b)
{
    char *s = b->data != NULL ? b->data : xstrdup("");

    *b = (struct buf)BUF_INIT;
    return s;
}

char *
buf_line(struct buf *b, size_t *used)
{
    char *end = b->len > 0 ? memchr(b->data, '\n', b->len) : NULL;

    if (end == NULL)
        return NULL;
    *used = (size_t)(end - b->data) + 1;
    if (end > b->data && end[-1] == '\r')
        end--;
    *end = '\0';
    return b->data;
}

int
buf_read_fd(struct buf *b, int fd, size_t max)
{
    size_t begin = b->len, want, room;
    ssize_t n;

    for (;;) {
        /* Reading one byte more than MAX detects longer input. */
        want = max - (b->len - begin) + 1;
        want = want > 65536 || want == 0 ? 65536 : want;
        /* Detecting the end needs no more room, and growing would leave a copy
         * of a key behind in freed memory. */
        room = b->cap > b->len ? b->cap - b->len - 1 : 0;
        if (room >= 4096 && room < want)
            want = room;
        n = read(fd, buf_reserve(b, want), want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        b->len += (size_t)n;
        b->data[b->len] = '\0';
        if (n == 0)
            return 0;
        if (b->len - begin > max) {
            errno = EFBIG;
            return -1;
        }
    }
}

char *
xstrdup(const char *s)
{
    char *copy = strdup(s);

    if (copy == NULL)
        abort();
    return copy;
}

char *
xstrdup_or_null(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

void *
xcalloc(size_t n, size_t size)
{
    void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

    if (p == NULL)
        abort();
    return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
    p = reallocarray(p, n > 0 ? n : 1, size > 0 ? size : 1);
    if (p == NULL)
        abort();
    return p;
}

char *
xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *s;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    return s;
}
