/* http/listeners.h - the addresses of a daemon as its configuration has them:
 * one for all, perhaps one without TLS for monitoring, perhaps a Unix socket.
 */
#ifndef HTTP_LISTENERS_H
#define HTTP_LISTENERS_H

#include "http/server.h"

#define LISTENERS_TABLES 24

/* For http_server_spec.  Contains pointers into itself: do not copy. */
struct http_listeners {
    struct http_listener listener[3];
    size_t count; /* number of listeners */
    /* tables of the main address */
    const struct http_route *served[LISTENERS_TABLES];
    const struct http_route
        *monitoring[3];                /* tables of the monitoring address */
    const struct http_route *local[3]; /* at the Unix socket */
    size_t tables;                     /* number of entries in SERVED */
};

/* LISTEN is SECTION.listen, METRICS_LISTEN is SECTION.metrics_listen; when that
 * is "", /metrics is served at the main address. -1 with ERR CONFIG or SYNTAX,
 * which names the key. */
int http_listeners_init(struct http_listeners *l, const char *section,
                        const char *listen, const char *metrics_listen,
                        struct err *err);
/* Also serve TABLE at the main address; it must stay valid until the server has
 * started. */
void http_listeners_add(struct http_listeners *l,
                        const struct http_route *table);
/* Serve TABLE and /health at the Unix socket that FD listens at, too; FD is the
 * server's from its start on. */
void http_listeners_local(struct http_listeners *l, int fd,
                          const struct http_route *table);

#endif
