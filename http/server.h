/* http/server.h - the HTTPS server of gatekeeper and mds: an epoll front thread
 * accepts connections and collects COMPLETE requests, workers do handshakes and
 * answer (HTTP/1.1, RFC 9110, RFC 9112).  Each address serves tables of
 * routes.  The server does not know SOAP: a web service is an ordinary handler
 * (soap/soap_service.h). */
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

/* One request and its answer; valid during the handler's call only. */
struct http_call {
    const struct peer *peer; /* NULL: no certificate */
    bool local;              /* it came over a Unix socket, .. */
    uid_t uid;               /* .. from a process of this account */
    const struct net_addr *from;
    const char *method, *path, *query; /* path percent-decoded */
    const struct buf *body;            /* HTTP_STREAMED: the current part */
    long long body_at;                 /* its offset in the whole body */
    bool body_last;                    /* it is the last part, or the whole */
    const char *content_type;          /* of the request; "" if absent */
    const char *range;                 /* Range header; NULL */
    const struct http_msg *http;       /* for http_header() */
    struct route_params params; /* values in the route's path: route_param() */
    char log_id[16];            /* identifies this request in the log */
    void *service;              /* http_server_spec.service */
    void *arg;                  /* http_route.arg */

    int status;             /* OUT, initially 200; 400 and above is a failure */
    const char *reply_type; /* OUT, static string; initially text/plain */
    struct buf reply;       /* OUT */
    struct buf headers;     /* OUT, more "Name: value\r\n" lines */
    int reply_fd; /* OUT: after REPLY, send reply_len bytes of this file from
                     reply_offset, then close it; -1: none.  With an empty REPLY
                     and status 200 the server supports Range */
    long long reply_offset, reply_len;
    bool close;         /* OUT: close the connection after this answer */
    bool may_wait;      /* HTTP_LATER is allowed: the server is not ending and
                           wait_until_ms has not passed */
    long long begun_ms; /* time_mono_ms() when the request was complete */
    char wait_for[HTTP_WAIT_NAME]; /* OUT with HTTP_LATER: name to wait for */
    long long wait_until_ms; /* OUT with HTTP_LATER: deadline, time_mono_ms() */
    bool denied;             /* http_deny() was called */
    const char *label; /* OUT: the metrics row, one of http_server_spec.labels;
                          by default the route's */

    struct http_server *server; /* used by the server only, like the next */
    struct conn *conn;
};

enum http_handled {
    HTTP_ANSWERED, /* the OUT fields are filled */
    HTTP_PASS,     /* not for this handler: try the next route */
    HTTP_MORE, /* HTTP_STREAMED, not body_last: the part was taken; the handler
                  is run again for the next part and holds no worker meanwhile.
                  Any other return value answers the request, and the rest of
                  the body is not read */
    HTTP_LATER /* no answer yet: the handler is run again when
                  http_server_wake() names WAIT_FOR, at WAIT_UNTIL_MS, or when
                  the server is ending; it holds no worker meanwhile.  A caller
                  who hangs up ends the wait */
};
/* Handle CALL: return one of enum http_handled, or -1 with ERR (403, 404, ...
 * by its err.def row).  Unless it is HTTP_ANSWERED, the OUT fields of the
 * answer are ignored. */
typedef int http_fn(struct http_call *call, struct err *err);

enum http_flags {
    HTTP_ANONYMOUS = 1, /* callers without a certificate are allowed */
    HTTP_LIMITED = 2,   /* callers with a limited proxy are allowed */
    HTTP_OPEN = 4,    /* everybody is allowed and not even verified: the handler
                         does that */
    HTTP_STREAMED = 8 /* the handler is run for each HTTP_PART bytes of the
                         body, after verifying the caller again each time; the
                         first time before any byte arrives if the sender waits
                         for "100 Continue".  HTTP_LATER is not allowed */
};

/* One row of a route table, which ends with path == NULL.  HTTP_OPEN rows are
 * tried first; then the caller is verified and the other rows are tried.  The
 * first row that matches method and path is used. */
struct http_route {
    const char *method; /* "GET" also serves HEAD; NULL: every method */
    const char *path;   /* pattern: route.h */
    unsigned flags;     /* http_flags */
    http_fn *run;
    const char *label; /* name of the metrics row; NULL: method and path */
    void *arg;         /* passed to the handler */
    size_t body_max;   /* limit for its requests: HTTP_BODY_ANY: the handler
                          decides; 0: http_server_spec.body_max */
};

#define HTTP_BODY_ANY   SIZE_MAX
#define HTTP_BODY_SMALL 4096 /* where the body is not used */

/* GET /health and GET /metrics, the same for every daemon. */
extern const struct http_route http_health_routes[], http_metrics_routes[];

