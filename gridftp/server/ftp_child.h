/* gridftp/server/ftp_child.h - the monitor's child processes: codecs and
 * sessions, counted against the limits. */
#ifndef FTP_CHILD_H
#define FTP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "gridftp/server/ftp_monitor.h"
#include "gridftp/server/ftp_session.h"

/* One codec, and after the login its session. */
struct ftp_child {
    struct ftp_child *next;
    pid_t codec, session; /* 0 = none or ended */
    int ask;              /* socket for the codec's requests; -1 */
    int news;             /* socket to send the session new logs; -1 */
    struct ftp_who who;
    bool withdrawn; /* its session was told that its user is no longer admitted
                     */
};

/* Prepare a new process: close every descriptor but the standard ones, the
 * log's and KEEP[0..N); reset the signals. */
void ftp_child_begin(const int *keep, size_t n);
/* How many spare codecs (gridftp.codecs_ready) are missing; they count in no
 * limit. 0 for a while after a failed fork. */
long ftp_child_lacking(const struct ftp_monitor *m);
/* Fork one spare codec. */
void ftp_child_prepare(struct ftp_monitor *m);
/* End all spare codecs, because their credential, trust directory or log file
 * is outdated. */
void ftp_child_dismiss(struct ftp_monitor *m);
/* Give connection FD (ownership too) to a spare codec, or to a new one; each
 * codec serves one connection. -1 with ERR. */
int ftp_child_codec(struct ftp_monitor *m, int fd, const struct ftp_who *who,
                    struct err *err);
/* Fork the session of C for C->who; *wire is the codec's end of their
 * socket. */
int ftp_child_session(struct ftp_monitor *m, struct ftp_child *c, int *wire,
                      struct err *err);
/* Collect every child process that has ended. */
void ftp_child_reap(struct ftp_monitor *m);
/* The number of sessions: from A's host if A, of ACCOUNT if ACCOUNT. */
long ftp_child_count(const struct ftp_monitor *m, const struct net_addr *a,
                     const char *account);
/* Tell the session of C to take no more commands, for the reason ERR. */
void ftp_child_withdraw(struct ftp_child *c, const struct err *err);
/* Send M's transfer log to all sessions after a log rotation. */
void ftp_child_hand_log(const struct ftp_monitor *m);
/* Stop listening to C's requests. */
void ftp_child_hang_up(struct ftp_child *c);
/* The same for all children, and free their slots; the processes continue. */
void ftp_child_forget(struct ftp_monitor *m);

#endif
