/* http/server.h - the HTTPS server that gatekeeper and mds share: an epoll
 * front that handshakes and collects COMPLETE requests, workers that answer
 * them (HTTP/1.1, RFC 9110, RFC 9112).
 *
 * What is served is a table of routes for each address.  The server knows no
 * SOAP: a web service is a handler like any other (soap/soap_service.h). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"
#include "gsi/chain/chain.h"
#include "gsi/tls/tls.h"
#include "http/health.h"
#include "http/http.h"
#include "http/route.h"

#define HTTP_WAIT_NAME 64

struct http_server;
struct http_route;

/* One exchange; all of it is valid during the handler's call. */
struct http_call {
    const struct peer *peer; /* NULL: no certificate */
    bool local;              /* it came over a Unix socket, .. */
    uid_t uid;               /* .. from a process of this account */
    const struct net_addr *from;
    const char *method, *path, *query; /* path percent-decoded */
    const struct buf *body;            /* HTTP_STREAMED: the part at hand */
    long long body_at;           /* which begins here in the whole body, */
    bool body_last;              /* and this is its last part, or all */
    const char *content_type;    /* of the request; "" */
    const char *range;           /* Range header; NULL */
    const struct http_msg *http; /* for http_header() */
    struct route_params params;  /* of the route's path: route_param() */
    char log_id[16];             /* names this request in the log */
    void *service;               /* http_server_spec.service */
    void *arg;                   /* http_route.arg */

    int status;             /* OUT, 200 at first; from 400 on it is a failure */
    const char *reply_type; /* OUT, static string; text/plain at first */
    struct buf reply;       /* OUT */
    struct buf headers;     /* OUT, more "Name: value\r\n" lines */
    int reply_fd;           /* OUT: after REPLY, reply_len bytes of this file
                               from reply_offset, then closed; -1.  With an
                               empty REPLY and status 200 the server honours
                               Range */
    long long reply_offset, reply_len;
    bool close;         /* OUT: the connection ends with this answer */
    bool may_wait;      /* HTTP_LATER is allowed: the server does not end, and
                           wait_until_ms has not come yet */
    long long begun_ms; /* when the request was complete: time_mono_ms() */
    char
        wait_for[HTTP_WAIT_NAME]; /* OUT with HTTP_LATER: what is waited for, */
    long long wait_until_ms;      /* OUT and how long at most: time_mono_ms() */
    bool denied;                  /* http_deny() was called */
    const char *label; /* OUT: the row of the metrics; the route's unless set,
                          one of http_server_spec.labels */

    struct http_server *server; /* the server's, as the next */
    struct conn *conn;
};

enum http_handled {
    HTTP_ANSWERED, /* the OUT fields are filled */
    HTTP_PASS,     /* not this handler's after all: the next route's */
    HTTP_MORE,     /* HTTP_STREAMED, and not body_last: the part was taken, the
                      handler is run again for the next one.  No worker is held
                      until that has come.  Any other return than this answers,
                      and what still comes of the body is not read */
    HTTP_LATER     /* no answer yet, and no worker is held: the handler is run
                      again when http_server_wake() names WAIT_FOR, at
                      WAIT_UNTIL_MS, or when the server is to end.  A caller who
                      hangs up ends it */
};
/* Answer CALL: one of enum http_handled, or -1 with ERR (403, 404, ... by its
 * err.def row).  But for HTTP_ANSWERED, what stands in the OUT fields of an
 * answer is dropped. */
typedef int http_fn(struct http_call *call, struct err *err);

enum http_flags {
    HTTP_ANONYMOUS = 1, /* callers without a certificate may */
    HTTP_LIMITED = 2,   /* callers with a limited proxy may */
    HTTP_OPEN = 4,      /* anybody, not even judged: the handler judges */
    HTTP_STREAMED = 8   /* the handler is run for each HTTP_PART bytes of the
                           body, and judged anew for each; before any of them
                           came when the sender waits for "100 Continue".  It
                           may not answer later */
};

/* One row of what is served; a table ends with path == NULL.  Rows that are
 * HTTP_OPEN are tried first, then the caller is judged and the others are
 * tried; the first whose method and path match is it. */
struct http_route {
    const char *method; /* "GET" serves HEAD too; NULL: every method */
    const char *path;   /* pattern: route.h */
    unsigned flags;     /* http_flags */
    http_fn *run;
    const char *label; /* the row of the metrics; NULL: method and path */
    void *arg;         /* for the handler */
    size_t body_max;   /* of its requests: HTTP_BODY_ANY: the handler judges; 0:
                          http_server_spec.body_max */
};

#define HTTP_BODY_ANY   SIZE_MAX
#define HTTP_BODY_SMALL 4096 /* where a body says nothing */

/* GET /health and GET /metrics, as every daemon serves them. */
extern const struct http_route http_health_routes[], http_metrics_routes[];

/* One address, and what is served there. */
struct http_listener {
    struct net_addr at; /* port 0: any free one */
    bool clear;         /* no TLS: for monitoring */
    bool local; /* LOCAL_FD, a Unix socket that listens, in the place of AT;
                   without TLS.  The server's from its start on */
    int local_fd;
    const struct http_route *const *tables; /* ends with NULL */
};

