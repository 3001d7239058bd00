/* gridftp/client/ftpc_command.h - send the commands of one transfer and wait
 * for events; for the files of gridftp/client/ only. */
#ifndef FTPC_COMMAND_H
#define FTPC_COMMAND_H

#include "gridftp/client/ftpc_run.h"

/* Whether X needs replies before its command is sent (REST, a new connection),
 * so that no other command may be outstanding. */
bool ftpc_command_alone(const struct ftpc_run *run,
                        const struct ftpclient_xfer *x);
/* Set up the session and queue X's command. -1 with ERR: X's failure, or the
 * session's when it is no longer usable. */
int ftpc_command_send(struct ftpc_run *run, struct ftpclient_xfer *x,
                      struct err *err);
/* The first byte of X in the file and (put) its end; *END -1: unknown. */
void ftpc_command_bounds(const struct ftpc_run *run,
                         const struct ftpclient_xfer *x, int64_t *at,
                         int64_t *end);
/* Poll all descriptors; WAIT until one is ready. 0, or -1 with ERR TIMEOUT. */
int ftpc_poll(struct ftpc_run *run, bool wait, struct err *err);

#endif
