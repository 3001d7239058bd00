/* clients/gridcp/gridcp_session.c - open sessions of gridcp with each side's
 * credential, subject and protection. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/prose.h"
#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_alias.h"

/* Value of -data-cred for a new self-signed credential. */
#define AUTO          "auto"
#define AUTO_LIFETIME (100 * 86400L)
/* Least time between two reports of a server's silence; each waiting session is
 * called every 5 s. */
#define SILENCE_MS    4000

/* Load the credential from FILE, which contains certificate and key. */
static int
load(const char *file, struct cred **cred, struct err *err)
{
    if (file == NULL || *cred != NULL)
        return 0;
    return cred_load(file, file, cred_pass_tty, NULL, cred, err);
}

/* Load or make the credential for data connections. */
static int
load_data_cred(struct gridcp *g, struct err *err)
{
    const char *file = g->o.data_cred;

    if (file == NULL || strcmp(file, AUTO) != 0)
        return load(file, &g->data_cred, err);
    return cred_self_signed("gridcp data channel", AUTO_LIFETIME, &g->data_cred,
                            err);
}

/* Whether FILE differs from SEEN, which is updated. */
static bool
changed(const char *file, struct gridcp_seen *seen)
{
    struct gridcp_seen now;
    struct stat st;
    bool is;

    if (file == NULL || stat(file, &st) < 0)
        return false;
    now = (struct gridcp_seen){ .inode = st.st_ino, .time = st.st_mtim };
    is = now.inode != seen->inode || now.time.tv_sec != seen->time.tv_sec ||
         now.time.tv_nsec != seen->time.tv_nsec;
    *seen = now;
    return is;
}

/* Reload a credential renewed in its file during the run: if it has the same
 * identity and a later end, use it for new sessions. */
static void
renew(struct gridcp *g, struct cred **cred, const char *file,
      struct gridcp_seen *seen)
{
    struct cred *now = NULL;

    if (*cred == NULL || !changed(file != NULL ? file : g->env.cred_path, seen))
        return;
    if ((file != NULL ? cred_load(file, file, NULL, NULL, &now, NULL)
                      : cred_find_user(NULL, &now, NULL, NULL)) < 0)
        return;
    if (cred_expires(now) > cred_expires(*cred) &&
        strcmp(cred_identity(now), cred_identity(*cred)) == 0) {
        cred_unref(*cred);
        *cred = now;
    } else {
        cred_unref(now);
    }
}

/* Renew all of them; the first call only records the files. */
static void
renew_all(struct gridcp *g)
{
    const struct gridcp_opt *o = &g->o;

    renew(g, &g->src_cred, o->src_cred != NULL ? o->src_cred : o->cred,
          &g->seen[0]);
    renew(g, &g->dst_cred, o->dst_cred != NULL ? o->dst_cred : o->cred,
          &g->seen[1]);
    if (o->data_cred != NULL && strcmp(o->data_cred, AUTO) != 0)
        renew(g, &g->data_cred, o->data_cred, &g->seen[2]);
}

/* Load trust and credentials, once, when first needed; locked. */
static int
ready(struct gridcp *g, struct err *err)
{
    const struct gridcp_opt *o = &g->o;
    bool given =
        o->cred != NULL || (o->src_cred != NULL && o->dst_cred != NULL);

    if (g->env_ready) {
        renew_all(g);
        return 0;
    }
    if (load(o->src_cred != NULL ? o->src_cred : o->cred, &g->src_cred, err) <
            0 ||
        load(o->dst_cred != NULL ? o->dst_cred : o->cred, &g->dst_cred, err) <
            0 ||
        load_data_cred(g, err) < 0 || client_env_init(&g->env, given, err) < 0)
        return -1;
    if (g->src_cred == NULL)
        g->src_cred = cred_ref(g->env.cred);
    if (g->dst_cred == NULL)
        g->dst_cred = cred_ref(g->env.cred);
    g->env_ready = true;
    renew_all(g);
    return 0;
}

int
gridcp_session_env(struct gridcp *g, struct err *err)
{
    int rc;

    lock_take(&g->lock);
    rc = ready(g, err);
    lock_release(&g->lock);
    return rc;
}

struct cred *
gridcp_session_cred(struct gridcp *g, bool source)
{
    struct cred *cred;

    lock_take(&g->lock);
    cred = source ? g->src_cred : g->dst_cred;
    if (cred != NULL)
        cred = cred_ref(cred);
    lock_release(&g->lock);
    return cred;
}

