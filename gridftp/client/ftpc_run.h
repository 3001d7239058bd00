/* gridftp/client/ftpc_run.h - a run of transfers over one session: pipelined
 * commands, replies in order, data connections; for the files of
 * gridftp/client/ only. */
#ifndef FTPC_RUN_H
#define FTPC_RUN_H

#include "gridftp/client/ftpc_session.h"

#define FTPC_DEPTH_MAX 256

enum ftpc_state {
    FTPC_SENT,   /* the command was sent */
    FTPC_BEGUN,  /* a 1yz reply has arrived */
    FTPC_REPLIED /* the final reply has arrived */
};

struct ftpc_run {
    struct ftpclient *c;
    struct ftpclient_how how;
    ftpclient_next_fn *next;
    ftpclient_done_fn *done;
    void *arg;
    bool put;
    const char *verb; /* "RETR", "STOR", "MLSD" */

    /* Transfers whose commands were sent, in order; only the first is
     * active. */
    struct ftpclient_xfer *queue[FTPC_DEPTH_MAX];
    size_t head, count;
    struct ftpclient_xfer
        *held;  /* the next one, whose command must be sent alone */
    bool ended; /* next() returned NULL */

    /* State of the first transfer. */
    enum ftpc_state state;
    bool data_done;
    bool null;          /* get: the destination is the null device */
    bool by_hand;       /* get: the destination does not support splice(2) */
    bool failed_local;  /* our side failed: the rest is discarded */
    bool source_failed; /* put: the source failed, so its end is not the end of
                           the file */
    struct err lost; /* why the data connections failed, else OK; the server's
                        reply may tell more */
    uint64_t thrown; /* bytes discarded */
    uint64_t eods, want; /* EODs received and expected; 0: unknown */
    uint64_t base;       /* get: file offset of block offset 0 */
    int64_t at;          /* file position: next byte to send or receive */
    int64_t end;         /* put: past the last byte, -1 unknown */
    uint64_t eof_sent;   /* put: a bit for each stripe */
    bool cr;             /* get, TYPE A: a CR is pending */
    char marker[32];     /* byte count of the last 112 */

    long long moved_ms;   /* time of the last progress */
    long long adapted_ms; /* time of the last net_adapt() */
    long long polled_ms;  /* time of the last poll of all descriptors */
};

/* Run the transfers. 0 when the session is still usable, else -1 with ERR. */
int ftpc_run(struct ftpc_run *run, struct err *err);
/* ftpclient.c: run transfers by VERB from NEXT, as ftpclient_get(). */
int ftpc_run_many(struct ftpclient *c, const struct ftpclient_how *how,
                  const char *verb, ftpclient_next_fn *next,
                  ftpclient_done_fn *done, void *arg, struct err *err);
/* Run one transfer. */
int ftpc_run_one(struct ftpclient *c, const struct ftpclient_how *how,
                 const char *verb, struct ftpclient_xfer *x, struct err *err);
/* ftpc_command.c: the security of this session's data connections; CONNECTOR:
 * we connect. */
int ftpc_run_conn_how(struct ftpclient *c, bool connector,
                      struct ftpc_conn_how *how, struct err *err);

/* ftpc_head.c: the first transfer. */
struct ftpclient_xfer *ftpc_head(const struct ftpc_run *run);
/* Record that bytes of it moved, and call progress. -1 when that cancels. */
int ftpc_head_moved(struct ftpc_run *run, int64_t bytes, struct err *err);
/* Set ERR after a failed write(2) or similar, by errno: NOSPACE or IO; always
 * -1. */
int ftpc_head_cannot_write(struct err *err);

/* ftpc_get.c: handle arrived data. 1 some, 0 none, -1 with ERR: the session
 * must be given up. */
int ftpc_get_move(struct ftpc_run *run, struct err *err);
/* Stop the movers and record their data as arrived. */
void ftpc_get_halt(struct ftpc_run *run);
/* ftpc_put.c: send what is possible without blocking; results as above. */
int ftpc_put_move(struct ftpc_run *run, struct err *err);
/* Call before its command is sent: open the source, find its end. */
int ftpc_put_begin(struct ftpc_run *run, struct ftpclient_xfer *x,
                   struct err *err);
/* Whether CONN has something to send. */
bool ftpc_put_wants(const struct ftpc_run *run, const struct ftpc_conn *conn);

#endif
