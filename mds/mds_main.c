/* mds/mds_main.c - the index daemon: services register, expire, are queried. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sys_proc.h"
#include "gsi/check/site_check.h"
#include "gsi/cred_watch.h"
#include "gsi/expiry.h"
#include "http/listeners.h"
#include "mds/index.h"
#include "mds/keeper.h"
#include "mds/plain.h"
#include "mds/search.h"

#define TIDY_MS 60000 /* a multiple of CRED_WATCH_MS */

#define END_MS   4500  /* limit for ending, whatever runs */
#define PROBE_MS 60000 /* for the engine, however busy it is */

/* All resources of the daemon. */
struct mds {
    struct daemon daemon;
    struct cred *cred;
    struct index index;
    struct soap_op *ops;
    struct soap_service *soap;
    struct search *search;
    struct http_server *server;
    int keeper;  /* mds/keeper.h */
    int statefd; /* the lock of mds.state */
    struct cred_watch watch;
};

static const struct soap_wsdl wsdls[] = {
    { INDEX_PATH, "mds.wsdl" },
    { ENTRY_PATH, "mds.wsdl" },
    { NULL, NULL },
};

/* Headers that we understand: reference parameters of our EPRs. */
static const char *const understood[] = {
    AGGREGATOR_NS " EntryKey",
    AGGREGATOR_NS " ServiceGroupEntryKey",
    NULL,
};

static int
admit(const struct peer *peer, void *service, struct err *err)
{
    const struct index *ix = service;

    return site_admit(ix->site, peer->identity, err);
}

/* An http_denied_fn. */
static void
denied(const struct http_call *call, const char *what, const struct err *err)
{
    char from[NET_TEXT];

    log_event(LOG_NOTICE, "audit",
              "op=%s decision=deny dn=%s from=%s reason=%s", what,
              call->peer != NULL ? call->peer->identity : "-",
              net_text(call->from, from), err->text);
}

static void
metrics(void *service, struct buf *out)
{
    const struct index *ix = service;
    struct entries_stats s;

    entries_stats(ix->entries, &s);
    buf_addf(out,
             "# HELP mds_entries Registrations that live.\n"
             "# TYPE mds_entries gauge\nmds_entries %ld\n"
             "# HELP mds_changes_total What happened to registrations.\n"
             "# TYPE mds_changes_total counter\n"
             "mds_changes_total{kind=\"add\"} %lu\n"
             "mds_changes_total{kind=\"renew\"} %lu\n"
             "mds_changes_total{kind=\"remove\"} %lu\n"
             "mds_changes_total{kind=\"expire\"} %lu\n"
             "# HELP mds_queries_total Queries answered.\n"
             "# TYPE mds_queries_total counter\nmds_queries_total %lu\n",
             s.entries, s.added, s.renewed, s.removed, s.expired, s.queries);
}

/* Complete the answer to GET /health, beside the certificate. */
static void
health(void *service, struct health *h)
{
    const struct index *ix = service;

    health_disk(h, "mds.state", ix->state);
}

/* Start the search processes before the key is loaded, which they must not
 * have. */
static int
open_search(struct mds *m, struct err *err)
{
    bool quiet = !m->daemon.foreground;
    struct sys_user user;

    if (geteuid() != 0)
        return search_open(NULL, quiet, &m->search, err);
    if (site_account(m->daemon.conf, CONF_mds_account, &user, err) < 0)
        return -1;
    return search_open(&user, quiet, &m->search, err);
}

/* Load credential and trust as root, before privileges are dropped. */
static int
load_security(struct mds *m, struct err *err)
{
    const struct conf *c = m->daemon.conf;
    const char *registrars = conf_str(c, CONF_mds_registrars);
    const char *anonymous = conf_str(c, CONF_mds_anonymous);

    cred_watch_init(&m->watch, conf_str(c, CONF_security_host_cert),
                    conf_str(c, CONF_security_host_key));
    if (site_credential(c, &m->cred, err) < 0 ||
        site_open(c, &m->index.site, err) < 0)
        return -1;
    m->index.trust = site_trust(m->index.site);
    m->index.state = conf_str(c, CONF_mds_state);
    if (*registrars != '\0' &&
        name_watch_open(registrars, NULL, &m->index.registrars, err) < 0)
        return err_wrap(err, "mds.registrars");
    if (strcmp(anonymous, "read") != 0 && strcmp(anonymous, "none") != 0)
        return err_set(err, ERR_CONFIG, "mds.anonymous is read or none");
    m->ops = index_ops(strcmp(anonymous, "read") == 0);
    return 0;
}

/* Give the state directory and its files, which an older version may have made
 * as another account, to the serving account; then become it. */
