/* clients/gridcp/gridcp_sync.h - decide which files need no copy: -sync,
 * -sync-level; only report: -dry-run. */
#ifndef CLIENTS_GRIDCP_SYNC_H
#define CLIENTS_GRIDCP_SYNC_H

#include "clients/gridcp/gridcp_walk.h"
#include "clients/gridcp/gridcp_worker.h"

/* Record in T the facts of NAME in THERE, the destination's directory (NULL:
 * not known). */
void gridcp_sync_note(struct gridcp_task *t, const struct gridcp_names *there,
                      const char *name);
/* Whether T must be copied, as far as known without queries: 1, 0, or -1 when
 * the worker must query. */
int gridcp_sync_known(const struct gridcp *g, const struct gridcp_task *t);
/* Query both ends for unknown facts. 1 copy, 0 unnecessary, -1 with ERR. */
int gridcp_sync_check(struct gridcp_worker *w, struct gridcp_task *t,
                      struct err *err);
/* -dry-run: whether T's source exists; servers are not queried. 1, or -1 with
 * ERR. */
int gridcp_sync_exists(const struct gridcp_task *t, struct err *err);
/* -do: write T to the list instead, and end it. */
void gridcp_sync_dump(struct gridcp_task *t);
/* End T without copying, reporting WHY ("skip", "would-copy"). */
void gridcp_sync_skip(struct gridcp_task *t, const char *why);

#endif
