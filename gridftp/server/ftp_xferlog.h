/* gridftp/server/ftp_xferlog.h - gridftp.transfer_log: one line for each
 * transfer, in the NetLogger format that sites parse for the Globus server. */
#ifndef FTP_XFERLOG_H
#define FTP_XFERLOG_H

#include <sys/time.h>

#include "gridftp/server/ftp_session.h"

struct ftp_xferlog {
    struct timeval start;
    const char *type; /* "STOR" */
    const char *path;
    long long bytes;
    size_t streams, stripes;
    int code;
};

/* Append the line for a finished transfer; does nothing without such a log. */
void ftp_xferlog_write(const struct ftp_session *s,
                       const struct ftp_xferlog *x);

#endif
