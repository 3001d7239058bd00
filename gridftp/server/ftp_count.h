/* gridftp/server/ftp_count.h - counters of the data daemon (ftp_count.def),
 * which monitor, codecs and sessions share.  A session that somebody has taken
 * over could write anything there; so they are numbers for a graph only. */
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

/* Make them, all 0, before the first fork.  -1 with ERR IO. */
int ftp_count_open(struct err *err);
/* Add N; nothing before ftp_count_open().  Any process, async-signal-safe. */
void ftp_count_add(enum ftp_count which, unsigned long long n);
/* A login that was refused with CODE. */
void ftp_count_deny(enum err_code code);
/* A transfer that ended: OUT of here or in, of BYTES, in MS. */
void ftp_count_transfer(bool out, bool ok, long long bytes, long long ms);
/* Append all of them in Prometheus' text. */
void ftp_count_write(struct buf *out);

#endif
