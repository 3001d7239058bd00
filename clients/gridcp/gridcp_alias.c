/* clients/gridcp/gridcp_alias.c - see gridcp_alias.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "clients/gridcp/gridcp_alias.h"

struct host {
    char *name;
    unsigned port; /* 0: the URL's port */
};

struct gridcp_alias {
    struct {
        struct host *at;
        size_t n, next;
    } side[2]; /* destination, source */
};

void
gridcp_alias_free(struct gridcp_alias *alias)
{
    size_t i;
    int side;

    for (side = 0; alias != NULL && side < 2; side++) {
        for (i = 0; i < alias->side[side].n; i++)
            free(alias->side[side].at[i].name);
        free(alias->side[side].at);
    }
    free(alias);
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT". */
static int
add(struct gridcp_alias *alias, int side, char *text, struct err *err)
{
    char *end = *text == '[' ? strchr(text, ']') : NULL;
    char *colon = strchr(end != NULL ? end : text, ':');
    size_t n = alias->side[side].n++;
    long long port = 0;
    struct host *h;

    if (colon != NULL && number_parse(colon + 1, 1, 65535, &port) < 0) {
        alias->side[side].n--;
        return err_set(err, ERR_SYNTAX, "'%s' is not HOST:PORT", text);
    }
    if (colon != NULL)
        *colon = '\0';
    if (end != NULL)
        *end = '\0';
    alias->side[side].at =
        xrealloc(alias->side[side].at, n + 1, sizeof(struct host));
    h = &alias->side[side].at[n];
    h->name = xstrdup(end != NULL ? text + 1 : text);
    h->port = (unsigned)port;
    return 0;
}

/* Parse one line; *SIDE is set by the last '@' line, -1 none. */
static int
use_line(struct gridcp_alias *alias, char *line, int *side, struct err *err)
{
    line += strspn(line, " \t");
    line[strcspn(line, " \t\r\n")] = '\0';
    if (*line == '\0' || *line == '#')
        return 0;
    if (*line == '@') {
        *side = strcmp(line, "@source") == 0        ? 1
                : strcmp(line, "@destination") == 0 ? 0
                                                    : -1;
        if (*side < 0)
            return err_set(err, ERR_SYNTAX,
                           "'%s' is neither @source nor @destination", line);
        return 0;
    }
    if (*side < 0)
        return err_set(err, ERR_SYNTAX,
                       "a host before '@source' or '@destination'");
    return add(alias, *side, line, err);
}

int
gridcp_alias_read(const char *file, struct gridcp_alias **alias,
                  struct err *err)
{
    FILE *f = fopen(file, "re");
    char line[1024];
    unsigned long at = 0;
    int side = -1, rc = 0;

    *alias = NULL;
    if (f == NULL)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot read '%s': %s", file, strerror(errno));
    *alias = xcalloc(1, sizeof(**alias));
    while (rc == 0 && fgets(line, sizeof(line), f) != NULL) {
        at++;
        rc = use_line(*alias, line, &side, err);
    }
    if (rc < 0)
        err_wrap(err, "'%s' line %lu", file, at);
    else if (ferror(f))
        rc = err_set(err, ERR_IO, "cannot read '%s'", file);
    fclose(f);
    return rc;
}

const char *
gridcp_alias_next(struct gridcp_alias *alias, bool source, unsigned *port)
{
    int side = source ? 1 : 0;
    const struct host *h;

    if (alias == NULL || alias->side[side].n == 0)
        return NULL;
    h = &alias->side[side].at[alias->side[side].next++ % alias->side[side].n];
    if (h->port != 0)
        *port = h->port;
    return h->name;
}
