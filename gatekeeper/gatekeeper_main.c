/* gatekeeper/gatekeeper_main.c - the gatekeeper's unprivileged process: TLS,
 * XML, store, doors.  Started without a runner, it executes the runner, which
 * starts it again. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/log.h"
#include "base/sys_proc.h"
#include "gatekeeper/service.h"
#include "gsi/check/site_check.h"
#include "gsi/expiry.h"

#define RUNNER   "gatekeeper-runner"
#define FENCE_MS 1000 /* how often to check that the state is still ours */

/* Remove "--runner-fd N" from the command line; returns N, or -1 if it is
 * absent. */
static int
runner_descriptor(int *argc, char **argv)
{
    long long fd = -1;
    int n = 1;

    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--runner-fd") == 0 && i + 1 < *argc) {
            if (number_parse(argv[++i], 3, 1023, &fd) < 0)
                fd = -1;
            continue;
        }
        argv[n++] = argv[i];
    }
    argv[n] = NULL;
    *argc = n;
    return (int)fd;
}

/* Execute the runner, found beside this program or where it is installed. */
static int
become_runner(char **argv, struct err *err)
{
    static const char *const places[] = { "", "../libexec/gatehouse/" };
    char self[4096], *slash;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0)
        return err_set(err, ERR_IO, "/proc/self/exe: %s", strerror(errno));
    self[n] = '\0';
    slash = strrchr(self, '/');
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char *path =
            xasprintf("%.*s/%s" RUNNER, (int)(slash - self), self, places[i]);

        execv(path, argv);
        free(path);
    }
    return err_set(err, ERR_NOT_FOUND,
                   "cannot start '" RUNNER "', which belongs beside '%s': %s",
                   self, strerror(errno));
}

/* Call become_runner() in a child; returns its exit status. */
static int
start_runner(void *given)
{
    struct err err = ERR_INIT;

    (void)become_runner(given, &err);
    fprintf(stderr, "gatekeeper: %s\n", err.text);
    return err_exit_status(err.code);
}

static void
announce(struct daemon *d, struct service *s)
{
    char text[NET_TEXT];
    char *detail =
        xasprintf("listen=%s url=%s",
                  net_text(http_server_addr(s->server), text), s->url);
    struct err err = ERR_INIT;

    daemon_ready(d, detail);
    if (runner_ready(s->runner, detail, &err) < 0)
        log_event(LOG_WARNING, "runner.fail", "why=%s", err.text);
    free(detail);
}

/* Another gatekeeper owns the state now.  Keep answering that for one lease,
 * above all to load balancers (GET /health). */
static void
linger(struct daemon *d, const struct service *s)
{
    long long until = time_mono_ms() +
                      conf_num(s->conf, CONF_gatekeeper_lease) * 1000,
              left;

    while ((left = until - time_mono_ms()) > 0) {
        int sig = daemon_wait(d, (int)left);

        if (sig == SIGTERM || sig == SIGINT)
            return;
    }
}

/* Serve until told to end. -1 with ERR: another gatekeeper owns the state
 * now. */
static int
work(struct daemon *d, struct service *s, struct err *why)
{
    struct expiry_told told = { .day = 0 };

    for (;;) {
        expiry_warn(&told, s->cred, s->trust);
        int sig = daemon_wait(d, FENCE_MS), rc = 0;
        struct err err = ERR_INIT;

        if (sig == SIGTERM || sig == SIGINT)
            return 0;
        if (sig == 0 && service_fenced(s, why) < 0) {
            linger(d, s);
            return -1;
        }
        if (sig == SIGHUP) {
            log_reopen();
            daemon_compare_conf(d);
            rc = service_reload(s, &err);
        } else if (sig == 0) {
            rc = service_refresh(s, &err);
        }
        if (rc < 0)
            log_event(LOG_WARNING, "daemon.reload.fail", "why=%s", err.text);
    }
}

/* -t without a runner: do the checks of all daemons, then run in a child those
 * that need both processes.  Returns the exit status, or -1 with ERR. */
static int
check(struct daemon *d, char **given, struct err *err)
{
    int rc = site_check(d->conf, d->conf_file, d->name, err), status;
    pid_t pid = sys_fork(start_runner, given, err);

    if (pid < 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set(err, ERR_IO, "waitpid: %s", strerror(errno));
    if (rc < 0)
        return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        daemon_checked(d);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int
serve(struct daemon *d, int runner_fd, struct err *err)
{
    struct service s;
    int rc = service_open(&s, d->conf, runner_fd, err);

    if (rc == 0)
        rc = service_listen(&s, err);
    if (rc == 0) {
        announce(d, &s);
        rc = work(d, &s, err);
    }
    service_close(&s);
    return rc;
}

int
main(int argc, char **argv)
{
    struct daemon d = { 0 };
    struct err err = ERR_INIT;
    char **given = xcalloc((size_t)argc + 1, sizeof(*given));
    int fd, rc;

    memcpy(given, argv, (size_t)argc * sizeof(*given));
    /* The runner executes us by descriptor, so the name would be its number. */
    pthread_setname_np(pthread_self(), "gatekeeper");
    fd = runner_descriptor(&argc, argv);
    rc = daemon_init(&d, "gatekeeper",
                     "Takes jobs over SOAP and runs them on local schedulers.",
                     argc, argv, &err);
    if (rc > 0) {
        free(given);
        return 0;
    }
    if (rc == 0 && fd < 0)
        rc = d.check_only ? check(&d, given, &err) : become_runner(given, &err);
    else if (rc == 0 && d.check_only)
        rc = service_check(d.conf, fd, &err);
    else if (rc == 0 && (rc = daemon_detach(&d, &err)) == 0)
        rc = serve(&d, fd, &err);
    free(given);
    if (rc < 0)
        rc = daemon_fail(&d, &err);
    daemon_fini(&d);
    return rc;
}
