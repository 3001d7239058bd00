/* gsi/name_watch.h - a file of certificate names that is reread when it
 * changes: the ban list, the registrars.  Thread safe. */
#ifndef GSI_NAME_WATCH_H
#define GSI_NAME_WATCH_H

#include <stdbool.h>

#include "base/err.h"
#include "gsi/chain/chain.h"

struct name_watch;

/* Read FILE: a ban list, checked against TRUST, which must outlive it; or, when
 * TRUST is NULL, an allow list. -1 with ERR. */
int name_watch_open(const char *file, struct trust *trust,
                    struct name_watch **watch, struct err *err);
/* NULL is allowed. */
void name_watch_close(struct name_watch *watch);
/* Whether DN is in the current file: 1, 0, or -1 with ERR when it is
 * unreadable. */
int name_watch_has(struct name_watch *watch, const char *dn, struct err *err);
/* How often the file has been read, including a change just now; 0 while it is
 * unreadable. */
unsigned name_watch_generation(struct name_watch *watch);

#endif
