/* clients/gatekeeperctl/gatekeeperctl_show.c - see gatekeeperctl_show.h. All
 * text comes from users: client_say() replaces control characters. */
#include "clients/gatekeeperctl/gatekeeperctl_show.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "clients/client_env.h"

/* The text of member NAME of O; "-" if absent. */
static const char *
text(const json_t *o, const char *name)
{
    const char *t = json_string_value(json_object_get(o, name));

    return t != NULL ? t : "-";
}

static long long
number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

/* Print a line "LABEL: VALUE" for each scalar of O. */
static void
show_fields(json_t *o)
{
    const char *key;
    json_t *v;

    json_object_foreach(o, key, v)
    {
        if (json_is_string(v))
            client_say(stdout, "%s: %s\n", key, json_string_value(v));
        else if (json_is_integer(v))
            client_say(stdout, "%s: %lld\n", key,
                       (long long)json_integer_value(v));
        else if (json_is_boolean(v))
            client_say(stdout, "%s: %s\n", key, json_is_true(v) ? "yes" : "no");
    }
}

int
show_status(json_t *answer)
{
    const char *state;
    json_t *n;

    show_fields(answer);
    json_object_foreach(json_object_get(answer, "jobs"), state, n)
    {
        client_say(stdout, "jobs %s: %lld\n", state,
                   (long long)json_integer_value(n));
    }
    return 0;
}

int
show_jobs(json_t *answer)
{
    json_t *list = json_object_get(answer, "jobs"), *o;
    size_t i;

    json_array_foreach(list, i, o)
    {
        client_say(stdout, "%s %-10s %-12s %-24s %s %s\n", text(o, "id"),
                   text(o, "state"), text(o, "account"), text(o, "submitted"),
                   text(o, "owner"),
                   strcmp(text(o, "waitsFor"), "-") != 0 ? text(o, "waitsFor")
                                                         : text(o, "command"));
    }
    return 0;
}

int
show_job(json_t *answer)
{
    json_t *list = json_object_get(answer, "history"), *e;
    size_t i;

    show_fields(answer);
    json_array_foreach(list, i, e)
    {
        struct buf task = BUF_INIT;

        if (json_object_get(e, "task") != NULL)
            buf_addf(&task, "task %lld ", number(e, "task"));
        client_say(stdout, "%s %s%s: %s\n", text(e, "time"), buf_str(&task),
                   text(e, "to"), text(e, "reason"));
        buf_fini(&task);
    }
    return 0;
}

int
show_cancel(json_t *answer)
{
    client_say(stdout, "job %s of %s is cancelled\n", text(answer, "id"),
               text(answer, "owner"));
    return 0;
}

int
show_accept(json_t *answer)
{
    puts(json_is_true(json_object_get(answer, "accepting"))
             ? "new jobs are taken"
             : "new jobs are refused");
    return 0;
}

int
show_connections(json_t *answer)
{
    json_t *list = json_object_get(answer, "connections"), *o;
    size_t i;

    json_array_foreach(list, i, o)
    {
        client_say(stdout, "%-24s %-24s %6lld %s %s\n", text(o, "from"),
                   text(o, "since"), number(o, "requests"), text(o, "dn"),
                   text(o, "last"));
    }
    return 0;
}

int
show_quotas(json_t *answer)
{
    json_t *list = json_object_get(answer, "owners"), *o;
    long long most = number(answer, "unfinishedLimit");
    size_t i;

    client_say(stdout, "jobs kept: %lld of %lld\n", number(answer, "jobs"),
               number(answer, "limit"));
    json_array_foreach(list, i, o)
    {
        client_say(stdout, "unfinished: %lld of %lld, kept: %lld %s\n",
                   number(o, "unfinished"), most, number(o, "jobs"),
                   text(o, "owner"));
    }
    return 0;
}

int
show_ban(json_t *answer)
{
    client_say(stdout, "%s is banned\n", text(answer, "banned"));
    return 0;
}

int
show_check(json_t *answer)
{
    json_t *list = json_object_get(answer, "faults"), *o;
    size_t i;

    if (json_is_true(json_object_get(answer, "ok"))) {
        puts("the store has no faults");
        return 0;
    }
    json_array_foreach(list, i, o)
    {
        client_say(stdout, "%s\n", json_string_value(o));
    }
    return 1;
}

int
show_backup(json_t *answer)
{
    client_say(stdout, "%s\n", text(answer, "file"));
    return 0;
}
