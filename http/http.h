/* http/http.h - one HTTP request, taken in as its bytes come (RFC 9110,
 * RFC 9112). */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_LINE_MAX    8192  /* request line, bytes */
#define HTTP_HEAD_MAX    32768 /* request line and header fields, bytes */
#define HTTP_FIELDS_MAX  100
#define HTTP_CHUNK_MAX   1024 /* a chunk's size line, extensions included */
#define HTTP_TRAILER_MAX 8192
#define HTTP_PART        (256 * 1024) /* of a streamed body, at once */

enum http_state {
    HTTP_HEAD, /* more of the head is wanted */
    HTTP_BODY, /* more of the body is wanted */
    HTTP_DONE, /* complete */
    HTTP_BAD   /* cannot go on: see status and reason; close after the answer */
};

struct http_field {
    const char *name, *value;
};

struct http_msg;

/* The head of M is complete: set body_max and part for its body. */
typedef void http_limit_fn(struct http_msg *m, void *arg);

/* A request.  Texts are its own, valid once the head is complete. */
struct http_msg {
    const char *method;
    char *path;         /* percent-decoded, absolute form reduced: "/bes" */
    const char *query;  /* raw, without '?'; NULL */
    int minor;          /* HTTP/1.minor */
    struct buf body;    /* streamed: the part at hand */
    long long body_at;  /* streamed: where that begins in the whole body */
    int status;         /* HTTP_BAD: what to answer */
    const char *reason; /* static sentence for the log and the peer */

    enum http_state state; /* the rest is the parser's */
    bool keep_alive, expect, chunked;
    http_limit_fn *limit; /* NULL: body_max as it is */
    void *limit_arg;
    size_t body_max; /* SIZE_MAX: any */
    size_t part; /* streamed: the body is taken in parts of so many bytes; 0:
                    whole */
    bool begun;  /* streamed: a part was taken */
    struct buf head;
    struct http_field field[HTTP_FIELDS_MAX];
    size_t fields;
    long long left; /* bytes of the body, or of the chunk, still to come */
    int chunk;      /* where in a chunk */
    size_t line;    /* bytes of the size line or of the trailer so far */
    bool cr;        /* its last byte was CR: LF must follow */
};

/* A request whose body may have BODY_MAX bytes. */
void http_init(struct http_msg *m, size_t body_max);
/* Free what M holds. */
void http_fini(struct http_msg *m);
/* Take bytes from P[0..N); *used says how many were the request's, the others
 * are the next one's.  Returns the state M is then in. */
enum http_state http_feed(struct http_msg *m, const char *p, size_t n,
                          size_t *used);
/* Streamed bodies: whether somebody has to take what has come, before M takes
 * more: a whole part, or nothing of a body before which the sender waits to be
 * told to continue.  The last part is there when M is HTTP_DONE. */
bool http_part_due(const struct http_msg *m);
/* The part was taken. */
void http_part_taken(struct http_msg *m);
/* Whether anything of the request has come yet. */
bool http_begun(const struct http_msg *m);
/* Whether "100 Continue" is to be sent now; says so once. */
bool http_wants_continue(struct http_msg *m);
/* Whether the connection may stay after the answer. */
bool http_keeps(const struct http_msg *m);
/* The value of field NAME (the first of its name, case ignored); NULL. */
const char *http_header(const struct http_msg *m, const char *name);
/* Whether the comma-separated field NAME holds TOKEN (case ignored). */
bool http_has_token(const struct http_msg *m, const char *name,
                    const char *token);
/* The value of parameter NAME in QUERY ("a=1&name=x"), percent-decoded, the
 * caller's to free(); "" for a bare name; NULL when absent or ill-formed. */
char *http_param(const char *query, const char *name);

/* "Not Found" for 404; static. */
const char *http_phrase(int status);

/* Bytes FIRST..LAST of an entity. */
struct http_span {
    long long first, last;
};
/* Read a Range header TEXT for an entity of LENGTH bytes: 1 and *span for one
 * satisfiable range, 0 when the header is to be ignored (several ranges,
 * another unit, ill-formed), -1 when it cannot be satisfied (416).  RFC 9110
 * s.14. */
int http_range(const char *text, long long length, struct http_span *span);
/* Read the value of a Content-Range field, "bytes FIRST-LAST/TOTAL" with FIRST
 * <= LAST < TOTAL.  -1 for anything else, "*" in place of a number too.  RFC
 * 9110 s.14.4. */
int http_content_range(const char *text, struct http_span *span,
                       long long *total);

#endif
