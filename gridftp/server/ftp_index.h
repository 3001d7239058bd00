/* gridftp/server/ftp_index.h - the monitor's side of gridftp-register, the
 * program that keeps this daemon in its indexes (gridftp.index) as
 * gridftp.account.
 *
 * It is started with the keys that it needs as options and a socket as
 * descriptor FTP_INDEX_FD.  Messages to it: the PEM of a credential, at the
 * start and after each renewal; one byte with the descriptor of a log that was
 * opened anew.  The socket's end is its end. */
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
    int program;        /* open on it; -1: no index is configured */
    int sock;           /* -1: it does not run */
    pid_t pid;          /* 0: it does not run */
    long long again_ms; /* monotonic: when it is started (again) */
};

/* Find the program, when an index is configured.  -1 with ERR. */
int ftp_index_open(struct ftp_monitor *m, struct err *err);
/* What -t asks: start the program with -t; it says itself what is wrong. -1
 * with ERR CONFIG. */
int ftp_index_check(struct ftp_monitor *m, struct err *err);
/* Start it when it should run and does not; a failure is logged, and repeated
 * later. */
void ftp_index_keep(struct ftp_monitor *m);
/* Hand it M's present credential; what was opened anew as log. */
void ftp_index_hand_cred(struct ftp_monitor *m);
void ftp_index_hand_log(struct ftp_monitor *m);
/* PID has ended with STATUS: whether that was it. */
bool ftp_index_reaped(struct ftp_monitor *m, pid_t pid, int status);
/* Let it leave the indexes and end; not waited for. */
void ftp_index_close(struct ftp_monitor *m);

#endif
