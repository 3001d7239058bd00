/* http/http.h - incremental parser of one HTTP request (RFC 9110, RFC 9112). */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_LINE_MAX    8192  /* request line, bytes */
#define HTTP_HEAD_MAX    32768 /* request line and header fields, bytes */
#define HTTP_FIELDS_MAX  100
#define HTTP_CHUNK_MAX   1024 /* size line of a chunk with its extensions */
#define HTTP_TRAILER_MAX 8192
#define HTTP_PART        (256 * 1024) /* largest part of a streamed body */

enum http_state {
    HTTP_HEAD, /* needs more of the head */
    HTTP_BODY, /* needs more of the body */
    HTTP_DONE, /* complete */
    HTTP_BAD   /* malformed: see status and reason; close after the answer */
};

struct http_field {
    const char *name, *value;
};

struct http_msg;

/* Called when the head of M is complete: set body_max and part for its body. */
typedef void http_limit_fn(struct http_msg *m, void *arg);

/* A request.  It owns its texts, which are valid once the head is complete. */
struct http_msg {
    const char *method;
    char *path;         /* percent-decoded, without authority: "/bes" */
    const char *query;  /* raw, without '?'; NULL */
    int minor;          /* HTTP/1.minor */
    struct buf body;    /* streamed: the current part */
    long long body_at;  /* streamed: offset of that part in the whole body */
    int status;         /* HTTP_BAD: status of the answer */
    const char *reason; /* static sentence for log and peer */

    enum http_state state; /* used by the parser only, from here on */
    bool keep_alive, expect, chunked;
    http_limit_fn *limit; /* NULL: keep body_max */
    void *limit_arg;
    size_t body_max; /* SIZE_MAX: unlimited */
    size_t part; /* streamed: size of the parts; 0: the body is taken whole */
    bool begun;  /* streamed: a part was taken */
    struct buf head;
    struct http_field field[HTTP_FIELDS_MAX];
    size_t fields;
    long long left; /* bytes of the body or chunk still missing */
    int chunk;      /* position within a chunk */
    size_t line;    /* bytes so far of the size line or trailer */
    bool cr;        /* the last byte was CR, so LF must follow */
};

/* Initialise M; its body may have BODY_MAX bytes. */
void http_init(struct http_msg *m, size_t body_max);
/* Free what M owns. */
void http_fini(struct http_msg *m);
/* Feed the bytes P[0..N); *used is how many belonged to this request, the rest
 * belong to the next.  Returns M's new state. */
enum http_state http_feed(struct http_msg *m, const char *p, size_t n,
                          size_t *used);
/* Streamed bodies: whether the current part must be taken before M accepts
 * more.  It is a whole part, or an empty one while the sender waits for 100
 * Continue.  The last part is available when M is HTTP_DONE. */
bool http_part_due(const struct http_msg *m);
/* The current part was taken. */
void http_part_taken(struct http_msg *m);
/* Whether any byte of the request has arrived. */
bool http_begun(const struct http_msg *m);
/* Whether "100 Continue" must be sent now; true only once. */
bool http_wants_continue(struct http_msg *m);
/* Whether the connection can be kept after the answer. */
bool http_keeps(const struct http_msg *m);
/* The value of the first field called NAME (case ignored); NULL. */
const char *http_header(const struct http_msg *m, const char *name);
/* Whether the comma-separated field NAME contains TOKEN (case ignored). */
bool http_has_token(const struct http_msg *m, const char *name,
                    const char *token);
/* The value of parameter NAME in QUERY ("a=1&name=x"), percent-decoded; the
 * caller must free() it.  "" for a name without value; NULL when absent or
 * malformed. */
char *http_param(const char *query, const char *name);

/* "Not Found" for 404; static. */
const char *http_phrase(int status);

/* Bytes FIRST..LAST of an entity. */
struct http_span {
    long long first, last;
};
/* Parse the Range header TEXT for an entity of LENGTH bytes: 1 and *span for
 * one satisfiable range, 0 to ignore the header (several ranges, another unit,
 * malformed), -1 when it cannot be satisfied (416).  RFC 9110 s.14. */
int http_range(const char *text, long long length, struct http_span *span);
/* Parse a Content-Range value, "bytes FIRST-LAST/TOTAL" with FIRST <= LAST <
 * TOTAL. -1 for anything else, also for "*" instead of a number.  RFC 9110
 * s.14.4. */
int http_content_range(const char *text, struct http_span *span,
                       long long *total);

#endif
