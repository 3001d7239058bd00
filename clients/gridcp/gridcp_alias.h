/* clients/gridcp/gridcp_alias.h - the hosts that stand for one (-af FILE): each
 * new session takes the next. */
#ifndef CLIENTS_GRIDCP_ALIAS_H
#define CLIENTS_GRIDCP_ALIAS_H

#include "base/err.h"

#include <stdbool.h>

struct gridcp_alias;

/* Read FILE: "@source" or "@destination", then a line HOST or HOST:PORT for
 * each host that stands for it.  -1 with ERR that names file and line. */
int gridcp_alias_read(const char *file, struct gridcp_alias **alias,
                      struct err *err);
/* Free it; NULL ok. */
void gridcp_alias_free(struct gridcp_alias *alias);
/* The next host for the SOURCE or the destination, the alias' own; *PORT stays
 * where none is named.  NULL: there is none, the URL's counts. */
const char *gridcp_alias_next(struct gridcp_alias *alias, bool source,
                              unsigned *port);

#endif
