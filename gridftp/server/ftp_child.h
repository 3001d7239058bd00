/* gridftp/server/ftp_child.h - the monitor's processes: codecs and sessions,
 * counted against the limits. */
#ifndef FTP_CHILD_H
#define FTP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "gridftp/server/ftp_monitor.h"
#include "gridftp/server/ftp_session.h"

/* One codec, later with its session. */
struct ftp_child {
    struct ftp_child *next;
    pid_t codec, session; /* 0 = none or ended */
    int ask;              /* the codec's questions come here; -1 */
    int news;             /* to the session: where logs go now; -1 */
    struct ftp_who who;
    bool withdrawn; /* its session was told that it is no longer welcome */
};

/* In a new process: close every descriptor but the standard ones, the log's and
 * KEEP[0..N); signals as a process of its own has them. */
void ftp_child_begin(const int *keep, size_t n);
/* How many codecs are missing of those that are to wait (gridftp.codecs_ready),
 * which count in no limit; 0 for a while after a fork that failed. */
long ftp_child_lacking(const struct ftp_monitor *m);
/* Fork one that waits. */
void ftp_child_prepare(struct ftp_monitor *m);
/* Let all that wait end: they have an older credential, trust directory or log
 * file. */
void ftp_child_dismiss(struct ftp_monitor *m);
/* Hand connection FD (taken over) to a codec that waits, or to a new one; it
 * serves no other.  -1 with ERR. */
int ftp_child_codec(struct ftp_monitor *m, int fd, const struct ftp_who *who,
                    struct err *err);
/* Fork the session of C for C->who; *wire is the codec's end. */
int ftp_child_session(struct ftp_monitor *m, struct ftp_child *c, int *wire,
                      struct err *err);
/* Take note of every process that has ended. */
void ftp_child_reap(struct ftp_monitor *m);
/* How many sessions there are: of A's host when A, of ACCOUNT when ACCOUNT. */
long ftp_child_count(const struct ftp_monitor *m, const struct net_addr *a,
                     const char *account);
/* Tell the session of C to take no more commands, for what ERR says. */
void ftp_child_withdraw(struct ftp_child *c, const struct err *err);
/* Hand M's transfer log to all sessions: the one they have was rotated away. */
void ftp_child_hand_log(const struct ftp_monitor *m);
/* Stop listening to C's questions. */
void ftp_child_hang_up(struct ftp_child *c);
/* The same with all of them, and free what they lie in; they go on. */
void ftp_child_forget(struct ftp_monitor *m);

#endif
