/* mds/names.h - a file of certificate names that is read again when it changes:
 * the ban list, the registrars.  Any thread. */
#ifndef MDS_NAMES_H
#define MDS_NAMES_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/chain/chain.h"

struct names;

/* Read FILE: a ban list, held against TRUST, which must outlive it; or, when
 * TRUST is NULL, a list of rights.  -1 with ERR. */
int names_open(const char *file, struct trust *trust, struct names **names,
               struct err *err);
/* NULL ok. */
void names_close(struct names *names);
/* Whether DN is in the file as it is now (looked at once a second at most).
 * What is true when it cannot be read, UNREADABLE says: a ban list bans
 * everybody then, a list of rights gives none. */
bool names_has(struct names *names, const char *dn, bool unreadable);

#endif