static int
drop_privileges(struct mds *m, struct err *err)
{
    const struct conf *c = m->daemon.conf;
    const char *state = conf_str(c, CONF_mds_state);
    struct sys_user user;

    if (fs_mkdirs(state, 0755, err) < 0)
        return err_wrap(err, "mds.state");
    if (geteuid() != 0)
        return chmod(state, 0700) == 0
                   ? 0
                   : err_set(err, ERR_IO, "mds.state '%s': %s", state,
                             strerror(errno));
    if (site_account(c, CONF_mds_account, &user, err) < 0)
        return -1;
    if (chown(state, user.uid, user.gid) < 0 || chmod(state, 0700) < 0)
        return err_set(err, ERR_IO, "mds.state '%s': %s", state,
                       strerror(errno));
    if (fs_give_files(state, user.uid, user.gid, err) < 0)
        return err_wrap(err, "mds.state");
    return sys_user_become(&user, err);
}

/* Lock mds.state for this process. */
static int
lock_state(struct mds *m, struct err *err)
{
    const char *dir = conf_str(m->daemon.conf, CONF_mds_state);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    m->statefd = fs_lock(fd, "lock", dir, "mds", err);
    close(fd);
    return m->statefd < 0 ? err_wrap(err, "mds.state") : 0;
}

static int
open_entries(struct mds *m, struct err *err)
{
    const struct conf *c = m->daemon.conf;
    char *path = xasprintf("%s/entries.db", conf_str(c, CONF_mds_state));
    int workers = (int)conf_num(c, CONF_mds_workers);
    struct entries_spec spec = {
        .path = path,
        .entries_max = (long)conf_num(c, CONF_mds_entries_max),
        .lifetime_max_s = (long)conf_num(c, CONF_mds_lifetime_max),
        .search = m->search,
        .query_timeout_ms = (long)conf_num(c, CONF_mds_query_timeout),
        .query_fair_ms = (long)conf_num(c, CONF_mds_query_fair),
        .query_memory = (size_t)conf_num(c, CONF_mds_query_memory),
        .answer_max = (size_t)conf_num(c, CONF_mds_answer_max),
        .content_max = (size_t)conf_num(c, CONF_mds_content_max),
        /* leave one worker for registrations */
        .queries_max = workers / 2,
        .queries_waiting = workers - 1 - workers / 2,
    };
    int rc = lock_state(m, err);

    if (rc == 0)
        rc = entries_open(&spec, &m->index.entries, err);
    free(path);
    return rc;
}

/* Create the index's web service. */
static struct soap_service *
index_service(const struct mds *m)
{
    const struct soap_op *tables[] = { m->ops, NULL };
    const struct soap_wsdl *descriptions[] = { wsdls, NULL };
    const struct soap_service_spec spec = {
        .program = "mds",
        .ops = tables,
        .wsdls = descriptions,
        .understood = understood,
        .elements_max = (size_t)conf_num(m->daemon.conf, CONF_mds_elements_max),
    };

    return soap_service_create(&spec);
}

/* Use the index's URL in queries. */
static void
take_url(void *service, const char *url)
{
    struct index *x = service;

    x->url = url;
    entries_set_url(x->entries, url);
}

/* Start the server. */
static int
listen_at(struct mds *m, const struct http_listeners *at, struct err *err)
{
    const struct conf *c = m->daemon.conf;
    const struct http_server_spec spec = {
        .program = "mds",
        .listeners = at->listener,
        .listener_count = at->count,
        .service_url = conf_str(c, CONF_mds_service_url),
        .cred = m->cred,
        .trust = m->index.trust,
        .tls_min = conf_str(c, CONF_security_tls_min),
        .labels = soap_service_labels(m->soap),
        .admit = admit,
        .denied = denied,
        .metrics = metrics,
        .health = health,
        .service = &m->index,
        .bound = take_url,
        .workers = (int)conf_num(c, CONF_mds_workers),
        .connections_max = (int)conf_num(c, CONF_mds_connections_max),
        .idle_timeout_s = (int)conf_num(c, CONF_mds_idle_timeout),
        .request_timeout_s = (int)conf_num(c, CONF_mds_request_timeout),
        .body_max = (size_t)conf_num(c, CONF_mds_body_max),
        .answer_max = (size_t)conf_num(c, CONF_mds_answer_max),
    };

    return http_server_start(&spec, &m->server, err);
}

static int
serve(struct mds *m, struct err *err)
{
    const struct conf *c = m->daemon.conf;
    struct http_listeners at;

    m->soap = index_service(m);
    if (http_listeners_init(&at, "mds", conf_str(c, CONF_mds_listen),
                            conf_str(c, CONF_mds_metrics_listen), err) < 0)
        return -1;
    http_listeners_add(&at, plain_routes(strcmp(conf_str(c, CONF_mds_anonymous),
                                                "read") == 0));
    http_listeners_add(&at, soap_service_routes(m->soap));
    return listen_at(m, &at, err);
}

