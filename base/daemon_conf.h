/* base/daemon_conf.h - the configuration of a daemon, read again;
 * base/daemon*.c only. */
#ifndef BASE_DAEMON_CONF_H
#define BASE_DAEMON_CONF_H

#include "base/daemon.h"

/* What D's file and options say now; conf_destroy() it.  NULL with ERR CONFIG.
 */
struct conf *daemon_conf_read(const struct daemon *d, struct err *err);
/* Free what D keeps for that. */
void daemon_conf_free(struct daemon *d);

#endif
