/* gridftp/server/ftp_monitor.c - see ftp_monitor.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_child.h"
#include "gridftp/server/ftp_count.h"
#include "gridftp/server/ftp_monitor.h"
#include "gridftp/server/ftp_port.h"
#include "gridftp/server/ftp_rules.h"
#include "gridftp/server/ftp_sandbox.h"
#include "gsi/warmup.h"

#define BACKLOG        512
/* How often map and ban list are checked for changes while there are
 * sessions. */
#define JUDGE_MS       1000
/* How often expiry is checked while no clients come. */
#define EXPIRY_LOOK_MS 3600000
/* How long the listener is ignored when no descriptor was free: the pending
 * connection would wake this process again at once. */
#define PAUSE_MS       1000

/* Load the host's credential and its TLS context; on failure the old ones
 * stay. */
static int
load_cred(struct ftp_monitor *m, struct err *err)
{
    struct cred *cred = NULL;
    struct tls_ctx *ctx = NULL;

    if (site_credential(m->conf, &cred, err) < 0)
        return -1;
    if (tls_ctx_create(true, cred, m->trust, TLS_REQUEST_PEER,
                       conf_str(m->conf, CONF_security_tls_min), &ctx,
                       err) < 0) {
        cred_unref(cred);
        return -1;
    }
    tls_ctx_unref(m->ctx);
    cred_unref(m->cred);
    m->ctx = ctx;
    m->cred = cred;
    return 0;
}

/* Reload the host's credential; on failure the old one stays. */
static void
reload_cred(struct ftp_monitor *m)
{
    struct err err = ERR_INIT;

    if (load_cred(m, &err) < 0) {
        log_event(LOG_ERR, "ftp.cred.fail", "why=%s", err.text);
        return;
    }
    cred_watch_take(&m->watch);
    log_event(LOG_NOTICE, "ftp.cred.reload", "subject=%s",
              cred_subject(m->cred));
    ftp_index_hand_cred(m);
    ftp_child_dismiss(m);
}

/* Adopt a renewed certificate, trust anchor or CRL. */
static void
refresh(struct ftp_monitor *m)
{
    unsigned trust = trust_generation(m->trust);

    if (trust != m->ready_trust) {
        ftp_child_dismiss(m);
        trust_verify_lists(m->trust);
    }
    m->ready_trust = trust;
    if (cred_watch_changed(&m->watch))
        reload_cred(m);
}

/* Check the site's rules: -t prints their resolved form, and the log names
 * those that match nothing.  Each session reads them again. */
static int
check_rules(const struct daemon *d, struct err *err)
{
    struct ftp_rules rules;
    int rc = ftp_rules_read(&rules, d->conf, err);

    if (rc == 0 && d->check_only)
        ftp_rules_print(&rules, stdout);
    else if (rc == 0)
        ftp_rules_warn(&rules);
    ftp_rules_fini(&rules);
    return rc;
}

static int
open_transfer_log(struct ftp_monitor *m, struct err *err)
{
    const char *path = conf_str(m->conf, CONF_gridftp_transfer_log);

    if (m->transfer_log >= 0)
        close(m->transfer_log);
    m->transfer_log = -1;
    if (*path == '\0')
        return 0;
    m->transfer_log =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (m->transfer_log >= 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "gridftp.transfer_log: cannot open '%s': %s", path,
                   strerror(errno));
}

/* The log file was rotated: open the new one, also for running sessions. */
static void
rotate_transfer_log(struct ftp_monitor *m)
{
    struct err err = ERR_INIT;

    if (open_transfer_log(m, &err) < 0) {
        log_event(LOG_ERR, "ftp.transfer_log.fail", "why=%s", err.text);
    } else if (m->transfer_log >= 0) {
        ftp_child_hand_log(m);
        log_event(LOG_NOTICE, "ftp.transfer_log.open", "path=%s",
                  conf_str(m->conf, CONF_gridftp_transfer_log));
    }
}

/* Environment variables for Globus' programs apply where the configuration has
 * no value. */
