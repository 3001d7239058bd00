/* gridftp/client/ftpc_ahead.h - commands that are sent before anybody asks for
 * them, so that their replies are there when somebody does: one round trip for
 * many (pipelining; a server takes commands in order, RFC 959 s.5.4); for the
 * files of gridftp/client/ only. */
#ifndef FTPC_AHEAD_H
#define FTPC_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FTPC_AHEAD_MAX 16

struct ftpclient;

/* Commands that are out, whose replies nobody has asked for. */
struct ftpc_ahead {
    char *text[FTPC_AHEAD_MAX];
    size_t n;
};

/* Whether C's server, by its greeting, takes commands one after the other
 * however many of them have come. */
bool ftpc_ahead_known(const char *greeting);
/* Queue a command for which somebody will ask; nothing when too many are out.
 * 0, or -1 with ERR as ftpc_control_queue(). */
int ftpc_ahead_send(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether COMMAND tells the server what it keeps for later ones. */
bool ftpc_ahead_changes(const char *command);
/* Whether COMMAND is the next of those that are out. */
bool ftpc_ahead_is(const struct ftpclient *c, const char *command);
/* The same; its reply is the next one
 * then, and it is the caller's to read. */
bool ftpc_ahead_take(struct ftpclient *c, const char *command);
/* Something else is to be said: read the replies of those that are out.  What
 * they may have changed at the server is told again.  0, or -1 with ERR. */
int ftpc_ahead_forget(struct ftpclient *c, struct err *err);
/* Free the texts. */
void ftpc_ahead_fini(struct ftpc_ahead *a);

#endif
