/* gatekeeper/doors/admin_jobs.c - see admin_jobs.h. */
#include "gatekeeper/doors/admin_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "gatekeeper/doors/door.h"
#include "gatekeeper/doors/door_json.h"

#define CANCELLED "cancelled by an administrator of the site"

/* The data of V, a job of OWNER; the caller releases it. */
static json_t *
view_json(const struct life_view *v, const char *owner)
{
    json_t *o = json_pack("{ss ss ss}", "id", v->id, "state",
                          life_state_word(v->state), "owner", owner);

    door_json_text(o, "account", v->account);
    door_json_text(o, "scheduler", v->scheduler);
    door_json_text(o, "schedulerID", v->sched_id);
    door_json_time(o, "submitted", v->entered_ms[LIFE_NEW]);
    door_json_time(o, "entered", v->entered_ms[v->state]);
    if (v->ntasks > 1)
        json_object_set_new(o, "tasks", json_integer((json_int_t)v->ntasks));
    if (v->exit.set && v->exit.signal == 0)
        json_object_set_new(o, "exit", json_integer(v->exit.code));
    if (v->exit.set && v->exit.signal != 0)
        json_object_set_new(o, "signal", json_integer(v->exit.signal));
    door_json_text(o, "waitsFor", v->retry);
    door_json_text(o, "fault", v->fault);
    return o;
}

/* The states that WORD names; "" means all. */
static int
read_state(const char *word, unsigned long *states, struct err *err)
{
    for (int i = 0; word != NULL && i < LIFE_STATES; i++)
        if (strcasecmp(life_state_word((enum life_state)i), word) == 0)
            *states |= 1ul << i;
    if (word == NULL || *states != 0)
        return 0;
    return err_set(err, ERR_SYNTAX, "there is no state '%.40s'", word);
}

/* The strings that a filter borrows. */
struct words {
    char *owner, *account, *state, *after, *limit;
};

static int
read_filter(const struct http_call *call, struct words *w,
            struct store_filter *q, struct err *err)
{
    long long n;

    *w = (struct words){ .owner = http_param(call->query, "owner"),
                         .account = http_param(call->query, "account"),
                         .state = http_param(call->query, "state"),
                         .after = http_param(call->query, "after"),
                         .limit = http_param(call->query, "limit") };
    q->owner = w->owner;
    q->account = w->account;
    q->after = w->after;
    if (q->after != NULL && !uuid_ok(q->after))
        return err_set(err, ERR_SYNTAX, "after='%.40s' is not a job's id",
                       q->after);
    if (w->limit != NULL && number_parse(w->limit, 1, 1ll << 40, &n) < 0)
        return err_set(err, ERR_SYNTAX,
                       "limit='%.40s' is not a number above zero", w->limit);
    if (w->limit != NULL && (size_t)n < q->max)
        q->max = (size_t)n;
    return read_state(w->state, &q->states, err);
}

int
admin_jobs_list(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    struct store_filter q = { .max = (size_t)conf_num(
                                  s->conf, CONF_gatekeeper_list_page) };
    struct life_page page = { .n = 0 };
    json_t *list = json_array(), *o;
    struct words w;
    int rc = read_filter(call, &w, &q, err);

    if (rc == 0)
        rc = life_page(s->life, &q, &page, err);
    for (size_t i = 0; rc == 0 && i < page.n; i++) {
        o = view_json(&page.of[i].view, page.of[i].owner);
        door_json_text(o, "name", page.of[i].name);
        door_json_text(o, "command", page.of[i].command);
        json_array_append_new(list, o);
    }
    o = json_pack("{so}", "jobs", list);
    door_json_text(o, "next", page.next);
    if (rc == 0)
        door_json(call, o);
    else
        json_decref(o);
    life_page_fini(&page);
    free(w.owner);
    free(w.account);
    free(w.state);
    free(w.after);
    free(w.limit);
    return rc;
}

/* The newest page of events of OWNER's job ID. */
static json_t *
history(struct service *s, const char *owner, const char *id)
{
    size_t max = (size_t)conf_num(s->conf, CONF_gatekeeper_list_page);
    struct store_events found = { .n = 0 };
    json_t *list = json_array();

    if (life_events(s->life, owner, id, 0, max, &found, NULL) < 0)
        return list;
    for (size_t i = 0; i < found.n; i++)
        json_array_append_new(list, door_json_event(&found.of[i]));
    store_events_fini(&found);
    return list;
}

int
admin_jobs_show(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");
    struct service *s = call->service;
    struct life_view view;
    char *owner = NULL;
    json_t *o;
    int rc = life_owner(s->life, id, &owner, err);

    if (rc == 0)
        rc = life_view(s->life, owner, id, &view, err);
    if (rc == 0) {
        o = view_json(&view, owner);
        door_json_text(o, "session", view.session);
        door_json_text(o, "delegation", view.delegation_id);
        json_object_set_new(o, "history", history(s, owner, id));
        door_json(call, o);
        life_view_fini(&view);
    }
    free(owner);
    return rc;
}

int
admin_jobs_cancel(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");
    struct service *s = call->service;
    char *owner = NULL;
    int rc = life_owner(s->life, id, &owner, err);

    if (rc == 0)
        rc = life_cancel_why(s->life, owner, id, CANCELLED, err);
    if (rc == 0)
        door_json(call, json_pack("{ss ss}", "id", id, "owner", owner));
    free(owner);
    return rc;
}
