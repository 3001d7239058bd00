/* clients/gridcp/gridcp_check.h - sizes, times and checksums of both ends:
 * before a copy (resume, -sync) and after it (-verify-checksum). */
#ifndef CLIENTS_GRIDCP_CHECK_H
#define CLIENTS_GRIDCP_CHECK_H

#include "clients/gridcp/gridcp_worker.h"

/* The name of the algorithm that G asks for. */
const char *gridcp_check_algorithm(const struct gridcp *g);
/* Append the sum of LENGTH bytes (-1: to the end) of FD from OFFSET. */
int gridcp_check_local(const struct gridcp *g, int fd, int64_t offset,
                       int64_t length, struct buf *out, struct err *err);
/* Whether gridcp_check_source() will ask the server about T. */
bool gridcp_check_asks(const struct gridcp_worker *w,
                       const struct gridcp_task *t);
/* Learn T's size and time from C, where that decides how to go on; take over
 * what an earlier run had.  -1 with ERR: NOT_FOUND, EXISTS (a directory). */
int gridcp_check_source(struct gridcp_worker *w, struct gridcp_task *t,
                        struct ftpclient *c, struct err *err);
/* Compare checksums of what was copied.  -1 with ERR: REMOTE when they differ,
 * UNSUPPORTED when the server has none. */
int gridcp_check_get(struct gridcp_worker *w, struct gridcp_task *t,
                     struct err *err);
int gridcp_check_put(struct gridcp_worker *w, struct gridcp_task *t,
                     struct err *err);
int gridcp_check_ends(struct gridcp_worker *w, struct gridcp_task *t,
                      struct err *err);
/* Whether -verify-checksum and protected data, if wanted, can be had for T;
 * THIRD: the sums are the servers' alone.  -1 with ERR: UNSUPPORTED. */
int gridcp_check_can(const struct gridcp *g, const struct gridcp_task *t,
                     bool third, struct err *err);

#endif
