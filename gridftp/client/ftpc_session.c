/* gridftp/client/ftpc_session.c - operations on a session that all its parts
 * use. */
#include "gridftp/client/ftpc_session.h"

bool
ftpclient_usable(const struct ftpclient *c)
{
    return !c->broken && !c->ctl.lost;
}

int
ftpc_collect(struct ftpclient *c, struct err *err)
{
    int timeout_ms =
        c->ctl.opening ? c->conf.connect_timeout_ms : c->conf.stall_timeout_ms;
    int class;

    do {
        if (ftpc_control_reply(&c->ctl, timeout_ms, &c->reply, err) < 0)
            return -1;
        class = ftpc_reply_class(&c->reply);
    } while (class == 1);
    if (c->reply.code != 421)
        return class;
    c->ctl.lost = true;
    return ftpc_reply_error(&c->reply, err, "'%s' ends the session",
                            c->conf.host);
}

bool
ftpclient_reachable(const struct ftpclient *c)
{
    return !net_is_private(&c->own) || net_is_private(&c->peer);
}
