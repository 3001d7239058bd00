/* http/http.c - parse the head of a request; see http.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "http/http.h"
#include "http/http_body.h"

void
http_init(struct http_msg *m, size_t body_max)
{
    *m = (struct http_msg){ .body_max = body_max };
}

void
http_fini(struct http_msg *m)
{
    buf_fini(&m->head);
    buf_fini(&m->body);
    m->fields = 0;
}

bool
http_begun(const struct http_msg *m)
{
    return m->state != HTTP_HEAD || m->head.len > 0;
}

bool
http_wants_continue(struct http_msg *m)
{
    bool wanted =
        m->state == HTTP_BODY && m->expect && m->minor > 0 && m->body.len == 0;

    m->expect = false;
    return wanted;
}

bool
http_keeps(const struct http_msg *m)
{
    return m->keep_alive;
}

/* Whether S[0..N) is a token (RFC 9110 s.5.6.2), which is not empty. */
static bool
is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 127 ||
            strchr("\"(),/:;<=>?@[\\]{}", s[i]) != NULL)
            return false;
    return n > 0;
}

/* Split the target into path and query; the absolute form loses its authority
 * (RFC 9112 s.3.2). */
static int
parse_target(struct http_msg *m, char *target)
{
    char *scheme = strstr(target, "://"), *query;

    if (target[0] != '/' && scheme != NULL &&
        (strncasecmp(target, "http:", 5) == 0 ||
         strncasecmp(target, "https:", 6) == 0)) {
        target = scheme + 3 + strcspn(scheme + 3, "/?");
        if (*target == '\0' || *target == '?') {
            *--target = '/'; /* overwrite the last character of the authority */
        }
    }
    if (target[0] != '/' && strcmp(target, "*") != 0)
        return -1;
    target[strcspn(target, "#")] = '\0';
    query = strchr(target, '?');
    if (query != NULL) {
        *query = '\0';
        m->query = query + 1;
    }
    m->path = target;
    return percent_decode(target);
}

/* Parse "METHOD TARGET HTTP/1.x". */
static int
parse_request_line(struct http_msg *m, char *line)
{
    char *target = strchr(line, ' '), *version;

    if (target == NULL || !is_token(line, (size_t)(target - line)))
        return http_refuse(m, 400, "the request line is malformed");
    *target++ = '\0';
    m->method = line;
    version = strchr(target, ' ');
    if (version == NULL || strlen(version) != 9 ||
        strncmp(version, " HTTP/", 6) != 0 || version[7] != '.' ||
        version[6] < '0' || version[6] > '9' || version[8] < '0' ||
        version[8] > '9')
        return http_refuse(m, 400, "the request line is malformed");
    if (version[6] != '1')
        return http_refuse(m, 505, "only HTTP/1.0 and HTTP/1.1 are supported");
    m->minor = version[8] == '0' ? 0 : 1;
    *version = '\0';
    if (parse_target(m, target) < 0)
        return http_refuse(m, 400, "the request target is malformed");
    return HTTP_BODY;
}

/* Parse "Name: value", trimming blanks around the value. */
static int
parse_field(struct http_msg *m, char *line)
{
    char *colon = strchr(line, ':'), *value;
    size_t n;

    if (colon == NULL || !is_token(line, (size_t)(colon - line)))
        return http_refuse(m, 400, "a header field is malformed");
    if (m->fields == HTTP_FIELDS_MAX)
        return http_refuse(m, 431, "too many header fields");
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    n = strlen(value);
    while (n > 0 && strchr(" \t", value[n - 1]) != NULL)
        n--;
    value[n] = '\0';
    for (const char *c = value; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 127)
            return http_refuse(m, 400, "a header field holds control bytes");
    m->field[m->fields++] = (struct http_field){ line, value };
    return HTTP_BODY;
}

/* Evaluate the fields about connection and body. */
static enum http_state
judge_fields(struct http_msg *m)
{
    const char *expect = http_header(m, "Expect");
    size_t hosts = 0;

    for (size_t i = 0; i < m->fields; i++)
        hosts += strcasecmp(m->field[i].name, "Host") == 0;
    if (hosts > 1 || (hosts == 0 && m->minor > 0))
        return http_refuse(m, 400, "there must be one Host field");
    m->keep_alive = m->minor > 0
                        ? !http_has_token(m, "Connection", "close")
                        : http_has_token(m, "Connection", "keep-alive");
    if (expect != NULL && strcasecmp(expect, "100-continue") != 0)
        return http_refuse(m, 417, "this expectation cannot be met");
    m->expect = expect != NULL;
    if (m->limit != NULL)
        m->limit(m, m->limit_arg);
    return http_body_begin(m);
}

/* Parse the complete head in m->head. */
static enum http_state
parse_head(struct http_msg *m)
{
    char *line = m->head.data, *end = m->head.data + m->head.len, *nl;

    for (bool first = true; (nl = memchr(line, '\n', (size_t)(end - line)));
         line = nl + 1, first = false) {
        if (nl > line && nl[-1] == '\r')
            nl[-1] = '\0';
        *nl = '\0';
        if (strlen(line) + 2 < (size_t)(nl + 1 - line) ||
            strchr(line, '\r') != NULL)
            return http_refuse(m, 400, "NUL or CR inside the head");
        if (*line == '\0')
            break;
        if (*line == ' ' || *line == '\t')
            return http_refuse(m, 400, "a folded header field");
        if ((first ? parse_request_line(m, line) : parse_field(m, line)) ==
            HTTP_BAD)
            return HTTP_BAD;
    }
    return m->method != NULL ? judge_fields(m)
                             : http_refuse(m, 400, "an empty request");
}

/* The end of the head in B, searched from byte FROM; 0: incomplete. */
static size_t
head_end(const struct buf *b, size_t from)
{
    const char *p = b->data + from, *end = b->data + b->len;

    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        p++;
        if (p < end && *p == '\n')
            return (size_t)(p + 1 - b->data);
        if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
            return (size_t)(p + 2 - b->data);
    }
    return 0;
}

/* Consume bytes of the head; skip empty lines before it (RFC 9112 s.2.2). */
static size_t
feed_head(struct http_msg *m, const char *p, size_t n)
{
    size_t skipped = 0, before, end, room;

    while (m->head.len == 0 && skipped < n &&
           (p[skipped] == '\r' || p[skipped] == '\n'))
        skipped++;
    p += skipped;
    n -= skipped;
    before = m->head.len;
    room = HTTP_HEAD_MAX + 1 - before;
    buf_add(&m->head, p, n < room ? n : room);
    end = head_end(&m->head, before > 3 ? before - 3 : 0);
    if (end == 0 || end > HTTP_HEAD_MAX) {
        if (m->head.len > HTTP_HEAD_MAX)
            http_refuse(m, 431, "the head of the request is too long");
        else if (m->head.len > HTTP_LINE_MAX &&
                 memchr(m->head.data, '\n', HTTP_LINE_MAX) == NULL)
            http_refuse(m, 414, "the request line is too long");
        return skipped + (m->head.len - before);
    }
    m->head.len = end;
    m->head.data[end] = '\0';
    m->state = parse_head(m);
    return skipped + end - before;
}

enum http_state
http_feed(struct http_msg *m, const char *p, size_t n, size_t *used)
{
    *used = 0;
    if (m->state == HTTP_HEAD && n > 0)
        *used = feed_head(m, p, n);
    if (m->state == HTTP_BODY)
        *used += http_body_feed(m, p + *used, n - *used);
    return m->state;
}
