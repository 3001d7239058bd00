/* base/daemon_conf.h - reread a daemon's configuration; used by base/daemon*.c
 * only. */
#ifndef BASE_DAEMON_CONF_H
#define BASE_DAEMON_CONF_H

#include "base/daemon.h"

/* D's file and options as they are now; free with conf_destroy().  NULL with
 * ERR CONFIG. */
struct conf *daemon_conf_read(const struct daemon *d, struct err *err);
/* Free what D keeps for rereading. */
void daemon_conf_free(struct daemon *d);

#endif
