/* gsi/chain/trust_ban.h - load the ban list and check it against the trust
 * directory. */
#ifndef GSI_TRUST_BAN_H
#define GSI_TRUST_BAN_H

#include "gsi/chain/chain.h"
#include "gsi/names/gridmap.h"

/* dnlist_load() of the ban list PATH; also -1 with ERR CONFIG when a line names
 * a CA in T.  No user has a CA's name, so such a line would ban nobody. */
int trust_ban_load(struct trust *t, const char *path, struct dnlist **list,
                   struct err *err);

#endif
