/* gridftp/client/ftpc_ask.c - send one command and read its reply. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gridftp/client/ftpc_session.h"

/* Queue a command that was not sent ahead. */
static int
queue(struct ftpclient *c, const char *command, struct err *err)
{
    if (ftpc_ahead_forget(c, err) < 0)
        return -1;
    return ftpc_control_queue(&c->ctl, err, "%s", command);
}

int
ftpc_ask(struct ftpclient *c, struct err *err, const char *fmt, ...)
{
    char *command;
    va_list ap;
    int rc;

    va_start(ap, fmt);
    if (vasprintf(&command, fmt, ap) < 0)
        abort();
    va_end(ap);
    rc = ftpc_ahead_take(c, command) ? 0 : queue(c, command, err);
    explicit_bzero(command, strlen(command));
    free(command);
    return rc < 0 ? -1 : ftpc_collect(c, err);
}

int
ftpc_must(struct ftpclient *c, struct err *err, const char *fmt, ...)
{
    struct buf command = BUF_INIT;
    va_list ap;
    int class;

    va_start(ap, fmt);
    buf_vaddf(&command, fmt, ap);
    va_end(ap);
    class = ftpc_ask(c, err, "%s", buf_str(&command));
    if (class >= 0 && class != 2)
        class = ftpc_reply_error(
            &c->reply, err, "'%s' refuses '%.*s'", c->conf.host,
            (int)(command.len < 60 ? command.len : 60), buf_str(&command));
    buf_fini(&command);
    return class;
}