static void
announce(struct mds *m)
{
    char text[NET_TEXT];
    char *detail =
        xasprintf("listen=%s url=%s",
                  net_text(http_server_addr(m->server), text), m->index.url);

    daemon_ready(&m->daemon, detail);
    free(detail);
}

/* Load a renewed host certificate; if that fails, keep the old one. */
static void
reload(struct mds *m)
{
    struct err err = ERR_INIT;
    struct cred *cred;

    (void)cred_watch_changed(&m->watch);
    if (keeper_load(m->keeper, &cred, &err) < 0 ||
        http_server_set_cred(m->server, cred, &err) < 0) {
        log_event(LOG_WARNING, "daemon.reload", "error=%s", err.text);
        return;
    }
    cred_watch_take(&m->watch);
    cred_unref(m->cred);
    m->cred = cred;
    log_event(LOG_NOTICE, "daemon.reload", "subject=%s", cred_subject(cred));
}

static void
reopen_log(struct mds *m)
{
    struct err err = ERR_INIT;

    if (keeper_reopen_log(m->keeper, &err) < 0)
        log_event(LOG_WARNING, "daemon.reload.fail", "why=%s", err.text);
}

/* systemd's watchdog hears of us as long as we answer. */
static void
tell_watchdog(struct mds *m)
{
    struct err err = ERR_INIT;

    if (!daemon_watch_due(&m->daemon))
        return;
    if (http_server_probe(m->server, PROBE_MS, &err) == 0)
        daemon_alive(&m->daemon);
    else
        log_event(LOG_ERR, "service.mute", "why=%s", err.text);
}

static void
work(struct mds *m)
{
    struct expiry_told told = { .day = 0 };

    expiry_warn(&told, m->cred, m->index.trust);
    for (int turns = 1;; turns++) {
        int sig = daemon_wait(&m->daemon, CRED_WATCH_MS);

        if (sig == SIGTERM || sig == SIGINT)
            return;
        if (sig == SIGHUP) {
            reopen_log(m);
            daemon_compare_conf(&m->daemon);
        }
        if (sig == SIGHUP || cred_watch_due(&m->watch))
            reload(m);
        tell_watchdog(m);
        expiry_warn(&told, m->cred, m->index.trust);
        if (turns % (TIDY_MS / CRED_WATCH_MS) == 0)
            entries_tidy(m->index.entries);
    }
}

static void
take_down(struct mds *m)
{
    if (m->server != NULL)
        daemon_end_within(&m->daemon, END_MS);
    entries_end_queries(m->index.entries);
    http_server_stop(m->server);
    soap_service_destroy(m->soap);
    free(m->ops);
    entries_close(m->index.entries);
    if (m->keeper >= 0)
        close(m->keeper); /* it holds a descriptor that keeps the search
                             processes alive */
    search_close(m->search);
    name_watch_close(m->index.registrars);
    site_close(m->index.site);
    cred_unref(m->cred);
    if (m->statefd >= 0)
        close(m->statefd);
}

/* -t: print the report; 1 if it has no failure. */
static int
check(const struct mds *m, struct err *err)
{
    const struct daemon *d = &m->daemon;

    if (site_check(d->conf, d->conf_file, d->name, err) < 0)
        return -1;
    daemon_checked(d);
    return 1;
}

int
main(int argc, char *argv[])
{
    struct mds m = { .keeper = -1, .statefd = -1 };
    struct err err = ERR_INIT;
    int rc;

    rc = daemon_init(&m.daemon, "mds",
                     "The index: services register, expire, are queried.", argc,
                     argv, &err);
    if (rc == 0 && m.daemon.check_only)
        rc = check(&m, &err);
    if (rc == 0)
        rc = open_search(&m, &err);
    if (rc == 0)
        rc = load_security(&m, &err);
    if (rc == 0)
        rc = daemon_detach(&m.daemon, &err);
    if (rc == 0)
        rc = keeper_start(m.daemon.conf, !m.daemon.foreground, &m.keeper, &err);
    if (rc == 0)
        rc = drop_privileges(&m, &err);
    if (rc == 0)
        rc = open_entries(&m, &err);
    if (rc == 0)
        rc = serve(&m, &err);
    if (rc == 0) {
        announce(&m);
        work(&m);
    }
    take_down(&m);
    rc = rc < 0 ? daemon_fail(&m.daemon, &err) : 0;
    daemon_fini(&m.daemon);
    return rc;
}