static int
take_environment(struct conf *conf, struct err *err)
{
    static const struct {
        const char *name;
        enum conf_key key;
    } row[] = { { "GLOBUS_TCP_PORT_RANGE", CONF_gridftp_port_range },
                { "GLOBUS_TCP_SOURCE_RANGE", CONF_gridftp_source_range },
                { "GLOBUS_HOSTNAME", CONF_gridftp_public_address } };
    char address[NET_TEXT], *text;
    struct net_ports ports;
    struct net_addr a;
    const char *value;
    size_t i;
    int rc = 0;

    for (i = 0; i < sizeof(row) / sizeof(row[0]) && rc == 0; i++) {
        value = getenv(row[i].name);
        if (value == NULL || *value == '\0' || conf_is_set(conf, row[i].key))
            continue;
        if (row[i].key == CONF_gridftp_public_address) {
            if (net_lookup(value, AF_UNSPEC, &a, err) < 0) {
                err->code = ERR_CONFIG;
                return err_wrap(err, "the environment's %s", row[i].name);
            }
            value = net_host_text(&a, address);
        } else if (net_ports_env(row[i].name, &ports, err) < 0) {
            return -1;
        }
        text = xasprintf("gridftp.%s=%s", conf_rows[row[i].key].key, value);
        rc = conf_set(conf, text, err);
        free(text);
    }
    return rc;
}

int
ftp_monitor_init(struct ftp_monitor *m, struct daemon *d, struct err *err)
{
    *m = (struct ftp_monitor){ .daemon = d, .conf = d->conf };
    m->listener = m->transfer_log = m->metrics.listener = -1;
    m->index = (struct ftp_index){ .program = -1, .sock = -1 };
    cred_watch_init(&m->watch, conf_str(m->conf, CONF_security_host_cert),
                    conf_str(m->conf, CONF_security_host_key));
    if (take_environment(d->conf, err) < 0 || check_rules(d, err) < 0 ||
        site_open(m->conf, &m->site, err) < 0)
        return -1;
    m->trust = site_trust(m->site);
    if (load_cred(m, err) < 0)
        return -1;
    if (geteuid() == 0 &&
        site_account(m->conf, CONF_gridftp_account, &m->account, err) < 0)
        return -1;
    if (!d->check_only && open_transfer_log(m, err) < 0)
        return -1;
    if (ftp_index_open(m, err) < 0 ||
        (d->check_only && ftp_index_check(m, err) < 0))
        return -1;
    ftp_login_init(&m->login, m->conf, m->site);
    return ftp_sandbox_prepare(err);
}

int
ftp_monitor_listen(struct ftp_monitor *m, struct err *err)
{
    if (net_parse(conf_str(m->conf, CONF_gridftp_listen), &m->at, err) < 0)
        return err_wrap(err, "gridftp.listen");
    m->listener = net_listen(&m->at, BACKLOG, err);
    if (m->listener < 0)
        return err_wrap(err, "gridftp.listen");
    fcntl(m->listener, F_SETFL, fcntl(m->listener, F_GETFL) | O_NONBLOCK);
    if (ftp_count_open(err) < 0)
        return -1;
    return ftp_metrics_open(m, err);
}

