/* gridftp/client/ftpc_ahead.c - see ftpc_ahead.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gridftp/client/ftpc_session.h"

bool
ftpc_ahead_known(const char *greeting)
{
    return strstr(greeting, "GridFTP Server") != NULL;
}

int
ftpc_ahead_send(struct ftpclient *c, struct err *err, const char *fmt, ...)
{
    struct ftpc_ahead *a = &c->ahead;
    struct buf command = BUF_INIT;
    va_list ap;
    int rc = 0;

    if (a->n == FTPC_AHEAD_MAX)
        return 0;
    va_start(ap, fmt);
    buf_vaddf(&command, fmt, ap);
    va_end(ap);
    rc = ftpc_control_queue(&c->ctl, err, "%s", buf_str(&command));
    if (rc == 0)
        a->text[a->n++] = xstrdup(buf_str(&command));
    buf_wipe(&command);
    return rc;
}

/* Remove the first command. */
static void
drop_first(struct ftpc_ahead *a)
{
    explicit_bzero(a->text[0], strlen(a->text[0]));
    free(a->text[0]);
    a->n--;
    memmove(a->text, a->text + 1, a->n * sizeof(a->text[0]));
}

bool
ftpc_ahead_is(const struct ftpclient *c, const char *command)
{
    return c->ahead.n > 0 && strcmp(c->ahead.text[0], command) == 0;
}

bool
ftpc_ahead_take(struct ftpclient *c, const char *command)
{
    if (!ftpc_ahead_is(c, command))
        return false;
    drop_first(&c->ahead);
    return true;
}

/* The settings that a server keeps for later commands. */
static const struct {
    const char *verb;
    size_t at; /* offset of the letter in struct ftpclient */
} kept[] = { { "TYPE ", offsetof(struct ftpclient, type) },
             { "MODE ", offsetof(struct ftpclient, mode) },
             { "PROT ", offsetof(struct ftpclient, prot) },
             { "DCAU ", offsetof(struct ftpclient, dcau) } };
#define KEPT     (sizeof(kept) / sizeof(kept[0]))
#define VERB_LEN 5

/* Which setting COMMAND changes; KEPT: none. */
static size_t
kept_by(const char *command)
{
    size_t i;

    for (i = 0; i < KEPT; i++)
        if (strncmp(command, kept[i].verb, VERB_LEN) == 0)
            break;
    return i;
}

bool
ftpc_ahead_changes(const char *command)
{
    return kept_by(command) < KEPT || strncmp(command, "OPTS ", VERB_LEN) == 0;
}

/* If COMMAND changes a setting, mark the server's value as unknown. */
static void
doubt(struct ftpclient *c, const char *command)
{
    size_t i = kept_by(command);

    if (i < KEPT)
        ((char *)c)[kept[i].at] = '?';
    else if (ftpc_ahead_changes(command))
        c->parallel = 0;
}

int
ftpc_ahead_forget(struct ftpclient *c, struct err *err)
{
    while (c->ahead.n > 0) {
        doubt(c, c->ahead.text[0]);
        drop_first(&c->ahead);
        if (ftpc_collect(c, err) < 0)
            return -1;
    }
    return 0;
}

void
ftpc_ahead_fini(struct ftpc_ahead *a)
{
    while (a->n > 0)
        drop_first(a);
}
