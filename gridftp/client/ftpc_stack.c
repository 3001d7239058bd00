/* gridftp/client/ftpc_stack.c - the Globus server's options for drivers, stores
 * and authorization: SITE SETNETSTACK, SETDISKSTACK, AUTHZ_ASSERT, and the
 * modules of ERET and ESTO (GFD.20 s.3.3). */
#include "gridftp/client/ftpc_stack.h"

/* Send SITE VERB ARG; a refusal is reported with the words of WHAT. */
static int
tell(struct ftpclient *c, const char *verb, const char *arg, const char *what,
     struct err *err)
{
    int class;

    if (arg == NULL)
        return 0;
    class = ftpc_ask(c, err, "SITE %s %s", verb, arg);
    if (class >= 0 && class != 2)
        return ftpc_reply_error(&c->reply, err, "'%s' refuses %s", c->conf.host,
                                what);
    return class < 0 ? -1 : 0;
}

int
ftpc_stack_assert(struct ftpclient *c, struct err *err)
{
    return tell(c, "AUTHZ_ASSERT", c->conf.assertion,
                "the assertion (-authz-assert)", err);
}

/* tell() that includes the stack in the message. */
static int
tell_stack(struct ftpclient *c, const char *verb, const char *stack,
           const char *option, struct err *err)
{
    struct buf what = BUF_INIT;
    int rc;

    if (stack == NULL)
        return 0;
    buf_addf(&what, "'%s %s'", option, stack);
    rc = tell(c, verb, stack, buf_str(&what), err);
    buf_fini(&what);
    return rc;
}

int
ftpc_stack_tell(struct ftpclient *c, struct err *err)
{
    if (tell_stack(c, "SETNETSTACK", c->conf.net_stack, "-dcstack", err) < 0 ||
        tell_stack(c, "SETDISKSTACK", c->conf.disk_stack, "-fsstack", err) < 0)
        return -1;
    return ftpc_stack_assert(c, err);
}

void
ftpc_stack_command(const struct ftpclient *c, bool put, const char *path,
                   struct buf *command)
{
    const char *args = c->conf.module_args;

    if (c->conf.module == NULL)
        buf_addf(command, "%s%s%s", put ? "STOR" : "RETR",
                 *path != '\0' ? " " : "", path);
    else
        buf_addf(command, "%s %s=\"%s\" %s", put ? "ESTO" : "ERET",
                 c->conf.module, args != NULL ? args : "", path);
}
