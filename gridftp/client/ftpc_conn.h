/* gridftp/client/ftpc_conn.h - one data connection: authentication, protection,
 * bytes.  No call here blocks (GFD.20 s.3, RFC 2228 s.9). */
#ifndef FTPC_CONN_H
#define FTPC_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "gridftp/proto/modee.h"
#include "gsi/gss.h"
#include "gsi/tls/tls.h"

#define FTPC_CONN_BUF (256 * 1024)

struct ftpc_mover;

struct ftpc_conn {
    int fd;           /* non-blocking */
    bool connecting;  /* connecting: call net_connected() when it is writable */
    bool ready;       /* ready for data */
    bool proven;      /* the peer's identity is verified; our last token may be
                         unsent */
    short want;       /* poll events that the handshake waits for */
    struct gss *gss;  /* handshake of DCAU with PROT C */
    struct buf token; /* the record being read */
    struct buf answer; /* tokens to send */
    struct tls *tls;   /* PROT S and P */
    bool eof;          /* the peer closed */
    size_t stripe;     /* index of the server's address it connects to */

    unsigned char *buf; /* FTPC_CONN_BUF bytes; [at, end) are unused */
    size_t at, end;
    bool readable; /* as reported by poll() */
    bool writable;

    /* Receiving: the block being read. */
    uint64_t left, offset;
    bool skip;      /* contains no file data */
    bool block_eod; /* last block of this file on this connection */
    bool eod;       /* no more blocks of this file follow */
    bool last;      /* the peer will close after this file */
    struct ftpc_mover *
        mover; /* NULL: none yet; while it is busy, it owns the other members */

    /* Sending: after buf, this part of the file goes by sendfile(). */
    uint64_t file_at, file_left;
    bool finished; /* EOD, or the end, has been put into buf */
    bool guarded;  /* see ftpc_conn_guard() */
};

/* How a session's data connections are secured. */
struct ftpc_conn_how {
    char prot;            /* 'C' 'S' 'P' */
    char dcau;            /* 'A' 'S' 'N' */
    const char *identity; /* the peer's name that DCAU requires */
    struct tls_ctx *ctx;  /* for our role; NULL with 'N' */
    bool connector;       /* we called connect() */
};

/* Wrap FD, which the connection then owns, and begin authentication as HOW
 * says.  NULL with ERR: FD is closed. */
struct ftpc_conn *ftpc_conn_create(int fd, const struct ftpc_conn_how *how,
                                   struct err *err);
/* Close and free; NULL is allowed.  If it may have a mover, use
 * ftpc_mover_drop(). */
void ftpc_conn_destroy(struct ftpc_conn *conn);
/* Continue the handshake. 1 when ready, 0 to wait for conn->want, -1 with ERR:
 * AUTHN, PROTOCOL, IO. */
int ftpc_conn_step(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
                   struct err *err);
/* Bytes, 0 at the end, -1 with errno: EAGAIN, or see ftpc_conn_failure(). */
ssize_t ftpc_conn_recv(struct ftpc_conn *conn, void *p, size_t n);
/* Bytes, or -1 with errno. */
ssize_t ftpc_conn_send(struct ftpc_conn *conn, const void *p, size_t n);
/* The reason why recv or send just failed; always -1. */
int ftpc_conn_failure(const struct ftpc_conn *conn, struct err *err);
/* Whether bytes are buffered inside TLS, where poll() does not see them. */
bool ftpc_conn_pending(const struct ftpc_conn *conn);
/* Sending in MODE S, where closing the connection marks the end of the file:
 * until ftpc_conn_end(), reset it however it closes, even by our death. */
void ftpc_conn_guard(struct ftpc_conn *conn);
/* Announce that nothing more is sent (MODE S: the end of the file). */
void ftpc_conn_end(struct ftpc_conn *conn);
/* Reset it, so that the peer sees no orderly end; no more data passes. */
void ftpc_conn_reset(struct ftpc_conn *conn);

#endif
