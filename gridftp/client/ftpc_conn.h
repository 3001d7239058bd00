/* gridftp/client/ftpc_conn.h - one data connection: authentication, protection,
 * bytes; nothing in it waits (GFD.20 s.3, RFC 2228 s.9). */
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
    int fd;          /* non-blocking */
    bool connecting; /* not there yet: net_connected() when it is writable */
    bool ready;      /* for data */
    bool proven; /* the peer is whom we want; our last token may still wait */
    short want;  /* poll events that the handshake waits for */
    struct gss *gss;   /* handshake of DCAU with PROT C */
    struct buf token;  /* the record being read */
    struct buf answer; /* tokens to be sent */
    struct tls *tls;   /* PROT S and P */
    bool eof;          /* the peer closed */
    size_t stripe;     /* which address of the server it is for */

    unsigned char *buf; /* FTPC_CONN_BUF: bytes [at, end) are not used yet */
    size_t at, end;
    bool readable; /* poll() said so */
    bool writable;

    /* Receiving: the block being read. */
    uint64_t left, offset;
    bool skip;                /* no file data */
    bool block_eod;           /* the last one of this file here */
    bool eod;                 /* no more blocks of this file */
    bool last;                /* the peer closes after this file */
    struct ftpc_mover *mover; /* NULL: none needed so far; while it is busy all
                                 else here is its */

    /* Sending, behind what is in buf: this much of the file by sendfile(). */
    uint64_t file_at, file_left;
    bool finished; /* EOD, or the end, is in buf */
    bool guarded;  /* see ftpc_conn_guard() */
};

/* How data connections of a session are made. */
struct ftpc_conn_how {
    char prot;            /* 'C' 'S' 'P' */
    char dcau;            /* 'A' 'S' 'N' */
    const char *identity; /* whom the peer must be under DCAU */
    struct tls_ctx *ctx;  /* for the side we are on; NULL with 'N' */
    bool connector;       /* we called connect() */
};

/* Wrap FD, which then belongs to the connection, and begin to authenticate as
 * HOW says.  NULL with ERR: FD is closed. */
struct ftpc_conn *ftpc_conn_create(int fd, const struct ftpc_conn_how *how,
                                   struct err *err);
/* Close and free; NULL ok.  One that may have a mover: ftpc_mover_drop(). */
void ftpc_conn_destroy(struct ftpc_conn *conn);
/* Go on with the handshake.  1 when ready, 0 when conn->want is awaited, -1
 * with ERR: AUTHN, PROTOCOL, IO. */
int ftpc_conn_step(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
                   struct err *err);
/* Bytes, 0 at the end, -1 with errno: EAGAIN, or see ftpc_conn_failure(). */
ssize_t ftpc_conn_recv(struct ftpc_conn *conn, void *p, size_t n);
/* Bytes, or -1 with errno. */
ssize_t ftpc_conn_send(struct ftpc_conn *conn, const void *p, size_t n);
/* What recv or send just failed of, in words; always -1. */
int ftpc_conn_failure(const struct ftpc_conn *conn, struct err *err);
/* Whether bytes wait inside TLS, where poll() does not see them. */
bool ftpc_conn_pending(const struct ftpc_conn *conn);
/* Sending in MODE S: the end of the connection is the end of the file, so that
 * from here to ftpc_conn_end() it is reset by whatever ends it, our death
 * included. */
void ftpc_conn_guard(struct ftpc_conn *conn);
/* Say that nothing more is sent (MODE S: the end of the file). */
void ftpc_conn_end(struct ftpc_conn *conn);
/* Break it, so that the peer sees no end: nothing comes through any more. */
void ftpc_conn_reset(struct ftpc_conn *conn);

#endif
