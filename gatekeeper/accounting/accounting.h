/* gatekeeper/accounting/accounting.h - one usage record for each job that is
 * over, in files that a site reads (gatekeeper.accounting).
 *
 * A reader of the journal, on a thread of its own, which keeps in the store the
 * number that it has come to after the records are on disk: killed in between,
 * it writes the same record to the same file again, so there is exactly one for
 * each job.  DIR/YYYY-MM-DD/ID.xml, the day on which the job was accepted, and
 * beside it ID.tasks. */
#ifndef GATEKEEPER_ACCOUNTING_ACCOUNTING_H
#define GATEKEEPER_ACCOUNTING_ACCOUNTING_H

#include "gatekeeper/journal/journal.h"

struct accounting;

/* Write records into DIR, which is made, for the jobs of STORE (its opened
 * self is SELF) as JOURNAL tells that they are over.  -1 with ERR: DIR cannot
 * be made or written. */
int accounting_start(const char *dir, const struct store *store, void *self,
                     struct journal *journal, struct accounting **out,
                     struct err *err);
/* Ends the journal, and the thread.  NULL ok. */
void accounting_stop(struct accounting *a);

#endif
