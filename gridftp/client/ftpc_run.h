/* gridftp/client/ftpc_run.h - a run of transfers over one session: commands
 * ahead, replies in order, data connections watched; for the files of
 * gridftp/client/ only. */
#ifndef FTPC_RUN_H
#define FTPC_RUN_H

#include "gridftp/client/ftpc_session.h"

#define FTPC_DEPTH_MAX 256

enum ftpc_state {
    FTPC_SENT,   /* the command is out */
    FTPC_BEGUN,  /* 1yz came */
    FTPC_REPLIED /* the final reply came */
};

struct ftpc_run {
    struct ftpclient *c;
    struct ftpclient_how how;
    ftpclient_next_fn *next;
    ftpclient_done_fn *done;
    void *arg;
    bool put;
    const char *verb; /* "RETR", "STOR", "MLSD" */

    /* Commands sent, in order; those behind the first wait. */
    struct ftpclient_xfer *queue[FTPC_DEPTH_MAX];
    size_t head, count;
    struct ftpclient_xfer *held; /* next one, which must go out alone */
    bool ended;                  /* next had none */

    /* The first one. */
    enum ftpc_state state;
    bool data_done;
    bool null;           /* get: the destination is the null device */
    bool by_hand;        /* get: the destination takes no splice(2) */
    bool failed_local;   /* our side failed: the rest is thrown away */
    bool source_failed;  /* put: what it had no more to send is not the end */
    struct err lost;     /* why the data connections failed, OK while they work;
                            the server's reply may tell more */
    uint64_t thrown;     /* how much was */
    uint64_t eods, want; /* EODs seen; expected, 0 unknown */
    uint64_t base;       /* get: where the blocks' offset 0 lies */
    int64_t at;          /* file position: next byte to send or to receive */
    int64_t end;         /* put: past the last byte, -1 unknown */
    uint64_t eof_sent;   /* put: a bit for each stripe */
    bool cr;             /* get, TYPE A: a CR is held back */
    char marker[32];     /* bytes that the last 112 told */

    long long moved_ms;   /* when something last happened */
    long long adapted_ms; /* when the paths were last looked at */
    long long polled_ms;  /* when everything was last looked at */
};

/* Run it.  0 when the session is still usable, else -1 with ERR. */
int ftpc_run(struct ftpc_run *run, struct err *err);
/* ftpclient.c: transfers by VERB as NEXT gives them, as ftpclient_get(). */
int ftpc_run_many(struct ftpclient *c, const struct ftpclient_how *how,
                  const char *verb, ftpclient_next_fn *next,
                  ftpclient_done_fn *done, void *arg, struct err *err);
/* One of them. */
int ftpc_run_one(struct ftpclient *c, const struct ftpclient_how *how,
                 const char *verb, struct ftpclient_xfer *x, struct err *err);
/* ftpc_command.c: how this session's data connections are made, CONNECTOR on
 * our side. */
int ftpc_run_conn_how(struct ftpclient *c, bool connector,
                      struct ftpc_conn_how *how, struct err *err);

/* ftpc_head.c: the first transfer. */
struct ftpclient_xfer *ftpc_head(const struct ftpc_run *run);
/* Note that bytes of it moved; calls progress.  -1 when it cancels. */
int ftpc_head_moved(struct ftpc_run *run, int64_t bytes, struct err *err);
/* Why write(2) or its like just failed, by errno: NOSPACE or IO; always -1. */
int ftpc_head_cannot_write(struct err *err);

/* ftpc_get.c: use what has arrived.  1 something was, 0 nothing, -1 ERR: the
 * session is to be given up. */
int ftpc_get_move(struct ftpc_run *run, struct err *err);
/* Break the movers off; what they have brought is noted as arrived. */
void ftpc_get_halt(struct ftpc_run *run);
/* ftpc_put.c: send what goes without waiting; results as above. */
int ftpc_put_move(struct ftpc_run *run, struct err *err);
/* Before its command is sent: open the source, find its end. */
int ftpc_put_begin(struct ftpc_run *run, struct ftpclient_xfer *x,
                   struct err *err);
/* Whether CONN has something to send. */
bool ftpc_put_wants(const struct ftpc_run *run, const struct ftpc_conn *conn);

#endif
