/* http/http_body.c - bodies with Content-Length and chunked bodies (RFC 9112
 * s.6, 7); see http_body.h. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "http/http_body.h"

enum chunk {
    CHUNK_SIZE,      /* in the size line */
    CHUNK_EXTENSION, /* after the size, up to the line end */
    CHUNK_DATA,
    CHUNK_DATA_END, /* the line end after the data */
    CHUNK_TRAILER   /* after the last chunk */
};

#define LENGTH_MAX 1000000000000000000LL

/* The single length in the Content-Length fields; -1 none, -2 invalid. */
static long long
body_length(const struct http_msg *m)
{
    long long length = -1, n;

    for (size_t i = 0; i < m->fields; i++) {
        const char *v = m->field[i].value;

        if (strcasecmp(m->field[i].name, "Content-Length") != 0)
            continue;
        /* number_parse() accepts signs, which a length must not have. */
        if (v[0] == '\0' || v[strspn(v, "0123456789")] != '\0')
            return -2;
        if (number_parse(v, 0, LENGTH_MAX, &n) < 0)
            n = LENGTH_MAX;
        if (length >= 0 && n != length)
            return -2;
        length = n;
    }
    return length;
}

enum http_state
http_body_begin(struct http_msg *m)
{
    const char *coding = http_header(m, "Transfer-Encoding");
    long long length = body_length(m);

    if (length == -2)
        return http_refuse(m, 400, "Content-Length is malformed or differs");
    if (coding != NULL) {
        if (length >= 0 || m->minor == 0)
            return http_refuse(m, 400,
                               "Transfer-Encoding beside Content-Length or "
                               "HTTP/1.0");
        if (strcasecmp(coding, "chunked") != 0)
            return http_refuse(m, 501, "only the chunked coding is supported");
        for (size_t i = 0, seen = 0; i < m->fields; i++)
            if (strcasecmp(m->field[i].name, "Transfer-Encoding") == 0 &&
                seen++ > 0)
                return http_refuse(m, 400, "two Transfer-Encoding fields");
        m->chunked = true;
        m->chunk = CHUNK_SIZE;
        return HTTP_BODY;
    }
    if (length > 0 && (size_t)length > m->body_max)
        return http_refuse(m, 413, "the body is larger than allowed");
    m->left = length > 0 ? length : 0;
    return m->left > 0 ? HTTP_BODY : HTTP_DONE;
}

bool
http_part_due(const struct http_msg *m)
{
    return m->part > 0 && m->state == HTTP_BODY &&
           (m->body.len == m->part ||
            (!m->begun && m->expect && m->minor > 0 && m->body.len == 0));
}

void
http_part_taken(struct http_msg *m)
{
    m->begun = true;
    m->body_at += (long long)m->body.len;
    buf_fini(&m->body);
}

/* Move up to m->left bytes into the body; of a streamed body at most what its
 * part still takes. */
static size_t
take_data(struct http_msg *m, const char *p, size_t n)
{
    size_t room = m->part > 0 ? m->part - m->body.len : SIZE_MAX;

    if ((long long)n > m->left)
        n = (size_t)m->left;
    if (n > room)
        n = room;
    /* Reserve the announced length at once, so that the body is not copied
     * repeatedly. */
    if (m->body.len == 0 && !m->chunked)
        buf_reserve(&m->body, (size_t)m->left < room ? (size_t)m->left : room);
    buf_add(&m->body, p, n);
    m->left -= (long long)n;
    return n;
}

/* Value of the hexadecimal digit C; -1 for any other byte. */
static int
hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at =
        c != '\0' ? strchr(digits, c | (c >= 'A' ? 0x20 : 0)) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Begin a chunk, its size line being complete. */
static void
chunk_begin(struct http_msg *m)
{
    m->line = 0;
    m->chunk = m->left == 0 ? CHUNK_TRAILER : CHUNK_DATA;
    if ((size_t)m->left > m->body_max - (size_t)m->body_at - m->body.len)
        http_refuse(m, 413, "the body is larger than allowed");
}

/* Whether C may be the next byte of a size line or trailer: CR only before LF,
 * and no other control byte but the tab. */
static bool
line_byte(struct http_msg *m, char c)
{
    bool good =
        c == '\n' || (!m->cr && (c == '\r' || c == '\t' ||
                                 ((unsigned char)c >= ' ' && c != 127)));

    m->cr = c == '\r';
    return good;
}

/* Consume one byte of the size line.  An extension must end with CR LF, because
 * an intermediary may treat a bare LF as part of it. */
static void
chunk_size_byte(struct http_msg *m, char c)
{
    int digit = m->chunk == CHUNK_SIZE ? hex_value(c) : -1;
    bool bare = c == '\n' && m->chunk == CHUNK_EXTENSION && !m->cr;

    if (!line_byte(m, c) || bare) {
        http_refuse(m, 400, "a chunk's size line is malformed");
    } else if (++m->line > HTTP_CHUNK_MAX || m->left > LENGTH_MAX / 16) {
        http_refuse(m, 400, "a chunk's size line is too long");
    } else if (digit >= 0) {
        m->left = m->left * 16 + digit;
    } else if (m->chunk == CHUNK_SIZE && m->line == 1) {
        http_refuse(m, 400, "a chunk without a size");
    } else if (c == '\n') {
        chunk_begin(m);
    } else if (m->chunk == CHUNK_SIZE) {
        if (strchr("\r; \t", c) == NULL || c == '\0')
            http_refuse(m, 400, "a chunk's size is malformed");
        m->chunk = CHUNK_EXTENSION;
    }
}

/* Consume one byte after a chunk's data, or of the trailer; m->line counts the
 * bytes of its line, m->left of all lines. */
static void
chunk_end_byte(struct http_msg *m, char c)
{
    if (m->chunk == CHUNK_DATA_END) {
        if (c == '\n') {
            m->chunk = CHUNK_SIZE;
            m->line = 0;
        } else if (c != '\r' || m->line++ > 0) {
            http_refuse(m, 400, "a chunk is longer than its size");
        }
        return;
    }
    if (!line_byte(m, c))
        http_refuse(m, 400, "the trailer holds control bytes");
    else if (++m->left > HTTP_TRAILER_MAX)
        http_refuse(m, 431, "the trailer is too long");
    else if (c == '\n' && m->line == 0)
        m->state = HTTP_DONE;
    else if (c == '\n')
        m->line = 0;
    else if (c != '\r')
        m->line++;
}

/* Consume bytes of a chunked body. */
static size_t
feed_chunks(struct http_msg *m, const char *p, size_t n)
{
    size_t at = 0;

    while (at < n && m->state == HTTP_BODY && !http_part_due(m)) {
        switch ((enum chunk)m->chunk) {
        case CHUNK_SIZE:
        case CHUNK_EXTENSION:
            chunk_size_byte(m, p[at++]);
            break;
        case CHUNK_DATA:
            at += take_data(m, p + at, n - at);
            if (m->left == 0)
                m->chunk = CHUNK_DATA_END;
            break;
        case CHUNK_DATA_END:
        case CHUNK_TRAILER:
            chunk_end_byte(m, p[at++]);
            break;
        }
    }
    return at;
}

size_t
http_body_feed(struct http_msg *m, const char *p, size_t n)
{
    if (http_part_due(m))
        return 0;
    if (m->chunked)
        return feed_chunks(m, p, n);
    n = take_data(m, p, n);
    if (m->left == 0)
        m->state = HTTP_DONE;
    return n;
}
