/* http/route.c - see route.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http/route.h"

/* Store the N bytes at VALUE as the value of NAME. */
static void
route_keep(struct route_params *p, const char *name, size_t name_len,
           const char *value, size_t n)
{
    assert(p->count < ROUTE_PARAMS);
    p->param[p->count].name = name;
    p->param[p->count].name_len = name_len;
    p->param[p->count].value = xasprintf("%.*s", (int)n, value);
    p->count++;
}

/* Match the {name} at the front of PATTERN with its part of *PATH.  Returns the
 * pattern after the name. */
static const char *
route_take(struct route_params *p, const char *pattern, const char **path)
{
    size_t len = strcspn(pattern, "*}"), n;

    n = pattern[len] == '*' ? strlen(*path) : strcspn(*path, "/");
    route_keep(p, pattern, len, *path, n);
    *path += n;
    return pattern + len + strcspn(pattern + len, "}") + 1;
}

bool
route_match(const char *pattern, const char *path, struct route_params *p)
{
    bool same = true;

    *p = (struct route_params){ .count = 0 };
    while (same && *pattern != '\0') {
        if (*pattern == '{') {
            pattern = route_take(p, pattern + 1, &path);
        } else {
            same = *pattern == *path;
            pattern += same;
            path += same;
        }
    }
    if (same && *path == '\0')
        return true;
    route_params_fini(p);
    return false;
}

const char *
route_param(const struct route_params *p, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < p->count; i++)
        if (p->param[i].name_len == n &&
            strncmp(p->param[i].name, name, n) == 0)
            return p->param[i].value;
    return "";
}

void
route_params_fini(struct route_params *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->param[i].value);
    p->count = 0;
}