/* Whether PEER, never NULL, may be served at all: the ban list, say.  Called
 * for every request of one with a certificate; -1 with ERR AUTHZ refuses. */
typedef int http_admit_fn(const struct peer *peer, void *service,
                          struct err *err);
/* Told of each request that is refused before a handler has it, once: CALL
 * asked for WHAT, ERR says why not. */
typedef void http_denied_fn(const struct http_call *call, const char *what,
                            const struct err *err);
/* Say what is wrong with the service's work (health.h); the certificate is
 * looked at by the server. */
typedef void http_health_fn(void *service, struct health *h);
/* Append the service's metrics in Prometheus text form. */
typedef void http_metrics_fn(void *service, struct buf *out);

struct http_server_spec {
    const char *program;
    const struct http_listener *listeners; /* the first one is what the URL
                                              names */
    size_t listener_count;
    const char *service_url; /* base of our own URLs; "" derives it */
    struct cred *cred;
    struct trust *trust;
    const char *tls_min;
    const char *const *labels; /* rows of the metrics that handlers set
                                  themselves; ends with NULL; NULL none */
    http_admit_fn *admit;
    http_denied_fn *denied; /* NULL: nobody is told */
    http_metrics_fn *metrics;
    http_health_fn *health; /* NULL: nothing is */
    void *service;
    /* Told URL, the base of our own URLs and the server's, before any request
     * is served: the port may be known only now.  NULL. */
    void (*bound)(void *service, const char *url);
    int workers, connections_max;
    bool share_workers; /* operations may wait: nobody has all workers */
    int idle_timeout_s, request_timeout_s;
    size_t body_max;
    size_t answer_max; /* bytes of an operation's answer; 0: any */
};

/* Listen and start the threads.  The tables are copied.  -1 with ERR. */
int http_server_start(const struct http_server_spec *spec,
                      struct http_server **server, struct err *err);
/* "https://host:port", the base of what is served; SERVER's own. */
const char *http_server_url(const struct http_server *server);
/* The first address listened on, true port filled in. */
const struct net_addr *http_server_addr(const struct http_server *server);
/* New connections use CRED from now on (a renewed certificate). */
int http_server_set_cred(struct http_server *server, struct cred *cred,
                         struct err *err);
/* What it shows now; cred_unref() it.  Any thread. */
struct cred *http_server_cred(struct http_server *server);
/* Stop accepting, answer what is complete, end the threads, free.  NULL ok. */
void http_server_stop(struct http_server *server);

/* One connection; strings are the struct's own. */
struct http_client {
    struct net_addr from;
    char *dn;               /* NULL: no certificate, or no request yet */
    char *last;             /* method and path of the last request; NULL */
    long long connected_ms; /* time_now_ms() */
    unsigned long requests;
};
/* Those that are open now, newest first: *n of them, for
 * http_server_clients_free().  Any thread. */
struct http_client *http_server_clients(struct http_server *server, size_t *n);
/* NULL ok. */
void http_server_clients_free(struct http_client *clients, size_t n);

/* What happened may be what waits for NAME wait for (NULL: all waits): their
 * handlers are run again.  One that was looking while it happened is run again,
 * too.  Any thread; cheap. */
void http_server_wake(struct http_server *server, const char *name);

/* Fill CALL with a sentence as plain text; a line end is put behind it. */
void http_say(struct http_call *call, int status, const char *text);
/* For handlers of HTTP_OPEN routes: the caller's chain is still valid, and the
 * caller is admitted.  -1 with ERR AUTHN (the connection then ends with the
 * answer) or AUTHZ. */
int http_judge(struct http_call *call, struct err *err);
/* CALL, which asks for WHAT (NULL: its method and path), is refused for ERR:
 * http_server_spec.denied is told, unless it was.  http_judge() does it by
 * itself. */
void http_deny(struct http_call *call, const char *what, const struct err *err);
/* Whether PEER (NULL: no certificate) may be served what FLAGS guard.  -1 with
 * ERR AUTHN or AUTHZ. */
int http_may(const struct peer *peer, unsigned flags, struct err *err);
/* May CALL's answer have SIZE bytes?  -1 with ERR LIMIT when that is more than
 * http_server_spec.answer_max. */
int http_answer_fits(const struct http_call *call, size_t size,
                     struct err *err);
/* Before each step of a long answer: may CALL's answer have SIZE bytes, all in
 * all?  -1 with ERR: LIMIT when it does not fit, or all answers that are being
 * made and sent are too much; CANCELLED when the caller has gone, and nobody
 * would take it. */
int http_answer_room(struct http_call *call, size_t size, struct err *err);
/* Whether the caller of CALL has closed the connection.  One who has only ended
 * the sending side is sent "100 Continue" (RFC 9110, section 15.2): if that
 * cannot be delivered, the next call says true. */
bool http_caller_gone(struct http_call *call);

#endif
