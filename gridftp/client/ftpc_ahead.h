/* gridftp/client/ftpc_ahead.h - pipelining: send commands before they are
 * needed, so that their replies are here in time and many share one round trip
 * (a server takes commands in order, RFC 959 s.5.4); for the files of
 * gridftp/client/ only. */
#ifndef FTPC_AHEAD_H
#define FTPC_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FTPC_AHEAD_MAX 16

struct ftpclient;

/* Commands sent ahead, whose replies have not been read. */
struct ftpc_ahead {
    char *text[FTPC_AHEAD_MAX];
    size_t n;
};

/* Whether the server with this greeting is known to handle pipelined
 * commands. */
bool ftpc_ahead_known(const char *greeting);
/* Queue a command that will be needed; does nothing when too many are
 * outstanding. 0, or -1 with ERR as ftpc_control_queue(). */
int ftpc_ahead_send(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether COMMAND changes a setting that the server keeps for later
 * commands. */
bool ftpc_ahead_changes(const char *command);
/* Whether COMMAND is the next of those sent ahead. */
bool ftpc_ahead_is(const struct ftpclient *c, const char *command);
/* The same; if true, the next reply belongs to COMMAND and the caller must read
 * it. */
bool ftpc_ahead_take(struct ftpclient *c, const char *command);
/* Read the replies of all commands sent ahead, before another command is sent.
 * Settings they may have changed will be sent again. 0, or -1 with ERR. */
int ftpc_ahead_forget(struct ftpclient *c, struct err *err);
/* Free the texts. */
void ftpc_ahead_fini(struct ftpc_ahead *a);

#endif
