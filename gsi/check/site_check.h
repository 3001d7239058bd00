/* gsi/check/site_check.h - the checks of -t, for every daemon, beyond the
 * syntax of the configuration: certificates, trust, names, accounts,
 * permissions, disks, ports, the clock (site_check.def). */
#ifndef GSI_SITE_CHECK_H
#define GSI_SITE_CHECK_H

#include "base/conf.h"
#include "base/err.h"

/* Write the report for DAEMON to stdout; CONF was read from FILE (NULL: no
 * file).  Changes nothing. -1 with ERR, the first failure; warnings do not
 * count. */
int site_check(const struct conf *conf, const char *file, const char *daemon,
               struct err *err);

#endif
