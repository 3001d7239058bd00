/* gridftp/server/ftp_index.h - the monitor's side of gridftp-register, the
 * program that registers this daemon with its indexes (gridftp.index) as
 * gridftp.account.  It is started with the keys that it needs as options and a
 * socket as descriptor FTP_INDEX_FD.  Messages to it: the PEM of a credential,
 * at the start and after each renewal; one byte with the descriptor of a
 * reopened log.  It exits when the socket is closed. */
#ifndef FTP_INDEX_H
#define FTP_INDEX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define FTP_INDEX_FD          3
#define FTP_INDEX_MESSAGE_MAX (256 * 1024)
#define FTP_INDEXES_MAX       8

struct ftp_monitor;

struct ftp_index {
    int program; /* descriptor of the program file; -1: no index is configured
                  */
    int sock;    /* -1: not running */
    pid_t pid;   /* 0: not running */
    long long again_ms; /* monotonic time of the next start */
};

/* Open the program file if an index is configured. -1 with ERR. */
int ftp_index_open(struct ftp_monitor *m, struct err *err);
/* For -t: run the program with -t, which reports what is wrong. -1 with ERR
 * CONFIG. */
int ftp_index_check(struct ftp_monitor *m, struct err *err);
/* Start the program if it should run and does not; a failure is logged and
 * retried later. */
void ftp_index_keep(struct ftp_monitor *m);
/* Send it M's current credential; or the reopened log. */
void ftp_index_hand_cred(struct ftp_monitor *m);
void ftp_index_hand_log(struct ftp_monitor *m);
/* PID ended with STATUS: whether it was this program. */
bool ftp_index_reaped(struct ftp_monitor *m, pid_t pid, int status);
/* Let it leave the indexes and exit; does not wait. */
void ftp_index_close(struct ftp_monitor *m);

#endif
