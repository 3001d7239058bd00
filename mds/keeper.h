/* mds/keeper.h - the one process of the index that stays who it was started as:
 * it opens the host certificate and key again when asked to, since the key of a
 * host is closed to the account that serves.  It reads nothing. */
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

#endif
