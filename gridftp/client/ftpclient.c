/* gridftp/client/ftpclient.c - see ftpclient.h: open and close sessions, run
 * transfers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/url.h"
#include "gridftp/client/ftpc_run.h"
#include "gridftp/client/ftpc_session.h"

#define CONNECT_MS 30000
#define STALL_MS   600000
#define REPLY_MS   20000
#define ALIVE_S    30
#define END_MS     10000
#define BLOCK      (1024 * 1024)

/* Copy the settings to C and fill in defaults. */
static void
take_conf(struct ftpclient *c, const struct ftpclient_conf *conf)
{
    c->conf = *conf;
    c->conf.host = xstrdup_or_null(conf->host);
    c->conf.user = xstrdup_or_null(conf->user);
    c->conf.password = xstrdup_or_null(conf->password);
    c->conf.subject = xstrdup_or_null(conf->subject);
    c->conf.net_stack = xstrdup_or_null(conf->net_stack);
    c->conf.disk_stack = xstrdup_or_null(conf->disk_stack);
    c->conf.module = xstrdup_or_null(conf->module);
    c->conf.module_args = xstrdup_or_null(conf->module_args);
    c->conf.assertion = xstrdup_or_null(conf->assertion);
    c->conf.job = xstrdup_or_null(conf->job);
    c->conf.app = xstrdup(conf->app != NULL ? conf->app : "gatehouse");
    if (conf->cred != NULL)
        c->conf.cred = cred_ref(conf->cred);
    if (conf->data_cred != NULL)
        c->conf.data_cred = cred_ref(conf->data_cred);
    if (conf->trust != NULL)
        c->conf.trust = trust_ref(conf->trust);
    if (conf->port == 0)
        c->conf.port = url_default_port(conf->plain ? "ftp" : "gsiftp");
    if (conf->connect_timeout_ms <= 0)
        c->conf.connect_timeout_ms = CONNECT_MS;
    if (conf->stall_timeout_ms == 0)
        c->conf.stall_timeout_ms = STALL_MS;
    if (conf->reply_timeout_ms <= 0)
        c->conf.reply_timeout_ms = REPLY_MS;
    if (conf->keepalive_s == 0)
        c->conf.keepalive_s = ALIVE_S;
    if (conf->end_timeout_ms <= 0)
        c->conf.end_timeout_ms = END_MS;
    if (conf->block_size == 0)
        c->conf.block_size = BLOCK;
}

/* Store the two addresses of the control connection. */
static int
note_addresses(struct ftpclient *c, struct err *err)
{
    c->peer.len = c->own.len = sizeof(c->peer.sa);
    if (getpeername(c->ctl.fd, (struct sockaddr *)&c->peer.sa, &c->peer.len) ==
            0 &&
        getsockname(c->ctl.fd, (struct sockaddr *)&c->own.sa, &c->own.len) == 0)
        return 0;
    return err_set(err, ERR_UNREACHABLE, "the connection to '%s' was lost",
                   c->conf.host);
}

/* Connect and log in. */
static int
enter(struct ftpclient *c, struct err *err)
{
    if (net_ports_env("GLOBUS_TCP_SOURCE_RANGE", &c->source, err) < 0 ||
        ftpc_control_connect(&c->ctl, c->conf.host, c->conf.port, &c->source,
                             c->conf.connect_timeout_ms, err) < 0 ||
        note_addresses(c, err) < 0)
        return -1;
    if (c->conf.connected != NULL)
        c->conf.connected(c->conf.connected_arg, net_rtt_ms(c->ctl.fd));
    return ftpc_login(c, err);
}

int
ftpclient_open(const struct ftpclient_conf *conf, struct ftpclient **out,
               struct err *err)
{
    struct ftpclient *c = xcalloc(1, sizeof(*c));
    struct net_notice notice = { conf->silence, conf->silence_arg };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    *out = NULL;
    take_conf(c, conf);
    c->type = '?'; /* the default is A by RFC 959, but not with every server */
    c->mode = 'S';
    c->prot = 'C';
    c->dcau = conf->plain ? 'N' : 'A';
    c->listen_fd = c->wake_fd = c->ctl.fd = -1;
    c->movers = cores > 1 ? (size_t)cores : 0;
    ftpc_splice_init(&c->splice);
    if (conf->silence != NULL)
        c->ctl.notice = &notice;
    c->ctl.opening = !conf->plain;
    c->ctl.keepalive_s = c->conf.keepalive_s;
    c->ctl.trace = conf->trace;
    c->ctl.trace_arg = conf->trace_arg;
    if (enter(c, err) < 0) {
        c->broken = true;
        ftpclient_close(c);
        return -1;
    }
    c->conf.first = NULL;
    c->ctl.notice = NULL;
    c->ctl.opening = false;
    *out = c;
    return 0;
}

