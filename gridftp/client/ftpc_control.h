/* gridftp/client/ftpc_control.h - the control channel: send commands, read
 * replies, both protected once there is a security context (RFC 2228 s.8). */
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
    struct gss *gss;    /* if set, use ENC and 63x */
    struct buf in;      /* bytes as received */
    struct buf plain;   /* protected replies, unwrapped */
    struct buf out;     /* commands not sent yet */
    size_t sent;        /* bytes of out already sent */
    bool lost;          /* the connection has failed */
    bool opening;       /* the next answer may contain certificates */
    const char *host;   /* for messages; borrowed */
    int rtt_ms;         /* shortest round trip to a reply; -1 */
    long long asked_ms; /* when the awaited command was sent; -1: none */
    const struct net_notice *notice; /* progress callback; NULL: none */
    int keepalive_s;                 /* for net_keepalive() */
    ftpclient_trace_fn *trace;
    void *trace_arg;
};

/* Connect to HOST from a local port in FROM; the caller sets the rest of
 * CTL. */
int ftpc_control_connect(struct ftpc_control *ctl, const char *host,
                         unsigned port, const struct net_ports *from,
                         int timeout_ms, struct err *err);
/* Close and free. */
void ftpc_control_fini(struct ftpc_control *ctl);

/* End a session that is given up with commands outstanding: close our side, and
 * wait at most TIMEOUT_MS (0: not at all) for the server to close, which it
 * does once it has stopped its work. */
void ftpc_control_end(struct ftpc_control *ctl, int timeout_ms);

/* Check that COMMAND (without CR LF) can be sent: 0, or -1 with ERR SYNTAX when
 * it is empty or contains a line end. */
int ftpc_control_check(const struct ftpc_control *ctl, const char *command,
                       struct err *err);
/* Queue a command. -1 with ERR from ftpc_control_check() or gss_wrap(). */
int ftpc_control_queue(struct ftpc_control *ctl, struct err *err,
                       const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Send as much of the queue as possible without blocking; 0 or -1 with ERR. */
int ftpc_control_flush(struct ftpc_control *ctl, struct err *err);
/* Whether queued bytes are still unsent. */
bool ftpc_control_unsent(const struct ftpc_control *ctl);
/* Read available bytes. 1 some, 0 none, -1 with ERR (also at the end). */
int ftpc_control_read(struct ftpc_control *ctl, struct err *err);
/* Parse one reply from the bytes read. 1, 0 none complete, -1 with ERR. */
int ftpc_control_take(struct ftpc_control *ctl, struct ftpc_reply *r,
                      struct err *err);
/* Send the queue and wait for the next reply, preliminary or not. 0, or -1 with
 * ERR: TIMEOUT, UNREACHABLE, PROTOCOL. */
int ftpc_control_reply(struct ftpc_control *ctl, int timeout_ms,
                       struct ftpc_reply *r, struct err *err);

#endif
