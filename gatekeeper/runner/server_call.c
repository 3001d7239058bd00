/* gatekeeper/runner/server_call.c - answering and freeing a request; see
 * runner_server.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "gatekeeper/runner/runner_server.h"

void
server_call_free(struct server_call *c)
{
    while (c->nfds > 0)
        close(c->fds[--c->nfds]);
    while (c->nreply_fd > 0)
        close(c->reply_fd[--c->nreply_fd]);
    free(c);
}

void
server_peer_lost(struct server *s, const char *why)
{
    if (!s->ending)
        log_event(LOG_ERR, "runner.peer.lost", "reason=%s", why);
    s->ended = true;
}

void
server_call_reply(struct server *s, struct server_call *c,
                  const struct err *err)
{
    struct runner_reply *reply = &c->reply;

    reply->magic = RUNNER_MAGIC;
    reply->kind = RUNNER_REPLY;
    reply->seq = c->r.seq;
    if (err->code != ERR_OK) {
        reply->code = (int32_t)err->code;
        memset(reply->text, 0, sizeof(reply->text));
        memcpy(reply->text, err->text, strlen(err->text));
    }
    if (!s->ended && runner_wire_send(s->peer, reply, sizeof(*reply),
                                      c->reply_fd, c->nreply_fd, 0) < 0)
        server_peer_lost(s, "it does not take answers");
    server_call_free(c);
}