/* Reject a connection over the limit with 421. */
static void
turn_away(int fd, const struct net_addr *peer, const char *why)
{
    static const char text[] = "421 Server load too high. Try again later.\r\n";
    char address[NET_TEXT];

    log_event(LOG_WARNING, "ftp.session.refuse", "peer=%s why=%s",
              net_text(peer, address), why);
    (void)!send(fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

/* The limit that a connection from PEER would exceed, which is counted; NULL:
 * none. */
static const char *
broken_limit(const struct ftp_monitor *m, const struct net_addr *peer)
{
    if (ftp_child_count(m, NULL, NULL) >=
        conf_num(m->conf, CONF_gridftp_sessions_max)) {
        ftp_count_add(FTP_COUNT_REFUSE_SERVER, 1);
        return "gridftp.sessions_max";
    }
    if (ftp_child_count(m, peer, NULL) >=
        conf_num(m->conf, CONF_gridftp_sessions_max_address)) {
        ftp_count_add(FTP_COUNT_REFUSE_ADDRESS, 1);
        return "gridftp.sessions_max_address";
    }
    return NULL;
}

/* Log why a connection could not be accepted if a resource is exhausted. */
static void
note_want(struct ftp_monitor *m)
{
    struct err err = ERR_INIT;

    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
        errno != ENOBUFS)
        return;
    err_set(&err, ERR_IO, "cannot accept: %s", strerror(errno));
    log_event(LOG_ERR, "ftp.session.fail", "why=%s", err.text);
    m->paused_until = time_mono_ms() + PAUSE_MS;
}

/* Accept one connection from the listener. */
static void
accept_one(struct ftp_monitor *m)
{
    struct ftp_who who = { .peer = { .len = sizeof(who.peer.sa) } };
    struct err err = ERR_INIT;
    char uuid[UUID_TEXT];
    const char *limit;
    int fd, one = 1;

    fd = accept4(m->listener, (struct sockaddr *)&who.peer.sa, &who.peer.len,
                 SOCK_CLOEXEC);
    if (fd < 0) {
        note_want(m);
        return;
    }
    who.local.len = sizeof(who.local.sa);
    if (getsockname(fd, (struct sockaddr *)&who.local.sa, &who.local.len) < 0) {
        close(fd);
        return;
    }
    limit = broken_limit(m, &who.peer);
    if (limit != NULL) {
        turn_away(fd, &who.peer, limit);
        return;
    }
    ftp_count_add(FTP_COUNT_CONNECTION, 1);
    net_keepalive(fd, (int)conf_num(m->conf, CONF_gridftp_keepalive));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    snprintf(who.id, sizeof(who.id), "%.8s", uuid_make(uuid));
    refresh(m);
    if (ftp_child_codec(m, fd, &who, &err) < 0)
        log_event(LOG_ERR, "ftp.session.fail", "why=%s", err.text);
}

/* Decide REQUEST of C: write the answer and, if admitted, start its session. */
static int
admit(struct ftp_monitor *m, struct ftp_child *c,
      const struct ftp_login_request *request, int *wire, struct err *err)
{
    struct sys_user user;

    if (ftp_login_decide(&m->login, request, &user, err) < 0)
        return -1;
    if (ftp_child_count(m, NULL, user.name) >=
        conf_num(m->conf, CONF_gridftp_sessions_max_user))
        return err_set(err, ERR_LIMIT, "too many sessions of '%s'", user.name);
    c->who.user = user;
    c->who.anonymous = request->kind == FTP_LOGIN_ANONYMOUS;
    c->who.expires = request->expires;
    c->who.transfer_log = m->transfer_log;
    snprintf(c->who.dn, sizeof(c->who.dn), "%s", request->dn);
    return ftp_child_session(m, c, wire, err);
}

/* The reply code for a login that failed with CODE: only refusals by map, ban
 * list or account are permanent. */
static unsigned
refusal(enum err_code code)
{
    return code == ERR_AUTHZ || code == ERR_AUTHN || code == ERR_PROTOCOL
               ? FTP_LOGIN_REFUSE
               : FTP_LOGIN_LATER;
}

/* Answer a codec's login request. */
static void
answer(struct ftp_monitor *m, struct ftp_child *c)
{
    struct ftp_login_request request = { .magic = 0 };
    struct ftp_login_reply reply = { .magic = FTP_LOGIN_MAGIC };
    struct err err = ERR_INIT;
    char peer[NET_TEXT];
    int wire = -1, sent;

    if (c->session != 0 ||
        ftp_message_receive(c->ask, &request, sizeof(request), NULL, &err) <=
            0) {
        ftp_child_hang_up(c);
        return;
    }
    request.dn[sizeof(request.dn) - 1] = '\0';
    net_text(&c->who.peer, peer);
    if (admit(m, c, &request, &wire, &err) == 0) {
        ftp_count_add(FTP_COUNT_LOGIN, 1);
        reply.code = FTP_LOGIN_OK;
        snprintf(reply.account, sizeof(reply.account), "%s", c->who.user.name);
        log_event(LOG_NOTICE, "ftp.login.allow",
                  "dn=%s user=%s peer=%s session=%s", request.dn,
                  c->who.user.name, peer, c->who.id);
    } else {
        ftp_count_deny(err.code);
        reply.code = refusal(err.code);
        snprintf(reply.reason, sizeof(reply.reason), "%.250s", err.text);
        log_event(LOG_WARNING, "ftp.login.deny",
                  "dn=%s want=%.64s peer=%s session=%s why=%s", request.dn,
                  request.want, peer, c->who.id, err.text);
    }
    sent = ftp_message_send(c->ask, &reply, sizeof(reply), wire, NULL);
    if (wire >= 0)
        close(wire);
    if (sent < 0 || reply.code != FTP_LOGIN_REFUSE || err.code == ERR_PROTOCOL)
        ftp_child_hang_up(c);
}

/* Check admitted users again after map or ban list changed; unreadable files
 * change nothing for them. */
static void
judge_again(struct ftp_monitor *m)
{
    unsigned generation = ftp_login_generation(&m->login);
    struct ftp_login_request r = { .magic = FTP_LOGIN_MAGIC,
                                   .kind = FTP_LOGIN_GSI };
    struct sys_user user;
    struct ftp_child *c;

    if (generation == 0 || generation == m->judged)
        return;
    m->judged = generation;
    for (c = m->children; c != NULL; c = c->next) {
        struct err err = ERR_INIT;

        if (c->session == 0 || c->withdrawn || c->who.anonymous)
            continue;
        snprintf(r.dn, sizeof(r.dn), "%s", c->who.dn);
        snprintf(r.want, sizeof(r.want), "%s", c->who.user.name);
        if (ftp_login_decide(&m->login, &r, &user, &err) == 0 &&
            user.uid != c->who.user.uid)
            err_set(&err, ERR_AUTHZ, "'%s' is another account now", r.want);
        if (err.code != ERR_OK)
            ftp_child_withdraw(c, &err);
    }
}

/* Handle all pending signals; false when it is time to end. */
static bool
take_signals(struct ftp_monitor *m)
{
    int sig;

    while ((sig = daemon_wait(m->daemon, 0)) != 0) {
        if (sig == SIGTERM || sig == SIGINT)
            return false;
        if (sig == SIGCHLD)
            ftp_child_reap(m);
        if (sig == SIGHUP) {
            log_reopen();
            daemon_compare_conf(m->daemon);
            ftp_index_hand_log(m);
            ftp_child_dismiss(m);
            rotate_transfer_log(m);
            (void)trust_generation(m->trust);
            (void)cred_watch_changed(&m->watch);
            reload_cred(m);
        }
    }
    return true;
}

/* Do in advance what every child would otherwise do for the first time. */
static void
warm_up(struct ftp_monitor *m)
{
    struct err err = ERR_INIT;

    trust_verify_lists(m->trust);
    if (warmup_run(m->trust, m->cred, &err) < 0)
        log_event(LOG_WARNING, "ftp.warmup.fail", "why=%s", err.text);
}

static bool
is_paused(const struct ftp_monitor *m)
{
    return time_mono_ms() < m->paused_until;
}

/* Poll entries besides the children. */
enum {
    AT_SIGNALS,
    AT_LISTENER,
    AT_METRICS,
    AT_CHILDREN /* index of the first child */
};

/* Collect the descriptors to wait for: signals, connections, requests. */
static struct pollfd *
gather(const struct ftp_monitor *m, struct pollfd *p, size_t *n, size_t *cap)
{
    const struct ftp_child *c;
    size_t want = AT_CHILDREN;

    for (c = m->children; c != NULL; c = c->next)
        want += c->ask >= 0;
    if (p == NULL || want > *cap) {
        *cap = want * 2;
        p = xrealloc(p, *cap, sizeof(*p));
    }
    /* cppcheck-suppress nullPointer ; xrealloc() returns memory or aborts */
    p[AT_SIGNALS] =
        (struct pollfd){ .fd = m->daemon->signal_fd, .events = POLLIN };
    /* cppcheck-suppress nullPointer ; likewise */
    p[AT_LISTENER] = (struct pollfd){ .fd = is_paused(m) ? -1 : m->listener,
                                      .events = POLLIN };
    p[AT_METRICS] =
        (struct pollfd){ .fd = m->metrics.listener, .events = POLLIN };
    *n = AT_CHILDREN;
    for (c = m->children; c != NULL; c = c->next)
        if (c->ask >= 0)
            p[(*n)++] = (struct pollfd){ .fd = c->ask, .events = POLLIN };
    return p;
}

/* The time until the next periodic work. */
static int
usual_timeout_ms(const struct ftp_monitor *m)
{
    if (is_paused(m))
        return PAUSE_MS;
    /* Spare codecs are forked when nothing else is pending. */
    if (ftp_child_lacking(m) > 0)
        return 0;
    if (m->children != NULL || time_mono_ms() < m->ready_after)
        return JUDGE_MS;
    /* Indexes must see a renewed certificate even if no clients come. */
    return m->index.program >= 0 ? CRED_WATCH_MS : EXPIRY_LOOK_MS;
}

/* The same, where systemd's watchdog wants to hear of us more often. */
static int
poll_timeout_ms(const struct ftp_monitor *m)
{
    int usual = usual_timeout_ms(m);
    long long watch = m->daemon->watch_ms / 3;

    return watch > 0 && watch < usual ? (int)watch : usual;
}

/* The child whose request socket is FD. */
static struct ftp_child *
child_of(const struct ftp_monitor *m, int fd)
{
    struct ftp_child *c = m->children;

    while (c != NULL && c->ask != fd)
        c = c->next;
    return c;
}

/* Keep the registration program running and up to date. */
static void
keep_registered(struct ftp_monitor *m)
{
    if (m->index.program < 0)
        return;
    if (cred_watch_due(&m->watch))
        reload_cred(m);
    ftp_index_keep(m);
}

void
ftp_monitor_serve(struct ftp_monitor *m)
{
    struct pollfd *p = NULL;
    struct ftp_child *c;
    size_t n, cap = 0, i;
    bool going = true;
    int events;

    warm_up(m);
    m->ready_trust = trust_generation(m->trust);
    while (going) {
        keep_registered(m);
        expiry_warn(&m->told, m->cred, m->trust);
        p = gather(m, p, &n, &cap);
        events = poll(p, (nfds_t)n, poll_timeout_ms(m));
        if (events < 0)
            continue;
        if (events == 0 && !is_paused(m) && ftp_child_lacking(m) > 0)
            ftp_child_prepare(m);
        if (daemon_watch_due(m->daemon))
            daemon_alive(m->daemon); /* this loop is what answers */
        judge_again(m);
        for (i = AT_CHILDREN; i < n; i++)
            if (p[i].revents != 0 && (c = child_of(m, p[i].fd)) != NULL)
                answer(m, c);
        if (p[AT_LISTENER].revents != 0)
            accept_one(m);
        if (p[AT_METRICS].revents != 0)
            ftp_metrics_answer(m);
        if (p[AT_SIGNALS].revents != 0)
            going = take_signals(m);
    }
    free(p);
}

void
ftp_monitor_fini(struct ftp_monitor *m)
{
    ftp_child_forget(m);
    if (m->listener >= 0)
        close(m->listener);
    if (m->transfer_log >= 0)
        close(m->transfer_log);
    ftp_metrics_close(m);
    ftp_index_close(m);
    ftp_login_fini(&m->login);
    tls_ctx_unref(m->ctx);
    cred_unref(m->cred);
    site_close(m->site);
}
