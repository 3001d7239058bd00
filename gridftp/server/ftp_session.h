/* gridftp/server/ftp_session.h - one logged-in session: the process that runs
 * as the user, executes clear command lines and owns the data channels. */
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

/* The monitor's information for a new session. */
struct ftp_who {
    char dn[2048]; /* "" for anonymous */
    struct sys_user user;
    bool anonymous;
    int64_t expires; /* expiry of the peer's chain (Unix time); 0: never */
    struct net_addr peer, local; /* of the control connection */
    char id[24];                 /* in every log line */
    int transfer_log;            /* -1: none */
    int news; /* the monitor sends replacements of transfer_log here; -1 */
};

/* The monitor's signal that the user is no longer admitted. */
#define FTP_SESSION_WITHDRAW SIGUSR1

/* How far to search queued commands for ABOR. */
#define FTP_AHEAD_MAX (256 * 1024)

struct ftp_session {
    const struct conf *conf;
    const struct ftp_who *who;
    struct trust *trust;
    int wire;            /* socket to the codec */
    struct buf in;       /* frames received and not handled yet */
    struct buf out;      /* replies held back: ftp_reply_flush() */
    bool gone;           /* the codec, and so the client, has gone */
    bool quit;           /* QUIT was received, or the session must end */
    bool aborted;        /* ABOR arrived during a transfer */
    char *client;        /* SITE CLIENTINFO, NULL */
    char job[UUID_TEXT]; /* grid job named in it; "" none */
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
    time_t store_time; /* modify time of SITE STORATTR, 0 */
    long long perf_s,
        ranges_s; /* seconds between 112 and 111 markers; < 0: none */

    struct ftp_data data;
};

/* Run the session over WIRE until its end; returns the exit status.  RULES must
 * be read before the process switches to the user. */
int ftp_session_run(const struct conf *conf, const struct ftp_who *who,
                    const struct ftp_rules *rules, struct trust *trust,
                    int wire);
/* Read from the codec, waiting at most TIMEOUT_MS (0: do not wait); 1 something
 * arrived, 0 nothing, -1 the codec is gone (s->gone). */
int ftp_session_read(struct ftp_session *s, int timeout_ms);
/* During a transfer: remove an ABOR, wherever it is queued, from S->in.
 * Returns whether there was one. */
bool ftp_session_take_abort(struct ftp_session *s);
/* During other long work: whether to continue; does not block.  False when the
 * client is gone or has sent ABOR (S->aborted). */
bool ftp_session_going(struct ftp_session *s);

#endif