int
gridcp_session_anonymous(struct gridcp *g, struct err *err)
{
    int rc = 0;

    lock_take(&g->lock);
    if (g->env.trust == NULL)
        rc = client_env_init(&g->env, true, err);
    lock_release(&g->lock);
    return rc;
}

/* A ftpclient_trace_fn with the output format of globus-url-copy -dbg. */
static void
trace(void *arg, bool from_server, const char *line)
{
    const struct gridcp_site *site = arg;

    char *plain = xstrdup(line);

    prose_plain(plain, true);
    fprintf(stderr, "debug: %s %s:\n%s\n\n",
            from_server ? "response from" : "sending command to", site->prefix,
            plain);
    free(plain);
}

/* Report that a server does not answer a connection or login.  Several sessions
 * may wait for one server, but only one reports it. */
static void
say_silence(void *arg, int seconds)
{
    struct gridcp_site *site = arg;
    long long now = time_mono_ms(), told = site->silence_ms;

    if (now - told < SILENCE_MS ||
        !atomic_compare_exchange_strong(&site->silence_ms, &told, now))
        return;
    client_say(stderr, "gridcp: no answer from '%s' for %d s\n", site->prefix,
               seconds);
}

/* Called when a destination is connected. */
static void
note_distance(void *arg, int rtt_ms)
{
    gridcp_mode_turns(arg, rtt_ms);
}

/* The grid job that runs this process; NULL: none. */
static const char *
grid_job(void)
{
    const char *id = getenv("GATEHOUSE_JOB_ID");

    return id != NULL && uuid_ok(id) ? id : NULL;
}

/* Fill in the settings of a session with SITE. */
static void
configure(struct gridcp *g, struct gridcp_site *site, bool source,
          struct ftpclient_conf *conf)
{
    const struct gridcp_opt *o = &g->o;
    const char *host, *subject = source ? o->src_subject : o->dst_subject;

    *conf = (struct ftpclient_conf){
        .host = site->host,
        .port = site->port,
        .plain = site->scheme == GRIDCP_FTP,
        .user = site->user,
        .password = site->password,
        .subject = subject != NULL ? subject : o->subject,
        .no_dcau = o->no_dcau,
        .no_delegation = o->no_dcau,
        .prot = o->private_data ? FTPCLIENT_PRIVATE
                : o->safe       ? FTPCLIENT_SAFE
                                : FTPCLIENT_CLEAR,
        .ipv6 = o->ipv6,
        .stall_timeout_ms = o->stall > 0 ? (int)(o->stall * 1000) : -1,
        .connect_timeout_ms = (int)(o->connect * 1000),
        .silence = o->quiet ? NULL : say_silence,
        .silence_arg = site,
        .reply_timeout_ms = (int)(o->reply * 1000),
        .keepalive_s = o->keepalive > 0 ? (int)o->keepalive : -1,
        .tcp_buffer = (int)o->tcp_buffer,
        .block_size = (size_t)o->block_size,
        .connected = source ? NULL : note_distance,
        .connected_arg = g,
        .app = "gridcp",
        .job = grid_job(),
        .trace = o->debug ? trace : NULL,
        .trace_arg = site,
    };
    lock_take(&g->lock);
    host = gridcp_alias_next(g->alias, source, &conf->port);
    lock_release(&g->lock);
    if (host != NULL)
        conf->host = host;
}

int
gridcp_session_open(struct gridcp *g, struct gridcp_site *site, bool source,
                    bool files, const struct ftpclient_first *first,
                    struct ftpclient **c, struct err *err)
{
    struct ftpclient_conf conf;
    int rc;

    *c = NULL;
    configure(g, site, source, &conf);
    conf.first = first;
    gridcp_stack_conf(&g->stack[source ? 0 : 1], files, &conf);
    if (conf.plain && conf.prot != FTPCLIENT_CLEAR)
        return err_set(err, ERR_UNSUPPORTED,
                       "%s: FTP without GSI cannot protect data", site->prefix);
    if (!conf.plain) {
        if (gridcp_session_env(g, err) < 0)
            return -1;
        conf.cred = gridcp_session_cred(g, source);
        conf.trust = g->env.trust;
        lock_take(&g->lock);
        conf.data_cred = g->data_cred != NULL ? cred_ref(g->data_cred) : NULL;
        lock_release(&g->lock);
    }
    rc = ftpclient_open(&conf, c, err);
    cred_unref(conf.cred);
    cred_unref(conf.data_cred);
    if (rc < 0)
        return -1;
    lock_take(&g->lock);
    site->reached = true;
    lock_release(&g->lock);
    return 0;
}
