/* gridftp/server/ftp_metrics.h - the daemon's metrics over plain HTTP
 * (gridftp.metrics_listen): every client gets them, whatever it requests.  A
 * child, running as gridftp.account, reads the request and only looks for its
 * end. */
#ifndef FTP_METRICS_H
#define FTP_METRICS_H

#include <sys/types.h>

#include "base/err.h"

struct ftp_monitor;

#define FTP_METRICS_AT_ONCE 8

struct ftp_metrics {
    int listener;                     /* -1: disabled */
    pid_t child[FTP_METRICS_AT_ONCE]; /* children that answer; 0: none */
};

/* Listen as M's configuration says.  EVENT "ftp.metrics.listen". -1 with
 * ERR. */
int ftp_metrics_open(struct ftp_monitor *m, struct err *err);
/* Accept and answer one client; refuse while FTP_METRICS_AT_ONCE are being
 * answered. */
void ftp_metrics_answer(struct ftp_monitor *m);
/* Stop listening. */
void ftp_metrics_close(struct ftp_monitor *m);

#endif
