/* clients/gridcp/gridcp_sync.h - what need not be copied: -sync, -sync-level;
 * what is only told: -dry-run. */
#ifndef CLIENTS_GRIDCP_SYNC_H
#define CLIENTS_GRIDCP_SYNC_H

#include "clients/gridcp/gridcp_walk.h"
#include "clients/gridcp/gridcp_worker.h"

/* Note in T what stands under NAME in THERE, the destination's directory
 * (NULL: nothing is known yet). */
void gridcp_sync_note(struct gridcp_task *t, const struct gridcp_names *there,
                      const char *name);
/* Whether T must be copied, as far as is known without asking anybody: 1, 0,
 * or -1 when the worker has to look. */
int gridcp_sync_known(const struct gridcp *g, const struct gridcp_task *t);
/* Ask both ends what is not known.  1 copy, 0 not needed, -1 with ERR. */
int gridcp_sync_check(struct gridcp_worker *w, struct gridcp_task *t,
                      struct err *err);
/* -dry-run: whether T's source is there; a server is not asked.  1, or -1
 * with ERR. */
int gridcp_sync_exists(const struct gridcp_task *t, struct err *err);
/* -do: write T into the list instead, and end it. */
void gridcp_sync_dump(struct gridcp_task *t);
/* T is not copied: say WHY ("skip", "would-copy"), and end it. */
void gridcp_sync_skip(struct gridcp_task *t, const char *why);

#endif
