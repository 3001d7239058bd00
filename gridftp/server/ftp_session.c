/* gridftp/server/ftp_session.c - see ftp_session.h. */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "gridftp/proto/facts.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_wire.h"

/* The delegated credential has arrived. */
static void
take_credential(struct ftp_session *s, const char *p, size_t n)
{
    struct err err = ERR_INIT;

    if (cred_from_pem(p, n, &s->data.delegated, &err) < 0) {
        log_event(LOG_WARNING, "ftp.session.credential", "why=%s", err.text);
        s->data.unusable = err;
        return;
    }
    ftp_data_use(&s->data, NULL);
}

/* Milliseconds until the peer's credential expires; 0: expired, -1: never. */
static long long
time_left(const struct ftp_session *s)
{
    long long end =
        s->who->expires + conf_num(s->conf, CONF_gridftp_expiry_grace);
    long long now = time(NULL);

    if (s->who->expires == 0)
        return -1;
    return now < end ? (end - now) * 1000 : 0;
}

/* End the session, because the credential has expired. */
static void
say_expired(struct ftp_session *s)
{
    ftp_reply(s, 421,
              "Your credential has expired: closing control connection.");
    log_event(LOG_NOTICE, "ftp.session.expired", "dn=%s", s->who->dn);
    s->quit = true;
}

/* Set by the monitor's signal. */
static volatile sig_atomic_t withdrawn;

static void
note_withdrawal(int sig)
{
    (void)sig;
    withdrawn = 1;
}

/* End the session, because its user is no longer admitted.  A running transfer
 * may finish, as when a credential expires. */
static void
say_withdrawn(struct ftp_session *s)
{
    ftp_reply(s, 421,
              "You are not admitted any more: closing control "
              "connection.");
    log_event(LOG_NOTICE, "ftp.session.withdrawn", "dn=%s", s->who->dn);
    s->quit = true;
}

/* Handle the frame at the front of S->in; false when there is none. */
static bool
run_one(struct ftp_session *s)
{
    struct err err = ERR_INIT;
    struct buf line = BUF_INIT;
    enum ftp_frame type;
    const char *p;
    size_t n, used;
    int rc = ftp_frame_get(&s->in, &type, &p, &n, &used, &err);

    if (rc < 0)
        s->quit = true;
    if (rc <= 0)
        return false;
    if (type == FTP_FRAME_CRED) {
        take_credential(s, p, n);
        explicit_bzero(s->in.data, used);
        buf_drop(&s->in, used);
        return true;
    }
    buf_add(&line, p, n);
    buf_drop(&s->in, used);
    if (type == FTP_FRAME_LINE && time_left(s) == 0)
        say_expired(s);
    else if (type == FTP_FRAME_LINE && withdrawn)
        say_withdrawn(s);
    else if (type == FTP_FRAME_LINE)
        ftp_run_line(s, line.data, line.len);
    buf_fini(&line);
    return true;
}

/* Run commands in order until QUIT, the client's end or the idle timeout. */
static void
serve(struct ftp_session *s)
{
    int idle = (int)conf_num(s->conf, CONF_gridftp_idle_timeout) * 1000;
    long long left;

    while (!s->quit) {
        if (run_one(s))
            continue;
        if (s->quit || s->gone)
            break;
        left = time_left(s);
        if (left >= 0 && left < idle) {
            if (ftp_session_read(s, (int)left) == 0 && time_left(s) == 0)
                say_expired(s);
        } else if (ftp_session_read(s, idle) == 0) {
            ftp_reply(s, 421, "Idle Timeout: closing control connection.");
            log_event(LOG_NOTICE, "ftp.session.idle", "seconds=%d",
                      idle / 1000);
            break;
        }
    }
}

/* Tell the codec that all replies are sent. */
static void
say_end(struct ftp_session *s)
{
    ftp_frame_add(&s->out, FTP_FRAME_END, "", 0);
    ftp_reply_flush(s);
}

static void
session_fini(struct ftp_session *s)
{
    ftp_data_fini(&s->data);
    ftp_paths_fini(&s->paths);
    ranges_fini(&s->rest);
    buf_wipe(&s->in);
    buf_fini(&s->out);
    free(s->client);
    free(s->task);
    free(s->rename_from);
    free(s->symlink_from);
    free(s->want_sum);
}

int
ftp_session_run(const struct conf *conf, const struct ftp_who *who,
                const struct ftp_rules *rules, struct trust *trust, int wire)
{
    struct ftp_session s = {
        .conf = conf,
        .who = who,
        .trust = trust,
        .wire = wire,
        .facts = FACT_ALL,
        .allo = -1,
        .perf_s = conf_num(conf, CONF_gridftp_markers_interval),
        .ranges_s = conf_num(conf, CONF_gridftp_restart_interval)
    };
    struct sigaction act = { .sa_handler = note_withdrawal,
                             .sa_flags = SA_RESTART };
    struct err err = ERR_INIT;
    int rc = 0;

    (void)sigaction(FTP_SESSION_WITHDRAW, &act, NULL);
    /* One heap for all threads of a transfer: there are many sessions, each
     * small. */
    mallopt(M_ARENA_MAX, 1);
    umask(022);
    ftp_data_init(&s.data, conf, who, trust);
    if (who->anonymous)
        s.data.dcau = FTP_DCAU_NONE;
    if (ftp_paths_init(&s.paths, conf, rules, who->user.home, who->anonymous,
                       &err) < 0) {
        log_event(LOG_ERR, "ftp.session.fail", "why=%s", err.text);
        ftp_reply_err(&s, 421, &err);
        rc = 1;
    } else {
        serve(&s);
    }
    say_end(&s);
    session_fini(&s);
    return rc;
}
