/* gsi/chain/trust_ban.h - the ban list, held against the trust directory. */
#ifndef GSI_TRUST_BAN_H
#define GSI_TRUST_BAN_H

#include "gsi/chain/chain.h"
#include "gsi/names/gridmap.h"

/* dnlist_load() of the ban list PATH, and -1 with ERR CONFIG when a line of it
 * is the name of a CA in T: no user has that name, so it would ban nobody. */
int trust_ban_load(struct trust *t, const char *path, struct dnlist **list,
                   struct err *err);

#endif