/* One address and the tables served there. */
struct http_listener {
    struct net_addr at; /* port 0: any free port */
    bool clear;         /* without TLS: for monitoring */
    bool local; /* LOCAL_FD, a Unix socket that listens, in the place of AT;
                   without TLS.  The server's from its start on */
    int local_fd;
    const struct http_route *const *tables; /* ends with NULL */
};

/* Whether PEER, never NULL, may be served at all, for example not banned.
 * Called for every request with a certificate; -1 with ERR AUTHZ refuses. */
typedef int http_admit_fn(const struct peer *peer, void *service,
                          struct err *err);
/* Called once for each request refused before its handler ran: CALL asked for
 * WHAT, ERR is the reason. */
typedef void http_denied_fn(const struct http_call *call, const char *what,
                            const struct err *err);
/* Report problems of the service (health.h); the server itself checks the
 * certificate. */
typedef void http_health_fn(void *service, struct health *h);
/* Append the service's metrics in Prometheus text form. */
typedef void http_metrics_fn(void *service, struct buf *out);

struct http_server_spec {
    const char *program;
    const struct http_listener *listeners; /* the URL names the first one */
    size_t listener_count;
    /* base of our own URLs; "": derived from the address */
    const char *service_url;
    struct cred *cred;
    struct trust *trust;
    const char *tls_min;
    const char *const *labels; /* metrics rows that handlers select themselves;
                                  ends with NULL; NULL: none */
    http_admit_fn *admit;
    http_denied_fn *denied; /* NULL: no callback */
    http_metrics_fn *metrics;
    http_health_fn *health; /* NULL: no problems */
    void *service;
    /* Called with the base URL and the server before the first request; only
     * now the port may be known.  NULL: no callback. */
    void (*bound)(void *service, const char *url);
    int workers, connections_max;
    bool share_workers; /* requests may wait: no caller gets all workers */
    int idle_timeout_s, request_timeout_s;
    size_t body_max;
    size_t answer_max; /* bytes of an operation's answer; 0: unlimited */
};

/* Listen and start the threads.  Copies the tables. -1 with ERR. */
int http_server_start(const struct http_server_spec *spec,
                      struct http_server **server, struct err *err);
/* "https://host:port", the base URL; owned by SERVER. */
const char *http_server_url(const struct http_server *server);
/* The first listening address with its actual port. */
const struct net_addr *http_server_addr(const struct http_server *server);
/* Use CRED, a renewed certificate, for new connections. */
int http_server_set_cred(struct http_server *server, struct cred *cred,
                         struct err *err);
/* The current credential; release it with cred_unref().  Thread safe. */
struct cred *http_server_cred(struct http_server *server);
/* Stop accepting, answer complete requests, end the threads, free.  NULL is
 * allowed. */
void http_server_stop(struct http_server *server);

/* Whether SERVER truly answers: -1 with ERR when a request of its own, which
 * takes the way of all others, is not answered within TIMEOUT_MS.  One thread
 * at a time. */
int http_server_probe(struct http_server *server, int timeout_ms,
                      struct err *err);

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

/* Run again the handlers that wait for NAME (NULL: all that wait), also one
 * that is running now and may have missed the event.  Thread safe and cheap. */
void http_server_wake(struct http_server *server, const char *name);

/* Answer CALL with TEXT and a line end as plain text. */
void http_say(struct http_call *call, int status, const char *text);
/* For handlers of HTTP_OPEN routes: check that the caller's chain is still
 * valid and the caller is admitted. -1 with ERR AUTHN (the connection then ends
 * with the answer) or AUTHZ. */
int http_judge(struct http_call *call, struct err *err);
/* Report to http_server_spec.denied, once, that CALL, asking for WHAT (NULL:
 * its method and path), is refused with ERR. http_judge() does this itself. */
void http_deny(struct http_call *call, const char *what, const struct err *err);
/* Whether FLAGS allow PEER (NULL: no certificate). -1 with ERR AUTHN or
 * AUTHZ. */
int http_may(const struct peer *peer, unsigned flags, struct err *err);
/* Whether CALL's answer may have SIZE bytes. -1 with ERR LIMIT when SIZE
 * exceeds http_server_spec.answer_max. */
int http_answer_fits(const struct http_call *call, size_t size,
                     struct err *err);
/* Call before each step of a long answer: whether it may grow to SIZE bytes. -1
 * with ERR: LIMIT when that is too large, or all answers in progress together
 * are; CANCELLED when the caller has gone. */
int http_answer_room(struct http_call *call, size_t size, struct err *err);
/* Whether the caller of CALL has closed the connection.  A caller who only
 * closed the sending side is sent "100 Continue" (RFC 9110, section 15.2); if
 * that cannot be delivered, the next call returns true. */
bool http_caller_gone(struct http_call *call);

#endif
