/* clients/gridcp/gridcp_dump.h - lists of what was not copied (-df) or would be
 * (-do).
 */
#ifndef CLIENTS_GRIDCP_DUMP_H
#define CLIENTS_GRIDCP_DUMP_H

#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_pairs.h"

/* Append T to the file of -do. */
void gridcp_dump_only(struct gridcp *g, const struct gridcp_task *t);
/* T failed, or will not be done in this run: for -df. */
void gridcp_dump_left(struct gridcp *g, const struct gridcp_task *t);
/* The same, and free it. */
void gridcp_dump_keep(struct gridcp *g, struct gridcp_task *t);
/* The same for a pair of a list, which stays the caller's. */
void gridcp_dump_pair(struct gridcp *g, const struct gridcp_pair *pair);
/* At the end: write the file of -df, or remove it when nothing is left; close
 * that of -do.  -1 with ERR. */
int gridcp_dump_end(struct gridcp *g, struct err *err);

#endif
