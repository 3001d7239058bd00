/* gatekeeper/doors/events_door.c - GET /jobs/ID?since=SEQ&wait=S: the events of
 * a job after the event SEQ, as JSON for its owner.  If there are none, the
 * answer waits for one, at most S seconds. */
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/doors/door.h"
#include "gatekeeper/doors/door_json.h"

struct asked {
    long long since, wait_s;
};

/* Read the parameter NAME of CALL's query into *N: 0 to MOST; NONE if
 * absent. */
static int
read_number(const struct http_call *call, const char *name, long long most,
            long long none, long long *n, struct err *err)
{
    char *text = http_param(call->query, name);
    int rc = 0;

    *n = none;
    if (text != NULL && number_parse(text, 0, most, n) < 0)
        rc = err_set(err, ERR_SYNTAX,
                     "%s='%.40s' is not a number from 0 to %lld", name, text,
                     most);
    free(text);
    return rc;
}

/* since is -1 if the query has none: not a request for this door. */
static int
read_query(const struct http_call *call, struct asked *q, struct err *err)
{
    const struct service *s = call->service;
    long long most = conf_num(s->conf, CONF_gatekeeper_wait_max);

    if (read_number(call, "since", LLONG_MAX, -1, &q->since, err) < 0 ||
        read_number(call, "wait", LLONG_MAX, 0, &q->wait_s, err) < 0)
        return -1;
    if (q->wait_s > most)
        q->wait_s = most;
    return 0;
}

/* Write the events FOUND of job ID after SINCE. */
static void
write_events(struct http_call *call, const char *id, long long since,
             const struct store_events *found)
{
    json_t *list = json_array(), *o;

    for (size_t i = 0; i < found->n; i++)
        json_array_append_new(list, door_json_event(&found->of[i]));
    o = json_pack(
        "{ss ss sb sI sb so}", "job", id, "state",
        life_state_word(found->state), "final",
        (int)life_state_final(found->state), "seq",
        (json_int_t)(found->n > 0 ? found->of[found->n - 1].seq : since),
        "more", (int)found->more, "events", list);
    door_json(call, o);
}

/* Whether the answer must wait for an event of job ID; if so, tell the
 * server. */
static bool
must_wait(struct http_call *call, const char *id, const struct asked *q,
          const struct store_events *found)
{
    if (found->n > 0 || life_state_final(found->state) || q->wait_s == 0 ||
        !call->may_wait)
        return false;
    snprintf(call->wait_for, sizeof(call->wait_for), "%s", id);
    call->wait_until_ms = call->begun_ms + q->wait_s * 1000;
    return true;
}

/* Answer with the events of the caller's job ID. */
static int
answer(struct http_call *call, const char *id, const struct asked *q,
       struct err *err)
{
    struct service *s = call->service;
    const size_t max = (size_t)conf_num(s->conf, CONF_gatekeeper_list_page);
    struct store_events found;
    int rc = HTTP_ANSWERED;

    if (life_events(s->life, call->peer->identity, id, q->since, max, &found,
                    err) < 0)
        return -1;
    if (q->since > found.last)
        rc = err_set(err, ERR_STATE,
                     "there was no event %lld yet, the last one is %lld: begin "
                     "anew with since=0",
                     q->since, found.last);
    else if (must_wait(call, id, q, &found))
        rc = HTTP_LATER;
    else
        write_events(call, id, q->since, &found);
    store_events_fini(&found);
    return rc;
}

static int
get(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");
    struct asked q;
    int rc;

    if (read_query(call, &q, err) < 0)
        return -1;
    if (q.since < 0)
        return HTTP_PASS;
    rc = uuid_ok(id)
             ? answer(call, id, &q, err)
             : err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    /* Audit only the first request of a client that follows a job. */
    if (rc < 0 || (rc == HTTP_ANSWERED && q.since == 0))
        audit_decision(call->peer->identity, "read", uuid_ok(id) ? id : "-",
                       call->from, rc < 0 ? err : NULL);
    return rc;
}

static const struct http_route routes[] = {
    { "GET", JOBS_PATH "{id}", HTTP_LIMITED, get, "GET " JOBS_PATH "?since",
      NULL, HTTP_BODY_SMALL },
    { .path = NULL },
};

const struct door events_door = { .name = "events", .routes = routes };
