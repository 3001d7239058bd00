/* gatekeeper/service.c - see service.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "gatekeeper/doors/door.h"
#include "gatekeeper/follower.h"
#include "gatekeeper/publish.h"
#include "gsi/chain/trust_ban.h"
#include "http/listeners.h"

/* ---- host credential ---- */

static int
read_fd(int fd, struct buf *out, const char *what, struct err *err)
{
    int rc = buf_read_fd(out, fd, 1 << 20);

    close(fd);
    return rc == 0 ? 0
                   : err_set(err, ERR_IO, "cannot read the host %s: %s", what,
                             strerror(errno));
}

/* The root-owned files come as descriptors. */
static int
host_credential(struct service *s, struct cred **cred, struct err *err)
{
    struct buf pem = BUF_INIT;
    int cert, key, rc;

    if (runner_host_credential(s->runner, &cert, &key, err) < 0)
        return err_wrap(err, "host credential");
    rc = read_fd(cert, &pem, "certificate", err);
    buf_addc(&pem, '\n');
    if (read_fd(key, &pem, "key", err) < 0)
        rc = -1;
    if (rc == 0)
        rc = cred_from_pem(pem.data, pem.len, cred, err);
    buf_wipe(&pem);
    return rc == 0 ? 0 : err_wrap(err, "host credential");
}

static int
open_security(struct service *s, struct err *err)
{
    enum trust_crl crl;

    if (host_credential(s, &s->cred, err) < 0 ||
        trust_crl_parse(conf_str(s->conf, CONF_security_crl), &crl, err) < 0 ||
        trust_open(conf_str(s->conf, CONF_security_certificates), crl,
                   &s->trust, err) < 0)
        return -1;
    trust_set_proxy_max(s->trust,
                        (long)conf_num(s->conf, CONF_security_proxy_max));
    return 0;
}

/* ---- who may at all ---- */

/* Read the ban list again when it changed; with the lock. */
static int
refresh_ban(struct service *s, const char *file, struct err *err)
{
    long long now = time_mono_ms();
    struct dnlist *list;

    if (s->ban != NULL && now - s->ban_looked_ms < 1000)
        return 0;
    s->ban_looked_ms = now;
    if (s->ban != NULL && !dnlist_stale(s->ban))
        return 0;
    if (trust_ban_load(s->trust, file, &list, err) < 0)
        return -1;
    dnlist_destroy(s->ban);
    s->ban = list;
    return 0;
}

static int
admit(const struct peer *peer, void *service, struct err *err)
{
    struct service *s = service;
    const char *file = conf_str(s->conf, CONF_security_ban);
    struct err why = ERR_INIT;
    int rc = 0;

    pthread_mutex_lock(&s->starting);
    pthread_mutex_unlock(&s->starting);
    if (file[0] == '\0')
        return 0;
    pthread_mutex_lock(&s->ban_lock);
    /* A list that cannot be read bans everybody: it may be the wrong moment. */
    if (refresh_ban(s, file, &why) < 0) {
        log_event(LOG_ERR, "ban.fail", "why=%s", why.text);
        rc = err_set(err, ERR_AUTHZ, "the ban list cannot be read");
    } else if (dnlist_has(s->ban, peer->identity)) {
        rc = err_set(err, ERR_AUTHZ, "'%s' is banned here", peer->identity);
    }
    pthread_mutex_unlock(&s->ban_lock);
    return rc;
}

void
service_audit(const char *dn, const char *op, const char *job,
              const struct net_addr *from, const struct err *err)
{
    char text[NET_TEXT];

    log_event(LOG_NOTICE, "audit",
              "dn=%s op=%s job=%s from=%s decision=%s reason=%s", dn, op, job,
              from != NULL ? net_text(from, text) : "-",
              err == NULL ? "allow" : "deny", err == NULL ? "-" : err->text);
}

/* ---- metrics ---- */

static void
metrics(void *service, struct buf *out)
{
    struct service *s = service;
    struct life_counts counts;

    life_counts(s->life, &counts);
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
}

/* ---- opening ---- */

/* runner_event_fn; the engine may not be there yet. */
static void
event(void *arg, const char *job, enum runner_unit unit)
{
    struct service *s = arg;
    struct life *life = __atomic_load_n(&s->life, __ATOMIC_ACQUIRE);

    if (life != NULL)
        life_runner_event(life, job, unit);
}

/* gatekeeper.state is ours alone until we end. */
static int
lock_state(struct service *s, const char *dir, struct err *err)
{
    int fd = -1;

    if (fs_mkdirs(dir, 0700, err) < 0)
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    s->statefd = fs_lock(fd, dir, "gatekeeper", err);
    close(fd);
    return s->statefd < 0 ? -1 : 0;
}

static int
open_store(struct service *s, struct err *err)
{
    const char *dir = conf_str(s->conf, CONF_gatekeeper_state);
    char *path = xasprintf("%s/jobs.db", dir);
    int rc = lock_state(s, dir, err);

    s->store = &store_sqlite;
    if (rc == 0)
        rc = s->store->open(path, &s->store_self, err);
    if (rc == 0 && (rc = s->store->join(s->store_self, "gatekeeper", err)) < 0)
        err_wrap(err, "cannot use '%s'", path);
    free(path);
    return rc == 0 ? 0 : err_wrap(err, "gatekeeper.state");
}

