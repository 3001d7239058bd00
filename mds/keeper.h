/* mds/keeper.h - the one process of the index that keeps its original
 * privileges.  On request it opens the host certificate and key, or the log
 * file, which the serving account may not be able to open.  It reads none of
 * them. */
#ifndef MDS_KEEPER_H
#define MDS_KEEPER_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/err.h"
#include "gsi/cred.h"

/* Start the process before privileges are dropped and before any thread exists;
 * *fd is our end, and closing it ends the process.  QUIET: it does not keep
 * standard error.  -1 with ERR. */
int keeper_start(const struct conf *conf, bool quiet, int *fd, struct err *err);
/* Load the host credential as it is on disk now.  -1 with ERR. */
int keeper_load(int fd, struct cred **cred, struct err *err);
/* Switch to the log file that exists now (logrotate).  -1 with ERR: it cannot
 * be opened, and logging continues to the old one. */
int keeper_reopen_log(int fd, struct err *err);

#endif
