/* gsi/check/site_check.h - what -t of every daemon looks at beyond the words of
 * the configuration: certificates, trust, names, accounts, permissions, disks,
 * ports, the clock (site_check.def). */
#ifndef GSI_SITE_CHECK_H
#define GSI_SITE_CHECK_H

#include "base/conf.h"
#include "base/err.h"

/* Write the page of DAEMON to stdout: CONF as it was read from FILE (NULL: no
 * file).  Nothing is made or changed.  -1 with ERR, the first failure, when
 * there is one; warnings do not count. */
int site_check(const struct conf *conf, const char *file, const char *daemon,
               struct err *err);

#endif
