/* http/engine_client.c - the connections of a server in a list, and what is
 * told of them: see server.h. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "http/engine.h"

#define SHOWN_MAX 200 /* bytes of a path */

void
client_enter(struct http_server *s, struct conn *c)
{
    c->connected_ms = time_now_ms();
    lock_take(&s->client_lock);
    c->next = s->conns;
    if (s->conns != NULL)
        s->conns->prev = c;
    s->conns = c;
    s->connections++;
    lock_release(&s->client_lock);
}

void
client_leave(struct http_server *s, struct conn *c)
{
    lock_take(&s->client_lock);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    s->connections--;
    lock_release(&s->client_lock);
    free(c->shown_dn);
    free(c->shown_last);
    c->shown_dn = c->shown_last = NULL;
}

void
client_note(struct http_server *s, struct conn *c)
{
    const struct peer *peer = c->tls != NULL ? tls_peer(c->tls) : NULL;
    char *last = xasprintf("%s %.*s", c->msg->method, SHOWN_MAX, c->msg->path);

    lock_take(&s->client_lock);
    if (c->shown_dn == NULL && peer != NULL)
        c->shown_dn = xstrdup(peer->identity);
    free(c->shown_last);
    c->shown_last = last;
    c->requests++;
    lock_release(&s->client_lock);
}

struct http_client *
http_server_clients(struct http_server *s, size_t *n)
{
    struct http_client *list;

    *n = 0;
    lock_take(&s->client_lock);
    list = xcalloc((size_t)s->connections + 1, sizeof(*list));
    for (const struct conn *c = s->conns; c != NULL; c = c->next)
        list[(*n)++] =
            (struct http_client){ .from = c->from,
                                  .dn = xstrdup_or_null(c->shown_dn),
                                  .last = xstrdup_or_null(c->shown_last),
                                  .connected_ms = c->connected_ms,
                                  .requests = c->requests };
    lock_release(&s->client_lock);
    return list;
}

void
http_server_clients_free(struct http_client *clients, size_t n)
{
    for (size_t i = 0; clients != NULL && i < n; i++) {
        free(clients[i].dn);
        free(clients[i].last);
    }
    free(clients);
}
