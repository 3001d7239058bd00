/* gridftp/server/ftp_count.h - counters of the GridFTP daemon (ftp_count.def),
 * shared by monitor, codecs and sessions.  A compromised session could write
 * any value, so they are only used for monitoring. */
#ifndef FTP_COUNT_H
#define FTP_COUNT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum ftp_count {
#define COUNT(name, metric, labels, help) FTP_COUNT_##name,
#include "gridftp/server/ftp_count.def"
#undef COUNT
    FTP_COUNTS
};

/* Create them, all 0, before the first fork. -1 with ERR IO. */
int ftp_count_open(struct err *err);
/* Add N; no effect before ftp_count_open().  Any process; async-signal-safe. */
void ftp_count_add(enum ftp_count which, unsigned long long n);
/* Count a login refused with CODE. */
void ftp_count_deny(enum err_code code);
/* Count a finished transfer: OUT, sent or received; BYTES; duration MS. */
void ftp_count_transfer(bool out, bool ok, long long bytes, long long ms);
/* Append all of them in Prometheus' text format. */
void ftp_count_write(struct buf *out);

#endif
