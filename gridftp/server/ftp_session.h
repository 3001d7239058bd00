/* gridftp/server/ftp_session.h - one logged-in session: the process that has
 * become the user, runs plain command lines and owns the data channels. */
#ifndef FTP_SESSION_H
#define FTP_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/conf.h"
#include "base/net.h"
#include "base/sys_proc.h"
#include "gridftp/proto/ranges.h"
#include "gridftp/server/ftp_data.h"

#include "gridftp/server/ftp_path.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "gsi/digest.h"

/* What the monitor knows of a session when it begins. */
struct ftp_who {
    char dn[2048]; /* "" for anonymous */
    struct sys_user user;
    bool anonymous;
    int64_t expires;             /* the peer's chain (Unix time); 0: never */
    struct net_addr peer, local; /* of the control connection */
    char id[24];                 /* in every line of the log */
    int transfer_log;            /* -1: none */
    int news; /* the monitor sends what takes transfer_log's place; -1 */
};

/* The monitor's word that the user is no longer welcome. */
#define FTP_SESSION_WITHDRAW SIGUSR1

/* One command may look ahead of the rest: ABOR. */
#define FTP_AHEAD_MAX (256 * 1024)

struct ftp_session {
    const struct conf *conf;
    const struct ftp_who *who;
    struct trust *trust;
    int wire;            /* socket to the codec */
    struct buf in;       /* frames that came and were not yet looked at */
    struct buf out;      /* replies that wait: ftp_reply_flush() */
    bool gone;           /* the codec, that is the client, has gone */
    bool quit;           /* QUIT was said, or we must end */
    bool aborted;        /* ABOR came during a transfer */
    char *client;        /* SITE CLIENTINFO, NULL */
    char job[UUID_TEXT]; /* the grid job that it names; "" none */
    char *task;          /* SITE TASKID, NULL */

    struct ftp_paths paths;
    char *rename_from;  /* RNFR, NULL */
    char *symlink_from; /* SITE SYMLINKFROM, NULL */
    unsigned facts;     /* mask of OPTS MLST */
    bool ascii;         /* TYPE A */

    struct ranges rest; /* REST */
    bool has_rest;
    int64_t allo;   /* ALLO, -1 */
    char *want_sum; /* SCKS value, NULL */
    enum digest_kind want_kind;
    time_t store_time; /* SITE STORATTR modify, 0 */
    long long perf_s,
        ranges_s; /* seconds between 112, 111 markers; < 0: none */

    struct ftp_data data;
};

/* Run the session over WIRE until its end; the exit status of the process.
 * RULES were read before the process became the user. */
int ftp_session_run(const struct conf *conf, const struct ftp_who *who,
                    const struct ftp_rules *rules, struct trust *trust,
                    int wire);
/* Read what the codec has sent, waiting TIMEOUT_MS at most (0: only look);
 * 1 something came, 0 nothing, -1 the codec is gone (s->gone). */
int ftp_session_read(struct ftp_session *s, int timeout_ms);
/* During a transfer: take an ABOR, wherever it stands in the queue, out of
 * S->in.  Whether there was one. */
bool ftp_session_take_abort(struct ftp_session *s);
/* During other long work: whether to go on, without waiting.  No when the
 * client is gone, or said ABOR (S->aborted). */
bool ftp_session_going(struct ftp_session *s);

#endif
