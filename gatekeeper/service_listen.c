/* gatekeeper/service_listen.c - starts the server with the service's handlers,
 * and stops it; see service.h. */
#include <stdlib.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/log.h"
#include "gatekeeper/accounting/accounting.h"
#include "gatekeeper/doors/door.h"
#include "gatekeeper/follower.h"
#include "gatekeeper/publish.h"
#include "gatekeeper/pulse.h"
#include "http/listeners.h"

#define LOCAL_BACKLOG 64

static int
admit(const struct peer *peer, void *service, struct err *err)
{
    struct service *s = service;

    service_wait(s);
    return site_admit(s->site, peer->identity, err);
}

/* An http_denied_fn. */
static void
denied(const struct http_call *call, const char *what, const struct err *err)
{
    audit_decision(call->peer != NULL ? call->peer->identity : "-", what, "-",
                   call->from, err);
}

/* Metrics: the remaining lease time of each gatekeeper on this state. */
static void
lease_metrics(const struct service *s, struct buf *out)
{
    struct store_instance *list;
    struct err err = ERR_INIT;
    size_t n;

    if (s->store->instances(s->store_self, &list, &n, &err) < 0) {
        log_event(LOG_WARNING, "store.fail", "why=%s", err.text);
        return;
    }
    buf_adds(out, "# HELP gatekeeper_lease_seconds Until the lease of an "
                  "instance runs out.\n"
                  "# TYPE gatekeeper_lease_seconds gauge\n");
    for (size_t i = 0; i < n; i++)
        if (list[i].lease_ms > 0)
            buf_addf(out, "gatekeeper_lease_seconds{instance=\"%s\"} %.3f\n",
                     list[i].name, (double)list[i].left_ms / 1000);
    free(list);
}

static void
metrics(void *service, struct buf *out)
{
    struct service *s = service;
    struct life_counts counts;

    life_counts(s->life, &counts);
    counts.accepting = counts.accepting && life_room(s->life, NULL) == 0;
    buf_adds(out, "# HELP gatekeeper_jobs Jobs by state.\n"
                  "# TYPE gatekeeper_jobs gauge\n");
    for (int i = 0; i < LIFE_STATES; i++)
        buf_addf(out, "gatekeeper_jobs{state=\"%s\"} %ld\n",
                 life_state_word((enum life_state)i), counts.state[i]);
    buf_addf(out,
             "# HELP gatekeeper_accepting Whether new jobs are taken.\n"
             "# TYPE gatekeeper_accepting gauge\n"
             "gatekeeper_accepting %d\n",
             (int)counts.accepting);
    if (conf_num(s->conf, CONF_gatekeeper_lease) > 0)
        lease_metrics(s, out);
}

#define SILENT_MS 5000

static void
runner_health(const struct service *s, struct health *h)
{
    long long silence = pulse_silence_ms(s->pulse);

    if (silence > SILENT_MS)
        health_say(h, HEALTH_FAIL, "runner",
                   "gatekeeper-runner has not answered for %lld seconds",
                   silence / 1000);
}

/* Jobs wait for a batch system that does not answer; nothing is lost. */
static void
schedulers_health(const struct service *s, struct health *h)
{
    struct err err = ERR_INIT;
    int rc;

    for (size_t i = 0; (rc = life_answers(s->life, i, &err)) != 0; i++)
        if (rc < 0) {
            health_say(h, HEALTH_WARN, "scheduler", "%s", err.text);
            err = (struct err)ERR_INIT;
        }
}

/* Complete the answer to GET /health, beside the certificate. */
static void
health(void *service, struct health *h)
{
    static const enum conf_key dirs[] = { CONF_gatekeeper_state,
                                          CONF_gatekeeper_sessions };
    const struct service *s = service;
    struct life_counts counts;
    struct err err = ERR_INIT, room = ERR_INIT;
    char *key;

    if (life_health(s->life, &err) < 0)
        health_say(h, HEALTH_FAIL, "store", "%s", err.text);
    life_counts(s->life, &counts);
    if (!counts.accepting)
        health_say(h, HEALTH_WARN, "draining", "new jobs are refused");
    if (life_room(s->life, &room) < 0)
        health_say(h, HEALTH_FAIL, "room", "%s", room.text);
    schedulers_health(s, h);
    runner_health(s, h);
    for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
        key = xasprintf("gatekeeper.%s", conf_rows[dirs[i]].key);
        health_disk(h, key, conf_str(s->conf, dirs[i]));
        free(key);
    }
}

