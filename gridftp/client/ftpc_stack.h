/* gridftp/client/ftpc_stack.h - drivers, stores and assertions of the Globus
 * server; for the files of gridftp/client/ only. */
#ifndef FTPC_STACK_H
#define FTPC_STACK_H

#include "gridftp/client/ftpc_session.h"

/* Send C's server the drivers and assertion in conf. 0, or -1 with ERR. */
int ftpc_stack_tell(struct ftpclient *c, struct err *err);
/* Send the assertion again. */
int ftpc_stack_assert(struct ftpclient *c, struct err *err);
/* Append to COMMAND the request to fetch (PUT: store) all of PATH with the
 * module in C's conf. */
void ftpc_stack_command(const struct ftpclient *c, bool put, const char *path,
                        struct buf *command);

#endif