int
service_open(struct service *s, const struct conf *conf, int runner_fd,
             struct err *err)
{
    struct life_spec spec = { .conf = conf };
    struct life *life;

    memset(s, 0, sizeof(*s));
    s->conf = conf;
    s->statefd = -1;
    s->started = time(NULL);
    pthread_mutex_init(&s->ban_lock, NULL);
    pthread_mutex_init(&s->cred_lock, NULL);
    pthread_mutex_init(&s->starting, NULL);
    cred_watch_init(&s->watch, conf_str(conf, CONF_security_host_cert),
                    conf_str(conf, CONF_security_host_key));
    if (runner_open(&s->runner, runner_fd, event, s, err) < 0 ||
        open_security(s, err) < 0 || open_store(s, err) < 0)
        return -1;
    spec.store = s->store;
    spec.store_self = s->store_self;
    spec.runner = s->runner;
    if (life_open(&spec, &life, err) < 0)
        return -1;
    __atomic_store_n(&s->life, life, __ATOMIC_RELEASE);
    return 0;
}

static int
check_address(const struct conf *conf, enum conf_key key, const char *name,
              struct err *err)
{
    const char *text = conf_str(conf, key);
    struct net_addr addr;

    if (text[0] == '\0' || net_parse(text, &addr, err) == 0)
        return 0;
    return err_wrap(err, "%s", name);
}

/* Each is one of ours, and can be used. */
static int
check_schedulers(struct service *s, struct err *err)
{
    struct sched_host host = { .conf = s->conf, .runner = s->runner };
    const char *name;

    for (size_t i = 0;
         (name = conf_word(s->conf, CONF_gatekeeper_schedulers, i)) != NULL;
         i++) {
        const struct scheduler *table = scheduler_find(name);

        if (table == NULL)
            return err_set(err, ERR_CONFIG,
                           "gatekeeper.schedulers: there is no scheduler '%s'",
                           name);
        if (table->verify != NULL && table->verify(&host, err) < 0)
            return err_wrap(err, "scheduler '%s'", name);
    }
    return 0;
}

static int
check_all(struct service *s, int runner_fd, struct err *err)
{
    const struct conf *c = s->conf;

    if (runner_open(&s->runner, runner_fd, NULL, NULL, err) < 0 ||
        open_security(s, err) < 0 ||
        check_address(c, CONF_gatekeeper_listen, "gatekeeper.listen", err) <
            0 ||
        check_address(c, CONF_gatekeeper_metrics_listen,
                      "gatekeeper.metrics_listen", err) < 0)
        return -1;
    return check_schedulers(s, err);
}

int
service_check(const struct conf *conf, int runner_fd, struct err *err)
{
    struct service s = { .conf = conf };
    int rc = check_all(&s, runner_fd, err);

    runner_close(s.runner);
    cred_unref(s.cred);
    trust_close(s.trust);
    return rc;
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
        .metrics = metrics,
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

    pthread_mutex_lock(&s->starting);
    rc = http_server_start(&spec, &s->server, err);
    if (rc == 0)
        s->url = http_server_url(s->server);
    if (rc == 0)
        rc = tell_others(s, err);
    pthread_mutex_unlock(&s->starting);
    return rc;
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
    return life_start(s->life, err) == 0 ? serve(s, &at, err) : -1;
}

int
service_reload(struct service *s, struct err *err)
{
    struct cred *cred;

    (void)cred_watch_changed(&s->watch);
    if (host_credential(s, &cred, err) < 0)
        return -1;
    if (http_server_set_cred(s->server, cred, err) < 0) {
        cred_unref(cred);
        return -1;
    }
    cred_watch_take(&s->watch);
    publish_set_cred(s->publish, cred);
    pthread_mutex_lock(&s->cred_lock);
    cred_unref(s->cred);
    s->cred = cred;
    pthread_mutex_unlock(&s->cred_lock);
    log_event(LOG_NOTICE, "daemon.reload", "subject=%s", cred_subject(cred));
    return 0;
}

int
service_refresh(struct service *s, struct err *err)
{
    return cred_watch_due(&s->watch) ? service_reload(s, err) : 0;
}

struct cred *
service_cred(struct service *s)
{
    struct cred *cred;

    pthread_mutex_lock(&s->cred_lock);
    cred = cred_ref(s->cred);
    pthread_mutex_unlock(&s->cred_lock);
    return cred;
}

int
service_fenced(struct service *s, struct err *err)
{
    return s->store->fenced(s->store_self, err);
}

void
service_close(struct service *s)
{
    follower_stop(s->follower);
    publish_stop(s->publish);
    http_server_stop(s->server);
    soap_service_destroy(s->soap);
    doors_close();
    life_close(s->life);
    if (s->store_self != NULL)
        s->store->close(s->store_self);
    if (s->statefd >= 0)
        close(s->statefd);
    runner_close(s->runner);
    cred_unref(s->cred);
    trust_close(s->trust);
    dnlist_destroy(s->ban);
    pthread_mutex_destroy(&s->ban_lock);
    pthread_mutex_destroy(&s->cred_lock);
    pthread_mutex_destroy(&s->starting);
}
