/* gatekeeper/doors/limits_request.c - see limits_request.h. */
#include "gatekeeper/doors/limits_request.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static long long
unit_of(char c)
{
    return c == 'd'   ? 86400
           : c == 'h' ? 3600
           : c == 'm' ? 60
           : c == 's' ? 1
                      : 0;
}

/* The seconds of TEXT; -1: it is not a time. */
static long long
read_time(const char *text)
{
    long long total = 0;

    if (*text == '\0' || strlen(text) > 40)
        return -1;
    while (*text != '\0') {
        long long n, unit;
        char *end;

        if (!isdigit((unsigned char)*text))
            return -1;
        n = strtoll(text, &end, 10);
        unit = *end == '\0' ? 1 : unit_of(*end);
        if (unit == 0 || n > LIMITS_SECONDS_MAX / unit)
            return -1;
        total += n * unit;
        text = end + (*end != '\0');
    }
    return total;
}

static int
read_limits(json_t *limits, long long *seconds, struct err *err)
{
    const json_t *wall = json_object_get(limits, "wall_time");
    const char *name;
    json_t *other;

    json_object_foreach(limits, name, other) if (
        strcmp(name, "wall_time") !=
        0) return err_set(err, ERR_UNSUPPORTED,
                          "the limit '%.40s' of a job cannot be changed: "
                          "wall_time can",
                          name);
    if (json_is_integer(wall))
        *seconds = json_integer_value(wall);
    else
        *seconds =
            json_is_string(wall) ? read_time(json_string_value(wall)) : -1;
    if (*seconds >= 1 && *seconds <= LIMITS_SECONDS_MAX)
        return 0;
    return err_set(err, ERR_USAGE,
                   "wall_time is not a time from 1 s on, such as 90, \"2h\" or "
                   "\"1d12h30m\"");
}

int
limits_request_parse(const char *text, size_t len, long long *seconds,
                     struct err *err)
{
    json_t *root, *limits;
    int rc;

    if (len > LIMITS_REQUEST_MAX)
        return err_set(err, ERR_USAGE, "a request of more than %u bytes",
                       LIMITS_REQUEST_MAX);
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    limits = json_object_get(root, "limits");
    if (json_object_size(root) == 1 && json_object_size(limits) > 0)
        rc = read_limits(limits, seconds, err);
    else
        rc = err_set(err, ERR_SYNTAX,
                     "the request is not of the form "
                     "{\"limits\":{\"wall_time\":\"2h\"}}");
    json_decref(root);
    return rc;
}
