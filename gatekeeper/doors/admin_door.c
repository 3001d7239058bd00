/* gatekeeper/doors/admin_door.c - the requests of gatekeeperctl, as JSON below
 * /admin: over the Unix socket for root and the daemon's account, elsewhere for
 * the DNs in gatekeeper.admins.  Each request writes one audit line. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "gatekeeper/doors/admin_jobs.h"
#include "gatekeeper/doors/admin_site.h"
#include "gatekeeper/doors/door.h"

#define PATH     "/admin/"
#define WHO_MAX  32
#define BODY_MAX 4096

/* The caller's name; TEXT is room for it. */
static const char *
who(const struct http_call *call, char text[WHO_MAX])
{
    if (call->peer != NULL)
        return call->peer->identity;
    if (!call->local)
        return "-";
    snprintf(text, WHO_MAX, "uid=%lu", (unsigned long)call->uid);
    return text;
}

/* Whether the list of administrators contains DN.  A list that cannot be read
 * gives no rights. */
static bool
is_listed(const struct service *s, const char *dn)
{
    struct err why = ERR_INIT;
    int has = s->admins != NULL ? name_watch_has(s->admins, dn, &why) : 0;

    if (has < 0)
        log_event(LOG_ERR, "names.fail", "error=%s", why.text);
    return has > 0;
}

static int
may(const struct http_call *call, struct err *err)
{
    if (call->local && (call->uid == 0 || call->uid == geteuid()))
        return 0;
    if (call->local)
        return err_set(err, ERR_AUTHZ,
                       "only root and the gatekeeper's account may do this");
    if (http_may(call->peer, 0, err) < 0)
        return -1;
    if (is_listed(call->service, call->peer->identity))
        return 0;
    return err_set(err, ERR_AUTHZ,
                   "'%s' is not an administrator here (gatekeeper.admins)",
                   call->peer->identity);
}

/* One request of administrators. */
struct act {
    const char *op; /* in the audit line */
    http_fn *run;
};

static int
run(struct http_call *call, struct err *err)
{
    const struct act *act = call->arg;
    const char *id = route_param(&call->params, "id");
    struct err why = ERR_INIT;
    char text[WHO_MAX];
    int rc;

    service_wait(call->service);
    rc = may(call, &why);
    if (rc == 0 && id[0] != '\0' && !uuid_ok(id))
        rc = err_set(&why, ERR_NOT_FOUND, "'%s' is not the id of a job", id);
    if (rc == 0)
        rc = act->run(call, &why);
    audit_decision(who(call, text), act->op,
                   id[0] != '\0' && uuid_ok(id) ? id : "-", call->from,
                   rc < 0 ? &why : NULL);
    return rc < 0 ? err_set(err, why.code, "%s", why.text) : HTTP_ANSWERED;
}

static struct act acts[] = {
#define ACT(name, method, path, op, fn) { "admin." op, fn },
#include "gatekeeper/doors/admin.def"
#undef ACT
};

enum act_name {
#define ACT(name, method, path, op, fn) ACT_##name,
#include "gatekeeper/doors/admin.def"
#undef ACT
};

/* The routes are open to anybody, since callers over the Unix socket have no
 * certificate; the handler checks the caller. */
const struct http_route admin_routes[] = {
#define ACT(name, method, path, op, fn) \
    { method,                           \
      PATH path,                        \
      HTTP_ANONYMOUS | HTTP_LIMITED,    \
      run,                              \
      method " " PATH path,             \
      &acts[ACT_##name],                \
      BODY_MAX },
#include "gatekeeper/doors/admin.def"
#undef ACT
    { .path = NULL },
};

const struct door admin_door = { .name = "admin", .routes = admin_routes };
