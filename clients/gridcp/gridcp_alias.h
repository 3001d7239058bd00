/* clients/gridcp/gridcp_alias.h - host aliases (-af FILE): each new session
 * uses the next host. */
#ifndef CLIENTS_GRIDCP_ALIAS_H
#define CLIENTS_GRIDCP_ALIAS_H

#include "base/err.h"

#include <stdbool.h>

struct gridcp_alias;

/* Read FILE: "@source" or "@destination", then a line HOST or HOST:PORT for
 * each host to use instead of the URL's. -1 with ERR that names file and
 * line. */
int gridcp_alias_read(const char *file, struct gridcp_alias **alias,
                      struct err *err);
/* Free it; NULL is allowed. */
void gridcp_alias_free(struct gridcp_alias *alias);
/* The next host for the SOURCE or the destination, owned by ALIAS; *PORT is
 * unchanged when the line has none.  NULL: no alias, use the URL's host. */
const char *gridcp_alias_next(struct gridcp_alias *alias, bool source,
                              unsigned *port);

#endif
