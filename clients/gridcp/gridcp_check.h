/* clients/gridcp/gridcp_check.h - compare sizes, times and checksums of both
 * ends: before a copy (resume, -sync) and after it (-verify-checksum). */
#ifndef CLIENTS_GRIDCP_CHECK_H
#define CLIENTS_GRIDCP_CHECK_H

#include "clients/gridcp/gridcp_worker.h"

/* The name of G's checksum algorithm. */
const char *gridcp_check_algorithm(const struct gridcp *g);
/* Append the checksum of LENGTH bytes (-1: to the end) of FD from OFFSET. */
int gridcp_check_local(const struct gridcp *g, int fd, int64_t offset,
                       int64_t length, struct buf *out, struct err *err);
/* Whether gridcp_check_source() will query the server about T. */
bool gridcp_check_asks(const struct gridcp_worker *w,
                       const struct gridcp_task *t);
/* Get T's size and time from C if they are needed; resume what an earlier run
 * had copied. -1 with ERR: NOT_FOUND, EXISTS (a directory). */
int gridcp_check_source(struct gridcp_worker *w, struct gridcp_task *t,
                        struct ftpclient *c, struct err *err);
/* Compare the checksums of a finished copy. -1 with ERR: REMOTE when they
 * differ, UNSUPPORTED when the server has none. */
int gridcp_check_get(struct gridcp_worker *w, struct gridcp_task *t,
                     struct err *err);
int gridcp_check_put(struct gridcp_worker *w, struct gridcp_task *t,
                     struct err *err);
int gridcp_check_ends(struct gridcp_worker *w, struct gridcp_task *t,
                      struct err *err);
/* Whether -verify-checksum and data protection, if wanted, are possible for T;
 * THIRD: both checksums come from servers. -1 with ERR: UNSUPPORTED. */
int gridcp_check_can(const struct gridcp *g, const struct gridcp_task *t,
                     bool third, struct err *err);

#endif
