/* clients/gridcp/gridcp_dump.h - lists of files that were not copied (-df) or
 * would be (-do). */
#ifndef CLIENTS_GRIDCP_DUMP_H
#define CLIENTS_GRIDCP_DUMP_H

#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_pairs.h"

/* Append T to the -do file. */
void gridcp_dump_only(struct gridcp *g, const struct gridcp_task *t);
/* Record for -df that T failed or will not be copied in this run. */
void gridcp_dump_left(struct gridcp *g, const struct gridcp_task *t);
/* The same, and free T. */
void gridcp_dump_keep(struct gridcp *g, struct gridcp_task *t);
/* The same for a pair of a list, which the caller keeps. */
void gridcp_dump_pair(struct gridcp *g, const struct gridcp_pair *pair);
/* At the end: write the -df file, or remove it when nothing is left; close the
 * -do file. -1 with ERR. */
int gridcp_dump_end(struct gridcp *g, struct err *err);

#endif
