/* gridftp/client/ftpc_stack.h - drivers, stores and assertions of the Globus
 * server; for the files of gridftp/client/ only. */
#ifndef FTPC_STACK_H
#define FTPC_STACK_H

#include "gridftp/client/ftpc_session.h"

/* Tell C what its conf says of drivers and assertion.  0, or -1 with ERR. */
int ftpc_stack_tell(struct ftpclient *c, struct err *err);
/* The assertion again. */
int ftpc_stack_assert(struct ftpclient *c, struct err *err);
/* Append to COMMAND what fetches (PUT: stores) all of PATH, by the module that
 * C's conf names. */
void ftpc_stack_command(const struct ftpclient *c, bool put, const char *path,
                        struct buf *command);

#endif
