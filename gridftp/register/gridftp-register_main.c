/* gridftp/register/gridftp-register_main.c - the unprivileged program that
 * registers the GridFTP daemon with its indexes. `gridftp` starts it as
 * gridftp.account and passes it the host's credential
 * (gridftp/server/ftp_index.h).  It is separate so that the process that forks
 * sessions does not load an HTTP client. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/log.h"
#include "base/net.h"
#include "base/url.h"
#include "gridftp/register/storage.h"
#include "gridftp/server/ftp_index.h"
#include "gridftp/server/ftp_wire.h"
#include "gsi/site.h"
#include "info/registration.h"

struct registrar {
    struct daemon daemon;
    struct trust *trust;
    struct storage storage;
    /* NULL after the last */
    struct registration *registration[FTP_INDEXES_MAX];
};

/* Check that each index has a usable https URL. */
static int
check_indexes(const struct conf *conf, struct err *err)
{
    const char *index;
    struct url u;

    for (size_t i = 0; (index = conf_word(conf, CONF_gridftp_index, i)); i++) {
        if (i == FTP_INDEXES_MAX)
            return err_set(err, ERR_CONFIG, "more than %d indexes",
                           FTP_INDEXES_MAX);
        if (url_parse(index, &u, err) < 0)
            return -1;
        if (strcmp(u.scheme, "https") != 0 || u.host[0] == '\0')
            err_set(err, ERR_CONFIG, "'%s' is not a URL https://HOST:PORT/PATH",
                    index);
        url_fini(&u);
        if (err->code != ERR_OK)
            return -1;
    }
    return 0;
}

/* Start all registrations, or switch them to CRED. */
static void
show(struct registrar *r, struct cred *cred)
{
    const struct conf *conf = r->daemon.conf;
    struct registration_spec spec = { .member_url = r->storage.url,
                                      .cred = cred,
                                      .trust = r->trust,
                                      .interval_s = (int)conf_num(
                                          conf, CONF_gridftp_index_interval),
                                      .describe = storage_describe,
                                      .arg = &r->storage };
    struct err err = ERR_INIT;

    for (size_t i = 0;
         i < FTP_INDEXES_MAX &&
         (spec.index_url = conf_word(conf, CONF_gridftp_index, i));
         i++) {
        if (r->registration[i] != NULL)
            registration_set_cred(r->registration[i], cred);
        else if (registration_start(&spec, &r->registration[i], &err) < 0)
            log_event(LOG_ERR, "index.fail", "index=%s reason=%s",
                      spec.index_url, err.text);
    }
}

/* Handle a message of the monitor: a credential, or the log's new descriptor.
 * False when the monitor has ended. */
static bool
take_message(struct registrar *r)
{
    static char room[FTP_INDEX_MESSAGE_MAX];
    struct err err = ERR_INIT;
    struct cred *cred;
    int log = -1;
    ssize_t n = ftp_message_take(FTP_INDEX_FD, room, sizeof(room), &log, &err);

    if (log >= 0) {
        (void)dup2(log, STDERR_FILENO);
        close(log);
        return true;
    }
    if (n > 0 && cred_from_pem(room, (size_t)n, &cred, &err) == 0) {
        show(r, cred);
        cred_unref(cred);
    }
    explicit_bzero(room, sizeof(room));
    if (err.code != ERR_OK)
        log_event(LOG_ERR, "index.fail", "reason=%s", err.text);
    return n != 0;
}

/* Serve until the monitor or a signal ends this program. */
static void
serve(struct registrar *r)
{
    struct pollfd p[2] = { { .fd = FTP_INDEX_FD, .events = POLLIN },
                           { .fd = r->daemon.signal_fd, .events = POLLIN } };
    int sig;

    for (;;) {
        if (poll(p, 2, -1) < 0)
            continue;
        if (p[1].revents != 0 && (sig = daemon_wait(&r->daemon, 0)) != 0 &&
            (sig == SIGTERM || sig == SIGINT))
            return;
        if (p[0].revents != 0 && !take_message(r))
            return;
    }
}

/* Leave all indexes at once, because each may take time. */
static void
leave(struct registrar *r)
{
    for (size_t i = 0; i < FTP_INDEXES_MAX; i++)
        if (r->registration[i] != NULL)
            registration_end(r->registration[i]);
    for (size_t i = 0; i < FTP_INDEXES_MAX; i++)
        registration_stop(r->registration[i]);
}

/* Everything between a valid command line and the end. */
static int
run(struct registrar *r, struct err *err)
{
    struct daemon *d = &r->daemon;
    struct stat st;

    if (check_indexes(d->conf, err) < 0)
        return err_wrap(err, "gridftp.index");
    if (site_open_trust(r->daemon.conf, &r->trust, err) < 0)
        return err_wrap(err, "gridftp.index");
    if (d->check_only)
        return 0;
    if (fstat(FTP_INDEX_FD, &st) < 0 || !S_ISSOCK(st.st_mode))
        return err_set(err, ERR_USAGE,
                       "this program is started by gridftp, never by hand");
    d->foreground = true;
    if (storage_init(&r->storage, d->conf, err) < 0 ||
        daemon_detach(d, err) < 0)
        return -1;
    serve(r);
    leave(r);
    return 0;
}

int
main(int argc, char *argv[])
{
    struct registrar r = { .trust = NULL };
    struct err err = ERR_INIT;
    int rc;

    /* It was executed by descriptor, whose number would be the name. */
    prctl(PR_SET_NAME, "gridftp-register");
    rc = daemon_init(&r.daemon, "gridftp-register",
                     "Keeps the GridFTP daemon in its indexes; gridftp "
                     "starts it.",
                     argc, argv, &err);

    if (rc == 0)
        rc = run(&r, &err);
    rc = rc < 0 ? daemon_fail(&r.daemon, &err) : 0;
    storage_fini(&r.storage);
    trust_close(r.trust);
    /* The monitor decides when this program ends. */
    if (r.daemon.signal_fd >= 0)
        close(r.daemon.signal_fd);
    r.daemon.signal_fd = -1;
    daemon_fini(&r.daemon);
    return rc;
}
