/* gridftp/server/ftp_index.h - the process that keeps this daemon in its
 * indexes (gridftp.index), unprivileged, apart from monitor and sessions. */
#ifndef FTP_INDEX_H
#define FTP_INDEX_H

#include "gridftp/server/ftp_monitor.h"

/* Fork it when an index is configured; *life then is a descriptor whose closing
 * ends it, else -1.  -1 with ERR. */
int ftp_index_start(struct ftp_monitor *m, int *life, struct err *err);

#endif