/* What changes from here on is told to the indexes, which learn of the state
 * before it now. */
static int
tell_others(struct service *s, struct err *err)
{
    long long since = journal_last(life_journal(s->life));

    return publish_start(s, &s->publish, err) == 0
               ? follower_start(s, since, &s->follower, err)
               : -1;
}

/* Start the server, and what needs its address. */
static int
serve(struct service *s, const struct http_listeners *at, struct err *err)
{
    const struct conf *c = s->conf;
    const struct http_server_spec spec = {
        .program = "gatekeeper",
        .listeners = at->listener,
        .listener_count = at->count,
        .service_url = conf_str(c, CONF_gatekeeper_service_url),
        .cred = s->cred,
        .trust = s->trust,
        .tls_min = conf_str(c, CONF_security_tls_min),
        .labels = soap_service_labels(s->soap),
        .admit = admit,
        .denied = denied,
        .metrics = metrics,
        .health = health,
        .service = s,
        .workers = (int)conf_num(c, CONF_gatekeeper_workers),
        .share_workers = true, /* a file of one whose helper hangs waits */
        .connections_max = (int)conf_num(c, CONF_gatekeeper_connections_max),
        .idle_timeout_s = (int)conf_num(c, CONF_gatekeeper_idle_timeout),
        .request_timeout_s = (int)conf_num(c, CONF_gatekeeper_request_timeout),
        .body_max = (size_t)conf_num(c, CONF_gatekeeper_body_max),
        .answer_max = (size_t)conf_num(c, CONF_gatekeeper_answer_max),
    };
    int rc;

    lock_take(&s->starting);
    rc = http_server_start(&spec, &s->server, err);
    if (rc == 0)
        s->url = http_server_url(s->server);
    if (rc == 0)
        rc = tell_others(s, err);
    if (rc == 0)
        rc = pulse_start(s->server, s->runner, &s->pulse, err);
    lock_release(&s->starting);
    return rc;
}

/* The socket of gatekeeperctl, in the directory that is ours alone. */
static int
listen_local(const struct service *s, struct http_listeners *at,
             struct err *err)
{
    const char *instance = conf_str(s->conf, CONF_gatekeeper_instance);
    char *name = xasprintf(DAEMON_CONTROL, instance);
    int fd = net_local_listen(conf_str(s->conf, CONF_gatekeeper_state), name,
                              LOCAL_BACKLOG, err);

    free(name);
    if (fd >= 0)
        http_listeners_local(at, fd, admin_routes);
    return fd < 0 ? -1 : 0;
}

static int
start_accounting(struct service *s, struct err *err)
{
    const char *dir = conf_str(s->conf, CONF_gatekeeper_accounting);

    return dir[0] == '\0'
               ? 0
               : accounting_start(dir, s->store, s->store_self,
                                  life_journal(s->life), &s->accounting, err);
}

int
service_listen(struct service *s, struct err *err)
{
    struct http_listeners at;

    s->soap = doors_service(s->conf);
    doors_open();
    if (http_listeners_init(
            &at, "gatekeeper", conf_str(s->conf, CONF_gatekeeper_listen),
            conf_str(s->conf, CONF_gatekeeper_metrics_listen), err) < 0)
        return -1;
    http_listeners_add(&at, soap_service_routes(s->soap));
    for (size_t i = 0; doors[i] != NULL; i++)
        if (doors[i]->routes != NULL)
            http_listeners_add(&at, doors[i]->routes);
    if (listen_local(s, &at, err) < 0 || start_accounting(s, err) < 0 ||
        life_start(s->life, err) < 0)
        return -1;
    return serve(s, &at, err);
}

void
service_close(struct service *s)
{
    pulse_stop(s->pulse);
    accounting_stop(s->accounting);
    follower_stop(s->follower);
    publish_stop(s->publish);
    http_server_stop(s->server);
    soap_service_destroy(s->soap);
    doors_close();
    life_close(s->life);
    if (s->store_self != NULL) {
        (void)s->store->leave(s->store_self, NULL);
        s->store->close(s->store_self);
    }
    if (s->statefd >= 0)
        close(s->statefd);
    runner_close(s->runner);
    name_watch_close(s->admins);
    cred_unref(s->cred);
    site_close(s->site);
    lock_fini(&s->cred_lock);
    lock_fini(&s->starting);
}