static void
free_conf(struct ftpclient_conf *conf)
{
    cred_unref(conf->cred);
    cred_unref(conf->data_cred);
    trust_close(conf->trust);
    free((char *)(uintptr_t)conf->host);
    free((char *)(uintptr_t)conf->user);
    free((char *)(uintptr_t)conf->password);
    free((char *)(uintptr_t)conf->subject);
    free((char *)(uintptr_t)conf->job);
    free((char *)(uintptr_t)conf->app);
    free((char *)(uintptr_t)conf->net_stack);
    free((char *)(uintptr_t)conf->disk_stack);
    free((char *)(uintptr_t)conf->module);
    free((char *)(uintptr_t)conf->module_args);
    free((char *)(uintptr_t)conf->assertion);
}

void
ftpclient_close(struct ftpclient *c)
{
    if (c == NULL)
        return;
    if (ftpclient_usable(c) && ftpc_control_queue(&c->ctl, NULL, "QUIT") == 0)
        ftpc_control_flush(&c->ctl, NULL);
    ftpc_setup_drop(c);
    ftpc_splice_fini(&c->splice);
    if (c->wake_fd >= 0)
        close(c->wake_fd);
    ftpc_control_fini(&c->ctl);
    ftpc_reply_fini(&c->reply);
    ftpc_ahead_fini(&c->ahead);
    tls_ctx_unref(c->control_ctx);
    tls_ctx_unref(c->data_client);
    tls_ctx_unref(c->data_server);
    free_conf(&c->conf);
    free(c->account);
    free(c->listed);
    free(c->server_identity);
    free(c->dcau_subject);
    free(c);
}

unsigned
ftpclient_features(const struct ftpclient *c)
{
    return c->features;
}

int
ftpclient_rtt_ms(const struct ftpclient *c)
{
    return c->ctl.rtt_ms;
}

const char *
ftpclient_account(const struct ftpclient *c)
{
    return c->account != NULL ? c->account : "";
}

int
ftpc_run_many(struct ftpclient *c, const struct ftpclient_how *how,
              const char *verb, ftpclient_next_fn *next,
              ftpclient_done_fn *done, void *arg, struct err *err)
{
    struct ftpc_run run = { .c = c,
                            .how = *how,
                            .next = next,
                            .done = done,
                            .arg = arg,
                            .verb = verb,
                            .put = strcmp(verb, "STOR") == 0 };

    return ftpc_run(&run, err);
}

int
ftpclient_get(struct ftpclient *c, const struct ftpclient_how *how,
              ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
              struct err *err)
{
    return ftpc_run_many(c, how, "RETR", next, done, arg, err);
}

int
ftpclient_put(struct ftpclient *c, const struct ftpclient_how *how,
              ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
              struct err *err)
{
    return ftpc_run_many(c, how, "STOR", next, done, arg, err);
}

/* A run with a single file. */
struct one {
    struct ftpclient_xfer *x;
    bool taken;
};

static struct ftpclient_xfer *
next_one(void *arg)
{
    struct one *one = arg;

    if (one->taken)
        return NULL;
    one->taken = true;
    return one->x;
}

static void
done_one(void *arg, struct ftpclient_xfer *x)
{
    (void)arg;
    (void)x;
}

int
ftpc_run_one(struct ftpclient *c, const struct ftpclient_how *how,
             const char *verb, struct ftpclient_xfer *x, struct err *err)
{
    struct one one = { .x = x };

    if (ftpc_run_many(c, how, verb, next_one, done_one, &one, err) < 0)
        return -1;
    if (x->err.code != ERR_OK)
        return err_set(err, x->err.code, "%s", x->err.text);
    return 0;
}

int
ftpclient_get_one(struct ftpclient *c, const struct ftpclient_how *how,
                  struct ftpclient_xfer *x, struct err *err)
{
    return ftpc_run_one(c, how, "RETR", x, err);
}

int
ftpclient_put_one(struct ftpclient *c, const struct ftpclient_how *how,
                  struct ftpclient_xfer *x, struct err *err)
{
    return ftpc_run_one(c, how, "STOR", x, err);
}

int
ftpclient_third(struct ftpclient *src, struct ftpclient *dst,
                const struct ftpclient_how *how, struct ftpclient_xfer *x,
                const char *dst_path, struct err *err)
{
    struct one one = { .x = x };

    x->to = dst_path;
    if (ftpclient_third_run(src, dst, how, next_one, done_one, &one, err) < 0)
        return -1;
    if (x->err.code != ERR_OK)
        return err_set(err, x->err.code, "%s", x->err.text);
    return 0;
}
