/* gatekeeper/doors/admin_site.c - see admin_site.h. */
#include "gatekeeper/doors/admin_site.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gatekeeper/doors/door.h"
#include "gatekeeper/doors/door_json.h"
#include "gatekeeper/publish.h"

/* The number of jobs in each state. */
static json_t *
counts_json(const struct life_counts *counts)
{
    json_t *o = json_object();

    for (int i = 0; i < LIFE_STATES; i++)
        if (counts->state[i] > 0)
            json_object_set_new(o, life_state_word((enum life_state)i),
                                json_integer(counts->state[i]));
    return o;
}

int
admin_site_status(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    struct err room = ERR_INIT;
    struct life_counts counts;
    json_t *o;

    (void)err;
    life_counts(s->life, &counts);
    o = json_pack("{ss ss ss}", "version", GATEHOUSE_VERSION, "url", s->url,
                  "instance", conf_str(s->conf, CONF_gatekeeper_instance));
    door_json_time(o, "started", (long long)s->started * 1000);
    json_object_set_new(
        o, "accepting",
        json_boolean(counts.accepting && life_room(s->life, &room) == 0));
    door_json_text(o, "refuses",
                   counts.accepting ? room.text : "it is drained");
    json_object_set_new(o, "jobs", counts_json(&counts));
    door_json(call, o);
    return 0;
}

int
admin_site_connections(struct http_call *call, struct err *err)
{
    size_t n;
    struct http_client *clients = http_server_clients(call->server, &n);
    json_t *list = json_array(), *o;
    char from[NET_TEXT];

    (void)err;
    for (size_t i = 0; i < n; i++) {
        o = json_pack("{ss}", "from", net_text(&clients[i].from, from));
        door_json_text(o, "dn", clients[i].dn);
        door_json_time(o, "since", clients[i].connected_ms);
        json_object_set_new(o, "requests",
                            json_integer((json_int_t)clients[i].requests));
        door_json_text(o, "last", clients[i].last);
        json_array_append_new(list, o);
    }
    http_server_clients_free(clients, n);
    door_json(call, json_pack("{so}", "connections", list));
    return 0;
}

int
admin_site_quotas(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    size_t n;
    struct life_user *users = life_users(s->life, &n);
    json_t *list = json_array();
    long long all = 0;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        all += users[i].total;
        json_array_append_new(
            list, json_pack("{ss sI sI}", "owner", users[i].dn, "unfinished",
                            (json_int_t)users[i].unfinished, "jobs",
                            (json_int_t)users[i].total));
    }
    life_users_free(users, n);
    door_json(
        call,
        json_pack("{sI sI sI so}", "jobs", (json_int_t)all, "limit",
                  (json_int_t)conf_num(s->conf, CONF_gatekeeper_jobs_max),
                  "unfinishedLimit",
                  (json_int_t)conf_num(s->conf, CONF_gatekeeper_jobs_max_user),
                  "owners", list));
    return 0;
}

static int
accept_jobs(struct http_call *call, bool accepting, struct err *err)
{
    struct service *s = call->service;

    if (life_set_accepting(s->life, accepting, err) < 0)
        return -1;
    publish_touch(s->publish);
    door_json(call, json_pack("{sb}", "accepting", (int)accepting));
    return 0;
}

int
admin_site_drain(struct http_call *call, struct err *err)
{
    return accept_jobs(call, false, err);
}

int
admin_site_undrain(struct http_call *call, struct err *err)
{
    return accept_jobs(call, true, err);
}

int
admin_site_ban(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    const char *dn = buf_str(call->body);

    if (dn[0] != '/' || strlen(dn) != call->body->len)
        return err_set(err, ERR_USAGE,
                       "'%s' is not a certificate name, which begins with '/'",
                       dn);
    if (site_admit(s->site, dn, NULL) == 0 &&
        runner_ban(s->runner, dn, err) < 0)
        return -1;
    if (site_admit(s->site, dn, NULL) == 0)
        return err_set(err, ERR_INTERNAL,
                       "'%s' was written into the ban list, which does not ban "
                       "it: see there",
                       dn);
    door_json(call, json_pack("{ss}", "banned", dn));
    return 0;
}

int
admin_site_check(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    struct buf found = BUF_INIT;
    json_t *faults = json_array();
    char *line, *next;

    if (s->store->check(s->store_self, &found, err) < 0) {
        json_decref(faults);
        buf_fini(&found);
        return -1;
    }
    buf_str(&found);
    for (line = strtok_r(found.data, "\n", &next); line != NULL;
         line = strtok_r(NULL, "\n", &next))
        if (strcmp(line, "ok") != 0)
            json_array_append_new(faults, json_string(line));
    door_json(call, json_pack("{sb so}", "ok", json_array_size(faults) == 0,
                              "faults", faults));
    buf_fini(&found);
    return 0;
}

int
admin_site_backup(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    time_t now = time(NULL);
    char name[32], *path;
    struct tm tm;
    int rc;

    strftime(name, sizeof(name), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    path = xasprintf("%s/backup-%s.db",
                     conf_str(s->conf, CONF_gatekeeper_state), name);
    rc = s->store->backup(s->store_self, path, err);
    if (rc == 0)
        door_json(call, json_pack("{ss}", "file", path));
    free(path);
    return rc;
}
