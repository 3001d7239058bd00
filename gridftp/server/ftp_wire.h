/* gridftp/server/ftp_wire.h - messages between the processes of one session:
 * frames between codec and session, one login request and its answer between
 * codec and monitor. */
#ifndef FTP_WIRE_H
#define FTP_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sys_proc.h"

/* Frames: type (1 byte), length (4, host order), then the bytes. */
enum ftp_frame {
    FTP_FRAME_LINE = 'L',  /* codec: one command, clear, without CRLF */
    FTP_FRAME_CRED = 'C',  /* codec: the delegated credential, PEM */
    FTP_FRAME_REPLY = 'R', /* session: one whole reply, lines with CRLF */
    FTP_FRAME_END = 'E'    /* session: all replies sent, close */
};

#define FTP_FRAME_MAX (1024 * 1024)

/* Append a frame. */
void ftp_frame_add(struct buf *out, enum ftp_frame type, const void *p,
                   size_t n);
/* Parse the frame at the front of IN: 1 and its parts (borrowed; call
 * buf_drop() with *used afterwards), 0 when it is incomplete, -1 with ERR
 * PROTOCOL. */
int ftp_frame_get(const struct buf *in, enum ftp_frame *type, const char **p,
                  size_t *n, size_t *used, struct err *err);

#define FTP_LOGIN_MAGIC 0x47484654u
#define FTP_DN_MAX      2048

enum ftp_login_kind {
    FTP_LOGIN_GSI = 1,
    FTP_LOGIN_ANONYMOUS
};

/* The only request that a codec can send to the monitor. */
struct ftp_login_request {
    uint32_t magic;
    uint32_t kind;   /* enum ftp_login_kind */
    int64_t expires; /* expiry of the peer's chain (Unix time); 0: never */
    char dn[FTP_DN_MAX];
    char want[SYS_NAME_MAX]; /* wanted account; "" = the map's first */
};

/* Replies to a login (RFC 959 s.4.2). */
#define FTP_LOGIN_OK     230
#define FTP_LOGIN_LATER  421 /* transient: the same login may succeed later */
#define FTP_LOGIN_REFUSE 530

/* The answer; with FTP_LOGIN_OK it carries a socket to the session. */
struct ftp_login_reply {
    uint32_t magic;
    uint32_t code; /* one of the codes above */
    char account[SYS_NAME_MAX];
    char reason[256]; /* for the peer, one line */
};

/* Send the N bytes at P as one message, with descriptor FD unless it is -1.
 * Does not block when the receiver is slow: -1 with ERR IO. */
int ftp_message_send(int sock, const void *p, size_t n, int fd,
                     struct err *err);
/* Receive a message of at most MAX bytes; *fd as below.  Returns its length, 0
 * when the peer is gone, -1 with ERR. */
ssize_t ftp_message_take(int sock, void *p, size_t max, int *fd,
                         struct err *err);
/* Receive a message of exactly N bytes; *fd is -1 or a new descriptor (FD may
 * be NULL: none is accepted). 1, 0 when the peer is gone, -1 with ERR. */
int ftp_message_receive(int sock, void *p, size_t n, int *fd, struct err *err);

#endif
