/* gsi/name_watch.h - a file of certificate names that is read again when it
 * changes: the ban list, the registrars.  Any thread. */
#ifndef GSI_NAME_WATCH_H
#define GSI_NAME_WATCH_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/chain/chain.h"

struct name_watch;

/* Read FILE: a ban list, held against TRUST, which must outlive it; or, when
 * TRUST is NULL, a list of rights.  -1 with ERR. */
int name_watch_open(const char *file, struct trust *trust,
                    struct name_watch **watch, struct err *err);
/* NULL ok. */
void name_watch_close(struct name_watch *watch);
/* Whether DN is in the file as it is now: 1, 0, or -1 with ERR, why it cannot
 * be read. */
int name_watch_has(struct name_watch *watch, const char *dn, struct err *err);
/* How often the file has been read, the change of this moment included; 0 while
 * it cannot be read. */
unsigned name_watch_generation(struct name_watch *watch);

#endif
