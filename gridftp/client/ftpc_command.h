/* gridftp/client/ftpc_command.h - the commands of one transfer, and waiting for
 * what they bring; for the files of gridftp/client/ only. */
#ifndef FTPC_COMMAND_H
#define FTPC_COMMAND_H

#include "gridftp/client/ftpc_run.h"

/* Whether X needs replies before its command (REST, a new connection), so that
 * no other may be out. */
bool ftpc_command_alone(const struct ftpc_run *run,
                        const struct ftpclient_xfer *x);
/* Set up the session and queue X's command.  -1 with ERR: X's own failure, or
 * the session's when that is not usable any more. */
int ftpc_command_send(struct ftpc_run *run, struct ftpclient_xfer *x,
                      struct err *err);
/* Where X begins and (put) ends in the file; *END -1 unknown. */
void ftpc_command_bounds(const struct ftpc_run *run,
                         const struct ftpclient_xfer *x, int64_t *at,
                         int64_t *end);
/* Look what can go on, and WAIT until something can.  0, or -1 with ERR
 * TIMEOUT.
 */
int ftpc_poll(struct ftpc_run *run, bool wait, struct err *err);

#endif
