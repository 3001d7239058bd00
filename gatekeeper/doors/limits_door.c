/* gatekeeper/doors/limits_door.c - POST /jobs/ID (limits_request.h): the owner
 * of a job changes its limits. */
#include <jansson.h>

#include "gatekeeper/doors/door.h"
#include "gatekeeper/doors/door_json.h"
#include "gatekeeper/doors/limits_request.h"

static int
post(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");
    const char *who = call->peer->identity;
    const struct service *s = call->service;
    long long seconds = 0;
    int rc;

    if (!uuid_ok(id))
        return err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    if (limits_request_parse(buf_str(call->body), call->body->len, &seconds,
                             err) < 0)
        return -1;
    rc = life_limits(s->life, who, id, seconds, err);
    audit_decision(who, "ChangeLimits", id, call->from, rc < 0 ? err : NULL);
    if (rc < 0)
        return -1;
    door_json(call, json_pack("{ss s{sI}}", "job", id, "limits", "wall_time",
                              (json_int_t)seconds));
    return HTTP_ANSWERED;
}

static const struct http_route routes[] = {
    { "POST", JOBS_PATH "{id}", HTTP_LIMITED, post, "POST " JOBS_PATH, NULL,
      LIMITS_REQUEST_MAX },
    { .path = NULL },
};

const struct door limits_door = { .name = "limits", .routes = routes };
