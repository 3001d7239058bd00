/* gridftp/server/ftp_metrics.h - the daemon's metrics over HTTP in clear
 * (gridftp.metrics_listen): whoever connects is sent them, whatever he asks
 * for.  The request is read by a child, as gridftp.account, which looks for its
 * end only. */
#ifndef FTP_METRICS_H
#define FTP_METRICS_H

#include <sys/types.h>

#include "base/err.h"

struct ftp_monitor;

#define FTP_METRICS_AT_ONCE 8

struct ftp_metrics {
    int listener;                     /* -1: nobody is told */
    pid_t child[FTP_METRICS_AT_ONCE]; /* those that answer; 0: none */
};

/* Listen where M's configuration says.  EVENT "ftp.metrics.listen".  -1 with
 * ERR. */
int ftp_metrics_open(struct ftp_monitor *m, struct err *err);
/* Answer one who has connected; nobody while FTP_METRICS_AT_ONCE are answered.
 */
void ftp_metrics_answer(struct ftp_monitor *m);
/* Stop listening. */
void ftp_metrics_close(struct ftp_monitor *m);

#endif
