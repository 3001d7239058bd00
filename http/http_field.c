/* http/http_field.c - access to the fields of a request, and its rejection; see
 * http.h. */
#include <string.h>
#include <strings.h>

#include "http/http.h"
#include "http/http_body.h"

/* Whether the comma-separated LIST contains TOKEN. */
static bool
list_has(const char *list, const char *token)
{
    size_t n = strlen(token);

    while (*list != '\0') {
        size_t len, end;

        list += strspn(list, " \t,");
        len = end = strcspn(list, ",");
        while (len > 0 && strchr(" \t", list[len - 1]) != NULL)
            len--;
        if (len == n && strncasecmp(list, token, n) == 0)
            return true;
        list += end;
    }
    return false;
}

enum http_state
http_refuse(struct http_msg *m, int status, const char *reason)
{
    m->state = HTTP_BAD;
    m->status = status;
    m->reason = reason;
    m->keep_alive = false;
    return m->state;
}

const char *
http_header(const struct http_msg *m, const char *name)
{
    for (size_t i = 0; i < m->fields; i++)
        if (strcasecmp(m->field[i].name, name) == 0)
            return m->field[i].value;
    return NULL;
}

bool
http_has_token(const struct http_msg *m, const char *name, const char *token)
{
    for (size_t i = 0; i < m->fields; i++)
        if (strcasecmp(m->field[i].name, name) == 0 &&
            list_has(m->field[i].value, token))
            return true;
    return false;
}
