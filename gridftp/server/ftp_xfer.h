/* gridftp/server/ftp_xfer.h - one transfer: a thread for each data connection,
 * the session's own thread watching over them (RFC 959, GFD.20). */
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

/* One data connection at work. */
struct ftp_stream {
    struct ftp_xfer *x;
    struct ftp_conn conn;
    int fd; /* X->lock: conn.fd for other threads to shut down; -1 none yet */
    pthread_t thread;
    bool connector; /* we connect, and have to do so still */
    bool secured;   /* a kept one: the handshake is behind it */
    bool threaded;  /* it has a thread */
    bool first;     /* of its stripe: it says the end of file */
    bool ready;     /* X->lock: connected, and who it is is known */
    bool dismissed; /* X->lock: it came when nobody was waited for */
    bool ended;     /* X->lock: its thread has nothing more to do */
    bool keep;      /* OUT: fit for the next file */
};

/* Where a transfer failed, which decides the reply. */
enum ftp_fault {
    FTP_FAULT_NONE,
    FTP_FAULT_CONNECT, /* no connection, or no handshake: 425 */
    FTP_FAULT_DATA,    /* connection broken, nonsense: 426 */
    FTP_FAULT_FILE,    /* ours: errno decides */
    FTP_FAULT_ABORT    /* the client said ABOR or has gone */
};

/* What belongs to one address of a transfer; ftp_stripe.h. */
struct ftp_stripe {
    int64_t next;       /* sending: where to look for the next piece */
    size_t planned;     /* sending: connections */
    size_t streams;     /* connections there are */
    uint64_t eods, due; /* receiving: ends of data, and how many must come */
    bool eof;           /* receiving: which is known */
    int64_t bytes;      /* received */
};

/* Where a FIFO or a device stands; ftp_flow.h. */
struct ftp_flow {
    struct lock lock;    /* of all below, and of the file's bytes */
    pthread_cond_t turn; /* AT has moved */
    bool fifo;           /* the file is a FIFO: bytes go in order */
    bool ended;          /* nothing more is read or written */
    int64_t at;          /* the offset that the next byte belongs at */
    long long moved_ms;  /* when AT last moved */
};

struct ftp_xfer {
    struct ftp_session *s;
    struct ftp_data *d;
    bool receiving, mode_e, ascii;
    int file;
    bool seekable;             /* a plain file: pwrite and sendfile */
    int64_t begin, end;        /* sending: what to send */
    int64_t base;              /* where ERET's or ESTO's part begins: offsets
                                  in blocks count from there */
    const struct ranges *skip; /* sending: what the receiver has */
    struct ftp_flow flow;      /* not seekable */
    int timeout_ms;
    int64_t layout; /* sending: bytes in a block of the stripes' layout */
    size_t nstripe;
    int64_t block; /* sending: bytes of a block on the wire, at most */

    struct lock lock; /* of all below */
    struct ftp_stripe stripe[FTP_STRIPES_MAX];
    struct ranges fresh; /* received since the last marker */
    int64_t top;         /* received: where the last byte of all ends */
    int64_t came;        /* received, MODE S: bytes on the wire */
    bool done;           /* what else comes is not waited for */
    bool claimed;        /* MODE S: one connection has it */
    size_t running;
    enum ftp_fault fault;
    int fault_errno;
    struct err err;

    atomic_llong bytes;
    atomic_llong moved; /* MODE E: when a connection last moved something */
    int wake;           /* eventfd: a thread has something to say */
    int stop;           /* eventfd: idle threads end */
    struct ftp_stream stream[FTP_STREAMS_MAX];
    size_t nstream;
    long long began_ms, idle_ms, perf_ms, ranges_ms;
    const char *opening; /* behind the 150 */
    bool dismissed;      /* those that are not waited for were told */
};

/* Work of one stream's thread: 0, or -1 with ERR and *fault. */
int ftp_xfer_send_stream(struct ftp_stream *st, enum ftp_fault *fault,
                         struct err *err);
int ftp_xfer_send_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                         struct err *err);
int ftp_xfer_receive_stream(struct ftp_stream *st, enum ftp_fault *fault,
                            struct err *err);
int ftp_xfer_receive_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                            struct err *err);

/* Prepare X, zeroed, for session S; ftp_xfer_fini() it. */
void ftp_xfer_init(struct ftp_xfer *x, struct ftp_session *s, bool receiving,
                   int file);
/* Whether a transfer that is RECEIVING has a way for its data, as far as can be
 * known before its file is touched.  -1 with ERR PROTOCOL, AUTHN. */
int ftp_xfer_check(const struct ftp_data *d, bool receiving, struct err *err);
/* Free what the transfer held. */
void ftp_xfer_fini(struct ftp_xfer *x);
/* Say 150, move the data, return when every thread has ended: 0, or -1 with
 * X->fault.  The final reply is the caller's. */
int ftp_xfer_run(struct ftp_xfer *x);
/* Send the final reply of a transfer that failed; its code. */
int ftp_xfer_reply_fault(struct ftp_xfer *x);
/* Send file FD, what VERB lists of PATH, with 150 and 226. */
void ftp_xfer_send_listing(struct ftp_session *s, const char *verb, char *path,
                           int fd);

/* Wake the session's thread. */
void ftp_xfer_wake(struct ftp_xfer *x);
/* Note the first failure. */
void ftp_xfer_fail(struct ftp_xfer *x, enum ftp_fault fault,
                   const struct err *err);
/* Whether X has failed, which no thread need go on after. */
bool ftp_xfer_has_failed(struct ftp_xfer *x);
/* Look at the control channel: ABOR, or the client has gone. */
void ftp_xfer_look(struct ftp_xfer *x);

/* ftp_quick.c: move a small file over the one connection that was kept, without
 * a thread.  True when the transfer is over, well or not; false when it has not
 * begun, and threads have to do it. */
bool ftp_quick_send(struct ftp_xfer *x);
bool ftp_quick_receive(struct ftp_xfer *x);
/* A receiver's markers in MODE E (GFD.20 s.3.5): what begins, goes by the clock
 * at NOW and ends with them; FAILED: the client may go on behind what came. */
void ftp_marker_begin(struct ftp_xfer *x);
void ftp_marker_look(struct ftp_xfer *x, long long now);
void ftp_marker_end(struct ftp_xfer *x, bool failed);

#endif
