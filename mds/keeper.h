/* mds/keeper.h - the one process of the index that stays who it was started as:
 * it opens the host certificate and key, or the log file, again when asked to:
 * the key of a host and the directory of logs are closed to the account that
 * serves.  It reads nothing. */
#ifndef MDS_KEEPER_H
#define MDS_KEEPER_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/err.h"
#include "gsi/cred.h"

/* Start it, before privileges go and before any thread; *fd is our end, and
 * closing it ends the process.  QUIET: it holds no standard error.  -1 with
 * ERR.
 */
int keeper_start(const struct conf *conf, bool quiet, int *fd, struct err *err);
/* The host credential as it is on disk now.  -1 with ERR. */
int keeper_load(int fd, struct cred **cred, struct err *err);
/* Go on with the log file that is there now (logrotate).  -1 with ERR: it
 * cannot be opened; events go to the one that was open. */
int keeper_reopen_log(int fd, struct err *err);

#endif
