/* gridftp/client/ftpc_control.h - the control channel: commands out, replies
 * in, both protected once there is a security context (RFC 2228 s.8). */
#ifndef FTPC_CONTROL_H
#define FTPC_CONTROL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"
#include "gridftp/client/ftpc_reply.h"
#include "gridftp/client/ftpclient.h"
#include "gsi/gss.h"

struct ftpc_control {
    int fd;
    struct gss *gss;    /* set: ENC and 63x from now on */
    struct buf in;      /* as it came */
    struct buf plain;   /* protected replies, unwrapped */
    struct buf out;     /* commands not sent yet */
    size_t sent;        /* bytes of out that are gone */
    bool lost;          /* nothing more will come or go */
    bool opening;       /* the next answer may hold certificates */
    const char *host;   /* for messages; borrowed */
    int rtt_ms;         /* from what is sent to the next reply, shortest; -1 */
    long long asked_ms; /* when that was sent; -1: no reply is due to it */
    const struct net_notice *notice; /* of silence; NULL: nobody is told */
    int keepalive_s;                 /* for net_keepalive() */
    ftpclient_trace_fn *trace;
    void *trace_arg;
};

/* Connect to HOST from a port of FROM; the rest of CTL is set by the caller. */
int ftpc_control_connect(struct ftpc_control *ctl, const char *host,
                         unsigned port, const struct net_ports *from,
                         int timeout_ms, struct err *err);
/* Close and free. */
void ftpc_control_fini(struct ftpc_control *ctl);

/* A session that is given up with commands out: tell the server that nobody
 * listens, and wait at most TIMEOUT_MS (0: do not) for it to close, as it does
 * once it has put its work down. */
void ftpc_control_end(struct ftpc_control *ctl, int timeout_ms);

/* Whether COMMAND (without CR LF) can be sent: 0, or -1 with ERR SYNTAX when it
 * is empty or holds a line end. */
int ftpc_control_check(const struct ftpc_control *ctl, const char *command,
                       struct err *err);
/* Put a command in the queue.  -1 with ERR: that of ftpc_control_check(), or
 * what gss_wrap() says. */
int ftpc_control_queue(struct ftpc_control *ctl, struct err *err,
                       const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Send what is queued, as far as goes without waiting; 0 or -1 with ERR. */
int ftpc_control_flush(struct ftpc_control *ctl, struct err *err);
/* Whether bytes still wait for room in the socket. */
bool ftpc_control_unsent(const struct ftpc_control *ctl);
/* Read what is there.  1 some bytes, 0 none, -1 with ERR (the end, too). */
int ftpc_control_read(struct ftpc_control *ctl, struct err *err);
/* Take a reply out of what was read.  1, 0 none complete, -1 with ERR. */
int ftpc_control_take(struct ftpc_control *ctl, struct ftpc_reply *r,
                      struct err *err);
/* Send what is queued and wait for the next reply, preliminary or not.  0, or
 * -1 with ERR: TIMEOUT, UNREACHABLE, PROTOCOL. */
int ftpc_control_reply(struct ftpc_control *ctl, int timeout_ms,
                       struct ftpc_reply *r, struct err *err);

#endif
