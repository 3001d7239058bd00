/* gridftp/server/ftp_xfer.h - one transfer: a thread for each data connection,
 * supervised by the session's own thread (RFC 959, GFD.20). */
#ifndef FTP_XFER_H
#define FTP_XFER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "gridftp/proto/ranges.h"
#include "gridftp/server/ftp_data.h"

struct ftp_session;
struct ftp_xfer;

/* One active data connection. */
struct ftp_stream {
    struct ftp_xfer *x;
    struct ftp_conn conn;
    int fd; /* X->lock: conn.fd for other threads to shut down; -1 none yet */
    pthread_t thread;
    bool connector; /* we must still connect */
    bool secured;   /* a kept connection: no handshake needed */
    bool threaded;  /* it has a thread */
    bool first;     /* first of its stripe: it sends the end-of-file marker */
    bool ready;     /* X->lock: connected and authenticated */
    bool dismissed; /* X->lock: it came when no connection was needed */
    bool ended;     /* X->lock: its thread is finished */
    bool keep;      /* OUT: can serve the next file */
};

/* Where a transfer failed, which determines the reply. */
enum ftp_fault {
    FTP_FAULT_NONE,
    FTP_FAULT_CONNECT, /* no connection, or handshake failed: 425 */
    FTP_FAULT_DATA,    /* connection broken or protocol error: 426 */
    FTP_FAULT_FILE,    /* the local file: errno decides */
    FTP_FAULT_ABORT    /* the client sent ABOR or has gone */
};

/* State of one address of a transfer; ftp_stripe.h. */
struct ftp_stripe {
    int64_t next;       /* sending: where to search for the next piece */
    size_t planned;     /* sending: planned connections */
    size_t streams;     /* current connections */
    uint64_t eods, due; /* receiving: end-of-data markers seen, and expected */
    bool eof;           /* receiving: due is known */
    int64_t bytes;      /* received */
};

/* Position in a FIFO or device; ftp_flow.h. */
struct ftp_flow {
    struct lock lock;    /* guards the members below, and access to the file */
    pthread_cond_t turn; /* signalled when AT moves */
    bool fifo;           /* a FIFO: bytes must go in order */
    bool ended;          /* nothing more is read or written */
    int64_t at;          /* offset of the next byte */
    long long moved_ms;  /* time of the last change of AT */
};

struct ftp_xfer {
    struct ftp_session *s;
    struct ftp_data *d;
    bool receiving, mode_e, ascii;
    int file;
    bool seekable;      /* a plain file, for pwrite and sendfile */
    int64_t begin, end; /* sending: the range to send */
    int64_t base; /* start of ERET's or ESTO's part: block offsets count from
                     there */
    const struct ranges *skip; /* sending: ranges the receiver has */
    struct ftp_flow flow;      /* used if not seekable */
    int timeout_ms;
    int64_t layout; /* sending: block size of the stripe layout */
    size_t nstripe;
    int64_t block; /* sending: largest block on the network */

    struct lock lock; /* guards the members below */
    struct ftp_stripe stripe[FTP_STRIPES_MAX];
    struct ranges fresh; /* received since the last marker */
    int64_t top;         /* received: end of the highest byte */
    int64_t came;        /* received, MODE S: bytes on the network */
    bool done;           /* complete: wait for no more */
    bool claimed;        /* MODE S: a connection was chosen */
    size_t running;
    enum ftp_fault fault;
    int fault_errno;
    struct err err;

    atomic_llong bytes;
    /* MODE E: time of the last progress on any connection */
    atomic_llong moved;
    int wake; /* eventfd: a thread has news */
    int stop; /* eventfd: tells idle threads to end */
    struct ftp_stream stream[FTP_STREAMS_MAX];
    size_t nstream;
    long long began_ms, idle_ms, perf_ms, ranges_ms;
    const char *opening; /* text after the 150 */
    bool dismissed;      /* connections not needed were dismissed */
};

/* Thread function of one stream: 0, or -1 with ERR and *fault. */
int ftp_xfer_send_stream(struct ftp_stream *st, enum ftp_fault *fault,
                         struct err *err);
int ftp_xfer_send_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                         struct err *err);
int ftp_xfer_receive_stream(struct ftp_stream *st, enum ftp_fault *fault,
                            struct err *err);
int ftp_xfer_receive_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                            struct err *err);

/* Prepare X, zeroed, for session S; free with ftp_xfer_fini(). */
void ftp_xfer_init(struct ftp_xfer *x, struct ftp_session *s, bool receiving,
                   int file);
/* Whether a transfer, RECEIVING or sending, can get a data connection, as far
 * as is known before its file is opened. -1 with ERR PROTOCOL, AUTHN. */
int ftp_xfer_check(const struct ftp_data *d, bool receiving, struct err *err);
/* Free what the transfer held. */
void ftp_xfer_fini(struct ftp_xfer *x);
/* Send 150, move the data, return when every thread has ended: 0, or -1 with
 * X->fault.  The caller sends the final reply. */
int ftp_xfer_run(struct ftp_xfer *x);
/* Send the final reply of a failed transfer; returns its code. */
int ftp_xfer_reply_fault(struct ftp_xfer *x);
/* Send file FD, the listing of PATH by VERB, with 150 and 226. */
void ftp_xfer_send_listing(struct ftp_session *s, const char *verb, char *path,
                           int fd);

/* Wake the session's thread. */
void ftp_xfer_wake(struct ftp_xfer *x);
/* Record the failure unless there is one already. */
void ftp_xfer_fail(struct ftp_xfer *x, enum ftp_fault fault,
                   const struct err *err);
/* Whether X has failed, so that threads should stop. */
bool ftp_xfer_has_failed(struct ftp_xfer *x);
/* Check the control channel for ABOR or the client's end. */
void ftp_xfer_look(struct ftp_xfer *x);

/* ftp_quick.c: transfer a small file over the only kept connection, without a
 * thread.  True when the transfer is over, successful or not; false when
 * nothing was done and threads must do it. */
bool ftp_quick_send(struct ftp_xfer *x);
bool ftp_quick_receive(struct ftp_xfer *x);
/* A receiver's markers in MODE E (GFD.20 s.3.5): begin, send those due at NOW,
 * and end; FAILED: the client may continue after what arrived. */
void ftp_marker_begin(struct ftp_xfer *x);
void ftp_marker_look(struct ftp_xfer *x, long long now);
void ftp_marker_end(struct ftp_xfer *x, bool failed);

#endif
